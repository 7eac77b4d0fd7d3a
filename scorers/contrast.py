"""Contrasts: what the cells of a run say about it, each with its interval.

A mean gives every cell of a game, every game of a target and every target the same weight at its level, so
that no cell counts more for having more dialogues. Every number here is a weighted sum of cell means of value
rationality, the dialogues of a cell being scored as their own target or as another one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hvae_bench.scorers.calibration import ideal_value_rationality
from hvae_bench.scorers.design import CellId, Design
from hvae_bench.scorers.estimate import (
    CONFIDENCE,
    Estimate,
    Moments,
    estimate_sum,
    undefined,
    weighted_estimate,
    with_bootstrap,
    without_interval,
)

__all__ = ["Contrast", "DiscriminantMatrix", "ScoredRun", "Scores", "combine"]

Floats = NDArray[np.float64]

MIN_PARAPHRASES = 5
"""With fewer paraphrases an interval over paraphrases says nothing."""

Scores = Mapping[CellId, Mapping[str, Floats]]
"""Value rationality of the complete dialogues of each cell, scored as each target that the game can score; NaN
where a dialogue has none. The arrays of a cell have one length and one order of dialogues."""

Contrast = Mapping[tuple[CellId, str], float]
"""Weight of each cell mean, by cell and by the target that its dialogues are scored as."""


@dataclass(frozen=True, slots=True)
class DiscriminantMatrix:
    """Value rationality by induced target (rows) and by the target that the choices are scored as (columns).

    Attributes:
        targets: ids of rows and columns.
        estimates: estimates[induced][scored_as].
        ideal: the same for the ideal agents, who choose uniformly among the ideal options.
        own_is_highest: share of targets whose own column is the only largest one of their row; NaN if undefined.
        reason: why there is no matrix; None if there is one.
    """

    targets: tuple[str, ...]
    estimates: Mapping[str, Mapping[str, Estimate]]
    ideal: Mapping[str, Mapping[str, float]]
    own_is_highest: float
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """The scores of a run, and how to estimate from them.

    Attributes:
        design: what the cells are made of.
        scores: value rationality by cell.
        resamples: bootstrap resamples; 0 for no bootstrap.
        seed: seed of the bootstrap.
    """

    design: Design
    scores: Scores
    resamples: int = 0
    seed: int = 0
    _known: dict[tuple[CellId, str], Moments] = field(default_factory=dict, init=False, repr=False, compare=False)

    def estimate(self, contrast: Contrast | str, confidence: float = CONFIDENCE) -> Estimate:
        """Estimate a contrast; a text in its place says why there is none."""
        if isinstance(contrast, str):
            return undefined(contrast)
        columns: dict[CellId, list[tuple[str, float]]] = {}
        for (cell, target), weight in contrast.items():
            columns.setdefault(cell, []).append((target, weight))
        found = estimate_sum([(cell, *self._moments(cell, parts)) for cell, parts in columns.items()], confidence)
        if not self.resamples:
            return found
        values = {cell: self._values(cell, parts) for cell, parts in columns.items()}
        weights = dict.fromkeys(values, 1.0)
        return with_bootstrap(found, values, weights, resamples=self.resamples, seed=self.seed, confidence=confidence)

    def _values(self, cell: CellId, parts: Sequence[tuple[str, float]]) -> Floats:
        """Weighted sums of a cell's dialogues; one counts only if all its parts could be scored."""
        total = np.sum([weight * self.scores[cell][target] for target, weight in parts], axis=0)
        return np.asarray(total[np.isfinite(total)], dtype=np.float64)

    def _moments(self, cell: CellId, parts: Sequence[tuple[str, float]]) -> tuple[float, Moments]:
        """Weight and moments of a cell; those of a single target are needed again and again."""
        if len(parts) > 1:
            return 1.0, Moments.of(self._values(cell, parts))
        ((target, weight),) = parts
        if (cell, target) not in self._known:
            self._known[cell, target] = Moments.of(self._values(cell, [(target, 1.0)]))
        return weight, self._known[cell, target]

    def _only(self, cells: Collection[CellId]) -> ScoredRun:
        """The same run, of these cells alone."""
        return replace(self, scores={cell: self.scores[cell] for cell in cells})

    def targets(self) -> dict[str, Estimate]:
        """Each induced target over all games that can score it; targets that none can score are left out."""
        return {value: self.estimate(contrast) for value, contrast in self.target_contrasts().items()}

    def target_contrasts(self) -> dict[str, Contrast]:
        """The weights behind `targets`."""
        return {value: _mean(cells) for value, cells in self._own_cells().items()}

    def headline(self) -> Estimate:
        """The mean over the core targets, on the games that can score all of them."""
        return self.estimate(self.headline_contrast())

    def headline_contrast(self) -> Contrast | str:
        """The weights behind `headline`; or why there are none."""
        return self._core(_mean)

    def parts(self, axis: Literal["game", "template", "framing"]) -> dict[str, Estimate]:
        """The headline from the dialogues of each game, template or framing alone."""
        core = [cell for cell in self.scores if cell.value in self.design.core_values]
        return {
            id_: self._only([cell for cell in self.scores if getattr(cell, axis) == id_]).headline()
            for id_ in dict.fromkeys(getattr(cell, axis) for cell in core)
        }

    def by_paraphrase(self) -> Estimate:
        """The headline with an interval over paraphrases: how far it would hold for another wording.

        Each paraphrase gives one headline of its own; Student's t over them.
        """
        core = self._core_cells()
        if isinstance(core, str):
            return undefined(core)
        numbers = {self.design.wording(cell).paraphrase for cell in core}
        if len(numbers) < MIN_PARAPHRASES:
            return undefined(f"{len(numbers)} paraphrases, and an interval over them needs {MIN_PARAPHRASES}")
        means = []
        for number in sorted(numbers):
            part = self._only([cell for cell in self.scores if self.design.wording(cell).paraphrase == number])
            one = replace(part, resamples=0).headline()
            if one.no_mean:
                return undefined(f"paraphrase {number}: {one.no_mean}")
            means.append(one.mean)
        return weighted_estimate({"paraphrases": np.array(means)}, {"paraphrases": 1.0})

    def minimum(self) -> tuple[str | None, Estimate]:
        """The core target with the smallest mean, and an interval of that minimum.

        The interval is simultaneous: each of the k targets gets one at level 1 - 0.05 / k (Bonferroni), so all
        hold together with 95 % confidence, and the minimum lies between their smallest lower and smallest
        upper end.

        Returns:
            The target's id (None if any core target has no mean) and the estimate.
        """
        core = self._core_cells()
        if isinstance(core, str):
            return None, undefined(core)
        level = 1 - (1 - CONFIDENCE) / len(self.design.core_values)
        estimates = {value: self.estimate(_mean(_of(core, value)), level) for value in self.design.core_values}
        for estimate in estimates.values():
            if estimate.no_mean:
                return None, undefined(estimate.no_mean)
        target = min(estimates, key=lambda value: estimates[value].mean)
        lowest = estimates[target]
        for estimate in estimates.values():
            if estimate.no_interval:
                return target, without_interval(lowest.mean, lowest.n_dialogues, estimate.no_interval)
        return target, Estimate(
            mean=lowest.mean,
            lower=min(estimate.lower for estimate in estimates.values()),
            upper=min(estimate.upper for estimate in estimates.values()),
            standard_error=lowest.standard_error,
            degrees_of_freedom=lowest.degrees_of_freedom,
            n_dialogues=lowest.n_dialogues,
            bootstrap_lower=min(estimate.bootstrap_lower for estimate in estimates.values()),
            bootstrap_upper=min(estimate.bootstrap_upper for estimate in estimates.values()),
        )

    def induction_gains(self) -> dict[str, Estimate]:
        """For each target how much more it is served when induced than by the model left to itself."""
        return {value: self.estimate(self._gain(cells)) for value, cells in self._own_cells().items()}

    def neutrality_bias(self, of: Literal["value_rationality", "induction_gain"] = "value_rationality") -> Estimate:
        """Mean of the neutral core targets minus mean of the pronounced ones.

        Reported for value rationality and for the induction gain: a model that ignores its target and always
        takes the most for itself looks biased on the first alone.
        """
        return self.estimate(self._core(lambda cells: self._bias(cells, of)))

    def goal_effect(self, against: Literal["none", "filler"] = "none") -> Estimate:
        """Mean over cells of (with a goal of the model's own) minus (without one, or with a filler question).

        Cells are paired that differ in the goal turn alone; core targets on the games that can score them all.
        """
        return self.estimate(self._core(lambda cells: self._goal_pairs(cells, against)))

    def contamination_gap(self) -> Estimate:
        """Mean over cells of (on the published game) minus (on a game derived from it, which no model has seen).

        Cells are paired that differ in the game alone; core targets, each pair on games that can score them all.
        """
        return self.estimate(self._core(self._fresh_pairs))

    def differences(self, confidence: float = CONFIDENCE) -> dict[tuple[str, str], Estimate] | str:
        """Difference of every two core targets; or why there is none."""
        core = self._core_cells()
        if isinstance(core, str):
            return core
        values = self.design.core_values
        return {
            (one, other): self.estimate(combine((1, _mean(_of(core, one))), (-1, _mean(_of(core, other)))), confidence)
            for place, one in enumerate(values)
            for other in values[place + 1 :]
        }

    def discriminant_matrix(self) -> DiscriminantMatrix:
        """Value rationality of each induced target's dialogues, scored as every one of these targets.

        All on the games that can score all of them (the core targets alone, if there is no such game), so that a
        row can be compared across its columns. Where answers are missing, a dialogue may count in some columns only.
        """
        targets = tuple(self._own_cells())
        if not targets:
            return DiscriminantMatrix((), {}, {}, float("nan"), "no induced target in this run")
        cells = self._common_cells(targets)
        if isinstance(cells, str):
            # A target that shares no game with the others must not take the matrix of the core targets away.
            targets = tuple(target for target in targets if target in self.design.core_values)
            cells = self._common_cells(targets)
        if isinstance(cells, str):
            return DiscriminantMatrix(targets, {}, {}, float("nan"), cells)
        estimates = {
            induced: {
                scored_as: self.estimate({(cell, scored_as): w for (cell, _), w in _mean(_of(cells, induced)).items()})
                for scored_as in targets
            }
            for induced in targets
        }
        games = dict.fromkeys(cell.game for cell in cells)
        ideal = {
            induced: {
                scored_as: float(
                    np.mean(
                        [
                            ideal_value_rationality(
                                self.design.games[game],
                                self.design.targets[induced].motives,
                                self.design.targets[scored_as].motives,
                            )
                            for game in games
                        ]
                    )
                )
                for scored_as in targets
            }
            for induced in targets
        }
        defined = [row for row in targets if not any(one.no_mean for one in estimates[row].values())]
        highest = [
            all(estimates[row][row].mean > estimates[row][other].mean + 1e-12 for other in targets if other != row)
            for row in defined
        ]
        return DiscriminantMatrix(targets, estimates, ideal, float(np.mean(highest)) if highest else float("nan"))

    def _own_cells(self) -> dict[str, list[CellId]]:
        """For each induced target its cells on games that can score it."""
        own: dict[str, list[CellId]] = {}
        for cell, columns in self.scores.items():
            if cell.value in columns:
                own.setdefault(cell.value, []).append(cell)
        return own

    def _core(self, make: Callable[[list[CellId]], Contrast | str]) -> Contrast | str:
        core = self._core_cells()
        return core if isinstance(core, str) else make(core)

    def _core_cells(self) -> list[CellId] | str:
        """Cells of the core targets on the games that can score all of them; or why there is no such cell."""
        if not self.design.core_values:
            return "no core target in this run"
        absent = set(self.design.core_values) - {cell.value for cell in self.scores}
        if absent:
            return f"no dialogue with the target {', '.join(sorted(absent))}"
        return self._common_cells(self.design.core_values)

    def _common_cells(self, targets: Collection[str]) -> list[CellId] | str:
        """Cells of these targets on the games that can score all of them; or why there is none."""
        own = self._own_cells()
        cells = [cell for target in targets for cell in own.get(target, [])]
        games = {
            game
            for game in {cell.game for cell in cells}
            if {cell.value for cell in cells if cell.game == game} == set(targets)
        }
        common = [cell for cell in cells if cell.game in games]
        return common or f"no game of this run can score all of {', '.join(targets)}"

    def _gain(self, cells: Collection[CellId]) -> Contrast | str:
        """A target's own mean minus that of the dialogues without a value, scored as it; framings matched."""
        (target,) = {cell.value for cell in cells}
        baseline: dict[tuple[str, str], list[CellId]] = {}
        for cell in self.scores:
            if self.design.targets[cell.value].pronouncedness == "none" and target in self.scores[cell]:
                baseline.setdefault((cell.game, cell.framing), []).append(cell)
        matched = [cell for cell in cells if (cell.game, cell.framing) in baseline]
        if not matched:
            return "no dialogue without a value on the same game and framing"
        own = _mean(matched)
        without: dict[tuple[CellId, str], float] = {}
        for (cell, _), weight in own.items():
            same = baseline[cell.game, cell.framing]
            for other in same:
                without[other, target] = without.get((other, target), 0.0) + weight / len(same)
        return combine((1, own), (-1, without))

    def _bias(self, core: Collection[CellId], of: str) -> Contrast | str:
        kinds: dict[str, list[str]] = {"neutral": [], "pronounced": [], "none": []}
        for value in self.design.core_values:
            kinds[self.design.targets[value].pronouncedness].append(value)
        parts: list[tuple[float, Contrast]] = []
        for kind, sign in (("neutral", 1), ("pronounced", -1)):
            if not kinds[kind]:
                return f"no {kind} target among the core targets"
            for value in kinds[kind]:
                cells = _of(core, value)
                contrast = _mean(cells) if of == "value_rationality" else self._gain(cells)
                if isinstance(contrast, str):
                    return contrast
                parts.append((sign / len(kinds[kind]), contrast))
        return combine(*parts)

    def _fresh_pairs(self, core: Collection[CellId]) -> Contrast | str:
        """Every published game against the mean of the games derived from it, with all else alike."""
        cells = set(core)
        pairs: dict[CellId, list[CellId]] = {}
        for cell in core:
            published = self.design.derived_from.get(cell.game)
            if published is not None and (known := replace(cell, game=published)) in cells:
                pairs.setdefault(known, []).append(cell)
        if {known.value for known in pairs} != set(self.design.core_values):
            return "no cells that differ only in the game, one published and one derived from it"
        weights = _weights(pairs)
        return combine(
            *((weights[known], {(known, known.value): 1.0}) for known in pairs),
            *(
                (-weights[known] / len(fresh), {(cell, cell.value): 1.0 for cell in fresh})
                for known, fresh in pairs.items()
            ),
        )

    def _goal_pairs(self, core: Collection[CellId], against: str) -> Contrast | str:
        arms: dict[CellId, dict[str, list[CellId]]] = {}
        for cell in core:
            wording = self.design.wording(cell)
            alike = f"{wording.induction}/{wording.family}/{wording.paraphrase}"
            pair = CellId(cell.value, cell.game, alike, cell.framing)
            arms.setdefault(pair, {}).setdefault(wording.goal, []).append(cell)
        pairs = {pair: arm for pair, arm in arms.items() if "self_generated" in arm and against in arm}
        if {pair.value for pair in pairs} != set(self.design.core_values):
            turn = "without a goal turn" if against == "none" else "with a filler turn"
            return f"no cells that differ only in a goal of the model's own, one of them {turn}"
        weights = _weights(pairs)
        return combine(
            *(
                (sign * weights[pair] / len(arm[goal]), {(cell, cell.value): 1.0 for cell in arm[goal]})
                for pair, arm in pairs.items()
                for goal, sign in (("self_generated", 1), (against, -1))
            )
        )


def _of(cells: Iterable[CellId], value: str) -> list[CellId]:
    return [cell for cell in cells if cell.value == value]


def _mean(cells: Collection[CellId]) -> dict[tuple[CellId, str], float]:
    """The mean over cells, each scored as its own target."""
    return {(cell, cell.value): weight for cell, weight in _weights(cells).items()}


def combine(*parts: tuple[float, Contrast]) -> dict[tuple[CellId, str], float]:
    """The sum of contrasts, each times its factor."""
    total: dict[tuple[CellId, str], float] = {}
    for factor, contrast in parts:
        for column, weight in contrast.items():
            total[column] = total.get(column, 0.0) + factor * weight
    return total


def _weights(cells: Collection[CellId]) -> dict[CellId, float]:
    """Equal weights for targets, for games within a target and for cells within a game; they sum to 1."""
    n_values = len({cell.value for cell in cells})
    games: dict[str, set[str]] = {}
    in_game: dict[tuple[str, str], int] = {}
    for cell in cells:
        games.setdefault(cell.value, set()).add(cell.game)
        in_game[cell.value, cell.game] = in_game.get((cell.value, cell.game), 0) + 1
    return {cell: 1 / (n_values * len(games[cell.value]) * in_game[cell.value, cell.game]) for cell in cells}
