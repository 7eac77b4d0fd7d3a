"""The answer reader: what it says about any reply must hold together, and it never guesses.

The first byte of an input selects the item, the second the stop reason; the rest is the reply.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path
from zlib import crc32

import yaml

from hvae_bench.reading import Offer, Reading, read_reply

__all__ = ["check", "seeds"]

ITEMS: tuple[tuple[Offer, ...], ...] = tuple(
    tuple(Offer(label, 85, 85 - 9 * place) for place, label in enumerate(labels))
    for labels in ("ABCDEFGHI", "123456789", "AB", ("A1", "A2", "B1", "B2"), "甲乙丙", "あいう", "abc", "XYZ")
)
STOP_REASONS = ("stop", "max_tokens", "model_length", "content_filter")
REFUSED = {"declined", "content_filter"}
INVALID = {"empty", "truncated", "several_options", "unknown_label", "hypothetical", "no_option"}
DATA = Path(__file__).resolve().parent.parent / "data" / "replies.yaml"
LETTERS_OF = {"digits": 1, "ring": 2, "codes": 3, "stems": 4, "kana": 5, "lower": 6}


def seeds() -> list[bytes]:
    """The replies of the table that the tests of the reader read."""
    rows = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return [
        bytes([LETTERS_OF.get(row.get("labels"), 0), int(row.get("stop_reason") == "max_tokens")])
        + row["reply"].encode("utf-8", "surrogatepass")
        for row in rows
    ]


def check(data: bytes) -> None:
    """Read a reply in several ways that must agree."""
    item, stop_reason, reasons_first, reply = _decoded(data)
    reading = read_reply(reply, item, stop_reason=stop_reason, reasons_first=reasons_first)
    _holds_together(reading, item, reply, stop_reason)
    again = read_reply(reply, tuple(reversed(item)), stop_reason=stop_reason, reasons_first=reasons_first)
    assert again == reading, "the order of the options changes the reading"
    spaced = read_reply(f" \n{reply}\n ", item, stop_reason=stop_reason, reasons_first=reasons_first)
    assert spaced == reading, "white space around the reply changes the reading"
    if not _opens_reasoning(reply):
        thought = read_reply(
            f"<think>I choose B or C.</think>{reply}", item, stop_reason=stop_reason, reasons_first=reasons_first
        )
        assert thought == reading, "a reasoning block before the reply changes the reading"
        for offer in item:
            _ends_clearly(reply, item, offer)
    if crc32(data) % 64 == 0 and reply:
        # Whoever fuzzes by hand is told if this takes seconds.
        read_reply((reply * (1_000_000 // len(reply) + 1))[:1_000_000], item, stop_reason=stop_reason)


def _decoded(data: bytes) -> tuple[tuple[Offer, ...], str, bool, str]:
    first, second = (*data[:2], 0, 0)[:2]
    # Bytes that are no UTF-8 become lone surrogates, as JSON escapes can write them.
    reply = data[2:].decode("utf-8", "surrogateescape")
    return ITEMS[first % len(ITEMS)], STOP_REASONS[second % 4], bool(second & 4), reply


def _holds_together(reading: Reading, item: tuple[Offer, ...], reply: str, stop_reason: str) -> None:
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
    assert reading.reason in ("label", "payoffs")
    (chosen,) = [offer for offer in item if offer.label == reading.label]
    said = _letters_and_digits(reply)
    if reading.reason == "label":
        assert _letters_and_digits(chosen.label) in said, f"{chosen.label!r} was chosen, and the reply does not name it"
    else:
        assert all(f"{payoff:g}".lstrip("-") in said for payoff in chosen.payoffs), "a payoff that the reply lacks"


def _ends_clearly(reply: str, item: tuple[Offer, ...], offer: Offer) -> None:
    """A clear last statement is never read as another option, and a label alone on a last line always as itself."""
    stated = read_reply(f"{reply}\n\nFinal answer: {offer.label}", item)
    assert stated.label in (None, offer.label), f"`Final answer: {offer.label}` was read as {stated.label!r}"
    last = read_reply(f"{reply}\n\n{offer.label}", item, reasons_first=True)
    assert last == Reading("chosen", "label", offer.label), f"a last line {offer.label!r} was read as {last}"


def _opens_reasoning(reply: str) -> bool:
    return any(sign in reply for sign in "<◁[")


def _letters_and_digits(text: str) -> str:
    """A text without case, width, accents and signs."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(character for character in unicodedata.normalize("NFD", folded) if character.isalnum())
