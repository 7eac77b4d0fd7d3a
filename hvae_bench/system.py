"""Value system: the named stakes that a family of values and games is about."""

from __future__ import annotations

import re

from pydantic import Field, model_validator

from hvae_bench.entry import Entry, EntryId, Part, PartError, Text

__all__ = ["OUTCOME_PLACEHOLDERS", "Stake", "System"]

OUTCOME_PLACEHOLDERS = ("amount", "counterpart")
"""The names that may stand in braces in an outcome phrase; the first has to."""

_BRACED = re.compile(r"\{([^{}]*)\}")


class Stake(Part):
    """Somebody or something that an option gives to, or takes from."""

    id: EntryId = Field(description="Name of the stake within its system.", examples=["self"])
    meaning: Text = Field(description="Who or what it is.", examples=["The one who chooses."])
    outcome: Text = Field(
        description="What an option says of this stake, in English: {amount} once, and {counterpart} where the other "
        "person is named.",
        examples=["You get {amount}"],
    )

    @model_validator(mode="after")
    def _placeholders_are_known(self) -> Stake:
        names = _BRACED.findall(self.outcome)
        unknown = [name for name in names if name not in OUTCOME_PLACEHOLDERS]
        if unknown:
            problem = f"`outcome` uses {{{unknown[0]}}}, and nothing takes its place"
            raise PartError(problem, "use only {amount} and {counterpart}", "outcome")
        if names.count("amount") != 1:
            problem = "`outcome` shows {amount} more than once" if names else "`outcome` does not show {amount}"
            raise PartError(problem, "write {amount} once", "outcome")
        return self


class System(Entry):
    """A value system: what values and games of one family have in common.

    A game names its system, and each of its options holds one payoff a stake, in this order.
    """

    stakes: tuple[Stake, ...] = Field(
        min_length=1,
        max_length=20,
        description="Whom or what the payoffs of an option go to, in the order of its payoffs.",
        examples=[
            [
                {"id": "self", "meaning": "The one who chooses.", "outcome": "You get {amount}"},
                {"id": "other", "meaning": "One other person.", "outcome": "{counterpart} gets {amount}"},
            ]
        ],
    )

    @model_validator(mode="after")
    def _stakes_differ(self) -> System:
        seen: set[str] = set()
        for place, stake in enumerate(self.stakes):
            if stake.id in seen:
                raise PartError(f"the stake {stake.id!r} is there twice", "rename one of them", "stakes", place, "id")
            seen.add(stake.id)
        return self

    @property
    def stake_ids(self) -> tuple[str, ...]:
        """Names of the stakes, in order."""
        return tuple(stake.id for stake in self.stakes)
