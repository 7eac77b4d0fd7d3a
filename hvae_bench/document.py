"""A YAML document with the line and column of every node: plain data only, nothing that could run or blow up.

Only mappings with text as keys, sequences, text, decimal numbers, booleans and null are read. Anchors, aliases,
tags and repeated keys are refused: contributed files are untrusted, and a file should mean what it shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import shorten
from typing import Any

import yaml

from hvae_bench.errors import CatalogError

__all__ = ["Document", "invisible_characters", "parse_document", "read_bytes", "read_document"]

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20

_Location = tuple[str | int, ...]

# What an unquoted word means. `no`, `on`, `12:30`, `0x10` and `1e3` stay the text they look like, as do dates.
_NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INT = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18})\Z")

# Characters that do not show, that end a line for some programs and not for others, or that turn the direction of
# reading, so that a file does not say what it shows (Unicode's Cc, Cf, Cs, Zl and Zp). The two joiners are letters'
# neighbours in Arabic and in the scripts of India, and are refused everywhere else.
_JOINED = "[\u0600-\u0dff]"
_SUSPECT = re.compile(
    r"[^\t\n\r -~\xa0-\xac\xae-\u061b\u061d-\u180d\u180f-\u200d\u2010-\u2027\u202f-\u205f\u2070-\ud7ff"
    r"\ue000-\ufefe\uff00-\ufff8\ufffc\ufffd\U00010000-\U0001bc9f\U0001bca4-\U0001d172\U0001d17b-\U000e0000"
    r"\U000e0080-\U0010ffff]"
    rf"|\u200b|\r(?!\n)|[\u200c\u200d](?!{_JOINED})|(?<!{_JOINED})[\u200c\u200d]"
)
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
"""What to do about a complaint of the YAML parser that holds these words; where it has others, `_DEFAULT_MEND`."""


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a YAML file.

    Attributes:
        path: the file.
        data: its content, a mapping.
        lines: the line of each key and item, counted from 1, by its path from the root.
        columns: the column of each key and item, counted from 1.
    """

    path: Path
    data: dict[str, Any]
    lines: dict[_Location, int]
    columns: dict[_Location, int] = field(default_factory=dict)

    def line(self, location: Sequence[str | int]) -> int:
        """Line of a node, or of the closest node above it that the file has."""
        place = tuple(location)
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def column(self, location: Sequence[str | int]) -> int:
        """Column of the node whose line `line` gives."""
        place = tuple(location)
        while place and place not in self.columns:
            place = place[:-1]
        return self.columns.get(place, 1)


def invisible_characters(text: str) -> Iterator[tuple[int, str]]:
    """Every character that an entry may not hold because it does not show, with its index in the text."""
    for found in _SUSPECT.finditer(text):
        yield found.start(), found.group()


def read_document(path: Path) -> Document:
    """Read one YAML file.

    Raises:
        CatalogError: the file is missing, too large, not UTF-8, not YAML, or uses more than plain data.
    """
    return parse_document(path, read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """The content of a file that is not too large.

    Raises:
        CatalogError: the file cannot be read, or has more than `MAX_BYTES`.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CatalogError(
            path, None, f"the file cannot be read ({reason})", "check its name and its permissions", rule="file-name"
        ) from None
    if len(raw) > MAX_BYTES:
        problem = f"the file has more than {MAX_BYTES:,} bytes"
        raise CatalogError(path, None, problem, "keep an entry smaller, or make it two", rule="file-size")
    return raw


def parse_document(path: Path, raw: bytes) -> Document:
    """Read the content of one YAML file.

    Args:
        path: the file, for the errors.
        raw: its content.

    Raises:
        CatalogError: it is not UTF-8, not YAML, or uses more than plain data.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = len(raw[raw.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")) + 1
        raise CatalogError(
            path, line, "the text is not UTF-8", "save the file as UTF-8", column=column, rule="encoding"
        ) from None
    reader = _Reader(path)
    suspect = _SUSPECT.search(text)
    if suspect:
        line, begin = text.count("\n", 0, suspect.start()) + 1, text.rfind("\n", 0, suspect.start())
        column = suspect.start() - begin
        raise reader.error((line, column), *_invisible(suspect.group()), rule="invisible-character")
    try:
        data = reader.document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        raise reader.syntax_error(error, text) from None
    except yaml.YAMLError:
        raise CatalogError(path, None, "this is not valid YAML", _DEFAULT_MEND, rule="yaml-syntax") from None
    return Document(path, data, reader.lines, reader.columns)


_DEFAULT_MEND = "check the indentation, the quotes and the colons here"
_TOO_DEEP = f"use at most {MAX_DEPTH} levels"
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _invisible(character: str) -> tuple[str, str]:
    return f"the text holds the invisible character U+{ord(character):04X}", "remove it"


class _Reader:
    """Builds plain data from the parser's events, so that nothing is made of what is then refused."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[_Location, int] = {}
        self.columns: dict[_Location, int] = {}

    def document(self, events: Iterator[yaml.Event]) -> dict[str, Any]:
        data: Any = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if data is not None:
                    raise self.error(
                        _mark(event), "the file holds a second document", _MENDS["expected a single document"]
                    )
                first = next(events)
                if not isinstance(first, yaml.MappingStartEvent):
                    self._plain(first, events, ())
                    mend = "write a `field: content` line for each"
                    raise self.error(_mark(first), "the file holds no fields", mend, "yaml-syntax")
                data = self._plain(first, events, ())
        if data is None:
            raise self.error((1, 1), "the file is empty", "write a `field: content` line for each field", "yaml-syntax")
        assert isinstance(data, dict)
        return data

    def _plain(self, event: yaml.Event, events: Iterator[yaml.Event], location: _Location) -> Any:
        mark = _mark(event)
        if isinstance(event, yaml.AliasEvent):
            raise self.error(mark, f"the alias `*{event.anchor}` is not allowed", "write the content out")
        assert isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent))
        if event.anchor is not None:
            raise self.error(mark, f"the anchor `&{event.anchor}` is not allowed", "remove it")
        if event.tag is not None:
            raise self.error(
                mark, f"the tag `{event.tag}` is not allowed", "remove it, or put quotes around a text that begins so"
            )
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if len(location) >= MAX_DEPTH:
            raise self.error(mark, "the nesting is too deep", _TOO_DEEP)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(child := next(events), yaml.SequenceEndEvent):
                place = (*location, len(items))
                self.lines[place], self.columns[place] = _mark(child)
                items.append(self._plain(child, events, place))
            return items
        mapping: dict[str, Any] = {}
        while not isinstance(name := next(events), yaml.MappingEndEvent):
            mark = _mark(name)
            key = self._plain(name, events, (*location, ""))
            if not isinstance(key, str):
                mend = "write a field's name before the colon, and decimal numbers with a point, as in 7.5"
                raise self.error(mark, f"a field's name must be text, not {_shown(key)}", mend)
            if key in mapping:
                raise self.error(mark, f"the field `{key}` is given twice", "keep one of them")
            place = (*location, key)
            self.lines[place], self.columns[place] = mark
            mapping[key] = self._plain(next(events), events, place)
        return mapping

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text: str = event.value
        if event.style in {"'", '"', "|", ">"}:
            # Escapes such as "\0" and "\uD800" can write what the file itself may not hold.
            suspect = _SUSPECT_ESCAPE.search(text)
            if suspect:
                raise self.error(_mark(event), *_invisible(suspect.group()), rule="invisible-character")
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

    def syntax_error(self, found: yaml.MarkedYAMLError, text: str) -> CatalogError:
        """A complaint of the parser, at the place of the mistake.

        Its words differ from release to release and between the two parsers, so that only the mend rests on them.
        """
        mark, told = found.problem_mark or found.context_mark, f"{found.context or ''} {found.problem or ''}"
        if mark and _open_brackets(text, mark) > MAX_DEPTH:
            return self.error((mark.line + 1, mark.column + 1), "the nesting is too deep", _TOO_DEEP)
        opens = found.context_mark
        if mark and opens:
            never_closed = _rest(text, opens)[:1] in ("[", "{") or not _rest(text, mark).strip()
            # The mistake is where it opens then, not where the parser gives up.
            mark = opens if never_closed or "expected ':'" in told else mark
        mend = next((mend for words, mend in _MENDS.items() if words in told), _DEFAULT_MEND)
        return CatalogError(
            self.path,
            mark.line + 1 if mark else None,
            f"this is not valid YAML ({found.problem or found.context})",
            mend,
            column=mark.column + 1 if mark else None,
            rule="yaml-syntax",
        )

    def error(self, mark: tuple[int, int], problem: str, mend: str, rule: str = "yaml-safe") -> CatalogError:
        line, column = mark
        shortened = shorten(problem, 400, placeholder=" ...")
        return CatalogError(self.path, line, shortened, mend, column=column, rule=rule)


def _shown(key: Any) -> str:
    if isinstance(key, (list, dict)):
        return "a list" if isinstance(key, list) else "a group of fields in braces"
    return "empty" if key is None else str(key).lower()


def _mark(event: yaml.Event) -> tuple[int, int]:
    """Line and column of an event, counted from 1."""
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _rest(text: str, mark: yaml.Mark) -> str:
    """What follows a mark, which counts lines as every text here has them."""
    return "\n".join(text.split("\n")[mark.line :])[mark.column :]


def _open_brackets(text: str, mark: yaml.Mark) -> int:
    """How many brackets and braces have opened before a mark and not closed, whatever they stand for."""
    before = text[: len(text) - len(_rest(text, mark))]
    return sum(before.count(sign) for sign in "[{") - sum(before.count(sign) for sign in "]}")
