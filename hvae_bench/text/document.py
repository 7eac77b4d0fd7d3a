"""A YAML document with the place of every node: plain data only, nothing that could run or blow up.

Only mappings with text as keys, sequences, text, decimal numbers, booleans and null are read. Anchors, aliases,
tags and repeated keys are refused: contributed files are untrusted, and a file should mean what it shows.
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any

import yaml
from yaml.composer import ComposerError

from hvae_bench.text.cause import likely_cause
from hvae_bench.text.errors import CatalogError
from hvae_bench.text.visible import in_words, invisible_characters, unseen

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20

Place = tuple[str | int, ...]
"""The way to a field: names of fields and numbers of list entries, from the root."""

# What an unquoted word means. `no`, `on`, `12:30`, `0x10` and `1e3` stay the text they look like, as do dates.
_MEANINGS = (
    (re.compile(r"~|null|Null|NULL|"), lambda _: None),
    (re.compile(r"true|True|TRUE|false|False|FALSE"), lambda word: word.lower() == "true"),
    (re.compile(r"[-+]?[0-9]{1,18}"), int),
    (re.compile(r"[-+]?(?:[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18})"), float),
)

_MORE_THAN_DATA = re.compile(r"[&*][\w-]*|![^\s,\[\]{}]*")
"""Nothing else begins with these signs."""
_SIGNS = {
    "&": ("anchor", "remove it"),
    "*": ("alias", "write the content out"),
    "!": ("tag", "remove it, or put quotes around a text that begins so"),
}


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a YAML file; `marks` are line and column of each key and list entry, counted from 1."""

    path: Path
    data: dict[str, Any]
    marks: Mapping[Place, tuple[int, int]]

    def error(self, place: Sequence[str | int], problem: str, fix: str, rule: str = "schema") -> CatalogError:
        """A mistake in a node; where one is missing, its place is that of the node above."""
        line, column = self.mark(place)
        return CatalogError(self.path, line, problem, fix, column=column, rule=rule, place=tuple(place))

    def mark(self, place: Sequence[str | int]) -> tuple[int, int]:
        """Line and column of a node, or of the closest node above it that the file has."""
        above = (tuple(place[:length]) for length in range(len(place), -1, -1))
        return next((self.marks[one] for one in above if one in self.marks), (1, 1))


def read_document(path: Path) -> Document:
    """Read one YAML file.

    Raises:
        CatalogError: the file is missing, too large, not UTF-8, not YAML, or uses more than plain data.
    """
    return parse_document(path, read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """The content of a file that can be read and has no more than `MAX_BYTES`."""
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
        raise CatalogError(path, None, problem, "make the entry smaller, or split it in two", rule="file-size")
    return raw


def parse_document(path: Path, raw: bytes) -> Document:
    """The same of content that was read before; the file is named in errors."""
    try:
        text = _text(raw)
        root = _composed(text)
        if not isinstance(root, yaml.MappingNode):
            problem = "the file holds no fields" if root else "the file is empty"
            raise _RefusedError(_at(root), problem, "write a `field: content` line for each field", "yaml-syntax")
        marks: dict[Place, tuple[int, int]] = {}
        return Document(path, _plain(root, (), text, marks), marks)
    except _RefusedError as error:
        (line, column), problem, fix, rule = error.args
        problem = shorten(problem, 400, placeholder=" ...")
        raise CatalogError(path, line, problem, fix, column=column, rule=rule) from None


class _RefusedError(Exception):
    """What a file may not hold."""

    def __init__(self, at: tuple[int, int], problem: str, fix: str, rule: str = "yaml-safe") -> None:
        super().__init__(at, problem, fix, rule)


class _Bounded:
    """A bound on depth for a loader of PyYAML, which calls these around each node that it makes."""

    depth = 0

    def descend_resolver(self, above: yaml.Node | None, _: object) -> None:
        self.depth += 1
        if above is not None and self.depth > MAX_DEPTH + 1:
            raise _RefusedError(_at(above), "the nesting is too deep", f"use at most {MAX_DEPTH} levels")

    def ascend_resolver(self) -> None:
        self.depth -= 1


_LOADER: Any = type("_Loader", (_Bounded, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), {})


def _at(node: yaml.Node | None) -> tuple[int, int]:
    return _place(node.start_mark) if node else (1, 1)


def _place(mark: yaml.Mark) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _end(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = _end(raw[: error.start].decode("utf-8-sig", "replace"))
        what = "UTF-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "not UTF-8"
        raise _RefusedError(at, f"the text is {what}", "save the file as UTF-8", "encoding") from None
    for place, character in invisible_characters(text):
        raise _invisible(_end(text[:place]), character)
    return text


def _invisible(at: tuple[int, int], character: str) -> _RefusedError:
    return _RefusedError(at, f"the text holds the {unseen(character)}", "remove it", "invisible-character")


def _composed(text: str) -> yaml.Node | None:
    """The nodes of a file, which hold nothing but text; None if it is empty."""
    try:
        return yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark, opens = error.problem_mark, error.context_mark
        assert mark is not None
        if isinstance(error, ComposerError):
            _check_sign(mark, text)
            raise _RefusedError(_place(mark), "the file holds a second document", "remove the line `---`") from None
        sign, wrong = text[opens.index : opens.index + 1] if opens else "", text[mark.index : mark.index + 1]
        within = set("@`%:" if opens and opens.line == mark.line else "@`%")
        if opens and sign in {"[", "{", "'", '"'} and wrong not in within:
            fix = "close it, or put quotes around a text that begins with it" if sign in "[{" else "close it"
            problem = f"the sign {sign} opens something here that is not closed"
            raise _RefusedError(_place(opens), f"this is not valid YAML: {problem}", fix, "yaml-syntax") from None
        # A file that ends amid a line is wrong there, and not in a line that it does not have.
        last = min(mark.line, text.count("\n"))
        found = likely_cause(text, (last, mark.column), (opens.line, opens.column) if opens else None)
        fix = "check the indentation, close each quote and bracket, and put quotes around a text that holds `: `"
        at, problem, fix = found or ((last + 1, mark.column + 1), str(error.problem), fix)
        raise _RefusedError(at, f"this is not valid YAML: {problem}", fix, "yaml-syntax") from None
    except yaml.YAMLError:
        # U+FFFE and U+FFFF, which are no characters, and of which PyYAML tells no place.
        raise _RefusedError(
            (1, 1), "the text holds a code that is not a character", "remove it", "yaml-syntax"
        ) from None


def _plain(node: yaml.Node, place: Place, text: str, marks: dict[Place, tuple[int, int]]) -> Any:
    """The data of a node; what lies in it is entered in `marks`."""
    _check_sign(node.start_mark, text)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        for number, child in enumerate(node.value):
            marks[(*place, number)] = _at(child)
        return [_plain(child, (*place, number), text, marks) for number, child in enumerate(node.value)]
    mapping: dict[str, Any] = {}
    for key, content in node.value:
        name = _plain(key, place, text, marks)
        if not isinstance(name, str):
            fix = "write a field's name before the colon, and decimal numbers with a point, as in 7.5"
            raise _RefusedError(_at(key), f"a field's name must be text, not {in_words(name)}", fix)
        if name in mapping:
            raise _RefusedError(_at(key), f"the field `{name}` is given twice", "keep one of them")
        marks[(*place, name)] = _at(key)
        mapping[name] = _plain(content, (*place, name), text, marks)
    return mapping


def _check_sign(mark: yaml.Mark, text: str) -> None:
    if found := _MORE_THAN_DATA.match(text, mark.index):
        what, fix = _SIGNS[found[0][0]]
        raise _RefusedError(_place(mark), f"the {what} `{found[0]}` is not allowed", fix)


def _scalar(node: yaml.ScalarNode) -> Any:
    word: str = node.value
    if node.style not in {"'", '"', "|", ">"}:
        return next((meaning(word) for form, meaning in _MEANINGS if form.fullmatch(word)), word)
    # Escapes such as "\0", "\r" and "\uD800" can write what the file itself may not hold.
    for _, character in invisible_characters(word.replace("\n", " ")):
        raise _invisible(_at(node), character)
    return word
