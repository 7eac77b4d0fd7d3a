"""Build: from `dataset/` to a folder that is published as it stands, the same bytes from the same entries."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hvae_bench.catalogue.catalog import KINDS, Catalog, load_catalog
from hvae_bench.catalogue.columns import TEXT
from hvae_bench.catalogue.manifest import MANIFEST, Manifest, data_file, manifest_of, read_manifest
from hvae_bench.catalogue.rows import layout, row_of
from hvae_bench.hub.card import DEFAULT_CONFIG, ConfigFacts, card_text
from hvae_bench.hub.croissant import croissant_text
from hvae_bench.hub.eval_file import eval_text
from hvae_bench.hub.schema import SCHEMAS, schema_text
from hvae_bench.hub.tables import TABLES, calibration_rows, dialogue_rows, question_rows
from hvae_bench.text.errors import UsageError
from hvae_bench.text.location import files_in, new_folder

CARD = "DATASET_CARD.md"
"""The words of the card, beside the folder of the data set."""

LICENCE = "LICENSE-DATA"
"""The licence of the data, beside the folder of the data set."""

CANARY = "canary"
"""Last column of every row: the line by which whoever gathers text for training can leave the row out."""

CONFIGS = (DEFAULT_CONFIG, *(kind for kind in KINDS if kind != DEFAULT_CONFIG), *TABLES)
"""Every config in the order shown."""

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def build_dataset(dataset: Path, output: Path, *, card: Path | None = None) -> Manifest:
    """Make the folder that is published on the Hub.

    Args:
        dataset: folder of the data set, with `VERSION` and `CANARY`.
        output: folder to make. What an earlier build made there is replaced.
        card: the words of the card; `DATASET_CARD.md` beside the data set if not given, else that of this clone.

    Returns:
        The manifest of what was made.

    Raises:
        UsageError: entries with errors, a file that is missing, or a folder that holds something else.
        CatalogError: an entry that cannot be read.
        OSError: the folder cannot be written.
    """
    words = _beside(dataset, CARD) if card is None else _text(card)
    licence = _beside(dataset, LICENCE)
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
        _write(made / LICENCE, licence)
        _write(made / "README.md", card_text(words, canary_line, _languages(catalog), configs))
        _write(made / "eval.yaml", eval_text(canary_line))
        hashes = {config.path: _sha256(made / config.path) for config in configs.values()}
        _write(made / "croissant.json", croissant_text(catalog.version, canary_line, configs, hashes))
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
    tables: dict[str, Iterable[Mapping[str, Any]]] = {
        "calibration": calibration_rows(catalog),
        "dialogues": dialogue_rows(catalog),
        "questions": question_rows(catalog),
    }
    configs = {}
    for name in CONFIGS:
        own = layout(name) if name in KINDS else TABLES[name]
        columns = {**own, CANARY: TEXT}
        rows = _entry_rows(name, catalog) if name in KINDS else tables[name]
        lines = [json.dumps({**row, CANARY: canary_line}, ensure_ascii=False) + "\n" for row in rows]
        path = data_file(name)
        _write(folder / path, "".join(lines))
        configs[name] = ConfigFacts(columns, path, len(lines), (folder / path).stat().st_size)
    return configs


def _entry_rows(kind: str, catalog: Catalog) -> Iterable[Mapping[str, Any]]:
    entries = getattr(catalog, kind)
    return (row_of(kind, entries[id_], catalog.version) for id_ in sorted(entries))


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


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
