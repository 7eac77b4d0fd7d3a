"""Catalogue: all entries that can be run, read from the package and from folders laid over it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from pathlib import Path
from typing import Any

from hvae_bench.catalogue.derived_game import derivation_problems, expand
from hvae_bench.catalogue.entry import Entry, Problem, canonical_json
from hvae_bench.catalogue.entry_file import (
    KINDS,
    Loaded,
    base_problems,
    check_folder,
    lay_over,
    refuse,
    singular,
    unknown,
)
from hvae_bench.catalogue.fit import Parts, core_problems, misfit, system_problems, systems_of
from hvae_bench.catalogue.framing import Framing
from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.scenario import AXES, Crossing, Scenario
from hvae_bench.catalogue.source import lowest_of, read_dataset
from hvae_bench.catalogue.system import System
from hvae_bench.catalogue.template import Template
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.catalogue.wording import Wording
from hvae_bench.text.document import Document
from hvae_bench.text.errors import CatalogError, UsageError
from hvae_bench.text.near_miss import did_you_mean

LISTED = tuple(kind for kind in AXES if kind in KINDS)
"""The kinds that a crossing lists by id."""

WITH_DEFAULT = tuple(kind for kind, model in KINDS.items() if "default" in model.model_fields)
"""The kinds of which one entry is used where none is named."""


@dataclass(frozen=True)
class Catalog:
    """Every entry, by kind and id.

    Attributes:
        wordings: each with all it takes from the one it is based on.
        source: where the entries were read, the later laid over the earlier.
        version: version of the data set at the bottom.
        revision: its commit on the Hub; None elsewhere.
        manifest_sha256: hash of the manifest that its files were held against; None where there is none.
    """

    values: Mapping[str, ValueTarget]
    systems: Mapping[str, System]
    games: Mapping[str, Game]
    templates: Mapping[str, Template]
    wordings: Mapping[str, Wording]
    framings: Mapping[str, Framing]
    scenarios: Mapping[str, Scenario]
    source: tuple[str, ...]
    version: str
    revision: str | None = None
    manifest_sha256: str | None = None

    @property
    def entries(self) -> dict[str, Mapping[str, Any]]:
        """All of them, by kind and id."""
        return {kind: getattr(self, kind) for kind in KINDS}

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of the content: equal for equal entries, wherever they were read, deprecated or not."""
        return _fingerprint(self.entries)

    def pick(self, kind: str, id_: str) -> Any:
        """The entry with this id.

        Raises:
            UsageError: there is none; the message lists those there are.
        """
        entries = self.entries[kind]
        if id_ not in entries:
            meant = did_you_mean(id_, entries)
            perhaps = f"{meant}Or choose" if meant else "Choose"
            known = ", ".join(sorted(entries))
            raise UsageError(f"There is no {singular(kind)} {id_!r}. {perhaps} one of: {known}.")
        return entries[id_]

    def default_scenario(self) -> Scenario:
        """The scenario that runs when none is named."""
        return next(scenario for scenario in self.scenarios.values() if scenario.default)

    def axes(self, crossing: Crossing) -> dict[str, tuple[str, ...]]:
        """The lists of a crossing, with the defaults where it names none."""
        return axes_of(crossing, self.entries)

    def parts(self, value: str, game: str, template: str, wording: str, framing: str) -> Parts:
        """The entries of a cell by their ids."""
        return parts_of(self.entries, value, game, template, wording, framing)


def load_catalog(folders: str | Path | Sequence[str | Path] = (), *, base: Path | None = None) -> Catalog:
    """Read a data set, the embedded one unless another is named, and lay folders over it.

    Args:
        folders: one name or several. The first may name the data set, as `catalogue.fetch` says: `embedded`, `hub`,
            `ORG/NAME@v1.0.0`, or a folder made by `hvae build`. All others are folders, each with any of the folders
            `values`, `systems`, `games`, `templates`, `wordings`, `framings` and `scenarios`. The later one wins
            where an entry says `replaces`.
        base: the folder of another data set, with its file `VERSION`, that takes the place of the embedded one.

    Raises:
        CatalogError: a wrong file or a broken reference; the message names file, line and fix.
        UsageError: a data set that cannot be had from the Hub, or that is named where a folder should be.
    """
    names: Sequence[str | Path] = [folders] if isinstance(folders, (str, Path)) else list(folders)
    lowest, names = lowest_of(names) if base is None else (read_dataset(base, str(base)), names)
    found: dict[str, dict[str, Loaded]] = {kind: dict(lowest.entries[kind]) for kind in KINDS}
    for name in names:
        check_folder(Path(name))
        lay_over(found, Path(name))
    found = _completed(found)
    entries: dict[str, Any] = _entries(found)
    _check_references(found, entries, lowest.place)
    if lowest.manifest is not None:
        lowest.check_fingerprint(_fingerprint(_entries(_completed(lowest.entries)) if names else entries))
    return Catalog(
        **entries,
        source=(lowest.name, *(str(name) for name in names)),
        version=lowest.version,
        revision=lowest.revision,
        manifest_sha256=lowest.manifest_sha256,
    )


def _completed(found: Mapping[str, Mapping[str, Loaded]]) -> dict[str, dict[str, Loaded]]:
    return {kind: {id_: completed(one, found) for id_, one in read.items()} for kind, read in found.items()}


def _entries(found: Mapping[str, Mapping[str, Loaded]]) -> dict[str, dict[str, Entry]]:
    return {kind: {id_: one.entry for id_, one in read.items()} for kind, read in found.items()}


def _fingerprint(entries: Mapping[str, Mapping[str, Any]]) -> str:
    digest = hashlib.sha256()
    for kind in sorted(KINDS):
        for id_, entry in sorted(entries[kind].items()):
            digest.update(f"{kind}/{id_}\n{canonical_json(entry)}\n".encode())
    return digest.hexdigest()


def completed(loaded: Loaded, found: Mapping[str, Mapping[str, Loaded]]) -> Loaded:
    """A value with its system, a game with its stakes and items, and a wording with what it takes from its base."""
    if isinstance(loaded.entry, ValueTarget):
        return Loaded(_with_system(loaded.entry, loaded.document, found["systems"]), loaded.document)
    if isinstance(loaded.entry, Game):
        return Loaded(_with_items(loaded.entry, loaded.document, found), loaded.document)
    if isinstance(loaded.entry, Wording):
        return Loaded(_with_base(loaded.entry, loaded.document, found["wordings"]), loaded.document)
    return loaded


def _with_system(value: ValueTarget, document: Document, loaded: Mapping[str, Loaded]) -> ValueTarget:
    if value.system is not None and value.system not in loaded:
        raise unknown(document, ["system"], "systems", value.system, loaded)
    systems = {id_: one.entry for id_, one in loaded.items() if isinstance(one.entry, System)}
    refuse(document, system_problems(value, systems))
    if value.system is not None or not value.is_induced:
        return value
    return value.model_copy(update={"system": systems_of(value, systems)[0]})


def _with_items(game: Game, document: Document, found: Mapping[str, Mapping[str, Loaded]]) -> Game:
    games, systems = found["games"], found["systems"]
    if game.system not in systems:
        raise unknown(document, ["system"], "systems", game.system, systems)
    system = systems[game.system].entry
    assert isinstance(system, System)
    if game.derived_from is not None and game.derived_from not in games:
        place = ["generator", "of"] if game.generator else ["transform", "game"]
        raise unknown(document, place, "games", game.derived_from, games)
    if game.derived_from is None:
        refuse(document, game.stake_problems(system.stake_ids))
        return game.about(system)
    base = games[game.derived_from].entry
    assert isinstance(base, Game)
    values = (found["values"][id_].entry for id_ in system.core_targets if id_ in found["values"])
    motives = [value.motives for value in values if isinstance(value, ValueTarget)]
    core = [motive for of_one in motives for motive in of_one] if all(len(one) == 1 for one in motives) else []
    refuse(document, derivation_problems(game, base, system, core))
    return expand(game, base, system, core)


def _with_base(
    entry: Wording, document: Document, wordings: Mapping[str, Loaded], above: tuple[str, ...] = ()
) -> Wording:
    """With what a wording takes from the one it is based on; `above` are the ids of those based on it."""
    if entry.based_on is None:
        return entry
    if entry.based_on not in wordings:
        raise unknown(document, ["based_on"], "wordings", entry.based_on, wordings)
    below, above = wordings[entry.based_on], (*above, entry.id)
    assert isinstance(below.entry, Wording)
    refuse(document, base_problems(entry, below.entry, above))
    standing = entry.over(_with_base(below.entry, below.document, wordings, above))
    refuse(document, standing.problems())
    return standing


def _check_references(
    found: Mapping[str, Mapping[str, Loaded]], entries: Mapping[str, Mapping[str, Any]], top: Path
) -> None:
    """Raise the first reference that leads nowhere or to what does not fit; `top` is blamed for a missing default."""
    for kind in WITH_DEFAULT:
        named = [one for one in found[kind].values() if getattr(one.entry, "default", False)]
        if not named:
            fix = "write `default: true` in one"
            raise CatalogError(top / kind, None, f"no {singular(kind)} is the default", fix)
        if len(named) > 1:
            problem = f"the {kind} {', '.join(one.entry.id for one in named)} all say `default: true`"
            raise named[-1].document.error(["default"], problem, "keep it in one of them")
    for loaded in found["systems"].values():
        system = loaded.entry
        assert isinstance(system, System)
        for place, wanted in enumerate(system.core_targets):
            if wanted not in found["values"]:
                raise unknown(loaded.document, ["core_targets", place], "values", wanted, found["values"])
        refuse(loaded.document, core_problems(system, entries["values"]))
    judged: dict[tuple[str, ...], Problem | None] = {}
    for loaded in found["scenarios"].values():
        scenario = loaded.entry
        assert isinstance(scenario, Scenario)
        for number, crossing in enumerate(scenario.crossings):
            for kind in LISTED:
                for index, wanted in enumerate(getattr(crossing, kind) or ()):
                    if wanted not in found[kind]:
                        raise unknown(loaded.document, ["crossings", number, kind, index], kind, wanted, found[kind])
            problems = crossing_problems(crossing, entries, judged)
            refuse(loaded.document, (one.within("crossings", number) for one in problems))


def crossing_problems(
    crossing: Crossing, entries: Mapping[str, Mapping[str, Any]], judged: dict[tuple[str, ...], Problem | None]
) -> Iterator[Problem]:
    """Why combinations that a crossing declares make no sense, each once; nothing is dropped silently.

    Scenarios have many combinations in common, so `judged` takes what was found of each by its ids.
    """
    told: set[Problem] = set()
    for parts in pairwise(crossing, entries):
        if parts.ids not in judged:
            judged[parts.ids] = misfit(parts)
        problem = judged[parts.ids]
        if problem is not None and problem not in told:
            told.add(problem)
            yield problem


def axes_of(crossing: Crossing, entries: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """The lists of a crossing, with the defaults where it names none."""
    return {
        kind: getattr(crossing, kind)
        or tuple(id_ for id_, entry in entries.get(kind, {}).items() if getattr(entry, "default", False))
        for kind in AXES
    }


def parts_of(
    entries: Mapping[str, Mapping[str, Any]], value: str, game: str, template: str, wording: str, framing: str
) -> Parts:
    """The entries of a cell by their ids."""
    played = entries["games"][game]
    return Parts(
        value=entries["values"][value],
        game=played,
        system=entries["systems"][played.system],
        template=entries["templates"][template],
        wording=entries["wordings"][wording],
        framing=entries["framings"][framing],
    )


def pairwise(crossing: Crossing, entries: Mapping[str, Mapping[str, Any]]) -> Iterator[Parts]:
    """Enough combinations of a crossing to meet every two of its ids: whatever misfits, misfits in twos or threes.

    Lists of 200 ids have 320 billion combinations, and these are some hundred thousand. What a wording cannot say may
    take a value, or a game, and a template; so every two meet in every wording.
    """
    axes = axes_of(crossing, entries)
    lists = [axes[kind] for kind in ("values", "games", "templates", "framings")]
    first = [ids[0] for ids in lists]
    for wording in axes["wordings"]:
        for a, b in combinations(range(len(lists)), 2):
            for one, other in product(lists[a], lists[b]):
                value, game, template, framing = (
                    one if place == a else other if place == b else first[place] for place in range(len(lists))
                )
                yield parts_of(entries, value, game, template, wording, framing)
