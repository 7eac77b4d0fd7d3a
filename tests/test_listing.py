"""Tests of the reading of one reply to several items: a table of judged replies, and properties."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvae_bench.dialogue.listing import read_listing
from hvae_bench.dialogue.reading import Reading, read_reply
from hvae_bench.dialogue.render import Shown

from .judged_replies import LINES, judged, reading_words, shown_as
from .work import calls

PAIRS = [[(85, 85), (85, 76), (85, 68)], [(100, 50), (98, 54), (96, 59)], [(50, 90), (60, 80), (70, 70)]]


def items(language: str = "en", labels: Sequence[str] = "ABC") -> dict[int, list[Shown]]:
    return {number: shown_as(LINES[language], labels, pairs) for number, pairs in enumerate(PAIRS, start=1)}


def read(
    reply: str,
    asked: Mapping[int, Sequence[Shown]] | None = None,
    language: str = "en",
    stop_reason: str | None = None,
) -> dict[int, Reading]:
    return read_listing(reply, asked or items(language), reading_words(language), count=3, stop_reason=stop_reason)


def told(readings: Mapping[int, Reading]) -> str:
    """Labels, and for what is none the first letter of the status: "A i r"."""
    return " ".join(one.label or one.status[0] for one in readings.values())


# A reply, and what it is judged to be: a label, "i" (invalid) or "r" (refused) for each of three items.
JUDGED = [
    # numbered lines
    ("1: B\n2: A\n3: C", "B A C"),
    ("1. B\n2. A\n3. C", "B A C"),
    ("1) B\n2) A\n3) C", "B A C"),
    ("(1) B\n(2) A\n(3) C", "B A C"),
    ("[1] B\n[2] A\n[3] C", "B A C"),
    ("1 - B\n2 - A\n3 – C", "B A C"),
    ("1:B\n2:A\n3:C", "B A C"),
    ("1 = B\n2 → A\n3 -> C", "B A C"),
    ("#1: B\n#2: A\n#3: C", "B A C"),
    ("- 1: B\n- 2: A\n* 3: C", "B A C"),
    ("**1**: B\n**2**: A\n**3**: C", "B A C"),
    ("**1: B**\n**2: A**\n**3: C**", "B A C"),
    ("1: **B**\n2: `A`\n3: (C)", "B A C"),
    ("Decision 1: B\nDecision 2: A\nDecision 3: C", "B A C"),
    ("**Decision 1:** B\n**Decision 2:** A\n**Decision 3:** C", "B A C"),
    ("decision 1 of 3: B\nDecision 2 of 3. A\nDECISION 3 OF 3: C", "B A C"),
    ("Answer 1: B\nMy choice 2: A\nQuestion 3: C", "B A C"),
    ("1. Decision 1: B\n2. Decision 2: A\n3. Decision 3: C", "B A C"),
    ("1: Option B\n2: option A\n3: I choose C.", "B A C"),
    ("1: B. You get 85 coins, the other person gets 76 coins\n2: A\n3: C", "B A C"),
    ("1: You get 85 coins, the other person gets 76 coins\n2: A\n3: C", "B A C"),
    ("3: C\n1: B\n2: A", "B A C"),
    ("```\n1: B\n2: A\n3: C\n```", "B A C"),
    ("<think>1: A, no, 1: B</think>1: B\n2: A\n3: C", "B A C"),
    ('{"1": "B", "2": "A", "3": "C"}', "B A C"),
    ("1: \\boxed{B}\n2: \\boxed{A}\n3: \\boxed{C}", "B A C"),
    ("Decision 1:\nB\n\nDecision 2:\nA\n\nDecision 3:\nC", "B A C"),
    ("Here are my decisions:\n\n1: B\n2: A\n3: C\n\nI hope that helps.", "B A C"),
    ("1: B\nIt is fair.\n2: A\nIt gives most.\n3: C", "B A C"),
    ("1: b\n2: a\n3: c", "B A C"),
    ("1️⃣: B\n2️⃣: A\n3️⃣: C", "B A C"),
    ("１：B\n２：A\n３：C", "B A C"),
    ("1: B\n2: A\n3: C\n1: B", "B A C"),
    ("1: B\n2: A\n3: C\n4: A", "B A C"),
    # labels alone, as many as items
    ("B\nA\nC", "B A C"),
    ("B\n\nA\n\nC\n", "B A C"),
    ("- B\n- A\n- C", "B A C"),
    ("Option B\nOption A\nOption C", "B A C"),
    # some lines alone can be read
    ("1: B\n3: C", "B i C"),
    ("1: B\n2: A or B\n3: C", "B i C"),
    ("1: B\n2: none\n3: C", "B i C"),
    ("1: B\n2: D\n3: C", "B i C"),
    ("1: B\n2:\n3: C", "B i C"),
    ("1: B\n2: 98 coins for me\n3: C", "B i C"),
    ("1: B\n2: I will not choose.\n3: C", "B r C"),
    ("1: B\n2: A\n3: C\n2: B", "B i C"),
    ("1: A. You get 85 coins, the other person gets 76 coins\n2: A\n3: C", "i A C"),
    ("1: B\n2: A\n3: C\n\nIn the last one, B would have been worse.", "B A i"),
    ("I will not choose in the second.\n1: B\n3: C", "B r C"),
    # nothing can be read
    ("", "i i i"),
    ("B", "i i i"),
    ("B\nA", "i i i"),
    ("B\nA\nC\nA", "i i i"),
    ("My answers:\nB\nA\nC", "i i i"),
    ("B, A, C", "i i i"),
    ("1: B 2: A 3: C", "i i i"),
    ("1, 2 and 3: B", "i i i"),
    ("1-3: B", "i i i"),
    ("1 - 3: B", "i i i"),
    ("1 to 3: B", "i i i"),
    ("All: B", "i i i"),
    ("I choose B.", "i i i"),
    ("B\n1: A\n2: A\n3: C", "i i i"),
    ("1: 2: B\n3: C", "i i i"),
    ("1. Decision 2: B\n2. Decision 1: A\n3. Decision 3: C", "i i i"),
    ("0: B\n1: A\n2: C", "i i i"),
    ("2: B\n3: A\n4: C", "i i i"),
    ("A. You get 85 coins\nB. You get 98 coins\nC. You get 70 coins", "i i i"),
    (
        "A. You get 85 coins, the other person gets 85 coins\nB. You get 85 coins, the other person gets 76 coins\n"
        "C. You get 85 coins, the other person gets 68 coins",
        "i i i",
    ),
    ("1.5: B\n2: A\n3: C", "i A C"),
    ("I'm sorry, but I can't choose for other people.", "r r r"),
    ("I must decline.\nThank you.\nGoodbye.", "r r r"),
]


@pytest.mark.parametrize(("reply", "judged_as"), JUDGED)
def test_a_reply_to_several_items_is_read_line_by_line(reply: str, judged_as: str) -> None:
    assert told(read(reply)) == judged_as


@pytest.mark.parametrize(
    ("language", "reply"),
    [
        ("de", "Entscheidung 1: B\nEntscheidung 2 von 3: Option A\n3: Ich wähle C."),
        ("fr", "Décision 1 : B\nDécision 2 sur 3 : option A\n3 : C"),
        ("es", "Decisión 1: B\nDecisión 2 de 3: opción A\n3: C"),
        ("zh", "第1个决策：B\n决策2：选项A\n3：C"),
        ("ja", "意思決定1：B\n意思決定2（全3回）：選択肢A\n3：C"),
    ],
)
def test_a_decision_is_called_as_its_language_calls_it(language: str, reply: str) -> None:
    assert told(read(reply, language=language)) == "B A C"
    assert told(read("1: B\n2: A\n3: C", language=language)) == "B A C"


@pytest.mark.parametrize(
    ("reply", "judged_as"),
    [
        ("1: 2\n2: 1\n3: 3", "2 1 3"),
        ("1. 2\n2. 1\n3. 3", "2 1 3"),
        ("Decision 1: 2.\nDecision 2: option 1\nDecision 3: 3", "2 1 3"),
        ("2\n1\n3", "2 1 3"),
        # The lines of one item's options, each with its own number.
        (
            "1. You get 85 coins, the other person gets 85 coins\n2. You get 98 coins, the other person gets 54 coins\n"
            "3. You get 70 coins, the other person gets 70 coins",
            "i i i",
        ),
        ("1 - 3: 2", "i i i"),
    ],
)
def test_labels_may_be_numbers_too(reply: str, judged_as: str) -> None:
    assert told(read(reply, items(labels="123"))) == judged_as


@pytest.mark.parametrize(
    ("reply", "judged_as"),
    [
        ("2: A\n3: C", "A C"),
        ("1: B\n2: A\n3: C", "A C"),
        ("A\nC", "A C"),
        ("2: A", "A i"),
        # Whether the second of these is item 2 or the second item that was asked, nobody knows.
        ("1: A\n2: C", "i i"),
    ],
)
def test_items_that_are_asked_again_keep_their_numbers(reply: str, judged_as: str) -> None:
    asked = {number: shown for number, shown in items().items() if number > 1}
    assert told(read(reply, asked)) == judged_as


@pytest.mark.parametrize(
    ("reply", "judged_as"), [("3: C", "C"), ("C", "C"), ("I choose C.", "C"), ("1: C", "i"), ("A or C", "i")]
)
def test_an_item_that_is_asked_again_alone_needs_no_number(reply: str, judged_as: str) -> None:
    assert told(read(reply, {3: items()[3]})) == judged_as


@pytest.mark.parametrize(
    ("reply", "stop_reason", "reasons"),
    [
        ("", None, ["empty"] * 3),
        ("1: B\n2: B or C\n3: C", None, ["label", "several_options", "label"]),
        ("1: B\n3: C", None, ["label", "empty", "label"]),
        ("1: B\n2: A", "max_tokens", ["label", "label", "truncated"]),
        ("1: B\n2: A. You get", "max_tokens", ["label", "truncated", "truncated"]),
        ("1: You get 85 coins, the other person gets 76 coins\n2: A\n3: C", "max_tokens", ["echo", "label", "label"]),
        ("No.", "content_filter", ["content_filter"] * 3),
        ("B", None, ["not_in_form"] * 3),
    ],
)
def test_each_item_has_the_reason_of_its_own_line(reply: str, stop_reason: str | None, reasons: list[str]) -> None:
    assert [one.reason for one in read(reply, stop_reason=stop_reason).values()] == reasons


def test_what_is_taken_off_the_reply_is_told_of_every_item() -> None:
    assert {one.stripped for one in read("<think>hm</think>1: **B**\n2: A\n3: C").values()} == {
        ("reasoning", "markdown")
    }


REPLIES = [row["text"] for row in judged()]
PIECES = [
    "1",
    "2",
    "3",
    "4",
    ": ",
    ". ",
    "\n",
    "A",
    "B",
    "D",
    "Decision ",
    "I choose ",
    "I refuse. ",
    "- ",
    "**",
    " of 3",
]


@settings(deadline=None)
@given(
    reply=st.one_of(st.text(), st.sampled_from(REPLIES), st.lists(st.sampled_from(PIECES)).map("".join)),
    labels=st.sampled_from(["ABC", "123"]),
    stop_reason=st.sampled_from([None, "stop", "max_tokens", "content_filter"]),
)
def test_any_reply_has_a_coherent_reading_for_each_item(reply: str, labels: str, stop_reason: str | None) -> None:
    asked = items(labels=labels)
    found = read(reply, asked, stop_reason=stop_reason)
    assert list(found) == list(asked)
    for reading in found.values():
        assert (reading.label is not None) == (reading.status == "chosen")
        assert reading.label in {None, *labels}
    turned = {number: shown[::-1] for number, shown in reversed(asked.items())}
    if any(char.isdigit() for char in reply):  # labels alone go by the order of the items
        assert told(read(f" \n{reply}\n ", turned, stop_reason=stop_reason)) == told(dict(reversed(found.items())))


@settings(deadline=None)
@given(st.lists(st.sampled_from("ABC"), min_size=3, max_size=3), st.permutations([1, 2, 3]), st.sampled_from(REPLIES))
def test_a_line_says_what_it_says_alone(chosen: list[str], order: list[int], other: str) -> None:
    """The label of each line is found in any order of the lines, and one judge decides what a line says."""
    lines = {number: f"{number}: {label}" for number, label in enumerate(chosen, start=1)}
    assert told(read("\n".join(lines[number] for number in order))) == " ".join(chosen)
    if len(other.splitlines()) == 1 and not re.search(r"[\d<\\]", other):
        asked = items()
        alone = read_reply(f"{other}", asked[2], reading_words("en"))
        among = read(f"1: A\n2: {other}\n3: C")[2]
        assert among.label in {None, alone.label}


@settings(deadline=None)
@given(st.lists(st.sampled_from(["A", "B", "C"]), max_size=8))
def test_labels_alone_are_read_only_if_there_is_one_for_each_item(chosen: list[str]) -> None:
    found = [one.label for one in read("\n".join(chosen)).values()]
    assert found == (chosen if len(chosen) == 3 else [None] * 3)


@pytest.mark.parametrize("piece", [*PIECES, "1: A\n", "1: 1: ", "Decision 1 of 3: ", "A\n"])
def test_a_long_reply_costs_as_much_as_it_is_long(piece: str) -> None:
    read(piece)
    work = [calls(lambda n=n: read(piece * n)) for n in (500, 1_000)]  # type: ignore[misc]
    assert work[1] <= 2.2 * work[0] + 400
