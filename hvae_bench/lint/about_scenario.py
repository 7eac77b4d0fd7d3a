"""Rules about scenarios: what they cross makes cells, each once, and one of them is the default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hvae_bench.catalog import misfit, pairwise
from hvae_bench.document import Place
from hvae_bench.entry import Entry
from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.rule import rule, rule_between_files
from hvae_bench.lint.source import Source
from hvae_bench.scenario import Scenario

_CROSSED = ("values", "games", "templates", "framings")


@rule("listed-twice")
def listed_twice(source: Source) -> Iterator[Finding]:
    """No id stands twice in a list of a scenario: the same cell would be run and counted twice."""
    for place, ids in _lists(source.data) if source.kind == "scenarios" else ():
        seen = set()
        for number, id_ in enumerate(ids):
            if isinstance(id_, str):
                if id_ in seen:
                    problem = f"{id_!r} is listed twice in `{place[-1]}`"
                    yield source.error(problem, "keep one of them", *place, number)
                seen.add(id_)


def _lists(data: dict[str, Any]) -> Iterator[tuple[Place, list[Any]]]:
    if isinstance(data.get("core_values"), list):
        yield ("core_values",), data["core_values"]
    crossings = data.get("crossings")
    for number, crossing in enumerate(crossings if isinstance(crossings, list) else ()):
        for name, ids in crossing.items() if isinstance(crossing, dict) else ():
            if isinstance(ids, list):
                yield ("crossings", number, name), ids


@rule_between_files("crossing-fit")
def crossing_fit(collection: Collection) -> Iterator[Finding]:
    """What a scenario crosses makes cells: value and template, languages, options and labels."""
    for source, scenario in collection.checked_entries(Scenario):
        for number, crossing in enumerate(scenario.crossings):
            told = set()
            for ids in pairwise(crossing):
                parts = _parts(collection, ids)
                wrong = misfit(*parts) if parts else None
                if wrong and wrong not in told:
                    told.add(wrong)
                    yield source.error(*wrong, "crossings", number)


def _parts(collection: Collection, ids: tuple[str, str, str, str]) -> tuple[Entry, Entry, Entry, Entry] | None:
    """The four entries; None where one is missing or wrong, which other rules tell."""
    found = [collection.top[kind].get(id_) for kind, id_ in zip(_CROSSED, ids, strict=True)]
    entries = [source.entry for source in found if source is not None and source.entry is not None]
    if len(entries) < len(ids):
        return None
    value, game, template, framing = entries
    return value, game, template, framing


@rule_between_files("default-scenario")
def default_scenario(collection: Collection) -> Iterator[Finding]:
    """One scenario of a catalogue is the default."""
    defaults = [one for one in collection.top["scenarios"].values() if one.data.get("default") is True]
    checked = collection.of("scenarios")
    for source in checked:
        others = [one.id for one in defaults if one.id != source.id]
        if source.data.get("default") is True and others:
            yield source.error(
                f"`default: true` also stands in {', '.join(others)}", "keep it in one of them", "default"
            )
    if not defaults and checked and all(one.document for one in collection.top["scenarios"].values()):
        yield checked[0].error("no scenario is the default", "write `default: true` in one")
