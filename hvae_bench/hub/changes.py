"""Changes: what is different between two versions of the data, and which step of the version that needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from hvae_bench.catalogue.catalog import Catalog, load_catalog
from hvae_bench.catalogue.entry import Entry
from hvae_bench.catalogue.entry_file import KINDS
from hvae_bench.catalogue.fetch import parse_name
from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.released import NOT_READ, is_draft
from hvae_bench.catalogue.rows import file_form
from hvae_bench.catalogue.wording import Wording
from hvae_bench.text.errors import UsageError

Step = Literal["none", "patch", "minor", "major"]
"""What the version must rise by; before 1.0.0 the numbers move down by one (docs/data_versions.md)."""

_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one entry.

    Attributes:
        name: `KIND/ID`.
        what: `added`, `removed` or `edited`.
        fields: the fields that differ, as paths such as `turns[3].say`; empty unless edited.
        step: what this change needs.
        draft: whether it was a translation that nobody had signed, so that edits of it break nothing.
    """

    name: str
    what: Literal["added", "removed", "edited"]
    fields: tuple[str, ...]
    step: Step
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that differs, by kind and id, and the highest step that any of it needs."""

    old_version: str
    new_version: str
    changes: tuple[Change, ...]
    step: Step


def compare(old: Catalog, new: Catalog) -> Changes:
    """What differs between two catalogues.

    Title, source, norms and signature, which no model reads, need a patch; the mark `deprecated`, whatever is added, be
    it an entry or words of a wording, and edits of a translation that nobody had signed a minor step; every other edit
    and every removal a major one.
    """
    changes = tuple(change for kind in KINDS for change in _of_kind(kind, getattr(old, kind), getattr(new, kind)))
    return Changes(old.version, new.version, changes, _highest(change.step for change in changes))


def _of_kind(kind: str, old: Mapping[str, Entry], new: Mapping[str, Entry]) -> Iterator[Change]:
    for id_ in sorted({*old, *new}):
        name = f"{kind}/{id_}"
        if id_ not in old:
            yield Change(name, "added", (), "minor")
        elif id_ not in new:
            yield Change(name, "removed", (), "major")
        elif found := list(_differences(_content(old[id_]), _content(new[id_]))):
            step = _highest(_step(old[id_], field, added) for field, added in found)
            yield Change(name, "edited", tuple(field for field, _ in found), step, is_draft(old[id_]))


def _content(entry: Entry) -> Mapping[str, Any]:
    # The items that a derivation makes count as well: they change with the game that they are made from.
    made = {"items": entry.model_dump(mode="json")["items"]} if isinstance(entry, Game) else {}
    return file_form(entry) | made


def _highest(steps: Iterator[Step]) -> Step:
    return max(steps, key=get_args(Step).index, default="none")


def _step(old: Entry, field: str, added: bool) -> Step:
    if field == "deprecated":
        return "minor"
    if field.partition(".")[0] in NOT_READ:
        return "patch"
    return "minor" if is_draft(old) or (added and isinstance(old, Wording)) else "major"


def _differences(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, bool]]:
    """The fields that differ, as deep as both have the same form, and whether each was added."""
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*old, *new)):
            yield from _differences(old.get(name), new.get(name), f"{path}.{name}" if path else str(name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (one, other) in enumerate(zip(old, new, strict=True), start=1):
            yield from _differences(one, other, f"{path}[{place}]")
    else:
        yield path, old is None


def open_catalog(name: str) -> Catalog:
    """The catalogue of `embedded`, of a data set's folder, of one made by `hvae build`, or of `ORG/NAME@REVISION`.

    Raises:
        UsageError: it is none of these, or cannot be had from the Hub.
        CatalogError: an entry that cannot be read.
    """
    folder = Path(name)
    if parse_name(name) is not None:
        return load_catalog(name)
    if (folder / "VERSION").is_file():
        return load_catalog(base=folder)
    raise UsageError(
        f"{name!r} is not a data set. Name the folder of one, a folder made by `hvae build`, `embedded`, or a "
        f"revision on the Hub such as ORG/NAME@v1.0.0."
    )


def in_words(changes: Changes) -> str:
    """The changes for people, one a line, with what they ask of the version."""
    lines = [_line(change) for change in changes.changes]
    needs = {
        "none": "Nothing differs.",
        "patch": "Old results stand: a PATCH step is enough.",
        "minor": "Old results stand, and there is something new: a MINOR step.",
        "major": "Old results must be run again: a MAJOR step.",
    }[changes.step]
    below = " Before 1.0.0 the numbers move down by one." if changes.old_version.startswith("0.") and lines else ""
    return "\n".join([f"{changes.old_version} -> {changes.new_version}", *lines, needs + below])


def _line(change: Change) -> str:
    fields = ", ".join(change.fields[:_SHOWN])
    if len(change.fields) > _SHOWN:
        fields += f" and {len(change.fields) - _SHOWN} more"
    draft = ", an unsigned draft" if change.draft else ""
    return f"  {change.what:8} {change.name}{': ' if fields else ''}{fields} ({change.step}{draft})"
