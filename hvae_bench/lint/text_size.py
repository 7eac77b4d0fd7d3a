"""Texts have the length that their use allows: a label is a word or two, a turn is no essay."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source

__all__ = ["LONGEST", "RULE", "check"]

RULE = "text-size"

LONGEST = {
    "title": 120,
    "label": 60,
    "induction_label": 200,
    "unit": 40,
    "definition": 500,
    "goal": 500,
    "rule": 500,
    "counterpart": 200,
    "option_line": 300,
    "situation": 2_000,
    "meaning": 300,
    "outcome": 200,
    "measures": 2_000,
    "licence": 500,
    "source": 2_000,
    "description": 2_000,
    "concludes": 2_000,
    "text": 4_000,
    "reask": 1_000,
}
"""The most characters of each field."""


def check(source: Source) -> Iterator[Finding]:
    """Texts that are longer than their field should be."""
    for place, text in source.texts:
        name = str(place[-1]) if place else ""
        most = LONGEST.get(name)
        if most is not None and len(text) > most:
            problem = f"`{name}` has {len(text):,} characters, and should have {most:,} at most"
            yield source.error(RULE, problem, "shorten it", *place)
