"""Tests of the reading of replies: judged replies, tables of forms for every label, and properties."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvae_bench.catalogue.wording import ReadingWords
from hvae_bench.dialogue.reading import read_reply
from hvae_bench.dialogue.render import Shown
from hvae_bench.dialogue.surroundings import visible_reply

from .judged_replies import LINES, judged, outcome, read_row, reading_words, shown_as, table
from .work import calls

ROWS = judged()
NINE = [(85, 85), (85, 76), (85, 68), (85, 59), (85, 50), (85, 41), (85, 33), (85, 24), (85, 15)]
LABELS: dict[str, Sequence[str]] = {
    "letters": "ABCDEFGHI",
    "digits": "123456789",
    "codes": ["A1", "A2", "B1", "B2"],
    "stems": "甲乙丙",
    "kana": "あいう",
    "lower": "abc",
    "words": ["Left", "Right"],
    "colours": ["red", "green", "blue"],
}
ITEMS = {name: shown_as(LINES["en"], labels, NINE) for name, labels in LABELS.items()}
LETTERS = ITEMS["letters"]
EN = reading_words("en")
NONE = ReadingWords()


def label_of(reply: str, shown: Sequence[Shown] = LETTERS, words: ReadingWords = EN, **how: Any) -> str | None:
    return read_reply(reply, shown, words, **how).label


# --- judged replies


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["id"]))
def test_a_judged_reply_is_read_or_can_be_asked_again(row: dict[str, Any]) -> None:
    assert outcome(row, read_row(row)) in ("read", "asked again", "no choice")


def test_most_judged_choices_are_read_at_once() -> None:
    counts = table(ROWS)
    for language in LINES:
        found = counts[f"language {language}"]
        assert found["read"] >= 0.5 * (found["read"] + found["asked again"]), language
    assert counts["all"]["read"] >= 0.6 * (counts["all"]["read"] + counts["all"]["asked again"])


# --- option lines without a word


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        *((reply, "D") for reply in ("D. 85/59", "**D. 85/59**", "D: 85/59", "D 85/59", "(D) 85/59", "D. 85 / 59")),
        *((reply, "D") for reply in ("Option D. 85/59", "Answer: D. 85/59", "1. D. 85/59", "Decision 1: D. 85/59")),
        *((reply, "D") for reply in ("D. 85/59\n\nThis is best.", "I would choose D (85/59).", "I choose option D.")),
        # Who gets which of two numbers is no matter of form, and the label decides nothing against its payoffs.
        *((reply, None) for reply in ("85/59", "85/59.", "Answer: 85/59", "I choose 85/59", "B. 85/59", "D. 59/85")),
        *((reply, None) for reply in ("D. 85/59\nB. 85/76", "A. 85/85 B. 85/76", "Ich wähle D.", "85, so D")),
    ],
)
def test_an_option_line_of_a_label_and_payoffs_is_read_by_its_label(reply: str, label: str | None) -> None:
    letters = shown_as("{label}. {own}/{other}", "ABCDEFGHI", NINE)
    assert label_of(reply, letters, reading_words("en-short")) == label
    if label is not None:
        digits = shown_as("{label}. {own}/{other}", "123456789", NINE)
        read = label_of(re.sub(r"\bD\b", "4", reply), digits, reading_words("en-short"))
        assert read in ("4", None)


# --- forms

FORMS = {
    "en": [
        "{}", "{}.", "({})", "'{}'", "**{}**", "Option {}", "The label: {}", "Answer: {}", "My final choice: **{}**",
        "Decision - {}", "Answer:\n\n{}", "I choose {}.", "Therefore, I will choose option {}.", "So I'd take {}!",
        "The answer is {}.", "My choice is option {}.", "All cost me the same. I choose {}.", "\\boxed{{{}}}",
        "{}\n\nThis keeps both amounts high.", "Sure, here is my answer:\n\n**{}**\n\nIt suits the role.",
    ],
    "de": [
        "{}", "Kennzeichen: {}", "Option {}", "Meine Antwort: {}", "Entscheidung: **{}**", "Ich wähle {}.",
        "Daher wähle ich Option {}.", "Ich entscheide mich für {}.", "Meine Antwort lautet {}.",
        "Ich würde {} nehmen.", "Ich habe {} gewählt.", "Das Kennzeichen ist {}.",
    ],
    "fr": [
        "{}", "Étiquette : {}", "L'option {}", "Ma réponse : {}", "Décision : **{}**", "Je choisis {}.",
        "Donc, je choisis l'option {}.", "J'opte pour l'option {}.", "La réponse est {}.", "Mon choix est {}.",
        "Je choisis l'étiquette {}.",
    ],
    "es": [
        "{}", "Etiqueta: {}", "La opción {}", "Mi respuesta: {}", "Decisión: **{}**", "Elijo {}.", "Elijo la {}.",
        "Por lo tanto, elijo la opción {}.", "Me quedo con la {}.", "La respuesta es {}.", "Elijo la etiqueta {}.",
    ],
    "zh": [
        "{}", "标号：{}", "选项{}", "{}选项", "答案：{}", "【答案】{}", "我的最终选择：**{}**", "我选择{}。",
        "因此，我选择选项{}。", "我选择标号{}。", "答案是{}。", "选{}。",
    ],
    "ja": [
        "{}", "記号：{}", "選択肢{}", "答え：{}", "回答：**{}**", "{}を選びます。", "私は{}を選択します。",
        "したがって、選択肢{}を選びます。", "答えは{}です。", "{}です。", "{}にします。",
    ],
}  # fmt: skip
"""What models write when they choose, by language."""


@pytest.mark.parametrize("labels", ["letters", "digits", "codes"])
@pytest.mark.parametrize("language", FORMS)
def test_no_label_is_read_less_than_another(language: str, labels: str) -> None:
    """The share of the same forms differs by at most two points between labels: here it is all of them, for all."""
    shown, words = shown_as(LINES[language], LABELS[labels], NINE), reading_words(language)
    unread = {
        option.label: [form for form in FORMS[language] if label_of(form.format(option.label), shown, words) is None]
        for option in shown
    }
    assert unread == {option.label: [] for option in shown}
    for option in shown:
        for form in FORMS[language]:
            assert label_of(form.format(option.label), shown, words) == option.label, form


def test_judged_replies_are_read_alike_whatever_their_label() -> None:
    """Each reply that names its label and no other one, with every label in the place of its own."""
    letters = [row for row in ROWS if row["item"] == "letters" and row["expect"] in "BCDEFGH"]
    # Numbers belong to one option, and capitals of other scripts or dress to one label.
    rows = [row for row in letters if re.findall(r"\b[A-H]\b|\d", row["text"]) == [row["expect"]]]
    assert len(rows) > 80
    shares = {}
    for label in LABELS["letters"]:
        texts = [re.sub(rf"\b{row['expect']}\b", label, row["text"]) for row in rows]
        made = [row | {"text": text, "expect": label} for row, text in zip(rows, texts, strict=True)]
        shares[label] = sum(read_row(row).label == label for row in made) / len(made)
    assert max(shares.values()) - min(shares.values()) <= 0.02, shares
    assert min(shares.values()) > 0.6


NO_CHOICE = {
    "en": [
        "I almost chose {}.", "They would choose {}.", "Most people choose {}.", "I would not choose {}.",
        "I never choose {}.", "If I were kind, I would choose {}.", "I choose everything except {}.",
        "My least favourite: {}", "Worst option: {}", "B1: {}", "Should I choose {}?", "{}?", "❌ {}", "not {}",
        "I hope that I choose {}.", "In theory, I would choose {}.", "For most people, the answer is {}.",
        "Had I been kinder, I would choose {}.", "The other person picks {}.",
        "Answer: not {}", "~~{}~~", "{} is the worst one.", "Option {}\nis the worst one.", "I would never pick\n{}",
        "Definitely not:\n\n{}", "I can see what option {} would do.", "{}...",
    ],
    "de": ["Ich wähle nicht {}.", "Die andere Person wählt {}.", "Wenn ich gierig wäre, wähle ich {}.", "Nicht {}."],
    "fr": ["Je ne choisis pas {}.", "Il choisit {}.", "Si j'étais avare, je choisirais {}.", "Pas {}."],
    "es": ["No elijo {}.", "La otra persona elige {}.", "Si fuera avaro, elegiría {}.", "Nunca {}."],
    "zh": ["我不选{}。", "对方选{}。", "如果我自私，我选{}。", "除了{}都可以", "最差的是{}。"],
    "ja": ["{}は選びません。", "相手は{}を選びます。", "相手は、{}を選びます。", "もし親切なら、{}を選びます。"],
}  # fmt: skip
"""What names a label and chooses none."""


@pytest.mark.parametrize("labels", ["letters", "digits"])
@pytest.mark.parametrize("language", NO_CHOICE)
def test_a_label_in_a_sentence_is_no_choice(language: str, labels: str) -> None:
    shown, words = shown_as(LINES[language], LABELS[labels], NINE), reading_words(language)
    for option in shown:
        for form in NO_CHOICE[language]:
            assert label_of(form.format(option.label), shown, words) is None, (form, option.label)


def test_a_language_is_data() -> None:
    """The words of a made-up language; of English ones the reader knows nothing."""
    words = ReadingWords(
        option_words=("opzo",),
        answer=("mizo", "respo"),
        conclusion=("ka elu", "{label} ka prenu"),
        refusal=("ka ne elu",),
        negation=("ne", "se"),
    )
    for reply in ("Opzo C", "Mizo respo: C", "Respo = opzo C", "Zuzu, ka elu C.", "C ka prenu."):
        assert label_of(reply, words=words) == "C", reply
    for reply in ("Se zuzu, ka elu C.", "Zuzu ka elu C.", "Zuzu, C ka prenu.", "zuzu: C", "Answer: C", "Option C"):
        assert label_of(reply, words=words) is None, reply
    assert read_reply("Ka ne elu.", LETTERS, words).status == "refused"
    assert label_of("C", words=NONE) == "C"


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("language", LINES)
def test_an_option_line_is_read_back(language: str, item: str) -> None:
    shown = shown_as(LINES[language], LABELS[item], NINE)
    for option in shown:
        for reply in (option.line, f"{option.line}.", f"**{option.line}**", f"Option {option.line}"):
            assert label_of(reply, shown, reading_words("en")) == option.label, reply
        without_label = option.line.partition(". ")[2]
        reading = read_reply(without_label, shown, NONE)
        assert (reading.label, reading.reason) == (option.label, "echo")


ROUND = shown_as(LINES["en"], "AB", [(1500, 1000), (1000, 1500)])


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("A. You get 1,500 coins, the other person gets 1,000 coins", "A"),
        ("You get 1 500 coins, the other person gets 1.000 coins", "A"),
        ("B: 1000/1500", "B"),
        ("B (1,000 coins; the other person 1,500)", "B"),
        # A label beside the payoffs of another option, a wrong number, or numbers alone.
        ("A. You get 1000 coins, the other person gets 1500 coins", None),
        ("B: 1500/1000", None),
        ('{"choice": "B", "self": 1500, "other": 1000}', None),
        ("You get 1500 coins, the other person gets 1 coin", None),
        ("1500, 1000", None),
        ("The other person gets 1000 coins, I get 1500 coins", None),
        ("A person gets 1500 or 1000 coins", None),
        # A list is no choice, unless it ends in one.
        ("\n".join(option.line for option in ROUND), None),
        ("\n".join(option.line for option in ROUND) + "\n\nAnswer: B", "B"),
        (f"{ROUND[0].line}\nThis is more for me.", "A"),
        (f"Let me see.\n{ROUND[0].line}\nThat is too much.", None),
    ],
)
def test_echoes(reply: str, label: str | None) -> None:
    assert label_of(reply, ROUND) == label


def test_an_echo_needs_words_and_one_option() -> None:
    numbers = [Shown(label, "o", (1, 2), f"{label}: 1, 2") for label in "A"]
    assert label_of("1, 2", numbers) is None
    twice = [Shown(label, label, (1, 2), f"{label}. You get 1") for label in "AB"]
    assert label_of("You get 1", twice) is None
    assert label_of("B. You get 1", twice) == "B"


def test_the_noun_of_an_option_line_counts_as_an_option_word() -> None:
    line = "If you choose 'project {label}', you earn {own} and the other person earns {other}"
    shown = shown_as(line, ["green", "blue"], [(3, 1), (1, 3)])
    for reply in ("project green", "Choice: 'project green'", "I choose project green.", "Green", shown[0].line):
        assert label_of(reply, shown) == "green", reply
    for reply in ("Choice: project red", "project", "I choose the green project"):
        assert label_of(reply, shown) is None, reply


# --- several labels, and labels that are words


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("A or B", None),
        ("A\nB", None),
        ("Answer: A\nAnswer: B", None),
        ("1. A\n2. B", None),
        ("A\n\nEdit: B is better.", None),
        ("I prefer B, yet I choose D.", None),
        ("A gives most, I gives least.\nAnswer: D", "D"),
        ("Here it is: A 170, B 161.\nTherefore, I choose option B.", "B"),
        ("Both B and D are fine.\n\nD", None),
        # The pronoun and the article are no labels amid a sentence.
        ("I took my time over a hard decision.\n\nD", "D"),
        ("D\n\nI think a fair share is right.", "D"),
        ("A\n\nI am sure.", "A"),
        ("Either I or D.\nD", "D"),
        ('Between "I" and D.\nD', None),
        ("Option I, then D.\nD", None),
        ("I will be fair.", None),
        ("I am", None),
        ("A fair split", None),
        ("I choose a", None),
        ("I choose I.", "I"),
        # Bound by an apostrophe.
        ("D'abord, comparons.", None),
        ("I'd", None),
    ],
)
def test_which_labels_count(reply: str, label: str | None) -> None:
    assert label_of(reply) == label


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("Left", "Left"),
        ("right", "Right"),
        ("Option left.", "Left"),
        ("My choice: Right", "Right"),
        ("I have nothing left.\n\nRight", "Right"),
        ("Right.\n\nI shall see what is left.", None),
        ("Right, I would go for the left one.", None),
        ("My choice is right.", None),
        ("There is only one option left.", None),
    ],
)
def test_everyday_words_as_labels(reply: str, label: str | None) -> None:
    assert label_of(reply, ITEMS["words"]) == label


def test_labels_that_differ_by_case_alone() -> None:
    pair = shown_as(LINES["en"], ["a", "A"], NINE)
    assert [label_of("a", pair), label_of("A", pair)] == ["a", "A"]


# --- what surrounds an answer


@pytest.mark.parametrize(
    ("reply", "stripped"),
    [
        ("<think>A or B?</think>\n\nD", ["reasoning"]),
        ("A is nice.</think>D", ["reasoning"]),
        ("<seed:think>A</seed:think>D", ["reasoning"]),
        ("◁think▷A◁/think▷D", ["reasoning"]),
        ("[THINK]A[/THINK]D", ["reasoning"]),
        ("<|begin_of_thought|>A<|end_of_thought|>D", ["reasoning"]),
        ("<think>A</think><think>B</think>D", ["reasoning"]),
        ("analysisMaybe A.assistantfinalD", ["reasoning"]),
        ("<|channel|>analysis<|message|>A?<|end|><|start|>assistant<|channel|>final<|message|>D", ["reasoning"]),
        ("D<|im_end|>", ["chat_template"]),
        ("D<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nDecision 2: A or B?", ["chat_template"]),
        ("<|im_start|>assistant\nD<|im_end|>\n<|im_start|>user\nA", ["chat_template"]),
        ("<start_of_turn>model\nD<end_of_turn>", ["chat_template"]),
        ("Assistant: D", ["chat_template"]),
        ("[ASSISTANT] D", ["chat_template"]),
        ("<｜Assistant｜>D<｜end▁of▁sentence｜>", ["chat_template"]),
        ("Ｄ", ["characters"]),
        ("Ⓓ", ["characters"]),
        ("🅓", ["characters"]),
        ("“D”", ["characters"]),
        ("\u2060D", ["characters"]),
        ("```\nD\n```", ["markdown"]),
        ("**D**", ["markdown"]),
        ("~~A~~ D", ["markdown"]),
        ("<del>A</del> D", ["html"]),
        ('{"answer": "D", "why": "both get much"}', ["json"]),
        ('{"choice": {"label": "D"}}', ["json"]),
        ('["D"]', ["json"]),
        ("{answer: D}", ["json"]),
        ('{"why": "A hurts, B is mild", "answer": "D"}', ["json"]),
        ("&quot;D&quot;", ["html"]),
        ("<answer>Option D</answer>", ["html"]),
        ("<p>I choose <b>D</b>.</p>", ["html"]),
        ("$D$", ["latex"]),
        (r"\(\textbf{D}\)", ["latex"]),
        (r"$\boxed{\text{Option D}}$", ["latex"]),
        ("\boxed{D}", ["characters", "latex"]),
        ("A and B are kind.\n\n\\boxed{D}", ["latex"]),
        (
            "<think>A</think>\n```json\n{\"label\": \"**D**\"}\n```<|im_end|>",
            ["reasoning", "chat_template", "markdown", "json"],
        ),
        ("→ D ✅", []),
        ("> - D,", []),
        ("| D |", []),
    ],
)  # fmt: skip
def test_what_is_taken_off(reply: str, stripped: list[str]) -> None:
    reading = read_reply(reply, LETTERS, EN)
    assert (reading.label, list(reading.stripped)) == ("D", stripped)


@pytest.mark.parametrize(
    ("reply", "visible"),
    [
        ("Leave them much.", "Leave them much."),
        ("<think>much\n</think>\n\nLeave them *much*.", "Leave them *much*."),
        ("Leave them much.<|im_end|>\n<|im_start|>user\nWell", "Leave them much."),
        ("<think>never closed", ""),
        ("I compare 3 < 4 and [think] of them.", "I compare 3 < 4 and [think] of them."),
    ],
)
def test_what_is_visible_of_a_goal(reply: str, visible: str) -> None:
    assert visible_reply(reply).strip() == visible


# --- refusals, and what else is no choice


@pytest.mark.parametrize(
    ("reply", "stop_reason", "status", "reason"),
    [
        ("I will not choose.", "stop", "refused", "declined"),
        ("I'm sorry, but I can't assist with that.", "stop", "refused", "declined"),
        ("C\n\nI refuse to choose.", "stop", "refused", "declined"),
        ('{"refusal": "I cannot choose"}', "stop", "refused", "declined"),
        ("Whatever", "content_filter", "refused", "content_filter"),
        # To want, to be ready or able is no refusal, and neither is to set one option aside.
        ("I want to choose well.", "stop", "invalid", "not_in_form"),
        ("I am willing to share, and able to.", "stop", "invalid", "not_in_form"),
        ("I can't choose I.", "stop", "invalid", "not_in_form"),
        ("I don't have personal preferences, but here it would be C for me.", "stop", "invalid", "not_in_form"),
        ("I prefer not to hurt them.", "stop", "invalid", "not_in_form"),
        ("", "stop", "invalid", "empty"),
        ("...", "stop", "invalid", "empty"),
        ("<think>A</think>", "stop", "invalid", "empty"),
        ("It is hard to", "max_tokens", "invalid", "truncated"),
        ("<think>A", "max_tokens", "invalid", "truncated"),
        ("Z", "stop", "invalid", "not_in_form"),
        ("B: D", "stop", "invalid", "several_options"),
        ("I would give 56 and keep 94.", "stop", "invalid", "not_in_form"),
    ],
)
def test_why_there_is_no_choice(reply: str, stop_reason: str, status: str, reason: str) -> None:
    reading = read_reply(reply, LETTERS, EN, stop_reason=stop_reason)
    assert (reading.status, reading.reason, reading.label) == (status, reason, None)


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("A", "A"),
        ("**I**", "I"),
        ("C.", "C"),
        ("<think>A?</think>C", "C"),
        ("C\n\nBecause it is the", "C"),
        # May be the beginning of anything, or the heading of a list.
        ("I choose A", None),
        ("Answer: A", None),
        ("Their payoffs are:\nA", None),
        ("Option A\nYou would", None),
    ],
)
def test_what_a_token_limit_cut(reply: str, label: str | None) -> None:
    for stop_reason in ("max_tokens", "model_length"):
        assert label_of(reply, stop_reason=stop_reason) == label


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("At first glance I choose B. However, A leaves more to the other.\n\nA", "A"),
        ("I choose A.\nI choose B.", "B"),
        ("A\nis the option with most for both, but I want to win.\n\nI", "I"),
        ("I cannot choose for other people, but if I must:\nC", "C"),
        ("It is between A and B.\n\nMy final answer is B.", "B"),
        ("C", "C"),
        ("C\n\nThat is my choice.", None),
        ("A\n\nI cannot choose.", None),
        ("It is between these two:\n\nA or B", None),
        ("A: 85/85\nB: 85/76", None),
        ("The sum is largest in A.\n\nZ", None),
    ],
)
def test_only_the_last_line_counts_where_reasons_come_first(reply: str, label: str | None) -> None:
    assert label_of(reply, reasoning=True) == label


# --- properties

REPLIES = st.one_of(st.sampled_from([row["text"] for row in ROWS]), st.text())
STOP_REASONS = st.sampled_from([None, "stop", "max_tokens", "model_length", "content_filter", "unknown"])


@settings(deadline=None)
@given(
    reply=REPLIES,
    stop_reason=STOP_REASONS,
    item=st.sampled_from(sorted(ITEMS)),
    language=st.sampled_from([*LINES, "it"]),
    reasoning=st.booleans(),
)
def test_any_reply_has_a_coherent_reading(
    reply: str, stop_reason: str | None, item: str, language: str, reasoning: bool
) -> None:
    words = reading_words(language)
    reading = read_reply(reply, ITEMS[item], words, stop_reason=stop_reason, reasoning=reasoning)
    assert (reading.label is not None) == (reading.status == "chosen")
    assert reading.label in {None, *LABELS[item]}
    reordered = read_reply(reply, ITEMS[item][::-1], words, stop_reason=stop_reason, reasoning=reasoning)
    assert reordered == reading
    spaced = read_reply(f" \n{reply}\n", ITEMS[item], words, stop_reason=stop_reason, reasoning=reasoning)
    assert spaced.label == reading.label


def names_no_option(reply: str) -> bool:
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", reply).casefold())
    return not any(character in "abcdefghi" or character.isdigit() for character in unicodedata.normalize("NFD", text))


FRAGMENTS = ["yours", "or", "not", "only", "you", "?", "\n", "my", "{", "\\", ":", "(", "“"]


@settings(deadline=None)
@given(st.one_of(st.text().filter(names_no_option), st.lists(st.sampled_from(FRAGMENTS)).map(" ".join)))
def test_a_reply_without_labels_and_numbers_is_never_chosen(reply: str) -> None:
    assert read_reply(reply, LETTERS, EN).status != "chosen"


def test_nothing_offered_is_never_chosen() -> None:
    assert read_reply("C", [], EN).status == "invalid"


PIECES = [
    "A", "I ", " ", "\n", "(", "{", "[", "<think>", "</think>", "<", "*", "_", "\\boxed{", "I choose ", "if I ",
    "A or ", "85, ", "85, 68\n", "A: 85, 85\n", "C.\n", '{"a":', "。", "選", "我会选", "'", "I can't choose ", "not ",
    "the option ", "\ufdfa", "~~", "``", "-", "my: ", "so ", "my final ", "answer is ", "\t", "$", "1 of ", "&lt;",
    "answer\n", "Option A ", "<|im_end|>", "<|channel|>x<|message|>", "assistant\n", "Answer 1", ". ", "B.", "1,000",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: re.sub(r"\W+", "_", repr(piece)))
@pytest.mark.parametrize("end", ["", "x"], ids=["same", "broken"])
def test_a_long_reply_costs_as_much_as_it_is_long(piece: str, end: str) -> None:
    """An expression that tries all ways through a text would not come to an end with the longest."""
    read_reply(piece + end, LETTERS, EN)
    work = [calls(lambda n=n: read_reply(piece * n + end, LETTERS, EN)) for n in (500, 1_000)]  # type: ignore[misc]
    assert work[1] <= 2.2 * work[0] + 200
    assert read_reply((piece * 1_000_000)[:1_000_000] + end, LETTERS, EN).label in {None, "A", "B", "C", "I"}
