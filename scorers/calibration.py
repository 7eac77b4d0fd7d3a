"""Calibration: what a game can show about a motive, and what chance alone would score.

Everything here follows from payoffs and motives, so it is derived and never stored. The reference is
the responder who picks every option of every item with equal probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hvae_bench.scorers.motive import Motive
from hvae_bench.scorers.payoff_table import PayoffTable

__all__ = [
    "MIN_HEADROOM",
    "Calibration",
    "ItemRationality",
    "calibrate",
    "item_rationality",
    "unscorable_reason",
]

RELATIVE_TOLERANCE = 1e-9
"""Utilities closer than this times max(1, largest absolute utility) count as equal."""

MIN_HEADROOM = 0.05
"""A game cannot score a target when the ideal lies less than this above chance."""

MAX_SUPPORT = 2_000_000
"""Largest number of distinct sums that the exact convolution may hold."""

MONTE_CARLO_DRAWS = 1_000_000
MONTE_CARLO_SEED = 20230517
_MERGE_STEP = 1e-10

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ItemRationality:
    """How far each option of one item serves one motive.

    Attributes:
        informative: whether the item can tell a follower of the motive from anybody else.
        rationality: (n_options,) `(U - mean U) / (max U - mean U)`: 1 for an ideal option, 0 on average
            over the options; all 0 where the item is not informative.
        ideal: (n_options,) bool; the options that a follower may choose: all of an uninformative item.
    """

    informative: bool
    rationality: Floats
    ideal: NDArray[np.bool_]


def item_rationality(payoffs: Floats, motive: Motive, payoff_unit: float) -> ItemRationality:
    """Rate the options of one item by one motive.

    Args:
        payoffs: (n_options, 2), columns payoff_self and payoff_other.
        motive: the utility to serve.
        payoff_unit: rounding step q of the payoffs; differences that rounding alone can make inform nobody.
    """
    utility = motive.utility(payoffs[:, 0], payoffs[:, 1])
    equal_within = RELATIVE_TOLERANCE * max(1.0, float(np.abs(utility).max()))
    spread = float(utility.max() - utility.min())
    if spread <= payoff_unit * motive.sensitivity + equal_within:
        return ItemRationality(False, np.zeros(len(utility)), np.ones(len(utility), dtype=np.bool_))
    mean = utility.mean()
    rationality = (utility - mean) / (utility.max() - mean)
    ideal = utility >= utility.max() - equal_within
    rationality[ideal] = 1.0
    return ItemRationality(True, rationality, ideal)


@dataclass(frozen=True, slots=True)
class Calibration:
    """One target's motives on one set of items.

    Attributes:
        expected_rationality: E[R] of the uniform responder, R being the best of the motives' means.
        standard_error: Monte Carlo standard error of E[R]; 0 where it is exact.
        unscorable: why no value rationality exists here; None if it does.
    """

    expected_rationality: float
    standard_error: float
    unscorable: str | None


@lru_cache(maxsize=1024)
def rate_items(table: PayoffTable, motives: tuple[Motive, ...]) -> tuple[tuple[ItemRationality, ...], ...]:
    """Rate every item by every motive: a tuple for each motive, holding one entry for each item."""
    return tuple(
        tuple(item_rationality(table.item(i), motive, table.payoff_unit) for i in range(table.n_items))
        for motive in motives
    )


@lru_cache(maxsize=65536)
def calibrate(table: PayoffTable, motives: tuple[Motive, ...], items: tuple[int, ...]) -> Calibration:
    """Calibrate a target on the items with these indices.

    E[R] is 0 with one motive, since every item's options average 0. With several it is exact by
    convolution over the items' options, and a seeded Monte Carlo estimate only where the convolution
    would not fit in memory.

    Args:
        table: the game.
        motives: the target's motives; must not be empty.
        items: indices of the items used, in any order.
    """
    rated = rate_items(table, motives)
    for motive, ratings in zip(motives, rated, strict=True):
        if not any(ratings[i].informative for i in items):
            return Calibration(float("nan"), 0.0, f"no informative item for the motive {describe(motive)}")
    expected, error = _expected_best(
        [[ratings[i] for i in sorted(items)] for ratings in rated],
    )
    if 1.0 - expected < MIN_HEADROOM:
        reason = f"chance alone scores {expected:.3f}, less than {MIN_HEADROOM} below the ideal"
        return Calibration(expected, error, reason)
    return Calibration(expected, error, None)


def unscorable_reason(table: PayoffTable, motives: tuple[Motive, ...]) -> str | None:
    """Why this game cannot score a target with these motives; None if it can."""
    if not motives:
        return "the target has no motive"
    return calibrate(table, motives, tuple(range(table.n_items))).unscorable


def describe(motive: Motive) -> str:
    """A motive in a few words, for messages."""
    fields = motive.model_dump(exclude={"kind"})
    values = ", ".join(f"{name} {value:g}" for name, value in fields.items())
    return f"{motive.kind} ({values})" if values else motive.kind


def _expected_best(rated: Sequence[Sequence[ItemRationality]]) -> tuple[float, float]:
    """E[max over motives of the mean rationality] and its standard error, for the uniform responder."""
    if len(rated) == 1:
        return 0.0, 0.0
    counts = [sum(rating.informative for rating in ratings) for ratings in rated]
    # Every motive's own mean has expectation 0, so E[max_m R_m] = E[max(0, max_m (R_m - R_last))]:
    # only the differences need a joint distribution, one dimension fewer.
    means = [[rating.rationality / count for rating in ratings] for ratings, count in zip(rated, counts, strict=True)]
    steps = [np.stack([mean[i] - means[-1][i] for mean in means[:-1]], axis=1) for i in range(len(means[0]))]
    distribution = _convolve(steps)
    if distribution is not None:
        sums, weights = distribution
        return float(weights @ np.maximum(sums.max(axis=1), 0.0)), 0.0
    generator = np.random.default_rng(MONTE_CARLO_SEED)
    totals = np.zeros((MONTE_CARLO_DRAWS, len(rated) - 1))
    for step in steps:
        totals += step[generator.integers(len(step), size=MONTE_CARLO_DRAWS)]
    best = np.maximum(totals.max(axis=1), 0.0)
    return float(best.mean()), float(best.std(ddof=1) / np.sqrt(MONTE_CARLO_DRAWS))


def _convolve(steps: Sequence[Floats]) -> tuple[Floats, Floats] | None:
    """Distribution of the sum of one uniformly drawn row of each step; None if it would not fit."""
    sums = np.zeros((1, steps[0].shape[1]))
    weights = np.ones(1)
    for step in steps:
        if len(sums) * len(step) > 16 * MAX_SUPPORT:
            return None
        sums = (sums[:, None, :] + step[None, :, :]).reshape(-1, sums.shape[1])
        weights = np.repeat(weights / len(step), len(step))
        keys: NDArray[np.int64] = np.round(sums / _MERGE_STEP).astype(np.int64)
        _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        if len(first) > MAX_SUPPORT:
            return None
        sums = sums[first]
        weights = np.bincount(group.ravel(), weights=weights).astype(np.float64)
    return sums, weights
