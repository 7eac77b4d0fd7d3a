"""The discriminant matrix: every number drawn is the analysis', on a ground on which it can be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from itertools import product
from typing import Any

import pytest
from simulation import simulate

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.log.runs import Run
from hvae_bench.report.figure import Figure, Panel
from hvae_bench.report.figures.matrix import ABOVE, BELOW, STRONGEST, _row, matrix
from hvae_bench.report.subject import subjects_of
from hvae_bench.text.number import number

from .conftest import MODELS, says


@pytest.fixture(scope="module")
def figure(small_runs: Sequence[Run]) -> Figure:
    (drawn,) = matrix(subjects_of(small_runs))
    return drawn


def rows_of(panel: Panel) -> list[dict[str, Any]]:
    rows = panel.marks[0][1]
    assert rows is not None
    return list(rows)


def test_models_stand_side_by_side_with_the_ideal_agents_once(figure: Figure, small_runs: Sequence[Run]) -> None:
    assert [panel.title for panel in figure.panels] == ["follower", "refuser", "ideal agents"]
    for panel, run in zip(figure.panels, small_runs, strict=False):
        drawn = {(row["given"], row["as"]): row["mean"] for row in rows_of(panel)}
        found = run.analysis.discriminant.estimates
        assert drawn == {(given, other): one.mean for given, row in found.items() for other, one in row.items()}
    ideal = {(row["given"], row["as"]): row["mean"] for row in rows_of(figure.panels[-1])}
    shown = small_runs[0].analysis.discriminant.ideal
    assert ideal == {(given, other): mean for given, row in shown.items() for other, mean in row.items()}
    assert all(ideal[value, value] == pytest.approx(1) for value in shown)


def test_the_scale_is_the_same_for_all_with_nothing_at_chance(figure: Figure) -> None:
    for row in (row for panel in figure.panels for row in rows_of(panel)):
        assert row["side"] == (ABOVE if row["mean"] >= 0 else BELOW)
        assert row["strength"] == pytest.approx(STRONGEST * min(1, abs(row["mean"])), abs=5e-4)
        assert number(row["mean"]) == row["number"]
        assert row["told"].endswith(f": {row['number']}")
    for panel in figure.panels:
        assert panel.options["x"]["domain"] == panel.options["y"]["domain"]
        assert (panel.options["x"]["label"], panel.options["y"]["label"]) == ("scored as", "given")


def test_the_table_has_every_number(figure: Figure, small_runs: Sequence[Run]) -> None:
    (table,) = figure.tables
    by_run = {run.name: run.analysis for run in small_runs}
    assert len(table.rows) == 2 * 4
    for run, given, *cells in table.rows:
        analysis = by_run[run.text]
        row = analysis.discriminant.estimates[given.text]
        assert [cell.fields for cell in cells] == [
            {"": one.mean, "_lower": one.lower, "_upper": one.upper, "_missing_because": one.no_interval or ""}
            for one in row.values()
        ]
        # On the games that can score all values, which the number of a value itself is not confined to.
        named = {cell.metric: cell.fields[""] for cell in cells if cell.metric}
        assert named == {name: analysis.numbers[name].mean for name in named}
        assert len(named) == 3


def luminance(channels: Sequence[float]) -> float:
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def channels(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def test_numbers_can_be_read_on_every_ground_in_the_light_and_in_the_dark() -> None:
    style = resources.files("hvae_bench.report").joinpath("assets", "style.css").read_text(encoding="utf-8")
    inks, papers = (re.findall(rf"--{name}: (#\w{{6}})", style)[:2] for name in ("ink", "paper"))
    for (ink, paper), hundredths in product(zip(inks, papers, strict=True), range(-100, 101)):
        row = _row("a", "b", hundredths / 100, whole=True)
        mixed = zip(channels(row["side"]), channels(paper), strict=True)
        ground = luminance([row["strength"] * one + (1 - row["strength"]) * other for one, other in mixed])
        text = luminance(channels(ink))
        ratio = (max(ground, text) + 0.05) / (min(ground, text) + 0.05)
        assert ratio >= 4.5, (hundredths, ink, ratio)


def test_value_systems_are_folded_apart(catalog: Catalog) -> None:
    run = simulate(catalog, "systems", "follower", says(MODELS["one label only"]), epochs=1)
    subjects = subjects_of([run])
    (drawn,) = matrix(subjects)
    assert list(drawn.groups) == [one.system for one in subjects]
    assert {len(panels) for panels in drawn.groups.values()} == {2}
    assert len({table.key for table in drawn.tables}) == len(subjects)


def test_a_model_that_refuses_everything_takes_no_space(catalog: Catalog, small_runs: Sequence[Run]) -> None:
    refuser = simulate(catalog, "slider", "never", says(lambda value, question, draw: "I can't choose."), epochs=1)
    assert list(matrix(subjects_of([refuser]))) == []
    (beside,) = matrix(subjects_of([*small_runs, refuser]))
    (alone,) = matrix(subjects_of(small_runs))
    assert beside.panels == alone.panels
