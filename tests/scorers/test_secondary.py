"""Measures of the secondary items against the authority's own program, and at their edges."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.scorers import (
    MISSING,
    SECONDARY_MOTIVES,
    PayoffTable,
    inequality_aversion_index,
    motive_distances,
    secondary_ranking,
    secondary_type,
)
from hvae_bench.scorers.calibration import item_rationality

DATA = Path(__file__).parents[1] / "data"
with (DATA / "svo_slider_golden.csv").open(encoding="utf-8", newline="") as file:
    GOLDEN = list(csv.DictReader(file))
PUBLISHED = json.loads((DATA / "svo_slider_items.json").read_text(encoding="utf-8"))["items"]

GAME = load_catalog().games["svo-slider-full"]
TABLE = GAME.payoff_table()
assert GAME.slider is not None
ITEMS = GAME.slider.secondary

# Numbers that the authority's program gives the motives, and what it calls them.
CODES = {
    "1": "inequality_aversion",
    "2": "joint_gain",
    "3": "own_gain",
    "4": "other_gain",
}
WORDS = {
    "inequality_aversion": "authority_inequality_averse",
    "joint_gain": "authority_joint_gain",
    "own_gain": "authority_individualist_competitor",
    "other_gain": "authority_altruist",
}


def choices_of(row: dict[str, str]) -> NDArray[np.int64]:
    chosen = {item: f"o{row[item]}" for item in TABLE.item_ids}
    return TABLE.choices(chosen)[None, :]


def test_the_game_holds_the_published_items() -> None:
    assert [item["id"].lower() for item in PUBLISHED] == list(TABLE.item_ids)
    assert [tuple(map(tuple, item["options"])) for item in PUBLISHED] == list(TABLE.payoffs)
    assert [item["id"].lower() for item in PUBLISHED if item["set"] == "secondary"] == list(ITEMS)


@pytest.mark.parametrize("published", [item for item in PUBLISHED if item["set"] == "secondary"], ids=lambda i: i["id"])
@pytest.mark.parametrize("name", SECONDARY_MOTIVES)
def test_idealised_options_follow_from_the_payoffs(published: dict[str, dict[str, int | None]], name: str) -> None:
    payoffs = TABLE.item(TABLE.item_ids.index(str(published["id"]).lower()))
    rating = item_rationality(payoffs, SECONDARY_MOTIVES[name], TABLE.payoff_unit)
    ideal = published["ideal_options_1based"][WORDS[name]]
    assert rating.informative is (ideal is not None)
    if ideal is not None:
        assert np.flatnonzero(rating.ideal).tolist() == [ideal - 1]


def test_joint_gain_has_no_idealised_option_on_three_items() -> None:
    constant = {item["id"] for item in PUBLISHED if item.get("joint_gain_constant")}
    assert constant == {"S2", "S5", "S7"}


def test_the_golden_file_holds_every_case() -> None:
    assert len(GOLDEN) == 78
    assert {row["sec_type_optgrid"] for row in GOLDEN} == {"", "1", "2"}
    assert {row["sec_rank1_optgrid"] for row in GOLDEN} == set(CODES)


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row["case"])
def test_golden_profile(row: dict[str, str]) -> None:
    distances = motive_distances(choices_of(row), TABLE, ITEMS)
    assert secondary_ranking(distances) == [tuple(CODES[row[f"sec_rank{place}_optgrid"]] for place in range(1, 5))]
    index = inequality_aversion_index(distances)
    assert secondary_type(index) == [CODES.get(row["sec_type_optgrid"])]
    if row["ia_index_optgrid"]:
        assert index[0] == pytest.approx(float(row["ia_index_optgrid"]), abs=5e-9)
        # The program's second index is the rest to 1.
        assert 1 - index[0] == pytest.approx(float(row["jm_index_optgrid"]), abs=5e-9)
    else:
        assert np.isnan(index[0])
        assert not row["jm_index_optgrid"]


def test_golden_profiles_at_once() -> None:
    choices = np.concatenate([choices_of(row) for row in GOLDEN])
    index = inequality_aversion_index(motive_distances(choices, TABLE, ITEMS))
    wanted = [float(row["ia_index_optgrid"] or "nan") for row in GOLDEN]
    np.testing.assert_allclose(index, wanted, atol=5e-9)


def secondary(digits: str) -> NDArray[np.int64]:
    """Choices on s1 to s9 in digits, `-` where there is no answer; nothing answered on the primary items."""
    row = [MISSING if digit == "-" else int(digit) - 1 for digit in digits]
    return np.array([[MISSING] * 6 + row])


# Distances by hand: options between the choice and the idealised one, in eighths, averaged over the items that count.
@pytest.mark.parametrize(
    ("digits", "eighths"),
    [
        ("654758532", [0, (3 + 3 + 2 + 1 + 2 + 1) / 6, (5 + 4 + 3 + 6 + 4 + 1 + 4 + 2 + 7) / 9, 4]),
        ("6--------", [0, 3, 5, 3]),
        ("6-5------", [0.5, (3 + 4) / 2, (5 + 4) / 2, (3 + 4) / 2]),
        ("-5-------", [0, np.nan, 4, 4]),
        ("---------", [np.nan] * 4),
    ],
)
def test_distances(digits: str, eighths: list[float]) -> None:
    distances = motive_distances(secondary(digits), TABLE, ITEMS)[0]
    np.testing.assert_allclose(8 * distances, eighths)


@pytest.mark.parametrize("digits", ["-5--5-5--", "---------"])
def test_no_ranking_without_an_item_for_each_motive(digits: str) -> None:
    distances = motive_distances(secondary(digits), TABLE, ITEMS)
    assert secondary_ranking(distances) == [None]
    assert np.isnan(inequality_aversion_index(distances)).all()
    assert secondary_type(inequality_aversion_index(distances)) == [None]


@pytest.mark.parametrize(
    ("distances", "index", "kind"),
    [
        ([0.1, 0.3, 0.5, 0.6], 0.25, "inequality_aversion"),
        ([0.3, 0.1, 0.5, 0.6], 0.75, "joint_gain"),
        ([0.2, 0.2, 0.5, 0.6], 0.5, None),
        ([0.0, 0.4, 0.5, 0.6], 0, "inequality_aversion"),
        ([0.4, 0.0, 0.5, 0.6], 1, "joint_gain"),
        ([0.4, 0.6, 0.5, 0.6], np.nan, None),  # own gain is closer than joint gain
        ([0.4, 0.5, 0.6, 0.3], np.nan, None),
        ([0.4, 0.5, 0.5, 0.7], 4 / 9, "inequality_aversion"),  # a tie goes to the motive that comes first
        ([0.0, 0.0, 0.5, 0.6], np.nan, None),  # nothing to divide
        ([0.1, np.nan, 0.5, 0.6], np.nan, None),
    ],
)
def test_index_and_type(distances: list[float], index: float, kind: str | None) -> None:
    found = inequality_aversion_index(np.array([distances]))
    np.testing.assert_allclose(found, [index])
    assert secondary_type(found) == [kind]


def test_the_nearest_of_several_idealised_options_counts() -> None:
    table = PayoffTable.from_options({"i": {"a": (0, 5), "b": (9, 9), "c": (9, 9), "d": (9, 0), "e": (0, 0)}})
    own = list(SECONDARY_MOTIVES).index("own_gain")
    distances = motive_distances(np.arange(5)[:, None], table, ["i"])
    np.testing.assert_allclose(distances[:, own], [0.25, 0, 0, 0, 0.25])
