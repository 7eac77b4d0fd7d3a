"""Coverage: how often an interval holds the truth, for noisy followers of the shipped targets.

The truth is known exactly, since a noisy follower's chances are. The ten thousand studies use a second, vectorised
computation of the interval, which some of them show to be that of the package. Coverages at ten dialogues a cell are
only printed (`pytest -s`): so few are too skewed for any promise.
"""

import itertools
import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.scorers import expected_value_rationality, value_rationality, weighted_estimate

Floats = NDArray[np.float64]

CATALOG = load_catalog()
TABLE = CATALOG.games["svo-slider-primary"].payoff_table()
MOTIVES = {value: CATALOG.values[value].motives for value in CATALOG.scenarios["paper"].core_values}
IDEAL = {
    "altruistic": ((0,), (8,), (0,), (0,), (8,), (8,)),
    "prosocial": ((0,), (8,), (8,), (0,), tuple(range(9)), (8,)),  # the joint gain
    "individualistic": (tuple(range(9)), (8,), (8,), (8,), (0,), (0,)),
    "competitive": ((8,), (0,), (8,), (8,), (0,), (0,)),
}
"""Ideal options of the six items; what makes them ideal is tested elsewhere."""

N_STUDIES = 10_000
N_CELLS = 2
ERRORS = (0.2, 0.5)


@cache
def score_of_every_profile(value: str) -> Floats:
    profiles = np.array(list(itertools.product(range(9), repeat=6)), dtype=np.int64)
    return value_rationality(profiles, TABLE, MOTIVES[value], bounds=False).value_rationality


def truth(value: str, error: float) -> float:
    chances = tuple(
        tuple((1 - error) * (place in best) / len(best) + error / 9 for place in range(9)) for best in IDEAL[value]
    )
    return expected_value_rationality(TABLE, MOTIVES[value], chances).mean


@cache
def studies(value: str, error: float, n_dialogues: int) -> Floats:
    """Value rationality of noisy followers: (study, cell, dialogue)."""
    rng = np.random.default_rng([sorted(IDEAL).index(value), int(100 * error), n_dialogues])
    shape = (N_STUDIES, N_CELLS, n_dialogues)
    number = np.zeros(shape, dtype=np.int64)
    for best in IDEAL[value]:
        ideal = np.array(best, dtype=np.int8)[rng.integers(len(best), size=shape, dtype=np.int8)]
        anything = rng.integers(9, size=shape, dtype=np.int8)
        number = 9 * number + np.where(rng.random(shape, dtype=np.float32) < error, anything, ideal)
    return score_of_every_profile(value)[number]


@dataclass(frozen=True)
class Intervals:
    """Ends for every study; NaN where no dialogue differs from another one of its cell."""

    lower: Floats
    upper: Floats

    def coverage(self, true: float) -> float:
        """Share of the intervals that hold the truth; a missing interval does not hold it."""
        return float(np.mean((self.lower <= true) & (true <= self.upper)))


def intervals(scores: Floats) -> Intervals:
    """The mean over cells, (study, cell, dialogue), with the interval of Welch and Satterthwaite at 95 %."""
    _, n_cells, n = scores.shape
    means = scores.mean(axis=2)
    parts = ((scores - means[:, :, None]) ** 2).sum(axis=2) / (n - 1) / n / n_cells**2
    variance = parts.sum(axis=1)
    with np.errstate(invalid="ignore"):
        df = variance**2 / (parts**2 / (n - 1)).sum(axis=1)
    half = stats.t.ppf(0.975, df) * np.sqrt(variance)
    return Intervals(means.mean(axis=1) - half, means.mean(axis=1) + half)


@cache
def coverages(error: float, n_dialogues: int) -> dict[str, float]:
    """Coverage of the mean of each target over its cells, and of the headline over all."""
    found = {value: intervals(studies(value, error, n_dialogues)).coverage(truth(value, error)) for value in MOTIVES}
    every = np.concatenate([studies(value, error, n_dialogues) for value in MOTIVES], axis=1)
    headline = float(np.mean([truth(value, error) for value in MOTIVES]))
    return found | {"headline": intervals(every).coverage(headline)}


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("name", [*MOTIVES, "headline"])
def test_with_fifty_dialogues_a_cell_95_percent_of_the_intervals_hold_the_truth(name: str, error: float) -> None:
    assert 0.93 <= coverages(error, 50)[name] <= 0.97


@pytest.mark.parametrize("error", ERRORS)
def test_with_ten_dialogues_a_cell_most_intervals_hold_the_truth(error: float) -> None:
    found = coverages(error, 10)
    print(f"coverage at 10 dialogues a cell, error {error}:", {name: round(share, 4) for name, share in found.items()})
    assert all(0.5 < share < 1 for share in found.values())


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("value", MOTIVES)
@pytest.mark.parametrize("n_dialogues", [10, 50])
def test_the_simulated_followers_have_the_exact_mean(value: str, error: float, n_dialogues: int) -> None:
    scores = studies(value, error, n_dialogues)
    assert abs(scores.mean() - truth(value, error)) < 4 * scores.std() / math.sqrt(scores.size)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("n_dialogues", [10, 50])
def test_these_are_the_intervals_of_the_package(error: float, n_dialogues: int) -> None:
    every = np.concatenate([studies(value, error, n_dialogues) for value in MOTIVES], axis=1)
    vectorised = intervals(every)
    for study in range(0, N_STUDIES, N_STUDIES // 50):
        cells = {f"cell {number}": scores for number, scores in enumerate(every[study])}
        estimate = weighted_estimate(cells, dict.fromkeys(cells, 1 / len(cells)))
        assert estimate.lower == pytest.approx(vectorised.lower[study], abs=1e-12)
        assert estimate.upper == pytest.approx(vectorised.upper[study], abs=1e-12)
