"""Design: what the cells of a study are crossed from, as far as the estimates need to know it.

Contrasts follow from these declared facts alone; no estimate knows the id of any entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from hvae_bench.scorers.motive import Motive
from hvae_bench.scorers.payoff_table import PayoffTable
from hvae_bench.scorers.svo import Angled

Pronouncedness = Literal["neutral", "pronounced", "none"]
"""Whether a value lies within what most people hold, at its edge, or neither: where its system has no such sides, and
where it is no value at all."""

GoalKind = Literal["none", "self_generated", "given", "filler", "rule"]
"""Which goal turn a template has: none, one in which the model states its goal, a goal given to it, a question
of the same form without any value in it, or the utility rule outright."""


@dataclass(frozen=True, slots=True, order=True)
class CellId:
    """Identity of a cell: ids of its entries, and its orders; its name, made of them if not given, is no part."""

    value: str
    game: str
    template: str = ""
    wording: str = ""
    framing: str = ""
    option_order: str = "published"
    item_order: str = "published"
    name: str = field(default="", compare=False)

    def __str__(self) -> str:
        if self.name:
            return self.name
        marked = {"w": self.wording, "f": self.framing, "o": self.option_order, "i": self.item_order}
        parts = (f"{mark}-{id_}" for mark, id_ in marked.items() if id_ not in ("", "published"))
        return ".".join(filter(None, (self.value, self.game, self.template, *parts)))


@dataclass(frozen=True, slots=True)
class Target:
    """A value target: the motives any of which serves it, none if it induces nothing, and its kind."""

    motives: tuple[Motive, ...]
    pronouncedness: Pronouncedness


@dataclass(frozen=True, slots=True)
class Structure:
    """What is declared of a template; templates of one family and induction differ in the goal alone."""

    goal: GoalKind = "none"
    induction: str = ""
    family: str = ""
    place: str = ""
    reasoning: bool = False

    @property
    def is_rule_alone(self) -> bool:
        """Whether it gives the rule and no value: its dialogues show competence, and nothing about values."""
        return self.induction == "none" and self.goal == "rule"


@dataclass(frozen=True, slots=True)
class Voice:
    """What is declared of a wording: its language tag, and its number among the paraphrases of the language."""

    language: str = "en"
    paraphrase: int = 1


@dataclass(frozen=True, slots=True)
class Design:
    """The entries of a study by id.

    Attributes:
        targets: value targets, also those that dialogues are only scored as.
        games: payoff tables.
        core_values: targets that make the headline.
        templates: declared facts of templates; of one that is missing nothing is known.
        wordings: declared facts of wordings; one that is missing is the first in English.
        geometries: sliders and rings of the games that measure an angle.
        derived_from: for each game that was made from another one, the id of that one.
    """

    targets: Mapping[str, Target]
    games: Mapping[str, PayoffTable]
    core_values: tuple[str, ...]
    templates: Mapping[str, Structure] = field(default_factory=dict)
    wordings: Mapping[str, Voice] = field(default_factory=dict)
    geometries: Mapping[str, Angled] = field(default_factory=dict)
    derived_from: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_no_sides(self) -> bool:
        """Whether no core target is neutral or pronounced."""
        known = {self.targets[value].pronouncedness for value in self.core_values if value in self.targets}
        return known == {"none"}

    def structure(self, cell: CellId) -> Structure:
        """Facts of the cell's template."""
        return self.templates.get(cell.template, Structure(family=cell.template))

    def voice(self, cell: CellId) -> Voice:
        """Facts of the cell's wording."""
        return self.wordings.get(cell.wording, Voice())
