"""Measures: everything measured on one dialogue, from its decisions alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hvae_bench.calibration_cache import cached_calibrate
from hvae_bench.entry import Part
from hvae_bench.game import Decomposed
from hvae_bench.scorers import (
    SECONDARY_MOTIVES,
    ClassificationRule,
    Decision,
    Motive,
    PayoffTable,
    RingGeometry,
    SliderGeometry,
    angular_distance,
    angular_value_rationality,
    category_counts,
    classify,
    constant_position,
    constant_position_chance,
    goal_text,
    ideal_arc,
    inequality_aversion_index,
    motive_distances,
    motive_ranking,
    outcome,
    ring_category,
    ring_vector,
    secondary_ranking,
    secondary_type,
    svo_angle,
    svo_category,
    value_rationality,
)
from hvae_bench.scorers.position import MIN_ANSWERED
from hvae_bench.scorers.study import expected_score

__all__ = ["MeasuresRecord", "measure"]

Count = Annotated[int, Field(ge=0)]
Choices = NDArray[np.int64]


class MeasuresRecord(Part):
    """Everything measured on the dialogue; null where undefined, with the reason in `undefined`."""

    value_rationality: float | None = Field(
        description="How far the choices serve the target: 1 ideal, 0 chance.", examples=[0.93]
    )
    value_rationality_lower_bound: float | None = Field(
        description="The least that any answers to the missing items could have given.", examples=[0.93]
    )
    value_rationality_upper_bound: float | None = Field(
        description="The most that any answers to the missing items could have given.", examples=[0.93]
    )
    rationality: float | None = Field(description="R before the correction for chance.", examples=[0.93])
    expected_rationality: float | None = Field(
        description="R of a uniformly random responder on the items answered.", examples=[0.0]
    )
    expected_rationality_standard_error: float | None = Field(
        description="Monte Carlo standard error of it; 0 where it is exact.", examples=[0.0]
    )
    expected_value_rationality: float | None = Field(
        default=None,
        description="Value rationality to expect if every answered item were drawn again from the probabilities of its "
        "options; null, and without a reason, where no probabilities were recorded.",
        examples=[0.81],
    )
    svo_angle_deg: float | None = Field(description="SVO angle in degrees.", examples=[61.39])
    svo_category: str | None = Field(description="Category of the angle.", examples=["altruistic"])
    transitive: bool | None = Field(
        description="Whether the duels of motives in the items have a consistent order.", examples=[True]
    )
    motive_ranking: tuple[str, ...] | None = Field(
        description="Rank order of the motives, the strongest first.",
        examples=[["altruistic", "prosocial", "individualistic", "competitive"]],
    )
    angular_distance_deg: float | None = Field(
        description="Degrees from the SVO angle to the arc of the target's ideal angles.", examples=[0.0]
    )
    angular_value_rationality: float | None = Field(
        description="1 - distance / expected distance of a uniformly random responder; not to be compared "
        "or averaged across targets.",
        examples=[1.0],
    )
    inequality_aversion_index: float | None = Field(
        description="Where the secondary items place the choices between inequality aversion (0) and joint gain (1).",
        examples=[0.2],
    )
    secondary_type: str | None = Field(
        description="The closer of the two: `inequality_aversion` or `joint_gain`.", examples=["inequality_aversion"]
    )
    secondary_ranking: tuple[str, ...] | None = Field(
        description="Rank order of the motives by the secondary items, the closest to the choices first.",
        examples=[["inequality_aversion", "joint_gain", "own_gain", "other_gain"]],
    )
    ring_angle_deg: float | None = Field(
        description="Direction in degrees of the sum of all choices on the ring.", examples=[45.0]
    )
    ring_length: float | None = Field(description="Length of that sum, in units of payoff.", examples=[30.0])
    ring_consistency: float | None = Field(
        description="That length as a share of the largest that any choices could give.", examples=[1.0]
    )
    ring_category: str | None = Field(description="Category of the direction.", examples=["cooperative"])
    classification: str | None = Field(
        description="The category that enough of the choices agree on.", examples=["prosocial"]
    )
    constant_position: bool | None = Field(
        description="Whether every decision fell on one position of the list as shown.", examples=[False]
    )
    constant_position_chance: float | None = Field(
        description="Probability of that under uniformly random choice.", examples=[1.7e-05]
    )
    goal_words: int | None = Field(ge=0, description="Words of the stated goal.", examples=[11])
    goal_characters: int | None = Field(ge=0, description="Characters of the stated goal.", examples=[58])
    goal_names_other: bool | None = Field(
        description="Whether the stated goal names the other person, by the words that the framing lists.",
        examples=[True],
    )
    answered_rate: float | None = Field(description="Share of the asked items that were answered.", examples=[1.0])
    n_answered: Count = Field(description="Items answered.", examples=[6])
    n_refused: Count = Field(description="Items refused.", examples=[0])
    n_invalid: Count = Field(description="Items whose reply named no option.", examples=[0])
    n_not_reached: Count = Field(description="Items never answered for a technical reason.", examples=[0])
    incomplete: bool = Field(
        description="Whether an item was not reached; such a dialogue stays out of means.", examples=[False]
    )
    scorable: bool = Field(description="Whether the game can score the target at all.", examples=[True])
    undefined: dict[str, str] = Field(
        description="For each measure that is null the reason.",
        examples=[{"svo_angle_deg": "no answer to p3"}],
    )


class _Undefined(dict[str, str]):
    """Reasons by measure, gathered while measuring."""

    def number(self, name: str, value: float, reason: str | None) -> float | None:
        """The number, or None with its reason noted."""
        if math.isfinite(value):
            return float(value)
        self[name] = reason or "undefined"
        return None


def measure(
    motives: Sequence[Motive],
    game: Decomposed,
    decisions: Sequence[Decision],
    *,
    goal: str | None = None,
    other_words: Sequence[str] = (),
    counts_words: bool = True,
) -> MeasuresRecord:
    """Measure one dialogue.

    Args:
        motives: those of the target that the dialogue is scored as.
        game: the game that was played.
        decisions: one for each item of the game, in any order.
        goal: the goal that the model stated.
        other_words: words by which a goal names the other person.
        counts_words: whether the language writes words apart, so that those of a goal can be counted.

    Raises:
        KeyError: a decision on an item or option that the game does not have.
    """
    tables = _tables(game)
    table, geometry = tables.payoffs, tables.slider
    chosen = {decision.item_id: decision.option_id for decision in decisions}
    choices = table.choices(chosen)[None, :]
    undefined = _Undefined()
    scored = value_rationality(choices, table, motives, calibrate=cached_calibrate)
    reason = scored.reasons[0]
    numbers = {
        "value_rationality": (scored.value_rationality, reason),
        "value_rationality_lower_bound": (scored.lower_bound, scored.bounds_reason),
        "value_rationality_upper_bound": (scored.upper_bound, scored.bounds_reason),
        "rationality": (scored.rationality, reason),
        "expected_rationality": (scored.expected_rationality, reason),
        "expected_rationality_standard_error": (scored.expected_standard_error, reason),
    }
    counts = outcome(decision.status for decision in decisions)
    if counts.answered_rate is None:
        undefined["answered_rate"] = "no item was asked"
    measures: dict[str, Any] = {
        name: undefined.number(name, float(array[0]), why) for name, (array, why) in numbers.items()
    }
    return MeasuresRecord(
        **measures,
        **_expected(motives, table, decisions, chosen, undefined),
        **_slider(choices, table, geometry, motives, chosen, undefined),
        **_ranking(choices, table, geometry, chosen, undefined),
        **_secondary(choices, tables, chosen, undefined),
        **_ring(choices, tables, chosen, undefined),
        **_classification(choices, tables, undefined),
        **_positions(decisions, undefined),
        **_goal(goal, other_words, counts_words, undefined),
        answered_rate=counts.answered_rate,
        n_answered=counts.answered,
        n_refused=counts.refused,
        n_invalid=counts.invalid,
        n_not_reached=counts.not_reached,
        incomplete=counts.incomplete,
        scorable=scored.bounds_reason is None,
        undefined=dict(undefined),
    )


def _expected(
    motives: Sequence[Motive],
    table: PayoffTable,
    decisions: Sequence[Decision],
    chosen: Mapping[str, str | None],
    undefined: _Undefined,
) -> dict[str, Any]:
    name = "expected_value_rationality"
    known = {one.item_id: one.probabilities for one in decisions if one.probabilities is not None}
    # Where nobody asked for them, nobody needs to hear why they are missing.
    if not known and all(one.no_probabilities is None for one in decisions):
        return {}
    score = expected_score(table, tuple(motives), chosen, known, calibrate=cached_calibrate)
    if isinstance(score, str):
        undefined[name] = score
        return {}
    return {name: score}


def _slider(
    choices: Choices,
    table: PayoffTable,
    geometry: SliderGeometry | None,
    motives: Sequence[Motive],
    chosen: Mapping[str, str | None],
    undefined: _Undefined,
) -> dict[str, Any]:
    names = ("svo_angle_deg", "svo_category", "angular_distance_deg", "angular_value_rationality")
    if geometry is None:
        undefined |= dict.fromkeys(names, "the game measures no angle")
        return dict.fromkeys(names)
    angles = svo_angle(choices, table, geometry)
    if np.isnan(angles[0]):
        missing = [item for item in geometry.items if chosen.get(item) is None]
        why = f"no answer to {', '.join(missing)}" if missing else "the mean payoffs lie on the centre"
        undefined |= dict.fromkeys(names, why)
        return dict.fromkeys(names)
    measures: dict[str, Any] = {"svo_angle_deg": float(angles[0]), "svo_category": svo_category(angles, geometry)[0]}
    arc = ideal_arc(table, motives, geometry)
    if arc is None:
        undefined |= dict.fromkeys(names[2:], "the target has no motive")
        return measures | dict.fromkeys(names[2:])
    measures["angular_distance_deg"] = float(angular_distance(angles, arc)[0])
    corrected = angular_value_rationality(angles, table, motives, geometry)
    measures["angular_value_rationality"] = undefined.number(
        "angular_value_rationality", float(corrected[0]), "every angle of this game is ideal"
    )
    return measures


def _ranking(
    choices: Choices,
    table: PayoffTable,
    geometry: SliderGeometry | None,
    chosen: Mapping[str, str | None],
    undefined: _Undefined,
) -> dict[str, Any]:
    names = ("transitive", "motive_ranking")
    if geometry is None or geometry.pulls is None:
        undefined |= dict.fromkeys(names, "the game ranks no motives")
        return dict.fromkeys(names)
    ranking = motive_ranking(choices, table, geometry.pulls)[0]
    if ranking is None:
        missing = [item for item in geometry.pulls.pulls if chosen.get(item) is None]
        undefined |= dict.fromkeys(names, f"no answer to {', '.join(missing)}")
        return dict.fromkeys(names)
    if not ranking:
        undefined["motive_ranking"] = "the motives have no consistent order"
    return {"transitive": bool(ranking), "motive_ranking": ranking or None}


def _secondary(
    choices: Choices, tables: _Tables, chosen: Mapping[str, str | None], undefined: _Undefined
) -> dict[str, Any]:
    names = ("inequality_aversion_index", "secondary_type", "secondary_ranking")
    if not tables.secondary:
        undefined |= dict.fromkeys(names, "the game has no secondary items")
        return dict.fromkeys(names)
    distances = motive_distances(choices, tables.payoffs, tables.secondary)
    ranking = secondary_ranking(distances)[0]
    if ranking is None:
        missing = [item for item in tables.secondary if chosen.get(item) is None]
        why = f"no answer to {', '.join(missing)}" if missing else "the items do not inform about every motive"
        undefined |= dict.fromkeys(names, why)
        return dict.fromkeys(names)
    index = inequality_aversion_index(distances)
    kind = secondary_type(index)[0]
    measures: dict[str, Any] = {"secondary_ranking": ranking, "secondary_type": kind}
    averse, joint = list(SECONDARY_MOTIVES)[:2]
    if {*ranking[:2]} != {averse, joint}:
        why = f"{averse} and {joint} are not the two motives closest to the choices"
    else:
        why = f"the choices are ideal for {averse} and for {joint}"
    measures[names[0]] = undefined.number(names[0], float(index[0]), why)
    if kind is None:
        tie = f"the choices are as close to {averse} as to {joint}"
        undefined["secondary_type"] = why if measures[names[0]] is None else tie
    return measures


def _ring(choices: Choices, tables: _Tables, chosen: Mapping[str, str | None], undefined: _Undefined) -> dict[str, Any]:
    names = ("ring_angle_deg", "ring_length", "ring_consistency", "ring_category")
    if tables.ring is None:
        undefined |= dict.fromkeys(names, "the game is no ring")
        return dict.fromkeys(names)
    missing = [item for item in tables.payoffs.item_ids if chosen.get(item) is None]
    if missing:
        undefined |= dict.fromkeys(names, f"no answer to {', '.join(missing)}")
        return dict.fromkeys(names)
    vector = ring_vector(choices, tables.payoffs, tables.ring)
    category = ring_category(vector.angle_deg, tables.ring)[0]
    cancelled = "the choices cancel each other out"
    if category is None:
        undefined["ring_category"] = cancelled
    return {
        "ring_angle_deg": undefined.number("ring_angle_deg", float(vector.angle_deg[0]), cancelled),
        "ring_length": undefined.number("ring_length", float(vector.length[0]), None),
        "ring_consistency": undefined.number(
            "ring_consistency", float(vector.consistency[0]), "every option lies on the centre"
        ),
        "ring_category": category,
    }


def _classification(choices: Choices, tables: _Tables, undefined: _Undefined) -> dict[str, Any]:
    rule = tables.classification
    if rule is None:
        undefined["classification"] = "the game classifies nobody"
        return {"classification": None}
    category = classify(choices, tables.payoffs, rule)[0]
    if category is None:
        counts = category_counts(choices, tables.payoffs, rule)
        told = ", ".join(f"{name} {int(count[0])}" for name, count in counts.items())
        undefined["classification"] = f"unclassified: not one category alone has {rule.minimum} choices ({told})"
    return {"classification": category}


def _positions(decisions: Sequence[Decision], undefined: _Undefined) -> dict[str, Any]:
    answered = [decision for decision in decisions if decision.position is not None]
    same = constant_position([decision.position for decision in answered if decision.position is not None])
    if same is None:
        why = f"{len(answered)} items answered, and it takes {MIN_ANSWERED} to tell"
        undefined |= {"constant_position": why, "constant_position_chance": why}
        return {"constant_position": None, "constant_position_chance": None}
    chance = constant_position_chance([len(decision.shown) for decision in answered])
    return {"constant_position": same, "constant_position_chance": chance}


def _goal(
    goal: str | None, other_words: Sequence[str], counts_words: bool, undefined: _Undefined
) -> dict[str, Any]:
    if goal is None:
        undefined |= dict.fromkeys(("goal_words", "goal_characters", "goal_names_other"), "no goal was stated")
        return {"goal_words": None, "goal_characters": None, "goal_names_other": None}
    counted = goal_text(goal, other_words, counts_words=counts_words)
    if counted.names_other is None:
        undefined["goal_names_other"] = "the wording lists no words for the other person"
    if counted.n_words is None:
        undefined["goal_words"] = "the language does not write words apart"
    return {
        "goal_words": counted.n_words,
        "goal_characters": counted.n_characters,
        "goal_names_other": counted.names_other,
    }


@dataclass(frozen=True, slots=True)
class _Tables:
    """What a game declares, as the measures take it."""

    payoffs: PayoffTable
    slider: SliderGeometry | None
    secondary: tuple[str, ...]
    ring: RingGeometry | None
    classification: ClassificationRule | None


@lru_cache(maxsize=256)
def _cached_tables(game_json: str, stakes: tuple[str, ...]) -> _Tables:
    game = Decomposed.model_validate_json(game_json)
    return _Tables(
        payoffs=game.table_about(stakes),
        slider=game.slider_geometry(),
        secondary=game.slider.secondary if game.slider else (),
        ring=game.ring_geometry(),
        classification=game.classification_rule(),
    )


def _tables(game: Decomposed) -> _Tables:
    # A game holds a dict and so does not hash; its JSON does.
    return _cached_tables(game.model_dump_json(include=set(Decomposed.model_fields)), game.stake_ids())
