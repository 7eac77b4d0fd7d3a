"""Migrate: a folder of entries in the form of data version 0.1 as one in the present form.

Values lose their translations, options list their payoffs, and sentences move from templates and framings into
wordings. What the package's own wordings say already is taken from there; everything else goes into a wording that
stands on them.
"""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from string import ascii_uppercase
from typing import Any, NamedTuple

import yaml

from hvae_bench.catalogue.catalog import Catalog, load_catalog
from hvae_bench.catalogue.fit import outcomes_of, said_of
from hvae_bench.catalogue.rendering import Order
from hvae_bench.catalogue.wording import PLACEHOLDERS, Wording, names_in
from hvae_bench.lint.header import schema_line
from hvae_bench.lint.old_form import (
    OLD_KINDS,
    OldCrossing,
    OldEntry,
    OldFraming,
    OldScenario,
    OldTemplate,
    OldValue,
    as_yaml,
    block_of,
    comments_in,
    read_old,
    root_of,
    text_below_head,
)
from hvae_bench.text.errors import CatalogError, HvaeError, UsageError

_SOURCE = "Moved by `hvae migrate` from the form of data version 0.1."
_STAKES = ("self", "other")
_PUBLISHED = ("published", "published")
_USUAL = {"wordings": "en", "framings": "coins", "option_orders": "published", "item_orders": "published"}
_LINE = re.compile(r"([^{}]*\{label\}[^\w{}]*)(.+?)()|()(.+?)([^\w{}]*\{label\}[^{}]*)")
_JOINED = re.compile(
    r"([^{}]*\{payoff_self\}[^{}]*?)(,? (?:and|und|et|y) |[,;] |[，、；])([^{}]*\{payoff_other\}[^{}]*)"
)
_UNJOINED = re.compile(r"([^{}]*\{payoff_self\})()([^{}]*\{payoff_other\}[^{}]*)")
# Ids that the package had.
_TEMPLATE_ID = re.compile(r"(.+?)(?:-(de|fr|es|zh|ja))?(?:-([23]))?")
_FRAMING_ID = re.compile(r"(.+)-(en|de|fr|es|zh|ja)(?:(-items)?-(reversed|shuffled))?")

Edit = tuple[int, int, str]
"""From, to, and what takes the place of the text between them."""


class NotMigratedError(HvaeError):
    """Entries that cannot be carried over, with a sentence for each; nothing was written."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Migrated:
    """The new files; and what is called otherwise now, and where comments were lost, a sentence each."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]


def migrate(folder: Path, output: Path) -> Migrated:
    """Write a folder of entries in the present form; the old one is left as it is.

    Args:
        folder: the entries in the form of data version 0.1.
        output: folder to make; it must not exist.

    Raises:
        UsageError: no such folder, one without such entries, or a folder in the way.
        NotMigratedError: entries that cannot be carried over, all of them named.
        OSError: the new folder cannot be written.
    """
    if not folder.is_dir():
        raise UsageError(f"There is no folder {str(folder)!r}. Name the folder of your entries.")
    if output.exists():
        raise UsageError(f"{str(output)!r} is there already. Name another folder with `-o`, or remove it first.")
    if any((folder / kind).is_dir() for kind in ("wordings", "systems")):
        raise UsageError(f"{str(folder)!r} has wordings or systems: it is in the current form already.")
    paths = [path for kind in OLD_KINDS for path in sorted((folder / kind).glob("*.yaml"))]
    if not paths:
        raise UsageError(f"{str(folder)!r} holds no entry. Name the folder that has {', '.join(OLD_KINDS)} in it.")
    work = _Work(load_catalog())
    entries, faults = [], []
    for path in paths:
        try:
            entries.append((path, read_old(path)))
        except CatalogError as error:
            faults.append(str(error))
    for path, old in sorted(entries, key=_turn):
        try:
            _CARRY[path.parent.name](work, path, text_below_head(path), old)
        except _CannotError as error:
            faults.append(f"{path}: {error}")
    if faults:
        raise NotMigratedError(faults)
    work.voice_all()
    for id_, content in work.wordings.items():
        work.write("wordings", {"id": id_, "title": id_, "source": _SOURCE, **content})
    with tempfile.TemporaryDirectory(prefix=f".{output.name}.", dir=output.parent) as workshop:
        made = Path(workshop, "made")
        for place, text in work.texts.items():
            (made / place).parent.mkdir(parents=True, exist_ok=True)
            head = schema_line(output / place, place.parts[0])
            (made / place).write_text(f"{head}\n{text}", encoding="utf-8", newline="\n")
        try:
            load_catalog([made])
        except CatalogError as error:
            wrong = error.path.relative_to(made) if error.path.is_relative_to(made) else error.path
            told = f"what would come of it cannot be loaded: in {wrong} {error.problem}"
            raise NotMigratedError([f"{folder}: {told}. Fix it in the old folder: {error.fix}."]) from None
        made.rename(output)
    return Migrated(tuple(output / place for place in work.texts), tuple(work.notes))


class _CannotError(Exception):
    """Why an entry cannot be carried over, and what to do about it."""


class _Said(NamedTuple):
    """What a template becomes: its structure, and the wording that holds its sentences."""

    template: str
    wording: str
    language: str


class _Shown(NamedTuple):
    """What a framing becomes; `voice` are phrases of its own, which take a wording of their own."""

    framing: str
    orders: tuple[Order, Order]
    language: str
    voice: dict[str, Any] | None


@dataclass(slots=True)
class _Work:
    """What was carried over so far: ids of old entries, content of new wordings, texts of new files."""

    catalog: Catalog
    templates: dict[str, _Said] = field(default_factory=dict)
    framings: dict[str, _Shown] = field(default_factory=dict)
    contents: dict[str, Any] = field(default_factory=dict)
    wordings: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def wording(self, language: str, paraphrase: int = 1) -> str:
        """Id of the wording of a language and voice, which may have to be made."""
        for one in self.catalog.wordings.values():
            if (one.language, one.paraphrase) == (language, paraphrase):
                return one.id
        id_ = language.lower() if paraphrase == 1 else f"{language.lower()}-{paraphrase}"
        if id_ not in self.wordings:
            rest: dict[str, Any] = {"reading": {}} if paraphrase == 1 else {"based_on": self.wording(language)}
            self.wordings[id_] = {"language": language, "paraphrase": paraphrase, **rest}
            if paraphrase == 1:
                self.notes.append(
                    f"Nothing is known about replies in {language!r} but labels and option lines: add the words of "
                    f"`reading` to wordings/{id_}.yaml, as dataset/wordings/en.yaml has them."
                )
        return id_

    def below(self, id_: str) -> Wording | None:
        """The wording of the package that one of the folder is, or stands on."""
        return self.catalog.wordings.get(self.wordings.get(id_, {}).get("based_on", id_))

    def add(self, id_: str, name: str, content: Mapping[str, Any]) -> None:
        """Put words into a wording of the folder: one of the package's is stood upon in its own place."""
        if id_ not in self.wordings:
            below = self.catalog.wordings[id_]
            facts = {"language": below.language, "paraphrase": below.paraphrase}
            self.wordings[id_] = {"title": below.title, "replaces": id_, **facts, "based_on": id_}
        self.wordings[id_].setdefault(name, {}).update(content)

    def named(self, id_: str, kind: str, content: Mapping[str, Any], name: str) -> str:
        """Name of a unit or counterpart of a wording, which takes it over if it has none that is the same."""
        shipped = getattr(self.below(id_), kind, {})
        known: dict[str, dict[str, Any]] = {key: one.model_dump(mode="json") for key, one in shipped.items()}
        known |= self.wordings.get(id_, {}).get(kind, {})
        for key, one in known.items():
            if content.items() <= one.items():
                return key
        free = f"{name}-own" if name in known else name
        self.add(id_, kind, {free: dict(content)})
        return free

    def voiced(self, wording: str, shown: _Shown) -> str:
        """Id of a wording with the phrases of a framing."""
        if shown.voice is None:
            return wording
        id_ = f"{wording}-{shown.framing}"
        if id_ not in self.wordings:
            voices = [(one.language, one.paraphrase) for one in self.catalog.wordings.values()]
            voices += [(one["language"], one["paraphrase"]) for one in self.wordings.values()]
            number = max(number for language, number in voices if language == shown.language) + 1
            self.wordings[id_] = {"language": shown.language, "paraphrase": number, "based_on": wording, **shown.voice}
        return id_

    def voice_all(self) -> None:
        """Let every wording of its language tell each framing that has phrases of its own."""
        spoken = {id_: one.language for id_, one in self.catalog.wordings.items()}
        spoken |= {said.wording: said.language for said in self.templates.values()}
        for shown in {one.framing: one for one in self.framings.values() if one.voice is not None}.values():
            voiced = [self.voiced(id_, shown) for id_, language in spoken.items() if language == shown.language]
            self.notes.append(
                f"The framing {shown.framing} has phrases of its own, so it is in the wordings "
                f"{', '.join(voiced)}: choose the one that is named after the wording of your template."
            )

    def write(self, kind: str, entry: Mapping[str, Any]) -> None:
        """Write an entry anew."""
        self.texts[Path(kind, f"{entry['id']}.yaml")] = as_yaml(entry)

    def edit(self, path: Path, text: str, edits: list[Edit]) -> None:
        """Write a file as it is but for some parts."""
        self.note_lost(path, text, edits)
        for start, end, instead in sorted(edits, reverse=True):
            text = text[:start] + instead + text[end:]
        self.texts[Path(path.parent.name, path.name)] = text

    def note_arguments(self, axis: str, before: str, now: Mapping[str, str]) -> None:
        """Tell how an entry is run now, if otherwise than before; it is the first of what is named."""
        ids = {name: id_ for name, id_ in now.items() if name == axis or id_ != _USUAL[name]}
        if ids != {axis: before}:
            arguments = " ".join(f"-T {name}={id_}" for name, id_ in ids.items())
            self.notes.append(f"In place of `-T {axis}={before}` write `{arguments}`.")

    def note_lost(self, path: Path, text: str, parts: list[Edit]) -> None:
        """Tell of comments in parts of a file that are not kept."""
        if any(start <= place < end for place in comments_in(text) for start, end, _ in parts):
            self.notes.append(f"Comments in {path} are not kept where it was rewritten.")


def _turn(entry: tuple[Path, OldEntry]) -> tuple[int, bool]:
    """Scenarios come last, because they name the others; of framings that differ in orders the published one leads."""
    path, old = entry
    return list(OLD_KINDS).index(path.parent.name), isinstance(old, OldFraming) and old.orders != _PUBLISHED


# --- values and games: the files as they are, but for some fields


def _value(work: _Work, path: Path, text: str, old: OldValue) -> None:
    for language, words in old.translations.items():
        content = {name: text for name, text in words.items() if name != "status"}
        work.add(work.wording(language), "values", {old.id: content})
    block = block_of(text, "translations")
    work.edit(path, text, [(block.above, block.end, "")] if block else [])


def _game(work: _Work, path: Path, text: str, _: OldEntry) -> None:
    edits = [*_lists(root_of(text))]
    if not block_of(text, "system"):
        blocks = (block_of(text, key) for key in ("payoff_unit", "items", "generator", "transform"))
        above = next((block.above for block in blocks if block), len(text))
        edits.append((above, above, "system: svo\n"))
    work.edit(path, text, edits)


def _lists(node: yaml.Node) -> Iterator[Edit]:
    """Where two fields of a game are one list now."""
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _lists(child)
    if isinstance(node, yaml.MappingNode):
        for old, new in (("payoff", "payoffs"), ("shift", "shift")):
            pairs = [pair for pair in enumerate(node.value) if pair[1][0].value in {f"{old}_{s}" for s in _STAKES}]
            if not pairs:
                continue
            (first, (from_, _)), (last, (_, to)) = pairs[0], pairs[-1]
            if last - first >= len(pairs):
                where = f"`{old}_self` and `{old}_other` do not stand side by side in line {from_.start_mark.line + 1}"
                raise _CannotError(f"{where}. Move them together.")
            numbers = {key.value: number.value for _, (key, number) in pairs}
            both = ", ".join(numbers.get(f"{old}_{stake}", "0") for stake in _STAKES)
            yield from_.start_mark.index, to.end_mark.index, f"{new}: [{both}]"
        for _, child in node.value:
            yield from _lists(child)


# --- templates and framings: their words go into wordings


def _template(work: _Work, path: Path, text: str, old: OldTemplate) -> None:
    if old.replaces:
        raise _CannotError(
            "all languages share the package's templates now, so none can be replaced for a single language. Give "
            "yours an id of its own, without `replaces`, and name that in your scenarios."
        )
    wording = work.wording(old.language, old.paraphrase)
    below = work.below(wording)
    svo = work.catalog.systems["svo"]
    sentences = {said_of(svo, below, name): name for name in below.sentences} if below else {}
    sentences |= {said: name for name, said in work.wordings.get(wording, {}).get("sentences", {}).items()}
    turns = []
    for number, turn in enumerate(old.turns, start=1):
        stem = f"{old.id.replace('-', '_')[:70]}_{number}"
        one = turn.model_dump(include={"kind", "role", "expects"})
        for field_, sentence, name in (("say", turn.text, stem), ("reask", turn.reask, f"{stem}_again")):
            if sentence is None:
                continue
            if unknown := set(names_in(sentence)) - set(PLACEHOLDERS):
                raise _CannotError(f"nothing takes the place of {{{min(unknown)}}}. Remove it.")
            if sentence not in sentences:
                sentences[sentence] = name
                work.add(wording, "sentences", {name: sentence})
            one[field_] = sentences[sentence]
        turns.append(one)
    work.write("templates", old.kept("family", "induction", "goal", "reasoning") | {"turns": turns})
    work.templates[old.id] = _Said(old.id, wording, old.language)
    work.note_arguments("templates", old.id, {"templates": old.id, "wordings": wording})
    work.note_lost(path, text, [(0, len(text), "")])


def _framing(work: _Work, path: Path, text: str, old: OldFraming) -> None:
    if old.replaces:
        raise _CannotError(
            "framings no longer hold a language or an order, so this one replaces none of the package's. Give it an "
            "id of its own, without `replaces`, and name that in your scenarios."
        )
    wording = work.wording(old.language)
    amount, short, voice = _phrases(work, wording, old)
    id_ = old.id if old.orders == _PUBLISHED else re.sub(r"(-items)?-(reversed|shuffled)$", "", old.id)
    unit: dict[str, Any] = {"name": old.unit, "other": amount}
    counterpart: dict[str, Any] = {"long": old.counterpart, "short": short}
    content: dict[str, Any] = {"unit": id_, "counterpart": id_}
    if voice is None:
        below = work.below(wording)
        known = work.wordings.get(wording, {}).get("other_words") or (below.other_words if below else ())
        if further := [word for word in old.other_words if word not in known]:
            counterpart["words"] = further
        content["unit"] = work.named(wording, "units", unit, id_)
        content["counterpart"] = work.named(wording, "counterparts", counterpart, id_)
    else:
        voice |= {"units": {id_: unit}, "counterparts": {id_: counterpart}, "other_words": list(old.other_words)}
    if old.labels != tuple(ascii_uppercase):
        content["labels"] = list(old.labels)
    if work.contents.setdefault(id_, (content, voice)) != (content, voice):
        id_ = old.id  # it differs from the other one in more than orders
    if Path("framings", f"{id_}.yaml") not in work.texts:
        work.write("framings", {**old.kept(), "id": id_, **content})
    shown = work.framings[old.id] = _Shown(id_, old.orders, old.language, voice)
    now = {"wordings": work.voiced(wording, shown), "option_orders": old.option_order, "item_orders": old.item_order}
    work.note_arguments("framings", old.id, {"framings": id_, **now})
    work.note_lost(path, text, [(0, len(text), "")])


def _phrases(work: _Work, wording: str, old: OldFraming) -> tuple[str, str, dict[str, Any] | None]:
    """How a framing tells an amount and the counterpart in an option, and its phrases where they are its own."""
    if usual := _as_usual(work, wording, old):
        return *usual, None
    line = _LINE.fullmatch(old.option_line)
    before, told, after = (part for part in line.groups() if part is not None) if line else ("", "", "")
    parts = _JOINED.fullmatch(told) or _UNJOINED.fullmatch(told)
    if parts is None:
        raise _CannotError(
            f"the option line {old.option_line!r} does not name one's own payoff before the other's, with the label "
            "before or after both, as options do now. Write the line so; the model then reads a different text."
        )
    outcomes = {
        stake: phrase.replace(f"{{payoff_{stake}}}", "{number}")
        for stake, phrase in zip(_STAKES, (parts[1], parts[3]), strict=True)
    }
    own = {
        "option_line": f"{before}{{outcomes}}{after}",
        "join": {"labels": ", ", "outcomes": parts[2]},
        "outcomes": {"svo": outcomes},
    }
    made = work.wordings.get(wording, {})
    if wording not in work.catalog.wordings and "option_line" not in made:
        made |= own | {"other_words": list(old.other_words)}  # a language of the folder's own
    return f"{{number}} {old.unit}", old.counterpart, None if own.items() <= made.items() else own


def _as_usual(work: _Work, wording: str, old: OldFraming) -> tuple[str, str] | None:
    """Amount and counterpart of an option line that a wording of the package would say; None if it would not."""
    below = work.below(wording)
    if below is None or below.option_line is None or below.join is None:
        return None
    outcomes = outcomes_of(work.catalog.systems["svo"], below)
    told = below.join.outcomes.join(outcomes[stake].replace("{amount}", f"{{{stake}}}") for stake in _STAKES)
    pattern = re.escape(below.option_line.replace("{outcomes}", told))
    pattern = pattern.replace(re.escape("{counterpart}"), r"(?P<short>[^{}]+)")
    for stake in _STAKES:
        amount = rf"(?P<{stake}>[^{{}}]*\{{payoff_{stake}\}}[^{{}}]*)"
        pattern = pattern.replace(re.escape(f"{{{stake}}}"), amount)
    found = re.fullmatch(pattern, old.option_line)
    amounts = {found[stake].replace(f"{{payoff_{stake}}}", "{number}") for stake in _STAKES} if found else set()
    return (amounts.pop(), found["short"]) if found and len(amounts) == 1 else None


# --- scenarios: wordings and orders are lists of their own


def _scenario(work: _Work, path: Path, text: str, old: OldScenario) -> None:
    block = block_of(text, "crossings")
    assert block is not None  # else it was refused when it was read
    crossings = {"crossings": [row for crossing in old.crossings for row in _crossings(work, crossing)]}
    work.edit(path, text, [(block.start, block.end, as_yaml(crossings))])


def _crossings(work: _Work, old: OldCrossing) -> Iterator[dict[str, list[str]]]:
    rows: list[dict[str, list[str]]] = []
    for template, framing in product(old.templates, old.framings):
        said, shown = _said(work, template), _shown(work, framing)
        if said.language != shown.language:
            told = f"{template!r} is in {said.language!r}, and {framing!r} in {shown.language!r}"
            raise _CannotError(f"in a crossing {told}. Make it two.")
        ids = {"templates": said.template, "wordings": work.voiced(said.wording, shown), "framings": shown.framing}
        orders = dict(zip(("option_orders", "item_orders"), shown.orders, strict=True))
        rows.append({axis: [id_] for axis, id_ in {**ids, **orders}.items()})
    for axis in ("option_orders", "item_orders", "framings", "templates", "wordings"):
        rows = _merged(rows, axis)
    for row in rows:
        kept = {axis: ids for axis, ids in row.items() if ids != [_USUAL.get(axis)]}
        yield {"values": old.values, "games": old.games, **kept}


def _merged(rows: list[dict[str, list[str]]], axis: str) -> list[dict[str, list[str]]]:
    """Crossings that differ on one axis alone as one: together they have the same cells."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        rest = str({name: ids for name, ids in row.items() if name != axis})
        into = found.setdefault(rest, row | {axis: []})
        into[axis] += [id_ for id_ in row[axis] if id_ not in into[axis]]
    return list(found.values())


def _said(work: _Work, id_: str) -> _Said:
    if id_ in work.templates:
        return work.templates[id_]
    found = _TEMPLATE_ID.fullmatch(id_)
    if found is None or found[1] not in work.catalog.templates:
        raise _CannotError(f"there is no template {id_!r}, neither in the folder nor in the package. Remove its name.")
    language = found[2] or "en"
    return _Said(found[1], work.wording(language, int(found[3] or 1)), language)


def _shown(work: _Work, id_: str) -> _Shown:
    if id_ in work.framings:
        return work.framings[id_]
    found = _FRAMING_ID.fullmatch(id_)
    if found is None or found[1] not in work.catalog.framings:
        raise _CannotError(f"there is no framing {id_!r}, neither in the folder nor in the package. Remove its name.")
    order: Any = found[4] or "published"
    return _Shown(found[1], ("published", order) if found[3] else (order, "published"), found[2], None)


_CARRY: dict[str, Callable[[_Work, Path, str, Any], None]] = {
    "values": _value,
    "games": _game,
    "templates": _template,
    "framings": _framing,
    "scenarios": _scenario,
}
