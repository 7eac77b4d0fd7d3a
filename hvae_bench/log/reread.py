"""Reread: apply today's reader to the replies that a log holds, and tell which decisions change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.catalogue.wording import ReadingWords, Wording
from hvae_bench.dialogue.described import TurnRecord
from hvae_bench.dialogue.reading import Reading, read_reply
from hvae_bench.dialogue.shown import Shown
from hvae_bench.log.broken import Broken
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.source import read_records
from hvae_bench.scorers import Decision

__all__ = ["Change", "Reread", "reread_file", "reread_record"]


@dataclass(frozen=True, slots=True)
class Change:
    """One decision that is read otherwise today.

    Attributes:
        sample_id: id of the cell.
        epoch: number of the dialogue.
        item_id: id of the item.
        reply: the reply that is read today.
        before: label that was chosen; otherwise status and reason.
        after: the same as read today.
        asks_again: whether today's reader would ask for the choice again, which nobody did.
    """

    sample_id: str
    epoch: int
    item_id: str
    reply: str
    before: str
    after: str
    asks_again: bool


@dataclass(frozen=True, slots=True)
class Reread:
    """What reading a file again found."""

    dialogues: int
    decisions: int
    changes: tuple[Change, ...]


def reread_file(
    path: str | Path, broken: list[Broken] | None = None, wordings: Mapping[str, Wording] | None = None
) -> Reread:
    """Read every reply of a log again.

    Args:
        path: an Inspect log, a rationality log or a Parquet file of merged ones; a path or a URL.
        broken: takes what of the file cannot be read.
        wordings: those of the catalogue, by id; the package's if not given.

    Raises:
        LogError: no such file, one without any dialogue, or (without `broken`) anything damaged.
    """
    from hvae_bench.log.export import read_log

    of_records = str(path).endswith((".jsonl", ".parquet"))
    records = (record for _, record in read_records(path, broken)) if of_records else read_log(path, broken)
    known = load_catalog().wordings if wordings is None else wordings
    dialogues = decisions = 0
    changes: list[Change] = []
    for record in records:
        dialogues += 1
        decisions += sum(decision.reply is not None for decision in record.decisions)
        changes += reread_record(record, known)
    return Reread(dialogues, decisions, tuple(changes))


def reread_record(record: RationalityRecord, wordings: Mapping[str, Wording]) -> Iterator[Change]:
    """The decisions of a dialogue that are read otherwise today.

    What a provider marked as filtered is left as it is, because the reply does not show it.

    Args:
        record: the dialogue.
        wordings: those of the catalogue, by id; it is read by the words of its own, or else of another in its language.
    """
    words = _words(record, wordings)
    asked = [turn for turn in record.turns if turn.item_id is not None and turn.reply is not None]
    turns = {id_: list(some) for id_, some in groupby(asked, key=lambda turn: turn.item_id)}
    for decision in record.decisions:
        replies = turns.get(decision.item_id, [])
        if not replies or decision.status == "not_reached" or decision.reason == "content_filter":
            continue
        turn, reading = _read_again(record, decision, replies, words)
        after = reading.label or f"{reading.status} ({reading.reason})"
        labels = {option.option_id: option.label for option in decision.shown}
        before = labels.get(decision.option_id or "", f"{decision.status} ({decision.reason})")
        if (reading.status, reading.label) != (decision.status, labels.get(decision.option_id or "")):
            yield Change(
                record.dialogue.sample_id,
                record.dialogue.epoch,
                decision.item_id,
                turn.reply or "",
                before,
                after,
                asks_again=reading.status != "chosen" and len(replies) == 1,
            )


def _read_again(
    record: RationalityRecord, decision: Decision, turns: list[TurnRecord], words: ReadingWords
) -> tuple[TurnRecord, Reading]:
    """The first reply that chooses, or the last one."""
    shown = _shown(record, decision)
    for turn in turns:
        reading = read_reply(
            turn.reply or "", shown, words, stop_reason=turn.stop_reason, reasoning=record.template.reasoning
        )
        if reading.status == "chosen":
            break
    return turn, reading


def _words(record: RationalityRecord, wordings: Mapping[str, Wording]) -> ReadingWords:
    """The words of the record's wording; of one that is not there those of the first in its language."""
    in_language = {id_: one.reading for id_, one in wordings.items() if one.language == record.wording.language}
    return in_language.get(record.wording.id) or next(filter(None, in_language.values()), ReadingWords())


def _shown(record: RationalityRecord, decision: Decision) -> list[Shown]:
    """The options as they were shown; of an old record whose lines cannot be made again with the label alone."""
    item = next(item for item in record.game.items if item.id == decision.item_id)
    payoffs = {option.id: option.payoffs for option in item.options}
    words = record.framing.options
    found = []
    for option in decision.shown:
        paid = payoffs[option.option_id]
        line = option.label if words is None else words.written(option.label, paid)
        found.append(Shown(option.label, option.option_id, paid, line))
    return found
