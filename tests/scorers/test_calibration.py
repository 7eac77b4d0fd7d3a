"""Calibration: informative items, ratings of options, and what chance scores, by hand and by enumeration."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest

from hvae_bench.scorers import (
    FehrSchmidtMotive,
    InequalityAversionMotive,
    LinearMotive,
    MaximinMotive,
    Motive,
    PayoffTable,
    calibrate,
    unscorable_reason,
)
from hvae_bench.scorers.calibration import item_rationality

Pairs = Sequence[tuple[float, float]]

MAXIMIN = MaximinMotive(kind="maximin")
INEQUALITY_AVERSION = InequalityAversionMotive(kind="inequality_aversion")


def linear(angle_deg: float) -> LinearMotive:
    return LinearMotive(kind="linear", utility_angle_deg=angle_deg)


def fehr_schmidt(alpha: float, beta: float) -> FehrSchmidtMotive:
    return FehrSchmidtMotive(kind="fehr_schmidt", alpha=alpha, beta=beta)


SELFISH, GENEROUS, JOINT = linear(0), linear(90), linear(45)


def table_of(*items: Pairs, payoff_unit: float = 0) -> PayoffTable:
    return PayoffTable.from_options(
        {f"i{number}": {f"o{place}": pair for place, pair in enumerate(item)} for number, item in enumerate(items)},
        payoff_unit,
    )


@pytest.mark.parametrize(
    ("motive", "payoff_unit", "pairs", "informative"),
    [
        # An item informs if the utility ranges over more than the rounding step times the sensitivity.
        (SELFISH, 0, [(0, 0), (1, 0)], True),
        (SELFISH, 1, [(0, 0), (1, 0)], False),
        (SELFISH, 1, [(0, 0), (1.01, 0)], True),
        (SELFISH, 0.5, [(0, 0), (1, 0)], True),
        (SELFISH, 0, [(7, 0), (7, 9)], False),
        (JOINT, 1, [(0, 0), (1, 1)], False),
        (JOINT, 1, [(0, 0), (2, 0)], False),
        (JOINT, 1, [(0, 0), (2, 1)], True),
        (linear(-45), 1, [(0, 0), (1, -1)], False),
        (linear(-45), 1, [(0, 0), (1, -2)], True),
        (MAXIMIN, 1, [(0, 5), (1, 5)], False),
        (MAXIMIN, 1, [(0, 5), (2, 5)], True),
        (INEQUALITY_AVERSION, 1, [(0, 0), (2, 0)], False),
        (INEQUALITY_AVERSION, 1, [(0, 0), (3, 0)], True),
        (fehr_schmidt(1, 0.5), 1, [(0, 0), (0, 3)], False),  # sensitivity 1 + 2 * 1
        (fehr_schmidt(1, 0.5), 1, [(0, 0), (0, 4)], True),
        (fehr_schmidt(0, -1), 1, [(0, 0), (1.5, 0)], False),  # sensitivity |1 + 1| + |-1|, utility 3
        (fehr_schmidt(0, -1), 1, [(0, 0), (2, 0)], True),
        # The tolerance grows with the utilities: 1e-9 of the largest, at least 1e-9.
        (SELFISH, 0, [(0, 0), (0.9e-9, 0)], False),
        (SELFISH, 0, [(0, 0), (1.1e-9, 0)], True),
        (SELFISH, 0, [(1e6, 0), (1e6 + 0.9e-3, 0)], False),
        (SELFISH, 0, [(1e6, 0), (1e6 + 1.1e-3, 0)], True),
        (SELFISH, 0, [(-1e6, 0), (-1e6 + 0.9e-3, 0)], False),
    ],
)
def test_informative(motive: Motive, payoff_unit: float, pairs: Pairs, informative: bool) -> None:
    rated = item_rationality(np.array(pairs, dtype=float), motive, payoff_unit)
    assert rated.informative == informative
    if not informative:
        assert rated.ideal.all()
        assert not rated.rationality.any()


@pytest.mark.parametrize(
    ("motive", "pairs", "rationality", "ideal"),
    [
        (SELFISH, [(0, 0), (10, 0)], [-1, 1], [1]),
        (SELFISH, [(0, 0), (4, 0), (8, 0)], [-1, 0, 1], [2]),
        (SELFISH, [(9, 0), (9, 0), (9, 0), (1, 0)], [1, 1, 1, -3], [0, 1, 2]),
        (SELFISH, [(9, 0), (1, 0), (1, 0), (1, 0)], [1, -1 / 3, -1 / 3, -1 / 3], [0]),
        (linear(-45), [(5, 5), (4, 0), (6, 8)], [-0.2, 1, -0.8], [1]),  # leads 0, 4, -2; mean 2/3
        (MAXIMIN, [(9, 1), (4, 5), (3, 9)], [-1.25, 1, 0.25], [1]),  # 1, 4, 3; mean 8/3
        (INEQUALITY_AVERSION, [(9, 1), (5, 5), (1, 5)], [-1, 1, 0], [1]),  # -8, 0, -4
        (fehr_schmidt(1, 0.5), [(10, 4), (4, 10), (5, 5)], [1, -16 / 11, 5 / 11], [0]),  # 7, -2, 5
    ],
)
def test_rationality_of_options(motive: Motive, pairs: Pairs, rationality: list[float], ideal: list[int]) -> None:
    rated = item_rationality(np.array(pairs, dtype=float), motive, 0)
    np.testing.assert_allclose(rated.rationality, rationality, atol=1e-12)
    assert np.flatnonzero(rated.ideal).tolist() == ideal


def test_maxima_within_the_tolerance_are_all_ideal() -> None:
    rated = item_rationality(np.array([(0, 0), (10, 0), (10 + 5e-9, 0), (10 - 5e-8, 0)]), SELFISH, 0)
    assert np.flatnonzero(rated.ideal).tolist() == [1, 2]


def enumerated(table: PayoffTable, motives: tuple[Motive, ...], items: tuple[int, ...]) -> float:
    """E[R] from the utilities, over every profile of the items."""
    ratings = []
    for motive in motives:
        rated = []
        for pairs in (table.payoffs[i] for i in items):
            utility = motive.utility(*(np.array(column) for column in zip(*pairs, strict=True)))
            lost = np.ptp(utility) <= table.payoff_unit * motive.sensitivity + 1e-9
            rated.append(None if lost else (utility - utility.mean()) / (utility.max() - utility.mean()))
        ratings.append(rated)
    total = 0.0
    n_profiles = 0
    for profile in itertools.product(*(range(len(table.payoffs[i])) for i in items)):
        means = []
        for rated in ratings:
            own = [r[choice] for r, choice in zip(rated, profile, strict=True) if r is not None]
            means.append(sum(own) / len(own))
        total += max(means)
        n_profiles += 1
    return total / n_profiles


UNEVEN = table_of(
    [(10, 0), (8, 6), (5, 9), (0, 10)],
    [(9, 9), (12, 4), (3, 11)],
    [(7, 1), (7, 9)],
    [(1, 12), (6, 2), (11, 7), (4, 4), (0, 0)],
    payoff_unit=1,
)
TARGETS: dict[str, tuple[Motive, ...]] = {
    "prosocial": (JOINT, MAXIMIN),
    "opposed": (SELFISH, linear(180)),
    "either": (SELFISH, GENEROUS),
    "three": (JOINT, MAXIMIN, INEQUALITY_AVERSION),
    "four": (SELFISH, GENEROUS, fehr_schmidt(0.85, 0.315), linear(-45)),
}


@pytest.mark.parametrize("motives", TARGETS.values(), ids=list(TARGETS))
@pytest.mark.parametrize("items", [(0, 1, 2, 3), (3, 1), (0, 2, 3), (0,)])
def test_chance_with_several_motives_is_the_enumerated_one(motives: tuple[Motive, ...], items: tuple[int, ...]) -> None:
    calibration = calibrate(UNEVEN, motives, items)
    assert calibration.expected_rationality == pytest.approx(enumerated(UNEVEN, motives, items), abs=1e-9)
    assert calibration.standard_error == 0


@pytest.mark.parametrize("motive", [SELFISH, MAXIMIN, INEQUALITY_AVERSION, fehr_schmidt(0.85, 0.315)])
def test_chance_with_one_motive_is_zero(motive: Motive) -> None:
    calibration = calibrate(UNEVEN, (motive,), (0, 1, 3))
    assert (calibration.expected_rationality, calibration.standard_error, calibration.unscorable) == (0, 0, None)


def test_chance_too_wide_to_enumerate_is_estimated_with_its_standard_error() -> None:
    # 600 ** 3 sums, none equal to another. The motives oppose each other, so R = |mean of r|.
    n_options = 600
    rng = np.random.default_rng(7)
    # Symmetric about 0, so that r is the payoff divided by the largest one for both motives.
    half = np.sort(rng.uniform(0, 1, size=(3, n_options // 2)), axis=1)
    own = np.concatenate([half, -half], axis=1)
    table = table_of(*([(float(payoff), 0.0) for payoff in payoffs] for payoffs in own))
    calibration = calibrate(table, (SELFISH, linear(180)), (0, 1, 2))

    first, second, third = (payoffs / payoffs.max() / 3 for payoffs in own)
    sums = np.sort((first[:, None] + second[None, :]).ravel())
    below = np.concatenate([[0.0], np.cumsum(sums)])
    cut = np.searchsorted(sums, -third)  # sums smaller than -third count negatively
    absolute = (below[-1] - 2 * below[cut]) + third * (len(sums) - 2 * cut)
    exact = float(absolute.sum()) / n_options**3

    assert 0 < calibration.standard_error < 1e-3
    assert abs(calibration.expected_rationality - exact) < 4 * calibration.standard_error
    calibrate.cache_clear()
    assert calibrate(table, (SELFISH, linear(180)), (0, 1, 2)) == calibration


def one_item_with_headroom(a: int, c: int) -> PayoffTable:
    """Options (1, 0) and (0, 1) a times each and (0, 0) c times: for selfish or generous 1 - E[R] = c / (a + c)."""
    return table_of([(1, 0)] * a + [(0, 1)] * a + [(0, 0)] * c)


@pytest.mark.parametrize(
    ("a", "c", "scorable"),
    [(1, 1, True), (18, 1, True), (20, 1, False), (1, 0, False), (37, 2, True), (39, 2, False)],
)
def test_a_game_without_headroom_above_chance_cannot_score(a: int, c: int, scorable: bool) -> None:
    table = one_item_with_headroom(a, c)
    calibration = calibrate(table, (SELFISH, GENEROUS), (0,))
    assert 1 - calibration.expected_rationality == pytest.approx(c / (a + c))
    for reason in (calibration.unscorable, unscorable_reason(table, (SELFISH, GENEROUS))):
        assert (reason is None) == scorable
        assert scorable or "chance alone scores" in str(reason)


FLAT_FOR_SELF: Pairs = [(5, 0), (5, 9)]
FLAT_FOR_OTHER: Pairs = [(0, 5), (9, 5)]
BOTH: Pairs = [(0, 0), (9, 4), (4, 9)]


@pytest.mark.parametrize(
    ("items", "motives", "reason"),
    [
        ([FLAT_FOR_SELF, BOTH], (SELFISH,), None),
        ([FLAT_FOR_SELF, FLAT_FOR_SELF], (SELFISH,), "no informative item for the motive linear (utility_angle_deg 0)"),
        ([FLAT_FOR_SELF, FLAT_FOR_OTHER], (SELFISH, GENEROUS), None),
        (
            [FLAT_FOR_SELF, FLAT_FOR_SELF],
            (GENEROUS, SELFISH),
            "no informative item for the motive linear (utility_angle_deg 0)",
        ),
        ([FLAT_FOR_OTHER], (SELFISH, GENEROUS), "no informative item for the motive linear (utility_angle_deg 90)"),
        ([[(1, 5), (1, 9)]], (MAXIMIN,), "no informative item for the motive maximin"),
        ([BOTH], (), "the target has no motive"),
    ],
)
def test_a_target_needs_an_informative_item_for_each_motive(
    items: list[Pairs], motives: tuple[Motive, ...], reason: str | None
) -> None:
    assert unscorable_reason(table_of(*items), motives) == reason


def test_the_items_used_decide() -> None:
    table = table_of(FLAT_FOR_SELF, FLAT_FOR_OTHER, BOTH)
    used = {(0,): False, (1,): False, (2,): True, (0, 1): True, (1, 2): True}
    assert {items: calibrate(table, (SELFISH, GENEROUS), items).unscorable is None for items in used} == used
    assert math.isnan(calibrate(table, (SELFISH, GENEROUS), (0,)).expected_rationality)
