"""The catalogue loads: whatever no other linter has told, but `inspect eval` would."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.catalog import load_catalog
from hvae_bench.errors import CatalogError
from hvae_bench.lint.collection import Collection, is_published
from hvae_bench.lint.finding import Finding

__all__ = ["RULE", "check"]

RULE = "catalogue"


def check(collection: Collection) -> Iterator[Finding]:
    """The first mistake at which the catalogue does not load, if it is in one of the files under check."""
    # The data set itself is what is laid over; it is the embedded one, or a clone's.
    folders = [folder for folder in collection.folders if not is_published(folder)]
    bases = [folder for folder in collection.folders if is_published(folder)]
    try:
        load_catalog(folders, base=bases[0] if bases else None)
    except CatalogError as error:
        if error.path in {source.path for source in collection.checked}:
            yield Finding(RULE, "error", error.path, error.line or 1, error.column or 1, error.problem, error.mend)
