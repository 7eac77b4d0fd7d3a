"""Build: from `dataset/` to a folder that is published as it stands, the same bytes from the same entries."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

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

CONFIGS = (DEFAULT_CONFIG, *(kind for kind in KINDS if kind != DEFAULT_CONFIG), *TABLES)
"""Every config in the order shown."""

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def build_dataset(dataset: Path, output: Path) -> Manifest:
    """Make the folder that is published on the Hub; what an earlier build made there is replaced.

    The words of the card and the licence lie beside the data set, else in this clone.

    Raises:
        UsageError: entries with errors, a file that is missing, or a folder that holds something else.
        CatalogError: an entry that cannot be read.
        OSError: the folder cannot be written.
    """
    words = _beside(dataset, "DATASET_CARD.md")
    licence = _beside(dataset, _LICENCE)
    _check_output(dataset, output)
    canary_line = _text(dataset / "CANARY").splitlines()[0].removeprefix("# ")
    guid = _GUID.search(canary_line)
    if guid is None:
        raise UsageError(
            f"{dataset / 'CANARY'} names no GUID in its first line. Take the file of the last release back."
        )
    catalog = load_catalog(base=dataset)
    with new_folder(output) as made:
        configs = _write_data(made, catalog, canary_line)
        for name in sorted(SCHEMAS):
            _write(made / "spec" / f"{name}.schema.json", schema_text(name))
        _write(made / _LICENCE, licence)
        _write(made / "README.md", card_text(words, canary_line, _languages(catalog), configs))
        _write(made / "eval.yaml", eval_text(canary_line))
        _write(made / "croissant.json", croissant_text(catalog.version, canary_line, configs))
        manifest = manifest_of(made, catalog.version, guid[0], catalog.sha256)
        _write(made / MANIFEST, manifest.text())
    return manifest


def _check_output(dataset: Path, output: Path) -> None:
    """Whatever somebody else put there stays."""
    there, here = output.resolve(), dataset.resolve()
    if here.is_relative_to(there) or there.is_relative_to(here):
        where = "holds the data set itself" if here.is_relative_to(there) else "lies within the data set"
        raise UsageError(f"{str(output)!r} {where}. Name another folder with `-o`.")
    if not output.exists():
        return
    problem = f"{str(output)!r} holds something else than an earlier build. Name another folder with `-o`, or empty it."
    if not output.is_dir() or output.is_symlink():
        raise UsageError(problem)
    files = files_in(output)
    if files and (MANIFEST not in files or not files <= {MANIFEST, *read_manifest(output).files}):
        raise UsageError(problem)


def _write_data(folder: Path, catalog: Catalog, canary_line: str) -> dict[str, ConfigFacts]:
    configs = {}
    for name in CONFIGS:
        columns, rows = _table(name, catalog)
        lines = [json.dumps({**row, CANARY: canary_line}, ensure_ascii=False) + "\n" for row in rows]
        path, text = data_file(name), "".join(lines)
        _write(folder / path, text)
        content = text.encode()
        columns = {**columns, CANARY: TEXT}
        configs[name] = ConfigFacts(columns, path, len(lines), len(content), hashlib.sha256(content).hexdigest())
    return configs


def _table(name: str, catalog: Catalog) -> tuple[Columns, Iterable[Mapping[str, Any]]]:
    """The columns and the rows of a config."""
    if name in TABLES:
        columns, rows_of = TABLES[name]
        return columns, rows_of(catalog)
    return layout(name), (row_of(name, entry, catalog.version) for _, entry in sorted(getattr(catalog, name).items()))


def _languages(catalog: Catalog) -> list[str]:
    """Languages of the wordings; the one with most of them first."""
    used = [wording.language for wording in catalog.wordings.values()]
    return sorted(set(used), key=lambda language: (-used.count(language), language))


def _beside(dataset: Path, name: str) -> str:
    for folder in (dataset.resolve().parent, Path(__file__).resolve().parent.parent.parent):
        if (folder / name).is_file():
            return _text(folder / name)
    raise UsageError(f"There is no {name} beside {str(dataset)!r}, and it belongs to the data set. Build in a clone.")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"There is no file {str(path)!r}, and it belongs to the data set.") from None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
