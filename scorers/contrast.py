"""Contrasts: what the cells of a run say about it, each with its interval.

A mean gives every cell of a game, every game of a target and every target the same weight at its level, so
that no cell counts more for having more dialogues. Every number here is a weighted sum of cell means of value
rationality, the dialogues of a cell being scored as their own target or as another one.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Literal, Self

import numpy as np

from hvae_bench.scorers.calibration import ideal_value_rationality
from hvae_bench.scorers.design import CellId, Design
from hvae_bench.scorers.estimate import (
    CONFIDENCE,
    Estimate,
    Moments,
    Term,
    estimate_sum,
    undefined,
    without_interval,
)
from hvae_bench.scorers.pairing import Contrast, combine, mean_of, of_value, on_common_games
from hvae_bench.scorers.payoff_table import Floats

MIN_PARAPHRASES = 5
"""With fewer paraphrases an interval over paraphrases says nothing."""

NO_SIDES = "no core target is declared neutral or pronounced"
"""Why there is no neutrality bias in a value system that has no such sides."""

Scores = Mapping[CellId, Mapping[str, Floats]]
"""Value rationality of the complete dialogues of each cell, scored as each target that the game can score; NaN
where a dialogue has none. The arrays of a cell have one length and one order of dialogues."""


@dataclass(frozen=True, slots=True)
class DiscriminantMatrix:
    """Value rationality by induced target (rows) and by the target that the choices are scored as (columns).

    Attributes:
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
    """The scores of a run by cell, and how to estimate from them.

    Attributes:
        least: by game and target the least value rationality that can be scored; empty for scores without bounds.
    """

    design: Design
    scores: Scores
    least: Mapping[tuple[str, str], float] = field(default_factory=dict)
    _known: dict[tuple[CellId, str], Term] = field(default_factory=dict, init=False, repr=False, compare=False)
    _ideal: dict[tuple[str, str, str], float] = field(default_factory=dict, init=False, repr=False, compare=False)

    def estimate(self, contrast: Contrast | str, confidence: float = CONFIDENCE) -> Estimate:
        """Estimate a contrast; a text in its place says why there is none."""
        if isinstance(contrast, str):
            return undefined(contrast)
        return estimate_sum(self.terms(contrast), confidence)

    def terms(self, contrast: Contrast) -> list[Term]:
        """Every cell of a contrast as a term of a sum."""
        return [self._term(cell, parts) for cell, parts in _by_cell(contrast).items()]

    def _term(self, cell: CellId, parts: Sequence[tuple[str, float]]) -> Term:
        """The term of a cell; that of a single target is needed again and again."""
        if len(parts) > 1:
            return self._new_term(cell, parts)
        ((target, weight),) = parts
        if (cell, target) not in self._known:
            self._known[cell, target] = self._new_term(cell, [(target, 1.0)])
        return replace(self._known[cell, target], weight=weight)

    def _new_term(self, cell: CellId, parts: Sequence[tuple[str, float]]) -> Term:
        """The weighted sums of a cell's dialogues; one counts only if all its parts could be scored."""
        sums = np.sum([weight * self.scores[cell][target] for target, weight in parts], axis=0)
        values = np.asarray(sums[np.isfinite(sums)], dtype=np.float64)
        ends = [
            sorted((weight * self.least.get((cell.game, target), -math.inf), weight * self._most))
            for target, weight in parts
        ]
        # Of fewer answers a dialogue can score less than of all.
        least = min(sum(low for low, _ in ends), *values.tolist(), math.inf)
        most = max(sum(high for _, high in ends), *values.tolist(), -math.inf)
        pool = (cell.game, cell.value, tuple(parts)) if self.least else None
        return Term(cell, 1.0, Moments.of(values), pool, least, most)

    @property
    def _most(self) -> float:
        return 1.0 if self.least else math.inf

    def _only(self, cells: Collection[CellId]) -> Self:
        """The same run, of these cells alone."""
        return replace(self, scores={cell: self.scores[cell] for cell in cells})

    def headline(self) -> Estimate:
        """The mean over the core targets, on the games that can score all of them."""
        return self.estimate(self.core(lambda _, cells: mean_of(cells)))

    def parts(self, axis: str) -> dict[str, Estimate]:
        """The headline from the dialogues of each game alone (or template, wording, ...: any part of a cell)."""
        core = [cell for cell in self._with_values() if cell.value in self.design.core_values]
        return {
            id_: self._only([cell for cell in self.scores if getattr(cell, axis) == id_]).headline()
            for id_ in dict.fromkeys(getattr(cell, axis) for cell in core)
        }

    def by_paraphrase(self) -> Estimate:
        """The headline with Student's t over those of the paraphrases: how far it would hold for another wording."""
        core = self._core_cells()
        if isinstance(core, str):
            return undefined(core)
        paraphrases = {cell: self.design.voice(cell).paraphrase for cell in self.scores}
        numbers = sorted({paraphrases[cell] for cell in core})
        if len(numbers) < MIN_PARAPHRASES:
            return undefined(f"{len(numbers)} paraphrases, and an interval over them needs {MIN_PARAPHRASES}")
        means = []
        for number in numbers:
            one = self._only([cell for cell in self.scores if paraphrases[cell] == number]).headline()
            if one.no_mean:
                return undefined(f"paraphrase {number}: {one.no_mean}")
            means.append(one.mean)
        least = sum(term.weight * term.least for term in self.terms(mean_of(core)))
        return estimate_sum([Term("paraphrases", 1.0, Moments.of(np.array(means)), None, least, self._most)])

    def minimum(self) -> tuple[str | None, Estimate]:
        """The core target with the smallest mean (None if any has no mean), and an interval of that minimum.

        The interval is simultaneous: each of the k targets gets one at level 1 - 0.05 / k (Bonferroni), so all
        hold together with 95 % confidence, and the minimum lies between their smallest lower and smallest
        upper end.
        """
        core = self._core_cells()
        if isinstance(core, str):
            return None, undefined(core)
        level = 1 - (1 - CONFIDENCE) / len(self.design.core_values)
        estimates = {value: self.estimate(mean_of(of_value(core, value)), level) for value in self.design.core_values}
        for estimate in estimates.values():
            if estimate.no_mean:
                return None, undefined(estimate.no_mean)
        target = min(estimates, key=lambda value: estimates[value].mean)
        lowest = estimates[target]
        for estimate in estimates.values():
            if estimate.no_interval:
                return target, without_interval(lowest.mean, lowest.n_dialogues, estimate.no_interval)
        lower, upper = (min(ends) for ends in zip(*((one.lower, one.upper) for one in estimates.values()), strict=True))
        return target, replace(lowest, lower=lower, upper=upper)

    def gains(self) -> dict[str, Contrast | str]:
        """For each target how much more it is served when induced than by the model left to itself: the weights."""
        return {value: self._gain(cells) for value, cells in self.own_cells().items()}

    def bias(self, of: Literal["value_rationality", "induction_gain"]) -> Contrast | str:
        """Mean of the neutral core targets minus mean of the pronounced ones: the weights, or why there are none."""
        core = self._core_cells()
        if isinstance(core, str):
            return core
        if self.design.has_no_sides:
            return NO_SIDES
        parts: list[tuple[float, Contrast]] = []
        for kind, sign in (("neutral", 1), ("pronounced", -1)):
            values = [one for one in self.design.core_values if self.design.targets[one].pronouncedness == kind]
            if not values:
                return f"no {kind} target among the core targets"
            for value in values:
                cells = of_value(core, value)
                contrast = mean_of(cells) if of == "value_rationality" else self._gain(cells)
                if isinstance(contrast, str):
                    return contrast
                parts.append((sign / len(values), contrast))
        return combine(*parts)

    def minus(
        self, other: Self, contrast: Contrast | str, of_other: Contrast | str, confidence: float = CONFIDENCE
    ) -> Estimate:
        """A contrast of this run minus one of another, independent run; a text for weights says why there are none."""
        if isinstance(contrast, str):
            return undefined(contrast)
        if isinstance(of_other, str):
            return undefined(of_other)
        others = [
            replace(
                term,
                cell=f"{term.cell} of the other run",
                weight=-term.weight,
                pool=term.pool and ("other run", term.pool),
            )
            for term in other.terms(of_other)
        ]
        return estimate_sum([*self.terms(contrast), *others], confidence)

    def differences(self, confidence: float = CONFIDENCE) -> dict[tuple[str, str], Estimate] | str:
        """Difference of every two core targets; or why there is none."""
        core = self._core_cells()
        if isinstance(core, str):
            return core
        return {
            (one, other): self.estimate(
                combine((1, mean_of(of_value(core, one))), (-1, mean_of(of_value(core, other)))), confidence
            )
            for one, other in combinations(self.design.core_values, 2)
        }

    def discriminant_matrix(self) -> DiscriminantMatrix:
        """Value rationality of each induced target's dialogues, scored as every one of these targets.

        All on the games that can score all of them (the core targets alone, if there is no such game), so that a
        row can be compared across its columns. Where answers are missing, a dialogue may count in some columns only.
        """
        targets = tuple(self.own_cells())
        if not targets:
            return DiscriminantMatrix((), {}, {}, float("nan"), "no induced target in this run")
        cells = self._common_cells(targets)
        if isinstance(cells, str):
            # A target that shares no game with the others must not take the matrix of the core targets away.
            targets = tuple(target for target in targets if target in self.design.core_values)
            cells = self._common_cells(targets)
        if isinstance(cells, str):
            return DiscriminantMatrix(targets, {}, {}, float("nan"), cells)
        games = list(dict.fromkeys(cell.game for cell in cells))
        estimates: dict[str, dict[str, Estimate]] = {}
        ideal: dict[str, dict[str, float]] = {}
        for one in targets:
            own = mean_of(of_value(cells, one)).items()
            estimates[one] = {
                other: self.estimate({(cell, other): weight for (cell, _), weight in own}) for other in targets
            }
            ideal[one] = {other: float(np.mean([self.ideal(game, one, other) for game in games])) for other in targets}
        defined = [row for row in targets if not any(column.no_mean for column in estimates[row].values())]
        highest = [
            all(estimates[row][row].mean > estimates[row][other].mean + 1e-12 for other in targets if other != row)
            for row in defined
        ]
        return DiscriminantMatrix(targets, estimates, ideal, float(np.mean(highest)) if highest else float("nan"))

    def ideal(self, game: str, followed: str, scored_as: str) -> float:
        """What the ideal agents of one target score as another one, on a game that can score both."""
        key = (game, followed, scored_as)
        if key not in self._ideal:
            motives = (self.design.targets[target].motives for target in (followed, scored_as))
            self._ideal[key] = ideal_value_rationality(self.design.games[game], *motives)
        return self._ideal[key]

    def own_cells(self) -> dict[str, list[CellId]]:
        """For each induced target its cells on games that can score it."""
        return self._scorable(self._with_values())

    def rule_cells(self) -> dict[str, list[CellId]]:
        """For each target the cells that give its rule alone, on games that can score it."""
        return self._scorable([cell for cell in self.scores if self.design.structure(cell).is_rule_alone])

    def _scorable(self, cells: Iterable[CellId]) -> dict[str, list[CellId]]:
        own: dict[str, list[CellId]] = {}
        for cell in cells:
            if cell.value in self.scores[cell]:
                own.setdefault(cell.value, []).append(cell)
        return own

    def core(self, make: Callable[[Design, list[CellId]], Contrast | str]) -> Contrast | str:
        """What a function makes of the cells of the core targets on the games that can score all of them."""
        core = self._core_cells()
        return core if isinstance(core, str) else make(self.design, core)

    def each_core(
        self, make: Callable[[Design, list[CellId]], Mapping[str, Contrast | str]]
    ) -> Mapping[str, Contrast | str]:
        """The same of a function that makes several; none where there are no such cells."""
        core = self._core_cells()
        return {} if isinstance(core, str) else make(self.design, core)

    def _with_values(self) -> list[CellId]:
        """The cells but for those that give a rule alone."""
        return [cell for cell in self.scores if not self.design.structure(cell).is_rule_alone]

    def _core_cells(self) -> list[CellId] | str:
        """Cells of the core targets on the games that can score all of them; or why there is no such cell."""
        if not self.design.core_values:
            return "no core target in this run"
        absent = set(self.design.core_values) - {cell.value for cell in self._with_values()}
        if absent:
            return f"no dialogue with the target {', '.join(sorted(absent))}"
        return self._common_cells(self.design.core_values)

    def _common_cells(self, targets: Collection[str]) -> list[CellId] | str:
        """Cells of these targets on the games that can score all of them; or why there is none."""
        own = self.own_cells()
        common = on_common_games([cell for target in targets for cell in own.get(target, [])], targets)
        return common or f"no game of this run can score all of {', '.join(targets)}"

    def _gain(self, cells: Collection[CellId]) -> Contrast | str:
        """A target's own mean minus that of the dialogues without a value, scored as it; presentations matched."""
        (target,) = {cell.value for cell in cells}
        baseline: dict[CellId, list[CellId]] = {}

        def shown(cell: CellId) -> CellId:
            return replace(cell, value="", template="", wording=self.design.voice(cell).language)

        for cell in self.scores:
            if not self.design.targets[cell.value].motives and target in self.scores[cell]:
                baseline.setdefault(shown(cell), []).append(cell)
        matched = [cell for cell in cells if shown(cell) in baseline]
        if not matched:
            return "no dialogue without a value on the same game, in the same language, framing and orders"
        own = mean_of(matched)
        without: dict[tuple[CellId, str], float] = {}
        for (cell, _), weight in own.items():
            same = baseline[shown(cell)]
            for other in same:
                without[other, target] = without.get((other, target), 0.0) + weight / len(same)
        return combine((1, own), (-1, without))


def _by_cell(contrast: Contrast) -> dict[CellId, list[tuple[str, float]]]:
    """The columns of a contrast, cell by cell."""
    columns: dict[CellId, list[tuple[str, float]]] = {}
    for (cell, target), weight in contrast.items():
        columns.setdefault(cell, []).append((target, weight))
    return columns
