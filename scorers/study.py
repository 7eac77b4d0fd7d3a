"""Study: dialogues of any origin, and everything that is estimated from them.

The dialogues may come from an Inspect log, from rationality logs, from another harness or from human
subjects: all that counts is who chose which option of which item under which target.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress

import numpy as np

from hvae_bench.scorers.calibration import Calibrator, calibrate, expected_value_rationality, unscorable_reason
from hvae_bench.scorers.ceiling import deaf_ceiling
from hvae_bench.scorers.contrast import DiscriminantMatrix, ScoredRun, Scores
from hvae_bench.scorers.decision import COMPARABLE_ANSWERED_RATE, Outcome
from hvae_bench.scorers.design import CellId, Design
from hvae_bench.scorers.dose import DoseResponse, dose_response
from hvae_bench.scorers.estimate import Estimate, Moments, Term, estimate_sum
from hvae_bench.scorers.finding import Finding, findings
from hvae_bench.scorers.goal import goal_text, repeated_share
from hvae_bench.scorers.motive import Motive
from hvae_bench.scorers.numbers import NUMBERS, Sources, select
from hvae_bench.scorers.payoff_table import MISSING, Floats, Integers, PayoffTable
from hvae_bench.scorers.position import (
    Arm,
    OrderConsistency,
    constant_position,
    constant_position_chance,
    order_consistency,
)
from hvae_bench.scorers.svo import svo_angle
from hvae_bench.scorers.value_rationality import least_value_rationality, value_rationality
from hvae_bench.scorers.verdict import RunVerdict, verdict


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One dialogue, or one subject.

    Attributes:
        cell: which target, game, template, wording, framing and orders.
        chosen: for each item the id of the chosen option; None, or no entry, where there was no answer.
        positions: for each item the place of the chosen option in the list as shown, from 0; may be empty. Only
            items of the game may be named.
        outcome: counts of answered, refused, unreadable and lost items; if None, every item without an
            answer counts as asked and not readable.
        goal: the goal that was stated, None if there was none.
        other_words: words by which a goal names the other person.
        counts_words: whether the language writes words apart, so that those of a goal can be counted.
        probabilities: for each item the probability of each of its options, by id; an item of which it is not
            known is missing.
    """

    cell: CellId
    chosen: Mapping[str, str | None]
    positions: Mapping[str, int | None] = field(default_factory=dict)
    outcome: Outcome | None = None
    goal: str | None = None
    other_words: Sequence[str] = ()
    counts_words: bool = True
    probabilities: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Positions:
    """Share of dialogues with every decision at one place, NaN if none can tell; by chance; and how many could tell."""

    constant: float
    chance: float
    n_dialogues: int


@dataclass(frozen=True, slots=True)
class GoalTexts:
    """Counts over the goals that were stated, NaN without any; who names the other by target, repeats by cell."""

    n_goals: int
    mean_words: float
    names_other: Mapping[str, float]
    repeated: float


@dataclass(frozen=True, slots=True)
class RunAnalysis:
    """Everything estimated from the dialogues of a run.

    Attributes:
        numbers: every estimate by its name, such as `value_rationality`,
            `value_rationality(altruistic)` and `order_effect`; `hvae_bench.scorers.NUMBERS` says what each is.
        minimum_target: the core target that is served worst; None if undefined.
        verdict: what competence, responsiveness and transfer say together.
        deaf_ceiling: the largest headline that one fixed choice per item can reach; NaN without a headline.
        variety: cells in which dialogues differ in a choice, and cells with two dialogues or more.
        outcomes: outcome counts by target.
        n_dialogues: dialogues, incomplete ones included.
        n_incomplete: dialogues with an item that was not reached.
    """

    numbers: Mapping[str, Estimate]
    minimum_target: str | None
    verdict: RunVerdict
    deaf_ceiling: float
    variety: tuple[int, int]
    dose_response: DoseResponse
    discriminant: DiscriminantMatrix
    findings: tuple[Finding, ...]
    positions: Positions
    order: OrderConsistency
    goals: GoalTexts
    outcome: Outcome
    outcomes: Mapping[str, Outcome]
    n_dialogues: int
    n_incomplete: int

    def by(self, name: str) -> dict[str, Estimate]:
        """Estimates of one name by what stands in its brackets, such as `by("value_rationality({})")` by target."""
        return select(self.numbers, name)

    @property
    def comparable(self) -> bool:
        """Whether enough was answered to compare the headline with others."""
        rate = self.outcome.answered_rate
        return rate is not None and rate >= COMPARABLE_ANSWERED_RATE


def analyse(
    design: Design,
    dialogues: Iterable[Dialogue],
    *,
    calibrate: Calibrator = calibrate,
) -> RunAnalysis:
    """Estimate everything from the dialogues of a run, in any order.

    Args:
        design: targets, games and the declared facts of templates and wordings.
        dialogues: the dialogues.
        calibrate: what calibrates targets on sets of items; one that remembers saves time.

    Raises:
        KeyError: a target, game, item or option that the design does not have.
    """
    dialogues = list(dialogues)
    choices = _complete_choices(design, dialogues)
    run = scored_run(design, _scores(design, choices, calibrate), calibrate)
    outcomes = [_outcome(design, dialogue) for dialogue in dialogues]
    by_target: dict[str, Outcome] = {}
    for dialogue, counts in zip(dialogues, outcomes, strict=True):
        value = dialogue.cell.value
        by_target[value] = by_target[value] + counts if value in by_target else counts
    expected = None
    if any(dialogue.probabilities for dialogue in dialogues):
        scores = expected_scores(design, dialogues, calibrate=calibrate)
        expected = scored_run(design, scores, calibrate) if scores else None
    angles = {
        cell: svo_angle(own, design.games[cell.game], design.geometries[cell.game])
        for cell, own in choices.items()
        if cell.game in design.geometries and not design.structure(cell).is_rule_alone
    }
    dose = dose_response(design, angles)
    minimum_target, minimum = run.minimum()
    ruled = [design.structure(dialogue.cell).is_rule_alone for dialogue in dialogues]
    by_rule = sum(compress(outcomes, ruled), start=Outcome(0, 0, 0, 0))
    answered = _answered([dialogue.cell for dialogue in dialogues], outcomes)
    sources = Sources(run, expected, minimum, dose, run.discriminant_matrix(), answered)
    numbers = {name: one for number in NUMBERS for name, one in number.estimate(sources).items()}
    positions = _positions(design, dialogues)
    repeated = [own for own in choices.values() if len(own) > 1]
    return RunAnalysis(
        numbers=numbers,
        minimum_target=minimum_target,
        verdict=verdict(numbers, design.core_values, positions.constant > _ONE_PLACE, by_rule),
        deaf_ceiling=deaf_ceiling(run, calibrate=calibrate),
        variety=(sum(bool((own != own[0]).any()) for own in repeated), len(repeated)),
        dose_response=dose,
        discriminant=sources.matrix,
        findings=findings(run),
        positions=positions,
        order=_order(design, dialogues),
        goals=_goals(dialogues),
        outcome=sum(outcomes, start=Outcome(0, 0, 0, 0)),
        outcomes=by_target,
        n_dialogues=len(dialogues),
        n_incomplete=sum(counts.incomplete for counts in outcomes),
    )


def scored_run(design: Design, scores: Scores, calibrate: Calibrator = calibrate) -> ScoredRun:
    """The scores of a run, with the least that each target could score on each game."""
    pairs = {(cell.game, target) for cell, columns in scores.items() for target in columns}
    least = {
        (game, target): least_value_rationality(design.games[game], design.targets[target].motives, calibrate)
        for game, target in sorted(pairs)
    }
    return ScoredRun(design, scores, least)


def score_run(design: Design, dialogues: Iterable[Dialogue], *, calibrate: Calibrator = calibrate) -> Scores:
    """Value rationality of the complete dialogues of each cell, scored as every target of the run.

    An incomplete dialogue leaves its cell in place, and no score.
    """
    return _scores(design, _complete_choices(design, dialogues), calibrate)


def _complete_choices(design: Design, dialogues: Iterable[Dialogue]) -> dict[CellId, Integers]:
    """Choices of the complete dialogues of each cell, (n, n_items); a cell without any keeps its place."""
    by_cell: dict[CellId, list[Mapping[str, str | None]]] = {}
    for dialogue in dialogues:
        complete = by_cell.setdefault(dialogue.cell, [])
        if not _outcome(design, dialogue).incomplete:
            complete.append(dialogue.chosen)
    return {cell: design.games[cell.game].choice_matrix(complete) for cell, complete in by_cell.items()}


def _scores(design: Design, choices: Mapping[CellId, Integers], calibrate: Calibrator) -> Scores:
    """Value rationality of each dialogue of each cell, scored as every target of the run."""
    targets = {
        value: design.targets[value].motives
        for value in dict.fromkeys(cell.value for cell in choices)
        if design.targets[value].motives
    }
    scores: dict[CellId, dict[str, Floats]] = {}
    for cell, own in choices.items():
        table = design.games[cell.game]
        scores[cell] = {
            value: value_rationality(own, table, motives, calibrate=calibrate, bounds=False).value_rationality
            for value, motives in targets.items()
            if unscorable_reason(table, motives, calibrate=calibrate) is None
        }
    return scores


def expected_scores(design: Design, dialogues: Iterable[Dialogue], *, calibrate: Calibrator = calibrate) -> Scores:
    """By cell the scores as its own target to expect of the complete dialogues that have them; see `expected_score`."""
    found: dict[CellId, list[float]] = {}
    for dialogue in dialogues:
        if not dialogue.probabilities or _outcome(design, dialogue).incomplete:
            continue
        cell = dialogue.cell
        motives = design.targets[cell.value].motives
        score = expected_score(
            design.games[cell.game], motives, dialogue.chosen, dialogue.probabilities, calibrate=calibrate
        )
        if not isinstance(score, str):
            found.setdefault(cell, []).append(score)
    return {cell: {cell.value: np.array(scores)} for cell, scores in found.items()}


def expected_score(
    table: PayoffTable,
    motives: tuple[Motive, ...],
    chosen: Mapping[str, str | None],
    probabilities: Mapping[str, Mapping[str, float]],
    *,
    calibrate: Calibrator = calibrate,
) -> float | str:
    """Value rationality to expect of a dialogue if every answered item were drawn again from its own distribution.

    Each distribution is the one that the model had when it was asked, after whatever had been said by then; the items
    are drawn independently of each other. Options left out of one have no probability. A text in place of the
    expectation says why there is none.

    Raises:
        KeyError: an item or option that the game does not have.
    """
    answered = [place for place, choice in enumerate(table.choices(chosen)) if choice != MISSING]
    if not answered:
        return "no item was answered"
    unknown = [table.item_ids[place] for place in answered if table.item_ids[place] not in probabilities]
    if unknown:
        return f"no probabilities of the options of {', '.join(unknown)}"
    chances = [(0.0,) * len(options) for options in table.option_ids]
    for place in answered:
        item, ids = table.item_ids[place], table.option_ids[place]
        shares = probabilities[item]
        if not set(shares) <= set(ids):
            raise KeyError(f"item {item!r} has no option {min(set(shares) - set(ids))!r}; it has {', '.join(ids)}")
        whole = sum(shares.values())
        chances[place] = tuple(shares.get(id_, 0.0) / whole for id_ in ids)
    items = tuple(answered)
    if reason := unscorable_reason(table, motives, calibrate=calibrate):
        return reason
    if reason := calibrate(table, motives, items).unscorable:
        return f"{reason} among the answered items"
    return expected_value_rationality(table, motives, tuple(chances), items, calibrate).mean


def _outcome(design: Design, dialogue: Dialogue) -> Outcome:
    if dialogue.outcome is not None:
        return dialogue.outcome
    answered = sum(option is not None for option in dialogue.chosen.values())
    return Outcome(answered, 0, design.games[dialogue.cell.game].n_items - answered, 0)


_ONE_PLACE = 0.9
"""With more dialogues than this at one place of the list throughout, a model answers places, and reads nothing."""

_ALL_OR_NONE = 3
"""Dialogues that the interval of the answered rate adds to a cell: refusals come by whole dialogues, and rarely."""


def _answered(cells: Sequence[CellId], outcomes: Sequence[Outcome]) -> Estimate:
    """The share of the asked items that were answered."""
    by_cell: dict[CellId, list[Outcome]] = {}
    for cell, outcome in zip(cells, outcomes, strict=True):
        if outcome.asked:
            by_cell.setdefault(cell, []).append(outcome)
    total = sum(one.asked for own in by_cell.values() for one in own)
    terms = []
    for cell, own in by_cell.items():
        n, answered, asked = len(own), sum(one.answered for one in own), sum(one.asked for one in own)
        rate = answered / asked
        squares = sum(((one.answered - rate * one.asked) * n / asked) ** 2 for one in own)
        variance = (squares + _ALL_OR_NONE * rate * (1 - rate)) / (n - 1 + _ALL_OR_NONE)
        terms.append(Term(cell, asked / total, Moments(n, rate, variance), (cell.game, cell.value), 0.0, 1.0))
    return estimate_sum(terms)


def _positions(design: Design, dialogues: Sequence[Dialogue]) -> Positions:
    constant: list[bool] = []
    chances: list[float] = []
    for dialogue in dialogues:
        places = {item: place for item, place in dialogue.positions.items() if place is not None}
        same = constant_position(list(places.values()))
        if same is not None:
            table = design.games[dialogue.cell.game]
            constant.append(same)
            chances.append(constant_position_chance([table.n_options(item) for item in places]))
    if not constant:
        return Positions(math.nan, math.nan, 0)
    return Positions(float(np.mean(constant)), float(np.mean(chances)), len(constant))


def _order(design: Design, dialogues: Sequence[Dialogue]) -> OrderConsistency:
    """Cells that differ in the option order alone are crossed; a drawn order has no arm."""
    crossed: dict[CellId, dict[str, list[Mapping[str, str | None]]]] = {}
    for dialogue in dialogues:
        order = dialogue.cell.option_order
        if order in ("published", "reversed"):
            arms = crossed.setdefault(replace(dialogue.cell, option_order=""), {})
            arms.setdefault(order, []).append(dialogue.chosen)
    groups = []
    for cell, arms in crossed.items():
        table = design.games[cell.game]
        groups.append([Arm(table.choice_matrix(chosen), shown_at(table, order)) for order, chosen in arms.items()])
    return order_consistency(groups)


def shown_at(table: PayoffTable, option_order: str) -> Integers:
    """Position of each option in a fixed order: (n_items, n_options), `MISSING` beyond an item's options."""
    width = max(len(options) for options in table.option_ids)
    places = np.full((table.n_items, width), MISSING, dtype=np.int64)
    for item, options in enumerate(table.option_ids):
        order = np.arange(len(options))
        places[item, : len(options)] = order if option_order == "published" else order[::-1]
    return places


def _goals(dialogues: Sequence[Dialogue]) -> GoalTexts:
    texts: dict[CellId, list[str]] = {}
    words: list[int] = []
    naming: dict[str, list[bool]] = {}
    for dialogue in dialogues:
        if dialogue.goal is None:
            continue
        texts.setdefault(dialogue.cell, []).append(dialogue.goal)
        counted = goal_text(dialogue.goal, dialogue.other_words, counts_words=dialogue.counts_words)
        if counted.n_words is not None:
            words.append(counted.n_words)
        if counted.names_other is not None:
            naming.setdefault(dialogue.cell.value, []).append(counted.names_other)
    return GoalTexts(
        n_goals=sum(map(len, texts.values())),
        mean_words=float(np.mean(words)) if words else math.nan,
        names_other={value: float(np.mean(named)) for value, named in naming.items()},
        repeated=repeated_share(texts.values()),
    )
