"""Matrix: each target's dialogues scored as every target, beside the same of the ideal followers."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hvae_bench.report.figure import Drawing, draw
from hvae_bench.report.subject import Subject
from hvae_bench.text.number import number

__all__ = ["matrix", "paint_grid"]

Floats = NDArray[np.float64]

MAX_NUMBERS = 8
"""In a larger matrix numbers would not be legible; they are in the table."""


def matrix(subject: Subject) -> Drawing | None:
    """The discriminant matrix of a run beside the ideal one; None where there is none."""
    found = subject.analysis.discriminant
    if found.reason is not None or not found.targets:
        return None
    names = list(found.targets)
    own = np.array([[found.estimates[one][other].mean for other in names] for one in names])
    ideal = np.array([[found.ideal[one][other] for other in names] for one in names])
    diagonal = ", ".join(f"{name} {number(own[place, place])}" for place, name in enumerate(names))

    def paint(figure: Figure) -> None:
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, values, title, gid in ((left, own, "this model", "own"), (right, ideal, "ideal followers", "ideal")):
            paint_grid(axes, values, (-1.0, 1.0), "PuOr", numbers=len(names) <= MAX_NUMBERS, gid=gid)
            axes.set_title(title)
            axes.set_xticks(np.arange(len(names)) + 0.5, labels=names, rotation=45, ha="right")
            axes.set_xlabel("scored as")
        left.set_yticks(np.arange(len(names)) + 0.5, labels=names)
        left.set_ylabel("induced")

    side = max(2.4, 0.55 * len(names))
    return draw(
        f"matrix-{subject.key}",
        "matrix",
        f"Value rationality by induced target and target scored as: {subject.name}",
        f"Two matrices, this model beside the ideal followers. Each target scored as itself: {diagonal}. "
        f"Share of targets that score highest as themselves: {number(found.own_is_highest)}.",
        (2 * side + 2.0, side + 1.2),
        paint,
    )


def paint_grid(
    axes: Axes, values: Floats, limits: tuple[float, float], colours: str, *, numbers: bool, gid: str
) -> None:
    """Paint numbers as coloured cells, the first row on top; NaN stays empty.

    Args:
        axes: where to paint.
        values: (rows, columns).
        limits: numbers at the two ends of the colours.
        colours: name of a colour map.
        numbers: whether to print the numbers into the cells.
        gid: id of the cells in the SVG.
    """
    low, high = limits
    mesh = axes.pcolormesh(values, cmap=colours, vmin=low, vmax=high, edgecolors="#ffffff", linewidth=0.6)
    mesh.set_gid(gid)
    axes.set_ylim(len(values), 0)  # not by inverting, which panels that share the axis would do twice
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    colour_of = colormaps[colours]
    for (row, column), value in np.ndenumerate(values) if numbers else ():
        if not np.isnan(value):
            red, green, blue, _ = colour_of(min(1.0, max(0.0, (value - low) / (high - low))))
            dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.45
            ink = "#ffffff" if dark else "#000000"
            axes.text(column + 0.5, row + 0.5, number(float(value)), ha="center", va="center", color=ink, fontsize=8)
