"""Loading runs: from every kind of place, each dialogue once, and with what is missing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest
from inspect_ai.log import read_eval_log

from hvae_bench import LogError
from hvae_bench.analysis import coverage, load, merge
from hvae_bench.log.results import read_results
from hvae_bench.log.runs import one_run
from hvae_bench.log.source import find_sources

MODELS = ["hvae/noisy", "hvae/uniform"]


def lines_of(logs: Path, model: str = "hvae/uniform") -> list[dict[str, Any]]:
    for path in sorted(logs.glob("*.jsonl")):
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if records[0]["run"]["model"] == model:
            return records
    raise AssertionError(model)


def write(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def parquet(logs: Path, folder: Path) -> str:
    merge(logs, folder / "all.parquet")
    return str(folder / "all.parquet")


def in_memory(logs: Path, folder: Path) -> str:
    memory = fsspec.filesystem("memory")
    for path in logs.iterdir():
        memory.put(str(path), f"/{folder.name}/{path.name}")
    return f"memory://{folder.name}"


PLACES: dict[str, Callable[[Path, Path], Any]] = {
    "a folder": lambda logs, _: logs,
    "text": lambda logs, _: str(logs),
    "Inspect logs": lambda logs, _: sorted(logs.glob("*.eval")),
    "rationality logs": lambda logs, _: sorted(logs.glob("*.rationality.jsonl")),
    "a glob": lambda logs, _: f"{logs}/*.rationality.jsonl",
    "a Parquet file": parquet,
    "everything twice": lambda logs, folder: [logs, parquet(logs, folder), f"{logs}/*.jsonl", *logs.glob("*.eval")],
    "a file URL": lambda logs, _: f"file://{logs}",
    "a memory URL": in_memory,
    "a glob of a memory URL": lambda logs, folder: f"{in_memory(logs, folder)}/*.jsonl",
}


@pytest.mark.parametrize("place", PLACES)
def test_every_place_gives_the_same_runs(place: str, logs: Path, tmp_path: Path) -> None:
    runs = sorted(load(PLACES[place](logs, tmp_path)), key=lambda run: run.model)
    assert [run.model for run in runs] == MODELS
    for run in runs:
        assert [record.model_dump(mode="json") for record in run.records] == lines_of(logs, run.model)
        assert (run.expected, run.missing, run.scenario, run.broken) == (24, 0, "paper", ())


def test_the_numbers_are_those_of_the_inspect_log(logs: Path) -> None:
    for run in load(logs):
        log = read_eval_log(run.log, header_only=True)
        assert (run.status, run.created, run.task_id) == (log.status, log.eval.created, log.eval.task_id)
        assert log.results is not None
        metrics = {name: metric.value for score in log.results.scores for name, metric in score.metrics.items()}
        assert run.analysis.numbers["value_rationality"].mean == metrics["value_rationality"]
        assert run.analysis.numbers["goal_effect"].mean == metrics["goal_effect"]
        assert repr(run.analysis) == repr(one_run(run.log).analysis)


def test_runs_of_one_model_have_different_names(logs: Path, tmp_path: Path) -> None:
    other = lines_of(logs)
    for record in other:
        record["run"]["task_id"] = "another"
    names = [run.name for run in load([logs, write(tmp_path / "o.rationality.jsonl", other)])]
    assert len(set(names)) == 3
    assert "hvae/noisy" in names


def test_a_complete_attempt_supersedes_an_incomplete_one(logs: Path, tmp_path: Path) -> None:
    records = lines_of(logs)
    lost = json.loads(json.dumps(records))
    for record in lost[:2]:
        record["measures"] |= {"incomplete": True, "n_not_reached": 1, "n_answered": 5}
    early = write(tmp_path / "early.rationality.jsonl", lost)
    late = write(tmp_path / "late.rationality.jsonl", records)
    for order in ([early, late], [late, early]):
        (run,) = load(order)
        assert [record.model_dump(mode="json") for record in run.records] == records
    (alone,) = load(early)
    assert (coverage(alone).incomplete, coverage(alone).complete) == (2, 22)


def test_two_complete_accounts_that_differ_are_named(logs: Path, tmp_path: Path) -> None:
    records = lines_of(logs)
    records[3]["goal_text"] = "Something else."
    other = write(tmp_path / "other.rationality.jsonl", records)
    where = records[3]["dialogue"]
    with pytest.raises(LogError, match=rf"other\S+: dialogue {where['sample_id']}, epoch {where['epoch']} of task"):
        load([logs, other])


def test_where_and_when_a_dialogue_was_held_does_not_make_it_another_one(logs: Path, tmp_path: Path) -> None:
    records = lines_of(logs)
    for record in records:
        record["run"] |= {"eval_id": "other", "run_created": "2030-01-01T00:00:00+00:00", "package_version": "9"}
        record["dialogue"] |= {"uuid": "other", "total_time_s": 1.0}
    assert [run.expected for run in load([logs, write(tmp_path / "o.rationality.jsonl", records)])] == [24, 24]


@pytest.mark.parametrize("ending", [b'{"schema_version":"1.0","run":{"pack', b"\x00\x00\n", b"[]\n"])
def test_a_broken_line_is_told_with_its_byte(ending: bytes, logs: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "cut.rationality.jsonl", lines_of(logs))
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + ending)
    (run,) = load(path)
    assert len(run.records) == 24
    assert [(line.source, line.line, line.offset) for line in run.broken] == [(str(path), 25, size)]
    assert f"cut.rationality.jsonl:25: byte {size}: " in str(run.broken[0])
    assert coverage(run).broken_lines == 1


def test_a_rationality_log_alone_has_the_smallest_plan_that_fits(logs: Path, tmp_path: Path) -> None:
    records = lines_of(logs)
    (run,) = load(write(tmp_path / "part.rationality.jsonl", records[:4]))
    # The first cell whole, of the second one dialogue.
    assert (run.plan_known, run.status, run.expected, run.missing) == (False, "unknown", 6, 2)
    cells = list(coverage(run).cells.values())
    assert [(cell.planned, cell.complete, cell.missing) for cell in cells] == [(3, 3, 0), (3, 1, 2)]


WRONG = {
    "no-such-folder": "There is no log or folder",
    "*.eval": "No log matches",
    "notes.txt": "is not a log",
    "empty": "No dialogue of hvae_bench",
    "broken.rationality.jsonl": r"broken.rationality.jsonl:1: byte 0: .*Make the file again",
    "broken.eval": "cannot be read as an Inspect log",
    "broken.parquet": "cannot be read as Parquet",
    "nowhere://x": "cannot be opened",
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_log_is_one_sentence(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = tmp_path / "work"
    (work / "empty").mkdir(parents=True)
    for file in ("notes.txt", "broken.rationality.jsonl", "broken.parquet"):
        (work / file).write_text("nothing\n", encoding="utf-8")
    if name == "broken.eval":
        (work / name).write_bytes(b"PK\x03\x04")
    monkeypatch.chdir(work)
    with pytest.raises(LogError, match=WRONG[name]):
        load(name)


def test_a_folder_is_searched_and_a_path_stays_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/one.eval", "a/one.rationality.jsonl", "a/b/two.parquet", "a/results.json", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    found = ["a/b/two.parquet", "a/one.eval", "a/one.rationality.jsonl"]
    assert [source.url for source in find_sources("a")] == found
    assert [source.url for source in find_sources(["a/one.eval", "a"])] == ["a/one.eval", found[0], found[2]]
    assert [source.url for source in find_sources(tmp_path)] == [str(tmp_path / one) for one in found]


SLOW = """
import asyncio, sys
from inspect_ai import eval
from inspect_ai.model import ModelAPI, ModelOutput, ModelUsage, modelapi
from hvae_bench import hvae_bench

class Slow(ModelAPI):
    count = 0
    async def generate(self, input, tools, tool_choice, config):
        Slow.count += 1
        if Slow.count > 9 * 14:
            print("stuck", flush=True)
            await asyncio.sleep(600)
        output = ModelOutput.from_content("x", "A")
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

@modelapi(name="slow")
def slow():
    return Slow

eval(hvae_bench(scenario="paper"), model="slow/x", epochs=6, log_dir=sys.argv[1], display="none", max_samples=2,
     log_buffer=1)
"""


def test_a_running_and_a_killed_run_say_how_much_is_missing(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", SLOW, str(tmp_path / "logs")], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        while "stuck" not in process.stdout.readline():
            assert process.poll() is None
        while not list((tmp_path / "logs").glob("*.eval")) or not load(tmp_path / "logs")[0].records:
            assert process.poll() is None
            time.sleep(0.5)
        (running,) = load(tmp_path / "logs")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    (killed,) = load(tmp_path / "logs")
    for run in (running, killed):
        assert (run.status, run.scenario, run.expected) == ("started", "paper", 48)
        assert 0 < len(run.records) < 48
        assert run.missing == 48 - len(run.records)
        found = coverage(run)
        # What Inspect's buffer holds of a dialogue that was cut off is there, and incomplete.
        assert found.planned == found.complete + found.incomplete + found.missing == 48
        assert len(coverage(run).cells) == 8
        assert run.part is not None
        assert (run.part.dialogues, run.part.of_dialogues) == (len(run.records), 48)
    (result,) = read_results([tmp_path / "logs"])
    assert (result.dialogues, result.part) == (len(killed.records), killed.part)
