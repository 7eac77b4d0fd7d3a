"""Numbers of a run by their names."""

from __future__ import annotations

from hvae_bench.scorers import Estimate, ScoredRun, contrasts
from hvae_bench.scorers.numbers import select


def number(run: ScoredRun, name: str) -> Estimate:
    """The estimate with this name."""
    return run.estimate(contrasts(run)[name])


def several(run: ScoredRun, name: str) -> dict[str, Estimate]:
    """The estimates with this name by what stands in its brackets."""
    return select({full: run.estimate(one) for full, one in contrasts(run).items()}, name)
