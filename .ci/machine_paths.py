"""Finds tracked files that hold a path of somebody's machine, also within zip and gzip archives: exit code 1 if any.

Such a path says who made a file and where, and means nothing anywhere else.
"""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

# The brackets keep this file from finding itself.
BEGINNINGS = (rb"[/]root/", rb"[/]work/", rb"[/](?:home|Users)/[\w.-]+", rb"[A-Za-z]:\\{1,2}Users\\{1,2}[\w.-]+")
PATH = re.compile(rb"(?:(?<![\w.$}~/-])|(?<=://))(?:" + b"|".join(BEGINNINGS) + rb")[^\s\"'`]{0,60}")


def contents(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """A file, and the files within it if it is an archive."""
    yield name, content
    if content.startswith(b"\x1f\x8b"):
        yield from contents(f"{name}:unpacked", gzip.decompress(content))
    elif zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.namelist():
                yield from contents(f"{name}:{part}", archive.read(part))


def found(folder: Path) -> Iterator[str]:
    """Where tracked files hold a path of a machine, and which."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=folder, capture_output=True, check=True).stdout
    for name in filter(None, tracked.decode().split("\0")):
        if not (folder / name).is_file():
            continue
        for part, content in contents(name, (folder / name).read_bytes()):
            for place in PATH.finditer(content):
                line = content.count(b"\n", 0, place.start()) + 1
                yield f"{part}:{line}: {place.group().decode('utf-8', 'replace')}"


if __name__ == "__main__":
    if not Path(".git").exists():
        print("This is no clone, so no files are tracked; paths of a machine were not looked for.")
        sys.exit()
    places = list(found(Path.cwd()))
    if places:
        sys.exit("Paths of a machine; replace them by something that holds everywhere:\n" + "\n".join(places))
