"""Number: how numbers are printed, on the terminal and on the report's page alike."""

import math


def number(value: float, digits: int = 2) -> str:
    """A number with a fixed number of digits; `-` for NaN, and never a negative zero."""
    if math.isnan(value):
        return "-"
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def percent(share: float | None) -> str:
    """A share of 1 as a percentage with one digit; `-` where there is none."""
    return "-" if share is None or math.isnan(share) else f"{number(100 * share, 1)} %"


def about(count: float) -> str:
    """A count to three digits."""
    return f"{float(f'{count:.3g}'):,.0f}"
