"""Estimates: weighted sums of cell means with their intervals.

Cells are fixed, the dialogues in them independent draws. Intervals are Student's t with the degrees of freedom
of Welch 1947 and Satterthwaite 1946; the percentile bootstrap (Efron & Tibshirani 1993, chapter 13) is the
second opinion.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Self, TypeVar

import numpy as np

from hvae_bench.scorers.payoff_table import Floats

Name = TypeVar("Name", bound=Hashable)

CONFIDENCE = 0.95

_BATCH_ELEMENTS = 5_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A weighted sum of cell means and its interval; NaN where undefined, with the reason.

    Attributes:
        mean: the weighted sum.
        lower: lower end of the interval.
        upper: upper end of the interval.
        standard_error: square root of the sum over cells of w^2 s^2 / n.
        degrees_of_freedom: Welch-Satterthwaite.
        n_dialogues: dialogues used.
        no_mean: why there is no mean; None if there is one.
        no_interval: why there is no interval; None if there is one.
        bootstrap_lower: lower end of the percentile bootstrap interval; NaN unless asked for.
        bootstrap_upper: upper end of the same.
    """

    mean: float
    lower: float
    upper: float
    standard_error: float
    degrees_of_freedom: float
    n_dialogues: int
    no_mean: str | None = None
    no_interval: str | None = None
    bootstrap_lower: float = math.nan
    bootstrap_upper: float = math.nan

    # From Python 3.13 on a dataclass with NaN in it is not even equal to its copy; before, it depended on which NaN.
    def __eq__(self, other: object) -> bool:
        """Whether all fields are equal, where what is undefined equals what is undefined."""
        if not isinstance(other, Estimate):
            return NotImplemented
        pairs = zip(astuple(self), astuple(other), strict=True)
        return all(one == two or (one != one and two != two) for one, two in pairs)

    def __hash__(self) -> int:
        return hash((self.n_dialogues, self.no_mean, self.no_interval))


def weighted_estimate(
    cells: Mapping[Name, Floats], weights: Mapping[Name, float], confidence: float = CONFIDENCE
) -> Estimate:
    """Estimate a weighted sum of cell means; for a mean the weights sum to 1.

    Cells hold the values of their dialogues by name or identity; an empty one leaves the mean undefined. The coverage
    `confidence` of the interval lies within (0, 1).
    """
    return estimate_sum([(name, weights[name], Moments.of(values)) for name, values in cells.items()], confidence)


@dataclass(frozen=True, slots=True)
class Moments:
    """What an interval needs to know of n values: mean (NaN without any) and variance (n - 1; NaN below two)."""

    n: int
    mean: float
    variance: float

    @classmethod
    def of(cls, values: Floats) -> Self:
        """The moments of some values."""
        n = len(values)
        mean = float(values.sum()) / n if n else math.nan
        return cls(n, mean, float(((values - mean) ** 2).sum()) / (n - 1) if n > 1 else math.nan)


def estimate_sum(cells: Sequence[tuple[object, float, Moments]], confidence: float = CONFIDENCE) -> Estimate:
    """As `weighted_estimate`, from name (or identity), weight and moments of each cell."""
    n = sum(moments.n for _, _, moments in cells)
    empty = [str(name) for name, _, moments in cells if moments.n == 0]
    if not cells or empty:
        return undefined(f"no scored dialogue in {', '.join(empty)}" if empty else "no cell to average", n)
    mean = sum(weight * moments.mean for _, weight, moments in cells)
    single = [str(name) for name, _, moments in cells if moments.n == 1]
    if single:
        return without_interval(mean, n, f"only one dialogue in {single[0]}")
    parts = [(weight**2 * moments.variance / moments.n, moments.n) for _, weight, moments in cells]
    variance = sum(part for part, _ in parts)
    if variance <= 1e-24:
        return without_interval(mean, n, "all dialogues of a cell scored alike")
    df = variance**2 / sum(part**2 / (size - 1) for part, size in parts)
    error = math.sqrt(variance)
    half = t_quantile(0.5 + confidence / 2, df) * error
    return Estimate(mean, mean - half, mean + half, error, df, n)


def expected_half_width(cells: Sequence[tuple[object, float, float]], n: int, confidence: float = CONFIDENCE) -> float:
    """Half-width to expect where each cell (name, weight, standard deviation) has n dialogues; NaN if there is none."""
    expected = estimate_sum([(name, weight, Moments(n, 0.0, sd**2)) for name, weight, sd in cells], confidence)
    return (expected.upper - expected.lower) / 2


def with_bootstrap(
    estimate: Estimate,
    cells: Mapping[Name, Floats],
    weights: Mapping[Name, float],
    *,
    resamples: int,
    seed: int,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Add to an estimate that has an interval the percentile one; dialogues are drawn anew within each cell."""
    if estimate.no_interval is not None:
        return estimate
    # Slow to import, and only a second opinion needs it.
    from scipy.stats import bootstrap

    factors = [weights[name] for name in cells]

    def weighted(*resampled: Floats, axis: int) -> Floats:
        means = [factor * values.mean(axis=axis) for factor, values in zip(factors, resampled, strict=True)]
        return np.asarray(np.sum(means, axis=0), dtype=np.float64)

    found = bootstrap(
        tuple(cells.values()),
        weighted,
        vectorized=True,
        n_resamples=resamples,
        batch=max(1, _BATCH_ELEMENTS // max(len(values) for values in cells.values())),
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return replace(estimate, bootstrap_lower=float(found.low), bootstrap_upper=float(found.high))


def undefined(reason: str, n_dialogues: int = 0) -> Estimate:
    """The estimate of something that has no mean."""
    nan = math.nan
    return Estimate(nan, nan, nan, nan, nan, n_dialogues, reason, reason)


def without_interval(mean: float, n_dialogues: int, reason: str) -> Estimate:
    """The estimate of something that has a mean and no interval."""
    nan = math.nan
    return Estimate(mean, nan, nan, nan, nan, n_dialogues, None, reason)


def t_quantile(probability: float, df: float) -> float:
    """Quantile of Student's t distribution."""
    # scipy.special is slow to import and only an interval needs it.
    from scipy.special import stdtrit

    return float(stdtrit(df, probability))
