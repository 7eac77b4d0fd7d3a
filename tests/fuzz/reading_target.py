"""The answer reader: what it says about any reply must hold together, and it never guesses.

The first byte of an input selects the item, the second the stop reason; the rest is the reply.
"""

from __future__ import annotations

import unicodedata
from zlib import crc32

from hvae_bench.dialogue.listing import read_listing
from hvae_bench.dialogue.reading import Reading, read_reply
from hvae_bench.dialogue.render import Shown
from tests.judged_replies import LINES, judged, reading_words, shown_as

__all__ = ["check", "seeds"]

WORDS = reading_words("en")
ITEMS: tuple[tuple[Shown, ...], ...] = tuple(
    tuple(shown_as(LINES["en"], labels, [(85, 85 - 9 * place) for place, _ in enumerate(labels)]))
    for labels in ("ABCDEFGHI", "123456789", "AB", ("A1", "A2", "B1", "B2"), "甲乙丙", "あいう", "abc", "XYZ")
)
STOP_REASONS = ("stop", "max_tokens", "model_length", "content_filter")
REFUSED = {"declined", "content_filter"}
INVALID = {"empty", "truncated", "several_options", "not_in_form"}


def seeds() -> list[bytes]:
    """The replies of the table that the tests of the reader read."""
    return [
        bytes([int(row["item"] == "digits"), int("stop_reason" in row) + 4 * int("reasons_first" in row)])
        + row["text"].encode("utf-8", "surrogatepass")
        for row in judged()
    ]


def check(data: bytes) -> None:
    """Read a reply in several ways that must agree."""
    item, stop_reason, reasoning, reply = _decoded(data)
    reading = read_reply(reply, item, WORDS, stop_reason=stop_reason, reasoning=reasoning)
    _holds_together(reading, item, reply, stop_reason)
    again = read_reply(reply, tuple(reversed(item)), WORDS, stop_reason=stop_reason, reasoning=reasoning)
    assert again == reading, "the order of the options changes the reading"
    spaced = read_reply(f" \n{reply}\n ", item, WORDS, stop_reason=stop_reason, reasoning=reasoning)
    assert spaced == reading, "white space around the reply changes the reading"
    for one in read_listing(reply, {1: item, 2: item}, WORDS, count=2, stop_reason=stop_reason).values():
        _holds_together(one, item, reply, stop_reason)
    if not _opens_reasoning(reply):
        thought = read_reply(
            f"<think>I choose B or C.</think>{reply}", item, WORDS, stop_reason=stop_reason, reasoning=reasoning
        )
        assert _decision(thought) == _decision(reading), "a reasoning block before the reply changes the reading"
        for offer in item:
            _ends_clearly(reply, item, offer)
    if crc32(data) % 64 == 0 and reply:
        # Whoever fuzzes by hand is told if this takes seconds.
        read_reply((reply * (1_000_000 // len(reply) + 1))[:1_000_000], item, WORDS, stop_reason=stop_reason)


def _decoded(data: bytes) -> tuple[tuple[Shown, ...], str, bool, str]:
    first, second = (*data[:2], 0, 0)[:2]
    # Bytes that are no UTF-8 become lone surrogates, as JSON escapes can write them.
    reply = data[2:].decode("utf-8", "surrogateescape")
    return ITEMS[first % len(ITEMS)], STOP_REASONS[second % 4], bool(second & 4), reply


def _holds_together(reading: Reading, item: tuple[Shown, ...], reply: str, stop_reason: str) -> None:
    if reading.status == "refused":
        assert reading.label is None
        assert reading.reason in REFUSED
        assert reading.reason != "content_filter" or stop_reason == "content_filter"
        return
    if reading.status == "invalid":
        assert reading.label is None
        assert reading.reason in INVALID
        assert reading.reason != "truncated" or stop_reason in ("max_tokens", "model_length")
        return
    assert reading.reason in ("label", "echo")
    (chosen,) = [offer for offer in item if offer.label == reading.label]
    said = _letters_and_digits(reply)
    if reading.reason == "label":
        assert _letters_and_digits(chosen.label) in said, f"{chosen.label!r} was chosen, and the reply does not name it"
    else:
        assert all(f"{payoff:g}".lstrip("-") in said for payoff in chosen.payoffs), "a payoff that the reply lacks"


def _ends_clearly(reply: str, item: tuple[Shown, ...], offer: Shown) -> None:
    """A clear last statement is never read as another option, and a label alone on a last line always as itself."""
    stated = read_reply(f"{reply}\n\nFinal answer: {offer.label}", item, WORDS)
    assert stated.label in (None, offer.label), f"`Final answer: {offer.label}` was read as {stated.label!r}"
    last = read_reply(f"{reply}\n\n{offer.label}", item, WORDS, reasoning=True)
    assert _decision(last) == ("chosen", "label", offer.label), f"a last line {offer.label!r} was read as {last}"


def _decision(reading: Reading) -> tuple[str, str, str | None]:
    return reading.status, reading.reason, reading.label


def _opens_reasoning(reply: str) -> bool:
    return any(sign in reply for sign in ("<", "◁", "[", "analysis", "assistantfinal"))


def _letters_and_digits(text: str) -> str:
    """A text without case, width, accents and signs."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(character for character in unicodedata.normalize("NFD", folded) if character.isalnum())
