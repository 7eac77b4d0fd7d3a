"""Rules about entries beside others: ids, what a scenario crosses, the default ones, and what a release has fixed."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from hvae_bench.catalogue.catalog import LISTED, WITH_DEFAULT, crossing_problems
from hvae_bench.catalogue.entry_file import KINDS, id_problems
from hvae_bench.catalogue.fit import core_problems
from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.released import RELEASED, entry_sha256, is_breaking, is_draft
from hvae_bench.catalogue.scenario import Scenario
from hvae_bench.catalogue.source import version_in
from hvae_bench.catalogue.system import System
from hvae_bench.catalogue.template import Template
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.lint.files import Collection, Finding, Source, is_published, texts_in
from hvae_bench.lint.run import BETWEEN_FILES, rule
from hvae_bench.scorers.ceiling import ceilings_of
from hvae_bench.scorers.design import Structure
from hvae_bench.scorers.part import Problem
from hvae_bench.text.document import Place
from hvae_bench.text.errors import CatalogError
from hvae_bench.text.near_miss import near_miss

_MOST_NAMED = 12

_MOST_DEAF = 0.4
"""The largest deaf ceiling of a scenario that nothing is said about."""

_EXAMPLE = "with `hvae new`"
"""So the `source` of an entry says that nobody has written anything of their own into."""

_ALIKE = 0.8
"""Two entries are nearly the same when they share this part of all word triples that either has (Jaccard index)."""

_WORDS = {
    "values": {"label", "induction_label", "definition"},
    "systems": {"meaning", "outcome", "gives", "affects", "together", "not_covered"},
    "wordings": {"sentences", "values", "situations"},
    "scenarios": {"description", "concludes"},
}
"""Fields of which all words are compared; in the others two entries may differ on purpose."""

_IGNORED = {
    *("id", "title", "source", "licence", "measures", "replaces", "deprecated", "paraphrase", "other_words", "default"),
    "reviewed",
}
"""Fields in which two entries may differ without saying something else; so may values in some others."""

# Scripts that do not part words by spaces are compared sign by sign.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")

_Pieces = frozenset[tuple[Any, ...]]


@rule("id-taken", BETWEEN_FILES)
def id_taken(collection: Collection) -> Iterator[Finding]:
    """An id is new, or `replaces` says that the entry takes the place of the one below."""
    below: dict[tuple[str, str], Path] = {}
    for layer in collection.layers:
        for source in layer:
            if collection.is_checked(source) and source.document is not None:
                problems = id_problems(source.id, source.data.get("replaces"), below.get((source.kind, source.id)))
                yield from map(source.refused, problems)
        below |= {(source.kind, source.id): source.path for source in layer}


@rule("unknown-reference", BETWEEN_FILES)
def unknown_reference(collection: Collection) -> Iterator[Finding]:
    """Every id that an entry names exists."""
    # Of a game's system and a wording's base loading has told.
    for source in collection.checked:
        for place, kind, id_ in _references(source):
            known = collection.top[kind]
            if id_ not in known:
                fix = f"choose one that `hvae list {kind}` shows"
                if len(known) <= _MOST_NAMED:
                    fix = f"choose one of: {', '.join(sorted(known))}"
                if meant := near_miss(id_, known):
                    fix = f"write {meant}"
                yield source.error(f"no entry in `{kind}` has the id {id_!r}", fix, *place)


def _references(source: Source) -> Iterator[tuple[Place, str, str]]:
    """What a scenario, a wording or a system names: path of the field, kind and id."""
    if source.kind == "wordings":
        of_systems = dict.fromkeys(("outcomes", "together", "phrases"), "systems")
        kinds = {"values": "values", "situations": "games", **of_systems}
        for name, kind in kinds.items():
            words = source.data.get(name)
            yield from (((name, id_), kind, id_) for id_ in (words if isinstance(words, dict) else ()))
    for place, id_ in source.texts if source.kind in ("scenarios", "systems") else ():
        match place:
            case ("crossings", int(), str(kind), int()) if kind in LISTED:
                yield place, kind, id_
            case ("core_targets", int()):
                yield place, "values", id_


@rule("core-target", BETWEEN_FILES)
def core_target(collection: Collection) -> Iterator[Finding]:
    """The core targets of a value system are values of it."""
    values = collection.entries(ValueTarget)
    for source, system in collection.checked_entries(System):
        yield from map(source.refused, core_problems(system, values))


@rule("listed-twice")
def listed_twice(source: Source) -> Iterator[Finding]:
    """No id stands twice in a list of a scenario: the same cell would be run and counted twice."""
    seen = set()
    for place, id_ in source.texts if source.kind == "scenarios" else ():
        match place:
            case ("core_values", int()) | ("crossings", int(), str(), int()):
                if (place[:-1], id_) in seen:
                    yield source.error(f"{id_!r} is listed twice in `{place[-2]}`", "keep one of them", *place)
                seen.add((place[:-1], id_))


@rule("crossing-fit", BETWEEN_FILES)
def crossing_fit(collection: Collection) -> Iterator[Finding]:
    """What a scenario crosses makes cells: value and template, options and labels, words for all of it."""
    entries = {
        kind: {id_: source.entry for id_, source in found.items() if source.entry is not None}
        for kind, found in collection.top.items()
    }
    judged: dict[tuple[str, ...], Problem | None] = {}
    for source, scenario in collection.checked_entries(Scenario):
        for number, crossing in enumerate(scenario.crossings):
            # Of what is not there other rules tell.
            if all(set(getattr(crossing, kind) or ()) <= entries[kind].keys() for kind in LISTED):
                for one in crossing_problems(crossing, entries, judged):
                    yield source.refused(one.within("crossings", number))


@rule("deaf-ceiling", BETWEEN_FILES)
def deaf_ceiling(collection: Collection) -> Iterator[Finding]:
    """A model that does the same whatever value it is given scores at most 0.4 in a scenario.

    That is its deaf ceiling, which `hvae show` shows by game; with a single core target it is 1.
    """
    values, games = collection.entries(ValueTarget), collection.entries(Game)
    judged = {
        id_
        for id_, one in collection.entries(Template).items()
        if one.tells_value and not Structure(one.goal, one.induction).is_rule_alone
    }
    for source, scenario in collection.checked_entries(Scenario):
        played: dict[str, set[str]] = {}
        for crossing in scenario.crossings:
            if judged.intersection(crossing.templates):
                for game in crossing.games:
                    played.setdefault(game, set()).update(crossing.values)
        if not values.keys() >= set(scenario.core_values):  # of what is not there another rule tells
            continue
        for system in dict.fromkeys(games[id_].system for id_ in played if id_ in games):
            core = {id_ for id_ in scenario.core_values if values[id_].belongs_to(system)}
            tables = {
                id_: games[id_].payoff_table()
                for id_, own in played.items()
                if core <= own and id_ in games and games[id_].system == system
            }
            found = ceilings_of(tables, [values[id_].motives for id_ in core]) if core else {}
            mean, most = sum(found.values()) / max(1, len(found)), max(found, key=lambda id_: found[id_], default="")
            if mean > _MOST_DEAF:
                problem = (
                    f"a model that does the same whatever value it is given can score {mean:.2f}, most in the game "
                    f"{most} ({found[most]:.2f})"
                )
                fix = "cross values whose best options differ, and games in which they do"
                yield source.warning(problem, fix, "core_values")


@rule("default", BETWEEN_FILES)
def default(collection: Collection) -> Iterator[Finding]:
    """One wording, one framing and one scenario of a catalogue are the default."""
    for kind in WITH_DEFAULT:
        defaults = [one for one in collection.top[kind].values() if _is_default(one)]
        checked = [source for source in collection.checked if source.kind == kind]
        for source in checked:
            others = [one.id for one in defaults if one.id != source.id]
            if source.data.get("default") is True and others:
                problem = f"`default: true` also stands in {', '.join(others)}"
                yield source.error(problem, "keep it in one of them", "default")
        if not defaults and checked and all(one.document for one in collection.top[kind].values()):
            problem = f"no {kind.removesuffix('s')} is the default"
            yield checked[0].error(problem, "write `default: true` in one")


def _is_default(source: Source) -> bool:
    """What the file says; a wording that stands on the default one in its place need not say it."""
    return source.data.get("default") is True or getattr(source.entry, "default", False)


@rule("version", BETWEEN_FILES)
def version(collection: Collection) -> Iterator[Finding]:
    """The version of a data set, in its file `VERSION`, can be released: three numbers with points between them."""
    for folder in filter(is_published, collection.folders):
        try:
            version_in(folder)
        except CatalogError as error:
            yield Finding("", "error", folder / "VERSION", 1, 1, error.problem, error.fix)


# The words of values and games come one by one into a wording; `hvae diff` looks at each of them.
@rule("released-changed", BETWEEN_FILES)
def released_changed(collection: Collection) -> Iterator[Finding]:
    """A released entry keeps its content, and stays, until the next breaking version.

    Such a version is 2.0.0 after 1.4.2, or 0.2.0 after 0.1.3. Compared with `dataset/RELEASED.json`, which only a
    release writes; title, source, signature, the mark `deprecated`, the words of values and games in a wording, and
    translations that nobody has signed are left out.
    """
    for folder in collection.folders:
        path = folder / RELEASED
        if is_published(folder) and path.is_file():
            yield from _compare(collection, folder, path)


def _compare(collection: Collection, folder: Path, path: Path) -> Iterator[Finding]:
    try:
        text = path.read_text(encoding="utf-8")
        released: Any = json.loads(text)
        version, entries = str(released["version"]), dict(released["entries"])
        prints = {str(name): str(content["sha256"]) for name, content in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        fix = "take the file of the last release back; only a release writes it"
        yield Finding("", "error", path, 1, 1, "the file is not the record of a release", fix)
        return
    now = (folder / "VERSION").read_text(encoding="utf-8", errors="replace").strip()
    if is_breaking(version, now):
        return
    fix = f"take the released content back and add a new entry, or raise VERSION ({now}) to a breaking version"
    for name, sha256 in sorted(prints.items()):
        kind, _, id_ = name.partition("/")
        source = collection.top[kind].get(id_) if kind in KINDS else None
        if source is None:
            line = text.count("\n", 0, max(text.find(f'"{name}"'), 0)) + 1
            problem = f"{name} was released with version {version}, and is gone"
            yield Finding("", "error", path, line, 1, problem, fix)
        elif collection.is_checked(source) and source.entry is not None:
            fixed = not is_draft(source.entry)
            if fixed and entry_sha256(source.entry) != sha256:
                problem = f"{name} was released with version {version}, and has changed since"
                yield source.error(problem, fix)


@rule("near-duplicate", BETWEEN_FILES)
def near_duplicate(collection: Collection) -> Iterator[Finding]:
    """An entry adds something.

    An error where it says the same as another one, a warning where it shares four fifths of the wording, or where both
    are examples of `hvae new`.
    """
    groups: dict[tuple[str, str], list[tuple[Source, _Pieces]]] = defaultdict(list)
    for kind, found in collection.top.items():
        for source in found.values():
            if source.entry is not None:
                structure, pieces = _gist(source)
                groups[kind, structure].append((source, pieces))
    for group in groups.values():
        # What lies below comes first, so that the newcomer is told.
        group.sort(key=lambda member: collection.is_checked(member[0]))
        for source, other, share in _alike(group):
            if not collection.is_checked(source):
                continue
            if share == 1 and all(_EXAMPLE in str(one.data.get("source")) for one in (source, other)):
                problem = f"this is still the example of `hvae new`, as {other.kind}/{other.id} is"
                yield source.warning(problem, "replace it with an entry of your own")
            elif share == 1:
                problem = f"this says the same as {other.kind}/{other.id}"
                yield source.error(problem, "remove one of the two, or change what it says")
            else:
                problem = f"this says nearly the same as {other.kind}/{other.id} ({share:.0%} of the wording)"
                yield source.warning(problem, "make clear in its fields what it is for, or remove it")


def _alike(group: Iterable[tuple[Source, _Pieces]]) -> Iterator[tuple[Source, Source, float]]:
    """Each entry that is like an earlier one, with the one that it is most like, and how much."""
    first: dict[_Pieces, Source] = {}
    different: list[tuple[Source, _Pieces]] = []
    for source, pieces in group:
        if pieces in first:
            yield source, first[pieces], 1.0
            continue
        first[pieces] = source
        shares = [(len(pieces & other) / len(pieces | other), place) for place, (_, other) in enumerate(different)]
        share, place = max(shares, default=(0.0, 0))
        if share >= _ALIKE:
            yield source, different[place][0], share
        else:
            different.append((source, pieces))  # what is like another one is like what that one is like


def _gist(source: Source) -> tuple[str, _Pieces]:
    """What two entries must have in common to be compared, and the pieces that are compared."""
    words: list[str] = []
    if isinstance(source.entry, Game):
        return "", frozenset(
            (*sorted(option.payoffs for option in item.options), *_words_in(source.entry.situation_of(item)))
            for item in source.entry.items
        )
    ignored = _IGNORED | ({"goal", "rule", "pronouncedness", "system"} if source.kind == "values" else set())
    structure = _without_words(source.data, _WORDS.get(source.kind, set()), ignored, words)
    pieces = {tuple(words[place : place + 3]) for place in range(max(1, len(words) - 2))}
    return json.dumps(structure, sort_keys=True), frozenset(pieces)


def _without_words(content: Any, fields: set[str], ignored: set[str], words: list[str]) -> Any:
    if isinstance(content, dict):
        kept = {}
        for name, inner in sorted(content.items()):
            if name in fields:
                words += [word for _, text in texts_in(inner) for word in _words_in(text)]
            elif name not in ignored:
                kept[name] = _without_words(inner, fields, ignored, words)
        return kept
    if isinstance(content, list):
        return [_without_words(inner, fields, ignored, words) for inner in content]
    return content


def _words_in(text: str | None) -> list[str]:
    return _WORD.findall((text or "").casefold())
