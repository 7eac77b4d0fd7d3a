"""Rows: an entry as a row of the published data set, and the entry again from its row."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from hvae_bench.catalogue.columns import TEXT, Columns, columns_of, laid_out, read_back, unknown_columns
from hvae_bench.catalogue.entry import Entry
from hvae_bench.catalogue.entry_file import KINDS, made
from hvae_bench.catalogue.game import Decomposed, Game
from hvae_bench.text.document import Document
from hvae_bench.text.errors import CatalogError, UsageError, brief

CANARY = "canary"
"""Last column of every row: the line by which whoever gathers text for training can leave the row out."""

PLAYED = "played"
"""Column of a game with the payoffs as they are played; made by its generator or transform where it has one."""


@lru_cache
def layout(kind: str) -> Columns:
    """The columns of a kind of entry: `id`, `version` of the data set, title, its fields, and what all kinds have."""
    fields = dict(columns_of(KINDS[kind]))
    first: Columns = {"id": fields.pop("id"), "version": TEXT, "title": fields.pop("title")}
    last = {name: fields.pop(name) for name in Entry.model_fields if name in fields}
    added: Columns = {PLAYED: columns_of(Decomposed)} if kind == "games" else {}
    return {**first, **fields, **added, **last}


def row_of(kind: str, entry: Entry, version: str) -> dict[str, Any]:
    """An entry of a loaded catalogue as a row; a game with its items, wherever they come from."""
    content = file_form(entry) | {"version": version}
    if isinstance(entry, Game):
        content[PLAYED] = entry.model_dump(mode="json", include=set(Decomposed.model_fields))
    row: dict[str, Any] = laid_out(layout(kind), content)
    return row


def entry_of(kind: str, row: Mapping[str, Any]) -> Entry:
    """The entry of a row, as its file holds it: a game that is made from another one without items.

    Raises:
        UsageError: the row holds no entry of this kind, or says more than is read here.
    """
    name = brief(repr(row.get("id")))
    try:
        if unread := next(unknown_columns({**layout(kind), CANARY: TEXT}, row), None):
            raise UsageError(f"Row {name} of {kind} has the column {brief(unread)!r}, which is unknown here.")
        return made(Document(Path(kind), read_back(columns_of(KINDS[kind]), row), {}), kind)
    except CatalogError as error:
        raise UsageError(f"Row {name} of {kind} is damaged: {brief(error.problem)}.") from None
    except (AttributeError, KeyError, TypeError):
        raise UsageError(f"Row {name} of {kind} does not have the columns expected.") from None


def file_form(entry: Entry) -> dict[str, Any]:
    """What the file of an entry says, as JSON has it; without the items that a game's derivation makes."""
    made = set(Decomposed.model_fields) if isinstance(entry, Game) and entry.derived_from is not None else set()
    return entry.model_dump(mode="json", exclude_none=True, exclude=made)
