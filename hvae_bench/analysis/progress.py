"""Progress: how much of what was planned is there, of a run that is going on or that broke off."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from hvae_bench.log.runs import Run


@dataclass(frozen=True, slots=True)
class CellCoverage:
    """Dialogues of a cell: planned, there with every item reached, and there without (these are in no mean)."""

    planned: int
    complete: int
    incomplete: int

    @property
    def missing(self) -> int:
        """Dialogues planned that are not there."""
        return max(0, self.planned - self.complete - self.incomplete)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Dialogues of a run.

    Attributes:
        cells: by cell, in the order of the plan.
        plan_known: whether the plan is known; if not, it is the smallest that the dialogues fit in.
        status: Inspect's status of the run, or `unknown`.
        broken_lines: lines and dialogues of its files that could not be read.
    """

    cells: Mapping[str, CellCoverage]
    plan_known: bool
    status: str
    broken_lines: int

    @property
    def planned(self) -> int:
        """Dialogues planned."""
        return sum(cell.planned for cell in self.cells.values())

    @property
    def complete(self) -> int:
        """Dialogues there of which every item was reached."""
        return sum(cell.complete for cell in self.cells.values())

    @property
    def incomplete(self) -> int:
        """Dialogues there of which an item was not reached."""
        return sum(cell.incomplete for cell in self.cells.values())

    @property
    def missing(self) -> int:
        """Dialogues planned that are not there."""
        return sum(cell.missing for cell in self.cells.values())


def coverage(run: Run) -> Coverage:
    """Count the dialogues of a run against its plan."""
    counts = Counter((record.dialogue.sample_id, record.measures.incomplete) for record in run.records)
    cells = dict.fromkeys([*run.planned, *(record.dialogue.sample_id for record in run.records)])
    return Coverage(
        cells={cell: CellCoverage(run.planned.get(cell, 0), counts[cell, False], counts[cell, True]) for cell in cells},
        plan_known=run.plan_known,
        status=run.status,
        broken_lines=len(run.broken),
    )
