"""Migrate: a folder of entries in the form of data version 0.1 as one in the present form.

Values lose their translations, options list their payoffs, sentences move from templates and framings into wordings.
What the package's own wordings say already is taken from there; everything else goes into a wording that stands on
them. The old folder is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from hvae_bench.catalog import Catalog, load_catalog
from hvae_bench.errors import UsageError
from hvae_bench.lint.header import schema_line
from hvae_bench.option_words import OptionWords
from hvae_bench.rendering import render
from hvae_bench.wording import Wording

__all__ = ["migrate"]

_ENTRY = ("id", "title", "source", "replaces", "deprecated")
_OLD_TEMPLATE = re.compile(r"(?P<base>.+?)(?:-(?P<language>de|fr|es|zh|ja))?(?:-(?P<paraphrase>[23]))?")
_OLD_FRAMING = re.compile(
    r"(?P<base>.+?)-(?P<language>en|de|fr|es|zh|ja)(?P<items>-items)?(?:-(?P<order>reversed|shuffled))?"
)
_OPTION_LINE = re.compile(
    r"(?P<label>[^{}]*\{label\}[.:)]? ?)(?P<first>[^{}]*\{payoff_self\}[^{}]*?)"
    r"(?P<join>[,;]?\s(?:and )?|，|、)(?P<second>[^{}]*\{payoff_other\}[^{}]*)"
)
_TWO_PAYOFFS = re.compile(
    r"payoff_self:\s*(?P<self>[-+.\w]+)(?:\s*#[^\n]*)?(?P<between>,?\s+)payoff_other:\s*(?P<other>[-+.\w]+)"
)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a framing of the old form becomes.

    Attributes:
        framing: id of the framing.
        option_order: order of options.
        item_order: order of items.
        language: its language.
        voice: id that a wording of its own phrases has beside that of the language; "" where the phrases are usual.
    """

    framing: str
    option_order: str
    item_order: str
    language: str
    voice: str = ""


@dataclass(slots=True)
class _Migration:
    catalog: Catalog
    templates: dict[str, tuple[str, str]] = field(default_factory=dict)
    framings: dict[str, _Shown] = field(default_factory=dict)
    wordings: dict[str, dict[str, Any]] = field(default_factory=dict)
    phrases: dict[str, dict[str, Any]] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)

    def wording(self, language: str, paraphrase: int = 1) -> str:
        """Id of the wording of a language and voice, which may have to be made."""
        for id_, one in self.catalog.wordings.items():
            if (one.language, one.paraphrase) == (language, paraphrase):
                return id_
        id_ = language.lower() if paraphrase == 1 else f"{language.lower()}-{paraphrase}"
        if id_ not in self.wordings:
            base = {} if paraphrase == 1 else {"based_on": self.wording(language)}
            self.wordings[id_] = {"language": language, "paraphrase": paraphrase, **base}
        return id_

    def add(self, id_: str, name: str, content: Mapping[str, Any]) -> None:
        """Put words into a wording of the folder: one of the package's is stood upon in its own place."""
        if id_ in self.catalog.wordings and id_ not in self.wordings:
            below = self.catalog.wordings[id_]
            self.wordings[id_] = {
                "replaces": id_,
                "language": below.language,
                "paraphrase": below.paraphrase,
                "based_on": id_,
            }
        self.wordings.setdefault(id_, {}).setdefault(name, {}).update(content)


def migrate(folder: Path, output: Path) -> list[Path]:
    """Write a folder of entries in the present form.

    Args:
        folder: the entries in the form of data version 0.1.
        output: folder to make; it must not exist.

    Returns:
        The files written.

    Raises:
        UsageError: no such folder, a folder in the way, or an entry that cannot be carried over.
        CatalogError: what comes of it is no catalogue; the files are there, to be mended by hand.
    """
    if not folder.is_dir():
        raise UsageError(f"There is no folder {str(folder)!r}. Name the folder of your entries.")
    if output.exists():
        raise UsageError(f"{str(output)!r} is there already. Name another folder with `-o`, or remove it first.")
    work = _Migration(load_catalog())
    entries = {kind: dict(_read(folder, kind)) for kind in ("values", "games", "templates", "framings", "scenarios")}
    for path, entry in entries["values"].items():
        _value(work, path, entry)
    for path in entries["games"]:
        _game(work, path)
    for path, entry in entries["templates"].items():
        _template(work, path, entry)
    for path, entry in entries["framings"].items():
        _framing(work, path, entry)
    for path, entry in entries["scenarios"].items():
        _scenario(work, path, entry)
    for id_, content in work.wordings.items():
        words = {
            "id": id_,
            "title": content.get("title", id_),
            "source": content.get("source", "Moved by `hvae migrate`."),
        }
        _write(work, "wordings", words | content)
    for place, text in work.written.items():
        target = output / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"{schema_line(target, place.parts[0])}\n{text}", encoding="utf-8", newline="\n")
    load_catalog([output])
    return [output / place for place in work.written]


def _read(folder: Path, kind: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted((folder / kind).glob("*.yaml")):
        try:
            entry = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise UsageError(f"{path} cannot be read as YAML. Mend it first: {type(error).__name__}.") from None
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
            raise UsageError(f"{path} holds no entry with an `id`. Mend it first, or move it elsewhere.")
        yield path, entry


def _write(work: _Migration, kind: str, entry: Mapping[str, Any]) -> None:
    text = yaml.safe_dump(dict(entry), sort_keys=False, allow_unicode=True, width=116)
    work.written[Path(kind, f"{entry['id']}.yaml")] = text


def _kept(path: Path) -> str:
    """A file without its line for editors, which names the place of a schema."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("# yaml-language-server:"))


def _value(work: _Migration, path: Path, entry: dict[str, Any]) -> None:
    for language, words in (entry.get("translations") or {}).items():
        content = {name: text for name, text in words.items() if name != "status"}
        work.add(work.wording(language), "values", {entry["id"]: content})
    text = re.sub(r"^translations:.*\n(?:[ \t]+.*\n?|\s*\n)*", "", _kept(path), flags=re.MULTILINE)
    work.written[Path("values", path.name)] = text


def _game(work: _Migration, path: Path) -> None:
    text = _TWO_PAYOFFS.sub(lambda found: f"payoffs: [{found['self']}, {found['other']}]", _kept(path))
    if re.search(r"payoff_(self|other):", text):
        raise UsageError(
            f"{path} has an option whose two payoffs do not stand side by side. Write `payoffs: [..]` there."
        )
    text = re.sub(r"^(payoff_unit|items|generator|transform):", r"system: svo\n\1:", text, count=1, flags=re.MULTILINE)
    work.written[Path("games", path.name)] = text


def _template(work: _Migration, path: Path, entry: dict[str, Any]) -> None:
    id_, language = entry["id"], entry["language"]
    wording = work.wording(language, entry.get("paraphrase", 1))
    known = work.catalog.wordings.get(wording)
    said = {known.expanded(name): name for name in known.sentences} if known else {}
    sentences: dict[str, str] = {}

    def name_of(text: str, name: str) -> str:
        if text in said:
            return said[text]
        sentences[name] = text
        said[text] = name
        return name

    turns = []
    for number, turn in enumerate(entry["turns"], start=1):
        stem = f"{id_.replace('-', '_')}_{number}"
        one = {
            "kind": turn["kind"],
            "role": turn["role"],
            "expects": turn["expects"],
            "say": name_of(turn["text"], stem),
        }
        if turn.get("reask"):
            one["reask"] = name_of(turn["reask"], f"{stem}_again")
        turns.append(one)
    if sentences:
        work.add(wording, "sentences", sentences)
    work.templates[id_] = (id_, wording)
    kept = {name: entry[name] for name in (*_ENTRY, "family", "induction", "goal", "reasoning") if name in entry}
    _write(work, "templates", kept | {"turns": turns})


def _framing(work: _Migration, path: Path, entry: dict[str, Any]) -> None:
    id_, language = entry["id"], entry["language"]
    orders = (entry.get("option_order", "published"), entry.get("item_order", "published"))
    # Framings that differed in their orders alone are one now.
    base = re.sub(r"(-items)?-(reversed|shuffled)$", "", id_) if orders != ("published", "published") else id_
    wording_id = work.wording(language)
    unit, counterpart = _usual(work.catalog.wordings.get(wording_id), entry) or (base, base)
    voice = ""
    if unit == base:
        found = _OPTION_LINE.fullmatch(entry["option_line"])
        if found is None:
            raise UsageError(
                f"{path} has an `option_line` that does not name label, own payoff and the other's in this order. Write "
                "the framing anew (`hvae new framing`), with its phrases in a wording."
            )
        number = {"payoff_self": "{number}", "payoff_other": "{number}"}
        voice = base
        work.phrases[base] = {
            "option_line": f"{found['label']}{{outcomes}}",
            "join": {"labels": ", ", "outcomes": found["join"]},
            "outcomes": {"svo": {"self": render(found["first"], number), "other": render(found["second"], number)}},
            "units": {base: {"name": entry["unit"], "other": f"{{number}} {entry['unit']}"}},
            "counterparts": {base: {"long": entry["counterpart"], "short": entry["counterpart"]}},
            **({"other_words": entry["other_words"]} if entry.get("other_words") else {}),
        }
    work.framings[id_] = _Shown(base, *orders, language, voice)
    kept = {name: entry[name] for name in _ENTRY if name in entry} | {"id": base}
    if entry.get("replaces"):
        kept["replaces"] = base
    _write(work, "framings", kept | {"unit": unit, "counterpart": counterpart, "labels": entry["labels"]})


def _usual(wording: Wording | None, entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """Unit and counterpart of a wording that say the same as a framing of the old form; None if none do."""
    if wording is None or wording.option_line is None or wording.join is None:
        return None
    own = render(entry["option_line"], {"label": "A", "payoff_self": "50", "payoff_other": "70"})
    system = load_catalog().systems["svo"] if wording.is_english else None
    phrases = {stake.id: stake.outcome for stake in system.stakes} if system else wording.outcomes.get("svo", {})
    for (unit_id, unit), (other_id, other) in product(wording.units.items(), wording.counterparts.items()):
        if (unit.name, other.long) != (entry["unit"], entry["counterpart"]):
            continue
        known = {"counterpart": other.short, "amount": "{amount}", "number": "{number}", "unit": unit.name}
        words = OptionWords.model_validate(
            {
                "language": wording.language,
                "line": wording.option_line,
                "join": wording.join.outcomes,
                "outcomes": tuple(render(phrases[stake], known) for stake in ("self", "other")),
                "amounts": unit.forms,
            }
        )
        if words.written("A", (50, 70)) == own:
            return unit_id, other_id
    return None


def _scenario(work: _Migration, path: Path, entry: dict[str, Any]) -> None:
    crossings: list[dict[str, Any]] = []
    for crossing in entry["crossings"]:
        templates = [_old_template(work, path, id_) for id_ in crossing["templates"]]
        framings = [_old_framing(work, path, id_) for id_ in crossing["framings"]]
        for framing in dict.fromkeys((one.framing, one.language, one.voice) for one in framings):
            shown = [one for one in framings if (one.framing, one.language, one.voice) == framing]
            for wording in dict.fromkeys(wording for _, wording in templates):
                if work.catalog.wordings[wording].language != framing[1] if wording in work.catalog.wordings else False:
                    continue
                crossings.append(
                    {
                        "values": crossing["values"],
                        "games": crossing["games"],
                        "templates": [id_ for id_, own in templates if own == wording],
                        "wordings": [_voiced(work, wording, framing[2])],
                        "framings": [framing[0]],
                        "option_orders": list(dict.fromkeys(one.option_order for one in shown)),
                        "item_orders": list(dict.fromkeys(one.item_order for one in shown)),
                    }
                )
    _write(work, "scenarios", entry | {"crossings": crossings})


def _voiced(work: _Migration, wording: str, voice: str) -> str:
    """Id of a wording with the phrases of a framing of the folder."""
    if not voice:
        return wording
    id_ = f"{wording}-{voice}"
    below = work.catalog.wordings.get(wording)
    facts = {"language": below.language, "paraphrase": below.paraphrase} if below else work.wordings[wording]
    work.wordings[id_] = {
        "language": facts["language"],
        "paraphrase": facts["paraphrase"],
        "based_on": wording,
        **work.phrases[voice],
    }
    return id_


def _old_template(work: _Migration, path: Path, id_: str) -> tuple[str, str]:
    if id_ in work.templates:
        return work.templates[id_]
    found = _OLD_TEMPLATE.fullmatch(id_)
    if found is None or found["base"] not in work.catalog.templates:
        raise UsageError(f"{path} names the template {id_!r}, which neither the folder nor the package holds.")
    return found["base"], work.wording(found["language"] or "en", int(found["paraphrase"] or 1))


def _old_framing(work: _Migration, path: Path, id_: str) -> _Shown:
    if id_ in work.framings:
        return work.framings[id_]
    found = _OLD_FRAMING.fullmatch(id_)
    if found is None or found["base"] not in work.catalog.framings:
        raise UsageError(f"{path} names the framing {id_!r}, which neither the folder nor the package holds.")
    order = found["order"] or "published"
    options, items = ("published", order) if found["items"] else (order, "published")
    return _Shown(found["base"], options, items, found["language"])
