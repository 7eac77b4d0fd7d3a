"""Subject: one run as the report looks at it: its records, and what was estimated from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from hvae_bench.dialogue.described import GameRecord
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.runs import Part, Run
from hvae_bench.text.visible import visible

_STATES = {
    "success": "finished",
    "started": "still running or broken off",
    "error": "ended with an error",
    "unknown": "read without its Inspect log",
}


@dataclass(frozen=True)
class Subject:
    """A run with everything that figures and tables take from it.

    Attributes:
        name: name for people; no invisible characters.
        model: the same without the value system: what colours and legends go by.
        system: the value system.
        run: the dialogues of one value system.
        part: what of the whole task is there, if it is not all.
    """

    name: str
    model: str
    system: str
    run: Run
    part: Part | None = None

    @cached_property
    def games(self) -> dict[str, GameRecord]:
        """The games that were played, by id."""
        return {record.game.id: record.game for record in self.run.records}

    @cached_property
    def valued(self) -> list[RationalityRecord]:
        """The records but for those that give a rule alone, which say nothing of values."""
        templates = self.run.design.templates
        return [record for record in self.run.records if not templates[record.template.id].is_rule_alone]

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Ids of the targets: the core ones first, in their order, and those without a motive last."""
        design = self.run.design
        met = dict.fromkeys([*(value for value in design.core_values if value in design.targets), *design.targets])
        return tuple(sorted(met, key=lambda value: not design.targets[value].motives))

    @property
    def state(self) -> str:
        """How much of the run is there, in words."""
        parts = [_STATES.get(self.run.status, self.run.status)]
        if self.run.ended:
            parts.append(self.run.ended)
        if self.run.joined:
            parts.append(f"put together from {len(self.run.joined)} logs without a cell in common")
        if self.run.missing:
            parts.append(f"{self.run.missing} of {self.run.expected} planned dialogues are missing")
        if self.part:
            parts.append(f"a part of the scenario: {self.part}")
        if self.run.analysis.n_incomplete:
            parts.append(f"{self.run.analysis.n_incomplete} dialogues are incomplete and not averaged")
        if not self.run.plan_known:
            parts.append("how many were planned is only guessed")
        if self.run.broken:
            parts.append(f"{len(self.run.broken)} lines or dialogues of its files could not be read")
        return "; ".join(parts)


def subjects_of(runs: Sequence[Run]) -> list[Subject]:
    """The runs as subjects of a report, in their order; one of several value systems is as many subjects."""
    return [
        Subject(visible(one.name), visible(run.name), system, one, run.part)
        for run in runs
        for system, one in run.by_system.items()
    ]


def angle_of(record: RationalityRecord) -> float | None:
    """The angle that a dialogue measured, in degrees; None where it has none."""
    measures = record.measures
    return measures.ring_angle_deg if measures.svo_angle_deg is None else measures.svo_angle_deg
