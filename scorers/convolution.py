"""Distribution of a sum of independent draws, one from each item.

Everything that chance alone can do in a game is such a sum. It is exact by convolution while its support
fits in memory; a single sum that does not fit is put on a fine grid with a bound on the error; what is left
is drawn, seeded, with its standard error.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hvae_bench.scorers.payoff_table import Floats, Integers

MAX_SUPPORT = 1_000_000
"""Largest number of sums that the exact convolution may hold."""

GRID_POINTS = 1 << 19

EXACT_WITHIN = 1e-7
"""A mean from the grid is kept if it can be off by less than this."""

MONTE_CARLO_DRAWS = 1_000_000
MONTE_CARLO_SEED = 20230517

_MERGE_STEP = 1e-10


@dataclass(frozen=True, slots=True)
class Sums:
    """The distribution of a sum: (n, d) values, their (n,) chances, and the draws behind them, 0 where it is exact.

    `carried` is the (n,) expectation of the sum of the carried numbers, given the sum; 0 where none were given.
    """

    values: Floats
    chances: Floats
    carried: Floats
    draws: int = 0


@dataclass(frozen=True, slots=True)
class Best:
    """Mean and deviation of the largest of several sums; the mean's error is 0 where it is exact to `EXACT_WITHIN`."""

    mean: float
    sd: float
    standard_error: float = 0.0


def distribution_of_sums(
    steps: Sequence[Floats], chances: Sequence[Floats], carried: Sequence[Floats] | None = None
) -> Sums:
    """Distribution of the sum of one (n_options, d) row of every step, drawn independently with these chances.

    Carried numbers, (n_options,) for each step, are summed along without telling sums apart.
    """
    extra = carried or [np.zeros(len(step)) for step in steps]
    exact = _convolve(steps, chances, extra, MAX_SUPPORT)
    return exact or _draw(steps, chances, extra)


def best_of_sums(steps: Sequence[Floats], chances: Sequence[Floats]) -> Best:
    """Mean and deviation of the largest coordinate of the sum of one row of every step; see `distribution_of_sums`."""
    # The largest sum is the last one plus max(0, lead of the others over it): only the leads need a joint
    # distribution, one dimension fewer, with the last sum carried along.
    last = [step[:, -1] for step in steps]
    means = [float(chance @ rows) for chance, rows in zip(chances, last, strict=True)]
    mean_last = sum(means)
    var_last = sum(float(chance @ (rows - mean) ** 2) for chance, rows, mean in zip(chances, last, means, strict=True))
    if not steps or steps[0].shape[1] == 1:
        return Best(mean_last, float(np.sqrt(var_last)))
    leads = [step[:, :-1] - step[:, -1:] for step in steps]
    sums = _convolve(leads, chances, last, MAX_SUPPORT)
    if sums is None and leads[0].shape[1] == 1:
        sums = _on_a_grid([lead[:, 0] for lead in leads], chances, last)
    if sums is None:
        sums = _draw(leads, chances, last)
    lead = np.maximum(sums.values.max(axis=1), 0.0)
    mean_lead = float(sums.chances @ lead)
    var_lead = float(sums.chances @ (lead - mean_lead) ** 2)
    covariance = float(sums.chances @ ((sums.carried - mean_last) * (lead - mean_lead)))
    return Best(
        mean=mean_last + mean_lead,
        sd=float(np.sqrt(max(var_last + 2 * covariance + var_lead, 0.0))),
        standard_error=float(np.sqrt(var_lead / sums.draws)) if sums.draws else 0.0,
    )


def _convolve(steps: Sequence[Floats], chances: Sequence[Floats], carried: Sequence[Floats], limit: int) -> Sums | None:
    """The exact distribution; None if it has too many sums."""
    width = steps[0].shape[1] if steps else 1
    values, weights, moments = np.zeros((1, width)), np.ones(1), np.zeros(1)
    for step, chance, extra in zip(steps, chances, carried, strict=True):
        possible = chance > 0
        step, chance, extra = step[possible], chance[possible], extra[possible]
        if len(values) * len(step) > limit:
            return None
        values = (values[:, None, :] + step[None, :, :]).reshape(-1, width)
        # Of the carried numbers the product with the probability is summed, so that merging is a plain sum.
        moments = ((moments[:, None] + weights[:, None] * extra[None, :]) * chance[None, :]).ravel()
        weights = (weights[:, None] * chance[None, :]).ravel()
        first, group = _merge(values)
        values = values[first]
        weights = np.bincount(group, weights=weights).astype(np.float64)
        moments = np.bincount(group, weights=moments).astype(np.float64)
    return Sums(values, weights, moments / weights)


def _merge(values: Floats) -> tuple[Integers, Integers]:
    """Which rows to keep of those that are equal but for rounding, and which kept row each row belongs to."""
    keys = np.round(values / _MERGE_STEP).astype(np.int64)
    if keys.shape[1] == 1:  # many times faster than the comparison of rows
        _, first, group = np.unique(keys[:, 0], return_index=True, return_inverse=True)
    else:
        order = np.lexsort(keys.T[::-1])
        ordered = keys[order]
        new = np.concatenate(([True], (ordered[1:] != ordered[:-1]).any(axis=1)))
        first = order[new]
        group = np.empty(len(keys), dtype=np.int64)
        group[order] = np.cumsum(new) - 1
    return first, group.ravel()


def _on_a_grid(steps: Sequence[Floats], chances: Sequence[Floats], carried: Sequence[Floats]) -> Sums | None:
    """The distribution of a single sum on a fine grid; None if that could matter to E[max(0, sum)].

    Each step is split between its two neighbours on the grid so that its mean stays. After n steps of a grid
    of width h a sum has moved by less than nh, without bias, so E[max(0, sum)] can only grow, and only where
    the sum lies within nh of 0: by nh/2 times the probability of that at most.
    """
    low = [float(step.min()) for step in steps]
    spread = sum(float(step.max()) - least for step, least in zip(steps, low, strict=True))
    width = spread / (GRID_POINTS - 2 * len(steps) - 2)
    weights, moments, top = np.zeros(GRID_POINTS), np.zeros(GRID_POINTS), 1
    weights[0] = 1.0
    for step, chance, extra, least in zip(steps, chances, carried, low, strict=True):
        new_weights, new_moments = np.zeros(GRID_POINTS), np.zeros(GRID_POINTS)
        reach = top
        for value, probability, number in zip(step - least, chance, extra, strict=True):
            below = int(value / width)
            share = value / width - below
            mass = weights[:top] * probability
            moment = moments[:top] * probability + mass * number
            for place, part in ((below, 1.0 - share), (below + 1, share)):
                new_weights[place : place + top] += part * mass
                new_moments[place : place + top] += part * moment
                reach = max(reach, place + top)
        weights, moments, top = new_weights, new_moments, reach
    values = sum(low) + width * np.arange(top, dtype=np.float64)
    weights, moments = weights[:top], moments[:top]
    moved = len(steps) * width
    if 0.5 * moved * float(weights[np.abs(values) <= 2 * moved].sum()) > EXACT_WITHIN:
        return None
    kept = weights > 0
    return Sums(values[kept, None], weights[kept], moments[kept] / weights[kept])


def _draw(steps: Sequence[Floats], chances: Sequence[Floats], carried: Sequence[Floats]) -> Sums:
    """The distribution as seeded draws."""
    generator = np.random.default_rng(MONTE_CARLO_SEED)
    values = np.zeros((MONTE_CARLO_DRAWS, steps[0].shape[1]))
    numbers = np.zeros(MONTE_CARLO_DRAWS)
    for step, chance, extra in zip(steps, chances, carried, strict=True):
        rows = generator.choice(len(step), size=MONTE_CARLO_DRAWS, p=chance)
        values += step[rows]
        numbers += extra[rows]
    even = np.full(MONTE_CARLO_DRAWS, 1.0 / MONTE_CARLO_DRAWS)
    return Sums(values, even, numbers, MONTE_CARLO_DRAWS)
