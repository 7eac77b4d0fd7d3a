"""The radar: every mark lies where the number of the run puts it, and what is undefined leaves a gap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from simulation import simulate

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.log.runs import Run
from hvae_bench.report.figure import Figure, Panel
from hvae_bench.report.figures.radar import radar
from hvae_bench.report.subject import subjects_of

from .conftest import MODELS, says
from .drawn import outside, rows


def radar_of(runs: Sequence[Run]) -> Figure:
    (figure,) = radar(subjects_of(runs))
    return figure


def ring(panel: Panel, place: int) -> list[float]:
    """Distances from the middle of the corners of a ring: the rim, chance, the deaf ceilings."""
    rings = [data for name, data, options in panel.marks if name == "line" and options.get("z") is None]
    return [math.hypot(row["x"], row["y"]) for row in rings[place] or ()]


def test_marks_lie_where_the_numbers_are(small_runs: Sequence[Run]) -> None:
    (panel,) = radar_of(small_runs).panels
    chance = ring(panel, 1)[0]
    assert ring(panel, 0) == pytest.approx([1.0] * 4, abs=1e-3)
    marks = list(rows(panel, "dot"))
    assert len(marks) == 8
    numbers = {run.name: run.analysis.numbers for run in small_runs}
    for row in marks:
        estimate = numbers[row["model"]][f"value_rationality_own_goal({row['target']})"]
        assert (row["mean"], row["lower"], row["upper"]) == (estimate.mean, estimate.lower, estimate.upper)
        # Of a value below chance the place is as far from the ring as of one above it.
        far = math.hypot(row["x"], row["y"])
        assert (far - chance) / (1 - chance) == pytest.approx(estimate.mean, abs=1e-3)
    ceiling = small_runs[0].analysis.deaf_ceiling
    assert [(far - chance) / (1 - chance) for far in ring(panel, 2)] == pytest.approx([ceiling] * 4, abs=1e-3)


def test_bands_are_the_intervals(small_runs: Sequence[Run]) -> None:
    (panel,) = radar_of(small_runs).panels
    chance = ring(panel, 1)[0]
    (*bands,) = [(data, options) for name, data, options in panel.marks if options.get("z")]
    assert len(bands) == 2
    for data, _ in bands:
        for row in data or ():
            estimate = next(run for run in small_runs if run.name == row["model"]).analysis.numbers[
                f"value_rationality_own_goal({row['target']})"
            ]
            assert row["value"] in (estimate.lower, estimate.upper)
            far = math.hypot(row["x"], row["y"])
            assert (far - chance) / (1 - chance) == pytest.approx(row["value"], abs=1e-3)


def test_nothing_leaves_the_axes(catalog: Catalog, small_runs: Sequence[Run]) -> None:
    contrary = simulate(catalog, "slider", "one label", says(MODELS["one label only"]), epochs=1)
    assert outside(radar_of([*small_runs, contrary])) == []


def test_a_target_without_an_answer_leaves_a_gap(catalog: Catalog) -> None:
    def choose(value: str, question: object, draw: object) -> str:
        return "No." if value == "competitive" else MODELS["follows all"](value, question, draw)  # type: ignore[arg-type]

    (panel,) = radar_of([simulate(catalog, "slider", "shy", says(choose), epochs=2)]).panels
    assert [row["target"] for row in rows(panel, "dot")] == ["altruistic", "prosocial", "individualistic"]
    # With a goal of its own and without one, two sides each.
    assert sum(1 for row in rows(panel, "link") if "model" in row) == 4


def test_a_model_that_answers_nothing_has_no_radar(catalog: Catalog) -> None:
    silent = simulate(catalog, "slider", "silent", says(lambda *_: "No."), epochs=1)
    assert list(radar(subjects_of([silent]))) == []


def test_one_model_has_both_arms_and_several_only_the_main_one(small_runs: Sequence[Run]) -> None:
    alone, both = radar_of(small_runs[:1]), radar_of(small_runs)
    dashed = [
        options
        for _, _, options in alone.panels[0].marks
        if options.get("stroke") == "model" and "strokeDasharray" in options
    ]
    assert len(dashed) == 1
    assert "dashed" in alone.caption
    assert "dashed" not in both.caption


def test_many_models_get_a_panel_each(small_runs: Sequence[Run]) -> None:
    many = [replace(small_runs[0], name=f"model {n}") for n in range(8)]
    figure = radar_of(many)
    assert [panel.title for panel in figure.panels] == [run.name for run in many]
    for panel in figure.panels:
        assert {row["model"] for row in rows(panel, "dot")} == {panel.title}


def test_the_words_hold_every_number_of_the_main_arm(small_runs: Sequence[Run]) -> None:
    figure = radar_of(small_runs)
    for row in rows(figure.panels[0], "dot"):
        assert row["told"].split("\n")[1] in figure.alt


def test_graded_targets_have_no_radar(catalog: Catalog) -> None:
    dose = simulate(catalog, "dose-response", "graded", says(MODELS["follows all"]), epochs=1)
    assert list(radar(subjects_of([dose]))) == []


def test_the_table_has_what_is_drawn(small_runs: Sequence[Run]) -> None:
    (table,) = radar_of(small_runs).tables
    numbers = {run.name: run.analysis.numbers for run in small_runs}
    assert [(row[0].text, row[1].text) for row in table.rows] == [
        (row["model"], row["target"]) for row in rows(radar_of(small_runs).panels[0], "dot")
    ]
    for row in table.rows:
        for cell in row[2:]:
            assert cell.fields[""] == numbers[row[0].text][cell.metric].mean
