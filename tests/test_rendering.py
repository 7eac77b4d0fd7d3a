"""Tests of the rendering: from a pattern to text in one pass, and back."""

import string
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hvae_bench.entry import PartError
from hvae_bench.framing import Framing
from hvae_bench.rendering import (
    Order,
    ReadOption,
    arrange,
    format_payoff,
    option_line_gap,
    option_line_pattern,
    read_options,
    render,
)
from hvae_bench.template import PLACEHOLDERS, placeholders_in

PAYOFFS = st.one_of(
    st.integers(-1_000_000, 1_000_000).map(float),
    st.floats(-1_000_000, 1_000_000),
    st.sampled_from([-0.0, 0.1 + 0.2, 1e-7, 5e-324, -1e-5, 1 / 3, 999_999.99, 1e6, 2.5]),
)
LABELS = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=12).filter(str.isalnum)


@pytest.mark.parametrize(
    ("pattern", "content", "text"),
    [
        ("Take {unit}.", {"unit": "coins"}, "Take coins."),
        ("{unit}{unit}", {"unit": "{goal}", "goal": "x"}, "{goal}{goal}"),
        ("{goal}", {"goal": "{goal} {unit} {{}} \\1 \\g<0>"}, "{goal} {unit} {{}} \\1 \\g<0>"),
        ("{goal} {unit}", {"goal": "{un", "unit": "it}"}, "{un it}"),
        ("{}{ unit }{Unit}", {"unit": "coins"}, "{}{ unit }{Unit}"),
        ("no names", {}, "no names"),
    ],
)
def test_render_looks_at_the_pattern_once(pattern: str, content: dict[str, str], text: str) -> None:
    assert render(pattern, content) == text


def test_render_needs_content_for_every_name() -> None:
    with pytest.raises(KeyError, match="unit"):
        render("{unit}", {})


@given(st.dictionaries(st.sampled_from(sorted(PLACEHOLDERS)), st.text(), min_size=1), st.text("ab \n"))
def test_what_is_put_in_stays_as_it_is(content: dict[str, str], between: str) -> None:
    pattern = between.join(f"{{{name}}}" for name in content)
    assert render(pattern, content) == between.join(content.values())


@pytest.mark.parametrize("text", ["{", "}", "a } b", "{a} {", "{{a}}", "{a{b}}"])
def test_a_lonely_brace_is_told(text: str) -> None:
    with pytest.raises(PartError, match="stands alone"):
        placeholders_in(text)


@pytest.mark.parametrize(
    ("payoff", "text"),
    [(85, "85"), (85.0, "85"), (-0.0, "0"), (7.5, "7.5"), (-3, "-3"), (0.1, "0.1"), (1e6, "1000000"), (1e-7, "1e-07")],
)
def test_payoffs_as_text(payoff: float, text: str) -> None:
    assert format_payoff(payoff) == text


@given(PAYOFFS)
def test_payoffs_are_read_back(payoff: float) -> None:
    assert float(format_payoff(payoff)) == payoff


# --- option lines

OPTION_LINES = [
    "{label}. You get {payoff_self} coins, the other person gets {payoff_other} coins",
    "{label}: you {payoff_self}, the other {payoff_other}",
    "{label}) {payoff_other} for them and {payoff_self} for you",
    "{payoff_self} / {payoff_other} ({label})",
    "  [{label}] {payoff_self}|{payoff_other}  ",
    "{label}、自分{payoff_self}枚、相手{payoff_other}枚",
    "{label} {payoff_self} {payoff_other}",
    "{label} - 100 coins are shared: {payoff_self} : {payoff_other} (.*)",
    "{payoff_self}x{payoff_other}x{label}",
]


def framing(**changes: Any) -> Framing:
    content = {
        "id": "mine",
        "title": "Mine",
        "source": "A test.",
        "language": "en",
        "unit": "coins",
        "counterpart": "another person",
        "option_order": "published",
        "item_order": "published",
        "labels": ("A", "B"),
        "option_line": OPTION_LINES[0],
    }
    return Framing.model_validate(content | changes)


def show(option_line: str, options: list[tuple[str, float, float]]) -> str:
    return "\n".join(
        render(
            option_line,
            {"label": label, "payoff_self": format_payoff(own), "payoff_other": format_payoff(other)},
        )
        for label, own, other in options
    )


@pytest.mark.parametrize("option_line", OPTION_LINES)
@given(options=st.lists(st.tuples(LABELS, PAYOFFS, PAYOFFS), min_size=1, max_size=9))
@settings(max_examples=60)
def test_options_are_read_back(option_line: str, options: list[tuple[str, float, float]]) -> None:
    assert framing(option_line=option_line).option_line == option_line
    text = f"Decision 1 of 6.\n\n{show(option_line, options)}\n\nAnswer with a label: A, B"
    found = read_options(text, option_line_pattern(option_line))
    assert found == [ReadOption(*option) for option in options]


@settings(max_examples=400, deadline=None)
@given(
    st.permutations(["label", "payoff_self", "payoff_other"]),
    st.lists(st.text("0e.-+aA :,_枚", max_size=3), min_size=4, max_size=4),
    st.sampled_from("A0e9Ä").flatmap(lambda one: st.sampled_from([one, one + "0", "A" + one])),
    PAYOFFS,
    PAYOFFS,
)
def test_an_accepted_option_line_is_read_back(
    names: list[str], words: list[str], label: str, own: float, other: float
) -> None:
    option_line = words[0] + "".join(f"{{{name}}}{after}" for name, after in zip(names, words[1:], strict=True))
    assume(option_line_gap(option_line) is None)
    text = show(framing(option_line=option_line).option_line, [(label, own, other)])
    assert read_options(text, option_line_pattern(option_line)) == [ReadOption(label, own, other)]


@pytest.mark.parametrize(
    ("option_line", "gap"),
    [
        ("{label}{payoff_self} {payoff_other}", ("label", "payoff_self")),
        ("{label}a{payoff_self} {payoff_other}", ("label", "payoff_self")),
        ("{label} {payoff_self}.{payoff_other}", ("payoff_self", "payoff_other")),
        ("{label} {payoff_self}-{payoff_other}", ("payoff_self", "payoff_other")),
        ("{label} {payoff_self}e{payoff_other}", ("payoff_self", "payoff_other")),
        ("{label} {payoff_other}0{payoff_self}", ("payoff_other", "payoff_self")),
        ("{payoff_self}{label} {payoff_other}", ("payoff_self", "label")),
        ("{label}.{payoff_self},{payoff_other}", None),
    ],
)
def test_names_that_run_together(option_line: str, gap: tuple[str, str] | None) -> None:
    assert option_line_gap(option_line) == gap
    if gap:
        with pytest.raises(ValidationError, match="runs into"):
            framing(option_line=option_line)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A. You get coins, the other person gets 3 coins",
        "A. You get 1,5 coins, the other person gets 3 coins",
        "A. You get 15 coins, the other person gets 3 coins or so",
        "A_B. You get 15 coins, the other person gets 3 coins",
        "I choose A. You get 15 coins, the other person gets 3 coins",
    ],
)
def test_other_lines_are_no_options(text: str) -> None:
    assert read_options(text, option_line_pattern(OPTION_LINES[0])) == []


def test_signs_of_patterns_are_plain_in_an_option_line() -> None:
    option_line = "{label} (x|y)* {payoff_self} [a-z]+ {payoff_other}?"
    found = read_options("A (x|y)* 1 [a-z]+ 2?", option_line_pattern(option_line))
    assert found == [ReadOption("A", 1, 2)]
    assert read_options("A xy 1 abc 2", option_line_pattern(option_line)) == []


# --- orders


@pytest.mark.parametrize(("order", "arranged"), [("published", "abc"), ("reversed", "cba")])
def test_fixed_orders(order: Order, arranged: str) -> None:
    assert arrange("abc", order, "any stream") == list(arranged)


def test_a_shuffle_is_the_same_everywhere() -> None:
    # Written down once; a change would give other prompts for the same seed.
    assert "".join(arrange("abcdefghi", "shuffled", "0/p1")) == "ifdehgcab"


@given(st.lists(st.integers(), max_size=60), st.sampled_from(["published", "reversed", "shuffled"]), st.text())
def test_an_order_is_a_permutation(things: list[int], order: Order, stream: str) -> None:
    first = arrange(things, order, stream)
    assert sorted(first) == sorted(things)
    assert arrange(things, order, stream) == first


def test_streams_draw_on_their_own() -> None:
    letters = string.ascii_uppercase[:9]
    drawn = ["".join(arrange(letters, "shuffled", f"seed/{epoch}/p1")) for epoch in range(2000)]
    assert len(set(drawn)) > 1900
    # Every option comes first about as often as any other: 222 times, standard deviation 14.
    for letter in letters:
        assert 150 < sum(order[0] == letter for order in drawn) < 295
