"""Folder: where a report is written: it appears whole or not at all, and takes the place of an older report only."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hvae_bench.errors import UsageError, blame

__all__ = ["MANIFEST", "report_folder"]

MANIFEST = "report.json"
"""The file that makes a folder a report: it lists the others."""

GENERATOR = "hvae-bench report"


@contextmanager
def report_folder(output: Path) -> Iterator[Path]:
    """A temporary folder to write a report into; it becomes `output` when the block ends without an exception.

    Raises:
        UsageError: `output` holds anything that is not part of an older report.
        OSError: it cannot be written; the exception names `output`.
    """
    destination = output.resolve()
    _check(destination, output)
    destination.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{destination.name}."
    with blame(output, prefix), _workshop(destination.parent, prefix) as workshop:
        fresh = workshop / "fresh"
        fresh.mkdir()
        yield fresh
        files = sorted(path.relative_to(fresh).as_posix() for path in fresh.rglob("*") if path.is_file())
        manifest = {"generator": GENERATOR, "files": files}
        (fresh / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        # Somebody may have put something there in the meantime.
        _check(destination, output)
        if destination.exists():
            os.replace(destination, workshop / "old")
        os.replace(fresh, destination)


@contextmanager
def _workshop(parent: Path, prefix: str) -> Iterator[Path]:
    workshop = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        yield workshop
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _check(destination: Path, output: Path) -> None:
    if not destination.exists():
        return
    if not destination.is_dir():
        raise UsageError(f"{str(output)!r} is a file. Give the path of a folder with `-o`.")
    present = {path.relative_to(destination).as_posix() for path in destination.rglob("*") if not path.is_dir()}
    foreign = sorted(present - _own_files(destination))
    if foreign:
        raise UsageError(
            f"{str(output)!r} holds other things than a report, such as {foreign[0]!r}. Give an empty or a new folder "
            f"with `-o`."
        )


def _own_files(folder: Path) -> set[str]:
    """The files of the report in a folder; none if there is no report."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["generator"] == GENERATOR:
            return {MANIFEST, *manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return set()
