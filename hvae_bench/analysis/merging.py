"""Merging: many rationality logs into one Parquet file, line by line, so that memory does not grow with the text.

Every line is read once. A complete dialogue is written at once; an incomplete one waits at its place in its file
until all is read, because a later attempt may supersede it.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from hvae_bench.analysis.column import (
    DIALOGUE_COLUMNS,
    Column,
    arrow_schema,
    arrow_table,
    dialogue_row,
    import_extra,
    light_record_type,
)
from hvae_bench.dialogue.upgrade import upgraded_json
from hvae_bench.log.broken import AnotherTaskError, Broken, nothing_left
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.runs import Conflict, content, judge, shortfall
from hvae_bench.log.source import Line, Source, broken_line, find_sources, read_lines, without_doubles
from hvae_bench.text.errors import LogError
from hvae_bench.text.location import local_copy, new_file, place_of
from hvae_bench.text.masking import masked

MERGED_COLUMNS: tuple[Column, ...] = (
    *DIALOGUE_COLUMNS,
    Column("record", "text", "The whole record as it stood in its rationality log, as JSON."),
)
"""The columns of the file: those of the table of dialogues, and the record that they are taken from."""

ROWS_AT_ONCE = 2048
"""Rows that are written together; some 30 MB of text."""

_COUNTED = ("dialogues", "incomplete", "decisions", "superseded", "duplicates")


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
    sources = without_doubles(find_sources(paths), keep="lines")
    # A file that is to be replaced may be among those that are read.
    with ExitStack() as stack:
        merging = _Merging(sources, stack, check)
        with new_file(destination) as part:
            _write(part, merging.rows())
            keep = not merging.conflicts or keep_first
            if not merging.counts["dialogues"] and keep:
                told = [source.url for source in sources[:3]] or ["these folders"]
                more = [f"{len(sources) - 3} more"] if len(sources) > 3 else []
                nothing = LogError(f"No dialogue of hvae_bench in {', '.join([*told, *more])}.")
                raise nothing_left(merging.broken) if merging.broken else nothing
            if not keep:
                part.unlink()
    return Merged(
        output=destination if keep else None,
        files=len(sources),
        conflicts=tuple(merging.conflicts),
        broken=tuple(merging.broken),
        **{what: merging.counts[what] for what in _COUNTED},
    )


def _write(path: Path, rows: Iterable[list[Any]]) -> None:
    """Write rows to a Parquet file, in a thread of its own: compression does not hold up the reading."""
    from pyarrow.parquet import ParquetWriter

    small = [column.name for column in MERGED_COLUMNS if column.type == "text" and column.name != "record"]
    options = {"compression": "zstd", "compression_level": 1, "use_dictionary": small, "write_statistics": small}
    with ParquetWriter(path, arrow_schema(MERGED_COLUMNS), **options) as file, ThreadPoolExecutor(1) as thread:
        waiting: Future[None] | None = None
        for batch in _batches(rows):
            if waiting is not None:
                waiting.result()
            waiting = thread.submit(_write_batch, file, batch)
        if waiting is not None:
            waiting.result()


def _write_batch(file: Any, batch: list[list[Any]]) -> None:
    file.write_table(arrow_table(MERGED_COLUMNS, batch))


def _batches(rows: Iterable[list[Any]]) -> Iterator[list[list[Any]]]:
    rows = iter(rows)
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        yield batch


@dataclass(slots=True)
class _Place:
    """Where a dialogue was read: file, line, bytes; and how far it fell short."""

    file: int
    line: int
    offset: int
    length: int
    shortfall: int


@dataclass
class _Merging:
    """The state of a merge."""

    sources: list[Source]
    stack: ExitStack
    check: bool
    counts: Counter[str] = field(default_factory=Counter)
    conflicts: list[Conflict] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    _places: dict[tuple[str, str], dict[int, _Place]] = field(default_factory=dict)
    _local: dict[int, Path] = field(default_factory=dict)

    def rows(self) -> Iterator[list[Any]]:
        """The rows of the dialogues to keep."""
        read = _reader(self.check)
        for file, source in enumerate(self.sources):
            try:
                path = self._local[file] = self._as_lines(source)
                for line in read_lines(path):
                    try:
                        found = read(line.raw)
                    except ValueError as error:
                        self.broken.append(broken_line(source.url, line, error))
                    else:
                        if self._take(found, file, line):
                            yield self._row(found, line.raw)
            except LogError as error:
                if source.named or not isinstance(error, AnotherTaskError):
                    self.broken.append(Broken.file(source.url, error))
        for epochs in self._places.values():
            for place in epochs.values():
                if place.shortfall:
                    raw = self._read_again(place)
                    self.counts["incomplete"] += 1
                    yield self._row(read(raw), raw)

    def _row(self, found: Any, raw: bytes) -> list[Any]:
        measures = found.measures
        self.counts["dialogues"] += 1
        self.counts["decisions"] += (
            measures.n_answered + measures.n_refused + measures.n_invalid + measures.n_not_reached
        )
        row = dialogue_row(found)
        row.append(found.model_dump_json() if isinstance(found, RationalityRecord) else raw.rstrip(b"\r\n"))
        return row

    def _take(self, found: Any, file: int, line: Line) -> bool:
        """Remember a dialogue, and say whether to write it now."""
        task_id, sample_id, epoch = found.run.task_id, found.dialogue.sample_id, found.dialogue.epoch
        place = _Place(file, line.number, line.offset, len(line.raw), shortfall(found.dialogue, found.measures))
        epochs = self._places.setdefault((task_id, sample_id), {})
        before = epochs.setdefault(epoch, place)
        if before is place:
            return not place.shortfall
        verdict = judge(
            before.shortfall, place.shortfall, lambda: _content(self._read_again(before)) == _content(line.raw)
        )
        if verdict == "conflict":
            self.conflicts.append(Conflict(task_id, sample_id, epoch, self._told(before), self._told(place)))
        else:
            self.counts["duplicates" if verdict == "equal" else "superseded"] += 1
        if verdict == "second":
            epochs[epoch] = place
        return verdict == "second" and not place.shortfall

    def _told(self, place: _Place) -> str:
        return f"{self.sources[place.file].url}:{place.line}"

    def _read_again(self, place: _Place) -> bytes:
        with self._local[place.file].open("rb") as stream:
            stream.seek(place.offset)
            return stream.read(place.length)

    def _as_lines(self, source: Source) -> Path:
        """A rationality log on this machine with the same dialogues."""
        if source.kind == "lines":
            return self.stack.enter_context(local_copy(source.url))
        lines = Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "lines.rationality.jsonl"
        if source.kind == "inspect":
            from hvae_bench.log.export import export_log

            export_log(source.url, lines, broken=self.broken)
            return lines
        with lines.open("wb") as out:
            try:
                out.writelines(line.raw + b"\n" for line in read_lines(source.url))
            except LogError as error:
                self.broken.append(Broken.file(source.url, error))
        return lines


def _content(raw: bytes) -> Any:
    upgraded = upgraded_json(raw)
    # An old record lacks fields that have come since, with what they say of it.
    as_written = raw if upgraded is raw else RationalityRecord.model_validate_json(upgraded).model_dump_json()
    return content(json.loads(as_written))


def _reader(check: bool) -> Callable[[bytes], Any]:
    """A function that reads a line: of most of them what a column takes and no more.

    A whole record in place of a light one is one that is not to be written as it stands. What is wrong with a line, the
    whole model says in a ValueError.
    """
    msgspec = import_extra("msgspec")
    decode = msgspec.json.Decoder(light_record_type()).decode

    def read(raw: bytes) -> Any:
        upgraded, light = upgraded_json(raw), None
        if upgraded is raw:
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                if not raw.isascii():
                    raw.decode("utf-8")
                light = decode(raw)
        if light is not None and not check and _has_its_key(light) and not _has_a_secret(light):
            return light
        whole = RationalityRecord.model_validate_json(upgraded)
        if light is not None and not _has_a_secret(light):
            return light
        try:
            # Whatever the whole model passes over, a table must be able to hold.
            decode(whole.model_dump_json().encode())
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from None
        return whole

    return read


def _has_its_key(record: Any) -> bool:
    cell, dialogue = record.cell, record.dialogue
    return bool(dialogue.epoch >= 1 and dialogue.sample_id.startswith(f"{cell.value}.{cell.game}."))


def _has_a_secret(record: Any) -> bool:
    error = record.dialogue.error
    return error is not None and masked(error) != error
