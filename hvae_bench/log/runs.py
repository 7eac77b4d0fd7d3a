"""Runs: the dialogues of one run, from one file or many; which of several attempts counts; and what is estimated."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from hvae_bench.log.broken import AnotherTaskError, Broken, nothing_left
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.log.double import read_double
from hvae_bench.log.facts import PLAN, RunFacts, planned_dialogues, why_ended
from hvae_bench.log.measures import MeasuresRecord
from hvae_bench.log.record import DialogueRecord, RationalityRecord
from hvae_bench.log.source import Source, double_of, find_sources, read_records, without_doubles
from hvae_bench.log.study import by_system, cell_id, design_of, dialogue_of, one_catalog
from hvae_bench.scorers import Design, Estimate, RunAnalysis, ScoredRun, analyse, score_run
from hvae_bench.scorers.numbers import of_systems
from hvae_bench.scorers.study import scored_run
from hvae_bench.text.errors import LogError
from hvae_bench.text.location import plain

UNKNOWN_STATUS = "unknown"
"""Status of a run of which no Inspect log was read."""


@dataclass(frozen=True, slots=True)
class Part:
    """Dialogues and cells that are there, of those that the whole task has."""

    dialogues: int
    of_dialogues: int
    cells: int
    of_cells: int

    def __str__(self) -> str:
        dialogues, cells = f"{self.dialogues:,} of {self.of_dialogues:,}", f"{self.cells:,} of {self.of_cells:,}"
        return f"{dialogues} dialogues, {cells} cells"


@dataclass(frozen=True)
class Run:
    """The dialogues of one run of one model.

    Attributes:
        name: the model, and any adapter laid over it, with as much more as tells this run apart from the others that
            were loaded.
        task_id: Inspect's id of the task, kept by a retry.
        status: Inspect's status (success, error, cancelled or started), or `unknown` without an Inspect log.
        log: the Inspect log, or else the file that the dialogues were read from.
        records: its dialogues, in the order of the plan, then by epoch; incomplete ones included.
        planned: for each cell the number of its dialogues that were planned.
        plan_known: whether the plan stands in an Inspect log. A rationality log alone does not tell it; then every
            cell that occurs is taken to have had as many dialogues as the largest epoch that occurs.
        whole: cells and dialogues of the whole task, of which the run may be a part; None where older records do not
            tell it.
        ended: why a run with `-T until=` ended; None for any other, and where no Inspect log was read.
        broken: the lines and dialogues of its files that could not be read.
        joined: the runs that a study was put together from (see `studies`), the oldest first, whose log, task and time
            are its own; empty of a single run.
    """

    name: str
    model: str
    scenario: str
    task_id: str
    status: str
    log: str
    created: str
    records: list[RationalityRecord] = field(repr=False)
    planned: Mapping[str, int] = field(repr=False)
    plan_known: bool = True
    whole: tuple[int, int] | None = None
    ended: str | None = None
    broken: tuple[Broken, ...] = ()
    joined: tuple["Run", ...] = field(default=(), repr=False)

    @property
    def logs(self) -> tuple[str, ...]:
        """The log, or those of the runs that were put together."""
        return tuple(run.log for run in self.joined) or (self.log,)

    @property
    def subject(self) -> str:
        """Who answered: the model, and the file of the adapter that was laid over it."""
        adapter = self.records[0].run.adapter if self.records else None
        return self.model if adapter is None else f"{self.model} + {adapter.name}"

    @property
    def expected(self) -> int:
        """Dialogues planned."""
        return sum(self.planned.values())

    @cached_property
    def part(self) -> Part | None:
        """What of the whole task is there, if it is not all; so of a run with a limit, or of one that broke off."""
        if self.whole is None:
            return None
        cells, dialogues = self.whole
        there = len({record.dialogue.sample_id for record in self.records})
        part = Part(len(self.records), dialogues, there, cells)
        return part if part.dialogues < part.of_dialogues else None

    @property
    def missing(self) -> int:
        """Dialogues planned that are not there; an incomplete one is there."""
        here = Counter(record.dialogue.sample_id for record in self.records)
        return sum(max(0, planned - here[cell]) for cell, planned in self.planned.items())

    @cached_property
    def by_system(self) -> dict[str, "Run"]:
        """The dialogues of each value system as a run, for numbers are of one system; of a single one the run itself.

        A planned cell of which no dialogue tells the system counts in each of them.
        """
        found = by_system(self.records)
        if len(found) < 2:
            return dict.fromkeys(found or ("",), self)
        of_game = {record.game.id: record.game.system for record in self.records}
        of_value = {record.target.id: record.game.system for record in self.records if record.target.motives}

        def may_be_of(system: str, cell: str) -> bool:
            value, game = (*cell.split("."), "")[:2]
            return of_game.get(game, of_value.get(value, system)) == system

        return {
            system: replace(
                self,
                name=f"{self.name} ({system})",
                records=records,
                planned={cell: planned for cell, planned in self.planned.items() if may_be_of(system, cell)},
                whole=None,
            )
            for system, records in found.items()
        }

    @property
    def numbers(self) -> dict[str, Estimate]:
        """Every number of the run that has an interval, by its name; where there are several value systems, of each."""
        return of_systems({system: run.analysis.numbers for system, run in self.by_system.items()})

    @cached_property
    def analysis(self) -> RunAnalysis:
        """Everything estimated from the dialogues of a run of one system: what the Inspect log of a finished one says.

        Raises:
            LogError: see `design`.
        """
        return analyse(self.design, map(dialogue_of, self.records), calibrate=cached_calibrate)

    @cached_property
    def design(self) -> Design:
        """What the cells of the run have in common and how they differ.

        Raises:
            LogError: no dialogue, dialogues from different catalogues, or several value systems.
        """
        if not self.records:
            raise LogError("The run holds no dialogue yet. Wait until it has finished one, or run it again.")
        if len(systems := [*self.by_system]) > 1:
            told = f"{self.name} holds several value systems ({', '.join(systems)}), and no number covers all of them"
            raise LogError(f"{told}. Take one of them: `run.by_system[{systems[0]!r}]`.")
        one_catalog(record.catalog.sha256 for record in self.records)
        cells = {cell_id(record.cell, record.dialogue.sample_id): record for record in self.records}
        return design_of(cells.values(), self.records[0].run.core_values)

    @cached_property
    def scored(self) -> ScoredRun:
        """The scores of the dialogues by cell, to estimate contrasts from."""
        scores = score_run(self.design, map(dialogue_of, self.records), calibrate=cached_calibrate)
        return scored_run(self.design, scores, cached_calibrate)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A dialogue (task, cell, epoch) of which two complete accounts differ, and where both stand, file and line."""

    task_id: str
    sample_id: str
    epoch: int
    first: str
    second: str

    def __str__(self) -> str:
        return (
            f"{self.second}: dialogue {self.sample_id}, epoch {self.epoch} of task {self.task_id} is complete and "
            f"differs from the complete one at {self.first}"
        )


def shortfall(dialogue: DialogueRecord, measures: MeasuresRecord) -> int:
    """How far a dialogue fell short: 0 if it is complete, and else the more, the fewer items it reached.

    One that reached all items and ended in an error is not complete either: a retry holds it again.
    """
    return 2 * measures.n_not_reached + (dialogue.error is not None)


Verdict = Literal["first", "second", "equal", "conflict"]


def judge(first: int, second: int, same: Callable[[], bool]) -> Verdict:
    """Which of two attempts at one dialogue counts.

    A complete one supersedes an incomplete one, of incomplete ones that which reached more items stays (the first at a
    tie), and complete ones have to be equal. Their shortfalls are given, in the order read; whether their content is
    the same is only asked where it matters.
    """
    if bool(first) == bool(second) and same():
        return "equal"
    if not first and not second:
        return "conflict"
    return "second" if second < first else "first"


def content(record: Mapping[str, Any]) -> dict[str, Any]:
    """What in a record makes the dialogue: all asked, said, decided and measured; not where, when and at what cost."""
    run = {name: record["run"][name] for name in ("administration", "core_values", "model")}
    return {name: part for name, part in record.items() if name != "dialogue"} | {"run": run}


@dataclass(slots=True)
class _Found:
    """What is known of a run so far: its dialogues and where they were read, its plan in a run, and the files read."""

    records: dict[tuple[str, int], tuple[RationalityRecord, str]] = field(default_factory=dict)
    plan: Run | None = None
    sources: dict[str, None] = field(default_factory=dict)

    def take(self, record: RationalityRecord, source: str) -> None:
        """Keep the better of two attempts at one dialogue.

        Raises:
            LogError: two complete accounts of it differ.
        """
        key = (record.dialogue.sample_id, record.dialogue.epoch)
        before, where = self.records.setdefault(key, (record, source))
        if before is record:
            return
        verdict = judge(
            shortfall(before.dialogue, before.measures),
            shortfall(record.dialogue, record.measures),
            lambda: content(before.model_dump()) == content(record.model_dump()),
        )
        if verdict == "conflict":
            conflict = Conflict(record.run.task_id, *key, first=where, second=source)
            raise LogError(f"{conflict}. Leave out one of the files.")
        if verdict == "second":
            self.records[key] = record, source

    def run(self, broken: Sequence[Broken]) -> Run:
        """The run, with what of its files is broken."""
        records = [record for record, _ in self.records.values()]
        plan = self.plan or self._smallest_plan(records)
        places = {cell: place for place, cell in enumerate(plan.planned)}
        records.sort(key=lambda record: (places.get(record.dialogue.sample_id, len(places)), record.dialogue.epoch))
        mine = tuple(one for one in broken if one.source in self.sources)
        return replace(plan, records=records, broken=mine)

    def _smallest_plan(self, records: Sequence[RationalityRecord]) -> Run:
        """The smallest plan that these dialogues fit in."""
        run, epochs = records[0].run, max(record.dialogue.epoch for record in records)
        return Run(
            name=run.model,
            model=run.model,
            scenario=run.scenario,
            task_id=run.task_id,
            status=UNKNOWN_STATUS,
            log=next(iter(self.sources)),
            created=run.run_created,
            records=[],
            planned=dict.fromkeys((record.dialogue.sample_id for record in records), epochs),
            plan_known=False,
            whole=(run.cells, run.cells * run.epochs) if run.cells and run.epochs else None,
        )


class _Reading:
    """What was read so far: runs by task and model, and what is broken."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], _Found] = {}
        self.broken: list[Broken] = []
        self.of_another_task: list[AnotherTaskError] = []

    def lines(self, source: Source) -> None:
        """Read a rationality log or a Parquet file."""
        for _, record in read_records(source.url, self.broken):
            one = self.found.setdefault((record.run.task_id, record.run.model), _Found())
            one.sources[source.url] = None
            one.take(record, source.url)

    def inspect_log(self, source: Source) -> bool:
        """Read what can be read of an Inspect log; false if that is nothing, though it may be of this task."""
        try:
            if (double := read_double(source.url)) is not None:
                header, facts, kept = double
                one = self._planned(_plan(source.url, header, facts), source)
            else:
                from hvae_bench.log.export import records
                from hvae_bench.log.inspect_log import opened

                with opened(source.url) as log:
                    header = log.header.model_dump(mode="json", include=PLAN)
                    one = self._planned(_plan(source.url, header, log.facts), source)
                    kept = list(records(log, self.broken))
        except LogError as error:
            if isinstance(error, AnotherTaskError):
                self.of_another_task.append(error)
            if source.named or not isinstance(error, AnotherTaskError):
                self.broken.append(Broken.file(source.url, error))
            return isinstance(error, AnotherTaskError)
        for record in kept:
            one.take(record, source.url)
        return True

    def _planned(self, plan: Run, source: Source) -> _Found:
        """What is known of the run of a log with this plan; the newest plan of a run counts."""
        one = self.found.setdefault((plan.task_id, plan.model), _Found())
        if one.plan is None or plan.created >= one.plan.created:
            one.plan = plan
        one.sources[source.url] = None
        return one


def _plan(log: str, header: Mapping[str, Any], facts: RunFacts) -> Run:
    """A run without its dialogues, by what Inspect and this package say of it in the header of a log."""
    spec, planned = header["eval"], planned_dialogues(header, facts)
    return Run(
        name=spec["model"],
        model=spec["model"],
        scenario=facts.scenario,
        task_id=spec["task_id"],
        status=header["status"],
        log=log,
        created=spec["created"],
        records=[],
        planned=planned,
        whole=(len(facts.calls), sum(planned.get(cell, max(planned.values())) for cell in facts.calls)),
        ended=why_ended(header),
    )


def load(paths: str | Path | Iterable[str | Path], *, broken: list[Broken] | None = None) -> list[Run]:
    """Read runs from any mix of Inspect logs, rationality logs, Parquet files, folders, globs and fsspec URLs.

    Files of one run (an interrupted one and its retry, say) make one run. Of several attempts at a dialogue
    (one task, cell and epoch) the complete one counts, and of incomplete ones the first of those that reached most
    items. A rationality log is left out if the Inspect log that it was made of is read as well. What of the files of a
    run could not be read is in `Run.broken`.

    Args:
        paths: what to read; see `find_sources`.
        broken: takes everything that could not be read, whole files too; the rest is read all the same.

    Returns:
        The runs, the oldest first.

    Raises:
        LogError: see `find_sources`; also nothing of this benchmark, a dialogue of which there are two complete
            accounts that differ, or (without `broken`) something broken that is in no run's `Run.broken`.
    """
    sources = find_sources(paths)
    kept = without_doubles(sources, keep="inspect")
    reading = _Reading()
    for source in kept:
        if source.kind != "inspect":
            reading.lines(source)
        elif not reading.inspect_log(source) and (double := double_of(source, sources)) is not None:
            reading.lines(double)
    found, aside = reading.found, reading.broken
    if len(aside) == len(sources) == len(reading.of_another_task) == 1:
        raise reading.of_another_task[0]
    if aside and not any(one.records for one in found.values()):
        raise nothing_left(aside)
    if not found:
        named = ", ".join(map(plain, [paths] if isinstance(paths, (str, Path)) else paths))
        raise LogError(f"No dialogue of hvae_bench in {named}. Run `inspect eval hvae_bench` first.")
    of_no_run = [one for one in aside if not any(one.source in run.sources for run in found.values())]
    if broken is None and of_no_run:
        raise LogError(str(of_no_run[0]))
    if broken is not None:
        broken += aside
    runs = [one.run(aside) for one in found.values()]
    return with_names(sorted(runs, key=lambda run: (run.created, run.model, run.task_id)))


def with_names(runs: list[Run]) -> list[Run]:
    """Runs with names that tell them apart: who answered, where needed the scenario, the time and the task id."""
    names = [run.subject for run in runs]
    for more in ("scenario", "created", "task_id"):
        counts = Counter(names)
        names = [
            f"{name}, {getattr(run, more)}" if counts[name] > 1 else name for name, run in zip(names, runs, strict=True)
        ]
    return [replace(run, name=name) for name, run in zip(names, runs, strict=True)]


def one_run(
    paths: str | Path | Iterable[str | Path],
    broken: list[Broken] | None = None,
    joined: Callable[[list[Run]], list[Run]] = list,
) -> Run:
    """The only run in logs, with at least one dialogue; `broken` takes what of the files cannot be read.

    Runs may be `joined` first.

    Raises:
        LogError: see `load`; no dialogue, dialogues of several runs, or (without `broken`) anything broken.
    """
    mine: list[Broken] = []
    runs = joined(load(paths, broken=mine))
    named = ", ".join(map(plain, [paths] if isinstance(paths, (str, Path)) else paths))
    if len(runs) > 1:
        logs = ", ".join(dict.fromkeys(run.log for run in runs))
        raise LogError(f"{named} holds the dialogues of {len(runs)} runs; name the log of one of them: {logs}.")
    if mine and broken is None:
        raise LogError(str(mine[0]))
    if not runs[0].records:
        raise LogError(f"{named} holds no dialogue. Wait until the run has finished one, or run it again.")
    if broken is not None:
        broken += mine
    return runs[0]
