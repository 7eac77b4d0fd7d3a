"""Number: how numbers are printed, on the terminal and on the report's page alike."""

import math
from decimal import Decimal


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
    return f"{int(Decimal(f'{count:.3g}')):,}"


def counted(count: int, what: str) -> str:
    """A count of things whose name takes an s where they are several."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
