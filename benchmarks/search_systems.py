"""Searches the main game of a value system: `python benchmarks/search_systems.py distribution` prints its items.

Sixteen decisions of four options, out of many thousand drawn ones. What is asked of them:

- each core target has one ideal in every item, and no other option serves it nearly as well (`SECOND`);
- whoever follows one core target, or gives to a stake that none of them values, scores low as any other (`WORST`);
- whoever does the same whatever value is given scores as low as can be (the deaf ceiling), by greedy choice and then by
  exchange of one item at a time until none helps;
- each place is ideal for every core target as often as any other, four times, and none serves any by itself.

What is drawn are the raw numbers of PCG64, which no version of numpy changes, and what is compared is rounded before,
so a seed gives the same items everywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from hvae_bench import load_catalog
from hvae_bench.scorers.motive import LinearMotive, Motive

__all__ = ["WANTED", "main", "search"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

ITEMS, OPTIONS = 16, 4
BATCHES, BATCH = 12, 50_000
"""So many items are drawn."""

SECOND, WORST, PLACE = 0.8, 0.19, 0.08
"""The most that an option that is not ideal may serve a target, and that following another one, or one place, may in
the mean."""

STEP, MOST = 5, 100
"""Payoffs are multiples of the one from 0 to the other, so that they are read and added at a glance."""


class Draws:
    """Whole numbers from a seed."""

    def __init__(self, seed: int) -> None:
        self._source = np.random.PCG64(seed)

    def below(self, n: int | Ints, *shape: int) -> Ints:
        """So many numbers from 0 to n - 1."""
        raw = self._source.random_raw(int(np.prod(shape))).reshape(shape)
        return ((raw >> np.uint64(32)).astype(np.int64) * n) >> 32


def _plain(draws: Draws, n: int, n_stakes: int) -> Ints:
    """Each stake gets anything."""
    return STEP * draws.below(MOST // STEP + 1, n, OPTIONS, n_stakes)


def _said(draws: Draws, n: int, n_stakes: int) -> Ints:
    """The last stake, the truth, gets all or nothing, and each of both in one option at least."""
    payoffs = _plain(draws, n, n_stakes)
    payoffs[..., -1] = MOST * draws.below(2, n, OPTIONS)
    payoffs[:, 0, -1], payoffs[:, -1, -1] = MOST, 0
    return payoffs


def _rolled(draws: Draws, n: int, n_stakes: int) -> Ints:
    """Two or three runs of faces that get the same, so that an option is told in as many phrases."""
    payoffs = STEP * draws.below(MOST // STEP + 1, n, OPTIONS, 3)
    ends = np.sort(1 + draws.below(n_stakes - 1, n, OPTIONS, 2), axis=-1)
    run = (np.arange(n_stakes) >= ends[..., None]).sum(axis=-2)
    return np.take_along_axis(payoffs, run, axis=-1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A game to search: how its options are drawn, and targets of whose ideal another option may come close."""

    seed: int
    draw: Callable[[Draws, int, int], Ints] = _plain
    close: tuple[str, ...] = ()


WANTED = {
    "distribution": Wanted(1),
    "moral-circle": Wanted(1),
    "candour": Wanted(1, _said, close=("honest",)),
    "risk": Wanted(1, _rolled),
    "time": Wanted(1),
}
"""By value system."""


def search(system: str) -> Ints:
    """Payoffs of the items: [item, option, stake]."""
    catalog, wanted = load_catalog(), WANTED[system]
    stakes = catalog.systems[system].stake_ids
    targets: dict[str, Motive] = {}
    for id_ in catalog.systems[system].core_targets:
        (targets[id_],) = catalog.values[id_].motives
    followed = [*targets.values(), *_unvalued([*targets.values()], stakes)]
    clear = np.full(len(followed), 1 - 1e-6)
    clear[: len(targets)] = [clear[0] if id_ in wanted.close else SECOND for id_ in targets]
    draws, drawn = Draws(wanted.seed), []
    for _ in range(BATCHES):
        payoffs = wanted.draw(draws, BATCH, len(stakes))
        rated = np.stack([_rationality(payoffs, motive, stakes) for motive in followed], axis=1)
        kept = (np.sort(rated, axis=-1)[..., -2] <= clear).all(axis=-1)
        drawn.append((payoffs[kept], rated[kept]))
    payoffs, rated = map(np.concatenate, zip(*drawn, strict=True))
    chosen = _chosen(rated, len(targets))
    orders = _placed(draws, rated[chosen, : len(targets)])
    return np.take_along_axis(payoffs[chosen], orders[..., None], axis=1)


def _rationality(payoffs: Ints, motive: Motive, stakes: Sequence[str]) -> Floats:
    """How far each option serves a motive: 1 the ideal, 0 in the mean; NaN where all serve it alike."""
    utility = motive.utility(payoffs.astype(np.float64), stakes)
    above = utility - utility.mean(axis=-1, keepdims=True)
    best = above.max(axis=-1, keepdims=True)
    rationality: Floats = np.divide(above, best, out=np.full_like(above, np.nan), where=best > 1e-9)
    return rationality.round(6)


def _unvalued(motives: Sequence[Motive], stakes: Sequence[str]) -> Iterator[Motive]:
    """To give to a stake that no core target values."""
    linear = [motive for motive in motives if isinstance(motive, LinearMotive)]
    for stake in stakes if linear else ():
        if not any(motive.weight_of.get(stake) for motive in linear):
            yield LinearMotive(kind="linear", weights={stake: 1})


def _chosen(rated: Floats, n_targets: int) -> list[int]:
    """The items of least deaf ceiling of which no row of the matrix is above `WORST` beside the diagonal.

    The first of those followed are the targets, as which all are scored.
    """
    aside = [
        np.take_along_axis(rated[:, scored], rated[:, followed].argmax(axis=-1)[:, None], axis=-1)[:, 0]
        for followed in range(rated.shape[1])
        for scored in range(n_targets)
        if scored != followed
    ]
    told = np.stack([*aside, rated[:, :n_targets].mean(axis=1).max(axis=-1)], axis=-1)

    def best(rest: Floats, without: list[int]) -> tuple[float, int]:
        with_each = rest + told
        beyond = np.maximum(with_each[:, :-1].max(axis=-1) - ITEMS * WORST, 0)
        cost = np.round(10 * beyond + with_each[:, -1], 6)
        cost[without] = np.inf
        return float(cost.min()), int(cost.argmin())

    chosen: list[int] = []
    for _ in range(ITEMS):
        chosen.append(best(told[chosen].sum(axis=0), chosen)[1])
    cost = np.inf
    while True:
        before = cost
        for place in range(ITEMS):
            rest = [*chosen[:place], *chosen[place + 1 :]]
            found, one = best(told[rest].sum(axis=0), rest)
            if found < cost:
                cost, chosen[place] = found, one
        if cost == before:
            return chosen


def _placed(draws: Draws, rated: Floats) -> Ints:
    """The order of the options of each item."""
    orders = np.array([*permutations(range(OPTIONS))])
    # [item, order, target x place]: what each place is worth, and whether it is ideal.
    worth = rated[:, :, orders].swapaxes(1, 2).reshape(ITEMS, len(orders), -1)
    ideal = (worth == 1).astype(np.float64)
    even = ITEMS / OPTIONS

    def cost(worth: Floats, ideal: Floats) -> Floats:
        uneven = np.abs(ideal - even).sum(axis=-1)
        worst: Floats = worth.max(axis=-1)
        costs: Floats = uneven + 10 * np.maximum(0.0, worst / ITEMS - PLACE)
        return costs.round(6)

    while True:
        taken = draws.below(len(orders), ITEMS)
        found = np.inf
        while True:
            before = found
            for one, other in combinations(range(ITEMS), 2):
                pair = [one, other]
                rest = np.setdiff1d(np.arange(ITEMS), pair)
                parts = [
                    part[rest, taken[rest]].sum(axis=0) + part[one][:, None] + part[other] for part in (worth, ideal)
                ]
                costs = cost(*parts)
                if costs.min() < found:
                    found = float(costs.min())
                    taken[pair] = np.unravel_index(costs.argmin(), costs.shape)
            if found == before:
                break
        if found == 0:
            return orders[taken]


def main() -> None:
    """Print the items of the system that is named."""
    for number, item in enumerate(search(sys.argv[1]), start=1):
        print(f"  - id: a{number:02}\n    options:")
        for place, payoffs in enumerate(item, start=1):
            print(f"      - {{id: o{place}, payoffs: [{', '.join(map(str, payoffs))}]}}")


if __name__ == "__main__":
    main()
