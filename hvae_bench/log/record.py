"""Rationality record: the standard account of one dialogue, complete enough to be scored again on its own."""

import operator
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ModelWrapValidatorHandler, ValidationError, model_validator

from hvae_bench.catalogue.entry import EntryId, Part, example_of
from hvae_bench.dialogue.administration import Administration
from hvae_bench.dialogue.described import (
    CellRecord,
    Count,
    FileRecord,
    FramingRecord,
    GameRecord,
    Sha256,
    TargetRecord,
    TemplateRecord,
    TurnRecord,
    WordingRecord,
)
from hvae_bench.log.measures import MeasuresRecord
from hvae_bench.scorers import Decision
from hvae_bench.scorers.calibration import applies
from hvae_bench.text.errors import brief
from hvae_bench.text.masking import masked, masked_arguments


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


class RunRecord(Part):
    """Where the dialogue comes from."""

    package_version: str = Field(description="Version of hvae-bench.", examples=["0.1.0"])
    inspect_version: str | None = Field(description="Version of Inspect.", examples=["0.3.285"])
    task: str = Field(description="Name of the task.", examples=["hvae_bench"])
    task_version: str = Field(description="Version of the task, `N-X`.", examples=["1-A"])
    task_args: Arguments = Field(description="Arguments of the task.", examples=[{"scenario": "paper"}])
    scenario: EntryId = Field(description="Id of the scenario.", examples=["paper"])
    core_values: tuple[EntryId, ...] = Field(
        description="Targets of the run that make the headline of the game's value system.",
        examples=[["altruistic", "prosocial"]],
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
    weights: FileRecord | None = Field(
        default=None,
        exclude_if=operator.not_,
        description="The file of weights that a model in the process of the run was made with; absent elsewhere.",
        examples=[{"name": "model.gguf", "sha256": "0" * 64}],
    )
    model_args: Arguments = Field(
        description="Arguments of the model; secrets are masked, and files and folders told by their names alone.",
        examples=[{"seed": 1}],
    )
    generate_config: Arguments = Field(
        description="Settings of generation that were given.", examples=[{"temperature": 1.0}]
    )
    task_id: str = Field(description="Inspect's id of the task, kept by a retry.", examples=["a1B2"])
    eval_id: str = Field(description="Inspect's id of the run that finished the dialogue.", examples=["c3D4"])
    run_created: str = Field(description="When the run began, ISO 8601.", examples=["2026-01-31T12:00:00+00:00"])
    cells: int | None = Field(
        default=None,
        ge=1,
        exclude_if=operator.not_,
        description="Cells of the whole task, of which a run may be a part; absent in older records.",
        examples=[72],
    )
    epochs: int | None = Field(
        default=None,
        ge=1,
        exclude_if=operator.not_,
        description="Dialogues of each cell that the run was to have; absent in older records.",
        examples=[10],
    )
    log_sha256: Sha256 | None = Field(
        default=None,
        exclude_if=operator.not_,
        description="Hash of the file of the Inspect log that the record was made of; absent in older records.",
        examples=["0" * 64],
    )


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
    total_time_s: float | None = Field(description="Wall time in seconds.", examples=[8.2])
    working_time_s: float | None = Field(
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
        strict=False,
        exclude_if=operator.not_,
        description="What was not kept as a provider gave it, in sentences: a number that cannot be, half a character.",
        examples=[["The server gave -100 as `output_tokens` of a reply."]],
    )

    @model_validator(mode="wrap")
    @classmethod
    def _without_what_cannot_be(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Costs, times and ids that cannot be are left out with a note; no dialogue is lost for them."""
        try:
            return handler(given)
        except ValidationError as error:
            found = error.errors(include_url=False)
            wrong = [one for one in found if one["loc"] in _LEFT_OUT and one["type"] != "missing"]
            if not wrong:
                raise
        kept, notes = given, []
        for one in wrong:
            *above, name = one["loc"]
            kept = kept | ({"usage": {**kept["usage"], name: None}} if above else {name: None})
            notes.append(f"`{name}` was {brief(repr(one['input']))}, which cannot be; it is left out.")
        dialogue = handler(kept)
        return dialogue.model_copy(update={"notes": tuple(dict.fromkeys((*dialogue.notes, *notes)))})


# Fields of a dialogue without which it is still one.
_LEFT_OUT = {(name,) for name in ("uuid", "started_at", "completed_at", "total_time_s", "working_time_s")} | {
    ("usage", name) for name in UsageRecord.model_fields
}


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
    def _parts_belong_together(self) -> Self:
        for problem in self._problems():
            raise ValueError(f"{problem}; export the log again")
        return self

    def _problems(self) -> Iterator[str]:
        """Rules between its parts that the record breaks."""
        if not applies(self.target.motives, self.game.stakes):
            yield "the target has a motive about stakes that the game does not have"
        options = {item.id: {None, *(option.id for option in item.options)} for item in self.game.items}
        if sorted(decision.item_id for decision in self.decisions) != sorted(options):
            yield f"`decisions` needs exactly one for each item of the game ({', '.join(sorted(options))})"
        cell = self.cell
        ids = (self.target.id, self.game.id, self.template.id, self.wording.id, self.framing.id)
        named = (cell.value, cell.game, cell.template, cell.wording, cell.framing)
        if named != ids or not self.dialogue.sample_id.startswith(f"{cell.value}.{cell.game}."):
            yield (
                f"`cell` and `dialogue.sample_id` need the ids of target, game, template, wording and framing "
                f"({', '.join(ids)})"
            )
        for decision in self.decisions:
            named_options = {decision.option_id, *(option.option_id for option in decision.shown)}
            if not named_options <= options[decision.item_id]:
                yield f"the decision on item {decision.item_id!r} names an option that the item does not have"
