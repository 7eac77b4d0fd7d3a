"""Engine: a target is checked against damaged seeds, the same ones for the same random seed."""

from __future__ import annotations

import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from traceback import extract_tb

from tests.fuzz.mutation import mutate

__all__ = ["Finding", "Fuzzed", "checked", "fuzz"]

MAX_GROWTH_MB = 400
"""Growth of the process over a whole run at most."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An input that broke what should hold, and how."""

    data: bytes
    error: BaseException

    @property
    def place(self) -> str:
        """Where it broke: the same place, called from the same place, is the same finding."""
        frames = extract_tb(self.error.__traceback__)[-2:]
        lines = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
        return f"{type(self.error).__name__} at {lines}"


@dataclass(slots=True)
class Fuzzed:
    """What a run found: how many inputs were checked, and the first finding of each place."""

    inputs: int = 0
    findings: dict[str, Finding] = field(default_factory=dict)


def checked(check: Callable[[bytes], None], data: bytes) -> Finding | None:
    """What is wrong with how an input was dealt with."""
    try:
        check(data)
    except (Exception, RecursionError) as error:
        return Finding(data, error)
    return None


def fuzz(check: Callable[[bytes], None], seeds: Sequence[bytes], inputs: int, seed: int) -> Fuzzed:
    """Check the seeds, then damaged ones, so many inputs in all, but each seed at least once."""
    random = Random(seed)
    fuzzed = Fuzzed()
    before = peak_mb()
    while fuzzed.inputs < max(inputs, len(seeds)):
        data = mutate(random.choice(seeds), seeds, random) if fuzzed.inputs >= len(seeds) else seeds[fuzzed.inputs]
        fuzzed.inputs += 1
        found = checked(check, data)
        if found is not None:
            fuzzed.findings.setdefault(found.place, found)
    growth = peak_mb() - before
    assert growth < MAX_GROWTH_MB, f"the process grew by {growth:.0f} MB"
    return fuzzed


def peak_mb() -> float:
    """The most memory that this process has had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
