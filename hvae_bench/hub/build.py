"""Build: from `dataset/` to a folder that is published as it stands, the same bytes from the same entries."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from hvae_bench.catalogue.catalog import Catalog, load_catalog
from hvae_bench.catalogue.columns import TEXT, Columns
from hvae_bench.catalogue.entry_file import KINDS
from hvae_bench.catalogue.manifest import MANIFEST, Manifest, data_file, manifest_of, read_manifest
from hvae_bench.catalogue.rows import CANARY, layout, row_of
from hvae_bench.hub.card import DEFAULT_CONFIG, ConfigFacts, card_text, eval_text
from hvae_bench.hub.croissant import croissant_text
from hvae_bench.hub.schema import SCHEMAS, schema_text
from hvae_bench.hub.tables import TABLES
from hvae_bench.text.errors import UsageError
from hvae_bench.text.location import files_in, new_folder

_LICENCE = "LICENSE-DATA"
_CITATION = "CITATION.cff"

CONFIGS = (DEFAULT_CONFIG, *(name for name in (*KINDS, *TABLES) if name != DEFAULT_CONFIG))
"""Every config in the order shown."""

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def build_dataset(dataset: Path, output: Path) -> Manifest:
    """Make the folder that is published on the Hub; what an earlier build made there is replaced.

    Raises:
        UsageError: as of `build_files`, or a folder that holds something else.
        CatalogError: an entry that cannot be read.
        OSError: the folder cannot be written.
    """
    _check_output(dataset, output)
    manifest, files = build_files(dataset)
    with new_folder(output) as made:
        for name, content in files.items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_bytes(content)
    return manifest


def build_files(dataset: Path) -> tuple[Manifest, dict[str, bytes]]:
    """The files that are published by their paths, and their manifest, which is one of them.

    The words of the card, the licence and CITATION.cff lie beside the data set, else in this clone.

    Raises:
        UsageError: entries with errors, or a file that is missing or damaged.
        CatalogError: an entry or a VERSION that cannot be read.
    """
    words = _beside(dataset, "DATASET_CARD.md")
    licence = _beside(dataset, _LICENCE)
    published = _date(_beside(dataset, _CITATION))
    canary_line = _text(dataset / "CANARY").partition("\n")[0].removeprefix("# ")
    guid = _GUID.search(canary_line)
    if guid is None:
        raise UsageError(f"{dataset / 'CANARY'} has no GUID in its first line. Take the file of the last release back.")
    catalog = load_catalog(base=dataset)
    texts = {data_file(name): _lines(name, catalog, canary_line) for name in CONFIGS}
    configs = {name: _facts(name, texts[data_file(name)]) for name in CONFIGS}
    texts |= {f"spec/{name}.schema.json": schema_text(name) for name in sorted(SCHEMAS)}
    texts[_LICENCE] = licence
    entries = {kind: getattr(catalog, kind) for kind in KINDS}
    texts["README.md"] = card_text(words, canary_line, _languages(catalog), configs, entries)
    texts["eval.yaml"] = eval_text(canary_line)
    texts["croissant.json"] = croissant_text(catalog.version, published, canary_line, configs)
    files = {name: text.encode() for name, text in texts.items()}
    manifest = manifest_of(files, catalog.version, guid[0], catalog.sha256)
    return manifest, {**files, MANIFEST: manifest.text().encode()}


def _check_output(dataset: Path, output: Path) -> None:
    """Whatever somebody else put there stays."""
    there, here = output.resolve(), dataset.resolve()
    if here.is_relative_to(there) or there.is_relative_to(here):
        where = "holds the data set itself" if here.is_relative_to(there) else "lies within the data set"
        raise UsageError(f"{str(output)!r} {where}. Name another folder with `-o`.")
    if not output.exists():
        return
    problem = (
        f"{str(output)!r} holds something other than an earlier build. Name another folder with `-o`, or empty it."
    )
    if not output.is_dir() or output.is_symlink():
        raise UsageError(problem)
    files = files_in(output)
    if files and (MANIFEST not in files or not files <= {MANIFEST, *read_manifest(output).files}):
        raise UsageError(problem)


def _lines(name: str, catalog: Catalog, canary_line: str) -> str:
    """The rows of a config as JSON lines."""
    if name in TABLES:
        rows = TABLES[name][1](catalog)
    else:
        rows = (row_of(name, entry, catalog.version) for _, entry in sorted(getattr(catalog, name).items()))
    return "".join(json.dumps({**row, CANARY: canary_line}, ensure_ascii=False) + "\n" for row in _telling_first(rows))


def _telling_first(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows in their order, but first those that fill a column which was null, or an empty list, in all before them.

    Readers of JSON take the types of columns from the first rows.
    """
    filled: set[tuple[str, ...]] = set()
    telling: list[Mapping[str, Any]] = []
    others: list[Mapping[str, Any]] = []
    for row in rows:
        new = set(_filled(row)) - filled
        (telling if new else others).append(row)
        filled |= new
    return telling + others


def _filled(content: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The columns that hold something, by their names from the outermost on."""
    if isinstance(content, Mapping):
        for name, inner in content.items():
            yield from _filled(inner, (*path, name))
    elif isinstance(content, list):
        for inner in content:
            yield from _filled(inner, path)
    elif content is not None:
        yield path


def _facts(name: str, text: str) -> ConfigFacts:
    columns: Columns = {**(TABLES[name][0] if name in TABLES else layout(name)), CANARY: TEXT}
    content = text.encode()
    return ConfigFacts(columns, data_file(name), text.count("\n"), len(content), hashlib.sha256(content).hexdigest())


def _languages(catalog: Catalog) -> list[str]:
    """Languages of the wordings; the one with most of them first."""
    used = [wording.language for wording in catalog.wordings.values()]
    return sorted(set(used), key=lambda language: (-used.count(language), language))


def _beside(dataset: Path, name: str) -> str:
    for folder in (dataset.resolve().parent, Path(__file__).resolve().parent.parent.parent):
        if (folder / name).is_file():
            return _text(folder / name)
    raise UsageError(f"There is no {name} beside {str(dataset)!r}, which is part of the data set. Build in a clone.")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"There is no file {str(path)!r}, which is part of the data set.") from None
    except ValueError:
        raise UsageError(f"{path} is not UTF-8. Save it as UTF-8, or take the file of the last release back.") from None


def _date(citation: str) -> str:
    """The day of the release, as CITATION.cff says it."""
    try:
        day = yaml.safe_load(citation)["date-released"]
        return (day if isinstance(day, date) else date.fromisoformat(day)).isoformat()
    except (yaml.YAMLError, KeyError, TypeError, ValueError, RecursionError):
        raise UsageError(
            f"{_CITATION} does not say the day of the release. Write it there as `date-released: 2026-01-31`."
        ) from None
