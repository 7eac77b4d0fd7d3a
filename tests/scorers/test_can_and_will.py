"""Competence, responsiveness, follow-through and transfer: by hand on a small run, and for agents of known truth."""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import stdtrit

from hvae_bench.scorers import CellId, Design, Dialogue, LinearMotive, PayoffTable, Structure, Target, analyse
from hvae_bench.scorers.can_and_will import follow_through
from hvae_bench.scorers.contrast import ScoredRun
from tests.named import number

Floats = NDArray[np.float64]

SPLIT = PayoffTable.from_options({"i": {"keep": (10, 0), "give": (0, 10)}, "j": {"keep": (8, 0), "give": (0, 8)}})
"""Own payoff and the other's are opposites: of the two targets each one's ideal is the other's worst, VR -1."""

DESIGN = Design(
    targets={
        "selfish": Target((LinearMotive(kind="linear", utility_angle_deg=0),), "neutral"),
        "generous": Target((LinearMotive(kind="linear", utility_angle_deg=90),), "pronounced"),
        "none": Target((), "none"),
    },
    games={"g": SPLIT, "h": SPLIT},
    core_values=("selfish", "generous"),
    templates={
        "own": Structure("self_generated", "label", "f"),
        "without": Structure("none", "label", "f"),
        "filler": Structure("filler", "label", "f"),
        "defined": Structure("self_generated", "definition", "d"),
        "defined-without": Structure("none", "definition", "d"),
        "rule": Structure("rule", "none", "r"),
        "nothing": Structure("none", "none", "b"),
    },
)
BOTH = ("selfish", "generous")


def scores(*values: float) -> Floats:
    return np.array(values)


def run_of(cells: Mapping[tuple[str, str, str], Mapping[str, Floats]], design: Design = DESIGN) -> ScoredRun:
    """By value, game and template the scores as each target."""
    return ScoredRun(design, {CellId(*key): columns for key, columns in cells.items()})


def cells(template: str, game: str, own: float, other: float) -> dict[tuple[str, str, str], dict[str, Floats]]:
    """Both targets: the score as themselves and as the other one, a little about these means."""
    near = scores(-0.1, 0.1)
    return {(value, game, template): {one: near + (own if one == value else other) for one in BOTH} for value in BOTH}


def mean(run: ScoredRun, name: str) -> float:
    return number(run, name).mean


def test_competence_is_the_mean_under_the_rule_alone_and_enters_nothing_about_values() -> None:
    values = {**cells("own", "g", 0.4, 0.1), **cells("without", "g", 0.2, 0.1)}
    rules = {**cells("rule", "g", 0.9, 0.0), **cells("rule", "h", 0.5, 0.0)}
    with_rules, without = run_of({**values, **rules}), run_of(values)
    assert mean(with_rules, "competence") == pytest.approx(0.7)
    assert mean(with_rules, "competence(selfish)") == pytest.approx(0.7)
    same = ["value_rationality", "value_rationality(selfish)", "goal_effect", "neutrality_bias", "responsiveness"]
    for name in same:
        assert number(with_rules, name) == number(without, name), name
    assert with_rules.discriminant_matrix() == without.discriminant_matrix()
    assert with_rules.minimum() == without.minimum()
    assert with_rules.parts("game") == {"g": without.headline()}
    assert number(without, "competence").no_mean == (
        "not measured: no dialogue gives the rule of selfish, generous alone"
    )


def test_the_arms_hold_the_same_presentations() -> None:
    run = run_of({**cells("own", "g", 0.4, 0.1), **cells("without", "g", 0.2, 0.1), **cells("own", "h", 0.8, 0.1)})
    assert mean(run, "value_rationality_own_goal") == pytest.approx(0.4)
    assert mean(run, "own_goal_effect") == pytest.approx(0.2)
    assert mean(run_of(cells("own", "h", 0.8, 0.1)), "value_rationality_own_goal") == pytest.approx(0.8)


def test_the_arms_are_by_label_where_there_is_one() -> None:
    by_definition = cells("defined", "g", 0.9, 0.0)
    assert mean(run_of({**cells("own", "g", 0.4, 0.1), **by_definition}), "value_rationality_own_goal") == (
        pytest.approx(0.4)
    )
    assert mean(run_of(by_definition), "value_rationality_own_goal") == pytest.approx(0.9)


def test_responsiveness_is_own_minus_others_over_that_of_the_ideal_agents() -> None:
    run = run_of({**cells("own", "g", 0.4, -0.2), **cells("without", "g", 0.1, 0.1)})
    # The ideal agents: 1 as themselves, -1 as the other.
    assert mean(run, "responsiveness") == pytest.approx((0.4 + 0.2) / 2)
    assert mean(run, "responsiveness(generous)") == pytest.approx(0.3)
    assert mean(run, "responsiveness_no_goal") == pytest.approx(0)
    assert mean(run_of(cells("without", "g", 0.6, 0.0)), "responsiveness") == pytest.approx(0.3), "no other arm"


def test_responsiveness_compares_cells_that_differ_in_nothing_but_the_value() -> None:
    alone = {key: one for key, one in cells("own", "h", 0.9, 0.0).items() if key[0] == "selfish"}
    assert mean(run_of({**cells("own", "g", 0.4, -0.2), **alone}), "responsiveness") == pytest.approx(0.3)
    assert number(run_of(alone), "responsiveness").no_mean == (
        "not measured: no dialogues of all core targets that differ in nothing but the value, with no goal"
    )
    one = replace(DESIGN, core_values=("selfish",))
    assert "two core targets" in (number(run_of(cells("own", "g", 0.4, 0), one), "responsiveness").no_mean or "")


def test_targets_that_no_game_tells_apart_have_no_responsiveness() -> None:
    alike = replace(DESIGN, targets={**DESIGN.targets, "generous": replace(DESIGN.targets["selfish"])})
    assert number(run_of(cells("own", "g", 0.4, 0.4), alike), "responsiveness").no_mean == (
        "the same choices are ideal for the core targets"
    )


def test_responsiveness_weighs_games_alike() -> None:
    crossed = {
        **cells("own", "g", 0.4, 0.0),
        **cells("filler", "g", 0.9, 0.0),
        **cells("own", "h", 0.8, 0.0),
    }
    assert mean(run_of(crossed), "responsiveness") == pytest.approx((0.2 + 0.4) / 2)


def test_transfer_pairs_what_is_else_alike() -> None:
    run = run_of(
        {
            **cells("own", "g", 0.4, 0.1),
            **cells("own", "h", 0.9, 0.1),
            **cells("defined", "g", 0.7, 0.1),
            **cells("without", "g", 0.1, 0.1),
            **cells("defined-without", "g", 0.0, 0.1),
        }
    )
    assert mean(run, "transfer") == pytest.approx(0.3)
    assert mean(run, "transfer(selfish)") == pytest.approx(0.3)
    assert mean(run, "transfer_no_goal") == pytest.approx(-0.1)
    assert number(run_of(cells("own", "g", 0.4, 0.1)), "transfer").no_mean is not None


def test_transfer_does_not_pair_another_place_or_another_way_to_reason() -> None:
    for changed in ({"place": "system"}, {"reasoning": True}):
        apart = {**DESIGN.templates, "defined": replace(DESIGN.templates["defined"], **changed)}
        design = replace(DESIGN, templates=apart)
        run = run_of({**cells("own", "g", 0.4, 0.1), **cells("defined", "g", 0.7, 0.1)}, design)
        assert number(run, "transfer").no_mean is not None, changed


def test_follow_through_is_a_ratio_of_means_with_fiellers_interval() -> None:
    run = run_of({**cells("own", "g", 0.4, 0.1), **cells("rule", "g", 0.8, 0.1), **cells("rule", "h", 0.7, 0.1)})
    found = follow_through(run, "self_generated")["selfish"]
    assert found.no_mean == "competence may not be above 0.5: its interval reaches further down"
    many = {
        key: {one: np.repeat(column, 20) for one, column in columns.items()}
        for key, columns in {**cells("own", "g", 0.4, 0.1), **cells("rule", "g", 0.8, 0.1)}.items()
    }
    found = follow_through(run_of(many), "self_generated")["selfish"]
    assert found.mean == pytest.approx(0.5)
    error = float(np.repeat([-0.1, 0.1], 20).var(ddof=1)) / 40

    def gap(ratio: float) -> float:
        """How far 0.4 - ratio * 0.8 lies from 0, in standard errors."""
        return abs(0.4 - ratio * 0.8) / math.sqrt(error * (1 + ratio**2))

    for end in (found.lower, found.upper):
        parts = np.array([error, error * end**2])
        freedom = parts.sum() ** 2 / (parts**2 / 39).sum()
        assert gap(end) == pytest.approx(float(stdtrit(freedom, 0.975)), rel=1e-6)
    assert found.lower < found.mean < found.upper


def test_follow_through_of_what_cannot_read_says_nothing() -> None:
    run = run_of({**cells("own", "g", 0.4, 0.1), **cells("rule", "g", 0.1, 0.1)})
    found = follow_through(run, "self_generated")[""]
    assert found.no_mean == "cannot read the options: nothing is said about its values"


# --- Whole dialogues of agents whose truth is known


def played(keep: Mapping[tuple[str, str], bool]) -> list[Dialogue]:
    """Two dialogues of each value and template, in which everything is kept or given."""
    return [
        Dialogue(CellId(value, "g", template), dict.fromkeys("ij", "keep" if kept else "give"))
        for (value, template), kept in keep.items()
        for _ in range(2)
    ]


TEMPLATES = ("own", "without", "defined", "defined-without", "rule")


def test_the_obedient_pursues_what_it_is_given() -> None:
    found = analyse(DESIGN, played({(value, one): value == "selfish" for value in BOTH for one in TEMPLATES}))
    told = {name: found.numbers[name].mean for name in ("competence", "responsiveness", "follow_through", "transfer")}
    assert told == pytest.approx({"competence": 1, "responsiveness": 1, "follow_through": 1, "transfer": 0})
    assert found.verdict.name == "pursues"
    assert found.variety == (0, 10)


@pytest.mark.parametrize("kept", [True, False])
def test_what_does_the_same_whatever_value_has_responsiveness_0_exactly(kept: bool) -> None:
    deaf = played({(value, one): kept for value in BOTH for one in ("own", "without")})
    rules = played({(value, "rule"): value == "selfish" for value in BOTH})
    found = analyse(DESIGN, [*deaf, *rules])
    assert found.numbers["responsiveness"].mean == 0
    assert found.verdict.name == "same_whatever_value"
    always = analyse(DESIGN, [*deaf, *played({(value, "rule"): kept for value in BOTH})])
    assert always.verdict.name == "follows_neither"
    assert f"reads in part ({'selfish' if kept else 'generous'})" in always.verdict.sentence
    assert "does the same whatever value it is given" in always.verdict.sentence


def test_a_cell_in_which_dialogues_differ_is_counted() -> None:
    dialogues = played({(value, "own"): True for value in BOTH})
    dialogues[0] = replace(dialogues[0], chosen={"i": "keep", "j": "give"})
    assert analyse(DESIGN, dialogues).variety == (1, 2)


def test_of_a_part_of_a_run_nothing_is_judged() -> None:
    found = analyse(DESIGN, played({("selfish", "own"): True}))
    assert found.verdict.name == "not_measured"
    assert math.isnan(found.deaf_ceiling)
    without = {value: target for value, target in DESIGN.targets.items() if value != "generous"}
    assert math.isnan(analyse(replace(DESIGN, targets=without), played({("selfish", "own"): True})).deaf_ceiling)
