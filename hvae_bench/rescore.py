"""Rescore: recompute every measure of a rationality log from its records alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hvae_bench.errors import LogError, brief
from hvae_bench.measures import measure
from hvae_bench.record import RationalityRecord

__all__ = ["Difference", "Rescored", "read_records", "rescore_file"]

TOLERANCE = 1e-9
"""Numbers closer than this are the same; the last bits may depend on the machine."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure that came out otherwise."""

    line: int
    sample_id: str
    epoch: int
    measure: str
    recorded: Any
    recomputed: Any


@dataclass(frozen=True, slots=True)
class Rescored:
    """What rescoring a file found."""

    dialogues: int
    differences: tuple[Difference, ...]


def read_records(path: str | Path) -> Iterator[tuple[int, RationalityRecord]]:
    """The records of a rationality log, or of a Parquet file of merged ones, with their line numbers, one at a time.

    Raises:
        LogError: no such file, or a line that is no rationality record; the message names the line.
    """
    from hvae_bench.analysis.source import Source, read_lines

    of_rows = str(path).endswith(".parquet")
    for line in read_lines(Source(str(path), "parquet" if of_rows else "lines")):
        try:
            yield line.number, RationalityRecord.model_validate_json(line.raw)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            cut = not of_rows and not line.raw.endswith(b"\n")
            problem = "the line is cut short" if cut else f"{brief(place) or 'the line'}: {brief(first['msg'])}"
            raise LogError(
                f"{path}:{line.number}: {problem}. Make the file again with `hvae export` from its Inspect log."
            ) from None


def rescore_file(path: str | Path) -> Rescored:
    """Recompute the measures of every record of a file and compare them with those recorded.

    Raises:
        LogError: see `read_records`; also a file without any record.
    """
    dialogues = 0
    differences: list[Difference] = []
    for number, record in read_records(path):
        dialogues += 1
        differences += _differences(number, record, path)
    if dialogues == 0:
        raise LogError(f"{path} holds no dialogue. Make the file again with `hvae export` from its Inspect log.")
    return Rescored(dialogues, tuple(differences))


def _differences(line: int, record: RationalityRecord, path: str | Path) -> Iterator[Difference]:
    try:
        recomputed = measure(
            record.target.motives,
            record.game,
            record.decisions,
            goal=record.goal_text,
            other_words=record.framing.other_words,
        )
    except KeyError as error:
        raise LogError(f"{path}:{line}: {error.args[0]}. The record contradicts itself; export it again.") from None
    for name in type(recomputed).model_fields:
        before, now = getattr(record.measures, name), getattr(recomputed, name)
        if not _same(before, now):
            yield Difference(line, record.dialogue.sample_id, record.dialogue.epoch, name, before, now)


def _same(before: Any, now: Any) -> bool:
    if isinstance(before, float) and isinstance(now, float):
        return abs(before - now) <= TOLERANCE
    return bool(before == now)
