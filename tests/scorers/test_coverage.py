"""Coverage: how often an interval holds the truth, for agents whose chances are known exactly.

The studies use a second, vectorised computation of the interval, which some of them show to be that of the package.
`python -m tests.scorers.test_coverage` prints the table of docs/measures.md.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.scorers import expected_value_rationality, value_rationality
from hvae_bench.scorers.estimate import Moments, Term, estimate_sum

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

N_STUDIES = 4_000
N_CELLS = 2
SIZES = (2, 3, 5, 10, 50)
"""Dialogues a cell."""
ANSWERED = "answered"
"""In place of a value: the share of items that are answered by an agent who refuses a tenth of dialogues and items."""


@dataclass(frozen=True)
class Agent:
    """Follows its value but for a share of random choices; in some dialogues it follows another value."""

    error: float
    other_dialogues: float = 0.0


AGENTS = {
    "near-perfect": Agent(0.02),
    "noisy, 0.2": Agent(0.2),
    "noisy, 0.5": Agent(0.5),
    "mixed": Agent(0.1, other_dialogues=0.5),
}
OTHER = {
    "altruistic": "individualistic",
    "prosocial": "individualistic",
    "individualistic": "altruistic",
    "competitive": "individualistic",
}


@cache
def score_of_every_profile(value: str) -> Floats:
    profiles = np.array(list(itertools.product(range(9), repeat=6)), dtype=np.int64)
    return value_rationality(profiles, TABLE, MOTIVES[value], bounds=False).value_rationality


def follower(value: str, error: float) -> tuple[tuple[float, ...], ...]:
    return tuple(
        tuple((1 - error) * (place in best) / len(best) + error / 9 for place in range(9)) for best in IDEAL[value]
    )


@cache
def truth(value: str, agent: str) -> float:
    if value == ANSWERED:
        return 0.81
    own, other = (
        expected_value_rationality(TABLE, MOTIVES[value], follower(followed, AGENTS[agent].error)).mean
        for followed in (value, OTHER[value])
    )
    return own + AGENTS[agent].other_dialogues * (other - own)


@cache
def least(value: str) -> float:
    return 0.0 if value == ANSWERED else float(score_of_every_profile(value).min())


@cache
def studies(value: str, agent: str, n_dialogues: int) -> Floats:
    """Value rationality of every dialogue: (study, cell, dialogue)."""
    rng = np.random.default_rng([*f"{value}, {agent}, {n_dialogues}".encode()])
    shape = (N_STUDIES, N_CELLS, n_dialogues)
    if value == ANSWERED:
        return (rng.random(shape) < 0.9) * rng.binomial(6, 0.9, size=shape) / 6
    return drawn(rng, value, AGENTS[agent].error, AGENTS[agent].other_dialogues, shape)


def drawn(rng: np.random.Generator, value: str, error: float, other: float, shape: tuple[int, ...]) -> Floats:
    """Value rationality of dialogues with this share of random choices, some of which follow another value."""
    stray = rng.random(shape) < other
    number = np.zeros(shape, dtype=np.int64)
    for best, others in zip(IDEAL[value], IDEAL[OTHER[value]], strict=True):
        one, another = (np.array(ideal)[rng.integers(len(ideal), size=shape)] for ideal in (best, others))
        chosen = np.where(rng.random(shape) < error, rng.integers(9, size=shape), np.where(stray, another, one))
        number = 9 * number + chosen
    return score_of_every_profile(value)[number]


@dataclass(frozen=True)
class Intervals:
    """Ends for every study; NaN where there is none."""

    lower: Floats
    upper: Floats

    def coverage(self, true: float) -> float:
        """Share of the intervals that hold the truth; a missing interval does not hold it."""
        return float(np.mean((self.lower <= true + 1e-9) & (true - 1e-9 <= self.upper)))

    def half_width(self) -> float:
        """The median of those that there are."""
        return float(np.nanmedian(self.upper - self.lower) / 2)


def students(pools: Mapping[str, Floats]) -> Intervals:
    """The mean over targets and cells with the interval of Student's t that knows no bounds, cell by cell."""
    scores = np.concatenate(list(pools.values()), axis=1)
    _, n_cells, n = scores.shape
    parts = scores.var(axis=2, ddof=1) / n / n_cells**2
    variance = parts.sum(axis=1)
    with np.errstate(invalid="ignore"):
        half = stats.t.ppf(0.975, variance**2 / (parts**2 / (n - 1)).sum(axis=1)) * np.sqrt(variance)
    return Intervals(scores.mean(axis=(1, 2)) - half, scores.mean(axis=(1, 2)) + half)


def intervals(pools: Mapping[str, Floats]) -> Intervals:
    """The same mean with the interval of the package, by the text of docs/measures.md.

    The ends are looked for by halving on the way from the estimate to what can be attained.
    """
    weight = 1 / (N_CELLS * len(pools))
    mean, variance, spent = np.zeros((3, N_STUDIES))
    cells: list[tuple[Floats, float, Floats]] = []
    for value, scores in pools.items():
        n, low = scores.shape[2], least(value)
        room, freedom, prior = (1 - low) ** 2, N_CELLS * (n - 1), 0.002 * (1 - low) ** 2
        middle = scores.mean(axis=2)
        products = (middle - low) * (1 - middle)
        squares = ((scores - middle[:, :, None]) ** 2).sum(axis=2)
        if value == ANSWERED:
            # Three more dialogues that answered all or none.
            squares = (n - 1) * (squares + 3 * products) / (n - 1 + 3)
        if n < 10:
            own = (squares.sum(axis=1) + 0.7 * prior) / ((n - 1) * products.sum(axis=1) + prior)
            dispersion = np.stack([own] * N_CELLS, axis=1)
        else:
            freedom = n - 1
            dispersion = (squares + 0.7 * prior) / ((n - 1) * products + prior)
        part = weight**2 * dispersion * np.maximum(products, 1e-9 * room) / n
        variance = variance + part.sum(axis=1)
        spent = spent + ((part.sum(axis=1) ** 2 if n < 10 else (part**2).sum(axis=1)) / (freedom + 2.5))
        mean = mean + weight * middle.sum(axis=1)
        cells += [(middle[:, cell], low, dispersion[:, cell] / n) for cell in range(N_CELLS)]
    quantile = stats.t.ppf(0.975, variance**2 / spent - 2)

    def at(share: Floats, end: str) -> tuple[Floats, Floats]:
        """The sum so far on the way to its end, and its variance there."""
        total, spread = np.zeros(N_STUDIES), np.zeros(N_STUDIES)
        for middle, low, ratio in cells:
            moved = middle + share * ((low if end == "lower" else 1.0) - middle)
            total = total + weight * moved
            spread = spread + weight**2 * ratio * (moved - low) * (1 - moved)
        return total, spread

    found = {}
    for end in ("lower", "upper"):
        inside, outside = np.zeros(len(mean)), np.ones(len(mean))
        for _ in range(50):
            half = (inside + outside) / 2
            total, spread = at(half, end)
            holds = np.abs(mean - total) <= quantile * np.sqrt(spread)
            inside, outside = np.where(holds, half, inside), np.where(holds, outside, half)
        found[end] = at(inside, end)[0]
    return Intervals(**found)


def pools_of(agent: str, n_dialogues: int, name: str) -> dict[str, Floats]:
    values = list(MOTIVES) if name == "headline" else [name]
    return {value: studies(value, agent, n_dialogues) for value in values}


@cache
def covered(agent: str, n_dialogues: int, name: str) -> tuple[float, float, float]:
    """Coverage, median half-width, and that of Student's t."""
    pools = pools_of(agent, n_dialogues, name)
    found = intervals(pools)
    true = float(np.mean([truth(value, agent) for value in pools]))
    return found.coverage(true), found.half_width(), students(pools).half_width()


@pytest.mark.parametrize("n_dialogues", SIZES)
@pytest.mark.parametrize("agent", AGENTS)
def test_intervals_of_the_headline_hold_the_truth(agent: str, n_dialogues: int) -> None:
    coverage, half_width, students_half_width = covered(agent, n_dialogues, "headline")
    # Four thousand studies are known to 0.004.
    assert 0.93 <= coverage <= (0.99 if agent == "near-perfect" else 0.974)
    if agent != "near-perfect" and n_dialogues in (2, 5):
        assert half_width < students_half_width


@pytest.mark.parametrize("n_dialogues", SIZES)
@pytest.mark.parametrize("value", MOTIVES)
@pytest.mark.parametrize("agent", AGENTS)
def test_intervals_of_a_target_hold_the_truth(agent: str, value: str, n_dialogues: int) -> None:
    # Four dialogues that follow one of two values each are too coarse: of 16 studies two see one of them alone.
    assert covered(agent, n_dialogues, value)[0] >= (0.88 if (agent, n_dialogues) == ("mixed", 2) else 0.93)


@pytest.mark.parametrize("n_dialogues", SIZES)
def test_intervals_of_the_answered_rate_hold_the_truth(n_dialogues: int) -> None:
    assert covered("", n_dialogues, ANSWERED)[0] >= 0.93


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("value", MOTIVES)
def test_the_simulated_agents_have_the_exact_mean(value: str, agent: str) -> None:
    scores = studies(value, agent, 50)
    assert abs(scores.mean() - truth(value, agent)) < 4 * scores.std() / math.sqrt(scores.size)


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("n_dialogues", SIZES)
def test_these_are_the_intervals_of_the_package(agent: str, n_dialogues: int) -> None:
    pools = pools_of(agent, n_dialogues, "headline")
    vectorised = intervals(pools)
    for study in range(0, N_STUDIES, N_STUDIES // 20):
        terms = [
            Term((value, cell), 1 / 8, Moments.of(scores[study, cell]), value, least(value), 1.0)
            for value, scores in pools.items()
            for cell in range(N_CELLS)
        ]
        estimate = estimate_sum(terms)
        assert estimate.lower == pytest.approx(vectorised.lower[study], abs=1e-9)
        assert estimate.upper == pytest.approx(vectorised.upper[study], abs=1e-9)


def main() -> None:
    """Print the table."""
    names = [*MOTIVES, "headline"]
    print("| agent | dialogues a cell | " + " | ".join(names) + " | half-width of the headline | of Student's t |")
    print("|---" * (len(names) + 4) + "|")
    for agent, n_dialogues in itertools.product(AGENTS, SIZES):
        shares = " | ".join(f"{100 * covered(agent, n_dialogues, name)[0]:.1f}" for name in names)
        _, own, students_own = covered(agent, n_dialogues, "headline")
        print(f"| {agent} | {n_dialogues} | {shares} | {own:.3f} | {students_own:.3f} |")
    rates = (f"{n_dialogues}: {100 * covered('', n_dialogues, ANSWERED)[0]:.1f}" for n_dialogues in SIZES)
    print("answered rate:", ", ".join(rates))


if __name__ == "__main__":
    main()
