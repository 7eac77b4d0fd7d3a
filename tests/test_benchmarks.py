"""The benchmark scripts at toy size: that they measure everything, not how fast this machine is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hvae_bench import load_catalog
from hvae_bench.log.plan import plan

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("benchmarks")]

SCRIPTS = Path(__file__).resolve().parent.parent / "benchmarks"


def figures_of(script: str, folder: Path) -> dict[str, dict[str, Any]]:
    output = folder / "figures.json"
    command = [sys.executable, str(SCRIPTS / script), "--size", "toy", "--json", str(output)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=output.parent)
    assert run.returncode == 0, run.stderr
    assert "| figure | measured | target | from |" in run.stdout
    return {figure["name"]: figure for figure in json.loads(output.read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return figures_of("run.py", tmp_path_factory.mktemp("benchmarks"))


def value(figures: dict[str, dict[str, Any]], beginning: str) -> float:
    found = [name for name in figures if name.startswith(beginning)]
    name = beginning if beginning in found else "".join(found)
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


@pytest.mark.parametrize(("items", "at_least"), [("sequential", 0.82), ("independent", 0.70)])
def test_prompts_begin_like_earlier_ones(figures: dict[str, dict[str, Any]], items: str, at_least: float) -> None:
    """Depends on the wording alone, so it is the same everywhere; `benchmarks/README.md` says why it is not more."""
    assert value(figures, f"prompts seen before, {items}, over all dialogues") >= at_least


def test_four_fifths_of_the_tokens_of_paper_repeat(figures: dict[str, dict[str, Any]]) -> None:
    assert value(figures, "the same in tokens, sequential, over all dialogues") >= 0.8


def test_three_quarters_of_the_tokens_of_the_short_wording_repeat(figures: dict[str, dict[str, Any]]) -> None:
    assert value(figures, "the same in tokens, sequential, over all dialogues of paper-short") >= 0.75


@pytest.mark.parametrize("scenario", ["paper", "paper-short"])
def test_a_plan_expects_the_share_of_tokens_that_repeats(figures: dict[str, dict[str, Any]], scenario: str) -> None:
    catalog = load_catalog()
    takes = plan(catalog, catalog.scenarios[scenario], epochs=2).takes
    of = " of paper-short" * (scenario == "paper-short")
    found = value(figures, f"the same in tokens, sequential, over all dialogues{of}")
    assert takes.repeated_in_run / takes.input_tokens == pytest.approx(found, abs=0.02)


def test_merging_is_measured(tmp_path: Path) -> None:
    found = figures_of("merge.py", tmp_path)
    assert next(iter(found)) == "seconds to merge 2,400 decisions"
    assert all(figure["value"] > 0 for figure in found.values())


def test_the_driver_makes_the_calls_of_the_published_protocol(tmp_path: Path) -> None:
    """Four dialogues with nine calls and four with eight, and six more in each to read its answers."""
    found = figures_of("latency.py", tmp_path)
    calls = found["model calls: this package / driver"]
    assert calls["raw"] == "68 and 116"
    assert calls["value"] == pytest.approx(68 / 116)
    tokens = "prompt tokens: this package, "
    assert value(found, f"{tokens}independent") < value(found, f"{tokens}seq") < 1
    # Four dialogues with eight calls and four with seven.
    assert found["prompt tokens: paper-short, sequential"]["raw"].startswith("60 calls; ")
    assert value(found, "prompt tokens: paper-short") <= 24_000
    times = [name for name in found if name.startswith("wall time")]
    assert len(times) == 1 + 2 + 2
    # At a hundredth of a second a call nothing is as fast as the ideal.
    assert all(found[name]["value"] > 1 for name in times if "/ ideal" in name)


def test_growth_counts_both_logs_and_the_memory(tmp_path: Path) -> None:
    found = figures_of("growth.py", tmp_path)
    assert (
        value(found, "Inspect log for 1,000 whole dialogues")
        > value(found, "Inspect log for 1,000 dialogues of one")
        > 0
    )
    assert value(found, "memory that 8 whole dialogues") > 0
    # Of 16 dialogues the logs are less than twice as large as of 8: each has a head.
    assert 0.5 < value(found, "growth of both logs") < 1
