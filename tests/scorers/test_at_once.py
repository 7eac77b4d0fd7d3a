"""At once: how often all intervals of several differences hold the truth, for agents whose chances are known exactly.

`python -m tests.scorers.test_at_once` prints the table of docs/measures.md.
"""

import itertools
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from hvae_bench.scorers.estimate import CONFIDENCE, Moments, Term, at_once, estimate_sum
from tests.scorers.test_coverage import AGENTS, MOTIVES, N_CELLS, Floats, drawn, least, truth

SIZES = (2, 5, 10, 40)
"""Dialogues a cell, of two cells a target."""

N_RUNS = (2, 3, 8)

Runs = Sequence[dict[str, Floats]]


def terms(run: dict[str, Floats], values: Sequence[str], study: int, weight: float, which: int) -> list[Term]:
    return [
        Term((value, which, cell), weight / N_CELLS / len(values), Moments.of(own), (value, which), least(value), 1.0)
        for value in values
        for cell, own in enumerate(run[value][study])
    ]


def holds(runs: Runs, agents: Sequence[str], pair: tuple[int, int], values: Sequence[str], study: int, k: int) -> bool:
    """Whether the interval of the mean over values, at once with k - 1 others, holds the true difference."""
    one, other = pair
    true = float(np.mean([truth(value, agents[other]) - truth(value, agents[one]) for value in values]))
    both = terms(runs[other], values, study, 1.0, other) + terms(runs[one], values, study, -1.0, one)
    found = estimate_sum(both, at_once(k))
    return found.lower <= true + 1e-9 and true - 1e-9 <= found.upper


@cache
def covered(first: str, n_dialogues: int, n_runs: int, n_studies: int) -> tuple[float, float, float]:
    """Share of studies in which all intervals hold: of headlines against the first run, the same at 95 % each, and of
    the targets of the second run."""
    rng = np.random.default_rng([*f"{first}, {n_dialogues}, {n_runs}".encode()])
    agents = [first, *itertools.islice(itertools.cycle(AGENTS), n_runs - 1)]
    shape = (n_studies, N_CELLS, n_dialogues)
    runs = [
        {value: drawn(rng, value, AGENTS[one].error, AGENTS[one].other_dialogues, shape) for value in MOTIVES}
        for one in agents
    ]
    others, values = range(1, n_runs), list(MOTIVES)

    def share(pairs: Sequence[int], of: Sequence[Sequence[str]], k: int) -> float:
        return float(
            np.mean(
                [
                    all(holds(runs, agents, (0, one), own, study, k) for one in pairs for own in of)
                    for study in range(n_studies)
                ]
            )
        )

    headlines, single = share(others, [values], len(others)), share(others, [values], 1)
    return headlines, single, share([1], [[value] for value in values], len(values))


def test_the_confidence_of_one_is_that_of_all_others() -> None:
    assert at_once(1) == CONFIDENCE
    assert at_once(4) == pytest.approx(1 - 0.05 / 4)


@pytest.mark.parametrize("n_runs", [3, 8])
@pytest.mark.parametrize("first", ["near-perfect", "noisy, 0.5"])
def test_all_intervals_hold_at_once_in_95_of_100_studies(first: str, n_runs: int) -> None:
    headlines, single, targets = covered(first, 5, n_runs, 200)
    # Three standard errors of a share of 95 % of 200 studies.
    assert min(headlines, targets) >= 0.95 - 3 * (0.05 * 0.95 / 200) ** 0.5
    assert single < headlines, "at 95 % each"


def main() -> None:
    """Print the table."""
    print("| first run | dialogues a cell | runs | headlines | at 95 % each | targets of a pair |")
    print("|---|---|---|---|---|---|")
    for first, n_dialogues, n_runs in itertools.product(AGENTS, SIZES, N_RUNS):
        shares = " | ".join(f"{100 * share:.1f}" for share in covered(first, n_dialogues, n_runs, 1_000))
        print(f"| {first} | {n_dialogues} | {n_runs} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
