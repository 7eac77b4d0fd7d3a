"""Any number of stakes: scores against brute force from the definitions alone, and what must not change them."""

import itertools
import math
import random
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from hvae_bench.scorers import Motive, PayoffTable, calibrate, unscorable_reason, value_rationality
from hvae_bench.scorers.calibration import rate_items

ADAPTER: TypeAdapter[Motive] = TypeAdapter(Motive)
Option = tuple[float, ...]
Items = list[list[Option]]
Content = dict[str, Any]

# --- the definitions, written anew: nothing of the package


def utility(motive: Content, paid: dict[str, float]) -> float:
    if motive["kind"] == "linear":
        return math.fsum(weight * paid[stake] for stake, weight in motive["weights"].items())
    counted = {stake: paid[stake] for stake in motive.get("stakes", paid)}
    if motive["kind"] == "maximin":
        return min(counted.values())
    if motive["kind"] == "maximax":
        return max(counted.values())
    if motive["kind"] == "inequality_aversion":
        return -fmean(abs(one - other) for one, other in itertools.permutations(counted.values(), 2))
    if motive["kind"] == "fehr_schmidt":
        own = counted.pop("self")
        behind, ahead = (fmean(max(sign * (one - own), 0) for one in counted.values()) for sign in (1, -1))
        return math.fsum([own, -motive["alpha"] * behind, -motive["beta"] * ahead])
    return math.fsum(one ** motive["gamma"] for one in counted.values())


def most_by_rounding(motive: Content, n: int) -> float:
    """The largest range within a box of side 1."""
    n = len(motive.get("stakes", range(n)))
    if motive["kind"] == "linear":
        return math.fsum(map(abs, motive["weights"].values()))
    if motive["kind"] == "inequality_aversion":
        return n / (n - 1) if n % 2 == 0 else (n + 1) / n
    if motive["kind"] == "fehr_schmidt":
        return float(max(1 + 2 * motive["alpha"], abs(1 - motive["beta"]) + abs(motive["beta"])))
    return 1.0


def ratings(motive: Content, options: Sequence[Option], stakes: Sequence[str], unit: float) -> list[float] | None:
    """r of each option; None where the item does not inform."""
    paid = [dict(zip(stakes, option, strict=True)) for option in options]
    counted = motive.get("stakes", stakes)
    if motive["kind"] == "prioritarian" and any(one[stake] < 0 for one in paid for stake in counted):
        return None
    utilities = [utility(motive, one) for one in paid]
    tolerance = 1e-9 * max(1, *map(abs, utilities))
    if motive["kind"] == "prioritarian":
        # No true utility is one that rounding may have given to every option.
        ends = [[[max(0, payoff + sign * unit / 2) for payoff in one.values()] for sign in (-1, 1)] for one in paid]
        low, high = ([utility(motive, dict(zip(stakes, one[end], strict=True))) for one in ends] for end in (0, 1))
        informs = max(low) > min(high) + tolerance
    else:
        informs = max(utilities) - min(utilities) > unit * most_by_rounding(motive, len(stakes)) + tolerance
    mean, best = fmean(utilities), max(utilities)
    return [1 if one >= best - tolerance else (one - mean) / (best - mean) for one in utilities] if informs else None


def largest_mean(motives: Sequence[Sequence[list[float] | None]], profile: Sequence[int]) -> float:
    """R: of each motive the mean over its informative items, and of these the largest."""
    return max(
        fmean(rated[choice] for rated, choice in zip(items, profile, strict=True) if rated is not None)
        for items in motives
    )


# --- random games and motives


def random_motive(draw: random.Random, stakes: Sequence[str]) -> Content:
    kind = draw.choice(["linear", "maximin", "maximax", "inequality_aversion", "fehr_schmidt", "prioritarian"])
    some: Content = {}
    if draw.random() < 0.5 and len(stakes) > 2:
        some["stakes"] = ["self", *draw.sample(list(stakes[1:]), draw.randint(1, len(stakes) - 2))]
    match kind:
        case "linear":
            counted = draw.sample(list(stakes), draw.randint(1, len(stakes)))
            return {"kind": kind, "weights": {stake: draw.choice([1, -1, 0.5, 0.25, 2]) for stake in counted}}
        case "fehr_schmidt":
            return {"kind": kind, "alpha": draw.uniform(0, 2), "beta": draw.uniform(-1, 1), **some}
        case "prioritarian":
            return {"kind": kind, "gamma": draw.uniform(0.1, 0.9), **some}
    return {"kind": kind, **some}


def random_game(seed: int) -> tuple[random.Random, list[str], Items, float]:
    """Payoffs near each other, so that some items inform and others do not; some below 0."""
    draw = random.Random(seed)
    stakes = ["self", *(f"s{number}" for number in range(2, 3 + seed % 9))]
    least, most = draw.choice([(0, 4), (0, 100), (-3, 5)])
    items = [
        [tuple(float(draw.randint(least, most)) for _ in stakes) for _ in range(draw.randint(2, 4))]
        for _ in range(draw.randint(1, 4))
    ]
    return draw, stakes, items, draw.choice([0.0, 0.5, 1.0])


def table_of(items: Items, stakes: Sequence[str], unit: float) -> PayoffTable:
    content = {f"i{n}": {f"o{k}": option for k, option in enumerate(options)} for n, options in enumerate(items)}
    return PayoffTable.from_options(content, unit, stakes)


def profiles_of(items: Items) -> list[tuple[int, ...]]:
    return [*itertools.product(*(range(len(options)) for options in items))]


def scored(items: Items, stakes: Sequence[str], unit: float, motives: Sequence[Content]) -> list[float]:
    """Value rationality of every profile, by the package."""
    table, read = table_of(items, stakes, unit), tuple(map(ADAPTER.validate_python, map(as_read, motives)))
    return [*value_rationality(np.array(profiles_of(items)), table, read).value_rationality]


def as_read(motive: Content) -> Content:
    return motive | ({"stakes": tuple(motive["stakes"])} if "stakes" in motive else {})


SEEDS = range(270)


@pytest.mark.parametrize("first", SEEDS[::30])
def test_scores_are_those_of_the_definitions(first: int) -> None:
    """Ideal options, E[R] and the value rationality of every profile; of one motive, or of the better of two."""
    n_scored = 0
    for seed in range(first, first + 30):
        draw, stakes, items, unit = random_game(seed)
        motives = [random_motive(draw, stakes) for _ in range(1 + seed % 2)]
        rated = [[ratings(motive, options, stakes, unit) for options in items] for motive in motives]
        table, read = table_of(items, stakes, unit), tuple(map(ADAPTER.validate_python, map(as_read, motives)))
        for expected, found in zip(rated, rate_items(table, read), strict=True):
            for one, options, two in zip(expected, items, found, strict=True):
                assert two.informative == (one is not None), (seed, motives, options)
                assert two.ideal.tolist() == [r == 1 for r in one or [1] * len(options)]
        profiles = profiles_of(items)
        chance = math.nan
        if all(any(items) for items in rated):
            rationality = [largest_mean(rated, profile) for profile in profiles]
            chance = fmean(rationality)
        if not chance <= 0.95:
            assert unscorable_reason(table, read) is not None
            continue
        n_scored += 1
        assert calibrate(table, read, tuple(range(len(items)))).expected_rationality == pytest.approx(chance, abs=1e-9)
        expected_scores = [(one - chance) / (1 - chance) for one in rationality]
        assert scored(items, stakes, unit, motives) == pytest.approx(expected_scores, abs=1e-9)
    assert n_scored > 8


@pytest.mark.parametrize("first", SEEDS[::90])
def test_neither_the_order_of_stakes_nor_the_unit_of_payoffs_matters(first: int) -> None:
    for seed in range(first, first + 90):
        draw, stakes, items, unit = random_game(seed)
        motives = [random_motive(draw, stakes) for _ in range(1 + seed % 2)]
        before = scored(items, stakes, unit, motives)
        order = draw.sample(range(len(stakes)), len(stakes))
        permuted = [[tuple(option[place] for place in order) for option in options] for options in items]
        renamed = [m | ({"stakes": m["stakes"][::-1]} if "stakes" in m else {}) for m in motives]
        after = scored(permuted, [stakes[place] for place in order], unit, renamed)
        assert after == pytest.approx(before, abs=1e-9, nan_ok=True)
        factor = draw.choice([0.25, 3, 1000])
        scaled = [[tuple(factor * payoff for payoff in option) for option in options] for options in items]
        assert scored(scaled, stakes, factor * unit, motives) == pytest.approx(before, abs=1e-9, nan_ok=True)


def test_a_stake_of_weight_0_is_a_distractor() -> None:
    draw, stakes, items, unit = random_game(3)
    motive: Content = {"kind": "linear", "weights": dict.fromkeys(stakes[1:], 1)}
    before = scored(items, stakes, unit, [motive])
    moved = [[(float(draw.randint(0, 100)), *option[1:]) for option in options] for options in items]
    for weights in (motive["weights"], {"self": 0.0, **motive["weights"]}):
        assert scored(moved, stakes, unit, [{"kind": "linear", "weights": weights}]) == pytest.approx(
            before, nan_ok=True
        )


# --- what rounding can do


def corners(point: Sequence[float], low: float = -math.inf) -> list[list[float]]:
    """The corners of the box of side 1 about a point, no payoff below `low`."""
    return [
        [max(low, one + move) for one, move in zip(point, moves, strict=True)]
        for moves in itertools.product((-0.5, 0.5), repeat=len(point))
    ]


@pytest.mark.parametrize("n", range(2, 8))
@pytest.mark.parametrize(
    "make",
    [
        lambda n: {"kind": "linear", "weights": {f"s{k}": (-1) ** k / (k + 1) for k in range(n)}},
        lambda n: {"kind": "maximin"},
        lambda n: {"kind": "maximax"},
        lambda n: {"kind": "inequality_aversion"},
        lambda n: {"kind": "fehr_schmidt", "alpha": 0.85, "beta": 0.315},
        lambda n: {"kind": "fehr_schmidt", "alpha": 0.1, "beta": 2.5},
        lambda n: {"kind": "fehr_schmidt", "alpha": 0.0, "beta": -1.0},
    ],
    ids=["linear", "maximin", "maximax", "inequality", "fehr-schmidt", "behind-little", "ahead-gladly"],
)
def test_the_tolerance_is_the_largest_range_in_a_box(make: Callable[[int], Content], n: int) -> None:
    """Attained somewhere, exceeded nowhere; far from each other payoffs keep their order, so corners tell all."""
    stakes = ["self", *(f"s{number}" for number in range(1, n))]
    content = make(n)
    if content["kind"] == "linear":
        content["weights"] = dict(zip(stakes, content["weights"].values(), strict=True))
    motive, draw = ADAPTER.validate_python(content), random.Random(n)
    ranges = []
    for number in range(60):
        point = [10.0 * place for place in draw.sample(range(n), n)] if number < 40 else [0.3 * k for k in range(n)]
        found = [utility(content, dict(zip(stakes, corner, strict=True))) for corner in corners(point)]
        assert motive.utility(np.array(corners(point)), stakes) == pytest.approx(found)
        ranges.append(max(found) - min(found))
    # Somebody behind all others, and somebody ahead of all.
    for own in (-1.0, 10.0 * n):
        point = [own, *(10.0 * place for place in range(1, n))]
        found = motive.utility(np.array(corners(point)), stakes).tolist()
        ranges.append(max(found) - min(found))
    assert max(ranges) == pytest.approx(motive.sensitivity(stakes))


@pytest.mark.parametrize("point", [(0, 0, 9), (1, 4, 100), (0.25, 0.5, 3)])
def test_what_rounding_does_to_a_prioritarian_depends_on_the_payoffs(point: tuple[float, ...]) -> None:
    content: Content = {"kind": "prioritarian", "gamma": 0.5}
    stakes = ("a", "b", "c")
    found = [utility(content, dict(zip(stakes, corner, strict=True))) for corner in corners(point, low=0)]
    low, high = ADAPTER.validate_python(content).before_rounding(np.array([point]), stakes, 1.0)
    assert (low[0], high[0]) == pytest.approx((min(found), max(found)))
    assert max(found) - min(found) <= ADAPTER.validate_python(content).sensitivity(stakes)


def test_an_item_with_a_loss_informs_nobody_of_prioritarian_motives() -> None:
    """What a payoff below 0 is worth is not defined."""
    items: Items = [[(4, -1), (0, 9)], [(4, 1), (0, 0)]]
    rated = rate_items(
        table_of(items, ("a", "b"), 0), (ADAPTER.validate_python({"kind": "prioritarian", "gamma": 0.5}),)
    )
    assert [one.informative for one in rated[0]] == [False, True]
    assert rated[0][0].ideal.all()


def test_discounting_is_linear() -> None:
    """A later sum is worth less by a rate a year; the weights to ten digits are as good as exact ones."""
    years = {"today": 0, "in-1-year": 1, "in-5-years": 5, "in-10-years": 10}
    exact = {stake: 1.15**-years for stake, years in years.items()}
    written = {stake: round(weight, 10) for stake, weight in exact.items()}
    draw = random.Random(0)
    items: Items = [[tuple(float(draw.randint(0, 1000)) for _ in years) for _ in range(4)] for _ in range(4)]
    one, two = (scored(items, [*years], 0, [{"kind": "linear", "weights": w}]) for w in (exact, written))
    assert one == pytest.approx(two, abs=1e-9)
