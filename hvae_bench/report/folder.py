"""Folder: where a report is written: it appears whole or not at all, and takes the place of an older report only."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hvae_bench.text.errors import LogError, UsageError
from hvae_bench.text.location import (
    check_reachable,
    files_in,
    local_copy,
    new_folder,
    place_of,
    remove_file,
    store,
    within,
)

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
    if isinstance(place, Path):
        _check(place)
        with new_folder(place) as fresh:
            yield fresh
            _write_manifest(fresh)
            _check(place)  # somebody may have put something there in the meantime
        return
    check_reachable(place)
    _check(place)
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name)
        yield fresh
        files = _write_manifest(fresh)
        # Objects cannot be swapped all at once. In this order whatever an interruption leaves behind stands in the
        # list of a report, so that the next one may replace it; and the page, which shows the others, comes last.
        for path in sorted(_check(place) - {MANIFEST, *files}):
            remove_file(within(place, path))
        for path in [MANIFEST, *sorted(files, key=lambda path: path == PAGE)]:
            store(fresh / path, within(place, path))


def _check(output: Path | str) -> set[str]:
    """The files of the older report that will be replaced; refuses to replace anything else."""
    if isinstance(output, Path) and output.exists() and not output.is_dir():
        raise UsageError(f"{str(output)!r} is a file. Give the path of a folder with `-o`.")
    present = files_in(output)
    if foreign := sorted(present - (_own_files(output) if present else set())):
        raise UsageError(
            f"{str(output).rstrip('/')!r} holds other things than a report, such as {foreign[0]!r}. Give an empty or "
            f"a new folder with `-o`."
        )
    return present


def _own_files(output: Path | str) -> set[str]:
    """The files that the manifest of a report lists; none if there is no report."""
    try:
        with local_copy(within(output, MANIFEST)) as path:
            manifest = json.loads(path.read_bytes())
        if manifest["generator"] == GENERATOR:
            return {MANIFEST, *manifest["files"]}
    except (OSError, LogError, ValueError, KeyError, TypeError):
        pass
    return set()


def _write_manifest(folder: Path) -> list[str]:
    """List the files of a report in one more file; returns the others."""
    files = sorted(files_in(folder))
    manifest = {"generator": GENERATOR, "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return files
