"""Subject: one run as the report looks at it: its records, what was estimated from them, and the arms of its goals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from hvae_bench.dialogue.described import GameRecord
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.study import cell_id, design_of, dialogue_of
from hvae_bench.scorers import Design, RunAnalysis, analyse
from hvae_bench.scorers.design import GoalKind
from hvae_bench.text.visible import visible

__all__ = ["GOAL_ARMS", "AnalysedRun", "Subject", "subjects_of"]

GOAL_ARMS: dict[GoalKind, str] = {
    "self_generated": "with a goal of its own",
    "none": "without a goal",
    "filler": "with a filler question",
    "given": "with a given goal",
    "rule": "with the rule stated",
}
"""Goal turns in the order in which they are drawn, in words."""


class AnalysedRun(Protocol):
    """What the report needs to know of a run."""

    @property
    def name(self) -> str:
        """Name of the run, different from those of the others."""
        ...

    @property
    def model(self) -> str:
        """Name of the model."""
        ...

    @property
    def scenario(self) -> str:
        """Id of the scenario."""
        ...

    @property
    def status(self) -> str:
        """Inspect's status: success, error, cancelled or started."""
        ...

    @property
    def records(self) -> Sequence[RationalityRecord]:
        """The dialogues."""
        ...

    @property
    def analysis(self) -> RunAnalysis:
        """Everything estimated from them."""
        ...

    @property
    def expected(self) -> int:
        """Dialogues planned."""
        ...

    @property
    def missing(self) -> int:
        """Dialogues planned that are not there."""
        ...

    @property
    def plan_known(self) -> bool:
        """Whether the plan stands in an Inspect log, or is a guess from the dialogues."""
        ...

    @property
    def broken(self) -> Sequence[object]:
        """Lines and dialogues of its files that could not be read."""
        ...


@dataclass(frozen=True)
class Subject:
    """A run with everything that figures and tables take from it.

    Attributes:
        key: short name in ids and file names.
        name: name for people; no invisible characters.
        run: the run itself.
    """

    key: str
    name: str
    run: AnalysedRun

    @property
    def analysis(self) -> RunAnalysis:
        """Everything estimated from the run."""
        return self.run.analysis

    @cached_property
    def design(self) -> Design:
        """The design of the run."""
        cells = {cell_id(record.cell, record.dialogue.sample_id): record for record in self.run.records}
        return design_of(cells.values(), self.run.records[0].run.core_values)

    @cached_property
    def games(self) -> dict[str, GameRecord]:
        """The games that were played, by id."""
        return {record.game.id: record.game for record in self.run.records}

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Ids of the targets: the core ones first, in their order, and those without a motive last."""
        core = self.design.core_values
        met = dict.fromkeys([*(value for value in core if value in self.design.targets), *self.design.targets])
        return tuple(sorted(met, key=lambda value: self.design.targets[value].pronouncedness == "none"))

    @cached_property
    def arms(self) -> dict[GoalKind, RunAnalysis]:
        """The analysis of the dialogues of each kind of goal turn alone, where core targets were asked with it."""
        dialogues = [dialogue_of(record) for record in self.run.records]
        kinds = {
            self.design.structure(dialogue.cell).goal
            for dialogue in dialogues
            if dialogue.cell.value in self.design.core_values
        }
        return {
            kind: analyse(
                self.design,
                [dialogue for dialogue in dialogues if self.design.structure(dialogue.cell).goal == kind],
                calibrate=cached_calibrate,
            )
            for kind in GOAL_ARMS
            if kind in kinds
        }

    @property
    def state(self) -> str:
        """How much of the run is there, in words."""
        words = {
            "success": "finished",
            "started": "still running or broken off",
            "error": "ended with an error",
            "unknown": "read without its Inspect log",
        }
        parts = [words.get(self.run.status, visible(self.run.status))]
        if self.run.missing:
            parts.append(f"{self.run.missing} of {self.run.expected} planned dialogues are missing")
        if self.analysis.n_incomplete:
            parts.append(f"{self.analysis.n_incomplete} dialogues are incomplete and not averaged")
        if not self.run.plan_known:
            parts.append("how many were planned is only guessed")
        if self.run.broken:
            parts.append(f"{len(self.run.broken)} lines or dialogues of its files could not be read")
        return "; ".join(parts)


def subjects_of(runs: Sequence[AnalysedRun]) -> tuple[Subject, ...]:
    """The runs as subjects of a report, numbered in their order."""
    return tuple(Subject(f"run-{number}", visible(run.name), run) for number, run in enumerate(runs, start=1))
