"""Exchange: one dialogue as people read it: what was asked, what was said, what was decided, what would be ideal."""

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from hvae_bench.catalogue.rendering import format_payoff
from hvae_bench.log.record import RationalityRecord
from hvae_bench.report.subject import Subject, angle_of
from hvae_bench.report.table import Field
from hvae_bench.scorers import Decision, Motive, PayoffTable
from hvae_bench.scorers.calibration import describe, rate_items

OutcomeKind = Literal["answered", "refused", "unreadable", "incomplete"]

OUTCOMES: dict[OutcomeKind, str] = {
    "answered": "every question answered",
    "refused": "a question refused",
    "unreadable": "a reply that names no option",
    "incomplete": "broken off",
}
"""What a dialogue came to, in words; of several the last one counts."""

LIMIT = 2000
"""Characters of a reply or a question that are shown on the page."""

_STATUS = {"refused": "refused", "invalid": "no option named", "not_reached": "never answered"}

Exchange = dict[str, Any]
"""A dialogue as a line of `dialogues.jsonl` has it, nothing shortened or escaped: the ids of run, cell and target, what
it came to, the goal that was stated, the turns before the items (and those that asked several) as `opening`, and the
items as `questions`."""


def exchange_of(subject: Subject, record: RationalityRecord) -> Exchange:
    """A dialogue for people; a turn's `reply` is None if none was expected or came."""
    said: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
    for turn in record.turns:
        said[turn.item_id].append(turn.model_dump(include={"kind", "role", "prompt", "reply"}))
    replies = {item_id: turn.reply for turn in record.turns for item_id in turn.asked if turn.reply is not None}
    table = subject.run.design.games[record.game.id]
    return {
        "run": subject.run.name,
        "model": record.run.model,
        "cell": record.dialogue.sample_id,
        "epoch": record.dialogue.epoch,
        "target": record.target.id,
        "outcome": _outcome(record),
        "value_rationality": record.measures.value_rationality,
        "angle_deg": angle_of(record),
        "goal": record.goal_text,
        "opening": said[None],
        "questions": [
            {
                "item": decision.item_id,
                "turns": said[decision.item_id],
                "reply": replies.get(decision.item_id),
                "decision": _decided(record, decision),
                "ideal": _ideal(record, table, decision),
            }
            for decision in record.decisions
        ],
    }


def _outcome(record: RationalityRecord) -> OutcomeKind:
    measures = record.measures
    if measures.n_not_reached:
        return "incomplete"
    if measures.n_invalid:
        return "unreadable"
    return "refused" if measures.n_refused else "answered"


def _decided(record: RationalityRecord, decision: Decision) -> str:
    if decision.option_id is None:
        return f"{_STATUS[decision.status]} ({decision.reason.replace('_', ' ')})"
    return _option(record, decision, decision.option_id)


def _ideal(record: RationalityRecord, table: PayoffTable, decision: Decision) -> str:
    """The ideal options for each motive; where an item does not inform about any motive, every option is ideal."""
    if not record.target.motives:
        return "none: no value was given"
    place = [item.id for item in record.game.items].index(decision.item_id)
    options = [option.id for option in record.game.items[place].options]
    by_choices: dict[str, list[str]] = {}
    for motive in record.target.motives:
        best = ideal_options(table, motive)[place]
        names = "any option" if best is None else " or ".join(_option(record, decision, options[one]) for one in best)
        by_choices.setdefault(names, []).append(describe(motive))
    if len(by_choices) == 1:
        return next(iter(by_choices))
    return "; ".join(f"{names} by {' and '.join(motives)}" for names, motives in by_choices.items())


@lru_cache(maxsize=4096)
def ideal_options(table: PayoffTable, motive: Motive) -> tuple[tuple[int, ...] | None, ...]:
    """For each item the places of the options that are ideal for a motive; None where the item does not inform."""
    (rated,) = rate_items(table, (motive,))
    return tuple(tuple(np.flatnonzero(one.ideal).tolist()) if one.informative else None for one in rated)


def _option(record: RationalityRecord, decision: Decision, option_id: str) -> str:
    """An option by its label (or id, where it was never shown) and payoffs."""
    item = next(item for item in record.game.items if item.id == decision.item_id)
    option = next(option for option in item.options if option.id == option_id)
    label = next((shown.label for shown in decision.shown if shown.option_id == option_id), option_id)
    paid = zip(option.payoffs, record.game.stakes, strict=True)
    return f"{label} ({', '.join(f'{format_payoff(payoff)} for {stake}' for payoff, stake in paid)})"


def shorten(text: str, limit: int = LIMIT) -> tuple[str, str | None]:
    """A text's beginning, and a note on what was left out; None if nothing was."""
    if len(text) <= limit:
        return text, None
    return text[:limit], f"shortened: the first {limit:,} of {len(text):,} characters"


def decision_rows(exchange: Exchange) -> Iterator[dict[str, Field]]:
    """A row for each question with all that is said of its dialogue, long texts shortened."""
    of_dialogue = {name: field for name, field in exchange.items() if name not in {"opening", "questions"}}
    for question in exchange["questions"]:
        row = {
            **of_dialogue,
            "item": question["item"],
            "reply": question["reply"],
            "decision": question["decision"],
            "ideal": question["ideal"],
        }
        yield {name: _short(field) if isinstance(field, str) else field for name, field in row.items()}


def _short(text: str) -> str:
    kept, note = shorten(text)
    return kept if note is None else f"{kept} [{note}]"
