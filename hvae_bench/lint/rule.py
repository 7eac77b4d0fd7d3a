"""Rule: a function that looks for one kind of mistake, under the name that `hvae validate` prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from typing import TypeVar

from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source

__all__ = ["BETWEEN_FILES", "OF_A_FILE", "TOLD_BY_LOADING", "explanations", "rule", "rule_between_files"]

LookedAt = TypeVar("LookedAt", Source, Collection)

OF_A_FILE: dict[str, Callable[[Source], Iterator[Finding]]] = {}
"""Rules that look at one file."""

BETWEEN_FILES: dict[str, Callable[[Collection], Iterator[Finding]]] = {}
"""Rules that compare files."""

TOLD_BY_LOADING = {
    "link-outside": "Nothing in a catalogue is a link to a place outside it.",
    "file-size": "A file has at most 256 KB.",
    "encoding": "The text is UTF-8.",
    "yaml-syntax": "The file is YAML and holds fields.",
    "yaml-safe": "Plain data, at most 20 levels deep: no anchors, aliases, tags, repeated fields or second documents.",
    "id-is-file-name": "The id is the file's name without `.yaml`.",
    "schema": "Every field is known, there, and of the right form, and the fields fit together.",
}
"""What a file that can be loaded satisfies already: reading it tells these mistakes, under these names."""


def rule(name: str) -> Callable[[Callable[[Source], Iterator[Finding]]], Callable[[Source], Iterator[Finding]]]:
    """Make a function a rule of one file; its docstring is what the rule means."""
    return lambda look: _registered(name, look, OF_A_FILE)


def rule_between_files(
    name: str,
) -> Callable[[Callable[[Collection], Iterator[Finding]]], Callable[[Collection], Iterator[Finding]]]:
    """Make a function a rule that compares files; its docstring is what the rule means."""
    return lambda look: _registered(name, look, BETWEEN_FILES)


def explanations() -> dict[str, str]:
    """What each rule means, by its name."""
    rules = OF_A_FILE | BETWEEN_FILES
    return TOLD_BY_LOADING | {name: " ".join((look.__doc__ or "").split()) for name, look in rules.items()}


def _registered(
    name: str,
    look: Callable[[LookedAt], Iterator[Finding]],
    rules: dict[str, Callable[[LookedAt], Iterator[Finding]]],
) -> Callable[[LookedAt], Iterator[Finding]]:
    @wraps(look)
    def named(looked_at: LookedAt) -> Iterator[Finding]:
        return (replace(finding, rule=name) for finding in look(looked_at))

    rules[name] = named
    return named
