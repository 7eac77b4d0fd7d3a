"""Separation: whether a game can tell the followers of two targets apart."""

from collections.abc import Sequence
from typing import Literal

from hvae_bench.scorers.calibration import rate_items
from hvae_bench.scorers.motive import Motive
from hvae_bench.scorers.payoff_table import PayoffTable

Separation = Literal["distinct", "overlapping", "same"]
"""`distinct`: no profile of choices is ideal for both targets; `overlapping`: some are; `same`: whatever is
ideal for one is ideal for the other, so that no choice can ever tell them apart."""

Options = tuple[frozenset[int], ...]


def separation(table: PayoffTable, motives: Sequence[Motive], others: Sequence[Motive]) -> Separation:
    """Compare the ideal profiles of two targets: all choices ideal for one and the same of its motives."""
    mine, theirs = ideal_profiles(table, motives), ideal_profiles(table, others)
    if not any(all(a & b for a, b in zip(one, other, strict=True)) for one in mine for other in theirs):
        return "distinct"
    return "same" if mine == theirs else "overlapping"


def ideal_profiles(table: PayoffTable, motives: Sequence[Motive]) -> frozenset[Options]:
    """For each motive the places of its ideal options, item by item; without what is ideal for another one anyway."""
    found = {_ideal_options(table, motive) for motive in motives}
    return frozenset(one for one in found if not any(_within(one, other) for other in found - {one}))


def _ideal_options(table: PayoffTable, motive: Motive) -> Options:
    (ratings,) = rate_items(table, (motive,))
    return tuple(frozenset(rating.ideal.nonzero()[0].tolist()) for rating in ratings)


def _within(one: Options, other: Options) -> bool:
    """Whether all profiles of the one are among those of the other."""
    return all(a <= b for a, b in zip(one, other, strict=True))
