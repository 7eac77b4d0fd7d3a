"""What a release has published stays as it is until the next breaking version."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hvae_bench.catalogue.catalog import KINDS
from hvae_bench.catalogue.entry import Entry
from hvae_bench.catalogue.released import RELEASED, entry_sha256, is_breaking, is_draft
from hvae_bench.lint.collection import Collection, is_published
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.rule import rule_between_files


# The words of values and games come one by one into a wording; `hvae diff` looks at each of them.
@rule_between_files("released-changed")
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
        mend = "take the file of the last release back; only a release writes it"
        yield Finding("", "error", path, 1, 1, "the file is not the record of a release", mend)
        return
    now = (folder / "VERSION").read_text(encoding="utf-8", errors="replace").strip()
    if is_breaking(version, now):
        return
    mend = f"take the released content back and add a new entry, or raise VERSION ({now}) to a breaking version"
    for name, sha256 in sorted(prints.items()):
        kind, _, id_ = name.partition("/")
        source = collection.top[kind].get(id_) if kind in KINDS else None
        if source is None:
            line = text.count("\n", 0, max(text.find(f'"{name}"'), 0)) + 1
            problem = f"{name} was released with version {version}, and is gone"
            yield Finding("", "error", path, line, 1, problem, mend)
        elif collection.is_checked(source) and source.entry is not None and _differs(source.entry, sha256):
            problem = f"{name} was released with version {version}, and says something else now"
            yield source.error(problem, mend)


def _differs(entry: Entry, sha256: str) -> bool:
    return not is_draft(entry) and entry_sha256(entry) != sha256
