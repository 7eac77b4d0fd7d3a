"""Can and will: competence against what a model makes of the values it is given."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from hvae_bench.report.figure import ACCENT, PAPER, RULE, Figure, Mark, Panel, by_system, look_of
from hvae_bench.report.rationality import NEVER_ABOVE, in_words
from hvae_bench.report.subject import Subject
from hvae_bench.report.table import Cell, Table, cell
from hvae_bench.scorers import NUMBERS, Estimate
from hvae_bench.scorers.can_and_will import HIGH, NOT_MEASURED
from hvae_bench.scorers.estimate import undefined

_QUARTERS = (("values, not rules", "can and will"), ("cannot read", "can, will not"))
"""What it is to stand in a quarter."""

SHORTEST = 0.04
"""A shorter arrow is nothing but its head."""


def can_and_will(subjects: Sequence[Subject]) -> Iterator[Figure]:
    """One panel a value system, of all runs that measured competence; none without one."""
    able = [one for one in subjects if not math.isnan(_number(one, "competence").mean)]
    systems = by_system(able)
    if not systems:
        return
    models = list(dict.fromkeys(one.model for one in subjects))
    points = {system: [row for one in of_system if (row := _row(one))] for system, of_system in systems.items()}
    # Alike in all panels, so that they can be compared at a glance.
    ends = [row[end] for rows in points.values() for row in rows for end in _ENDS if not math.isnan(row[end])]
    domain = [min([NEVER_ABOVE, *ends]), max([1.0, *ends])]
    yield Figure(
        "can-and-will",
        "Can it, will it?",
        "Across: competence, value rationality where the rule alone is given; to the right of the dotted line the "
        "options can be read. Upright: responsiveness, what the value given adds: 0 for whoever does the same whatever "
        "value it is given. Arrows lead from no goal (hollow) to a goal of the model's own; bars are 95 % intervals.",
        "Competence against responsiveness; 1 is ideal. " + " ".join(map(_alt, able)),
        [
            Panel(
                [*_ground(domain[0]), *_models(rows)],
                {
                    **look_of(models),
                    "x": {
                        "domain": domain,
                        "label": "competence",
                        "labelAnchor": "center",
                        "labelArrow": "none",
                        "labelOffset": 38,
                        "ticks": 5,
                        "tickSize": 3,
                    },
                    "y": {
                        "domain": domain,
                        "label": "responsiveness",
                        "labelAnchor": "center",
                        "labelArrow": "none",
                        "ticks": 5,
                        "tickSize": 3,
                    },
                    "aspectRatio": 1,
                    "inset": 8,
                    "marginBottom": 45,
                    "marginLeft": 56,
                },
                title=system if len(systems) > 1 else "",
            )
            for system, rows in points.items()
        ],
        (_table(subjects),),
        panel_width=440 if len(systems) == 1 else 250,
        panel_most=520,
        lead=len(systems) == 1,  # six of them would push the models off the first screen
        models=models,
    )


_ENDS = ("able", "able_lower", "able_upper", "mean", "lower", "upper", "before")


def _models(points: Sequence[dict[str, Any]]) -> Iterator[Mark]:
    across = {"x1": "able_lower", "x2": "able_upper", "y1": "mean", "y2": "mean"}
    upright = {"x1": "able", "x2": "able", "y1": "lower", "y2": "upper"}
    bar: dict[str, Any] = {"stroke": "model", "strokeWidth": 2.5, "strokeOpacity": 0.4, "strokeLinecap": "round"}
    moved = [row for row in points if not math.isnan(row["before"])]
    hollow = {
        "x": "able",
        "y": "before",
        "stroke": "model",
        "fill": PAPER,
        "symbol": "model",
        "strokeWidth": 1.5,
        "r": 4,
    }
    arrow = {"x1": "able", "y1": "before", "x2": "able", "y2": "mean", "stroke": "model", "strokeWidth": 1.6}
    full = {"x": "able", "y": "mean", "fill": "model", "symbol": "model", "stroke": PAPER, "strokeWidth": 1, "r": 5.5}
    yield "link", [row for row in points if not math.isnan(row["able_lower"])], {**across, **bar}
    yield "link", [row for row in points if not math.isnan(row["lower"])], {**upright, **bar}
    long = [row for row in moved if abs(row["mean"] - row["before"]) > SHORTEST]
    yield "arrow", long, {**arrow, "insetEnd": 5, "headLength": 7}
    yield "dot", moved, hollow
    yield "dot", points, {**full, "title": "told", "tip": True}


def _ground(least: float) -> Iterator[Mark]:
    """Quadrants in words, and the bounds of high competence and responsiveness."""
    faint = {"stroke": RULE, "strokeDasharray": "1 3"}
    yield "frame", None, {"stroke": RULE, "strokeOpacity": 0.5}
    yield "ruleX", [HIGH], faint
    yield "ruleY", [HIGH], faint
    yield "ruleY", [0], {"stroke": ACCENT, "strokeWidth": 1.2}
    text = {"x": "x", "y": "y", "text": "text", "textAnchor": "start", "dx": 6, "stroke": PAPER, "strokeWidth": 3}
    yield "text", [{"x": HIGH, "y": 0, "text": "deaf"}], {**text, "fill": ACCENT, "dy": 9}
    # About the middle, where models are rare.
    for side, begins in enumerate((least, HIGH)):
        for quarters, away in zip(_QUARTERS, (-9, 9), strict=True):
            words = [{"x": begins, "y": HIGH, "text": quarters[side]}]
            yield "text", words, {**text, "dy": away, "fill": ACCENT, "fontStyle": "italic"}


def _row(subject: Subject) -> dict[str, Any] | None:
    """Where a model stands; None if it has nothing to be shown."""
    without, main = _number(subject, "responsiveness_no_goal"), _number(subject, "responsiveness")
    able = _number(subject, "competence")
    last = without if math.isnan(main.mean) else main
    if math.isnan(last.mean):
        return None
    before = without.mean if last is main and without != main else math.nan
    told = [f"competence {in_words(able)}", f"responsiveness {in_words(last)}"]
    if not math.isnan(before):
        told.append(f"without a goal {in_words(without)}")
    return {
        "model": subject.model,
        "able": able.mean,
        "able_lower": able.lower,
        "able_upper": able.upper,
        "mean": last.mean,
        "lower": last.lower,
        "upper": last.upper,
        "before": before,
        "told": "\n".join([subject.model, *told]),
    }


def _alt(subject: Subject) -> str:
    row = _row(subject)
    told = row["told"].split("\n")[1:] if row else [f"competence {in_words(_number(subject, 'competence'))}"]
    return f"{subject.name}: {', '.join(told)}. {subject.run.analysis.verdict.sentence}"


def _table(subjects: Sequence[Subject]) -> Table:
    """Every number of what the headline means, but for those that a run was not made for."""
    rows: list[tuple[Cell, ...]] = []
    for subject in subjects:
        for one in NUMBERS:
            for of, estimate in subject.run.analysis.by(one.name).items() if one.group == "pursuit" else ():
                if not (estimate.no_mean or "").startswith(NOT_MEASURED):
                    measured = cell("estimate", estimate, metric=one.name.format(of))
                    rows.append((cell("run", subject.name), cell("measure", one.words(of)), measured))
    return Table(
        "pursuit",
        "Can it, will it: what the headline means",
        tuple(rows),
        "Competence is value rationality under the rule alone. Responsiveness is what the value given adds over the "
        "other values' dialogues scored alike: 1 for the ideal, 0 for whoever does the same whatever value it is "
        "given. Transfer is what changes when the value is defined and its label never said.",
    )


def _number(subject: Subject, name: str) -> Estimate:
    return subject.run.analysis.numbers.get(name) or undefined(NOT_MEASURED)
