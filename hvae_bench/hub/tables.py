"""Tables: what is published beside the entries, all of it computed from them.

`calibration` says what each game can show of each value, `dialogues` every message of the default scenario as a model
reads it, and `questions` single questions for frameworks that ask one question a sample.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.catalogue.columns import BOOL, FLOAT, INT, TEXT, Column
from hvae_bench.catalogue.fit import misfit
from hvae_bench.catalogue.template import Template
from hvae_bench.dialogue.render import Question, opening_text, questions
from hvae_bench.dialogue.sample import Cell, build_cells
from hvae_bench.log.overview import MotiveOverview, target_overview, whole_dialogue
from hvae_bench.scorers.calibration import applies, rate_items

__all__ = ["TABLES", "calibration_rows", "dialogue_rows", "question_rows"]

DECIMALS = 9
"""Computed numbers are rounded to so many decimals, so that machines that add in another order agree on the bytes."""

_IDEAL: Column = {"item": TEXT, "options": [TEXT]}
_MOTIVE: Column = {"motive": TEXT, "informative_items": [TEXT], "ideal_options": [_IDEAL]}
_MESSAGE: Column = {"role": TEXT, "kind": TEXT, "expects": TEXT, "content": TEXT}

TABLES: dict[str, dict[str, Column]] = {
    "calibration": {
        "id": TEXT,
        "version": TEXT,
        "game": TEXT,
        "value": TEXT,
        "scorable": BOOL,
        "not_scorable": TEXT,
        "expected_rationality": FLOAT,
        "standard_error": FLOAT,
        "value_rationality_sd": FLOAT,
        "informative_items": INT,
        "motives": [_MOTIVE],
        "ideal_angle_from_deg": FLOAT,
        "ideal_angle_to_deg": FLOAT,
        "expected_angular_distance_deg": FLOAT,
    },
    "dialogues": {
        "id": TEXT,
        "version": TEXT,
        "scenario": TEXT,
        "value": TEXT,
        "game": TEXT,
        "template": TEXT,
        "wording": TEXT,
        "framing": TEXT,
        "option_order": TEXT,
        "item_order": TEXT,
        "messages": [_MESSAGE],
    },
    "questions": {
        "id": TEXT,
        "version": TEXT,
        "value": TEXT,
        "game": TEXT,
        "template": TEXT,
        "wording": TEXT,
        "framing": TEXT,
        "option_order": TEXT,
        "item_order": TEXT,
        "item": TEXT,
        "question": TEXT,
        "labels": [TEXT],
        "answer": TEXT,
        "answer_option": TEXT,
    },
}
"""The computed configs with their columns."""


def calibration_rows(catalog: Catalog) -> Iterator[dict[str, Any]]:
    """What each game can show of each target with motives; ordered by game, then target."""
    for _, game in sorted(catalog.games.items()):
        for _, value in sorted(catalog.values.items()):
            if not value.motives or not applies(value.motives, game.stake_ids()):
                continue
            seen = target_overview(value, game)
            informative = {item for motive in seen.motives for item in motive.informative_items}
            arc = seen.ideal_arc
            yield {
                "id": f"{game.id}.{value.id}",
                "version": catalog.version,
                "game": game.id,
                "value": value.id,
                "scorable": seen.not_scorable is None,
                "not_scorable": seen.not_scorable,
                "expected_rationality": _number(seen.expected_rationality),
                "standard_error": _number(seen.standard_error),
                "value_rationality_sd": _number(seen.value_rationality_sd),
                "informative_items": len(informative),
                "motives": [_motive(motive) for motive in seen.motives],
                "ideal_angle_from_deg": None if arc is None else _number(arc.start_deg),
                "ideal_angle_to_deg": None if arc is None else _number(arc.end_deg),
                "expected_angular_distance_deg": _number(seen.expected_angular_distance_deg),
            }


def _motive(motive: MotiveOverview) -> dict[str, Any]:
    return {
        "motive": motive.motive,
        "informative_items": list(motive.informative_items),
        "ideal_options": [{"item": item, "options": list(ids)} for item, ids in motive.ideal_options.items()],
    }


def _number(number: float) -> float | None:
    """A number for JSON; -0 and 0 are the same there."""
    return round(float(number), DECIMALS) + 0.0 if math.isfinite(number) else None


def dialogue_rows(catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Every cell of the default scenario as the model will read it, with marks where the model speaks."""
    scenario = catalog.default_scenario()
    for cell in build_cells(catalog, scenario):
        yield {
            "id": cell.id,
            "version": catalog.version,
            "scenario": scenario.id,
            **cell.facts.model_dump(),
            "messages": [
                {"role": line.role, "kind": line.kind, "expects": line.expects, "content": line.text}
                for line in whole_dialogue(cell.script())
            ],
        }


def question_rows(catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Single questions with one right answer: those of the default scenario that exactly one option serves.

    The value is given and the decision asked in one message, by a template that waits for no reply in between.
    """
    template = _one_message_template(catalog)
    if template is None:
        return
    for cell in _one_message_cells(catalog, template):
        script = cell.script()
        opening = [opening_text(script, message, "") for message in script.messages[:-1]]
        for question in questions(script, f"0/{script.stream}/1"):
            serving = _serving(cell, question.item_id)
            if len(serving) != 1:
                continue
            (option_id,) = serving
            yield {
                "id": f"{cell.id}.{question.item_id}",
                "version": catalog.version,
                **cell.facts.model_dump(),
                "item": question.item_id,
                "question": "\n\n".join((*opening, question.prompt(""))),
                "labels": [shown.label for shown in question.shown],
                "answer": _label(question, option_id),
                "answer_option": option_id,
            }


def _one_message_template(catalog: Catalog) -> Template | None:
    """The first template that gives a value by its definition, or else its label, and waits for a decision only."""
    fitting = [
        template
        for _, template in sorted(catalog.templates.items())
        if template.induction in ("definition", "label")
        and template.goal == "none"
        and template.deprecated is None
        and all(turn.expects == "nothing" for turn in template.turns[:-1])
    ]
    return min(fitting, key=lambda template: template.induction, default=None)


def _one_message_cells(catalog: Catalog, template: Template) -> Iterator[Cell]:
    """The cells of the default scenario with this template in the place of its own, each once."""
    scenario = catalog.default_scenario()
    seen = set()
    for own in build_cells(catalog, scenario):
        cell = replace(own, parts=replace(own.parts, template=template))
        if cell.id not in seen and misfit(cell.parts) is None:
            seen.add(cell.id)
            yield cell


def _serving(cell: Cell, item_id: str) -> set[str]:
    """Ids of the options that are ideal for any motive of the value; all of them where a motive has no say."""
    table = cell.parts.game.payoff_table()
    index = table.item_ids.index(item_id)
    return {
        option
        for motive in cell.parts.value.motives
        for option, ideal in zip(
            table.option_ids[index],
            rate_items(table, (motive,))[0][index].ideal,
            strict=True,
        )
        if ideal
    }


def _label(question: Question, option_id: str) -> str:
    return next(shown.label for shown in question.shown if shown.option_id == option_id)
