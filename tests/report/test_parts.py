"""The headline from parts of the dialogues: every part where its number puts it, beside the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from simulation import simulate

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.log.runs import Run
from hvae_bench.report.figures.parts import AXES, parts
from hvae_bench.report.subject import subjects_of
from hvae_bench.scorers import COUNTS, NUMBERS

from .conftest import MODELS, says
from .drawn import outside, rows


@pytest.fixture(scope="module")
def runs(catalog: Catalog, small_runs: Sequence[Run]) -> Sequence[Run]:
    made = simulate(catalog, "languages", "polyglot", says(MODELS["follows all"]), epochs=1)
    return [*small_runs, made]


def test_every_part_of_every_run_is_drawn_and_in_the_table(runs: Sequence[Run]) -> None:
    assert set(AXES.values()) == {number.name for number in NUMBERS if number.group == "part"}
    (figure,) = parts(subjects_of(runs))
    (panel,) = figure.panels
    assert outside(figure) == []
    for run in runs:
        found = [one for name in AXES.values() for one in run.analysis.by(name).values() if one.no_mean is None]
        assert found
        drawn = [row for row in rows(panel, "dot") if row["model"] == run.name]
        assert [row["mean"] for row in drawn] == [one.mean for one in found]
        lines = [(row["lower"], row["upper"]) for row in rows(panel, "ruleY") if row["model"] == run.name]
        assert lines == [(one.lower, one.upper) for one in found if one.no_interval is None]
        told = [value for _, name, value in figure.tables[0].rows if name.text == run.name]
        assert [cell.fields[""] for cell in told] == [run.analysis.numbers[cell.metric].mean for cell in told]
        assert len(told) == len(found)


def test_the_whole_chance_ideal_and_the_deaf_ceiling_are_lines(runs: Sequence[Run]) -> None:
    (figure,) = parts(subjects_of(runs))
    (panel,) = figure.panels
    lines = [data for name, data, _ in panel.marks if name == "ruleX"]
    assert lines[:2] == [[0], [1]]
    assert lines[2] == sorted({round(run.analysis.deaf_ceiling, 4) for run in runs})
    assert lines[3] == [{"model": run.name, "whole": run.analysis.numbers["value_rationality"].mean} for run in runs]


def test_a_run_in_one_piece_has_no_parts(small_runs: Sequence[Run]) -> None:
    whole = small_runs[0].analysis
    numbers = {name: one for name, one in whole.numbers.items() if "=" not in name}
    run = replace(small_runs[0])
    run.__dict__["analysis"] = replace(whole, numbers=numbers)
    run.__dict__["by_system"] = {"svo": run}
    assert list(parts(subjects_of([run]))) == []


def test_the_page_says_whether_payoffs_or_places_are_chosen(runs: Sequence[Run]) -> None:
    (figure,) = parts(subjects_of(runs))
    known = {
        (run.name, name): value
        for run in runs
        for count in COUNTS
        if count.label
        for name, value in count.values(run.analysis).items()
        if value == value
    }
    assert {(run.text, value.metric): value.fields[""] for _, run, value in figure.tables[1].rows} == known
    assert {name for _, name in known} >= {"order_consistency", "constant_position"}
