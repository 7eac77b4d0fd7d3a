"""Values: value rationality by value target and model, with intervals."""

import math
from collections.abc import Iterator, Sequence

from hvae_bench.report.figure import ACCENT, INK, PAPER, RULE, Figure, Mark, Panel, by_system, look_of
from hvae_bench.report.rationality import ceilings_of, in_words, least_of, references, row_of
from hvae_bench.report.subject import Subject
from hvae_bench.report.table import Cell, Table, answered_cell, cell, without_empty
from hvae_bench.scorers import NUMBERS, Outcome
from hvae_bench.scorers.estimate import Estimate, undefined
from hvae_bench.text.number import number

_MOST_NUMBERED = 4
"""Of so many models every number is written beside its row."""

_MANY_DOSES = 8
"""A curve of more targets than this is graded."""

_LETTER = 6.6
"""Width of a letter of a label, in pixels."""


def values(subjects: Sequence[Subject]) -> Iterator[Figure]:
    """A dot a model and value target, in one panel a value system."""
    models = list(dict.fromkeys(one.model for one in subjects))
    shown = {system: _shown(of_system) for system, of_system in by_system(subjects).items()}
    shown = {system: targets for system, targets in shown.items() if targets}
    if not shown:
        return
    told = [
        f"{system if len(shown) > 1 else ''} {target}: {', '.join(f'{of} {in_words(one)}' for of, one in own.items())}."
        for system, targets in shown.items()
        for target, own in targets.items()
    ]
    panels = [
        _panel(targets, by_system(subjects)[system], models, title=system if len(shown) > 1 else "")
        for system, targets in shown.items()
    ]
    graded = sum(len(_graded(of_system)) for of_system in by_system(subjects).values())
    yield Figure(
        "values",
        "Value rationality by value target",
        "How far the choices serve each value target, over all dialogues about it; bars are 95 % intervals. Whoever "
        "does the same whatever value it is given does not get above the deaf ceiling on average of the core targets."
        + (f" The {graded} graded targets are in the table, and in the figure of doses." if graded else ""),
        f"Value rationality by value target; 1 is ideal, 0 is chance. {' '.join(one.lstrip() for one in told)}",
        panels,
        (_targets(subjects),),
        panel_width=460,
        panel_most=760,
        models=models,
    )


def _graded(subjects: Sequence[Subject]) -> set[str]:
    """Targets that stand for a dose, not for a value with a name, where there are any others."""
    curves = [curve for one in subjects for curve in one.run.analysis.dose_response.curves]
    graded = {point.target for curve in curves if len(curve.points) > _MANY_DOSES for point in curve.points}
    others = {target for one in subjects for target in one.run.analysis.by("value_rationality({})")} - graded
    return graded if others else set()


def _shown(subjects: Sequence[Subject]) -> dict[str, dict[str, Estimate]]:
    """What is drawn, by target and model; targets that nobody has an estimate of are left out."""
    found: dict[str, dict[str, Estimate]] = {}
    graded = _graded(subjects)
    for target in dict.fromkeys(target for one in subjects for target in one.targets):
        by_model = {one.model: one.run.analysis.numbers.get(f"value_rationality({target})") for one in subjects}
        own = {model: one for model, one in by_model.items() if one is not None and not math.isnan(one.mean)}
        if own and target not in graded:
            found[target] = own
    return found


def _panel(
    targets: dict[str, dict[str, Estimate]], subjects: Sequence[Subject], models: Sequence[str], title: str
) -> Panel:
    """A group of rows a target, a row a model; the places of rows are in pixels, from the top."""
    row_px = 20 if len(models) == 1 else max(9, 16 - len(models))
    gap_px = 8 if len(models) == 1 else 12
    data, groups, edges = [], [], []
    at = gap_px / 2
    for target, own in targets.items():
        shown = [model for model in models if model in own]
        groups.append({"y": at + len(shown) * row_px / 2, "target": target})
        for model in shown:
            data.append(row_of(model, target, own[model], y=at + row_px / 2, number=number(own[model].mean)))
            at += row_px
        at += gap_px
        edges.append({"y": at - gap_px / 2})
    least = least_of(subjects, [one for own in targets.values() for one in own.values()])
    height = at - gap_px / 2
    numbered = len(models) <= _MOST_NUMBERED
    bars = {"x1": "lower", "x2": "upper", "y1": "y", "y2": "y", "stroke": "model", "strokeLinecap": "round"}
    dots = {"fill": "model", "symbol": "model", "stroke": PAPER, "strokeWidth": 0.8}
    marks: list[Mark] = [
        ("ruleY", edges[:-1], {"y": "y", "stroke": RULE, "strokeOpacity": 0.4, "strokeWidth": 0.6}),
        *references(ceilings_of(subjects)),
        (
            "link",
            [row for row in data if not math.isnan(row["lower"])],
            {**bars, "strokeWidth": 3, "strokeOpacity": 0.45},
        ),
        ("dot", data, {"x": "mean", "y": "y", **dots, "r": min(5, row_px / 2), "title": "told", "tip": True}),
        (
            "text",
            groups,
            {
                "frameAnchor": "left",
                "y": "y",
                "text": "target",
                "textAnchor": "end",
                "dx": -8,
                "fill": INK,
                "fontSize": 12.5,
            },
        ),
    ]
    if numbered:
        look = {"textAnchor": "start", "dx": 10, "fill": ACCENT, "fontSize": 11, "fontVariant": "tabular-nums"}
        marks.append(("text", data, {"frameAnchor": "right", "y": "y", "text": "number", **look}))
    options = {
        **look_of(models),
        "x": {
            "domain": [least, 1],
            "label": "value rationality",
            "labelAnchor": "center",
            "labelArrow": "none",
            "labelOffset": 38,
            "ticks": 5,
            "tickSize": 3,
        },
        "y": {"axis": None, "domain": [height, 0]},
        "height": round(height) + 36 + 45,
        "marginLeft": 14 + round(_LETTER * max(map(len, targets))),
        "marginRight": 46 if numbered else 22,
        "marginTop": 36,
        "marginBottom": 45,
    }
    return Panel(marks, options, title=title)


def _targets(subjects: Sequence[Subject]) -> Table:
    """All targets of all runs."""
    return Table(
        "targets",
        "Value rationality by model and target",
        without_empty([row for one in subjects for row in _rows(one)]),
        "The induction gain is how much more a value is served when it is given than by the same model left to "
        "itself. Refusals and unreadable replies are never turned into a choice.",
    )


def _rows(subject: Subject) -> Iterator[list[Cell]]:
    analysis = subject.run.analysis
    for target in subject.targets:
        counts = analysis.outcomes.get(target, Outcome(0, 0, 0, 0))
        induces = bool(subject.run.design.targets[target].motives)
        why = undefined("no game of this run can score it" if induces else "no value is induced")
        row = [cell("run", subject.name), cell("target", target)]
        for one in NUMBERS:
            if one.group == "target":
                metric = one.name.format(target)
                known = analysis.numbers.get(metric)
                key, heading = one.name.removesuffix("({})"), one.label.removesuffix(" of {}")
                row.append(cell(key, known or why, heading, metric if known else ""))
        yield [
            *row,
            answered_cell(counts, f"answered_rate({target})"),
            cell("refused", counts.refused),
            cell("unreadable", counts.invalid),
            cell("not_reached", counts.not_reached),
        ]
