"""Precision: how many dialogues an interval of a wanted width takes."""

import math
from collections.abc import Mapping

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.catalogue.scenario import Scenario
from hvae_bench.dialogue.sample import build_cells
from hvae_bench.log.plan import planned_runs, planned_terms
from hvae_bench.log.runs import Run
from hvae_bench.scorers import ScoredRun, contrasts
from hvae_bench.scorers.estimate import MAX_DIALOGUES, Term, dialogues_for, expected_half_width
from hvae_bench.scorers.numbers import of_systems
from hvae_bench.scorers.pairing import Contrast
from hvae_bench.text.errors import LogError, UsageError


def epochs_for(half_width: float, of: Run | tuple[Catalog, Scenario], *, name: str = "value_rationality") -> int:
    """The fewest dialogues a cell with which a 95 % interval is expected to be no wider than this to either side.

    Args:
        half_width: the wanted half-width.
        of: a run, whose dialogues show how much each cell varies; or, before any run, a catalogue and a scenario,
            with the exact standard deviations of a model that guesses.
        name: name of the number, as in the metrics: `value_rationality`, `value_rationality(ID)`, `goal_effect`, ...

    Raises:
        UsageError: a half-width that is not positive, or takes more than `MAX_DIALOGUES`; a number that does not exist.
        LogError: a run with a cell of fewer than two scored dialogues.
    """
    if not half_width > 0:
        raise UsageError(f"A half-width has to be positive, and {half_width} is not.")
    found = dialogues_for(_parts(of, name), half_width)
    if found is None:
        raise UsageError(
            f"A half-width of {half_width} takes more than {MAX_DIALOGUES:,} epochs. Ask for a larger one."
        )
    return found


def half_width_at(epochs: int, of: Run | tuple[Catalog, Scenario], *, name: str = "value_rationality") -> float:
    """The half-width of the 95 % interval to expect from so many dialogues a cell.

    It takes two dialogues or more; the other arguments are as of `epochs_for`.

    Raises:
        UsageError: fewer than two epochs, or a number that does not exist.
        LogError: see `epochs_for`.
    """
    if epochs < 2:
        raise UsageError(f"An interval needs two epochs or more, and {epochs} were given.")
    return expected_half_width(_parts(of, name), epochs)


def _parts(of: Run | tuple[Catalog, Scenario], name: str) -> list[Term]:
    """The terms of a number of this run, or of one still to be made."""
    if isinstance(of, Run):
        run, contrast = _weighed({system: own.scored for system, own in of.by_system.items()}, name)
        terms = run.terms(contrast)
        if few := [str(term.cell) for term in terms if math.isnan(term.moments.variance)]:
            raise LogError(f"{few[0]} has fewer than two scored dialogues, so how much they vary is unknown.")
        return terms
    catalog, scenario = of
    run, contrast = _weighed(planned_runs([cell.script() for cell in build_cells(catalog, scenario)]), name)
    if len({cell for cell, _ in contrast}) < len(contrast):
        raise UsageError(f"{name} scores a dialogue as several targets; plan it from the dialogues of a first run.")
    return planned_terms(run, contrast)


def _weighed(runs: Mapping[str, ScoredRun], name: str) -> tuple[ScoredRun, Contrast]:
    """The weights of a number, and the run that it is of, among those of each value system."""
    named = of_systems({system: {of: (run, one) for of, one in contrasts(run).items()} for system, run in runs.items()})
    if name not in named:
        raise UsageError(f"There is no number {name!r} to plan for. Choose one of: {', '.join(named)}.")
    run, contrast = named[name]
    if isinstance(contrast, str):
        raise UsageError(f"{name} is undefined here: {contrast}.")
    return run, contrast
