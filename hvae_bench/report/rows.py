"""Rows: dots with intervals, under a label what they are estimates of, and there a line a model."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hvae_bench.report.figure import INK, PAPER, Mark, Panel, look_of
from hvae_bench.report.rationality import in_words
from hvae_bench.scorers import Estimate

_HEADING, _LABEL, _GAP = 26, 19, 7
"""Pixels that a heading and a label take, and what parts a row from the next one."""

Rows = Mapping[str, Mapping[str, Mapping[str, Estimate]]]
"""Estimates by heading, label and model; a heading may be empty."""


def rows_panel(
    rows: Rows,
    models: Sequence[str],
    domain: tuple[float, float],
    measure: str,
    lines: Sequence[Mark] = (),
    title: str = "",
    group: str = "",
) -> Panel:
    """A panel of rows.

    Args:
        rows: what is drawn; what is undefined is left out.
        models: all models, in their order.
        domain: ends of the axis.
        measure: what the axis measures.
        lines: marks drawn below the estimates.
        title: that of the panel.
        group: that of the panel.
    """
    line = 13 if len(models) <= 4 else 10
    headings, labels, drawn = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
    y = 0.0
    for heading, by_label in rows.items():
        if heading:
            headings.append({"y": y + _HEADING / 2, "text": heading})
            y += _HEADING
        for label, estimates in by_label.items():
            labels.append({"y": y + _LABEL / 2, "text": label})
            y += _LABEL
            for model, one in ((model, estimates[model]) for model in models if model in estimates):
                if not math.isnan(one.mean):
                    ends = {} if one.no_interval else {"lower": one.lower, "upper": one.upper}
                    told = {"row": label, "told": f"{model}\n{label}: {in_words(one)}"}
                    drawn.append({"model": model, "mean": one.mean, **ends, "y": y + line / 2, **told})
                    y += line
            y += _GAP
    ends_of = {"x1": "lower", "x2": "upper"}
    wide = {"strokeWidth": 3, "strokeOpacity": 0.45, "strokeLinecap": "round"}
    look = {"fill": "model", "symbol": "model", "stroke": PAPER, "strokeWidth": 0.8, "r": 4.5}
    side = {
        "text": "text",
        "frameAnchor": "left",
        "textAnchor": "start",
        "fill": INK,
        "stroke": PAPER,
        "strokeWidth": 4,
    }
    marks: list[Mark] = [
        *lines,
        ("ruleY", [row for row in drawn if "lower" in row], {**ends_of, "y": "y", "stroke": "model", **wide}),
        ("dot", drawn, {"x": "mean", "y": "y", **look, "title": "told", "tip": True}),
        ("text", labels, {"y": "y", **side, "strokeWidth": 4, "fontSize": 12}),
        ("text", headings, {"y": "y", **side, "strokeWidth": 4, "fontSize": 13, "fontWeight": 600}),
    ]
    options = {
        **look_of(models),
        "x": {"domain": list(domain), "label": measure, "labelAnchor": "center", "labelArrow": "none", "grid": True},
        "y": {"domain": [y, 0], "axis": None},
        "marginLeft": 18,
        "marginRight": 18,
        "marginTop": 4,
        "marginBottom": 40,
        "height": round(y) + 44,
    }
    return Panel(marks, options, title=title, group=group)
