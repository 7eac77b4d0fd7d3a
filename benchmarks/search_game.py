"""Searches the items of a game: `python benchmarks/search_game.py allocations-8` prints them as its file has them.

Allocation decisions in each of which another option is ideal for each of four values. What is asked of them:

- the ideals are clear (`MARGIN`, `second`) and differ; the largest sum is also the largest smaller amount;
- an agent that does the same whatever value it is given scores low (the deaf ceiling, by climbing), and one that errs
  varies little, as far as `steady` weighs it;
- for every value half of the ideals are inner options of the list, and the places are used evenly.

Only `random.Random.random` is drawn from and only whole numbers are kept, so a seed gives the same game everywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

__all__ = ["WANTED", "main", "search"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A game to search: `second` is the rationality that an option that is not ideal has at most."""

    seed: int
    items: int
    options: int
    second: float
    steady: float


WANTED = {"allocations-10": Wanted(1, 10, 5, 0.7, 0), "allocations-8": Wanted(1, 8, 6, 0.8, 0.3)}

MARGIN = 4
"""So much more the ideal has than any other option, in what its value is after."""

WIDTHS = (60, 100)
"""Payoffs of an item lie within a range of its own between 0 and 100, of a width within these."""

STARTS, STEPS, ARRANGEMENTS = 12, 900, 2000

Option = tuple[int, int]
Item = list[Option]


def search(wanted: Wanted) -> list[Item]:
    """The items: the best of each climb, then its options in their places."""
    draw = Random(wanted.seed)
    items = []
    for _ in range(wanted.items):
        width = WIDTHS[0] + _below(draw, WIDTHS[1] - WIDTHS[0] + 1)
        low = _below(draw, 101 - width)
        found = (_climb(draw, wanted, low, low + width) for _ in range(STARTS))
        items.append(min(found, key=lambda item: _cost(item, wanted)))
    return _placed(draw, items)


def _below(draw: Random, n: int) -> int:
    return int(draw.random() * n)


def _utilities(item: Item) -> Iterator[list[int]]:
    """Prosocial (by the smaller amount, by the sum), altruistic, individualistic, competitive."""
    yield [min(option) for option in item]
    yield [own + other for own, other in item]
    yield [other for _, other in item]
    yield [own for own, _ in item]
    yield [own - other for own, other in item]


def _rationality(item: Item) -> list[list[float]]:
    """How far each option serves each of these: 1 the ideal, 0 in the mean."""
    rated = []
    for utility in _utilities(item):
        best, mean = max(utility), sum(utility) / len(item)
        rated.append([1.0 if one == best else (one - mean) / (best - mean) for one in utility])
    return rated


def _cost(item: Item, wanted: Wanted) -> float:
    """The deaf ceiling of an item, how much guessing varies, and a penalty for all that is asked of it and not so."""
    ideals, penalty = [], 0.0
    for utility, rationality in zip(_utilities(item), _rationality(item), strict=True):
        best, second = sorted(utility)[:-3:-1]
        penalty += max(0, MARGIN - (best - second)) + 10 * max(0.0, sorted(rationality)[-2] - wanted.second)
        ideals.append(utility.index(best))
    penalty += 5 * (ideals[0] != ideals[1]) + 5 * (4 - len({*ideals[1:]}))
    by_least, by_sum, *others = rated = _rationality(item)
    penalty += wanted.steady * sum(one**2 for rationality in rated for one in rationality) / len(rated) / len(item)
    return max(map(sum, zip(map(max, by_least, by_sum), *others, strict=True))) / 4 + penalty


def _climb(draw: Random, wanted: Wanted, low: int, high: int) -> Item:
    """From random options to ones that no small change tried makes better."""
    item = [(low + _below(draw, high - low + 1), low + _below(draw, high - low + 1)) for _ in range(wanted.options)]
    cost = _cost(item, wanted)
    for _ in range(STEPS):
        changed, place, stake = list(item), _below(draw, wanted.options), _below(draw, 2)
        payoffs = list(item[place])
        payoffs[stake] = (
            low + _below(draw, high - low + 1)
            if draw.random() < 0.3
            else min(high, max(low, payoffs[stake] + _below(draw, 17) - 8))
        )
        changed[place] = (payoffs[0], payoffs[1])
        if (found := _cost(changed, wanted)) <= cost:
            item, cost = changed, found
    return item


def _placed(draw: Random, items: Sequence[Item]) -> list[Item]:
    """The options of each item in an order such that ideals are spread, and no place is good for any value."""
    orders = [list(item) for item in items]
    cost = _unevenness(orders)
    for _ in range(ARRANGEMENTS):
        # Several at once: what one item gains another may have to give.
        changed = [list(item) for item in orders]
        for _ in range(1 + _below(draw, 3)):
            item = changed[_below(draw, len(changed))]
            one, other = _below(draw, len(item)), _below(draw, len(item))
            item[one], item[other] = item[other], item[one]
        found = _unevenness(changed)
        if found <= cost:
            orders, cost = changed, found
    return orders


def _unevenness(items: Sequence[Item]) -> tuple[int, float]:
    """0 where the ideals of each value stand half at the ends, evenly, and half within, evenly, and those of all do.

    Then the largest mean rationality, good or bad, of one place throughout.
    """
    wrong, largest, total = 0, 0.0, [0] * len(items[0])
    # The prosocial ideals are alike, so one of them counts.
    for rated in list(zip(*map(_rationality, items), strict=True))[1:]:
        counts = [0] * len(items[0])
        for one in rated:
            counts[one.index(1.0)] += 1
        wrong += abs(counts[0] + counts[-1] - len(items) // 2) + _unlike(counts)
        total = [sum(pair) for pair in zip(total, counts, strict=True)]
        largest = max(largest, *(abs(sum(place)) / len(items) for place in zip(*rated, strict=True)))
    return wrong + _unlike(total), largest


def _unlike(counts: Sequence[int]) -> int:
    return max(0, abs(counts[0] - counts[-1]) - 1) + max(0, max(counts[1:-1]) - min(counts[1:-1]) - 1)


def main() -> None:
    """Print the items of the game that is named."""
    for number, item in enumerate(search(WANTED[sys.argv[1]]), start=1):
        print(f"  - id: a{number:02}\n    options:")
        for place, (own, other) in enumerate(item, start=1):
            print(f"      - {{id: o{place}, payoffs: [{own}, {other}]}}")


if __name__ == "__main__":
    main()
