"""The benchmark script at toy size: that it measures everything, not how fast this machine is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "benchmarks" / "run.py"


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    output = tmp_path_factory.mktemp("benchmarks") / "figures.json"
    command = [sys.executable, str(SCRIPT), "--size", "toy", "--json", str(output)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=output.parent)
    assert run.returncode == 0, run.stderr
    assert "| figure | measured | target | from |" in run.stdout
    return {figure["name"]: figure for figure in json.loads(output.read_text(encoding="utf-8"))}


def value(figures: dict[str, dict[str, Any]], beginning: str) -> float:
    (name,) = [name for name in figures if name.startswith(beginning)]
    return float(figures[name]["value"])


@pytest.mark.parametrize(
    "beginning",
    [
        "dialogues per second: this task / a plain solver, 8 dialogues",
        "dialogues per second: this task / a plain solver, 4 dialogues",
        "time for the rationality log",
        "decisions scored per second, altruistic (1 motive), none missing",
        "decisions scored per second, prosocial (2 motives), none missing",
        "decisions scored per second, altruistic (1 motive), 5 % missing",
        "decisions scored per second, prosocial (2 motives), 5 % missing",
        "import of",
        "prompts seen before, sequential, within a dialogue",
        "prompts seen before, sequential, over all dialogues",
        "prompts seen before, independent, within a dialogue",
        "prompts seen before, independent, over all dialogues",
    ],
)
def test_every_figure_is_there(figures: dict[str, dict[str, Any]], beginning: str) -> None:
    assert value(figures, beginning) > 0


def test_the_entry_point_is_light(figures: dict[str, dict[str, Any]]) -> None:
    """Every Inspect run in the user's environment imports it."""
    assert value(figures, "import of") < 50


@pytest.mark.parametrize(("items", "at_least"), [("sequential", 0.82), ("independent", 0.70)])
def test_prompts_begin_like_earlier_ones(figures: dict[str, dict[str, Any]], items: str, at_least: float) -> None:
    """Depends on the wording alone, so it is the same everywhere; `benchmarks/README.md` says why it is not more."""
    assert value(figures, f"prompts seen before, {items}, over all dialogues") >= at_least


def test_four_fifths_of_the_tokens_of_paper_repeat(figures: dict[str, dict[str, Any]]) -> None:
    assert value(figures, "the same in tokens, sequential") >= 0.8


def test_merging_is_measured(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT.with_name("merge.py")), "--size", "toy", "--json", str(tmp_path / "f.json")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    found = {figure["name"]: figure["value"] for figure in json.loads((tmp_path / "f.json").read_text("utf-8"))}
    assert next(iter(found)) == "seconds to merge 2,400 decisions"
    assert all(number > 0 for number in found.values())
    assert "| figure | measured | target | from |" in run.stdout
