"""What a scenario crosses fits together: value and template, languages, options and labels."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.catalog import misfit, pairwise
from hvae_bench.entry import Entry
from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding
from hvae_bench.scenario import Scenario

__all__ = ["RULE", "check"]

RULE = "crossing-fit"


def check(collection: Collection) -> Iterator[Finding]:
    """Crossings with a combination that makes no cell, once for each reason."""
    for source in collection.of("scenarios"):
        if not isinstance(source.entry, Scenario):
            continue
        for number, crossing in enumerate(source.entry.crossings):
            told = set()
            for ids in pairwise(crossing):
                parts = _parts(collection, ids)
                wrong = misfit(*parts) if parts else None
                if wrong and wrong not in told:
                    told.add(wrong)
                    yield source.error(RULE, *wrong, "crossings", number)


def _parts(collection: Collection, ids: tuple[str, str, str, str]) -> tuple[Entry, Entry, Entry, Entry] | None:
    """The four entries; None where one is missing or wrong, which other linters tell."""
    found = [collection.top[kind].get(id_) for kind, id_ in zip(_KINDS, ids, strict=True)]
    entries = [source.entry for source in found if source is not None and source.entry is not None]
    if len(entries) < len(ids):
        return None
    value, game, template, framing = entries
    return value, game, template, framing


_KINDS = ("values", "games", "templates", "framings")
