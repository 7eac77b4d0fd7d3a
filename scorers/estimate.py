"""Estimates: weighted sums of cell means with their intervals.

Cells are fixed, the dialogues in them independent draws. A score that can lie between a and b only varies the less the
nearer its mean is to an end, so the variance of a dialogue is taken as a dispersion times (mean - a)(b - mean), the
quasi-likelihood of fractions (Wedderburn 1974, Biometrika 61:439), and the interval holds every value of the sum that
differs from the estimate by less than the t quantile times the standard error *at that value* (Wilson 1927, J. Am.
Stat. Assoc. 22:209). So it never leaves what can be attained, and where no dialogue varies it still is one. On the way
to another value of the sum all means move towards their ends in proportion. Cells with few dialogues share their
dispersion with the cells of their pool (same game, same target); the degrees of freedom are Welch's (1947, Biometrika
34:28). A weak prior says how much dialogues vary of which none has varied yet; its three numbers were chosen by the
simulation in docs/measures.md. Scores without bounds get Student's t with Satterthwaite's degrees of freedom (1946).
"""

import math
from bisect import bisect_left
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Self, TypeVar

import numpy as np

from hvae_bench.scorers.payoff_table import Floats, Integers

Name = TypeVar("Name", bound=Hashable)

CONFIDENCE = 0.95

FEW = 10
"""A cell of fewer dialogues shares its dispersion with the other cells of its pool."""

MAX_DIALOGUES = 100_000
"""More dialogues a cell are not looked for."""

EXACT = "exact if this model never varies on these prompts"
"""What is known of a mean where no dialogue of a cell differed from another one."""

ENOUGH_FREEDOM = 12
"""Degrees of freedom of a variance by which a run may stop; chosen by benchmarks/stopping.py."""

_PRIOR_DISPERSION = 0.7
_PRIOR_SPREAD = 0.002
"""Weight of the prior, as (mean - a)(b - mean) over (b - a) squared."""
_PRIOR_DF = 0.5

_NOTHING = 1e-24
"""A variance below it is rounding."""


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
        alike: whether all dialogues of every cell scored alike. For a model that never varies the mean is exact then;
            the interval allows for one that varies and happened not to.
        p: two-sided p-value against 0, below 0.05 where the 95 % interval excludes 0.
    """

    mean: float
    lower: float
    upper: float
    standard_error: float
    degrees_of_freedom: float
    n_dialogues: int
    no_mean: str | None = None
    no_interval: str | None = None
    alike: bool = False
    p: float = math.nan

    @property
    def ends(self) -> tuple[float, float]:
        """What a verdict goes by: the interval, the mean alone where nothing varied, NaN where neither tells."""
        exact = round(self.mean, 12)
        return (exact, exact) if self.alike else (self.lower, self.upper)

    # From Python 3.13 on a dataclass with NaN in it is not even equal to its copy; before, it depended on which NaN.
    def __eq__(self, other: object) -> bool:
        """Whether all fields are equal, where what is undefined equals what is undefined."""
        if not isinstance(other, Estimate):
            return NotImplemented
        pairs = zip(astuple(self), astuple(other), strict=True)
        return all(one == two or (one != one and two != two) for one, two in pairs)

    def __hash__(self) -> int:
        return hash((self.n_dialogues, self.no_mean, self.no_interval))


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


@dataclass(frozen=True, slots=True)
class Term:
    """A cell of a weighted sum; least and most are the ends of what its values can be.

    Cells of one pool share their dispersion while they have few dialogues; without a pool a cell is one by itself.
    """

    cell: Hashable
    weight: float
    moments: Moments
    pool: Hashable = None
    least: float = -math.inf
    most: float = math.inf


def weighted_estimate(
    cells: Mapping[Name, Floats],
    weights: Mapping[Name, float],
    confidence: float = CONFIDENCE,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> Estimate:
    """Estimate a weighted sum of cell means; for a mean the weights sum to 1.

    Cells hold the values of their dialogues by name or identity; an empty one leaves the mean undefined. The coverage
    `confidence` of the interval lies within (0, 1); `bounds` are the least and the most that a value can be.
    """
    terms = [Term(name, weights[name], Moments.of(values), None, *bounds) for name, values in cells.items()]
    return estimate_sum(terms, confidence)


def estimate_sum(terms: Sequence[Term], confidence: float = CONFIDENCE) -> Estimate:
    """As `weighted_estimate`, from the terms of the sum; either all of them have bounds or none has."""
    n = sum(term.moments.n for term in terms)
    empty = [str(term.cell) for term in terms if term.moments.n == 0]
    if not terms or empty:
        # A model that refuses throughout may leave all of hundreds of cells empty.
        more = f" and {len(empty) - 2} other cells" if len(empty) > 3 else ""
        named = ", ".join(empty[:2] if more else empty)
        return undefined(f"no scored dialogue in {named}{more}" if empty else "no cell to average", n)
    mean = math.fsum(term.weight * term.moments.mean for term in terms)
    single = [str(term.cell) for term in terms if term.moments.n == 1]
    if single:
        return without_interval(mean, n, f"only one dialogue in {single[0]}")
    alike = all(term.moments.variance <= _NOTHING for term in terms)
    bounded = all(math.isfinite(term.most - term.least) for term in terms)
    if alike and not bounded:
        return replace(without_interval(mean, n, "all dialogues of a cell scored alike"), alike=True)
    spread = _bounded(terms) if bounded else _unbounded(terms)
    quantile = t_quantile(0.5 + confidence / 2, spread.freedom)
    lower, upper = mean - spread.reach(quantile, -1), mean + spread.reach(quantile, 1)
    at_zero = spread.error(mean)
    p = _two_sided(abs(mean) / at_zero, spread.freedom) if at_zero else float(mean == 0)
    error = math.sqrt(sum(term.weight**2 * term.moments.variance / term.moments.n for term in terms))
    return Estimate(mean, lower, upper, error, spread.freedom, n, alike=alike, p=p)


@dataclass(frozen=True, slots=True)
class _Spread:
    """How much a sum varies at the estimate and, if its values have bounds, at other values of the sum.

    Attributes:
        fixed: the variance where there are no bounds.
        freedom: degrees of freedom.
        ratio: dispersion over n of each cell, (n_cells,).
        below: how far each cell can lower the sum, (n_cells,).
        above: how far it can raise it.
    """

    fixed: float
    freedom: float
    ratio: Floats
    below: Floats
    above: Floats

    def _path(self, towards: float) -> tuple[float, tuple[float, float, float]]:
        """How far the sum can go down (or up), and the variance on the way as a polynomial of the share gone."""
        there, back = (self.below, self.above) if towards < 0 else (self.above, self.below)
        constant, square = float(self.ratio @ (there * back)), float(self.ratio @ there**2)
        return float(there.sum()), (self.fixed + constant, square - constant, -square)

    def reach(self, quantile: float, towards: float) -> float:
        """How far down (or up) the sum may lie so that the estimate differs from it by `quantile` standard errors."""
        if not len(self.ratio):
            return quantile * math.sqrt(self.fixed)
        room, (constant, linear, square) = self._path(towards)
        linear, square = quantile**2 * linear, room**2 - quantile**2 * square
        constant *= quantile**2
        root = math.sqrt(linear**2 + 4 * square * constant)
        # Of the two ways to write the root the one that subtracts nothing; a mean on its end leaves no way to go.
        if linear > 0:
            share = (linear + root) / (2 * square)
        else:
            share = 2 * constant / (root - linear) if root > linear else 0.0
        return room * min(share, 1.0)

    def error(self, distance: float) -> float:
        """Standard error of the sum so far below the estimate (above, if negative); 0 beyond the bounds."""
        room, (constant, linear, square) = self._path(-distance or -1)
        share = min(abs(distance) / room, 1.0) if room else 0.0
        return math.sqrt(max(constant + linear * share + square * share**2, 0.0))


def _unbounded(terms: Sequence[Term]) -> _Spread:
    pools, sizes, freedom, squares = _pooled(terms)
    parts = np.array([term.weight**2 for term in terms]) * (squares / freedom)[pools] / sizes
    nothing = np.zeros(0)
    return _Spread(float(parts.sum()), _freedom(parts, pools, freedom), nothing, nothing, nothing)


def _bounded(terms: Sequence[Term]) -> _Spread:
    pools, sizes, freedom, squares = _pooled(terms)
    means, least, most, weights = np.array(
        [(term.moments.mean, term.least, term.most, term.weight) for term in terms]
    ).T
    low, high, whole = np.maximum(means - least, 0), np.maximum(most - means, 0), (most - least) ** 2
    prior = _PRIOR_SPREAD * _sums(pools, whole) / np.bincount(pools)
    room = _sums(pools, (sizes - 1) * low * high)
    ratio = ((squares + _PRIOR_DISPERSION * prior) / (room + prior))[pools] / sizes
    down, up = np.where(weights > 0, (low, high), (high, low)) * np.abs(weights)
    # Where nothing varies, all degrees of freedom are as good as each other; the small share says so.
    parts = weights**2 * ratio * np.maximum(low * high, 1e-9 * whole)
    return _Spread(0.0, _freedom(parts, pools, freedom + _PRIOR_DF, bias=2), ratio, down, up)


def _pooled(terms: Sequence[Term]) -> tuple[Integers, Floats, Floats, Floats]:
    """Pool and size of each cell; degrees of freedom and sum of squares of each pool."""
    numbers: dict[Hashable, int] = {}
    pools = np.array(
        [
            numbers.setdefault(
                ("pool", term.pool) if term.pool is not None and term.moments.n < FEW else ("cell", place), len(numbers)
            )
            for place, term in enumerate(terms)
        ],
        dtype=np.int64,
    )
    sizes = np.array([term.moments.n for term in terms], dtype=np.float64)
    squares = (sizes - 1) * [term.moments.variance for term in terms]
    return pools, sizes, _sums(pools, sizes - 1), _sums(pools, squares)


def _sums(pools: Integers, values: Floats) -> Floats:
    """The sum of each pool."""
    return np.bincount(pools, values).astype(np.float64)


def _freedom(parts: Floats, pools: Integers, freedom: Floats, bias: int = 0) -> float:
    """Satterthwaite's degrees of freedom of a sum of variances; with bias 2 Welch's, for pools of very few."""
    return float(parts.sum() ** 2 / (_sums(pools, parts) ** 2 / (freedom + bias)).sum()) - bias


def _two_sided(t: float, freedom: float) -> float:
    from scipy.special import stdtr

    return float(2 * stdtr(freedom, -t))


def expected_half_width(terms: Sequence[Term], n: int, confidence: float = CONFIDENCE) -> float:
    """Half-width to expect where each cell has n dialogues with these means and variances; NaN if there is none."""
    expected = estimate_sum([replace(term, moments=replace(term.moments, n=n)) for term in terms], confidence)
    return (expected.upper - expected.lower) / 2


def is_known(estimate: Estimate, until: float) -> bool:
    """Whether a run may stop, looked at after each round: its interval is that narrow, and so not by chance alone.

    Runs that happened to vary little stop early, and intervals of a variance that rests on little then miss the truth
    too often. As the fixed-width procedures of Stein (1945, Ann. Math. Stat. 16:243) and Chow and Robbins (1965, Ann.
    Math. Stat. 36:457) begin with a sample of a least size, this one asks for degrees of freedom; docs/measures.md.
    """
    return (estimate.upper - estimate.lower) / 2 <= until and estimate.degrees_of_freedom >= ENOUGH_FREEDOM


def at_once(k: int) -> float:
    """The confidence of each of k intervals of which all hold the truth in 95 % of studies, however they hang together.

    Bonferroni's inequality; of means first by Dunn (1961, J. Am. Stat. Assoc. 56:52).
    """
    return 1 - (1 - CONFIDENCE) / max(k, 1)


def dialogues_for(terms: Sequence[Term], half_width: float) -> int | None:
    """The fewest dialogues a cell with a half-width to expect of no more than this; None above `MAX_DIALOGUES`."""
    sizes = range(2, MAX_DIALOGUES + 1)  # one dialogue a cell has no interval
    place = bisect_left(sizes, True, key=lambda n: expected_half_width(terms, n) <= half_width)
    return sizes[place] if place < len(sizes) else None


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
