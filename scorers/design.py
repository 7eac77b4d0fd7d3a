"""Design: what the cells of a study are crossed from, as far as the estimates need to know it.

Contrasts follow from these declared facts alone; no estimate knows the id of any entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from hvae_bench.scorers.motive import Motive
from hvae_bench.scorers.payoff_table import PayoffTable
from hvae_bench.scorers.svo import SliderGeometry

__all__ = ["CellId", "Design", "GoalKind", "Presentation", "Pronouncedness", "Target", "Wording"]

Pronouncedness = Literal["neutral", "pronounced", "none"]
"""Whether a value lies within what most people hold, at its edge, or is no value at all."""

GoalKind = Literal["none", "self_generated", "given", "filler", "rule"]
"""Which goal turn a template has: none, one in which the model states its goal, a goal given to it, a question
of the same form without any value in it, or the utility rule outright."""


@dataclass(frozen=True, slots=True, order=True)
class CellId:
    """Identity of a cell: ids of its target, game, template and framing."""

    value: str
    game: str
    template: str = ""
    framing: str = ""

    def __str__(self) -> str:
        return ".".join((self.value, self.game, self.template, self.framing)).rstrip(".")


@dataclass(frozen=True, slots=True)
class Target:
    """A value target.

    Attributes:
        motives: the utilities any of which serves it; none for the target that induces nothing.
        pronouncedness: its kind.
    """

    motives: tuple[Motive, ...]
    pronouncedness: Pronouncedness


@dataclass(frozen=True, slots=True)
class Wording:
    """What is declared of a template.

    Attributes:
        goal: its goal turn.
        induction: how it gives the value.
        family: its family; templates of one family, induction and paraphrase differ in the goal alone.
        paraphrase: number of the wording.
    """

    goal: GoalKind = "none"
    induction: str = ""
    family: str = ""
    paraphrase: int = 1


@dataclass(frozen=True, slots=True)
class Presentation:
    """What is declared of a framing.

    Attributes:
        option_order: `published`, `reversed` or `shuffled`.
        rest: everything else about it as one text; framings that differ in the option order alone have the same.
        language: language tag of its wording.
        translation_of: id of the framing that it translates; None for an original.
    """

    option_order: str = "published"
    rest: str = ""
    language: str = ""
    translation_of: str | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """The entries of a study by id.

    Attributes:
        targets: value targets, also those that dialogues are only scored as.
        games: payoff tables.
        core_values: targets that make the headline.
        templates: declared facts of templates; of one that is missing nothing is known.
        framings: declared facts of framings; one that is missing shows the options in their published order.
        geometries: centre and items of the games that measure an angle.
        derived_from: for each game that was made from another one, the id of that one.
    """

    targets: Mapping[str, Target]
    games: Mapping[str, PayoffTable]
    core_values: tuple[str, ...]
    templates: Mapping[str, Wording] = field(default_factory=dict)
    framings: Mapping[str, Presentation] = field(default_factory=dict)
    geometries: Mapping[str, SliderGeometry] = field(default_factory=dict)
    derived_from: Mapping[str, str] = field(default_factory=dict)

    def wording(self, cell: CellId) -> Wording:
        """Facts of the cell's template."""
        return self.templates.get(cell.template, Wording(family=cell.template))

    def presentation(self, cell: CellId) -> Presentation:
        """Facts of the cell's framing."""
        return self.framings.get(cell.framing, Presentation(rest=cell.framing))
