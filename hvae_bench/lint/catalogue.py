"""The catalogue as a whole can be loaded, by whatever other rules loading has."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.catalog import Loaded, check_references
from hvae_bench.errors import CatalogError
from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding

__all__ = ["RULE", "check"]

RULE = "catalogue"


def check(collection: Collection) -> Iterator[Finding]:
    """What loading the entries together refuses."""
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
        if any(source.path == error.path for source in collection.checked):
            line, column = error.line or 1, error.column or 1
            yield Finding(RULE, "error", error.path, line, column, error.problem, error.mend, error.place)
