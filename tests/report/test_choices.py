"""Choices by item: what was chosen how often, with every payoff, beside every option that is ideal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from simulation import simulate

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.log.runs import Run
from hvae_bench.report.figure import Figure
from hvae_bench.report.figures.choices import PEOPLE, choices
from hvae_bench.report.subject import subjects_of
from hvae_bench.scorers import value_rationality
from hvae_bench.text.number import percent

from .conftest import MODELS, says
from .drawn import outside, rows

SCENARIOS = ("standard", "homo-silicus", "standard-risk")


@pytest.fixture(scope="module")
def runs(catalog: Catalog) -> dict[str, Run]:
    model = says(MODELS["follows all"])
    first = says(MODELS["one label only"])
    return {one: simulate(catalog, one, one, first if one == "standard-risk" else model, epochs=1) for one in SCENARIOS}


def figure_of(runs: Sequence[Run]) -> Figure:
    (figure,) = choices(subjects_of(runs))
    return figure


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_strips_are_the_shares_of_the_records(runs: dict[str, Run], scenario: str) -> None:
    run = runs[scenario]
    figure = figure_of([run])
    assert outside(figure) == []
    valued = [one for subject in subjects_of([run]) for one in subject.valued]
    counts = Counter(
        (one.target.id, one.game.id, decision.item_id, decision.option_id)
        for one in valued
        for decision in one.decisions
    )
    totals = Counter((one.target.id, one.game.id, decision.item_id) for one in valued for decision in one.decisions)
    drawn = {}
    for panel in figure.panels:
        for row in rows(panel, "rect", told=True):
            told = re.fullmatch(r"(.+), (.+)\n(.+), (.+): .*\n(\d+) of (\d+) answers", row["told"])
            if told:  # else of people
                model, target, item, option, n, total = told.groups()
                key = target, panel.group.split(",")[0], item, option
                assert model == run.name
                assert row["strength"] == pytest.approx(0.15 + 0.85 * int(n) / int(total), abs=1e-3)
                drawn[key] = int(n), int(total)
    assert drawn == {key: (n, totals[key[:3]]) for key, n in counts.items()}
    table = {
        (row["target"], row["game"], row["item"], row["option"]): (row["chosen"], row["share"])
        for row in figure.tables[0].records()
    }
    assert {key: entry[0] for key, entry in table.items() if entry[0]} == dict(counts)
    assert figure.tables[0].key == "choices"


def test_every_option_that_is_ideal_is_framed_ties_too(runs: dict[str, Run]) -> None:
    """A profile of framed options is ideal: found by brute force over the profiles of a small game."""
    run = runs["standard"]
    figure = figure_of([run])
    game = run.design.games["dictator-multipliers"]
    framed: dict[str, set[tuple[str, str]]] = {}
    for panel in figure.panels:
        if panel.group.startswith("dictator-multipliers"):
            frames = [data for name, data, options in panel.marks if name == "rect" and options.get("fill") == "none"]
            for row in frames[0] or ():
                framed.setdefault(row["target"], set()).add((row["item"], row["option"]))
    assert framed.keys() == set(run.design.core_values)
    profiles = np.array(list(product(*(range(len(options)) for options in game.option_ids))))
    for target in run.design.core_values:
        ideal = set()
        for motive in run.design.targets[target].motives:
            scores = value_rationality(profiles, game, (motive,)).value_rationality
            best = profiles[scores > 1 - 1e-9]
            ideal |= {
                (item, options[place])
                for item, options, places in zip(game.item_ids, game.option_ids, best.T, strict=True)
                for place in set(places)
                if len(set(places)) < len(options)  # else the item says nothing of the motive
            }
        assert framed[target] == ideal
    two = {item for item, _ in framed["prosocial"] if sum(of == item for of, _ in framed["prosocial"]) > 1}
    assert two, "one motive of the value wants one option, the other one another"


def test_options_show_the_payoffs_of_every_stake(runs: dict[str, Run]) -> None:
    def told(run: Run, game: str) -> list[str]:
        panels = [panel for panel in figure_of([run]).panels if panel.group.startswith(game)]
        return [row["text"] for panel in panels for row in rows(panel, "text") if "y" in row]

    of_two = told(runs["standard"], "dictator-multipliers")
    assert {"100 / 0", "50 / 25", "0 / 50"} <= set(of_two)
    of_ten = told(runs["standard-risk"], "risk-16")
    assert {"60 ×9, 50", "50 ×3, 30 ×4, 85 ×3"} <= set(of_ten)
    assert len([text for text in of_ten if "," in text or "×" in text]) == 64


def test_people_stand_beside_the_values_where_they_are_known(runs: dict[str, Run]) -> None:
    run = runs["homo-silicus"]
    games = {record.game.id: record.game for record in run.records}
    known = {id_: game.norms.shares for id_, game in games.items() if game.norms is not None}
    assert known
    for panel in figure_of([run]).panels:
        heads = [row["text"] for row in rows(panel, "text") if "x" in row]
        of_people = [row for row in rows(panel, "rect", told=True) if "model" not in row]
        assert (PEOPLE in heads) == (panel.group.split(",")[0] in known)
        assert bool(of_people) == (PEOPLE in heads)
    drawn = [
        row["told"].rpartition("\n")[2]
        for panel in figure_of([run]).panels
        for row in rows(panel, "rect", told=True)
        if "model" not in row
    ]
    shares = [share for game in known.values() for of_item in game.values() for share in of_item.values()]
    assert sorted(drawn) == sorted(map(percent, shares))


def test_models_share_a_column_and_games_are_folded(runs: dict[str, Run], small_runs: Sequence[Run]) -> None:
    figure = figure_of([*small_runs, runs["standard"]])
    names = [run.name for run in (*small_runs, runs["standard"])]
    assert list(figure.models) == names
    slider = next(panel for panel in figure.panels if panel.group.startswith("svo-slider-primary"))
    strips = [row for row in rows(slider, "rect") if "model" in row]
    for place, name in enumerate(names):
        lefts = {round(row["x1"] % 1, 3) for row in strips if row["model"] == name}
        assert lefts == {round(0.04 + 0.92 / 3 * place, 3)}
    assert [group.split(",")[0] for group in figure.groups] == list(
        dict.fromkeys(record.game.id for run in (*small_runs, runs["standard"]) for record in run.records)
    )


def test_a_model_that_refuses_everything_takes_no_space(catalog: Catalog, small_runs: Sequence[Run]) -> None:
    refuser = simulate(catalog, "slider", "never", says(lambda value, question, draw: "I can't choose."), epochs=1)
    assert list(choices(subjects_of([refuser]))) == []
    (beside,) = choices(subjects_of([*small_runs, refuser]))
    (alone,) = choices(subjects_of(small_runs))
    assert len(beside.tables[0].rows) == len(alone.tables[0].rows)
