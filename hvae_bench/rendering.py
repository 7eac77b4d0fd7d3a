"""Rendering: from a pattern and plain values to the text that a model reads, and back.

A placeholder is a plain name; what takes its place is never looked at again, so nothing that a model or
a contributor writes can act as a pattern.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

__all__ = [
    "Order",
    "ReadOption",
    "arrange",
    "format_payoff",
    "option_line_gap",
    "option_line_pattern",
    "read_options",
    "render",
]

Order = Literal["published", "reversed", "shuffled"]

Thing = TypeVar("Thing")

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_LABEL = r"[^\W_]{1,12}"
_NUMBER = r"[-+]?[0-9]{1,16}(?:\.[0-9]{1,25})?(?:e[-+]?[0-9]{1,3})?"
_BEYOND_LABEL = re.compile(r"[\W_]")
_BEYOND_NUMBER = re.compile(r"[^-+.e0-9]")


def render(pattern: str, content: Mapping[str, str]) -> str:
    """Put content in the place of the names in braces, in one pass.

    Raises:
        KeyError: a name without content.
    """
    return _PLACEHOLDER.sub(lambda match: content[match.group(1)], pattern)


def format_payoff(payoff: float) -> str:
    """A payoff as text: whole numbers without a point, others as short as they can be read back."""
    return str(int(payoff)) if payoff == int(payoff) else repr(float(payoff))


def arrange(things: Sequence[Thing], order: Order, stream: str) -> list[Thing]:
    """Put things into an order.

    Args:
        things: in their published order.
        order: `published`, `reversed`, or `shuffled`: a permutation that depends on `stream` alone.
        stream: names the random draw; the same text gives the same permutation everywhere.
    """
    if order == "shuffled":
        keys = [hashlib.sha256(f"{stream}/{index}".encode()).digest() for index in range(len(things))]
        return [things[index] for index in sorted(range(len(things)), key=keys.__getitem__)]
    return list(things) if order == "published" else list(things)[::-1]


@dataclass(frozen=True, slots=True)
class ReadOption:
    """An option as read back from a prompt."""

    label: str
    payoff_self: float
    payoff_other: float


def read_options(text: str, option_line: re.Pattern[str]) -> list[ReadOption]:
    """Read the options back from a prompt, in the order shown.

    Args:
        text: the prompt.
        option_line: a pattern made by `option_line_pattern`.
    """
    found = []
    for line in text.splitlines():
        match = option_line.fullmatch(line.strip())
        if match:
            found.append(ReadOption(match["label"], float(match["payoff_self"]), float(match["payoff_other"])))
    return found


def option_line_pattern(option_line: str) -> re.Pattern[str]:
    """Regular expression that inverts a framing's `option_line`."""
    parts = _PLACEHOLDER.split(option_line.strip())
    # split() alternates literal text and placeholder names.
    pieces = [
        re.escape(part) if index % 2 == 0 else f"(?P<{part}>{_LABEL if part == 'label' else _NUMBER})"
        for index, part in enumerate(parts)
    ]
    return re.compile("".join(pieces))


def option_line_gap(option_line: str) -> tuple[str, str] | None:
    """Two neighbouring placeholders of an `option_line` that cannot be told apart; None if all can.

    What takes the place of a name ends at the first character that it cannot hold itself. So a line is read
    back in one way only if the words after each name, up to the next one, hold such a character.
    """
    parts = _PLACEHOLDER.split(option_line.strip())
    for index in range(1, len(parts) - 2, 2):
        beyond = _BEYOND_LABEL if parts[index] == "label" else _BEYOND_NUMBER
        if not beyond.search(parts[index + 1]):
            return parts[index], parts[index + 2]
    return None
