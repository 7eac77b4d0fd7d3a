"""Rationality record: the standard account of one dialogue, complete enough to be scored again on its own."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, TypeGuard

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from hvae_bench.administration import Administration
from hvae_bench.entry import EntryId, LanguageTag, Part, Problem, ReviewStatus, Text, example_of
from hvae_bench.errors import brief
from hvae_bench.game import Decomposed, Game
from hvae_bench.masking import masked, masked_arguments
from hvae_bench.measures import MeasuresRecord
from hvae_bench.option_words import OptionWords
from hvae_bench.rendering import Order
from hvae_bench.scorers import Decision, Motive
from hvae_bench.scorers.calibration import applies
from hvae_bench.scorers.design import GoalKind, Pronouncedness
from hvae_bench.template import Induction, Template
from hvae_bench.upgrade import SCHEMA_VERSION
from hvae_bench.value import ValueTarget
from hvae_bench.wording import Counterpart, Wording

__all__ = [
    "SCHEMA_VERSION",
    "CatalogRecord",
    "CellRecord",
    "FileRecord",
    "FramingRecord",
    "GameRecord",
    "RationalityRecord",
    "RunRecord",
    "TargetRecord",
    "TemplateRecord",
    "TokensRecord",
    "TurnRecord",
    "UsageRecord",
    "WordingRecord",
    "is_count",
]

_LARGEST = 2**63 - 1
Count = Annotated[int, Field(ge=0, le=_LARGEST)]
Seconds = Annotated[float, Field(allow_inf_nan=False)]


def _moment(text: str) -> str:
    try:
        datetime.fromisoformat(text).timestamp()
    except OverflowError as error:
        raise ValueError(str(error)) from None
    return text


Moment = Annotated[str, AfterValidator(_moment)]
# Texts from outside, in which a secret may stand.
Told = Annotated[str, AfterValidator(masked)]
Arguments = Annotated[dict[str, Any], AfterValidator(masked_arguments)]


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


class RunRecord(Part):
    """Where the dialogue comes from."""

    package_version: str = Field(description="Version of hvae-bench.", examples=["0.1.0"])
    inspect_version: str | None = Field(description="Version of Inspect.", examples=["0.3.285"])
    task: str = Field(description="Name of the task.", examples=["hvae_bench"])
    task_version: str = Field(description="Version of the task, `N-X`.", examples=["1-A"])
    task_args: Arguments = Field(description="Arguments of the task.", examples=[{"scenario": "paper"}])
    scenario: EntryId = Field(description="Id of the scenario.", examples=["paper"])
    core_values: tuple[EntryId, ...] = Field(
        description="Targets of the run that make its headline.", examples=[["altruistic", "prosocial"]]
    )
    administration: Administration = Field(
        description="How the run asked.", examples=[{"items": "sequential", "seed": 0}]
    )
    model: str = Field(description="Name of the model.", examples=["openai/gpt-5"])
    served_models: tuple[Told, ...] = Field(
        default=(),
        exclude_if=operator.not_,
        description="Names by which the replies of the dialogue say who made them; absent if they say none.",
        examples=[["gpt-5-2026-01-15"]],
    )
    adapter: FileRecord | None = Field(
        default=None,
        exclude_if=operator.not_,
        description="The adapter (LoRA) that was laid over the model's weights; absent if none is known of.",
        examples=[{"name": "reads.gguf", "sha256": "0" * 64}],
    )
    model_args: Arguments = Field(
        description="Arguments of the model; secrets are masked.",
        examples=[{"seed": 1}],
    )
    generate_config: Arguments = Field(
        description="Settings of generation that were given.", examples=[{"temperature": 1.0}]
    )
    task_id: str = Field(description="Inspect's id of the task, kept by a retry.", examples=["a1B2"])
    eval_id: str = Field(description="Inspect's id of the run that finished the dialogue.", examples=["c3D4"])
    run_created: str = Field(description="When the run began, ISO 8601.", examples=["2026-01-31T12:00:00+00:00"])


class CatalogRecord(Part):
    """Which catalogue the dialogue was made from."""

    source: tuple[str, ...] = Field(
        description="Where entries were read, later ones laid over earlier ones.", examples=[["embedded"]]
    )
    version: str = Field(description="Version of the data set at the bottom.", examples=["0.1.0"])
    sha256: Sha256 = Field(description="Fingerprint of all entries.", examples=["0" * 64])
    revision: str | None = Field(
        default=None, description="Commit of the data set on the Hub; null if it is not from there.", examples=[None]
    )
    manifest_sha256: Sha256 | None = Field(
        default=None,
        description="Hash of the manifest that the files were held against; null where there is none.",
        examples=[None],
    )


class UsageRecord(Part):
    """Tokens of a dialogue, as the provider counted them; null where it gave a number that cannot be, or none."""

    input_tokens: Count | None = Field(description="Tokens sent, cached ones included.", examples=[5210])
    output_tokens: Count | None = Field(description="Tokens received.", examples=[180])
    total_tokens: Count | None = Field(description="Both together.", examples=[5390])
    input_tokens_cached: Count | None = Field(
        description="Tokens sent that the provider read from its cache; null if it does not say.",
        examples=[4096],
    )


class DialogueRecord(Part):
    """Identity and cost of the dialogue."""

    sample_id: str = Field(
        description="Id of the cell: value, game and template joined by dots, then what is not the default, each with "
        "the mark of its kind.",
        examples=["altruistic.svo-slider-primary.goal-prompting"],
    )
    epoch: int = Field(ge=1, description="Which dialogue of the cell it is.", examples=[1])
    uuid: str | None = Field(description="Inspect's id of the sample.", examples=["e5F6"])
    started_at: Moment | None = Field(description="ISO 8601.", examples=["2026-01-31T12:00:01+00:00"])
    completed_at: Moment | None = Field(description="ISO 8601.", examples=["2026-01-31T12:00:09+00:00"])
    total_time_s: Seconds | None = Field(description="Wall time in seconds.", examples=[8.2])
    working_time_s: Seconds | None = Field(
        description="Time in seconds without waiting for retries and limits.", examples=[7.9]
    )
    usage: UsageRecord = Field(
        description="Tokens used.",
        examples=[{"input_tokens": 5210, "output_tokens": 180, "total_tokens": 5390, "input_tokens_cached": None}],
    )
    error: Told | None = Field(description="Message of the error that ended it; secrets are masked.", examples=[None])
    limit: str | None = Field(description="Kind of the limit that ended it.", examples=[None])
    notes: tuple[Told, ...] = Field(
        default=(),
        exclude_if=operator.not_,
        description="What was not kept as a provider gave it, in sentences: a number that cannot be, half a character.",
        examples=[["The server gave -100 as `output_tokens` of a reply."]],
    )

    @model_validator(mode="before")
    @classmethod
    def _without_what_cannot_be(cls, given: Any) -> Any:
        """Costs, times and ids that cannot be are left out with a note; no dialogue is lost for them."""
        if not isinstance(given, dict):
            return given
        kept, notes = _possible(given, cls, ("uuid", "started_at", "completed_at", "total_time_s", "working_time_s"))
        usage = kept.get("usage")
        if isinstance(usage, dict):
            kept["usage"], more = _possible(usage, UsageRecord, tuple(UsageRecord.model_fields))
            notes += more
        before = kept.get("notes", ())
        if not isinstance(before, (list, tuple)):
            return kept
        return kept | {"notes": (*before, *(note for note in notes if note not in before))}


def _possible(
    given: dict[str, Any], model: type[Part], names: tuple[str, ...]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What was given, with null in place of values that these fields cannot have, and notes about them."""
    impossible = [name for name in names if given.get(name) is not None and not _fits(model, name, given[name])]
    notes = (f"`{name}` was {brief(repr(given[name]))}, which cannot be; it is left out." for name in impossible)
    return given | dict.fromkeys(impossible), tuple(notes)


def _fits(model: type[Part], name: str, value: Any) -> bool:
    try:
        _judge(model, name).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


@cache
def _judge(model: type[Part], name: str) -> TypeAdapter[Any]:
    field = model.model_fields[name]
    kind: Any = field.annotation
    return TypeAdapter(Annotated[(kind, *field.metadata)] if field.metadata else kind)


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value can be a number of tokens."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST


class RationalityRecord(Part):
    """One dialogue, one line of a rationality log."""

    schema_version: Literal["2.0"] = Field(description="Version of this format.", examples=["2.0"])
    run: RunRecord = Field(description="Where the dialogue comes from.", examples=[example_of(RunRecord)])
    dialogue: DialogueRecord = Field(
        description="Identity and cost of the dialogue.", examples=[example_of(DialogueRecord)]
    )
    catalog: CatalogRecord = Field(
        description="Which catalogue it was made from.", examples=[example_of(CatalogRecord)]
    )
    cell: CellRecord = Field(description="Ids of the entries that make the cell.", examples=[example_of(CellRecord)])
    target: TargetRecord = Field(description="The value target.", examples=[example_of(TargetRecord)])
    game: GameRecord = Field(description="The game.", examples=[example_of(GameRecord)])
    template: TemplateRecord = Field(description="The template.", examples=[example_of(TemplateRecord)])
    wording: WordingRecord = Field(description="The wording.", examples=[example_of(WordingRecord)])
    framing: FramingRecord = Field(description="The framing.", examples=[example_of(FramingRecord)])
    turns: tuple[TurnRecord, ...] = Field(description="What was said, in order.", examples=[[example_of(TurnRecord)]])
    goal_text: str | None = Field(
        description="The goal that the model stated; null where it was not asked for one or stated none.",
        examples=["Leave the other person with as many coins as possible."],
    )
    decisions: tuple[Decision, ...] = Field(
        description="Outcome of every item, in the order asked.",
        examples=[[example_of(Decision)]],
    )
    measures: MeasuresRecord = Field(description="Everything measured.", examples=[example_of(MeasuresRecord)])

    @model_validator(mode="after")
    def _target_is_about_the_game(self) -> RationalityRecord:
        if not applies(self.target.motives, self.game.stakes):
            raise ValueError("the target has a motive about stakes that the game does not have; export the log again")
        return self

    @model_validator(mode="after")
    def _one_decision_an_item(self) -> RationalityRecord:
        items = sorted(item.id for item in self.game.items)
        if sorted(decision.item_id for decision in self.decisions) != items:
            raise ValueError(
                f"`decisions` needs exactly one for each item of the game ({', '.join(items)}); export the log again"
            )
        return self

    @model_validator(mode="after")
    def _ids_of_the_cell(self) -> RationalityRecord:
        cell = self.cell
        ids = (self.target.id, self.game.id, self.template.id, self.wording.id, self.framing.id)
        named = (cell.value, cell.game, cell.template, cell.wording, cell.framing)
        if named != ids or not self.dialogue.sample_id.startswith(f"{cell.value}.{cell.game}."):
            raise ValueError(
                f"`cell` and `dialogue.sample_id` need the ids of target, game, template, wording and framing "
                f"({', '.join(ids)}); export the log again"
            )
        return self

    @model_validator(mode="after")
    def _options_of_the_item(self) -> RationalityRecord:
        options = {item.id: {option.id for option in item.options} for item in self.game.items}
        for decision in self.decisions:
            named = {option.option_id for option in decision.shown}
            if decision.option_id is not None:
                named.add(decision.option_id)
            if not named <= options[decision.item_id]:
                raise ValueError(
                    f"the decision on item {decision.item_id!r} names an option that the item does not have; "
                    "export the log again"
                )
        return self
