"""Merging: many rationality logs into one Parquet file, line by line, so that memory does not grow with the text.

Every line is read once. A complete dialogue is written at once; an incomplete one waits at its place in its file
until all is read, because a later attempt may supersede it.
"""

from __future__ import annotations

import json
import queue
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from hvae_bench.analysis.column import (
    DIALOGUE_COLUMNS,
    Column,
    arrow_schema,
    arrow_table,
    dialogue_row,
    light_record_type,
)
from hvae_bench.dialogue.upgrade import SCHEMA_VERSION, upgraded_json
from hvae_bench.log.broken import AnotherTaskError, Broken, nothing_left
from hvae_bench.log.extra import import_extra
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.source import Line, Source, find_sources, read_lines, without_doubles
from hvae_bench.text.errors import LogError, brief
from hvae_bench.text.location import local_copy, new_file, place_of
from hvae_bench.text.masking import masked

__all__ = ["MERGED_COLUMNS", "Conflict", "Merged", "merge"]

MERGED_COLUMNS: tuple[Column, ...] = (
    *DIALOGUE_COLUMNS,
    Column("record", "text", "The whole record as it stood in its rationality log, as JSON."),
)
"""The columns of the file: those of the table of dialogues, and the record that they are taken from."""

ROWS_AT_ONCE = 2048
"""Rows that are written together; some 30 MB of text."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A dialogue of which there are two complete accounts that differ.

    Attributes:
        task_id: Inspect's id of the task.
        sample_id: id of the cell.
        epoch: number of the dialogue.
        first: file and line of the account read first.
        second: file and line of the other one.
    """

    task_id: str
    sample_id: str
    epoch: int
    first: str
    second: str

    def __str__(self) -> str:
        return (
            f"{self.second}: dialogue {self.sample_id}, epoch {self.epoch} of task {self.task_id} is complete and "
            f"differs from the complete one at {self.first}"
        )


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging found.

    Attributes:
        output: the file written, a path or a URL; None if nothing was, because of conflicts.
        files: files read.
        dialogues: dialogues kept, incomplete ones included.
        incomplete: dialogues kept that are incomplete, or ended in an error.
        decisions: decisions of the dialogues kept.
        superseded: incomplete attempts left out for a better one.
        duplicates: equal accounts of a dialogue left out.
        conflicts: dialogues of which two complete accounts differ.
        broken: files, lines and dialogues that could not be read.
    """

    output: Path | str | None
    files: int
    dialogues: int
    incomplete: int
    decisions: int
    superseded: int
    duplicates: int
    conflicts: tuple[Conflict, ...]
    broken: tuple[Broken, ...]


def merge(
    paths: str | Path | Iterable[str | Path],
    output: str | Path,
    *,
    keep_first: bool = False,
    check: bool = False,
) -> Merged:
    """Merge rationality logs into a Parquet file, one row for each dialogue.

    The key of a dialogue is task, cell and epoch. A complete attempt supersedes an incomplete one, or one that ended
    in an error, and of those that which reached more items stays (the first at a tie). Accounts are equal if they
    agree in all but where, when and at what cost the dialogue was held; the first of equal ones stays.

    Of each line it is checked that it is JSON, of this `schema_version`, with a key and fields of the right type
    where a column takes them; the rest is passed on as it is.

    Args:
        paths: what to merge; see `find_sources`. Of an Inspect log and its rationality log the latter is read.
        output: the file to write, a path or a URL. It appears whole or not at all.
        keep_first: of two complete accounts that differ take the first, instead of writing nothing.
        check: validate every line against the whole specification, which takes many times longer.

    Raises:
        LogError: see `find_sources`; also no dialogue at all.
        UsageError: the extra `analysis` is not installed.
    """
    destination = place_of(output)
    import_extra("msgspec")
    sources = without_doubles(find_sources(paths), keep="lines")
    # A file that is to be replaced may be among those that are read.
    with ExitStack() as stack:
        merging = _Merging(sources, stack, check)
        stack.callback(merging.close)
        with _written(destination) as write:
            for batch in _batches(merging.rows()):
                write(batch)
            keep = not merging.conflicts or keep_first
            if not merging.kept and keep:
                nothing = LogError(f"No dialogue of hvae_bench in {', '.join(map(str, sources_told(sources)))}.")
                raise nothing_left(merging.broken) if merging.broken else nothing
            if not keep:
                write.abandon()
    return Merged(
        output=destination if keep else None,
        files=len(sources),
        dialogues=merging.kept,
        incomplete=merging.incomplete,
        decisions=merging.decisions,
        superseded=merging.superseded,
        duplicates=merging.duplicates,
        conflicts=tuple(merging.conflicts),
        broken=tuple(merging.broken),
    )


def sources_told(sources: list[Source]) -> list[str]:
    """The files in words, the first few of them."""
    told = [source.url for source in sources[:3]]
    return [*told, f"{len(sources) - 3} more"] if len(sources) > 3 else told or ["these folders"]


@dataclass(slots=True)
class _Place:
    """Where a dialogue was read: file, line, bytes; and how many items it did not reach.

    An error counts as one more: a dialogue that ended in one is held again by a retry, whatever it had reached.
    """

    file: int
    line: int
    offset: int
    length: int
    not_reached: int


@dataclass
class _Merging:
    """The state of a merge."""

    sources: list[Source]
    stack: ExitStack
    check: bool
    kept: int = 0
    incomplete: int = 0
    decisions: int = 0
    superseded: int = 0
    duplicates: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    _places: dict[tuple[str, str], dict[int, _Place]] = field(default_factory=dict)
    _open: dict[int, BinaryIO] = field(default_factory=dict)
    _local: dict[int, Path] = field(default_factory=dict)

    def rows(self) -> Iterator[list[Any]]:
        """The rows of the dialogues to keep."""
        read = _reader(self.check)
        for file, source in enumerate(self.sources):
            try:
                path = self._local[file] = self._as_lines(source)
                for line in read_lines(Source(str(path), "lines")):
                    found = read(line.raw)
                    if isinstance(found, str):
                        self.broken.append(Broken.one_line(source.url, line.number, line.offset, found))
                    elif self._take(found, file, line):
                        yield self._row(found, line.raw)
            except LogError as error:
                if source.named or not isinstance(error, AnotherTaskError):
                    self.broken.append(Broken.file(source.url, error))
        for epochs in self._places.values():
            for place in epochs.values():
                if place.not_reached:
                    raw = self._read_again(place)
                    found = read(raw)
                    assert not isinstance(found, str)
                    self.incomplete += 1
                    yield self._row(found, raw)

    def _row(self, found: Any, raw: bytes) -> list[Any]:
        measures = found.measures
        self.kept += 1
        self.decisions += measures.n_answered + measures.n_refused + measures.n_invalid + measures.n_not_reached
        row = dialogue_row(found)
        row.append(found.model_dump_json() if isinstance(found, RationalityRecord) else raw.rstrip(b"\r\n"))
        return row

    def _take(self, found: Any, file: int, line: Line) -> bool:
        """Remember a dialogue, and say whether to write it now."""
        run, dialogue = found.run, found.dialogue
        epochs = self._places.setdefault((run.task_id, dialogue.sample_id), {})
        not_reached = found.measures.n_not_reached + (dialogue.error is not None)
        place = _Place(file, line.number, line.offset, len(line.raw), not_reached)
        before = epochs.get(dialogue.epoch)
        if before is None:
            epochs[dialogue.epoch] = place
            return not place.not_reached
        if before.not_reached and place.not_reached:
            if _content(self._read_again(before)) == _content(line.raw):
                self.duplicates += 1
            else:
                self.superseded += 1
                if place.not_reached < before.not_reached:
                    epochs[dialogue.epoch] = place
            return False
        if before.not_reached or place.not_reached:
            self.superseded += 1
            if before.not_reached:
                epochs[dialogue.epoch] = place
            return not place.not_reached
        if _content(self._read_again(before)) == _content(line.raw):
            self.duplicates += 1
        else:
            self.conflicts.append(
                Conflict(run.task_id, dialogue.sample_id, dialogue.epoch, self._told(before), self._told(place))
            )
        return False

    def _told(self, place: _Place) -> str:
        return f"{self.sources[place.file].url}:{place.line}"

    def _read_again(self, place: _Place) -> bytes:
        if place.file not in self._open:
            if len(self._open) > 64:
                self._open.pop(next(iter(self._open))).close()
            self._open[place.file] = self._local[place.file].open("rb")
        stream = self._open[place.file]
        stream.seek(place.offset)
        return stream.read(place.length)

    def close(self) -> None:
        """Close the files that were opened to read lines again."""
        for stream in self._open.values():
            stream.close()

    def _as_lines(self, source: Source) -> Path:
        """A rationality log on this machine with the same dialogues."""
        if source.kind == "lines":
            return self.stack.enter_context(local_copy(source.url))
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        lines = folder / "lines.rationality.jsonl"
        if source.kind == "inspect":
            from hvae_bench.log.export import export_log

            export_log(source.url, lines, broken=self.broken)
            return lines
        with lines.open("wb") as out:
            try:
                out.writelines(line.raw + b"\n" for line in read_lines(source))
            except LogError as error:
                self.broken.append(Broken.file(source.url, error))
        return lines


def _content(raw: bytes) -> Any:
    """What makes a dialogue: what was asked, said, decided and measured, without where, when and at what cost."""
    upgraded = upgraded_json(raw)
    # An old record lacks fields that have come since, with what they say of it.
    as_written = raw if upgraded is raw else RationalityRecord.model_validate_json(upgraded).model_dump_json()
    content = json.loads(as_written)
    run = content.pop("run")
    del content["dialogue"]
    return content | {name: run[name] for name in ("administration", "core_values", "model")}


def _reader(check: bool) -> Callable[[bytes], Any]:
    """A function that reads a line; a text in place of a record says what is wrong.

    A whole record in place of a light one is one that is not to be written as it stands.
    """
    msgspec = import_extra("msgspec")
    decode = msgspec.json.Decoder(light_record_type()).decode

    def read(raw: bytes) -> Any:
        try:
            if not raw.isascii():
                raw.decode("utf-8")
            if (upgraded := upgraded_json(raw)) is not raw:
                return RationalityRecord.model_validate_json(upgraded)
            found = decode(raw)
            if check:
                RationalityRecord.model_validate_json(raw)
            if found.dialogue.error is not None and masked(found.dialogue.error) != found.dialogue.error:
                return RationalityRecord.model_validate_json(raw)
        except UnicodeDecodeError:
            return "the line is not UTF-8"
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            return f"{brief('.'.join(map(str, first['loc']))) or 'the line'}: {brief(first['msg'])}"
        except msgspec.DecodeError as error:
            # The whole model passes over numbers that cannot be, where they are no more than a server's claims.
            try:
                found = RationalityRecord.model_validate_json(raw)
                decode(found.model_dump_json().encode())
            except (ValidationError, msgspec.DecodeError):
                return "the line is cut short" if not raw.endswith(b"\n") else brief(str(error))
        if found.schema_version != SCHEMA_VERSION:
            return f"schema_version is {brief(found.schema_version)!r}, and this package reads {SCHEMA_VERSION}"
        cell, dialogue = found.cell, found.dialogue
        if dialogue.epoch < 1 or not dialogue.sample_id.startswith(f"{cell.value}.{cell.game}."):
            return f"the key {brief(dialogue.sample_id)!r}, epoch {dialogue.epoch}, does not fit the cell"
        return found

    return read


def _batches(rows: Iterable[list[Any]]) -> Iterator[list[list[Any]]]:
    batch: list[list[Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


class _Writer:
    """Writes batches of rows in a thread of its own; compression does not hold up the reading."""

    def __init__(self, path: Path) -> None:
        parquet = import_extra("pyarrow.parquet")
        schema = arrow_schema(MERGED_COLUMNS)
        small = [column.name for column in MERGED_COLUMNS if column.type == "text" and column.name != "record"]
        self.abandoned = False
        self._file = parquet.ParquetWriter(
            path, schema, compression="zstd", compression_level=1, use_dictionary=small, write_statistics=small
        )
        self._waiting: queue.Queue[list[list[Any]] | None] = queue.Queue(maxsize=1)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def __call__(self, batch: list[list[Any]]) -> None:
        if self._failure is not None:
            raise self._failure
        self._waiting.put(batch)

    def abandon(self) -> None:
        """Leave no file behind."""
        self.abandoned = True

    def close(self) -> None:
        """Finish the file."""
        self._waiting.put(None)
        self._thread.join()
        self._file.close()
        if self._failure is not None:
            raise self._failure

    def _write(self) -> None:
        while (batch := self._waiting.get()) is not None:
            if self._failure is None:
                try:
                    self._file.write_table(arrow_table(MERGED_COLUMNS, batch))
                except BaseException as error:
                    self._failure = error


@contextmanager
def _written(destination: str | Path) -> Iterator[_Writer]:
    """A writer whose file appears whole, or not at all."""
    with new_file(destination) as part:
        writer = _Writer(part)
        try:
            yield writer
        finally:
            writer.close()
        if writer.abandoned:
            part.unlink()
