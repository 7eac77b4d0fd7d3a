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
    MaximaxMotive,
    MaximinMotive,
    Motive,
    PayoffTable,
    PrioritarianMotive,
    unscorable_reason,
)
from hvae_bench.scorers.payoff_table import SELF_AND_OTHER, StakeError, plane

HALF = math.sqrt(0.5)
MAXIMIN = MaximinMotive(kind="maximin")
INEQUALITY_AVERSION = InequalityAversionMotive(kind="inequality_aversion")


def linear(angle_deg: float) -> LinearMotive:
    return LinearMotive(kind="linear", utility_angle_deg=angle_deg)


def weighted(**weights: float) -> LinearMotive:
    return LinearMotive(kind="linear", weights=weights)


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
    utility = motive.utility(np.array([[payoff_self, payoff_other], [0.0, 0.0]]), SELF_AND_OTHER)
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
        (weighted(self=1, other=-2), 3),
        (weighted(friend=0.5, stranger=0.25, truth=0), 0.75),
    ],
)
def test_sensitivity(motive: Motive, expected: float) -> None:
    assert motive.sensitivity(SELF_AND_OTHER) == pytest.approx(expected)


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
    moved = [payoff_self + more_self, payoff_other + more_other]
    before, after = motive.utility(np.array([[payoff_self, payoff_other], moved]), SELF_AND_OTHER)
    assert abs(after - before) <= motive.sensitivity(SELF_AND_OTHER) + 1e-9


@given(motives)
def test_sensitivity_is_attained(motive: Motive) -> None:
    # Every motive is linear on either side of self = other, so the corners of the unit square suffice.
    changes = [
        abs(float(np.diff(motive.utility(np.array([[own, other], [own + a, other + b]]), SELF_AND_OTHER))[0]))
        for own, other in ((10.0, 0.0), (0.0, 10.0))
        for a in (-1.0, 1.0)
        for b in (-1.0, 1.0)
    ]
    assert max(changes) == pytest.approx(motive.sensitivity(SELF_AND_OTHER))


ADAPTER: TypeAdapter[Motive] = TypeAdapter(Motive)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ('{"kind": "linear", "utility_angle_deg": 90}', linear(90)),
        ('{"kind": "linear", "utility_angle_deg": 180}', linear(180)),
        ('{"kind": "linear", "weights": {"friend": 1, "self": 0.5}}', weighted(self=0.5, friend=1)),
        ('{"kind": "maximin"}', MAXIMIN),
        ('{"kind": "inequality_aversion"}', INEQUALITY_AVERSION),
        ('{"kind": "fehr_schmidt", "alpha": 0.85, "beta": 0.315}', fehr_schmidt(0.85, 0.315)),
        ('{"kind": "maximax", "stakes": ["a", "b"]}', MaximaxMotive(kind="maximax", stakes=("a", "b"))),
        ('{"kind": "prioritarian", "gamma": 0.5}', PrioritarianMotive(kind="prioritarian", gamma=0.5)),
    ],
)
def test_kind_says_which_motive_a_record_is(record: str, expected: Motive) -> None:
    read = ADAPTER.validate_json(record)
    assert read == expected
    assert hash(read) == hash(expected)


@pytest.mark.parametrize(
    "record",
    [
        {"kind": "linear", "utility_angle_deg": -180},
        {"kind": "linear", "utility_angle_deg": 180.5},
        {"kind": "linear", "utility_angle_deg": math.nan},
        {"kind": "linear", "utility_angle_deg": "90"},
        {"kind": "linear", "utility_angle_deg": 90, "alpha": 1},
        {"kind": "linear", "weights": {}},
        {"kind": "linear", "weights": {"self": math.inf}},
        {"kind": "linear", "weights": {"My friend": 1}},
        {"kind": "maximin", "utility_angle_deg": 90},
        {"kind": "fehr_schmidt", "alpha": -0.1, "beta": 0},
        {"kind": "fehr_schmidt", "alpha": math.inf, "beta": 0},
        {"kind": "fehr_schmidt", "alpha": 1},
        {"kind": "prioritarian", "gamma": 0},
        {"kind": "prioritarian", "gamma": 1},
        {"kind": "prioritarian"},
        {"kind": "maximax", "stakes": ["self"]},
        {"kind": "linear", "weights": {"self": 1}, "stakes": ["self", "other"]},
        {"kind": "altruism"},
        {"utility_angle_deg": 90},
    ],
)
def test_what_is_no_motive(record: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(record)


@pytest.mark.parametrize(
    ("motive", "problems"),
    [
        (linear(90), []),
        (weighted(self=0, other=1), []),
        (MAXIMIN, []),
        (LinearMotive(kind="linear"), ["a linear motive has a `utility_angle_deg` or `weights`"]),
        (
            LinearMotive(kind="linear", utility_angle_deg=90, weights={"self": 1}),
            ["a linear motive has a `utility_angle_deg` or `weights`"],
        ),
        (weighted(self=0), ["every weight is 0, so every option is as good as any other"]),
        (MaximinMotive(kind="maximin", stakes=("a", "b", "a")), ["the stake 'a' is named twice"]),
        (
            FehrSchmidtMotive(kind="fehr_schmidt", alpha=1, beta=0, stakes=("friend", "other")),
            ["`stakes` does not name 'self', whom the others are compared with"],
        ),
    ],
)
def test_rules_between_the_fields_of_a_motive(motive: Motive, problems: list[str]) -> None:
    assert [one.problem for one in motive.problems()] == problems


def test_without_a_weight_every_option_is_as_good_as_any_other() -> None:
    table = PayoffTable.from_options({"i": {"a": (0, 9), "b": (9, 0)}})
    assert unscorable_reason(table, (LinearMotive(kind="linear"),)) is not None


THREE = ("friend", "other", "self")
OPTIONS = np.array([[7.0, 15.0, 85.0], [1.0, 30.0, 60.0]])


@pytest.mark.parametrize(
    ("motive", "expected"),
    [
        (weighted(friend=1), [7, 1]),
        (weighted(self=1, friend=-2), [71, 58]),
        (weighted(truth=0, friend=1), None),
        # By name, wherever the stake stands, and whatever other stakes there are.
        (linear(0), [85, 60]),
        (linear(90), [15, 30]),
        (MaximinMotive(kind="maximin", stakes=SELF_AND_OTHER), [15, 30]),
        (MaximaxMotive(kind="maximax", stakes=("other", "friend")), [15, 30]),
        (InequalityAversionMotive(kind="inequality_aversion", stakes=SELF_AND_OTHER), [-70, -30]),
        (FehrSchmidtMotive(kind="fehr_schmidt", alpha=2, beta=0.5, stakes=("other", "self")), [50, 45]),
        (
            PrioritarianMotive(kind="prioritarian", gamma=0.5, stakes=("friend", "other")),
            [7**0.5 + 15**0.5, 1 + 30**0.5],
        ),
        (MaximinMotive(kind="maximin", stakes=("truth", "self")), None),
        # Of all there are, unless some are named.
        (MAXIMIN, [7, 1]),
        (MaximaxMotive(kind="maximax"), [85, 60]),
        (INEQUALITY_AVERSION, [-(8 + 78 + 70) / 3, -(29 + 59 + 30) / 3]),
        (fehr_schmidt(2, 0.5), [85 - (78 + 70) / 4, 60 - (59 + 30) / 4]),
    ],
)
def test_a_motive_looks_at_stakes_by_name(motive: Motive, expected: list[float] | None) -> None:
    if expected is None:
        with pytest.raises(StakeError, match=r"of kind \w+ .* no stake 'truth' here; there are friend, other, self"):
            motive.utility(OPTIONS, THREE)
    else:
        assert motive.utility(OPTIONS, THREE) == pytest.approx(expected)


@pytest.mark.parametrize("motive", [linear(45), fehr_schmidt(1, 0.5)])
def test_what_is_about_oneself_needs_it(motive: Motive) -> None:
    with pytest.raises(StakeError, match="no stake 'self' here; there are friend, stranger"):
        motive.utility(OPTIONS[:, :2], ("friend", "stranger"))


def test_the_plane_of_self_and_other_is_found_among_other_stakes() -> None:
    assert plane(OPTIONS, THREE).tolist() == [[85, 15], [60, 30]]
    with pytest.raises(StakeError, match="no stake 'self'"):
        plane(OPTIONS, ("a", "other", "c"))


def test_weights_of_a_utility_angle() -> None:
    same = weighted(self=math.cos(math.radians(30)), other=math.sin(math.radians(30)))
    pairs = np.array([[85.0, 15.0], [3.0, -4.0]])
    assert linear(30).utility(pairs, SELF_AND_OTHER) == pytest.approx(same.utility(pairs, SELF_AND_OTHER))
    assert linear(30).sensitivity(SELF_AND_OTHER) == pytest.approx(same.sensitivity(SELF_AND_OTHER))
    assert linear(30) != same


def test_a_record_of_a_motive_says_nothing_of_the_other_way_to_write_it() -> None:
    assert linear(30).model_dump() == {"kind": "linear", "utility_angle_deg": 30}
    assert MAXIMIN.model_dump() == {"kind": "maximin"}
    assert weighted(friend=1).model_dump() == {"kind": "linear", "weights": {"friend": 1}}
