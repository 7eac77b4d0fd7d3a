"""Results: the table of one run or several, read from the estimates in their Inspect logs."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hvae_bench.log.broken import AnotherTaskError, Broken, nothing_left, set_aside
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.study import cell_id, design_of, dialogue_of, one_catalog
from hvae_bench.scorers import Design, RunAnalysis, ScoredRun, analyse, score_run
from hvae_bench.text.errors import LogError
from hvae_bench.text.location import find_files, open_bytes, place_of, plain

__all__ = [
    "Interval",
    "RunResult",
    "analyse_records",
    "read_analysis",
    "read_results",
    "run_records",
    "score_records",
]

_ENDINGS = (".eval", ".json")

# Inspect's own lists in a folder of logs begin with the name of a file, or of a field that no log has.
_BEGINS_LIKE_A_LOG = re.compile(rb'\s*\{\s*"(version|status|eval)"\s*:')


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with the ends of its 95 % interval; NaN where undefined."""

    mean: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class RunResult:
    """The estimates of one run.

    Attributes:
        log: its Inspect log, a path or a URL.
        model: name of the model.
        scenario: id of the scenario.
        created: when the run began, ISO 8601.
        status: Inspect's status: success, error, cancelled or started.
        value_rationality: the headline.
        expected_value_rationality: the headline from the probabilities of the options.
        targets: value rationality by target.
        answered_rate: share of the asked items that were answered.
        comparable: whether enough was answered to compare the headline with others.
        dialogues: dialogues scored.
    """

    log: Path | str
    model: str
    scenario: str
    created: str
    status: str
    value_rationality: Interval
    expected_value_rationality: Interval
    targets: dict[str, Interval]
    answered_rate: float
    comparable: bool
    dialogues: int


def read_results(paths: Sequence[str | Path], broken: list[Broken] | None = None) -> list[RunResult]:
    """The runs of this benchmark in logs and folders of logs, oldest first.

    Args:
        paths: paths, folders, globs and URLs.
        broken: takes the logs that cannot be read, and those of another task that are named one by one.

    Raises:
        LogError: a path that does not exist, no run of this benchmark, or (without `broken`) a damaged log among them.
    """
    named = list(map(plain, paths))
    logs = dict.fromkeys(log for path in named for log in find_files(path, in_folders=_ENDINGS, named=_ENDINGS))
    found: list[RunResult] = []
    mine: list[Broken] = []
    for log in logs:
        if log not in named and not _is_a_log(log):
            continue
        try:
            found.append(_read(log))
        except LogError as error:
            if log in named or not isinstance(error, AnotherTaskError):
                set_aside(Broken.file(log, error), None if broken is None else mine)
    if not found:
        nothing = LogError(
            f"No log of hvae_bench in {', '.join(map(str, paths))}. Run `inspect eval hvae_bench` first."
        )
        raise nothing_left(mine) if mine else nothing
    if broken is not None:
        broken += mine
    return sorted(found, key=lambda result: (result.created, result.model))


def _is_a_log(path: str) -> bool:
    """Whether a file in a folder is a log; there may be other JSON files, such as Inspect's own lists."""
    if not path.endswith(".json"):
        return True
    try:
        with open_bytes(path) as stream:
            return _BEGINS_LIKE_A_LOG.match(stream.read(200)) is not None
    except LogError:
        return True


def _read(path: str) -> RunResult:
    from hvae_bench.log.inspect_log import read_header
    from hvae_bench.log.run_facts import run_facts

    log = read_header(path)
    facts = run_facts(log.eval.metadata, path)
    if facts is None:
        raise AnotherTaskError(f"{path} is a log of task {log.eval.task!r}, not of hvae_bench.")
    metrics: dict[str, float] = {}
    for score in log.results.scores if log.results else []:
        metrics |= {name: float(metric.value) for name, metric in score.metrics.items()}
    if not math.isfinite(count := metrics.get("dialogues", 0)):
        raise LogError(f"{path} is damaged: it counts {count} dialogues. Take an undamaged copy of the log.")

    def interval(suffix: str, name: str = "value_rationality") -> Interval:
        numbers = (metrics.get(f"{name}{end}{suffix}", math.nan) for end in ("", "_lower", "_upper"))
        return Interval(*numbers)

    values = dict.fromkeys(cell.split(".")[0] for cell in facts.calls)
    return RunResult(
        log=place_of(path),
        model=log.eval.model,
        scenario=facts.scenario,
        created=log.eval.created,
        status=log.status,
        value_rationality=interval(""),
        expected_value_rationality=interval("", "expected_value_rationality"),
        targets={value: interval(f"({value})") for value in values if f"value_rationality({value})" in metrics},
        answered_rate=metrics.get("answered_rate", math.nan),
        comparable=metrics.get("comparable", 0.0) == 1.0,
        dialogues=int(count),
    )


def read_analysis(
    path: str | Path, *, resamples: int = 0, seed: int = 0, broken: list[Broken] | None = None
) -> tuple[str, RunAnalysis]:
    """Estimate everything from the dialogues of one run.

    Args:
        path: an Inspect log, a rationality log or a Parquet file of merged ones; a path or a URL.
        resamples: bootstrap resamples; 0 for none.
        seed: seed of the bootstrap.
        broken: takes what of the file cannot be read.

    Returns:
        The name of the model, and the analysis.

    Raises:
        LogError: see `run_records`.
    """
    records = run_records(path, broken)
    return records[0].run.model, analyse_records(records, resamples=resamples, seed=seed)


def run_records(path: str | Path, broken: list[Broken] | None = None) -> list[RationalityRecord]:
    """The dialogues of one run, at least one.

    Args:
        path: an Inspect log, a rationality log or a Parquet file of merged ones.
        broken: takes what of the file cannot be read.

    Raises:
        LogError: no such file, one without an undamaged dialogue, dialogues of several runs, or (without `broken`)
            anything damaged.
    """
    from hvae_bench.log.export import read_log
    from hvae_bench.log.rescore import read_records

    mine: list[Broken] | None = None if broken is None else []
    if str(path).endswith((".jsonl", ".parquet")):
        records = [record for _, record in read_records(path, mine)]
    else:
        records = list(read_log(path, mine))
    if not records:
        nothing = LogError(f"{path} holds no dialogue. Wait until the run has finished one, or run it anew.")
        raise nothing_left(mine) if mine else nothing
    runs = {(record.run.task_id, record.run.model) for record in records}
    if len(runs) > 1:
        raise LogError(f"{path} holds the dialogues of {len(runs)} runs; show them one by one.")
    one_catalog(record.catalog.sha256 for record in records)
    if broken is not None:
        broken += mine or ()
    return records


def analyse_records(records: Sequence[RationalityRecord], *, resamples: int = 0, seed: int = 0) -> RunAnalysis:
    """Estimate everything from the records of the dialogues of one run.

    Args:
        records: the dialogues, in any order.
        resamples: bootstrap resamples; 0 for none.
        seed: seed of the bootstrap.

    Raises:
        LogError: no dialogue, or dialogues from different catalogues.
    """
    dialogues = [dialogue_of(record) for record in records]
    return analyse(_design(records), dialogues, resamples=resamples, seed=seed, calibrate=cached_calibrate)


def score_records(records: Sequence[RationalityRecord]) -> ScoredRun:
    """The scores of the dialogues of one run by cell, as `analyse_records` has them.

    Raises:
        LogError: see `analyse_records`.
    """
    design = _design(records)
    return ScoredRun(design, score_run(design, map(dialogue_of, records), calibrate=cached_calibrate))


def _design(records: Sequence[RationalityRecord]) -> Design:
    if not records:
        raise LogError("The run holds no dialogue yet. Wait until it has finished one, or run it anew.")
    one_catalog(record.catalog.sha256 for record in records)
    cells = {cell_id(record.cell, record.dialogue.sample_id): record for record in records}
    return design_of(cells.values(), records[0].run.core_values)
