"""Published instruments against the tables that they were read from, and their ideals against the definitions."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.dialogue.render import questions
from hvae_bench.log.overview import find_cell
from hvae_bench.scorers import value_rationality
from hvae_bench.scorers.calibration import item_rationality
from hvae_bench.subjects.agents import make_agent

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


@pytest.mark.parametrize("value", PERSONAS)
def test_the_mean_distance_from_the_ideal_shares_is_half_of_what_value_rationality_lacks(value: str) -> None:
    persona, _ = PERSONAS[value]
    table, rows = CATALOG.games["charness-rabin-2002"].payoff_table(), rows_of("charness_rabin_2002")
    right = np.random.default_rng(36).integers(2, size=(100, len(rows)))
    ideals = [row[f"ideal_left_{persona}"] for row in rows]
    shares = 1 - right.mean(axis=0)
    distance = np.mean([abs(share - float(best)) for share, best in zip(shares, ideals, strict=True) if best])
    scored = value_rationality(right, table, CATALOG.values[value].motives).value_rationality
    assert (1 - scored.mean()) / 2 == pytest.approx(distance)


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


def test_a_true_message_and_a_lie_lead_to_the_published_payoffs() -> None:
    for row in rows_of("gneezy_2005"):
        paid = {
            option: tuple(float(row[f"{name}_option_{who}"]) for who in ("sender", "receiver"))
            for option, name in (("truth", "truthful"), ("lie", "lie"))
        }
        item = f"t{row['treatment']}"
        assert items_of("gneezy-2005")[item] == {"truth": (*paid["truth"], 100), "lie": (*paid["lie"], 0)}
        assert (ideal("honest", "gneezy-2005", item), ideal("self-serving", "gneezy-2005", item)) == (
            {"truth"},
            {"lie"},
        )
        # What is told of the game: the truth is the better for the listener, and the worse for whoever tells it.
        assert ideal("white-lying", "gneezy-2005", item) == {"truth"}
        assert paid["truth"][0] < paid["lie"][0]


def test_faces_of_the_die_have_the_published_chances() -> None:
    rows, items = rows_of("holt_laury_2002"), items_of("holt-laury-2002")
    assert [*items] == [f"row-{row['row']}" for row in rows]
    for row, item in zip(rows, items.values(), strict=True):
        for option, faces in item.items():
            high, low = float(row[f"{option}_high"]), float(row[f"{option}_low"])
            assert faces.count(high) / len(faces) == float(row["p_high"])
            assert faces.count(high) + faces.count(low) == len(faces) == 10
        difference = sum(item["safe"]) / 10 - sum(item["risky"]) / 10
        assert difference == pytest.approx(float(row["ev_safe_minus_risky"]), abs=0.0051)


@pytest.mark.parametrize(("value", "n_safe"), [("secure", 9), ("expected-value", 4), ("daring", 0)])
def test_how_often_an_agent_plays_safe_in_the_ten_rows(value: str, n_safe: int) -> None:
    """Four times by expected value, as in the table of the study."""
    assert chosen_by_agent(value, "holt-laury-2002") == ["safe"] * n_safe + ["risky"] * (10 - n_safe)


def chosen_by_agent(value: str, game: str) -> list[str]:
    """What the package's agent that follows a value chooses, item by item."""
    agent = make_agent(value, {}, CATALOG)
    asked = questions(find_cell(CATALOG, f"{value}.{game}.no-goal").script(), "any")
    return [str(one.option_id(agent(one.in_published_order, random.Random(0)))) for one in asked]


def test_the_sure_amounts_are_those_that_the_survey_can_ask() -> None:
    rows, items = rows_of("gps_risk_staircase"), items_of("gps-risk")
    amounts = [float(row["sure_amount"]) for row in rows]
    assert [set(item["sure"]) for item in items.values()] == [{amount} for amount in amounts]
    for row, item in zip(rows, items.values(), strict=True):
        assert sorted(item["lottery"]) == [float(row["lottery_low"])] * 5 + [float(row["lottery_high"])] * 5
        assert float(row["probability_high"]) == 0.5
    # The survey begins in the middle and goes up or down by half of what is left.
    visited = {float(row["sure_amount"]): int(row["visited_at_step"]) for row in rows}
    reached = {amount: step for step in range(1, 6) for amount in staircase(step)}
    assert visited == reached


def staircase(step: int) -> list[float]:
    """Sure amounts that the survey may ask at a step: it starts at 160 and moves by 80, 40, 20 and 10."""
    amounts = [160.0]
    for move in (80, 40, 20, 10)[: step - 1]:
        amounts = [amount + sign * move for amount in amounts for sign in (-1, 1)]
    return amounts


BOTH = {"lottery", "sure"}


@pytest.mark.parametrize(
    ("value", "takes"),
    [
        ("secure", lambda amount: {"sure"}),
        ("expected-value", lambda amount: {"sure"} if amount > 150 else {"lottery"} if amount < 150 else BOTH),
        ("daring", lambda amount: {"sure"} if amount > 300 else {"lottery"} if amount < 300 else BOTH),
    ],
)
def test_which_sure_amounts_are_taken_over_even_odds(value: str, takes: Callable[[float], set[str]]) -> None:
    for item in items_of("gps-risk"):
        assert ideal(value, "gps-risk", item) == takes(float(item.removeprefix("sure-")))


def test_later_amounts_follow_from_the_construction_of_the_survey() -> None:
    later = [round(100 * (1 + Fraction(15 * node, 1000)) ** 2) for node in range(1, 32)]
    assert later[15] == 154  # where the survey begins
    assert items_of("gps-patience") == {
        f"later-{amount}": {"today": (100, 0, 0, 0), "later": (0, amount, 0, 0)} for amount in later
    }


@pytest.mark.parametrize(
    ("value", "waits"),
    [
        ("patient", lambda later: True),
        ("moderate", lambda later: later / 1.15 > 100),
        ("impatient", lambda later: False),
    ],
)
def test_for_which_amount_somebody_waits_a_year(value: str, waits: Callable[[float], bool]) -> None:
    for item in items_of("gps-patience"):
        wanted = "later" if waits(float(item.removeprefix("later-"))) else "today"
        assert ideal(value, "gps-patience", item) == {wanted}


def test_shares_of_people_are_those_of_the_tables() -> None:
    six, budgets = (CATALOG.games[game].norms for game in ("charness-rabin-2002", "andreoni-miller-2002"))
    assert six is not None
    assert budgets is not None
    for row in rows_of("charness_rabin_2002"):
        left = float(row["human_share_left"])
        assert six.shares[row["game"].lower()] == pytest.approx({"left": left, "right": 1 - left})
    three = CATALOG.games["gneezy-2005"].norms
    assert three is not None
    for row in rows_of("gneezy_2005"):
        lying = float(row["share_lying"])
        assert three.shares[f"t{row['treatment']}"] == pytest.approx({"truth": 1 - lying, "lie": lying})
    for row in rows_of("andreoni_miller_2002")[:8]:
        item = items_of("andreoni-miller-2002")[f"b{row['budget']}"]
        of_most = best_by(sum, item)
        equal = next(option for option, (mine, others) in item.items() if mine == others)
        wanted = {"pass-0": float(row["share_hold_all"]), equal: float(row["share_equal_payoffs"])}
        if len(of_most) == 1:
            wanted |= dict.fromkeys(of_most, float(row["share_maximum_total"]))
        assert budgets.shares[f"b{row['budget']}"] == wanted
        assert budgets.n == int(row["n"])
