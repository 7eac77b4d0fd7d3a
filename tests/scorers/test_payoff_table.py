"""Payoff tables: ids to indices and indices to payoffs, also where items differ in length."""

import numpy as np
import pytest

from hvae_bench.scorers import MISSING, PayoffTable

TABLE = PayoffTable.from_options(
    {
        "first": {"a": (1, 2), "b": (3, 4), "c": (5, 6)},
        "second": {"c": (7, 8), "a": (9, 10)},
    },
    payoff_unit=1,
)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"first": "a", "second": "c"}, [0, 0]),
        ({"second": "a", "first": "c"}, [2, 1]),
        ({"first": "b", "second": None}, [1, MISSING]),
        ({"second": "a"}, [MISSING, 1]),
        ({}, [MISSING, MISSING]),
    ],
)
def test_choices(chosen: dict[str, str | None], expected: list[int]) -> None:
    assert TABLE.choices(chosen).tolist() == expected


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"third": "a"}, "no item 'third' in this game; it has first, second"),
        ({"third": None}, "no item 'third' in this game; it has first, second"),
        ({"second": "b"}, "item 'second' has no option 'b'; it has c, a"),
    ],
)
def test_unknown_ids_are_named_beside_the_known_ones(chosen: dict[str, str | None], message: str) -> None:
    with pytest.raises(KeyError, match=message):
        TABLE.choices(chosen)


def test_payoffs_of_the_chosen_options() -> None:
    paid = TABLE.chosen_payoffs(np.array([[0, 1], [2, 0], [1, MISSING], [MISSING, MISSING]]))
    gone = [np.nan, np.nan]
    expected = [[[1, 2], [9, 10]], [[5, 6], [7, 8]], [[3, 4], gone], [gone, gone]]
    np.testing.assert_array_equal(paid, expected)


def test_item_has_one_row_for_each_option() -> None:
    np.testing.assert_array_equal(TABLE.item(1), [[7, 8], [9, 10]])


def test_equal_tables_share_a_hash_and_every_part_counts() -> None:
    items = {"i": {"a": (1.0, 2.0), "b": (3.0, 4.0)}}
    table = PayoffTable.from_options(items, 1)
    again = PayoffTable(("i",), (("a", "b"),), (((1.0, 2.0), (3.0, 4.0)),), 1.0)
    assert table == again
    assert hash(table) == hash(again)
    assert table != PayoffTable.from_options(items, 0)
    assert table != PayoffTable.from_options({"j": items["i"]}, 1)
    assert table != PayoffTable.from_options({"i": {"b": (1, 2), "a": (3, 4)}}, 1)
    assert table != PayoffTable.from_options({"i": {"a": (1, 2), "b": (3, 5)}}, 1)


@pytest.mark.parametrize(
    ("item_ids", "option_ids", "payoffs"),
    [
        (("i",), (("a",), ("b",)), (((1.0, 2.0),),)),
        (("i", "j"), (("a",), ("b",)), (((1.0, 2.0),),)),
        (("i",), (("a", "b"),), (((1.0, 2.0),),)),
    ],
)
def test_parts_of_different_length_make_no_table(
    item_ids: tuple[str, ...],
    option_ids: tuple[tuple[str, ...], ...],
    payoffs: tuple[tuple[tuple[float, float], ...], ...],
) -> None:
    with pytest.raises(ValueError, match="one"):
        PayoffTable(item_ids, option_ids, payoffs)
