"""The facts about the slider that the design rests on, each counted over all 9 ** 6 primary profiles.

Profiles are written in letters, A for the first option of an item. A profile here is *ideal* for a motive if it
holds an ideal option in every item.
"""

import itertools
import math
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.scorers import (
    InequalityAversionMotive,
    LinearMotive,
    MaximinMotive,
    Motive,
    PayoffTable,
    Slider,
    svo_angle,
    svo_category,
    value_rationality,
)
from hvae_bench.scorers.calibration import item_rationality

CATALOG = load_catalog()
GAME = CATALOG.games["svo-slider-primary"]
TABLE = GAME.payoff_table()
DECLARED = GAME.slider
assert DECLARED is not None
GEOMETRY: Slider = DECLARED

ALL_PROFILES = np.array(list(itertools.product(range(9), repeat=6)), dtype=np.int64)


@cache
def all_angles() -> NDArray[np.float64]:
    return svo_angle(ALL_PROFILES, TABLE, GEOMETRY)


def linear(angle_deg: float) -> LinearMotive:
    return LinearMotive(kind="linear", utility_angle_deg=angle_deg)


MAXIMIN = MaximinMotive(kind="maximin")
INEQUALITY_AVERSION = InequalityAversionMotive(kind="inequality_aversion")


def choices_of(profile: str) -> NDArray[np.int64]:
    return np.array([["ABCDEFGHI".index(letter) for letter in profile]])


def best_options(table: PayoffTable, motive: Motive) -> list[list[int]]:
    """Indices of the ideal options of each item."""
    rated = [item_rationality(table.item(i), motive, table.payoff_unit) for i in range(table.n_items)]
    return [np.flatnonzero(item.ideal).tolist() for item in rated]


def ideal_profiles(motive: Motive) -> NDArray[np.bool_]:
    """Which of all profiles are ideal: those whose value rationality is 1."""
    scored = value_rationality(ALL_PROFILES, TABLE, [motive])
    return np.asarray(scored.value_rationality > 1 - 1e-9)


def test_angles_range_from_the_competitor_to_the_altruist() -> None:
    assert len(all_angles()) == 9**6
    assert all_angles().min() == pytest.approx(-16.260, abs=5e-4)
    assert all_angles().max() == pytest.approx(61.390, abs=5e-4)


@pytest.mark.parametrize(
    ("motive", "profile", "angle_deg"),
    [
        (linear(90), "AIAAII", 61.390),
        (linear(-45), "IAIIAA", -16.260),
        (MAXIMIN, "AIIDEI", 37.482),
        (INEQUALITY_AVERSION, "AIIDEI", 37.482),
    ],
    ids=["altruist", "competitor", "maximin", "inequality aversion"],
)
def test_motives_with_a_single_ideal_profile(motive: Motive, profile: str, angle_deg: float) -> None:
    assert best_options(TABLE, motive) == [[choice] for choice in choices_of(profile)[0].tolist()]
    np.testing.assert_array_equal(ALL_PROFILES[ideal_profiles(motive)], choices_of(profile))
    assert svo_angle(choices_of(profile), TABLE, GEOMETRY)[0] == pytest.approx(angle_deg, abs=5e-4)


@pytest.mark.parametrize(
    ("motive", "uninformative", "ends", "angles_deg"),
    [
        (linear(45), "p5", ("AIIAAI", "AIIAII"), (37.093, 52.907)),
        (linear(0), "p1", ("IIIIAA", "AIIIAA"), (-7.815, 7.815)),
    ],
    ids=["joint gain", "individualist"],
)
def test_motives_with_an_uninformative_item(
    motive: Motive, uninformative: str, ends: tuple[str, str], angles_deg: tuple[float, float]
) -> None:
    informative = [item_rationality(TABLE.item(i), motive, TABLE.payoff_unit).informative for i in range(6)]
    assert [item for item, informs in zip(TABLE.item_ids, informative, strict=True) if not informs] == [uninformative]
    ideal = ideal_profiles(motive)
    assert ideal.sum() == 9  # any option of that item, one of every other
    angles = all_angles()[ideal]
    assert (angles.min(), angles.max()) == pytest.approx(angles_deg, abs=5e-4)
    for end, angle_deg in zip(ends, angles_deg, strict=True):
        assert svo_angle(choices_of(end), TABLE, GEOMETRY)[0] == pytest.approx(angle_deg, abs=5e-4)


SECONDARY = """
s1 100/50 96/56 93/63 89/69 85/75 81/81 78/88 74/94 70/100
s2 90/100 91/99 93/98 94/96 95/95 96/94 98/93 99/91 100/90
s3 100/70 94/74 88/78 81/81 75/85 69/89 63/93 56/96 50/100
s4 100/70 99/74 98/78 96/81 95/85 94/89 93/93 91/96 90/100
s5 70/100 74/96 78/93 81/89 85/85 89/81 93/78 96/74 100/70
s6 50/100 56/99 63/98 69/96 75/95 81/94 88/93 94/91 100/90
s7 50/100 56/94 63/88 69/81 75/75 81/69 88/63 94/56 100/50
s8 100/90 96/91 93/93 89/94 85/95 81/96 78/98 74/99 70/100
s9 90/100 91/94 93/88 94/81 95/75 96/69 98/63 99/56 100/50
"""
"""Secondary items of Murphy, Ackermann & Handgraaf 2011, self/other from the first option to the ninth."""


def test_maximin_and_inequality_aversion_want_the_same_on_all_fifteen_items() -> None:
    rows = [line.split() for line in SECONDARY.split("\n") if line]
    secondary = PayoffTable.from_options(
        {
            item: {f"o{place}": tuple(map(float, pair.split("/"))) for place, pair in enumerate(pairs, 1)}
            for item, *pairs in rows
        },
        payoff_unit=1,
    )
    assert (TABLE.n_items, secondary.n_items) == (6, 9)
    for table in (TABLE, secondary):
        assert {len(options) for options in table.option_ids} == {9}
        assert best_options(table, MAXIMIN) == best_options(table, INEQUALITY_AVERSION)
        assert all(len(best) == 1 for best in best_options(table, MAXIMIN))


@pytest.mark.parametrize(
    ("theta_deg", "lowest_deg", "highest_deg"),
    [
        (90, 61.39, 61.39),
        (61.39, 52.91, 52.91),
        (30, 37.09, 37.09),
        (0, -7.82, 7.82),
        (-16.26, -7.82, -7.82),
        (-45, -16.26, -16.26),
    ],
)
def test_best_response_to_theta(theta_deg: float, lowest_deg: float, highest_deg: float) -> None:
    angles = all_angles()[ideal_profiles(linear(theta_deg))]
    assert (angles.min(), angles.max()) == pytest.approx((lowest_deg, highest_deg), abs=5e-3)


@pytest.mark.parametrize(
    ("value", "motives"),
    [
        ("altruistic", {linear(90)}),
        ("prosocial", {linear(45), MAXIMIN}),
        ("individualistic", {linear(0)}),
        ("competitive", {linear(-45)}),
    ],
)
def test_the_four_targets_ask_for_these_motives(value: str, motives: set[Motive]) -> None:
    assert set(CATALOG.values[value].motives) == motives


@pytest.mark.parametrize("value", ["altruistic", "prosocial", "individualistic", "competitive"])
def test_whoever_follows_a_target_lands_in_the_category_of_its_name(value: str) -> None:
    for motive in CATALOG.values[value].motives:
        assert set(svo_category(all_angles()[ideal_profiles(motive)], GEOMETRY)) == {value}


def test_uniform_random_choice() -> None:
    assert all_angles().mean() == pytest.approx(22.70, abs=5e-3)
    assert all_angles().std() == pytest.approx(12.87, abs=5e-3)


@pytest.mark.parametrize(
    ("category", "percent", "half_digit"),
    [
        ("altruistic", 0.049, 5e-4),
        ("prosocial", 50.7, 0.05),
        ("individualistic", 49.2, 0.05),
        ("competitive", 0.043, 5e-4),
    ],
)
def test_categories_of_uniform_random_choice(category: str, percent: float, half_digit: float) -> None:
    share = svo_category(all_angles(), GEOMETRY).count(category) / 9**6
    assert 100 * share == pytest.approx(percent, abs=half_digit)


@pytest.mark.parametrize(("ideal_deg", "distance_deg"), [(61.390, 39), (-16.260, 39)])
def test_raw_distance_of_a_random_profile_from_a_pronounced_ideal(ideal_deg: float, distance_deg: float) -> None:
    assert np.abs(all_angles() - ideal_deg).mean() == pytest.approx(distance_deg, abs=0.5)


CORNERS = [(50, 100), (85, 85), (100, 50), (85, 15)]


def test_the_corners_lie_on_a_circle_up_to_rounding() -> None:
    exact = [(50 + 50 * math.cos(angle), 50 + 50 * math.sin(angle)) for angle in np.radians([90, 45, 0, -45])]
    np.testing.assert_array_equal(np.round(exact), CORNERS)


def test_the_items_are_the_six_segments_between_the_corners() -> None:
    ends = [(item[0], item[-1]) for item in TABLE.payoffs]
    assert {frozenset(pair) for pair in ends} == {frozenset(pair) for pair in itertools.combinations(CORNERS, 2)}
    for item in TABLE.payoffs:
        straight = np.linspace(item[0], item[-1], 9)
        assert np.abs(np.array(item) - straight).max() <= 0.5


@pytest.mark.parametrize(
    ("value", "expected"), [("altruistic", 1), ("individualistic", -0.607), ("competitive", -0.999)]
)
def test_value_rationality_of_the_altruist(value: str, expected: float) -> None:
    scored = value_rationality(choices_of("AIAAII"), TABLE, CATALOG.values[value].motives)
    assert scored.value_rationality[0] == pytest.approx(expected, abs=5e-4)
