"""Comparison: two runs side by side, if they may be compared, with the dialogues that came out otherwise."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hvae_bench.log.joining import conditions
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.runs import Run
from hvae_bench.scorers import Estimate, RunVerdict, contrasts
from hvae_bench.text.errors import HvaeError, LogError


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A reason against comparing two runs: what differs or is wrong, what it is in both, and why that matters."""

    what: str
    first: str
    second: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.first} and {self.second}; {self.why}"


@dataclass(frozen=True, slots=True)
class Difference:
    """A number of two runs, and second minus first, the runs being independent (Welch)."""

    first: Estimate
    second: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True)
class ChangedDialogue:
    """A dialogue (same cell, same epoch) that came out otherwise.

    Attributes:
        items: by item what came out in the first and in the second run: the id of an option, or why there is none.
        first: value rationality in the first run; None if undefined; `second` likewise.
    """

    sample_id: str
    epoch: int
    items: Mapping[str, tuple[str, str]]
    first: float | None
    second: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs, by name, side by side.

    Attributes:
        obstacles: what speaks against comparing them; empty if nothing does.
        differences: by name, as in docs/measures.md, the numbers that either run has.
        verdicts: what the numbers of each say together, the first run's first.
        shared: dialogues of the same cell and epoch.
        changed: those of them in which an item came out otherwise.
    """

    first: str
    second: str
    obstacles: tuple[Obstacle, ...]
    differences: Mapping[str, Difference]
    verdicts: tuple[RunVerdict, RunVerdict]
    shared: int
    changed: tuple[ChangedDialogue, ...]


class NotComparable(HvaeError):  # noqa: N818 (it is a finding as well as an error)
    """Two runs that must not be compared; `obstacles` are the reasons."""

    def __init__(self, obstacles: tuple[Obstacle, ...]) -> None:
        self.obstacles = obstacles
        told = "\n".join(f"  {one}" for one in obstacles)
        super().__init__(f"These runs are not comparable:\n{told}\nTo compare them all the same, add `--anyway`.")


def common_systems(first: Run, second: Run) -> dict[str, tuple[Run, Run]]:
    """What two runs have of each value system that both have: no number of one is held against one of another.

    Raises:
        LogError: a run without dialogues, or no such system.
    """
    for run in (first, second):
        if not run.records:
            raise LogError(f"{run.log} holds no dialogue yet, so there is nothing to compare. Wait until it has one.")
    one, other = first.by_system, second.by_system
    if not (both := [system for system in one if system in other]):
        raise LogError(
            f"{first.name} is about {', '.join(one)} and {second.name} about {', '.join(other)}: numbers of different "
            "value systems are not compared. Name runs that share a system."
        )
    return {system: (one[system], other[system]) for system in both}


def compare(first: Run, second: Run, *, anyway: bool = False) -> Comparison:
    """Compare two runs of one value system, of one model or of two.

    Differences are second minus first. The intervals take the runs as independent of each other and combine the
    cells of both, as those of a single run do (Welch).

    Args:
        first: a run.
        second: another one.
        anyway: compare them whatever speaks against it.

    Raises:
        NotComparable: something speaks against it.
        LogError: a run without dialogues, or runs of no one system; see `common_systems`.
    """
    common_systems(first, second)
    against = tuple(obstacles(first, second))
    if against and not anyway:
        raise NotComparable(against)
    one, other = first.scored, second.scored
    of_one, of_other = contrasts(one), contrasts(other)
    differences: dict[str, Difference] = {}
    for name in dict.fromkeys([*of_one, *of_other]):
        mine, others = of_one.get(name, "not in this run"), of_other.get(name, "not in this run")
        found = Difference(one.estimate(mine), other.estimate(others), other.minus(one, others, mine))
        if found.first.no_mean is None or found.second.no_mean is None or name == "value_rationality":
            differences[name] = found
    before = {(record.dialogue.sample_id, record.dialogue.epoch): record for record in first.records}
    pairs = [
        (before[key], record)
        for record in second.records
        if (key := (record.dialogue.sample_id, record.dialogue.epoch)) in before
    ]
    changed = filter(None, (_changed(*pair) for pair in pairs))
    verdicts = first.analysis.verdict, second.analysis.verdict
    return Comparison(first.name, second.name, against, differences, verdicts, len(pairs), tuple(changed))


def obstacles(first: Run, second: Run) -> Iterator[Obstacle]:
    """What speaks against comparing two runs."""
    tasks, other_tasks = ({one.task_id for one in run.joined or (run,)} for run in (first, second))
    if same := ", ".join(sorted(tasks & other_tasks)):
        yield Obstacle("run", same, same, "they are one run, not two independent ones")
    for (what, why, mine), (_, _, others) in zip(_facts(first), _facts(second), strict=True):
        if mine != others:
            yield Obstacle(what, _told(mine), _told(others), why)
    cells, other_cells = set(first.planned), set(second.planned)
    epochs, other_epochs = ({*run.planned.values()} for run in (first, second))
    if cells != other_cells:
        only, only_other = len(cells - other_cells), len(other_cells - cells)
        why = "means over different cells are different numbers"
        yield Obstacle("cells", f"{only} in the first alone", f"{only_other} in the second alone", why)
    elif epochs != other_epochs and not any(run.records[0].run.task_args.get("until") for run in (first, second)):
        why = "they were planned with different numbers of dialogues"
        yield Obstacle("epochs", _told(sorted(epochs)), _told(sorted(other_epochs)), why)
    if first.missing or second.missing:
        mine, others = (f"{run.missing} of {run.expected}" for run in (first, second))
        yield Obstacle("missing dialogues", mine, others, "a run that has not ended may change")
    if not (first.analysis.comparable and second.analysis.comparable):
        why = "below 95 % the missing answers may decide the result"
        yield Obstacle("answered items", _rate(first), _rate(second), why)


def _facts(run: Run) -> Iterator[tuple[str, str, Any]]:
    """Facts in which runs must agree to be compared: what it is, why it matters, and what it is in this run."""
    wordings = {record.wording for record in run.records}
    told = {one.id if one.sha256 is None else f"{one.id} ({one.sha256[:12]})" for one in wordings}
    yield from conditions(run)
    yield "scenario", "different cells make different numbers", run.scenario
    yield "wordings", "different sentences are different questions", sorted(told)


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True) if value else "the provider's own"
    return str(value)


def _rate(run: Run) -> str:
    rate = run.analysis.outcome.answered_rate
    return "none asked" if rate is None else f"{100 * rate:.1f} %"


def _changed(first: RationalityRecord, second: RationalityRecord) -> ChangedDialogue | None:
    before, now = (
        {decision.item_id: decision.option_id or decision.status for decision in record.decisions}
        for record in (first, second)
    )
    items = {
        item: (before.get(item, "not asked"), now.get(item, "not asked"))
        for item in dict.fromkeys([*before, *now])
        if before.get(item) != now.get(item)
    }
    if not items:
        return None
    where, values = first.dialogue, (first.measures.value_rationality, second.measures.value_rationality)
    return ChangedDialogue(where.sample_id, where.epoch, items, *values)
