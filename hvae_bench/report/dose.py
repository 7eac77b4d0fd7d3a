"""Dose: how the angle of the choices follows the utility angle of the value that was given."""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from hvae_bench.report.figure import ACCENT, COLOURS, MARKERS, Drawing, draw
from hvae_bench.report.subject import Subject
from hvae_bench.scorers import DoseCurve
from hvae_bench.text.number import number

__all__ = ["dose_curves"]


def dose_curves(subject: Subject) -> Drawing | None:
    """Response by dose, a curve for each game, template and framing; None where no targets are graded."""
    dose = subject.analysis.dose_response
    if not dose.curves:
        return None
    return draw(
        f"dose-{subject.key}",
        "dose",
        f"Response to graded targets: {subject.name}",
        f"Angle of the choices by utility angle of the target, {len(dose.curves)} curves. "
        f"Slope {number(dose.slope.mean)} (1 is ideal, 0 ignores the target), range {number(dose.range_deg.mean)} "
        f"degrees (ideal {number(dose.ideal_range_deg)}).",
        (6.4, 4.4 + 0.18 * len(dose.curves)),
        lambda figure: _paint(figure, dose.curves),
    )


def _paint(figure: Figure, curves: tuple[DoseCurve, ...]) -> None:
    axes = figure.subplots()
    for game in dict.fromkeys(curve.game for curve in curves):
        points = next(curve.points for curve in curves if curve.game == game)
        axes.plot(
            [point.utility_angle_deg for point in points],
            [point.ideal_deg for point in points],
            color=ACCENT,
            linestyle="--",
            linewidth=1,
            label=f"ideal, {game}",
        )
    for place, curve in enumerate(curves):
        known = [point for point in curve.points if not math.isnan(point.response_deg.mean)]
        colour, marker = COLOURS[place % 6], MARKERS[place % len(MARKERS)]
        x = [point.utility_angle_deg for point in known]
        axes.plot(x, [point.response_deg.mean for point in known], color=colour, linewidth=1)
        for point in known:
            one = point.response_deg
            if one.no_interval is None:
                axes.plot([point.utility_angle_deg] * 2, [one.lower, one.upper], color=colour, linewidth=3, alpha=0.4)
        axes.plot(
            x,
            [point.response_deg.mean for point in known],
            color=colour,
            marker=marker,
            linestyle="none",
            markersize=5,
            label=", ".join((curve.game, curve.template, curve.wording, curve.framing)),
            gid=f"curve-{place + 1}",
        )
    axes.set_xlabel("utility angle of the target, degrees")
    axes.set_ylabel("angle of the choices, degrees")
    axes.grid(visible=True)
    figure.legend(loc="outside lower center", fontsize=7)
