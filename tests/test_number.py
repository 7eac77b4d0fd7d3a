"""Numbers are printed in one way everywhere."""

from __future__ import annotations

import math

import pytest

from hvae_bench.text.number import number, percent


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
