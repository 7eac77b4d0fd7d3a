"""Parts: the headline from the dialogues of each game, template, wording, framing or order alone."""

import math
from collections.abc import Iterator, Sequence
from itertools import product

from hvae_bench.report.figure import ACCENT, PAPER, Figure, Mark, by_system
from hvae_bench.report.rationality import ceilings_of, in_words, least_of
from hvae_bench.report.rows import Rows, rows_panel
from hvae_bench.report.subject import Subject
from hvae_bench.report.table import Table, cell
from hvae_bench.scorers import COUNTS, NUMBERS, Estimate

AXES = {number.of.lower(): number.name for number in NUMBERS if number.group == "part"}
"""Names of the numbers by what the parts are told apart by."""

_AT_TOP = {"frameAnchor": "top", "dy": 4, "fontSize": 11, "fill": ACCENT, "stroke": PAPER, "strokeWidth": 4}


def parts(subjects: Sequence[Subject]) -> Iterator[Figure]:
    """A panel a value system; none where there is one game, template, wording, framing and order."""
    models = list(dict.fromkeys(one.model for one in subjects))
    systems = {system: rows for system, of_system in by_system(subjects).items() if (rows := _rows(of_system))}
    if not systems:
        return
    panels, told = [], []
    for system, rows in systems.items():
        of_system = [one for one in subjects if one.system == system]
        estimates = [one for by_label in rows.values() for by_model in by_label.values() for one in by_model.values()]
        wholes = [
            {"model": one.model, "whole": whole.mean}
            for one in of_system
            if not math.isnan((whole := one.run.analysis.numbers["value_rationality"]).mean)
        ]
        ceilings = ceilings_of(of_system)
        lines: list[Mark] = [
            ("ruleX", [0], {"stroke": ACCENT, "strokeWidth": 1.5}),
            ("ruleX", [1], {"stroke": ACCENT, "strokeWidth": 0.8}),
            ("ruleX", ceilings, {"stroke": ACCENT, "strokeDasharray": "2 3"}),
            ("text", [{"x": x, "text": "deaf ceiling"} for x in ceilings], {"x": "x", "text": "text", **_AT_TOP}),
            ("ruleX", wholes, {"x": "whole", "stroke": "model", "strokeWidth": 1.5, "strokeDasharray": "5 3"}),
        ]
        group = system if len(systems) > 1 else ""
        domain = (least_of(of_system, estimates), 1.0)
        panels.append(rows_panel(rows, models, domain, "value rationality", lines, group=group))
        told += [
            f"{group} {heading} {label}: ".lstrip()
            + ", ".join(f"{model} {in_words(one)}" for model, one in of_models.items())
            for heading, by_label in rows.items()
            for label, of_models in by_label.items()
        ]
    yield Figure(
        "parts",
        "Does it hold throughout?",
        "Value rationality over the core targets from the dialogues of one game, template, wording, framing or order "
        "alone, with 95 % intervals. Dashed: of all dialogues together. 0 is chance, 1 ideal; whoever does the same "
        "whatever value it is given stays within the deaf ceiling.",
        f"The headline from parts of the dialogues. {'; '.join(told)}.",
        panels,
        tuple(table for table in (_table(subjects), _behaviour(subjects)) if table.rows),
        panel_width=600,
        panel_most=760,
        models=models,
    )


def _rows(subjects: Sequence[Subject]) -> Rows:
    """The parts that there are."""
    rows: dict[str, dict[str, dict[str, Estimate]]] = {}
    for (axis, name), one in product(AXES.items(), subjects):
        for of, estimate in one.run.analysis.by(name).items():
            if not math.isnan(estimate.mean):
                heading = axis.replace("_", " ").capitalize()
                rows.setdefault(heading, {}).setdefault(of, {})[one.model] = estimate
    return rows


def _table(subjects: Sequence[Subject]) -> Table:
    """A row for each part and run."""
    return Table(
        "parts-numbers",
        "Value rationality from parts of the dialogues alone, with 95 % intervals",
        tuple(
            (
                cell("part", f"{axis.replace('_', ' ')} {of}"),
                cell("run", one.name),
                cell("value_rationality", estimate, metric=name.format(of)),
            )
            for axis, name in AXES.items()
            for one in subjects
            for of, estimate in one.run.analysis.by(name).items()
            if not math.isnan(estimate.mean)
        ),
    )


def _behaviour(subjects: Sequence[Subject]) -> Table:
    """Whether it is the payoffs that are chosen or places in the list, as far as a run can tell."""
    return Table(
        "behaviour",
        "Payoffs or places in the list",
        tuple(
            (cell("measure", count.label), cell("run", one.name), cell("value", value, metric=count.name))
            for count in COUNTS
            for one in subjects
            if count.label and not math.isnan(value := count.values(one.run.analysis).get(count.name, math.nan))
        ),
        "Order consistency is 1 if the order of the options never matters, 0 if only places in the list are chosen.",
    )
