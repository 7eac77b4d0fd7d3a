"""Dose: how the angle of the choices follows the utility angle of the value that was given."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from hvae_bench.report.figure import ACCENT, PAPER, Figure, Mark, Panel, look_of
from hvae_bench.report.rationality import in_words, row_of
from hvae_bench.report.subject import Subject
from hvae_bench.report.table import Table, cell
from hvae_bench.scorers.dose import DoseCurve
from hvae_bench.text.number import number

_BEYOND = 45
"""Degrees by which the axis goes beyond all responses: an interval of few dialogues may be many turns."""

AXES = ("game", "template", "wording", "framing")
"""What a curve was asked with."""


def dose(subjects: Sequence[Subject]) -> Iterator[Figure]:
    """A panel a game, template, wording and framing; none where no targets are graded."""
    graded = [one for one in subjects if one.run.analysis.dose_response.curves]
    if not graded:
        return
    models = list(dict.fromkeys(one.model for one in subjects))
    panels: dict[tuple[str, ...], list[tuple[str, DoseCurve]]] = {}
    for one in graded:
        for curve in one.run.analysis.dose_response.curves:
            panels.setdefault(_asked(curve), []).append((one.model, curve))
    # What is the same in all panels needs not be said in each.
    differ = [place for place in range(len(AXES)) if len({asked[place] for asked in panels}) > 1]
    points = [point for curves in panels.values() for _, curve in curves for point in curve.points]
    given = [point.utility_angle_deg for point in points]
    known = [angle for one in points for angle in (one.ideal_deg, one.response_deg.mean) if not math.isnan(angle)]
    low, high = min(known) - _BEYOND, max(known) + _BEYOND
    options: dict[str, Any] = {
        **look_of(models),
        "x": _axis(min(given), max(given), "utility angle (degrees)"),
        "y": _axis(low, high, "angle of the choices (degrees)"),
        "marginBottom": 45,
        "marginLeft": 46,
        "inset": 6,
        "insetTop": 10,
    }
    options["x"] |= {"labelAnchor": "center", "labelArrow": "none", "labelOffset": 38}
    yield Figure(
        "dose",
        "Does it follow the dose?",
        "Across: how much the value given weighs the other's payoff, as an angle: 90 all for the other, 0 all for "
        "oneself, below 0 against the other. Upright: the angle of the choices. The dashed line is the ideal; who "
        "ignores the value is flat. Bars are 95 % intervals, cut at the end of the axis.",
        "Angle of the choices by utility angle of the value target; an ideal follower has slope 1, one that ignores "
        f"its value 0. {' '.join(map(_alt, graded))}",
        [
            Panel(
                list(_marks(curves, low, high)),
                options,
                title=", ".join(asked[place] for place in differ),
            )
            for asked, curves in panels.items()
        ],
        (_slopes(graded), _points(graded)),
        panel_width=290 if len(panels) > 1 else 480,
        panel_most=640,
        lead=True,
        models=models,
    )


def _asked(curve: DoseCurve) -> tuple[str, ...]:
    return tuple(getattr(curve, axis) for axis in AXES)


def _axis(low: float, high: float, label: str) -> dict[str, Any]:
    """An axis with a tick each eighth of a turn."""
    ticks = [tick for tick in range(-720, 721, 45) if low <= tick <= high]
    return {"domain": [low, high], "label": label, "ticks": ticks, "grid": True, "tickSize": 3}


def _marks(curves: Sequence[tuple[str, DoseCurve]], low: float, high: float) -> Iterator[Mark]:
    """The ideal, and the curve of each model; intervals are cut where the axis ends."""
    _, first = curves[0]
    ideal = [{"x": one.utility_angle_deg, "y": one.ideal_deg} for one in first.points]
    yield "line", ideal, {"x": "x", "y": "y", "stroke": ACCENT, "strokeWidth": 1.5, "strokeDasharray": "4 3"}
    for place, (model, curve) in enumerate(curves):
        rows = [
            row_of(
                model,
                one.target,
                one.response_deg,
                x=one.utility_angle_deg,
                begin=max(low, one.response_deg.lower),
                end=min(high, one.response_deg.upper),
            )
            for one in curve.points
            if not math.isnan(one.response_deg.mean)
        ]
        # Side by side where models are alike.
        beside = {"dx": round((place - (len(curves) - 1) / 2) * min(4, 12 / len(curves)), 2)}
        bar = {"stroke": "model", "strokeWidth": 2, "strokeOpacity": 0.4, **beside}
        yield (
            "ruleX",
            [one for one in rows if not math.isnan(one["lower"])],
            {"x": "x", "y1": "begin", "y2": "end", **bar},
        )
        yield (
            "line",
            rows,
            {"x": "x", "y": "mean", "stroke": "model", "strokeWidth": 1.5, "strokeOpacity": 0.6, **beside},
        )
        look = {"fill": "model", "symbol": "model", "stroke": PAPER, "strokeWidth": 0.8, "r": 4, **beside}
        yield "dot", rows, {"x": "x", "y": "mean", **look, "title": "told", "tip": True}


def _alt(subject: Subject) -> str:
    found = subject.run.analysis.dose_response
    return (
        f"{subject.name}: slope {in_words(found.slope)}, range {in_words(found.range_deg)} degrees "
        f"(ideal {number(found.ideal_range_deg)})."
    )


def _slopes(subjects: Sequence[Subject]) -> Table:
    rows = []
    for subject in subjects:
        analysis = subject.run.analysis
        row = [cell("run", subject.name)]
        for name in ("dose_slope", "dose_range_deg", "dose_asymmetry"):
            row.append(cell(name, analysis.numbers[name], metric=name))
        rows.append((*row, cell("ideal_range_deg", analysis.dose_response.ideal_range_deg)))
    return Table(
        "dose-slopes",
        "Slope of the response to graded targets",
        tuple(rows),
        "Degrees of response for a degree of dose: 1 is ideal, 0 ignores the target. The asymmetry is the slope where "
        "the other gains minus the slope where the other loses.",
    )


def _points(subjects: Sequence[Subject]) -> Table:
    rows = tuple(
        (
            cell("run", subject.name),
            *(cell(axis, getattr(curve, axis)) for axis in AXES),
            cell("target", point.target),
            cell("utility_angle_deg", point.utility_angle_deg, "Utility angle"),
            cell("ideal_deg", point.ideal_deg, "Ideal angle"),
            cell("response_deg", point.response_deg, "Response"),
        )
        for subject in subjects
        for curve in subject.run.analysis.dose_response.curves
        for point in curve.points
    )
    return Table("doses", "Response to graded targets, in degrees", rows)
