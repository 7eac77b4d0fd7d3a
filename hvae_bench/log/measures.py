"""Measures: everything measured on one dialogue, from its decisions alone."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import Field

from hvae_bench import scorers
from hvae_bench.catalogue.entry import Part
from hvae_bench.catalogue.game import Decomposed
from hvae_bench.dialogue.described import WordingRecord
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.scorers import Decision, Motive, PayoffTable
from hvae_bench.scorers.payoff_table import Floats, Integers
from hvae_bench.scorers.position import MIN_ANSWERED
from hvae_bench.scorers.study import expected_score

Count = Annotated[int, Field(ge=0)]


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


def measure(
    motives: Sequence[Motive],
    game: Decomposed,
    decisions: Sequence[Decision],
    goal: str | None = None,
    wording: WordingRecord | None = None,
) -> MeasuresRecord:
    """Measure one dialogue, scored as the target of these motives.

    `decisions` are one for each item of the game, in any order; a stated goal takes the wording by which it is counted.

    Raises:
        KeyError: a decision on an item or option that the game does not have.
    """
    table = game.payoff_table()
    chosen = {decision.item_id: decision.option_id for decision in decisions}
    choices = table.choices(chosen)[None, :]
    played = _Played(tuple(motives), game, table, decisions, chosen, choices, goal, wording)
    found: dict[str, Any] = {}
    undefined: dict[str, str] = {}
    for names, take in _MEASURES:
        taken = take(played)
        for name, (value, reason) in (dict.fromkeys(names, (None, taken)) if isinstance(taken, str) else taken).items():
            found[name] = value
            if value is None:
                undefined[name] = reason or "undefined"
    return MeasuresRecord(**found, undefined=undefined)


@dataclass(frozen=True, slots=True)
class _Played:
    """A dialogue as the measures look at it; `choices` are those of `chosen`, (1, n_items)."""

    motives: tuple[Motive, ...]
    game: Decomposed
    table: PayoffTable
    decisions: Sequence[Decision]
    chosen: Mapping[str, str | None]
    choices: Integers
    goal: str | None
    wording: WordingRecord | None

    def unanswered(self, items: Iterable[str], otherwise: str = "") -> str:
        """Which of these items have no answer; if none of them, something else is the matter."""
        missing = [item for item in items if self.chosen.get(item) is None]
        return f"no answer to {', '.join(missing)}" if missing else otherwise


# Values, each with the reason why it is None, if it is; or the reason why there is none of them.
_Taken = dict[str, tuple[Any, str | None]] | str


def _number(values: Floats) -> float | None:
    """The number of a single dialogue, if there is one."""
    return float(values[0]) if math.isfinite(values[0]) else None


def _outcome(played: _Played) -> _Taken:
    counts = scorers.outcome(decision.status for decision in played.decisions)
    return {
        "answered_rate": (counts.answered_rate, "no item was asked"),
        "incomplete": (counts.incomplete, None),
        **{f"n_{status}": (count, None) for status, count in asdict(counts).items()},
    }


def _value_rationality(played: _Played) -> _Taken:
    scored = scorers.value_rationality(played.choices, played.table, played.motives, calibrate=cached_calibrate)
    (reason,) = scored.reasons
    return {
        "value_rationality": (_number(scored.value_rationality), reason),
        "value_rationality_lower_bound": (_number(scored.lower_bound), scored.bounds_reason),
        "value_rationality_upper_bound": (_number(scored.upper_bound), scored.bounds_reason),
        "rationality": (_number(scored.rationality), reason),
        "expected_rationality": (_number(scored.expected_rationality), reason),
        "expected_rationality_standard_error": (_number(scored.expected_standard_error), reason),
        "scorable": (scored.bounds_reason is None, None),
    }


def _expected(played: _Played) -> _Taken:
    known = {one.item_id: one.probabilities for one in played.decisions if one.probabilities is not None}
    # Where nobody asked for them, nobody needs to hear why they are missing.
    if not known and all(one.no_probabilities is None for one in played.decisions):
        return {}
    score = expected_score(played.table, played.motives, played.chosen, known, calibrate=cached_calibrate)
    return score if isinstance(score, str) else {"expected_value_rationality": (score, None)}


def _slider(played: _Played) -> _Taken:
    table, slider = played.table, played.game.slider
    if slider is None:
        return "the game measures no angle"
    angles = scorers.svo_angle(played.choices, table, slider)
    angle = _number(angles)
    if angle is None:
        return played.unanswered(slider.items, "the mean payoffs lie on the centre")
    arc = scorers.ideal_arc(table, played.motives, slider)
    reason = "the target has no motive" if arc is None else "every angle of this game is ideal"
    corrected = scorers.angular_value_rationality(angles, table, played.motives, slider)
    return {
        "svo_angle_deg": (angle, None),
        "svo_category": (scorers.svo_category(angles, slider)[0], None),
        "angular_distance_deg": (None if arc is None else _number(scorers.angular_distance(angles, arc)), reason),
        "angular_value_rationality": (_number(corrected), reason),
    }


def _ranking(played: _Played) -> _Taken:
    slider = played.game.slider
    if slider is None or slider.ranking is None:
        return "the game ranks no motives"
    ranking = scorers.motive_ranking(played.choices, played.table, slider.ranking)[0]
    if ranking is None:
        return played.unanswered(slider.ranking.pulls)
    return {
        "transitive": (bool(ranking), None),
        "motive_ranking": (ranking or None, "the motives have no consistent order"),
    }


def _secondary(played: _Played) -> _Taken:
    items = played.game.slider.secondary if played.game.slider else ()
    if not items:
        return "the game has no secondary items"
    distances = scorers.motive_distances(played.choices, played.table, items)
    ranking = scorers.secondary_ranking(distances)[0]
    if ranking is None:
        return played.unanswered(items, "the items do not inform about every motive")
    averse, joint = list(scorers.SECONDARY_MOTIVES)[:2]
    index = scorers.inequality_aversion_index(distances)
    number = _number(index)
    if number is not None:
        reason = f"the choices are as close to {averse} as to {joint}"
    elif {*ranking[:2]} == {averse, joint}:
        reason = f"the choices are ideal for {averse} and for {joint}"
    else:
        reason = f"{averse} and {joint} are not the two motives closest to the choices"
    return {
        "inequality_aversion_index": (number, reason),
        "secondary_type": (scorers.secondary_type(index)[0], reason),
        "secondary_ranking": (ranking, None),
    }


def _ring(played: _Played) -> _Taken:
    ring, table = played.game.ring, played.table
    if ring is None:
        return "the game is no ring"
    if None in map(played.chosen.get, table.item_ids):
        return played.unanswered(table.item_ids)
    vector = scorers.ring_vector(played.choices, table, ring)
    cancelled = "the choices cancel each other out"
    return {
        "ring_angle_deg": (_number(vector.angle_deg), cancelled),
        "ring_length": (_number(vector.length), None),
        "ring_consistency": (_number(vector.consistency), "every option lies on the centre"),
        "ring_category": (scorers.ring_category(vector.angle_deg, ring)[0], cancelled),
    }


def _classification(played: _Played) -> _Taken:
    rule, table = played.game.classification, played.table
    if rule is None:
        return "the game classifies nobody"
    counts = scorers.category_counts(played.choices, table, rule)
    told = ", ".join(f"{name} {int(count[0])}" for name, count in counts.items())
    reason = f"unclassified: not one category alone has {rule.minimum} choices ({told})"
    return {"classification": (scorers.classify(played.choices, table, rule)[0], reason)}


def _positions(played: _Played) -> _Taken:
    places = {one.item_id: one.position for one in played.decisions if one.position is not None}
    same = scorers.constant_position(list(places.values()))
    if same is None:
        return f"{len(places)} items answered, and it takes {MIN_ANSWERED} to tell"
    chance = scorers.constant_position_chance([len(one.shown) for one in played.decisions if one.item_id in places])
    return {"constant_position": (same, None), "constant_position_chance": (chance, None)}


def _goal(played: _Played) -> _Taken:
    wording = played.wording
    if played.goal is None or wording is None:
        return "no goal was stated"
    counted = scorers.goal_text(played.goal, wording.other_words, counts_words=wording.counts_words)
    return {
        "goal_words": (counted.n_words, "the language does not write words apart"),
        "goal_characters": (counted.n_characters, None),
        "goal_names_other": (counted.names_other, "the wording lists no words for the other person"),
    }


_MEASURES: tuple[tuple[tuple[str, ...], Callable[[_Played], _Taken]], ...] = (
    ((), _outcome),
    ((), _value_rationality),
    (("expected_value_rationality",), _expected),
    (("svo_angle_deg", "svo_category", "angular_distance_deg", "angular_value_rationality"), _slider),
    (("transitive", "motive_ranking"), _ranking),
    (("inequality_aversion_index", "secondary_type", "secondary_ranking"), _secondary),
    (("ring_angle_deg", "ring_length", "ring_consistency", "ring_category"), _ring),
    (("classification",), _classification),
    (("constant_position", "constant_position_chance"), _positions),
    (("goal_words", "goal_characters", "goal_names_other"), _goal),
)
"""What is measured together: the measures that one reason can leave undefined at once, and what gives their values."""
