"""The decision a reply holds: the order in which evidence is heard, and what is left when there is none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from hvae_bench.reading import wording
from hvae_bench.reading.grammar import grammar_for
from hvae_bench.reading.label import SEVERAL, UNKNOWN, mentioned_label
from hvae_bench.reading.line import bare_labels, opening_labels
from hvae_bench.reading.offer import Offer
from hvae_bench.reading.passage import Passage
from hvae_bench.reading.payoffs import options_paying, stated_pairs
from hvae_bench.reading.reply import clean_reply, join_headings
from hvae_bench.reading.statement import is_chosen_elsewhere, stated_labels, statements
from hvae_bench.scorers.decision import ReplyReason, ReplyStatus

__all__ = ["Reading", "read_reply"]

_CORRECTION = re.compile(rf"(?:^|[,.;!?…—–-]\s*|\n)\s*{wording.CORRECTION}\W*", re.IGNORECASE)
_REFUSAL = re.compile(wording.REFUSAL, re.IGNORECASE)
_DECLINE = re.compile(wording.DECLINE, re.IGNORECASE | re.MULTILINE)
_PRINTED_PAIR = re.compile(r"(?<![\w.])(\d{1,6}(?:\.\d{1,6})?)\s?[,/]\s?(\d{1,6}(?:\.\d{1,6})?)(?!\w)")
_MENTIONED_NUMBER = re.compile(
    r"(?i:\b(?:options?|choices?)\s*#?|\b(?:or|and)\s)([0-9]{1,2})\b|\b([0-9]{1,2})\b(?=\s(?:or|and)\b|\)|:)"
)
_MENTIONED_OPTION = re.compile(r"\b(?i:option|choice)\s?[\"'(\[]{0,2}([A-HJ-Z][0-9]?|[0-9]{1,2})\b")

_SHORT = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply was read as.

    Attributes:
        status: Whether an option was chosen, the choice refused, or neither could be read.
        reason: The evidence for the status.
        label: The offered label, exactly as offered, if and only if the status is ``"chosen"``.
    """

    status: ReplyStatus
    reason: ReplyReason
    label: str | None


def read_reply(
    reply: str, offers: Sequence[Offer], *, stop_reason: str = "stop", reasons_first: bool = False
) -> Reading:
    """Read one reply into a decision; anything doubtful is not a choice.

    Args:
        reply: The model's reply; untrusted, of any length.
        offers: The options as shown, in any order.
        stop_reason: Inspect's stop reason for the reply.
        reasons_first: Whether the model was let reason and asked to answer on the last line. A label alone on that
            line then decides, whatever was weighed above it.

    Returns:
        The reading. The function raises for no string.
    """
    if len(reply) <= _SHORT:
        return _read_short(reply, tuple(offers), stop_reason, reasons_first)
    return _read_any(reply, offers, stop_reason, reasons_first)


# Most replies are a label and nothing else, said again and again.
@lru_cache(maxsize=4096)
def _read_short(reply: str, offers: tuple[Offer, ...], stop_reason: str, reasons_first: bool) -> Reading:
    return _read_any(reply, offers, stop_reason, reasons_first)


def _read_any(reply: str, offers: Sequence[Offer], stop_reason: str, reasons_first: bool) -> Reading:
    is_cut = stop_reason in ("max_tokens", "model_length")
    cleaned = clean_reply(reply)
    text = join_headings(cleaned)
    if is_cut:
        # The last word may be the article or the pronoun that opens a sentence never finished.
        text = re.sub(r": [AI]$", ":", text)
    grammar = grammar_for(frozenset(offer.label for offer in offers))
    passage = Passage(text, offers, grammar, is_cut)
    by_last_line = _read_last_line(replace(passage, text=cleaned)) if reasons_first else None
    reading = by_last_line or _read(passage)
    if stop_reason == "content_filter" and reading.status != "chosen":
        return Reading("refused", "content_filter", None)
    return reading


def _read(passage: Passage) -> Reading:
    if not any(character.isalnum() for character in passage.text):
        return Reading("invalid", "truncated" if passage.is_cut else "empty", None)
    return _decide(passage) or _explain(passage)


def _read_last_line(passage: Passage) -> Reading | None:
    """Read a last line that is nothing but a label on offer; None if it is anything else, or may be cut off."""
    if passage.is_cut:
        return None
    last = replace(passage, text=passage.lines[-1])
    found = bare_labels(last) - {UNKNOWN}
    return _settle(found, "label") if found else None


def _decide(passage: Passage) -> Reading | None:
    """Read the part after the last self-correction that decides, else the whole."""
    for correction in reversed(list(_CORRECTION.finditer(passage.text))[-8:]):
        if not correction.start():
            continue
        later = replace(passage, text=passage.text[correction.end() :])
        reading = _decide_uncorrected(later)
        if reading is not None:
            return reading
        named = passage.grammar.mentioned_in(later.text)
        if passage.is_cut or named:
            earlier = _decide_uncorrected(replace(passage, text=passage.text[: correction.start()], is_cut=False))
            if earlier is None or (not passage.is_cut and named == {earlier.label}):
                break
            return None if passage.is_cut else Reading("invalid", "several_options", None)
    return _decide_uncorrected(passage)


def _decide_uncorrected(passage: Passage) -> Reading | None:
    """Read the strongest kind of evidence that is present; None when there is none."""
    stated = list(statements(passage))
    final = {label for label, is_final in stated if is_final}
    plain = {label for label, _ in stated} | bare_labels(passage)
    leaning = stated_labels(passage.grammar.leanings, passage)
    if found := final or plain or leaning or opening_labels(passage):
        return _settle(found, "label")
    if pairs := stated_pairs(passage):
        return _settle(pairs, "payoffs")
    if _is_declining(passage):
        return Reading("refused", "declined", None)
    if not passage.is_cut and (praised := stated_labels(passage.grammar.praises, passage)):
        return _settle(praised, "label")
    return None


def _settle(found: set[str], reason: ReplyReason) -> Reading:
    """Turn the labels one kind of evidence points at into a reading."""
    if len(found) > 1 or SEVERAL in found:
        return Reading("invalid", "several_options", None)
    label = next(iter(found))
    if label == UNKNOWN:
        return Reading("invalid", "unknown_label", None)
    return Reading("chosen", reason, label)


def _is_declining(passage: Passage) -> bool:
    """Tell whether the model says it will not choose; "I would not choose C" only sets one option aside."""
    rejected = re.compile(
        rf"\s?(?i:{wording.OPTION_WORD}\s)?[\"'(]?(?:\d|{mentioned_label(passage.grammar.spellings)})"
    )
    text = passage.text
    return _DECLINE.search(text) is not None or any(
        rejected.match(text, refusal.end()) is None for refusal in _REFUSAL.finditer(text)
    )


def _explain(passage: Passage) -> Reading:
    """Say why a passage without a decision holds none."""
    if passage.is_cut:
        return Reading("invalid", "truncated", None)
    if is_chosen_elsewhere(passage):
        return Reading("invalid", "hypothetical", None)
    text, offers, spellings = passage.text, passage.offers, passage.grammar.spellings
    numbers = {match[1] or match[2] for match in _MENTIONED_NUMBER.finditer(text)}
    mentioned = passage.grammar.mentioned_in(text) | {spellings[number] for number in numbers & spellings.keys()}
    pairs = {(float(match[1]), float(match[2])) for match in _PRINTED_PAIR.finditer(text)}
    named_by_pair = {label for pair in pairs for label in options_paying(pair, offers)}
    if len(mentioned) > 1 or len(named_by_pair) > 1:
        return Reading("invalid", "several_options", None)
    if not mentioned and any(match[1] not in spellings for match in _MENTIONED_OPTION.finditer(text)):
        return Reading("invalid", "unknown_label", None)
    return Reading("invalid", "no_option", None)
