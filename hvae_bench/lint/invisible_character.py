"""No character that does not show, or that turns the direction of reading (Unicode's Cc, Cf, Zl and Zp)."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source
from hvae_bench.visible import invisible_characters

__all__ = ["RULE", "check"]

RULE = "invisible-character"


def check(source: Source) -> Iterator[Finding]:
    """Every such character of the file; those written as an escape, reading has found."""
    line, begin = 1, 0
    shown = False
    for index, character in invisible_characters(source.text):
        line += source.text.count("\n", begin, index)
        begin = index
        column = index - source.text.rfind("\n", 0, index)
        problem = f"the text holds the invisible character U+{ord(character):04X}"
        shown = True
        yield source.at(RULE, "error", line, column, problem, "remove it")
    if not shown:
        yield from source.reported(RULE)
