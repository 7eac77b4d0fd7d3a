"""Joining: which runs are one study, how it is told, and what stays apart."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hvae_bench.analysis import dialogues, load, studies
from hvae_bench.cli.main import app
from hvae_bench.log.joining import one_study
from hvae_bench.log.results import read_results
from hvae_bench.text.errors import LogError
from tests.test_real_models import files_of

FIRST, BEYOND = files_of("reads")

Change = Callable[[dict[str, Any]], object]


def written(folder: Path, name: str, file: Path, change: Change = lambda _: None, dialogues: int | None = None) -> Path:
    """A log with some dialogues of another one, each changed."""
    path = folder / f"{name}.rationality.jsonl"
    with path.open("w") as out:
        for line in gzip.decompress(file.read_bytes()).splitlines()[:dialogues]:
            record = json.loads(line)
            change(record)
            out.write(json.dumps(record) + "\n")
    return path


def test_runs_that_asked_other_cells_alike_are_one_study() -> None:
    (study,) = studies(load([BEYOND, FIRST]))
    assert [run.scenario for run in study.joined] == ["study", "beyond"]
    assert (study.scenario, study.logs) == ("study, beyond", (str(FIRST), str(BEYOND)))
    assert (len(study.records), study.expected, study.missing) == (382, 382, 0)
    first, beyond = load([FIRST, BEYOND])
    assert first.analysis.numbers["transfer"].no_mean
    assert beyond.analysis.numbers["competence"].no_mean
    assert not study.analysis.numbers["transfer"].no_mean
    assert dialogues(study).group_by("log", maintain_order=True).len().rows() == [(str(FIRST), 294), (str(BEYOND), 88)]


def _another_model(record: dict[str, Any]) -> None:
    record["run"]["model"] = "other"


def _another_catalogue(record: dict[str, Any]) -> None:
    record["catalog"]["sha256"] = "0" * 64


def _other_core_values(record: dict[str, Any]) -> None:
    record["run"]["core_values"] = ["altruistic", "competitive"]


def _another_task_version(record: dict[str, Any]) -> None:
    record["run"]["task_version"] = "9-A"


def _asked_otherwise(record: dict[str, Any]) -> None:
    record["run"]["items"] = "independent"


def _another_temperature(record: dict[str, Any]) -> None:
    record["run"]["generate_config"]["temperature"] = 1.0


def _other_arguments(record: dict[str, Any]) -> None:
    record["run"]["model_args"] = {"adapter": "reads"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_another_model, "differ in the model"),
        (_another_catalogue, "differ in the catalogue"),
        (_other_core_values, "differ in the core values"),
        (_another_task_version, "differ in the task version"),
        (_asked_otherwise, "differ in the items"),
        (_another_temperature, "differ in the generation"),
        (_other_arguments, "differ in the model arguments"),
    ],
)
def test_runs_that_differ_in_how_they_were_asked_stay_apart(tmp_path: Path, change: Change, why: str) -> None:
    logs = written(tmp_path, "first", FIRST, dialogues=6), written(tmp_path, "beyond", BEYOND, change, dialogues=6)
    assert [len(run.records) for run in studies(load(logs))] == [6, 6]
    with pytest.raises(LogError, match=why):
        one_study(logs)


def test_runs_with_a_cell_in_common_stay_runs_with_names_of_their_own(tmp_path: Path) -> None:
    def again(record: dict[str, Any]) -> None:
        record["run"] |= {"task_id": "again", "run_created": "2026-11-28T00:00:00+00:00"}

    logs = [
        written(tmp_path, "first", FIRST, dialogues=6),
        written(tmp_path, "beyond", BEYOND, dialogues=6),
        written(tmp_path, "again", FIRST, again, dialogues=1),
    ]
    runs = studies(load(logs))
    assert [len(run.records) for run in runs] == [6, 6, 1]
    assert len({run.name for run in runs}) == 3
    with pytest.raises(LogError, match="cells in common"):
        one_study(logs)


def test_a_study_is_told_as_one_and_what_was_put_together_is_said() -> None:
    (found,) = read_results([FIRST, BEYOND])
    assert (found.dialogues, [Path(log).name for log in found.joined]) == (382, [FIRST.name, BEYOND.name])
    assert [one.dialogues for one in read_results([FIRST, BEYOND], apart=True)] == [294, 88]
    told = CliRunner().invoke(app, ["results", str(FIRST), str(BEYOND)]).stdout
    assert "put together from 2 logs without a cell in common (study, beyond)" in told
    assert f"show {FIRST} {BEYOND}\n" in told
    assert told.endswith(f"report {FIRST} {BEYOND}\n")
    shown = CliRunner().invoke(app, ["show", str(FIRST), str(BEYOND)])
    assert shown.exit_code == 0
    assert "Put together from 2 logs without a cell in common" in shown.stdout


def test_entries_are_shown_one_at_a_time() -> None:
    found = CliRunner().invoke(app, ["show", "altruistic", str(FIRST)])
    assert (found.exit_code, "one at a time" in str(found.exception)) == (1, True)


def test_studies_are_compared_by_the_glob_of_their_logs() -> None:
    globs = [
        str(file.parent / f"{file.name.partition('.rationality')[0]}.*") for file in (FIRST, files_of("as it is")[0])
    ]
    found = CliRunner().invoke(app, ["compare", *globs, "--json"])
    told = json.loads(found.stdout)
    assert (found.exit_code, told["comparable"], told["comparison"]["shared"]) == (0, True, 382)
    assert not told["comparison"]["differences"]["transfer"]["difference"]["no_mean"]
