"""Classification by agreeing choices: the triple-dominance measure, and rules at their edges."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.scorers import (
    MISSING,
    Classification,
    LinearMotive,
    MaximinMotive,
    PayoffTable,
    category_counts,
    category_options,
    classify,
)

PUBLISHED = json.loads((Path(__file__).parents[1] / "data" / "triple_dominance.json").read_text(encoding="utf-8"))
ITEMS = PUBLISHED["van_lange_1997"]

GAME = load_catalog().games["triple-dominance-9"]
TABLE = GAME.payoff_table()
DECLARED = GAME.classification
assert DECLARED is not None
RULE: Classification = DECLARED

LETTERS = {"P": "prosocial", "I": "individualistic", "C": "competitive"}


def choices_of(*profiles: str) -> NDArray[np.int64]:
    """Choices by the published orientation of the options; `-` where there is no answer."""
    rows = []
    for profile in profiles:
        row = []
        for letter, item in zip(profile, ITEMS, strict=True):
            labels = [option["orientation"] for option in item["options"]]
            row.append(MISSING if letter == "-" else labels.index(LETTERS[letter]))
        rows.append(row)
    return np.array(rows)


def test_the_game_holds_the_published_items() -> None:
    published = [tuple((option["payoff_self"], option["payoff_other"]) for option in item["options"]) for item in ITEMS]
    assert published == list(TABLE.payoffs)


def test_orientations_follow_from_the_payoffs() -> None:
    derived = category_options(TABLE, RULE)
    for item, options in zip(ITEMS, derived, strict=True):
        labels = [option["orientation"] for option in item["options"]]
        assert options == {label: place for place, label in enumerate(labels)}


def test_the_scaled_variant_has_the_same_dominance() -> None:
    for item in PUBLISHED["svotree_variant"]:
        pairs = {label: tuple(item[label]) for label in LETTERS.values()}
        table = PayoffTable.from_options({"i": pairs})
        assert category_options(table, RULE)[0] == {label: place for place, label in enumerate(pairs)}


@pytest.mark.parametrize(
    ("profile", "category"),
    [
        ("PPPPPPPPP", "prosocial"),
        ("PPPPPPICI", "prosocial"),
        ("PPPPPICIC", None),
        ("ICIIIICIP", "individualistic"),
        ("CCCICCCPP", "competitive"),
        ("CCCICCIPP", None),
        ("PICPICPIC", None),
        ("PPPPPP---", "prosocial"),
        ("PPPPP----", None),
        ("---------", None),
    ],
)
def test_six_of_nine(profile: str, category: str | None) -> None:
    choices = choices_of(profile)
    assert classify(choices, TABLE, RULE) == [category]
    counts = {name: int(count[0]) for name, count in category_counts(choices, TABLE, RULE).items()}
    assert counts == {name: profile.count(letter) for letter, name in LETTERS.items()}


def test_many_at_once() -> None:
    choices = choices_of("PPPPPPPPP", "CCCCCC---", "PPPCCCIII")
    assert classify(choices, TABLE, RULE) == ["prosocial", "competitive", None]


def linear(angle_deg: float) -> LinearMotive:
    return LinearMotive(kind="linear", utility_angle_deg=angle_deg)


def test_an_option_that_ties_counts_for_nobody() -> None:
    table = PayoffTable.from_options({"i": {"a": (5, 1), "b": (5, 9), "c": (0, 0)}})
    rule = Classification(minimum=1, categories={"self": linear(0), "other": linear(90)})
    assert category_options(table, rule) == [{"other": 1}]


def test_a_difference_that_rounding_can_make_counts_for_nobody() -> None:
    pairs = {"i": {"a": (5, 0), "b": (6, 0)}}
    rule = Classification(minimum=1, categories={"self": linear(0), "other": linear(90)})
    assert category_options(PayoffTable.from_options(pairs), rule) == [{"self": 1}]
    assert category_options(PayoffTable.from_options(pairs, payoff_unit=1), rule) == [{}]


def test_two_categories_that_both_reach_the_minimum_classify_nobody() -> None:
    table = PayoffTable.from_options({f"i{n}": {"a": (9, 9), "b": (0, 12)} for n in range(2)})
    rule = Classification(
        minimum=1, categories={"fair": MaximinMotive(kind="maximin"), "self": linear(0), "other": linear(90)}
    )
    assert classify(np.array([[0, 0], [1, 1], [0, 1]]), table, rule) == [None, "other", None]


def test_how_often_chance_is_classified() -> None:
    every = np.array(list(itertools.product(range(3), repeat=9)))
    found = classify(every, TABLE, RULE)
    assert 1 - found.count(None) / 3**9 == pytest.approx(0.127, abs=5e-4)
    # The same for each of the three, by symmetry.
    assert len({found.count(category) for category in LETTERS.values()}) == 1
