"""Play: the one walk through a script, as a table of what is answered and what is said next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from hvae_bench import load_catalog
from hvae_bench.dialogue.render import Said, follow, follow_async, play_item, play_opening, questions
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.log.overview import find_cell

CATALOG = load_catalog()


def script(template: str) -> DialogueScript:
    value = "none" if template == "baseline" else "competitive"
    return find_cell(CATALOG, f"{value}.chicken.{template}").script()


@pytest.mark.parametrize(
    ("template", "kinds"),
    [
        ("baseline", ["instruction"]),
        ("no-goal", ["instruction", "value_induction", "role_taking"]),
        ("goal-prompting", ["instruction", "value_induction", "role_taking", "goal"]),
        ("label-system-goal-prompting", ["value_induction", "goal"]),
    ],
)
def test_the_opening_is_everything_before_the_items(template: str, kinds: list[str]) -> None:
    heard: list[Said] = []

    def answer(said: Said) -> str | None:
        heard.append(said)
        return f" Reply {len(heard)}.\n" if said.message.expects != "nothing" else None

    goal = follow(play_opening(script(template)), answer)
    assert [said.message.kind for said in heard] == kinds
    assert [said.stream for said in heard] == [f"opening/{number}/1" for number in range(len(kinds))]
    assert {(said.attempt, said.question) for said in heard} == {(1, None)}
    assert goal == (f"Reply {len(kinds)}." if kinds[-1] == "goal" else "")


def test_a_goal_that_was_not_stated_is_empty() -> None:
    assert follow(play_opening(script("goal-prompting")), lambda said: None) == ""


def test_a_goal_can_be_said_in_what_follows_it_before_the_items() -> None:
    found = script("goal-prompting")
    repeat = found.messages[0].model_copy(update={"text": "So: {goal}"})
    longer = found.model_copy(update={"messages": (*found.messages[:-1], repeat, found.messages[-1])})
    heard: list[str] = []

    def answer(said: Said) -> str:
        heard.append(said.text)
        return "win"

    assert follow(play_opening(longer), answer) == "win"
    assert heard[-1] == "So: win"


@pytest.mark.parametrize(
    ("chosen", "reasks", "attempts"),
    [([True], True, [1]), ([False, True], True, [1, 2]), ([False, False], True, [1, 2]), ([False], False, [1])],
)
def test_an_item_is_asked_again_once(chosen: list[bool], reasks: bool, attempts: list[int]) -> None:
    found = script("goal-prompting")
    if not reasks:
        last = found.messages[-1].model_copy(update={"reask": None})
        found = found.model_copy(update={"messages": (*found.messages[:-1], last)})
    question = questions(found, "any")[1]
    heard: list[Said] = []

    def answer(said: Said) -> bool:
        heard.append(said)
        return chosen[len(heard) - 1]

    follow(play_item(question, "win"), answer)
    assert [said.attempt for said in heard] == attempts
    assert [said.stream for said in heard] == [f"items/1/{attempt}" for attempt in attempts]
    assert all(said.question is question and said.message is question.message for said in heard)
    texts = [question.prompt("win"), question.reask_prompt("win")]
    assert [said.text for said in heard] == texts[: len(attempts)]


def test_streams_of_an_item_go_by_its_place_in_the_game() -> None:
    """Whatever order items are asked in, an item draws alike."""
    cell = find_cell(CATALOG, "none.chicken.baseline.i-reversed")
    streams: list[str] = []

    def choose(said: Said) -> bool:
        streams.append(said.stream)
        return True

    for question in questions(cell.script(), "any"):
        follow(play_item(question, ""), choose)
    assert streams == ["items/1/1", "items/0/1"]


def test_waiting_for_answers_is_the_same_walk() -> None:
    found = script("goal-prompting")

    def heard_by(follow_it: Callable[[Callable[[Said], str]], str]) -> tuple[str, list[str]]:
        heard: list[str] = []

        def answer(said: Said) -> str:
            heard.append(said.text)
            return "win"

        return follow_it(answer), heard

    def waiting(answer: Callable[[Said], str]) -> str:
        async def wait(said: Said) -> str | None:
            await asyncio.sleep(0)
            return answer(said)

        return asyncio.run(follow_async(play_opening(found), wait))

    assert heard_by(waiting) == heard_by(lambda answer: follow(play_opening(found), answer))
