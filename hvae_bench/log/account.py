"""Account: a dialogue as its script and trace in a log tell it, and everything measured on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from hvae_bench.dialogue.described import STORE_KEY, Trace
from hvae_bench.dialogue.sample import DialogueScript, script_of
from hvae_bench.log.measures import MeasuresRecord, measure
from hvae_bench.scorers import Decision
from hvae_bench.scorers.decision import DecisionReason

MEASURES_KEY = "measures"
"""Key of what was measured in the metadata of a dialogue's score."""


@dataclass(frozen=True, slots=True)
class Account:
    """What was to be said in a dialogue, what was said, what became of every item, and everything measured on that."""

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
    """The account of a sample by its metadata and its store.

    `lost` is why items were never answered, if some were not; it changes no measure. What the metadata of the sample's
    `score` hold of measures is not measured again, unless a version that kept or measured something else wrote them.
    """
    script = script_of(metadata)
    trace = Trace.of(store.get(STORE_KEY), script.game)
    decisions = trace.decisions(lost)
    try:
        measures = MeasuresRecord.model_validate_json((score or {})[MEASURES_KEY]["json"])
    except (LookupError, TypeError, ValidationError):
        measures = measure(script.target.motives, script.game, decisions, trace.goal_text, script.wording)
    return Account(script, trace, decisions, measures)
