"""What a figure draws, as its marks say it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from hvae_bench.report.figure import Figure, Panel

Row = Mapping[str, Any]

_CHANNELS = {"x": ("x", "x1", "x2"), "y": ("y", "y1", "y2")}


def rows(panel: Panel, *marks: str, told: bool = False) -> Iterator[Row]:
    """The rows of all marks of these names; those alone that have a tooltip, if asked for."""
    for name, data, options in panel.marks:
        if name in marks and data is not None and (not told or options.get("title")):
            yield from data


def outside(figure: Figure) -> list[tuple[str, float]]:
    """Every place of a mark that the axes of its panel do not hold, by axis."""
    found = []
    for panel in figure.panels:
        for axis, channels in _CHANNELS.items():
            domain = panel.options.get(axis, {}).get("domain")
            if not domain or isinstance(domain[0], str):
                continue
            low, high = sorted(domain)
            for _, data, options in panel.marks:
                for channel in (options.get(name) for name in channels):
                    for row in data or ():
                        value = row.get(channel) if isinstance(row, Mapping) and channel else None
                        if isinstance(value, int | float) and not math.isnan(value):
                            found += [(axis, value)] * (not low - 1e-4 <= value <= high + 1e-4)
    return found
