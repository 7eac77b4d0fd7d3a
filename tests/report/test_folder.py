"""The folder of a report appears whole or not at all, and nothing of anybody else's is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hvae_bench.report.folder import MANIFEST, report_folder
from hvae_bench.text.errors import UsageError


def write(output: Path, *names: str) -> None:
    with report_folder(output) as folder:
        for name in names:
            (folder / name).write_text(name)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_older_report_is_replaced_whole(tmp_path: Path) -> None:
    write(tmp_path / "out", "index.html", "old.csv")
    write(tmp_path / "out", "index.html", "new.csv")
    assert names(tmp_path / "out") == sorted(["index.html", "new.csv", MANIFEST])
    assert names(tmp_path) == ["out"]


def test_an_empty_folder_and_missing_parents_will_do(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write(tmp_path / "empty", "index.html")
    write(tmp_path / "a" / "b", "index.html")
    assert (tmp_path / "empty" / "index.html").exists()
    assert (tmp_path / "a" / "b" / "index.html").exists()


@pytest.mark.parametrize("report_before", [False, True])
def test_a_folder_with_other_things_is_refused_and_left_alone(tmp_path: Path, report_before: bool) -> None:
    out = tmp_path / "out"
    if report_before:
        write(out, "index.html")
    else:
        out.mkdir()
    (out / "thesis.tex").write_text("years of work")
    before = names(out)
    with pytest.raises(UsageError, match=r"holds other things than a report, such as 'thesis.tex'.*-o"):
        write(out, "index.html")
    assert names(out) == before
    assert (out / "thesis.tex").read_text() == "years of work"


@pytest.mark.parametrize("manifest", ["", "[]", "{}", json.dumps({"generator": "another", "files": ["thesis.tex"]})])
def test_another_program_s_manifest_makes_no_report(tmp_path: Path, manifest: str) -> None:
    (tmp_path / MANIFEST).write_text(manifest)
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match="holds other things"):
        write(tmp_path, "index.html")


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        write(tmp_path / "out", "index.html")


def test_a_report_that_fails_leaves_the_older_one(tmp_path: Path) -> None:
    write(tmp_path / "out", "index.html")
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "out", "index.html", "no folder/figure.svg")
    assert (tmp_path / "out" / "index.html").read_text() == "index.html"
    assert names(tmp_path) == ["out"]
