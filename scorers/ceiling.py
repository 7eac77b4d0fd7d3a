"""Deaf ceiling: the largest headline that one fixed choice per item, the same for every value, can reach.

An agent that is deaf to the value it is given cannot score more, so what lies above follows from the value. The
ceiling is exact: whichever motive of each target comes to count, the best choice is the best option of each item.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from hvae_bench.scorers.calibration import Calibrator, calibrate, rate_items, unscorable_reason
from hvae_bench.scorers.contrast import ScoredRun
from hvae_bench.scorers.motive import Motive
from hvae_bench.scorers.pairing import mean_of
from hvae_bench.scorers.payoff_table import PayoffTable

MOST_COMBINATIONS = 4096
"""Ways to choose a motive of each target that are tried; four targets of eight motives have so many."""

Core = Sequence[tuple[Motive, ...]]
"""The motives of each core target."""


def deaf_ceilings(run: ScoredRun, *, calibrate: Calibrator = calibrate) -> dict[str, float]:
    """The ceiling by game of a run's headline, whose own is their mean; none where the run has no headline."""
    core = run.core(lambda _, cells: mean_of(cells))
    if isinstance(core, str):
        return {}
    games = {cell.game: run.design.games[cell.game] for cell, _ in core}
    targets = [run.design.targets[value].motives for value in run.design.core_values]
    return ceilings_of(games, targets, calibrate=calibrate)


def deaf_ceiling(run: ScoredRun, *, calibrate: Calibrator = calibrate) -> float:
    """The ceiling of a run's headline; NaN where it has none, or a game too many combinations of motives."""
    found = deaf_ceilings(run, calibrate=calibrate)
    return sum(found.values()) / len(found) if found else math.nan


def ceilings_of(games: Mapping[str, PayoffTable], core: Core, *, calibrate: Calibrator = calibrate) -> dict[str, float]:
    """The ceiling on each game that can score all core targets, all of which weigh the same.

    NaN where the targets have more than `MOST_COMBINATIONS` of motives.
    """
    return {
        id_: _ceiling(table, core, calibrate)
        for id_, table in games.items()
        if not any(unscorable_reason(table, motives, calibrate=calibrate) for motives in core)
    }


def _ceiling(table: PayoffTable, core: Core, calibrate: Calibrator) -> float:
    targets = Counter(core)
    if math.prod(map(len, targets)) > MOST_COMBINATIONS:
        return math.nan
    items = tuple(range(table.n_items))
    totals, chance = np.zeros((1, sum(map(len, table.option_ids)))), 0.0
    for motives, times in targets.items():
        expected = calibrate(table, motives, items).expected_rationality
        weight = times / len(core) / (1.0 - expected)
        chance += weight * expected
        rated = [
            np.concatenate([one.rationality for one in ratings]) / sum(one.informative for one in ratings)
            for ratings in rate_items(table, motives)
        ]
        totals = (totals[:, None] + weight * np.array(rated)).reshape(-1, totals.shape[1])
    starts = np.cumsum([0, *map(len, table.option_ids[:-1])])
    return float(np.maximum.reduceat(totals, starts, axis=1).sum(axis=1).max()) - chance
