"""Motives: utilities and sensitivities that a person can check by hand, and the bound they promise."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from hvae_bench.scorers import (
    FehrSchmidtMotive,
    InequalityAversionMotive,
    LinearMotive,
    MaximinMotive,
    Motive,
)

HALF = math.sqrt(0.5)
MAXIMIN = MaximinMotive(kind="maximin")
INEQUALITY_AVERSION = InequalityAversionMotive(kind="inequality_aversion")


def linear(angle_deg: float) -> LinearMotive:
    return LinearMotive(kind="linear", utility_angle_deg=angle_deg)


def fehr_schmidt(alpha: float, beta: float) -> FehrSchmidtMotive:
    return FehrSchmidtMotive(kind="fehr_schmidt", alpha=alpha, beta=beta)


@pytest.mark.parametrize(
    ("motive", "payoff_self", "payoff_other", "expected"),
    [
        (linear(90), 85, 15, 15),
        (linear(45), 85, 15, 100 * HALF),
        (linear(0), 85, 15, 85),
        (linear(-45), 85, 15, 70 * HALF),
        (linear(-90), 85, 15, -15),
        (linear(135), 85, 15, -70 * HALF),
        (linear(180), 85, 15, -85),
        (linear(60), 10, 20, 5 + 10 * math.sqrt(3)),
        (MAXIMIN, 85, 15, 15),
        (MAXIMIN, 15, 85, 15),
        (MAXIMIN, -3, 2, -3),
        (INEQUALITY_AVERSION, 85, 15, -70),
        (INEQUALITY_AVERSION, 15, 85, -70),
        (INEQUALITY_AVERSION, 50, 50, 0),
        (fehr_schmidt(2, 0.5), 10, 4, 7),  # ahead by 6: 10 - 0.5 * 6
        (fehr_schmidt(2, 0.5), 4, 10, -8),  # behind by 6: 4 - 2 * 6
        (fehr_schmidt(2, 0.5), 7, 7, 7),
        (fehr_schmidt(0, -1), 10, 4, 16),  # likes to be ahead
    ],
)
def test_utility(motive: Motive, payoff_self: float, payoff_other: float, expected: float) -> None:
    utility = motive.utility(np.array([payoff_self, 0.0]), np.array([payoff_other, 0.0]))
    assert utility == pytest.approx([expected, 0.0])


@pytest.mark.parametrize(
    ("motive", "expected"),
    [
        (linear(90), 1),
        (linear(45), 2 * HALF),
        (linear(0), 1),
        (linear(-45), 2 * HALF),
        (linear(180), 1),
        (linear(150), 0.5 + math.sqrt(0.75)),
        (MAXIMIN, 1),
        (INEQUALITY_AVERSION, 2),
        (fehr_schmidt(0.85, 0.315), 2.7),  # 1 + 2 * 0.85
        (fehr_schmidt(0, 0.5), 1),
        (fehr_schmidt(0.1, -1), 3),  # |1 + 1| + |-1|
        (fehr_schmidt(0.1, 2), 3),  # |1 - 2| + |2|
    ],
)
def test_sensitivity(motive: Motive, expected: float) -> None:
    assert motive.sensitivity == pytest.approx(expected)


motives = st.one_of(
    st.floats(-179, 180).map(linear),
    st.just(MAXIMIN),
    st.just(INEQUALITY_AVERSION),
    st.builds(fehr_schmidt, st.floats(0, 3), st.floats(-2, 2)),
)
payoffs = st.integers(-100, 100).map(float)


@given(motives, payoffs, payoffs, st.floats(-1, 1), st.floats(-1, 1))
def test_utility_never_changes_by_more_than_the_sensitivity(
    motive: Motive, payoff_self: float, payoff_other: float, more_self: float, more_other: float
) -> None:
    before, after = motive.utility(
        np.array([payoff_self, payoff_self + more_self]), np.array([payoff_other, payoff_other + more_other])
    )
    assert abs(after - before) <= motive.sensitivity + 1e-9


@given(motives)
def test_sensitivity_is_attained(motive: Motive) -> None:
    # Every motive is linear on either side of self = other, so the corners of the unit square suffice.
    changes = [
        abs(float(np.diff(motive.utility(np.array([own, own + a]), np.array([other, other + b])))[0]))
        for own, other in ((10.0, 0.0), (0.0, 10.0))
        for a in (-1.0, 1.0)
        for b in (-1.0, 1.0)
    ]
    assert max(changes) == pytest.approx(motive.sensitivity)


ADAPTER: TypeAdapter[Motive] = TypeAdapter(Motive)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ('{"kind": "linear", "utility_angle_deg": 90}', linear(90)),
        ('{"kind": "linear", "utility_angle_deg": 180}', linear(180)),
        ('{"kind": "maximin"}', MAXIMIN),
        ('{"kind": "inequality_aversion"}', INEQUALITY_AVERSION),
        ('{"kind": "fehr_schmidt", "alpha": 0.85, "beta": 0.315}', fehr_schmidt(0.85, 0.315)),
    ],
)
def test_kind_says_which_motive_a_record_is(record: str, expected: Motive) -> None:
    read = ADAPTER.validate_json(record)
    assert read == expected
    assert hash(read) == hash(expected)


@pytest.mark.parametrize(
    "record",
    [
        {"kind": "linear"},
        {"kind": "linear", "utility_angle_deg": -180},
        {"kind": "linear", "utility_angle_deg": 180.5},
        {"kind": "linear", "utility_angle_deg": math.nan},
        {"kind": "linear", "utility_angle_deg": "90"},
        {"kind": "linear", "utility_angle_deg": 90, "alpha": 1},
        {"kind": "maximin", "utility_angle_deg": 90},
        {"kind": "fehr_schmidt", "alpha": -0.1, "beta": 0},
        {"kind": "fehr_schmidt", "alpha": math.inf, "beta": 0},
        {"kind": "fehr_schmidt", "alpha": 1},
        {"kind": "altruism"},
        {"utility_angle_deg": 90},
    ],
)
def test_what_is_no_motive(record: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(record)
