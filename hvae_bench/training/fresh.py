"""Fresh: items that no catalogue holds, drawn from a seed, with what every choice is worth.

A catalogue's own draws are named by what they are for, as these are: `training/SEED`, which no seed of a game can meet.
"""

import hashlib
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Literal, get_args

import numpy as np

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.catalogue.game import Game
from hvae_bench.scorers.calibration import MIN_HEADROOM, applies, describe, item_rationality
from hvae_bench.scorers.motive import Motive
from hvae_bench.scorers.payoff_table import SELF_AND_OTHER
from hvae_bench.text.errors import UsageError
from hvae_bench.training.shapes import Payoffs, Shape, shape_of

Split = Literal["train", "held-out"]
"""What items are for. One item in four is held out, by its payoffs, whatever the seed."""

Table = frozenset[tuple[int, ...]]
"""The payoffs of an item as a set of options, in the smallest whole numbers of the same ratios."""

_HELD_OUT_PART = 4
_PATIENCE = 2000


@dataclass(frozen=True, slots=True)
class FreshItem:
    """An item, and what its options are worth under the motives it was drawn for.

    Attributes:
        payoffs: the options, one payoff a stake.
        reward: of each option the value rationality of a dialogue of this item alone in which it is chosen: 1 for an
            ideal option, 0 on average. With one motive that is r.
        ideal: of each option whether it is ideal for one of the motives.
    """

    payoffs: Payoffs
    reward: tuple[float, ...]
    ideal: tuple[bool, ...]


def fresh_items(
    shape: str,
    motives: Sequence[Motive],
    *,
    seed: int,
    name: str = "",
    split: Split = "train",
    stakes: Sequence[str] = SELF_AND_OTHER,
    taken: set[Table] | None = None,
) -> Iterator[FreshItem]:
    """Items without end, each informative for every motive, none of them twice, none among those taken.

    Args:
        shape: name of a shape.
        motives: utilities any of which serves the rule that the items are for.
        seed: with the name, the split and the shape it names the draws: the same items everywhere.
        name: tells apart what is drawn from one seed.
        split: held-out items never occur among those to train on, of whatever seed.
        stakes: whom the payoffs go to.
        taken: tables that may not occur; it takes those of the items yielded. Those of the embedded catalogue if None.

    Raises:
        UsageError: no such shape or split, a shape that does not go with the stakes, motives that do not, or that no
            such item informs about.
    """
    drawing, told = shape_of(shape, stakes), ", ".join(map(describe, motives))
    if split not in get_args(Split):
        raise UsageError(f"There is no split {split!r}. Choose one of: {', '.join(get_args(Split))}.")
    if not motives or not applies(motives, stakes):
        raise UsageError(
            f"Items about {', '.join(stakes)} cannot be rated by {told or 'no motive'}. Choose a value of that system."
        )
    taken = tables_of(load_catalog().games.values()) if taken is None else taken
    last = 0
    for number in count():
        if number - last > _PATIENCE:
            raise UsageError(
                f"There are no more items of shape {shape!r} that inform about {told}. Ask for fewer, or another shape."
            )
        payoffs = drawing.draw(stakes, f"training/{seed}/{split}/{name}/{shape}/{number}")
        table = table_of(payoffs)
        if table in taken or len(table) < len(payoffs) or _is_held_out(table) != (split == "held-out"):
            continue
        item = _rated(payoffs, drawing, motives, stakes)
        if item is not None:
            last = number
            taken.add(table)
            yield item


def tables_of(games: Iterable[Game]) -> set[Table]:
    """The payoff tables of every item of these games."""
    return {table_of([option.payoffs for option in item.options]) for game in games for item in game.items}


def table_of(payoffs: Iterable[Collection[float]]) -> Table:
    """The payoffs of an item, whatever the order of its options and the unit in which they are counted."""
    exact = [[int(one) if one == int(one) else Fraction(repr(one)) for one in option] for option in payoffs]
    unit = math.lcm(*(one.denominator for option in exact for one in option))
    whole = [[int(one * unit) for one in option] for option in exact]
    divisor = math.gcd(*(one for option in whole for one in option)) or 1
    return frozenset(tuple(one // divisor for one in option) for option in whole)


def _is_held_out(table: Table) -> bool:
    """By the payoffs alone, so that what one seed holds out no other seed trains on."""
    return hashlib.sha256(repr(sorted(table)).encode()).digest()[0] % _HELD_OUT_PART == 0


def _rated(payoffs: Payoffs, shape: Shape, motives: Sequence[Motive], stakes: Sequence[str]) -> FreshItem | None:
    """The item with what its options are worth; None if it does not inform about every motive."""
    table = np.array(payoffs, dtype=np.float64)
    ratings = [item_rationality(table, motive, shape.payoff_unit, stakes) for motive in motives]
    if not all(rating.informative for rating in ratings):
        return None
    best = np.max([rating.rationality for rating in ratings], axis=0)
    expected = float(best.mean()) if len(motives) > 1 else 0.0
    if 1 - expected < MIN_HEADROOM:
        return None
    ideal = np.any([rating.ideal for rating in ratings], axis=0)
    return FreshItem(payoffs, tuple(((best - expected) / (1 - expected)).tolist()), tuple(ideal.tolist()))
