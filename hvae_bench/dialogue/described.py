"""Described: what a script and a record say of the parts of a cell, and a trace and a record of each turn."""

import operator
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self, TypeGuard

from pydantic import Field, StringConstraints, model_validator

from hvae_bench.catalogue.entry import EntryId, LanguageTag, Part, Problem, ReviewStatus, Text, example_of
from hvae_bench.catalogue.game import Decomposed, Game, Norms
from hvae_bench.catalogue.rendering import OptionWords, Order
from hvae_bench.catalogue.template import Induction
from hvae_bench.scorers import Decision, Motive
from hvae_bench.scorers.decision import DecisionReason
from hvae_bench.scorers.design import GoalKind, Pronouncedness

STORE_KEY = "hvae_trace"
"""Key of the trace in a sample's store."""

UNHEARD_KEY = "hvae_unheard"
"""Key in the store of what to do, in a sentence, about a server that would not hear the first question."""

_LARGEST = 2**63 - 1

Count = Annotated[int, Field(ge=0, le=_LARGEST)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _unknown(value: object) -> bool:
    return value is None


def _refuse(problems: Iterable[Problem]) -> None:
    """A record may come from a damaged log; what breaks a rule of the catalogue cannot be scored."""
    for one in problems:
        raise ValueError(f"{one.problem}; export the log again")


class TargetRecord(Part):
    """The value target as far as scoring needs it."""

    id: EntryId = Field(description="Id of the value target.", examples=["prosocial"])
    label: Text = Field(description="Label of the target.", examples=["prosocial"])
    pronouncedness: Pronouncedness = Field(description="Kind of value.", examples=["neutral"])
    motives: tuple[Motive, ...] = Field(
        description="Utilities any of which serves the value.", examples=[[{"kind": "linear", "utility_angle_deg": 45}]]
    )

    @model_validator(mode="after")
    def _can_be_scored(self) -> Self:
        _refuse(problem for motive in self.motives for problem in motive.problems())
        return self


class GameRecord(Decomposed):
    """The game as far as scoring needs it."""

    id: EntryId = Field(description="Id of the game.", examples=["svo-slider-primary"])
    system: EntryId = Field(description="Id of the value system whose stakes the payoffs go to.", examples=["svo"])
    stakes: tuple[EntryId, ...] = Field(
        min_length=1, description="The stakes, in the order of each option's payoffs.", examples=[["self", "other"]]
    )
    derived_from: EntryId | None = Field(
        default=None,
        description="Id of the game that this one's items were made from; null where they were listed.",
        examples=["svo-slider-primary"],
    )
    norms: Norms | None = Field(
        default=None,
        exclude_if=_unknown,
        description="What people chose of whom no value was asked; left out where that is not known.",
        examples=[{"source": "Charness & Rabin 2002, Table I", "shares": {"p1": {"o1": 0.31, "o2": 0.69}}}],
    )

    @classmethod
    def of(cls, game: Game) -> Self:
        """The record of a game, without its situations, which the prompts tell."""
        items = tuple(item.model_copy(update={"situation": None}) for item in game.items)
        told = {"situation": None, "items": items, "stakes": game.stake_ids()}
        return cls.model_validate({name: getattr(game, name) for name in cls.model_fields if name not in told} | told)

    def stake_ids(self) -> tuple[str, ...]:
        """Names of those whom the payoffs go to, in their order."""
        return self.stakes

    @model_validator(mode="after")
    def _can_be_scored(self) -> Self:
        _refuse((*self.problems(), *self.stake_problems(self.stakes)))
        return self


class TemplateRecord(Part):
    """What is declared of the template; what it says is in the turns."""

    id: EntryId = Field(description="Id of the template.", examples=["goal-prompting"])
    family: EntryId = Field(description="Family of the template.", examples=["self-description"])
    induction: Induction = Field(description="How it gives the value.", examples=["self_description"])
    goal: GoalKind = Field(description="Which goal turn it has.", examples=["self_generated"])
    place: Literal["user", "system"] = Field(
        default="user", description="Who says the value: the user, or the system message.", examples=["user"]
    )
    reasoning: bool = Field(
        default=False, description="Whether the model may reason in writing before it answers.", examples=[False]
    )


class WordingRecord(Part):
    """What is declared of the wording, and the words that measuring needs."""

    id: EntryId = Field(description="Id of the wording.", examples=["en"])
    language: LanguageTag = Field(description="Language (BCP 47).", examples=["en"])
    paraphrase: int = Field(ge=1, description="Number of the wording within its language.", examples=[1])
    status: ReviewStatus = Field(
        description="`reviewed` if a native speaker signed exactly these words.", examples=["reviewed"]
    )
    sha256: Sha256 | None = Field(
        default=None, description="Hash of its words; null in records of schema version 1.0.", examples=["0" * 64]
    )
    counts_words: bool = Field(
        default=True,
        description="Whether the language writes words apart, so that they can be counted.",
        examples=[True],
    )
    other_words: tuple[Text, ...] = Field(
        default=(), description="Words by which a stated goal names the other person.", examples=[["other", "both"]]
    )


class FramingRecord(Part):
    """The framing in the words of the wording."""

    id: EntryId = Field(description="Id of the framing.", examples=["coins"])
    unit: Text = Field(description="What the payoffs count, in words.", examples=["coins"])
    counterpart: Text = Field(description="Who receives the other payoff, in words.", examples=["another person"])
    labels: tuple[str, ...] = Field(description="Labels of the options in the order shown.", examples=[["A", "B"]])
    options: OptionWords | None = Field(
        description="How an option is written; null where a record of schema version 1.0 wrote it in another order.",
        examples=[example_of(OptionWords)],
    )


class CellRecord(Part):
    """What makes the cell."""

    value: EntryId = Field(description="Id of the value target.", examples=["altruistic"])
    game: EntryId = Field(description="Id of the game.", examples=["svo-slider-primary"])
    template: EntryId = Field(description="Id of the template.", examples=["goal-prompting"])
    wording: EntryId = Field(description="Id of the wording.", examples=["en"])
    framing: EntryId = Field(description="Id of the framing.", examples=["coins"])
    option_order: Order = Field(description="Order in which options were shown.", examples=["published"])
    item_order: Order = Field(description="Order in which items were asked.", examples=["published"])


class TokensRecord(Part):
    """Tokens of one call, as the provider counted them; a number that it does not tell is absent."""

    sent: Count | None = Field(
        default=None,
        exclude_if=_unknown,
        description="Tokens of the whole conversation that was sent, those seen before included.",
        examples=[812],
    )
    seen_before: Count | None = Field(
        default=None,
        exclude_if=_unknown,
        description="Those of them that the provider had read before and took from its cache; all others are new.",
        examples=[640],
    )
    received: Count | None = Field(default=None, exclude_if=_unknown, description="Tokens of the reply.", examples=[1])


class TurnRecord(Part):
    """One message to the model and its reply."""

    kind: str = Field(description="What the turn was for.", examples=["decision"])
    role: Literal["system", "user"] = Field(description="Who spoke.", examples=["user"])
    item_id: EntryId | None = Field(description="Id of the item in a decision turn, else null.", examples=["p1"])
    item_ids: tuple[EntryId, ...] = Field(
        default=(),
        exclude_if=operator.not_,
        description="Ids of the items in a decision turn that asked several at once; absent in any other.",
        examples=[["p1", "p2"]],
    )
    attempt: int = Field(ge=1, description="2 where the model was asked again.", examples=[1])
    prompt: str = Field(description="The message as the model read it.", examples=["Decision 1 of 6. ..."])
    reply: str | None = Field(description="The model's reply; null if none was expected.", examples=["C"])
    stop_reason: str | None = Field(
        description="Why the model stopped, in Inspect's words; null if no reply was expected.", examples=["stop"]
    )
    tokens: TokensRecord | None = Field(
        default=None,
        exclude_if=operator.not_,
        description="Tokens of the message and its reply; absent if the provider tells none.",
        examples=[{"sent": 812, "seen_before": 640, "received": 1}],
    )

    @property
    def asked(self) -> tuple[str, ...]:
        """Ids of the items that it asked."""
        return self.item_ids if self.item_id is None else (self.item_id,)


class FileRecord(Part):
    """A file that a model was made with, by its name and content; its path is nobody's business."""

    name: str = Field(
        pattern=r"^[^/\\\\]+$", description="Name of the file, without its folder.", examples=["reads.gguf"]
    )
    sha256: Sha256 = Field(description="Hash of its bytes.", examples=["0" * 64])


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value can be a number of tokens."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST


class ItemTrace(Part):
    """What happened on one item."""

    item_id: str = Field(description="Id of the item.")
    turns: tuple[TurnRecord, ...] = Field(default=(), description="The question, and the second one if there was one.")
    decision: Decision | None = Field(default=None, description="Null while the item has not been answered.")

    def not_reached(self, lost: DecisionReason, attempts: int) -> Decision:
        """What stands in the place of a decision, after so many attempts."""
        return Decision(
            item_id=self.item_id,
            shown=(),
            reply=None,
            option_id=None,
            status="not_reached",
            reason=lost,
            reasked=attempts > 1,
        )


class Trace(Part):
    """What happened in a dialogue so far; kept in the store, so that nothing is lost when it breaks off."""

    opening: tuple[TurnRecord, ...] = Field(description="Turns before the first item.")
    batched: tuple[TurnRecord, ...] = Field(
        default=(), exclude_if=operator.not_, description="Turns that asked several items at once."
    )
    items: tuple[ItemTrace, ...] = Field(description="Every item, in the order asked.")
    goal_text: str | None = Field(description="The goal that the model stated.")
    notes: tuple[str, ...] = Field(
        default=(), exclude_if=operator.not_, description="What was not kept as the provider gave it, in sentences."
    )
    unknown_usage: tuple[str, ...] = Field(
        default=(), exclude_if=operator.not_, description="Token counts of the dialogue that are not known."
    )
    served_models: tuple[str, ...] = Field(
        default=(), exclude_if=operator.not_, description="Names by which the replies say who made them."
    )
    weights: FileRecord | None = Field(
        default=None, exclude_if=operator.not_, description="The file of weights that the provider read."
    )
    adapter: FileRecord | None = Field(
        default=None, exclude_if=operator.not_, description="The adapter that the provider laid over its weights."
    )

    @classmethod
    def of(cls, kept: str | None, game: GameRecord) -> Self:
        """The trace that was kept in a sample's store; without one, that of a dialogue that never began."""
        if kept is not None:
            return cls.model_validate_json(kept)
        return cls(opening=(), items=tuple(ItemTrace(item_id=item.id) for item in game.items), goal_text=None)

    def turns(self) -> tuple[TurnRecord, ...]:
        """All turns in order."""
        return (*self.opening, *self.batched, *(turn for item in self.items for turn in item.turns))

    def decisions(self, lost: DecisionReason) -> tuple[Decision, ...]:
        """A decision for every item; those that were never answered are `not_reached` for this reason."""
        attempts = Counter(item_id for turn in self.turns() for item_id in turn.asked)
        return tuple(item.decision or item.not_reached(lost, attempts[item.item_id]) for item in self.items)


def keep(trace: Mapping[str, Any]) -> str:
    """The value of a trace in the store: one text, for Inspect looks at every node of it several times a dialogue."""
    return Trace.model_validate(trace, strict=False).model_dump_json()
