"""Separation: whether a game can tell the followers of two targets apart."""

from collections.abc import Sequence
from typing import Literal

from hvae_bench.scorers.calibration import rate_items
from hvae_bench.scorers.motive import Motive
from hvae_bench.scorers.payoff_table import PayoffTable

Separation = Literal["distinct", "overlapping", "same"]
"""`distinct`: no profile of choices is ideal for both targets; `overlapping`: some are; `same`: whatever is
ideal for one is ideal for the other, so that no choice can ever tell them apart."""


def separation(table: PayoffTable, motives: Sequence[Motive], others: Sequence[Motive]) -> Separation:
    """Compare the ideal profiles of two targets: all choices ideal for one and the same of its motives."""
    mine = [_ideal_options(table, motive) for motive in motives]
    theirs = [_ideal_options(table, motive) for motive in others]
    if not any(all(a & b for a, b in zip(one, other, strict=True)) for one in mine for other in theirs):
        return "distinct"
    if _within(mine, theirs) and _within(theirs, mine):
        return "same"
    return "overlapping"


Options = tuple[frozenset[int], ...]


def _ideal_options(table: PayoffTable, motive: Motive) -> Options:
    (ratings,) = rate_items(table, (motive,))
    return tuple(frozenset(rating.ideal.nonzero()[0].tolist()) for rating in ratings)


def _within(mine: Sequence[Options], theirs: Sequence[Options]) -> bool:
    """Whether the ideal profiles of each motive are all ideal for one of the other target's."""
    return all(any(all(a <= b for a, b in zip(one, other, strict=True)) for other in theirs) for one in mine)
