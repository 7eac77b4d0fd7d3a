"""Results: the table of one run or several, read from the estimates in their Inspect logs."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hvae_bench.log.broken import Broken, read_each
from hvae_bench.text.errors import LogError
from hvae_bench.text.location import find_files, open_bytes, place_of, plain

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
    """The estimates of one run, as its Inspect log (a path or a URL) holds them.

    Time is written by ISO 8601, and the status in Inspect's words. `expected_value_rationality` is the headline from
    the probabilities of the options; `comparable` is a headline for which enough of the asked items was answered.
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
    found = read_each((log for log in logs if log in named or _is_a_log(log)), named, _read, broken)
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

    log, facts = read_header(path)
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
