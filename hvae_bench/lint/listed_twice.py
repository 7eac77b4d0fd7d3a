"""No id stands twice in a list of a scenario: the same cell would be run and counted twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Place, Source

__all__ = ["RULE", "check"]

RULE = "listed-twice"


def check(source: Source) -> Iterator[Finding]:
    """Every repeated id, in `core_values` and in the lists of each crossing."""
    if source.kind != "scenarios":
        return
    for place, ids in _lists(source.data):
        seen = set()
        for number, id_ in enumerate(ids):
            if isinstance(id_, str):
                if id_ in seen:
                    problem = f"{id_!r} is listed twice in `{place[-1]}`"
                    yield source.error(RULE, problem, "keep one of them", *place, number)
                seen.add(id_)


def _lists(data: dict[str, Any]) -> Iterator[tuple[Place, list[Any]]]:
    if isinstance(data.get("core_values"), list):
        yield ("core_values",), data["core_values"]
    crossings = data.get("crossings")
    for number, crossing in enumerate(crossings if isinstance(crossings, list) else ()):
        for name, ids in crossing.items() if isinstance(crossing, dict) else ():
            if isinstance(ids, list):
                yield ("crossings", number, name), ids
