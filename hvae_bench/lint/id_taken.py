"""An id is new, or `replaces` says that the entry takes the place of the one below."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding

__all__ = ["RULE", "check"]

RULE = "id-taken"


def check(collection: Collection) -> Iterator[Finding]:
    """Ids that are taken without `replaces`, and `replaces` without anything to replace."""
    checked = {source.path for source in collection.checked}
    below: dict[tuple[str, str], str] = {}
    for layer in collection.layers:
        for source in layer:
            key = (source.kind, source.id)
            if source.path in checked and source.document is not None:
                replaces = source.data.get("replaces")
                if key in below and replaces is None:
                    problem = f"the id {source.id!r} is already taken by {below[key]}"
                    mend = f"give it another id, or add the line `replaces: {source.id}`"
                    yield source.error(RULE, problem, mend, "id")
                elif key not in below and replaces is not None:
                    problem = f"`replaces` names {replaces!r}, but nothing of this kind below has that id"
                    yield source.error(RULE, problem, "remove the line `replaces`", "replaces")
        below |= {(source.kind, source.id): str(source.path) for source in layer}
