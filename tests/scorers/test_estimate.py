"""Estimates: intervals and reasons, against formulas written out here and against scipy's own tests."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from hvae_bench.scorers import Estimate, weighted_estimate
from hvae_bench.scorers.estimate import with_bootstrap

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


# --- The bootstrap


def bootstrapped(
    cells: Mapping[str, Sequence[float] | Floats],
    weights: Mapping[str, float],
    *,
    resamples: int = 4000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Estimate:
    arrays = {name: np.asarray(scores, dtype=float) for name, scores in cells.items()}
    plain = weighted_estimate(arrays, weights, confidence)
    return with_bootstrap(plain, arrays, weights, resamples=resamples, seed=seed, confidence=confidence)


@pytest.mark.parametrize(
    ("cells", "weights", "confidence", "lower", "upper"),
    [
        # Means of resamples of (0, 1): 0, 1/2 and 1 with chances 1/4, 1/2 and 1/4.
        ({"a": [0, 1]}, {"a": 1}, 0.95, 0, 1),
        ({"a": [0, 1]}, {"a": 1}, 0.60, 0, 1),
        ({"a": [0, 1]}, {"a": 1}, 0.40, 0.5, 0.5),
        ({"a": [0, 1]}, {"a": -2}, 0.95, -2, 0),
        # Drawn within each cell: 5, 5.25, ... 6 with chances 1/16, 1/4, 3/8, 1/4 and 1/16. Dialogues drawn from
        # both cells together would reach from 0 to 11.
        ({"a": [0, 1], "b": [10, 11]}, {"a": 0.5, "b": 0.5}, 0.95, 5, 6),
        ({"a": [0, 1], "b": [10, 11]}, {"a": 0.5, "b": 0.5}, 0.80, 5.25, 5.75),
        ({"a": [0, 1], "b": [10, 11]}, {"a": 1, "b": -1}, 0.95, -11, -9),
        # A cell that does not vary only moves the ends.
        ({"a": [0, 1], "b": [3, 3, 3]}, {"a": 1, "b": 1}, 0.95, 3, 4),
    ],
)
def test_ends_of_the_bootstrap_where_every_resample_is_known(
    cells: Mapping[str, Sequence[float]], weights: Mapping[str, float], confidence: float, lower: float, upper: float
) -> None:
    estimate = bootstrapped(cells, weights, confidence=confidence)
    assert (estimate.bootstrap_lower, estimate.bootstrap_upper) == pytest.approx((lower, upper))


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_bootstrap_of_many_dialogues_agrees_with_the_t_interval(confidence: float) -> None:
    rng = np.random.default_rng(3)
    cells = {"a": rng.normal(0.5, 0.2, 400), "b": rng.uniform(0, 1, 300), "c": rng.binomial(1, 0.3, 500).astype(float)}
    weights = {"a": 0.5, "b": 0.25, "c": -0.25}
    estimate = bootstrapped(cells, weights, resamples=20_000, confidence=confidence)
    half = estimate.upper - estimate.mean
    assert estimate.bootstrap_lower == pytest.approx(estimate.lower, abs=0.05 * half)
    assert estimate.bootstrap_upper == pytest.approx(estimate.upper, abs=0.05 * half)


def test_the_bootstrap_is_seeded() -> None:
    cells = {"a": A, "b": B}
    weights = {"a": 0.5, "b": 0.5}
    one, again, other = (bootstrapped(cells, weights, seed=seed, resamples=300) for seed in (1, 1, 2))
    assert one == again
    assert (one.bootstrap_lower, one.bootstrap_upper) != (other.bootstrap_lower, other.bootstrap_upper)
    assert ends(one) == ends(other)


def test_the_bootstrap_changes_nothing_else() -> None:
    cells = {"a": np.array(A), "b": np.array(B)}
    weights = {"a": 0.5, "b": 0.5}
    plain, second = weighted_estimate(cells, weights), bootstrapped(cells, weights)
    assert math.isnan(plain.bootstrap_lower)
    assert math.isnan(plain.bootstrap_upper)
    for name in ("mean", "lower", "upper", "standard_error", "degrees_of_freedom", "n_dialogues"):
        assert getattr(plain, name) == getattr(second, name)


@pytest.mark.parametrize(
    "cells",
    [{"a": [0.5], "b": B}, {"a": [0.5, 0.5], "b": [1.0, 1.0]}, {"a": A, "b": []}],
    ids=["one dialogue", "no variance", "no dialogue"],
)
def test_no_bootstrap_where_there_is_no_interval(cells: Mapping[str, Sequence[float]]) -> None:
    estimate = bootstrapped(cells, {"a": 0.5, "b": 0.5})
    assert estimate.no_interval is not None
    assert np.isnan([estimate.bootstrap_lower, estimate.bootstrap_upper]).all()
