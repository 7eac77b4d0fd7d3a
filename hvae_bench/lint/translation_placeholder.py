"""A translation has the placeholders of its original, turn by turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source
from hvae_bench.template import PLACEHOLDERS

__all__ = ["RULE", "check"]

RULE = "translation-placeholder"


def check(collection: Collection) -> Iterator[Finding]:
    """Placeholders that a translation lacks or adds."""
    for source in collection.of("templates"):
        named = source.data.get("translation_of")
        original = collection.top["templates"].get(named) if isinstance(named, str) else None
        if original is None:
            continue
        turns, models = _turns(source), _turns(original)
        if len(turns) != len(models):
            problem = f"the template has {len(turns)} turns, and its original {original.id!r} has {len(models)}"
            yield source.error(RULE, problem, "translate turn by turn", "turns")
            continue
        for number, (turn, model) in enumerate(zip(turns, models, strict=True)):
            for field in ("text", "reask"):
                yield from _compare(source, number, field, _names(turn.get(field)), _names(model.get(field)))


def _turns(source: Source) -> list[dict[str, Any]]:
    turns = source.data.get("turns")
    return [turn for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []


def _compare(source: Source, number: int, field: str, mine: set[str], theirs: set[str]) -> Iterator[Finding]:
    place = ("turns", number, field)
    for name in PLACEHOLDERS:
        shown = f"{{{name}}}"
        if name in theirs - mine:
            problem = f"{shown} stands in this turn's `{field}` of the original, and is missing here"
            yield source.error(RULE, problem, "add it", *place)
        elif name in mine - theirs:
            problem = f"{shown} stands here, and not in this turn's `{field}` of the original"
            yield source.error(RULE, problem, "remove it", *place, words=shown)


def _names(text: object) -> set[str]:
    return set(re.findall(r"\{([a-z_]+)\}", text)) if isinstance(text, str) else set()
