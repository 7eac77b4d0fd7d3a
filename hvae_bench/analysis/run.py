"""Run: the dialogues of one run, from one file or many, and everything estimated from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from hvae_bench.log.broken import AnotherTaskError, Broken, nothing_left
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.results import analyse_records, score_records
from hvae_bench.log.source import Source, double_of, find_sources, without_doubles
from hvae_bench.scorers import RunAnalysis, ScoredRun
from hvae_bench.text.errors import LogError

__all__ = ["Run", "load", "runs_of"]

UNKNOWN_STATUS = "unknown"
"""Status of a run of which no Inspect log was read."""


@dataclass(frozen=True)
class Run:
    """The dialogues of one run of one model.

    Attributes:
        name: the model, with as much more as tells this run apart from the others that were loaded.
        model: name of the model.
        scenario: id of the scenario.
        task_id: Inspect's id of the task, kept by a retry.
        status: Inspect's status (success, error, cancelled or started), or `unknown` without an Inspect log.
        log: the Inspect log, or else the file that the dialogues were read from.
        created: when the run began, ISO 8601.
        records: its dialogues, in the order of the plan, then by epoch; incomplete ones included.
        planned: for each cell the number of its dialogues that were planned.
        plan_known: whether the plan stands in an Inspect log. A rationality log alone does not tell it; then every
            cell that occurs is taken to have had as many dialogues as the largest epoch that occurs.
        broken: the lines and dialogues of its files that could not be read.
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
    broken: tuple[Broken, ...] = ()

    @property
    def expected(self) -> int:
        """Dialogues planned."""
        return sum(self.planned.values())

    @property
    def missing(self) -> int:
        """Dialogues planned that are not there; an incomplete one is there."""
        here = Counter(record.dialogue.sample_id for record in self.records)
        return sum(max(0, planned - here[cell]) for cell, planned in self.planned.items())

    @cached_property
    def analysis(self) -> RunAnalysis:
        """Everything estimated from the dialogues, without bootstrap: what the Inspect log of a finished run says."""
        return self.analyse()

    @cached_property
    def scored(self) -> ScoredRun:
        """The scores of the dialogues by cell, to estimate contrasts from."""
        return score_records(self.records)

    def analyse(self, *, resamples: int = 0, seed: int = 0) -> RunAnalysis:
        """Estimate everything, with a bootstrap beside.

        Args:
            resamples: bootstrap resamples; 0 for none.
            seed: seed of the bootstrap.

        Raises:
            LogError: the dialogues come from different catalogues.
        """
        return analyse_records(self.records, resamples=resamples, seed=seed)


@dataclass(frozen=True, slots=True)
class _Plan:
    log: str
    status: str
    created: str
    scenario: str
    planned: Mapping[str, int]


@dataclass(slots=True)
class _Found:
    """What is known of a run so far."""

    records: dict[tuple[str, int], RationalityRecord] = field(default_factory=dict)
    plan: _Plan | None = None
    sources: list[str] = field(default_factory=list)


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
    by_url = {source.url: source for source in sources}
    kept = without_doubles(sources, keep="inspect")
    found: dict[tuple[str, str], _Found] = {}
    aside: list[Broken] = []
    for source in kept:
        if source.kind != "inspect":
            _read_rationality_log(source, found, aside)
        elif not _read_inspect_log(source, found, aside) and (double := double_of(source, by_url)) is not None:
            _read_rationality_log(double, found, aside)
    if not any(one.records for one in found.values()) and aside:
        raise nothing_left(aside)
    if not found:
        named = ", ".join(source.url for source in kept) or "these folders"
        raise LogError(f"No dialogue of hvae_bench in {named}. Run `inspect eval hvae_bench` first.")
    if broken is None:
        read = {url for one in found.values() for url in one.sources}
        for one in aside:
            if one.source not in read:
                raise LogError(str(one))
    else:
        broken += aside
    runs = [_run(task_id, model, one, aside) for (task_id, model), one in found.items()]
    return _with_names(sorted(runs, key=lambda run: (run.created, run.model, run.task_id)))


def runs_of(runs: Run | Sequence[Run] | str | Path | Iterable[str | Path]) -> list[Run]:
    """Runs, whether they were loaded already or are named by their files."""
    if isinstance(runs, Run):
        return [runs]
    if isinstance(runs, (str, Path)):
        return load(runs)
    given = list(runs)
    read = [one for one in given if isinstance(one, Run)]
    return read if len(read) == len(given) and read else load([one for one in given if not isinstance(one, Run)])


def _read_inspect_log(source: Source, found: dict[tuple[str, str], _Found], broken: list[Broken]) -> bool:
    """Read what can be read of a log; says whether there was something, or nothing that was looked for."""
    from hvae_bench.log.export import records
    from hvae_bench.log.inspect_log import opened

    with ExitStack() as stack:
        try:
            log = stack.enter_context(opened(source.url))
        except LogError as error:
            if source.named or not isinstance(error, AnotherTaskError):
                broken.append(Broken.file(source.url, error))
            return isinstance(error, AnotherTaskError)
        spec = log.header.eval
        cells = [str(id_) for id_ in spec.dataset.sample_ids or log.facts.calls]
        planned = dict.fromkeys(cells, spec.config.epochs or 1)
        plan = _Plan(source.url, log.header.status, spec.created, log.facts.scenario, planned)
        one = found.setdefault((spec.task_id, spec.model), _Found())
        if one.plan is None or plan.created >= one.plan.created:
            one.plan = plan
        one.sources.append(source.url)
        for record in records(log, broken):
            _take(one, record, source.url)
    return True


def _read_rationality_log(source: Source, found: dict[tuple[str, str], _Found], broken: list[Broken]) -> None:
    from hvae_bench.log.rescore import read_records

    for _, record in read_records(source.url, broken):
        one = found.setdefault((record.run.task_id, record.run.model), _Found())
        if source.url not in one.sources:
            one.sources.append(source.url)
        _take(one, record, source.url)


def _take(found: _Found, record: RationalityRecord, source: str) -> None:
    """Keep the better of two attempts at one dialogue."""
    key = (record.dialogue.sample_id, record.dialogue.epoch)
    before = found.records.get(key)
    if before is None or _is_unfinished(before):
        if before is None or not _is_unfinished(record) or _reached(record) > _reached(before):
            found.records[key] = record
    elif not _is_unfinished(record) and content(before) != content(record):
        raise LogError(
            f"{source}: dialogue {key[0]}, epoch {key[1]} of task {record.run.task_id} is complete and differs from "
            f"the complete one read before. Leave out one of the files, or tell their runs apart."
        )


def _is_unfinished(record: RationalityRecord) -> bool:
    """Whether a retry would hold the dialogue again."""
    return record.measures.incomplete or record.dialogue.error is not None


def _reached(record: RationalityRecord) -> int:
    return len(record.decisions) - record.measures.n_not_reached


def content(record: RationalityRecord) -> dict[str, object]:
    """What makes a dialogue: what was asked, said, decided and measured, without where, when and at what cost."""
    parts = record.model_dump(exclude={"run", "dialogue"})
    return parts | {"administration": record.run.administration, "core_values": record.run.core_values}


def _run(task_id: str, model: str, found: _Found, broken: Sequence[Broken]) -> Run:
    records = list(found.records.values())
    plan = found.plan
    if plan is None:
        run = records[0].run
        plan = _Plan(found.sources[0], UNKNOWN_STATUS, run.run_created, run.scenario, _least(records))
    places = {cell: place for place, cell in enumerate(plan.planned)}
    records.sort(key=lambda record: (places.get(record.dialogue.sample_id, len(places)), record.dialogue.epoch))
    return Run(
        name=model,
        model=model,
        scenario=plan.scenario,
        task_id=task_id,
        status=plan.status,
        log=plan.log,
        created=plan.created,
        records=records,
        planned=plan.planned,
        plan_known=found.plan is not None,
        broken=tuple(one for one in broken if one.source in found.sources),
    )


def _least(records: Sequence[RationalityRecord]) -> dict[str, int]:
    """The smallest plan that these dialogues fit in."""
    epochs = max(record.dialogue.epoch for record in records)
    return dict.fromkeys((record.dialogue.sample_id for record in records), epochs)


def _with_names(runs: list[Run]) -> list[Run]:
    """Runs with names that tell them apart: the model, where needed the scenario, the time and the task id."""
    names = [run.model for run in runs]
    for field_name in ("scenario", "created", "task_id"):
        counts = Counter(names)
        more = [getattr(run, field_name) for run in runs]
        names = [f"{name}, {told}" if counts[name] > 1 else name for name, told in zip(names, more, strict=True)]
    return [replace(run, name=name) for name, run in zip(names, runs, strict=True)]
