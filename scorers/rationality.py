"""The Inspect scorer: measures each dialogue when it ends, and estimates the run from all of them."""

import json
import math
from collections.abc import Collection, Iterable, Sequence

from inspect_ai.scorer import SampleScore, Score
from inspect_ai.solver import TaskState
from pydantic_core import from_json

from hvae_bench.catalogue.rendering import format_payoff
from hvae_bench.dialogue.sample import script_of
from hvae_bench.log.account import MEASURES_KEY, Account, account_of
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.log.measures import MeasuresRecord
from hvae_bench.log.study import by_system, design_of, dialogue_with, facts_of, one_catalog
from hvae_bench.scorers.calibration import ItemRationality, rate_items
from hvae_bench.scorers.decision import Outcome
from hvae_bench.scorers.numbers import NUMBERS, of_systems
from hvae_bench.scorers.payoff_table import MISSING
from hvae_bench.scorers.study import Dialogue, RunAnalysis, analyse

_NUMBERS = (
    "value_rationality",
    "value_rationality_lower_bound",
    "value_rationality_upper_bound",
    "svo_angle_deg",
    "answered_rate",
)


def score_dialogue(state: TaskState) -> Score:
    """Score one dialogue from the decisions in its store.

    Returns:
        A score whose value holds the numbers (NaN where undefined) and whose metadata what the estimates need:
        choices, places, outcome, goal; and all measures, which the dialogue's record takes from there.
    """
    # Whatever Inspect scores unfinished was cut off by one of its limits.
    account = account_of(state.metadata, dict(state.store.items()), lost="limit")
    measures = account.measures
    numbers = {name: getattr(measures, name) for name in _NUMBERS}
    facts = facts_of(account.decisions, measures, account.trace.goal_text)
    return Score(
        value={name: math.nan if number is None else number for name, number in numbers.items()},
        answer=", ".join(f"{item} {chosen}" for item, chosen in _chosen(account).items()),
        explanation=f"{_explain(measures)}\n\n{_table(account)}",
        # As with the script of a sample, one text one level down is what Inspect handles with the least effort.
        metadata={
            "svo_category": measures.svo_category,
            "facts": {"json": json.dumps(facts)},
            MEASURES_KEY: {"json": measures.model_dump_json()},
        },
    )


def _explain(measures: MeasuresRecord) -> str:
    if measures.value_rationality is None:
        headline = f"No value rationality: {measures.undefined.get('value_rationality')}."
    else:
        headline = f"Value rationality {measures.value_rationality:.3f} (1 ideal, 0 chance)."
    if measures.svo_angle_deg is None:
        return headline
    return f"{headline} SVO angle {measures.svo_angle_deg:.2f} deg, {measures.svo_category}."


def _chosen(account: Account) -> dict[str, str]:
    """By item the payoffs of the option that was chosen, or why there is none."""
    told = {(item.id, one.id): _told(one.payoffs) for item in account.script.game.items for one in item.options}
    return {
        one.item_id: told.get((one.item_id, one.option_id or ""), one.status.replace("_", " "))
        for one in account.decisions
    }


def _told(payoffs: Iterable[float]) -> str:
    return f"({', '.join(map(format_payoff, payoffs))})"


def _table(account: Account) -> str:
    """Item by item what was chosen; and where the game can score the target, what is ideal and what that would add.

    It goes by the motive that the dialogue is scored by: of several the one that its choices serve best.
    """
    table, chosen = account.script.game.payoff_table(), _chosen(account)
    stakes = ", ".join(table.stakes)
    heads, rows = ["item", f"chosen ({stakes})"], {item: [item, told] for item, told in chosen.items()}
    if account.measures.scorable and account.script.target.motives:
        choices = table.choices({one.item_id: one.option_id for one in account.decisions})
        answered = [(place, choice) for place, choice in enumerate(choices) if choice != MISSING]

        def served(ratings: tuple[ItemRationality, ...]) -> float:
            own = [ratings[place].rationality[choice] for place, choice in answered if ratings[place].informative]
            return sum(own) / len(own) if own else 0.0

        motives = account.script.target.motives
        motive, ratings = max(zip(motives, rate_items(table, motives), strict=True), key=lambda one: served(one[1]))
        heads += [f"ideal ({stakes})", "regret"]
        for place, (item, rating, choice) in enumerate(zip(table.item_ids, ratings, choices, strict=True)):
            utility = motive.utility(table.item(place), table.stakes)
            ideal = " or ".join(_told(table.payoffs[place][option]) for option in rating.ideal.nonzero()[0])
            regret = utility.max() - utility[choice] if rating.informative else 0.0
            rows[item] += [ideal if rating.informative else "any", "" if choice == MISSING else f"{round(regret, 2):g}"]
    lines = [heads, ["---"] * len(heads), *rows.values()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def estimate_run(scores: Sequence[SampleScore]) -> dict[str, float]:
    """Estimate a run from the scores of all its dialogues, each value system by itself."""
    samples = [score.sample_metadata or {} for score in scores]
    one_catalog(sample["catalog_sha256"] for sample in samples)
    scripts = [script_of(sample) for sample in samples]
    facts = [from_json((score.score.metadata or {})["facts"]["json"]) for score in scores]
    dialogues: dict[str, list[Dialogue]] = {}
    for one, script in zip(facts, scripts, strict=True):
        dialogues.setdefault(script.game.system, []).append(dialogue_with(one, script, script.id))
    found, whole = {}, Outcome(0, 0, 0, 0)
    for system, own in by_system({script.cell: script for script in scripts}.values()).items():
        core_values = own[0].core_values
        analysis = analyse(design_of(own, core_values), dialogues[system], calibrate=cached_calibrate)
        found[system], whole = metrics_of(analysis, core_values), whole + analysis.outcome
    # As without a headline: a run of several systems has none.
    first = {"answered_rate": whole.answered_rate} if len(found) > 1 and whole.answered_rate is not None else {}
    return first | of_systems(found)


_MOST_TARGETS = 4
"""Of more targets Inspect's own table, which has a row for every metric, is longer than a dozen rows."""


def metrics_of(analysis: RunAnalysis, core_values: Collection[str]) -> dict[str, float]:
    """The metrics of a run: its headline, the standard error of that, and the few numbers that `NUMBERS` marks.

    Of one target they are there for core targets alone, and if these are few. What is undefined is left out.
    """
    headline = analysis.numbers["value_rationality"]
    metrics = {"value_rationality": headline.mean, "stderr": headline.standard_error}
    # Without a headline Inspect takes the first metric for one: this one says why there is none, no target does.
    metrics["answered_rate"] = analysis.numbers["answered_rate"].mean
    for number in NUMBERS:
        for of, one in analysis.by(number.name).items() if number.metric else ():
            if not of or (of in core_values and len(core_values) <= _MOST_TARGETS):
                metrics[number.name.format(of)] = one.mean
    return {name: number for name, number in metrics.items() if math.isfinite(number)}
