"""What docs/findings/can_and_will.md says of the three real models follows from their logs, and so does its figure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pictures import SUBJECTS, real_runs
from simulation import simulate

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.log.runs import Run, load
from hvae_bench.report.can_and_will import can_and_will
from hvae_bench.report.subject import subjects_of
from hvae_bench.scorers.pairing import mean_of
from hvae_bench.text.number import number

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "findings" / "can_and_will.md").read_text(encoding="utf-8")
COLUMNS = (
    "competence",
    "value_rationality_own_goal",
    "value_rationality_no_goal",
    "own_goal_effect",
    "responsiveness",
    "responsiveness_no_goal",
)
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")][1:]


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return real_runs()


def test_the_table_holds_what_the_logs_say(runs: list[Run]) -> None:
    assert len(ROWS) == len(runs) == 3
    for (_, *told), run in zip(ROWS, runs, strict=True):
        found = [number(run.analysis.numbers[name].mean) for name in COLUMNS]
        assert told[: len(COLUMNS)] == found


def test_the_readme_says_the_same_in_short(runs: list[Run]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for run in runs:
        found = {name: number(run.analysis.numbers[name].mean) for name in COLUMNS}
        own, none = found["value_rationality_own_goal"], found["value_rationality_no_goal"]
        assert f"| {own}, {none} | {found['competence']} | {found['responsiveness']} |" in readme


def test_the_sentences_are_the_verdicts_and_the_ceiling_that_of_the_games(runs: list[Run]) -> None:
    first, second, _ = (run.analysis.verdict.sentence for run in runs)
    assert f"*{first}*" in PAGE
    assert f"*{second}*" in PAGE
    assert f"deaf ceiling\n  of {runs[1].analysis.deaf_ceiling:.2f}" in PAGE
    differ, cells = runs[1].analysis.variety
    assert f"in {differ} of {cells} cells" in PAGE


def test_the_neutrality_of_the_model_that_reads(runs: list[Run]) -> None:
    numbers = runs[1].analysis.numbers
    assert f"{numbers['neutrality_bias'].mean:.2f} in value rationality" in PAGE
    bias = numbers["neutrality_bias_responsiveness"]
    assert f"({bias.mean:.2f}, the\ninterval begins at {number(bias.lower)})" in PAGE
    assert bias.lower < 0


def test_competence_where_an_inner_option_is_needed() -> None:
    (beyond,) = load(SUBJECTS / "qwen2.5-coder-1.5b-reads.beyond.rationality.jsonl.gz")
    (cell,) = [one for one in beyond.scored.rule_cells()["inequality-averse"] if one.game == "svo-slider-primary"]
    competence = beyond.scored.estimate(mean_of([cell])).mean
    assert f"under inequality aversion on the slider, the model that reads has {competence:.2f}" in PAGE


def test_the_figure_is_that_of_the_command(runs: list[Run]) -> None:
    (drawing,) = can_and_will(subjects_of(runs))
    assert (ROOT / "docs" / "images" / "can-and-will.svg").read_text(encoding="utf-8") == drawing.svg
    assert "../images/can-and-will.svg" in PAGE


def test_the_figure_has_a_mark_for_each_model_and_the_ceiling_as_a_line(runs: list[Run]) -> None:
    (drawing,) = can_and_will(subjects_of(runs))
    for name in ("responsiveness-1", "value_rationality_own_goal-3", "deaf-ceiling"):
        assert f'id="{name}"' in drawing.svg, name
    assert re.search(r"-reads: competence 0\.91, value rationality no goal 0\.31", drawing.alt)


def test_without_competence_there_is_no_figure(catalog: Catalog) -> None:
    run = simulate(catalog, "quick", "one label", lambda script, question, draw: "A", epochs=1)
    assert not list(can_and_will(subjects_of([run])))
