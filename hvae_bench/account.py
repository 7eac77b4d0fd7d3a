"""Account: a dialogue as its script and trace in a log tell it, read and measured once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hvae_bench.measures import MeasuresRecord, measure
from hvae_bench.sample import SCRIPT_KEY, DialogueScript, read_script
from hvae_bench.scorers import Decision
from hvae_bench.scorers.decision import DecisionReason
from hvae_bench.trace import STORE_KEY, Trace

__all__ = ["Account", "account_of"]


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


def account_of(metadata: Mapping[str, Any], store: Mapping[str, Any], lost: DecisionReason) -> Account:
    """The account of a sample.

    Args:
        metadata: the sample's metadata.
        store: the sample's store.
        lost: why items that were never answered were not.
    """
    script_json, trace_json = metadata[SCRIPT_KEY]["json"], store.get(STORE_KEY)
    trace = _trace(script_json, trace_json)
    answered = all(item.decision for item in trace.items)
    return _account(script_json, trace_json, None if answered else lost)


# A dialogue is scored, and its record written a moment later; what lies longer only burdens the garbage collector.
_DIALOGUES_AT_ONCE = 128


@lru_cache(maxsize=_DIALOGUES_AT_ONCE)
def _trace(script_json: str, trace_json: str | None) -> Trace:
    return Trace.of(trace_json, read_script(script_json))


@lru_cache(maxsize=_DIALOGUES_AT_ONCE)
def _account(script_json: str, trace_json: str | None, lost: DecisionReason | None) -> Account:
    script, trace = read_script(script_json), _trace(script_json, trace_json)
    decisions = trace.decisions(lost)
    measures = measure(
        script.target.motives,
        script.game,
        decisions,
        goal=trace.goal_text,
        other_words=script.framing.other_words,
    )
    return Account(script, trace, decisions, measures)
