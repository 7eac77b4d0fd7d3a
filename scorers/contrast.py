"""Estimates over the dialogues of a run: weighted means of cells with intervals.

Cells (target x game x template x framing) are fixed, the dialogues in them independent draws. A mean gives
every cell of a game, every game of a target and every target the same weight at its level, so that no
cell counts more for having more dialogues. Intervals are Student's t with the degrees of freedom of
Welch 1947 and Satterthwaite 1946.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CellId",
    "Estimate",
    "ScoredDialogue",
    "macro_estimate",
    "minimum_estimate",
    "target_estimates",
    "weighted_estimate",
]

Floats = NDArray[np.float64]

CONFIDENCE = 0.95

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True, order=True)
class CellId:
    """Identity of a cell: ids of its target, game, template and framing."""

    value: str
    game: str
    template: str
    framing: str

    def __str__(self) -> str:
        return f"{self.value}.{self.game}.{self.template}.{self.framing}"


@dataclass(frozen=True, slots=True)
class ScoredDialogue:
    """What the estimates need to know of one dialogue.

    Attributes:
        cell: its cell.
        value_rationality: VR, NaN where undefined.
        scorable: whether the game can score the target at all.
        incomplete: whether an item was not reached; such a dialogue stays out of the means.
    """

    cell: CellId
    value_rationality: float
    scorable: bool
    incomplete: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its interval; NaN where undefined, with the reason.

    Attributes:
        mean: weighted mean of the cell means.
        lower: lower end of the interval.
        upper: upper end of the interval.
        standard_error: square root of the sum over cells of w^2 s^2 / n.
        degrees_of_freedom: Welch-Satterthwaite.
        n_dialogues: dialogues used.
        no_mean: why there is no mean; None if there is one.
        no_interval: why there is no interval; None if there is one.
    """

    mean: float
    lower: float
    upper: float
    standard_error: float
    degrees_of_freedom: float
    n_dialogues: int
    no_mean: str | None
    no_interval: str | None


def weighted_estimate(
    cells: Mapping[str, Floats], weights: Mapping[str, float], confidence: float = CONFIDENCE
) -> Estimate:
    """Estimate a weighted mean of cell means.

    Args:
        cells: for each cell name the values of its dialogues; an empty cell leaves the mean undefined.
        weights: the weight of each cell; for a mean they sum to 1.
        confidence: coverage of the interval, within (0, 1).
    """
    n = sum(len(values) for values in cells.values())
    empty = [name for name, values in cells.items() if len(values) == 0]
    if not cells or empty:
        why = f"no scored dialogue in {', '.join(empty)}" if empty else "no cell to average"
        return _undefined(n, why)
    mean = sum(weights[name] * float(np.mean(values)) for name, values in cells.items())
    single = [name for name, values in cells.items() if len(values) == 1]
    if single:
        return _without_interval(mean, n, f"only one dialogue in {single[0]}")
    parts = {name: weights[name] ** 2 * float(np.var(values, ddof=1)) / len(values) for name, values in cells.items()}
    variance = sum(parts.values())
    if variance <= 1e-24:
        return _without_interval(mean, n, "all dialogues of a cell scored alike")
    df = variance**2 / sum(part**2 / (len(cells[name]) - 1) for name, part in parts.items())
    error = math.sqrt(variance)
    half = _t_quantile(0.5 + confidence / 2, df) * error
    return Estimate(mean, mean - half, mean + half, error, df, n, None, None)


def _undefined(n: int, reason: str) -> Estimate:
    nan = math.nan
    return Estimate(nan, nan, nan, nan, nan, n, reason, reason)


def _without_interval(mean: float, n: int, reason: str) -> Estimate:
    nan = math.nan
    return Estimate(mean, nan, nan, nan, nan, n, None, reason)


def _t_quantile(probability: float, df: float) -> float:
    # scipy.special is slow to import and only an interval needs it.
    from scipy.special import stdtrit

    return float(stdtrit(df, probability))


def target_estimates(dialogues: Iterable[ScoredDialogue], confidence: float = CONFIDENCE) -> dict[str, Estimate]:
    """Estimate each target over all games that can score it; targets that none can score are left out."""
    cells = _cells(dialogues)
    estimates = {}
    for value in dict.fromkeys(cell.value for cell in cells):
        own = {cell: values for cell, values in cells.items() if cell.value == value}
        weights = _weights(own)
        estimates[value] = weighted_estimate(_named(own), _named(weights), confidence)
    return estimates


def macro_estimate(
    dialogues: Sequence[ScoredDialogue], core_values: Collection[str], confidence: float = CONFIDENCE
) -> Estimate:
    """Estimate the mean over the core targets, on the games that can score all of them.

    Args:
        dialogues: all dialogues of the run.
        core_values: ids of the core targets; one without any dialogue leaves the mean undefined.
        confidence: coverage of the interval.
    """
    cells = _core_cells(dialogues, core_values)
    if isinstance(cells, str):
        return _undefined(0, cells)
    return weighted_estimate(_named(cells), _named(_weights(cells)), confidence)


def minimum_estimate(
    dialogues: Sequence[ScoredDialogue], core_values: Collection[str], confidence: float = CONFIDENCE
) -> tuple[str | None, Estimate]:
    """The core target with the smallest mean, and an interval of that minimum.

    The interval is simultaneous: each of the k targets gets one at level 1 - (1 - confidence) / k
    (Bonferroni), so all hold together with the given confidence and the minimum lies between their
    smallest lower and smallest upper end.

    Returns:
        The target's id (None if any core target has no mean) and the estimate.
    """
    cells = _core_cells(dialogues, core_values)
    if isinstance(cells, str):
        return None, _undefined(0, cells)
    values = list(dict.fromkeys(cell.value for cell in cells))
    level = 1 - (1 - confidence) / len(values)
    estimates = {}
    for value in values:
        own = {cell: scores for cell, scores in cells.items() if cell.value == value}
        estimates[value] = weighted_estimate(_named(own), _named(_weights(own)), level)
    missing = [estimate for estimate in estimates.values() if estimate.no_mean]
    if missing:
        return None, missing[0]
    target = min(estimates, key=lambda value: estimates[value].mean)
    lowest = estimates[target]
    without = [estimate.no_interval for estimate in estimates.values() if estimate.no_interval]
    if without:
        return target, _without_interval(lowest.mean, lowest.n_dialogues, without[0])
    return target, Estimate(
        mean=lowest.mean,
        lower=min(estimate.lower for estimate in estimates.values()),
        upper=min(estimate.upper for estimate in estimates.values()),
        standard_error=lowest.standard_error,
        degrees_of_freedom=lowest.degrees_of_freedom,
        n_dialogues=lowest.n_dialogues,
        no_mean=None,
        no_interval=None,
    )


def _cells(dialogues: Iterable[ScoredDialogue]) -> dict[CellId, Floats]:
    """Values of the complete, scored dialogues of every scorable cell; a cell without any stays, empty."""
    grouped: dict[CellId, list[float]] = {}
    for dialogue in dialogues:
        if not dialogue.scorable:
            continue
        values = grouped.setdefault(dialogue.cell, [])
        if not dialogue.incomplete and not math.isnan(dialogue.value_rationality):
            values.append(dialogue.value_rationality)
    return {cell: np.asarray(values, dtype=np.float64) for cell, values in grouped.items()}


def _core_cells(dialogues: Sequence[ScoredDialogue], core_values: Collection[str]) -> dict[CellId, Floats] | str:
    """Cells of the core targets on the games that can score all of them; or why there is no such cell."""
    if not core_values:
        return "no core target in this run"
    core = [dialogue for dialogue in dialogues if dialogue.cell.value in core_values]
    absent = set(core_values) - {dialogue.cell.value for dialogue in core}
    if absent:
        return f"no dialogue with the target {', '.join(sorted(absent))}"
    cells = _cells(core)
    games = [
        game
        for game in dict.fromkeys(cell.game for cell in cells)
        if {cell.value for cell in cells if cell.game == game} == set(core_values)
    ]
    if not games:
        return "no game of this run can score all core targets"
    return {cell: scores for cell, scores in cells.items() if cell.game in games}


def _weights(cells: Iterable[CellId]) -> dict[CellId, float]:
    """Equal weights for targets, for games within a target and for cells within a game; they sum to 1."""
    cells = list(cells)
    n_values = len({cell.value for cell in cells})
    games = {value: {cell.game for cell in cells if cell.value == value} for value in {c.value for c in cells}}
    in_game: dict[tuple[str, str], int] = {}
    for cell in cells:
        in_game[cell.value, cell.game] = in_game.get((cell.value, cell.game), 0) + 1
    return {cell: 1 / (n_values * len(games[cell.value]) * in_game[cell.value, cell.game]) for cell in cells}


def _named(by_cell: Mapping[CellId, Content]) -> dict[str, Content]:
    return {str(cell): content for cell, content in by_cell.items()}
