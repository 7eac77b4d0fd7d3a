"""Contrasts of order, framing and language, against plain averages over the cells that each test names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from hvae_bench.scorers import (
    Design,
    Estimate,
    LinearMotive,
    PayoffTable,
    ScoredRun,
    Target,
    contrasts,
)
from hvae_bench.scorers.design import Structure, Voice
from hvae_bench.scorers.pairing import Contrast
from tests.named import cell_of, number, several

GAME = PayoffTable.from_options({"i": {"a": (0, 0), "b": (9, 9)}})
SELFISH = (LinearMotive(kind="linear", utility_angle_deg=0),)
DESIGN = Design(
    targets={value: Target(SELFISH, "neutral") for value in ("x", "y")},
    games={"g": GAME, "g2": GAME},
    core_values=("x", "y"),
    templates={"t": Structure("none", "told", "f"), "own": Structure("self_generated", "told", "f")},
    wordings={
        "de": Voice("de"),
        "fr": Voice("fr"),
        "en-2": Voice("en", 2),
        "de-2": Voice("de", 2),
        "de-3": Voice("de", 3),
    },
)
A, B, C, D = [0.1, 0.4, 0.3, 0.9], [0.8, 0.7, 1.0, 0.2, 0.5], [-0.5, 0.5], [0.0, 0.3, 0.1]
Cells = Mapping[str, Sequence[float]]


def run_of(cells: Cells, design: Design = DESIGN) -> ScoredRun:
    return ScoredRun(
        design,
        {cell_of(cell): {cell.split(".")[0]: np.array(scores, dtype=float)} for cell, scores in cells.items()},
    )


def welch(parts: Sequence[tuple[float, Sequence[float]]]) -> tuple[float, float, float]:
    """Mean and ends of a weighted sum of cell means."""
    mean = sum(weight * float(np.mean(cell)) for weight, cell in parts)
    variances = [(weight**2 * float(np.var(cell, ddof=1)) / len(cell), len(cell)) for weight, cell in parts]
    total = sum(variance for variance, _ in variances)
    df = total**2 / sum(variance**2 / (n - 1) for variance, n in variances)
    half = float(stats.t.ppf(0.975, df)) * total**0.5
    return mean, mean - half, mean + half


def ends(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.mean, estimate.lower, estimate.upper


def headline(run: ScoredRun) -> Contrast | str:
    return contrasts(run)["value_rationality"]


def test_the_order_effect_keeps_its_sign_and_pairs_cells_that_differ_in_the_order_alone() -> None:
    cells = {
        "x.g.t.coins": A,
        "x.g.t.coins.o-reversed": B,
        "x.g.t.doses": C,
        "x.g.t.doses.o-reversed": D,
        "y.g.t.coins": B,
        "y.g.t.coins.o-reversed": C,
        "y.g.t.points": [9.0, 9.5],  # nothing in the other order
        "y.g.t.coins.o-shuffled": [9.0, 9.5],  # a drawn order is neither
    }
    # x has two pairs, of which each counts half of the one of y.
    expected = [(1 / 4, A), (-1 / 4, B), (1 / 4, C), (-1 / 4, D), (1 / 2, B), (-1 / 2, C)]
    assert ends(number(run_of(cells), "order_effect")) == pytest.approx(welch(expected))


@pytest.mark.parametrize(
    "cells",
    [
        {"x.g.t.coins": A, "y.g.t.coins": B},
        {"x.g.t.coins": A, "x.g.t.coins.o-reversed": B, "y.g.t.coins": B},  # one of two targets
        {
            "x.g.t.coins": A,
            "x.g.t.doses.o-reversed": B,
            "y.g.t.coins": B,
            "y.g.t.doses.o-reversed": A,
        },  # other framings
    ],
)
def test_without_pairs_there_is_no_order_effect(cells: Cells) -> None:
    assert number(run_of(cells), "order_effect").no_mean == (
        "no cells that differ only in the option order, one published and one reversed"
    )


def test_a_framing_is_compared_with_the_mean_of_the_others() -> None:
    cells = {
        "x.g.t.coins": A,
        "x.g.t.doses": B,
        "x.g.t.points": C,
        "y.g.t.coins": C,
        "y.g.t.doses": D,
        "y.g.t.points": A,
    }
    found = several(run_of(cells), "framing_effect({})")
    assert list(found) == ["coins", "doses", "points"]
    coins = [(1 / 2, A), (-1 / 4, B), (-1 / 4, C), (1 / 2, C), (-1 / 4, D), (-1 / 4, A)]
    # Two cells have the same dialogues here, but are cells of their own.
    assert ends(found["coins"]) == pytest.approx(welch(coins))
    assert sum(one.mean for one in found.values()) == pytest.approx(0)


def test_orders_of_one_framing_are_one_framing_and_are_compared_within_the_order() -> None:
    cells = {
        "x.g.t.coins.o-reversed": A,
        "x.g.t.coins": B,
        "x.g.t.doses": C,
        "x.g.t.doses.o-reversed": D,
        "y.g.t.coins": C,
        "y.g.t.doses": D,
    }
    found = several(run_of(cells), "framing_effect({})")
    assert list(found) == ["coins", "doses"]
    coins = [(1 / 4, A), (-1 / 4, D), (1 / 4, B), (-1 / 4, C), (1 / 2, C), (-1 / 2, D)]
    assert ends(found["coins"]) == pytest.approx(welch(coins))


def test_one_framing_has_no_effect_and_unpaired_ones_say_why() -> None:
    assert (
        several(run_of({"x.g.t.coins": A, "y.g.t.coins": B, "x.g.t.coins.o-reversed": C}), "framing_effect({})") == {}
    )
    lonely = several(
        run_of({"x.g.t.coins": A, "y.g.t.coins": B, "x.g2.t.doses": A, "y.g2.t.doses": B}), "framing_effect({})"
    )
    assert {one.no_mean for one in lonely.values()} == {"no cells that differ only in the framing"}


def test_a_language_gap_pairs_originals_with_their_translations() -> None:
    cells = {
        "x.g.t.coins": A,
        "x.g.t.coins.o-reversed": B,
        "x.g.t.coins.w-de": C,
        "x.g.t.coins.w-de.o-reversed": D,
        "x.g.t.coins.w-fr": D,
        "y.g.t.coins": B,
        "y.g.t.coins.w-de": A,
        "y.g.t.coins.w-fr": C,
        "x.g.t.doses": [9.0, 9.5],  # not translated
        "x.g.own.coins.w-de": [9.0, 9.5],  # no original with such a goal turn
    }
    found = several(run_of(cells), "language_gap({})")
    assert list(found) == ["de", "fr"]
    assert ends(found["de"]) == pytest.approx(
        welch([(1 / 4, A), (-1 / 4, C), (1 / 4, B), (-1 / 4, D), (1 / 2, B), (-1 / 2, A)])
    )
    assert ends(found["fr"]) == pytest.approx(welch([(1 / 2, A), (-1 / 2, D), (1 / 2, B), (-1 / 2, C)]))


def test_a_translation_without_its_original_has_no_gap() -> None:
    found = several(run_of({"x.g.t.coins.w-de": A, "y.g.t.coins.w-de": B}), "language_gap({})")
    assert found["de"].no_mean == "no cells that differ only in the language, one of them the original"
    assert several(run_of({"x.g.t.coins": A, "y.g.t.coins": B}), "language_gap({})") == {}


def test_a_paraphrase_is_compared_with_the_first_wording_of_its_language() -> None:
    cells = {
        "x.g.t.coins.w-en-2": B,
        "x.g.t.coins": A,
        "x.g.t.coins.o-reversed": C,
        "x.g.t.coins.o-reversed.w-en-2": D,
        "y.g.t.coins": B,
        "y.g.t.coins.w-en-2": A,
        "x.g.t.coins.w-de-3": D,
        "x.g.t.coins.w-de-2": A,  # the first that was asked
        "y.g.t.coins.w-de-2": C,
        "y.g.t.coins.w-de-3": B,
        "x.g.t.doses.w-en-2": [9.0, 9.5],  # not asked in the first wording
        "x.g.t.coins.w-fr": [9.0, 9.5],  # nothing beside it
    }
    found = several(run_of(cells), "paraphrase_effect({})")
    assert list(found) == ["en-2", "de-3"]
    assert ends(found["en-2"]) == pytest.approx(
        welch([(1 / 4, B), (-1 / 4, A), (1 / 4, D), (-1 / 4, C), (1 / 2, A), (-1 / 2, B)])
    )
    assert ends(found["de-3"]) == pytest.approx(welch([(1 / 2, D), (-1 / 2, A), (1 / 2, B), (-1 / 2, C)]))


def test_wordings_that_meet_nowhere_have_no_paraphrase_effect() -> None:
    found = several(run_of({"x.g.t.coins": A, "y.g.t.coins": B, "x.g.t.coins.w-en-2": C}), "paraphrase_effect({})")
    assert found["en-2"].no_mean == "no cells that differ only in the wording, one of them the first of its language"
    assert several(run_of({"x.g.t.coins": A, "y.g.t.coins": B, "x.g.t.coins.w-de": C}), "paraphrase_effect({})") == {}


EVERYTHING = {
    "x.g.t.coins": A,
    "x.g.t.coins.o-reversed": B,
    "x.g.t.doses": D,
    "x.g.t.coins.w-de": C,
    "x.g.t.coins.w-en-2": C,
    "y.g.t.coins.w-en-2": D,
    "y.g.t.coins": B,
    "y.g.t.coins.o-reversed": D,
    "y.g.t.doses": A,
    "y.g.t.coins.w-de": A,
}


def test_every_weighted_number_has_its_weights_under_its_name() -> None:
    design = replace(DESIGN, targets={**DESIGN.targets, "y": Target(SELFISH, "pronounced")})
    run = run_of(EVERYTHING, design)
    named = contrasts(run)
    assert list(named) == [
        "value_rationality",
        *(f"value_rationality({value})" for value in "xy"),
        "competence",
        "value_rationality_own_goal",
        "value_rationality_no_goal",
        *(f"value_rationality_no_goal({value})" for value in "xy"),
        "own_goal_effect",
        "responsiveness",
        "responsiveness_no_goal",
        "neutrality_bias_responsiveness",
        "transfer",
        "transfer_no_goal",
        *(f"induction_gain({value})" for value in "xy"),
        "neutrality_bias",
        "neutrality_bias_gain",
        "goal_effect",
        "goal_effect_filler",
        "contamination_gap",
        "order_effect",
        *(f"framing_effect({framing})" for framing in ("coins", "doses")),
        "language_gap(de)",
        "paraphrase_effect(en-2)",
    ]
    assert repr(run.estimate(named["value_rationality"])) == repr(run.headline())
    assert not isinstance(named["language_gap(de)"], str)


def test_a_difference_of_runs_is_that_of_independent_cells() -> None:
    one, other = run_of({"x.g.t.coins": A, "y.g.t.coins": B}), run_of({"x.g.t.coins": C, "y.g.t.coins": D})
    found = one.minus(other, headline(one), headline(other))
    assert ends(found) == pytest.approx(welch([(1 / 2, A), (1 / 2, B), (-1 / 2, C), (-1 / 2, D)]))
    assert found.n_dialogues == 14
    back = other.minus(one, headline(other), headline(one))
    assert ends(back) == pytest.approx((-found.mean, -found.upper, -found.lower))


def test_a_difference_without_a_number_on_one_side_says_why() -> None:
    one, other = run_of({"x.g.t.coins": A, "y.g.t.coins": B}), run_of({"x.g.t.coins": C, "y.g.t.coins": [0.5]})
    assert one.minus(other, headline(one), "because").no_mean == "because"
    single = one.minus(other, headline(one), headline(other))
    assert single.no_interval == "only one dialogue in y.g.t.coins of the other run"
