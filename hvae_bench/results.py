"""Results: the table of one run or several, read from the estimates in their Inspect logs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hvae_bench.errors import LogError

__all__ = ["Interval", "RunResult", "read_results"]


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
        log: its Inspect log.
        model: name of the model.
        scenario: id of the scenario.
        created: when the run began, ISO 8601.
        status: Inspect's status: success, error, cancelled or started.
        value_rationality: the headline.
        targets: value rationality by target.
        answered_rate: share of the asked items that were answered.
        comparable: whether enough was answered to compare the headline with others.
        dialogues: dialogues scored.
    """

    log: Path
    model: str
    scenario: str
    created: str
    status: str
    value_rationality: Interval
    targets: dict[str, Interval]
    answered_rate: float
    comparable: bool
    dialogues: int


def read_results(paths: Sequence[str | Path]) -> list[RunResult]:
    """The runs of this benchmark in logs and folders of logs, oldest first.

    Raises:
        LogError: a path that does not exist, a damaged log, or no run of this benchmark among them.
    """
    logs: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            logs += sorted(file for file in path.rglob("*") if file.suffix in {".eval", ".json"})
        elif path.is_file():
            logs.append(path)
        else:
            raise LogError(f"There is no log or folder {str(path)!r}. Inspect writes its logs to ./logs by default.")
    found = [result for log in logs if (result := _read(log, sole=log in map(Path, paths)))]
    if not found:
        raise LogError(f"No log of hvae_bench in {', '.join(map(str, paths))}. Run `inspect eval hvae_bench` first.")
    return sorted(found, key=lambda result: (result.created, result.model))


def _read(path: Path, sole: bool) -> RunResult | None:
    from inspect_ai.log import read_eval_log

    from hvae_bench.run_facts import run_facts

    try:
        log = read_eval_log(str(path), header_only=True)
    except Exception as error:
        if path.suffix == ".json" and not sole:
            return None  # a folder of logs may hold other JSON files, such as Inspect's own lists
        raise LogError(
            f"{path} cannot be read as an Inspect log ({type(error).__name__}). It may be cut short; "
            f"`inspect log recover` may restore what is left."
        ) from None
    facts = run_facts(log.eval.metadata)
    if facts is None:
        return None
    metrics: dict[str, float] = {}
    for score in log.results.scores if log.results else []:
        metrics |= {name: float(metric.value) for name, metric in score.metrics.items()}

    def interval(suffix: str) -> Interval:
        numbers = (metrics.get(f"value_rationality{end}{suffix}", math.nan) for end in ("", "_lower", "_upper"))
        return Interval(*numbers)

    values = dict.fromkeys(cell.split(".")[0] for cell in facts.calls)
    return RunResult(
        log=path,
        model=log.eval.model,
        scenario=facts.scenario,
        created=log.eval.created,
        status=log.status,
        value_rationality=interval(""),
        targets={value: interval(f"({value})") for value in values if f"value_rationality({value})" in metrics},
        answered_rate=metrics.get("answered_rate", math.nan),
        comparable=metrics.get("comparable", 0.0) == 1.0,
        dialogues=int(metrics.get("dialogues", 0)),
    )
