"""Comparison: two runs side by side, if they may be compared, with the dialogues that came out otherwise."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hvae_bench.dialogue.administration import apart
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.runs import Run
from hvae_bench.scorers import Decision, Estimate, contrasts
from hvae_bench.text.errors import HvaeError, LogError

_OF_TRANSPORT = frozenset(
    {
        "adaptive_connections",
        "attempt_timeout",
        "batch",
        "cache",
        "cache_prompt",
        "max_connections",
        "max_retries",
        "max_tool_output",
        "timeout",
    }
)
"""Settings of generation that say how calls are made, and nothing of what is said."""

_FORCED = "forced"
"""Argument of a model that forces it to answer with a label."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A reason against comparing two runs.

    Attributes:
        what: what differs, or is wrong.
        first: what it is in the first run.
        second: what it is in the second run.
        why: why that matters.
    """

    what: str
    first: str
    second: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.first} and {self.second}; {self.why}"


@dataclass(frozen=True, slots=True)
class Difference:
    """A number of two runs.

    Attributes:
        first: in the first run.
        second: in the second run.
        difference: second minus first, the runs being independent (Welch).
    """

    first: Estimate
    second: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True)
class ChangedDialogue:
    """A dialogue (same cell, same epoch) that came out otherwise.

    Attributes:
        sample_id: id of the cell.
        epoch: number of the dialogue.
        items: by item what came out in the first and in the second run: the id of an option, or why there is none.
        first: value rationality in the first run; None if undefined.
        second: the same in the second run.
    """

    sample_id: str
    epoch: int
    items: Mapping[str, tuple[str, str]]
    first: float | None
    second: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side.

    Attributes:
        first: name of the first run.
        second: name of the second run.
        obstacles: what speaks against comparing them; empty if nothing does.
        differences: by name, as in the metrics of the Inspect log, the numbers that either run has.
        shared: dialogues of the same cell and epoch.
        changed: those of them in which an item came out otherwise.
    """

    first: str
    second: str
    obstacles: tuple[Obstacle, ...]
    differences: Mapping[str, Difference]
    shared: int
    changed: tuple[ChangedDialogue, ...]


class NotComparable(HvaeError):  # noqa: N818 (it is a finding as well as an error)
    """Two runs that must not be compared.

    Attributes:
        obstacles: the reasons.
    """

    def __init__(self, obstacles: tuple[Obstacle, ...]) -> None:
        self.obstacles = obstacles
        told = "\n".join(f"  {one}" for one in obstacles)
        super().__init__(f"These runs are not comparable:\n{told}\nTo compare them all the same, add `--anyway`.")


def compare(first: Run, second: Run, *, anyway: bool = False) -> Comparison:
    """Compare two runs, of one model or of two.

    Differences are second minus first. The intervals take the runs as independent of each other and combine the
    cells of both, as those of a single run do (Welch).

    Args:
        first: a run.
        second: another one.
        anyway: compare them whatever speaks against it.

    Raises:
        NotComparable: something speaks against it.
        LogError: a run without dialogues.
    """
    against = tuple(obstacles(first, second))
    if against and not anyway:
        raise NotComparable(against)
    one, other = first.scored, second.scored
    of_one, of_other = contrasts(one), contrasts(other)
    absent = "not in this run"
    differences = {
        name: Difference(
            first=one.estimate(of_one.get(name, absent)),
            second=other.estimate(of_other.get(name, absent)),
            difference=other.minus(one, of_other.get(name, absent), of_one.get(name, absent)),
        )
        for name in dict.fromkeys([*of_one, *of_other])
    }
    known = {
        name: found
        for name, found in differences.items()
        if found.first.no_mean is None or found.second.no_mean is None or name == "value_rationality"
    }
    before = {(record.dialogue.sample_id, record.dialogue.epoch): record for record in first.records}
    pairs = [
        (before[key], record)
        for record in second.records
        if (key := (record.dialogue.sample_id, record.dialogue.epoch)) in before
    ]
    changed = [found for pair in pairs if (found := _changed(*pair)) is not None]
    return Comparison(first.name, second.name, against, known, len(pairs), tuple(changed))


def obstacles(first: Run, second: Run) -> Iterator[Obstacle]:
    """What speaks against comparing two runs."""
    if first.task_id == second.task_id:
        yield Obstacle("run", first.task_id, second.task_id, "they are one run, not two independent ones")
    for what, why in _WHY.items():
        mine, others = _facts(first)[what], _facts(second)[what]
        if mine != others:
            yield Obstacle(what, _told(mine), _told(others), why)
    cells, other_cells = set(first.planned), set(second.planned)
    if cells != other_cells:
        only, only_other = len(cells - other_cells), len(other_cells - cells)
        why = "means over other cells are other numbers"
        yield Obstacle("cells", f"{only} of the first alone", f"{only_other} of the second alone", why)
    else:
        epochs, other_epochs = ({*run.planned.values()} for run in (first, second))
        if epochs != other_epochs:
            why = "they were planned with another number of dialogues"
            yield Obstacle("epochs", _told(sorted(epochs)), _told(sorted(other_epochs)), why)
    if first.missing or second.missing:
        why = "a run that has not ended may change"
        yield Obstacle("missing dialogues", _of(first.missing, first), _of(second.missing, second), why)
    comparable = [run.analysis.comparable for run in (first, second)]
    if not all(comparable):
        rates = [_rate(run) for run in (first, second)]
        why = "below 95 % the answers that are missing may decide"
        yield Obstacle("answered items", rates[0], rates[1], why)


_WHY = {
    "task version": "its number says when results stop being comparable",
    "catalogue": "the entries may have other words or payoffs",
    "scenario": "other cells make other numbers",
    "wordings": "other sentences are other questions",
    "core values": "the headline is a mean over other targets",
    **dict(apart()),
    "generation": "other settings give other replies",
    "forced labels": "a model that must answer cannot refuse",
}


def _facts(run: Run) -> dict[str, Any]:
    record = _first(run)
    config = {key: value for key, value in record.run.generate_config.items() if key not in _OF_TRANSPORT}
    return {
        "task version": record.run.task_version,
        "catalogue": sorted({one.catalog.sha256[:12] for one in run.records}),
        "scenario": run.scenario,
        "wordings": sorted({_wording(one) for one in run.records}),
        "core values": list(record.run.core_values),
        **{name: getattr(record.run.administration, name) for name, _ in apart()},
        "generation": config,
        "forced labels": bool(record.run.model_args.get(_FORCED, False)),
    }


def _wording(record: RationalityRecord) -> str:
    """A wording by its id and, as far as records tell it, its words."""
    wording = record.wording
    return wording.id if wording.sha256 is None else f"{wording.id} ({wording.sha256[:12]})"


def _first(run: Run) -> RationalityRecord:
    if not run.records:
        raise LogError(f"{run.log} holds no dialogue yet, so there is nothing to compare. Wait until it has one.")
    return run.records[0]


def _told(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True) if value else "the provider's own"
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _of(missing: int, run: Run) -> str:
    return f"{missing} of {run.expected}"


def _rate(run: Run) -> str:
    rate = run.analysis.outcome.answered_rate
    return "none asked" if rate is None else f"{100 * rate:.1f} %"


def _changed(first: RationalityRecord, second: RationalityRecord) -> ChangedDialogue | None:
    before = {decision.item_id: _outcome(decision) for decision in first.decisions}
    now = {decision.item_id: _outcome(decision) for decision in second.decisions}
    items = {
        item: (before.get(item, "not asked"), now.get(item, "not asked"))
        for item in dict.fromkeys([*before, *now])
        if before.get(item) != now.get(item)
    }
    if not items:
        return None
    return ChangedDialogue(
        sample_id=first.dialogue.sample_id,
        epoch=first.dialogue.epoch,
        items=items,
        first=first.measures.value_rationality,
        second=second.measures.value_rationality,
    )


def _outcome(decision: Decision) -> str:
    return decision.option_id or decision.status
