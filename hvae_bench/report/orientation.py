"""Orientation: the ring on which every dialogue is a point at its angle, with all that an angle is read against.

The norms of people are those of an online sample (n = 628) of whom no value was asked: computed from the public data
of Doppelhofer et al. 2021. They apply to dialogues without a value only.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes
from numpy.typing import NDArray

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


@dataclass(frozen=True, slots=True)
class HumanNorms:
    """SVO angles of people, as a normal distribution; `limits_deg` are those of the categories of their instrument."""

    mean_deg: float
    sd_deg: float
    n: int
    limits_deg: tuple[float, ...]

    def fits(self, geometry: Angled) -> bool:
        """Whether a game measures the same angle, as its category limits tell."""
        return isinstance(geometry, Slider) and sorted(geometry.lower_limits_deg.values()) == sorted(self.limits_deg)

    def density(self, angles_deg: Floats) -> Floats:
        """Density per degree."""
        z = (angles_deg - self.mean_deg) / self.sd_deg
        return np.asarray(np.exp(-(z**2) / 2) / (self.sd_deg * math.sqrt(2 * math.pi)), dtype=np.float64)


HUMAN_NORMS = HumanNorms(30.4, 13.7, 628, (57.15, 22.45, -12.04))


@dataclass(frozen=True, slots=True)
class _Lane:
    target: str
    angles_deg: Floats
    ideal: Arc | None


@dataclass(frozen=True, slots=True)
class _Ring:
    lanes: Sequence[_Lane]
    cuts: Mapping[str, tuple[float, float]]
    uniform: tuple[Floats, Floats]
    norms: HumanNorms | None

    @property
    def range_deg(self) -> tuple[float, float]:
        """The part of the circle that is drawn: a wedge if everything lies in it, else the whole."""
        drawn = [*self.uniform[0]]
        for lane in self.lanes:
            drawn += [*lane.angles_deg, *((lane.ideal.start_deg, lane.ideal.end_deg) if lane.ideal else ())]
        low, high = _WEDGE_DEG
        return _WEDGE_DEG if all(low <= angle <= high for angle in drawn) else (-180.0, 180.0)


def orientation_rings(subject: Subject) -> Iterator[Drawing]:
    """One ring for each game of the run that measures an angle."""
    for game in subject.games.values():
        geometry = game.angled
        records = [record for record in subject.run.records if record.game.id == game.id]
        known = [(record.target.id, angle) for record in records if (angle := angle_of(record)) is not None]
        if geometry is None or not known:
            continue
        step = math.ceil(len(known) / MAX_POINTS)
        table, asked = game.payoff_table(), {record.target.id for record in records}
        lanes = [
            _Lane(
                target,
                np.array([angle for other, angle in known[::step] if other == target]),
                ideal_arc(table, subject.design.targets[target].motives, geometry),
            )
            for target in subject.targets
            if target in asked
        ]
        norms = HUMAN_NORMS if HUMAN_NORMS.fits(geometry) else None
        ring = _Ring(lanes, _categories(game), angle_distribution(table, geometry), norms)
        thinned = f" (one in {step} of {len(known)})" if step > 1 else ""
        drawn = f"{len(known[::step])} dialogues of {subject.name}{thinned}"
        yield _drawing(f"ring-{subject.key}-{game.id}", f"Angles of the choices on {game.id}, {drawn}", ring)


def _categories(game: GameRecord) -> dict[str, tuple[float, float]]:
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


def _drawing(key: str, caption: str, ring: _Ring) -> Drawing:
    means = ", ".join(
        f"{lane.target} {_mean_direction(lane.angles_deg):.1f}" for lane in ring.lanes if len(lane.angles_deg)
    )
    alt = f"Every dialogue is a point at its angle, a lane for each target. Mean angles in degrees: {means}."
    if ring.norms:
        alt += (
            f" For comparison uniformly random choices, and {ring.norms.n} people of whom no value was asked: "
            f"mean {ring.norms.mean_deg}, standard deviation {ring.norms.sd_deg}."
        )
    return draw(key, "ring", caption, alt, (7.0, 5.6), lambda figure: _paint(figure, ring))


def _mean_direction(angles_deg: Floats) -> float:
    radians = np.radians(angles_deg)
    return math.degrees(math.atan2(float(np.sin(radians).sum()), float(np.cos(radians).sum())))


def _paint(figure: Figure, ring: _Ring) -> None:
    axes = figure.add_subplot(projection="polar")
    assert isinstance(axes, PolarAxes)
    low, high = ring.range_deg
    whole = high - low == 360
    outside = _FIRST_LANE + len(ring.lanes)
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
    for place, lane in enumerate(ring.lanes):
        _paint_lane(axes, lane, _FIRST_LANE + place, COLOURS[place % 6], MARKERS[place % len(MARKERS)])
    for name, (start, end) in ring.cuts.items():
        axes.plot(np.radians([start, start]), [_FIRST_LANE - 2, outside], color=ACCENT, linewidth=0.8, linestyle=":")
        middle = (max(start, low) + min(end, high)) / 2 if not whole else (start + end) / 2
        upright = math.remainder(middle, 360.0)
        turned, side = (upright, "right") if abs(upright) <= 90 else (upright - 180, "left")
        style: dict[str, Any] = {"fontsize": 7, "rotation_mode": "anchor", "va": "center"}
        axes.text(math.radians(middle), _FIRST_LANE - 0.7, name, rotation=turned, ha=side, **style)
    _paint_references(axes, ring, outside, low, high)
    figure.legend(loc="outside right center", title="from the middle outwards")


def _paint_lane(axes: PolarAxes, lane: _Lane, radius: float, colour: str, marker: str) -> None:
    if lane.ideal is not None:
        # An arc of no extent still has to be seen.
        end = max(lane.ideal.end_deg, lane.ideal.start_deg + 0.8)
        angles = np.radians(np.linspace(lane.ideal.start_deg, end, 61))
        look: dict[str, Any] = {"facecolor": (colour, 0.25), "edgecolor": colour, "linewidth": 1}
        axes.fill_between(angles, radius - 0.45, radius + 0.45, gid=f"ideal-{lane.target}", **look)
    axes.scatter(
        np.radians(lane.angles_deg),
        radius + _side_by_side(lane.angles_deg),
        s=14,
        marker=marker,
        facecolor=colour,
        edgecolor=INK,
        linewidth=0.3,
        label=f"{lane.target} ({len(lane.angles_deg)})",
        gid=f"dialogues-{lane.target}",
        clip_on=False,
        zorder=3,
    )


def _side_by_side(angles_deg: Floats) -> Floats:
    """Radial offsets within a lane that keep dialogues of (nearly) one angle apart."""
    offsets = np.zeros(len(angles_deg))
    near = np.round(angles_deg)
    for angle in np.unique(near):
        same = np.flatnonzero(near == angle)
        if len(same) > 1:
            offsets[same] = np.linspace(-0.38, 0.38, len(same))
    return offsets


def _paint_references(axes: PolarAxes, ring: _Ring, radius: float, low: float, high: float) -> None:
    edges = np.arange(low, high + _BIN_DEG / 2, _BIN_DEG)
    angles, chances = ring.uniform
    uniform = np.histogram(angles, bins=edges, weights=chances)[0] / _BIN_DEG
    middles = (edges[:-1] + edges[1:]) / 2
    people = ring.norms.density(middles) if ring.norms else np.zeros(len(middles))
    scale = 1.0 / max(float(uniform.max()), float(people.max()), 1e-9)
    radians = np.radians(middles)
    if high - low == 360:
        radians, uniform, people = (np.append(values, values[0]) for values in (radians, uniform, people))
    look: dict[str, Any] = {"color": RULE, "alpha": 0.5, "linewidth": 0}
    axes.fill_between(radians, radius, radius + scale * uniform, label="uniform choices", gid="uniform", **look)
    if ring.norms:
        label = f"people, no value asked\n(online, n = {ring.norms.n})"
        look = {"color": INK, "linewidth": 1.2, "linestyle": "--"}
        axes.plot(radians, radius + scale * people, label=label, gid="people", **look)
    axes.plot(np.radians(np.linspace(low, high, 361)), np.full(361, radius), color=RULE, linewidth=0.6)
