"""The check that no tracked file holds a path of somebody's machine."""

from __future__ import annotations

import gzip
import io
import runpy
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def places(folder: Path) -> list[str]:
    found: Any = runpy.run_path(str(ROOT / ".ci" / "machine_paths.py"))["found"]
    told: Iterator[str] = found(folder)
    return list(told)


def tracking(folder: Path, name: str, content: bytes) -> Path:
    """A repository that tracks one file."""
    (folder / name).write_bytes(content)
    for command in (["init", "--quiet"], ["add", name]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", content)
    return file.getvalue()


# Written so that the check does not find them here.
HOME, ROOTS, WORK = "/" + "home/ada", "/" + "root", "/" + "work"
MAC, WINDOWS = "/" + "Users/ada", "C:\\" + "Users\\ada"


@pytest.mark.parametrize(
    "path",
    [f"{HOME}/x.json", f"{ROOTS}/x", f"{WORK}/main", f"{MAC}/x y", f"{WINDOWS}\\x", WINDOWS.replace("\\", "\\\\")],
)
@pytest.mark.parametrize("around", ["see {} here", '{{"origin": "{}"}}', "file://{}", "{}"])
def test_a_path_is_found_with_its_line(tmp_path: Path, path: str, around: str) -> None:
    content = "\n" + around.format(path)
    (told,) = places(tracking(tmp_path, "log.json", content.encode()))
    assert told.startswith("log.json:2: ")
    assert path.split(" ")[0] in told


@pytest.mark.parametrize(
    ("pack", "name"),
    [(zipped, "run.eval:header.json"), (gzip.compress, "run.eval:unpacked")],
    ids=["zip", "gzip"],
)
def test_archives_are_looked_into(tmp_path: Path, pack: Any, name: str) -> None:
    (told,) = places(tracking(tmp_path, "run.eval", pack(f"{HOME}/x".encode())))
    assert told.startswith(f"{name}:1: ")


@pytest.mark.parametrize(
    "text", ["https://example.org/home/ada/x", "~/work/main", "$HOME/work/x", "a/root/x", "/tmp/x", "/dev/full"]
)
def test_what_holds_everywhere_is_no_path_of_a_machine(tmp_path: Path, text: str) -> None:
    assert places(tracking(tmp_path, "page.md", text.encode())) == []


def test_only_tracked_files_are_looked_at(tmp_path: Path) -> None:
    tracking(tmp_path, "page.md", b"nothing")
    (tmp_path / "notes.txt").write_text(f"{HOME}/x")
    assert places(tmp_path) == []
