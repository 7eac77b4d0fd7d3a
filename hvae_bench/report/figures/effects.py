"""Effects: what changes value rationality and by how much, as one forest plot around 0."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from hvae_bench.report.figure import ACCENT, Figure, Mark, Panel, by_system
from hvae_bench.report.rationality import in_words
from hvae_bench.report.rows import Rows, rows_panel
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
}
"""Names of the numbers, and what they subtract from what in words, under headings."""

PANELS = {"": GROUPS, "Induction gain: with the value − without any": {"": {"induction_gain({})": "{}"}}}
"""What has an axis of its own; gains would dwarf the rest."""

ZERO: tuple[Mark, ...] = (("ruleX", [0], {"stroke": ACCENT, "strokeWidth": 1.5}),)

NEVER_NARROWER = 0.25
"""An axis that ended nearer to 0 would blow up what is small."""


def effects(subjects: Sequence[Subject]) -> Iterator[Figure]:
    """A panel a value system; what no run was made for is left out, and there is none where nothing is left."""
    models = list(dict.fromkeys(one.model for one in subjects))
    panels: list[Panel] = []
    told: list[str] = []
    systems = by_system(subjects)
    for (system, of_system), (title, groups) in product(systems.items(), PANELS.items()):
        rows = _rows(of_system, groups)
        estimates = [one for by_label in rows.values() for by_model in by_label.values() for one in by_model.values()]
        if estimates:
            end = max(NEVER_NARROWER, *(abs(end) for one in estimates for end in _ends(one)))
            group = system if len(systems) > 1 else ""
            panels.append(
                rows_panel(rows, models, (-end, end), "difference in value rationality", ZERO, title=title, group=group)
            )
            told += [
                f"{group} {title} {label}: ".lstrip()
                + ", ".join(f"{model} {in_words(one)}" for model, one in of_models.items())
                for by_label in rows.values()
                for label, of_models in by_label.items()
            ]
    if not panels:
        return
    yield Figure(
        "effects",
        "What makes a difference",
        "A dot is how much value rationality changes with one thing alone, all else alike; the line is its 95 % "
        "interval. Right of 0 what is named first does better; where the interval holds 0, either may.",
        f"Differences in value rationality. {'; '.join(told)}.",
        panels,
        (_table(subjects),),
        panel_width=600,
        panel_most=760,
        models=models,
    )


def _rows(subjects: Sequence[Subject], groups: Mapping[str, Mapping[str, str]]) -> Rows:
    """The estimates that there are."""
    rows: dict[str, dict[str, dict[str, Estimate]]] = {}
    for heading, names in groups.items():
        for (name, label), one in product(names.items(), subjects):
            for of, estimate in one.run.analysis.by(name).items():
                if not math.isnan(estimate.mean):
                    rows.setdefault(heading, {}).setdefault(label.format(of), {})[one.model] = estimate
    return rows


def _ends(estimate: Estimate) -> list[float]:
    return [end for end in (estimate.mean, estimate.lower, estimate.upper) if not math.isnan(end)]


def _table(subjects: Sequence[Subject]) -> Table:
    """A row for each run and effect."""
    names = {name for groups in PANELS.values() for group in groups.values() for name in group}
    rows: list[Any] = []
    for number in (number for number in NUMBERS if number.name in names):
        for one in subjects:
            for of, estimate in one.run.analysis.by(number.name).items():
                if not math.isnan(estimate.mean):
                    effect = cell("effect", number.words(of))
                    size = cell("difference", estimate, metric=number.name.format(of))
                    rows.append((effect, cell("run", one.name), size))
    return Table("effects-numbers", "Differences in value rationality, with 95 % intervals", tuple(rows))
