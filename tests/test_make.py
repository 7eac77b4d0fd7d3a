"""What make refuses, and which versions it installs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = re.findall(r"^SETTINGS := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.M)[0].split()

# What make is given by whoever runs these tests is not for the make that they run.
CLEAN = {
    name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", *SETTINGS}
}


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=ROOT, env=CLEAN, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("setting", ["MODLE=openai/gpt-5", "model=local", "RUN_VENV=x"])
def test_a_setting_that_there_is_not_is_refused_before_anything_runs(setting: str) -> None:
    done = make("eval", setting)
    assert (done.returncode, done.stdout) == (2, "")
    assert setting.split("=")[0] in done.stderr
    assert all(name in done.stderr for name in SETTINGS)
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_that_there_is_may_hold_spaces(setting: str) -> None:
    assert make("--dry-run", "clean", f"{setting}=--one two=3").returncode == 0


def test_make_eval_runs_the_obedient_agent_first() -> None:
    commands = make("--dry-run", "eval", "LOGS=here").stdout
    assert "-T scenario=paper --model hvae/obedient,hvae/altruistic," in commands


def test_make_eval_runs_the_model_that_was_named() -> None:
    commands = make("--dry-run", "eval", "MODEL=openai/gpt-5", "SCENARIO=core", "LOGS=here", "ARGS=--epochs 1").stdout
    assert "-T scenario=core --model openai/gpt-5 --log-dir here --epochs 1\n" in commands


def test_the_local_model_runs_as_it_is_and_with_its_adapter_and_is_forced_to_nothing() -> None:
    commands = make("--dry-run", "eval", "MODEL=local", "LOGS=here").stdout.replace("\\\n", "").splitlines()
    runs = [command for command in commands if "--model hvae-local/smollm2 " in command]
    assert [("-M adapter=reads" in run) for run in runs] == [False, True]
    assert all("-T scenario=reading" in run and "forced" not in run for run in runs)
    assert "hvae results here" in commands[-2]


def test_make_eval_ends_with_the_page_of_its_logs() -> None:
    *_, table, page = make("--dry-run", "eval", "LOGS=here").stdout.splitlines()
    assert table.endswith("hvae results here")
    assert "hvae report here -o here/report" in page


def python(folder: Path, version: str) -> str:
    """A Python that says that it is of another version."""
    script = folder / "python"
    claim = f"import sys; sys.version_info = ({version.replace('.', ', ')}, 'final', 0); sys.version = '{version} (x)'"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{claim}; exec(sys.argv[1])" "$2"\n')
    script.chmod(0o755)
    return str(script)


@pytest.mark.parametrize(("version", "has_versions"), [("3.11.0", True), ("3.14.9", True), ("3.15.0", False)])
def test_the_pinned_versions_are_for_the_pythons_that_they_were_made_for(
    tmp_path: Path, version: str, has_versions: bool
) -> None:
    """On a newer one make says so and goes on without them."""
    setting = f"PYTHON={python(tmp_path, version)}"
    commands = make("--dry-run", "--always-make", ".venv-dev/.stamp", setting)
    assert commands.returncode == 0, commands.stderr
    assert ("--constraint constraints.txt --build-constraint constraints.txt" in commands.stdout) is has_versions
    said = make("--silent", "python", setting)
    assert said.returncode == 0, said.stderr
    assert len(said.stdout.splitlines()) == (0 if has_versions else 1)
    assert has_versions or (version in said.stdout and "constraints.txt" in said.stdout)


def test_an_old_python_is_refused(tmp_path: Path) -> None:
    done = make("--silent", "python", f"PYTHON={python(tmp_path, '3.10.4')}")
    assert done.returncode == 2
    assert "3.10.4" in done.stderr


def test_what_takes_long_is_in_one_of_the_two() -> None:
    """`make test-all` runs what `make test` leaves out, and nothing else."""
    ((left_out, run),) = zip(
        re.findall(r'-m "not \((.*?)\)"', make("--dry-run", "test").stdout),
        re.findall(r'-m "(.*?)"', make("--dry-run", "test-all").stdout),
        strict=True,
    )
    assert left_out == run
