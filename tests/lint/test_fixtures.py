"""Every bad file is refused by the rule it is named after, at its place, and its good twin passes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from hvae_bench.catalogue.entry_file import KINDS
from hvae_bench.lint import Finding, validate

FIXTURES = Path(__file__).parent.parent / "fixtures"

RULES = set(
    re.findall(r"^\| `([a-z-]+)` \|", (FIXTURES.parent.parent / "docs" / "validate.md").read_text("utf-8"), re.M)
)

# These need several files, or a link; tests/lint/test_rules.py makes them.
WITHOUT_A_FILE = {
    "file-size",
    "link-outside",
    "released-changed",
    "unexpressed-motive",
    "version",
}


def fixtures(which: str) -> list[Path]:
    return sorted((FIXTURES / which).glob("*/*/*"))


def names(which: str) -> list[str]:
    return ["/".join(path.relative_to(FIXTURES / which).parts) for path in fixtures(which)]


def findings(path: Path, folder: Path) -> list[Finding]:
    """What is found when the file lies in a folder of its own."""
    copy = folder / path.parent.name / path.name
    copy.parent.mkdir(parents=True)
    shutil.copy(path, copy)
    return list(validate([copy]).findings)


@pytest.mark.parametrize("path", fixtures("bad"), ids=names("bad"))
def test_a_bad_file_is_refused_by_its_rule_at_its_place(path: Path, tmp_path: Path) -> None:
    wanted = re.findall(rb"^# expect: (\d+):(\d+) (error|warning) ([a-z-]+)$", path.read_bytes(), re.M)
    assert wanted, "the file does not say where its mistake is"
    found = findings(path, tmp_path)
    told = [(str(one.line), str(one.column), one.severity, one.rule) for one in found]
    assert sorted(told) == sorted(tuple(part.decode() for part in one) for one in wanted), found
    rule = path.parent.parent.name
    assert {one.rule for one in found} == {rule}, "the file has other mistakes, too"
    for one in found:
        assert one.problem
        assert one.fix
        assert not one.problem.endswith(".")
        assert not one.fix.endswith(".")


@pytest.mark.parametrize("path", fixtures("good"), ids=names("good"))
def test_its_good_twin_passes(path: Path, tmp_path: Path) -> None:
    assert findings(path, tmp_path) == []


def test_there_are_bad_files_for_every_rule() -> None:
    bad = fixtures("bad")
    assert len(bad) >= 60
    assert {path.parent.parent.name for path in bad} == RULES - WITHOUT_A_FILE
    assert {path.parent.name for path in bad} == set(KINDS)
    assert len(fixtures("good")) == len(bad)
