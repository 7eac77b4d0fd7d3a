"""Finding: what a rule has to say about a place in a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["Finding", "Severity"]

Severity = Literal["error", "warning"]
"""`error`: the entry is refused; `warning`: somebody should look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend.

    Attributes:
        rule: name of the rule.
        severity: whether the entry is refused.
        path: the file.
        line: counted from 1.
        column: counted from 1.
        problem: what is wrong, without a full stop.
        mend: what to do about it, without a full stop.
        place: path of the field within the entry; empty where the file as a whole is meant.
    """

    rule: str
    severity: Severity
    path: Path
    line: int
    column: int
    problem: str
    mend: str
    place: tuple[str | int, ...] = ()
