"""Findings: the rules by constructed runs, and models whose truth is known, simulated on the shipped scenario `slider`.

A simulated model is a responder with known chances for every option, so that its true value rationality, and with it
the right verdict, is known exactly.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize, stats

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.dialogue.sample import build_cells
from hvae_bench.log.study import cell_id, design_of
from hvae_bench.scorers import (
    CellId,
    Design,
    Finding,
    LinearMotive,
    PayoffTable,
    ScoredRun,
    Structure,
    Target,
    expected_value_rationality,
    findings,
    ideal_value_rationality,
    value_rationality,
)
from hvae_bench.scorers.design import GoalKind
from hvae_bench.scorers.estimate import EXACT as KNOWN
from tests.named import cell_of, number

Floats = NDArray[np.float64]
Chances = tuple[tuple[float, ...], ...]

EXACT = f"{KNOWN} (no dialogue of a cell differed from another)"
BETTER, GOAL, ALIKE = "neutral_followed_better", "goal_helps", "all_followed_alike"
YES, NO, OPEN = "supported", "not_supported", "undecided"


def verdicts(run: ScoredRun) -> dict[str, str]:
    return {finding.name: finding.verdict for finding in findings(run)}


def reason(run: ScoredRun, name: str) -> str:
    (found,) = (finding.reason for finding in findings(run) if finding.name == name)
    return found


# --- The rules, on runs made up so that every interval is known

GAME = PayoffTable.from_options({"i": {"a": (9, 0), "b": (0, 9)}})
SELFISH = (LinearMotive(kind="linear", utility_angle_deg=0),)
GENEROUS = (LinearMotive(kind="linear", utility_angle_deg=90),)
DESIGN = Design(
    targets={
        "mild": Target(SELFISH, "neutral"),
        "sharp": Target(GENEROUS, "pronounced"),
        "none": Target((), "none"),
    },
    games={"g": GAME},
    core_values=("mild", "sharp"),
    templates={
        "own": Structure("self_generated", "told", "f"),
        "without": Structure("none", "told", "f"),
        "filler": Structure("filler", "told", "f"),
        "baseline": Structure("none", "none", "b"),
    },
)
N = 8
UNIT = np.array([-1.0, 1.0] * (N // 2))
"""Eight values of mean 0; their standard error is 1 / sqrt(7)."""


def cell(value: str, template: str) -> CellId:
    return cell_of(f"{value}.g.{template}.shown")


def around(mean: float, error: float) -> Floats:
    """Eight dialogues with this mean and this standard error of the mean."""
    return mean + error * math.sqrt(N - 1) * UNIT


def in_words(mean: float, error: float, df: float, confidence: float = 0.95) -> str:
    half = error * stats.t.ppf((1 + confidence) / 2, df)
    return f"{signed(mean)} [{signed(mean - half)}, {signed(mean + half)}]"


def signed(value: float) -> str:
    return "0.00" if abs(value) < 0.005 else f"{value:+.2f}"


@dataclass(frozen=True)
class Made:
    """A run of two targets: means under a template without goal turn, their error, and what nobody induced scores."""

    mild: float
    sharp: float
    error: float
    none_mild: float | None = None
    none_sharp: float = 0.0
    none_error: float = 0.0

    def run(self) -> ScoredRun:
        scores = {
            cell("mild", "without"): {
                "mild": around(self.mild, self.error),
                "sharp": np.zeros(N),
            },
            cell("sharp", "without"): {
                "mild": np.zeros(N),
                "sharp": around(self.sharp, self.error),
            },
        }
        if self.none_mild is not None:
            scores[cell("none", "baseline")] = {
                "mild": around(self.none_mild, self.none_error),
                "sharp": np.full(N, self.none_sharp),
            }
        return ScoredRun(DESIGN, scores)


# The bias of two cells of error e has the error e sqrt(2) and 14 degrees of freedom; half its interval is 3.03 e.
# With dialogues without a value of error b its gain has the error sqrt(2 e^2 + b^2).
@pytest.mark.parametrize(
    ("made", "verdict"),
    [
        # Both intervals above 0.
        (Made(0.8, 0.4, 0.02, 0.1, 0.1, 0.02), YES),
        (Made(0.45, 0.40, 0.005, 0.0, 0.0, 0.005), YES),  # smaller than the margin, but not 0
        # One of the two cannot be as large as the margin, and may be 0: enough, whatever the other says.
        (Made(0.8, 0.4, 0.01, 0.4, 0.0, 0.01), NO),  # the model leans that way of its own accord
        (Made(0.41, 0.40, 0.01, 0.0, 0.4, 0.01), NO),  # the gain alone is clear
        (Made(0.4, 0.8, 0.02, 0.1, 0.1, 0.02), NO),  # the other way round
        (Made(0.40, 0.40, 0.01, 0.0, 0.0, 0.3), NO),  # of the gain nothing is known
        (Made(0.41, 0.40, 0.01), NO),  # there is no gain, but the bias itself is too small
        # The bias is clear; the gain may be 0 and may be as large as the margin.
        (Made(0.8, 0.4, 0.02, 0.4, 0.0, 0.1), OPEN),
        (Made(0.8, 0.4, 0.02), OPEN),  # no dialogue without a value
        (Made(0.8, 0.4, 0.0, 0.1, 0.1, 0.0), YES),  # nothing varies: the numbers themselves decide
        (Made(0.4, 0.4, 0.0, 0.1, 0.1, 0.0), NO),
        (Made(0.8, 0.4, 0.0, 0.1, 0.1, 0.02), YES),  # nothing in the bias
        (Made(0.8, 0.4, 0.1, 0.1, 0.1, 0.3), OPEN),  # all too wide
        # Significant in both, yet one smaller than the margin: not 0, so still supported.
        (Made(0.80, 0.40, 0.005, 0.32, 0.0, 0.005), YES),
    ],
)
def test_neutral_values_are_followed_better(made: Made, verdict: str) -> None:
    assert verdicts(made.run())[BETTER] == verdict


def test_the_reason_gives_both_biases() -> None:
    made = Made(0.8, 0.4, 0.02, 0.15, 0.05, 0.03)
    error = math.hypot(0.02, 0.02, 0.03)
    df = 7 * error**4 / (2 * 0.02**4 + 0.03**4)
    assert reason(made.run(), BETTER) == (
        f"neutral minus pronounced in value rationality: {in_words(0.4, math.hypot(0.02, 0.02), 14)}; "
        f"neutral minus pronounced in induction gain: {in_words(0.3, error, df)}; "
        # Own minus the other's dialogues, which score 0; the ideal agents differ by 2.
        f"neutral minus pronounced in responsiveness: {in_words(0.2, math.hypot(0.02, 0.02) / 2, 14)}"
    )


@pytest.mark.parametrize(
    ("made", "parts"),
    [
        (
            Made(0.8, 0.4, 0.0, 0.1, 0.1, 0.0),
            [f"+0.40, {EXACT}", f"+0.40, {EXACT}", f"+0.20, {EXACT}"],
        ),
        (
            Made(0.8, 0.4, 0.02),
            [
                in_words(0.4, math.hypot(0.02, 0.02), 14),
                "undefined (no dialogue without a value on the same game, in the same language, framing and orders)",
                in_words(0.2, math.hypot(0.02, 0.02) / 2, 14),
            ],
        ),
    ],
)
def test_the_reason_says_what_is_missing(made: Made, parts: Sequence[str]) -> None:
    told = zip(("value rationality", "induction gain", "responsiveness"), parts, strict=True)
    assert reason(made.run(), BETTER) == "; ".join(f"neutral minus pronounced in {name}: {one}" for name, one in told)


def goal_run(effect: float, over_filler: float | None, error: float, *, with_none: bool = True) -> ScoredRun:
    """Both targets gain as much by the goal; the error is that of every cell mean."""
    scores = {}
    for value in ("mild", "sharp"):
        scores[cell(value, "own")] = {value: around(0.9, error)}
        if with_none:
            scores[cell(value, "without")] = {value: around(0.9 - effect, error)}
        if over_filler is not None:
            scores[cell(value, "filler")] = {value: around(0.9 - over_filler, error)}
    return ScoredRun(DESIGN, scores)


# The mean of two differences of cells of error e has the error e and 28 degrees of freedom: half an interval of 2.05 e.
@pytest.mark.parametrize(
    ("run", "verdict"),
    [
        (goal_run(0.3, 0.2, 0.02), YES),
        (goal_run(0.05, 0.05, 0.02), YES),
        (goal_run(0.3, None, 0.02), YES),
        (goal_run(0.3, 0.02, 0.02), NO),  # the extra turn does it
        (goal_run(0.02, 0.3, 0.02), NO),
        (goal_run(-0.3, -0.3, 0.02), NO),
        (goal_run(0.0, None, 0.02), NO),
        (goal_run(0.0, 0.0, 0.2), OPEN),
        (goal_run(0.3, 0.07, 0.04), OPEN),  # [-0.01, 0.15]
        (goal_run(0.3, 0.3, 0.0), YES),
        (goal_run(0.0, 0.3, 0.0), NO),
        (goal_run(0.3, 0.3, 0.02, with_none=False), OPEN),
        (goal_run(0.3, 0.0, 0.02, with_none=False), NO),
        (goal_run(0.3, None, 0.02, with_none=False), OPEN),
    ],
)
def test_stating_a_goal_helps(run: ScoredRun, verdict: str) -> None:
    assert verdicts(run)[GOAL] == verdict


NO_PAIR = "undefined (no cells that differ only in a goal of the model's own, one of them without a goal turn)"


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (
            goal_run(0.3, 0.2, 0.02),
            f"with a goal of its own minus without one: {in_words(0.3, 0.02, 28)}; "
            f"minus with a filler question: {in_words(0.2, 0.02, 28)}",
        ),
        (
            goal_run(0.3, None, 0.02),
            f"with a goal of its own minus without one: {in_words(0.3, 0.02, 28)}; "
            f"no filler question was run, so an effect may be that of the extra turn",
        ),
        (
            goal_run(0.3, 0.2, 0.02, with_none=False),
            f"with a goal of its own minus without one: {NO_PAIR}; "
            f"minus with a filler question: {in_words(0.2, 0.02, 28)}",
        ),
        (goal_run(0.3, None, 0.02, with_none=False), f"with a goal of its own minus without one: {NO_PAIR}"),
    ],
)
def test_the_reason_gives_both_effects(run: ScoredRun, words: str) -> None:
    assert reason(run, GOAL) == words


def alike_run(means: Mapping[str, float], error: float | Mapping[str, float]) -> ScoredRun:
    design = Design({value: Target((), "neutral") for value in means}, {"g": GAME}, tuple(means))
    errors = error if isinstance(error, Mapping) else dict.fromkeys(means, error)
    return ScoredRun(design, {cell(value, "t"): {value: around(mean, errors[value])} for value, mean in means.items()})


# A difference of two cells of error e: half its 90 % interval is 2.49 e; at level 1 - 0.05 / 3 it is 3.86 e, and at
# 1 - 0.05 for a single pair 3.03 e.
@pytest.mark.parametrize(
    ("run", "verdict"),
    [
        (alike_run({"x": 0.80, "y": 0.82, "z": 0.79}, 0.01), YES),
        (alike_run({"x": 0.02, "y": 0.00, "z": -0.02}, 0.01), YES),
        (alike_run({"x": 0.80, "y": 0.82, "z": 0.79}, 0.03), OPEN),  # 0.03 + 0.075 > 0.10
        (alike_run({"x": 0.80, "y": 0.88, "z": 0.80}, 0.01), OPEN),  # 0.08 + 0.025
        (alike_run({"x": 0.80, "y": 0.90, "z": 0.80}, 0.005), OPEN),
        (alike_run({"x": 0.80, "y": 0.40, "z": 0.80}, 0.01), NO),
        (alike_run({"x": 0.40, "y": 0.80, "z": 0.80}, 0.01), NO),
        # 0.135 - 0.0386 < 0.10 < 0.135 - 0.0303: apart if it were the only pair.
        (alike_run({"x": 0.665, "y": 0.80, "z": 0.73}, 0.01), OPEN),
        (alike_run({"x": 0.665, "y": 0.80}, 0.01), NO),
        (alike_run({"x": 0.655, "y": 0.80, "z": 0.73}, 0.01), NO),  # 0.145 - 0.0386 > 0.10
        # Nothing varies, or not everything.
        (alike_run({"x": 0.80, "y": 0.80, "z": 0.80}, 0.0), YES),
        (alike_run({"x": 0.80, "y": 0.20, "z": 0.80}, 0.0), NO),
        (alike_run({"x": 0.80, "y": 0.95, "z": 0.80}, 0.0), NO),
        (alike_run({"x": 0.80, "y": 0.80, "z": 0.80}, {"x": 0.01, "y": 0.0, "z": 0.0}), YES),
        (alike_run({"x": 0.20, "y": 0.80, "z": 0.80}, {"x": 0.01, "y": 0.0, "z": 0.0}), NO),
        (alike_run({"x": 0.80}, 0.01), OPEN),
        (alike_run({}, 0.01), OPEN),
    ],
)
def test_all_values_are_followed_alike(run: ScoredRun, verdict: str) -> None:
    assert verdicts(run)[ALIKE] == verdict


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (
            alike_run({"x": 0.80, "y": 0.82, "z": 0.79}, 0.01),
            f"widest 90 % interval, y minus z: {in_words(0.03, math.hypot(0.01, 0.01), 14, 0.9)}",
        ),
        (
            alike_run({"x": 0.80, "y": 0.88, "z": 0.80}, 0.01),
            f"widest 90 % interval, x minus y: {in_words(-0.08, math.hypot(0.01, 0.01), 14, 0.9)}",
        ),
        (
            alike_run({"x": 0.80, "y": 0.40, "z": 0.70}, 0.01),
            f"x minus y: {in_words(0.40, math.hypot(0.01, 0.01), 14, 1 - 0.05 / 3)}",
        ),
        (alike_run({"x": 0.8, "y": 0.8}, 0.0), f"widest difference, x minus y: 0.00, {EXACT}"),
        (alike_run({"x": 0.8}, 0.01), "there is only one core target"),
        (alike_run({}, 0.01), "no core target in this run"),
    ],
)
def test_the_reason_gives_the_pair_that_decides(run: ScoredRun, words: str) -> None:
    assert reason(run, ALIKE).partition("; value rationality of all together: ")[0] == words


def test_values_that_are_not_followed_may_be_followed_alike_and_the_reason_says_so() -> None:
    run = alike_run({"x": 0.01, "y": 0.02, "z": 0.0}, 0.01)
    assert verdicts(run)[ALIKE] == "supported"
    assert reason(run, ALIKE).partition("; value rationality of all together: ")[2].startswith("+0.01 [")


def test_each_finding_has_a_statement() -> None:
    found: tuple[Finding, ...] = findings(Made(0.8, 0.4, 0.02).run())
    assert [finding.name for finding in found] == [BETTER, GOAL, ALIKE]
    assert len({finding.statement for finding in found}) == 3


# --- Simulated models on the shipped scenario

CATALOG = load_catalog()
SCRIPTS = [
    script
    for one in build_cells(CATALOG, CATALOG.scenarios["slider"])
    if (script := one.script()).template.id != "competence"
]
SLIDER_DESIGN = design_of(SCRIPTS, SCRIPTS[0].core_values)
TABLE = SLIDER_DESIGN.games["svo-slider-primary"]
MOTIVES = {value: target.motives for value, target in SLIDER_DESIGN.targets.items() if target.motives}
NEUTRAL = [value for value in MOTIVES if SLIDER_DESIGN.targets[value].pronouncedness == "neutral"]
PRONOUNCED = [value for value in MOTIVES if SLIDER_DESIGN.targets[value].pronouncedness == "pronounced"]
N_OPTIONS = 9
N_RUNS, N_DIALOGUES = 200, 30

Model = Callable[[str, GoalKind, str], Chances]
"""Chances of a model for its target, the goal turn and the option order."""

UNIFORM: Chances = ((1 / N_OPTIONS,) * N_OPTIONS,) * TABLE.n_items


def noisy(ideal: Sequence[Sequence[int]], error: float) -> Chances:
    """Uniform among the ideal options of each item; with probability `error` among all."""
    return tuple(
        tuple((1 - error) * (place in best) / len(best) + error / N_OPTIONS for place in range(N_OPTIONS))
        for best in ideal
    )


def best_options(utility: Callable[[float, float], float], indifferent: float) -> list[list[int]]:
    """Best options of each item; all of them where the utility ranges over no more than `indifferent`."""
    best = []
    for pairs in TABLE.payoffs:
        utilities = [utility(own, other) for own, other in pairs]
        flat = max(utilities) - min(utilities) <= indifferent
        best.append([place for place, u in enumerate(utilities) if flat or u == max(utilities)])
    return best


# Rounding to whole numbers can move the sum and the difference of two payoffs by 2 halves on either end.
BEST = {
    "altruistic": best_options(lambda own, other: other, 1),
    "prosocial": best_options(lambda own, other: own + other, 2),
    "individualistic": best_options(lambda own, other: own, 1),
    "competitive": best_options(lambda own, other: own - other, 2),
}


def true_value_rationality(value: str, chances: Chances) -> float:
    return expected_value_rationality(TABLE, MOTIVES[value], chances).mean


@cache
def follower(value: str, error: float) -> Chances:
    """A noisy follower of a target whose true value rationality is 1 - error.

    For one motive that is its share of random choices. For prosocial, the better of two motives, the share is
    solved for, so that followers of equal error really follow their targets to the same degree.
    """

    def excess(share: float) -> float:
        return true_value_rationality(value, noisy(BEST[value], share)) - (1 - error)

    return noisy(BEST[value], float(optimize.brentq(excess, 0, 1, xtol=1e-12)))


def one_label(position: int, error: float) -> Model:
    def model(value: str, goal: GoalKind, option_order: str) -> Chances:
        option = position if option_order == "published" else N_OPTIONS - 1 - position
        return noisy([[option]] * TABLE.n_items, error)

    return model


def follows(error_of: Callable[[str, GoalKind], float]) -> Model:
    def model(value: str, goal: GoalKind, option_order: str) -> Chances:
        return UNIFORM if value == "none" else follower(value, error_of(value, goal))

    return model


MODELS: dict[str, Model] = {
    "always selfish": lambda value, goal, option_order: noisy(BEST["individualistic"], 0.1),
    "always the joint gain": lambda value, goal, option_order: noisy(BEST["prosocial"], 0.1),
    # With the first or last label its targets would differ by 0.07 at most, and intervals at 30 dialogues reach to
    # the margin of 0.10: finding 3 would have no right verdict. With the third they differ by less than 0.02.
    "always one label": one_label(2, 0.1),
    # Without a value a follower chooses at random, which serves no target; so its gains are its value rationality.
    "follows all alike": follows(lambda value, goal: 0.05),
    "follows neutral values better": follows(lambda value, goal: 0.1 if value in NEUTRAL else 0.4),
    # With errors of 0.1 and 0.4 every tenth run of 30 dialogues would be too noisy to show that the targets, all
    # followed to the same degree, differ by less than 0.10; these are small enough.
    "follows better with a goal": follows(lambda value, goal: 0.05 if goal == "self_generated" else 0.25),
}
RIGHT = {
    "always selfish": (NO, NO, NO),
    "always the joint gain": (NO, NO, NO),
    "always one label": (NO, NO, YES),
    "follows all alike": (NO, NO, YES),
    "follows neutral values better": (YES, NO, NO),
    "follows better with a goal": (NO, YES, YES),
}


@dataclass(frozen=True)
class Truth:
    """What a run would show if every cell mean were known exactly."""

    bias: float
    bias_gain: float
    bias_responsiveness: float
    goal_effect: float
    goal_effect_filler: float
    largest_difference: float


def truth_of(model: Model) -> Truth:
    """Averages over the cells of the scenario; every cell counts the same, since all are crossed."""
    own: dict[str, dict[str, list[float]]] = {value: {} for value in MOTIVES}
    left_alone: dict[str, list[float]] = {value: [] for value in MOTIVES}
    matrix: dict[tuple[str, str], list[float]] = {}
    for script in SCRIPTS:
        chances = model(script.cell.value, script.template.goal, script.cell.option_order)
        if script.cell.value in MOTIVES:
            mean = true_value_rationality(script.cell.value, chances)
            own[script.cell.value].setdefault(script.template.goal, []).append(mean)
            for value in MOTIVES:
                found = true_value_rationality(value, chances)
                matrix.setdefault((script.cell.value, value), []).append(found)
        else:
            for value, scores in left_alone.items():
                scores.append(true_value_rationality(value, chances))
    assert {goal: len(found) for goals in own.values() for goal, found in goals.items()} == {
        "self_generated": 2,
        "none": 2,
        "filler": 2,
    }
    assert {len(found) for found in left_alone.values()} == {2}
    mean_of = {value: float(np.mean(list(goals.values()))) for value, goals in own.items()}
    gain_of = {value: mean - float(np.mean(left_alone[value])) for value, mean in mean_of.items()}

    def response(value: str) -> float:
        others = [other for other in MOTIVES if other != value]
        ideal = np.mean([ideal_value_rationality(TABLE, MOTIVES[other], MOTIVES[value]) for other in others])
        alike = np.mean([np.mean(matrix[other, value]) for other in others])
        return float((mean_of[value] - alike) / (1 - ideal))

    def bias(of: Mapping[str, float]) -> float:
        return float(np.mean([of[value] for value in NEUTRAL]) - np.mean([of[value] for value in PRONOUNCED]))

    def effect(against: str) -> float:
        return float(np.mean([np.mean(goals["self_generated"]) - np.mean(goals[against]) for goals in own.values()]))

    return Truth(
        bias(mean_of),
        bias(gain_of),
        bias({value: response(value) for value in MOTIVES}),
        effect("none"),
        effect("filler"),
        max(mean_of.values()) - min(mean_of.values()),
    )


def right_verdicts(truth: Truth) -> tuple[str, str, str]:
    """The verdicts that a very large run would come to; a truth near a border has none."""

    def positive(*parts: float) -> str:
        assert all(part < 0.05 or part > 0.15 for part in parts)
        return YES if all(part > 0.15 for part in parts) else NO

    assert truth.largest_difference < 0.05 or truth.largest_difference > 0.15
    return (
        positive(truth.bias, truth.bias_gain, truth.bias_responsiveness),
        positive(truth.goal_effect, truth.goal_effect_filler),
        YES if truth.largest_difference < 0.05 else NO,
    )


def simulated(model: Model, n_runs: int = N_RUNS, seed: int = 1) -> list[ScoredRun]:
    rng = np.random.default_rng(seed)
    scores: dict[CellId, dict[str, Floats]] = {}
    for script in SCRIPTS:
        chances = model(script.cell.value, script.template.goal, script.cell.option_order)
        choices = np.stack([rng.choice(N_OPTIONS, size=n_runs * N_DIALOGUES, p=chance) for chance in chances], axis=1)
        scores[cell_id(script.cell)] = {
            value: value_rationality(choices, TABLE, motives, bounds=False).value_rationality.reshape(n_runs, -1)
            for value, motives in MOTIVES.items()
        }
    return [
        ScoredRun(
            SLIDER_DESIGN,
            {one: {value: column[number] for value, column in columns.items()} for one, columns in scores.items()},
        )
        for number in range(n_runs)
    ]


@pytest.mark.parametrize("name", MODELS)
def test_the_right_verdict_is_that_of_the_exact_truth(name: str) -> None:
    assert right_verdicts(truth_of(MODELS[name])) == RIGHT[name]


@pytest.mark.parametrize("name", MODELS)
def test_simulated_models_are_judged_rightly(name: str) -> None:
    judged = [verdicts(run) for run in simulated(MODELS[name])]
    for finding, right in zip((BETTER, GOAL, ALIKE), RIGHT[name], strict=True):
        share = sum(one[finding] == right for one in judged) / N_RUNS
        assert share >= 0.95, f"{finding} is {right}, found in {share:.3f} of the runs"


def test_a_selfish_model_that_ignores_its_target_is_not_called_biased() -> None:
    truth = truth_of(MODELS["always selfish"])
    assert truth.bias > 0.4  # on value rationality alone it looks biased
    assert truth.bias_gain == pytest.approx(0, abs=1e-12)
    runs = simulated(MODELS["always selfish"])
    assert all(number(run, "neutrality_bias").lower > 0 for run in runs)
    assert sum(verdicts(run)[BETTER] == YES for run in runs) <= 0.05 * N_RUNS


def test_the_design_names_its_neutral_and_pronounced_targets() -> None:
    assert (sorted(NEUTRAL), sorted(PRONOUNCED)) == (["individualistic", "prosocial"], ["altruistic", "competitive"])


@pytest.mark.parametrize(
    ("model", "verdicts"),
    [
        (one_label(0, 0.0), (NO, NO, YES)),
        (lambda value, goal, option_order: noisy([[8], [0], [8], [8], [0], [0]], 0.0), (NO, NO, NO)),
    ],
    ids=["one label", "one profile"],
)
def test_of_a_model_that_never_varies_the_numbers_themselves_decide(model: Model, verdicts: Sequence[str]) -> None:
    (run,) = simulated(model, n_runs=1)
    found = findings(run)
    assert tuple(finding.verdict for finding in found) == verdicts
    assert all(EXACT in finding.reason for finding in found)
