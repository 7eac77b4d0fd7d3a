"""Says which installed versions are not those of a constraints file: `python .ci/moved.py constraints.txt`."""

from __future__ import annotations

import sys
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def constrained(text: str) -> dict[str, str]:
    """The version of each package that a constraints file names for this Python."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    wanted = [Requirement(line) for line in lines if line]
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in wanted
        if one.marker is None or one.marker.evaluate()
    }


def moved(old: dict[str, str], new: dict[str, str]) -> list[tuple[str, str, str]]:
    """Package, version before and version now, for each that has another version, or is new."""
    return [(name, old.get(name, "none"), new[name]) for name in sorted(new) if old.get(name) != new[name]]


def main(path: str) -> None:
    """Print the table."""
    installed: dict[str, str] = {canonicalize_name(one.name): one.version for one in distributions()}
    installed.pop("hvae-bench", None)
    rows = moved(constrained(Path(path).read_text(encoding="utf-8")), installed)
    if not rows:
        print(f"Every installed version is that of {path}.")
        return
    for row in [("package", path, "installed"), *rows]:
        print(f"{row[0]:<32} {row[1]:<20} {row[2]}")


if __name__ == "__main__":
    main(sys.argv[1])
