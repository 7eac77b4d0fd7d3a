"""Estimates: weights, intervals and reasons, against formulas written out here and against scipy's own test."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from hvae_bench.scorers import (
    CellId,
    Estimate,
    ScoredDialogue,
    macro_estimate,
    minimum_estimate,
    target_estimates,
    weighted_estimate,
)

Floats = NDArray[np.float64]


def dialogue(cell: str, score: float, *, scorable: bool = True, incomplete: bool = False) -> ScoredDialogue:
    """A dialogue of the cell `value.game.template.framing`."""
    return ScoredDialogue(CellId(*cell.split(".")), score, scorable, incomplete)


CORE = ("x", "y")


def targets(cells: Mapping[str, Sequence[float]]) -> list[str]:
    return [cell.split(".")[0] for cell in cells]


def dialogues(cells: Mapping[str, Sequence[float]]) -> list[ScoredDialogue]:
    return [dialogue(cell, score) for cell, scores in cells.items() for score in scores]


def welch(cells: Sequence[Sequence[float]], weights: Sequence[float], confidence: float) -> tuple[float, float, float]:
    """Mean and ends of the Welch-Satterthwaite interval, summed by hand."""
    mean = variance = denominator = 0.0
    for scores, weight in zip(cells, weights, strict=True):
        n = len(scores)
        centre = sum(scores) / n
        part = weight**2 * sum((score - centre) ** 2 for score in scores) / (n - 1) / n
        mean += weight * centre
        variance += part
        denominator += part**2 / (n - 1)
    quantile = stats.t.ppf((1 + confidence) / 2, variance**2 / denominator)
    return mean, mean - quantile * math.sqrt(variance), mean + quantile * math.sqrt(variance)


def ends(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.mean, estimate.lower, estimate.upper


A, B, C = [0.1, 0.4, 0.3, 0.9], [0.8, 0.7, 1.0, 0.2, 0.5, 0.6], [-0.5, 0.5]


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize(("one", "other"), [(A, B), (B, A), (A, C), (B, C)])
def test_a_difference_of_two_cells_is_welchs_t_test(
    one: Sequence[float], other: Sequence[float], confidence: float
) -> None:
    estimate = weighted_estimate({"one": np.array(one), "other": np.array(other)}, {"one": 1, "other": -1}, confidence)
    test = stats.ttest_ind(one, other, equal_var=False)
    interval = test.confidence_interval(confidence)
    assert ends(estimate) == pytest.approx((np.mean(one) - np.mean(other), interval.low, interval.high))
    assert estimate.degrees_of_freedom == pytest.approx(test.df)
    assert estimate.standard_error == pytest.approx((np.mean(one) - np.mean(other)) / test.statistic)
    assert estimate.n_dialogues == len(one) + len(other)
    assert estimate.no_mean is estimate.no_interval is None


def test_one_cell_is_students_t() -> None:
    estimate = weighted_estimate({"b": np.array(B)}, {"b": 1})
    interval = stats.ttest_1samp(B, 0).confidence_interval(0.95)
    assert ends(estimate) == pytest.approx((np.mean(B), interval.low, interval.high))
    assert estimate.degrees_of_freedom == pytest.approx(5)


@pytest.mark.parametrize("weights", [(1 / 3, 1 / 3, 1 / 3), (0.5, 0.3, 0.2), (1, -0.5, -0.5), (0.25, 0.5, 0.25)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_weighted_cells(weights: tuple[float, ...], confidence: float) -> None:
    cells = {"a": np.array(A), "b": np.array(B), "c": np.array(C)}
    estimate = weighted_estimate(cells, dict(zip(cells, weights, strict=True)), confidence)
    assert ends(estimate) == pytest.approx(welch([A, B, C], weights, confidence))


@pytest.mark.parametrize(
    ("cells", "mean", "no_mean", "no_interval"),
    [
        ({}, math.nan, "no cell to average", "no cell to average"),
        ({"a": A, "b": []}, math.nan, "no scored dialogue in b", "no scored dialogue in b"),
        ({"a": [], "b": []}, math.nan, "no scored dialogue in a, b", "no scored dialogue in a, b"),
        ({"a": [0.5], "b": [1.0]}, 0.75, None, "only one dialogue in a"),
        ({"a": [0.2, 0.4], "b": [1.0]}, 0.65, None, "only one dialogue in b"),
        ({"a": [0.5, 0.5], "b": [1.0, 1.0, 1.0]}, 0.75, None, "all dialogues of a cell scored alike"),
    ],
)
def test_what_is_undefined_says_why(
    cells: Mapping[str, Sequence[float]], mean: float, no_mean: str | None, no_interval: str | None
) -> None:
    arrays = {name: np.array(scores, dtype=float) for name, scores in cells.items()}
    estimate = weighted_estimate(arrays, {"a": 0.5, "b": 0.5})
    assert (estimate.no_mean, estimate.no_interval) == (no_mean, no_interval)
    assert estimate.mean == pytest.approx(mean, nan_ok=True)
    assert np.isnan([estimate.lower, estimate.upper, estimate.standard_error, estimate.degrees_of_freedom]).all()
    assert estimate.n_dialogues == sum(map(len, cells.values()))


def test_a_cell_without_variance_adds_no_error_to_one_that_varies() -> None:
    estimate = weighted_estimate({"a": np.array(A), "b": np.array([1.0, 1.0, 1.0])}, {"a": 0.5, "b": 0.5})
    assert estimate.mean == pytest.approx((np.mean(A) + 1) / 2)
    assert estimate.standard_error == pytest.approx(0.5 * np.std(A, ddof=1) / np.sqrt(len(A)))
    assert estimate.degrees_of_freedom == pytest.approx(len(A) - 1)


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
    estimates = target_estimates(dialogues(UNEVEN))
    scores = list(UNEVEN.values())
    assert list(estimates) == ["x", "y"]
    assert ends(estimates["x"]) == pytest.approx(welch(scores[:4], WEIGHTS_X, 0.95))
    assert ends(estimates["y"]) == pytest.approx(welch(scores[4:], WEIGHTS_Y, 0.95))
    assert (estimates["x"].n_dialogues, estimates["y"].n_dialogues) == (16, 7)
    assert ends(target_estimates(dialogues(UNEVEN), 0.9)["y"]) == pytest.approx(welch(scores[4:], WEIGHTS_Y, 0.9))


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_headline(confidence: float) -> None:
    weights = [weight / 2 for weight in [*WEIGHTS_X, *WEIGHTS_Y]]
    expected = welch(list(UNEVEN.values()), weights, confidence)
    assert ends(macro_estimate(dialogues(UNEVEN), CORE, confidence)) == pytest.approx(expected)


def test_the_order_of_dialogues_does_not_matter() -> None:
    backwards = dialogues(UNEVEN)[::-1]
    assert ends(macro_estimate(backwards, CORE)) == pytest.approx(ends(macro_estimate(dialogues(UNEVEN), CORE)))
    assert minimum_estimate(backwards, CORE)[0] == minimum_estimate(dialogues(UNEVEN), CORE)[0]


OUT_OF_THE_MEANS = {
    "incomplete": dialogue("x.g1.t1.f", 0.9, incomplete=True),
    "undefined": dialogue("x.g1.t1.f", math.nan),
    "a cell that the game cannot score": dialogue("x.g3.t1.f", math.nan, scorable=False),
    "the same, with a number": dialogue("x.g3.t1.f", 0.9, scorable=False),
}


@pytest.mark.parametrize("extra", OUT_OF_THE_MEANS.values(), ids=list(OUT_OF_THE_MEANS))
def test_what_stays_out_of_the_means(extra: ScoredDialogue) -> None:
    run = dialogues(UNEVEN)
    assert target_estimates([extra, *run]) == target_estimates(run)
    assert macro_estimate([extra, *run], CORE) == macro_estimate(run, CORE)
    assert minimum_estimate([extra, *run], CORE) == minimum_estimate(run, CORE)


@pytest.mark.parametrize(
    "left", [dialogue("x.g2.t9.f", 0.9, incomplete=True), dialogue("x.g2.t9.f", math.nan)], ids=["incomplete", "null"]
)
def test_a_cell_left_empty_leaves_no_mean(left: ScoredDialogue) -> None:
    run = [*dialogues(UNEVEN), left]
    reason = "no scored dialogue in x.g2.t9.f"
    estimates = target_estimates(run)
    assert (estimates["x"].no_mean, estimates["y"].no_mean) == (reason, None)
    assert math.isnan(estimates["x"].mean)
    assert macro_estimate(run, CORE).no_mean == reason
    target, lowest = minimum_estimate(run, CORE)
    assert (target, lowest.no_mean) == (None, reason)
    assert math.isnan(lowest.mean)


def test_targets_outside_the_core_have_estimates_but_no_part_in_the_headline() -> None:
    core = dialogues(UNEVEN)
    run = [*core, *dialogues({"z.g1.t1.f": [-1.0, -0.9]})]
    assert target_estimates(run)["z"].mean == pytest.approx(-0.95)
    assert macro_estimate(run, CORE) == macro_estimate(core, CORE)
    assert minimum_estimate(run, CORE) == minimum_estimate(core, CORE)


def test_the_headline_uses_games_that_score_every_core_target() -> None:
    common = {cell: scores for cell, scores in UNEVEN.items() if ".g1." in cell}
    unscorable = [dialogue("y.g3.t1.f", math.nan, scorable=False)] * 3
    run = [*dialogues(common), *dialogues({"x.g3.t1.f": [-0.9, -0.7, -0.8]}), *unscorable]
    assert macro_estimate(run, CORE) == macro_estimate(dialogues(common), CORE)
    assert minimum_estimate(run, CORE) == minimum_estimate(dialogues(common), CORE)
    # The target's own mean uses every game that scores it.
    assert target_estimates(run)["x"].mean == pytest.approx((np.mean([0.425, 0.8, 0.3]) - 0.8) / 2)
    # What a target outside the core cannot be scored on is no matter.
    outside = dialogue("z.g1.t1.f", math.nan, scorable=False)
    assert macro_estimate([*run, outside], CORE) == macro_estimate(run, CORE)


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        ([], "no dialogue with the target x, y"),
        # Nothing of a core target was scored, so the mean over the others is not the headline.
        (dialogues({"x.g1.t1.f": A}), "no dialogue with the target y"),
        (
            [*dialogues({"x.g1.t1.f": A}), dialogue("y.g1.t1.f", math.nan, scorable=False)],
            "no game of this run can score all core targets",
        ),
        (dialogues({"x.g1.t1.f": A, "y.g2.t1.f": B}), "no game of this run can score all core targets"),
    ],
)
def test_no_headline_says_why(run: Sequence[ScoredDialogue], reason: str) -> None:
    headline = macro_estimate(run, CORE)
    target, lowest = minimum_estimate(run, CORE)
    assert headline.no_mean == lowest.no_mean == reason
    assert target is None
    assert np.isnan([*ends(headline), *ends(lowest)]).all()


def test_without_core_targets_there_is_no_headline() -> None:
    assert macro_estimate(dialogues(UNEVEN), ()).no_mean == "no core target in this run"


# --- The minimum


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_minimum_is_named_with_a_simultaneous_interval(confidence: float) -> None:
    # `low` has the smallest mean and a narrow interval; the wide one of `wide` reaches below it.
    cells = {
        "high.g.t.f": [0.9, 0.8, 1.0, 0.95],
        "low.g.t.f": [0.30, 0.31, 0.29, 0.30],
        "wide.g.t.f": [0.0, 0.9, 0.1, 0.8],
    }
    target, lowest = minimum_estimate(dialogues(cells), targets(cells), confidence)
    level = 1 - (1 - confidence) / 3
    each = [welch([scores], [1], level) for scores in cells.values()]
    assert target == "low"
    assert lowest.mean == pytest.approx(0.30)
    assert lowest.lower == pytest.approx(min(lower for _, lower, _ in each))
    assert lowest.lower == pytest.approx(each[2][1])
    assert lowest.upper == pytest.approx(min(upper for _, _, upper in each))
    assert lowest.upper == pytest.approx(each[1][2])


def test_the_minimum_has_no_interval_if_a_target_has_none() -> None:
    target, lowest = minimum_estimate(dialogues({"x.g.t.f": A, "y.g.t.f": [0.9]}), CORE)
    assert (target, lowest.no_mean, lowest.no_interval) == ("x", None, "only one dialogue in y.g.t.f")
    assert lowest.mean == pytest.approx(np.mean(A))
    assert np.isnan([lowest.lower, lowest.upper]).all()


# --- Coverage


def test_intervals_cover_the_truth_in_95_percent_of_studies() -> None:
    rng = np.random.default_rng(20)
    n_studies, n_dialogues = 2000, 30
    means, deviations = [0.9, 0.4, -0.2, 0.1], [0.05, 0.3, 0.4, 0.8]
    weights = {"a": 0.25, "b": 0.25, "c": 0.25, "d": 0.25}
    truth = sum(means) / 4
    draws = rng.normal(means, deviations, size=(n_studies, n_dialogues, 4))
    covered = 0
    for study in draws:
        estimate = weighted_estimate(dict(zip(weights, study.T, strict=True)), weights)
        covered += estimate.lower <= truth <= estimate.upper
    assert 0.93 <= covered / n_studies <= 0.97


def test_the_interval_of_the_minimum_covers_it_in_at_least_95_percent_of_studies() -> None:
    rng = np.random.default_rng(21)
    n_studies = 400
    means, deviations = {"x": 0.30, "y": 0.31, "z": 0.8}, {"x": 0.2, "y": 0.4, "z": 0.1}
    covered = 0
    for _ in range(n_studies):
        cells = {f"{value}.g.t.f": rng.normal(means[value], deviations[value], size=12).tolist() for value in means}
        _, lowest = minimum_estimate(dialogues(cells), targets(cells))
        covered += lowest.lower <= min(means.values()) <= lowest.upper
    assert covered / n_studies >= 0.94  # conservative by construction; 0.94 leaves room for 400 studies
