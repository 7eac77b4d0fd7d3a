"""Values: value rationality by value target and model, with intervals."""

import math
from collections.abc import Iterator, Sequence

from hvae_bench.report.figure import ACCENT, INK, Figure, Mark, Panel, by_system, look_of
from hvae_bench.report.subject import Subject
from hvae_bench.report.table import Table, cell
from hvae_bench.text.number import number


def values(subjects: Sequence[Subject]) -> Iterator[Figure]:
    """One panel a value system."""
    models = list(dict.fromkeys(one.model for one in subjects))
    systems = by_system(subjects)
    rows = []
    panels = []
    for system, of_system in systems.items():
        data = []
        for one in of_system:
            for target, estimate in one.run.analysis.by("value_rationality({})").items():
                rows.append(
                    (
                        cell("run", one.name),
                        cell("target", target),
                        cell("value_rationality", estimate, metric=f"value_rationality({target})"),
                    )
                )
                if not math.isnan(estimate.mean):
                    told = f"{one.model}, {target}: {number(estimate.mean)}"
                    data.append(
                        {
                            "model": one.model,
                            "target": target,
                            "mean": estimate.mean,
                            "lower": estimate.lower,
                            "upper": estimate.upper,
                            "told": told,
                        }
                    )
        marks: list[Mark] = [
            ("ruleX", [0], {"stroke": ACCENT}),
            ("ruleX", [1], {"stroke": ACCENT, "strokeDasharray": "4 3"}),
            (
                "ruleY",
                data,
                {
                    "x1": "lower",
                    "x2": "upper",
                    "y": "model",
                    "fy": "target",
                    "stroke": "model",
                    "strokeWidth": 3,
                    "strokeOpacity": 0.4,
                },
            ),
            (
                "dot",
                data,
                {
                    "x": "mean",
                    "y": "model",
                    "fy": "target",
                    "fill": "model",
                    "symbol": "model",
                    "stroke": INK,
                    "strokeWidth": 0.4,
                    "r": 4.5,
                    "title": "told",
                    "tip": True,
                },
            ),
        ]
        options = {
            **look_of(models),
            "x": {"domain": [-1, 1], "label": "value rationality", "grid": True},
            "y": {"axis": None, "domain": models},
            "fy": {"label": None},
            "marginRight": 110,
            "marginLeft": 20,
        }
        panels.append(Panel(marks, options, title=system if len(systems) > 1 else ""))
    if rows:
        yield Figure(
            "values",
            "Value rationality by value",
            "How far the choices serve each value.",
            "Dot plot.",
            panels,
            (Table("targets", "Value rationality by model and target", tuple(rows)),),
            models=models,
        )
