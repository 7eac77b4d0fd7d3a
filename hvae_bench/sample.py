"""Sample: one cell of a scenario, as Inspect runs it, with the whole script of its dialogues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import Field

from hvae_bench.catalog import Catalog, misfit
from hvae_bench.entry import EntryId, Part, Text
from hvae_bench.errors import UsageError
from hvae_bench.framing import Framing
from hvae_bench.game import Game
from hvae_bench.record import CellRecord, FramingRecord, GameRecord, TargetRecord, TemplateRecord
from hvae_bench.scenario import Crossing, Scenario
from hvae_bench.template import Template, Turn
from hvae_bench.upgrade import upgraded_json
from hvae_bench.value import ValueTarget

if TYPE_CHECKING:
    from inspect_ai.dataset import Sample

__all__ = ["SCRIPT_KEY", "Cell", "DialogueScript", "build_cells", "build_samples", "read_script", "script_of"]

SCRIPT_KEY = "script"
"""Key of the script in a sample's metadata."""

AXES = ("values", "games", "templates", "framings")


class DialogueScript(Part):
    """All that the solver needs to replay a dialogue of one cell, and the scorer to score it."""

    cell: CellRecord = Field(description="Ids of the cell.")
    core_values: tuple[EntryId, ...] = Field(description="Targets of this run that make its headline.")
    target: TargetRecord = Field(description="The target to score.")
    game: GameRecord = Field(description="The game to play.")
    value_label: Text = Field(description="The target's label as it is induced, in the template's language.")
    value_definition: Text = Field(description="The target's definition in the template's language.")
    value_goal: Text | None = Field(default=None, description="The target's goal in that language.")
    value_rule: Text | None = Field(default=None, description="The target's rule in that language.")
    template: TemplateRecord = Field(description="What is declared of the template.")
    turns: tuple[Turn, ...] = Field(description="The template's turns.")
    framing: FramingRecord = Field(description="The framing to show it in.")

    @property
    def calls(self) -> int:
        """Model calls of one dialogue, if no item has to be asked twice."""
        replies = sum(turn.expects != "nothing" for turn in self.turns[:-1])
        return replies + len(self.game.items)


@dataclass(frozen=True, slots=True)
class Cell:
    """One target x game x template x framing."""

    value: ValueTarget
    game: Game
    template: Template
    framing: Framing
    core_values: tuple[str, ...]

    @property
    def core(self) -> bool:
        """Whether the target belongs to the headline."""
        return self.value.id in self.core_values

    @property
    def id(self) -> str:
        """Id of the sample: the four ids joined by dots."""
        return ".".join((self.value.id, self.game.id, self.template.id, self.framing.id))

    def script(self) -> DialogueScript:
        """The script of the cell's dialogues."""
        # What has no words in the template's language fits only templates that say nothing about the value.
        words = self.value.words(self.template.language) or self.value
        return DialogueScript(
            cell=CellRecord(
                value=self.value.id,
                game=self.game.id,
                template=self.template.id,
                framing=self.framing.id,
            ),
            core_values=self.core_values,
            target=TargetRecord.of(self.value),
            game=GameRecord.of(self.game),
            value_label=words.induced_label,
            value_definition=words.definition,
            value_goal=words.goal,
            value_rule=words.rule,
            template=TemplateRecord.of(self.template),
            turns=self.template.turns,
            framing=FramingRecord.of(self.framing),
        )


def build_cells(
    catalog: Catalog,
    scenario: Scenario,
    *,
    values: Sequence[str] | None = None,
    games: Sequence[str] | None = None,
    templates: Sequence[str] | None = None,
    framings: Sequence[str] | None = None,
) -> list[Cell]:
    """Multiply out a scenario.

    Given lists take the place of the scenario's own in every crossing; combinations that then make no
    sense (a value with a template that induces none, say) are left out. Cells are interleaved by target,
    so that any first part of them covers the targets evenly.

    Raises:
        UsageError: an unknown id, or an id that no combination can use.
    """
    wanted = dict(zip(AXES, (values, games, templates, framings), strict=True))
    for kind, ids in wanted.items():
        for id_ in ids or ():
            catalog.pick(kind, id_)
    run_values = list(values) if values is not None else list(scenario.core_values)
    listed = [id_ for id_ in run_values if id_ in scenario.core_values] or run_values
    core = tuple(dict.fromkeys(id_ for id_ in listed if catalog.values[id_].motives))
    by_target: dict[str, dict[str, Cell]] = {}
    for crossing in scenario.crossings:
        for cell in _cross(catalog, crossing, wanted, core):
            by_target.setdefault(cell.value.id, {}).setdefault(cell.id, cell)
    cells = list(_interleave([list(cells.values()) for cells in by_target.values()]))
    for kind, ids in wanted.items():
        used = {_axis_ids(cell)[kind] for cell in cells}
        unused = [id_ for id_ in ids or () if id_ not in used]
        if unused:
            raise UsageError(
                f"Nothing in scenario {scenario.id!r} can be combined with {unused[0]!r} (given as {kind}): its "
                f"induction, language or number of options fits no other entry of the run. Name the other "
                f"{', '.join(axis for axis in AXES if axis != kind)} as well."
            )
    if not cells:
        raise UsageError(f"Scenario {scenario.id!r} has no cell left with these lists; name fewer of them.")
    return cells


def _axis_ids(cell: Cell) -> dict[str, str]:
    return {
        "values": cell.value.id,
        "games": cell.game.id,
        "templates": cell.template.id,
        "framings": cell.framing.id,
    }


def _cross(
    catalog: Catalog, crossing: Crossing, wanted: dict[str, Sequence[str] | None], core: tuple[str, ...]
) -> Iterable[Cell]:
    axes = {kind: getattr(crossing, kind) if (given := wanted[kind]) is None else given for kind in AXES}
    for template in axes["templates"]:
        for framing in axes["framings"]:
            for game in axes["games"]:
                for value in axes["values"]:
                    cell = Cell(
                        value=catalog.values[value],
                        game=catalog.games[game],
                        template=catalog.templates[template],
                        framing=catalog.framings[framing],
                        core_values=core,
                    )
                    if misfit(cell.value, cell.game, cell.template, cell.framing) is None:
                        yield cell


def _interleave(rows: Sequence[Sequence[Cell]]) -> Iterable[Cell]:
    for place in range(max((len(row) for row in rows), default=0)):
        for row in rows:
            if place < len(row):
                yield row[place]


def build_samples(cells: Sequence[Cell], catalog_sha256: str) -> list[Sample]:
    """Inspect samples of the cells; each holds its whole script in its metadata."""
    from inspect_ai.dataset import Sample

    samples = []
    for cell in cells:
        script = cell.script()
        samples.append(
            Sample(
                id=cell.id,
                input=script.turns[0].text,
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


@lru_cache(maxsize=4096)
def read_script(text: str) -> DialogueScript:
    """The script that was written down as JSON, by this version or an earlier one; read once for each cell."""
    return DialogueScript.model_validate_json(upgraded_json(text))


def script_of(metadata: Mapping[str, Any]) -> DialogueScript:
    """The script in a sample's metadata."""
    return read_script(metadata[SCRIPT_KEY]["json"])
