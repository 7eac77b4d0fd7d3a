"""The deaf ceiling against every fixed policy, and against the headline of the best of them."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.dialogue.sample import build_cells
from hvae_bench.log.plan import planned_run
from hvae_bench.scorers import (
    LinearMotive,
    MaximinMotive,
    Motive,
    PayoffTable,
    ScoredRun,
    deaf_ceiling,
    deaf_ceilings,
    value_rationality,
)
from hvae_bench.scorers.ceiling import ceilings_of
from hvae_bench.scorers.payoff_table import Floats, Integers

CATALOG = load_catalog()
CORE = [CATALOG.values[id_].motives for id_ in CATALOG.default_scenario().core_values]
# From payoffs alone, by another program (design.md, section 12).
KNOWN = {
    "svo-slider-primary": 0.306,
    "svo-slider-fresh-1": 0.302,
    "dictator-multipliers": 0.25,
    "prisoners-dilemma": 0.25,
    "stag-hunt": 0.5,
    "chicken": 0.5,
    "ring-24": 0.5,
}


def planned(scenario: str, **given: list[str]) -> ScoredRun:
    cells = build_cells(CATALOG, CATALOG.scenarios[scenario], given)
    return planned_run([cell.script() for cell in cells])


def policies(table: PayoffTable) -> tuple[Integers, Floats]:
    """Every fixed choice per item, and the mean of its value rationality as each core target."""
    choices = np.array(list(product(*(range(len(options)) for options in table.option_ids))))
    return choices, np.mean([value_rationality(choices, table, one).value_rationality for one in CORE], axis=0)


def test_the_seven_games_have_the_ceilings_that_are_known() -> None:
    run = planned("core")
    assert deaf_ceilings(run) == pytest.approx(KNOWN, abs=5e-4)
    assert deaf_ceiling(run) == pytest.approx(0.373, abs=5e-4)


def test_the_page_of_games_tells_the_ceilings() -> None:
    page = (Path(__file__).parents[2] / "docs" / "games.md").read_text("utf-8")
    told = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (\d\.\d\d) \|$", page, re.M))
    found = deaf_ceilings(planned("can-and-will")) | deaf_ceilings(planned("standard"))
    assert {game: float(ceiling) for game, ceiling in told.items()} == pytest.approx(found, abs=0.0051)
    assert told.keys() == {*KNOWN, "allocations-8", "allocations-10"}


def test_no_fixed_policy_scores_more_and_the_best_one_as_much() -> None:
    games = [game for game in KNOWN if game != "ring-24"]
    run = planned("can-and-will", games=games)
    tables = {game: CATALOG.games[game].payoff_table() for game in games}
    best = {}
    for game, ceiling in deaf_ceilings(run).items():
        choices, scores = policies(tables[game])
        assert scores.max() == pytest.approx(ceiling, abs=1e-9)
        best[game] = choices[[int(scores.argmax())]]
    # What all cells of the study score under it, rule cells and dialogues without a value among them.
    scored = {
        cell: {
            target: value_rationality(
                best[cell.game], tables[cell.game], run.design.targets[target].motives
            ).value_rationality
            for target in columns
        }
        for cell, columns in run.scores.items()
    }
    assert ScoredRun(run.design, scored).headline().mean == pytest.approx(deaf_ceiling(run), abs=1e-9)


def test_the_searched_game_leaves_a_deaf_agent_little() -> None:
    table = CATALOG.games["allocations-10"].payoff_table()
    assert ceilings_of({"": table}, CORE)[""] == pytest.approx(0.205, abs=5e-4)
    half = PayoffTable(table.item_ids[:6], table.option_ids[:6], table.payoffs[:6])
    assert ceilings_of({"": half}, CORE)[""] == pytest.approx(policies(half)[1].max(), abs=1e-9)


def test_games_that_cannot_score_all_targets_have_no_ceiling() -> None:
    games = {id_: CATALOG.games[id_].payoff_table() for id_ in ("trust-trustee", "chicken")}
    assert ceilings_of(games, CORE).keys() == {"chicken"}
    assert math.isnan(deaf_ceiling(planned("core", games=["trust-trustee"])))
    run = planned("core")  # of which a core target was not run, so that nothing is known of it
    few = replace(run.design, targets={id_: one for id_, one in run.design.targets.items() if id_ != "altruistic"})
    left = {cell: columns for cell, columns in run.scores.items() if cell.value != "altruistic"}
    assert math.isnan(deaf_ceiling(replace(run, design=few, scores=left)))


def test_one_value_alone_can_be_served_without_hearing_it() -> None:
    slider = {"": CATALOG.games["svo-slider-primary"].payoff_table()}
    assert ceilings_of(slider, CORE[1:2])[""] == pytest.approx(1)
    # Targets of the same motives are one with their weights.
    assert ceilings_of(slider, CORE * 20)[""] == pytest.approx(ceilings_of(slider, CORE)[""])


def test_many_targets_cost_little_and_too_many_combinations_are_not_tried() -> None:
    slider = {"": CATALOG.games["svo-slider-primary"].payoff_table()}
    angles = [LinearMotive(kind="linear", utility_angle_deg=angle) for angle in range(-179, 180, 15)]
    assert 0 < ceilings_of(slider, [(angle,) for angle in angles])[""] < 0.4
    two: list[tuple[Motive, ...]] = [(angle, MaximinMotive(kind="maximin")) for angle in angles]
    assert not math.isnan(ceilings_of(slider, two[:12])[""])
    assert math.isnan(ceilings_of(slider, two[:13])[""])
