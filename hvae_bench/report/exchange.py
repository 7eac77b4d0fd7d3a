"""Exchange: one dialogue as people read it: what was asked, what was said, what was decided, what would be ideal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from hvae_bench.catalogue.rendering import format_payoff
from hvae_bench.log.record import RationalityRecord
from hvae_bench.report.choices import ideal_options
from hvae_bench.report.subject import Subject
from hvae_bench.report.text import shorten, spreadsheet_text
from hvae_bench.scorers import Decision, PayoffTable
from hvae_bench.scorers.calibration import describe
from hvae_bench.text.number import number
from hvae_bench.text.visible import visible

OutcomeKind = Literal["answered", "refused", "unreadable", "incomplete"]

OUTCOMES: dict[OutcomeKind, str] = {
    "answered": "every question answered",
    "refused": "a question refused",
    "unreadable": "a reply that names no option",
    "incomplete": "broken off",
}
"""What a dialogue came to, in words; of several the last one counts."""

_STATUS = {"refused": "refused", "invalid": "no option named", "not_reached": "never answered"}


@dataclass(frozen=True, slots=True)
class Said:
    """A message and its reply, as they were; `reply` is None if none was expected or came."""

    kind: str
    role: str
    prompt: str
    reply: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """An item of a dialogue.

    Attributes:
        item: id of the item.
        turns: the question, and the second one if it had to be asked again.
        decision: what was decided.
        ideal: what a follower of the target would have decided.
    """

    item: str
    turns: tuple[Said, ...]
    decision: str
    ideal: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One dialogue.

    Attributes:
        run: name of the run.
        model: name of the model.
        cell: id of the cell.
        epoch: which dialogue of the cell it is.
        target: id of the target.
        outcome: what it came to.
        value_rationality: None where it has none.
        angle_deg: None where it has none.
        goal: the goal that was stated.
        opening: what was said before the items.
        questions: the items, in the order asked.
    """

    run: str
    model: str
    cell: str
    epoch: int
    target: str
    outcome: OutcomeKind
    value_rationality: float | None
    angle_deg: float | None
    goal: str | None
    opening: tuple[Said, ...]
    questions: tuple[Question, ...]


def exchange_of(subject: Subject, record: RationalityRecord) -> Exchange:
    """A dialogue, nothing shortened or escaped."""
    measures = record.measures
    said: dict[str | None, list[Said]] = {}
    for turn in record.turns:
        said.setdefault(turn.item_id, []).append(Said(turn.kind, turn.role, turn.prompt, turn.reply))
    angle = measures.ring_angle_deg if measures.svo_angle_deg is None else measures.svo_angle_deg
    table = subject.design.games[record.game.id]
    return Exchange(
        run=subject.run.name,
        model=record.run.model,
        cell=record.dialogue.sample_id,
        epoch=record.dialogue.epoch,
        target=record.target.id,
        outcome=_outcome(record),
        value_rationality=measures.value_rationality,
        angle_deg=angle,
        goal=record.goal_text,
        opening=tuple(said.get(None, ())),
        questions=tuple(
            Question(
                decision.item_id,
                tuple(said.get(decision.item_id, ())),
                _decided(record, decision),
                _ideal(record, table, decision),
            )
            for decision in record.decisions
        ),
    )


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


def _option(record: RationalityRecord, decision: Decision, option_id: str) -> str:
    """An option by its label (or id, where it was never shown) and payoffs."""
    item = next(item for item in record.game.items if item.id == decision.item_id)
    option = next(option for option in item.options if option.id == option_id)
    label = next((shown.label for shown in decision.shown if shown.option_id == option_id), option_id)
    paid = zip(option.payoffs, record.game.stakes, strict=True)
    return f"{label} ({', '.join(f'{format_payoff(payoff)} for {stake}' for payoff, stake in paid)})"


def shown(exchange: Exchange) -> dict[str, object]:
    """The dialogue as the page shows it: shortened, every character visible, numbers printed."""

    def text(content: str | None) -> dict[str, str | None] | None:
        if content is None:
            return None
        kept, note = shorten(content)
        return {"text": kept, "note": note}

    def said(turns: Sequence[Said]) -> list[dict[str, object]]:
        return [
            {"kind": turn.kind, "role": turn.role, "prompt": text(turn.prompt), "reply": text(turn.reply)}
            for turn in turns
        ]

    vr, angle = exchange.value_rationality, exchange.angle_deg
    return {
        "run": visible(exchange.run),
        "model": visible(exchange.model),
        "cell": visible(exchange.cell),
        "epoch": exchange.epoch,
        "target": exchange.target,
        "outcome": exchange.outcome,
        "outcome_words": OUTCOMES[exchange.outcome],
        "value_rationality": "-" if vr is None else number(vr),
        "angle": "-" if angle is None else number(angle),
        "goal": text(exchange.goal),
        "opening": said(exchange.opening),
        "questions": [
            {
                "item": question.item,
                "turns": said(question.turns),
                "decision": visible(question.decision),
                "ideal": visible(question.ideal),
            }
            for question in exchange.questions
        ],
    }


def json_line(exchange: Exchange) -> str:
    """The dialogue as one line of JSON, whole texts, in ASCII."""
    return json.dumps(asdict(exchange)) + "\n"


DECISION_FIELDS = (
    "run",
    "model",
    "cell",
    "epoch",
    "target",
    "outcome",
    "value_rationality",
    "angle_deg",
    "goal",
    "item",
    "reply",
    "decision",
    "ideal",
)


def decision_rows(exchange: Exchange) -> Iterator[list[object]]:
    """A row for each question, `DECISION_FIELDS`, long texts shortened; no text can be taken for a formula."""

    def text(content: str | None) -> str:
        if content is None:
            return ""
        kept, note = shorten(content)
        return spreadsheet_text(content) if note is None else f"{spreadsheet_text(kept)} [{note}]"

    vr, angle = exchange.value_rationality, exchange.angle_deg
    for question in exchange.questions:
        reply = next((turn.reply for turn in reversed(question.turns) if turn.reply is not None), None)
        yield [
            text(exchange.run),
            text(exchange.model),
            text(exchange.cell),
            exchange.epoch,
            exchange.target,
            exchange.outcome,
            "" if vr is None else repr(vr),
            "" if angle is None else repr(angle),
            text(exchange.goal),
            question.item,
            text(reply),
            text(question.decision),
            text(question.ideal),
        ]
