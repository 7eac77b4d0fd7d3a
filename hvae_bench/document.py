"""A YAML document with the line of every node: plain data only, nothing that could run or blow up.

Only mappings with string keys, sequences, strings, numbers, booleans and null are read. Anchors, aliases,
tags and duplicate keys are refused: contributed files are untrusted, and a file should mean what it shows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hvae_bench.errors import CatalogError

__all__ = ["Document", "read_document"]

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20

_Location = tuple[str | int, ...]

# The scalars of YAML 1.2's core schema, so that `no`, `on` and `12:30` stay the strings they look like.
_NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INT = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,18}\.?[0-9]{0,18}|\.[0-9]{1,18})(?:[eE][-+]?[0-9]{1,3})?\Z")


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
        raw = path.read_bytes()
    except OSError as error:
        raise CatalogError(
            path, None, f"the file cannot be read ({error.strerror})", "check its name and its permissions"
        ) from None
    if len(raw) > MAX_BYTES:
        raise CatalogError(path, None, f"the file has {len(raw):,} bytes", f"keep an entry below {MAX_BYTES:,} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CatalogError(path, line, "the text is not UTF-8", "save the file as UTF-8") from None
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = f"this is not valid YAML ({error.problem or error.context})"
        mend = "check the indentation, the quotes and the colons here"
        raise CatalogError(path, mark.line + 1 if mark else None, problem, mend) from None
    except yaml.YAMLError:
        raise CatalogError(
            path, None, "the text holds a character that YAML forbids", "remove control characters"
        ) from None
    except RecursionError:
        raise CatalogError(path, None, "the nesting is too deep", f"use at most {MAX_DEPTH} levels") from None
    if not isinstance(root, yaml.MappingNode):
        raise CatalogError(path, 1, "the file holds no mapping", "write `field: content` lines")
    reader = _Reader(path)
    data = reader.plain(root, ())
    return Document(path, data, reader.lines)


_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[_Location, int] = {}
        self._seen: set[int] = set()

    def plain(self, node: yaml.Node, location: _Location) -> Any:
        if id(node) in self._seen:
            raise self._error(node, "aliases (`*name`) are not allowed", "write the content out")
        self._seen.add(id(node))
        if len(location) > MAX_DEPTH:
            raise self._error(node, "the nesting is too deep", f"use at most {MAX_DEPTH} levels")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if not node.tag.startswith("tag:yaml.org,2002:"):
            raise self._error(node, f"the tag {node.tag!r} is not allowed", "remove it")
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, child in enumerate(node.value):
                self.lines[(*location, index)] = child.start_mark.line + 1
                items.append(self.plain(child, (*location, index)))
            return items
        assert isinstance(node, yaml.MappingNode)
        mapping: dict[str, Any] = {}
        for key_node, child in node.value:
            key = self.plain(key_node, location)
            if not isinstance(key, str):
                raise self._error(key_node, f"the key {key!r} is not text", "write a field name")
            if key in mapping:
                raise self._error(key_node, f"the field `{key}` is given twice", "keep one of them")
            self.lines[(*location, key)] = key_node.start_mark.line + 1
            mapping[key] = self.plain(child, (*location, key))
        return mapping

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        text: str = node.value
        if node.style in {"'", '"', "|", ">"}:
            return text
        if not node.tag.startswith("tag:yaml.org,2002:"):
            raise self._error(node, f"the tag {node.tag!r} is not allowed", "remove it")
        if _NULL.match(text):
            return None
        if _BOOL.match(text):
            return text.lower() == "true"
        if _INT.match(text):
            return int(text)
        if _FLOAT.match(text):
            number = float(text)
            if not math.isfinite(number):
                raise self._error(node, f"the number {text} is too large", "write a finite number")
            return number
        return text

    def _error(self, node: yaml.Node, problem: str, mend: str) -> CatalogError:
        return CatalogError(self.path, node.start_mark.line + 1, problem, mend)
