"""What models say is shown as text, whatever it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvae_bench.report.text import shorten, spreadsheet_text, visible


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


def test_long_texts_are_shortened_with_a_note() -> None:
    assert shorten("abc", 3) == ("abc", None)
    assert shorten("abcd" * 1000, 3) == ("abc", "shortened: the first 3 of 4,000 characters")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\n", " =", "＝", "＠"])
def test_no_spreadsheet_takes_text_for_a_formula(start: str) -> None:
    assert spreadsheet_text(f"{start}1+1") == f"'{start}1+1"
    assert spreadsheet_text("1+1") == "1+1"
