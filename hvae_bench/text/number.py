"""Number: how numbers are printed, on the terminal and on the report's page alike."""

from __future__ import annotations

import math

__all__ = ["DIGITS", "number", "percent"]

DIGITS = 2
"""Digits after the point of every estimate."""


def number(value: float, digits: int = DIGITS) -> str:
    """A number with a fixed number of digits; `-` for NaN, and never a negative zero."""
    if math.isnan(value):
        return "-"
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def percent(share: float | None) -> str:
    """A share of 1 as a percentage with one digit; `-` where there is none."""
    return "-" if share is None or math.isnan(share) else f"{number(100 * share, 1)} %"
