"""Entries are ordinary files whose names end in `.yaml` and can be stored on every system."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source

__all__ = ["RULE", "check"]

RULE = "file-name"

_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
"""Names that Windows keeps for itself, with any ending."""


def check(source: Source) -> Iterator[Finding]:
    """What reading the file has found, and names that some systems cannot store."""
    yield from source.reported(RULE)
    if source.id.lower() in _DEVICES:
        problem = f"Windows keeps the name {source.id!r} for a device and cannot store this file"
        yield source.error(RULE, problem, "choose another id, and name the file after it")
