"""Ring measure: vectors by hand, followers of every direction, and the random responder by enumeration."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.scorers import MISSING, LinearMotive, PayoffTable, Ring, ring_category, ring_vector
from hvae_bench.scorers.calibration import item_rationality
from hvae_bench.scorers.ring import largest_length

GAME = load_catalog().games["ring-24"]
TABLE = GAME.payoff_table()
DECLARED = GAME.ring
assert DECLARED is not None
GEOMETRY: Ring = DECLARED

OCTANTS: dict[str, float] = {
    "individualistic": 0,
    "cooperative": 45,
    "altruistic": 90,
    "martyr": 135,
    "masochistic": 180,
    "sadomasochistic": -135,
    "aggressive": -90,
    "competitive": -45,
}

POINTS = 15 * np.exp(1j * np.radians(15 * np.arange(25)))
"""The exact ring, as complex numbers: own payoff the real part, the other's the imaginary one."""


def follow(angle_deg: float) -> NDArray[np.int64]:
    """What somebody chooses who maximises a linear utility of the payoffs that are shown."""
    motive = LinearMotive(kind="linear", utility_angle_deg=angle_deg)
    rated = [item_rationality(TABLE.item(place), motive, 0.0) for place in range(TABLE.n_items)]
    return np.array([[int(np.argmax(rating.ideal)) for rating in rated]])


def apart(one_deg: float, other_deg: float) -> float:
    return abs((one_deg - other_deg + 180) % 360 - 180)


def test_the_items_are_the_neighbours_on_the_ring_rounded_to_the_unit() -> None:
    assert TABLE.payoff_unit == 0.01
    assert TABLE.n_items == 24
    for place, options in enumerate(TABLE.payoffs):
        exact = [(point.real, point.imag) for point in POINTS[place : place + 2]]
        np.testing.assert_allclose(options, exact, atol=0.005)
        np.testing.assert_array_equal(np.round(options, 2), options)


def test_the_octants_are_declared() -> None:
    assert Ring(centre_self=0.0, centre_other=0.0, octants=OCTANTS) == GEOMETRY


@pytest.mark.parametrize("angle_deg", range(-165, 181, 15))
def test_a_follower_of_a_multiple_of_15_degrees_attains_it_at_full_length(angle_deg: int) -> None:
    vector = ring_vector(follow(angle_deg), TABLE, GEOMETRY)
    assert apart(vector.angle_deg[0], angle_deg) < 0.01
    assert vector.length[0] == pytest.approx(30, abs=0.01)
    assert vector.consistency[0] == pytest.approx(1, abs=4e-4)


@settings(max_examples=100, deadline=None)
@given(st.floats(-179.99, 180))
def test_a_follower_of_any_angle_lands_on_the_nearest_multiple_of_15_degrees(angle_deg: float) -> None:
    nearest = 15 * round(angle_deg / 15)
    if apart(angle_deg, nearest) > 7.3:
        return  # rounding decides half way
    vector = ring_vector(follow(angle_deg), TABLE, GEOMETRY)
    assert apart(vector.angle_deg[0], nearest) < 0.01
    assert vector.length[0] == pytest.approx(30, abs=0.01)


@pytest.mark.parametrize(("category", "angle_deg"), OCTANTS.items())
def test_a_follower_of_an_octant_is_of_its_category(category: str, angle_deg: float) -> None:
    for aside in (-22.4, 0, 22.4):
        vector = ring_vector(follow((angle_deg + aside + 179.9) % 360 - 179.9), TABLE, GEOMETRY)
        assert ring_category(vector.angle_deg, GEOMETRY) == [category]


@pytest.mark.parametrize(
    ("angle_deg", "category"),
    [
        (22.4, "individualistic"),
        (22.5, "cooperative"),
        (67.5, "altruistic"),
        (112.5, "martyr"),
        (157.5, "masochistic"),
        (-157.5, "sadomasochistic"),
        (-112.5, "aggressive"),
        (-67.5, "competitive"),
        (-22.5, "individualistic"),
        (-22.6, "competitive"),
        (180, "masochistic"),
        (-179, "masochistic"),
        (math.nan, None),
    ],
)
def test_the_lower_end_of_an_octant_belongs_to_it(angle_deg: float, category: str | None) -> None:
    assert ring_category(np.array([angle_deg]), GEOMETRY) == [category]


def test_random_responder() -> None:
    """All 2 ** 24 profiles, on the exact ring: how consistent chance looks, and the two usual thresholds."""
    halves = [
        np.array([sum(points) for points in itertools.product(*(POINTS[place : place + 2] for place in places))])
        for places in (range(12), range(12, 24))
    ]
    total = count_25 = count_60 = 0.0
    for first in halves[0]:
        consistency = np.abs(first + halves[1]) / 30
        total += consistency.sum()
        count_25 += (consistency >= 0.25).sum()
        count_60 += (consistency >= 0.60).sum()
    mean, share_25, share_60 = (number / 2**24 for number in (total, count_25, count_60))
    assert mean == pytest.approx(0.285, abs=5e-4)
    assert share_25 == pytest.approx(0.557, abs=5e-4)
    assert share_60 == pytest.approx(0.026, abs=5e-4)
    # And drawn, on the game as it is; four standard errors.
    n = 40_000
    drawn = ring_vector(np.random.default_rng(1).integers(0, 2, (n, 24)), TABLE, GEOMETRY).consistency
    assert drawn.mean() == pytest.approx(mean, abs=4 * drawn.std() / math.sqrt(n))
    for limit, share in ((0.25, share_25), (0.60, share_60)):
        assert (drawn >= limit).mean() == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / n))


@pytest.mark.parametrize("option", [0, 1])
def test_one_position_throughout_has_no_direction(option: int) -> None:
    vector = ring_vector(np.full((1, 24), option), TABLE, GEOMETRY)
    assert np.isnan(vector.angle_deg[0])
    assert (vector.length[0], vector.consistency[0]) == pytest.approx((0, 0), abs=1e-9)


def test_a_missing_answer_leaves_nothing() -> None:
    choices = np.concatenate([follow(45), follow(45)])
    choices[0, 7] = MISSING
    vector = ring_vector(choices, TABLE, GEOMETRY)
    for array in (vector.angle_deg, vector.length, vector.consistency):
        assert np.isnan(array).tolist() == [True, False]


def test_a_vector_by_hand() -> None:
    table = PayoffTable.from_options({"i": {"a": (2, 1), "b": (1, 4)}, "j": {"a": (4, 1), "b": (1, 3), "c": (1, 1)}})
    geometry = Ring(centre_self=1, centre_other=1, octants={"self": 0, "other": 90})
    vector = ring_vector(np.array([[0, 0], [1, 1], [1, 0], [0, 2], [1, 2]]), table, geometry)
    # Seen from (1, 1): 1,0 + 3,0; 0,3 + 0,2; 0,3 + 3,0; 1,0 + 0,0; 0,3 + 0,0.
    np.testing.assert_allclose(vector.length, [4, 5, math.sqrt(18), 1, 3])
    np.testing.assert_allclose(vector.angle_deg, [0, 90, 45, 0, 90])
    np.testing.assert_allclose(vector.consistency, vector.length / 5)
    assert ring_category(vector.angle_deg, geometry) == ["self", "other", "other", "self", "other"]


def test_options_on_the_centre_have_no_consistency() -> None:
    table = PayoffTable.from_options({"i": {"a": (3, 3), "b": (3, 3)}})
    vector = ring_vector(np.array([[0]]), table, Ring(centre_self=3, centre_other=3, octants={"self": 0, "other": 90}))
    assert vector.length[0] == 0
    assert np.isnan([vector.angle_deg[0], vector.consistency[0]]).all()


payoffs = st.tuples(st.integers(-9, 9), st.integers(-9, 9))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(payoffs, min_size=2, max_size=4), min_size=1, max_size=4), payoffs)
def test_no_choices_give_a_longer_vector_than_the_largest(
    items: list[list[tuple[int, int]]], centre: tuple[int, int]
) -> None:
    table = PayoffTable.from_options(
        {f"i{i}": {f"o{o}": pair for o, pair in enumerate(pairs)} for i, pairs in enumerate(items)}
    )
    lengths = [
        math.hypot(sum(own - centre[0] for own, _ in profile), sum(other - centre[1] for _, other in profile))
        for profile in itertools.product(*items)
    ]
    assert largest_length(table, centre) == pytest.approx(max(lengths))
