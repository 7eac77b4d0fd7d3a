"""Stopping: what benchmarks/stopping.py simulates is the package's own interval, and its correction is needed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from stopping import AGENTS, Plan, dialogues, ends, study

from hvae_bench.scorers.estimate import (
    ENOUGH_FREEDOM,
    FEW,
    Estimate,
    Moments,
    Term,
    estimate_sum,
    is_known,
    without_interval,
)


@pytest.mark.parametrize("n", [2, FEW - 1, FEW])
@pytest.mark.parametrize("agent", AGENTS)
def test_the_simulated_intervals_are_those_of_the_package(agent: str, n: int) -> None:
    plan = Plan("paper")
    scores = np.stack([dialogues(*cell, agent)[: 5 * n].reshape(5, n) for cell in plan.cells], axis=1)
    least = np.minimum(plan.least, scores.min(axis=2))
    lower, upper, freedom = ends(plan, n, scores.mean(axis=2), scores.var(axis=2, ddof=1), least)
    for number, cells in enumerate(scores):
        parts = zip(plan.cells, plan.weights, cells, least[number], strict=True)
        estimate = estimate_sum(
            [
                Term((place, cell), weight, Moments.of(own), cell, low, 1.0)
                for place, (cell, weight, own, low) in enumerate(parts)
            ]
        )
        assert (lower[number], upper[number]) == pytest.approx((estimate.lower, estimate.upper), abs=1e-9)
        assert freedom[number] == pytest.approx(estimate.degrees_of_freedom)


@pytest.mark.parametrize("until", [0.15, 0.2])
def test_who_stops_at_the_first_narrow_interval_misses_the_truth_too_often(until: float) -> None:
    studies = study(Plan("paper", ("altruistic", "competitive")), "mixed", most=45)
    naive, corrected = (studies.stopped(until, least)[0] for least in (0, ENOUGH_FREEDOM))
    assert naive < 0.92
    assert 0.93 < corrected < 0.97


@pytest.mark.parametrize("agent", ["noisy, 0.2", "noisy, 0.5", "mixed", "refusing"])
def test_the_interval_of_a_run_that_stopped_holds_the_truth(agent: str) -> None:
    studies = study(Plan("paper"), agent, most=25, n_studies=2_000)
    for until in (0.05, 0.1):
        coverage, _, reached = studies.stopped(until)
        assert reached < 0.99 or 0.925 <= coverage <= 0.97


def test_a_narrow_interval_of_few_dialogues_is_not_enough() -> None:
    narrow = Estimate(0.5, 0.45, 0.55, 0.02, 12.0, 8)
    assert is_known(narrow, 0.0501)
    assert not is_known(narrow, 0.0499)
    assert not is_known(replace(narrow, degrees_of_freedom=11.9), 0.0501)
    assert not is_known(without_interval(0.5, 1, "only one dialogue in a cell"), 1)
