"""The solver on a template of its own: roles, turns without a reply, system messages, shuffled orders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog
from inspect_ai.model import ChatMessage

from hvae_bench import hvae_bench

from .conftest import Script
from .test_task import exported

TEMPLATE = """
id: system-label
title: Label in the system message
source: Written for this test.
family: system-label
induction: label
goal: none
turns:
  - {kind: value_induction, role: system, expects: nothing, say: you_are}
  - {kind: instruction, role: user, expects: nothing, say: announced}
  - {kind: decision, role: user, expects: decision, say: bare}
"""
WORDING = """
id: terse
title: Hardly a word
source: Written for this test.
language: en
paraphrase: 9
based_on: en
sentences:
  you_are: "You are {value_label}: {value_definition}"
  announced: "There are {item_count} items about {unit}."
  bare: "{ordinal} {item_number}/{item_count} {counterpart} {situation}\\n{options}\\n{labels}"
join: {labels: ", ", outcomes: " | "}
option_line: "({label}) {outcomes}"
outcomes: {svo: {self: "self {number}", other: "other {number}"}}
counterparts: {somebody: {long: somebody, short: other}}
"""
FRAMING = """
id: numbers
title: Numbers
source: Written for this test.
unit: points
counterpart: somebody
labels: ["1", "2", "3", "4", "5", "6", "7", "8", "9"]
"""
SHUFFLED: dict[str, Any] = {
    "option_orders": "shuffled",
    "item_orders": "shuffled",
    "wordings": "terse",
    "framings": "numbers",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for kind, text in {"templates": TEMPLATE, "wordings": WORDING, "framings": FRAMING}.items():
        path = tmp_path / "mine" / kind / f"{text.split()[1]}.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "mine"


def test_roles_and_placeholders_come_from_the_template(
    run: Callable[..., EvalLog], script: Callable[[Script], str], folder: Path
) -> None:
    seen: list[list[ChatMessage]] = []

    def reply(stream: str, messages: list[ChatMessage]) -> str:
        seen.append(list(messages))
        return "(4)"

    task = hvae_bench(
        scenario="slider", catalog=str(folder), values="competitive", templates="system-label", **SHUFFLED
    )
    log = run(task, script(reply), epochs=1)
    first = seen[0]
    assert [message.role for message in first] == ["system", "user"], "what asks for no reply begins the next message"
    assert first[0].text.startswith("You are hyper-competitive: Wants to come out")
    assert first[1].text.startswith("There are 6 items about points.\n\nfirst 1/6 somebody \n(1) self ")
    assert first[1].text.endswith("\n1, 2, 3, 4, 5, 6, 7, 8, 9")
    assert len(seen) == 6, "turns that expect nothing make no call"
    (record,) = exported(log)
    assert [turn.reply for turn in record.turns[:2]] == [None, "(4)"]
    for decision in record.decisions:
        chosen = next(option for option in decision.shown if option.label == "4")
        assert decision.option_id == chosen.option_id


def test_shuffled_orders_follow_the_seed(run: Callable[..., EvalLog], folder: Path) -> None:
    def orders(seed: int) -> list[object]:
        task = hvae_bench(
            scenario="slider",
            catalog=str(folder),
            values="altruistic",
            templates="no-goal",
            seed=seed,
            **SHUFFLED,
        )
        log = run(task, "hvae/altruistic", model_args={"catalog": str(folder)}, epochs=2)
        records = exported(log)
        assert all(record.measures.value_rationality == pytest.approx(1) for record in records)
        assert len({record.decisions[0].shown for record in records}) == 2, "every dialogue has its own order"
        return [(d.item_id, d.shown) for record in records for d in record.decisions]

    assert orders(1) == orders(1)
    assert orders(1) != orders(2)


def test_a_model_that_may_reason_answers_on_the_last_line(
    run: Callable[..., EvalLog], script: Callable[[Script], str]
) -> None:
    def reply(stream: str, messages: list[ChatMessage]) -> str:
        return "At first I choose B. But nothing is better for the other person than A.\n\nA"

    for template, status in (("reasoning-no-goal", "chosen"), ("no-goal", "invalid")):
        log = run(hvae_bench(scenario="paper", values="altruistic", templates=template), script(reply), epochs=1)
        (record,) = exported(log)
        assert record.template.reasoning == (template == "reasoning-no-goal")
        assert {decision.status for decision in record.decisions} == {status}


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("label-given-goal", "Your goal for this task: Come out as far ahead of the other person as possible."),
        (
            "label-given-rule",
            "Your rule for this task: Choose the option in which your payoff minus the other person's",
        ),
    ],
)
def test_a_goal_that_is_given_is_said_and_repeated(
    run: Callable[..., EvalLog], script: Callable[[Script], str], template: str, words: str
) -> None:
    task = hvae_bench(scenario="paper", values="competitive", templates=template)
    (record,) = exported(run(task, script(lambda stream, messages: "C"), epochs=1))
    assert [turn.kind for turn in record.turns[:3]] == ["instruction", "value_induction", "goal"]
    assert all(words in turn.prompt for turn in record.turns[2:])
    assert record.goal_text is None, "only a goal that the model stated is its goal"
