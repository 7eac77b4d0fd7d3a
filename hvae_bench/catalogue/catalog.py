"""Catalogue: all entries that can be run, read from the package and from folders laid over it."""

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations, islice, product
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from hvae_bench.catalogue.derived_game import derivation_problems, expand
from hvae_bench.catalogue.entry import Entry, Problem, canonical_json
from hvae_bench.catalogue.fit import Parts, misfit
from hvae_bench.catalogue.form import form
from hvae_bench.catalogue.framing import Framing
from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.scenario import AXES, Crossing, Scenario
from hvae_bench.catalogue.system import System
from hvae_bench.catalogue.template import Template
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.catalogue.wording import Wording
from hvae_bench.text.complaint import MOST_COMPLAINTS, Complaint, complaints
from hvae_bench.text.document import Document, parse_document, read_bytes
from hvae_bench.text.errors import CatalogError, UsageError
from hvae_bench.text.near_miss import did_you_mean, near_miss
from hvae_bench.text.visible import visible

if TYPE_CHECKING:
    from hvae_bench.catalogue.source import Source

KINDS: dict[str, type[Entry]] = {
    "values": ValueTarget,
    "systems": System,
    "games": Game,
    "templates": Template,
    "wordings": Wording,
    "framings": Framing,
    "scenarios": Scenario,
}
"""The folders of a catalogue and the kind of entry each holds."""

LISTED = tuple(kind for kind in AXES if kind in KINDS)
"""The kinds that a crossing lists by id."""

WITH_DEFAULT = tuple(kind for kind, model in KINDS.items() if "default" in model.model_fields)
"""The kinds of which one entry is used where none is named."""

EMBEDDED = Path(__file__).parent.parent / "_data" / "dataset"

EntryT = TypeVar("EntryT", bound=Entry)


@dataclass(frozen=True, slots=True)
class Loaded:
    """An entry and the file that it was read from."""

    entry: Entry
    document: Document


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

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of the content: equal for equal entries, wherever they were read, deprecated or not."""
        digest = hashlib.sha256()
        for kind in sorted(KINDS):
            entries: Mapping[str, Entry] = getattr(self, kind)
            for id_ in sorted(entries):
                digest.update(f"{kind}/{id_}\n{canonical_json(entries[id_])}\n".encode())
        return digest.hexdigest()

    def pick(self, kind: str, id_: str) -> Any:
        """The entry with this id.

        Raises:
            UsageError: there is none; the message lists those there are.
        """
        entries: Mapping[str, Entry] = getattr(self, kind)
        if id_ not in entries:
            meant = did_you_mean(id_, entries)
            perhaps = f"{meant}Or choose" if meant else "Choose"
            known = ", ".join(sorted(entries))
            raise UsageError(f"There is no {_singular(kind)} {id_!r}. {perhaps} one of: {known}.")
        return entries[id_]

    def default_scenario(self) -> Scenario:
        """The scenario that runs when none is named."""
        return next(scenario for scenario in self.scenarios.values() if scenario.default)

    def axes(self, crossing: Crossing) -> dict[str, tuple[str, ...]]:
        """The lists of a crossing, with the defaults where it names none."""
        return axes_of(crossing, self.wordings, self.framings)

    def parts(self, value: str, game: str, template: str, wording: str, framing: str) -> Parts:
        """The entries of a cell by their ids."""
        played = self.games[game]
        return Parts(
            value=self.values[value],
            game=played,
            system=self.systems[played.system],
            template=self.templates[template],
            wording=self.wordings[wording],
            framing=self.framings[framing],
        )


def load_catalog(folders: str | Path | Sequence[str | Path] = (), *, base: Path | None = None) -> Catalog:
    """Read a data set, the embedded one unless another is named, and lay folders over it.

    Args:
        folders: one name or several. The first may name the data set, as `catalogue.name` says: `embedded`, `hub`,
            `ORG/NAME@v1.0.0`, or a folder made by `hvae build`. All others are folders, each with any of the folders
            `values`, `systems`, `games`, `templates`, `wordings`, `framings` and `scenarios`. The later one wins
            where an entry says `replaces`.
        base: the folder of another data set, with its file `VERSION`, that takes the place of the embedded one.

    Raises:
        CatalogError: a wrong file or a broken reference; the message names file, line and mend.
        UsageError: a data set that cannot be had from the Hub, or that is named where a folder should be.
    """
    from hvae_bench.catalogue.source import read_dataset

    names: Sequence[str | Path] = [folders] if isinstance(folders, (str, Path)) else list(folders)
    lowest = None if base is None else read_dataset(base, str(base))
    if lowest is None:
        lowest, names = _lowest(names)
    found: dict[str, dict[str, Loaded]] = {kind: dict(lowest.entries[kind]) for kind in KINDS}
    for name in names:
        _check_folder(Path(name))
        _lay_over(found, Path(name))
    systems = _entries(found["systems"], System)
    found["games"] = {id_: with_items(loaded, found["games"], systems) for id_, loaded in found["games"].items()}
    found["wordings"] = {id_: with_base(loaded, found["wordings"]) for id_, loaded in found["wordings"].items()}
    check_references(found, lowest.place)
    return Catalog(
        values=_entries(found["values"], ValueTarget),
        systems=systems,
        games=_entries(found["games"], Game),
        templates=_entries(found["templates"], Template),
        wordings=_entries(found["wordings"], Wording),
        framings=_entries(found["framings"], Framing),
        scenarios=_entries(found["scenarios"], Scenario),
        source=(lowest.name, *(str(name) for name in names)),
        version=lowest.version,
        revision=lowest.revision,
        manifest_sha256=lowest.manifest_sha256,
    )


def _lowest(names: Sequence[str | Path]) -> tuple["Source", Sequence[str | Path]]:
    """The data set at the bottom, and the folders over it."""
    from hvae_bench.catalogue.name import parse_name
    from hvae_bench.catalogue.source import embedded, resolve

    for name in names[1:]:
        if parse_name(name) is not None:
            raise UsageError(
                f"`catalog` names {str(name)!r} after {str(names[0])!r}, but only folders of entries can be laid over "
                "others, and a whole data set comes first. If it is meant as a folder, check its path."
            )
    source = resolve(names[0]) if names else None
    return (embedded(), names) if source is None else (source, names[1:])


def load_folder(folder: Path) -> Mapping[str, Mapping[str, Loaded]]:
    """The entries of a folder that is laid over nothing, by kind and id."""
    found: dict[str, dict[str, Loaded]] = {kind: {} for kind in KINDS}
    _lay_over(found, folder)
    return found


def _entries(loaded: Mapping[str, Loaded], model: type[EntryT]) -> dict[str, EntryT]:
    return {id_: item.entry for id_, item in loaded.items() if isinstance(item.entry, model)}


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise CatalogError(folder, None, "there is no such folder", "check the path given as `catalog`")
    if not any((folder / kind).is_dir() for kind in KINDS):
        raise CatalogError(
            folder,
            None,
            "the folder holds no part of a catalogue",
            f"put entries into folders named {', '.join(KINDS)}; or, if a data set on the Hub is meant, "
            "name its revision too, as in ORG/NAME@v1.0.0",
        )
    for kind in KINDS:
        for path in (folder / kind, *sorted((folder / kind).glob("*"))):
            check_inside(path, folder)


def check_inside(path: Path, folder: Path) -> None:
    """What a folder holds, and nothing it points at, may reach prompts, logs and a published data set."""
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        mend = "copy what it points to in its place"
        raise CatalogError(path, None, "this is a link to a place outside the folder", mend, rule="link-outside")


def check_file(path: Path) -> None:
    """An entry is a file of its own, and its name says that it is YAML."""
    if path.suffix != ".yaml":
        mend = "end the file's name in `.yaml`, or move the file elsewhere"
        raise CatalogError(path, None, "only YAML entries belong here", mend, rule="file-name")
    if not path.is_file():
        mend = "put each entry into a file of its own here"
        raise CatalogError(path, None, "this is not a file", mend, rule="file-name")


def _lay_over(found: dict[str, dict[str, Loaded]], folder: Path) -> None:
    for kind, model in KINDS.items():
        for path in sorted((folder / kind).glob("*")):
            if path.name.startswith("."):
                continue
            check_file(path)
            loaded = load_entry(path, model)
            below = found[kind].get(loaded.entry.id)
            problems = id_problems(loaded.entry.id, loaded.entry.replaces, below.document.path if below else None)
            _refuse(loaded.document, problems)
            found[kind][loaded.entry.id] = on_itself(loaded, below)


def id_problems(id_: str, replaces: object, below: Path | None) -> Iterator[Problem]:
    """An id is new, or `replaces` says that the entry takes the place of the one in the file below."""
    if below is not None and replaces is None:
        mend = f"give it another id, or add the line `replaces: {id_}`"
        yield Problem(f"the id {id_!r} is already taken by {below}", mend, ("id",))
    if below is None and replaces is not None:
        problem = f"`replaces` names {replaces!r}, but nothing of this kind below has that id"
        yield Problem(problem, "remove the line `replaces`", ("replaces",))


def on_itself(loaded: Loaded, below: Loaded | None) -> Loaded:
    """A wording that is based on the one it takes the place of, as that one with its own words over it."""
    entry = loaded.entry
    if below is None or not isinstance(entry, Wording) or entry.based_on != entry.id:
        return loaded
    assert isinstance(below.entry, Wording)
    _check_language(loaded.document, entry, below.entry)
    # Like the one below it stands on yet another, and is the default unless it says otherwise.
    default = entry.default if "default" in entry.model_fields_set else below.entry.default
    kept = {"based_on": below.entry.based_on, "default": default}
    standing = Loaded(entry.over(below.entry).model_copy(update=kept), loaded.document)
    if below.entry.based_on is None:
        check_rules(standing)
    return standing


def load_entry(path: Path, model: type[Entry]) -> Loaded:
    """Read and check one file; what is wrong is raised with its line."""
    return _judged(path, read_bytes(path), model)


# A run loads its catalogue several times: for the task, for each agent and for each retry.
@lru_cache(maxsize=1024)
def _judged(path: Path, raw: bytes, model: type[Entry]) -> Loaded:
    document = parse_document(path, raw)
    _refuse(document, model.outdated(document.data))
    # The embedded copy is judged when it is built, and by a test; what is recorded of it is its `sha256`.
    entry = made(document, model, judged=path.is_relative_to(EMBEDDED))
    loaded = Loaded(entry, document)
    check_own_rules(loaded)
    if entry.id != path.stem:
        raise CatalogError(
            path,
            document.line(["id"]),
            f"the id is {entry.id!r}, but the file's name says {path.stem!r}",
            f"write `id: {path.stem}`, or rename the file to {entry.id}.yaml",
            rule="id-is-file-name",
            place=("id",),
        )
    return loaded


def made(document: Document, model: type[EntryT], *, judged: bool = False) -> EntryT:
    """The entry that plain data describes; the published JSON Schema judges its form.

    Args:
        document: the data, with its place.
        model: its kind.
        judged: whether it was judged before, so that the schema is asked only where the entry cannot be made.

    Raises:
        CatalogError: the form is wrong.
    """
    if not judged:
        _check_form(document, model)
    try:
        # Through JSON, so that a file becomes exactly what the published JSON records become.
        return model.model_validate_json(json.dumps(document.data))
    except ValidationError as error:
        _check_form(document, model)
        # What a schema cannot say, such as half a surrogate pair.
        first = error.errors(include_url=False)[0]
        place = tuple(part for part in first["loc"] if part != "[key]")
        problem = f"`{'.'.join(map(str, place)) or 'the entry'}` is not valid ({first['msg']})"
        raise _broken_rule(document, Problem(problem, "look it up in the schema", place)) from None


def check_own_rules(loaded: Loaded) -> None:
    """As `check_rules`; a wording that takes sentences from another one is judged when it stands on that."""
    if not isinstance(loaded.entry, Wording) or loaded.entry.based_on is None:
        check_rules(loaded)


def check_rules(loaded: Loaded) -> None:
    """Raise the first rule between its fields that an entry breaks, with the others."""
    _refuse(loaded.document, loaded.entry.problems())


def _refuse(document: Document, problems: Iterable[Problem]) -> None:
    """Raise the uppermost problem of a file, if there is any, with the others."""
    found = sorted(islice(problems, MOST_COMPLAINTS), key=lambda one: document.line(one.place))
    if found:
        raise _with_others([_broken_rule(document, one) for one in found])


def _with_others(errors: Sequence[CatalogError]) -> CatalogError:
    """The first of several errors, which holds the others."""
    first, *others = errors
    first.others = tuple(others)
    return first


def _broken_rule(document: Document, one: Problem) -> CatalogError:
    line, column = document.line(one.place), document.column(one.place)
    # A file may hold names of any length, with signs in them that do not show.
    problem = visible(shorten(one.problem, 400, placeholder=" ..."), line=True)
    return CatalogError(document.path, line, problem, one.mend, column=column, place=one.place)


def _check_form(document: Document, model: type[Entry]) -> None:
    """Raise the mistake to mend first, with the others: a misspelt field, else the uppermost, a missing one last."""
    kind = next(kind for kind, known in KINDS.items() if known is model)
    found = sorted(
        complaints(form(kind.removesuffix("s")), document.data), key=lambda one: (one.rank, document.line(one.place))
    )
    # A misspelt field explains why another one is missing.
    meant = {(*one.place[:-1], one.field) for one in found if one.rank == 0}
    told = [one for one in found if one.rank != 2 or (*one.place, one.field) not in meant]
    if told:
        raise _with_others([_told(document, one) for one in told])


def _told(document: Document, one: Complaint) -> CatalogError:
    place = (*one.place, one.field) if one.rank == 2 else one.place
    line, column = document.line(one.place), document.column(one.place)
    return CatalogError(document.path, line, one.problem, one.mend, column=column, place=place)


def with_items(loaded: Loaded, games: Mapping[str, Loaded], systems: Mapping[str, System]) -> Loaded:
    """A game with the stakes of its system; and with its items, where it says how they are made."""
    game, document = loaded.entry, loaded.document
    assert isinstance(game, Game)
    if game.system not in systems:
        raise _unknown(document, ["system"], "systems", game.system, systems)
    system = systems[game.system]
    if game.derived_from is not None and game.derived_from not in games:
        place = ["generator", "of"] if game.generator else ["transform", "game"]
        raise _unknown(document, place, "games", game.derived_from, games)
    if game.derived_from is None:
        _refuse(document, game.stake_problems(system.stake_ids))
        return Loaded(game.about(system), document)
    base = games[game.derived_from].entry
    assert isinstance(base, Game)
    _refuse(document, derivation_problems(game, base, system))
    return Loaded(expand(game, base, system), document)


def with_base(loaded: Loaded, wordings: Mapping[str, Loaded], above: tuple[str, ...] = ()) -> Loaded:
    """A wording with what it takes from the one it is based on; `above` are the ids of those based on it."""
    entry, document = loaded.entry, loaded.document
    assert isinstance(entry, Wording)
    if entry.based_on is None:
        return loaded
    base = wordings.get(entry.based_on)
    if base is None:
        raise _unknown(document, ["based_on"], "wordings", entry.based_on, wordings)
    below = base.entry
    assert isinstance(below, Wording)
    if below.id in (*above, entry.id):
        raise _wrong_base(document, f"the wording {below.id!r} is, in the end, based on itself")
    _check_language(document, entry, below)
    whole = with_base(base, wordings, (*above, entry.id)).entry
    assert isinstance(whole, Wording)
    standing = Loaded(entry.over(whole), document)
    check_rules(standing)
    return standing


def _check_language(document: Document, entry: Wording, base: Wording) -> None:
    if base.language.partition("-")[0] != entry.language.partition("-")[0]:
        wrong = f"the wording {base.id!r} is in {base.language!r}, and this one is in {entry.language!r}"
        raise _wrong_base(document, wrong)


def _wrong_base(document: Document, problem: str) -> CatalogError:
    mend = "name another one in `based_on`, or remove the line"
    return _broken_rule(document, Problem(problem, mend, ("based_on",)))


def _unknown(
    document: Document, place: Sequence[str | int], kind: str, wanted: str, known: Collection[str]
) -> CatalogError:
    meant = near_miss(wanted, known)
    choose = "choose one of" if meant is None else f"write {meant!r}, or another of"
    return CatalogError(
        document.path,
        document.line(place),
        f"there is no {_singular(kind)} {wanted!r}",
        f"{choose}: {', '.join(sorted(known))}",
        column=document.column(place),
        rule="unknown-reference",
        place=tuple(place),
    )


def check_references(found: Mapping[str, Mapping[str, Loaded]], top: Path = EMBEDDED) -> None:
    """Raise the first reference that leads nowhere or to what does not fit; `top` is blamed for a missing default."""
    for kind in WITH_DEFAULT:
        _check_default(kind, found[kind], top)
    entries = {kind: {id_: one.entry for id_, one in loaded.items()} for kind, loaded in found.items()}
    judged: dict[tuple[str, ...], Problem | None] = {}
    for loaded in found["scenarios"].values():
        scenario = loaded.entry
        assert isinstance(scenario, Scenario)
        for number, crossing in enumerate(scenario.crossings):
            for kind in LISTED:
                for index, wanted in enumerate(getattr(crossing, kind) or ()):
                    if wanted not in found[kind]:
                        raise _unknown(loaded.document, ["crossings", number, kind, index], kind, wanted, found[kind])
            problems = crossing_problems(crossing, entries, judged)
            _refuse(loaded.document, (one.within("crossings", number) for one in problems))


def _check_default(kind: str, entries: Mapping[str, Loaded], top: Path) -> None:
    """Exactly one wording, framing and scenario is used where none is named."""
    named = [loaded for loaded in entries.values() if getattr(loaded.entry, "default", False)]
    if len(named) != 1:
        ids = ", ".join(loaded.entry.id for loaded in named)
        raise CatalogError(
            named[-1].document.path if named else top / kind,
            named[-1].document.line(["default"]) if named else None,
            f"the {kind} {ids} all say `default: true`" if named else f"no {_singular(kind)} is the default",
            "keep it in one of them" if named else "write `default: true` in one",
        )


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


def axes_of(
    crossing: Crossing, wordings: Mapping[str, Entry], framings: Mapping[str, Entry]
) -> dict[str, tuple[str, ...]]:
    """The lists of a crossing, with the defaults where it names none."""
    axes: dict[str, tuple[str, ...]] = {}
    for kind in AXES:
        named = getattr(crossing, kind)
        entries = {"wordings": wordings, "framings": framings}.get(kind, {})
        axes[kind] = named or tuple(id_ for id_, entry in entries.items() if getattr(entry, "default", False))
    return axes


def pairwise(crossing: Crossing, entries: Mapping[str, Mapping[str, Any]]) -> Iterator[Parts]:
    """Enough combinations of a crossing to meet every two of its ids: whatever misfits, misfits in twos or threes.

    Lists of 200 ids have 320 billion combinations, and these are some hundred thousand. What a wording cannot say may
    take a value, or a game, and a template; so every two meet in every wording.
    """
    axes = axes_of(crossing, entries["wordings"], entries["framings"])
    lists = [axes[kind] for kind in ("values", "games", "templates", "framings")]
    first = [ids[0] for ids in lists]
    for wording in axes["wordings"]:
        for a, b in combinations(range(len(lists)), 2):
            for one, other in product(lists[a], lists[b]):
                value, game, template, framing = (
                    one if place == a else other if place == b else first[place] for place in range(len(lists))
                )
                played = entries["games"][game]
                yield Parts(
                    value=entries["values"][value],
                    game=played,
                    system=entries["systems"][played.system],
                    template=entries["templates"][template],
                    wording=entries["wordings"][wording],
                    framing=entries["framings"][framing],
                )


def _singular(kind: str) -> str:
    return {"values": "value target"}.get(kind, kind.removesuffix("s"))
