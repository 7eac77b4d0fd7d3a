"""Rows: estimates of models as dots with intervals, one line a model, under what they are estimates of."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hvae_bench.report.figure import INK, PAPER, Mark, Panel, look_of
from hvae_bench.report.rationality import in_words
from hvae_bench.scorers import Estimate

_LABEL, _GAP = 20, 8
"""Pixels that a label takes, and what parts a row from the next one."""


def rows_panel(
    rows: Mapping[str, Mapping[str, Estimate]],
    models: Sequence[str],
    domain: tuple[float, float],
    label: str,
    lines: Sequence[Mark] = (),
    **more: Any,
) -> Panel:
    """A panel of rows.

    Args:
        rows: by label the estimates of models; what is undefined is left out.
        models: all models, in their order.
        domain: ends of the axis.
        label: what the axis measures.
        lines: marks drawn below the estimates.
        more: what the panel takes.
    """
    line = 13 if len(models) <= 4 else 10
    labels, drawn = [], []
    y = 0.0
    for text, estimates in rows.items():
        labels.append({"y": y + _LABEL / 2, "text": text})
        y += _LABEL
        for model in models:
            if model in estimates and not math.isnan(estimates[model].mean):
                one = estimates[model]
                ends = {} if one.no_interval else {"lower": one.lower, "upper": one.upper}
                told = f"{model}\n{text}: {in_words(one)}"
                drawn.append({"model": model, "row": text, "mean": one.mean, **ends, "y": y + line / 2, "told": told})
                y += line
        y += _GAP
    wide = {"strokeWidth": 3, "strokeOpacity": 0.45, "strokeLinecap": "round"}
    look = {"fill": "model", "symbol": "model", "stroke": PAPER, "strokeWidth": 0.8, "r": 4.5}
    text = {"text": "text", "frameAnchor": "left", "textAnchor": "start", "fontSize": 12, "fill": INK}
    marks: list[Mark] = [
        *lines,
        (
            "ruleY",
            [row for row in drawn if "lower" in row],
            {"x1": "lower", "x2": "upper", "y": "y", "stroke": "model", **wide},
        ),
        ("dot", drawn, {"x": "mean", "y": "y", **look, "title": "told", "tip": True}),
        ("text", labels, {"y": "y", **text, "stroke": PAPER, "strokeWidth": 4}),
    ]
    options = {
        **look_of(models),
        "x": {"domain": list(domain), "label": label, "labelAnchor": "center", "labelArrow": "none", "grid": True},
        "y": {"domain": [y, 0], "axis": None},
        "marginLeft": 12,
        "marginRight": 12,
        "marginTop": 4,
        "marginBottom": 40,
        "height": round(y) + 44,
    }
    return Panel(marks, options, **more)
