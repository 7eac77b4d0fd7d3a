"""Reliability: how far a second measurement of the same model would agree with the first."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from hvae_bench.log.runs import Run
from hvae_bench.scorers import CellId, Estimate, ScoredRun
from hvae_bench.scorers.pairing import combine, mean_of
from hvae_bench.scorers.payoff_table import Floats

MIN_CELLS = 3
"""Fewer pairs of numbers have no correlation worth the name."""


@dataclass(frozen=True, slots=True)
class SplitHalf:
    """How far two halves of the dialogues rank the cells alike.

    Attributes:
        reliability: what all dialogues would correlate with as many new ones: the mean over the splits of the
            correlation of the cell means of both halves, stepped up by Spearman and Brown; NaN if undefined.
        lower: 2.5th percentile over the splits. It shows how much the split matters, and is no interval of confidence.
        upper: 97.5th percentile over the splits.
        n_cells: cells with two or more scored dialogues.
        n_dialogues: scored dialogues in them.
        reason: why it is undefined; None if it is not.
    """

    reliability: float
    lower: float
    upper: float
    n_cells: int
    n_dialogues: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ParallelForms:
    """How far two games agree about a model.

    Attributes:
        correlation: Pearson's, of the means of the cells that differ in the game alone; NaN if undefined.
        difference: mean over these cells of (first game) minus (second game).
        n_cells: pairs of cells.
        reason: why there is no correlation; None if there is one.
    """

    correlation: float
    difference: Estimate
    n_cells: int
    reason: str | None = None


def split_half(run: Run, *, splits: int = 1000, seed: int = 0) -> SplitHalf:
    """Split-half reliability of the profile of a run: of its cell means of value rationality.

    The dialogues of each cell are halved at random (of an odd number one is left out at random). It is high where
    targets, templates and framings differ by more than dialogues of one cell do; a model that scores alike
    everywhere has a low one, however steady it is.

    Args:
        run: the run.
        splits: random splits.
        seed: seed of the splits.
    """
    own = _own_scores(run.scored)
    cells = {cell: values for cell, values in own.items() if len(values) > 1}
    n_dialogues = sum(map(len, cells.values()))
    nan = math.nan
    if len(cells) < MIN_CELLS:
        why = f"{len(cells)} cells with two or more scored dialogues, and it takes {MIN_CELLS}"
        return SplitHalf(nan, nan, nan, len(cells), n_dialogues, why)
    generator = np.random.default_rng(seed)
    first, second = np.empty((splits, len(cells))), np.empty((splits, len(cells)))
    for place, values in enumerate(cells.values()):
        half = len(values) // 2
        drawn = values[generator.permuted(np.tile(np.arange(len(values)), (splits, 1)), axis=1)]
        first[:, place] = drawn[:, :half].mean(axis=1)
        second[:, place] = drawn[:, half : 2 * half].mean(axis=1)
    stepped = [spearman_brown(_correlation(one, other)) for one, other in zip(first, second, strict=True)]
    known = np.array([one for one in stepped if math.isfinite(one)])
    if not len(known):
        return SplitHalf(nan, nan, nan, len(cells), n_dialogues, "all cells have the same mean")
    lower, upper = np.percentile(known, [2.5, 97.5])
    return SplitHalf(float(known.mean()), float(lower), float(upper), len(cells), n_dialogues)


def spearman_brown(correlation: float) -> float:
    """The correlation of two measurements of double length; NaN at -1, where it has no bound."""
    return math.nan if correlation <= -1 + 1e-12 else 2 * correlation / (1 + correlation)


def parallel_forms(run: Run) -> dict[tuple[str, str], ParallelForms]:
    """For every two games of a run how far they agree: published and fresh items, or games of different kinds."""
    own = _own_scores(run.scored)
    games = list(dict.fromkeys(cell.game for cell in own))
    return {(one, other): _parallel(run.scored, own, one, other) for one, other in combinations(games, 2)}


def _parallel(scored: ScoredRun, own: Mapping[CellId, Floats], one: str, other: str) -> ParallelForms:
    pairs = [
        (cell, partner)
        for cell in own
        if cell.game == one and (partner := replace(cell, game=other)) in own and len(own[cell]) and len(own[partner])
    ]
    if not pairs:
        why = "no scored cells that differ only in the game"
        return ParallelForms(math.nan, scored.estimate(why), 0, why)
    firsts, seconds = [cell for cell, _ in pairs], [cell for _, cell in pairs]
    difference = scored.estimate(combine((1, mean_of(firsts)), (-1, mean_of(seconds))))
    if len(pairs) < MIN_CELLS:
        why = f"{len(pairs)} pairs of cells, and it takes {MIN_CELLS}"
        return ParallelForms(math.nan, difference, len(pairs), why)
    correlation = _correlation(
        np.array([own[cell].mean() for cell in firsts]), np.array([own[cell].mean() for cell in seconds])
    )
    why_not = None if math.isfinite(correlation) else "all cells of a game have the same mean"
    return ParallelForms(correlation, difference, len(pairs), why_not)


def _own_scores(scored: ScoredRun) -> dict[CellId, Floats]:
    """The scores of each cell as its own target, without dialogues that have none."""
    return {
        cell: scored.scores[cell][cell.value][np.isfinite(scored.scores[cell][cell.value])]
        for own in scored.own_cells().values()
        for cell in own
    }


def _correlation(one: Floats, other: Floats) -> float:
    """Pearson's correlation; NaN where either does not vary."""
    if min(np.ptp(one), np.ptp(other)) <= 1e-12:
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])
