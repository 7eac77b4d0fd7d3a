"""Old form: what entries said in data version 0.1, as far as it takes to carry them over."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from hvae_bench.catalogue.rendering import Order
from hvae_bench.text.document import read_document
from hvae_bench.text.errors import CatalogError

__all__ = [
    "OLD_KINDS",
    "OldCrossing",
    "OldEntry",
    "OldFraming",
    "OldScenario",
    "OldTemplate",
    "OldValue",
    "read_old",
    "shipped_framing",
    "shipped_template",
]

_TEMPLATE_ID = re.compile(r"(.+?)(?:-(de|fr|es|zh|ja))?(?:-([23]))?")
_FRAMING_ID = re.compile(r"(.+)-(en|de|fr|es|zh|ja)(?:(-items)?-(reversed|shuffled))?")


class OldEntry(BaseModel):
    """What all kinds of entry had, and all that is needed of a game."""

    id: str
    title: str
    source: str
    deprecated: str | None = None
    replaces: str | None = None

    @property
    def of_every_kind(self) -> dict[str, Any]:
        """The fields that an entry of any kind still has."""
        return self.model_dump(include=set(OldEntry.model_fields), exclude_none=True)


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


def read_old(path: Path, model: type[OldEntry]) -> OldEntry:
    """Read a file.

    Raises:
        CatalogError: it is no plain YAML, or not of the old form.
    """
    document = read_document(path)
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        place = error.errors()[0]["loc"]
        problem = f"`{'.'.join(map(str, place))}` is missing, or not as data version 0.1 had it"
        mend = "correct it, or take the file out of the folder if it is in the present form already"
        raise CatalogError(path, document.line(place), problem, mend) from None


def shipped_template(id_: str) -> tuple[str, str, int]:
    """What a template of the package was by its id: the structure's id, the language, the number of the wording."""
    found = _TEMPLATE_ID.fullmatch(id_)
    assert found is not None  # an id has a letter at least
    return found[1], found[2] or "en", int(found[3] or 1)


def shipped_framing(id_: str) -> tuple[str, str, tuple[Order, Order]] | None:
    """What a framing of the package was by its id: unit and counterpart, language, orders; None if it was none."""
    found = _FRAMING_ID.fullmatch(id_)
    if found is None:
        return None
    order: Any = found[4] or "published"
    return found[1], found[2], ("published", order) if found[3] else (order, "published")
