"""Rendering: from a pattern and plain values to the text that a model reads.

A placeholder is a plain name; what takes its place is never looked at again, so nothing that a model or
a contributor writes can act as a pattern.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

Order = Literal["published", "reversed", "shuffled"]

Thing = TypeVar("Thing")

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


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
