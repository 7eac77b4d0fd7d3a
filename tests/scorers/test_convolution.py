"""Distributions of sums against the enumeration of every way to draw one row of each step."""

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from hvae_bench.scorers import convolution
from hvae_bench.scorers.convolution import best_of_sums, distribution_of_sums

Floats = NDArray[np.float64]
Steps = list[Floats]


def random_steps(seed: int, n_items: int, width: int, *, whole: bool) -> tuple[Steps, Steps, Steps]:
    """Rows, chances (some of them 0) and carried numbers; whole numbers make many sums equal."""
    rng = np.random.default_rng([seed, n_items, width, whole])
    steps, chances, carried = [], [], []
    for _ in range(n_items):
        n = int(rng.integers(1, 6))
        rows = rng.integers(-3, 4, size=(n, width)) / 3 if whole else rng.normal(size=(n, width))
        weights = rng.exponential(size=n) * (rng.random(n) < 0.8)
        weights[0] += 0.1
        steps.append(rows.astype(np.float64))
        chances.append(weights / weights.sum())
        carried.append(rng.normal(size=n))
    return steps, chances, carried


def every_way(steps: Steps, chances: Steps, carried: Steps) -> list[tuple[tuple[float, ...], float, float]]:
    """Sum, probability and carried sum of every way."""
    ways = []
    for way in itertools.product(*(range(len(step)) for step in steps)):
        probability = math.prod(float(chance[row]) for chance, row in zip(chances, way, strict=True))
        rows = [step[row] for step, row in zip(steps, way, strict=True)]
        total = tuple(sum(float(row[place]) for row in rows) for place in range(steps[0].shape[1]))
        ways.append((total, probability, sum(float(c[row]) for c, row in zip(carried, way, strict=True))))
    return ways


def close(total: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(number, 6) + 0.0 for number in total)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("n_items", "width"), [(1, 1), (4, 1), (1, 2), (4, 2), (3, 3)])
def test_distribution_of_sums(n_items: int, width: int, whole: bool, seed: int) -> None:
    steps, chances, carried = random_steps(seed, n_items, width, whole=whole)
    probability: dict[tuple[float, ...], float] = defaultdict(float)
    moment: dict[tuple[float, ...], float] = defaultdict(float)
    for total, chance, number in every_way(steps, chances, carried):
        if chance > 0:
            probability[close(total)] += chance
            moment[close(total)] += chance * number
    sums = distribution_of_sums(steps, chances, carried)
    found = [close(row) for row in sums.values.tolist()]
    assert sorted(found) == sorted(probability)  # each sum once, and none that cannot occur
    np.testing.assert_allclose(sums.chances, [probability[total] for total in found], atol=1e-12)
    np.testing.assert_allclose(sums.carried, [moment[total] / probability[total] for total in found], atol=1e-9)
    assert sums.draws == 0


def test_nothing_carried_is_zero() -> None:
    steps, chances, _ = random_steps(1, 3, 2, whole=True)
    sums = distribution_of_sums(steps, chances)
    assert not sums.carried.any()
    assert sums.chances.sum() == pytest.approx(1)


def plain_best(steps: Steps, chances: Steps) -> tuple[float, float]:
    ways = every_way(steps, chances, [np.zeros(len(step)) for step in steps])
    mean = math.fsum(probability * max(total) for total, probability, _ in ways)
    return mean, math.sqrt(math.fsum(probability * (max(total) - mean) ** 2 for total, probability, _ in ways))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("n_items", "width"), [(1, 1), (5, 1), (1, 2), (5, 2), (4, 3), (3, 4)])
def test_best_of_sums(n_items: int, width: int, whole: bool, seed: int) -> None:
    steps, chances, _ = random_steps(seed, n_items, width, whole=whole)
    best = best_of_sums(steps, chances)
    assert (best.mean, best.sd) == pytest.approx(plain_best(steps, chances), abs=1e-7)
    assert best.standard_error == 0


def test_best_of_sums_does_not_depend_on_the_order_of_sums_or_steps() -> None:
    steps, chances, _ = random_steps(3, 4, 3, whole=False)
    best = best_of_sums(steps, chances)
    other = best_of_sums([step[:, [2, 0, 1]] for step in steps[::-1]], chances[::-1])
    assert (other.mean, other.sd) == pytest.approx((best.mean, best.sd), abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_a_single_sum_that_does_not_fit_is_put_on_a_grid(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, chances, _ = random_steps(seed, 5, 2, whole=False)
    monkeypatch.setattr(convolution, "MAX_SUPPORT", 1)
    best = best_of_sums(steps, chances)
    assert best.standard_error == 0
    assert (best.mean, best.sd) == pytest.approx(plain_best(steps, chances), abs=1e-7)


@pytest.mark.parametrize("seed", range(4))
def test_several_sums_that_do_not_fit_are_drawn(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, chances, carried = random_steps(seed, 5, 3, whole=False)
    exact = distribution_of_sums(steps, chances, carried)
    monkeypatch.setattr(convolution, "MAX_SUPPORT", 1)
    monkeypatch.setattr(convolution, "MONTE_CARLO_DRAWS", 50_000)
    best = best_of_sums(steps, chances)
    mean, sd = plain_best(steps, chances)
    assert 0 < best.standard_error <= 2 * sd
    assert abs(best.mean - mean) < 4 * best.standard_error
    assert best.sd == pytest.approx(sd, rel=0.05)
    assert best == best_of_sums(steps, chances)  # seeded

    drawn = distribution_of_sums(steps, chances, carried)
    assert drawn.draws == len(drawn.values) == 50_000
    assert drawn.chances.sum() == pytest.approx(1)
    for of in ("values", "carried"):
        expected = exact.chances @ getattr(exact, of)
        error = getattr(drawn, of).std(axis=0) / math.sqrt(50_000)
        assert (np.abs(drawn.chances @ getattr(drawn, of) - expected) < 4 * error + 1e-12).all()


def test_the_published_standard_error_is_that_of_repeated_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    steps, chances, _ = random_steps(2, 5, 3, whole=False)
    monkeypatch.setattr(convolution, "MAX_SUPPORT", 1)
    monkeypatch.setattr(convolution, "MONTE_CARLO_DRAWS", 400)
    bests = []
    for seed in range(400):
        monkeypatch.setattr(convolution, "MONTE_CARLO_SEED", seed)
        bests.append(best_of_sums(steps, chances))
    spread = float(np.std([best.mean for best in bests]))
    assert float(np.mean([best.standard_error for best in bests])) == pytest.approx(spread, rel=0.15)
