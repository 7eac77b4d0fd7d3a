"""Rules about scenarios: what they cross makes cells, each once, and one of them is the default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hvae_bench.catalogue.catalog import LISTED, WITH_DEFAULT, pairwise
from hvae_bench.catalogue.fit import misfit
from hvae_bench.catalogue.scenario import Scenario
from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.rule import rule, rule_between_files
from hvae_bench.lint.source import Source
from hvae_bench.text.document import Place


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
    """What a scenario crosses makes cells: value and template, options and labels, words for all of it."""
    entries = {
        kind: {id_: source.entry for id_, source in found.items() if source.entry is not None}
        for kind, found in collection.top.items()
    }
    for source, scenario in collection.checked_entries(Scenario):
        for number, crossing in enumerate(scenario.crossings):
            named = ((kind, id_) for kind in LISTED for id_ in getattr(crossing, kind) or ())
            if any(id_ not in entries[kind] for kind, id_ in named):
                continue  # other rules tell
            wrong = dict.fromkeys(filter(None, map(misfit, pairwise(crossing, entries))))
            yield from (source.error(one.problem, one.mend, "crossings", number) for one in wrong)


def _is_default(source: Source) -> bool:
    """What the file says; a wording that stands on the default one in its place need not say it."""
    return source.data.get("default") is True or getattr(source.entry, "default", False)


@rule_between_files("default")
def default(collection: Collection) -> Iterator[Finding]:
    """One wording, one framing and one scenario of a catalogue are the default."""
    for kind in WITH_DEFAULT:
        defaults = [one for one in collection.top[kind].values() if _is_default(one)]
        checked = collection.of(kind)
        for source in checked:
            others = [one.id for one in defaults if one.id != source.id]
            if source.data.get("default") is True and others:
                problem = f"`default: true` also stands in {', '.join(others)}"
                yield source.error(problem, "keep it in one of them", "default")
        if not defaults and checked and all(one.document for one in collection.top[kind].values()):
            problem = f"no {kind.removesuffix('s')} is the default"
            yield checked[0].error(problem, "write `default: true` in one")
