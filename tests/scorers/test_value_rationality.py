"""Value rationality against a slow second computation, and its geometry.

The functions `plain_*` follow the definitions word by word: loops over items and options, chance and bounds by
counting every profile and every completion. They share no code with the package but the motives' parameters.
"""

import math
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.scorers import (
    MISSING,
    FehrSchmidtMotive,
    InequalityAversionMotive,
    LinearMotive,
    MaximinMotive,
    Motive,
    PayoffTable,
    ValueRationality,
    calibrate,
    value_rationality,
)
from tests.work import calls

Motives = tuple[Motive, ...]
Options = tuple[tuple[float, float], ...]
Row = tuple[int, ...]
Ratings = tuple[tuple[float, ...], ...]
"""What each option of an item adds to each motive's sum of r."""

MAXIMIN = MaximinMotive(kind="maximin")
INEQUALITY_AVERSION = InequalityAversionMotive(kind="inequality_aversion")


def linear(angle_deg: float) -> LinearMotive:
    return LinearMotive(kind="linear", utility_angle_deg=angle_deg)


def fehr_schmidt(alpha: float, beta: float) -> FehrSchmidtMotive:
    return FehrSchmidtMotive(kind="fehr_schmidt", alpha=alpha, beta=beta)


SELFISH, GENEROUS, JOINT, COMPETITIVE = linear(0), linear(90), linear(45), linear(-45)

SLIDER = load_catalog().games["svo-slider-primary"].payoff_table()
TARGETS: dict[str, Motives] = {
    id_: value.motives for id_, value in load_catalog().values.items() if value.motives and value.belongs_to("svo")
} | {
    "selfish-or-generous": (SELFISH, GENEROUS),
    "any-prosociality": (INEQUALITY_AVERSION, JOINT, MAXIMIN),
    "opposed": (GENEROUS, COMPETITIVE),
    "fair-minded": (fehr_schmidt(0.85, 0.315),),
    "fair-or-spiteful": (fehr_schmidt(0.85, 0.315), COMPETITIVE),
    "oblique": (linear(61.39),),
    "four": (linear(30), JOINT, fehr_schmidt(0.85, 0.315), MAXIMIN),
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


def plain_rounding_loss(motive: Motive) -> float:
    if isinstance(motive, LinearMotive):
        theta = math.radians(motive.utility_angle_deg or 0)
        return abs(math.cos(theta)) + abs(math.sin(theta))
    if isinstance(motive, MaximinMotive):
        return 1
    if isinstance(motive, InequalityAversionMotive):
        return 2
    assert isinstance(motive, FehrSchmidtMotive)
    return max(1 + 2 * motive.alpha, abs(1 - motive.beta) + abs(motive.beta))


@cache
def plain_r(options: Options, payoff_unit: float, motive: Motive) -> tuple[float, ...] | None:
    """r of each option; None where the item does not inform about the motive."""
    utilities = [plain_utility(motive, own, other) for own, other in options]
    tolerance = 1e-9 * max(1, max(abs(utility) for utility in utilities))
    if not max(utilities) - min(utilities) > payoff_unit * plain_rounding_loss(motive) + tolerance:
        return None
    mean = sum(utilities) / len(utilities)
    return tuple((utility - mean) / (max(utilities) - mean) for utility in utilities)


@cache
def plain_ratings(options: Options, payoff_unit: float, motives: Motives) -> Ratings:
    rated = [plain_r(options, payoff_unit, motive) for motive in motives]
    return tuple(tuple(0.0 if r is None else r[place] for r in rated) for place in range(len(options)))


def plain_counts(table: PayoffTable, motives: Motives, items: Iterable[int]) -> list[int]:
    items = list(items)
    return [sum(plain_r(table.payoffs[i], table.payoff_unit, motive) is not None for i in items) for motive in motives]


def every_sum(start: tuple[float, ...], items: Iterable[Ratings]) -> list[tuple[float, ...]]:
    """Each motive's sum of r for every way to answer the items, one entry for each way."""
    sums = [start]
    for ratings in items:
        if len(start) == 2:  # the same as below, only faster
            sums = [(a + x, b + y) for a, b in sums for x, y in ratings]
        else:
            sums = [tuple(map(float.__add__, total, option)) for total in sums for option in ratings]
    return sums


@cache
def plain_chance(table: PayoffTable, motives: Motives, items: tuple[int, ...]) -> float | None:
    """E[R] over every profile of the items; None where they cannot score the target."""
    counts = plain_counts(table, motives, items)
    if not motives or 0 in counts:
        return None
    ratings = [plain_ratings(table.payoffs[i], table.payoff_unit, motives) for i in items]
    if len(motives) == 1:
        chance = 0.0
    else:
        best = [max(map(float.__truediv__, sums, counts)) for sums in every_sum((0.0,) * len(motives), ratings)]
        chance = math.fsum(best) / len(best)
    return None if 1 - chance < 0.05 else chance


def plain_value_rationality(row: Row, table: PayoffTable, motives: Motives) -> float | None:
    answered = tuple(i for i, choice in enumerate(row) if choice != MISSING)
    whole = plain_chance(table, motives, tuple(range(len(row))))
    chance = plain_chance(table, motives, answered)
    if whole is None or chance is None:
        return None
    means = []
    for motive in motives:
        rated = [(row[i], plain_r(table.payoffs[i], table.payoff_unit, motive)) for i in answered]
        own = [r[choice] for choice, r in rated if r is not None]
        means.append(sum(own) / len(own))
    return (max(means) - chance) / (1 - chance)


def plain_bounds(row: Row, table: PayoffTable, motives: Motives) -> tuple[float, float] | None:
    chance = plain_chance(table, motives, tuple(range(len(row))))
    if chance is None:
        return None
    counts = plain_counts(table, motives, range(len(row)))
    ratings = [plain_ratings(options, table.payoff_unit, motives) for options in table.payoffs]
    completions = [
        options if choice == MISSING else (options[choice],) for choice, options in zip(row, ratings, strict=True)
    ]
    best = [max(map(float.__truediv__, sums, counts)) for sums in every_sum((0.0,) * len(motives), completions)]
    return (min(best) - chance) / (1 - chance), (max(best) - chance) / (1 - chance)


def score(rows: Sequence[Sequence[int]], table: PayoffTable, motives: Motives) -> ValueRationality:
    return value_rationality(np.array(rows, dtype=np.int64).reshape(len(rows), table.n_items), table, motives)


def assert_is_plain(scored: ValueRationality, rows: Sequence[Row], table: PayoffTable, motives: Motives) -> None:
    points = [plain_value_rationality(row, table, motives) for row in rows]
    np.testing.assert_allclose(
        scored.value_rationality, [math.nan if point is None else point for point in points], atol=1e-8
    )
    assert [reason is None for reason in scored.reasons] == [point is not None for point in points]


def assert_bounds_are_plain(
    scored: ValueRationality, rows: Sequence[Row], table: PayoffTable, motives: Motives
) -> None:
    bounds = [plain_bounds(row, table, motives) for row in rows]
    expected = np.array([(math.nan, math.nan) if pair is None else pair for pair in bounds])
    np.testing.assert_allclose(scored.lower_bound, expected[:, 0], atol=1e-8)
    np.testing.assert_allclose(scored.upper_bound, expected[:, 1], atol=1e-8)
    assert {pair is None for pair in bounds} == {scored.bounds_reason is not None}


def random_rows(rng: np.random.Generator, n: int, table: PayoffTable) -> list[Row]:
    """Profiles with every number of missing answers, none of them more often than the others."""
    rows = []
    for _ in range(n):
        missing = rng.permutation(table.n_items) < rng.integers(table.n_items + 1)
        rows.append(
            tuple(
                MISSING if gone else int(rng.integers(len(options)))
                for gone, options in zip(missing, table.payoffs, strict=True)
            )
        )
    return rows


SLIDER_ROWS = random_rows(np.random.default_rng(1), 500, SLIDER)


@pytest.mark.parametrize("motives", TARGETS.values(), ids=list(TARGETS))
def test_slider_profiles_score_as_computed_plainly(motives: Motives) -> None:
    scored = score(SLIDER_ROWS, SLIDER, motives)
    assert_is_plain(scored, SLIDER_ROWS, SLIDER, motives)
    # Every completion is counted where there are no more than 9 ** 3.
    few_missing = [i for i, row in enumerate(SLIDER_ROWS) if row.count(MISSING) <= 3]
    assert {SLIDER_ROWS[i].count(MISSING) for i in few_missing} == {0, 1, 2, 3}
    rows = [SLIDER_ROWS[i] for i in few_missing]
    assert_bounds_are_plain(score(rows, SLIDER, motives), rows, SLIDER, motives)


@pytest.mark.parametrize("target", ["prosocial", "competitive", "opposed"])
def test_slider_bounds_with_hardly_any_answer(target: str) -> None:
    rows = [
        (MISSING,) * 6,
        (MISSING, MISSING, MISSING, 4, MISSING, MISSING),
        (0, MISSING, MISSING, MISSING, 7, MISSING),
    ]
    assert_bounds_are_plain(score(rows, SLIDER, TARGETS[target]), rows, SLIDER, TARGETS[target])


MOTIVES: list[Motive] = [
    SELFISH,
    GENEROUS,
    JOINT,
    COMPETITIVE,
    linear(150),
    linear(-110),
    MAXIMIN,
    INEQUALITY_AVERSION,
    fehr_schmidt(0.85, 0.315),
    fehr_schmidt(0.1, -1),
]


def random_game(rng: np.random.Generator) -> PayoffTable:
    """Six items of two or three options with few different payoffs, so that some inform about no motive."""
    payoffs = [rng.integers(0, 5, size=(rng.integers(2, 4), 2)) for _ in range(6)]
    items = {
        f"i{number}": {f"o{place}": (float(own), float(other)) for place, (own, other) in enumerate(options)}
        for number, options in enumerate(payoffs)
    }
    return PayoffTable.from_options(items, payoff_unit=float(rng.integers(0, 3)))


def random_case(seed: int) -> tuple[PayoffTable, Motives, list[Row]]:
    """A game, one to four motives and forty dialogues."""
    rng = np.random.default_rng(seed)
    table = random_game(rng)
    picked = rng.choice(len(MOTIVES), size=rng.integers(1, 5), replace=False)
    return table, tuple(MOTIVES[i] for i in picked), random_rows(rng, 40, table)


@pytest.mark.parametrize("seed", range(40))
def test_random_games_score_as_computed_plainly(seed: int) -> None:
    table, motives, rows = random_case(seed)
    scored = score(rows, table, motives)
    assert_is_plain(scored, rows, table, motives)
    assert_bounds_are_plain(scored, rows, table, motives)


def test_random_games_reach_every_case() -> None:
    """The comparison above would say little if all its games could be scored, or none."""
    reached = set()
    for table, motives, rows in map(random_case, range(40)):
        for row in rows:
            point, bounds = plain_value_rationality(row, table, motives), plain_bounds(row, table, motives)
            reached.add((len(motives) > 1, bounds is not None, point is not None, row.count(MISSING)))
    for several in (False, True):
        assert {missing for *case, missing in reached if case == [several, True, True]} == {0, 1, 2, 3, 4, 5}
        assert {missing for *case, missing in reached if case == [several, True, False]} >= {5, 6}
    assert {missing for *case, missing in reached if case == [True, False, False]} == {0, 1, 2, 3, 4, 5, 6}


def table_of(*items: Sequence[tuple[float, ...]], payoff_unit: float = 0) -> PayoffTable:
    return PayoffTable.from_options(
        {f"i{number}": {f"o{place}": pair for place, pair in enumerate(item)} for number, item in enumerate(items)},
        payoff_unit,
    )


TWO_ITEMS = table_of([(0, 0), (4, 0), (8, 0)], [(0, 6), (9, 0), (0, 0)])
"""r of `selfish`: -1, 0, 1 and -1/2, 1, -1/2. r of `generous`: only on the second item, 1, -1/2, -1/2."""


@pytest.mark.parametrize(
    ("motives", "row", "point", "lower", "upper"),
    [
        ((SELFISH,), (2, 1), 1, 1, 1),
        ((SELFISH,), (0, 0), -3 / 4, -3 / 4, -3 / 4),
        ((SELFISH,), (1, 1), 1 / 2, 1 / 2, 1 / 2),
        ((SELFISH,), (2, MISSING), 1, 1 / 4, 1),
        ((SELFISH,), (MISSING, 2), -1 / 2, -3 / 4, 1 / 4),
        ((GENEROUS,), (0, 0), 1, 1, 1),
        ((GENEROUS,), (MISSING, 2), -1 / 2, -1 / 2, -1 / 2),  # the first item says nothing about it
        # Selfish or generous. R of the nine profiles, by the option of the first item:
        # 0: 1, 0, -1/2;  1: 1, 1/2, -1/4;  2: 1, 1, 1/4. Their mean is 4/9.
        ((SELFISH, GENEROUS), (0, 0), 1, 1, 1),
        ((SELFISH, GENEROUS), (0, 2), -17 / 10, -17 / 10, -17 / 10),  # (-1/2 - 4/9) / (5/9)
        ((SELFISH, GENEROUS), (1, 1), 1 / 10, 1 / 10, 1 / 10),
        ((SELFISH, GENEROUS), (0, MISSING), None, -17 / 10, 1),
        # Alone, the second item scores 1, 1 or -1/2 with equal chances: E[R] = 1/2.
        ((SELFISH, GENEROUS), (MISSING, 1), 1, -4 / 5, 1),
        ((SELFISH, GENEROUS), (MISSING, 2), -2, -17 / 10, -7 / 20),  # below its own bounds
        ((SELFISH, GENEROUS), (MISSING, MISSING), None, -17 / 10, 1),
    ],
)
def test_by_hand(motives: Motives, row: Row, point: float | None, lower: float, upper: float) -> None:
    scored = score([row], TWO_ITEMS, motives)
    assert scored.value_rationality[0] == pytest.approx(math.nan if point is None else point, nan_ok=True)
    assert (scored.reasons[0] is None) == (point is not None)
    assert scored.lower_bound[0] == pytest.approx(lower)
    assert scored.upper_bound[0] == pytest.approx(upper)


def test_the_parts_of_a_score() -> None:
    scored = score([(1, 1), (MISSING, 2)], TWO_ITEMS, (SELFISH, GENEROUS))
    np.testing.assert_allclose(scored.rationality, [1 / 2, -1 / 2])
    np.testing.assert_allclose(scored.expected_rationality, [4 / 9, 1 / 2])


CROWDED = table_of([(1, 0)] * 20 + [(0, 1)] * 20 + [(0, 0)], [(0, 0), (9, 9), (0, 0)])
"""The first item alone gives `selfish or generous` 1 - E[R] = 1/21; the two together leave enough room."""


@pytest.mark.parametrize(
    ("table", "motives", "row", "has_bounds"),
    [
        # Nothing was answered.
        (SLIDER, TARGETS["altruistic"], (MISSING,) * 6, True),
        (SLIDER, TARGETS["prosocial"], (MISSING,) * 6, True),
        # What was answered informs about no motive, or not about each.
        (SLIDER, TARGETS["individualistic"], (3, *(MISSING,) * 5), True),
        (SLIDER, TARGETS["prosocial"], (*(MISSING,) * 4, 4, MISSING), True),
        # What was answered leaves no room above chance.
        (CROWDED, (SELFISH, GENEROUS), (0, MISSING), True),
        # The game cannot score the target, whatever was answered.
        (table_of([(5, 0), (5, 9)], [(7, 3), (7, 1)]), (SELFISH,), (0, 1), False),
        (table_of([(5, 0), (5, 9)]), (SELFISH, GENEROUS), (1,), False),
        (table_of(CROWDED.payoffs[0]), (SELFISH, GENEROUS), (0,), False),
        # The target asks for nothing.
        (SLIDER, (), (0, 1, 2, 3, 4, 5), False),
    ],
)
def test_undefined_with_a_reason(table: PayoffTable, motives: Motives, row: Row, has_bounds: bool) -> None:
    scored = score([row], table, motives)
    assert math.isnan(scored.value_rationality[0])
    assert scored.reasons[0]
    assert np.isfinite([scored.lower_bound[0], scored.upper_bound[0]]).tolist() == [has_bounds] * 2
    assert (scored.bounds_reason is None) == has_bounds


def test_rows_are_scored_on_their_own() -> None:
    rows = SLIDER_ROWS[:60]
    together = score(rows, SLIDER, TARGETS["prosocial"])
    for i, row in enumerate(rows):
        alone = score([row], SLIDER, TARGETS["prosocial"])
        for name in ("value_rationality", "lower_bound", "upper_bound"):
            np.testing.assert_array_equal(getattr(together, name)[i], getattr(alone, name)[0])
        assert together.reasons[i] == alone.reasons[0]


def test_no_dialogue() -> None:
    scored = score([], SLIDER, TARGETS["prosocial"])
    assert len(scored.value_rationality) == len(scored.lower_bound) == len(scored.reasons) == 0


RAGGED = table_of([(0, 0), (1, 1), (2, 2)], [(0, 0), (9, 9)])


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ([[0]], "shape"),
        ([[0, 0, 0]], "shape"),
        ([0, 0], "shape"),
        ([[3, 0]], "index of an option"),
        ([[2, 2]], "index of an option"),  # the second item is shorter
        ([[1, 1], [0, -2]], "index of an option"),
    ],
)
def test_choices_that_do_not_fit_the_game(choices: list[object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        value_rationality(np.array(choices), RAGGED, (SELFISH,))


# --- Geometry

payoffs = st.integers(-20, 100).map(float)
angles = st.integers(-179, 180).map(linear)
any_motives = st.one_of(
    angles,
    st.just(MAXIMIN),
    st.just(INEQUALITY_AVERSION),
    st.builds(fehr_schmidt, st.sampled_from([0.0, 0.5, 0.85, 2.0]), st.sampled_from([-1.0, 0.0, 0.315, 0.6])),
)


@st.composite
def dialogues(draw: st.DrawFn, of: st.SearchStrategy[Motive] = any_motives) -> tuple[PayoffTable, Motives, list[Row]]:
    """A game, a target and three dialogues in it; some answers are missing."""
    items = draw(st.lists(st.lists(st.tuples(payoffs, payoffs), min_size=2, max_size=5), min_size=1, max_size=4))
    motives = tuple(draw(st.lists(of, min_size=1, max_size=3, unique=True)))
    choice = [st.integers(MISSING, len(options) - 1) for options in items]
    rows = draw(st.lists(st.tuples(*choice), min_size=3, max_size=3))
    return table_of(*items, payoff_unit=draw(st.sampled_from([0, 1]))), motives, rows


def assert_same(
    rows: Sequence[Sequence[int]],
    table: PayoffTable,
    other_rows: Sequence[Sequence[int]],
    other_table: PayoffTable,
    motives: Motives,
) -> None:
    """Both score alike. A game exactly at the least headroom, which may round to either side of it, is passed over."""
    for row in [[0] * table.n_items, *rows]:
        answered = tuple(i for i, choice in enumerate(row) if choice != MISSING)
        assume(not abs(calibrate(table, motives, answered).expected_rationality - 0.95) < 1e-6)  # NaN passes
    one, other = score(rows, table, motives), score(other_rows, other_table, motives)
    for name in ("value_rationality", "lower_bound", "upper_bound"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-7, atol=1e-7)


@settings(deadline=None, max_examples=150)
@given(dialogues())
def test_never_above_one_and_bounds_in_order(dialogue: tuple[PayoffTable, Motives, list[Row]]) -> None:
    table, motives, rows = dialogue
    scored = score(rows, table, motives)
    assert np.nanmax(scored.value_rationality, initial=-math.inf) <= 1 + 1e-9
    if scored.bounds_reason is None:
        assert (scored.lower_bound <= scored.upper_bound + 1e-12).all()
        assert (scored.upper_bound <= 1 + 1e-9).all()
        whole = [i for i, row in enumerate(rows) if MISSING not in row]
        np.testing.assert_allclose(scored.lower_bound[whole], scored.value_rationality[whole], atol=1e-9)
        np.testing.assert_allclose(scored.upper_bound[whole], scored.value_rationality[whole], atol=1e-9)


@settings(deadline=None, max_examples=150)
@given(dialogues(), st.data())
def test_a_follower_of_any_motive_scores_one(
    dialogue: tuple[PayoffTable, Motives, list[Row]], data: st.DataObject
) -> None:
    table, motives, _ = dialogue
    motive = data.draw(st.sampled_from(motives))
    row = []
    for options in table.payoffs:
        utilities = [plain_utility(motive, own, other) for own, other in options]
        best = [place for place, utility in enumerate(utilities) if utility == max(utilities)]
        informs = plain_r(options, table.payoff_unit, motive) is not None
        row.append(data.draw(st.sampled_from(best if informs else range(len(options)))))
    scored = score([row], table, motives)
    assume(scored.bounds_reason is None)
    assert scored.value_rationality[0] == pytest.approx(1)


@settings(deadline=None, max_examples=150)
@given(dialogues(), st.integers(0, 2**32 - 1))
def test_the_order_of_options_and_items_does_not_matter(
    dialogue: tuple[PayoffTable, Motives, list[Row]], seed: int
) -> None:
    table, motives, rows = dialogue
    rng = np.random.default_rng(seed)
    item_order = rng.permutation(table.n_items)
    orders = [rng.permutation(len(table.payoffs[i])) for i in item_order]
    shuffled = table_of(
        *([table.payoffs[i][place] for place in order] for i, order in zip(item_order, orders, strict=True)),
        payoff_unit=table.payoff_unit,
    )
    moved = [
        [
            MISSING if row[i] == MISSING else order.tolist().index(row[i])
            for i, order in zip(item_order, orders, strict=True)
        ]
        for row in rows
    ]
    assert_same(rows, table, moved, shuffled, motives)


def transformed(table: PayoffTable, factor: float, to_self: float, to_other: float) -> PayoffTable:
    return table_of(
        *([(factor * own + to_self, factor * other + to_other) for own, other in item] for item in table.payoffs),
        payoff_unit=factor * table.payoff_unit,
    )


@settings(deadline=None, max_examples=150)
@given(dialogues(angles), st.integers(-50, 50), st.integers(-50, 50))
def test_gifts_to_either_side_change_nothing_for_linear_motives(
    dialogue: tuple[PayoffTable, Motives, list[Row]], to_self: int, to_other: int
) -> None:
    table, motives, rows = dialogue
    assert_same(rows, table, rows, transformed(table, 1, to_self, to_other), motives)


@settings(deadline=None, max_examples=150)
@given(dialogues(), st.integers(-50, 50))
def test_the_same_gift_to_both_changes_nothing(dialogue: tuple[PayoffTable, Motives, list[Row]], gift: int) -> None:
    table, motives, rows = dialogue
    assert_same(rows, table, rows, transformed(table, 1, gift, gift), motives)


@settings(deadline=None, max_examples=150)
@given(dialogues(), st.sampled_from([0.01, 0.25, 3.0, 1000.0]))
def test_the_unit_of_the_payoffs_does_not_matter(
    dialogue: tuple[PayoffTable, Motives, list[Row]], factor: float
) -> None:
    table, motives, rows = dialogue
    assert_same(rows, table, rows, transformed(table, factor, 0, 0), motives)


# --- Many at once


@pytest.mark.parametrize("target", ["altruistic", "prosocial"])
def test_many_dialogues_are_scored_at_once(target: str) -> None:
    """A hundred times the dialogues take no more than a few times the calls: the loops are those of numpy."""
    rng = np.random.default_rng(3)
    choices = rng.integers(0, 9, size=(200_000, 6))
    choices[rng.random(choices.shape) < 0.1] = MISSING
    scored = value_rationality(choices, SLIDER, TARGETS[target])
    few = calls(lambda: value_rationality(choices[:2_000], SLIDER, TARGETS[target]))
    assert calls(lambda: value_rationality(choices, SLIDER, TARGETS[target])) < 5 * few
    complete = (choices != MISSING).all(axis=1)
    assert np.mean(scored.value_rationality[complete]) == pytest.approx(0, abs=0.01)  # chance scores 0
