"""Rules about entries beside others: ids that are free, ids that exist, and what loading them together refuses."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.catalogue.catalog import LISTED, Loaded, check_references
from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.rule import rule_between_files
from hvae_bench.lint.source import Source
from hvae_bench.text.document import Place
from hvae_bench.text.errors import CatalogError
from hvae_bench.text.near_miss import near_miss

_MOST_NAMED = 12


@rule_between_files("id-taken")
def id_taken(collection: Collection) -> Iterator[Finding]:
    """An id is new, or `replaces` says that the entry takes the place of the one below."""
    below: dict[tuple[str, str], str] = {}
    for layer in collection.layers:
        for source in layer:
            key = (source.kind, source.id)
            if collection.is_checked(source) and source.document is not None:
                replaces = source.data.get("replaces")
                if key in below and replaces is None:
                    problem = f"the id {source.id!r} is already taken by {below[key]}"
                    mend = f"give it another id, or add the line `replaces: {source.id}`"
                    yield source.error(problem, mend, "id")
                elif key not in below and replaces is not None:
                    problem = f"`replaces` names {replaces!r}, but nothing of this kind below has that id"
                    yield source.error(problem, "remove the line `replaces`", "replaces")
        below |= {(source.kind, source.id): str(source.path) for source in layer}


@rule_between_files("unknown-reference")
def unknown_reference(collection: Collection) -> Iterator[Finding]:
    """Every id that an entry names exists."""
    # Of a game's system and a wording's base loading has told.
    for source in (*collection.of("scenarios"), *collection.of("wordings")):
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
                yield source.error(f"no entry in `{kind}` has the id {id_!r}", mend, *place)


def _references(source: Source) -> Iterator[tuple[Place, str, str]]:
    """What a scenario or a wording names: path of the field, kind and id."""
    if source.kind == "wordings":
        for name, kind in (("values", "values"), ("situations", "games"), ("outcomes", "systems")):
            words = source.data.get(name)
            yield from (((name, id_), kind, id_) for id_ in (words if isinstance(words, dict) else ()))
    crossings = source.data.get("crossings")
    for number, crossing in enumerate(crossings if isinstance(crossings, list) else ()):
        for kind in LISTED:
            ids = crossing.get(kind) if isinstance(crossing, dict) else None
            for place, id_ in enumerate(ids if isinstance(ids, list) else ()):
                if isinstance(id_, str):
                    yield ("crossings", number, kind, place), kind, id_


@rule_between_files("catalogue")
def catalogue(collection: Collection) -> Iterator[Finding]:
    """All entries together can be loaded; asked only where no other rule has found an error."""
    found: dict[str, dict[str, Loaded]] = {kind: {} for kind in collection.top}
    for kind, sources in collection.top.items():
        for id_, source in sources.items():
            if source.entry is None or source.document is None:
                return  # told where the file is checked
            found[kind][id_] = Loaded(source.entry, source.document)
    if not any(found.values()):
        return
    try:
        check_references(found)
    except CatalogError as error:
        yield from (source.told(error) for source in collection.checked if source.path == error.path)
