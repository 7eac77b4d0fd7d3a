"""Source: what dialogues are read from, file by file, line by line and record by record."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from hvae_bench.dialogue.upgrade import upgraded_json
from hvae_bench.log.broken import Broken, cause, first_line, set_aside
from hvae_bench.log.record import RationalityRecord
from hvae_bench.text.errors import LogError, brief
from hvae_bench.text.location import beside, find_files, open_bytes, plain

# An Inspect log, a rationality log, or rationality logs that were merged.
Kind = Literal["inspect", "lines", "parquet"]

_KINDS: dict[str, Kind] = {
    ".eval": "inspect",
    ".json": "inspect",
    ".jsonl": "lines",
    ".jsonl.gz": "lines",
    ".parquet": "parquet",
}
LOGS = tuple(_KINDS)
"""Endings of all files that dialogues are read from, where they are named."""
RECORDS = (".rationality.jsonl", ".rationality.jsonl.gz", ".parquet")
"""Endings of those in a folder that hold records; other files of lines have to be named."""
_IN_FOLDERS = (".eval", ".json", *RECORDS)
# There may be other JSON files; Inspect's own lists begin with the name of a file, or of a field that no log has.
_BEGINS_LIKE_A_LOG = re.compile(rb'\s*\{\s*"(version|status|eval)"\s*:')
_BATCH_ROWS = 256


@dataclass(frozen=True, slots=True)
class Source:
    """A file with dialogues: its path or URL, what it is, and whether it was named rather than found in a folder."""

    url: str
    kind: Kind
    named: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: its number from 1, bytes before it (0 for a row of a Parquet file), its own with the break."""

    number: int
    offset: int
    raw: bytes


def find_sources(paths: str | Path | Iterable[str | Path]) -> list[Source]:
    """The files that paths, folders, globs and URLs name, each once, in the order named.

    A folder gives its Inspect logs (`.eval` and `.json`), rationality logs (`.rationality.jsonl`, also `.gz`) and
    Parquet files, with those of the folders within, sorted by name.

    Raises:
        LogError: a path that does not exist, a glob that matches nothing, a file of an unknown kind, or a URL that
            cannot be reached.
    """
    found: dict[str, Source] = {}
    for path in [paths] if isinstance(paths, (str, Path)) else paths:
        for url in find_files(path, in_folders=_IN_FOLDERS, named=LOGS):
            kind = kind_of(url)
            if kind is None:
                raise LogError(
                    f"{url} is not a log. Give .eval, .rationality.jsonl or .parquet files, or folders of them."
                )
            if url == plain(path) or _is_a_log(url):
                found.setdefault(url, Source(url, kind, named=url == plain(path)))
    return list(found.values())


def kind_of(path: str | Path) -> Kind | None:
    """What a file is by the ending of its name; None if it is no log."""
    return next((kind for ending, kind in _KINDS.items() if str(path).endswith(ending)), None)


def _is_a_log(url: str) -> bool:
    """Whether a file in a folder is a log of some kind."""
    if not url.endswith(".json"):
        return True
    try:
        with open_bytes(url) as stream:
            return _BEGINS_LIKE_A_LOG.match(stream.read(200)) is not None
    except LogError:
        return True


def rationality_location(log: str | Path) -> str:
    """Where the rationality log of an Inspect log belongs, a path or a URL."""
    return beside(log, f"{Path(plain(log)).stem}.rationality.jsonl")


def double_of(source: Source, sources: Iterable[Source]) -> Source | None:
    """Of an Inspect log the rationality log beside it that was made of it, and the other way round, if it is there."""
    stem = source.url.removesuffix(".gz").removesuffix(".rationality.jsonl")
    if source.kind == "inspect":
        names = {f"{source.url.rpartition('.')[0]}.rationality.jsonl{end}" for end in ("", ".gz")}
    else:
        names = set() if stem == source.url else {f"{stem}.eval", f"{stem}.json"}
    return next((one for one in sources if one.url in names), None)


def without_doubles(sources: Sequence[Source], keep: Kind) -> list[Source]:
    """The sources; of an Inspect log and the rationality log beside it the one of this kind."""
    urls = {source.url: source for source in sources}
    return [one for one in sources if one.kind in (keep, "parquet") or double_of(one, urls.values()) is None]


def read_lines(path: str | Path) -> Iterator[Line]:
    """The lines of a rationality log, or the records in the rows of a Parquet file, one at a time; no empty ones.

    Raises:
        LogError: a file that cannot be read, or that `hvae merge` did not write.
    """
    if str(path).endswith(".parquet"):
        yield from _rows(path)
        return
    offset = 0
    with open_bytes(path) as stream:
        for number, raw in enumerate(stream, start=1):
            if not raw.isspace():
                yield Line(number, offset, raw)
            offset += len(raw)


def _rows(path: str | Path) -> Iterator[Line]:
    from pyarrow.parquet import ParquetFile

    number = 0
    with open_bytes(path) as stream:
        try:
            file = ParquetFile(stream)
            if "record" not in file.schema_arrow.names:
                raise LogError(f"{path} has no column `record`. Give a file that `hvae merge` wrote.")
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=["record"]):
                for number, cell in enumerate(batch.column(0), start=number + 1):  # noqa: B020 (it counts on)
                    raw = cell.as_buffer().to_pybytes() if cell.is_valid else b""
                    # An empty cell counts as a line, too.
                    yield Line(number, 0, raw if raw.strip() else b"null")
        except (OSError, ValueError, TypeError, AttributeError) as error:
            told = brief(first_line(error))
            raise LogError(f"{path} cannot be read as Parquet ({told}). Merge the logs again.") from None


def broken_line(path: str | Path, line: Line, error: Exception) -> Broken:
    """A line that is no record, with what is wrong."""
    if str(path).endswith(".parquet"):
        return Broken(str(path), line.number, None, cause(error), "Merge the logs again with `hvae merge --check`.")
    problem = cause(error) if line.raw.endswith(b"\n") else "the line is cut short"
    fix = "Make the file again with `hvae export` from its Inspect log."
    return Broken(str(path), line.number, line.offset, problem, fix)


def read_records(path: str | Path, broken: list[Broken] | None = None) -> Iterator[tuple[int, RationalityRecord]]:
    """The records of a rationality log, or of a Parquet file of merged ones, with their line numbers, one at a time.

    `broken` takes the lines that are no record, and the file if the rest of it cannot be read.

    Raises:
        LogError: no such file, or (without `broken`) a line that is no rationality record; the message names the line.
    """
    try:
        for line in read_lines(path):
            try:
                record = RationalityRecord.model_validate_json(upgraded_json(line.raw))
            except ValidationError as error:
                set_aside(broken_line(path, line, error), broken)
            else:
                yield line.number, record
    except LogError as error:
        if broken is None:
            raise
        broken.append(Broken.file(str(path), error))
