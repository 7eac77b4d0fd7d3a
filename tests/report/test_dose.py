"""The dose-response: responses where they were measured, and the ideal beside them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from simulation import agent_model, simulate

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.log.runs import Run
from hvae_bench.report.figure import Figure
from hvae_bench.report.figures.dose import dose
from hvae_bench.report.subject import subjects_of
from hvae_bench.subjects.agents import Agent, ideal, uniform

from .drawn import outside, rows


def follow(script: DialogueScript) -> Agent:
    return ideal(script.target.motives) if script.target.motives else uniform


@pytest.fixture(scope="module")
def runs(catalog: Catalog) -> Sequence[Run]:
    models = {"ideal": agent_model(follow), "deaf": agent_model(lambda script: uniform)}
    return [simulate(catalog, "dose-response", name, model, epochs=2) for name, model in models.items()]


@pytest.fixture(scope="module")
def figure(runs: Sequence[Run]) -> Figure:
    (figure,) = dose(subjects_of(runs))
    return figure


def test_every_response_is_drawn_where_it_was_measured(figure: Figure, runs: Sequence[Run]) -> None:
    drawn = [row for panel in figure.panels for row in rows(panel, "dot")]
    points = [
        (run.name, point) for run in runs for curve in run.analysis.dose_response.curves for point in curve.points
    ]
    assert len(drawn) == len(points) == 2 * 3 * 19
    measured = {
        (model, one.target, one.utility_angle_deg, one.response_deg.mean, one.response_deg.lower)
        for model, one in points
    }
    assert {(row["model"], row["target"], row["x"], row["mean"], row["lower"]) for row in drawn} == measured


def test_the_ideal_lies_on_its_line(figure: Figure) -> None:
    for panel in figure.panels:
        (line,) = [data for name, data, options in panel.marks if name == "line" and "strokeDasharray" in options]
        ideal_at = {row["x"]: row["y"] for row in line or ()}
        followed = [row for row in rows(panel, "dot") if row["model"] == "ideal"]
        assert [row["mean"] for row in followed] == pytest.approx([ideal_at[row["x"]] for row in followed])


def test_intervals_of_many_turns_do_not_leave_the_axis(figure: Figure) -> None:
    assert outside(figure) == []
    low, high = figure.panels[0].options["y"]["domain"]
    assert high - low <= 3 * 180
    for panel in figure.panels:
        for row in rows(panel, "ruleX"):
            assert low <= row["begin"] <= row["end"] <= high
            assert row["begin"] in (low, row["lower"])
            assert all(low <= tick <= high for tick in panel.options["y"]["ticks"])


def test_panels_are_named_by_what_differs(figure: Figure) -> None:
    assert [panel.title for panel in figure.panels] == [
        "definition-no-goal",
        "definition-goal-prompting",
        "definition-given-rule",
    ]


def test_the_slope_is_told_and_listed(figure: Figure, runs: Sequence[Run]) -> None:
    slopes, points = figure.tables
    for row, run in zip(slopes.rows, runs, strict=True):
        slope = run.analysis.numbers["dose_slope"]
        assert row[1].fields[""] == slope.mean
        assert f"{run.name}: slope {row[1].text}" in figure.alt
    assert len(points.rows) == 2 * 3 * 19


def test_without_graded_targets_there_is_no_figure(small_runs: Sequence[Run]) -> None:
    assert list(dose(subjects_of(small_runs))) == []
