"""Dialogues: all dialogues of a report in files beside its page, which reads them when a reader asks for them.

`dialogues/index.js` holds columns to search, filter and sort by, `dialogues/0001.js` and so on the dialogues. Each is a
script with one call, for a page that is opened from disk may load a script that lies beside it and nothing else. What
it hands over is JSON, compressed (zlib) and in base64, so that no text can be taken for a part of the script.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hvae_bench.catalogue.rendering import format_payoff
from hvae_bench.dialogue.described import TurnRecord
from hvae_bench.log.record import RationalityRecord
from hvae_bench.report.exchange import OUTCOMES, Frame, facts_of, outcome_of
from hvae_bench.report.subject import Subject, angle_of
from hvae_bench.report.table import Field, write_csv
from hvae_bench.scorers import Decision
from hvae_bench.text.number import number, percent
from hvae_bench.text.visible import visible

FOLDER = "dialogues"

BLOCK = 250
"""Dialogues of a file, at most."""

BLOCK_CHARACTERS = 2_000_000
"""Characters of the texts of a file at which it ends, though it holds fewer."""

_CSV_CHARACTERS = 2000


def write_dialogues(
    subjects: Sequence[Subject], folder: Path, against: Mapping[str, Sequence[int]] | None = None
) -> None:
    """Write all dialogues into a report's folder: index and blocks, and `decisions.csv`, a row for each decision.

    Args:
        subjects: the runs.
        folder: the report's.
        against: of a comparison the dialogues (`row`) that are held against others (`of`), as places among all of them,
            and in how many decisions the two differ (`differ`).
    """
    (folder / FOLDER).mkdir()
    index, block = _Index(subjects), _Block()
    for subject in subjects:
        for record, frame in _framed(subject):
            index.add(subject, record)
            block.add(subject, record, frame)
            if len(block.dialogues) == BLOCK or block.characters >= BLOCK_CHARACTERS:
                index.end(block, folder)
                block = _Block()
    index.end(block, folder)
    _write(folder, "index", index.content() | ({"against": against} if against else {}))
    write_csv(folder / "decisions.csv", (row for subject in subjects for row in decision_rows(subject)))


def address_of(record: RationalityRecord) -> str:
    """The part of a dialogue's address on the page after `#dialogue=`: task, cell and epoch, which never change."""
    return f"{record.run.task_id}.{record.dialogue.sample_id}.{record.dialogue.epoch}"


def file_of(log: str) -> str:
    """The name of a log without its folder, which is nobody's business."""
    return log.replace("\\", "/").rpartition("/")[2]


def decision_rows(subject: Subject) -> Iterator[dict[str, Field]]:
    """A row for each decision of a run, with what there is to say of its dialogue; long texts are shortened."""
    for record, frame in _framed(subject):
        motive = frame.motive_of(record)
        for decision in record.decisions:
            yield {
                "run": subject.run.name,
                "model": record.run.model,
                "dialogue": address_of(record),
                "cell": record.dialogue.sample_id,
                "epoch": record.dialogue.epoch,
                "target": record.target.id,
                "outcome": outcome_of(record),
                "value_rationality": record.measures.value_rationality,
                "angle_deg": angle_of(record),
                "goal": _short(record.goal_text),
                "item": decision.item_id,
                "reply": _short(decision.reply),
                "decision": frame.decided(decision),
                "ideal": frame.ideal(decision),
                "item_rationality": None if motive is None else frame.served(decision, motive),
            }


def _short(text: str | None) -> str | None:
    if text is None or len(text) <= _CSV_CHARACTERS:
        return text
    return f"{text[:_CSV_CHARACTERS]} [shortened: the first {_CSV_CHARACTERS:,} of {len(text):,} characters]"


def _framed(subject: Subject) -> Iterator[tuple[RationalityRecord, Frame]]:
    """The dialogues of a run, each with its frame."""
    frames: dict[tuple[str, str], Frame] = {}
    for record in subject.run.records:
        key = (record.game.id, record.target.id)
        if key not in frames:
            frames[key] = Frame(record.game, record.target)
        yield record, frames[key]


def _write(folder: Path, name: str, content: Any) -> None:
    packed = base64.b64encode(zlib.compress(json.dumps(content, separators=(",", ":")).encode("ascii"), 9)).decode()
    (folder / FOLDER / f"{name}.js").write_text(f'hvaeDialogues("{name}","{packed}")\n', encoding="ascii", newline="")


@dataclass
class _Index:
    """Columns of all dialogues in their order; what many share stands in lists, of which the columns hold places."""

    subjects: Sequence[Subject]
    blocks: list[int] = field(default_factory=list)
    runs: dict[tuple[str, str], int] = field(default_factory=dict)
    cells: dict[tuple[str, ...], int] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)
    columns: dict[str, list[int | None]] = field(
        default_factory=lambda: {name: [] for name in ("run", "cell", "epoch", "outcome", "value_rationality")}
    )

    def add(self, subject: Subject, record: RationalityRecord) -> None:
        """Add a dialogue."""
        cell, dialogue, scored = record.cell, record.dialogue, record.measures.value_rationality
        self.items[cell.game] = " ".join(item.id for item in record.game.items)
        # In the name of a cell value, game and template come first, and then what is not the default.
        rest = dialogue.sample_id.removeprefix(f"{cell.value}.{cell.game}").removeprefix(f".{cell.template}")[1:]
        of_cell = (
            dialogue.sample_id,
            cell.value,
            record.target.label,
            cell.game,
            cell.template,
            rest.removeprefix("."),
        )
        row = (
            self.runs.setdefault((subject.model, record.run.task_id), len(self.runs)),
            self.cells.setdefault(of_cell, len(self.cells)),
            dialogue.epoch,
            [*OUTCOMES].index(outcome_of(record)),
            # In hundredths, as it is printed.
            None if scored is None else round(100 * float(number(scored))),
        )
        for column, one in zip(self.columns.values(), row, strict=True):
            column.append(one)

    def end(self, block: "_Block", folder: Path) -> None:
        """Write a block, the next of the report."""
        if block.dialogues:
            self.blocks.append(len(block.dialogues))
            _write(folder, f"{len(self.blocks):04}", block.content())

    def content(self) -> dict[str, Any]:
        """The index as the page reads it."""
        models = [*dict.fromkeys(one.model for one in self.subjects)]
        return {
            "blocks": self.blocks,
            "models": models,
            "runs": [[models.index(model), visible(task)] for model, task in self.runs],
            "cells": [[visible(text) for text in cell] for cell in self.cells],
            "items": self.items,
            "outcomes": [*OUTCOMES.values()],
            **self.columns,
        }


@dataclass
class _Block:
    """Some dialogues; their texts stand once in a list, of which the dialogues hold places."""

    texts: dict[str, int] = field(default_factory=dict)
    frames: dict[Frame, int] = field(default_factory=dict)
    dialogues: list[dict[str, Any]] = field(default_factory=list)
    characters: int = 0

    def add(self, subject: Subject, record: RationalityRecord, frame: Frame) -> None:
        """Add a dialogue."""
        motive = frame.motive_of(record)
        dialogue, task = record.dialogue, record.run.task_id
        log = next((run.log for run in subject.run.joined if run.task_id == task), subject.run.log)
        where = f" in {file_of(log)}" if log else ""
        self.dialogues.append(
            {
                "frame": self.frames.setdefault(frame, len(self.frames)),
                "motive": motive,
                "goal": self._text(record.goal_text),
                "facts": [[name, self._text(told)] for name, told in facts_of(record, frame)],
                "record": self._text(f"{dialogue.sample_id}, epoch {dialogue.epoch}, of task {task}{where}"),
                "turns": [self._turn(turn) for turn in record.turns],
                "decisions": [self._decision(decision, frame, motive) for decision in record.decisions],
            }
        )

    def _turn(self, turn: TurnRecord) -> dict[str, Any]:
        stopped = turn.stop_reason not in (None, "stop", "unknown")
        return {
            "kind": visible(turn.kind.replace("_", " ")),
            "role": turn.role,
            "items": turn.asked,
            "prompt": self._text(turn.prompt),
            "reply": self._text(turn.reply),
            **({"attempt": turn.attempt} if turn.attempt > 1 else {}),
            **({"stopped": self._text(turn.stop_reason)} if stopped else {}),
        }

    def _decision(self, decision: Decision, frame: Frame, motive: int | None) -> dict[str, Any]:
        places = frame.options[decision.item_id]
        known = decision.probabilities
        return {
            "item": decision.item_id,
            "labels": [visible(one.label) for one in decision.shown],
            "options": [places[one.option_id] for one in decision.shown],
            "chosen": None if decision.option_id is None else places[decision.option_id],
            "decided": self._text(frame.decided(decision)),
            "judged": self._text(frame.judged(decision, motive)),
            **({"probabilities": [percent(known[one.option_id]) for one in decision.shown]} if known else {}),
        }

    def _text(self, text: str | None) -> int | None:
        """The place of a text."""
        if text is None:
            return None
        if (place := self.texts.get(text)) is None:
            place = self.texts[text] = len(self.texts)
            self.characters += len(text)
        return place

    def content(self) -> dict[str, Any]:
        """The block as the page reads it."""
        return {
            "texts": [*map(visible, self.texts)],
            "frames": [*map(_frame, self.frames)],
            "dialogues": self.dialogues,
        }


def _frame(frame: Frame) -> dict[str, Any]:
    """The items of a game, each with what its options pay, and how far they serve each motive of the target."""

    def served(item: str) -> Iterable[list[str] | None]:
        for rating in frame.rated[item]:
            yield [number(one) for one in rating.rationality.tolist()] if rating.informative else None

    return {
        "stakes": frame.game.stakes,
        "motives": frame.motives,
        "items": {
            item.id: {
                "payoffs": [[format_payoff(payoff) for payoff in option.payoffs] for option in item.options],
                "rationality": [*served(item.id)],
                "ideal": [[*map(bool, rating.ideal.tolist())] for rating in frame.rated[item.id]],
            }
            for item in frame.game.items
        },
    }
