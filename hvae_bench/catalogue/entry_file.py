"""Entry file: an entry and the YAML file it was read from, judged by the form of its kind and by its own rules."""

import json
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from textwrap import shorten

from pydantic import ValidationError

from hvae_bench.catalogue.entry import Entry, Problem
from hvae_bench.catalogue.framing import Framing
from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.scenario import Scenario
from hvae_bench.catalogue.system import System
from hvae_bench.catalogue.template import Template
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.catalogue.wording import Wording
from hvae_bench.text.complaint import MOST_COMPLAINTS, complaints
from hvae_bench.text.document import Document, parse_document, read_bytes
from hvae_bench.text.errors import CatalogError
from hvae_bench.text.near_miss import near_miss
from hvae_bench.text.visible import visible

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

EMBEDDED = Path(__file__).parent.parent / "_data" / "dataset"


@dataclass(frozen=True, slots=True)
class Loaded:
    """An entry and the file that it was read from."""

    entry: Entry
    document: Document


def check_folder(folder: Path) -> None:
    """What is laid over a data set is there, holds a part of a catalogue, and nothing from outside."""
    if not folder.is_dir():
        fix = "check the path given as `catalog`; a retry takes no `-T`: put the folder back there, or start a new run"
        if not folder.is_absolute():  # what a log holds of `-T` is
            fix = "check the path given as `catalog`; a run with `-M catalog=` is retried in the folder it began in"
        raise CatalogError(folder, None, "there is no such folder", fix)
    if not any((folder / kind).is_dir() for kind in KINDS):
        raise CatalogError(
            folder,
            None,
            "the folder contains no part of a catalogue",
            f"put entries into folders named {', '.join(KINDS)}; or, if a data set on the Hub is meant, "
            "name its revision too, as in ORG/NAME@v1.0.0",
        )
    for kind in KINDS:
        for path in (folder / kind, *sorted((folder / kind).glob("*"))):
            check_inside(path, folder)


def check_inside(path: Path, folder: Path) -> None:
    """What a folder holds, and nothing it points at, may reach prompts, logs and a published data set."""
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        fix = "copy what it points to in its place"
        raise CatalogError(path, None, "this is a link to a place outside the folder", fix, rule="link-outside")


def check_file(path: Path) -> None:
    """An entry is a file of its own, and its name says that it is YAML."""
    if path.suffix != ".yaml":
        fix = "end the file's name in `.yaml`, or move the file elsewhere"
        raise CatalogError(path, None, "only YAML entries belong here", fix, rule="file-name")
    if not path.is_file():
        fix = "put each entry into a file of its own here"
        raise CatalogError(path, None, "this is not a file", fix, rule="file-name")


def lay_over(found: dict[str, dict[str, Loaded]], folder: Path) -> None:
    """Read the entries of a folder into what was found below it, by kind and id."""
    for kind in KINDS:
        for path in sorted((folder / kind).glob("*")):
            if path.name.startswith("."):
                continue
            check_file(path)
            loaded = load_entry(path, kind)
            below = found[kind].get(loaded.entry.id)
            problems = id_problems(loaded.entry.id, loaded.entry.replaces, below.document.path if below else None)
            refuse(loaded.document, problems)
            found[kind][loaded.entry.id] = on_itself(loaded, below)


def id_problems(id_: str, replaces: object, below: Path | None) -> Iterator[Problem]:
    """An id is new, or `replaces` says that the entry takes the place of the one in the file below."""
    if below is not None and replaces is None:
        fix = f"give it another id, or add the line `replaces: {id_}`"
        yield Problem(f"the id {id_!r} is already taken by {below}", fix, ("id",))
    if below is None and replaces is not None:
        problem = f"`replaces` names {replaces!r}, but nothing of this kind below has that id"
        yield Problem(problem, "remove the line `replaces`", ("replaces",))


def on_itself(loaded: Loaded, below: Loaded | None) -> Loaded:
    """A wording that is based on the one it takes the place of, as that one with its own words over it."""
    entry = loaded.entry
    if below is None or not isinstance(entry, Wording) or entry.based_on != entry.id:
        return loaded
    assert isinstance(below.entry, Wording)
    refuse(loaded.document, base_problems(entry, below.entry))
    # Like the one below it stands on yet another, and is the default unless it says otherwise.
    default = entry.default if "default" in entry.model_fields_set else below.entry.default
    kept = {"based_on": below.entry.based_on, "default": default}
    standing = Loaded(entry.over(below.entry).model_copy(update=kept), loaded.document)
    check_own_rules(standing)
    return standing


def base_problems(entry: Wording, base: Wording, above: Collection[str] = ()) -> Iterator[Problem]:
    """Why a wording cannot stand on another one; `above` are the ids of those that would stand on it."""
    fix = "name another one in `based_on`, or remove the line"
    if base.id in above:
        yield Problem(f"the wording {base.id!r} is, in the end, based on itself", fix, ("based_on",))
    if base.language.partition("-")[0] != entry.language.partition("-")[0]:
        problem = f"the wording {base.id!r} is in {base.language!r}, and this one is in {entry.language!r}"
        yield Problem(problem, fix, ("based_on",))


def load_entry(path: Path, kind: str) -> Loaded:
    """Read and check one file; what is wrong is raised with its line."""
    return _judged(path, read_bytes(path), kind)


# A run loads its catalogue several times: for the task, for each agent and for each retry.
@lru_cache(maxsize=1024)
def _judged(path: Path, raw: bytes, kind: str) -> Loaded:
    document = parse_document(path, raw)
    refuse(document, KINDS[kind].outdated(document.data))
    loaded = Loaded(made(document, kind), document)
    check_own_rules(loaded)
    if loaded.entry.id != path.stem:
        problem = f"the id is {loaded.entry.id!r}, but the file's name says {path.stem!r}"
        fix = f"write `id: {path.stem}`, or rename the file to {loaded.entry.id}.yaml"
        raise document.error(("id",), problem, fix, rule="id-is-file-name")
    return loaded


def made(document: Document, kind: str) -> Entry:
    """The entry that plain data describes; the published JSON Schema judges its form.

    Raises:
        CatalogError: the form is wrong.
    """
    # Of the package's own data the model is judge enough: it refuses what its schema does, in half the time.
    if not document.path.is_relative_to(EMBEDDED):
        _check_form(document, kind)
    try:
        # Through JSON, so that a file becomes exactly what the published JSON records become.
        return KINDS[kind].model_validate_json(json.dumps(document.data))
    except ValidationError as error:
        _check_form(document, kind)
        # What a schema cannot say, such as half a surrogate pair.
        first = error.errors(include_url=False)[0]
        place = tuple(part for part in first["loc"] if part != "[key]")
        problem = f"`{'.'.join(map(str, place)) or 'the entry'}` is not valid ({first['msg']})"
        raise _error(document, Problem(problem, "look it up in the schema", place)) from None


def _check_form(document: Document, kind: str) -> None:
    """Raise the mistake to fix first, with the others: a misspelt field, else the uppermost, a missing one last."""
    _refuse_stranger(document, kind)
    found = complaints(kind.removesuffix("s"), document.data)
    found.sort(key=lambda one: (one.rank, document.mark(one.place)[0]))
    _raise(document, found)


def _refuse_stranger(document: Document, kind: str) -> None:
    """Refuse an entry that has fields of another kind, and none but these of the kind in whose folder it lies."""
    own = {
        name: document.data.keys() & (model.model_fields.keys() - Entry.model_fields) for name, model in KINDS.items()
    }
    likeliest = max(own, key=lambda name: len(own[name]))
    if own[kind] < own[likeliest] and len(own[likeliest]) > 1:
        named = ", ".join(f"`{name}`" for name in document.data if name in own[likeliest])
        problem = f"{named} are fields of a {singular(likeliest)}, and this is the folder `{kind}`"
        raise document.error((), problem, f"move the file to the folder `{likeliest}`", rule="wrong-folder")


def check_own_rules(loaded: Loaded) -> None:
    """Refuse an entry that breaks a rule between its fields; a wording based on another one is judged upon that."""
    if not isinstance(loaded.entry, Wording) or loaded.entry.based_on is None:
        refuse(loaded.document, loaded.entry.problems())


def refuse(document: Document, problems: Iterable[Problem]) -> None:
    """Raise the uppermost problem of a file, if there is any, with the others."""
    _raise(document, sorted(islice(problems, MOST_COMPLAINTS), key=lambda one: document.mark(one.place)[0]))


def _raise(document: Document, found: Iterable[Problem]) -> None:
    errors = [_error(document, one) for one in found]
    if errors:
        errors[0].others = tuple(errors[1:])
        raise errors[0]


def _error(document: Document, one: Problem) -> CatalogError:
    # A file may hold names of any length, with signs in them that do not show.
    return document.error(one.place, visible(shorten(one.problem, 400, placeholder=" ..."), line=True), one.fix)


def unknown(
    document: Document, place: Sequence[str | int], kind: str, wanted: str, known: Collection[str]
) -> CatalogError:
    """That an entry names one that there is not."""
    meant = near_miss(wanted, known)
    choose = "choose one of" if meant is None else f"write {meant!r}, or another of"
    fix = f"{choose}: {', '.join(sorted(known))}"
    return document.error(place, f"there is no {singular(kind)} {wanted!r}", fix, rule="unknown-reference")


def singular(kind: str) -> str:
    """What one entry of a kind is called."""
    return {"values": "value target"}.get(kind, kind.removesuffix("s"))
