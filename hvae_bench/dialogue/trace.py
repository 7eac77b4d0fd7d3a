"""Trace: what happened in a dialogue so far, as it is kept in the sample's store."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from hvae_bench.catalogue.entry import Part
from hvae_bench.dialogue.described import FileRecord, TurnRecord
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.scorers import Decision
from hvae_bench.scorers.decision import DecisionReason

__all__ = ["STORE_KEY", "ItemTrace", "Trace", "keep"]

STORE_KEY = "hvae_trace"
"""Key of the trace in a sample's store."""


class ItemTrace(Part):
    """What happened on one item."""

    item_id: str = Field(description="Id of the item.")
    turns: tuple[TurnRecord, ...] = Field(description="The question, and the second one if there was one.")
    decision: Decision | None = Field(description="Null while the item has not been answered.")


class Trace(Part):
    """What happened in a dialogue so far; kept in the store, so that nothing is lost when it breaks off."""

    opening: tuple[TurnRecord, ...] = Field(description="Turns before the first item.")
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
    adapter: FileRecord | None = Field(
        default=None, exclude_if=operator.not_, description="The adapter that the provider laid over its weights."
    )

    @classmethod
    def blank(cls, script: DialogueScript) -> Trace:
        """The trace of a dialogue that never began."""
        items = tuple(ItemTrace(item_id=item.id, turns=(), decision=None) for item in script.game.items)
        return cls(opening=(), items=items, goal_text=None)

    @classmethod
    def of(cls, kept: str | None, script: DialogueScript) -> Trace:
        """The trace that was kept in a sample's store, if any was."""
        if kept is None:
            return cls.blank(script)
        return cls.model_validate_json(kept)

    def turns(self) -> tuple[TurnRecord, ...]:
        """All turns in order."""
        return (*self.opening, *(turn for item in self.items for turn in item.turns))

    def decisions(self, lost: DecisionReason) -> tuple[Decision, ...]:
        """A decision for every item; those that were never answered are `not_reached` for this reason."""
        return tuple(item.decision or _not_reached(item, lost) for item in self.items)


def _not_reached(item: ItemTrace, lost: DecisionReason) -> Decision:
    return Decision(
        item_id=item.item_id,
        shown=(),
        reply=None,
        option_id=None,
        status="not_reached",
        reason=lost,
        reasked=len(item.turns) > 1,
    )


def keep(trace: Mapping[str, Any]) -> str:
    """The value of a trace in the store.

    It is one text: Inspect looks at every node of what is in the store several times a dialogue.
    """
    return Trace.model_validate(trace, strict=False).model_dump_json()
