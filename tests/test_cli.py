"""The command line as a user types it: output, exit codes, sentences instead of tracebacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from inspect_ai.log import EvalLog

from hvae_bench import hvae_bench
from hvae_bench.export import rationality_path


def hvae(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hvae_bench.cli", *map(str, arguments)]
    environment = os.environ | {"NO_COLOR": "1", "COLUMNS": "200"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def log(run: Callable[..., EvalLog]) -> Path:
    return Path(run(hvae_bench(scenario="paper"), "hvae/altruistic", epochs=2).location)


def test_results_as_table_and_json(log: Path, run: Callable[..., EvalLog]) -> None:
    run(hvae_bench(scenario="paper"), "hvae/refuser", epochs=1)
    done = hvae("results", log.parent, cwd=log.parent)
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines() if "hvae/" in line]
    assert rows == [
        ["hvae/altruistic", "paper", "1.00", "0.57", "-0.61", "-1.00", "-0.01", "100.0", "%", "16"],
        ["hvae/refuser", "paper", "-", "-", "-", "-", "-*", "0.0", "%", "8"],
    ]
    assert "not comparable" in done.stdout
    found = json.loads(hvae("results", log, "--json", cwd=log.parent).stdout)
    assert found[0]["targets"]["altruistic"] == {"mean": pytest.approx(1), "lower": None, "upper": None}


def test_export_and_rescore(log: Path, tmp_path: Path) -> None:
    written = rationality_path(log).read_bytes()
    done = hvae("export", log.name, "-o", tmp_path / "copy.jsonl", cwd=log.parent)
    assert (done.returncode, done.stdout.strip()) == (0, str(tmp_path / "copy.jsonl"))
    assert (tmp_path / "copy.jsonl").read_bytes() == written
    done = hvae("rescore", "copy.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "copy.jsonl: 16 dialogues rescored, 0 differences\n")
    (tmp_path / "copy.jsonl").write_bytes(
        written.replace(b'"svo_category":"altruistic"', b'"svo_category":"prosocial"')
    )
    done = hvae("rescore", "copy.jsonl", cwd=tmp_path)
    assert done.returncode == 1
    assert "copy.jsonl:1: altruistic." in done.stdout
    assert "svo_category is 'prosocial' in the file, 'altruistic' recomputed" in done.stdout
    found = json.loads(hvae("rescore", "copy.jsonl", "--json", cwd=tmp_path).stdout)
    assert found["copy.jsonl"]["differences"][0]["measure"] == "svo_category"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["results", "nowhere"], "There is no log or folder 'nowhere'."),
        (["results", "."], "No log of hvae_bench in ."),
        (["export", "no.eval"], "There is no log 'no.eval'."),
        (["export", "broken.eval"], "broken.eval cannot be read as an Inspect log"),
        (["results", "broken.eval"], "broken.eval cannot be read as an Inspect log"),
        (["export", "a", "b", "-o", "c"], "`--output` names one file, but several logs were given."),
        (["rescore", "no.jsonl"], "no.jsonl cannot be read"),
        (["rescore", "broken.jsonl"], "broken.jsonl:1:"),
        (["resluts"], "No such command"),
        (["rescore"], "Missing argument"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    if "broken" in " ".join(arguments):
        (tmp_path / "broken.eval").write_bytes(b"PK\x03\x04 not a log")
        (tmp_path / "broken.jsonl").write_text("{}\n")
        if arguments == ["results", "."]:
            (tmp_path / "broken.eval").unlink()
    done = hvae(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_unwritable_folder_is_one_sentence(log: Path, tmp_path: Path) -> None:
    done = hvae("export", log, "-o", tmp_path / "missing" / "out.jsonl", cwd=tmp_path)
    assert done.returncode == 2
    assert "missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_every_command(tmp_path: Path) -> None:
    done = hvae("--help", cwd=tmp_path)
    assert done.returncode == 0
    for command in ("results", "export", "rescore"):
        assert command in done.stdout
