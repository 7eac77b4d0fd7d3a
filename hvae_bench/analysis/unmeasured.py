"""Unmeasured: the numbers that a run was not made for, and the scenario of the catalogue that would measure each.

Whether cells measure a number is asked of the number itself: of the weights that it makes of them, or, where it is no
weighted sum, of a rehearsal in which every cell has one dialogue. So a new scenario or number needs no line here.
"""

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.dialogue.sample import build_cells
from hvae_bench.log.plan import planned_runs
from hvae_bench.log.runs import Run
from hvae_bench.scorers import NUMBERS, DiscriminantMatrix, Number, ScoredRun
from hvae_bench.scorers.can_and_will import NOT_MEASURED
from hvae_bench.scorers.contrast import NO_SIDES
from hvae_bench.scorers.dose import dose_response
from hvae_bench.scorers.estimate import undefined
from hvae_bench.scorers.numbers import Sources

_PROBABILITIES = "no probabilities of the options came with the answers (`--logprobs`)"


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """Numbers that a run was not made for, in words, why, and the id of the scenario that would measure them.

    The scenario is None where no scenario of the catalogue does.
    """

    what: str
    why: str
    scenario: str | None


def not_measured(run: Run) -> tuple[NotMeasured, ...]:
    """What a run of one value system was not made for; what lacks for one reason stands together."""
    (system,) = run.by_system
    sources = _rehearsal(run.scored)
    lacking = {number: why for number in _asked() if (why := _why_not(number, sources))}
    found = []
    for why in dict.fromkeys(lacking.values()):
        own = [number for number, reason in lacking.items() if reason == why]
        first, *more = (number.label.partition(", ")[0].removesuffix(" of {}") for number in own)
        what = ", ".join([first, *(f"{label[0].lower()}{label[1:]}" for label in more)])
        found.append(NotMeasured(what, why, _scenario(own, lacking, system, run.scenario)))
    if "expected_value_rationality" not in run.analysis.numbers:
        found.append(NotMeasured("Expected value rationality", _PROBABILITIES, None))
    return tuple(found)


def _asked() -> Iterator[Number]:
    """The numbers that tell what runs are made for: each once, not of every target, and none that follows from them."""
    for number in NUMBERS:
        own = number.group in ("headline", "contrast") or (number.group == "pursuit" and not number.of)
        if own and (number.weights or number.group == "contrast"):
            yield number


def _why_not(number: Number, sources: Sources) -> str:
    """Why the cells of a run do not measure a number; empty where they do, or where its system has no such number."""
    reasons: list[str | None]
    if number.weights is not None:
        reasons = [one if isinstance(one, str) else None for one in number.weights(sources.run).values()]
    else:
        reasons = [one.no_mean for one in number.estimate(sources).values()]
    if None in reasons or NO_SIDES in reasons:
        return ""
    why = reasons[0] if reasons else f"only one {number.of.lower()} was run"
    return (why or "").removeprefix(f"{NOT_MEASURED}: ")


def _rehearsal(run: ScoredRun) -> Sources:
    """A run as if every cell had had one dialogue, as the sources of its numbers."""
    one = np.zeros(1)
    rehearsed = ScoredRun(
        run.design, {cell: dict.fromkeys(columns, one) for cell, columns in run.scores.items()}, run.least
    )
    design = run.design
    angled = [
        cell for cell in run.scores if cell.game in design.geometries and not design.structure(cell).is_rule_alone
    ]
    none = undefined("")
    matrix = DiscriminantMatrix((), {}, {}, math.nan, "")
    return Sources(rehearsed, None, none, dose_response(design, dict.fromkeys(angled, one)), matrix, none)


def _scenario(wanted: Iterable[Number], lacking: Collection[Number], system: str, own: str) -> str | None:
    """The scenario that measures most of these numbers, and then of all that lack; then the smallest one."""

    def worth(id_: str) -> tuple[int, bool, int, int]:
        of_wanted, of_all = (sum(_measures(id_, system, one) for one in numbers) for numbers in (wanted, lacking))
        return of_wanted, id_ == own, of_all, -len(known[id_].run.scores)

    known = _planned(system)
    best = max(known, key=worth, default=None)
    return best if best is not None and worth(best)[0] else None


@cache
def _measures(scenario: str, system: str, number: Number) -> bool:
    return not _why_not(number, _planned(system)[scenario])


@cache
def _planned(system: str) -> dict[str, Sources]:
    """The scenarios of the catalogue that ask something of a value system, as if every cell had had one dialogue."""
    catalog = load_catalog()
    found = {}
    for id_, scenario in catalog.scenarios.items():
        games = {game for crossing in scenario.crossings for game in crossing.games}
        if system in {catalog.games[game].system for game in games}:
            scripts = [cell.script() for cell in build_cells(catalog, scenario)]
            found[id_] = _rehearsal(planned_runs(scripts)[system])
    return found
