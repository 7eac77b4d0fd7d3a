"""Spread: the headline from the dialogues of each game, template and framing alone."""

from __future__ import annotations

import math

from matplotlib.figure import Figure

from hvae_bench.report.figure import ACCENT, COLOURS, INK, MARKERS, Drawing, draw
from hvae_bench.report.subject import Subject
from hvae_bench.scorers import NUMBERS, Estimate
from hvae_bench.text.number import number

__all__ = ["spread"]


def spread(subject: Subject) -> Drawing | None:
    """The spread of a run; None where there is one game, one template, one wording, one framing and one order."""
    analysis = subject.analysis
    parts = {part.of.lower(): analysis.by(part.name) for part in NUMBERS if part.group == "part"}
    parts = {axis: estimates for axis, estimates in parts.items() if estimates}
    whole = analysis.numbers["value_rationality"]
    rows = [(axis, id_, one) for axis, estimates in parts.items() for id_, one in estimates.items()]
    if not any(not math.isnan(one.mean) for _, _, one in rows):
        return None
    told = "; ".join(
        f"by {axis} from {number(min(means))} to {number(max(means))}"
        for axis, estimates in parts.items()
        if (means := [one.mean for one in estimates.values() if not math.isnan(one.mean)])
    )
    return draw(
        f"spread-{subject.key}",
        "spread",
        f"Value rationality by game, template, wording, framing and order: {subject.name}",
        f"The headline from part of the dialogues alone: {told}; all together {number(whole.mean)}.",
        (6.4, 1.2 + 0.24 * (len(rows) + len(parts))),
        lambda figure: _paint(figure, rows, whole),
    )


def _paint(figure: Figure, rows: list[tuple[str, str, Estimate]], whole: Estimate) -> None:
    axes = figure.subplots()
    kinds = list(dict.fromkeys(axis for axis, _, _ in rows))
    heights, height, before = [], 0.0, ""
    for axis, _, _ in rows:
        height += 1.0 if axis == before or not before else 1.8
        heights.append(height)
        before = axis
    axes.axvline(0, color=ACCENT, linewidth=1)
    if not math.isnan(whole.mean):
        axes.axvline(whole.mean, color=INK, linewidth=0.8, linestyle=":")
    for y, (axis, _, one) in zip(heights, rows, strict=True):
        colour, marker = COLOURS[kinds.index(axis)], MARKERS[kinds.index(axis)]
        if one.no_interval is None:
            axes.plot([one.lower, one.upper], [y, y], color=colour, linewidth=2)
        if not math.isnan(one.mean):
            axes.plot([one.mean], [y], color=colour, marker=marker, linestyle="none", gid=f"part-{y:g}")
    axes.set_yticks(heights, labels=[f"{axis} {id_}" for axis, id_, _ in rows], fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel("value rationality (0 chance, 1 ideal; dotted: all together)")
    axes.grid(visible=True, axis="x")
