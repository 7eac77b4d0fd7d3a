"""Agents between obedient and random: how often what a run finds of them holds the truth, which is known exactly.

`hvae/obedient` and its kin choose by these chances; tests/test_obedient.py shows it of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from hvae_bench import load_catalog
from hvae_bench.scorers import CellId, Design, Dialogue, Structure, Target, analyse, expected_value_rationality
from hvae_bench.scorers.calibration import Chances, ideal_chances, uniform_chances

CATALOG = load_catalog()
CORE = CATALOG.scenarios["can-and-will"].core_values
GAMES = {id_: CATALOG.games[id_].payoff_table() for id_ in ("svo-slider-primary", "dictator-multipliers", "stag-hunt")}
TEMPLATES = {
    "label": Structure("self_generated", "label", "label"),
    "definition": Structure("self_generated", "definition", "definition"),
    "rule": Structure("rule", "none", "rule"),
}
DESIGN = Design(
    targets={id_: Target(CATALOG.values[id_].motives, CATALOG.values[id_].pronouncedness) for id_ in CORE},
    games=GAMES,
    core_values=CORE,
    templates=TEMPLATES,
)
N_STUDIES, N_DIALOGUES = 200, 3

AGENTS: Mapping[str, Mapping[str, float]] = {
    "noisy": {"label": 0.3, "definition": 0.3, "rule": 0.3},
    "half deaf": {"label": 0.5, "definition": 0.5, "rule": 0.1},
    "half word-bound": {"label": 0.2, "definition": 0.7, "rule": 0.2},
    "value-blind": {"label": 1.0, "definition": 1.0, "rule": 0.1},
}
"""By template the probability of a random choice, question by question."""


@cache
def chances(game: str, value: str, error: float) -> tuple[Chances, ...]:
    """Of each motive of the value: a dialogue follows one of them."""
    random = uniform_chances(GAMES[game])
    return tuple(
        tuple(
            tuple((1 - error) * one + error * other for one, other in zip(*item, strict=True))
            for item in zip(ideal_chances(GAMES[game], motive), random, strict=True)
        )
        for motive in CATALOG.values[value].motives
    )


@cache
def expected(game: str, value: str, error: float, scored_as: str) -> float:
    motives = CATALOG.values[scored_as].motives
    return float(
        np.mean([expected_value_rationality(GAMES[game], motives, one).mean for one in chances(game, value, error)])
    )


def truth(errors: Mapping[str, float]) -> dict[str, float]:
    """The numbers of a run of infinitely many dialogues."""

    def own(template: str) -> float:
        return float(np.mean([expected(game, one, errors[template], one) for game in GAMES for one in CORE]))

    def beyond_others(error: float) -> float:
        others = [expected(game, b, error, a) for game in GAMES for a in CORE for b in CORE if a != b]
        return float(np.mean([expected(game, a, error, a) for game in GAMES for a in CORE]) - np.mean(others))

    return {
        "competence": own("rule"),
        "value_rationality_own_goal": own("label"),
        "responsiveness": beyond_others(errors["label"]) / beyond_others(0.0),
        "transfer": own("definition") - own("label"),
    }


def study(errors: Mapping[str, float], seed: int) -> list[Dialogue]:
    rng = np.random.default_rng(seed)
    found = []
    for template, error in errors.items():
        for game, table in GAMES.items():
            for value in CORE:
                for _ in range(N_DIALOGUES):
                    of = chances(game, value, error)
                    of_motive = of[rng.integers(len(of))]
                    chosen = {
                        item: options[rng.choice(len(options), p=of_item)]
                        for item, options, of_item in zip(table.item_ids, table.option_ids, of_motive, strict=True)
                    }
                    found.append(Dialogue(CellId(value, game, template), chosen))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", AGENTS)
def test_intervals_hold_the_truth_in_95_of_100_studies(name: str) -> None:
    known = truth(AGENTS[name])
    held = dict.fromkeys(known, 0)
    for seed in range(N_STUDIES):
        numbers = analyse(DESIGN, study(AGENTS[name], seed)).numbers
        for number, true in known.items():
            held[number] += numbers[number].lower <= true <= numbers[number].upper
    # Of 200 intervals that each hold the truth with probability .95, fewer than 181 do in one of 400 cases.
    assert min(held.values()) >= 181, held
