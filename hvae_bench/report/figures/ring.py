"""Ring: the angles of the choices by value target, beside those of ideal choices and of people.

The norms of people are those of `hvae_bench.analysis.people`; they apply to dialogues without a value only.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from hvae_bench.analysis.people import SLIDER_NORMS, norms_fit
from hvae_bench.dialogue.described import GameRecord
from hvae_bench.report.figure import ACCENT, INK, PAPER, RULE, Figure, Mark, Panel, look_of
from hvae_bench.report.subject import Subject, angle_of
from hvae_bench.report.table import Table, cell
from hvae_bench.scorers import Slider, ideal_arc

WEDGE_DEG = (-45.0, 90.0)
"""What is drawn of the ring if everything lies in it."""

BIN_DEG = 3
"""Dialogues whose angles round to one multiple of this are one dot, the larger the more there are."""

MAX_LANES = 10
"""Of more targets only the core ones are drawn, and those without a value; of graded ones that is none."""

PEOPLE = "var(--link)"

_HOLE, _LEAST_ARC_DEG, _LETTER, _MAX_LARGE = 2.5, 2.0, 6.4, 7


@dataclass(frozen=True, slots=True)
class Lane:
    """A value target on the ring of a game.

    Attributes:
        radius: where its lane lies; lanes are 1 apart.
        angles: those of its dialogues, in degrees.
        arc: from where to where the angles of its ideal choices go, or those of two of three people; None without.
    """

    target: str
    radius: float
    angles: tuple[float, ...]
    arc: tuple[float, float] | None
    of_people: bool


def ring(subjects: Sequence[Subject]) -> Iterator[Figure]:
    """A panel a model, for each game that measures an angle; none where there is no such game."""
    models = list(dict.fromkeys(one.model for one in subjects))
    games = {id_: game for one in subjects for id_, game in one.games.items() if game.angled is not None}
    drawn = [(game, one, lanes) for game in games.values() for one in subjects if (lanes := _lanes(one, game))]
    if not drawn:
        return
    panels = []
    for _, several in groupby(drawn, key=lambda entry: entry[0].id):
        of_game = list(several)
        angles = [angle for _, _, lanes in of_game for lane in lanes for angle in (*lane.angles, *(lane.arc or ()))]
        is_wedge = WEDGE_DEG[0] <= min(angles) and max(angles) <= WEDGE_DEG[1]
        for game, one, lanes in of_game:
            group = game.id if len({game.id for game, _, _ in drawn}) > 1 else ""
            title = one.model if len(models) > 1 else ""
            panels.append(_panel(one.model, lanes, models, is_wedge, title=title, group=group))
    of_people, people = "", ""
    if any(lane.of_people for _, _, lanes in drawn for lane in lanes):
        of_people = (
            f"; blue, where no value was given: two in three of {SLIDER_NORMS.n} people (a mean of "
            f"{SLIDER_NORMS.mean}°; {SLIDER_NORMS.source})"
        )
        people = f" People of whom no value was asked: mean {SLIDER_NORMS.mean}, standard deviation {SLIDER_NORMS.sd}."
    told = [
        f"{game.id}, {one.model}: "
        + ", ".join(f"{lane.target} {_mean_direction(lane.angles):.0f}" for lane in lanes if lane.angles)
        for game, one, lanes in drawn
    ]
    yield Figure(
        "ring",
        "Which way the choices point",
        "The angle of the choices: at 0° they take the most for oneself, at 90° they give the most, below 0° they take "
        f"from the other. A dot is the dialogues of one angle within {BIN_DEG}°, the larger the more; ticks are means. "
        f"Shaded grey: ideal choices{of_people}.",
        f"Dialogues at the angles of their choices, a lane for each value. Mean angles in degrees: {'; '.join(told)}."
        f"{people}",
        panels,
        (_table(drawn),),
        panel_width=300,
        panel_most=520,
    )


def _lanes(subject: Subject, game: GameRecord) -> list[Lane]:
    """The targets that were asked on a game, those without a value innermost; none where too many or no angle."""
    records = [record for record in subject.valued if record.game.id == game.id]
    asked = {record.target.id for record in records}
    geometry = game.angled
    assert geometry is not None
    design = subject.run.design
    targets = [one for one in subject.targets if one in asked]
    if len(targets) > MAX_LANES:
        targets = [one for one in targets if one in design.core_values or not design.targets[one].motives]
    lanes = []
    for radius, target in enumerate(reversed(targets)):
        of_target = (angle_of(record) for record in records if record.target.id == target)
        angles = tuple(angle for angle in of_target if angle is not None)
        motives = design.targets[target].motives
        ideal = ideal_arc(game.payoff_table(), motives, geometry)
        arc = (ideal.start_deg, ideal.end_deg) if ideal else None
        of_people = not motives and isinstance(geometry, Slider) and norms_fit(geometry)
        if of_people:
            arc = (SLIDER_NORMS.mean - SLIDER_NORMS.sd, SLIDER_NORMS.mean + SLIDER_NORMS.sd)
        lanes.append(Lane(target, _HOLE + radius, angles, arc, of_people))
    return lanes if len(lanes) <= MAX_LANES and any(lane.angles for lane in lanes) else []


def _panel(model: str, lanes: Sequence[Lane], models: Sequence[str], is_wedge: bool, title: str, group: str) -> Panel:
    low, high = WEDGE_DEG if is_wedge else (-180.0, 180.0)
    outer = lanes[-1].radius + 0.5
    place: dict[str, Any] = {"x": "x", "y": "y"}
    beside_lane = {"textAnchor": "end", "dx": -6} if is_wedge else {"textAnchor": "middle"}
    small = len(lanes) > _MAX_LARGE
    labels = [
        # Beside the end of its lane; on a whole ring, which has none, where hardly anything lies.
        {"text": lane.target, **({"x": 0.0, "y": lane.radius} if is_wedge else {"x": 0, "y": -lane.radius})}
        for lane in lanes
    ]
    arcs = [
        {**_at(angle, lane.radius), "lane": lane.target, "kind": lane.of_people}
        for lane in lanes
        if lane.arc
        for angle in _along(*_wide_enough(*lane.arc))
    ]
    rims, guides = (
        [{**_at(angle, radius), "radius": radius} for radius in radii for angle in _along(low, high)]
        for radii in ((_HOLE - 0.5, outer), [lane.radius for lane in lanes])
    )
    ticks = [angle for angle in range(-150, 181, 30) if low <= angle <= high]
    spokes = [_across(angle, _HOLE - 0.5, outer) for angle in ticks]
    ends: dict[str, Any] = {name: name for name in ("x1", "y1", "x2", "y2")}
    rows = [row for lane in lanes for row in _dots(model, lane)]
    means = [
        _across(_mean_direction(lane.angles), lane.radius - 0.42, lane.radius + 0.42) for lane in lanes if lane.angles
    ]
    look = {"fill": "model", "fillOpacity": 0.75, "stroke": PAPER, "strokeWidth": 0.5, "r": "share"}
    text = {"text": "text", "fontSize": 10.5 if small else 11.5, "stroke": PAPER, "strokeWidth": 4}
    band = {"z": "lane", "strokeWidth": 9 if small else 13, "strokeLinecap": "butt"}
    marks: list[Mark] = [
        ("link", spokes, {**ends, "stroke": RULE, "strokeWidth": 0.5, "strokeOpacity": 0.5}),
        ("line", guides, {**place, "z": "radius", "stroke": RULE, "strokeWidth": 0.5, "strokeOpacity": 0.5}),
        ("line", rims, {**place, "z": "radius", "stroke": RULE, "strokeWidth": 0.7}),
        ("line", [row for row in arcs if not row["kind"]], {**place, **band, "stroke": INK, "strokeOpacity": 0.2}),
        ("line", [row for row in arcs if row["kind"]], {**place, **band, "stroke": PEOPLE, "strokeOpacity": 0.4}),
        ("dot", rows, {**place, **look, "title": "told", "tip": True}),
        ("link", means, {**ends, "stroke": INK, "strokeWidth": 2}),
        ("text", labels, {**place, **text, "fill": INK, **beside_lane}),
        (
            "text",
            [{**_at(angle, outer + 0.6), "text": f"{angle}°"} for angle in ticks if angle != 90 or not is_wedge],
            {**place, **text, "fill": ACCENT, "fontSize": 11},
        ),
    ]
    far = outer + 1
    lowest = -math.sin(math.radians(45)) * far if is_wedge else -far
    beside = round(_LETTER * max(len(lane.target) for lane in lanes)) + 8 if is_wedge else 8
    options = {
        "color": look_of(models)["color"],
        "r": {"domain": [0, 1], "range": [0, 9 if small else 11]},
        # Room beside the ring is inset, as Plot keeps an aspect ratio for its own margins only.
        "x": {"axis": None, "domain": [0 if is_wedge else -far, far], "insetLeft": beside, "insetRight": 8},
        "y": {"axis": None, "domain": [round(lowest, 3), far], "insetTop": 8, "insetBottom": 8},
        "aspectRatio": 1,
    }
    return Panel(marks, options, title=title, group=group)


def _dots(model: str, lane: Lane) -> Iterator[dict[str, Any]]:
    """The dialogues of a lane, those of nearly one angle as one dot."""
    n = len(lane.angles)
    for place, count in sorted(Counter(round(angle / BIN_DEG) for angle in lane.angles).items()):
        angle = place * BIN_DEG
        told = f"{model}, {lane.target}\n{count} of {n} dialogues at about {angle}°"
        known = {"target": lane.target, "angle": angle, "count": count, "share": round(count / n, 4)}
        yield {**_at(angle, lane.radius), "model": model, **known, "told": told}


def _at(angle_deg: float, radius: float) -> dict[str, float]:
    turn = math.radians(angle_deg)
    return {"x": round(radius * math.cos(turn), 3), "y": round(radius * math.sin(turn), 3)}


def _across(angle_deg: float, radius: float, to_radius: float) -> dict[str, float]:
    near, far = _at(angle_deg, radius), _at(angle_deg, to_radius)
    return {"x1": near["x"], "y1": near["y"], "x2": far["x"], "y2": far["y"]}


def _along(start_deg: float, end_deg: float) -> list[float]:
    """Angles from start to end, near enough for an arc between them to look round."""
    steps = max(1, math.ceil((end_deg - start_deg) / 4))
    return [start_deg + (end_deg - start_deg) * step / steps for step in range(steps + 1)]


def _wide_enough(start_deg: float, end_deg: float) -> tuple[float, float]:
    """An arc of no extent still has to be seen."""
    lack = max(0.0, _LEAST_ARC_DEG - (end_deg - start_deg)) / 2
    return start_deg - lack, end_deg + lack


def _mean_direction(angles_deg: Sequence[float]) -> float:
    turns = [math.radians(angle) for angle in angles_deg]
    return math.degrees(math.atan2(sum(map(math.sin, turns)), sum(map(math.cos, turns))))


def _table(drawn: Sequence[tuple[GameRecord, Subject, Sequence[Lane]]]) -> Table:
    """A row for each game, run and target."""
    return Table(
        "ring-numbers",
        "Angles of the choices, in degrees",
        tuple(
            (
                cell("game", game.id),
                cell("run", one.name),
                cell("target", lane.target),
                cell("dialogues", len(lane.angles)),
                cell("mean", _mean_direction(lane.angles) if lane.angles else math.nan, "Mean direction"),
                cell("from", math.nan if lane.of_people or not lane.arc else lane.arc[0], "Ideal from"),
                cell("to", math.nan if lane.of_people or not lane.arc else lane.arc[1], "Ideal to"),
            )
            for game, one, lanes in drawn
            for lane in reversed(lanes)
        ),
    )
