"""Calibration: what a game can show about a motive, and what chance alone would score.

Everything here follows from payoffs and motives, so it is derived and never stored. The reference is
the responder who picks every option of every item with equal probability.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from hvae_bench.scorers.convolution import Best, best_of_sums
from hvae_bench.scorers.motive import Motive
from hvae_bench.scorers.payoff_table import SELF_AND_OTHER, Floats, PayoffTable

RELATIVE_TOLERANCE = 1e-9
"""Utilities closer than this times max(1, largest absolute utility) count as equal."""

MIN_HEADROOM = 0.05
"""A game cannot score a target when the ideal lies less than this above chance."""


@dataclass(frozen=True, slots=True)
class ItemRationality:
    """How far each of the (n_options,) options of an item serves a motive.

    Attributes:
        informative: whether the item can tell a follower of the motive from anybody else.
        rationality: `(U - mean U) / (max U - mean U)`: 1 for an ideal option, 0 on average; all 0 if not informative.
        ideal: which options a follower may choose: all of an uninformative item.
    """

    informative: bool
    rationality: Floats
    ideal: NDArray[np.bool_]


def item_rationality(
    payoffs: Floats, motive: Motive, payoff_unit: float, stakes: Sequence[str] = SELF_AND_OTHER
) -> ItemRationality:
    """Rate the (n_options, n_stakes) payoffs of one item by one motive.

    Differences that rounding to `payoff_unit` alone can make inform nobody: an item informs if no one utility can have
    been that of all its options before. Nor does an item inform a motive that is not defined on all its payoffs.

    Raises:
        StakeError: the motive looks at a stake that the payoffs do not have.
    """
    utility = motive.utility(payoffs, stakes)
    equal_within = RELATIVE_TOLERANCE * max(1.0, float(np.abs(utility).max()))
    lowest, highest = motive.before_rounding(payoffs, stakes, payoff_unit)
    if not lowest.max() - highest.min() > equal_within:
        return ItemRationality(False, np.zeros(len(utility)), np.ones(len(utility), dtype=np.bool_))
    mean = utility.mean()
    rationality = (utility - mean) / (utility.max() - mean)
    ideal = utility >= utility.max() - equal_within
    rationality[ideal] = 1.0
    return ItemRationality(True, rationality, ideal)


@dataclass(frozen=True, slots=True)
class Calibration:
    """One target's motives on one set of items, under uniform random choice.

    Attributes:
        expected_rationality: E[R] of the uniform responder, R being the best of the motives' means.
        rationality_sd: standard deviation of R.
        standard_error: Monte Carlo standard error of E[R]; 0 where it is exact.
        unscorable: why no value rationality exists here; None if it does.
    """

    expected_rationality: float
    rationality_sd: float
    standard_error: float
    unscorable: str | None

    @property
    def value_rationality_sd(self) -> float:
        """Standard deviation of value rationality under uniform random choice; its mean is 0."""
        return self.rationality_sd / (1.0 - self.expected_rationality)


class Calibrator(Protocol):
    """Calibrates a target on the items with these indices; `calibrate` itself, or one that remembers."""

    def __call__(self, table: PayoffTable, motives: tuple[Motive, ...], items: tuple[int, ...]) -> Calibration:
        """See `calibrate`."""
        ...

    def __hash__(self) -> int:
        """Results are remembered by it."""
        ...


@lru_cache(maxsize=1024)
def rate_items(table: PayoffTable, motives: tuple[Motive, ...]) -> tuple[tuple[ItemRationality, ...], ...]:
    """Rate every item by every motive: a tuple for each motive, holding one entry for each item."""
    return tuple(
        tuple(item_rationality(table.item(i), motive, table.payoff_unit, table.stakes) for i in range(table.n_items))
        for motive in motives
    )


def applies(motives: Iterable[Motive], stakes: Collection[str]) -> bool:
    """Whether a game about these stakes has every stake that the motives need."""
    return all(stake in stakes for motive in motives for stake in motive.needs)


@lru_cache(maxsize=65536)
def calibrate(table: PayoffTable, motives: tuple[Motive, ...], items: tuple[int, ...]) -> Calibration:
    """Calibrate a target on the items with these indices, in any order.

    E[R] is 0 with one motive, since every item's options average 0. With several it is exact by
    convolution over the items' options (to 1e-7 where the sums have to be put on a grid), and a seeded
    Monte Carlo estimate only where three or more motives on many items leave no other way.
    """
    if not motives:
        return Calibration(math.nan, math.nan, 0.0, "the target has no motive")
    for motive in motives:
        if not applies([motive], table.stakes):
            why = f"the game is about {', '.join(table.stakes)}, the motive {describe(motive)} is not"
            return Calibration(math.nan, math.nan, 0.0, why)
    for motive, ratings in zip(motives, rate_items(table, motives), strict=True):
        if not any(ratings[i].informative for i in items):
            return Calibration(math.nan, math.nan, 0.0, f"no informative item for the motive {describe(motive)}")
    used = tuple(sorted(items))
    best = _best(table, motives, used, uniform_chances(table))
    expected = best.mean if len(motives) > 1 else 0.0
    reason = None
    if 1.0 - expected < MIN_HEADROOM:
        reason = f"chance alone scores {expected:.3f}, less than {MIN_HEADROOM} below the ideal"
    return Calibration(expected, best.sd, best.standard_error, reason)


def unscorable_reason(
    table: PayoffTable, motives: tuple[Motive, ...], *, calibrate: Calibrator = calibrate
) -> str | None:
    """Why this game cannot score a target with these motives; None if it can."""
    return calibrate(table, motives, tuple(range(table.n_items))).unscorable


Chances = tuple[tuple[float, ...], ...]
"""For each item of a game the probability of each of its options."""


def uniform_chances(table: PayoffTable) -> Chances:
    """The responder who picks every option with the same probability."""
    return tuple((1.0 / len(options),) * len(options) for options in table.option_ids)


def ideal_chances(table: PayoffTable, motive: Motive) -> Chances:
    """The responder who picks every ideal option with the same probability, and never another one."""
    (ratings,) = rate_items(table, (motive,))
    return tuple(tuple((rating.ideal / rating.ideal.sum()).tolist()) for rating in ratings)


@dataclass(frozen=True, slots=True)
class Expected:
    """Mean and standard deviation of the value rationality of a responder's dialogue."""

    mean: float
    sd: float


@lru_cache(maxsize=4096)
def expected_value_rationality(
    table: PayoffTable,
    motives: tuple[Motive, ...],
    chances: Chances,
    items: tuple[int, ...] | None = None,
    calibrate: Calibrator = calibrate,
) -> Expected:
    """Mean and deviation of value rationality for a responder who answers these items (or all) by known probabilities.

    The mean of one motive is linear in the probabilities; the best of several is convolved over the items, exactly
    where `calibrate` is exact. Items are answered independently; the chances of an unused one are not read. NaN where
    the items cannot score the target.
    """
    items = tuple(range(table.n_items)) if items is None else items
    calibration = calibrate(table, motives, items)
    if calibration.unscorable is not None:
        return Expected(math.nan, math.nan)
    best = _best(table, motives, items, chances)
    headroom = 1.0 - calibration.expected_rationality
    return Expected((best.mean - calibration.expected_rationality) / headroom, best.sd / headroom)


def ideal_value_rationality(table: PayoffTable, followed: Sequence[Motive], scored_as: Sequence[Motive]) -> float:
    """Value rationality to expect of the ideal agent of one target (with a motive at least), scored as another one.

    At most 1; NaN where the game cannot score the second target.
    """
    return follower(table, tuple(followed), tuple(scored_as), 0.0).mean


@lru_cache(maxsize=4096)
def follower(
    table: PayoffTable,
    followed: tuple[Motive, ...],
    scored_as: tuple[Motive, ...],
    guesses: float,
    calibrate: Calibrator = calibrate,
) -> Expected:
    """Value rationality to expect, scored as one target, of an agent of another that guesses in this share of items.

    It follows each motive of its target in as many dialogues, and chooses uniformly among ideal options. Without a
    motive it guesses always. NaN where the game cannot score the one target.
    """
    uniform = uniform_chances(table)
    if guesses == 1 or not followed:
        calibration = calibrate(table, scored_as, tuple(range(table.n_items)))
        undefined = math.nan if calibration.unscorable else 0.0
        return Expected(undefined, undefined + calibration.value_rationality_sd)
    parts = []
    for motive in followed:
        items = zip(ideal_chances(table, motive), uniform, strict=True)
        chances = tuple(tuple(g * (1 - guesses) + u * guesses for g, u in zip(*one, strict=True)) for one in items)
        parts.append(expected_value_rationality(table, scored_as, chances, None, calibrate))
    mean = sum(part.mean for part in parts) / len(parts)
    square = sum(part.sd**2 + part.mean**2 for part in parts) / len(parts)
    return Expected(mean, math.sqrt(max(square - mean**2, 0.0)))


def describe(motive: Motive) -> str:
    """A motive in a few words, for messages."""
    fields = motive.model_dump(exclude={"kind"})
    over = fields.pop("stakes", ())
    told = [f"{name} {value:g}" for name, value in fields.pop("weights", fields).items()]
    told += [f"of {', '.join(over)}"] if over else []
    return f"{motive.kind} ({', '.join(told)})" if told else motive.kind


def _best(table: PayoffTable, motives: tuple[Motive, ...], items: tuple[int, ...], chances: Chances) -> Best:
    """Mean and standard deviation of R for a responder with these probabilities."""
    rated = rate_items(table, motives)
    counts = np.array([sum(ratings[i].informative for i in items) for ratings in rated], dtype=np.float64)
    steps = [np.stack([ratings[i].rationality for ratings in rated], axis=1) / counts for i in items]
    return best_of_sums(steps, [np.asarray(chances[i]) for i in items])


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
