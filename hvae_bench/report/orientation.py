"""Orientation: the ring on which every dialogue is a point at its angle, with all that an angle is read against.

The norms of people are those of `hvae_bench.analysis.people`; they apply to dialogues without a value only.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes
from numpy.typing import NDArray

from hvae_bench.analysis.people import SLIDER_NORMS, norms_fit
from hvae_bench.dialogue.described import GameRecord
from hvae_bench.report.figure import ACCENT, COLOURS, INK, MARKERS, RULE, Drawing, draw
from hvae_bench.report.subject import Subject, angle_of
from hvae_bench.scorers import Arc, Slider, angle_distribution, ideal_arc
from hvae_bench.scorers.svo import Angled

Floats = NDArray[np.float64]

MAX_POINTS = 2000
"""Of more dialogues only one in two, three, ... is drawn, and the caption says so."""

_BIN_DEG = 2.5
_FIRST_LANE = 4.0
_WEDGE_DEG = (-45.0, 90.0)


def orientation_rings(subject: Subject) -> Iterator[Drawing]:
    """One ring for each game of the run that measures an angle."""
    for game in subject.games.values():
        if game.angled is not None:
            records = [record for record in subject.valued if record.game.id == game.id]
            asked = {record.target.id for record in records}
            known = [(record.target.id, angle) for record in records if (angle := angle_of(record)) is not None]
            if known:
                lanes = [target for target in subject.targets if target in asked]
                yield _ring(subject, game, game.angled, lanes, known)


def _ring(
    subject: Subject, game: GameRecord, geometry: Angled, targets: Sequence[str], known: Sequence[tuple[str, float]]
) -> Drawing:
    step = math.ceil(len(known) / MAX_POINTS)
    points = {target: np.array([angle for of, angle in known[::step] if of == target]) for target in targets}
    table = game.payoff_table()
    ideal = {target: ideal_arc(table, subject.run.design.targets[target].motives, geometry) for target in targets}
    uniform = angle_distribution(table, geometry)
    with_people = isinstance(geometry, Slider) and norms_fit(geometry)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot(projection="polar")
        assert isinstance(axes, PolarAxes)
        ends = [end for arc in ideal.values() if arc for end in (arc.start_deg, arc.end_deg)]
        drawn = np.concatenate([uniform[0], ends, *points.values()])
        # A wedge is drawn if everything lies in it.
        whole = bool(drawn.min() < _WEDGE_DEG[0] or drawn.max() > _WEDGE_DEG[1])
        low, high = (-180.0, 180.0) if whole else _WEDGE_DEG
        outside = _FIRST_LANE + len(targets)
        axes.set_ylim(0, outside + 1.2)
        if not whole:
            axes.set_thetamin(low)
            axes.set_thetamax(high)
        axes.set_yticks([])
        axes.set_xticks(np.radians(np.arange(0, 360, 45) if whole else np.arange(low, high + 1, 15)))
        if whole:
            axes.set_xlim(0, 2 * math.pi)
        axes.grid(visible=False)
        axes.spines["polar"].set_color(RULE)
        for place, target in enumerate(targets):
            _paint_lane(axes, place, target, points[target], ideal[target])
        for name, (start, end) in _categories(game).items():
            radii = [_FIRST_LANE - 2, outside]
            axes.plot(np.radians([start, start]), radii, color=ACCENT, linewidth=0.8, linestyle=":")
            middle = (start + end) / 2 if whole else (max(start, low) + min(end, high)) / 2
            upright = math.remainder(middle, 360.0)
            turned, side = (upright, "right") if abs(upright) <= 90 else (upright - 180, "left")
            look: dict[str, Any] = {"fontsize": 7, "rotation_mode": "anchor", "va": "center"}
            axes.text(math.radians(middle), _FIRST_LANE - 0.7, name, rotation=turned, ha=side, **look)
        _paint_references(axes, uniform, with_people, outside, low, high)
        figure.legend(loc="outside right center", title="from the middle outwards")

    caption = f"Angles of the choices on {game.id}, {len(known[::step])} dialogues of {subject.name}"
    if step > 1:
        caption += f" (one in {step} of {len(known)})"
    means = ", ".join(f"{target} {_mean_direction(angles):.1f}" for target, angles in points.items() if len(angles))
    alt = f"Every dialogue is a point at its angle, a lane for each target. Mean angles in degrees: {means}."
    if with_people:
        alt += (
            f" For comparison uniformly random choices, and {SLIDER_NORMS.n} people of whom no value was asked: "
            f"mean {SLIDER_NORMS.mean}, standard deviation {SLIDER_NORMS.sd}."
        )
    return draw(f"ring-{subject.key}-{game.id}", "ring", caption, alt, (7.0, 5.6), paint)


def _categories(game: GameRecord) -> Mapping[str, tuple[float, float]]:
    """From where to where each category goes, in degrees."""
    if game.slider is not None:
        limits = sorted(game.slider.lower_limits_deg.items(), key=lambda entry: entry[1])
        names = [game.slider.lowest_category, *(name for name, _ in limits)]
        edges = [_WEDGE_DEG[0], *(limit for _, limit in limits), _WEDGE_DEG[1]]
        return dict(zip(names, pairwise(edges), strict=True))
    assert game.ring is not None
    middles = sorted(game.ring.octants.items(), key=lambda entry: entry[1])
    found = {}
    for place, (name, middle) in enumerate(middles):
        before, after = middles[place - 1][1], middles[(place + 1) % len(middles)][1]
        found[name] = (middle - (middle - before) % 360 / 2, middle + (after - middle) % 360 / 2)
    return found


def _mean_direction(angles_deg: Floats) -> float:
    radians = np.radians(angles_deg)
    return math.degrees(math.atan2(float(np.sin(radians).sum()), float(np.cos(radians).sum())))


def _paint_lane(axes: PolarAxes, place: int, target: str, angles_deg: Floats, ideal: Arc | None) -> None:
    radius, colour = _FIRST_LANE + place, COLOURS[place % 6]
    if ideal is not None:
        # An arc of no extent still has to be seen.
        end = max(ideal.end_deg, ideal.start_deg + 0.8)
        arc = np.radians(np.linspace(ideal.start_deg, end, 61))
        look: dict[str, Any] = {"facecolor": (colour, 0.25), "edgecolor": colour, "linewidth": 1}
        axes.fill_between(arc, radius - 0.45, radius + 0.45, gid=f"ideal-{target}", **look)
    # Within a lane dialogues of (nearly) one angle stand side by side.
    offsets, near = np.zeros(len(angles_deg)), np.round(angles_deg)
    for angle in np.unique(near):
        same = np.flatnonzero(near == angle)
        if len(same) > 1:
            offsets[same] = np.linspace(-0.38, 0.38, len(same))
    axes.scatter(
        np.radians(angles_deg),
        radius + offsets,
        s=14,
        marker=MARKERS[place % len(MARKERS)],
        facecolor=colour,
        edgecolor=INK,
        linewidth=0.3,
        label=f"{target} ({len(angles_deg)})",
        gid=f"dialogues-{target}",
        clip_on=False,
        zorder=3,
    )


def _paint_references(
    axes: PolarAxes, uniform: tuple[Floats, Floats], with_people: bool, radius: float, low: float, high: float
) -> None:
    """Paint how uniformly random choices and people spread, outside of the lanes."""
    edges = np.arange(low, high + _BIN_DEG / 2, _BIN_DEG)
    angles, chances = uniform
    by_chance = np.histogram(angles, bins=edges, weights=chances)[0] / _BIN_DEG
    middles = (edges[:-1] + edges[1:]) / 2
    people_norm = NormalDist(SLIDER_NORMS.mean, SLIDER_NORMS.sd)
    people = np.array([people_norm.pdf(angle) if with_people else 0.0 for angle in middles])
    scale = 1.0 / max(float(by_chance.max()), float(people.max()), 1e-9)
    radians = np.radians(middles)
    if high - low == 360:
        radians, by_chance, people = (np.append(values, values[0]) for values in (radians, by_chance, people))
    look: dict[str, Any] = {"color": RULE, "alpha": 0.5, "linewidth": 0}
    axes.fill_between(radians, radius, radius + scale * by_chance, label="uniform choices", gid="uniform", **look)
    if with_people:
        look = {"color": INK, "linewidth": 1.2, "linestyle": "--", "gid": "people"}
        label = f"people, no value asked\n(online, n = {SLIDER_NORMS.n})"
        axes.plot(radians, radius + scale * people, label=label, **look)
    axes.plot(np.radians(np.linspace(low, high, 361)), np.full(361, radius), color=RULE, linewidth=0.6)
