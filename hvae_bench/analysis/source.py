"""Source: what dialogues are read from, file by file and line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hvae_bench.errors import LogError
from hvae_bench.location import find_files, open_bytes

__all__ = ["BrokenLine", "Kind", "Line", "Source", "find_sources", "read_lines"]

Kind = Literal["inspect", "lines", "parquet"]
"""An Inspect log, a rationality log, or rationality logs that were merged."""

_KINDS: dict[str, Kind] = {
    ".eval": "inspect",
    ".json": "inspect",
    ".jsonl": "lines",
    ".parquet": "parquet",
}
_IN_FOLDERS = (".eval", ".rationality.jsonl", ".parquet")
"""What a folder is searched for; other files have to be named."""

_BATCH_ROWS = 256


@dataclass(frozen=True, slots=True)
class Source:
    """A file with dialogues.

    Attributes:
        url: its path on this machine, or its URL.
        kind: what it is.
    """

    url: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file.

    Attributes:
        number: counted from 1; in a Parquet file the row.
        offset: bytes of the file before it; in a Parquet file 0, because rows have none.
        raw: its bytes, the line break included.
    """

    number: int
    offset: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that holds no dialogue, and where it is.

    Attributes:
        source: the file.
        line: number of the line, from 1.
        offset: bytes of the file before it.
        problem: what is wrong with it.
    """

    source: str
    line: int
    offset: int
    problem: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: byte {self.offset}: {self.problem}"


def find_sources(paths: str | Path | Iterable[str | Path]) -> list[Source]:
    """The files that paths, folders, globs and URLs name, each once, in the order named.

    A folder gives its Inspect logs (`.eval`), rationality logs (`.rationality.jsonl`) and Parquet files, with those
    of the folders within, sorted by name.

    Raises:
        LogError: a path that does not exist, a glob that matches nothing, a file of an unknown kind, or a URL that
            cannot be reached.
    """
    named = [paths] if isinstance(paths, (str, Path)) else list(paths)
    found: dict[str, Source] = {}
    for path in map(str, named):
        for url in find_files(path, in_folders=_IN_FOLDERS, named=tuple(_KINDS)):
            found.setdefault(url, Source(url, _kind(url)))
    return list(found.values())


def _kind(url: str) -> Kind:
    kind = _KINDS.get(Path(url).suffix)
    if kind is None:
        raise LogError(f"{url} is no log. Give .eval, .rationality.jsonl or .parquet files, or folders of them.")
    return kind


def read_lines(source: Source) -> Iterator[Line]:
    """The lines of a rationality log, or the records in the rows of a Parquet file, one at a time; no empty ones.

    Raises:
        LogError: a file that cannot be read, or that `hvae merge` did not write.
    """
    yield from _rows(source.url) if source.kind == "parquet" else _text_lines(source.url)


def _text_lines(url: str) -> Iterator[Line]:
    offset = 0
    with open_bytes(url) as stream:
        for number, raw in enumerate(stream, start=1):
            if not raw.isspace():
                yield Line(number, offset, raw)
            offset += len(raw)


def _rows(url: str) -> Iterator[Line]:
    from hvae_bench.analysis.extra import import_extra

    parquet = import_extra("pyarrow.parquet")
    with open_bytes(url) as stream:
        try:
            file = parquet.ParquetFile(stream)
        except (OSError, ValueError) as error:
            problem = str(error).splitlines()[0]
            raise LogError(f"{url} cannot be read as Parquet ({problem}). Merge the logs again.") from None
        if "record" not in file.schema_arrow.names:
            raise LogError(f"{url} has no column `record`. Give a file that `hvae merge` wrote.")
        number = 0
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=["record"]):
            for text in batch.column(0):
                number += 1
                yield Line(number, 0, text.as_buffer().to_pybytes())


def without_doubles(sources: Sequence[Source], keep: Literal["inspect", "lines"]) -> list[Source]:
    """The sources without those that hold the same as a file beside them.

    Beside an Inspect log lies the rationality log that was made of it.

    Args:
        sources: the files.
        keep: which of the two to read.
    """
    urls = {source.url for source in sources}

    def double(source: Source) -> bool:
        if source.kind == keep:
            return False
        if keep == "inspect":
            stem = source.url.removesuffix(".rationality.jsonl")
            return stem != source.url and bool({f"{stem}.eval", f"{stem}.json"} & urls)
        return source.kind == "inspect" and f"{source.url.rpartition('.')[0]}.rationality.jsonl" in urls

    return [source for source in sources if not double(source)]
