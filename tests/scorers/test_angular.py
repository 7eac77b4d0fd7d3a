"""Angular measures against all 9 ** 6 profiles of the slider, and on made-up sliders with arcs across 180 degrees."""

import itertools
import math
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.scorers import (
    Arc,
    InequalityAversionMotive,
    LinearMotive,
    MaximinMotive,
    Motive,
    PayoffTable,
    Slider,
    angular_distance,
    angular_value_rationality,
    expected_angular_distance,
    ideal_arc,
    svo_angle,
)

Floats = NDArray[np.float64]


def linear(angle_deg: float) -> LinearMotive:
    return LinearMotive(kind="linear", utility_angle_deg=angle_deg)


MAXIMIN = MaximinMotive(kind="maximin")
INEQUALITY_AVERSION = InequalityAversionMotive(kind="inequality_aversion")

GAME = load_catalog().games["svo-slider-primary"]
TABLE = GAME.payoff_table()
DECLARED = GAME.slider
assert DECLARED is not None
GEOMETRY: Slider = DECLARED
PAPER = load_catalog().scenarios["paper"].core_values
TARGETS = {value: load_catalog().values[value].motives for value in PAPER}
NEUTRAL, PRONOUNCED = ("prosocial", "individualistic"), ("altruistic", "competitive")


@cache
def every_angle() -> Floats:
    return svo_angle(np.array(list(itertools.product(range(9), repeat=6)), dtype=np.int64), TABLE, GEOMETRY)


def circular(one: float, other: float) -> float:
    """Degrees from one direction to another one, the shorter way."""
    apart = abs(one - other) % 360
    return min(apart, 360 - apart)


def plain_distance(angle: float, start: float, extent: float) -> float:
    if (angle - start) % 360 <= extent:
        return 0.0
    return min(circular(angle, start), circular(angle, start + extent))


# --- Distances


@pytest.mark.parametrize(
    ("start", "extent", "angle", "distance"),
    [
        (10, 20, 10, 0),
        (10, 20, 20, 0),
        (10, 20, 30, 0),
        (10, 20, 31, 1),
        (10, 20, 9, 1),
        (10, 20, -10, 20),
        (10, 20, 119, 89),
        (10, 20, -100, 110),
        (10, 20, -160, 170),  # straight across from the middle of the arc
        (10, 20, -159, 169),
        (10, 20, -161, 169),
        (61, 0, 61, 0),
        (61, 0, 41, 20),
        (61, 0, 81, 20),
        (61, 0, -119, 180),
        (61, 0, -118, 179),
        (170, 20, 180, 0),
        (170, 20, -180, 0),
        (170, 20, -170, 0),
        (170, 20, -169, 1),
        (170, 20, 169, 1),
        (170, 20, 0, 170),
        (-170, 340, 180, 10),
        (-170, 340, -175, 5),
        (-170, 340, 175, 5),
        (-90, 270, 180, 0),
        (-90, 270, -135, 45),
        (-90, 270, -100, 10),
    ],
)
def test_distance_to_an_arc(start: float, extent: float, angle: float, distance: float) -> None:
    assert angular_distance(np.array([angle], dtype=float), Arc(start, extent))[0] == pytest.approx(distance)


@pytest.mark.parametrize("seed", range(20))
def test_distance_is_that_to_the_nearest_point_of_the_arc(seed: int) -> None:
    rng = np.random.default_rng(seed)
    start, extent = 180 - rng.uniform(0, 360), rng.uniform(0, 360) * (seed % 4 != 0)
    points, step = np.linspace(start, start + extent, 20_001, retstep=True)
    angles = 180 - rng.uniform(0, 360, size=30)
    # The chord between two directions of the unit circle, as an angle; wrapping is left to the geometry.
    chords = np.abs(np.exp(1j * np.radians(angles))[:, None] - np.exp(1j * np.radians(points))[None, :])
    scanned = np.degrees(2 * np.arcsin(np.minimum(chords.min(axis=1) / 2, 1)))
    found = angular_distance(angles, Arc(start, extent))
    np.testing.assert_allclose(found, scanned, atol=float(step) / 2 + 1e-5)
    assert (found[scanned > step] > 0).all()


def test_no_angle_has_no_distance() -> None:
    found = angular_distance(np.array([np.nan, 15.0]), Arc(10, 20))
    np.testing.assert_array_equal(found, [np.nan, 0.0])


@pytest.mark.parametrize(("arc", "end_deg"), [(Arc(10, 20), 30), (Arc(170, 20), 190), (Arc(-16, 0), -16)])
def test_end_of_an_arc(arc: Arc, end_deg: float) -> None:
    assert arc.end_deg == end_deg


# --- The slider


@pytest.mark.parametrize(
    ("motives", "start", "end"),
    [
        (TARGETS["altruistic"], 61.390, 61.390),
        (TARGETS["prosocial"], 37.093, 52.907),
        (TARGETS["individualistic"], -7.815, 7.815),
        (TARGETS["competitive"], -16.260, -16.260),
        ((MAXIMIN,), 37.482, 37.482),
        ((INEQUALITY_AVERSION,), 37.482, 37.482),
        ((linear(45),), 37.093, 52.907),
        ((linear(90), linear(-45)), -16.260, 61.390),
        ((linear(90), linear(0)), -7.815, 61.390),
    ],
)
def test_ideal_arcs_of_the_slider(motives: tuple[Motive, ...], start: float, end: float) -> None:
    arc = ideal_arc(TABLE, motives, GEOMETRY)
    assert arc is not None
    assert (arc.start_deg, arc.end_deg) == pytest.approx((start, end), abs=1e-3)


IDEAL_OPTIONS: dict[str, list[list[Sequence[int]]]] = {
    "altruistic": [[(0,), (8,), (0,), (0,), (8,), (8,)]],
    "prosocial": [
        [(0,), (8,), (8,), (0,), tuple(range(9)), (8,)],  # joint gain
        [(0,), (8,), (8,), (3,), (4,), (8,)],  # maximin: AIIDEI
    ],
    "individualistic": [[tuple(range(9)), (8,), (8,), (8,), (0,), (0,)]],
    "competitive": [[(8,), (0,), (8,), (8,), (0,), (0,)]],
}
"""For each motive the ideal options of the six items."""


def angle_of(profile: Sequence[int]) -> float:
    paid = [TABLE.payoffs[item][option] for item, option in enumerate(profile)]
    return math.degrees(math.atan2(sum(pair[1] for pair in paid) / 6 - 50, sum(pair[0] for pair in paid) / 6 - 50))


@pytest.mark.parametrize("target", TARGETS)
def test_ideal_arcs_hold_the_angles_of_all_ideal_profiles(target: str) -> None:
    angles = [angle_of(profile) for motive in IDEAL_OPTIONS[target] for profile in itertools.product(*motive)]
    arc = ideal_arc(TABLE, TARGETS[target], GEOMETRY)
    assert arc is not None
    assert (arc.start_deg, arc.end_deg) == pytest.approx((min(angles), max(angles)), abs=1e-9)
    np.testing.assert_allclose(angular_distance(np.array(angles), arc), 0, atol=1e-9)
    np.testing.assert_allclose(
        angular_value_rationality(np.array(angles), TABLE, TARGETS[target], GEOMETRY), 1, atol=1e-9
    )


@pytest.mark.parametrize("target", TARGETS)
def test_expected_distance_is_the_mean_over_all_profiles(target: str) -> None:
    arc = ideal_arc(TABLE, TARGETS[target], GEOMETRY)
    assert arc is not None
    distances = np.maximum(
        np.maximum(arc.start_deg - every_angle(), every_angle() - arc.end_deg), 0
    )  # no wrapping here
    assert expected_angular_distance(TABLE, TARGETS[target], GEOMETRY) == pytest.approx(distances.mean(), abs=1e-9)


@pytest.mark.parametrize(
    ("target", "about_deg"), [("altruistic", 39), ("prosocial", 15), ("individualistic", 15.5), ("competitive", 39)]
)
def test_chance_is_closer_to_neutral_targets(target: str, about_deg: float) -> None:
    assert expected_angular_distance(TABLE, TARGETS[target], GEOMETRY) == pytest.approx(about_deg, abs=0.5)


@pytest.mark.parametrize("target", TARGETS)
def test_angular_value_rationality_is_zero_on_average_over_all_profiles(target: str) -> None:
    scored = angular_value_rationality(every_angle(), TABLE, TARGETS[target], GEOMETRY)
    assert scored.mean() == pytest.approx(0, abs=1e-9)
    assert scored.max() == pytest.approx(1, abs=1e-9)
    assert scored.min() < -0.5


@pytest.mark.parametrize("target", TARGETS)
def test_random_profiles_hit_neutral_intervals_only(target: str) -> None:
    arc = ideal_arc(TABLE, TARGETS[target], GEOMETRY)
    assert arc is not None
    hits = float((angular_distance(every_angle(), arc) < 1e-9).mean())
    if target in NEUTRAL:
        assert hits == pytest.approx(0.13, abs=0.015)
    else:
        assert target in PRONOUNCED
        assert hits == 1 / 9**6  # the ideal profile itself


# --- Made-up sliders


def slider(*items: Sequence[tuple[float, float]], centre: tuple[float, float] = (0, 0)) -> tuple[PayoffTable, Slider]:
    table = PayoffTable.from_options(
        {f"i{number}": {f"o{place}": pair for place, pair in enumerate(item)} for number, item in enumerate(items)}
    )
    return table, Slider(
        centre_self=centre[0],
        centre_other=centre[1],
        items=table.item_ids,
        lower_limits_deg={"up": 0.0},
        lowest_category="down",
    )


RING = [(2.0, 0.0), (0.0, 2.0), (-2.0, 0.0), (0.0, -2.0)]


@pytest.mark.parametrize(
    ("items", "motives", "start", "extent"),
    [
        # Ideal to the left of the centre, a little above and a little below.
        ([[(-1, 1), (-1, -1), (1, 0)]], (linear(180),), 135, 90),
        ([[(-1, 0), (1, 0)]], (linear(180),), 180, 0),
        (
            [[(-3, 1), (0, 9), (9, 0)], [(-3, -1), (-3, 1), (0, 9)]],
            (linear(180),),
            180 - math.degrees(math.atan(1 / 3)),
            None,
        ),
        # Two motives on either side of the left.
        ([RING], (linear(90), linear(180)), 90, 90),
        ([RING], (linear(-90), linear(180)), 180, 90),
        ([RING], (linear(135), linear(-135)), 90, 180),
        ([RING], (linear(90), linear(180), linear(-90)), 90, 180),
        ([RING], (linear(0), linear(-90)), -90, 90),
        # The item does not inform about the motive, so every option is ideal.
        (
            [[(-1, 2), (-1, -2), (-1, 0)]],
            (linear(0),),
            180 - math.degrees(math.atan(2)),
            2 * math.degrees(math.atan(2)),
        ),
    ],
)
def test_arcs_across_the_left(
    items: list[list[tuple[float, float]]], motives: tuple[Motive, ...], start: float, extent: float | None
) -> None:
    table, geometry = slider(*items)
    arc = ideal_arc(table, motives, geometry)
    assert arc is not None
    if extent is None:  # the last angle is straight to the left
        extent = 180 - start
    assert (arc.start_deg, arc.extent_deg) == pytest.approx((start, extent))


def test_no_motive_has_no_arc() -> None:
    assert ideal_arc(TABLE, (), GEOMETRY) is None
    assert math.isnan(expected_angular_distance(TABLE, (), GEOMETRY))
    assert np.isnan(angular_value_rationality(np.array([10.0, 20.0]), TABLE, (), GEOMETRY)).all()


def test_where_every_angle_is_ideal_there_is_no_angular_value_rationality() -> None:
    table, geometry = slider([(1, 2), (1, 3)])  # tells nothing about one's own payoff
    assert expected_angular_distance(table, (linear(0),), geometry) == pytest.approx(0, abs=1e-9)
    assert np.isnan(angular_value_rationality(np.array([70.0]), table, (linear(0),), geometry)).all()


def test_a_missing_angle_has_no_angular_value_rationality() -> None:
    scored = angular_value_rationality(np.array([np.nan, 61.38954033]), TABLE, TARGETS["altruistic"], GEOMETRY)
    np.testing.assert_allclose(scored, [np.nan, 1], atol=1e-6)


def test_only_the_items_of_the_slider_count() -> None:
    table, whole = slider([(1, 0), (0, 1)], [(-9, 0), (0, -9)], [(2, 1), (1, 2)])
    geometry = whole.model_copy(update={"items": ("i2", "i0")})
    arc = ideal_arc(table, (linear(90),), geometry)
    assert arc is not None
    assert (arc.start_deg, arc.extent_deg) == pytest.approx((math.degrees(math.atan2(3, 1)), 0))
    # The four profiles of the two items: (2, 1), (1, 2), (2, 3), (3, 1) halved, and so on.
    sums = [(a + c, b + d) for (a, b), (c, d) in itertools.product([(1, 0), (0, 1)], [(2, 1), (1, 2)])]
    distances = [circular(math.degrees(math.atan2(y, x)), math.degrees(math.atan2(3, 1))) for x, y in sums]
    assert expected_angular_distance(table, (linear(90),), geometry) == pytest.approx(sum(distances) / 4)


def test_a_profile_on_the_centre_has_no_angle_and_does_not_count() -> None:
    table, geometry = slider([(3, 1), (1, 1), (-1, 1)], [(1, 1), (3, 1), (2, 3)], centre=(2, 1))
    angles = []
    for (a, b), (c, d) in itertools.product(*table.payoffs):
        x, y = (a + c) / 2 - 2, (b + d) / 2 - 1
        if (x, y) != (0, 0):
            angles.append(math.degrees(math.atan2(y, x)))
    assert len(angles) == 7
    arc = ideal_arc(table, (linear(90),), geometry)
    assert arc is not None
    # Ideal: any option of the first item, the third of the second one.
    ideal = [math.degrees(math.atan2(1, (a + 2) / 2 - 2)) for a in (3, 1, -1)]
    assert (arc.start_deg, arc.end_deg) == pytest.approx((min(ideal), max(ideal)))
    expected = sum(plain_distance(angle, arc.start_deg, arc.extent_deg) for angle in angles) / 7
    assert expected_angular_distance(table, (linear(90),), geometry) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(30))
def test_made_up_sliders_against_every_profile(seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = [[(float(x), float(y)) for x, y in rng.integers(-4, 5, size=(3, 2))] for _ in range(3)]
    table, geometry = slider(*items, centre=(0.25, -0.125))  # no mean of three whole payoffs lies there
    motives = tuple(linear(float(angle)) for angle in rng.choice(range(-179, 180, 7), size=rng.integers(1, 3)))

    def angle(profile: Sequence[tuple[float, float]]) -> float:
        x, y = (sum(pair[side] for pair in profile) / 3 for side in (0, 1))
        return math.degrees(math.atan2(y + 0.125, x - 0.25))

    ideal: set[float] = set()
    for motive in motives:
        weight_self, weight_other = (f(math.radians(motive.utility_angle_deg or 0)) for f in (math.cos, math.sin))
        best = []
        for item in items:
            utilities = [weight_self * x + weight_other * y for x, y in item]
            best.append([pair for pair, u in zip(item, utilities, strict=True) if u > max(utilities) - 1e-9])
        ideal |= {round(angle(profile), 9) for profile in itertools.product(*best)}
    extents = {start: max((other - start) % 360 for other in ideal) for start in ideal}
    shortest = min(extents, key=lambda start: extents[start])

    arc = ideal_arc(table, motives, geometry)
    assert arc is not None
    assert arc.extent_deg == pytest.approx(extents[shortest], abs=1e-6)
    assert circular(arc.start_deg, shortest) == pytest.approx(0, abs=1e-6)
    distances = [
        plain_distance(angle(profile), shortest - 1e-8, extents[shortest] + 2e-8)
        for profile in itertools.product(*items)
    ]
    expected = sum(distances) / len(distances)
    assert expected_angular_distance(table, motives, geometry) == pytest.approx(expected, abs=1e-6)
