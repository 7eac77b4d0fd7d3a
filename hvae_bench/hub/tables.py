"""Tables: what is published beside the entries, all of it computed from them."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.catalogue.columns import BOOL, FLOAT, INT, TEXT, Columns
from hvae_bench.catalogue.fit import misfit
from hvae_bench.catalogue.template import Template
from hvae_bench.dialogue.cost import whole_dialogue
from hvae_bench.dialogue.described import CellRecord
from hvae_bench.dialogue.render import Question, opening_text, questions
from hvae_bench.dialogue.sample import Cell, DialogueScript, build_cells
from hvae_bench.log.overview import target_overview
from hvae_bench.scorers import PayoffTable
from hvae_bench.scorers.calibration import rate_items
from hvae_bench.scorers.motive import Motive

_DECIMALS = 9
"""Computed numbers are rounded to so many decimals, so that machines that add in another order agree on the bytes."""


def _texts(*names: str) -> Columns:
    return dict.fromkeys(names, TEXT)


_IDEAL: Columns = {"item": TEXT, "options": [TEXT]}
_MOTIVE: Columns = {"motive": TEXT, "informative_items": [TEXT], "ideal_options": [_IDEAL]}
_CALIBRATION: Columns = {
    **_texts("id", "version", "game", "value"),
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
}


def _calibration_rows(catalog: Catalog) -> Iterator[dict[str, Any]]:
    """What each game can show of each target with motives of its system; ordered by game, then target."""
    for _, game in sorted(catalog.games.items()):
        for _, value in sorted(catalog.values.items()):
            if not value.motives or not value.belongs_to(game.system):
                continue
            seen = target_overview(value, game)
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
                "informative_items": len({item for motive in seen.motives for item in motive.informative_items}),
                "motives": [
                    {
                        "motive": motive.motive,
                        "informative_items": list(motive.informative_items),
                        "ideal_options": [
                            {"item": item, "options": list(ids)} for item, ids in motive.ideal_options.items()
                        ],
                    }
                    for motive in seen.motives
                ],
                "ideal_angle_from_deg": None if arc is None else _number(arc.start_deg),
                "ideal_angle_to_deg": None if arc is None else _number(arc.end_deg),
                "expected_angular_distance_deg": _number(seen.expected_angular_distance_deg),
            }


def _number(number: float) -> float | None:
    """A number for JSON; -0 and 0 are the same there."""
    return round(float(number), _DECIMALS) + 0.0 if math.isfinite(number) else None


_CELL = _texts(*CellRecord.model_fields)
_MESSAGE: Columns = _texts("role", "kind", "expects", "content")
_DIALOGUES: Columns = {**_texts("id", "version", "scenario"), **_CELL, "messages": [_MESSAGE]}


def _dialogue_rows(catalog: Catalog) -> Iterator[dict[str, Any]]:
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


_ORDERS = ("option_order", "item_order")
_QUESTIONS: Columns = {
    **_texts("id", "version"),
    **{name: column for name, column in _CELL.items() if name not in _ORDERS},
    **_texts("item"),
    "rotation": INT,
    **_texts("question"),
    "labels": [TEXT],
    **_texts("answer", "answer_option"),
}


def _question_rows(catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Single questions with one right answer: those of the default scenario that exactly one option serves.

    The value is given and the decision asked in one message, by a template that waits for no reply in between. Each
    decision is asked once in every rotation of its options, so that whoever always takes one place, or one label, is
    right as often as by guessing, in any selection of decisions (the orders are those of CircularEval, Liu et al. 2023,
    arXiv 2307.06281). The rows come in rounds: the first has every decision once, and in each round the
    right places of the decisions with equally many options take turns.
    """
    turns: Counter[int] = Counter()
    rounds: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for cell in _one_message_cells(catalog):
        script = cell.script()
        opening = [opening_text(script, message, "") for message in script.messages[:-1]]
        serving = serving_options(cell.parts.game.payoff_table(), cell.parts.value.motives)
        for item in script.game.items:
            if len(serving[item.id]) != 1:
                continue
            (option_id,) = serving[item.id]
            count = len(item.options)
            right = [option.id for option in item.options].index(option_id)
            for rotation in range(count):
                question = _rotated(script, item.id, rotation)
                rounds[(right - rotation - turns[count]) % count].append(
                    {
                        "id": f"{cell.id}.{item.id}.r{rotation}",
                        "version": catalog.version,
                        **cell.facts.model_dump(exclude=set(_ORDERS)),
                        "item": item.id,
                        "rotation": rotation,
                        "question": "\n\n".join((*opening, question.prompt(""))),
                        "labels": [shown.label for shown in question.shown],
                        "answer": question.shown[(right - rotation) % count].label,
                        "answer_option": option_id,
                    }
                )
            turns[count] += 1
    for number in sorted(rounds):
        yield from rounds[number]


def _rotated(script: DialogueScript, item_id: str, rotation: int) -> Question:
    """An item as a question, with so many of its options moved from the beginning of the list to its end."""
    items = tuple(
        item.model_copy(update={"options": (*item.options[rotation:], *item.options[:rotation])})
        if item.id == item_id
        else item
        for item in script.game.items
    )
    turned = script.model_copy(update={"game": script.game.model_copy(update={"items": items})})
    return next(question for question in questions(turned, "") if question.item_id == item_id)


def _one_message_cells(catalog: Catalog) -> Iterator[Cell]:
    """The cells of the default scenario in published order, each once, with another template in the place of its own.

    It is the first that gives a value by its definition, or else its label, and waits for a decision only.
    """
    fitting: list[Template] = [
        template
        for _, template in sorted(catalog.templates.items())
        if template.induction in ("definition", "label")
        and template.goal == "none"
        and template.deprecated is None
        and all(turn.expects == "nothing" for turn in template.turns[:-1])
    ]
    if not fitting:
        return
    template = min(fitting, key=lambda template: template.induction)
    seen = set()
    for own in build_cells(catalog, catalog.default_scenario()):
        parts = replace(own.parts, template=template)
        cell = replace(own, parts=parts, option_order="published", item_order="published")
        if cell.id not in seen and misfit(cell.parts) is None:
            seen.add(cell.id)
            yield cell


def serving_options(table: PayoffTable, motives: tuple[Motive, ...]) -> dict[str, list[str]]:
    """For each item the options that are ideal for any of the motives; all of them where a motive has no say."""
    rated = rate_items(table, motives)
    return {
        item: [option for place, option in enumerate(options) if any(one[index].ideal[place] for one in rated)]
        for index, (item, options) in enumerate(zip(table.item_ids, table.option_ids, strict=True))
    }


TABLES: dict[str, tuple[Columns, Callable[[Catalog], Iterator[dict[str, Any]]]]] = {
    "calibration": (_CALIBRATION, _calibration_rows),
    "dialogues": (_DIALOGUES, _dialogue_rows),
    "questions": (_QUESTIONS, _question_rows),
}
"""The computed configs: the columns of each, and its rows."""
