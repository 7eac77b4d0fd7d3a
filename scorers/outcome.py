"""Outcomes: how many items of a dialogue were asked, answered, refused or lost."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from operator import add
from typing import Self

from hvae_bench.scorers.decision import DecisionStatus

COMPARABLE_ANSWERED_RATE = 0.95
"""Below this share of answered items a headline is not comparable with others."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counts over the items of one or many dialogues; not reached is what a limit, error or cancelled run lost."""

    answered: int
    refused: int
    invalid: int
    not_reached: int

    @property
    def asked(self) -> int:
        """Items that were put to the model."""
        return self.answered + self.refused + self.invalid

    @property
    def answered_rate(self) -> float | None:
        """Share of the asked items that were answered, within [0, 1]; None if none was asked."""
        return self.answered / self.asked if self.asked else None

    @property
    def incomplete(self) -> bool:
        """Whether any item was not reached; such a dialogue stays out of every mean."""
        return self.not_reached > 0

    def __add__(self, other: Self) -> Self:
        return type(self)(*map(add, astuple(self), astuple(other)))


def outcome(statuses: Iterable[DecisionStatus]) -> Outcome:
    """Count the statuses of the items of a dialogue."""
    counts = Counter(statuses)
    return Outcome(counts["chosen"], counts["refused"], counts["invalid"], counts["not_reached"])
