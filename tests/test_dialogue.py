"""The words of a dialogue, without any model."""

from __future__ import annotations

from typing import Any

import pytest

from hvae_bench import load_catalog
from hvae_bench.dialogue.render import opening_text, questions
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.log.overview import find_cell

CATALOG = load_catalog()


def script(id_: str = "altruistic.svo-slider-primary.goal-prompting", **changes: Any) -> DialogueScript:
    return find_cell(CATALOG, id_).script().model_copy(update=changes)


def test_the_opening_names_value_and_goal() -> None:
    found = script()
    (induction,) = (message for message in found.messages if message.kind == "value_induction")
    assert "altruistic" in opening_text(found, induction, "")
    turn = found.messages[0].model_copy(update={"text": "Goal: {goal}. {item_count} x {unit}, {counterpart}"})
    said = opening_text(found, turn, "share {unit}")
    shown = found.framing
    assert said == f"Goal: share {{unit}}. 6 x {shown.unit}, {shown.counterpart}", "and what it says stays as it is"


def test_a_question_for_each_item_with_all_that_is_shown() -> None:
    found = script()
    asked = questions(found, "any")
    assert [question.item_id for question in asked] == [item.id for item in found.game.items]
    for place, (question, item) in enumerate(zip(asked, found.game.items, strict=True)):
        prompt = question.prompt("my own goal")
        assert prompt.count("my own goal") == 1
        assert f"Decision {place + 1} of 6." in prompt
        assert "{" not in prompt
        assert question.place == place
        assert [option.option_id for option in question.shown] == [option.id for option in item.options]
        for shown, option in zip(question.shown, item.options, strict=True):
            assert shown.payoffs == option.payoffs
            assert question.option_id(shown.label) == option.id
            assert shown.line in prompt.splitlines()
            own, other = (int(payoff) for payoff in option.payoffs)
            assert shown.line == f"{shown.label}. You get {own} coins, the other person gets {other} coins"
        assert [(one.label, one.option_id) for one in question.as_recorded] == [
            (one.label, one.option_id) for one in question.shown
        ]


def test_no_option_has_another_label() -> None:
    (first, *_) = questions(script(), "any")
    with pytest.raises(KeyError):
        first.option_id("Z")


def test_asking_again_is_up_to_the_template() -> None:
    found = script()
    (first, *_) = questions(found, "any")
    again = first.reask_prompt("")
    assert again is not None
    assert ", ".join(option.label for option in first.shown) in again
    never = found.messages[-1].model_copy(update={"reask": None})
    (first, *_) = questions(script(messages=(*found.messages[:-1], never)), "any")
    assert first.reask_prompt("") is None


@pytest.mark.parametrize(
    ("id_", "first_options", "items"),
    [
        ("none.svo-slider-primary.baseline", "o1 o2 o3 o4 o5 o6 o7 o8 o9", "p1 p2 p3 p4 p5 p6"),
        ("none.svo-slider-primary.baseline.o-reversed", "o9 o8 o7 o6 o5 o4 o3 o2 o1", "p1 p2 p3 p4 p5 p6"),
        ("none.svo-slider-primary.baseline.i-reversed", "o1 o2 o3 o4 o5 o6 o7 o8 o9", "p6 p5 p4 p3 p2 p1"),
        ("none.svo-slider-primary.baseline.o-reversed.i-reversed", "o9 o8 o7 o6 o5 o4 o3 o2 o1", "p6 p5 p4 p3 p2 p1"),
    ],
)
def test_options_and_items_have_orders_of_their_own(id_: str, first_options: str, items: str) -> None:
    asked = questions(script(id_), "one")
    assert asked == questions(script(id_), "other"), "the same in every dialogue"
    assert " ".join(option.option_id for option in asked[0].shown) == first_options
    assert " ".join(question.item_id for question in asked) == items
    # Numbers and labels go by what is seen; places by the game, as its random draws are named.
    assert [question.content["item_number"] for question in asked] == list("123456")
    assert {"".join(option.label for option in question.shown) for question in asked} == {"ABCDEFGHI"}
    assert [f"p{question.place + 1}" for question in asked] == items.split()
    for question in asked:
        assert [option.option_id for option in question.in_published_order] == [f"o{n}" for n in range(1, 10)]


def test_shuffled_orders_depend_on_the_stream_alone() -> None:
    found = script("none.svo-slider-primary.baseline.o-shuffled.i-shuffled")
    assert questions(found, "one") == questions(found, "one")
    assert questions(found, "one") != questions(found, "other")
    for question in questions(found, "one"):
        item = next(item for item in found.game.items if item.id == question.item_id)
        assert [shown.label for shown in question.shown] == list(found.framing.labels[: len(item.options)])
        assert {option.option_id for option in question.shown} == {option.id for option in item.options}
        assert [option.option_id for option in question.in_published_order] == [option.id for option in item.options]


def test_a_shuffle_of_items_leaves_the_options_of_each_as_they_were() -> None:
    alone = {q.item_id: q.shown for q in questions(script("none.svo-slider-primary.baseline.o-shuffled"), "one")}
    both = {
        q.item_id: q.shown for q in questions(script("none.svo-slider-primary.baseline.o-shuffled.i-shuffled"), "one")
    }
    assert both == alone


def test_ordinals_count_the_items_as_they_are_asked() -> None:
    found = script("none.svo-slider-primary.baseline.i-reversed")
    asking = found.messages[-1].model_copy(update={"text": "The {ordinal} question."})
    said = [question.prompt("") for question in questions(script(messages=(asking,)), "any")]
    assert said == [f"The {word} question." for word in ("first", "second", "third", "fourth", "fifth", "sixth")]
