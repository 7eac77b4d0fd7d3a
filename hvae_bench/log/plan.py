"""Plan: what running a scenario takes, and how precise its results will be, before anything is run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.catalogue.scenario import Scenario
from hvae_bench.dialogue.administration import ItemsMode
from hvae_bench.dialogue.cost import calls_of, cost_of, tokens_seen_before
from hvae_bench.dialogue.sample import DialogueScript, build_cells, check_batched
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.log.study import by_system, cell_id, design_of
from hvae_bench.scorers import CellId, ScoredRun, contrasts, unscorable_reason
from hvae_bench.scorers.calibration import follower
from hvae_bench.scorers.estimate import Moments, Term, dialogues_for, expected_half_width
from hvae_bench.scorers.pairing import Contrast
from hvae_bench.scorers.study import scored_run
from hvae_bench.text.errors import UsageError

GUESSES = (0.2, 0.5, 1.0)
"""Shares of guesses of the models whose precision is told: they follow their value in all other items."""


@dataclass(frozen=True, slots=True)
class Takes:
    """What so many dialogues for each cell take, if nothing has to be asked twice.

    Tokens are those of `token_count`, with short replies and no reasoning. Of those sent, `repeated_in_dialogue` began
    an earlier conversation of the same dialogue, and `repeated_in_run` one of any dialogue.
    """

    epochs: int
    dialogues: int
    calls: int
    input_tokens: int
    repeated_in_dialogue: int
    repeated_in_run: int
    output_tokens: int


def takes_of(scripts: Sequence[DialogueScript], items: ItemsMode = "sequential") -> Callable[[int], Takes]:
    """What the cells of these scripts take, by dialogues for each."""
    first, second = ([calls_of(script, items, epoch=epoch) for script in scripts] for epoch in (1, 2))
    costs = [cost_of(calls) for calls in first]
    own = sum(tokens_seen_before([calls]) for calls in first)
    once, twice = tokens_seen_before(first), tokens_seen_before([*first, *second])
    return lambda epochs: Takes(
        epochs=epochs,
        dialogues=epochs * len(scripts),
        calls=epochs * sum(cost.calls for cost in costs),
        input_tokens=epochs * sum(cost.input_tokens for cost in costs),
        repeated_in_dialogue=epochs * own,
        # Every further dialogue of a cell begins as its second one.
        repeated_in_run=once + (epochs - 1) * (twice - once),
        output_tokens=epochs * sum(cost.output_tokens for cost in costs),
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """A scenario before it is run, for models that guess in these shares of the items and else follow their value.

    Attributes:
        half_widths: by share of guesses, then by core target and for `all` (of several value systems for each, as in
            `all, svo`), the half-width of the 95 % interval to expect; NaN where there is none.
        wanted: by share of guesses, what a headline no wider than the half-width asked for takes, or all headlines;
            None if it takes more than `MAX_DIALOGUES` a cell.
    """

    scenario: str
    items: ItemsMode
    takes: Takes
    half_widths: Mapping[float, Mapping[str, float]]
    wanted: Mapping[float, Takes | None]


def plan(
    catalog: Catalog,
    scenario: Scenario,
    epochs: int | None = None,
    items: ItemsMode = "sequential",
    half_width: float | None = None,
) -> Plan:
    """Plan a scenario with so many dialogues for each cell (or its own number), and for a half-width of the headline.

    Raises:
        UsageError: items cannot be asked so, or a half-width is asked for that is none, or where there is no headline.
    """
    cells = build_cells(catalog, scenario)
    if batched := items == "batched":
        check_batched(cells)
    scripts = [cell.script(batched=batched) for cell in cells]
    takes, runs = takes_of(scripts, items), planned_runs(scripts)
    known = {system: contrasts(run) for system, run in runs.items()}
    wanted: dict[float, Takes | None] = {}
    if half_width is not None:
        if not 0 < half_width <= 1:
            raise UsageError(f"A half-width has to be above 0 and at most 1, and {half_width:g} is not; 0.05 is one.")
        for own in known.values():
            if isinstance(own["value_rationality"], str):
                raise UsageError(f"The scenario {scenario.id!r} has no headline: {own['value_rationality']}.")
    half_widths: dict[float, dict[str, float]] = {}
    n = scenario.epochs if epochs is None else epochs
    for share in GUESSES:
        needed: list[int | None] = []
        widths = half_widths[share] = {}
        for system, run in runs.items():
            terms = planned_terms(run, known[system]["value_rationality"], share)
            widths["all" if len(runs) == 1 else f"all, {system}"] = expected_half_width(terms, n)
            for value in run.design.core_values:
                own_terms = planned_terms(run, known[system].get(f"value_rationality({value})", ""), share)
                widths[value] = expected_half_width(own_terms, n)
            needed += [] if half_width is None else [dialogues_for(terms, half_width)]
        if half_width is not None:
            wanted[share] = takes(max(map(int, filter(None, needed)))) if all(needed) else None
    return Plan(scenario.id, items, takes(n), half_widths, wanted)


def planned_runs(scripts: Sequence[DialogueScript]) -> dict[str, ScoredRun]:
    """The cells of a scenario before any dialogue, by value system: runs without scores, to take contrasts from."""
    return {system: planned_run(own) for system, own in by_system(scripts).items()}


def planned_run(scripts: Sequence[DialogueScript]) -> ScoredRun:
    """The cells of a scenario of one value system, as `planned_runs` has them."""
    design = design_of(scripts, scripts[0].core_values)
    targets = {script.target.id: script.target.motives for script in scripts if script.target.motives}
    tables = {script.game.id: script.game.payoff_table() for script in scripts}
    scores: dict[CellId, dict[str, Any]] = {
        cell_id(script.cell, script.id): {
            target: ()
            for target, motives in targets.items()
            if not unscorable_reason(tables[script.game.id], motives, calibrate=cached_calibrate)
        }
        for script in scripts
    }
    return scored_run(design, scores, cached_calibrate)


def planned_terms(run: ScoredRun, contrast: Contrast | str, guesses: float = 1.0) -> list[Term]:
    """A contrast of a planned run, of a model that guesses in this share of the items and else follows its value."""
    if isinstance(contrast, str):
        return []
    terms = []
    for (cell, target), weight in contrast.items():
        table, targets = run.design.games[cell.game], run.design.targets
        expected = follower(table, targets[cell.value].motives, targets[target].motives, guesses, cached_calibrate)
        moments = Moments(2, expected.mean, expected.sd**2)
        pool = (cell.game, cell.value, target)
        terms.append(Term(cell, weight, moments, pool, run.least[cell.game, target], 1.0))
    return terms
