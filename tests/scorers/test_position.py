"""Positions: one place throughout, and order consistency against a count of all pairs of dialogues."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from hvae_bench.scorers import (
    MISSING,
    Arm,
    OrderConsistency,
    constant_position,
    constant_position_chance,
    order_consistency,
)

Integers = NDArray[np.int64]

# --- One place throughout


@pytest.mark.parametrize(
    ("positions", "constant"),
    [
        ([0, 0, 0, 0], True),
        ([3, 3, 3, 3, 3, 3], True),
        ([0, 0, 0, 1], False),
        ([1, 0, 0, 0, 0, 0], False),
        ([3, MISSING, 3, 3, MISSING, 3], True),
        ([3, MISSING, 3, 3, MISSING, 2], False),
        # Three answers of one kind mean little.
        ([0, 0, 0], None),
        ([0, 0, 0, MISSING, MISSING, MISSING], None),
        ([0, 1, 2], None),
        ([MISSING] * 6, None),
        ([], None),
    ],
)
def test_constant_position(positions: list[int], constant: bool | None) -> None:
    assert constant_position(positions) is constant


@pytest.mark.parametrize(
    "n_options", [[9] * 6, [2, 2, 2, 2], [9, 2, 5, 3], [3, 4, 4, 4], [2, 3, 2, 4, 2], [7, 1, 1, 1]]
)
def test_chance_of_a_constant_position_is_the_share_of_such_profiles(n_options: list[int]) -> None:
    profiles = itertools.product(*(range(n) for n in n_options))
    constant = sum(len(set(profile)) == 1 for profile in profiles)
    assert constant_position_chance(n_options) == pytest.approx(constant / math.prod(n_options))
    assert constant_position_chance(n_options[::-1]) == pytest.approx(constant_position_chance(n_options))


# --- Order consistency


@dataclass(frozen=True)
class Counted:
    """Means over items, then over cells, as in `OrderConsistency`."""

    cross: float
    within: float
    expected: float


def position_shares(arm: Arm) -> dict[int, float]:
    """Share of each position among all answers of an arm."""
    seen: list[int] = []
    for row in arm.choices:
        seen += [int(arm.shown_at[item, option]) for item, option in enumerate(row) if option != MISSING]
    return {position: seen.count(position) / len(seen) for position in seen}


def mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else math.nan


def pair_by_pair(crossed: Sequence[Sequence[Arm]]) -> Counted:
    """Each pair of dialogues on its own, in loops."""
    cells: list[list[float]] = []
    for arms in crossed:
        if len(arms) < 2:
            continue
        shares = [position_shares(arm) for arm in arms]
        n_items, width = arms[0].shown_at.shape
        items: list[list[float]] = [[], [], []]
        for item in range(n_items):
            cross, expected, within = [], [], []
            for one, other in itertools.combinations(range(len(arms)), 2):
                for a, b in itertools.product(arms[one].choices[:, item], arms[other].choices[:, item]):
                    if MISSING in (a, b):
                        continue
                    cross.append(float(a == b))
                    chance = 0.0
                    for option in range(width):
                        places = int(arms[one].shown_at[item, option]), int(arms[other].shown_at[item, option])
                        if MISSING not in places:
                            chance += shares[one].get(places[0], 0.0) * shares[other].get(places[1], 0.0)
                    expected.append(chance)
            for arm in arms:
                for a, b in itertools.combinations(arm.choices[:, item], 2):
                    if MISSING not in (a, b):
                        within.append(float(a == b))
            for kind, pairs in enumerate((cross, within, expected)):
                if pairs:
                    items[kind].append(mean(pairs))
        cells.append([mean(found) for found in items])
    return Counted(*(mean([cell[kind] for cell in cells if not math.isnan(cell[kind])]) for kind in range(3)))


def assert_is_counted(found: OrderConsistency, crossed: Sequence[Sequence[Arm]]) -> None:
    counted = pair_by_pair(crossed)
    assert found.cross_agreement == pytest.approx(counted.cross, nan_ok=True)
    assert found.within_agreement == pytest.approx(counted.within, nan_ok=True)
    assert found.expected_agreement == pytest.approx(counted.expected, nan_ok=True)
    if counted.expected <= 0.95:
        assert found.reason is None
        scale = 1 - counted.expected
        assert found.consistency == pytest.approx((counted.cross - counted.expected) / scale)
        assert found.ceiling == pytest.approx((counted.within - counted.expected) / scale, nan_ok=True)
    else:
        assert found.reason
        assert math.isnan(found.consistency)


def places(n_options: Sequence[int], rng: np.random.Generator | None = None, *, reverse: bool = False) -> Integers:
    """Positions of the options of each item: as they are, reversed or drawn."""
    shown = np.full((len(n_options), max(n_options)), MISSING, dtype=np.int64)
    for item, n in enumerate(n_options):
        order = np.arange(n) if rng is None else rng.permutation(n)
        shown[item, :n] = order[::-1] if reverse else order
    return shown


def random_arm(rng: np.random.Generator, n_options: Sequence[int], shown_at: Integers, missing: float) -> Arm:
    """Dialogues that lean to some positions and to some options, differently from arm to arm."""
    n = int(rng.integers(1, 8))
    lean = rng.exponential(size=max(n_options))
    choices = np.empty((n, len(n_options)), dtype=np.int64)
    for item, n_here in enumerate(n_options):
        weights = lean[shown_at[item, :n_here]] * rng.exponential(size=n_here)
        choices[:, item] = rng.choice(n_here, size=n, p=weights / weights.sum())
    choices[rng.random(choices.shape) < missing] = MISSING
    return Arm(choices, shown_at)


GAMES = {"alike": [4, 4, 4, 4, 4], "uneven": [2, 5, 3, 9, 4, 2], "two items": [3, 2]}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("n_arms", [2, 3])
@pytest.mark.parametrize("n_options", GAMES.values(), ids=list(GAMES))
def test_random_dialogues_pair_by_pair(n_options: list[int], n_arms: int, missing: float, seed: int) -> None:
    rng = np.random.default_rng([seed, n_arms, int(10 * missing), len(n_options)])
    crossed = [
        [
            random_arm(rng, n_options, places(n_options), missing),
            random_arm(rng, n_options, places(n_options, reverse=True), missing),
            *(random_arm(rng, n_options, places(n_options, rng), missing) for _ in range(n_arms - 2)),
        ]
        for _ in range(3)
    ]
    assert_is_counted(order_consistency(crossed), crossed)


def test_cells_of_unequal_size_count_the_same() -> None:
    rng = np.random.default_rng(2)
    small, large = [3, 3, 3, 3], [6, 6]
    crossed = [
        [random_arm(rng, small, places(small), 0.2), random_arm(rng, small, places(small, reverse=True), 0.2)],
        [random_arm(rng, large, places(large), 0.2), random_arm(rng, large, places(large, reverse=True), 0.2)],
        [random_arm(rng, large, places(large), 0.2)],  # one order only: left out
    ]
    found = order_consistency(crossed)
    assert_is_counted(found, crossed)
    assert found == order_consistency(crossed[:2])


NINE = [9] * 6
FORWARD, BACKWARD = places(NINE), places(NINE, reverse=True)


def test_who_answers_the_payoffs_alone_reaches_one() -> None:
    profile = [0, 8, 0, 3, 8, 4]
    crossed = [[Arm(np.array([profile] * 5), FORWARD), Arm(np.array([profile] * 3), BACKWARD)]]
    found = order_consistency(crossed)
    assert_is_counted(found, crossed)
    assert (found.consistency, found.ceiling) == pytest.approx((1, 1))


def test_who_chooses_one_label_in_each_dialogue_scores_zero() -> None:
    # One dialogue for each label in each order: whatever pair is taken, places alone explain it.
    arms = [Arm(np.array([[option] * 6 for option in range(9)]), shown) for shown in (FORWARD, BACKWARD)]
    found = order_consistency([arms])
    assert_is_counted(found, [arms])
    assert found.consistency == pytest.approx(0, abs=1e-12)
    assert found.expected_agreement == pytest.approx(1 / 9)


@pytest.mark.parametrize("weights", [[1] * 9, [9, 1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 1, 5, 2, 5, 1, 0, 0]])
def test_who_draws_a_label_for_each_item_scores_about_zero(weights: list[float]) -> None:
    rng = np.random.default_rng(6)
    chances = np.array(weights, dtype=float) / sum(weights)
    labels = [rng.choice(9, size=(4000, 6), p=chances) for _ in range(2)]
    found = order_consistency([[Arm(labels[0], FORWARD), Arm(8 - labels[1], BACKWARD)]])
    assert found.reason is None
    assert found.consistency == pytest.approx(0, abs=0.01)


def test_a_noisy_payoff_chooser_reaches_the_ceiling_and_no_more() -> None:
    rng = np.random.default_rng(7)
    ideal = np.array([0, 8, 0, 3, 8, 4])
    arms = []
    for shown in (FORWARD, BACKWARD):
        noise = rng.random((2000, 6)) < 0.4
        arms.append(Arm(np.where(noise, rng.integers(9, size=(2000, 6)), ideal), shown))
    found = order_consistency([arms])
    # Both are drawn from the same chances, 0.6 + 0.4 / 9 for the ideal option and 0.4 / 9 for each other one.
    agreement = (0.6 + 0.4 / 9) ** 2 + 8 * (0.4 / 9) ** 2
    assert found.cross_agreement == pytest.approx(agreement, abs=0.01)
    assert found.within_agreement == pytest.approx(agreement, abs=0.01)
    assert found.consistency == pytest.approx(found.ceiling, abs=0.02)
    assert found.consistency < 0.7


def test_a_place_chooser_falls_short_of_his_ceiling() -> None:
    first = np.zeros((4, 6), dtype=np.int64)
    crossed = [[Arm(first, FORWARD), Arm(first + 8, BACKWARD)]]
    found = order_consistency(crossed)
    assert_is_counted(found, crossed)
    assert (found.consistency, found.ceiling) == pytest.approx((0, 1))


MIDDLE = np.full((50, 6), 4, dtype=np.int64)


def almost_middle(n_other: int) -> Integers:
    """The middle throughout but in so many of the first dialogues, where the first item's first option is taken."""
    choices = MIDDLE.copy()
    choices[:n_other, 0] = 0
    return choices


@pytest.mark.parametrize(
    ("n_other", "known"),
    [
        (0, False),
        (1, False),  # 299 of 300 in either order: 0.993
        (7, False),  # 293 of 300: 0.9544
        (8, True),  # 292 of 300: 0.9481
        (50, True),
    ],
)
def test_where_places_alone_explain_all_agreement_nothing_is_left_to_tell(n_other: int, known: bool) -> None:
    crossed = [[Arm(almost_middle(n_other), FORWARD), Arm(almost_middle(n_other), BACKWARD)]]
    found = order_consistency(crossed)
    assert_is_counted(found, crossed)
    assert math.isnan(found.consistency) == math.isnan(found.ceiling) == (not known)
    assert (found.reason is None) == known
    assert known or "positions alone would agree in 0.9" in str(found.reason) or found.expected_agreement == 1


NOBODY = np.full((2, 6), MISSING, dtype=np.int64)


@pytest.mark.parametrize(
    ("crossed", "reason"),
    [
        ([], "no cell was run in two option orders"),
        ([[Arm(MIDDLE, FORWARD)], [Arm(MIDDLE, BACKWARD)]], "no cell was run in two option orders"),
        ([[Arm(MIDDLE, FORWARD), Arm(NOBODY, BACKWARD)]], "no item was answered in two option orders"),
        ([[Arm(MIDDLE[:0], FORWARD), Arm(MIDDLE, BACKWARD)]], "no item was answered in two option orders"),
        ([[Arm(NOBODY, FORWARD), Arm(NOBODY, BACKWARD)]], "no item was answered in two option orders"),
    ],
)
def test_no_consistency_says_why(crossed: list[list[Arm]], reason: str) -> None:
    found = order_consistency(crossed)
    assert found.reason == reason
    assert np.isnan([found.consistency, found.ceiling, found.cross_agreement, found.expected_agreement]).all()


def test_one_dialogue_in_each_order_has_no_ceiling() -> None:
    crossed = [[Arm(np.array([[0, 8, 0, 3, 8, 4]]), FORWARD), Arm(np.array([[0, 8, 0, 3, 8, 5]]), BACKWARD)]]
    found = order_consistency(crossed)
    assert_is_counted(found, crossed)
    assert found.cross_agreement == pytest.approx(5 / 6)
    assert math.isnan(found.within_agreement)
    assert math.isnan(found.ceiling)
    assert found.consistency < 1


def test_items_that_nobody_answered_in_both_orders_are_left_out() -> None:
    # The second item has no pair; of the others two agree in one of two pairs.
    one = Arm(np.array([[0, MISSING, 2]]), places([3, 3, 3]))
    other = Arm(np.array([[0, 1, 2], [1, 1, 0]]), places([3, 3, 3], reverse=True))
    found = order_consistency([[one, other]])
    assert_is_counted(found, [[one, other]])
    assert found.cross_agreement == pytest.approx(1 / 2)
