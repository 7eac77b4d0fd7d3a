"""In every state of a page: no mark leaves its axes, and every estimate that is drawn is one of the run's own."""

from __future__ import annotations

import math

import pytest

from hvae_bench.report.figures import figures_of
from hvae_bench.report.subject import subjects_of

from .drawn import outside, rows
from .states import STATES, Shown

ESTIMATES = ("radar", "can-and-will", "values")


@pytest.mark.parametrize("state", STATES)
def test_marks_stay_within_and_are_the_runs_own(state: str, shown: Shown) -> None:
    subjects = subjects_of([run for run in shown(state)[1] if run.records])
    figures = {figure.key: figure for figure in figures_of(subjects)}
    known = {
        (subject.model, one.mean, one.lower, one.upper)
        for subject in subjects
        for one in subject.run.analysis.numbers.values()
        if not math.isnan(one.lower)
    }
    for key, figure in figures.items():
        assert outside(figure) == [], key
        assert len(figure.alt) > len(figure.title)
    drawn = [
        (row["model"], row["mean"], row["lower"], row["upper"])
        for key in ESTIMATES
        if key in figures
        for panel in figures[key].panels
        for row in rows(panel, "dot", told=True)
        if not math.isnan(row["lower"])
    ]
    assert set(drawn) <= known
    assert drawn or state == "refusing alone"
