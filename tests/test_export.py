"""The rationality log: written with the run, made again from its Inspect log, always whole."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from inspect_ai import Task, eval, eval_retry
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalError, EvalLog, read_eval_log, write_eval_log

from hvae_bench import LogError, export_log, hvae_bench
from hvae_bench.dialogue.administration import ItemsMode
from hvae_bench.hub.schema import json_schema
from hvae_bench.log.double import sha256_of
from hvae_bench.log.export import rationality_path, read_log
from hvae_bench.text.location import write_atomically

from .conftest import Script
from .test_task import exported

Run = Callable[..., EvalLog]


def test_export_makes_the_same_bytes_again(run: Run) -> None:
    log = run(hvae_bench(scenario="slider"), "hvae/uniform", epochs=2, limit=5)
    path = rationality_path(Path(log.location))
    written = path.read_bytes()
    path.unlink()
    assert export_log(log.location) == path
    assert path.read_bytes() == written


def test_a_json_log_exports_alike(run: Run, tmp_path: Path) -> None:
    log = run(hvae_bench(scenario="slider"), "hvae/uniform", epochs=1, limit=3)
    other = tmp_path / "same.json"
    write_eval_log(read_eval_log(log.location), str(other))
    files = Path(export_log(other)), rationality_path(Path(log.location))
    exported, beside = ([json.loads(line) for line in file.read_text("utf-8").splitlines()] for file in files)
    hashes = [{line["run"].pop("log_sha256") for line in lines} for lines in (exported, beside)]
    assert exported == beside
    assert hashes == [{sha256_of(Path(path))} for path in (other, log.location)]


def test_every_line_is_valid_and_complete(run: Run) -> None:
    log = run(hvae_bench(scenario="slider"), "hvae/noisy", model_args={"value": "prosocial", "error": 0.5}, epochs=1)
    validator = jsonschema.Draft202012Validator(json_schema("rationality"))
    lines = rationality_path(Path(log.location)).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 34
    for line in lines:
        record = json.loads(line)
        validator.validate(record)
        assert record["run"]["model"] == "hvae/noisy"
        assert record["run"]["model_args"] == {"value": "prosocial", "error": 0.5}
        assert record["dialogue"]["usage"]["input_tokens"] > 0
        assert len(record["decisions"]) == 6
        assert len(record["catalog"]["sha256"]) == 64
        cell = record["cell"]
        assert record["dialogue"]["sample_id"].startswith(f"{cell['value']}.{cell['game']}.{cell['template']}")


def test_long_texts_come_back_whole(run: Run, script: Callable[[Script], str]) -> None:
    """Inspect moves long texts of a log into attachments; the record must hold the text itself."""
    long = "All things considered. " * 200
    model = script(lambda stream, messages: long if "/opening/" in stream else f"{long}\nC")
    (record,) = exported(run(hvae_bench(scenario="paper"), model, epochs=1, limit=1))
    assert record.goal_text == long.strip()
    assert all(decision.reply == f"{long}\nC" for decision in record.decisions)
    assert all(long.strip() in turn.prompt for turn in record.turns if turn.kind == "decision")


def test_a_cancelled_run_exports_what_is_there(run: Run, script: Callable[[Script], str], tmp_path: Path) -> None:
    def reply(stream: str, messages: object) -> str | Exception:
        return RuntimeError("stop") if "/2/items/2/" in stream else "A"

    log = run(
        hvae_bench(scenario="paper"),
        script(reply),
        epochs=2,
        limit=1,
        status="error",
        max_samples=1,
        continue_on_fail=False,
    )
    path = Path(export_log(log.location, tmp_path / "out.jsonl"))
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert [record["measures"]["incomplete"] for record in records] == [False, True]
    assert records[1]["dialogue"]["error"].startswith("RuntimeError")


def test_a_log_that_cannot_be_written_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hvae_bench.text.location.tempfile.NamedTemporaryFile", full)
    log = run(hvae_bench(scenario="paper"), "hvae/uniform", epochs=1, limit=1)
    assert log.status == "success", "Inspect's own log is unharmed"
    (told,) = [record.message for record in caplog.records if "No rationality log" in record.message]
    assert "No space left on device" in told
    assert f"hvae export {log.location}" in told
    monkeypatch.undo()
    assert Path(export_log(log.location)).is_file()


def test_a_missing_log_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="There is no log"):
        export_log(tmp_path / "no.eval")


def test_a_truncated_log_is_one_sentence(run: Run, tmp_path: Path) -> None:
    log = run(hvae_bench(scenario="slider"), "hvae/uniform", epochs=1, limit=1)
    cut = tmp_path / "cut.eval"
    cut.write_bytes(Path(log.location).read_bytes()[:-2000])
    with pytest.raises(LogError, match="cannot be read as an Inspect log"):
        export_log(cut)
    assert not rationality_path(cut).exists()
    assert not zipfile.is_zipfile(cut)


def test_the_log_of_another_task_is_refused(tmp_path: Path) -> None:
    (log,) = eval(Task(dataset=[Sample(input="Hello")]), model="hvae/uniform", log_dir=str(tmp_path), display="none")
    with pytest.raises(LogError, match="not of hvae_bench"):
        export_log(log.location)
    assert not list(tmp_path.glob("*.jsonl"))


def test_nothing_half_written(tmp_path: Path) -> None:
    target = tmp_path / "log.jsonl"
    target.write_text("before\n")

    def lines() -> Iterator[str]:
        yield "one\n"
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        write_atomically(target, lines())
    assert target.read_text() == "before\n"
    assert os.listdir(tmp_path) == ["log.jsonl"]


def test_what_was_not_written_down_comes_from_the_log(run: Run, script: Callable[[Script], str]) -> None:
    """A retry takes dialogues over that ended in an earlier run; the log alone gives the same bytes."""
    failing = script(lambda stream, messages: RuntimeError("down") if "/2/items/3/" in stream else "A")
    log = run(hvae_bench(scenario="paper"), failing, epochs=2, limit=4, fail_on_error=False)
    written = rationality_path(Path(log.location)).read_bytes()
    assert Path(export_log(log.location)).read_bytes() == written
    script(lambda stream, messages: "B")
    (again,) = eval_retry(log, log_dir=str(Path(log.location).parent / "again"), display="none")
    written = rationality_path(Path(again.location)).read_bytes()
    assert {decision["reply"] for line in written.splitlines() for decision in json.loads(line)["decisions"]} == {
        "A",
        "B",
    }
    assert Path(export_log(again.location)).read_bytes() == written


@pytest.mark.parametrize("items", ["sequential", "independent", "batched"])
@pytest.mark.parametrize("ending", ["limit", "error", "cancelled"])
def test_whatever_ends_a_dialogue_the_log_gives_the_same_bytes(
    run: Run, script: Callable[[Script], str], items: ItemsMode, ending: str
) -> None:
    def reply(stream: str, messages: object) -> str | Exception:
        fails = ending != "limit" and any(f"/2/items/{place}/" in stream for place in ("2", "all"))
        return RuntimeError("stop") if fails else "A"

    arguments: dict[str, dict[str, Any]] = {
        "limit": {"message_limit": 9 if items == "sequential" else 6},
        "error": {"fail_on_error": False},
        "cancelled": {"status": "error", "max_samples": 2, "continue_on_fail": False},
    }
    task = hvae_bench(scenario="paper", items=items)
    log = run(task, script(reply), epochs=2, limit=2, **arguments[ending])
    path = rationality_path(Path(log.location))
    written = path.read_bytes()
    assert Path(export_log(log.location)).read_bytes() == written
    records = [json.loads(line) for line in written.splitlines()]
    broken = [record for record in records if record["measures"]["incomplete"]]
    assert broken
    assert all(turn["prompt"] for record in broken for turn in record["turns"]), "what was said is kept"
    assert all(record["turns"] for record in broken)
    reasons = {one["reason"] for record in broken for one in record["decisions"] if one["status"] == "not_reached"}
    assert reasons <= ({"error", "cancelled"} if ending == "cancelled" else {ending})


def test_a_dialogue_stopped_with_its_run_is_no_error(run: Run, script: Callable[[Script], str], tmp_path: Path) -> None:
    """Inspect writes a cancellation down as the error of the dialogue."""
    log = run(hvae_bench(scenario="paper"), script(lambda stream, messages: "A"), epochs=1, limit=1)
    (sample,) = log.samples or []
    for message, reason in {
        "CancelledError('Cancelled via cancel scope 7fc73e854400')": "cancelled",
        "CancelledError()": "cancelled",
        "Cancelled()": "cancelled",
        "RuntimeError('CancelledError()')": "error",
        "Error code: 500 - cancelled": "error",
    }.items():
        error = EvalError(message=message, traceback="", traceback_ansi="")
        stopped = sample.model_copy(update={"store": {}, "events": [], "scores": None, "error": error})
        path = tmp_path / "stopped.json"
        write_eval_log(log.model_copy(update={"samples": [stopped]}), str(path))
        (record,) = read_log(path)
        assert {(one.status, one.reason) for one in record.decisions} == {("not_reached", reason)}, message
