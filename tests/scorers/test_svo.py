"""SVO angle, category and ranking of motives against the scores of the authority's own program, and at their edges."""

import csv
import itertools
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.scorers import (
    MISSING,
    PayoffTable,
    Ranking,
    Slider,
    motive_ranking,
    payoff_ranking,
    svo_angle,
    svo_category,
)

with (Path(__file__).parents[1] / "data" / "svo_slider_golden.csv").open(encoding="utf-8", newline="") as file:
    GOLDEN = list(csv.DictReader(file))
CATEGORIES = {"1": "altruistic", "2": "prosocial", "3": "individualistic", "4": "competitive"}

GAME = load_catalog().games["svo-slider-primary"]
TABLE = GAME.payoff_table()
DECLARED = GAME.slider
assert DECLARED is not None
GEOMETRY: Slider = DECLARED
assert GEOMETRY.ranking is not None
PULLS: Ranking = GEOMETRY.ranking


def choices_of(*profiles: str) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Option indices of profiles in letters, A for the first option; `-` where there is no answer."""
    return np.array([[MISSING if letter == "-" else "ABCDEFGHI".index(letter) for letter in row] for row in profiles])


def test_the_golden_file_is_whole() -> None:
    assert len(GOLDEN) == len({row["case"] for row in GOLDEN}) == 78
    assert {row["svo_category"] for row in GOLDEN} == set(CATEGORIES)
    assert {row["transitive"] for row in GOLDEN} == {"0", "1"}
    assert {row[f"p{number}"] for row in GOLDEN for number in range(1, 7)} == set("123456789")
    # All four ranks are there, or none.
    for row in GOLDEN:
        ranks = sorted(row[f"rank{place}"] for place in range(1, 5))
        assert ranks == (sorted(CATEGORIES) if row["transitive"] == "1" else [""] * 4)


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row["case"])
def test_golden_profile(row: dict[str, str]) -> None:
    chosen = {f"p{number}": f"o{row[f'p{number}']}" for number in range(1, 7)}
    angles = svo_angle(TABLE.choices(chosen)[None, :], TABLE, GEOMETRY)
    assert angles[0] == pytest.approx(float(row["svo_angle"]), abs=1e-6)
    assert svo_category(angles, GEOMETRY) == [CATEGORIES[row["svo_category"]]]


def test_golden_profiles_at_once() -> None:
    choices = np.array([[int(row[f"p{number}"]) - 1 for number in range(1, 7)] for row in GOLDEN])
    angles = svo_angle(choices, TABLE, GEOMETRY)
    np.testing.assert_allclose(angles, [float(row["svo_angle"]) for row in GOLDEN], atol=1e-6)
    assert svo_category(angles, GEOMETRY) == [CATEGORIES[row["svo_category"]] for row in GOLDEN]


def golden_ranking(row: dict[str, str]) -> tuple[str, ...]:
    """The motives in the authority's order; empty where it found no consistent one."""
    ranks = tuple(CATEGORIES[row[f"rank{place}"]] for place in range(1, 5)) if row["transitive"] == "1" else ()
    assert bool(row["rank1"]) == bool(ranks)
    return ranks


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row["case"])
def test_golden_ranking_of_motives(row: dict[str, str]) -> None:
    chosen = {f"p{number}": f"o{row[f'p{number}']}" for number in range(1, 7)}
    assert motive_ranking(TABLE.choices(chosen)[None, :], TABLE, PULLS) == [golden_ranking(row)]


def test_golden_rankings_at_once() -> None:
    choices = np.array([[int(row[f"p{number}"]) - 1 for number in range(1, 7)] for row in GOLDEN])
    rankings = motive_ranking(choices, TABLE, PULLS)
    assert rankings == [golden_ranking(row) for row in GOLDEN]
    assert {bool(ranking) for ranking in rankings} == {True, False}


@pytest.mark.parametrize(
    ("profile", "ranking"),
    [
        # The middle of p1 or p5 is exactly as near to one end as to the other, so it decides nothing.
        ((1, 9, 9, 7, 5, 5), ("prosocial", "individualistic", "competitive", "altruistic")),
        ((1, 9, 9, 1, 5, 1), ("individualistic", "prosocial", "altruistic", "competitive")),
        ((5, 2, 1, 9, 5, 3), ("competitive", "altruistic", "individualistic", "prosocial")),
    ],
)
def test_an_equal_distance_decides_nothing(profile: tuple[int, ...], ranking: tuple[str, ...]) -> None:
    assert motive_ranking(np.array([profile]) - 1, TABLE, PULLS) == [ranking]


@cache
def first_order(duels: frozenset[tuple[str, str]]) -> tuple[str, ...]:
    """The first order of all motives, in the order of `ties`, that no duel contradicts; empty if there is none."""
    orders = itertools.permutations(PULLS.ties)
    fitting = (order for order in orders if all(order.index(won) < order.index(lost) for won, lost in duels))
    return next(fitting, ())


def won(item: str, option: int) -> tuple[str, str] | None:
    """Winner and loser of an item's duel, by whole numbers."""
    options = [[round(payoff) for payoff in payoffs] for payoffs in TABLE.payoffs[TABLE.item_ids.index(item)]]
    to_first, to_last = (
        sum((payoff - end) ** 2 for payoff, end in zip(options[option], options[place], strict=True))
        for place in (0, -1)
    )
    first, last = PULLS.pulls[item]
    return None if to_first == to_last else (first, last) if to_first < to_last else (last, first)


def test_every_profile_is_ranked_as_a_second_writing_of_the_rule_ranks_it() -> None:
    every = np.array(list(itertools.product(range(9), repeat=6)))
    outcomes = [[won(item, option) for option in range(9)] for item in PULLS.pulls]
    expected = [
        first_order(frozenset(filter(None, (outcomes[item][option] for item, option in enumerate(profile)))))
        for profile in every.tolist()
    ]
    assert motive_ranking(every, TABLE, PULLS) == expected


def test_payoffs_between_two_options_are_ranked() -> None:
    ends = np.array([[TABLE.payoffs[TABLE.item_ids.index(item)][place] for item in PULLS.pulls] for place in (0, -1)])
    share = np.array([0.1, 0.9, 0.2, 0.3, 0.8, 0.95])[:, None]
    between = ends[0] * (1 - share) + ends[1] * share
    nearest = np.where(share[:, 0] < 0.5, 0, 8)[None, :]
    assert payoff_ranking(between[None], TABLE, PULLS) == motive_ranking(nearest, TABLE, PULLS)
    between[3] = np.nan
    assert payoff_ranking(between[None], TABLE, PULLS) == [None]


@pytest.mark.parametrize("profile", ["-IAAII", "AIAAI-", "------"])
def test_any_missing_item_leaves_no_ranking(profile: str) -> None:
    assert motive_ranking(choices_of(profile, "AIAAII"), TABLE, PULLS) == [
        None,
        ("altruistic", "prosocial", "individualistic", "competitive"),
    ]


@pytest.mark.parametrize(
    ("choices", "ranking"),
    [
        # Two motives, one item of four options: no middle, the closer end wins.
        ([0], ("near", "far")),
        ([1], ("near", "far")),
        ([2], ("far", "near")),
        ([3], ("far", "near")),
    ],
)
def test_an_item_with_an_even_number_of_options_has_no_tie(choices: list[int], ranking: tuple[str, ...]) -> None:
    table = PayoffTable.from_options({"i": {f"o{place}": (place, 0) for place in range(4)}})
    pulls = Ranking(pulls={"i": ("near", "far")}, ties=("far", "near"))
    assert motive_ranking(np.array([choices]), table, pulls) == [ranking]


@pytest.mark.parametrize(("profile", "angle_deg"), [("AAAAAA", 30.5), ("IIIIII", 14.7)])
def test_one_letter_throughout_still_has_an_angle(profile: str, angle_deg: float) -> None:
    assert svo_angle(choices_of(profile), TABLE, GEOMETRY)[0] == pytest.approx(angle_deg, abs=0.05)


@pytest.mark.parametrize("profile", ["-IAAII", "AI-AII", "AIAAI-", "AI--II", "------"])
def test_any_missing_primary_item_leaves_no_angle_and_no_category(profile: str) -> None:
    angles = svo_angle(choices_of(profile, "AIAAII"), TABLE, GEOMETRY)
    assert np.isnan(angles).tolist() == [True, False]
    assert svo_category(angles, GEOMETRY) == [None, "altruistic"]


@pytest.mark.parametrize(
    ("angle_deg", "category"),
    [
        (90, "altruistic"),
        (57.15, "altruistic"),
        (57.1499, "prosocial"),
        (22.45, "prosocial"),
        (22.4499, "individualistic"),
        (0, "individualistic"),
        (-12.04, "individualistic"),
        (-12.0401, "competitive"),
        (-90, "competitive"),
    ],
)
def test_the_lower_end_of_a_category_belongs_to_it(angle_deg: float, category: str) -> None:
    assert svo_category(np.array([angle_deg]), GEOMETRY) == [category]


def test_categories_are_whatever_the_game_declares_in_any_order() -> None:
    geometry = Slider(
        centre_self=0,
        centre_other=0,
        items=("i",),
        lower_limits_deg={"middle": 0.0, "high": 10.0, "low": -10.0},
        lowest_category="lowest",
    )
    angles = np.array([11.0, 10.0, 1.0, -1.0, -11.0, np.nan])
    assert svo_category(angles, geometry) == ["high", "high", "middle", "low", "lowest", None]


@pytest.mark.parametrize(
    ("payoff_self", "payoff_other", "angle_deg"),
    [
        (11, 20, 0),
        (11, 21, 45),
        (10, 21, 90),
        (9, 21, 135),
        (9, 20, 180),
        (9, 19, -135),
        (10, 19, -90),
        (11, 19, -45),
        (10, 20, np.nan),  # on the centre
    ],
)
def test_all_directions_from_the_centre(payoff_self: float, payoff_other: float, angle_deg: float) -> None:
    table = PayoffTable.from_options({"i": {"o": (payoff_self, payoff_other), "low": (9, 19), "high": (11, 21)}})
    geometry = Slider(
        centre_self=10, centre_other=20, items=("i",), lower_limits_deg={"up": 0.0}, lowest_category="down"
    )
    np.testing.assert_allclose(svo_angle(np.array([[0]]), table, geometry), [angle_deg])


def test_a_centre_in_another_unit_than_the_payoffs_is_an_error() -> None:
    tenths = PayoffTable.from_options(
        {
            item: {option: [payoff / 10 for payoff in pair] for option, pair in zip(ids, pairs, strict=True)}
            for item, ids, pairs in zip(TABLE.item_ids, TABLE.option_ids, TABLE.payoffs, strict=True)
        }
    )
    choices = choices_of("CDCEDE")
    with pytest.raises(ValueError, match=r"centre .* does not lie within the payoffs"):
        svo_angle(choices, tenths, GEOMETRY)
    scaled = GEOMETRY.model_copy(update={"centre_self": 5, "centre_other": 5})
    assert svo_angle(choices, tenths, scaled) == pytest.approx(svo_angle(choices, TABLE, GEOMETRY))


@pytest.mark.parametrize("numbers", [[1, 9, 9, 4, 5, 9], [0, 8, -2, 3, 4, 8]])
def test_what_is_no_index_of_an_option_is_an_error(numbers: list[int]) -> None:
    for measure in (svo_angle, lambda choices, table, _: motive_ranking(choices, table, PULLS)):
        with pytest.raises(ValueError, match=r"row 0, item p\d: (9|-2) is no option; .* 0 to 8, or -1"):
            measure(np.array([numbers]), TABLE, GEOMETRY)


def test_only_the_declared_items_make_the_angle() -> None:
    table = PayoffTable.from_options(
        {
            "other": {"o": (-100, -100), "p": (100, 0)},
            "second": {"o": (3, 3)},
            "first": {"o": (1, 0), "p": (1, -3)},
        }
    )
    geometry = Slider(
        centre_self=0, centre_other=0, items=("first", "second"), lower_limits_deg={"up": 0.0}, lowest_category="down"
    )
    angles = svo_angle(np.array([[0, 0, 1], [1, 0, 1], [MISSING, 0, 0], [0, MISSING, 0]]), table, geometry)
    expected = np.degrees(np.arctan2([0.0, 0.0, 3.0], [4.0, 4.0, 4.0]))
    np.testing.assert_allclose(angles, [*expected, np.nan])
