"""Texts of models in files for spreadsheets."""

from __future__ import annotations

import pytest

from hvae_bench.report.table import spreadsheet_text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\n", " =", "＝", "＠"])
def test_no_spreadsheet_takes_text_for_a_formula(start: str) -> None:
    assert spreadsheet_text(f"{start}1+1") == f"'{start}1+1"
    assert spreadsheet_text("1+1") == "1+1"
