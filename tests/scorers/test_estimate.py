"""Estimates: intervals and reasons, against formulas written out here and against scipy's own tests."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from hvae_bench.scorers import Estimate, weighted_estimate
from hvae_bench.scorers.estimate import FEW, Moments, Term, estimate_sum

Floats = NDArray[np.float64]


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


def test_what_is_undefined_equals_what_is_undefined() -> None:
    one, same, other = (Estimate(float(nan), 0, 1, 0.1, 3, 4) for nan in ("nan", "-nan", "0.5"))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != replace(same, lower=0.2)
    assert one != (one.mean, 0, 1)


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
        ({name: [] for name in "abcd"}, math.nan, *["no scored dialogue in a, b and 2 other cells"] * 2),
        ({"a": [0.5], "b": [1.0]}, 0.75, None, "only one dialogue in a"),
        ({"a": [0.2, 0.4], "b": [1.0]}, 0.65, None, "only one dialogue in b"),
        ({"a": [0.5, 0.5], "b": [1.0, 1.0, 1.0]}, 0.75, None, "all dialogues of a cell scored alike"),
        ({"a": [0.1 + 0.2, 0.3], "b": [1.0, 1.0]}, 0.65, None, "all dialogues of a cell scored alike"),
    ],
)
def test_what_is_undefined_says_why(
    cells: Mapping[str, Sequence[float]], mean: float, no_mean: str | None, no_interval: str | None
) -> None:
    arrays = {name: np.array(scores, dtype=float) for name, scores in cells.items()}
    estimate = weighted_estimate(arrays, dict.fromkeys(arrays, 0.5))
    assert (estimate.no_mean, estimate.no_interval) == (no_mean, no_interval)
    assert estimate.mean == pytest.approx(mean, nan_ok=True)
    assert np.isnan([estimate.lower, estimate.upper, estimate.standard_error, estimate.degrees_of_freedom]).all()
    assert estimate.alike == (no_interval == "all dialogues of a cell scored alike")
    assert estimate.n_dialogues == sum(map(len, cells.values()))


def test_a_cell_without_variance_adds_no_error_to_one_that_varies() -> None:
    estimate = weighted_estimate({"a": np.array(A), "b": np.array([1.0, 1.0, 1.0])}, {"a": 0.5, "b": 0.5})
    assert estimate.mean == pytest.approx((np.mean(A) + 1) / 2)
    assert estimate.standard_error == pytest.approx(0.5 * np.std(A, ddof=1) / np.sqrt(len(A)))
    assert estimate.degrees_of_freedom == pytest.approx(len(A) - 1)


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


# --- Scores with bounds


BOUNDS = (-1.0, 1.0)


def bounded(cells: Mapping[str, Sequence[float]], weights: Mapping[str, float], confidence: float = 0.95) -> Estimate:
    return weighted_estimate({name: np.array(own) for name, own in cells.items()}, weights, confidence, BOUNDS)


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
@pytest.mark.parametrize("one", [A, B, C, [1.0, 1.0], [-1.0, -1.0, -1.0], [1.0, -1.0], [0.98, 1.0]])
@pytest.mark.parametrize("other", [A, C, [1.0, 1.0], [-1.0, 0.9]])
@pytest.mark.parametrize("weights", [(0.5, 0.5), (1, -1), (0.9, 0.1)])
def test_an_interval_stays_within_what_can_be_attained(
    one: Sequence[float], other: Sequence[float], weights: tuple[float, float], confidence: float
) -> None:
    estimate = bounded({"a": one, "b": other}, dict(zip("ab", weights, strict=True)), confidence)
    most = sum(map(abs, weights))
    assert -most - 1e-12 <= estimate.lower <= estimate.mean <= estimate.upper <= most + 1e-12
    assert estimate.lower < estimate.upper


@pytest.mark.parametrize("n", [2, 3, 7, 10, 20])
@pytest.mark.parametrize("end", [-1.0075966709774662, -0.3333333333333333, 1.0])
def test_a_mean_on_its_end_but_for_rounding_has_that_end(end: float, n: int) -> None:
    bounds = (end, 1.0) if end < 0 else (-0.1, end)
    cells = {name: np.full(n, end) for name in ("a", "b")}
    estimate = weighted_estimate(cells, {"a": 0.7, "b": 0.3}, bounds=bounds)
    near, far = (estimate.lower, estimate.upper) if end < 0 else (estimate.upper, estimate.lower)
    assert near == pytest.approx(end)
    assert abs(far - end) > 0.05 / n


def test_scores_turned_around_have_the_interval_turned_around() -> None:
    weights = {"a": 0.7, "b": -0.3}
    estimate = bounded({"a": A, "b": C}, weights)
    turned = bounded({"a": [-score for score in A], "b": [-score for score in C]}, weights)
    assert (turned.lower, turned.upper) == pytest.approx((-estimate.upper, -estimate.lower))


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.95, 0.99])
@pytest.mark.parametrize("shift", [-0.6, -0.3, -0.1, 0.0, 0.1])
def test_p_is_small_where_the_interval_excludes_0(shift: float, confidence: float) -> None:
    estimate = bounded({"a": [score + shift for score in A]}, {"a": 1}, confidence)
    assert (estimate.p < 1 - confidence) == (estimate.lower > 0 or estimate.upper < 0)


def test_many_answers_of_yes_and_no_have_wilsons_interval() -> None:
    yes, n = 180, 200
    estimate = weighted_estimate({"a": np.repeat([1.0, 0.0], [yes, n - yes])}, {"a": 1}, bounds=(0.0, 1.0))
    wilson = stats.binomtest(yes, n).proportion_ci(method="wilson")
    assert (estimate.lower, estimate.upper) == pytest.approx((wilson.low, wilson.high), abs=1e-3)


def test_where_nothing_varies_there_is_an_interval_and_a_mark() -> None:
    few, more = (bounded({"a": [1.0] * n, "b": [1.0] * n}, {"a": 0.5, "b": 0.5}) for n in (2, 20))
    assert few.alike
    assert more.alike
    assert few.ends == more.ends == (1, 1)
    assert few.upper == more.upper == 1
    assert few.lower < more.lower < 1
    assert not bounded({"a": A}, {"a": 1}).alike


def test_few_dialogues_share_their_dispersion_within_a_pool() -> None:
    def terms(n: int, pool: str | None) -> list[Term]:
        return [
            Term(name, 0.5, Moments(n, 0.2, variance), pool, *BOUNDS) for name, variance in (("a", 0.01), ("b", 0.3))
        ]

    assert estimate_sum(terms(3, "pool")).degrees_of_freedom > estimate_sum(terms(3, None)).degrees_of_freedom
    assert estimate_sum(terms(FEW, "pool")) == estimate_sum(terms(FEW, None))
