"""One scenario of a catalogue runs when none is named."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding

__all__ = ["RULE", "check"]

RULE = "default-scenario"


def check(collection: Collection) -> Iterator[Finding]:
    """Scenarios that claim to be the default beside another one, and a data set without any."""
    defaults = [one for one in collection.top["scenarios"].values() if one.data.get("default") is True]
    for source in collection.of("scenarios"):
        others = [one.id for one in defaults if one.id != source.id]
        if source.data.get("default") is True and others:
            problem = f"`default: true` also stands in {', '.join(others)}"
            yield source.error(RULE, problem, "keep it in one of them", "default")
    checked = collection.of("scenarios")
    if not defaults and checked and all(one.document for one in collection.top["scenarios"].values()):
        yield checked[0].error(RULE, "no scenario is the default", "write `default: true` in one")
