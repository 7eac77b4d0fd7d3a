"""Lines end where their text ends, in the same way everywhere, and the last one ends with a line break."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source

__all__ = ["RULE", "check"]

RULE = "whitespace"


def check(source: Source) -> Iterator[Finding]:
    """Spaces and carriage returns at the ends of lines, and a last line that is not ended or is empty."""
    mend = "run `hvae validate --fix`, or remove it by hand where it is part of a text"
    for number, row in enumerate(source.text.split("\n"), 1):
        kept = row.rstrip(" \t\r")
        if kept != row:
            what = "a carriage return" if row.endswith("\r") else "white space"
            yield source.at(RULE, "warning", number, len(kept) + 1, f"the line ends with {what}", mend)
    ended = source.text.rstrip("\n")
    if source.text and source.text != f"{ended}\n":
        line = ended.count("\n") + 1
        problem = "the file ends with empty lines" if source.text.endswith("\n\n") else "the last line is not ended"
        column = len(ended) - ended.rfind("\n")
        yield source.at(RULE, "warning", line, column, problem, "run `hvae validate --fix`, which ends it once")
