"""Reread: apply today's reader to the replies that a log holds, and tell which decisions change."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hvae_bench.catalogue.wording import ReadingWords, Wording
from hvae_bench.dialogue.described import TurnRecord
from hvae_bench.dialogue.listing import read_listing
from hvae_bench.dialogue.reading import Reading, read_reply
from hvae_bench.dialogue.render import Shown
from hvae_bench.log.broken import Broken
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.source import kind_of, read_records
from hvae_bench.scorers import Decision


@dataclass(frozen=True, slots=True)
class Change:
    """One decision that is read otherwise today, before and after: the label chosen, or else status and reason.

    `asks_again` tells whether today's reader would ask for the choice again, which nobody did.
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


def reread_file(path: str | Path, broken: list[Broken] | None, wordings: Mapping[str, Wording]) -> Reread:
    """Read every reply of a log again.

    Args:
        path: an Inspect log, a rationality log or a Parquet file of merged ones; a path or a URL.
        broken: takes what of the file cannot be read.
        wordings: those of the catalogue, by id.

    Raises:
        LogError: no such file, or (without `broken`) anything damaged.
    """
    from hvae_bench.log.export import read_log

    of_records = kind_of(path) in ("lines", "parquet")
    records = (record for _, record in read_records(path, broken)) if of_records else read_log(path, broken)
    dialogues = decisions = 0
    changes: list[Change] = []
    for record in records:
        dialogues += 1
        decisions += sum(decision.reply is not None for decision in record.decisions)
        changes += _changes(record, wordings)
    return Reread(dialogues, decisions, tuple(changes))


def _changes(record: RationalityRecord, wordings: Mapping[str, Wording]) -> Iterator[Change]:
    """The decisions of a dialogue that are read otherwise today, by its wording or else another in its language.

    What a provider marked as filtered is left as it is, because the reply does not show it.
    """
    in_language = {id_: one.reading for id_, one in wordings.items() if one.language == record.wording.language}
    words = in_language.get(record.wording.id) or next(filter(None, in_language.values()), ReadingWords())
    of_items = {decision.item_id: _shown(record, decision) for decision in record.decisions}
    for decision in record.decisions:
        turns = [turn for turn in record.turns if decision.item_id in turn.asked and turn.reply is not None]
        if not turns or decision.status == "not_reached" or decision.reason == "content_filter":
            continue
        shown = of_items[decision.item_id]
        for turn in turns:  # the first reply that chooses counts, or the last one
            reply = turn.reply or ""
            reading = _read(record, turn, decision.item_id, of_items, words)
            if reading.status == "chosen":
                break
        label = next((option.label for option in shown if option.option_id == decision.option_id), None)
        if (reading.status, reading.label) != (decision.status, label):
            yield Change(
                record.dialogue.sample_id,
                record.dialogue.epoch,
                decision.item_id,
                reply,
                before=label or f"{decision.status} ({decision.reason})",
                after=reading.label or f"{reading.status} ({reading.reason})",
                asks_again=reading.status != "chosen" and len(turns) == 1,
            )


def _read(
    record: RationalityRecord,
    turn: TurnRecord,
    item_id: str,
    of_items: Mapping[str, Sequence[Shown]],
    words: ReadingWords,
) -> Reading:
    """The reading of a turn's reply for one of the items that it asked."""
    reply, stopped = turn.reply or "", turn.stop_reason
    if not turn.item_ids:
        return read_reply(reply, of_items[item_id], words, stop_reason=stopped, reasoning=record.template.reasoning)
    numbers = {one: number for number, one in enumerate(of_items, start=1)}
    asked = {numbers[one]: of_items[one] for one in turn.item_ids}
    return read_listing(reply, asked, words, count=len(numbers), stop_reason=stopped)[numbers[item_id]]


def contradictions(record: RationalityRecord, wordings: Mapping[str, Wording]) -> Iterator[tuple[str, object, object]]:
    """Where decisions do not follow from the dialogue as it is stored: what, as recorded, and as it should be."""
    items = {item.id: [option.id for option in item.options] for item in record.game.items}
    sound = True
    for decision in record.decisions:
        if not decision.shown:
            continue
        ids = [option.option_id for option in decision.shown]
        if sorted(ids) != sorted(items.get(decision.item_id, ())):
            sound = False
            yield f"options of {decision.item_id}", ids, items.get(decision.item_id)
            continue
        labels, given = [option.label for option in decision.shown], record.framing.labels[: len(ids)]
        if labels != [*given]:
            yield f"labels of {decision.item_id}", labels, [*given]
        prompts = [turn.prompt for turn in record.turns if decision.item_id in turn.asked and turn.attempt == 1]
        lines = [option.line for option in _shown(record, decision)]
        if prompts and not all(line in prompts[0] for line in lines):
            yield f"prompt of {decision.item_id}", prompts[0], lines
    if sound:
        yield from ((f"decision of {one.item_id}", one.before, one.after) for one in _changes(record, wordings))


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
