"""Sample: one cell of a scenario, as Inspect runs it, with the whole script of its dialogues."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product, zip_longest
from operator import not_
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from pydantic import Field

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.catalogue.entry import EntryId, Part, Problem, Text
from hvae_bench.catalogue.fit import (
    Parts,
    clash,
    misplaced,
    missing_words,
    outcomes_of,
    said_of,
    situations_of,
    together_of,
    unbatched,
)
from hvae_bench.catalogue.rendering import OptionWords, Order, render
from hvae_bench.catalogue.scenario import AXES, Scenario
from hvae_bench.catalogue.wording import ReadingWords
from hvae_bench.dialogue.described import (
    CellRecord,
    FramingRecord,
    GameRecord,
    TargetRecord,
    TemplateRecord,
    WordingRecord,
)
from hvae_bench.dialogue.upgrade import upgraded_json
from hvae_bench.text.errors import UsageError

if TYPE_CHECKING:
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ChatMessage

SCRIPT_KEY = "script"
"""Key of the script in a sample's metadata."""


MARKS = {"w": "wordings", "f": "framings", "o": "option_orders", "i": "item_orders"}
"""By which letter a cell's id marks what is not the default on an axis; value, game and template need no mark."""


class Message(Part):
    """One turn of a template in the words of the cell's wording."""

    kind: Literal["value_induction", "role_taking", "goal", "instruction", "decision"] = Field(
        description="What the turn is for."
    )
    role: Literal["system", "user"] = Field(description="Who speaks.")
    expects: Literal["nothing", "text", "goal", "decision"] = Field(description="What is expected in return.")
    text: Text = Field(description="The message, with placeholders.")
    reask: Text | None = Field(default=None, description="Message sent once if a reply names no option.")


class DialogueScript(Part):
    """All that the solver needs to replay a dialogue of one cell, and the scorer to score it."""

    id: Text = Field(description="Id of the cell.")
    cell: CellRecord = Field(description="What makes the cell.")
    core_values: tuple[EntryId, ...] = Field(description="Targets of this run that make the headline of its system.")
    target: TargetRecord = Field(description="The target to score.")
    game: GameRecord = Field(description="The game to play.")
    template: TemplateRecord = Field(description="What is declared of the template.")
    wording: WordingRecord = Field(description="What is declared of the wording.")
    framing: FramingRecord = Field(description="The framing to show it in.")
    messages: tuple[Message, ...] = Field(default=(), description="What is said, turn by turn.")
    content: dict[str, str] = Field(default={}, description="What takes the place of placeholders in every turn.")
    situations: dict[EntryId, Text] = Field(default={}, description="Texts of the items that have one.")
    reading: ReadingWords = Field(default=ReadingWords(), description="The words by which replies are read.")
    ordinals: tuple[Text, ...] = Field(default=(), description="Words for the places of the items.")
    join_labels: str = Field(default=", ", description="What stands between the labels offered.")
    batched: bool = Field(
        default=False, exclude_if=not_, description="Whether the decision turn asks all items in one message."
    )

    @cached_property
    def stream(self) -> str:
        """Name of the cell's random draws: what it says and asks, and no id, so that renaming changes no draw."""
        said = self.model_dump(
            mode="json",
            include={
                "messages": True,
                "content": True,
                "ordinals": True,
                "framing": {"labels", "options"},
                "target": {"motives"},
            },
        )
        payoffs = [[option.payoffs for option in item.options] for item in self.game.items]
        told = [self.situations.get(item.id) for item in self.game.items]
        orders = [self.cell.option_order, self.cell.item_order]
        whole = json.dumps([said, payoffs, told, orders], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(whole.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Cell:
    """One target x game x template x wording x framing x orders."""

    parts: Parts
    option_order: Order
    item_order: Order
    core_values: tuple[str, ...]

    @property
    def id(self) -> str:
        """Id of the sample: value, game and template, then what is not the default, each with the mark of its kind."""
        parts, orders = self.parts, (self.option_order, self.item_order)
        are_usual = (parts.wording.default, parts.framing.default, *(order == "published" for order in orders))
        marked = zip(MARKS, self.ids[3:], are_usual, strict=True)
        return ".".join([*self.ids[:3], *(f"{mark}-{id_}" for mark, id_, is_usual in marked if not is_usual)])

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the entries and names of the orders, as `AXES` has them."""
        return (*self.parts.ids, self.option_order, self.item_order)

    @property
    def facts(self) -> CellRecord:
        """What makes the cell."""
        return CellRecord.model_validate(dict(zip(CellRecord.model_fields, self.ids, strict=True)))

    def script(self, *, batched: bool = False) -> DialogueScript:
        """The script of the cell's dialogues; `batched` asks all items in one message, if `check_batched` lets it."""
        parts, value, game, template = self.parts, self.parts.value, self.parts.game, self.parts.template
        wording, framing = self.parts.wording, self.parts.framing
        assert wording.join is not None
        assert wording.reading is not None
        unit, counterpart = wording.units[framing.unit], wording.counterparts[framing.counterpart]
        content = {"counterpart": counterpart.long, "unit": unit.name, "item_count": str(len(game.items))}
        words = wording.value_words(value) if value.is_induced else None
        if words is not None:
            content |= words.content
        return DialogueScript(
            id=self.id,
            cell=self.facts,
            core_values=self.core_values,
            target=TargetRecord.model_validate(value, from_attributes=True),
            game=GameRecord.of(game),
            template=TemplateRecord.model_validate(template, from_attributes=True),
            wording=WordingRecord.model_validate(wording, from_attributes=True).model_copy(
                update={"sha256": wording.words_sha256, "other_words": (*wording.other_words, *counterpart.words)}
            ),
            framing=FramingRecord(
                id=framing.id,
                unit=unit.name,
                counterpart=counterpart.long,
                labels=framing.labels,
                options=_option_words(parts),
            ),
            messages=tuple(
                Message(
                    **turn.model_dump(include={"kind", "role", "expects"}),
                    text=said_of(parts.system, wording, turn.say, batched=batched),
                    reask=None if turn.reask is None else said_of(parts.system, wording, turn.reask, batched=batched),
                )
                for turn in template.turns
            ),
            content=content,
            situations=situations_of(game, wording),
            reading=wording.reading,
            ordinals=wording.ordinals[: len(game.items)],
            join_labels=wording.join.labels,
            batched=batched,
        )


def _option_words(parts: Parts) -> OptionWords:
    wording = parts.wording
    assert wording.join is not None
    assert wording.option_line is not None
    unit = wording.units[parts.framing.unit]
    # Names in braces that are left belong to the payoffs.
    known = {
        "counterpart": wording.counterparts[parts.framing.counterpart].short,
        "unit": unit.name,
        **{name: f"{{{name}}}" for name in ("amount", "number", "first", "last")},
    }
    phrases, together = outcomes_of(parts.system, wording), together_of(parts.system, wording)
    return OptionWords.model_validate(
        {
            "language": wording.language,
            "line": wording.option_line,
            "join": wording.join.outcomes,
            "outcomes": tuple(render(phrases[stake.id], known) for stake in parts.system.stakes),
            "together": None if together is None else render(together, known),
            "amounts": unit.forms,
        }
    )


def build_cells(
    catalog: Catalog, scenario: Scenario, given: Mapping[str, Sequence[str] | None] | None = None
) -> list[Cell]:
    """Multiply out a scenario.

    Lists given by axis (see `AXES`) take the place of the scenario's own in every crossing; combinations that then make
    no sense (a value with a template that induces none) are left out, but for want of words none is. Cells are
    interleaved by target, so that any first part of them covers the targets evenly.

    Raises:
        UsageError: an unknown id, an id that no combination can use, or a wording that cannot say all.
    """
    wanted = {axis: ids for axis, ids in (given or {}).items() if ids is not None}
    for axis, ids in wanted.items():
        for id_ in ids:
            if axis not in ("option_orders", "item_orders"):
                catalog.pick(axis, id_)
            elif id_ not in get_args(Order):
                raise UsageError(f"There is no order {id_!r}. Choose one of: {', '.join(get_args(Order))}.")
    run_values = list(wanted.get("values", scenario.core_values))
    listed = [id_ for id_ in run_values if id_ in scenario.core_values] or run_values
    core = tuple(dict.fromkeys(id_ for id_ in listed if catalog.values[id_].motives))
    by_target: dict[str, dict[str, Cell]] = {}
    clashes: dict[tuple[str, ...], Problem | None] = {}
    unsaid: dict[str, dict[str, None]] = {}
    for cell in _combinations(catalog, scenario, wanted, core):
        parts = cell.parts
        if parts.ids not in clashes:
            clashes[parts.ids] = clash(parts)
            if clashes[parts.ids] is None and (lacking := missing_words(parts)):
                unsaid.setdefault(parts.wording.id, {}).update(dict.fromkeys(lacking))
            elif clashes[parts.ids] is None and (wrong := next(misplaced(parts.template, parts.wording), None)):
                raise UsageError(f"{wrong.problem[0].upper()}{wrong.problem[1:]}; {wrong.fix}.")
        if clashes[parts.ids] is None:
            by_target.setdefault(parts.value.id, {}).setdefault(cell.id, cell)
    for id_, lacking_words in unsaid.items():
        told = ", ".join([*lacking_words][:_TOLD])
        several = f" and {len(lacking_words) - _TOLD} more" if len(lacking_words) > _TOLD else ""
        raise UsageError(
            f"The wording {id_!r} ({catalog.wordings[id_].language}) has no words for {told}{several}. "
            f"Add them to it, or name only what it has words for; `hvae show {id_}` lists them."
        )
    rows = zip_longest(*(cells.values() for cells in by_target.values()))
    cells = [cell for row in rows for cell in row if cell is not None]
    for axis, ids in wanted.items():
        place = AXES.index(axis)
        used = {cell.ids[place] for cell in cells}
        if unused := [id_ for id_ in ids if id_ not in used]:
            of_it = (wrong for ids, wrong in clashes.items() if wrong and unused[0] in ids[place : place + 1])
            why = next((f": {wrong.problem}" for wrong in of_it), "")
            raise UsageError(
                f"Nothing in scenario {scenario.id!r} can be combined with {unused[0]!r} (given as {axis}){why}. "
                f"Name {', '.join(other for other in AXES if other != axis)} for it as well."
            )
    if not cells:
        raise UsageError(f"Scenario {scenario.id!r} has no cell left with these lists; name fewer of them.")
    return cells


def check_batched(cells: Sequence[Cell]) -> None:
    """Refuse cells whose items cannot be asked in one message.

    Raises:
        UsageError: a template lets the model reason before each answer, or a wording lacks a sentence; it is named.
    """
    for template, wording in {cell.ids[2:4]: (cell.parts.template, cell.parts.wording) for cell in cells}.values():
        if template.reasoning:
            raise UsageError(
                f"The template {template.id!r} lets the model reason before each answer, which items=batched cannot "
                "do: name other templates, or write items=sequential."
            )
        if lacking := unbatched(template, wording):
            raise UsageError(
                f"The wording {wording.id!r} has no {' and no '.join(map(repr, lacking))} (a sentence that shows "
                f"{{item_number}} and {{options}}), by which items=batched would ask what the template {template.id!r} "
                "asks: add it to the wording, or write items=sequential."
            )


_TOLD = 6
"""So many of the things that a wording has no words for are named."""


def _combinations(
    catalog: Catalog, scenario: Scenario, wanted: Mapping[str, Sequence[str]], core: tuple[str, ...]
) -> Iterator[Cell]:
    """Everything that the crossings combine, whether or not it makes sense."""
    outer = ("templates", "wordings", "framings", "option_orders", "item_orders", "games", "values")
    for crossing in scenario.crossings:
        axes = {**catalog.axes(crossing), **wanted}
        for template, wording, framing, option, item, game, value in product(*(axes[axis] for axis in outer)):
            parts = catalog.parts(value, game, template, wording, framing)
            own = tuple(id_ for id_ in core if catalog.values[id_].belongs_to(parts.system.id))
            yield Cell(parts, cast("Order", option), cast("Order", item), own)


def build_samples(cells: Sequence[Cell], catalog_sha256: str, *, batched: bool = False) -> list[Sample]:
    """Inspect samples of the cells; each holds its whole script in its metadata, and for readers opening and target."""
    from inspect_ai.dataset import Sample

    samples = []
    for cell in cells:
        script = cell.script(batched=batched)
        samples.append(
            Sample(
                id=cell.id,
                input=_opening(script),
                target=script.target.id,
                metadata={
                    **script.cell.model_dump(),
                    "catalog_sha256": catalog_sha256,
                    # Inspect looks at every node of the metadata several times a dialogue, and shortens every
                    # text on its first level as often: one text one level down costs least.
                    SCRIPT_KEY: {"json": script.model_dump_json(exclude_none=True)},
                },
            )
        )
    return samples


def _opening(script: DialogueScript) -> list[ChatMessage]:
    """What is said before the first reply."""
    from inspect_ai.model import ChatMessageSystem, ChatMessageUser

    from hvae_bench.dialogue.render import play_batch, play_item, play_opening, questions

    said = []
    for one in play_opening(script):
        said.append(one)
        if one.message.expects != "nothing":
            break
    # Without an opening the first question comes first; which one, a shuffled order leaves to the dialogue.
    asked = questions(script, script.stream)
    said = said or [next(play_batch(asked, "") if script.batched else play_item(asked[0], ""))]
    return [(ChatMessageSystem if one.message.role == "system" else ChatMessageUser)(content=one.text) for one in said]


@lru_cache(maxsize=4096)
def read_script(text: str) -> DialogueScript:
    """The script that was written down as JSON, by this version or an earlier one; read once for each cell."""
    return DialogueScript.model_validate_json(upgraded_json(text))


def script_of(metadata: Mapping[str, Any]) -> DialogueScript:
    """The script in a sample's metadata."""
    return read_script(metadata[SCRIPT_KEY]["json"])
