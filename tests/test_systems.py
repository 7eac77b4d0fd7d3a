"""The value systems of the package: their searched games, worked out again from definitions alone."""

from __future__ import annotations

import math
import random
import re
import runpy
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations, groupby
from pathlib import Path

import numpy as np
import pytest

from hvae_bench.catalogue.catalog import Catalog, load_catalog
from hvae_bench.dialogue.reading import read_reply
from hvae_bench.dialogue.render import questions
from hvae_bench.log.overview import coverage, find_cell, system_overview
from hvae_bench.scorers import PayoffTable, value_rationality
from hvae_bench.subjects.agents import make_agent

CATALOG = load_catalog()
ROOT = Path(__file__).parent.parent

Payoffs = Sequence[float]

UTILITIES: dict[str, dict[str, Callable[[Payoffs], float]]] = {
    "distribution": {
        "utilitarian": lambda x: x[0] + x[1] + x[2] + x[3],
        "rawlsian": min,
        "telic-egalitarian": lambda x: -sum(abs(one - other) for one, other in combinations(x, 2)) / 6,
        "prioritarian": lambda x: sum(math.sqrt(one) for one in x),
    },
    "moral-circle": {
        "egoist": lambda x: x[0],
        "parochial": lambda x: x[0] + x[1],
        "humanist": lambda x: x[0] + x[1] + x[2],
        "impartial": lambda x: x[0] + x[1] + x[2] + x[3],
        "biocentric": lambda x: x[3],
    },
    "candour": {
        "honest": lambda x: x[2] + (x[0] + x[1]) / 100,
        "self-serving": lambda x: x[0],
        "white-lying": lambda x: x[1],
    },
    "risk": {"secure": min, "expected-value": lambda x: sum(x) / 10, "daring": max},
    "time": {
        "patient": lambda x: x[0] + x[1] + x[2] + x[3],
        "moderate": lambda x: x[0] + x[1] / 1.15 + x[2] / 1.15**5 + x[3] / 1.15**10,
        "impatient": lambda x: x[0],
    },
}
"""By value system and core target what an option is worth, as the sources define it."""

UNVALUED = {"moral-circle": 4}
"""The stake that no core target values, where there is one."""

WORST = 0.2
SYSTEMS = [*UTILITIES]


def main_game(system: str) -> str:
    return f"{system}-16"


def items_of(system: str) -> list[list[Payoffs]]:
    return [[option.payoffs for option in item.options] for item in CATALOG.games[main_game(system)].items]


def rationality(item: Sequence[Payoffs], utility: Callable[[Payoffs], float]) -> list[float]:
    """(U - mean)/(max - mean) of each option."""
    worth = [utility(option) for option in item]
    mean = sum(worth) / len(worth)
    return [(one - mean) / (max(worth) - mean) for one in worth]


def ideals(items: Sequence[Sequence[Payoffs]], utility: Callable[[Payoffs], float]) -> list[int]:
    """The place of the best option of each item."""
    return [max(range(len(item)), key=lambda place: utility(item[place])) for item in items]


def scored_as(items: Sequence[Sequence[Payoffs]], choices: Sequence[int], utility: Callable[[Payoffs], float]) -> float:
    return sum(rationality(item, utility)[place] for item, place in zip(items, choices, strict=True)) / len(items)


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_core_targets_are_those_worked_out_here(system: str) -> None:
    assert tuple(UTILITIES[system]) == CATALOG.systems[system].core_targets


@pytest.mark.parametrize("system", SYSTEMS)
def test_whoever_follows_a_target_serves_it_and_hardly_another_one(system: str) -> None:
    (found,) = [one for one in system_overview(CATALOG, CATALOG.systems[system]).games if one.game == main_game(system)]
    table = CATALOG.games[main_game(system)].payoff_table()
    for followed, utility in UTILITIES[system].items():
        agent = make_agent(followed, {}, CATALOG)
        asked = questions(find_cell(CATALOG, f"{followed}.{main_game(system)}.no-goal").script(), "any")
        chosen = {one.item_id: one.option_id(agent(one.in_published_order, random.Random(0))) for one in asked}
        for other, as_other in UTILITIES[system].items():
            by_hand = scored_as(items_of(system), ideals(items_of(system), utility), as_other)
            scored = value_rationality(table.choice_matrix([chosen]), table, CATALOG.values[other].motives)
            assert scored.value_rationality[0] == pytest.approx(by_hand, abs=1e-9)
            assert found.ideal_value_rationality[followed][other] == pytest.approx(by_hand, abs=1e-9)
            assert by_hand == pytest.approx(1, abs=1e-9) if followed == other else by_hand <= WORST


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_place_and_no_label_serves_a_target(system: str) -> None:
    """Each is the ideal of every target four times, so ideals lie as often within the list as at its ends."""
    items = items_of(system)
    assert {len(item) for item in items} == {4}
    for utility in UTILITIES[system].values():
        assert Counter(ideals(items_of(system), utility)) == dict.fromkeys(range(4), 4)
        assert max(scored_as(items_of(system), [place] * 16, utility) for place in range(4)) <= 0.1
        # No other option is nearly as good, unless both are what the value puts first.
        for item in items:
            ordered = sorted(rationality(item, utility))
            assert ordered[-1] - ordered[-2] > 1e-6


@pytest.mark.parametrize("system", SYSTEMS)
def test_whoever_is_deaf_to_the_value_scores_at_most_the_ceiling_that_the_page_tells(system: str) -> None:
    by_item = [
        max(map(sum, zip(*(rationality(item, utility) for utility in UTILITIES[system].values()), strict=True)))
        for item in items_of(system)
    ]
    ceiling = sum(by_item) / len(by_item) / len(UTILITIES[system])
    (found,) = [one for one in system_overview(CATALOG, CATALOG.systems[system]).games if one.game == main_game(system)]
    assert found.deaf_ceiling == pytest.approx(ceiling, abs=1e-9)
    page = (ROOT / "docs" / "systems.md").read_text(encoding="utf-8")
    told = f"| `{main_game(system)}` | {found.worst_off_diagonal:.2f} | {ceiling:.2f} | {found.constant_place:.2f} |"
    assert told in page


@pytest.mark.parametrize("system", UNVALUED)
def test_whoever_saves_what_nobody_values_serves_nobody(system: str) -> None:
    chosen = ideals(items_of(system), lambda x: x[UNVALUED[system]])
    for utility in UTILITIES[system].values():
        assert scored_as(items_of(system), chosen, utility) <= WORST


@pytest.mark.parametrize("system", SYSTEMS)
def test_guessing_is_worth_nothing(system: str) -> None:
    """Within four exact standard errors of 0."""
    dialogues = 4000
    table = CATALOG.games[main_game(system)].payoff_table()
    choices = np.random.default_rng(36).integers(4, size=(dialogues, 16))
    for target, utility in UTILITIES[system].items():
        per_item = [rationality(item, utility) for item in items_of(system)]
        assert all(sum(one) == pytest.approx(0, abs=1e-9) for one in per_item)
        variance = sum(sum(r * r for r in one) / 4 for one in per_item) / 16**2
        scores = value_rationality(choices, table, CATALOG.values[target].motives).value_rationality
        assert abs(scores.mean()) <= 4 * math.sqrt(variance / dialogues)


@pytest.mark.parametrize("system", SYSTEMS)
def test_neither_the_order_of_stakes_nor_the_size_of_payoffs_matters(system: str) -> None:
    table = CATALOG.games[main_game(system)].payoff_table()
    order = random.Random(36).sample(range(len(table.stakes)), len(table.stakes))
    moved = PayoffTable(
        item_ids=table.item_ids,
        option_ids=table.option_ids,
        payoffs=tuple(tuple(tuple(7 * option[place] for place in order) for option in item) for item in table.payoffs),
        payoff_unit=0,
        stakes=tuple(table.stakes[place] for place in order),
    )
    choices = np.random.default_rng(36).integers(4, size=(50, 16))
    for target in UTILITIES[system]:
        motives = CATALOG.values[target].motives
        before, after = (value_rationality(choices, one, motives).value_rationality for one in (table, moved))
        np.testing.assert_allclose(after, before, atol=1e-9)


def test_the_rule_of_a_discount_is_rounded_and_finds_the_same_options() -> None:
    rule = CATALOG.values["moderate"].rule or ""
    weights = [1.0, *map(float, re.findall(r"([\d.]+) times", rule))]
    assert weights == [1, 0.87, 0.5, 0.25]
    by_rule = ideals(items_of("time"), lambda x: sum(weight * one for weight, one in zip(weights, x, strict=True)))
    assert by_rule == ideals(items_of("time"), UTILITIES["time"]["moderate"])


@pytest.mark.parametrize("system", SYSTEMS)
def test_payoffs_are_read_at_a_glance(system: str) -> None:
    for item in items_of(system):
        assert len(set(item)) == len(item)
        assert all(0 <= one <= 100 and one % 5 == 0 for option in item for one in option)
    items = {id_: {frozenset(one) for one in game.payoff_table().payoffs} for id_, game in CATALOG.games.items()}
    own = items.pop(main_game(system))
    assert len(own) == 16
    assert own.isdisjoint(set().union(*items.values()))


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_english_wording_tells_the_system_and_reads_its_options(system: str) -> None:
    target = CATALOG.systems[system].core_targets[0]
    for wording in CATALOG.wordings.values():
        lacking = coverage(CATALOG, wording).lacking
        if not wording.is_english and system != "distribution":
            continue
        assert main_game(system) not in lacking["games"], wording.id
        assert lacking["values"].keys().isdisjoint(UTILITIES[system]), wording.id
        template = "short-no-goal" if wording.id == "en-short" else "no-goal"
        script = find_cell(CATALOG, f"{target}.{main_game(system)}.{template}.w-{wording.id}").script()
        assert wording.reading is not None
        for question in questions(script, "any"):
            assert "{" not in question.prompt("")
            assert len({option.line for option in question.shown}) == 4
            for option in question.shown:
                for reply in (option.label, option.line, f"{option.line}."):
                    assert read_reply(reply, question.shown, wording.reading).label == option.label, reply


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_game_is_what_its_search_finds(system: str) -> None:
    search = runpy.run_path(str(ROOT / "benchmarks" / "search_systems.py"))["search"]
    assert [[tuple(option) for option in item] for item in search(system).tolist()] == items_of(system)


# --- fresh items


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    games = tmp_path_factory.mktemp("mine") / "games"
    games.mkdir()
    for system, seed in [*((system, 36) for system in SYSTEMS), ("time", 37)]:
        id_ = f"{system}-fresh-{seed}"
        text = f"id: {id_}\ntitle: Fresh\nsource: Drawn for these tests.\nmeasures: The same.\nlicence: CC0.\n"
        how = f"system: {system}\ngenerator: {{kind: searched, of: {main_game(system)}, seed: {seed}}}\n"
        (games / f"{id_}.yaml").write_text(text + how, encoding="utf-8")
    return load_catalog(games.parent)


@pytest.mark.parametrize("system", SYSTEMS)
def test_fresh_items_by_seed_tell_targets_apart_as_the_main_game_does(fresh: Catalog, system: str) -> None:
    game, like = fresh.games[f"{system}-fresh-36"], fresh.games[main_game(system)]
    assert [[option.id for option in item.options] for item in game.items] == [
        [option.id for option in item.options] for item in like.items
    ]
    items = [[option.payoffs for option in item.options] for item in game.items]
    assert {frozenset(item) for item in items}.isdisjoint({frozenset(item) for item in items_of(system)})
    for followed, utility in UTILITIES[system].items():
        found = ideals(items, utility)
        assert Counter(found) == dict.fromkeys(range(4), 4)
        assert max(scored_as(items, [place] * 16, utility) for place in range(4)) <= 0.1
        for other, as_other in UTILITIES[system].items():
            by_hand = scored_as(items, found, as_other)
            assert by_hand == pytest.approx(1, abs=1e-9) if other == followed else by_hand <= WORST
    # They are in the manner of the main game: as many runs of faces, and something true and something untrue to say.
    if system == "risk":
        assert all(sum(1 for _ in groupby(option)) <= 3 for item in items for option in item)
    if system == "candour":
        assert all({option[2] for option in item} == {0, 100} for item in items)


def test_a_seed_draws_the_same_everywhere_and_another_one_others(fresh: Catalog) -> None:
    first, other = (fresh.games[f"time-fresh-{seed}"].payoff_table().payoffs for seed in (36, 37))
    assert first[0] == ((80, 0, 15, 100), (95, 25, 0, 5), (10, 85, 70, 10), (30, 90, 20, 15))
    assert set(first).isdisjoint(other)
