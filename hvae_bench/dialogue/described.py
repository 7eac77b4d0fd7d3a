"""Described: what a script and a record say of the parts of a cell, and of each turn."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Annotated, Literal, TypeGuard

from pydantic import Field, StringConstraints, model_validator

from hvae_bench.catalogue.entry import EntryId, LanguageTag, Part, Problem, ReviewStatus, Text, example_of
from hvae_bench.catalogue.game import Decomposed, Game
from hvae_bench.catalogue.rendering import OptionWords, Order
from hvae_bench.catalogue.template import Induction, Template
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.catalogue.wording import Counterpart, Wording
from hvae_bench.scorers import Motive
from hvae_bench.scorers.design import GoalKind, Pronouncedness

_LARGEST = 2**63 - 1


Count = Annotated[int, Field(ge=0, le=_LARGEST)]


def _unknown(value: object) -> bool:
    return value is None


Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


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
        description="Utilities any of which serves the value.",
        examples=[[{"kind": "linear", "utility_angle_deg": 45}]],
    )

    @classmethod
    def of(cls, value: ValueTarget) -> TargetRecord:
        """The record of a value target."""
        return cls(id=value.id, label=value.label, pronouncedness=value.pronouncedness, motives=value.motives)

    @model_validator(mode="after")
    def _can_be_scored(self) -> TargetRecord:
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

    @classmethod
    def of(cls, game: Game) -> GameRecord:
        """The record of a game, without its situations, which the prompts tell."""
        items = tuple(item.model_copy(update={"situation": None}) for item in game.items)
        content = {name: getattr(game, name) for name in Decomposed.model_fields}
        content |= {"situation": None, "items": items}
        return cls(id=game.id, system=game.system, stakes=game.stake_ids(), derived_from=game.derived_from, **content)

    def stake_ids(self) -> tuple[str, ...]:
        """Names of those whom the payoffs go to, in their order."""
        return self.stakes

    @model_validator(mode="after")
    def _can_be_scored(self) -> GameRecord:
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

    @classmethod
    def of(cls, template: Template) -> TemplateRecord:
        """The record of a template."""
        return cls.model_validate({name: getattr(template, name) for name in cls.model_fields})


class WordingRecord(Part):
    """What is declared of the wording, and the words that measuring needs."""

    id: EntryId = Field(description="Id of the wording.", examples=["en"])
    language: LanguageTag = Field(description="Language (BCP 47).", examples=["en"])
    paraphrase: int = Field(ge=1, description="Number of the wording within its language.", examples=[1])
    status: ReviewStatus = Field(
        description="`reviewed` if a native speaker signed exactly these words.", examples=["reviewed"]
    )
    sha256: Sha256 | None = Field(
        default=None,
        description="Hash of its words; null in records of schema version 1.0.",
        examples=["0" * 64],
    )
    counts_words: bool = Field(
        default=True,
        description="Whether the language writes words apart, so that they can be counted.",
        examples=[True],
    )
    other_words: tuple[Text, ...] = Field(
        default=(),
        description="Words by which a stated goal names the other person.",
        examples=[["other", "both"]],
    )

    @classmethod
    def of(cls, wording: Wording, counterpart: Counterpart) -> WordingRecord:
        """The record of a wording that tells of this counterpart."""
        return cls(
            id=wording.id,
            language=wording.language,
            paraphrase=wording.paraphrase,
            status=wording.status,
            sha256=wording.words_sha256,
            counts_words=wording.counts_words,
            other_words=(*wording.other_words, *counterpart.words),
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
    attempt: int = Field(ge=1, description="2 where the model was asked again.", examples=[1])
    prompt: str = Field(description="The message as the model read it.", examples=["Decision 1 of 6. ..."])
    reply: str | None = Field(description="The model's reply; null if none was expected.", examples=["C"])
    stop_reason: str | None = Field(
        description="Why the model stopped, in Inspect's words; null if no reply was expected.",
        examples=["stop"],
    )
    tokens: TokensRecord | None = Field(
        default=None,
        exclude_if=operator.not_,
        description="Tokens of the message and its reply; absent if the provider tells none.",
        examples=[{"sent": 812, "seen_before": 640, "received": 1}],
    )


class FileRecord(Part):
    """A file that a model was made with, by its name and content; its path is nobody's business."""

    name: str = Field(
        pattern=r"^[^/\\\\]+$", description="Name of the file, without its folder.", examples=["reads.gguf"]
    )
    sha256: Sha256 = Field(description="Hash of its bytes.", examples=["0" * 64])


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value can be a number of tokens."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST
