"""Decisions: what became of each item of a dialogue, and how many were asked, answered, refused or lost."""

import operator
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from hvae_bench.scorers.part import Part

ReplyStatus = Literal["chosen", "refused", "invalid"]
"""What a reply can be read as: `chosen`: one option; `refused`: the model would not choose; `invalid`: a reply that
names no option."""

DecisionStatus = Literal[ReplyStatus, "not_reached"]
"""What can become of an item: what its reply was read as, or `not_reached`: it was never answered because of
a limit, an error or a cancelled run."""

ReplyReason = Literal[
    "label", "echo", "declined", "content_filter", "empty", "truncated", "several_options", "not_in_form"
]
"""Why a reply is read as it is."""

FormerReason = Literal["payoffs", "unknown_label", "hypothetical", "no_option"]
"""Reasons that no reply is read with any more; records of format 1.0 hold them."""

DecisionReason = Literal[ReplyReason, FormerReason, "limit", "error", "cancelled"]
"""Why a decision has its status; see `REASONS` for the reasons that go with each status."""

STATUSES: tuple[DecisionStatus, ...] = get_args(DecisionStatus)

REASONS: dict[DecisionStatus, frozenset[DecisionReason]] = {
    "chosen": frozenset({"label", "echo", "payoffs"}),
    "refused": frozenset({"declined", "content_filter"}),
    "invalid": frozenset(
        {"empty", "truncated", "several_options", "not_in_form", "unknown_label", "hypothetical", "no_option"}
    ),
    "not_reached": frozenset({"limit", "error", "cancelled"}),
}
"""The closed list of reasons for each status."""

Surrounding = Literal["reasoning", "chat_template", "characters", "json", "html", "latex", "markdown"]
"""What is taken off a reply before it is read: blocks of reasoning, marks of a chat template, characters that stand for
plain ones, and four kinds of markup."""

NoProbabilities = Literal["no_label", "several_tokens", "common_beginning", "too_few_reported"]
"""Why a reply that came with probabilities of its tokens gives none of the options: `no_label`: it is not a label and
nothing else; `several_tokens`: a label may take more than one token; `common_beginning`: one label begins another;
`too_few_reported`: fewer tokens were reported than there are options."""

SUM_TOLERANCE = 1e-6
"""Probabilities that sum to 1 within this are a distribution."""

Probability = Annotated[float, Field(ge=0, le=1)]


class ShownOption(Part):
    """One option as the model saw it."""

    label: str = Field(min_length=1, description="Label shown before the option.", examples=["A"])
    option_id: str = Field(description="Id of the option in the game.", examples=["o1"])


class Decision(Part):
    """What became of one item in a dialogue."""

    item_id: str = Field(description="Id of the item in the game.", examples=["p1"])
    shown: tuple[ShownOption, ...] = Field(
        description="Options in the order shown, with their labels; empty if the item was never shown.",
        examples=[[{"label": "A", "option_id": "o1"}]],
    )
    reply: str | None = Field(description="The reply that was read; null if there was none.", examples=["C"])
    option_id: str | None = Field(
        description="Id of the chosen option; null unless the status is `chosen`.", examples=["o3"]
    )
    status: DecisionStatus = Field(description="Outcome of the item.", examples=["chosen"])
    reason: DecisionReason = Field(description="Why the item has this outcome, from a closed list.", examples=["label"])
    reasked: bool = Field(
        description="Whether the model was asked a second time because its first reply named no option.",
        examples=[False],
    )
    stripped: tuple[Surrounding, ...] = Field(
        default=(),
        exclude_if=operator.not_,
        description="What was taken off the reply before it was read, in this order; absent if nothing was.",
        examples=[["reasoning", "markdown"]],
    )
    probabilities: dict[str, Probability] | None = Field(
        default=None,
        description="The model's probability of each option shown, by option id, as a share of `label_mass`; null or "
        "absent where it is not known.",
        examples=[{"o1": 0.75, "o2": 0.25}],
    )
    label_mass: Probability | None = Field(
        default=None,
        description="Probability of all labels together among everything that the reply could have begun with.",
        examples=[0.9],
    )
    unreported_mass: Probability | None = Field(
        default=None,
        description="Probability of all tokens that were not reported: what options given as 0 can have had at most.",
        examples=[0.02],
    )
    no_probabilities: NoProbabilities | None = Field(
        default=None,
        description="Why a reply that came with probabilities of its tokens gives none of the options.",
        examples=["no_label"],
    )

    @property
    def position(self) -> int | None:
        """Place of the chosen option in the list as it was shown, from 0; None if none was chosen."""
        if self.option_id is None:
            return None
        return next((place for place, option in enumerate(self.shown) if option.option_id == self.option_id), None)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.reason not in REASONS[self.status]:
            allowed = ", ".join(sorted(REASONS[self.status]))
            raise ValueError(f"reason {self.reason!r} does not go with status {self.status!r}; write one of: {allowed}")
        if (self.option_id is not None) != (self.status == "chosen"):
            raise ValueError("option_id must be given if, and only if, the status is 'chosen'")
        masses = (self.label_mass, self.unreported_mass)
        if any((mass is None) != (self.probabilities is None) for mass in masses):
            raise ValueError("probabilities, label_mass and unreported_mass must be given together")
        if self.probabilities is not None:
            self._check(self.probabilities)
        return self

    def _check(self, probabilities: Mapping[str, float]) -> None:
        if self.status != "chosen" or self.no_probabilities is not None:
            raise ValueError("probabilities go with the status 'chosen' and without no_probabilities")
        if set(probabilities) != {option.option_id for option in self.shown}:
            raise ValueError("probabilities must name exactly the options shown")
        if abs(sum(probabilities.values()) - 1) > SUM_TOLERANCE:
            raise ValueError("probabilities must sum to 1")

    @model_serializer(mode="wrap")
    def _without_unknown_probabilities(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Most decisions know none; their records are as long as they always were."""
        content: dict[str, Any] = handler(self)
        if self.no_probabilities is None:
            content.pop("no_probabilities", None)
            if self.probabilities is None:
                for name in ("probabilities", "label_mass", "unreported_mass"):
                    content.pop(name, None)
        return content


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
        return type(self)(*map(operator.add, astuple(self), astuple(other)))


def outcome(statuses: Iterable[DecisionStatus]) -> Outcome:
    """Count the statuses of the items of a dialogue."""
    counts = Counter(statuses)
    return Outcome(counts["chosen"], counts["refused"], counts["invalid"], counts["not_reached"])
