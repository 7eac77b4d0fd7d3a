"""Multiplicity: the differences of all targets at once, with a note of how many could differ by chance alone."""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from hvae_bench.log.runs import Run
from hvae_bench.scorers import Estimate
from hvae_bench.text.errors import LogError

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class TargetDifference:
    """The difference of two core targets of a run, by id.

    Attributes:
        difference: value rationality of the first minus that of the second, with its own 95 % interval.
        p: two-sided p-value of the same t test as the interval; NaN without an interval.
        p_holm: the same, adjusted for all pairs of the run (Holm 1979).
    """

    one: str
    other: str
    difference: Estimate
    p: float
    p_holm: float


def p_value(estimate: Estimate) -> float:
    """Two-sided p-value against 0 of an estimate; NaN without an interval. Below 0.05 where the interval excludes 0."""
    return estimate.p


def holm(p_values: Mapping[Key, float]) -> dict[Key, float]:
    """p-values adjusted for their number, step-down (Holm 1979, Scand. J. Statist. 6:65-70)."""
    adjusted: dict[Key, float] = {}
    largest = 0.0
    for rank, key in enumerate(sorted(p_values, key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[key]))
        adjusted[key] = largest
    return adjusted


def target_differences(run: Run) -> list[TargetDifference]:
    """Every two core targets of a run, with p-values adjusted by Holm's method for their number.

    Intervals are those of single differences. With k pairs some interval excludes 0 by chance more often than in
    5 % of runs; `p_holm` below 0.05 does so in at most 5 %. Pairs without an interval are not counted.

    Raises:
        LogError: the run has no such differences.
    """
    differences = run.scored.differences()
    if isinstance(differences, str):
        raise LogError(f"{run.name} has no differences between its core targets: {differences}.")
    raw = {pair: p_value(one) for pair, one in differences.items()}
    adjusted = holm({pair: p for pair, p in raw.items() if not math.isnan(p)})
    return [
        TargetDifference(one, other, found, raw[one, other], adjusted.get((one, other), math.nan))
        for (one, other), found in differences.items()
    ]
