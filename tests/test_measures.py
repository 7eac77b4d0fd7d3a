"""Measures of one dialogue: every number or its reason, as the record keeps them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hvae_bench import load_catalog
from hvae_bench.dialogue.described import WordingRecord
from hvae_bench.log.measures import MeasuresRecord, measure
from hvae_bench.scorers import Decision, Motive, ShownOption

CATALOG = load_catalog()
GAME = CATALOG.games["svo-slider-primary"]
ITEMS = tuple(item.id for item in GAME.items)
ALTRUIST = "191199"


def decide(options: str, *, backwards: bool = False) -> list[Decision]:
    """Decisions on the six items, a digit for each; `-` for a refusal."""
    ids = [f"o{number}" for number in range(1, 10)]
    shown = tuple(
        ShownOption(label=label, option_id=id_)
        for label, id_ in zip("ABCDEFGHI", ids[::-1] if backwards else ids, strict=True)
    )
    return [
        Decision(
            item_id=item,
            shown=shown,
            reply="",
            option_id=None if digit == "-" else f"o{digit}",
            status="refused" if digit == "-" else "chosen",
            reason="declined" if digit == "-" else "label",
            reasked=False,
        )
        for item, digit in zip(ITEMS, options, strict=True)
    ]


def measured(options: str, target: str = "altruistic", **more: object) -> MeasuresRecord:
    goal = more.pop("goal", None)
    other_words = ("other", "both") if more.pop("words", True) else ()
    motives: Sequence[Motive] = CATALOG.values[target].motives
    return measure(
        motives,
        GAME,
        decide(options, backwards=bool(more.pop("backwards", False))),
        None if goal is None else str(goal),
        WordingRecord(id="en", language="en", paraphrase=1, status="unreviewed", other_words=other_words),
    )


# Angles: ideal profiles of section 4 of the design; expected distances by enumeration of 9^6 profiles.
@pytest.mark.parametrize(
    ("options", "target", "distance", "rationality"),
    [
        (ALTRUIST, "altruistic", 0, 1),
        ("919911", "altruistic", 61.390 + 16.260, 1 - 77.650 / 38.687),
        ("199459", "prosocial", 0, 1),
        (ALTRUIST, "prosocial", 61.390 - 52.907, 1 - 8.482 / 15.223),
        (ALTRUIST, "individualistic", 61.390 - 7.815, 1 - 53.574 / 15.653),
    ],
)
def test_angular(options: str, target: str, distance: float, rationality: float) -> None:
    measures = measured(options, target)
    assert measures.angular_distance_deg == pytest.approx(distance, abs=2e-3)
    assert measures.angular_value_rationality == pytest.approx(rationality, abs=2e-3)


@pytest.mark.parametrize(
    ("options", "backwards", "constant", "chance"),
    [
        ("111111", False, True, 9 * 9**-6),
        ("999999", True, True, 9 * 9**-6),
        ("199119", False, False, 9 * 9**-6),
        ("1111--", False, True, 9 * 9**-4),
        ("111---", False, None, None),
    ],
)
def test_positions(options: str, backwards: bool, constant: bool | None, chance: float | None) -> None:
    measures = measured(options, backwards=backwards)
    assert measures.constant_position is constant
    assert measures.constant_position_chance == (chance if chance is None else pytest.approx(chance))
    if constant is None:
        assert measures.undefined["constant_position"] == "3 items answered, and it takes 4 to tell"


def test_the_place_counts_as_it_was_shown() -> None:
    mixed = [*decide("111111")[:3], *decide("999999", backwards=True)[3:]]
    assert measure(CATALOG.values["altruistic"].motives, GAME, mixed).constant_position is True


@pytest.mark.parametrize(
    ("goal", "words", "counts"),
    [
        ("Give the other as much as I can.", True, (8, 32, True)),
        ("Take the most, another time too.", True, (6, 32, False)),
        ("BOTH!", True, (1, 5, True)),
        ("Take all.", False, (2, 9, None)),
        (None, True, (None, None, None)),
    ],
)
def test_goals(goal: str | None, words: bool, counts: tuple[int | None, int | None, bool | None]) -> None:
    measures = measured(ALTRUIST, goal=goal, words=words)
    assert (measures.goal_words, measures.goal_characters, measures.goal_names_other) == counts


@pytest.mark.parametrize(
    ("options", "target", "reasons"),
    [
        (
            "1991-9",
            "altruistic",
            dict.fromkeys(
                (
                    "svo_angle_deg",
                    "svo_category",
                    "angular_distance_deg",
                    "angular_value_rationality",
                    "transitive",
                    "motive_ranking",
                ),
                "no answer to p5",
            ),
        ),
        (
            ALTRUIST,
            "none",
            {
                "value_rationality": "the target has no motive",
                "angular_distance_deg": "the target has no motive",
                "angular_value_rationality": "the target has no motive",
            },
        ),
        ("------", "altruistic", {"value_rationality": "no item was answered"}),
    ],
)
def test_every_null_has_its_reason(options: str, target: str, reasons: dict[str, str]) -> None:
    measures = measured(options, target)
    assert reasons.items() <= measures.undefined.items()
    nulls = {name for name in MeasuresRecord.model_fields if getattr(measures, name) is None}
    # Nobody asked for probabilities, so nobody needs to hear why there are none.
    assert nulls - {"expected_value_rationality"} == set(measures.undefined)


def test_a_game_without_slider_has_no_angles() -> None:
    game = GAME.model_copy(update={"slider": None})
    measures = measure(CATALOG.values["altruistic"].motives, game, decide(ALTRUIST))
    assert measures.value_rationality == pytest.approx(1)
    for name in ("svo_angle_deg", "svo_category", "angular_distance_deg", "angular_value_rationality"):
        assert (getattr(measures, name), measures.undefined[name]) == (None, "the game measures no angle")
    assert measures.undefined["transitive"] == "the game ranks no motives"


NEW = (
    "inequality_aversion_index",
    "secondary_type",
    "secondary_ranking",
    "ring_angle_deg",
    "ring_length",
    "ring_consistency",
    "ring_category",
    "classification",
)


def played(game: str, options: str, target: str = "altruistic") -> MeasuresRecord:
    """Measures of a dialogue on any game whose options are numbered; `-` for a refusal."""
    entry = CATALOG.games[game]
    decisions = [
        Decision(
            item_id=item.id,
            shown=tuple(ShownOption(label=str(place), option_id=one.id) for place, one in enumerate(item.options)),
            reply="",
            option_id=None if digit == "-" else f"o{digit}",
            status="refused" if digit == "-" else "chosen",
            reason="declined" if digit == "-" else "label",
            reasked=False,
        )
        for item, digit in zip(entry.items, options, strict=True)
    ]
    return measure(CATALOG.values[target].motives, entry, decisions)


def test_declared_measures_are_undefined_on_other_games() -> None:
    measures = measured(ALTRUIST)
    assert {name: measures.undefined[name] for name in NEW} == {
        **dict.fromkeys(NEW[:3], "the game has no secondary items"),
        **dict.fromkeys(NEW[3:7], "the game is no ring"),
        "classification": "the game classifies nobody",
    }


IA, JG = "inequality_aversion", "joint_gain"
NOT_CLOSEST = f"{IA} and {JG} are not the two motives closest to the choices"


# Profiles of the golden file: inequality averse, joint gain, altruist; and a tie by hand: on s1 the sixth option is
# ideal for one and the ninth for the other, on s3 the fourth and the first, so 1 + 2 against 2 + 1.
@pytest.mark.parametrize(
    ("options", "index", "kind", "leader", "reasons"),
    [
        ("199459" + "654758532", 0, IA, IA, {}),
        ("199159" + "951959511", 1, JG, JG, {}),
        (
            ALTRUIST + "919911191",
            None,
            None,
            "other_gain",
            {"inequality_aversion_index": NOT_CLOSEST, "secondary_type": NOT_CLOSEST},
        ),
        ("199459" + "7-2------", 0.5, None, IA, {"secondary_type": f"the choices are as close to {IA} as to {JG}"}),
        (
            "199459" + "---------",
            None,
            None,
            None,
            dict.fromkeys(NEW[:3], "no answer to s1, s2, s3, s4, s5, s6, s7, s8, s9"),
        ),
    ],
)
def test_secondary(
    options: str, index: float | None, kind: str | None, leader: str | None, reasons: dict[str, str]
) -> None:
    measures = played("svo-slider-full", options)
    assert measures.inequality_aversion_index == (index if index is None else pytest.approx(index))
    assert measures.secondary_type == kind
    assert (measures.secondary_ranking or (None,))[0] == leader
    assert {name: why for name, why in measures.undefined.items() if name in NEW[:3]} == reasons


def test_the_angle_of_the_full_slider_comes_from_the_primary_items_alone() -> None:
    for secondary in ("654758532", "111111111", "---------"):
        assert played("svo-slider-full", ALTRUIST + secondary).svo_angle_deg == pytest.approx(61.390, abs=5e-4)
    assert played("svo-slider-full", "-91199" + "654758532").svo_angle_deg is None


def test_ring() -> None:
    # The first point of each pair in the lower half, the second in the upper: everything for the other.
    measures = played("ring-24", "2" * 6 + "1" * 12 + "2" * 6)
    assert measures.ring_angle_deg == pytest.approx(90, abs=0.01)
    assert measures.ring_length == pytest.approx(30, abs=0.01)
    assert measures.ring_consistency == pytest.approx(1, abs=1e-3)
    assert measures.ring_category == "altruistic"
    assert not set(NEW[3:7]) & set(measures.undefined)
    assert measures.value_rationality == pytest.approx(1)


def test_ring_with_a_missing_answer() -> None:
    measures = played("ring-24", "2" * 6 + "1" * 11 + "-" + "2" * 6)
    for name in NEW[3:7]:
        assert (getattr(measures, name), measures.undefined[name]) == (None, "no answer to r18")
    assert measures.value_rationality == pytest.approx(1)


def test_ring_without_direction() -> None:
    measures = played("ring-24", "1" * 24)
    assert (measures.ring_angle_deg, measures.ring_category) == (None, None)
    assert measures.undefined["ring_angle_deg"] == "the choices cancel each other out"
    assert measures.undefined["ring_category"] == "the choices cancel each other out"
    assert measures.ring_length == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("options", "category", "why"),
    [
        ("321321132", "prosocial", None),
        ("32132----", None, "prosocial 5, individualistic 0, competitive 0"),
        ("213213213", "individualistic", None),
        ("321213131", None, "prosocial 5, individualistic 3, competitive 1"),
    ],
)
def test_classification(options: str, category: str | None, why: str | None) -> None:
    measures = played("triple-dominance-9", options)
    assert measures.classification == category
    told = f"unclassified: not one category alone has 6 choices ({why})" if why else None
    assert measures.undefined.get("classification") == told
