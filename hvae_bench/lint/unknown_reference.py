"""Every id that an entry names exists."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Place, Source
from hvae_bench.near_miss import near_miss

__all__ = ["RULE", "check"]

RULE = "unknown-reference"

_MOST_NAMED = 12


def check(collection: Collection) -> Iterator[Finding]:
    """Ids that name no entry of their kind."""
    for source in collection.checked:
        for place, kind, id_ in _references(source):
            known = collection.top[kind]
            if id_ not in known:
                meant = near_miss(id_, known)
                if meant is not None:
                    mend = f"write {meant}"
                elif len(known) <= _MOST_NAMED:
                    mend = f"choose one of: {', '.join(sorted(known))}"
                else:
                    mend = f"choose one that `hvae list {kind}` shows"
                yield source.error(RULE, f"no entry in `{kind}` has the id {id_!r}", mend, *place)


def _references(source: Source) -> Iterator[tuple[Place, str, str]]:
    """What an entry names: path of the field, kind and id."""
    original = source.data.get("translation_of")
    if isinstance(original, str):
        yield ("translation_of",), source.kind, original
    system = source.data.get("system") if source.kind == "games" else None
    if isinstance(system, str):
        yield ("system",), "systems", system
    crossings = source.data.get("crossings") if source.kind == "scenarios" else None
    for number, crossing in enumerate(crossings if isinstance(crossings, list) else ()):
        for kind in ("values", "games", "templates", "framings"):
            ids = crossing.get(kind) if isinstance(crossing, dict) else None
            for place, id_ in enumerate(ids if isinstance(ids, list) else ()):
                if isinstance(id_, str):
                    yield ("crossings", number, kind, place), kind, id_
