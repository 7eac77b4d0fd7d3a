"""Can and will: what a low or a high value rationality means.

Competence is value rationality under the rule alone: whether the options can be read. Responsiveness is what the value
given adds over the other values' dialogues scored alike: 0 for every agent that is deaf to it, whatever it does.
Transfer is what is left when the label is never said. The definitions are this project's. A model is told its value by
label or definition, so the arms here (a goal of its own, no goal) are those of one induction: by label where there is
one. Where both arms were run they hold the same presentations of the same games.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from hvae_bench.scorers.contrast import NO_SIDES, ScoredRun
from hvae_bench.scorers.design import CellId
from hvae_bench.scorers.estimate import Estimate, undefined
from hvae_bench.scorers.pairing import Contrast, combine, mean_of, of_value, on_common_games

GoalArm = Literal["self_generated", "none"]
"""With a goal of the model's own, or without a goal turn."""

HIGH = 0.5
"""A number is high if its interval lies wholly above this."""

NOT_MEASURED = "not measured"
"""How the reason of a number begins that a run was not made for."""

_APART = 0.05
"""Where the ideal agents of the other targets score nearly as high, responsiveness means nothing."""

_SAME = "the same choices are ideal for the core targets"

_NOT_SURE = f"competence may not be above {HIGH:g}: its interval reaches further down"

_NAMES: Mapping[GoalArm, str] = {"self_generated": "a goal of its own", "none": "no goal"}

Several = Mapping[str, Contrast | str]
"""Weights by target, with the core targets together under ``""``."""


def competence(run: ScoredRun) -> Several:
    """Value rationality where the rule alone was given."""
    return _means(run, run.rule_cells(), f"{NOT_MEASURED}: no dialogue gives the rule of {{}} alone")


def of_arm(run: ScoredRun, arm: GoalArm) -> Several:
    """Value rationality of one arm."""
    return _means(run, _arms(run)[arm], f"{NOT_MEASURED}: no dialogue of {{}} with {_NAMES[arm]}")


def arm_effect(run: ScoredRun) -> Contrast | str:
    """With a goal of the model's own minus without one."""
    own, without = of_arm(run, "self_generated")[""], of_arm(run, "none")[""]
    if isinstance(own, str):
        return own
    return without if isinstance(without, str) else combine((1, own), (-1, without))


def main_arm(run: ScoredRun) -> GoalArm:
    """The arm that verdicts go by: with a goal of the model's own where that was run."""
    return "none" if isinstance(of_arm(run, "self_generated")[""], str) else "self_generated"


def responsiveness(run: ScoredRun, arm: GoalArm) -> Several:
    """Own value minus the mean of the other core targets' dialogues scored alike; 1 for the ideal agents."""
    parts = _responses(run, [cell for cells in _arms(run)[arm].values() for cell in cells])
    if isinstance(parts, str):
        return {"": f"{parts}, with {_NAMES[arm]}"}
    scale = sum(most for _, most in parts.values())
    apart = {value: part for value, part in parts.items() if part[1] >= _APART}
    return {
        "": combine(*((1 / scale, own) for own, _ in parts.values())) if scale >= _APART * len(parts) else _SAME,
        **{value: combine((1 / most, own)) for value, (own, most) in apart.items()},
    }


def responsive_bias(run: ScoredRun) -> Contrast | str:
    """Responsiveness to the neutral core targets minus that to the pronounced ones, over all dialogues of values."""
    parts = _responses(run, [cell for cells in run.own_cells().values() for cell in cells])
    if isinstance(parts, str):
        return parts
    if run.design.has_no_sides:
        return NO_SIDES
    signed: list[tuple[float, Contrast]] = []
    for kind, sign in (("neutral", 1), ("pronounced", -1)):
        own = [part for value, part in parts.items() if run.design.targets[value].pronouncedness == kind]
        if not own:
            return f"no {kind} target among the core targets"
        if any(most < _APART for _, most in own):
            return _SAME
        signed += [(sign / (len(own) * most), weights) for weights, most in own]
    return combine(*signed)


def transfer(run: ScoredRun, arm: GoalArm) -> Several:
    """Value rationality by definition alone minus that by label, all else alike."""
    sides: dict[CellId, dict[bool, list[CellId]]] = {}
    for cells in run.own_cells().values():
        for cell in cells:
            told = run.design.structure(cell)
            if told.goal == arm and told.induction != "none":
                alike = replace(cell, template=f"{told.place}/{told.reasoning}")
                sides.setdefault(alike, {}).setdefault(told.induction == "definition", []).append(cell)
    both = {pair: of for pair, of in sides.items() if len(of) == 2}
    reason = f"{NOT_MEASURED}: no dialogues of {{}} by definition and by label that are else alike, with {_NAMES[arm]}"

    def minus(pairs: Sequence[CellId]) -> Contrast:
        weights = {pair: weight for (pair, _), weight in mean_of(pairs).items()}
        return combine(
            *(
                (sign * weight / len(both[pair][side]), {(cell, cell.value): 1.0})
                for pair, weight in weights.items()
                for side, sign in ((True, 1), (False, -1))
                for cell in both[pair][side]
            )
        )

    return _several(run, {value: of_value(both, value) for value in run.own_cells()}, reason, minus)


def follow_through(run: ScoredRun, arm: GoalArm) -> dict[str, Estimate]:
    """Value rationality of an arm over competence, on the games of both, where competence is high."""
    found: dict[str, Estimate] = {}
    able = competence(run)
    arms, rules = _arms(run)[arm], run.rule_cells()
    for value in ("", *run.own_cells()):
        ability = run.estimate(able.get(value, able[""]))
        if ability.no_mean is not None:
            found[value] = undefined(ability.no_mean)
        elif not ability.ends[0] > HIGH:
            why = _NOT_SURE if ability.mean > HIGH else "cannot read the options: nothing is said about its values"
            found[value] = undefined(why)
        else:
            found[value] = _ratio(run, *_on_shared_games(run, arms, rules, value), _NAMES[arm])
    return found


def _ratio(run: ScoredRun, upper: Sequence[CellId], lower: Sequence[CellId], arm: str) -> Estimate:
    """One mean over another, with the interval of Fieller (1954, J. R. Stat. Soc. B 16:175).

    It holds every ratio at which the interval of upper mean - ratio * lower mean holds 0.
    """
    from scipy.optimize import brentq

    if not upper:
        return undefined(f"{NOT_MEASURED}: no game with the rule alone and with {arm}")
    above, below = mean_of(upper), mean_of(lower)
    rate = run.estimate(above).mean / run.estimate(below).mean

    def end(ratio: float, name: str) -> float:
        return float(getattr(run.estimate(combine((1, above), (-ratio, below))), name))

    at = run.estimate(combine((1, above), (-rate, below)))
    if at.no_interval is not None:
        return replace(at, mean=rate)
    ends = []
    for name, step in (("upper", 1.0), ("lower", -1.0)):
        # Both ends fall as the ratio grows; the end that is above 0 here falls to it further on.
        far = rate + step
        while end(far, name) * step > 0 and abs(far) < _FAR:
            far += step
        ends.append(brentq(end, *sorted((rate, far)), args=(name,)) if end(far, name) * step <= 0 else far)
    whole = run.estimate(above)
    # The standard error is that of the delta method.
    error = at.standard_error / run.estimate(below).mean
    return replace(at, mean=rate, lower=min(ends), upper=max(ends), standard_error=error, p=whole.p)


_FAR = 50.0
"""No ratio lies so far out where competence is high."""


def _means(run: ScoredRun, cells: Mapping[str, Sequence[CellId]], reason: str) -> Several:
    return _several(run, cells, reason, mean_of)


def _several(
    run: ScoredRun,
    cells: Mapping[str, Sequence[CellId]],
    reason: str,
    make: Callable[[Sequence[CellId]], Contrast],
) -> Several:
    """What a function makes of the cells of each target; and of the core ones on the games that all of them have."""
    values = run.design.core_values
    core = _on_common_games(cells, values)
    absent = [value for value in values if not cells.get(value)] or values
    return {
        "": make(core) if core else reason.format(", ".join(absent) or "a core target"),
        **{value: make(own) for value, own in cells.items() if own},
    }


def _on_common_games(cells: Mapping[str, Sequence[CellId]], values: Sequence[str]) -> list[CellId]:
    return on_common_games([cell for value in values for cell in cells.get(value, ())], values)


def _on_shared_games(
    run: ScoredRun, arm: Mapping[str, Sequence[CellId]], rules: Mapping[str, Sequence[CellId]], value: str
) -> tuple[list[CellId], list[CellId]]:
    """The cells of an arm and those of the rule alone, of one target or all core ones, on the games of both."""
    values = (value,) if value else run.design.core_values
    upper, lower = (_on_common_games(of, values) for of in (arm, rules))
    games = {cell.game for cell in upper} & {cell.game for cell in lower}
    return [cell for cell in upper if cell.game in games], [cell for cell in lower if cell.game in games]


def _arms(run: ScoredRun) -> dict[GoalArm, dict[str, list[CellId]]]:
    """By arm and target the cells of one induction; of a target that has both arms those that the two share."""
    cells = [cell for own in run.own_cells().values() for cell in own]
    by_label = [cell for cell in cells if run.design.structure(cell).induction not in ("definition", "none")]
    pairs: dict[GoalArm, dict[CellId, list[CellId]]] = {arm: {} for arm in _NAMES}
    for cell in by_label or cells:
        told = run.design.structure(cell)
        if told.goal in pairs:
            pair = replace(cell, template=f"{told.induction}/{told.family}")
            pairs[told.goal].setdefault(pair, []).append(cell)
    shared = pairs["self_generated"].keys() & pairs["none"].keys()
    with_both = {pair.value for pair in shared}
    arms: dict[GoalArm, dict[str, list[CellId]]] = {arm: {} for arm in _NAMES}
    for arm, of in pairs.items():
        for pair, own in of.items():
            if pair in shared or pair.value not in with_both:
                arms[arm].setdefault(pair.value, []).extend(own)
    return arms


def _responses(run: ScoredRun, cells: Iterable[CellId]) -> dict[str, tuple[Contrast, float]] | str:
    """By core target the weights of own value minus other values, and what that is for the ideal agents."""
    values = run.design.core_values
    if len(values) < 2:
        return f"{NOT_MEASURED}: there are not two core targets to tell apart"
    groups: dict[CellId, dict[str, CellId]] = {}
    for cell in cells:
        if cell.value in values and run.scores[cell].keys() >= set(values):
            groups.setdefault(replace(cell, value=""), {})[cell.value] = cell
    weights = {
        pair: weight for (pair, _), weight in mean_of([p for p in groups if len(groups[p]) == len(values)]).items()
    }
    if not weights:
        return f"{NOT_MEASURED}: no dialogues of all core targets that differ in nothing but the value"
    others = {value: [other for other in values if other != value] for value in values}
    own = {
        value: combine(
            *((weight, {(groups[pair][value], value): 1.0}) for pair, weight in weights.items()),
            *(
                (-weight / len(others[value]), {(groups[pair][other], value): 1.0})
                for pair, weight in weights.items()
                for other in others[value]
            ),
        )
        for value in values
    }
    games = sorted({pair.game for pair in weights})
    ideal = {
        value: np.mean([run.ideal(game, other, value) for game in games for other in others[value]]) for value in values
    }
    return {value: (own[value], 1 - float(ideal[value])) for value in values}
