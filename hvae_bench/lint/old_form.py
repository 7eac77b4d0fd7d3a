"""Old form: what entries said in data version 0.1, as far as it takes to carry them over, and where in their text."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel, Field, ValidationError

from hvae_bench.catalogue.rendering import Order
from hvae_bench.lint.header import is_canary, is_schema_line
from hvae_bench.text.document import read_document

_LINE_LENGTH = 118


class OldEntry(BaseModel):
    """What all kinds of entry had, and all that is needed of a game."""

    id: str
    title: str
    source: str
    deprecated: str | None = None
    replaces: str | None = None

    def kept(self, *further: str) -> dict[str, Any]:
        """The fields that an entry of any kind still has, and further ones."""
        return self.model_dump(include={*OldEntry.model_fields, *further}, exclude_defaults=True)


class OldValue(OldEntry):
    """A value, which held its words in other languages itself."""

    translations: dict[str, dict[str, str]] = {}


class OldTurn(BaseModel):
    """A turn, which held its text."""

    kind: str
    role: str
    expects: str
    text: str
    reask: str | None = None


class OldTemplate(OldEntry):
    """A template, which was of one language and one wording."""

    language: str
    paraphrase: int
    family: str
    induction: str
    goal: str
    reasoning: bool = False
    turns: tuple[OldTurn, ...]


class OldFraming(OldEntry):
    """A framing, which held the words around payoffs in one language, and the orders."""

    language: str
    unit: str
    counterpart: str
    other_words: tuple[str, ...] = ()
    option_order: Order
    item_order: Order
    labels: tuple[str, ...]
    option_line: str

    @property
    def orders(self) -> tuple[Order, Order]:
        """Order of options, order of items."""
        return self.option_order, self.item_order


class OldCrossing(BaseModel):
    """A crossing, all of one language."""

    values: list[str]
    games: list[str]
    templates: list[str]
    framings: list[str]


class OldScenario(OldEntry):
    """A scenario."""

    crossings: tuple[OldCrossing, ...] = Field(min_length=1)


OLD_KINDS: dict[str, type[OldEntry]] = {
    "values": OldValue,
    "games": OldEntry,
    "templates": OldTemplate,
    "framings": OldFraming,
    "scenarios": OldScenario,
}
"""The folders of a catalogue, and what an entry in each of them held."""


def read_old(path: Path) -> OldEntry:
    """Read a file of a catalogue's folder.

    Raises:
        CatalogError: it is no plain YAML, or not of the old form.
    """
    document = read_document(path)
    try:
        return OLD_KINDS[path.parent.name].model_validate(document.data)
    except ValidationError as error:
        place = error.errors()[0]["loc"]
        problem = f"`{'.'.join(map(str, place))}` is missing, or not as data version 0.1 had it"
        fix = "correct it, or take the file out of the folder if it is in the current form already"
        raise document.error(place, problem, fix) from None


class _Dumper(yaml.SafeDumper):
    """Writes YAML as files here look, for our own reader: it takes `08` for a number and refuses aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
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
    return str(yaml.dump(dict(content), Dumper=_Dumper, width=_LINE_LENGTH, **style))


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

    def above(line: int) -> int:
        while line > 0 and lines[line - 1].startswith("#"):
            line -= 1
        return line

    end = min((above(line) for line in starts.values() if line > starts[key]), default=len(lines))
    return Block(*(len("".join(lines[:line])) for line in (above(starts[key]), starts[key], end)))
