"""The list of a run's numbers: whoever shows a number follows it, and so does the table of the docs."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console
from simulation import simulate

from hvae_bench import load_catalog
from hvae_bench.analysis import Run, estimates
from hvae_bench.cli.run_views import analysis_view
from hvae_bench.report import write_report
from hvae_bench.scorers import COUNTS, NUMBERS, Estimate, Number, RunAnalysis
from hvae_bench.scorers.estimate import undefined
from hvae_bench.scorers.numbers import end_names, select
from hvae_bench.scorers.rationality import metrics_of

ROOT = Path(__file__).parents[2]
WEIGHED = Estimate(0.375, 0.125, 0.625, 0.05, 9.0, 12)
NOTHING = undefined("not in this run")


def names(of: Mapping[str, str]) -> dict[str, str]:
    """One full name for each line of the list, with these contents of the brackets."""
    return {number.name: number.name.format(of.get(number.of, number.of.lower())) for number in NUMBERS}


OF = {"TARGET": "altruistic", "A as B": "altruistic as prosocial"}


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(load_catalog(), "paper", "one label", lambda script, question, draw: "A", epochs=1)


def analysis_of(run: Run, estimate: Estimate) -> RunAnalysis:
    return replace(run.analysis, numbers=dict.fromkeys(names(OF).values(), estimate))


def test_every_name_stands_once_and_its_label_says_as_much() -> None:
    lines = [*(number.name for number in NUMBERS), *(count.name for count in COUNTS)]
    assert len(set(lines)) == len(lines)
    for number in NUMBERS:
        assert ("{}" in number.name) == ("{}" in number.label) == bool(number.of), number.name
    assert all(("{}" in count.name) == bool(count.of) for count in COUNTS)


@pytest.mark.parametrize("number", NUMBERS, ids=[number.name for number in NUMBERS])
def test_a_number_of_the_list_is_shown_wherever_numbers_are(number: Number, run: Run) -> None:
    found, name = analysis_of(run, WEIGHED), names(OF)[number.name]
    shown = replace(run)
    shown.__dict__["analysis"] = found  # as the cached property would hold it
    (row,) = estimates(shown).filter(pl.col("name") == name).to_dicts()
    assert (row["mean"], row["lower"], row["upper"]) == (WEIGHED.mean, WEIGHED.lower, WEIGHED.upper)
    printed = Console(width=200, file=io.StringIO())
    printed.print(analysis_view("m", found))
    assert isinstance(printed.file, io.StringIO)
    words = number.words(name[len(number.name.partition("{}")[0]) : -1] if number.of else "")
    assert (words in printed.file.getvalue()) == (number.group != "matrix")


def test_the_inspect_log_has_the_headline_its_error_and_few_numbers_beside_it(run: Run) -> None:
    found = metrics_of(analysis_of(run, WEIGHED), ("altruistic", "prosocial"))
    named = ["value_rationality", "value_rationality(altruistic)", "value_rationality_min", "answered_rate"]
    named += ["competence", "responsiveness", "transfer", "goal_effect"]
    assert found == dict.fromkeys(named, WEIGHED.mean) | {"stderr": WEIGHED.standard_error}
    assert "value_rationality(altruistic)" not in metrics_of(analysis_of(run, WEIGHED), ("prosocial",))


@pytest.mark.parametrize("n_core", range(1, 20))
def test_the_inspect_log_has_a_dozen_metrics_at_most(run: Run, n_core: int) -> None:
    targets = [f"t{place}" for place in range(n_core)]
    numbers = dict.fromkeys((*names(OF).values(), *(f"value_rationality({one})" for one in targets)), WEIGHED)
    found = metrics_of(replace(run.analysis, numbers=numbers), targets)
    assert len(found) == (8 + n_core if n_core <= 4 else 8)


def test_what_is_undefined_is_no_metric(run: Run) -> None:
    assert metrics_of(analysis_of(run, NOTHING), ("altruistic",)) == {}
    without_headline = analysis_of(run, WEIGHED)
    numbers = {**without_headline.numbers, "value_rationality": NOTHING}
    found = metrics_of(replace(without_headline, numbers=numbers), ("altruistic",))
    assert next(iter(found)) == "answered_rate", "which Inspect then takes for the headline"
    assert "value_rationality" not in found
    without_interval = replace(WEIGHED, standard_error=math.nan)
    assert "stderr" not in metrics_of(analysis_of(run, without_interval), ("altruistic",))


def test_a_file_of_the_report_has_every_number(run: Run, tmp_path: Path) -> None:
    write_report([run], tmp_path / "report")
    with (tmp_path / "report" / "numbers.csv").open(encoding="utf-8", newline="") as lines:
        rows = {row["name"]: row for row in csv.DictReader(lines)}
    for name, one in run.analysis.numbers.items():
        row = rows.pop(name)
        ends = [float(row[end] or "nan") for end in ("mean", "lower", "upper")]
        assert ends == pytest.approx([one.mean, one.lower, one.upper], abs=0, nan_ok=True), name
        assert row["missing_because"] == (one.no_mean or one.no_interval or "")
    assert rows.keys() == {name for count in COUNTS for name in count.values(run.analysis)}


def test_the_docs_say_of_every_number_what_it_is() -> None:
    content = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    beginning = content.index("## Numbers of a run\n")
    section = content[beginning : content.index("\n## ", beginning + 1)]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert all(len(row[-1]) > 10 for row in rows)
    told = [[f"`{one.name.format(one.of)}`", one.words(one.of), "yes" if one.metric else ""] for one in NUMBERS]
    assert [row[:-1] for row in rows] == told + [[f"`{one.name.format(one.of)}`"] for one in COUNTS]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("value_rationality", {"": 1}),
        ("value_rationality({})", {"x": 2, "a=b (c)": 3}),
        ("value_rationality(game={})", {"g": 4, "h": 5}),
        ("value_rationality(template={})", {}),
        ("order_effect", {}),
        ("goal_effect", {"": 6}),
    ],
)
def test_numbers_by_what_stands_in_their_brackets(name: str, found: dict[str, int]) -> None:
    full = {
        "value_rationality": 1,
        "value_rationality(x)": 2,
        "value_rationality(a=b (c))": 3,
        "value_rationality(game=g)": 4,
        "value_rationality(game=h)": 5,
        "goal_effect": 6,
        "goal_effect_filler": 7,
    }
    assert select({name: replace(WEIGHED, n_dialogues=n) for name, n in full.items()}, name) == {
        of: replace(WEIGHED, n_dialogues=n) for of, n in found.items()
    }


def test_names_of_the_ends_of_an_interval() -> None:
    assert end_names("order_effect") == ("order_effect_lower", "order_effect_upper")
    assert end_names("value_rationality(game=g (2))") == (
        "value_rationality_lower(game=g (2))",
        "value_rationality_upper(game=g (2))",
    )
