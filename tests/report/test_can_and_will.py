"""Can and will: models stand where their numbers are, and arrows lead where a goal brings them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from pictures import real_runs
from simulation import simulate

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.log.runs import Run
from hvae_bench.report.figure import Figure
from hvae_bench.report.figures.can_and_will import can_and_will
from hvae_bench.report.subject import subjects_of

from .conftest import MODELS, says
from .drawn import outside, rows


@pytest.fixture(scope="module")
def runs() -> Sequence[Run]:
    """The three real models of the findings."""
    return real_runs()


@pytest.fixture(scope="module")
def figure(runs: Sequence[Run]) -> Figure:
    (figure,) = can_and_will(subjects_of(runs))
    return figure


def test_models_stand_where_their_numbers_are(figure: Figure, runs: Sequence[Run]) -> None:
    numbers = {run.name: run.analysis.numbers for run in runs}
    (panel,) = figure.panels
    marks = list(rows(panel, "dot", told=True))
    assert [row["model"] for row in marks] == list(numbers)
    for row in marks:
        own = numbers[row["model"]]
        able, upright = own["competence"], own["responsiveness"]
        assert (row["able"], row["able_lower"], row["able_upper"]) == (able.mean, able.lower, able.upper)
        assert (row["mean"], row["lower"], row["upper"]) == (upright.mean, upright.lower, upright.upper)
        assert row["before"] == own["responsiveness_no_goal"].mean


def test_arrows_lead_to_a_goal_of_its_own_where_that_matters(figure: Figure) -> None:
    for panel in figure.panels:
        assert [row["model"] for row in rows(panel, "arrow")] == ["qwen2.5-coder-1.5b-reads"]


def test_nothing_leaves_the_axes_and_they_are_alike(figure: Figure) -> None:
    assert outside(figure) == []
    domains = [panel.options[axis]["domain"] for panel in figure.panels for axis in "xy"]
    assert all(domain == domains[0] for domain in domains)
    assert domains[0][0] <= -0.25
    assert domains[0][1] >= 1


def test_the_words_hold_numbers_and_verdicts(figure: Figure, runs: Sequence[Run]) -> None:
    for run in runs:
        assert run.analysis.verdict.sentence in figure.alt
    for panel in figure.panels:
        for row in rows(panel, "dot", told=True):
            assert all(line in figure.alt for line in row["told"].split("\n"))


def test_without_competence_there_is_no_figure(small_runs: Sequence[Run], runs: Sequence[Run]) -> None:
    named = [run.name for run in small_runs if not math.isnan(run.analysis.numbers["competence"].mean)]
    figures = list(can_and_will(subjects_of(small_runs)))
    assert [row["model"] for row in rows(figures[0].panels[0], "dot", told=True)] == named if named else figures == []


def test_a_model_that_refuses_takes_no_place(catalog: Catalog) -> None:
    silent = simulate(catalog, "slider", "silent", says(lambda *_: "No."), epochs=1)
    follower = simulate(catalog, "slider", "follower", says(MODELS["follows all"]), epochs=1)
    for one in can_and_will(subjects_of([silent, follower])):
        assert {row["model"] for panel in one.panels for row in rows(panel, "dot")} <= {"follower"}


def test_what_was_not_run_takes_no_row(figure: Figure) -> None:
    (table,) = figure.tables
    assert table.rows
    assert not [cell.note for row in table.rows for cell in row if cell.note.startswith("not measured")]
