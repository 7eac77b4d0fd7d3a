"""Contrasts of a run against averages taken level by level and dialogue by dialogue, in plain loops."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.scorers import (
    CellId,
    Design,
    Estimate,
    LinearMotive,
    MaximinMotive,
    Motive,
    PayoffTable,
    ScoredRun,
    Structure,
    Target,
    Voice,
    ideal_value_rationality,
)
from hvae_bench.scorers.finding import findings
from tests.named import cell_of, number, several

Floats = NDArray[np.float64]
Columns = Mapping[str, Mapping[str, Sequence[float]]]
"""For each cell `value.game.template.framing` its scores by the target that they are scored as."""


def linear(angle_deg: float) -> LinearMotive:
    return LinearMotive(kind="linear", utility_angle_deg=angle_deg)


MAXIMIN = MaximinMotive(kind="maximin")
NOBODY = Target((), "none")
CORE = ("x", "y")
GAME = PayoffTable.from_options({"i": {"a": (0, 0), "b": (9, 9)}})
DESIGN = Design(
    targets={
        **{value: Target((linear(0),), "neutral") for value in ("x", "n", "m")},
        **{value: Target((linear(90),), "pronounced") for value in ("y", "z", "p", "q")},
        **{value: Target((linear(angle),), "none") for value, angle in (("u", 0), ("v", 90))},
        "none": NOBODY,
        "nought": NOBODY,
    },
    games=dict.fromkeys(("g", "g1", "g2", "g3"), GAME),
    core_values=CORE,
)


def run_of(columns: Columns, core: tuple[str, ...] = CORE, design: Design = DESIGN) -> ScoredRun:
    scores = {
        cell_of(cell): {target: np.array(scores, dtype=float) for target, scores in own.items()}
        for cell, own in columns.items()
    }
    return ScoredRun(replace(design, core_values=core), scores)


def own(cells: Mapping[str, Sequence[float]]) -> dict[str, dict[str, Sequence[float]]]:
    """Each cell scored as its own target alone."""
    return {cell: {cell.split(".")[0]: scores} for cell, scores in cells.items()}


def welch(parts: Iterable[Sequence[float]], confidence: float = 0.95) -> tuple[float, float, float]:
    """Mean and ends for a sum of cell means; the weights are already in the numbers."""
    mean = variance = denominator = 0.0
    for scores in parts:
        n = len(scores)
        centre = sum(scores) / n
        part = sum((score - centre) ** 2 for score in scores) / (n - 1) / n
        mean += centre
        variance += part
        denominator += part**2 / (n - 1)
    half = stats.t.ppf((1 + confidence) / 2, variance**2 / denominator) * math.sqrt(variance)
    return mean, mean - half, mean + half


def weighted(cells: Sequence[Sequence[float]], weights: Sequence[float]) -> list[list[float]]:
    return [[weight * score for score in scores] for scores, weight in zip(cells, weights, strict=True)]


def ends(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.mean, estimate.lower, estimate.upper


A, B, C = [0.1, 0.4, 0.3, 0.9], [0.8, 0.7, 1.0, 0.2, 0.5, 0.6], [-0.5, 0.5]
NAN = math.nan

# --- Weights: cells equally within a game, games equally within a target, targets equally

UNEVEN = {
    "x.g1.t1.f": [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 0.1, 0.3],
    "x.g1.t2.f": [0.9, 0.7],
    "x.g1.t2.f2": [0.6, 0.2, 0.1],
    "x.g2.t1.f": [-0.2, 0.0, -0.1],
    "y.g1.t1.f": [0.5, 0.4],
    "y.g2.t1.f": [0.3, 0.1, 0.2],
    "y.g2.t2.f": [0.6, 0.8],
}
WEIGHTS_X = [1 / 6, 1 / 6, 1 / 6, 1 / 2]
WEIGHTS_Y = [1 / 2, 1 / 4, 1 / 4]


def test_targets() -> None:
    estimates = several(run_of(own(UNEVEN)), "value_rationality({})")
    scores = list(UNEVEN.values())
    assert list(estimates) == ["x", "y"]
    assert ends(estimates["x"]) == pytest.approx(welch(weighted(scores[:4], WEIGHTS_X)))
    assert ends(estimates["y"]) == pytest.approx(welch(weighted(scores[4:], WEIGHTS_Y)))
    assert (estimates["x"].n_dialogues, estimates["y"].n_dialogues) == (16, 7)


def test_headline() -> None:
    weights = [weight / 2 for weight in [*WEIGHTS_X, *WEIGHTS_Y]]
    headline = run_of(own(UNEVEN)).headline()
    assert ends(headline) == pytest.approx(welch(weighted(list(UNEVEN.values()), weights)))
    assert headline.n_dialogues == 23


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_differences(confidence: float) -> None:
    cells = UNEVEN | {"z.g1.t1.f": A, "z.g2.t1.f": B}
    found = run_of(own(cells), ("x", "y", "z")).differences(confidence)
    assert not isinstance(found, str)
    parts = {
        "x": weighted(list(UNEVEN.values())[:4], WEIGHTS_X),
        "y": weighted(list(UNEVEN.values())[4:], WEIGHTS_Y),
        "z": weighted([A, B], [1 / 2, 1 / 2]),
    }
    assert list(found) == [("x", "y"), ("x", "z"), ("y", "z")]
    for (one, other), difference in found.items():
        expected = welch([*parts[one], *weighted(parts[other], [-1] * len(parts[other]))], confidence)
        assert ends(difference) == pytest.approx(expected)


def test_differences_are_taken_on_the_games_that_score_every_core_target() -> None:
    cells = own({"x.g1.t.f": A, "y.g1.t.f": B, "x.g2.t.f": [9.0, 9.5]})
    found = run_of(cells).differences()
    assert not isinstance(found, str)
    assert ends(found["x", "y"]) == pytest.approx(welch([A, [-score for score in B]]))


def test_templates_have_a_headline_each() -> None:
    cells = own(UNEVEN | {"z.g1.t3.f": A, "none.g1.t4.f": A})
    found = run_of(cells).parts("template")
    scores = {cell: one for cell, one in UNEVEN.items() if ".t1." in cell}
    assert list(found) == ["t1", "t2"]  # the others hold no core target
    assert ends(found["t1"]) == pytest.approx(welch(weighted(list(scores.values()), [0.25] * 4)))
    # Under the second template x was asked in one game and y in the other one.
    assert found["t2"].no_mean == "no game of this run can score all of x, y"


def test_the_order_of_cells_and_dialogues_does_not_matter() -> None:
    run = run_of(own(UNEVEN))
    backwards = run_of(own({cell: scores[::-1] for cell, scores in reversed(UNEVEN.items())}))
    assert ends(backwards.headline()) == pytest.approx(ends(run.headline()))
    assert backwards.minimum()[0] == run.minimum()[0]
    assert ends(backwards.minimum()[1]) == pytest.approx(ends(run.minimum()[1]))


OUT_OF_THE_MEANS: dict[str, Columns] = {
    "dialogues without a score": own(UNEVEN | {"x.g1.t1.f": [NAN, *UNEVEN["x.g1.t1.f"], NAN]}),
    "a cell that the game cannot score": {**own(UNEVEN), "x.g3.t1.f": {}},
    "the same, scored as another target": {**own(UNEVEN), "x.g3.t1.f": {"y": A}},
}


@pytest.mark.parametrize("columns", OUT_OF_THE_MEANS.values(), ids=list(OUT_OF_THE_MEANS))
def test_what_stays_out_of_the_means(columns: Columns) -> None:
    run, extended = run_of(own(UNEVEN)), run_of(columns)
    assert several(extended, "value_rationality({})") == several(run, "value_rationality({})")
    assert extended.headline() == run.headline()
    assert extended.minimum() == run.minimum()


@pytest.mark.parametrize("left", [[], [NAN], [NAN, NAN]])
def test_a_cell_left_empty_leaves_no_mean(left: list[float]) -> None:
    run = run_of(own({**UNEVEN, "x.g2.t9.f": left}))
    reason = "no scored dialogue in x.g2.t9.f"
    estimates = several(run, "value_rationality({})")
    assert (estimates["x"].no_mean, estimates["y"].no_mean) == (reason, None)
    assert math.isnan(estimates["x"].mean)
    assert run.headline().no_mean == reason
    target, lowest = run.minimum()
    assert (target, lowest.no_mean) == (None, reason)
    assert math.isnan(lowest.mean)


def test_targets_outside_the_core_have_estimates_but_no_part_in_the_headline() -> None:
    run, core = run_of(own({**UNEVEN, "z.g1.t1.f": [-1.0, -0.9]})), run_of(own(UNEVEN))
    assert several(run, "value_rationality({})")["z"].mean == pytest.approx(-0.95)
    assert run.headline() == core.headline()
    assert run.minimum() == core.minimum()


def test_the_headline_uses_games_that_score_every_core_target() -> None:
    common = own({cell: scores for cell, scores in UNEVEN.items() if ".g1." in cell})
    columns: Columns = {**common, **own({"x.g3.t1.f": [-0.9, -0.7, -0.8]}), "y.g3.t1.f": {}}
    run = run_of(columns)
    assert run.headline() == run_of(common).headline()
    assert run.minimum() == run_of(common).minimum()
    # The target's own mean uses every game that scores it.
    assert several(run, "value_rationality({})")["x"].mean == pytest.approx((np.mean([0.425, 0.8, 0.3]) - 0.8) / 2)
    # What a target outside the core cannot be scored on is no matter.
    assert run_of({**columns, "z.g1.t1.f": {}}).headline() == run.headline()


NO_HEADLINE: list[tuple[Columns, str]] = [
    ({}, "no dialogue with the target x, y"),
    # Nothing of a core target was scored, so the mean over the others is not the headline.
    (own({"x.g1.t1.f": A}), "no dialogue with the target y"),
    ({**own({"x.g1.t1.f": A}), "y.g1.t1.f": {}}, "no game of this run can score all of x, y"),
    (own({"x.g1.t1.f": A, "y.g2.t1.f": B}), "no game of this run can score all of x, y"),
]


@pytest.mark.parametrize(("columns", "reason"), NO_HEADLINE)
def test_no_headline_says_why(columns: Columns, reason: str) -> None:
    run = run_of(columns)
    target, lowest = run.minimum()
    assert target is None
    assert run.differences() == reason
    for estimate in (
        run.headline(),
        lowest,
        run.by_paraphrase(),
        number(run, "neutrality_bias"),
        number(run, "neutrality_bias_gain"),
        number(run, "goal_effect"),
        number(run, "goal_effect_filler"),
    ):
        assert estimate.no_mean == estimate.no_interval == reason
        assert np.isnan(ends(estimate)).all()


def test_without_core_targets_there_is_no_headline() -> None:
    assert run_of(own(UNEVEN), ()).headline().no_mean == "no core target in this run"


def test_cells_of_one_name_are_told_apart() -> None:
    """A cell without a template and one without a framing are written alike and are still two."""
    scores = {CellId("x", "g", "t", ""): {"x": np.array(A)}, CellId("x", "g", "", "t"): {"x": np.array(B)}}
    estimate = several(ScoredRun(DESIGN, scores), "value_rationality({})")["x"]
    assert ends(estimate) == pytest.approx(welch(weighted([A, B], [1 / 2, 1 / 2])))


# --- The minimum


def test_the_minimum_is_named_with_a_simultaneous_interval() -> None:
    # `x` has the smallest mean and a narrow interval; the wide one of `z` reaches below it.
    cells = {
        "y.g.t.f": [0.9, 0.8, 1.0, 0.95],
        "x.g.t.f": [0.30, 0.31, 0.29, 0.30],
        "z.g.t.f": [0.0, 0.9, 0.1, 0.8],
    }
    target, lowest = run_of(own(cells), ("y", "x", "z")).minimum()
    each = [welch([scores], 1 - 0.05 / 3) for scores in cells.values()]
    assert target == "x"
    assert lowest.mean == pytest.approx(0.30)
    assert lowest.lower == pytest.approx(min(lower for _, lower, _ in each))
    assert lowest.lower == pytest.approx(each[2][1])
    assert lowest.upper == pytest.approx(min(upper for _, _, upper in each))
    assert lowest.upper == pytest.approx(each[1][2])


def test_the_minimum_has_no_interval_if_a_target_has_none() -> None:
    target, lowest = run_of(own({"x.g.t.f": A, "y.g.t.f": [0.9]})).minimum()
    assert (target, lowest.no_mean, lowest.no_interval) == ("x", None, "only one dialogue in y.g.t.f")
    assert lowest.mean == pytest.approx(np.mean(A))
    assert np.isnan([lowest.lower, lowest.upper]).all()


def test_the_interval_of_the_minimum_covers_it_in_at_least_95_percent_of_studies() -> None:
    rng = np.random.default_rng(21)
    n_studies = 400
    means, deviations = {"x": 0.30, "y": 0.31, "z": 0.8}, {"x": 0.2, "y": 0.4, "z": 0.1}
    covered = 0
    for _ in range(n_studies):
        cells = {f"{value}.g.t.f": rng.normal(means[value], deviations[value], size=12).tolist() for value in means}
        _, lowest = run_of(own(cells), tuple(means)).minimum()
        covered += lowest.lower <= min(means.values()) <= lowest.upper
    assert covered / n_studies >= 0.94  # conservative by construction; 0.94 leaves room for 400 studies


# --- The induction gain

LEFT_ALONE: dict[str, dict[str, Sequence[float]]] = {
    "none.g1.b.f": {"x": [0.3, 0.5, 0.1], "y": [-0.2, -0.6, 0.2]},
    "none.g1.b.f2": {"x": [0.0, 0.4], "y": [0.1, -0.1]},
}


def test_the_gain_is_the_mean_less_that_of_the_same_framings_without_a_value() -> None:
    # Of x on the first game, two cells were shown as f and one as f2, so without a value f counts twice.
    gain = several(run_of({**own(UNEVEN), **LEFT_ALONE}), "induction_gain({})")["x"]
    without = [LEFT_ALONE["none.g1.b.f"]["x"], LEFT_ALONE["none.g1.b.f2"]["x"]]
    expected = welch(weighted([*list(UNEVEN.values())[:3], *without], [1 / 3, 1 / 3, 1 / 3, -2 / 3, -1 / 3]))
    assert ends(gain) == pytest.approx(expected)
    # The second game has no dialogues without a value and is left out.
    assert gain.n_dialogues == 8 + 2 + 3 + 3 + 2


def test_a_framing_without_dialogues_without_a_value_is_left_out() -> None:
    gain = several(run_of({**own(UNEVEN), "none.g1.b.f2": LEFT_ALONE["none.g1.b.f2"]}), "induction_gain({})")["x"]
    assert ends(gain) == pytest.approx(welch([UNEVEN["x.g1.t2.f2"], [-0.0, -0.4]]))


def test_every_cell_without_a_value_counts_the_same() -> None:
    # Two templates and two targets that induce nothing, on the same game, in the same language, framing and orders.
    columns: Columns = {
        "x.g.t.f": {"x": A},
        "none.g.b.f": {"x": [0.3, 0.5, 0.1]},
        "none.g.b2.f": {"x": [0.0, 0.4]},
        "nought.g.b.f": {"x": [0.7, 0.8, 0.6, 0.5]},
    }
    gain = several(run_of(columns, ("x",)), "induction_gain({})")["x"]
    without = [columns[cell]["x"] for cell in list(columns)[1:]]
    assert ends(gain) == pytest.approx(welch([A, *weighted(without, [-1 / 3] * 3)]))


@pytest.mark.parametrize(
    "without",
    [{}, {"none.g2.b.f": {"x": A}}, {"none.g1.b.f9": {"x": A}}, {"none.g1.b.f": {"y": A}}, {"z.g1.b.f": {"x": A}}],
    ids=["none", "another game", "another framing", "cannot be scored", "another value"],
)
def test_no_gain_without_dialogues_without_a_value(without: Columns) -> None:
    gain = several(run_of({**own({"x.g1.t.f": A}), **without}, ("x",)), "induction_gain({})")["x"]
    assert gain.no_mean == "no dialogue without a value on the same game, in the same language, framing and orders"


# --- The neutrality bias

BIASED: dict[str, dict[str, Sequence[float]]] = {
    "n.g.t.f": {"n": A},
    "m.g.t.f": {"m": B},
    "m.g.t2.f": {"m": [0.2, 0.3, 0.7]},
    "p.g.t.f": {"p": [0.6, 0.2, 0.5]},
    "q.g.t.f": {"q": C},
    "none.g.b.f": {"n": [0.9, 0.6, 0.2], "m": [0.8, 0.4, -0.3], "p": [-0.5, -0.2, 0.6], "q": [0.1, 0.0, 0.7]},
}
FOUR = ("n", "p", "m", "q")


def test_neutrality_bias() -> None:
    parts = weighted([one for cell in list(BIASED)[:5] for one in BIASED[cell].values()], [0.5, 0.25, 0.25, -0.5, -0.5])
    assert ends(number(run_of(BIASED, FOUR), "neutrality_bias")) == pytest.approx(welch(parts))


def test_a_kind_with_more_targets_weighs_no_more() -> None:
    parts = weighted([A, *(BIASED[cell][cell[0]] for cell in ("p.g.t.f", "q.g.t.f"))], [1, -0.5, -0.5])
    assert ends(number(run_of(BIASED, ("n", "p", "q")), "neutrality_bias")) == pytest.approx(welch(parts))


def test_neutrality_bias_of_the_gain_counts_each_dialogue_without_a_value_once() -> None:
    found = number(run_of(BIASED, FOUR), "neutrality_bias_gain")
    parts = weighted([one for cell in list(BIASED)[:5] for one in BIASED[cell].values()], [0.5, 0.25, 0.25, -0.5, -0.5])
    # One number for each dialogue: it enters as all four targets, which go together.
    scored = BIASED["none.g.b.f"]
    lead = [(p + q) / 2 - (n + m) / 2 for n, m, p, q in zip(*(scored[value] for value in "nmpq"), strict=True)]
    assert ends(found) == pytest.approx(welch([*parts, lead]))
    assert found.n_dialogues == 4 + 6 + 3 + 3 + 2 + 3
    # Twelve dialogues of their own would give another interval.
    apart = weighted([scored[value] for value in "nmpq"], [-0.5, -0.5, 0.5, 0.5])
    assert found.upper != pytest.approx(welch([*parts, *apart])[2], rel=0.01)


def test_a_dialogue_without_a_value_counts_only_if_it_has_every_score() -> None:
    whole, broken = BIASED["none.g.b.f"], {}
    for value, scores in whole.items():
        broken[value] = [*scores, NAN if value == "p" else 0.9]
    run = run_of({**BIASED, "none.g.b.f": broken}, FOUR)
    assert number(run, "neutrality_bias_gain") == number(run_of(BIASED, FOUR), "neutrality_bias_gain")


@pytest.mark.parametrize(
    ("columns", "core", "reason", "reason_of_the_gain"),
    [
        (BIASED, ("n", "m"), "no pronounced target among the core targets", None),
        (BIASED, ("p",), "no neutral target among the core targets", None),
        (
            {"u.g.t.f": {"u": A, "v": C}, "v.g.t.f": {"u": B, "v": A}, "none.g.b.f": {"u": C, "v": A}},
            ("u", "v"),
            "no core target is declared neutral or pronounced",
            None,
        ),
        (
            {cell: one for cell, one in BIASED.items() if cell != "none.g.b.f"},
            FOUR,
            None,
            "no dialogue without a value on the same game, in the same language, framing and orders",
        ),
    ],
)
def test_no_neutrality_bias_says_why(
    columns: Columns, core: tuple[str, ...], reason: str | None, reason_of_the_gain: str | None
) -> None:
    run = run_of(columns, core)
    assert number(run, "neutrality_bias").no_mean == reason
    assert number(run, "neutrality_bias_gain").no_mean == (reason_of_the_gain or reason)
    if run.design.has_no_sides:
        assert number(run, "neutrality_bias_responsiveness").no_mean == reason
        assert [one.name for one in findings(run)] == ["goal_helps", "all_followed_alike"]
        # A value is one that is induced, whatever is said of its sides.
        assert number(run, "induction_gain(u)").mean == pytest.approx(np.mean(A) - np.mean(C))
    else:
        assert findings(run)[0].name == "neutral_followed_better"


# --- The effect of the goal

WORDED = Design(
    DESIGN.targets,
    DESIGN.games,
    CORE,
    templates={
        "own": Structure("self_generated", "told", "f"),
        "without": Structure("none", "told", "f"),
        "filler": Structure("filler", "told", "f"),
        "given": Structure("given", "told", "f"),
        "own-again": Structure("self_generated", "told", "f"),
        "other-family": Structure("none", "told", "f2"),
        "other-induction": Structure("none", "shown", "f"),
    },
)
GOALS = {
    "x.g1.own.f": [0.9, 0.7, 1.0, 0.8],
    "x.g1.without.f": [0.5, 0.1],
    "x.g1.filler.f": [0.6, 0.8, 0.4],
    "x.g1.own.f2": [0.6, 0.7],
    "x.g1.without.f2": [0.4, 0.1, 0.3],
    "x.g2.own.f": [0.3, 0.5],
    "x.g2.without.f": [0.2, 0.6, 0.1, 0.5, 0.4],
    "y.g1.own.f": [0.8, 0.1, 0.6],
    "y.g1.without.f": [0.5, 0.2],
    "y.g1.filler.f": [0.3, 0.2],
    "y.g2.own.f": [0.1, 0.3, 0.2],
    "y.g2.without.f": [0.4, 0.7],
}
# Targets count the same, games within a target, and pairs within a game: those of x on g1 half of the others.
PAIR_WEIGHTS = {"x.g1.f": 1 / 8, "x.g1.f2": 1 / 8, "x.g2.f": 1 / 4, "y.g1.f": 1 / 4, "y.g2.f": 1 / 4}


def goal_parts(cells: Mapping[str, Sequence[float]], weights: Mapping[str, float], against: str) -> list[list[float]]:
    parts = []
    for pair, weight in weights.items():
        value, game, framing = pair.split(".")
        parts += weighted(
            [cells[f"{value}.{game}.own.{framing}"], cells[f"{value}.{game}.{against}.{framing}"]], [weight, -weight]
        )
    return parts


def test_the_effect_of_the_goal_is_a_mean_over_pairs_of_cells() -> None:
    effect = number(run_of(own(GOALS), design=WORDED), "goal_effect")
    assert ends(effect) == pytest.approx(welch(goal_parts(GOALS, PAIR_WEIGHTS, "without")))
    assert effect.n_dialogues == sum(len(scores) for cell, scores in GOALS.items() if "filler" not in cell)


def test_the_effect_against_the_filler() -> None:
    # Only two cells were run with a filler.
    effect = number(run_of(own(GOALS), design=WORDED), "goal_effect_filler")
    assert ends(effect) == pytest.approx(welch(goal_parts(GOALS, {"x.g1.f": 1 / 2, "y.g1.f": 1 / 2}, "filler")))
    assert effect.n_dialogues == 4 + 3 + 3 + 2


@pytest.mark.parametrize(
    "lonely",
    [
        "x.g1.other-family.f",
        "x.g1.other-induction.f",
        "x.g1.without.f.w-2",
        "x.g1.own.f.w-2",
        "x.g1.given.f",
        "x.g1.own.f9",
        "x.g1.without.f9",
        "x.g3.own.f",
        "x.g1.undeclared.f",
    ],
)
def test_cells_without_a_partner_have_no_part_in_the_effect(lonely: str) -> None:
    run = run_of(own({**GOALS, lonely: [5.0, 7.0], "y.g3.own.f": [5.0, 6.0]}), design=WORDED)
    assert number(run, "goal_effect") == number(run_of(own(GOALS), design=WORDED), "goal_effect")


def test_pairs_of_another_paraphrase_are_pairs_of_their_own() -> None:
    cells = {
        "x.g1.own.f": A,
        "x.g1.without.f": C,
        "x.g1.own.f.w-2": [0.9, 0.6, 0.8],
        "x.g1.without.f.w-2": [0.1, 0.3],
    }
    effect = number(run_of(own(cells), ("x",), WORDED), "goal_effect")
    assert ends(effect) == pytest.approx(welch(weighted(list(cells.values()), [0.5, -0.5, 0.5, -0.5])))


def test_templates_that_differ_in_nothing_declared_share_an_arm() -> None:
    cells = {"x.g1.own.f": A, "x.g1.own-again.f": [0.9, 0.6, 0.8], "x.g1.without.f": C}
    effect = number(run_of(own(cells), ("x",), WORDED), "goal_effect")
    assert ends(effect) == pytest.approx(welch(weighted(list(cells.values()), [0.5, 0.5, -1])))


@pytest.mark.parametrize(
    ("cells", "against", "turn"),
    [
        ({"x.g1.own.f": A, "y.g1.own.f": B}, "none", "without a goal turn"),
        ({"x.g1.without.f": A, "y.g1.without.f": B}, "none", "without a goal turn"),
        # Only one of the two core targets was run both ways.
        ({"x.g1.own.f": A, "x.g1.without.f": C, "y.g1.own.f": B}, "none", "without a goal turn"),
        ({"x.g1.own.f": A, "x.g1.without.f": C, "y.g1.own.f": B}, "filler", "with a filler turn"),
        # A pair across framings is none.
        ({"x.g1.own.f": A, "x.g1.without.f2": C, "y.g1.own.f": B, "y.g1.without.f2": C}, "none", "without a goal turn"),
    ],
)
def test_no_effect_of_the_goal_says_why(cells: Mapping[str, Sequence[float]], against: str, turn: str) -> None:
    run = run_of(own(cells), design=WORDED)
    effect = number(run, "goal_effect") if against == "none" else number(run, "goal_effect_filler")
    assert effect.no_mean == f"no cells that differ only in a goal of the model's own, one of them {turn}"


# --- Paraphrases


def paraphrased(n: int) -> tuple[Design, dict[str, list[float]]]:
    """Two targets under n wordings, unequally often."""
    wordings = {str(number): Voice("en", number) for number in range(1, n + 1)}
    rng = np.random.default_rng(5)
    cells = {
        f"{value}.g.t.f.w-{wording}": rng.uniform(-1, 1, size=2 + place).tolist()
        for value in CORE
        for place, wording in enumerate(wordings)
    }
    return Design(DESIGN.targets, DESIGN.games, CORE, wordings=wordings), cells


@pytest.mark.parametrize("n", [5, 8])
def test_paraphrases_are_a_sample_of_their_own(n: int) -> None:
    design, cells = paraphrased(n)
    found = run_of({**own(cells), "none.g.b.f": {"x": A}}, design=design).by_paraphrase()
    means = [
        (np.mean(cells[f"x.g.t.f.w-{number}"]) + np.mean(cells[f"y.g.t.f.w-{number}"])) / 2
        for number in range(1, n + 1)
    ]
    interval = stats.ttest_1samp(means, 0).confidence_interval(0.95)
    assert ends(found) == pytest.approx((np.mean(means), interval.low, interval.high))
    assert found.degrees_of_freedom == pytest.approx(n - 1)


@pytest.mark.parametrize("n", [1, 4])
def test_few_paraphrases_have_no_interval(n: int) -> None:
    design, cells = paraphrased(n)
    found = run_of(own(cells), design=design).by_paraphrase()
    assert found.no_mean == f"{n} paraphrases, and an interval over them needs 5"


def test_a_paraphrase_without_all_targets_leaves_no_interval() -> None:
    design, cells = paraphrased(5)
    del cells["y.g.t.f.w-3"]
    found = run_of(own(cells), design=design).by_paraphrase()
    assert found.no_mean == "paraphrase 3: no dialogue with the target y"


# --- The discriminant matrix

CROSSED: dict[str, dict[str, Sequence[float]]] = {
    "x.g1.t.f": {"x": [0.9, 0.8], "y": [0.1, 0.2], "z": [0.3, 0.5]},
    "x.g1.t.f2": {"x": [0.6, 0.8, 0.7], "y": [0.2, 0.3, 0.1], "z": [0.4, 0.1, 0.2]},
    "y.g1.t.f": {"x": [-0.2, -0.3], "y": [0.2, 0.1], "z": [0.7, 0.8]},
    "z.g1.t.f": {"x": [0.1, 0.5], "y": [0.5, 0.2], "z": [0.9, 0.6]},
    "none.g1.b.f": {"x": A, "y": A, "z": A},
    # A game on which one of the targets was never induced.
    "x.g2.t.f": {"x": [5.0, 6.0], "y": [5.0, 6.0], "z": [5.0, 6.0]},
    "y.g2.t.f": {"x": [5.0, 6.0], "y": [5.0, 6.0], "z": [5.0, 6.0]},
}


def test_the_matrix_scores_each_row_as_every_target() -> None:
    matrix = run_of(CROSSED).discriminant_matrix()
    assert (matrix.targets, matrix.reason) == (("x", "y", "z"), None)
    for induced, scored_as in itertools.product("xyz", repeat=2):
        cells = [one[scored_as] for cell, one in CROSSED.items() if cell.startswith(f"{induced}.g1")]
        parts = weighted(cells, [1 / len(cells)] * len(cells))
        assert ends(matrix.estimates[induced][scored_as]) == pytest.approx(welch(parts))
    assert matrix.own_is_highest == pytest.approx(2 / 3)  # y serves z better


@pytest.mark.parametrize(
    ("rows", "share"),
    [
        ({"x": (1, 0, 0), "y": (0, 1, 0), "z": (0, 0, 1)}, 1),
        ({"x": (1, 2, 0), "y": (0, 1, 0), "z": (0, 0, 1)}, 2 / 3),
        # A tie for the highest is not the only highest.
        ({"x": (1, 1, 0), "y": (0, 1, 0), "z": (0, 0, 1)}, 2 / 3),
        ({"x": (1, 1, 1), "y": (0, 0, 0), "z": (2, 2, 2)}, 0),
        ({"x": (0.3, 0.1 + 0.2, 0), "y": (0, 1, 0), "z": (0, 0, 1)}, 2 / 3),
        ({"x": (0.1 + 0.2, 0.3, 0), "y": (0, 1, 0), "z": (0, 0, 1)}, 2 / 3),
        # Ties below the highest do not matter.
        ({"x": (1, 0, 0), "y": (0.5, 1, 0.5), "z": (-1, -1, -0.5)}, 1),
        # A row without a mean is no row.
        ({"x": (1, NAN, 0), "y": (0, 1, 0), "z": (2, 0, 1)}, 1 / 2),
        ({"x": (1, NAN, 0), "y": (0, 1, NAN), "z": (NAN, 0, 1)}, NAN),
    ],
)
def test_share_of_targets_whose_own_value_is_the_only_highest(
    rows: Mapping[str, tuple[float, float, float]], share: float
) -> None:
    columns = {
        f"{induced}.g.t.f": {value: [mean, mean] for value, mean in zip("xyz", means, strict=True)}
        for induced, means in rows.items()
    }
    assert run_of(columns).discriminant_matrix().own_is_highest == pytest.approx(share, nan_ok=True)


def test_a_matrix_needs_a_game_that_scores_every_target() -> None:
    matrix = run_of({"x.g1.t.f": {"x": A}, "y.g2.t.f": {"y": B}}).discriminant_matrix()
    assert (matrix.estimates, matrix.ideal) == ({}, {})
    assert math.isnan(matrix.own_is_highest)
    assert matrix.reason


SMALL = PayoffTable.from_options(
    {
        "i": {"a": (9, 0), "b": (9, 6), "c": (4, 8), "d": (2, 8)},
        "j": {"a": (5, 5), "b": (8, 2), "c": (1, 8)},
        "k": {"a": (0, 7), "b": (7, 0), "c": (7, 7)},
    }
)
OTHER = PayoffTable.from_options({"i": {"a": (6, 1), "b": (6, 3), "c": (0, 9)}, "j": {"a": (4, 4), "b": (9, 1)}})
MOTIVES: dict[str, tuple[Motive, ...]] = {
    "x": (linear(0),),
    "y": (linear(45), MAXIMIN),
    "z": (linear(-45),),
    "p": (linear(90),),
}


def utility(motive: Motive, own: float, other: float) -> float:
    if isinstance(motive, LinearMotive):
        theta = math.radians(motive.utility_angle_deg or 0)
        return math.cos(theta) * own + math.sin(theta) * other
    return min(own, other)


def plain_value_rationality(table: PayoffTable, motives: Sequence[Motive], profile: Sequence[int]) -> float:
    """By definition; every item of the games here informs about every motive or is flat to the last digit."""

    def rationality(profile: Sequence[int]) -> float:
        means = []
        for motive in motives:
            rated = []
            for pairs, choice in zip(table.payoffs, profile, strict=True):
                utilities = [utility(motive, own, other) for own, other in pairs]
                mean = sum(utilities) / len(utilities)
                if max(utilities) - min(utilities) > 1e-9:
                    rated.append((utilities[choice] - mean) / (max(utilities) - mean))
            means.append(sum(rated) / len(rated))
        return max(means)

    every = [rationality(one) for one in itertools.product(*(range(len(pairs)) for pairs in table.payoffs))]
    chance = sum(every) / len(every)
    return (rationality(profile) - chance) / (1 - chance)


def plain_ideal(table: PayoffTable, induced: Sequence[Motive], scored_as: Sequence[Motive]) -> float:
    """Mean over the motives of the mean over all their ideal profiles."""
    means = []
    for motive in induced:
        best = []
        for pairs in table.payoffs:
            utilities = [utility(motive, own, other) for own, other in pairs]
            best.append([place for place, u in enumerate(utilities) if u > max(utilities) - 1e-9])
        profiles = list(itertools.product(*best))
        means.append(sum(plain_value_rationality(table, scored_as, one) for one in profiles) / len(profiles))
    return sum(means) / len(means)


@pytest.mark.parametrize(("induced", "scored_as"), list(itertools.product(MOTIVES, repeat=2)))
def test_ideal_agents_are_the_mean_of_all_ideal_profiles(induced: str, scored_as: str) -> None:
    targets = {value: Target(motives, "neutral") for value, motives in MOTIVES.items()}
    design = Design(targets, {"g1": SMALL, "g2": OTHER}, tuple(MOTIVES))
    expected = {game: plain_ideal(table, MOTIVES[induced], MOTIVES[scored_as]) for game, table in design.games.items()}
    for game in design.games:
        found = ideal_value_rationality(design.games[game], MOTIVES[induced], MOTIVES[scored_as])
        assert found == pytest.approx(expected[game], abs=1e-9)
    # In the matrix of a run on both games each counts the same.
    columns = {
        f"{value}.{game}.t{number}.f": dict.fromkeys(MOTIVES, A)
        for value in MOTIVES
        for game, number in (("g1", 1), ("g1", 2), ("g2", 1))
    }
    matrix = run_of(columns, tuple(MOTIVES), design).discriminant_matrix()
    assert matrix.ideal[induced][scored_as] == pytest.approx(sum(expected.values()) / 2, abs=1e-9)


def test_the_ideal_altruist_of_the_slider() -> None:
    catalog = load_catalog()
    motives = {id_: one.motives for id_, one in catalog.values.items() if one.motives and one.belongs_to("svo")}
    table = catalog.games["svo-slider-primary"].payoff_table()
    row = {id_: ideal_value_rationality(table, motives["altruistic"], other) for id_, other in motives.items()}
    assert row["altruistic"] == pytest.approx(1)
    assert row["individualistic"] == pytest.approx(-0.607, abs=5e-4)
    assert row["competitive"] == pytest.approx(-0.999, abs=5e-4)


# --- Contamination: published items against fresh ones

FRESH = replace(DESIGN, derived_from={"g2": "g1", "g3": "g1"})


def test_the_contamination_gap_pairs_each_published_game_with_the_mean_of_its_derived_ones() -> None:
    cells = {"x.g1.t.f": A, "x.g2.t.f": B, "x.g3.t.f": C, "y.g1.t.f": B, "y.g2.t.f": A}
    found = run_of(own(cells), design=FRESH)
    # y was not asked on g3, which therefore cannot score every core target.
    assert ends(number(found, "contamination_gap")) == pytest.approx(
        welch(weighted([A, B, B, A], [1 / 2, -1 / 2, 1 / 2, -1 / 2]))
    )
    both = run_of(own(cells | {"y.g3.t.f": A}), design=FRESH)
    assert ends(number(both, "contamination_gap")) == pytest.approx(
        welch(weighted([A, B, C, B, A, A], [1 / 2, -1 / 4, -1 / 4, 1 / 2, -1 / 4, -1 / 4]))
    )


def test_cells_that_differ_in_more_than_the_game_are_no_pair() -> None:
    cells = own({"x.g1.t.f": A, "x.g2.t2.f": B, "y.g1.t.f": A, "y.g2.t.f": B})
    assert "differ only in the game" in (number(run_of(cells, design=FRESH), "contamination_gap").no_mean or "")
    assert "differ only in the game" in (number(run_of(own(UNEVEN)), "contamination_gap").no_mean or "")


def test_games_and_framings_have_a_headline_each() -> None:
    found = run_of(own({"x.g1.t.f": A, "y.g1.t.f": B, "x.g2.t.e": B, "y.g2.t.e": C}))
    assert {game: one.mean for game, one in found.parts("game").items()} == pytest.approx(
        {"g1": (np.mean(A) + np.mean(B)) / 2, "g2": (np.mean(B) + np.mean(C)) / 2}
    )
    assert list(found.parts("framing")) == ["f", "e"]
