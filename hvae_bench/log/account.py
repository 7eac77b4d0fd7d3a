"""Account: a dialogue as its script and trace in a log tell it, and everything measured on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from hvae_bench.dialogue.sample import DialogueScript, script_of
from hvae_bench.dialogue.trace import STORE_KEY, Trace
from hvae_bench.log.measures import MeasuresRecord, measure
from hvae_bench.scorers import Decision
from hvae_bench.scorers.decision import DecisionReason

__all__ = ["MEASURES_KEY", "Account", "account_of"]

MEASURES_KEY = "measures"
"""Key of what was measured in the metadata of a dialogue's score."""


@dataclass(frozen=True, slots=True)
class Account:
    """What happened in a dialogue, and everything measured on it.

    Attributes:
        script: what was to be said, and the entries it came from.
        trace: what was said.
        decisions: what became of every item.
        measures: everything measured on them.
    """

    script: DialogueScript
    trace: Trace
    decisions: tuple[Decision, ...]
    measures: MeasuresRecord


def account_of(
    metadata: Mapping[str, Any],
    store: Mapping[str, Any],
    lost: DecisionReason,
    score: Mapping[str, Any] | None = None,
) -> Account:
    """The account of a sample.

    Args:
        metadata: the sample's metadata.
        store: the sample's store.
        lost: why items that were never answered were not; it changes no measure.
        score: the metadata of the sample's score, if it has one: what was measured for it is not measured again.
    """
    script = script_of(metadata)
    trace = Trace.of(store.get(STORE_KEY), script)
    decisions = trace.decisions(lost)
    measures = _measured(score or {}) or measure(
        script.target.motives,
        script.game,
        decisions,
        goal=trace.goal_text,
        other_words=script.wording.other_words,
        counts_words=script.wording.counts_words,
    )
    return Account(script, trace, decisions, measures)


def _measured(score: Mapping[str, Any]) -> MeasuresRecord | None:
    """What was measured for a score; None if it was by a version that kept or measured something else."""
    kept = score.get(MEASURES_KEY)
    try:
        return None if kept is None else MeasuresRecord.model_validate_json(kept["json"])
    except (LookupError, TypeError, ValidationError):
        return None
