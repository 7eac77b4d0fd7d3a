"""What models say is shown as text, whatever it is."""

from __future__ import annotations

import pytest

from hvae_bench.report.exchange import shorten
from hvae_bench.report.table import spreadsheet_text


def test_long_texts_are_shortened_with_a_note() -> None:
    assert shorten("abc", 3) == ("abc", None)
    assert shorten("abcd" * 1000, 3) == ("abc", "shortened: the first 3 of 4,000 characters")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\n", " =", "＝", "＠"])
def test_no_spreadsheet_takes_text_for_a_formula(start: str) -> None:
    assert spreadsheet_text(f"{start}1+1") == f"'{start}1+1"
    assert spreadsheet_text("1+1") == "1+1"
