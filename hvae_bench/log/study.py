"""Study: from records of dialogues to what the estimates need to know of them."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from hvae_bench.dialogue.described import CellRecord
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.log.measures import MeasuresRecord
from hvae_bench.log.record import RationalityRecord
from hvae_bench.scorers import CellId, Decision, Design, Dialogue, Outcome, Structure, Target, Voice
from hvae_bench.scorers.payoff_table import SELF_AND_OTHER
from hvae_bench.text.errors import LogError

Described = TypeVar("Described", DialogueScript, RationalityRecord)


def by_system(cells: Iterable[Described]) -> dict[str, list[Described]]:
    """Scripts or records by the value system of their game: what is estimated is of one system."""
    found: dict[str, list[Described]] = {}
    for one in cells:
        found.setdefault(one.game.system, []).append(one)
    return found


def design_of(cells: Iterable[DialogueScript | RationalityRecord], core_values: Iterable[str]) -> Design:
    """The design of a run of one system by a description or more of every cell, and what makes its headline."""
    cells = list(cells)
    return Design(
        targets={one.target.id: Target(one.target.motives, one.target.pronouncedness) for one in cells},
        games={one.game.id: one.game.payoff_table() for one in cells},
        core_values=tuple(core_values),
        templates={
            one.template.id: Structure(**{name.name: getattr(one.template, name.name) for name in fields(Structure)})
            for one in cells
        },
        wordings={one.wording.id: Voice(one.wording.language, one.wording.paraphrase) for one in cells},
        geometries={one.game.id: geometry for one in cells if (geometry := one.game.angled) is not None},
        derived_from={one.game.id: one.game.derived_from for one in cells if one.game.derived_from is not None},
    )


def cell_id(cell: CellRecord, name: str = "") -> CellId:
    """The identity of a cell as the estimates use it, with its id as people read it."""
    return CellId(**cell.model_dump(), name=name)


def dialogue_of(record: RationalityRecord) -> Dialogue:
    """What the estimates need to know of a dialogue, from its record."""
    facts = facts_of(record.decisions, record.measures, record.goal_text)
    return dialogue_with(facts, record, record.dialogue.sample_id)


def facts_of(decisions: Iterable[Decision], measures: MeasuresRecord, goal: str | None) -> dict[str, Any]:
    """What the estimates need to know of a dialogue beside its script, as plain JSON."""
    facts = {
        "chosen": {one.item_id: one.option_id for one in decisions},
        "positions": {one.item_id: one.position for one in decisions},
        "outcome": {one.name: getattr(measures, f"n_{one.name}") for one in fields(Outcome)},
        "goal": goal,
    }
    probabilities = {one.item_id: one.probabilities for one in decisions if one.probabilities is not None}
    return facts | {"probabilities": probabilities} if probabilities else facts


def dialogue_with(facts: Mapping[str, Any], of: DialogueScript | RationalityRecord, cell: str) -> Dialogue:
    """The dialogue that these are the facts of, in a cell of this id that a script or a record describes."""
    return Dialogue(
        **{**facts, "outcome": Outcome(**facts["outcome"])},
        cell=cell_id(of.cell, cell),
        # Elsewhere nobody else is there to be named.
        other_words=of.wording.other_words if SELF_AND_OTHER[1] in of.game.stakes else (),
        counts_words=of.wording.counts_words,
    )


def one_catalog(fingerprints: Iterable[str]) -> None:
    """Raise a LogError unless dialogues that are averaged come from one catalogue."""
    if len(set(fingerprints)) > 1:
        raise LogError(
            "The dialogues of this run come from different catalogues, so they cannot be averaged. Run it "
            "again in an empty log folder, or restore the catalogue with which it began."
        )
