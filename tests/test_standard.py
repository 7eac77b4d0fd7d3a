"""The default scenario: chosen by its search, within its limits, and blind to letters and places."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.dialogue.render import questions
from hvae_bench.dialogue.sample import build_cells
from hvae_bench.log.plan import plan, planned_run
from hvae_bench.scorers import deaf_ceiling

CATALOG = load_catalog()
STANDARD = CATALOG.default_scenario()
SCRIPTS = [cell.script() for cell in build_cells(CATALOG, STANDARD)]
BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def test_its_games_are_those_that_the_search_chooses() -> None:
    script: dict[str, Any] = runpy.run_path(str(BENCHMARKS / "choose_games.py"))
    all_of_them, reversed_too, without_value = STANDARD.crossings
    assert script["chosen"](CATALOG) == (all_of_them.games, reversed_too.games)
    assert without_value.games == all_of_them.games
    assert reversed_too.item_orders == ("reversed",)


def test_it_is_as_precise_as_core_with_two_fifths_of_the_calls() -> None:
    found, core = (plan(CATALOG, CATALOG.scenarios[id_]) for id_ in (STANDARD.id, "core"))
    assert found.takes.calls <= 1250 < 0.4 * core.takes.calls
    assert found.takes.input_tokens <= 500_000 < 0.2 * core.takes.input_tokens
    assert found.half_widths[0.2]["all"] <= 0.042
    assert found.half_widths[0.2]["all"] < core.half_widths[0.2]["all"] + 0.001
    assert deaf_ceiling(planned_run(SCRIPTS)) == pytest.approx(0.226, abs=0.0005)


def test_every_option_stands_at_every_place_as_often() -> None:
    """So whoever takes one place or one letter throughout guesses, whatever the item."""
    places: Counter[tuple[int, int]] = Counter()
    dialogues = 60
    for script in SCRIPTS:
        for epoch in range(dialogues):
            for question in questions(script, f"0/{script.stream}/{epoch}"):
                for place, option in enumerate(question.shown):
                    places[question.published.index(option.option_id), place] += len(question.shown) == 6
    counts = [count for count in places.values() if count]
    expected = sum(counts) / 36
    assert len(counts) == 36
    # Chi-square of 25 degrees of freedom: 52.6 is exceeded once in a thousand.
    assert sum((count - expected) ** 2 / expected for count in counts) < 52.6


def test_it_can_be_asked_in_every_wording() -> None:
    for wording in CATALOG.wordings:
        assert len(build_cells(CATALOG, STANDARD, {"wordings": [wording]})) == len(SCRIPTS)
