"""Calibration: informative items, ratings of options, and what chance scores, by hand and by enumeration."""

import itertools
import math
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.scorers import (
    Calibration,
    FehrSchmidtMotive,
    InequalityAversionMotive,
    LinearMotive,
    MaximinMotive,
    Motive,
    PayoffTable,
    calibrate,
    convolution,
    expected_value_rationality,
    ideal_chances,
    uniform_chances,
    unscorable_reason,
    value_rationality,
)
from hvae_bench.scorers.calibration import Chances, item_rationality

Pairs = Sequence[tuple[float, ...]]
Floats = NDArray[np.float64]

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
            utility = motive.utility(np.array(pairs), table.stakes)
            lost = np.ptp(utility) <= table.payoff_unit * motive.sensitivity(table.stakes) + 1e-9
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


@cache
def too_wide() -> tuple[PayoffTable, float, float]:
    """A game of 600 ** 3 different sums, and mean and standard deviation of |mean of r| for its own payoff."""
    n_options = 600
    rng = np.random.default_rng(7)
    # Symmetric about 0, so that r is the payoff divided by the largest one, or the negative of that.
    half = np.sort(rng.uniform(0, 1, size=(3, n_options // 2)), axis=1)
    own = np.concatenate([half, -half], axis=1)
    table = table_of(*([(float(payoff), 0.0) for payoff in payoffs] for payoffs in own))
    first, second, third = (payoffs / payoffs.max() / 3 for payoffs in own)
    sums = np.sort((first[:, None] + second[None, :]).ravel())
    below = np.concatenate([[0.0], np.cumsum(sums)])
    cut = np.searchsorted(sums, -third)  # sums smaller than -third count negatively
    absolute = (below[-1] - 2 * below[cut]) + third * (len(sums) - 2 * cut)
    mean = float(absolute.sum()) / n_options**3
    squared = sum(float((payoffs**2).mean()) for payoffs in (first, second, third))
    return table, mean, math.sqrt(squared - mean**2)


def test_two_motives_on_a_game_too_wide_to_enumerate_are_exact_on_a_grid() -> None:
    table, mean, sd = too_wide()
    calibration = calibrate(table, (SELFISH, linear(180)), (0, 1, 2))  # opposed, so R = |mean of r|
    assert calibration.expected_rationality == pytest.approx(mean, abs=1e-7)
    assert calibration.rationality_sd == pytest.approx(sd, abs=1e-6)
    assert calibration.standard_error == 0


def test_three_motives_on_a_game_too_wide_to_enumerate_are_estimated_with_their_standard_error() -> None:
    table, mean, sd = too_wide()
    # The other's payoff is 0 throughout, so the third motive rates as the second does.
    motives = (SELFISH, linear(180), linear(160))
    calibration = calibrate(table, motives, (0, 1, 2))
    assert 0 < calibration.standard_error < 1e-3
    assert abs(calibration.expected_rationality - mean) < 4 * calibration.standard_error
    assert calibration.rationality_sd == pytest.approx(sd, abs=4 * calibration.standard_error)
    assert calibrate.__wrapped__(table, motives, (0, 1, 2)) == calibration  # seeded


# --- The slider

SLIDER = load_catalog().games["svo-slider-primary"].payoff_table()
SECONDARY = """
100/50 96/56 93/63 89/69 85/75 81/81 78/88 74/94 70/100
90/100 91/99 93/98 94/96 95/95 96/94 98/93 99/91 100/90
100/70 94/74 88/78 81/81 75/85 69/89 63/93 56/96 50/100
100/70 99/74 98/78 96/81 95/85 94/89 93/93 91/96 90/100
70/100 74/96 78/93 81/89 85/85 89/81 93/78 96/74 100/70
50/100 56/99 63/98 69/96 75/95 81/94 88/93 94/91 100/90
50/100 56/94 63/88 69/81 75/75 81/69 88/63 94/56 100/50
100/90 96/91 93/93 89/94 85/95 81/96 78/98 74/99 70/100
90/100 91/94 93/88 94/81 95/75 96/69 98/63 99/56 100/50
"""
"""Secondary items of Murphy, Ackermann & Handgraaf 2011, self/other from the first option to the ninth."""
FIFTEEN = table_of(
    *SLIDER.payoffs,
    *(
        [(float(own), float(other)) for own, other in (pair.split("/") for pair in line.split())]
        for line in SECONDARY.strip().split("\n")
    ),
    payoff_unit=1,
)
SLIDER_TARGETS: dict[str, tuple[Motive, ...]] = {
    **{id_: one.motives for id_, one in load_catalog().values.items() if one.motives and one.belongs_to("svo")},
    "opposed": (GENEROUS, linear(-90)),
    "fair or spiteful": (fehr_schmidt(0.85, 0.315), linear(-45)),
    "any prosociality": (INEQUALITY_AVERSION, JOINT, MAXIMIN),
    "selfish, generous or spiteful": (SELFISH, GENEROUS, linear(-45)),
}


def plain_utility(motive: Motive, own: float, other: float) -> float:
    if isinstance(motive, LinearMotive):
        theta = math.radians(motive.utility_angle_deg or 0)
        return math.cos(theta) * own + math.sin(theta) * other
    if isinstance(motive, MaximinMotive):
        return min(own, other)
    if isinstance(motive, InequalityAversionMotive):
        return -abs(own - other)
    assert isinstance(motive, FehrSchmidtMotive)
    return own - motive.alpha * max(other - own, 0) - motive.beta * max(own - other, 0)


def plain_noise(motive: Motive) -> float:
    """How much the utility of payoffs can change that were rounded to whole numbers."""
    if isinstance(motive, LinearMotive):
        theta = math.radians(motive.utility_angle_deg or 0)
        return abs(math.cos(theta)) + abs(math.sin(theta))
    if isinstance(motive, MaximinMotive):
        return 1
    if isinstance(motive, InequalityAversionMotive):
        return 2
    assert isinstance(motive, FehrSchmidtMotive)
    return max(1 + 2 * motive.alpha, abs(1 - motive.beta) + abs(motive.beta))


def plain_ratings(pairs: Pairs, motive: Motive) -> list[float] | None:
    """r of each option, where payoffs are whole numbers; None where the item does not inform about the motive."""
    utilities = [plain_utility(motive, own, other) for own, other in pairs]
    if max(utilities) - min(utilities) <= plain_noise(motive) + 1e-9 * max(1, *map(abs, utilities)):
        return None
    mean = sum(utilities) / len(utilities)
    return [(utility - mean) / (max(utilities) - mean) for utility in utilities]


def every_rationality(items: Sequence[int], motives: Sequence[Motive]) -> Floats | None:
    """R of every profile of these items; None if one of the motives has no informative item."""
    best: Floats | None = None
    for motive in motives:
        rated = [plain_ratings(FIFTEEN.payoffs[i], motive) for i in items]
        n_informative = sum(r is not None for r in rated)
        if n_informative == 0:
            return None
        sums = np.zeros(1)
        for r in rated:
            sums = np.add.outer(sums, r or [0.0] * 9).ravel()
        best = sums / n_informative if best is None else np.maximum(best, sums / n_informative)
    return best


def assert_calibrated(items: tuple[int, ...], motives: tuple[Motive, ...]) -> bool:
    """Compare with the enumeration; returns whether these items can score the target at all."""
    calibration = calibrate(FIFTEEN, motives, items)
    every = every_rationality(items, motives)
    if every is None:
        assert str(calibration.unscorable).startswith("no informative item")
        assert math.isnan(calibration.expected_rationality)
        return False
    assert calibration.expected_rationality == pytest.approx(every.mean(), abs=1e-10)
    assert calibration.rationality_sd == pytest.approx(every.std(), abs=1e-10)
    assert calibration.standard_error == 0
    assert (calibration.unscorable is None) == (1 - every.mean() >= 0.05)
    scored = (every - every.mean()) / (1 - every.mean())
    assert calibration.value_rationality_sd == pytest.approx(scored.std(), abs=1e-9)
    return True


@pytest.mark.parametrize("motives", SLIDER_TARGETS.values(), ids=list(SLIDER_TARGETS))
def test_chance_on_the_primary_items_is_the_enumerated_one(motives: tuple[Motive, ...]) -> None:
    assert assert_calibrated(tuple(range(6)), motives)
    assert calibrate(SLIDER, motives, tuple(range(6))) == calibrate(FIFTEEN, motives, tuple(range(6)))


@pytest.mark.parametrize("motives", SLIDER_TARGETS.values(), ids=list(SLIDER_TARGETS))
def test_chance_on_random_subsets_of_all_items_is_the_enumerated_one(motives: tuple[Motive, ...]) -> None:
    rng = np.random.default_rng(12)
    subsets = [tuple(rng.choice(15, size=1 + number % 6, replace=False).tolist()) for number in range(20)]
    assert {len(subset) for subset in subsets} == set(range(1, 7))
    scorable = [assert_calibrated(subset, motives) for subset in subsets]
    assert any(scorable)


def drawn_rationality(items: Sequence[int], motives: Sequence[Motive], n_draws: int, seed: int) -> Floats:
    """R of random profiles."""
    rng = np.random.default_rng(seed)
    profiles = rng.integers(9, size=(len(items), n_draws), dtype=np.int8)
    best = np.full(n_draws, -np.inf)
    for motive in motives:
        rated = [plain_ratings(FIFTEEN.payoffs[i], motive) for i in items]
        sums = sum(np.array(r)[choices] for r, choices in zip(rated, profiles, strict=True) if r is not None)
        best = np.maximum(best, np.asarray(sums) / sum(r is not None for r in rated))
    return best


TWO_MOTIVES = ["prosocial", "opposed", "fair or spiteful"]


@pytest.mark.parametrize("n_items", range(7, 16))
@pytest.mark.parametrize("target", TWO_MOTIVES)
def test_chance_on_many_items_is_the_drawn_one(target: str, n_items: int) -> None:
    n_draws = 400_000
    items = tuple(sorted(np.random.default_rng(n_items).choice(15, size=n_items, replace=False).tolist()))
    calibration = calibrate(FIFTEEN, SLIDER_TARGETS[target], items)
    drawn = drawn_rationality(items, SLIDER_TARGETS[target], n_draws, seed=n_items)
    assert calibration.standard_error == 0
    assert abs(calibration.expected_rationality - drawn.mean()) < 4 * drawn.std() / math.sqrt(n_draws)
    squares = (drawn - drawn.mean()) ** 2
    assert abs(calibration.rationality_sd**2 - squares.mean()) < 4 * squares.std() / math.sqrt(n_draws)


def without_exact_convolution(items: tuple[int, ...], motives: tuple[Motive, ...]) -> Calibration:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "MAX_SUPPORT", 1)
        return calibrate.__wrapped__(FIFTEEN, motives, items)


@pytest.mark.parametrize("items", [(3, 4, 5), (4, 5, 6, 7), (1, 2, 3, 6, 9), (0, 1, 2, 3, 4, 5)])
@pytest.mark.parametrize("target", TWO_MOTIVES)
def test_the_grid_agrees_with_the_exact_convolution(target: str, items: tuple[int, ...]) -> None:
    exact = calibrate(FIFTEEN, SLIDER_TARGETS[target], items)
    grid = without_exact_convolution(items, SLIDER_TARGETS[target])
    # Largest where profiles serve both motives exactly alike, which is where the larger one changes.
    assert grid.expected_rationality == pytest.approx(exact.expected_rationality, abs=5e-9)
    assert grid.rationality_sd == pytest.approx(exact.rationality_sd, abs=5e-9)
    assert grid.rationality_sd != exact.rationality_sd  # it was indeed another computation
    assert grid.standard_error == exact.standard_error == 0


def test_a_grid_that_could_be_off_is_not_used() -> None:
    # Of these two items many profiles serve both motives exactly alike.
    exact = calibrate(FIFTEEN, SLIDER_TARGETS["fair or spiteful"], (5, 6))
    drawn = without_exact_convolution((5, 6), SLIDER_TARGETS["fair or spiteful"])
    assert exact.standard_error == 0
    assert 0 < drawn.standard_error < 1e-3
    assert abs(drawn.expected_rationality - exact.expected_rationality) < 4 * drawn.standard_error


# --- Responders with known chances


def random_chances(table: PayoffTable, seed: int) -> Chances:
    """Unequal chances, some of them 0."""
    rng = np.random.default_rng(seed)
    chances = []
    for options in table.option_ids:
        weights = rng.exponential(size=len(options)) * (rng.random(len(options)) < 0.7)
        weights[rng.integers(len(options))] += 0.5
        chances.append(tuple((weights / weights.sum()).tolist()))
    return tuple(chances)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("motives", [(SELFISH,), (MAXIMIN,), *TARGETS.values()])
def test_expected_value_rationality_is_the_enumerated_one(motives: tuple[Motive, ...], seed: int) -> None:
    chances = random_chances(UNEVEN, seed)
    profiles = list(itertools.product(*(range(len(options)) for options in UNEVEN.option_ids)))
    scored = value_rationality(np.array(profiles), UNEVEN, motives).value_rationality
    # Weighted by what the responder does, beside the mean 0 of all profiles alike.
    weights = [math.prod(chance[place] for chance, place in zip(chances, one, strict=True)) for one in profiles]
    mean = sum(weight * score for weight, score in zip(weights, scored, strict=True))
    variance = sum(weight * (score - mean) ** 2 for weight, score in zip(weights, scored, strict=True))
    expected = expected_value_rationality(UNEVEN, motives, chances)
    assert expected.mean == pytest.approx(mean, abs=1e-9)
    assert expected.sd == pytest.approx(math.sqrt(variance), abs=1e-9)
    assert scored.mean() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("motives", SLIDER_TARGETS.values(), ids=list(SLIDER_TARGETS))
def test_expected_value_rationality_on_the_slider(motives: tuple[Motive, ...]) -> None:
    chances = random_chances(SLIDER, 5)
    weights = np.ones(1)
    for chance in chances:
        weights = np.outer(weights, chance).ravel()
    every = every_rationality(range(6), motives)
    assert every is not None
    scored = (every - every.mean()) / (1 - every.mean())
    mean = float(weights @ scored)
    expected = expected_value_rationality(SLIDER, motives, chances)
    assert expected.mean == pytest.approx(mean, abs=1e-9)
    assert expected.sd == pytest.approx(math.sqrt(float(weights @ (scored - mean) ** 2)), abs=1e-9)


@pytest.mark.parametrize("motives", SLIDER_TARGETS.values(), ids=list(SLIDER_TARGETS))
def test_the_uniform_responder_scores_zero_and_the_ideal_one_without_deviation(motives: tuple[Motive, ...]) -> None:
    uniform = expected_value_rationality(SLIDER, motives, uniform_chances(SLIDER))
    assert uniform.mean == pytest.approx(0, abs=1e-9)
    assert uniform.sd == pytest.approx(calibrate(SLIDER, motives, tuple(range(6))).value_rationality_sd, abs=1e-9)
    for motive in motives:
        ideal = expected_value_rationality(SLIDER, motives, ideal_chances(SLIDER, motive))
        assert (ideal.mean, ideal.sd) == pytest.approx((1, 0), abs=1e-6)


@pytest.mark.parametrize("motives", [(), (SELFISH, GENEROUS), (MAXIMIN,)])
def test_nothing_is_expected_of_a_game_that_cannot_score(motives: tuple[Motive, ...]) -> None:
    table = table_of([(1, 5), (1, 9)])
    expected = expected_value_rationality(table, motives, uniform_chances(table))
    assert math.isnan(expected.mean)
    assert math.isnan(expected.sd)


@pytest.mark.parametrize(
    ("motive", "chances"),
    [
        (SELFISH, [(1, 0, 0, 0), (0, 1, 0), (1 / 2, 1 / 2), (0, 0, 1, 0, 0)]),  # in the third item all get 7
        (GENEROUS, [(0, 0, 0, 1), (0, 0, 1), (0, 1), (1, 0, 0, 0, 0)]),
        (JOINT, [(0, 1 / 2, 1 / 2, 0), (1, 0, 0), (0, 1), (0, 0, 1, 0, 0)]),
        (MAXIMIN, [(0, 1, 0, 0), (1, 0, 0), (0, 1), (0, 0, 1, 0, 0)]),
    ],
)
def test_ideal_chances(motive: Motive, chances: Sequence[Sequence[float]]) -> None:
    for found, expected in zip(ideal_chances(UNEVEN, motive), chances, strict=True):
        assert found == pytest.approx(expected)


def test_uniform_chances() -> None:
    chances = [(1 / 4,) * 4, (1 / 3,) * 3, (1 / 2,) * 2, (1 / 5,) * 5]
    for found, expected in zip(uniform_chances(UNEVEN), chances, strict=True):
        assert found == pytest.approx(expected)


# --- What cannot be scored


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
