"""Rows of the published data set: rectangular, typed, and the entry again when read back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from hvae_bench import load_catalog
from hvae_bench.catalogue.columns import Column, Named, columns_of, laid_out, read_back
from hvae_bench.catalogue.derived_game import expand
from hvae_bench.catalogue.entry import Entry
from hvae_bench.catalogue.entry_file import KINDS
from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.rows import entry_of, layout, row_of
from hvae_bench.text.errors import UsageError

CATALOG = load_catalog()
ENTRIES = [(kind, entry) for kind in KINDS for entry in getattr(CATALOG, kind).values()]
PYTHON = {"string": str, "int64": int, "float64": float, "bool": bool}


def check_type(column: Column, content: Any) -> None:
    """Whether content is what the column promises; written anew, for the columns only say what they promise."""
    if content is None:
        return
    if isinstance(column, str):
        assert type(content) is PYTHON[column]
    elif isinstance(column, list):
        for inner in content:
            check_type(column[0], inner)
    elif isinstance(column, Named):
        for pair in content:
            assert list(pair) == ["name", "value"]
            check_type(column.of, pair["value"])
    else:
        assert list(content) == list(column)
        for name, inner in column.items():
            check_type(inner, content[name])


@pytest.mark.parametrize(("kind", "entry"), ENTRIES, ids=lambda one: one if isinstance(one, str) else one.id)
def test_every_entry_comes_back_from_its_row(kind: str, entry: Entry) -> None:
    row = json.loads(json.dumps(row_of(kind, entry, "1.2.3")))
    assert (row["id"], row["version"]) == (entry.id, "1.2.3")
    check_type(layout(kind), row)
    back = entry_of(kind, row)
    if isinstance(entry, Game) and entry.derived_from is not None:
        assert isinstance(back, Game)
        assert not back.items, "the file form has no items"
        back = expand(back, CATALOG.games[entry.derived_from], CATALOG.systems[back.system])
    if isinstance(back, Game):
        back = back.about(CATALOG.systems[back.system])
    assert back == entry


def test_a_row_of_a_game_shows_the_payoffs_as_they_are_played() -> None:
    for game in CATALOG.games.values():
        played = row_of("games", game, "1")["played"]
        shown = [[tuple(option["payoffs"]) for option in item["options"]] for item in played["items"]]
        assert shown == [list(options) for options in game.payoff_table().payoffs]


@pytest.mark.parametrize(
    ("kind", "id_", "change", "told"),
    [
        ("values", "prosocial", {"label": None}, "Row 'prosocial' of values is damaged: "),
        ("values", "prosocial", {"motives": [{"kind": "greed"}]}, "Row 'prosocial' of values is damaged: "),
        ("wordings", "de", {"units": [{"unit": "coins"}]}, "has the column 'units.unit', which is unknown here"),
        ("wordings", "de", {"units": [{"name": "coins"}]}, "does not have the columns expected"),
        ("wordings", "de", {"units": 5}, "does not have the columns expected"),
    ],
)
def test_a_damaged_row_is_told(kind: str, id_: str, change: dict[str, Any], told: str) -> None:
    row = row_of(kind, getattr(CATALOG, kind)[id_], "1") | change
    with pytest.raises(UsageError, match=told):
        entry_of(kind, row)


class Leaf(BaseModel):
    kind: str
    size: float | None = None


class Tree(BaseModel):
    leaves: tuple[Leaf, ...] = ()
    named: dict[str, tuple[int, ...]] = {}
    by_name: dict[str, Leaf] = {}
    flag: bool | None = None


LEAVES = st.builds(Leaf, kind=st.text(), size=st.none() | st.floats(allow_nan=False))


@given(
    st.builds(
        Tree,
        leaves=st.lists(LEAVES).map(tuple),
        named=st.dictionaries(st.text(), st.lists(st.integers()).map(tuple)),
        by_name=st.dictionaries(st.text(), LEAVES),
        flag=st.none() | st.booleans(),
    )
)
def test_whatever_a_model_holds_comes_back(tree: Tree) -> None:
    columns = columns_of(Tree)
    row = laid_out(columns, tree.model_dump(mode="json"))
    check_type(columns, row)
    assert Tree.model_validate(read_back(columns, row)) == tree


def test_columns_whose_type_hangs_on_the_row_are_refused() -> None:
    class Either(BaseModel):
        either: int | str

    with pytest.raises(TypeError):
        columns_of(Either)
    assert columns_of(Leaf) == {"kind": "string", "size": "float64"}
