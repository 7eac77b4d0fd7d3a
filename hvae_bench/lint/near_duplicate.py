"""An entry adds something: it is not another one over again in nearly the same words."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from hvae_bench.catalogue.game import Game
from hvae_bench.lint.files import Collection, Finding, Source, texts_in
from hvae_bench.lint.run import BETWEEN_FILES, rule

ALIKE = 0.8
"""Two entries are nearly the same when they share this part of all word triples that either has (Jaccard index)."""

_WORDS = {
    "values": {"label", "induction_label", "definition"},
    "systems": {"meaning", "outcome"},
    "wordings": {"sentences", "values", "situations"},
    "scenarios": {"description", "concludes"},
}
"""Fields of which all words are compared; in the others two entries may differ on purpose."""

_IGNORED = {
    *("id", "title", "source", "licence", "measures", "replaces", "deprecated", "paraphrase", "other_words", "default"),
    "reviewed",
}
_OPTIONAL = {"values": {"goal", "rule"}}
"""Fields that one of two entries may lack without saying something else."""

# Scripts that do not part words by spaces are compared sign by sign.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")

_Piece = tuple[Any, ...]
_Gist = tuple[Source, frozenset[_Piece]]


@rule("near-duplicate", BETWEEN_FILES)
def near_duplicate(collection: Collection) -> Iterator[Finding]:
    """An entry adds something.

    An error where it says the same as another one, a warning where it shares four fifths of the wording.
    """
    groups: dict[tuple[str, str], list[_Gist]] = defaultdict(list)
    for kind, found in collection.top.items():
        for source in found.values():
            if source.entry is not None:
                structure, pieces = _gist(kind, source)
                groups[kind, structure].append((source, pieces))
    for group in groups.values():
        # What lies below comes first, so that the newcomer is told.
        group.sort(key=lambda member: collection.is_checked(member[0]))
        yield from (_told(*pair) for pair in _alike(group) if collection.is_checked(pair[0]))


def _told(source: Source, other: Source, share: float) -> Finding:
    if share == 1:
        problem = f"this says the same as {other.kind}/{other.id}"
        return source.error(problem, "remove one of the two, or change what it says")
    problem = f"this says nearly the same as {other.kind}/{other.id} ({share:.0%} of the wording)"
    return source.warning(problem, "make clear in its fields what it is for, or remove it")


def _alike(group: list[_Gist]) -> Iterator[tuple[Source, Source, float]]:
    """Each entry that is like an earlier one, with the one that it is most like, and how much."""
    first: dict[frozenset[_Piece], Source] = {}
    different: list[_Gist] = []
    for source, pieces in group:
        if pieces in first:
            yield source, first[pieces], 1.0
            continue
        first[pieces] = source
        shares = [(len(pieces & other) / len(pieces | other), place) for place, (_, other) in enumerate(different)]
        share, place = max(shares, default=(0.0, 0))
        if share >= ALIKE:
            yield source, different[place][0], share
        else:
            different.append((source, pieces))  # what is like another one is like what that one is like


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
    structure = _without_words(told, _WORDS.get(kind, set()), words)
    pieces = {tuple(words[place : place + 3]) for place in range(max(1, len(words) - 2))}
    return json.dumps(structure, sort_keys=True), frozenset(pieces)


def _without_words(content: Any, fields: set[str], words: list[str]) -> Any:
    if isinstance(content, dict):
        kept = {}
        for name, inner in sorted(content.items()):
            if name in fields:
                words += [word for _, text in texts_in(inner) for word in _WORD.findall(text.casefold())]
            elif name not in _IGNORED:
                kept[name] = _without_words(inner, fields, words)
        return kept
    if isinstance(content, list):
        return [_without_words(inner, fields, words) for inner in content]
    return content


def _normal(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
