"""Tests of the reading of replies: a table a person can check by hand, and properties."""

import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hvae_bench.reading import Offer, Reading, read_reply

NINE = [(85, 85), (85, 76), (85, 68), (85, 59), (85, 50), (85, 41), (85, 33), (85, 24), (85, 15)]
RISING = [(50, 100), (54, 98), (59, 96), (63, 94), (68, 93), (72, 91), (76, 89), (81, 87), (85, 85)]
RING = [(100, 50), (50, 100)]


def offers_of(labels: str | list[str], payoffs: list[tuple[int, int]]) -> list[Offer]:
    pairs = zip(labels, payoffs, strict=False)
    return [Offer(label, payoff_self, payoff_other) for label, (payoff_self, payoff_other) in pairs]


ITEMS = {
    "letters": offers_of("ABCDEFGHI", NINE),
    "digits": offers_of("123456789", NINE),
    "rising": offers_of("ABCDEFGHI", RISING),
    "ring": offers_of("AB", RING),
    "codes": offers_of(["A1", "A2", "B1", "B2"], NINE),
    "stems": offers_of("甲乙丙", NINE),
    "kana": offers_of("あいう", NINE),
    "lower": offers_of("abc", NINE),
}
LETTERS = ITEMS["letters"]
ROWS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "data" / "replies.yaml").read_text(encoding="utf-8")
)
REPLIES = st.one_of(st.sampled_from([row["reply"] for row in ROWS]), st.text())
STOP_REASONS = st.sampled_from(["stop", "max_tokens", "model_length", "tool_calls", "content_filter", "unknown"])


def row_id(row: dict[str, Any]) -> str:
    reply = re.sub(r"[^\w.,:?'()/-]+", "_", row["reply"])[:40] or "nothing"
    return "-".join([row.get("labels", "letters"), row.get("stop_reason", "stop"), reply])


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_reply_table(row: dict[str, Any]) -> None:
    item = ITEMS[row.get("labels", "letters")]
    reading = read_reply(row["reply"], item, stop_reason=row.get("stop_reason", "stop"))
    assert [reading.status, reading.reason, reading.label] == row["expect"]


def test_table_is_large_and_balanced() -> None:
    assert len(ROWS) >= 150
    assert sum(row["expect"][0] != "chosen" for row in ROWS) >= 70
    keys = [(row["reply"], row.get("labels"), row.get("stop_reason")) for row in ROWS]
    assert len(set(keys)) == len(keys)


def test_table_has_every_reason() -> None:
    assert {row["expect"][1] for row in ROWS} == {
        "label", "payoffs", "declined", "content_filter", "empty", "truncated", "several_options",
        "unknown_label", "hypothetical", "no_option",
    }  # fmt: skip


@settings(deadline=None)
@given(reply=REPLIES, stop_reason=STOP_REASONS, item=st.sampled_from(sorted(ITEMS)))
def test_every_text_has_a_coherent_reading(reply: str, stop_reason: str, item: str) -> None:
    reading = read_reply(reply, ITEMS[item], stop_reason=stop_reason)
    assert (reading.label is not None) == (reading.status == "chosen")
    if reading.label is not None:
        assert reading.label in {offer.label for offer in ITEMS[item]}


DECORATIONS = [
    "{}",
    "{}.",
    "({})",
    "[{}]",
    '"{}"',
    "'{}'",
    "**{}**",
    "`{}`",
    "{})",
    " {}\n",
    "# {}",
    "_{}_",
    "“{}”",
    "「{}」",
]
CUES = [
    "Answer: {}",
    "Option {}",
    "My choice is {}.",
    "I choose {}.",
    "Final answer: **{}**",
    "\\boxed{{{}}}",
    "选择{}",
]


@pytest.mark.parametrize("item", sorted(ITEMS))
@pytest.mark.parametrize("pattern", DECORATIONS + CUES)
def test_every_label_is_read_in_every_dress(item: str, pattern: str) -> None:
    for offer in ITEMS[item]:
        assert read_reply(pattern.format(offer.label), ITEMS[item]) == Reading("chosen", "label", offer.label)


@pytest.mark.parametrize("item", sorted(ITEMS))
@pytest.mark.parametrize(
    "pattern", ["{}: {:g}, {:g}", "{}. You receive {:g} coins; the other person receives {:g} coins."]
)
def test_every_option_line_is_read_back(item: str, pattern: str) -> None:
    for offer in ITEMS[item]:
        reply = pattern.format(offer.label, offer.payoff_self, offer.payoff_other)
        assert read_reply(reply, ITEMS[item]) == Reading("chosen", "label", offer.label)


@pytest.mark.parametrize("item", ["letters", "rising", "ring", "digits"])
def test_every_payoff_pair_is_read(item: str) -> None:
    for offer in ITEMS[item]:
        reply = f"({offer.payoff_self:g}, {offer.payoff_other:g})"
        assert read_reply(reply, ITEMS[item]) == Reading("chosen", "payoffs", offer.label)


@pytest.mark.parametrize(
    ("reply", "stop_reason", "reading"),
    [
        # A label alone on the last line decides, whatever was weighed above it.
        ("At first glance I choose B. However, A leaves more to the other.\n\nA", "stop", ["chosen", "label", "A"]),
        (
            "First I would choose C, because it is a compromise. But A is right.\n\n**A**",
            "stop",
            ["chosen", "label", "A"],
        ),
        ("A\nis the option with most for both, but I want to win.\n\nI", "stop", ["chosen", "label", "I"]),
        ("I cannot choose for other people, but if I must:\nC", "stop", ["chosen", "label", "C"]),
        ("C", "stop", ["chosen", "label", "C"]),
        # Anything else on the last line is read like any reply.
        ("I choose A.\nI choose B.", "stop", ["invalid", "several_options", None]),
        ("It is between A and B.\n\nMy final answer is B.", "stop", ["chosen", "label", "B"]),
        ("The sum is largest in A.\n\nZ", "stop", ["invalid", "no_option", None]),
        ("I cannot choose for other people.", "stop", ["refused", "declined", None]),
        # The beginning of a line that was cut may be the beginning of a list.
        ("Their payoffs are:\nA", "max_tokens", ["invalid", "truncated", None]),
    ],
)
def test_the_last_line_decides_where_reasons_come_first(
    reply: str, stop_reason: str, reading: list[str | None]
) -> None:
    found = read_reply(reply, LETTERS, stop_reason=stop_reason, reasons_first=True)
    assert [found.status, found.reason, found.label] == reading


def test_a_pair_offered_twice_is_not_a_choice() -> None:
    twice = [Offer("A", 85, 68), Offer("B", 85, 68)]
    assert read_reply("85, 68", twice) == Reading("invalid", "several_options", None)


def test_labels_that_differ_by_case_alone() -> None:
    pair = [Offer("a", 85, 68), Offer("A", 85, 59)]
    assert read_reply("a", pair).label == "a"
    assert read_reply("A", pair).label == "A"


def test_nothing_offered_is_never_chosen() -> None:
    assert read_reply("C", []).status == "invalid"


@settings(deadline=None)
@given(row=st.sampled_from(ROWS), seed=st.randoms(use_true_random=False))
def test_the_order_of_options_does_not_matter(row: dict[str, Any], seed: Any) -> None:
    item = list(ITEMS[row.get("labels", "letters")])
    seed.shuffle(item)
    reading = read_reply(row["reply"], item, stop_reason=row.get("stop_reason", "stop"))
    assert [reading.status, reading.reason, reading.label] == row["expect"]


@settings(deadline=None)
@given(
    reply=REPLIES,
    before=st.text(" \n\t", max_size=4),
    after=st.text(" \n\t", max_size=4),
    stop_reason=STOP_REASONS,
)
def test_surrounding_whitespace_does_not_matter(reply: str, before: str, after: str, stop_reason: str) -> None:
    bare = read_reply(reply, LETTERS, stop_reason=stop_reason)
    assert read_reply(before + reply + after, LETTERS, stop_reason=stop_reason) == bare


@settings(deadline=None)
@given(reply=REPLIES, thought=st.text(st.characters(exclude_characters="<>◁▷[]")), stop_reason=STOP_REASONS)
def test_a_reasoning_block_does_not_matter(reply: str, thought: str, stop_reason: str) -> None:
    bare = read_reply(reply, LETTERS, stop_reason=stop_reason)
    assert read_reply(f"<think>{thought}</think>{reply}", LETTERS, stop_reason=stop_reason) == bare


def names_no_option(reply: str) -> bool:
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", reply).casefold())
    return not any(character in "abcdefghi" or character.isdigit() for character in unicodedata.normalize("NFD", text))


FRAGMENTS = ["yours", "or", "not", "only", "you", "?", "\n", "my", "{", "\\", ":", "(", "“"]


@settings(deadline=None)
@given(
    st.one_of(
        st.text().filter(names_no_option),
        st.lists(st.sampled_from(FRAGMENTS)).map(" ".join),
    )
)
def test_a_reply_without_labels_and_numbers_is_never_chosen(reply: str) -> None:
    assert read_reply(reply, LETTERS).status != "chosen"


PIECES = [
    "A", "I ", " ", "\n", "(", "{", "[", "<think>", "</think>", "<", "*", "_", "\\boxed{", "I choose ", "if I ",
    "A or ", "85, ", "85, 68\n", "A: 85, 85\n", "C.\n", "wait, ", "Wait. A", '{"a":', "。", "選", "我会选", "'", "if ",
    "I can't ", "not ", "the option ", "\ufdfa", "~~", "``", "-", "I would would would would ", "http://x.y/",
    "\u0301", "#", "?", "no, A ", "I choose the aaaa bbbb ", "I'd lean ", "answer is ", "\t", "$", "as I was asked to ",
    "my answer for ", "I choose A, but ", "{\"answer\": ", "answer\n", "C (85, ", "I am not ", "Option A ",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: re.sub(r"\W+", "_", repr(piece)))
@pytest.mark.parametrize("end", ["", "x"], ids=["same", "broken"])
def test_a_megabyte_of_junk_is_read_like_a_kilobyte(piece: str, end: str) -> None:
    """An expression that tries all ways through a text would not come to an end here."""
    short, long = (read_reply(piece * (size // len(piece)) + end, LETTERS) for size in (1_000, 1_000_000))
    assert (long.status, long.label) == (short.status, short.label)
