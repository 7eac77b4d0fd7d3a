"""The rationality log beside an Inspect log: read in its place, unless it may be of anything else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from inspect_ai.log import EvalLog

from hvae_bench import hvae_bench
from hvae_bench.analysis import load
from hvae_bench.log.double import read_double
from hvae_bench.log.export import rationality_path

from .terminal import hvae

Run = Callable[..., EvalLog]

SHOWN_WITHOUT_INSPECT = """
import sys
from hvae_bench.log.runs import one_run
one_run(sys.argv[1]).analysis
assert "inspect_ai" not in sys.modules
"""


@pytest.fixture
def log(run: Run) -> Path:
    task = hvae_bench(scenario="slider")
    return Path(run(task, "hvae/noisy", model_args={"value": "prosocial", "error": 0.5}, epochs=1, limit=3).location)


def test_it_is_read_without_inspect_and_says_the_same(log: Path) -> None:
    subprocess.run([sys.executable, "-c", SHOWN_WITHOUT_INSPECT, str(log)], check=True)
    (fast,) = load(log)
    shown = hvae("show", log, cwd=log.parent).stdout
    rationality_path(log).unlink()
    (slow,) = load(log)
    assert (fast, fast.records, fast.planned) == (slow, slow.records, slow.planned)
    assert hvae("show", log, cwd=log.parent).stdout == shown


def _scored_again(log: Path, double: Path) -> None:
    with ZipFile(log, "a") as packed:
        packed.comment = b"another file by one byte"


def _cut_short(log: Path, double: Path) -> None:
    double.write_bytes(double.read_bytes()[:-100])


def _without_a_dialogue(log: Path, double: Path) -> None:
    double.write_bytes(b"".join(double.read_bytes().splitlines(keepends=True)[1:]))


def _twice_the_same(log: Path, double: Path) -> None:
    lines = double.read_bytes().splitlines(keepends=True)
    double.write_bytes(b"".join([lines[0], *lines[:-1]]))


def _of_an_older_version(log: Path, double: Path) -> None:
    records = [json.loads(line) for line in double.read_text("utf-8").splitlines()]
    for record in records:
        del record["run"]["log_sha256"]
    double.write_text("".join(f"{json.dumps(record)}\n" for record in records), "utf-8")


def _of_nothing(log: Path, double: Path) -> None:
    double.write_bytes(b"")


def _damaged_log(log: Path, double: Path) -> None:
    log.write_bytes(log.read_bytes()[:-50])


@pytest.mark.parametrize(
    "change",
    [
        _scored_again,
        _cut_short,
        _without_a_dialogue,
        _twice_the_same,
        _of_an_older_version,
        _of_nothing,
        _damaged_log,
        lambda log, double: double.unlink(),
    ],
)
def test_it_is_not_read_if_it_may_be_of_another_state_of_the_log(
    log: Path, change: Callable[[Path, Path], None]
) -> None:
    assert read_double(str(log)) is not None
    change(log, rationality_path(log))
    assert read_double(str(log)) is None


# --- a part of a run


def test_a_part_of_a_run_says_what_part_it_is(log: Path, tmp_path: Path) -> None:
    told = "3 of 34 dialogues, 3 of 34 cells"
    numbers = {"dialogues": 3, "of_dialogues": 34, "cells": 3, "of_cells": 34}
    for path in (log, rationality_path(log)):
        assert str(load(path)[0].part) == told
        assert f"A part of slider: {told}" in hvae("show", path, cwd=tmp_path).stdout
        assert json.loads(hvae("show", path, "--json", cwd=tmp_path).stdout)["part"] == numbers
    results = hvae("results", log, cwd=tmp_path).stdout
    assert "hvae/noisy (part)" in results
    assert f"hvae/noisy (part): a part of slider, {told}." in results
    assert json.loads(hvae("results", log, "--json", cwd=tmp_path).stdout)[0]["part"] == numbers
    page = Path(hvae("report", log, cwd=tmp_path).stdout.strip())
    assert f"a part of the scenario: {told}" in (tmp_path / page).read_text("utf-8")


def test_a_whole_run_has_no_mark(run: Run) -> None:
    log = Path(run(hvae_bench(scenario="slider", values="prosocial"), "hvae/uniform", epochs=1).location)
    assert load(log)[0].part is None
    assert "part" not in hvae("results", log, cwd=log.parent).stdout
