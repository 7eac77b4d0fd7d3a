"""Dose and response: how the angle of a model's choices follows the utility angle of the value it was given.

A graded target has a single linear motive, so its utility angle says how much the other counts. The response is
the angle of the choices (svo_angle on a slider, vector angle on a ring), the dose the angle of the ideal choices
for that target on the same game, so that an ideal follower has slope 1 on every game and a model that ignores
its target has slope 0. Slope and range of a response to graded instructions: as in steerability studies
(Chang et al.); the definitions are this project's.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hvae_bench.scorers.angular import ideal_arc
from hvae_bench.scorers.contrast import ScoredRun
from hvae_bench.scorers.design import CellId, Design
from hvae_bench.scorers.estimate import Estimate, undefined
from hvae_bench.scorers.motive import LinearMotive
from hvae_bench.scorers.pairing import Contrast, combine
from hvae_bench.scorers.payoff_table import Floats

MIN_DOSES = 5
"""With fewer different doses a slope says nothing that the targets do not say one by one."""


@dataclass(frozen=True, slots=True)
class DosePoint:
    """The response to one graded target: the mean angle of the choices to the dose, the angle of the ideal ones."""

    target: str
    utility_angle_deg: float
    ideal_deg: float
    response_deg: Estimate


@dataclass(frozen=True, slots=True)
class DoseCurve:
    """The responses of one game, template, wording and framing, in the order of their utility angles."""

    game: str
    template: str
    wording: str
    framing: str
    points: tuple[DosePoint, ...]


@dataclass(frozen=True, slots=True)
class DoseResponse:
    """The response of a run to graded targets; every number is a mean over games, templates and framings.

    Attributes:
        slope: degrees of response for a degree of dose: 1 ideal, 0 for a model that ignores its target.
        range_deg: response to the largest dose minus response to the smallest, in degrees.
        ideal_range_deg: the same for the ideal follower; NaN if undefined.
        asymmetry: slope from utility angle 0 to 90 (the other gains) minus slope from -90 to 0 (the other loses).
    """

    slope: Estimate
    range_deg: Estimate
    ideal_range_deg: float
    asymmetry: Estimate
    n_doses: int
    curves: tuple[DoseCurve, ...] = ()


def dose_response(design: Design, angles_deg: Mapping[CellId, Floats]) -> DoseResponse:
    """Estimate slope, range and asymmetry from the angles of the dialogues by cell in degrees, NaN if there is none."""
    doses = _doses(design, angles_deg)
    curves: dict[CellId, list[CellId]] = {}
    for cell in doses:
        curves.setdefault(replace(cell, value=""), []).append(cell)
    graded = [curve for curve in curves.values() if len({_theta(design, cell) for cell in curve}) >= MIN_DOSES]
    n_doses = len({_theta(design, cell) for curve in graded for cell in curve})
    if not graded:
        why = f"no game that measures an angle was played with {MIN_DOSES} targets of different utility angles"
        none = undefined(why)
        return DoseResponse(none, none, math.nan, none, n_doses)
    weights = _weights(graded)
    run = ScoredRun(
        design,
        {
            cell: {cell.value: _unwrapped(angles_deg[cell], [doses[one] for one in curve])}
            for curve in graded
            for cell in curve
        },
    )
    ends = [(min(curve, key=lambda one: doses[one]), max(curve, key=lambda one: doses[one])) for curve in graded]
    slopes = [_slope(curve, doses) for curve in graded]
    spans: list[Contrast] = [{(high, high.value): 1.0, (low, low.value): -1.0} for low, high in ends]
    return DoseResponse(
        slope=run.estimate(_mean(slopes, weights)),
        range_deg=run.estimate(_mean(spans, weights)),
        ideal_range_deg=sum(w * (doses[high] - doses[low]) for w, (low, high) in zip(weights, ends, strict=True)),
        asymmetry=run.estimate(_asymmetry(design, graded, doses, weights)),
        n_doses=n_doses,
        curves=tuple(_curve(design, run, curve, doses) for curve in graded),
    )


def _curve(design: Design, run: ScoredRun, cells: Sequence[CellId], doses: Mapping[CellId, float]) -> DoseCurve:
    points = [
        DosePoint(cell.value, _theta(design, cell), doses[cell], run.estimate({(cell, cell.value): 1.0}))
        for cell in cells
    ]
    first = cells[0]
    ordered = tuple(sorted(points, key=lambda point: point.utility_angle_deg))
    return DoseCurve(first.game, first.template, first.wording, first.framing, ordered)


def _theta(design: Design, cell: CellId) -> float:
    angle_deg = _utility_angle(design, cell)
    assert angle_deg is not None
    return angle_deg


def _utility_angle(design: Design, cell: CellId) -> float | None:
    """The utility angle of a graded target; None for any other one."""
    motives = design.targets[cell.value].motives
    return motives[0].utility_angle_deg if len(motives) == 1 and isinstance(motives[0], LinearMotive) else None


def _doses(design: Design, angles_deg: Mapping[CellId, Floats]) -> dict[CellId, float]:
    """The ideal angle of every cell with a graded target; within a curve they grow with the utility angle."""
    doses: dict[CellId, float] = {}
    for cell in angles_deg:
        angle_deg = _utility_angle(design, cell)
        if angle_deg is not None and cell.game in design.geometries:
            arc = ideal_arc(design.games[cell.game], design.targets[cell.value].motives, design.geometries[cell.game])
            if arc is not None:
                doses[cell] = _near(arc.start_deg + arc.extent_deg / 2, angle_deg)
    return doses


def _near(angle_deg: float, other_deg: float) -> float:
    """The same direction as the first angle, written within half a turn of the second."""
    return other_deg + math.remainder(angle_deg - other_deg, 360.0)


def _unwrapped(angles_deg: Floats, doses: Sequence[float]) -> Floats:
    """Angles within half a turn of the middle of all doses, whatever the target: chance keeps slope 0."""
    middle_deg = (min(doses) + max(doses)) / 2
    return middle_deg + np.mod(angles_deg - middle_deg + 180.0, 360.0) - 180.0


def _slope(curve: Sequence[CellId], doses: Mapping[CellId, float]) -> Contrast:
    """Weights of the least-squares slope of the cells' mean responses on their doses."""
    x = np.array([doses[cell] for cell in curve])
    away = x - x.mean()
    return {(cell, cell.value): float(weight) for cell, weight in zip(curve, away / float(away @ away), strict=True)}


def _asymmetry(
    design: Design, curves: Sequence[Sequence[CellId]], doses: Mapping[CellId, float], weights: Sequence[float]
) -> Contrast | str:
    parts: list[Contrast] = []
    for curve in curves:
        slopes: list[Contrast] = []
        for low, high in ((0.0, 90.0), (-90.0, 0.0)):
            half = [cell for cell in curve if low <= _theta(design, cell) <= high]
            if len({doses[cell] for cell in half}) < 2:
                return f"fewer than two different doses from {low:g} to {high:g} degrees"
            slopes.append(_slope(half, doses))
        parts.append(_mean(slopes, (1.0, -1.0)))
    return _mean(parts, weights)


def _weights(curves: Sequence[Sequence[CellId]]) -> list[float]:
    """Curves of a game count equally, and so do games."""
    games = [curve[0].game for curve in curves]
    return [1 / (len(set(games)) * games.count(game)) for game in games]


def _mean(contrasts: Sequence[Contrast], weights: Sequence[float]) -> Contrast:
    return combine(*zip(weights, contrasts, strict=True))
