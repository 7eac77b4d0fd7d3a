"""Numbers: the one list of what is said of a run.

The Inspect log, the frames, the terminal, the page with its CSV files and the table in docs/measures.md are walks
through this list. A new number is a line here, and a function beside its like in `pairing` or `contrast`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from hvae_bench.scorers.contrast import DiscriminantMatrix, ScoredRun
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
)

if TYPE_CHECKING:
    # Studies are made of this list; only its counts, which look at a finished one, name the type.
    from hvae_bench.scorers.study import RunAnalysis

__all__ = ["COUNTS", "NUMBERS", "Count", "Group", "Metric", "Number", "Sources", "contrasts", "end_names", "select"]

Group = Literal["headline", "target", "expected", "part", "contrast", "matrix"]
"""What a number belongs to: the run as a whole, one of its targets, the probabilities of the options, a part of the
dialogues, what a run was made to compare, the discriminant matrix."""

Metric = Literal["always", "if defined", "mean of few"]
"""When the Inspect log has a number as a metric: in every run that has it; where it is defined; its mean alone, as long
as there are few targets."""

Weights = Callable[[ScoredRun], Mapping[str, Contrast | str]]
"""The weights of a number by what stands in its brackets (``""`` without brackets), or why there are none."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What the numbers of a run are estimated from.

    Attributes:
        run: the scores of its choices.
        expected: the scores to expect by the probabilities of the options; None where none are known.
        minimum: the smallest mean of a core target.
        dose: the response to graded targets.
        matrix: the discriminant matrix.
    """

    run: ScoredRun
    expected: ScoredRun | None
    minimum: Estimate
    dose: DoseResponse
    matrix: DiscriminantMatrix


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a run that has an interval, or several that differ in what stands in brackets.

    Attributes:
        name: name in the Inspect log, with ``{}`` for what stands in brackets.
        label: the same in words.
        group: what it belongs to.
        definition: what it is, as docs/measures.md has it; VR is value rationality.
        of: what stands in brackets; "" if nothing does.
        unit: unit in words; "" for a number without one.
        metric: when the Inspect log has it.
        weights: what it weighs; None if it is no weighted sum of cell means of value rationality.
        estimates: how else it is estimated.
    """

    name: str
    label: str
    group: Group
    definition: str
    of: str = ""
    unit: str = ""
    metric: Metric = "if defined"
    weights: Weights | None = None
    estimates: Callable[[Sources], Mapping[str, Estimate]] = lambda _: {}

    def words(self, of: str = "") -> str:
        """Label and unit, with this in brackets."""
        return self.label.format(of) + (f" in {self.unit}" if self.unit else "")

    def estimate(self, sources: Sources) -> dict[str, Estimate]:
        """The estimates by full name."""
        found = self.estimates(sources) if self.weights is None else _estimates(sources.run, self.weights)
        return {self.name.format(of): one for of, one in found.items()}


@dataclass(frozen=True, slots=True)
class Count:
    """A number of a run that has no interval by its nature.

    Attributes:
        name: name in the Inspect log, with ``{}`` for what stands in brackets.
        definition: what it is.
        value: the numbers by what stands in brackets (``""`` without brackets); NaN where undefined, and empty where
            the run was not made for it.
        of: what stands in brackets; "" if nothing does.
        label: the same in words, if the page lists it among the contrasts.
        why_not: why it is undefined; "" if it is not.
    """

    name: str
    definition: str
    value: Callable[[RunAnalysis], Mapping[str, float]]
    of: str = ""
    label: str = ""
    why_not: Callable[[RunAnalysis], str] = lambda _: ""


def _estimates(run: ScoredRun, weights: Weights) -> dict[str, Estimate]:
    return {of: run.estimate(one) for of, one in weights(run).items()}


def _headline(run: ScoredRun) -> Mapping[str, Contrast | str]:
    return {"": run.core(lambda _, cells: mean_of(cells))}


def _targets(run: ScoredRun) -> Mapping[str, Contrast | str]:
    return {value: mean_of(cells) for value, cells in run.own_cells().items()}


def _part(axis: str) -> Number:
    def several(sources: Sources) -> Mapping[str, Estimate]:
        found = sources.run.parts(axis)
        # Of a single game (or framing, ...) the headline says the same.
        return found if len(found) > 1 else {}

    return Number(
        f"value_rationality({axis}={{}})",
        f"{axis.capitalize()} {{}} alone",
        "part",
        f"the headline from the dialogues of one {axis} alone, where a run has several",
        of=axis.upper(),
        metric="always",
        estimates=several,
    )


NUMBERS: tuple[Number, ...] = (
    Number(
        "value_rationality",
        "Value rationality",
        "headline",
        "the headline: the mean VR of the core targets",
        metric="always",
        weights=_headline,
    ),
    Number(
        "value_rationality({})",
        "Value rationality of {}",
        "target",
        "mean VR of one target, on all games that can score it",
        of="TARGET",
        metric="always",
        weights=_targets,
    ),
    Number(
        "value_rationality_min",
        "Worst core target",
        "headline",
        "the smallest mean VR of a core target. Its interval comes from Bonferroni intervals of all of them, so it "
        "holds although the smallest was picked",
        metric="always",
        estimates=lambda sources: {"": sources.minimum},
    ),
    Number(
        "expected_value_rationality",
        "Expected value rationality",
        "expected",
        "the headline by the probabilities of the options in place of the choices, over the dialogues that have them",
        metric="always",
        estimates=lambda sources: {} if sources.expected is None else _estimates(sources.expected, _headline),
    ),
    Number(
        "expected_value_rationality({})",
        "Expected value rationality of {}",
        "expected",
        "the same of one target",
        of="TARGET",
        metric="always",
        estimates=lambda sources: {} if sources.expected is None else _estimates(sources.expected, _targets),
    ),
    *map(_part, ("game", "template", "framing")),
    Number(
        "induction_gain({})",
        "Induction gain of {}",
        "target",
        "VR of one target minus VR of the dialogues without a value, scored as that target; cells are matched by game "
        "and framing",
        of="TARGET",
        weights=lambda run: run.gains(),
    ),
    Number(
        "neutrality_bias",
        "Neutrality bias",
        "headline",
        "mean VR of the neutral targets minus mean VR of the pronounced ones",
        metric="always",
        weights=lambda run: {"": run.bias("value_rationality")},
    ),
    Number(
        "neutrality_bias_gain",
        "Neutrality bias of the gain",
        "headline",
        "the same of the induction gains: a model that ignores its target and always takes the most for itself looks "
        "biased in VR alone. A dialogue without a value enters as several targets at once; its weighted sum is the "
        "unit that varies",
        weights=lambda run: {"": run.bias("induction_gain")},
    ),
    Number(
        "goal_effect",
        "Goal effect",
        "headline",
        "mean over cells of VR with a goal of the model's own minus VR without a goal turn; cells are paired that "
        "differ in the goal turn alone, and compared by their means, never epoch by epoch",
        weights=lambda run: {"": run.core(partial(goal_pairs, against="none"))},
    ),
    Number(
        "goal_effect_filler",
        "Goal effect over a filler",
        "headline",
        "the same against a filler question in the goal's place",
        weights=lambda run: {"": run.core(partial(goal_pairs, against="filler"))},
    ),
    Number(
        "contamination_gap",
        "Contamination gap",
        "contrast",
        "mean over cells of VR on a published game minus mean VR on the games derived from it (generated, scaled or "
        "shifted), which no model has seen; cells are paired that differ in the game alone",
        weights=lambda run: {"": run.core(fresh_pairs)},
    ),
    Number(
        "order_effect",
        "Order effect, published minus reversed options",
        "contrast",
        "mean over cells of VR with the options in published order minus VR with the same options reversed; cells are "
        "paired that differ in the option order alone. The sign is kept, so opposite effects cancel; "
        "`order_consistency` shows choices by position",
        weights=lambda run: {"": run.core(order_pairs)},
    ),
    Number(
        "value_rationality_by_paraphrase",
        "Over paraphrases",
        "contrast",
        "the headline again, with Student's t over the headlines of five or more single paraphrases: how far it would "
        "hold for another wording",
        estimates=lambda sources: {"": sources.run.by_paraphrase()},
    ),
    Number(
        "dose_slope",
        "Dose-response slope",
        "contrast",
        "least-squares slope of the cells' mean responses on their doses: 1 for an ideal follower of every target, 0 "
        "for a model that ignores its target",
        estimates=lambda sources: {"": sources.dose.slope},
    ),
    Number(
        "dose_range_deg",
        "Dose-response range",
        "contrast",
        "mean response to the largest dose minus mean response to the smallest; `hvae show LOG` gives the ideal "
        "follower's beside it",
        unit="degrees",
        estimates=lambda sources: {"": sources.dose.range_deg},
    ),
    Number(
        "dose_asymmetry",
        "Dose-response asymmetry",
        "contrast",
        "slope over utility angles from 0 to 90 (towards the other's gain) minus slope over those from -90 to 0 "
        "(towards their loss)",
        estimates=lambda sources: {"": sources.dose.asymmetry},
    ),
    Number(
        "framing_effect({})",
        "Framing effect of {}",
        "contrast",
        "mean over cells of VR in this framing minus mean VR of the same cells in the other framings; cells are paired "
        "that differ in the framing alone, within one language and one option order",
        of="FRAMING",
        weights=lambda run: run.each_core(framing_pairs),
    ),
    Number(
        "language_gap({})",
        "Language gap of {}",
        "contrast",
        "mean over cells of VR in the original minus VR in its translation into this language; cells are paired of "
        "which template and framing are both translations",
        of="LANGUAGE",
        weights=lambda run: run.each_core(language_pairs),
    ),
    Number(
        "discriminant({})",
        "Value rationality of {}",
        "matrix",
        "VR of A's dialogues scored as B, on the games that can score all induced targets; beside the ideal agents, "
        "who follow each motive of their target equally often and choose uniformly among ideal options",
        of="A as B",
        metric="mean of few",
        estimates=lambda sources: {
            f"{induced} as {scored_as}": one
            for induced, row in sources.matrix.estimates.items()
            for scored_as, one in row.items()
            if scored_as != induced
        },
    ),
)
"""Every number of a run that has an interval, in the order in which they are shown."""


def _rate(part: int, whole: int) -> dict[str, float]:
    return {"": part / whole if whole else math.nan}


def _where_crossed(analysis: RunAnalysis, number: float) -> dict[str, float]:
    return {} if math.isnan(analysis.order.cross_agreement) else {"": number}


COUNTS: tuple[Count, ...] = (
    Count(
        "value_rationality_min({})",
        "`value_rationality_min` under the name of that target",
        lambda one: (
            {} if one.minimum_target is None else {one.minimum_target: one.numbers["value_rationality_min"].mean}
        ),
        of="TARGET",
    ),
    Count(
        "order_consistency",
        "agreement of choices across option orders, see above",
        lambda one: _where_crossed(one, one.order.consistency),
        label="Order consistency",
        why_not=lambda one: one.order.reason or "",
    ),
    Count(
        "order_consistency_ceiling",
        "the same within one order",
        lambda one: _where_crossed(one, one.order.ceiling),
        label="Its ceiling, within one order",
        why_not=lambda one: one.order.reason or "",
    ),
    Count(
        "constant_position",
        "share of dialogues with every decision at one displayed position",
        lambda one: {"": one.positions.constant},
        label="Share of dialogues at one place throughout",
        why_not=lambda one: "" if one.positions.n_dialogues else "no dialogue with enough answers",
    ),
    Count(
        "constant_position_chance",
        "the same under uniform choice",
        lambda one: {"": one.positions.chance},
        label="The same by chance",
        why_not=lambda one: "" if one.positions.n_dialogues else "no dialogue with enough answers",
    ),
    Count(
        "discriminant_own_is_highest",
        "share of targets whose own value is the only largest one of their row of the discriminant matrix",
        lambda one: {"": one.discriminant.own_is_highest},
        label="Share of targets that score highest as themselves",
        why_not=lambda one: one.discriminant.reason or "",
    ),
    Count(
        "finding({})",
        "1 if the finding is supported, 0 if not, undefined if undecided",
        lambda one: {
            found.name: {"supported": 1.0, "not_supported": 0.0, "undecided": math.nan}[found.verdict]
            for found in one.findings
        },
        of="FINDING",
    ),
    Count("goals", "dialogues that stated a goal", lambda one: {"": float(one.goals.n_goals)}),
    Count("goal_words", "mean number of words of a goal", lambda one: {"": one.goals.mean_words}),
    Count(
        "goal_repeated",
        "share of goals that stand word for word in another dialogue of their cell",
        lambda one: {"": one.goals.repeated},
    ),
    Count(
        "goal_names_other({})",
        "share of the goals of one target that name the other person",
        lambda one: one.goals.names_other,
        of="TARGET",
    ),
    Count(
        "answered_rate",
        "share of the items asked that were answered",
        lambda one: _rate(one.outcome.answered, one.outcome.asked),
    ),
    Count(
        "refused_rate",
        "share of the items asked that were refused",
        lambda one: _rate(one.outcome.refused, one.outcome.asked),
    ),
    Count(
        "invalid_rate",
        "share of the items asked whose reply named no option",
        lambda one: _rate(one.outcome.invalid, one.outcome.asked),
    ),
    Count(
        "comparable",
        "1 if enough was answered to compare the headline with others, else 0",
        lambda one: {"": float(one.comparable)},
    ),
    Count("dialogues", "dialogues, incomplete ones included", lambda one: {"": float(one.n_dialogues)}),
    Count(
        "incomplete_dialogues",
        "dialogues with an item that was not reached",
        lambda one: {"": float(one.n_incomplete)},
    ),
    Count(
        "answered_rate({})",
        "the answered rate of one target",
        lambda one: {value: _rate(own.answered, own.asked)[""] for value, own in one.outcomes.items()},
        of="TARGET",
    ),
)
"""Every number of a run that has no interval by its nature."""


def contrasts(run: ScoredRun) -> dict[str, Contrast | str]:
    """The weights behind the numbers of a run by their names in the Inspect log; or why there are none.

    Numbers that are no weighted sums of cell means of value rationality are left out.
    """
    weighted = [(number, number.weights) for number in NUMBERS if number.weights is not None]
    return {number.name.format(of): one for number, weights in weighted for of, one in weights(run).items()}


def select(numbers: Mapping[str, Estimate], name: str) -> dict[str, Estimate]:
    """The estimates of one line of the list by what stands in brackets; ``""`` for a number without brackets.

    Args:
        numbers: estimates by their full names.
        name: name of the line, such as ``induction_gain({})`` or ``value_rationality(game={})``.
    """
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
    """Names of the ends of the interval of a number in the Inspect log."""
    stem, bracket, rest = name.partition("(")
    return f"{stem}_lower{bracket}{rest}", f"{stem}_upper{bracket}{rest}"
