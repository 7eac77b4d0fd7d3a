"""Comparison: two runs side by side, if they may be compared, with the dialogues that have a different outcome.

Claims of several differences at once go by intervals that all hold together (`scorers.estimate.at_once`): the core
targets of a pair, its other numbers, and the headlines of all runs that are compared with the same first one.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Any

from hvae_bench.log.joining import conditions
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.runs import Run
from hvae_bench.scorers import NUMBERS, Estimate, RunVerdict, contrasts
from hvae_bench.scorers.estimate import at_once
from hvae_bench.scorers.numbers import select
from hvae_bench.text.errors import HvaeError, LogError
from hvae_bench.text.number import number

_HEADLINE = "value_rationality"

_OTHERS = tuple(
    one
    for one in NUMBERS
    if one.weights and (one.metric or one.group == "contrast") and not one.name.startswith(_HEADLINE)
)
"""Numbers beside headline and targets of which a comparison makes claims."""


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
class Together:
    """Differences, second minus first, whose intervals, each at `confidence`, all hold in 95 % of comparisons."""

    confidence: float
    differences: Mapping[str, Estimate]

    @property
    def certain(self) -> dict[str, Estimate]:
        """Those whose interval excludes 0."""
        return {name: one for name, one in self.differences.items() if one.lower > 0 or one.upper < 0}


@dataclass(frozen=True, slots=True)
class ChangedDialogue:
    """A dialogue (same cell, same epoch) that have a different outcome.

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
        differences: by name, as in docs/measures.md, the numbers that either run has, each with its own 95 % interval.
        headline: value rationality, at once with that of the other comparisons with the same first run.
        targets: value rationality of the core targets that both have, by id, at once.
        others: further numbers that both have, by name, at once.
        verdicts: what the numbers of each say together, the first run's first.
        shared: dialogues of the same cell and epoch.
        changed: those of them in which an item has a different outcome.
    """

    first: str
    second: str
    obstacles: tuple[Obstacle, ...]
    differences: Mapping[str, Difference]
    headline: Together
    targets: Together
    others: Together
    verdicts: tuple[RunVerdict, RunVerdict]
    shared: int
    changed: tuple[ChangedDialogue, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two runs of one value system to be compared, with their letters; `among` is how many are with the same first."""

    system: str
    letters: tuple[str, str]
    first: Run
    second: Run
    among: int


class NotComparable(HvaeError):  # noqa: N818 (it is a finding as well as an error)
    """Two runs that must not be compared; `obstacles` are the reasons."""

    def __init__(self, obstacles: tuple[Obstacle, ...]) -> None:
        self.obstacles = obstacles
        told = "\n".join(f"  {one}" for one in obstacles)
        super().__init__(f"These runs are not comparable:\n{told}\nTo compare them all the same, add `--anyway`.")


def common_systems(*runs: Run) -> dict[str, tuple[Run, ...]]:
    """What runs have of each value system that several have: no number of one is held against one of another.

    Raises:
        LogError: a run without dialogues, or no such system.
    """
    for run in runs:
        if not run.records:
            raise LogError(f"{run.log} holds no dialogue yet, so there is nothing to compare. Wait until it has one.")
    found: dict[str, list[Run]] = {}
    for run in runs:
        for system, own in run.by_system.items():
            found.setdefault(system, []).append(own)
    if not (several := {system: tuple(own) for system, own in found.items() if len(own) > 1}):
        about = " and ".join(f"{run.name} is about {', '.join(run.by_system)}" for run in runs)
        raise LogError(f"{about}: numbers of different value systems are not compared. Name runs that share a system.")
    return several


def pairs(*runs: Run) -> list[Pair]:
    """By value system every run with the first one that has it; runs have the letters A, B and so on in their order.

    Raises:
        LogError: see `common_systems`.
    """
    found = []
    for system, own in common_systems(*runs).items():
        letters = [letter(place) for place, run in enumerate(runs) if system in run.by_system]
        (first, reference), *others = zip(letters, own, strict=True)
        found += [Pair(system, (first, second), reference, other, len(others)) for second, other in others]
    return found


def letter(place: int) -> str:
    """What stands for a run in its place: A to Z, then A1 and so on."""
    return f"{ascii_uppercase[place % 26]}{place // 26 or ''}"


def compare(first: Run, second: Run, *, anyway: bool = False, among: int = 1) -> Comparison:
    """Compare two runs of one value system, of one model or of two.

    Differences are second minus first. The intervals take the runs as independent of each other and combine the
    cells of both, as those of a single run do (Welch).

    Args:
        first: a run.
        second: another one.
        anyway: compare them whatever speaks against it.
        among: how many runs are compared with this first one, all told.

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
        if found.first.no_mean is None or found.second.no_mean is None or name == _HEADLINE:
            differences[name] = found

    def together(names: Mapping[str, str], k: int) -> Together:
        level = at_once(k)
        return Together(
            level, {key: other.minus(one, of_other[name], of_one[name], level) for key, name in names.items()}
        )

    both = {name: found.difference for name, found in differences.items() if found.difference.no_mean is None}
    targets = {value: f"{_HEADLINE}({value})" for value in first.design.core_values if f"{_HEADLINE}({value})" in both}
    more = [one.name.format(of) for one in _OTHERS for of in select(both, one.name)]
    before = {(record.dialogue.sample_id, record.dialogue.epoch): record for record in first.records}
    both_have = [
        (before[key], record)
        for record in second.records
        if (key := (record.dialogue.sample_id, record.dialogue.epoch)) in before
    ]
    return Comparison(
        first=first.name,
        second=second.name,
        obstacles=against,
        differences=differences,
        headline=together({_HEADLINE: _HEADLINE}, among),
        targets=together(targets, len(targets)),
        others=together(dict(zip(more, more, strict=True)), len(more)),
        verdicts=(first.analysis.verdict, second.analysis.verdict),
        shared=len(both_have),
        changed=tuple(filter(None, (_changed(*pair) for pair in both_have))),
    )


def sentences(comparison: Comparison, first: str = "A", second: str = "B") -> tuple[str, str]:
    """What a comparison claims, the runs having these names: of all core targets together, and of each.

    Without a name of the first run ("") the sentences leave it to be understood.
    """
    than, both = (f" than {first}", f" between {first} and {second}") if first else ("", "")
    (whole,) = comparison.headline.differences.values()
    if whole.no_interval:
        why = f"no interval: {whole.no_interval}"
        told = f"Over all core targets the difference{both} is {number(whole.mean)}, {why}."
    elif comparison.headline.certain:
        told = f"Over all core targets {second} scores {_by(whole, than, 'higher', 'lower')}."
    else:
        told = f"Over all core targets nothing differs for certain{both}: {_interval(whole)}."
    certain = comparison.targets.certain
    if not certain:
        return told, f"No core target differs for certain{both}."
    claims = [
        f"{target} {_by(one, '' if place else than, 'better', 'worse')}"
        for place, (target, one) in enumerate(certain.items())
    ]
    said = " and ".join(filter(None, (", ".join(claims[:-1]), claims[-1])))
    others = len(comparison.targets.differences) - len(certain)
    return told, f"{second} serves {said}" + ("; no other core target differs for certain." if others else ".")


def _by(difference: Estimate, than: str, more: str, less: str) -> str:
    """By how much something is more or less than something else."""
    if difference.mean > 0:
        return f"{more}{than} by {_interval(difference)}"
    mean, lower, upper = -difference.mean, -difference.upper, -difference.lower
    return f"{less}{than} by {_interval(replace(difference, mean=mean, lower=lower, upper=upper))}"


def _interval(one: Estimate) -> str:
    return f"{number(one.mean)} [{number(one.lower)}, {number(one.upper)}]"


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
