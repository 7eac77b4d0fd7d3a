"""Account: a dialogue as its script and trace in a log tell it, read and measured once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from hvae_bench.measures import MeasuresRecord, measure
from hvae_bench.sample import SCRIPT_KEY, DialogueScript, read_script
from hvae_bench.scorers import Decision
from hvae_bench.scorers.decision import DecisionReason
from hvae_bench.trace import STORE_KEY, Trace

__all__ = ["Account", "account_of", "keep_account"]


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
    metadata: Mapping[str, Any], store: Mapping[str, Any], lost: DecisionReason, *, uuid: str | None = None
) -> Account:
    """The account of a sample.

    Args:
        metadata: the sample's metadata.
        store: the sample's store.
        lost: why items that were never answered were not.
        uuid: the sample's id, if `keep_account` may hold its account; it holds it no longer afterwards.
    """
    texts = _texts(metadata, store)
    kept = _kept.pop(uuid, None) if uuid else None
    if kept is not None and kept.texts == texts and kept.lost in (None, lost):
        return kept.account
    return _account(texts, lost)


def keep_account(uuid: str, metadata: Mapping[str, Any], store: Mapping[str, Any], lost: DecisionReason) -> Account:
    """The account of a sample, for which `account_of` will be asked once more: when its record is written."""
    texts = _texts(metadata, store)
    account = _account(texts, lost)
    whole = all(item.decision for item in account.trace.items)
    _kept[uuid] = _Kept(texts, None if whole else lost, account)
    if len(_kept) > _MOST_KEPT:
        del _kept[next(iter(_kept))]
    return account


class _Kept(NamedTuple):
    """An account, the script and trace that it was made of, and why items were lost if some were."""

    texts: tuple[str, str | None]
    lost: DecisionReason | None
    account: Account


_kept: dict[str, _Kept] = {}

# Between the score of a dialogue and its record lie others that run at the same time: up to 200 by default. What is
# never asked for again, because dialogues are scored without a run, goes when there are more than this.
_MOST_KEPT = 4096


def _texts(metadata: Mapping[str, Any], store: Mapping[str, Any]) -> tuple[str, str | None]:
    return metadata[SCRIPT_KEY]["json"], store.get(STORE_KEY)


def _account(texts: tuple[str, str | None], lost: DecisionReason) -> Account:
    script = read_script(texts[0])
    trace = Trace.of(texts[1], script)
    decisions = trace.decisions(lost)
    measures = measure(
        script.target.motives,
        script.game,
        decisions,
        goal=trace.goal_text,
        other_words=script.wording.other_words,
        counts_words=script.wording.counts_words,
    )
    return Account(script, trace, decisions, measures)
