"""Source: what dialogues are read from, file by file and line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hvae_bench.text.errors import LogError, brief
from hvae_bench.text.location import find_files, open_bytes, plain

__all__ = ["Kind", "Line", "Source", "double_of", "find_sources", "read_lines", "without_doubles"]

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
        named: whether somebody named it, rather than a folder or a glob that it is in.
    """

    url: str
    kind: Kind
    named: bool = True


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
            found.setdefault(url, Source(url, _kind(url), named=url == plain(path)))
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
    from hvae_bench.log.extra import import_extra

    parquet = import_extra("pyarrow.parquet")
    with open_bytes(url) as stream:
        with _damage_in_words(url):
            file = parquet.ParquetFile(stream)
        if "record" not in file.schema_arrow.names:
            raise LogError(f"{url} has no column `record`. Give a file that `hvae merge` wrote.")
        number = 0
        batches = file.iter_batches(batch_size=_BATCH_ROWS, columns=["record"])
        while True:
            with _damage_in_words(url):
                batch = next(batches, None)
                texts = [] if batch is None else [_bytes(text) for text in batch.column(0)]
            if batch is None:
                return
            for text in texts:
                number += 1
                yield Line(number, 0, text)


def _bytes(text: Any) -> bytes:
    """The bytes of a cell, whatever they are; JSON's null for one that is empty, so that it counts as a line."""
    content: bytes = text.as_buffer().to_pybytes() if text.is_valid else b""
    return content if content.strip() else b"null"


@contextmanager
def _damage_in_words(url: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, TypeError, AttributeError) as error:
        lines = str(error).splitlines() or ["no details"]
        raise LogError(f"{url} cannot be read as Parquet ({brief(lines[0])}). Merge the logs again.") from None


def without_doubles(sources: Sequence[Source], keep: Literal["inspect", "lines"]) -> list[Source]:
    """The sources without those that hold the same as a file beside them.

    Beside an Inspect log lies the rationality log that was made of it.

    Args:
        sources: the files.
        keep: which of the two to read.
    """
    by_url = {source.url: source for source in sources}
    return [source for source in sources if source.kind in (keep, "parquet") or double_of(source, by_url) is None]


def double_of(source: Source, sources: Mapping[str, Source]) -> Source | None:
    """Of an Inspect log the rationality log beside it, and the other way round, if it is among the sources.

    Args:
        source: one of the files.
        sources: all of them, by their URLs.
    """
    stem = source.url.removesuffix(".rationality.jsonl")
    if source.kind == "inspect":
        doubles = [f"{source.url.rpartition('.')[0]}.rationality.jsonl"]
    else:
        doubles = [] if stem == source.url else [f"{stem}.eval", f"{stem}.json"]
    return next((sources[url] for url in doubles if url in sources), None)
