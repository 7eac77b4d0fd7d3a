"""The catalogue's loader: whatever it takes can be shown, played, written down, and is read again as the same.

The first byte of an input selects what the rest is: the file of an entry of one of the kinds, a row of one in a built
data set, or the manifest of such a data set.
"""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any
from zlib import crc32

import yaml
from pydantic_core import to_jsonable_python

from hvae_bench.catalogue.catalog import Catalog, load_catalog
from hvae_bench.catalogue.entry import Entry, canonical_json
from hvae_bench.catalogue.entry_file import KINDS, load_entry
from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.manifest import MANIFEST
from hvae_bench.catalogue.rows import entry_of, file_form, row_of
from hvae_bench.catalogue.source import read_built
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.catalogue.wording import Wording, names_in
from hvae_bench.cli.entry_views import entry_view, wording_view
from hvae_bench.cli.frame import console
from hvae_bench.dialogue.cost import whole_dialogue
from hvae_bench.log.overview import coverage, find_cell, game_overview, games_of
from hvae_bench.text.errors import CatalogError, HvaeError, UsageError

__all__ = ["check", "seeds"]

ROOT = Path(__file__).resolve().parent.parent.parent
ORDER = tuple(KINDS)
FOLDERS = {kind.removesuffix("s"): kind for kind in KINDS}
ROW, BUILT = len(ORDER), 2 * len(ORDER)


@functools.cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hvae-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for kind in KINDS:
        (folder / kind).mkdir()
    (folder / "built").mkdir()
    return folder


@functools.cache
def _catalog() -> Catalog:
    return load_catalog()


def seeds() -> list[bytes]:
    """Every entry of the data set and every example of the specification; some entries as rows too."""
    found = []
    for place, kind in enumerate(ORDER):
        found += [bytes([place]) + path.read_bytes() for path in sorted((ROOT / "dataset" / kind).glob("*.yaml"))]
        entries = list(getattr(_catalog(), kind).values())[:6]
        rows = (json.dumps(row_of(kind, entry, "1.0.0")).encode() for entry in entries)
        found += [bytes([ROW + place]) + row for row in rows]
    for singular, kind in FOLDERS.items():
        paths = sorted((ROOT / "spec" / "examples").glob(f"*/{singular}/*.yaml"))
        found += [bytes([ORDER.index(kind)]) + path.read_bytes() for path in paths]
    record = {"sha256": "0" * 64, "size": 2}
    manifest = {"version": "1.0.0", "canary": "x", "catalog_sha256": "0" * 64, "files": {"a": record}}
    return [*found, bytes([BUILT]) + json.dumps(manifest).encode()]


def check(data: bytes) -> None:
    """Load an entry, and do with it whatever can be done."""
    which, content = (data[0] % (BUILT + 1), data[1:]) if data else (0, b"")
    if which == BUILT:
        _check_manifest(content)
    elif which >= ROW:
        _check_row(ORDER[which - ROW], content)
    else:
        _check_file(ORDER[which], content)


def _check_manifest(content: bytes) -> None:
    folder = _folder() / "built"
    (folder / MANIFEST).write_bytes(content)
    try:
        read_built(folder, "built")
    except HvaeError as error:
        _is_a_sentence(error, "")


def _check_row(kind: str, content: bytes) -> None:
    try:
        row: Any = json.loads(content)
    except (ValueError, RecursionError):
        return
    if not isinstance(row, dict):
        return
    try:
        entry = entry_of(kind, row)
    except HvaeError as error:
        _is_a_sentence(error, kind)
        return
    _is_kept(kind, entry)


def _check_file(kind: str, content: bytes) -> None:
    path = _written(kind, "fuzzed", content)
    try:
        entry = load_entry(path, kind).entry
    except CatalogError as error:
        _is_a_sentence(error, path.name)
        for one in (error, *error.others):
            lines = content.count(b"\n") + 2
            assert one.line is None or 1 <= one.line <= lines, f"line {one.line} of {lines}"
        # An entry that has only another name is a whole entry.
        if error.rule != "id-is-file-name" or not isinstance(error.problem, str):
            return
        entry = load_entry(_written(kind, error.problem.split("'")[1], content), kind).entry
    _is_kept(kind, entry)
    path = _written(kind, entry.id, yaml.safe_dump(file_form(entry), allow_unicode=True, width=1000).encode())
    again = load_entry(path, kind).entry
    assert canonical_json(again) == canonical_json(entry), "written down as YAML it is another entry"
    _is_said(entry)
    if crc32(content) % 16 == 0:
        _is_laid_over(kind, entry)


def _is_kept(kind: str, entry: Entry) -> None:
    """As JSON, as a row and on the screen."""
    assert KINDS[kind].model_validate_json(json.dumps(file_form(entry))) == entry
    json.dumps(to_jsonable_python(entry, inf_nan_mode="null"), allow_nan=False).encode("utf-8")
    if not isinstance(entry, Game) or entry.derived_from is None:
        row = json.loads(json.dumps(row_of(kind, entry, "1.0.0"), allow_nan=False))
        assert canonical_json(entry_of(kind, row)) == canonical_json(entry), "as a row it is another entry"
    drawn = console()
    with drawn.capture():
        drawn.print(entry_view(entry))


def _is_said(entry: Entry) -> None:
    """A wording that stands alone puts its own sentences in, as deep as they go."""
    if isinstance(entry, Wording) and entry.based_on is None:
        for name in entry.sentences:
            for batched in (False, True):
                assert names_in(entry.expanded(name, batched=batched)) == entry.used_in(name, batched=batched)


def _is_laid_over(kind: str, entry: Entry) -> None:
    """Over the data set of the package it makes a catalogue, or there is one sentence why not."""
    folder = _folder() / "over"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / kind).mkdir(parents=True)
    taken = entry.id in getattr(_catalog(), kind)
    content = file_form(entry) | ({"replaces": entry.id} if taken else {})
    (folder / kind / f"{entry.id}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    try:
        catalog = load_catalog(folder)
    except HvaeError as error:
        _is_a_sentence(error, "")
        return
    assert catalog.sha256 == load_catalog(folder).sha256
    _is_played_whole(catalog, getattr(catalog, kind)[entry.id])


def _is_played_whole(catalog: Catalog, entry: Entry) -> None:
    """A dialogue of it can be shown, with whatever other entries it fits, and so can what is derived from it."""
    if isinstance(entry, Game):
        json.dumps(
            to_jsonable_python(game_overview(entry, catalog.values.values()), inf_nan_mode="null"), allow_nan=False
        )
    if isinstance(entry, ValueTarget):
        one_of_each_system = {game.system: game for game in catalog.games.values()}
        json.dumps(to_jsonable_python(games_of(entry, one_of_each_system), inf_nan_mode="null"), allow_nan=False)
    if isinstance(entry, Wording):
        drawn = console()
        with drawn.capture():
            drawn.print(wording_view(entry, coverage(catalog, entry)))
    usual = {"values": "altruistic", "games": "chicken", "templates": "no-goal", "wordings": "en", "framings": "coins"}
    kind = next(kind for kind, model in KINDS.items() if isinstance(entry, model))
    for value, template in (("altruistic", "no-goal"), ("none", "baseline"), ("prosocial", "goal-prompting")):
        ids = {**usual, "values": value, "templates": template}
        if kind in ids:
            ids[kind] = entry.id
        cell_id = f"{ids['values']}.{ids['games']}.{ids['templates']}.w-{ids['wordings']}.f-{ids['framings']}"
        try:
            cell = find_cell(catalog, cell_id)
        except UsageError as error:
            _is_a_sentence(error, "")
            continue
        lines = whole_dialogue(cell.script())
        assert all(label in "".join(line.text for line in lines) for label in cell.parts.framing.labels[:2])


def _written(kind: str, id_: str, content: bytes) -> Path:
    path = _folder() / kind / f"{id_}.yaml"
    path.write_bytes(content)
    return path


def _is_a_sentence(error: HvaeError, name: str) -> None:
    text = str(error)
    assert name in text, f"{name} is not named: {text}"
    assert "Traceback" not in text
    assert len(text) < 2_000, "too long to be read"
    assert text.isprintable(), f"more than a line, or signs that do not print: {text!r}"
    text.encode("utf-8")
