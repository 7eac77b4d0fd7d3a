"""Numbers are printed in one way everywhere."""

from __future__ import annotations

import math

import pytest

from hvae_bench.text.number import about, counted, number, percent


@pytest.mark.parametrize(
    ("value", "digits", "printed"),
    [
        (0.571, 2, "0.57"),
        (-0.61, 2, "-0.61"),
        (-0.004, 2, "0.00"),
        (-0.004, 3, "-0.004"),
        (-10.001, 2, "-10.00"),
        (math.nan, 2, "-"),
    ],
)
def test_number(value: float, digits: int, printed: str) -> None:
    assert number(value, digits) == printed


@pytest.mark.parametrize(("share", "printed"), [(1.0, "100.0 %"), (0.0, "0.0 %"), (None, "-"), (math.nan, "-")])
def test_percent(share: float | None, printed: str) -> None:
    assert percent(share) == printed


@pytest.mark.parametrize(
    ("count", "printed"), [(0, "0"), (999, "999"), (568_912, "569,000"), (0.4, "0"), (224 * 10**27, "224" + 9 * ",000")]
)
def test_about(count: float, printed: str) -> None:
    assert about(count) == printed


@pytest.mark.parametrize(("count", "printed"), [(0, "0 cells"), (1, "1 cell"), (1200, "1,200 cells")])
def test_counted(count: int, printed: str) -> None:
    assert counted(count, "cell") == printed
