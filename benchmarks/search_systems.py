"""Searches the main game of a value system: `python benchmarks/search_systems.py distribution` prints its items.

Sixteen decisions of four options out of some hundred thousand drawn ones, as `hvae_bench.catalogue.search` says. No
option but the ideal serves a core target nearly as well (`SECOND`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hvae_bench import load_catalog
from hvae_bench.catalogue.search import Draws, Ints, search_items

__all__ = ["WANTED", "main", "search"]

ITEMS, OPTIONS = 16, 4
BATCHES, BATCH = 12, 50_000
"""So many items are drawn."""

SECOND = 0.8
STEP, MOST = 5, 100
"""Payoffs are multiples of the one from 0 to the other, so that they are read and added at a glance."""


def _plain(draws: Draws, n_stakes: int) -> Ints:
    """Each stake gets anything."""
    return STEP * draws.below(MOST // STEP + 1, BATCH, OPTIONS, n_stakes)


def _said(draws: Draws, n_stakes: int) -> Ints:
    """The last stake, the truth, gets all or nothing, and each of both in one option at least."""
    payoffs = _plain(draws, n_stakes)
    payoffs[..., -1] = MOST * draws.below(2, BATCH, OPTIONS)
    payoffs[:, 0, -1], payoffs[:, -1, -1] = MOST, 0
    return payoffs


def _rolled(draws: Draws, n_stakes: int) -> Ints:
    """Two or three runs of faces that get the same, so that an option is told in as many phrases."""
    payoffs = STEP * draws.below(MOST // STEP + 1, BATCH, OPTIONS, 3)
    ends = np.sort(1 + draws.below(n_stakes - 1, BATCH, OPTIONS, 2), axis=-1)
    run = (np.arange(n_stakes) >= ends[..., None]).sum(axis=-2)
    return np.take_along_axis(payoffs, run, axis=-1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A game to search: how its options are drawn, and targets of whose ideal another option may come close."""

    seed: int
    draw: Callable[[Draws, int], Ints] = _plain
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
    about, draws = catalog.systems[system], Draws(wanted.seed)
    found = search_items(
        draws,
        lambda: wanted.draw(draws, len(about.stakes)),
        [motive for id_ in about.core_targets for motive in catalog.values[id_].motives],
        about.stake_ids,
        n_items=ITEMS,
        batches=BATCHES,
        second=[1 - 1e-6 if id_ in wanted.close else SECOND for id_ in about.core_targets],
    )
    assert found is not None
    return found


def main() -> None:
    """Print the items of the system that is named."""
    for number, item in enumerate(search(sys.argv[1]), start=1):
        print(f"  - id: a{number:02}\n    options:")
        for place, payoffs in enumerate(item, start=1):
            print(f"      - {{id: o{place}, payoffs: [{', '.join(map(str, payoffs))}]}}")


if __name__ == "__main__":
    main()
