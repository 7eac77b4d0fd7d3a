"""Effects: what changes value rationality and by how much, as one forest plot around 0."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from hvae_bench.report.figure import ACCENT, Figure, Mark, by_system
from hvae_bench.report.rationality import in_words
from hvae_bench.report.rows import rows_panel
from hvae_bench.report.subject import Subject
from hvae_bench.report.table import Table, cell
from hvae_bench.scorers import NUMBERS, Estimate

GROUPS = {
    "What is said of the value": {
        "goal_effect": "goal effect: a goal of its own − none",
        "goal_effect_filler": "goal effect over a filler: a goal of its own − a filler question",
        "transfer": "transfer: value by definition − by label",
        "transfer_no_goal": "transfer without a goal: value by definition − by label",
    },
    "Which value it is": {
        "neutrality_bias": "neutrality bias: neutral − pronounced values",
        "neutrality_bias_responsiveness": "neutrality bias of responsiveness",
        "neutrality_bias_gain": "neutrality bias of the induction gain",
    },
    "How the choice is shown": {
        "contamination_gap": "contamination gap: published − fresh games",
        "order_effect": "order effect: options as published − reversed",
        "framing_effect({})": "framing effect: {} − other framings",
        "language_gap({})": "language gap: English − {}",
        "paraphrase_effect({})": "paraphrase effect: {} − first wording",
    },
    "Induction gain: with the value − without": {"induction_gain({})": "{}"},
}
"""Names of the numbers, and what they subtract from what in words, under headings."""

NEVER_NARROWER = 0.25
"""An axis that ended nearer to 0 would blow up what is small."""


def effects(subjects: Sequence[Subject]) -> Iterator[Figure]:
    """A panel a group, and a value system; what no run was made for is left out, and without anything there is none."""
    models = list(dict.fromkeys(one.model for one in subjects))
    systems = by_system(subjects)
    found = {
        (system, heading): rows
        for system, of_system in systems.items()
        for heading, names in GROUPS.items()
        if (rows := _rows(of_system, names))
    }
    known = [one for rows in found.values() for estimates in rows.values() for one in estimates.values()]
    if not known:
        return
    end = max(NEVER_NARROWER, *(abs(end) for one in known for end in _ends(one)))
    zero: list[Mark] = [("ruleX", [0], {"stroke": ACCENT, "strokeWidth": 1.5})]
    several = len({system for system, _ in found}) > 1
    panels = [
        rows_panel(
            rows, models, (-end, end), "difference in value rationality", zero, title=heading, group=system * several
        )
        for (system, heading), rows in found.items()
    ]
    told = [
        f"{system * several} {label}: ".lstrip() + ", ".join(f"{model} {in_words(one)}" for model, one in of.items())
        for (system, _), rows in found.items()
        for label, of in rows.items()
    ]
    yield Figure(
        "effects",
        "What makes a difference",
        "Each dot is how much value rationality changes with one thing alone, all else alike, and its line the 95 % "
        "interval. Right of 0 what is named first does better; where the interval holds 0, the run does not tell.",
        f"Differences in value rationality. {'; '.join(told)}.",
        panels,
        (_table(subjects),),
        panel_width=440,
        models=models,
    )


def _rows(subjects: Sequence[Subject], names: dict[str, str]) -> dict[str, dict[str, Estimate]]:
    """By label the estimates of models."""
    rows: dict[str, dict[str, Estimate]] = {}
    for name, label in names.items():
        for one in subjects:
            for of, estimate in one.run.analysis.by(name).items():
                if not math.isnan(estimate.mean):
                    rows.setdefault(label.format(of), {})[one.model] = estimate
    return rows


def _ends(estimate: Estimate) -> list[float]:
    return [end for end in (estimate.mean, estimate.lower, estimate.upper) if not math.isnan(end)]


def _table(subjects: Sequence[Subject]) -> Table:
    """A row for each run and effect."""
    names = {name for group in GROUPS.values() for name in group}
    rows: list[Any] = []
    for number in (number for number in NUMBERS if number.name in names):
        for one in subjects:
            for of, estimate in one.run.analysis.by(number.name).items():
                if not math.isnan(estimate.mean):
                    effect = cell("effect", number.words(of))
                    size = cell("difference", estimate, metric=number.name.format(of))
                    rows.append((effect, cell("run", one.name), size))
    return Table("effects-numbers", "Differences in value rationality, with 95 % intervals", tuple(rows))
