"""Value rationality by value target: every number drawn or listed is the run's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from simulation import simulate

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.log.runs import Run
from hvae_bench.report.figure import Figure
from hvae_bench.report.figures.values import values
from hvae_bench.report.subject import subjects_of

from .conftest import MODELS, says
from .drawn import outside, rows


def values_of(runs: Sequence[Run]) -> Figure:
    (figure,) = values(subjects_of(runs))
    return figure


def test_every_target_with_a_number_has_a_mark_of_each_model(small_runs: Sequence[Run]) -> None:
    (panel,) = values_of(small_runs).panels
    numbers = {run.name: run.analysis.by("value_rationality({})") for run in small_runs}
    marks = {(row["model"], row["target"]): row for row in rows(panel, "dot")}
    assert marks.keys() == {(model, target) for model, own in numbers.items() for target in own}
    for (model, target), row in marks.items():
        estimate = numbers[model][target]
        assert (row["mean"], row["lower"], row["upper"]) == (estimate.mean, estimate.lower, estimate.upper)


def test_a_model_stands_in_the_same_place_of_every_group(small_runs: Sequence[Run]) -> None:
    (panel,) = values_of(small_runs).panels
    places = [(row["target"], row["model"], row["y"]) for row in rows(panel, "dot")]
    assert [y for *_, y in places] == sorted(y for *_, y in places)
    assert [model for _, model, _ in places] == [run.name for run in small_runs] * 4


def test_the_axis_is_that_of_the_measure(catalog: Catalog, small_runs: Sequence[Run]) -> None:
    contrary = simulate(catalog, "slider", "one label", says(MODELS["one label only"]), epochs=1)
    for runs in (small_runs, small_runs[:1], [*small_runs, contrary]):
        figure = values_of(runs)
        low, high = figure.panels[0].options["x"]["domain"]
        # Nobody can score less than this on the slider, whatever was scored here.
        assert low == pytest.approx(-1.14, abs=0.15)
        assert high == 1
        assert outside(figure) == []


def test_the_ceiling_is_a_line_with_its_name(small_runs: Sequence[Run]) -> None:
    (panel,) = values_of(small_runs).panels
    lines = [data for name, data, options in panel.marks if name == "ruleX" and "strokeDasharray" in options]
    assert lines == [[pytest.approx(small_runs[0].analysis.deaf_ceiling, abs=1e-4)]]
    assert [row["text"] for row in rows(panel, "text") if "text" in row] == ["chance", "ideal", "deaf ceiling"]


def test_graded_targets_leave_the_figure_to_the_others(catalog: Catalog, small_runs: Sequence[Run]) -> None:
    dose = simulate(catalog, "dose-response", "graded", says(MODELS["follows all"]), epochs=1)
    graded = set(dose.analysis.by("value_rationality({})"))
    assert len(graded) == 19
    alone, beside = values_of([dose]), values_of([dose, small_runs[0]])
    assert {row["target"] for row in rows(alone.panels[0], "dot")} == graded
    assert {row["target"] for row in rows(beside.panels[0], "dot")} == set(small_runs[0].analysis.outcomes) - {"none"}
    assert graded <= {row[1].text for row in beside.tables[0].rows}
    assert "19 graded targets" in beside.caption


def test_a_model_that_answers_nothing_is_in_the_table_alone(catalog: Catalog, small_runs: Sequence[Run]) -> None:
    silent = simulate(catalog, "slider", "silent", says(lambda *_: "No."), epochs=1)
    assert list(values(subjects_of([silent]))) == []
    figure = values_of([small_runs[0], silent])
    assert {row["model"] for row in rows(figure.panels[0], "dot")} == {"follower"}
    told = {row[0].text: row for row in figure.tables[0].rows}
    assert {one.key: one.text for one in told["silent"]}["answered_rate"] == "0.0 %"


def test_numbers_of_the_table_are_the_runs_own(small_runs: Sequence[Run]) -> None:
    figure = values_of(small_runs)
    analyses = {run.name: run.analysis for run in small_runs}
    for row in figure.tables[0].rows:
        for cell in row:
            if cell.interval is not None:
                estimate = analyses[row[0].text].numbers[cell.metric]
                assert cell.fields == {
                    "": estimate.mean,
                    "_lower": estimate.lower,
                    "_upper": estimate.upper,
                    "_missing_because": "",
                }


def test_eight_models_keep_rows_apart(small_runs: Sequence[Run]) -> None:
    many = [replace(small_runs[0], name=f"model {n}") for n in range(8)]
    figure = values_of(many)
    (panel,) = figure.panels
    places = [row["y"] for row in rows(panel, "dot")]
    assert min(b - a for a, b in pairwise(places)) >= 8
    assert panel.options["height"] <= 500
