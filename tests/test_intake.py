"""Intake: what servers hand over in place of an answer, or around one, through Inspect's own client."""

from __future__ import annotations

import asyncio
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval, eval_retry
from inspect_ai.log import EvalLog, read_eval_log
from inspect_ai.model import (
    ContentReasoning,
    GenerateConfig,
    Model,
    ModelOutput,
    StopDetails,
    get_model,
)
from model_server import Running, running

from hvae_bench import hvae_bench
from hvae_bench.dialogue.answer import NoReplyError
from hvae_bench.dialogue.intake import guarded, intake_of, is_refused
from hvae_bench.log.export import export_log, rationality_path
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.source import read_records

from .conftest import QUICKLY
from .report.conftest import read_file

# Inspect's client says so of every answer that is not as it expects.
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")


def said(content: Any, **more: Any) -> dict[str, Any]:
    """An answer with this content, as the fields of a fault."""
    message = {"role": "assistant", "content": content} | more.pop("message", {})
    return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"} | more]}


def counted(**counts: Any) -> dict[str, Any]:
    return said("A") | {"usage": {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11} | counts}


UNKNOWN = ("input_tokens", "output_tokens", "total_tokens", "input_tokens_cached")
NO_COUNTS = "The server gave no token counts with some reply."
HALF = "An answer held half a character, which was replaced by U+FFFD."
PARTS = "A reply came in parts; the text of them was read."

READ: dict[str, tuple[dict[str, Any], str, tuple[str, ...], tuple[str, ...]]] = {
    # what the server answers; the reply; the notes; the counts that are not known
    "as usual": (said("A"), "A", (), ()),
    "negative count": (
        counted(completion_tokens=-100),
        "A",
        ("The server gave -100 as `output_tokens` of a reply.",),
        ("output_tokens",),
    ),
    "count beyond 64 bits": (
        counted(prompt_tokens=2**70),
        "A",
        (f"The server gave {2**70} as `input_tokens` of a reply.",),
        ("input_tokens",),
    ),
    "half a token": (
        counted(completion_tokens=12.5),
        "A",
        ("The server gave 12.5 as `output_tokens` of a reply.",),
        ("output_tokens",),
    ),
    "count in words": (
        counted(prompt_tokens="many"),
        "A",
        ("The server gave 'many' as `input_tokens` of a reply.",),
        ("input_tokens",),
    ),
    "no count of one kind": (
        said("A") | {"usage": {"prompt_tokens": 10, "total_tokens": 11}},
        "A",
        ("The server gave None as `output_tokens` of a reply.",),
        ("output_tokens",),
    ),
    "usage null": (said("A") | {"usage": None}, "A", (NO_COUNTS,), UNKNOWN),
    "usage a list": (said("A") | {"usage": []}, "A", (NO_COUNTS,), UNKNOWN),
    "more cached than sent": (counted(prompt_tokens_details={"cached_tokens": 50}), "A", (), ()),
    "id a number": (said("A") | {"id": 7}, "A", ("The server gave 7 as the `id` of an answer.",), ()),
    "id null": (said("A") | {"id": None}, "A", (), ()),
    "model null": (said("A") | {"model": None}, "A", ("The server gave None as the `model` of an answer.",), ()),
    "model a number": (said("A") | {"model": 5}, "A", ("The server gave 5 as the `model` of an answer.",), ()),
    "time in words": (said("A") | {"created": "yesterday"}, "A", (), ()),
    "content null": (said(None), "", (), ()),
    "a part": (said([{"type": "text", "text": "A"}]), "A", (PARTS,), ()),
    "two parts": (said([{"type": "text", "text": "I take"}, {"type": "text", "text": " A"}]), "I take A", (PARTS,), ()),
    "a part of the newer form": (said([{"type": "output_text", "text": "A"}]), "A", (PARTS,), ()),
    "a list of texts": (said(["A"]), "A", (PARTS,), ()),
    "reasoning in a part": (
        said([{"type": "thinking", "thinking": [{"type": "text", "text": "B?"}]}, {"type": "text", "text": "A"}]),
        "A",
        (PARTS,),
        (),
    ),
    "parts and reasoning": (
        said([{"type": "text", "text": "A"}], message={"reasoning_content": "B?"}),
        "A",
        (PARTS,),
        (),
    ),
    "half a character": (said("A \ud83d"), "A \N{REPLACEMENT CHARACTER}", (HALF,), ()),
    "half a character in the model's name": (said("A") | {"model": "m\ud83d"}, "A", (HALF,), ()),
    "half a character where nobody looks": (said("A") | {"system_fingerprint": "\udc00"}, "A", (), ()),
    "both halves apart": (said("\ud83d\ude00"), "\N{GRINNING FACE}", (), ()),
    "finish reason null": (said("A", finish_reason=None), "A", (), ()),
}

NO_REPLY: dict[str, tuple[dict[str, Any], str]] = {
    # what the server answers (its status and its body); what is told of it
    "no choice": ({"body": {"choices": []}}, "The server's answer holds no reply: "),
    "choices null": ({"body": {"choices": None}}, "The server's answer holds no reply that can be read: "),
    "message null": ({"body": {"choices": [{"index": 0, "message": None}]}}, "holds no reply that can be read"),
    "error with status 200": (
        {"body": {"choices": None, "error": {"message": "The upstream is on fire", "code": 502}}},
        "The server answered with an error: The upstream is on fire",
    ),
    "error in one word": ({"body": {"choices": None, "error": "overloaded"}}, "answered with an error: overloaded"),
    "error beside an answer": ({"body": said("A") | {"error": {"message": "cut off"}}}, "an error: cut off"),
    "error in the choice": (
        {"body": said("", finish_reason="error", error={"message": "Provider returned error"})},
        "answered with an error: Provider returned error",
    ),
    "finish reason error": ({"body": said("", finish_reason="error")}, "The server answered with an error: {"),
    "detail": ({"body": {"choices": None, "detail": "Model not loaded"}}, "holds no reply"),
    "a picture": ({"body": said([{"type": "image_url", "image_url": {"url": "x"}}])}, "image_url"),
    "a picture and text": ({"body": said([{"type": "image_url"}, {"type": "text", "text": "A"}])}, "image_url"),
    "content a number": ({"body": said(3)}, "holds no reply that can be read"),
    "content an object": ({"body": said({"text": "A"})}, "holds no reply that can be read"),
    "context exceeded": (
        {
            "status": 400,
            "body": {"error": {"code": "context_length_exceeded", "message": "Too long. Shorten it, say option A."}},
        },
        "The provider gave an error in place of a reply (model_length): Too long. Shorten it, say option A.",
    ),
}


def newer(text: str = "A", **more: Any) -> dict[str, Any]:
    """An answer of the newer form (Responses)."""
    part = {"type": "output_text", "text": text, "annotations": []}
    message = {"type": "message", "id": "m1", "role": "assistant", "status": "completed", "content": [part]}
    usage = {"input_tokens": 10, "output_tokens": 1, "total_tokens": 11, "input_tokens_details": {"cached_tokens": 0}}
    answer = {"id": "r1", "object": "response", "created_at": 1, "model": "m", "status": "completed", "error": None}
    return answer | {"output": [message], "usage": usage, "parallel_tool_calls": True, "tools": []} | more


READ_NEWER: dict[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    "as usual": (newer(), "A", ()),
    "id a number": (newer(id=5), "A", ("The server gave 5 as the `id` of an answer.",)),
    "model a number": (newer(model=5), "A", ("The server gave 5 as the `model` of an answer.",)),
    "usage a text": (newer(usage="x"), "A", (NO_COUNTS,)),
    "count a list": (
        newer(usage={"input_tokens": [1], "output_tokens": 1, "total_tokens": 11}),
        "A",
        ("The server gave [1] as `input_tokens` of a reply.",),
    ),
    "half a character": (newer("A \ud83d"), "A \N{REPLACEMENT CHARACTER}", (HALF,)),
}
NO_REPLY_NEWER = {"no output": newer(output=[]), "cancelled": newer(output=[], status="cancelled")}


@pytest.fixture(scope="module")
def server() -> Any:
    """A server that answers each case when the case is named in the question."""
    rules = [
        {"kind": "given", "text": f"<{name}>", **answer}
        for name, answer in [(name, {"body": case[0]}) for name, case in READ.items()]
        + [(name, case[0]) for name, case in NO_REPLY.items()]
    ]
    with running(faults=rules) as started:
        yield started


def model_of(server: Running, key: str = "correct-horse", service: str = "openai-api/intake/m") -> Model:
    return get_model(service, base_url=server.url, api_key=key, memoize=False)


def ask(model: Model, text: str) -> ModelOutput:
    return asyncio.run(guarded(model).generate(text, config=GenerateConfig(max_retries=0)))


@pytest.mark.parametrize("service", ["openai-api/intake/m", "openai/gpt-4"])
@pytest.mark.parametrize("case", READ)
def test_no_reply_is_lost_for_what_is_secondary(server: Running, case: str, service: str) -> None:
    _, reply, notes, unknown = READ[case]
    output = ask(model_of(server, service=service), f"<{case}>")
    assert output.completion == reply
    assert intake_of(output).notes == notes
    assert intake_of(output).unknown_usage == unknown
    output.model_dump_json()
    assert [type(part) for part in output.message.content if isinstance(part, ContentReasoning)] == (
        [ContentReasoning] if "reasoning" in case else []
    )


@pytest.mark.parametrize("case", NO_REPLY)
def test_a_failure_is_no_reply(server: Running, case: str) -> None:
    with pytest.raises(NoReplyError) as caught:
        ask(model_of(server), f"<{case}>")
    assert NO_REPLY[case][1] in str(caught.value)


def test_answers_of_the_newer_form() -> None:
    """The form of `--model openai/...`; Inspect's own client speaks it with this server."""
    for name, (answer, reply, notes) in READ_NEWER.items():
        with running(faults=[{"kind": "given", "body": answer}]) as server:
            output = ask(model_of(server, service="openai/gpt-5"), "Hello")
        assert output.completion == reply, name
        assert set(notes) <= set(intake_of(output).notes), name
    for name, answer in NO_REPLY_NEWER.items():
        with running(faults=[{"kind": "given", "body": answer}]) as server:
            model = model_of(server, service="openai/gpt-5")
            with pytest.raises(NoReplyError, match="holds no reply"):
                ask(model, f"Hello, {name}")


POLICY = {"error": {"code": "content_policy_violation", "message": "Flagged for {key}; take option A."}}


def test_what_a_provider_says_in_refusing_is_never_the_models_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a goal nor a choice is made of it, and it is masked as an error is."""
    monkeypatch.setenv("INTAKE_API_KEY", "correct-horse")
    rules = [
        {"kind": "given", "conversation": "altruistic", "text": "goal", "status": 400, "body": POLICY},
        {"kind": "given", "conversation": "prosocial", "text": "Decision 3 of 6", "status": 400, "body": POLICY},
        {"kind": "given", "conversation": "prosocial", "text": "a single letter", "status": 400, "body": POLICY},
    ]
    with running(faults=rules) as server:
        monkeypatch.setenv("INTAKE_BASE_URL", server.url)
        (log,) = eval(
            hvae_bench(scenario="paper", values=["altruistic", "prosocial"], templates=["goal-prompting"]),
            model=f"openai-api/intake/{tmp_path.name}",
            epochs=1,
            log_dir=str(tmp_path),
            **QUICKLY,
        )
    by_value = {record.target.id: record for record in records_of(log)}
    unasked = by_value["altruistic"]
    assert unasked.goal_text is None
    assert {decision.reason for decision in unasked.decisions} == {"error"}
    assert "Flagged for ***; take option A." in (unasked.dialogue.error or "")
    third = by_value["prosocial"].decisions[2]
    assert (third.status, third.reason) == ("refused", "content_filter")
    assert "correct-horse" not in rationality_path(Path(log.location)).read_text(encoding="utf-8")
    assert "correct-horse" not in "".join(sample.model_dump_json() for sample in log.samples or [])


def test_a_refusal_in_the_words_of_the_provider_is_no_choice() -> None:
    own = ModelOutput.from_content("m", "I would take option A.", stop_reason="content_filter")
    assert not is_refused(own)
    told = ModelOutput.from_content("m", "Blocked; take option A.", stop_reason="content_filter", error="policy")
    assert is_refused(told)
    explained = StopDetails(type="refusal", explanation="Blocked; take option A.")
    assert is_refused(
        ModelOutput.from_content("m", "Blocked; take option A.", stop_reason="content_filter", stop_details=explained)
    )


def test_the_provider_and_its_pool_of_connections_stay_the_same(server: Running) -> None:
    model = model_of(server)
    guard = guarded(model)
    assert guarded(model) is guard
    assert isinstance(guard.api, type(model.api))
    assert type(guard.api).__name__ == type(model.api).__name__
    assert vars(guard.api) is vars(model.api)
    assert str(guard) == str(model)


def records_of(log: EvalLog) -> list[RationalityRecord]:
    return [record for _, record in read_records(rationality_path(Path(log.location)))]


def test_a_run_loses_one_dialogue_to_each_failure_and_none_to_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is secondary costs no dialogue, a failure costs its own, and a retry fixes it."""
    monkeypatch.setenv("INTAKE_API_KEY", "correct-horse")
    third = "Decision 3 of 6"
    rules = [
        {"kind": "given", "conversation": value, "text": third, "times": 1, **answer}
        for value, answer in {
            "altruistic": {"body": counted(completion_tokens=-100)},
            "prosocial": {"body": said("A \ud83d") | {"id": "\ud83d"}},
            "individualistic": {"body": said([{"type": "text", "text": "A"}])},
            "hyper-competitive": NO_REPLY["context exceeded"][0],
        }.items()
    ]
    with running(faults=rules) as server:
        monkeypatch.setenv("INTAKE_BASE_URL", server.url)
        (log,) = eval(
            hvae_bench(scenario="paper", templates=["no-goal"]),
            model=f"openai-api/intake/{tmp_path.name}",
            epochs=1,
            log_dir=str(tmp_path),
            max_retries=0,
            **QUICKLY,
        )
        assert log.status == "error", "so that a retry repeats the one dialogue"
        by_value = {record.target.id: record for record in records_of(log)}
        assert {value: record.measures.incomplete for value, record in by_value.items()} == {
            "altruistic": False,
            "prosocial": False,
            "individualistic": False,
            "competitive": True,
        }
        usage = by_value["altruistic"].dialogue.usage
        assert usage.output_tokens is None
        assert usage.input_tokens
        assert by_value["altruistic"].dialogue.notes == ("The server gave -100 as `output_tokens` of a reply.",)
        assert by_value["prosocial"].dialogue.notes == (HALF,)
        assert by_value["individualistic"].dialogue.notes == (PARTS,)
        broken = by_value["competitive"]
        assert "Too long. Shorten it, say option A." in (broken.dialogue.error or "")
        assert [decision.status for decision in broken.decisions[2:]] == ["not_reached"] * 4
        assert {decision.reason for decision in broken.decisions[2:]} == {"error"}
        (again,) = eval_retry(log, log_dir=str(tmp_path / "retry"), **QUICKLY)
        assert again.status == "success"
        assert not any(record.measures.incomplete for record in records_of(again))


KEYS = {
    "plain": "sk-proj-Zq81xWvu_77aTqPl",
    "typographic quotes": "\N{LEFT DOUBLE QUOTATION MARK}sk-proj-Zq81xWvu_77aTqPl\N{RIGHT DOUBLE QUOTATION MARK}",
    "no-break space": "sk-proj-Zq81xWvu_77aTqPl\N{NO-BREAK SPACE}",
}


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("pasted", KEYS)
def test_a_key_that_comes_back_is_written_nowhere(
    pasted: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A server that repeats the key, and keys that a client chokes on: logs, exports, tables, page and screen."""
    from typer.testing import CliRunner

    from hvae_bench.cli.main import app

    told = "Incorrect API key provided: {key}. The header was Bearer {key}"
    rules = [{"kind": "given", "text": "Decision 2", "status": status, "body": {"error": {"message": told}}}]
    monkeypatch.setenv("INTAKE_API_KEY", KEYS[pasted])
    with running(faults=rules) as server:
        monkeypatch.setenv("INTAKE_BASE_URL", server.url)
        (log,) = eval(
            hvae_bench(scenario="paper", values=["altruistic"]),
            # A name of its own: Inspect keeps a model, and with it the address of its server.
            model=f"openai-api/intake/{tmp_path.name}",
            model_args={"default_headers": {"X-Key": KEYS[pasted]}} if pasted == "plain" else {},
            epochs=1,
            log_dir=str(tmp_path / "logs"),
            max_retries=0,
            display="plain",
        )
    assert log.status == "error"
    (record, *_) = records_of(log)
    assert record.dialogue.error
    screen = capfd.readouterr()
    # Whoever exports the log later has no key in the environment.
    monkeypatch.delenv("INTAKE_API_KEY")
    monkeypatch.setenv("COLUMNS", "300")
    export_log(log.location, tmp_path / "again.rationality.jsonl")
    printed = [screen.out, screen.err]
    for command in (
        ["results", str(tmp_path / "logs")],
        ["show", log.location],
        ["report", log.location, "-o", str(tmp_path / "report")],
        ["merge", str(tmp_path / "again.rationality.jsonl"), "-o", str(tmp_path / "merged.parquet")],
        ["export", log.location, "--format", "every-eval-ever", "-o", str(tmp_path / "exchange")],
    ):
        done = CliRunner().invoke(app, command)
        printed += [done.output, str(done.exception)]
    import pyarrow.parquet

    printed += [str(pyarrow.parquet.read_table(tmp_path / "merged.parquet").to_pylist())]
    for file in tmp_path.rglob("*"):
        if file.suffix == ".eval":
            with zipfile.ZipFile(file) as archive:
                printed += archive.namelist()
            # Arguments of the model stand in Inspect's own log as they were given.
            printed += [sample.model_dump_json() for sample in read_eval_log(str(file)).samples or []]
        elif file.parent.name == "dialogues":
            printed.append(str(read_file(file)))
        elif file.is_file():
            printed.append(file.read_text(encoding="utf-8", errors="replace"))
    assert len(printed) > 15
    assert not [text for text in printed if "81xWvu_77aT" in text]
    assert any("Bearer ***" in text for text in printed)


def test_arguments_that_look_like_secrets_and_are_none_stay(
    script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(stream: str, messages: Any) -> str:
        return "A"

    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")
    monkeypatch.setenv("SERVICE_KEY", "/etc/keys/service")
    model: str = script(answer)
    (log,) = eval(
        hvae_bench(scenario="paper", values=["altruistic"]),
        model=model,
        epochs=1,
        log_dir=str(tmp_path),
        max_tokens=48,
        **QUICKLY,
    )
    lines = rationality_path(Path(log.location)).read_text(encoding="utf-8")
    assert "***" not in lines
    assert {json.loads(line)["run"]["generate_config"]["max_tokens"] for line in lines.splitlines()} == {48}
