"""A catalogue holds what it shows: nothing in it is a link to a place outside."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source

__all__ = ["RULE", "check"]

RULE = "link-outside"


def check(source: Source) -> Iterator[Finding]:
    """What reading the file has found."""
    yield from source.reported(RULE)
