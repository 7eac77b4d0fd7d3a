"""Curves: value rationality by target and by part of the dialogues, and the response to graded targets.

The radar shows value rationality by target with a goal of the model's own and without one, as Zhang et al. draw it.
Their scale is the angular distance, which chance fills unevenly; this one is corrected for chance, and the ring at 0
is what guessing scores.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes

from hvae_bench.report.figure import ACCENT, COLOURS, INK, MARKERS, RULE, Drawing, draw
from hvae_bench.report.subject import GOAL_ARMS, Subject
from hvae_bench.scorers import NUMBERS, Estimate
from hvae_bench.scorers.estimate import undefined
from hvae_bench.text.number import number

MIN_TARGETS = 3
"""With fewer axes a radar has no area."""

_DASHES: tuple[str, ...] = ("-", "--", ":", "-.", (0, (1, 3)))  # type: ignore[assignment]


def radar(subject: Subject) -> Iterator[Drawing]:
    """The radar of a run; none with fewer than three core targets."""
    targets = [target for target in subject.run.design.core_values if target in subject.targets]
    by_arm = {kind: arm.by("value_rationality({})") for kind, arm in subject.arms.items()}
    arms = {
        kind: [own.get(target, undefined("not asked")) for target in targets]
        for kind, own in by_arm.items()
        if not own.keys().isdisjoint(targets)
    }
    if len(targets) < MIN_TARGETS or not arms:
        return

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot(projection="polar")
        assert isinstance(axes, PolarAxes)
        angles = np.linspace(0, 2 * math.pi, len(targets), endpoint=False).tolist()
        known = [one.mean for estimates in arms.values() for one in estimates if not math.isnan(one.mean)]
        axes.set_theta_zero_location("N")
        axes.set_theta_direction(-1)
        # A little room in the middle keeps marks at the lowest value apart.
        axes.set_ylim(min([-1.0, *known]) - 0.25, 1.0)
        axes.set_yticks([-1, -0.5, 0, 0.5, 1], labels=["-1", "", "0", "", "1"])
        axes.set_rlabel_position(180 / len(targets))
        axes.set_xticks(angles, labels=targets)
        for label, angle in zip(axes.get_xticklabels(), angles, strict=True):
            sideways = math.sin(angle)
            label.set_horizontalalignment("left" if sideways > 0.1 else "right" if sideways < -0.1 else "center")
        axes.spines["polar"].set_color(RULE)
        axes.plot(np.linspace(0, 2 * math.pi, 181), np.zeros(181), color=ACCENT, linewidth=1.5, label="chance")
        look: dict[str, Any] = {"markeredgecolor": INK, "markeredgewidth": 0.4, "clip_on": False}
        for place, (kind, estimates) in enumerate(arms.items()):
            around = [one.mean for one in (*estimates, estimates[0])]
            axes.plot([*angles, angles[0]], around, color=COLOURS[place], linestyle=_DASHES[place], linewidth=1.5)
            _paint_estimates(axes, angles, estimates, place, label=GOAL_ARMS[kind], gid=f"marks-{kind}", **look)
        axes.tick_params(axis="x", pad=4)
        figure.legend(loc="outside lower center", ncols=min(2, len(arms) + 1))

    means = {
        kind: ", ".join(f"{target} {number(one.mean)}" for target, one in zip(targets, estimates, strict=True))
        for kind, estimates in arms.items()
    }
    in_words = "; ".join(f"{GOAL_ARMS[kind]}: {told}" for kind, told in means.items()).capitalize()
    yield draw(
        f"radar-{subject.key}",
        "radar",
        f"Value rationality by target and goal turn: {subject.name}",
        f"Radar of value rationality, 1 at the rim is ideal and 0 is chance. {in_words}.",
        (6.4, 5.0),
        paint,
    )


def _paint_estimates(axes: Axes, x: Sequence[float], estimates: Sequence[Estimate], place: int, **look: Any) -> None:
    """Paint estimates as marks with their intervals, in colour and shape of this place."""
    colour, marker = COLOURS[place % 6], MARKERS[place % len(MARKERS)]
    for at, one in zip(x, estimates, strict=True):
        if one.no_interval is None:
            axes.plot([at, at], [one.lower, one.upper], color=colour, linewidth=3, alpha=0.4)
    known = [(at, one.mean) for at, one in zip(x, estimates, strict=True) if not math.isnan(one.mean)]
    axes.plot([at for at, _ in known], [y for _, y in known], color=colour, marker=marker, linestyle="none", **look)


def dose_curves(subject: Subject) -> Iterator[Drawing]:
    """Response by dose, a curve for each game, template and framing; none where no targets are graded."""
    dose = subject.run.analysis.dose_response
    if not dose.curves:
        return

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for game in dict.fromkeys(curve.game for curve in dose.curves):
            points = next(curve.points for curve in dose.curves if curve.game == game)
            x, ideal = [one.utility_angle_deg for one in points], [one.ideal_deg for one in points]
            axes.plot(x, ideal, color=ACCENT, linestyle="--", linewidth=1, label=f"ideal, {game}")
        for place, curve in enumerate(dose.curves):
            known = [point for point in curve.points if not math.isnan(point.response_deg.mean)]
            x, responses = [point.utility_angle_deg for point in known], [point.response_deg for point in known]
            axes.plot(x, [one.mean for one in responses], color=COLOURS[place % 6], linewidth=1)
            label = ", ".join((curve.game, curve.template, curve.wording, curve.framing))
            _paint_estimates(axes, x, responses, place, markersize=5, label=label, gid=f"curve-{place + 1}")
        axes.set_xlabel("utility angle of the target, degrees")
        axes.set_ylabel("angle of the choices, degrees")
        axes.grid(visible=True)
        figure.legend(loc="outside lower center", fontsize=7)

    yield draw(
        f"dose-{subject.key}",
        "dose",
        f"Response to graded targets: {subject.name}",
        f"Angle of the choices by utility angle of the target, {len(dose.curves)} curves. "
        f"Slope {number(dose.slope.mean)} (1 is ideal, 0 ignores the target), range {number(dose.range_deg.mean)} "
        f"degrees (ideal {number(dose.ideal_range_deg)}).",
        (6.4, 4.4 + 0.18 * len(dose.curves)),
        paint,
    )


def spread(subject: Subject) -> Iterator[Drawing]:
    """The headline from each part alone; none where there is one game, template, wording, framing and order."""
    parts = {part.of.lower(): subject.run.analysis.by(part.name) for part in NUMBERS if part.group == "part"}
    rows = [(axis, id_, one) for axis, estimates in parts.items() for id_, one in estimates.items()]
    whole = subject.run.analysis.numbers["value_rationality"]
    if all(math.isnan(one.mean) for _, _, one in rows):
        return

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvline(0, color=ACCENT, linewidth=1)
        if not math.isnan(whole.mean):
            axes.axvline(whole.mean, color=INK, linewidth=0.8, linestyle=":")
        heights: list[float] = []
        for place, (_, group) in enumerate(groupby(rows, key=lambda row: row[0])):
            colour, marker = COLOURS[place], MARKERS[place]
            for nth, (_, _, one) in enumerate(group):
                y = heights[-1] + (1.0 if nth else 1.8) if heights else 1.0
                heights.append(y)
                if one.no_interval is None:
                    axes.plot([one.lower, one.upper], [y, y], color=colour, linewidth=2)
                if not math.isnan(one.mean):
                    axes.plot([one.mean], [y], color=colour, marker=marker, linestyle="none", gid=f"part-{y:g}")
        axes.set_yticks(heights, labels=[f"{axis} {id_}" for axis, id_, _ in rows], fontsize=7)
        axes.invert_yaxis()
        axes.set_xlabel("value rationality (0 chance, 1 ideal; dotted: all together)")
        axes.grid(visible=True, axis="x")

    told = "; ".join(
        f"by {axis} from {number(min(means))} to {number(max(means))}"
        for axis, estimates in parts.items()
        if (means := [one.mean for one in estimates.values() if not math.isnan(one.mean)])
    )
    yield draw(
        f"spread-{subject.key}",
        "spread",
        f"Value rationality by game, template, wording, framing and order: {subject.name}",
        f"The headline from part of the dialogues alone: {told}; all together {number(whole.mean)}.",
        (6.4, 1.2 + 0.24 * (len(rows) + len({axis for axis, _, _ in rows}))),
        paint,
    )
