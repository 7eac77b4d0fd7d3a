"""Folder: where a report is written: it appears whole or not at all, and takes the place of an older report only."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hvae_bench.text.errors import LogError, UsageError, blame
from hvae_bench.text.location import RemoteFolder, place_of

__all__ = ["MANIFEST", "report_folder"]

MANIFEST = "report.json"
"""The file that makes a folder a report: it lists the others."""

PAGE = "index.html"

GENERATOR = "hvae-bench report"


@contextmanager
def report_folder(output: str | Path) -> Iterator[Path]:
    """A temporary folder to write a report into; it becomes `output` when the block ends without an exception.

    Args:
        output: a folder on this machine, or a URL.

    Raises:
        UsageError: `output` holds anything that is not part of an older report.
        LogError: the URL cannot be reached or written to.
        OSError: it cannot be written; the exception names `output`.
    """
    place = place_of(output)
    with _remote_folder(place) if isinstance(place, str) else _local_folder(place) as folder:
        yield folder


@contextmanager
def _remote_folder(url: str) -> Iterator[Path]:
    destination = RemoteFolder(url)
    _check_remote(destination)
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name)
        yield fresh
        files = _write_manifest(fresh)
        before = _check_remote(destination)
        # Objects cannot be swapped all at once. In this order whatever an interruption leaves behind stands in the
        # list of a report, so that the next one may replace it; and the page, which shows the others, comes last.
        for path in sorted(before - {MANIFEST, *files}):
            destination.remove(path)
        for path in [MANIFEST, *sorted(files, key=lambda path: path == PAGE)]:
            destination.put(fresh / path, path)


@contextmanager
def _local_folder(output: Path) -> Iterator[Path]:
    destination = output.resolve()
    _check(destination, output)
    destination.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{destination.name}."
    with blame(output, prefix), _workshop(destination.parent, prefix) as workshop:
        fresh = workshop / "fresh"
        fresh.mkdir()
        yield fresh
        _write_manifest(fresh)
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
    _refuse_foreign(output, present, _own_files((destination / MANIFEST).read_bytes))


def _check_remote(destination: RemoteFolder) -> set[str]:
    present = destination.files()
    own = _own_files(lambda: destination.read(MANIFEST)) if MANIFEST in present else set()
    _refuse_foreign(destination.url, present, own)
    return present


def _refuse_foreign(output: str | Path, present: set[str], own: set[str]) -> None:
    foreign = sorted(present - own)
    if foreign:
        raise UsageError(
            f"{str(output)!r} holds other things than a report, such as {foreign[0]!r}. Give an empty or a new folder "
            f"with `-o`."
        )


def _write_manifest(folder: Path) -> list[str]:
    """List the files of a report in one more file; returns the others."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    manifest = {"generator": GENERATOR, "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return files


def _own_files(read: Callable[[], bytes]) -> set[str]:
    """The files of the report whose list this reads; none if there is no report."""
    try:
        manifest = json.loads(read())
        if manifest["generator"] == GENERATOR:
            return {MANIFEST, *manifest["files"]}
    except (OSError, LogError, ValueError, KeyError, TypeError):
        pass
    return set()
