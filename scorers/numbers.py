"""Numbers: the one list of what is said of a run.

The frames, the terminal, the page with its CSV files, Inspect's own table and the one in docs/measures.md are walks
through this list. A new number is a line here, and a function beside its like in `pairing` or `contrast`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from hvae_bench.scorers import can_and_will
from hvae_bench.scorers.can_and_will import GoalArm, Several, main_arm
from hvae_bench.scorers.contrast import DiscriminantMatrix, ScoredRun
from hvae_bench.scorers.decision import Outcome
from hvae_bench.scorers.design import CellId, Design
from hvae_bench.scorers.dose import DoseResponse
from hvae_bench.scorers.estimate import Estimate
from hvae_bench.scorers.pairing import (
    Contrast,
    framing_pairs,
    fresh_pairs,
    goal_pairs,
    language_pairs,
    mean_of,
    order_pairs,
    paraphrase_pairs,
)

if TYPE_CHECKING:
    # Findings and studies are made of this list; its counts, which look at finished ones, name their types alone.
    from hvae_bench.scorers.finding import Verdict
    from hvae_bench.scorers.study import RunAnalysis


Group = Literal["headline", "pursuit", "target", "expected", "part", "contrast", "matrix"]
"""What a number belongs to: the run as a whole, what its headline means, one of its targets, the probabilities of the
options, a part of the dialogues, what a run was made to compare, the discriminant matrix."""

Weights = Callable[[ScoredRun], Mapping[str, Contrast | str]]
"""The weights of a number by what stands in its brackets (``""`` without brackets), or why there are none."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What the numbers of a run are estimated from; the expected scores are None where no probabilities are known."""

    run: ScoredRun
    expected: ScoredRun | None
    minimum: Estimate
    dose: DoseResponse
    matrix: DiscriminantMatrix
    answered: Estimate


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a run that has an interval, or several that differ in what stands in brackets.

    Attributes:
        name: its name, with ``{}`` for what stands in brackets.
        label: the same in words.
        of: what stands in brackets; "" if nothing does.
        metric: whether it is a metric of the Inspect log.
        weights: what it weighs; None if it is no weighted sum of cell means of value rationality.
        estimates: how it is estimated then, by what stands in brackets.
        share: whether it is printed as a percentage.
    """

    name: str
    label: str
    group: Group
    of: str = ""
    unit: str = ""
    metric: bool = False
    weights: Weights | None = None
    estimates: Callable[[Sources], Mapping[str, Estimate] | Estimate] = lambda _: {}
    share: bool = False

    def words(self, of: str = "") -> str:
        """Label and unit, with this in brackets."""
        return self.label.format(of) + (f" in {self.unit}" if self.unit else "")

    def estimate(self, sources: Sources) -> dict[str, Estimate]:
        """The estimates by full name."""
        found = self.estimates(sources) if self.weights is None else _estimates(sources.run, self.weights)
        found = {"": found} if isinstance(found, Estimate) else found
        return {self.name.format(of): one for of, one in found.items()}


def _estimates(run: ScoredRun | None, weights: Weights) -> dict[str, Estimate]:
    return {} if run is None else {of: run.estimate(one) for of, one in weights(run).items()}


def _targets(run: ScoredRun) -> Mapping[str, Contrast | str]:
    return {value: mean_of(cells) for value, cells in run.own_cells().items()}


def _core(make: Callable[[Design, list[CellId]], Contrast | str]) -> Weights:
    return lambda run: {"": run.core(make)}


def _each(make: Callable[[Design, list[CellId]], Mapping[str, Contrast | str]]) -> Weights:
    return lambda run: run.each_core(make)


def _bias(of: Literal["value_rationality", "induction_gain"]) -> Weights:
    return lambda run: {"": run.bias(of)}


def _pursuit(
    name: str, label: str, make: Callable[[ScoredRun], Several], metric: bool = False
) -> tuple[Number, Number]:
    """A number over the core targets, and the same of each target."""

    def total(run: ScoredRun) -> Mapping[str, Contrast | str]:
        return {"": make(run)[""]}

    def each(run: ScoredRun) -> Mapping[str, Contrast | str]:
        return {value: weights for value, weights in make(run).items() if value}

    return (
        Number(name, label, "pursuit", metric=metric, weights=total),
        Number(f"{name}({{}})", f"{label} of {{}}", "pursuit", "TARGET", weights=each),
    )


def _by_arm(name: str, label: str, make: Callable[[ScoredRun, GoalArm], Several], metric: bool) -> tuple[Number, ...]:
    """A number of the arm that verdicts go by, and of the one without a goal."""
    return (
        *_pursuit(name, label, lambda run: make(run, main_arm(run)), metric),
        *_pursuit(f"{name}_no_goal", f"{label} without a goal", lambda run: make(run, "none")),
    )


def _without(_: ScoredRun) -> GoalArm:
    return "none"


def _follow_through(arm: Callable[[ScoredRun], GoalArm], of_targets: bool) -> Callable[[Sources], dict[str, Estimate]]:
    def found(sources: Sources) -> dict[str, Estimate]:
        several = can_and_will.follow_through(sources.run, arm(sources.run))
        return {of: one for of, one in several.items() if bool(of) == of_targets}

    return found


def _part(axis: str) -> Number:
    def several(sources: Sources) -> Mapping[str, Estimate]:
        found = sources.run.parts(axis)
        # Of a single game (or framing, ...) the headline says the same.
        return found if len(found) > 1 else {}

    name, label = f"value_rationality({axis}={{}})", f"{axis.replace('_', ' ').capitalize()} {{}} alone"
    return Number(name, label, "part", of=axis.upper(), estimates=several)


def _matrix(sources: Sources) -> dict[str, Estimate]:
    rows = sources.matrix.estimates.items()
    return {f"{own} as {other}": one for own, row in rows for other, one in row.items() if other != own}


_HEADLINE = _core(lambda _, cells: mean_of(cells))
_GOAL, _FILLER = partial(goal_pairs, against="none"), partial(goal_pairs, against="filler")

NUMBERS: tuple[Number, ...] = (
    Number("value_rationality", "Value rationality", "headline", metric=True, weights=_HEADLINE),
    Number("value_rationality({})", "Value rationality of {}", "target", "TARGET", metric=True, weights=_targets),
    Number("value_rationality_min", "Worst core target", "headline", metric=True, estimates=lambda of: of.minimum),
    *_pursuit("competence", "Competence", can_and_will.competence, metric=True),
    *_pursuit(
        "value_rationality_own_goal",
        "Value rationality with its own goal",
        lambda run: can_and_will.of_arm(run, "self_generated"),
    ),
    *_pursuit(
        "value_rationality_no_goal",
        "Value rationality without a goal",
        lambda run: can_and_will.of_arm(run, "none"),
    ),
    Number("own_goal_effect", "Own goal minus none", "pursuit", weights=lambda run: {"": can_and_will.arm_effect(run)}),
    *_by_arm("responsiveness", "Responsiveness", can_and_will.responsiveness, metric=True),
    Number(
        "neutrality_bias_responsiveness",
        "Neutrality bias of responsiveness",
        "pursuit",
        weights=lambda run: {"": can_and_will.responsive_bias(run)},
    ),
    *(
        Number(
            f"follow_through{end}{of}",
            f"Follow-through{said}{' of {}' if of else ''}",
            "pursuit",
            of="TARGET" if of else "",
            estimates=_follow_through(arm, bool(of)),
        )
        for end, said, arm in (("", "", main_arm), ("_no_goal", " without a goal", _without))
        for of in ("", "({})")
    ),
    *_by_arm("transfer", "Transfer", can_and_will.transfer, metric=True),
    Number(
        "expected_value_rationality",
        "Expected value rationality",
        "expected",
        estimates=lambda of: _estimates(of.expected, _HEADLINE),
    ),
    Number(
        "expected_value_rationality({})",
        "Expected value rationality of {}",
        "expected",
        "TARGET",
        estimates=lambda of: _estimates(of.expected, _targets),
    ),
    *map(_part, ("game", "template", "wording", "framing", "option_order", "item_order")),
    Number(
        "answered_rate",
        "Share of items answered",
        "headline",
        metric=True,
        estimates=lambda of: of.answered,
        share=True,
    ),
    Number("induction_gain({})", "Induction gain of {}", "target", "TARGET", weights=lambda run: run.gains()),
    Number("neutrality_bias", "Neutrality bias", "headline", weights=_bias("value_rationality")),
    Number("neutrality_bias_gain", "Neutrality bias of the gain", "headline", weights=_bias("induction_gain")),
    Number("goal_effect", "Goal effect", "headline", metric=True, weights=_core(_GOAL)),
    Number("goal_effect_filler", "Goal effect over a filler", "headline", weights=_core(_FILLER)),
    Number("contamination_gap", "Contamination gap", "contrast", weights=_core(fresh_pairs)),
    Number("order_effect", "Order effect, published minus reversed options", "contrast", weights=_core(order_pairs)),
    Number(
        "value_rationality_by_paraphrase", "Over paraphrases", "contrast", estimates=lambda of: of.run.by_paraphrase()
    ),
    Number("dose_slope", "Dose-response slope", "contrast", estimates=lambda of: of.dose.slope),
    Number("dose_range_deg", "Dose-response range", "contrast", unit="degrees", estimates=lambda of: of.dose.range_deg),
    Number("dose_asymmetry", "Dose-response asymmetry", "contrast", estimates=lambda of: of.dose.asymmetry),
    Number("framing_effect({})", "Framing effect of {}", "contrast", "FRAMING", weights=_each(framing_pairs)),
    Number("language_gap({})", "Language gap of {}", "contrast", "LANGUAGE", weights=_each(language_pairs)),
    Number("paraphrase_effect({})", "Paraphrase effect of {}", "contrast", "WORDING", weights=_each(paraphrase_pairs)),
    Number("discriminant({})", "Value rationality of {}", "matrix", "A as B", estimates=_matrix),
)
"""Every number of a run that has an interval, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of a run that has no interval by its nature; name, label and `of` as of a `Number`.

    Attributes:
        value: the number (NaN where undefined, None where the run was not made for it), or several by their brackets.
        label: given if the page tells it.
    """

    name: str
    value: Callable[[RunAnalysis], float | Mapping[str, float] | None]
    of: str = ""
    label: str = ""

    def values(self, analysis: RunAnalysis) -> dict[str, float]:
        """The numbers by full name."""
        found = self.value(analysis)
        several = found if isinstance(found, Mapping) else {} if found is None else {"": float(found)}
        return {self.name.format(of): one for of, one in several.items()}


_VERDICTS: dict[Verdict, float] = {"supported": 1.0, "not_supported": 0.0, "undecided": math.nan}


def _minimum(of: RunAnalysis) -> dict[str, float]:
    least = of.numbers["value_rationality_min"]
    return {} if of.minimum_target is None else {of.minimum_target: least.mean}


def _rate(of: Outcome, part: int) -> float:
    return part / of.asked if of.asked else math.nan


def _if_crossed(of: RunAnalysis, number: float) -> float | None:
    return None if math.isnan(of.order.cross_agreement) else number


COUNTS: tuple[Count, ...] = (
    Count("value_rationality_min({})", _minimum, "TARGET"),
    Count("order_consistency", lambda of: _if_crossed(of, of.order.consistency), "", "Order consistency"),
    Count(
        "order_consistency_ceiling",
        lambda of: _if_crossed(of, of.order.ceiling),
        label="Its ceiling, within one order",
    ),
    Count(
        "constant_position",
        lambda of: of.positions.constant,
        label="Share of dialogues at one place throughout",
    ),
    Count("constant_position_chance", lambda of: of.positions.chance, "", "The same by chance"),
    Count(
        "discriminant_own_is_highest",
        lambda of: of.discriminant.own_is_highest,
        label="Share of targets that score highest as themselves",
    ),
    Count("finding({})", lambda of: {one.name: _VERDICTS[one.verdict] for one in of.findings}, "FINDING"),
    Count("goals", lambda of: of.goals.n_goals),
    Count("goal_words", lambda of: of.goals.mean_words),
    Count("goal_repeated", lambda of: of.goals.repeated),
    Count("goal_names_other({})", lambda of: of.goals.names_other, "TARGET"),
    Count("refused_rate", lambda of: _rate(of.outcome, of.outcome.refused)),
    Count("invalid_rate", lambda of: _rate(of.outcome, of.outcome.invalid)),
    Count("deaf_ceiling", lambda of: of.deaf_ceiling),
    Count("cells_that_vary", lambda of: of.variety[0]),
    Count("cells_repeated", lambda of: of.variety[1]),
    Count("comparable", lambda of: of.comparable),
    Count("dialogues", lambda of: of.n_dialogues),
    Count("incomplete_dialogues", lambda of: of.n_incomplete),
    Count(
        "answered_rate({})",
        lambda of: {value: _rate(own, own.answered) for value, own in of.outcomes.items()},
        "TARGET",
    ),
)
"""Every number of a run that has no interval by its nature."""


def contrasts(run: ScoredRun) -> dict[str, Contrast | str]:
    """The weights behind the numbers of a run by their names; or why there are none.

    Numbers that are no weighted sums of cell means of value rationality are left out.
    """
    weighted = [(number, number.weights) for number in NUMBERS if number.weights is not None]
    return {number.name.format(of): one for number, weights in weighted for of, one in weights(run).items()}


def of_systems(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What there is of each value system by name, all together: of several systems with its own first in brackets."""
    if len(found) == 1:
        return dict(*found.values())
    return {of_system(name, system): one for system, own in found.items() for name, one in own.items()}


def of_system(name: str, system: str) -> str:
    """The name of a number in a run of several value systems."""
    stem, bracket, rest = name.partition("(")
    return f"{stem}(system={system}{', ' if bracket else ')'}{rest}"


def select(numbers: Mapping[str, Estimate], name: str) -> dict[str, Estimate]:
    """From estimates by full name those of one line of the list, by what stands in its brackets (`""` without them)."""
    begins, bracket, ends = name.partition("{}")
    if not bracket:
        return {"": numbers[name]} if name in numbers else {}
    longer = tuple(
        other
        for other in (number.name.partition("{}")[0] for number in NUMBERS)
        if other.startswith(begins) and other != begins
    )
    return {
        full[len(begins) : -len(ends)]: one
        for full, one in numbers.items()
        if full.startswith(begins) and not full.startswith(longer)
    }


def end_names(name: str) -> tuple[str, str]:
    """Names of the ends of the interval of a number."""
    stem, bracket, rest = name.partition("(")
    return f"{stem}_lower{bracket}{rest}", f"{stem}_upper{bracket}{rest}"
