"""Models without a system role: what says so ends the run with the switch that helps, and the switch helps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval, eval_retry
from inspect_ai.log import EvalLog
from inspect_ai.model import ChatMessage, get_model
from model_server import running

from hvae_bench import hvae_bench
from hvae_bench.analysis import load
from hvae_bench.analysis.comparison import obstacles
from hvae_bench.dialogue.administration import ItemsMode
from hvae_bench.dialogue.answer import refusal_of_system_role

from .conftest import QUICKLY, Script
from .test_solver import folder as folder
from .test_task import exported

Run = Callable[..., EvalLog]

GOAL: dict[str, Any] = {"values": "altruistic", "templates": "goal-prompting"}
NONE: dict[str, Any] = {"values": "none", "templates": "baseline"}

SAID: dict[str, tuple[int, dict[str, Any]]] = {
    "vLLM, Gemma": (400, {"object": "error", "message": "System role not supported", "code": 400}),
    "llama.cpp": (500, {"error": {"code": 500, "message": "Only user and assistant roles are supported!"}}),
    "Ollama": (500, {"error": "template: Only user, assistant and tool roles are supported, got system."}),
    "a proxy": (200, {"choices": None, "error": {"message": "This model doesn't support system messages."}}),
}


@pytest.mark.parametrize("name", SAID)
def test_the_first_refusal_ends_the_run_and_names_the_switch(name: str, tmp_path: Path) -> None:
    status, body = SAID[name]
    rule = {"kind": "given", "role": "system", "status": status, "body": body}
    with running(faults=[rule]) as server:
        model = get_model("openai-api/lab/m", base_url=server.url, api_key="none", max_retries=0, memoize=False)

        def run(**arguments: Any) -> EvalLog:
            (log,) = eval(
                hvae_bench(scenario="paper", **GOAL, **arguments),
                model=model,
                **(QUICKLY | {"epochs": 3, "max_samples": 1, "log_dir": str(tmp_path / str(arguments))}),
            )
            return log

        log = run()
        assert log.status == "error"
        assert log.error is not None
        assert "takes no system messages" in log.error.message
        assert "-T system=first_user" in log.error.message
        assert len(log.error.message.splitlines()) == 1
        assert server.stats()["calls"] == 1, "neither this question again nor another one"
        first, *others = exported(log)
        assert first.dialogue.error
        assert {one.reason for one in first.decisions} == {"error"}
        assert {one.reason for record in others for one in record.decisions} <= {"cancelled"}

        log = run(system="first_user")
        assert log.status == "success", log.error
        assert {one.status for record in exported(log) for one in record.decisions} == {"chosen"}


def test_a_server_that_has_answered_is_not_given_up(run: Run, script: Callable[[Script], str]) -> None:
    """Behind a gateway stand several; what one of them refuses another one answers."""
    refusal = RuntimeError("System role not supported")
    model = script(lambda stream, messages: refusal if "/2/opening" in stream else "A")
    log = run(hvae_bench(scenario="paper", **GOAL), model, status="error", epochs=3, max_samples=1)
    assert [bool(record.dialogue.error) for record in exported(log)] == [False, True, False]
    assert log.error is None


def test_an_answer_in_the_middle_of_a_dialogue_is_no_refusal_of_the_role(
    run: Run, script: Callable[[Script], str]
) -> None:
    refusal = RuntimeError("Conversation roles must alternate user/assistant/...")
    model = script(lambda stream, messages: refusal if "items/3" in stream else "A")
    (record,) = exported(run(hvae_bench(scenario="paper", **GOAL), model, status="error", epochs=1))
    assert record.dialogue.error
    assert "first_user" not in record.dialogue.error


@pytest.mark.parametrize(
    ("said", "refuses"),
    [
        ("System role not supported", True),
        ("Conversation roles must alternate user/assistant/user/assistant/...", True),
        ("Only user and assistant roles are supported!", True),
        ("Exception: Only user, assistant and tool roles are supported, got system", True),
        ("Unsupported value: 'messages[0].role' does not support 'system' with this model.", True),
        ("This model doesn't support system messages. Try again without system messages", True),
        ("Developer instruction is not enabled for models/gemma-3-27b-it", True),
        ("After the optional system message, conversation roles must alternate user/assistant/...", False),
        ("This model's maximum context length is 4096 tokens", False),
        ("The system is not supported by this licence", False),
        ("Incorrect API key provided", False),
    ],
)
def test_a_refusal_of_the_role_is_told_from_other_errors(said: str, refuses: bool) -> None:
    assert (refusal_of_system_role(RuntimeError(said)) == said) == refuses


# --- what the model reads instead


@pytest.mark.parametrize("items", ["sequential", "independent", "batched"])
def test_the_first_user_message_begins_with_what_the_system_message_says(
    run: Run, script: Callable[[Script], str], items: ItemsMode
) -> None:
    seen: dict[str, list[ChatMessage]] = {}

    def reply(stream: str, messages: list[ChatMessage]) -> str:
        seen[stream] = list(messages)
        return "A"

    def asked(**arguments: Any) -> tuple[list[list[ChatMessage]], Any]:
        seen.clear()
        task = hvae_bench(scenario="paper", **arguments)
        (record,) = exported(run(task, script(reply), epochs=1))
        return [messages for _, messages in sorted(seen.items())], record

    for cell in (GOAL, NONE):
        before, as_usual = asked(items=items, **cell)
        after, record = asked(items=items, **cell, system="first_user")
        for usual, joined in zip(before, after, strict=True):
            assert [message.role for message in usual] == ["system", *(message.role for message in joined)]
            assert joined[0].text == f"{usual[0].text}\n\n{usual[1].text}"
            assert [message.text for message in joined[1:]] == [message.text for message in usual[2:]]
        assert record.run.administration.system == "first_user"
        told, *others = [turn for turn in record.turns if turn.prompt.startswith(as_usual.turns[0].prompt)]
        assert told == record.turns[0]
        assert told.reply == "A"
        # Without an opening of the user's every question on its own is a first message.
        assert len(others) == (5 if cell is NONE and items == "independent" else 0)
        assert {turn.role for turn in record.turns} == {"user"}
        assert len(record.turns) == len(as_usual.turns) - 1
        assert record.decisions == as_usual.decisions


def test_turns_without_a_reply_keep_their_places(run: Run, script: Callable[[Script], str], folder: Path) -> None:
    """What waits for no reply, whoever says it, begins the next message in its order."""
    template = folder / "templates" / "system-label.yaml"
    turns = "  - {kind: value_induction, role: system, expects: nothing, say: you_are}\n"
    later = "  - {kind: instruction, role: user, expects: nothing, say: announced}\n"
    template.write_text(template.read_text("utf-8").replace(turns + later, later + turns), encoding="utf-8")
    seen: list[list[ChatMessage]] = []

    def reply(stream: str, messages: list[ChatMessage]) -> str:
        seen.append(list(messages))
        return "(4)"

    task = hvae_bench(
        scenario="slider",
        catalog=str(folder),
        values="competitive",
        templates="system-label",
        wordings="terse",
        framings="numbers",
        option_orders="published",
        system="first_user",
    )
    run(task, script(reply), epochs=1)
    (question,) = seen[0]
    assert question.text.startswith("There are 6 items about points.\n\nYou are hyper-competitive: Wants to come out")
    assert "\n\nfirst 1/6 somebody" in question.text
    assert [len(messages) for messages in seen] == [1, 3, 5, 7, 9, 11]


@pytest.mark.parametrize("model", ["hvae/noisy", "hvae/uniform"])
def test_agents_choose_alike_however_they_are_told(run: Run, model: str) -> None:
    given = {"value": "altruistic", "error": 0.5} if model == "hvae/noisy" else {}
    chosen = {
        system: [
            record.decisions
            for record in exported(run(hvae_bench(scenario="paper", system=system), model, model_args=given, epochs=1))
        ]
        for system in ("message", "first_user")
    }
    assert chosen["message"] == chosen["first_user"]


def test_a_retry_and_a_comparison_heed_it(run: Run, script: Callable[[Script], str], tmp_path: Path) -> None:
    model = script(lambda stream, messages: RuntimeError("down") if "items/3/" in stream else "A")
    task = hvae_bench(scenario="paper", **GOAL, system="first_user")
    log = run(task, model, status="error", epochs=1)
    script(lambda stream, messages: "A")
    (again,) = eval_retry(log, log_dir=str(tmp_path / "again"), display="none")
    assert again.status == "success"
    (record,) = exported(again)
    assert record.run.administration.system == "first_user"
    assert {turn.role for turn in record.turns} == {"user"}
    usual = run(hvae_bench(scenario="paper", **GOAL), model, epochs=1)
    found = {one.what: str(one) for one in obstacles(load(again.location)[0], load(usual.location)[0])}
    assert found["system"].startswith("system: first_user and message; ")
