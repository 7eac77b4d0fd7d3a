"""Published instruments against the tables that they were read from, and their ideals against the definitions."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.scorers.calibration import item_rationality

CATALOG = load_catalog()
DATA = Path(__file__).parent / "data" / "instruments"

Payoffs = Sequence[float]


def rows_of(table: str) -> list[dict[str, str]]:
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def items_of(game: str) -> dict[str, dict[str, Payoffs]]:
    """The payoffs of each option of each item, by their ids."""
    return {item.id: {option.id: option.payoffs for option in item.options} for item in CATALOG.games[game].items}


def best_by(worth: Callable[[Payoffs], float], options: dict[str, Payoffs]) -> set[str]:
    """By a utility written here: the options that have most of it, all where all have the same."""
    most = max(worth(payoffs) for payoffs in options.values())
    return {id_ for id_, payoffs in options.items() if worth(payoffs) >= most - 1e-9}


def ideal(value: str, game: str, item: str) -> set[str]:
    """By the package: the options that are ideal for the one motive of a value."""
    table, (motive,) = CATALOG.games[game].payoff_table(), CATALOG.values[value].motives
    place = table.item_ids.index(item)
    rated = item_rationality(table.item(place), motive, table.payoff_unit, table.stakes).ideal
    return {option for option, best in zip(table.option_ids[place], rated, strict=True) if best}


PERSONAS: dict[str, tuple[str, Callable[[Payoffs], float]]] = {
    "joint-gain": ("efficient", lambda x: x[0] + x[1]),
    "inequality-averse": ("inequity_averse", lambda x: -abs(x[0] - x[1])),
    "individualistic": ("self_interested", lambda x: x[0]),
}
"""By value target: the persona of the published study, and what it wants."""


def test_the_six_choices_have_the_published_payoffs() -> None:
    published = {
        row["game"].lower(): {side: (float(row[f"{side}_b"]), float(row[f"{side}_a"])) for side in ("left", "right")}
        for row in rows_of("charness_rabin_2002")
    }
    assert items_of("charness-rabin-2002") == published


@pytest.mark.parametrize("value", PERSONAS)
def test_ideal_shares_of_the_personas_are_those_of_the_table_indifferent_cells_included(value: str) -> None:
    persona, worth = PERSONAS[value]
    for row in rows_of("charness_rabin_2002"):
        item = row["game"].lower()
        wanted = {"1": {"left"}, "0": {"right"}, "": {"left", "right"}}[row[f"ideal_left_{persona}"]]
        assert best_by(worth, items_of("charness-rabin-2002")[item]) == wanted
        assert ideal(value, "charness-rabin-2002", item) == wanted


def test_the_scenario_of_the_personas_asks_for_these_values_and_for_none_on_these_games() -> None:
    scenario = CATALOG.scenarios["homo-silicus"]
    assert set(scenario.core_values) == PERSONAS.keys()
    assert {game for crossing in scenario.crossings for game in crossing.games} == {"charness-rabin-2002"}
    assert {value for crossing in scenario.crossings for value in crossing.values} == {*PERSONAS, "none"}


def test_a_budget_divides_its_tokens_from_keeping_all_over_equal_payoffs_to_passing_on_all() -> None:
    budgets = [row for row in rows_of("andreoni_miller_2002") if row["sample"] == "sessions 1-4"]
    items = items_of("andreoni-miller-2002")
    assert [*items] == [f"b{row['budget']}" for row in budgets]
    for row, item in zip(budgets, items.values(), strict=True):
        tokens, held, passed_on = (int(row[name]) for name in ("tokens", "hold_value", "pass_value"))
        passes = [int(option.removeprefix("pass-")) for option in item]
        assert len(passes) == 11
        assert (passes[0], passes[-1]) == (0, tokens)
        # Five equal steps to either side of equal payoffs.
        assert {*map(len, map(set, (steps(passes[:6]), steps(passes[5:]))))} == {1}
        for given, (mine, others) in zip(passes, item.values(), strict=True):
            assert (mine, others) == (held * (tokens - given), passed_on * given)
        assert item[f"pass-{passes[5]}"][0] == item[f"pass-{passes[5]}"][1]


def steps(numbers: Sequence[int]) -> list[int]:
    return [after - before for before, after in pairwise(numbers)]


@pytest.mark.parametrize(
    ("value", "worth"),
    [
        ("altruistic", lambda x: x[1]),
        ("individualistic", lambda x: x[0]),
        ("competitive", lambda x: x[0] - x[1]),
        ("maximin", min),
        *((value, worth) for value, (_, worth) in PERSONAS.items()),
    ],
)
@pytest.mark.parametrize("game", ["charness-rabin-2002", "andreoni-miller-2002"])
def test_ideals_are_the_options_that_have_most_of_what_is_wanted(
    game: str, value: str, worth: Callable[[Payoffs], float]
) -> None:
    for item, options in items_of(game).items():
        assert ideal(value, game, item) == best_by(worth, options)


def test_shares_of_people_are_those_of_the_tables() -> None:
    six, budgets = (CATALOG.games[game].norms for game in ("charness-rabin-2002", "andreoni-miller-2002"))
    assert six is not None
    assert budgets is not None
    for row in rows_of("charness_rabin_2002"):
        left = float(row["human_share_left"])
        assert six.shares[row["game"].lower()] == pytest.approx({"left": left, "right": 1 - left})
    for row in rows_of("andreoni_miller_2002")[:8]:
        item = items_of("andreoni-miller-2002")[f"b{row['budget']}"]
        of_most = best_by(sum, item)
        equal = next(option for option, (mine, others) in item.items() if mine == others)
        wanted = {"pass-0": float(row["share_hold_all"]), equal: float(row["share_equal_payoffs"])}
        if len(of_most) == 1:
            wanted |= dict.fromkeys(of_most, float(row["share_maximum_total"]))
        assert budgets.shares[f"b{row['budget']}"] == wanted
        assert budgets.n == int(row["n"])
