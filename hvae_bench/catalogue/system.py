"""Value system: the named stakes that a family of values and games is about."""

from collections.abc import Iterator

from pydantic import Field

from hvae_bench.catalogue.entry import Entry, EntryId, Part, Problem, Text, repeated
from hvae_bench.catalogue.wording import outcome_problems, phrase_problems


class Stake(Part):
    """Somebody or something that an option gives to, or takes from."""

    id: EntryId = Field(description="Name of the stake within its system.", examples=["self"])
    meaning: Text = Field(description="Who or what it is.", examples=["The one who chooses."])
    outcome: Text = Field(
        description="What an option says of this stake, in English: {amount} (number and unit) or {number} once, and "
        "{counterpart} where the other person is named.",
        examples=["You get {amount}"],
    )


class System(Entry):
    """A value system: what values and games of one family have in common.

    A game names its system, and each of its options holds one payoff a stake, in this order. A value is of one system,
    too; that its results are about.
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

    gives: Text = Field(
        description="What every option does, in English, as it goes on after `each option`: {gives} in sentences. "
        "{unit} and {counterpart} may stand in it.",
        examples=["gives some {unit} to you and some {unit} to {counterpart}"],
    )
    affects: Text = Field(
        description="What a choice affects for whoever makes it, in English, as it goes on after `when a choice "
        "affects`: {affects} in sentences.",
        examples=["both their own outcome and that of somebody else"],
    )
    together: Text | None = Field(
        default=None,
        description="What an option says of neighbouring stakes that all get the same, in English, in the place of "
        "their outcomes: {first} and {last} (their places, from 1) and {amount} or {number} once each. Without it each "
        "is told by itself.",
        examples=["Faces {first} to {last}: {amount}"],
    )
    core_targets: tuple[EntryId, ...] = Field(
        default=(),
        max_length=20,
        description="Ids of the values that the system is chiefly about, and that its games should tell apart.",
        examples=[["altruistic", "competitive"]],
    )
    not_covered: Text = Field(
        description="What the system leaves out of what its name may promise, in a few sentences.",
        examples=["Care for more than one other person; payoffs are numbers in a text, which nobody receives."],
    )

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the system breaks."""
        yield from super().problems()
        for place in repeated(self.core_targets):
            problem = f"`core_targets` names {self.core_targets[place]!r} twice"
            yield Problem(problem, "keep one of them", ("core_targets", place))
        for place in repeated(self.stake_ids):
            problem = f"the stake {self.stakes[place].id!r} is there twice"
            yield Problem(problem, "rename one of them", ("stakes", place, "id"))
        for place, stake in enumerate(self.stakes):
            yield from outcome_problems(stake.outcome, ("stakes", place, "outcome"))
        yield from phrase_problems(self.gives, ("gives",))
        yield from phrase_problems(self.affects, ("affects",))
        if self.together is not None:
            yield from outcome_problems(self.together, ("together",), ("first", "last"))

    @property
    def stake_ids(self) -> tuple[str, ...]:
        """Names of the stakes, in order."""
        return tuple(stake.id for stake in self.stakes)
