"""An entry adds something: it is not another one over again in nearly the same words."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from hvae_bench.game import Game
from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source

__all__ = ["ALIKE", "RULE", "check"]

RULE = "near-duplicate"

ALIKE = 0.8
"""Two entries are nearly the same when they share this part of all word triples that either has (Jaccard index)."""

_WORDS = {
    "values": {"label", "induction_label", "definition"},
    "systems": {"meaning", "outcome"},
    "games": set[str](),
    "templates": {"text", "reask"},
    "framings": {"counterpart", "option_line"},
    "scenarios": {"description", "concludes"},
}
"""Fields that are compared word by word; in the others two entries may differ on purpose."""

_IGNORED = {
    *("id", "title", "source", "licence", "measures", "replaces", "deprecated", "paraphrase", "other_words", "default"),
    *("status", "translations"),
}
_OPTIONAL = {"values": {"goal", "rule"}}
"""Fields that one of two entries may lack without saying something else."""

# Scripts that do not part words by spaces are compared sign by sign.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")

_Piece = tuple[Any, ...]


def check(collection: Collection) -> Iterator[Finding]:
    """Entries that say what an earlier one of the same kind says.

    Only entries that differ in nothing but words are compared, and only if they share one of their rarest
    pieces: two sets of which a part `ALIKE` is common must do so (prefix filtering), and nearly all others do not.
    """
    checked = {source.path for source in collection.checked}
    groups: dict[tuple[str, str], list[tuple[Source, frozenset[_Piece]]]] = defaultdict(list)
    for kind, found in collection.top.items():
        for source in found.values():
            if source.entry is not None:
                structure, pieces = _gist(kind, source)
                groups[kind, structure].append((source, pieces))
    for group in groups.values():
        # What lies below comes first, so that the newcomer is told.
        group.sort(key=lambda member: member[0].path in checked)
        if len(group) > 1:
            yield from (_told(*pair) for pair in _alike(group) if pair[0].path in checked)


def _told(source: Source, other: Source, share: float) -> Finding:
    if share == 1:
        problem = f"this says the same as {other.kind}/{other.id}"
        return source.error(RULE, problem, "remove one of the two, or change what it says")
    problem = f"this says nearly the same as {other.kind}/{other.id} ({share:.0%} of the wording)"
    return source.warning(RULE, problem, "make clear in its fields what it is for, or remove it")


def _alike(group: list[tuple[Source, frozenset[_Piece]]]) -> Iterator[tuple[Source, Source, float]]:
    often = Counter(piece for _, pieces in group for piece in pieces)
    seen: dict[_Piece, list[int]] = defaultdict(list)
    same: dict[frozenset[_Piece], int] = {}
    for number, (source, pieces) in enumerate(group):
        twin = same.setdefault(pieces, number)
        if twin != number:
            yield source, group[twin][0], 1.0
            continue
        # By what they look like: where one item has fewer options, payoffs would be compared with words.
        rarest = sorted(pieces, key=lambda piece: (often[piece], repr(piece)))
        prefix = rarest[: len(pieces) - int(ALIKE * len(pieces)) + 1]
        candidates = dict.fromkeys(index for piece in prefix for index in seen[piece])
        best = max(((_share(pieces, group[index][1]), index) for index in candidates), default=(0.0, 0))
        if best[0] >= ALIKE:
            yield source, group[best[1]][0], best[0]
            continue  # what is like this one is like the other, too
        for piece in prefix:
            seen[piece].append(number)


def _share(one: frozenset[_Piece], other: frozenset[_Piece]) -> float:
    return len(one & other) / len(one | other)


def _gist(kind: str, source: Source) -> tuple[str, frozenset[_Piece]]:
    """What two entries must have in common to be compared, and the pieces that are compared."""
    if isinstance(source.entry, Game):
        return "", frozenset(
            (
                *sorted(option.payoffs for option in item.options),
                (_normal(item.situation or source.entry.situation or ""),),
            )
            for item in source.entry.items
        )
    words: list[str] = []
    told = {name: content for name, content in source.data.items() if name not in _OPTIONAL.get(kind, ())}
    structure = _without_words(told, _WORDS[kind], words)
    pieces = {tuple(words[place : place + 3]) for place in range(max(1, len(words) - 2))}
    return json.dumps(structure, sort_keys=True), frozenset(pieces)


def _without_words(content: Any, fields: set[str], words: list[str]) -> Any:
    if isinstance(content, dict):
        if content.get("role") == "system":
            # All wordings of a study may share the message that explains it, and would look alike for it.
            return content
        kept = {}
        for name, inner in sorted(content.items()):
            if name in fields and isinstance(inner, str):
                words += _WORD.findall(inner.casefold())
            elif name not in _IGNORED:
                kept[name] = _without_words(inner, fields, words)
        return kept
    if isinstance(content, list):
        return [_without_words(inner, fields, words) for inner in content]
    return content


def _normal(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
