"""Rules about a file as a file, whatever it says."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.lint.finding import Finding
from hvae_bench.lint.rule import rule
from hvae_bench.lint.source import Source
from hvae_bench.text.visible import invisible_characters

_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
"""Names that Windows keeps for itself, with any ending."""


@rule("file-name")
def file_name(source: Source) -> Iterator[Finding]:
    """Entries are ordinary files whose names end in `.yaml` and can be stored on every system."""
    if source.id.lower() in _DEVICES:
        problem = f"Windows keeps the name {source.id!r} for a device and cannot store this file"
        yield source.error(problem, "choose another id, and name the file after it")


@rule("invisible-character")
def invisible_character(source: Source) -> Iterator[Finding]:
    """No character hides or turns the direction of reading.

    There are no control and format characters, no zero width, no bidirectional marks. The two joiners stand only within
    words of scripts that need them.
    """
    line, begin = 1, 0
    for index, character in invisible_characters(source.text):
        line += source.text.count("\n", begin, index)
        begin = index
        column = index - source.text.rfind("\n", 0, index)
        problem = f"the text holds the invisible character U+{ord(character):04X}"
        yield source.at("error", line, column, problem, "remove it")


@rule("whitespace")
def whitespace(source: Source) -> Iterator[Finding]:
    """No white space at the ends of lines, one line break at the end of the file, no carriage returns."""
    mend = "run `hvae validate --fix`, or remove it by hand where it is part of a text"
    for number, row in enumerate(source.text.split("\n"), 1):
        kept = row.rstrip(" \t\r")
        if kept != row:
            what = "a carriage return" if row.endswith("\r") else "white space"
            yield source.at("warning", number, len(kept) + 1, f"the line ends with {what}", mend)
    ended = source.text.rstrip("\n")
    if source.text and source.text != f"{ended}\n":
        problem = "the file ends with empty lines" if source.text.endswith("\n\n") else "the last line is not ended"
        line, column = ended.count("\n") + 1, len(ended) - ended.rfind("\n")
        yield source.at("warning", line, column, problem, "run `hvae validate --fix`, which ends it once")
