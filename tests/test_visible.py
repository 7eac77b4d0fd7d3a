"""What models, providers and files say is shown as text, whatever it is."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvae_bench.text.visible import invisible_characters, visible, visible_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("C", "C"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb\rc", "a\nb\\x0dc"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x00\x9b\xad", "\\x00\\x9b\\xad"),
        ("abc\u202edcb\u202c", "abc\\u202edcb\\u202c"),
        ("\u200f\u2066\ufeff\u200b", "\\u200f\\u2066\\ufeff\\u200b"),
        ("line\u2028paragraph\u2029", "line\\u2028paragraph\\u2029"),
        ("\U000e0041 tag", "\\U000e0041 tag"),
        ("\ud800", "\\ud800"),
        ("Größe 大きさ <b> $x$ & שלום", "Größe 大きさ <b> $x$ & שלום"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    left = set(visible(text)) - {"\n", "\t"}
    assert not {unicodedata.category(one) for one in left} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    visible(text).encode()


@given(st.text())
def test_a_line_is_a_line_of_signs_that_print(text: str) -> None:
    shown = visible(text, line=True)
    assert shown.isprintable()
    assert shown == visible(shown, line=True)


@given(st.recursive(st.text() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_for_a_terminal_is_the_same_json(content: Any) -> None:
    shown = visible_json(content)
    assert json.loads(shown) == content
    assert not {unicodedata.category(one) for one in set(shown) - {"\n"}} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


# Marks that show, although Unicode files them with those that do not.
SHOWN = {0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
SHOWN |= set(range(0x13430, 0x13456))  # they join hieroglyphs


def test_every_character_that_does_not_show_is_refused() -> None:
    wanted = {
        code
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        and code not in SHOWN
        and chr(code) not in "\t\n"
    }  # a carriage return with no line feed after it is among them
    found = {code for code in range(0x110000) if any(invisible_characters(f"a{chr(code)}b"))}
    assert wanted <= found
    # Beside them only what is no character at all.
    assert {unicodedata.category(chr(code)) for code in found - wanted} <= {"Cn"}
    assert {0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069, 0x200E, 0x200F, 0x61C} <= found
