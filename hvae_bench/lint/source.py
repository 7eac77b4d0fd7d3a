"""Source: one file under check, with everything that could be made of it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from hvae_bench.catalogue.catalog import KINDS, check_inside, load_entry
from hvae_bench.catalogue.entry import Entry
from hvae_bench.lint.finding import Finding, Severity
from hvae_bench.text.document import Document, Place, parse_document, read_bytes
from hvae_bench.text.errors import CatalogError

__all__ = ["Source", "read_source", "texts_in"]


@dataclass(frozen=True, eq=False)
class Source:
    """One file of a catalogue.

    Attributes:
        path: the file.
        kind: name of the folder that it lies in, one of `KINDS`.
        root: the catalogue's folder.
        published: whether the catalogue is the data set itself, which has a file `VERSION`, and not a user's folder.
        text: what stands in the file; empty where it cannot be read as text.
        document: its content; None where it is no plain YAML.
        entry: the entry; None where there are mistakes.
        mistakes: why there is no document or no entry.
    """

    path: Path
    kind: str
    root: Path
    published: bool
    text: str
    document: Document | None
    entry: Entry | None
    mistakes: tuple[CatalogError, ...]

    @property
    def data(self) -> dict[str, Any]:
        """The fields as they stand in the file; empty where it is no plain YAML."""
        return self.document.data if self.document else {}

    @cached_property
    def texts(self) -> tuple[tuple[Place, str], ...]:
        """Every text of the fields, with its path."""
        return tuple(texts_in(self.data))

    @property
    def id(self) -> str:
        """The id that the file's name says."""
        return self.path.stem

    def error(self, problem: str, mend: str, *place: str | int, words: str = "", nth: int = 0) -> Finding:
        """A finding about a field that refuses the entry; the rule that yields it gives it its name.

        Args:
            problem: what is wrong.
            mend: what to do about it.
            place: path of the field, be it there or missing.
            words: words within the field's text at which the finding points.
            nth: which occurrence of the words, from 0.
        """
        return Finding("", "error", self.path, *self._locate(place, words, nth), problem, mend, place)

    def warning(self, problem: str, mend: str, *place: str | int) -> Finding:
        """A finding about a field at which somebody should look; the arguments are those of `error`."""
        return Finding("", "warning", self.path, *self._locate(place), problem, mend, place)

    def at(self, severity: Severity, line: int, column: int, problem: str, mend: str) -> Finding:
        """A finding about a place in the text."""
        return Finding("", severity, self.path, line, column, problem, mend)

    def told(self, mistake: CatalogError) -> Finding:
        """A mistake that reading or loading has found, under the name that it has."""
        line, column = mistake.line or 1, mistake.column or 1
        return Finding(mistake.rule, "error", self.path, line, column, mistake.problem, mistake.mend, mistake.place)

    @cached_property
    def _rows(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def _starts(self) -> list[int]:
        return sorted({line for line, _ in self.document.marks.values()}) if self.document else []

    def _locate(self, place: Place, words: str = "", nth: int = 0) -> tuple[int, int]:
        if self.document is None:
            return 1, 1
        line, column = self.document.line(place), self.document.column(place)
        after = bisect_right(self._starts, line)
        end = self._starts[after] if after < len(self._starts) else len(self._rows) + 1
        text = "\n".join(self._rows[line - 1 : end - 1])
        places = (found.start() for found in re.finditer(re.escape(words), text) if found.start() >= column - 1)
        found_at = next(islice(places, nth, None), None) if words else None
        if found_at is None:
            return line, column
        return line + text.count("\n", 0, found_at), found_at - text.rfind("\n", 0, found_at)


def texts_in(content: Any, *place: str | int) -> Iterator[tuple[Place, str]]:
    """Every text in plain data, with its path."""
    if isinstance(content, str):
        yield place, content
    elif isinstance(content, dict):
        for name, inner in content.items():
            yield from texts_in(inner, *place, name)
    elif isinstance(content, list):
        for index, inner in enumerate(content):
            yield from texts_in(inner, *place, index)


def read_source(path: Path, kind: str, root: Path, published: bool) -> Source:
    """Read one file and collect every mistake in it instead of raising it."""

    def refused(*mistakes: CatalogError, text: str = "", document: Document | None = None) -> Source:
        return Source(path, kind, root, published, text, document, None, mistakes)

    try:
        check_inside(path, root)
    except CatalogError as error:
        return refused(error)
    if path.suffix != ".yaml":
        mend = "end the file's name in `.yaml`, or move the file elsewhere"
        return refused(CatalogError(path, None, "only YAML entries belong here", mend, rule="file-name"))
    if not path.is_file():
        mend = "put each entry into a file of its own here"
        return refused(CatalogError(path, None, "this is not a file", mend, rule="file-name"))
    raw = b""
    try:
        raw = read_bytes(path)
        loaded = load_entry(path, KINDS[kind])
    except CatalogError as error:
        text = raw.decode("utf-8-sig", "replace")
        try:
            document = parse_document(path, raw)
        except CatalogError as first:
            return refused(first if raw else error, text=text)
        return refused(error, *error.others, text=text, document=document)
    text = raw.decode("utf-8-sig", "replace")
    return Source(path, kind, root, published, text, loaded.document, loaded.entry, ())
