"""Results: the table of one run or several, read from the estimates in their Inspect logs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hvae_bench.calibration_cache import cached_calibrate
from hvae_bench.errors import LogError
from hvae_bench.location import find_files, place_of, plain
from hvae_bench.record import RationalityRecord
from hvae_bench.scorers import Design, RunAnalysis, ScoredRun, analyse, score_run
from hvae_bench.study import cell_id, design_of, dialogue_of, one_catalog

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


def read_results(paths: Sequence[str | Path]) -> list[RunResult]:
    """The runs of this benchmark in logs and folders of logs, oldest first.

    Args:
        paths: paths, folders, globs and URLs.

    Raises:
        LogError: a path that does not exist, a damaged log, or no run of this benchmark among them.
    """
    named = list(map(plain, paths))
    logs = [log for path in named for log in find_files(path, in_folders=_ENDINGS, named=_ENDINGS)]
    found = [result for log in logs if (result := _read(log, sole=log in named))]
    if not found:
        raise LogError(f"No log of hvae_bench in {', '.join(map(str, paths))}. Run `inspect eval hvae_bench` first.")
    return sorted(found, key=lambda result: (result.created, result.model))


def _read(path: str, sole: bool) -> RunResult | None:
    from hvae_bench.export import read_header
    from hvae_bench.run_facts import run_facts

    try:
        log = read_header(path)
    except LogError:
        if path.endswith(".json") and not sole:
            return None  # a folder of logs may hold other JSON files, such as Inspect's own lists
        raise
    facts = run_facts(log.eval.metadata, path)
    if facts is None:
        return None
    metrics: dict[str, float] = {}
    for score in log.results.scores if log.results else []:
        metrics |= {name: float(metric.value) for name, metric in score.metrics.items()}

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
        dialogues=int(metrics.get("dialogues", 0)),
    )


def read_analysis(path: str | Path, *, resamples: int = 0, seed: int = 0) -> tuple[str, RunAnalysis]:
    """Estimate everything from the dialogues of one run.

    Args:
        path: an Inspect log, a rationality log or a Parquet file of merged ones; a path or a URL.
        resamples: bootstrap resamples; 0 for none.
        seed: seed of the bootstrap.

    Returns:
        The name of the model, and the analysis.

    Raises:
        LogError: no such file, a damaged one, one without dialogues, or dialogues of several runs.
    """
    records = run_records(path)
    return records[0].run.model, analyse_records(records, resamples=resamples, seed=seed)


def run_records(path: str | Path) -> list[RationalityRecord]:
    """The dialogues of one run, at least one.

    Args:
        path: an Inspect log, a rationality log or a Parquet file of merged ones.

    Raises:
        LogError: as `read_analysis`.
    """
    from hvae_bench.export import read_log
    from hvae_bench.rescore import read_records

    of_lines = str(path).endswith((".jsonl", ".parquet"))
    records = [record for _, record in read_records(path)] if of_lines else list(read_log(path))
    if not records:
        raise LogError(f"{path} holds no dialogue. Wait until the run has finished one, or run it anew.")
    runs = {(record.run.task_id, record.run.model) for record in records}
    if len(runs) > 1:
        raise LogError(f"{path} holds the dialogues of {len(runs)} runs; show them one by one.")
    one_catalog(record.catalog.sha256 for record in records)
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
    cells = {cell_id(record.cell): record for record in records}
    return design_of(cells.values(), records[0].run.core_values)
