"""Results: the table of one run or several, estimated from their dialogues."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hvae_bench.log.broken import Broken, set_aside
from hvae_bench.log.joining import studies
from hvae_bench.log.runs import Part, Run, load
from hvae_bench.scorers import NUMBERS, Estimate, RunVerdict
from hvae_bench.text.location import place_of


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with the ends of its 95 % interval; NaN where undefined, and why there is no number."""

    mean: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    no_mean: str | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """The estimates of one run, or of runs put together, from its dialogues, and its first log (a path or a URL).

    A run of several value systems has one for each; `system` is empty before the first dialogue.
    Time is written by ISO 8601, and the status in Inspect's words, `unknown` where no Inspect log was read.
    `expected_value_rationality` is the headline from the probabilities of the options; `comparable` is a headline for
    which enough of the asked items was answered. `ended` says why a run with `-T until=` did. `part` is what of the
    whole task is there, if it is not all, and `joined` the logs of the runs that were put together. `pursuit` holds the
    numbers that say what the headline means, by name, and `verdict` says it in words; None before the first dialogue.
    `subject` is the model with the adapter that was laid over it, and `competence` the value rationality under the rule
    alone by target.
    """

    log: Path | str
    model: str
    subject: str
    scenario: str
    system: str
    created: str
    status: str
    value_rationality: Interval
    expected_value_rationality: Interval
    targets: dict[str, Interval]
    pursuit: dict[str, Interval]
    competence: dict[str, Interval]
    verdict: RunVerdict | None
    answered_rate: float
    comparable: bool
    dialogues: int
    ended: str | None
    part: Part | None
    joined: tuple[Path | str, ...]


def read_results(
    paths: str | Path | Iterable[str | Path], broken: list[Broken] | None = None, *, apart: bool = False
) -> list[RunResult]:
    """The runs of this benchmark in logs of all kinds and folders of them, oldest first; those of one study as one.

    Args:
        paths: paths, folders, globs and URLs.
        broken: takes what cannot be read, and the logs of another task that are named one by one.
        apart: leave every run by itself.

    Raises:
        LogError: as of `hvae_bench.analysis.load`; also (without `broken`) anything that cannot be read, and dialogues
            of a run that come from different catalogues.
    """
    mine: list[Broken] = []
    runs = load(paths, broken=mine)
    for one in mine:
        set_aside(one, broken)
    return [
        _result(run, system, whole.part)
        for whole in (runs if apart else studies(runs))
        for system, run in whole.by_system.items()
    ]


def _result(run: Run, system: str, part: Part | None) -> RunResult:
    # A run that was killed before its first dialogue ended is a run all the same.
    analysis = run.analysis if run.records else None
    numbers: Mapping[str, Estimate] = analysis.numbers if analysis else {}

    def interval(name: str) -> Interval:
        one = numbers.get(name)
        return Interval() if one is None else Interval(one.mean, one.lower, one.upper, one.no_mean)

    def by_target(name: str) -> dict[str, Interval]:
        return {value: interval(f"{name}({value})") for value in (analysis.by(f"{name}({{}})") if analysis else ())}

    return RunResult(
        log=place_of(run.log),
        model=run.model,
        subject=run.subject,
        scenario=run.scenario,
        system=system,
        created=run.created,
        status=run.status,
        value_rationality=interval("value_rationality"),
        expected_value_rationality=interval("expected_value_rationality"),
        targets=by_target("value_rationality"),
        pursuit={one.name: interval(one.name) for one in NUMBERS if one.group == "pursuit" and not one.of},
        competence=by_target("competence"),
        verdict=analysis.verdict if analysis else None,
        answered_rate=interval("answered_rate").mean,
        comparable=analysis is not None and analysis.comparable,
        dialogues=len(run.records),
        ended=run.ended,
        part=part,
        joined=tuple(place_of(one.log) for one in run.joined),
    )
