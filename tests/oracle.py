"""The measures of a study, computed anew from the JSON of its records alone: nothing of the package is used here.

Dialogues are averaged within a cell, cells within a game, games within a target, targets of the core.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

Record = dict[str, Any]
Cell = tuple[str, str, str]
"""Value, game and framing; the framing of a record of schema 1.0 holds unit, language and order."""
Options = Mapping[str, Mapping[str, float]]
"""Of every item that tells something of a motive, how rational each option is."""
Arm = Callable[[Record], bool]


def arm(induction: str, goal: str, language: str = "en") -> Arm:
    """The dialogues that were led so."""
    return lambda one: (
        (one["template"]["induction"], one["template"]["goal"], one["template"]["language"])
        == (induction, goal, language)
    )


RULE, BARE = arm("none", "rule"), arm("none", "none")
OWN, NONE = arm("self_description", "self_generated"), arm("self_description", "none")
DEFINED_OWN, DEFINED_NONE = arm("definition", "self_generated"), arm("definition", "none")


def records_in(*files: Path) -> list[Record]:
    """The records of some compressed rationality logs."""
    return [json.loads(line) for file in files for line in gzip.open(file)]


def options_of(motive: Record, game: Record) -> Options:
    """r of every option: (U - mean)/(max - mean)."""
    found = {}
    angle = math.radians(motive.get("utility_angle_deg", 0.0))
    step = {"linear": abs(math.cos(angle)) + abs(math.sin(angle)), "maximin": 1.0, "inequality_aversion": 2.0}
    for item in game["items"]:
        mine, other = np.array([[one["payoff_self"], one["payoff_other"]] for one in item["options"]], dtype=float).T
        utility = {
            "linear": math.cos(angle) * mine + math.sin(angle) * other,
            "maximin": np.minimum(mine, other),
            "inequality_aversion": -abs(mine - other),
        }[motive["kind"]]
        if np.ptp(utility) > game["payoff_unit"] * step[motive["kind"]] + 1e-9 * max(1.0, abs(utility).max()):
            rational = (utility - utility.mean()) / (utility.max() - utility.mean())
            found[item["id"]] = dict(zip((one["id"] for one in item["options"]), rational.tolist(), strict=True))
    return found


def expected(motives: Sequence[Options], choices: Mapping[str, Sequence[str]]) -> float:
    """E[largest R over the motives] of choosing uniformly among these options, from the distribution of the sums."""
    sums, chances = np.zeros((1, len(motives))), np.ones(1)
    for item, options in choices.items():
        steps = np.array([[one[item][option] if item in one else 0.0 for one in motives] for option in options])
        after = (sums[:, None] + steps).reshape(-1, len(motives)).round(9)
        sums, place = np.unique(after, axis=0, return_inverse=True)
        chances = np.bincount(place.ravel(), np.repeat(chances, len(options))) / len(options)
    return float(chances @ (sums / [len(options) for options in motives]).max(axis=1))


def games_alike(cells: Mapping[Cell, float]) -> float:
    """The mean over cells of one value, every game with the same weight."""
    games: dict[str, list[float]] = defaultdict(list)
    for (_, game, _), score in cells.items():
        games[game].append(score)
    return float(np.mean([np.mean(scores) for scores in games.values()]))


class Oracle:
    """The dialogues of one model."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.records = list(records)
        self.core: tuple[str, ...] = tuple(self.records[0]["run"]["core_values"])
        self.games: dict[str, Record] = {one["cell"]["game"]: one["game"] for one in self.records}
        self.targets = {one["target"]["id"]: one["target"]["motives"] for one in self.records}
        self.motives: dict[tuple[str, str], list[Options]] = {
            (value, game): [options_of(one, self.games[game]) for one in motives]
            for value, motives in self.targets.items()
            for game in self.games
            if motives
        }
        self._chance: dict[tuple[str, str], float] = {}

    def chance(self, value: str, game: str) -> float:
        """E[R] of a value under uniform choice."""
        if (value, game) not in self._chance:
            self._chance[value, game] = expected(self.motives[value, game], self._all(game))
        return self._chance[value, game]

    def _all(self, game: str) -> dict[str, list[str]]:
        return {one["id"]: [option["id"] for option in one["options"]] for one in self.games[game]["items"]}

    def corrected(self, best: float, value: str, game: str) -> float:
        """Value rationality from R."""
        chance = self.chance(value, game)
        return (best - chance) / (1 - chance)

    def scores(self, which: Arm, scored_as: str | None = None) -> dict[Cell, float]:
        """Value rationality by cell, as its own value or as another."""
        found: dict[Cell, list[float]] = defaultdict(list)
        for one in filter(which, self.records):
            own, game, framing = (one["cell"][part] for part in ("value", "game", "framing"))
            if self.targets[own]:
                value = scored_as or own
                chosen = {decision["item_id"]: decision["option_id"] for decision in one["decisions"]}
                best = max(
                    float(np.mean([options[chosen[item]] for item, options in motive.items()]))
                    for motive in self.motives[value, game]
                )
                found[own, game, framing].append(self.corrected(best, value, game))
        return {cell: float(np.mean(scores)) for cell, scores in found.items()}

    def by_value(self, which: Arm) -> dict[str, float]:
        """Value rationality of every value that was led so."""
        cells = self.scores(which)
        return {value: games_alike(_of(cells, value)) for value in dict.fromkeys(value for value, _, _ in cells)}

    def mean(self, which: Arm) -> float:
        """The same over the core."""
        return self._over_core(self.by_value(which))

    def _over_core(self, of: Mapping[str, float]) -> float:
        return float(np.mean([of[value] for value in self.core]))

    def ideal(self, followed: str, value: str) -> float:
        """Value rationality of the ideal agent of one value, scored as another, over all games."""
        return float(np.mean([self._ideal(followed, value, game) for game in self.games]))

    def _ideal(self, followed: str, value: str, game: str) -> float:
        found = []
        for motive in self.motives[followed, game]:
            best = {item: [id_ for id_, r in of.items() if r > 1 - 1e-9] for item, of in motive.items()}
            found.append(expected(self.motives[value, game], self._all(game) | best))
        return self.corrected(float(np.mean(found)), value, game)

    @cached_property
    def ideal_difference(self) -> dict[str, float]:
        """What the ideal agent of each core value scores as itself, minus what those of the others score as it."""
        return {
            value: 1 - float(np.mean([self.ideal(one, value) for one in self._others(value)])) for value in self.core
        }

    def _others(self, value: str) -> list[str]:
        return [one for one in self.core if one != value]

    def difference(self, which: Arm) -> dict[str, float]:
        """The same of the model."""
        found = {}
        for value in self.core:
            cells = self.scores(which, value)
            of = {one: games_alike(_of(cells, one)) for one in self.core}
            found[value] = of[value] - float(np.mean([of[one] for one in self._others(value)]))
        return found

    def responsiveness_by_value(self, which: Arm) -> dict[str, float]:
        """Own minus others, of what the ideal agents reach."""
        return {value: one / self.ideal_difference[value] for value, one in self.difference(which).items()}

    def responsiveness(self, which: Arm) -> float:
        """The same over the core."""
        return self._over_core(self.difference(which)) / self._over_core(self.ideal_difference)

    def transfer_by_value(self, defined: Arm, label: Arm) -> dict[str, float]:
        """By definition minus by label, on the games and framings that both have."""
        one, other = self.scores(defined), self.scores(label)
        return {
            value: games_alike({cell: one[cell] for cell in _of(one, value) if cell in other})
            - games_alike({cell: other[cell] for cell in _of(other, value) if cell in one})
            for value in self.core
        }

    def transfer(self, defined: Arm, label: Arm) -> float:
        """The same over the core."""
        return self._over_core(self.transfer_by_value(defined, label))

    def deaf_ceiling(self, game: str) -> float:
        """The largest mean over the core of one choice for each item, the same for every value."""
        most = -math.inf
        for counted in product(*(self.motives[value, game] for value in self.core)):
            parts = [(of, 1 - self.chance(value, game)) for value, of in zip(self.core, counted, strict=True)]
            chosen = (
                max(sum(of[item][option] / len(of) / room for of, room in parts if item in of) for option in options)
                for item, options in self._all(game).items()
            )
            most = max(most, (sum(chosen) - sum((1 - room) / room for _, room in parts)) / len(parts))
        return most


def _of(cells: Mapping[Cell, float], value: str) -> dict[Cell, float]:
    return {cell: score for cell, score in cells.items() if cell[0] == value}
