"""The wording of a dialogue, without any model."""

from __future__ import annotations

import pytest

from hvae_bench import load_catalog
from hvae_bench.dialogue import opening_text, questions
from hvae_bench.sample import DialogueScript, build_cells


def script(template: str = "goal-prompting", framing: str = "coins-en", **changes: object) -> DialogueScript:
    catalog = load_catalog()
    (cell,) = build_cells(
        catalog,
        catalog.scenarios["slider"],
        values=["altruistic"],
        templates=[template],
        framings=[framing],
    )
    made = cell.script()
    return made.model_copy(update={"framing": made.framing.model_copy(update=changes)})


def test_the_opening_names_value_and_goal() -> None:
    found = script()
    (induction,) = (turn for turn in found.turns if turn.kind == "value_induction")
    assert "altruistic" in opening_text(found, induction, "")
    turn = found.turns[0].model_copy(update={"text": "Goal: {goal}. {item_count} x {unit}, {counterpart}"})
    said = opening_text(found, turn, "share {unit}")
    shown = found.framing
    assert said == f"Goal: share {{unit}}. 6 x {shown.unit}, {shown.counterpart}", "and what it says stays as it is"


def test_a_question_for_each_item_with_all_that_is_shown() -> None:
    found = script()
    asked = questions(found, "any")
    assert [question.item_id for question in asked] == [item.id for item in found.game.items]
    for question, item in zip(asked, found.game.items, strict=True):
        prompt = question.prompt("my own goal")
        assert prompt.count("my own goal") == 1
        assert "{" not in prompt
        assert [option.option_id for option in question.shown] == [option.id for option in item.options]
        for offer, option in zip(question.offers, item.options, strict=True):
            assert offer.payoffs == option.payoffs
            assert question.option_id(offer.label) == option.id


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
    never = found.turns[-1].model_copy(update={"reask": None})
    (first, *_) = questions(found.model_copy(update={"turns": (*found.turns[:-1], never)}), "any")
    assert first.reask_prompt("") is None


@pytest.mark.parametrize("order", ["published", "reversed"])
def test_orders_that_are_not_shuffled_are_the_same_in_every_dialogue(order: str) -> None:
    found = script(option_order=order, item_order=order)
    assert questions(found, "one") == questions(found, "other")


def test_shuffled_orders_depend_on_the_stream_alone() -> None:
    found = script(option_order="shuffled", item_order="shuffled")
    assert questions(found, "one") == questions(found, "one")
    assert questions(found, "one") != questions(found, "other")
    for question in questions(found, "one"):
        item = next(item for item in found.game.items if item.id == question.item_id)
        assert [offer.label for offer in question.offers] == list(found.framing.labels[: len(item.options)])
        assert {option.option_id for option in question.shown} == {option.id for option in item.options}
