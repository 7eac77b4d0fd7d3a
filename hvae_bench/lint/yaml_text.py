"""YAML text: where things stand in the text of an entry, and an entry as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from hvae_bench.lint.header import is_canary, is_schema_line

__all__ = ["Block", "as_yaml", "block_of", "comments_in", "root_of", "text_below_head"]

_LINE_LENGTH = 118


class _Dumper(yaml.SafeDumper):
    """Writes YAML as files here look, for our own reader: it takes `08` for a number and refuses aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never write a thing by reference to another place."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Set lists in."""
        super().increase_indent(flow, False)

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        """On one line what is short and no entry."""
        node = super().represent_mapping(tag, mapping, flow_style)
        words = "".join(part.value for pair in node.value for part in pair if isinstance(part, yaml.ScalarNode))
        node.flow_style = node.flow_style and "source" not in mapping and len(words) <= _LINE_LENGTH - 30
        return node

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        """On one line unless it is one of mappings."""
        node = super().represent_sequence(tag, sequence, flow_style)
        node.flow_style = not any(isinstance(part, yaml.MappingNode) for part in node.value)
        return node


def _scalar(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else "'" if re.match(r"[-+.\d]", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _scalar)


def as_yaml(content: Mapping[str, Any]) -> str:
    """The content of an entry, or of a part of it, as YAML."""
    style: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "default_flow_style": None}
    return str(yaml.dump(content, Dumper=_Dumper, width=_LINE_LENGTH, **style))


def text_below_head(path: Path) -> str:
    """A file without the lines at its head, which the new one gets anew."""
    lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    return "".join(line for line in lines if not is_schema_line(line) and not is_canary(line))


def comments_in(text: str) -> Iterator[int]:
    """Where a YAML file holds comments: between its tokens is nothing else but white space."""
    ends = 0
    for token in yaml.scan(text):
        if "#" in (between := text[ends : token.start_mark.index]):
            yield ends + between.index("#")
        ends = token.end_mark.index


def root_of(text: str) -> yaml.MappingNode:
    """The fields of a file that was read before, with their places."""
    root = yaml.compose(text)
    assert isinstance(root, yaml.MappingNode)  # else it was refused when it was read
    return root


class Block(NamedTuple):
    """Where a field of the root stands in a file: the comments above it, the field itself, and where it ends."""

    above: int
    start: int
    end: int


def block_of(text: str, key: str) -> Block | None:
    """Where a field of the root stands; None if it is not there."""
    lines = text.splitlines(keepends=True)
    starts = {node.value: node.start_mark.line for node, _ in root_of(text).value}
    if key not in starts:
        return None
    above = {}
    for name, line in starts.items():
        while line > 0 and lines[line - 1].startswith("#"):
            line -= 1
        above[name] = line
    end = min((line for line in above.values() if line > starts[key]), default=len(lines))
    return Block(*(len("".join(lines[:line])) for line in (above[key], starts[key], end)))
