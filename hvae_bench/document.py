"""A YAML document with the line of every node: plain data only, nothing that could run or blow up.

Only mappings with text as keys, sequences, text, decimal numbers, booleans and null are read. Anchors, aliases,
tags and repeated keys are refused: contributed files are untrusted, and a file should mean what it shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any

import yaml

from hvae_bench.errors import CatalogError

__all__ = ["Document", "read_document"]

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20

_Location = tuple[str | int, ...]

# What an unquoted word means. `no`, `on`, `12:30`, `0x10` and `1e3` stay the text they look like, as do dates.
_NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INT = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18})\Z")

# Characters that do not show, or that end a line for some programs and not for others (Unicode's Cc, Cs, Zl, Zp).
_SUSPECT = re.compile(r"[^\t\n\r -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_SUSPECT_ESCAPE = re.compile(rf"\r|{_SUSPECT.pattern}")

_MENDS = {
    "mapping values are not allowed": "put quotes around a text that holds `: `, and check the indentation",
    "cannot start any token": "indent with spaces, not tabs, and put quotes around a text that begins with a sign",
    "quoted scalar": "close the quotes that open here or above",
    "expected a single document": "remove the line `---`; a file holds one entry",
    "did not find expected key": "line the fields up, and put quotes around a text that begins with { or a quote",
    "block end": "line the fields up, and put quotes around a text that begins with { or a quote",
    "could not find expected ':'": "write `field: content`, and indent the lines that continue a text",
    "block collection": "line the items of the list up",
    "block sequence": "line the items of the list up",
    "sequence entries are not allowed": "begin the list on the line below its field's name",
    "flow sequence": "close the bracket `[` with `]`, and put commas between the items",
    "',' or ']'": "close the bracket `[` with `]`, and put commas between the items",
    "flow mapping": "close the brace `{` with `}`, and put commas between the fields",
    "',' or '}'": "close the brace `{` with `}`, and put commas between the fields",
}
"""What to do about a complaint of the YAML parser that holds these words."""


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a YAML file.

    Attributes:
        path: the file.
        data: its content, a mapping.
        lines: the line of each key and item, counted from 1, by its path from the root.
    """

    path: Path
    data: dict[str, Any]
    lines: dict[_Location, int]

    def line(self, location: Sequence[str | int]) -> int:
        """Line of a node, or of the closest node above it that the file has."""
        place = tuple(location)
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_document(path: Path) -> Document:
    """Read one YAML file.

    Raises:
        CatalogError: the file is missing, too large, not UTF-8, not YAML, or uses more than plain data.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CatalogError(
            path, None, f"the file cannot be read ({reason})", "check its name and its permissions"
        ) from None
    if len(raw) > MAX_BYTES:
        raise CatalogError(
            path, None, f"the file has more than {MAX_BYTES:,} bytes", "keep an entry smaller, or make it two"
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CatalogError(path, line, "the text is not UTF-8", "save the file as UTF-8") from None
    reader = _Reader(path)
    suspect = _SUSPECT.search(text)
    if suspect:
        raise reader.error(text.count("\n", 0, suspect.start()) + 1, *_invisible(suspect.group()))
    try:
        data = reader.document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = f"{error.context or ''} {error.problem or ''}"
        # Where something is never closed, the mistake is where it opens, not where the parser gives up.
        if error.context_mark and any(words in told for words in ("end of stream", "flow ", "expected ':'")):
            mark = error.context_mark
        mend = next((mend for words, mend in _MENDS.items() if words in told), _DEFAULT_MEND)
        problem = f"this is not valid YAML ({error.problem or error.context})"
        raise CatalogError(path, mark.line + 1 if mark else None, problem, mend) from None
    except yaml.YAMLError:
        raise CatalogError(path, None, "this is not valid YAML", _DEFAULT_MEND) from None
    return Document(path, data, reader.lines)


_DEFAULT_MEND = "check the indentation, the quotes and the colons here"
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _invisible(character: str) -> tuple[str, str]:
    return f"the text holds the invisible character U+{ord(character):04X}", "remove it"


class _Reader:
    """Builds plain data from the parser's events, so that nothing is made of what is then refused."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[_Location, int] = {}

    def document(self, events: Iterator[yaml.Event]) -> dict[str, Any]:
        data: Any = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if data is not None:
                    raise self.error(
                        _line(event), "the file holds a second document", _MENDS["expected a single document"]
                    )
                first = next(events)
                if not isinstance(first, yaml.MappingStartEvent):
                    self._plain(first, events, ())
                    raise self.error(_line(first), "the file holds no fields", "write a `field: content` line for each")
                data = self._plain(first, events, ())
        if data is None:
            raise self.error(1, "the file is empty", "write a `field: content` line for each field")
        assert isinstance(data, dict)
        return data

    def _plain(self, event: yaml.Event, events: Iterator[yaml.Event], location: _Location) -> Any:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            raise self.error(line, f"the alias `*{event.anchor}` is not allowed", "write the content out")
        assert isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent))
        if event.anchor is not None:
            raise self.error(line, f"the anchor `&{event.anchor}` is not allowed", "remove it")
        if event.tag is not None:
            raise self.error(
                line, f"the tag `{event.tag}` is not allowed", "remove it, or put quotes around a text that begins so"
            )
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if len(location) >= MAX_DEPTH:
            raise self.error(line, "the nesting is too deep", f"use at most {MAX_DEPTH} levels")
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(child := next(events), yaml.SequenceEndEvent):
                place = (*location, len(items))
                self.lines[place] = _line(child)
                items.append(self._plain(child, events, place))
            return items
        mapping: dict[str, Any] = {}
        while not isinstance(name := next(events), yaml.MappingEndEvent):
            line = _line(name)
            key = self._plain(name, events, (*location, ""))
            if not isinstance(key, str):
                mend = "write a field's name before the colon, and decimal numbers with a point, as in 7.5"
                raise self.error(line, f"a field's name must be text, not {_shown(key)}", mend)
            if key in mapping:
                raise self.error(line, f"the field `{key}` is given twice", "keep one of them")
            place = (*location, key)
            self.lines[place] = line
            mapping[key] = self._plain(next(events), events, place)
        return mapping

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text: str = event.value
        if event.style in {"'", '"', "|", ">"}:
            # Escapes such as "\0" and "\uD800" can write what the file itself may not hold.
            suspect = _SUSPECT_ESCAPE.search(text)
            if suspect:
                raise self.error(_line(event), *_invisible(suspect.group()))
            return text
        if _NULL.match(text):
            return None
        if _BOOL.match(text):
            return text.lower() == "true"
        if _INT.match(text):
            return int(text)
        if _FLOAT.match(text):
            return float(text)
        return text

    def error(self, line: int, problem: str, mend: str) -> CatalogError:
        return CatalogError(self.path, line, shorten(problem, 400, placeholder=" ..."), mend)


def _shown(key: Any) -> str:
    if isinstance(key, (list, dict)):
        return "a list" if isinstance(key, list) else "a group of fields in braces"
    return "empty" if key is None else str(key).lower()


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark else 1
