"""Measures of one dialogue: every number or its reason, as the record keeps them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hvae_bench import load_catalog
from hvae_bench.measures import MeasuresRecord, measure
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
    motives: Sequence[Motive] = CATALOG.values[target].motives
    return measure(
        motives,
        GAME,
        decide(options, backwards=bool(more.pop("backwards", False))),
        goal=None if goal is None else str(goal),
        other_words=("other", "both") if more.pop("words", True) else (),
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
    assert nulls == set(measures.undefined)


def test_a_game_without_slider_has_no_angles() -> None:
    game = GAME.model_copy(update={"slider": None})
    measures = measure(CATALOG.values["altruistic"].motives, game, decide(ALTRUIST))
    assert measures.value_rationality == pytest.approx(1)
    for name in ("svo_angle_deg", "svo_category", "angular_distance_deg", "angular_value_rationality"):
        assert (getattr(measures, name), measures.undefined[name]) == (None, "the game measures no angle")
    assert measures.undefined["transitive"] == "the game ranks no motives"
