"""Merging: every dialogue once, nothing lost in silence, and everything back as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from hvae_bench import LogError, rescore_file
from hvae_bench.analysis import DIALOGUE_COLUMNS, dialogues, load, merge
from hvae_bench.analysis import merging as merging_module
from hvae_bench.cli.main import app
from hvae_bench.log.runs import one_run
from hvae_bench.log.source import read_records

Records = list[dict[str, Any]]


@pytest.fixture
def records(logs: Path) -> Records:
    path = min(logs.glob("*.jsonl"))
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()][:6]


def write(path: Path, records: Records) -> Path:
    text = "".join(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in records)
    path.write_text(text, encoding="utf-8")
    return path


def copied(records: Records) -> Records:
    return [dict(record) for record in json.loads(json.dumps(records))]


def cut_off(record: dict[str, Any], reached: int = 5) -> dict[str, Any]:
    """The same dialogue, ended before its last items."""
    (lost,) = copied([record])
    for decision in lost["decisions"][reached:]:
        decision |= {"option_id": None, "status": "not_reached", "reason": "limit", "reply": None}
    lost["measures"] |= {"incomplete": True, "n_not_reached": 6 - reached, "n_answered": reached}
    return lost


def back(path: Path) -> Records:
    return [json.loads(text) for text in pq.read_table(path, columns=["record"]).column("record").to_pylist()]


def test_everything_comes_back_as_it_was(logs: Path, tmp_path: Path) -> None:
    lines = [line for path in sorted(logs.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
    output = tmp_path / "all.parquet"
    found = merge(logs, output)
    assert (found.files, found.dialogues, found.decisions, found.incomplete) == (2, 48, 288, 0)
    assert (found.output, found.superseded, found.duplicates, found.conflicts, found.broken) == (output, 0, 0, (), ())
    assert pq.read_table(output).column("record").to_pylist() == lines  # byte for byte
    for run, original in zip(load(output), load(logs), strict=True):
        assert run.records == original.records
        assert repr(run.analysis) == repr(original.analysis)
    assert [number for number, _ in read_records(output)] == list(range(1, 49))
    assert (rescore_file(output).dialogues, rescore_file(output).differences) == (48, ())


def test_the_columns_are_those_of_the_table_of_dialogues(logs: Path, tmp_path: Path) -> None:
    merge(logs, tmp_path / "all.parquet")
    names = [column.name for column in DIALOGUE_COLUMNS]
    merged = pq.read_table(tmp_path / "all.parquet", columns=names)
    read = dialogues(sorted(logs.glob("*.jsonl")), to="arrow").select(names)
    key = [("task_id", "ascending"), ("sample_id", "ascending"), ("epoch", "ascending")]
    assert merged.sort_by(key).to_pylist() == read.sort_by(key).to_pylist()
    assert merged.schema.field("svo_angle_deg").metadata[b"meaning"] == b"SVO angle in degrees."


def test_one_run_of_a_merged_file_is_shown_like_its_log(logs: Path, tmp_path: Path) -> None:
    path = min(logs.glob("*.jsonl"))
    merge(path, tmp_path / "one.parquet")
    assert repr(one_run(tmp_path / "one.parquet").analysis) == repr(one_run(path).analysis)


def test_merged_files_and_inspect_logs_merge_too(logs: Path, tmp_path: Path) -> None:
    whole = merge(logs, tmp_path / "all.parquet")
    first, second = sorted(logs.glob("*.eval"))
    assert merge(first, tmp_path / "first.parquet").dialogues == 24
    again = merge([tmp_path / "first.parquet", second, tmp_path / "all.parquet"], tmp_path / "again.parquet")
    assert (again.dialogues, again.duplicates) == (whole.dialogues, whole.dialogues)
    assert sorted(map(str, back(tmp_path / "again.parquet"))) == sorted(map(str, back(tmp_path / "all.parquet")))


def test_a_file_may_be_replaced_by_what_it_was_merged_into(logs: Path, tmp_path: Path) -> None:
    first, second = sorted(logs.glob("*.jsonl"))
    output = tmp_path / "all.parquet"
    merge(first, output)
    assert merge([output, second], output).dialogues == 48
    assert len(back(output)) == 48


@pytest.mark.parametrize("order", ["complete first", "incomplete first"])
def test_a_complete_attempt_supersedes_an_incomplete_one(order: str, records: Records, tmp_path: Path) -> None:
    early = write(tmp_path / "a.rationality.jsonl", [cut_off(record) for record in records[:2]] + records[2:4])
    late = write(tmp_path / "b.rationality.jsonl", records[:3])
    paths = [early, late] if order == "incomplete first" else [late, early]
    found = merge(paths, tmp_path / "o.parquet")
    assert (found.dialogues, found.superseded, found.duplicates, found.incomplete) == (4, 2, 1, 0)
    assert sorted(map(str, back(tmp_path / "o.parquet"))) == sorted(map(str, records[:4]))


@pytest.mark.parametrize("order", [(2, 4), (4, 2)])
def test_of_incomplete_attempts_the_one_that_got_further_stays(
    order: tuple[int, int], records: Records, tmp_path: Path
) -> None:
    attempts = [cut_off(records[0], reached) for reached in order]
    found = merge(write(tmp_path / "a.rationality.jsonl", [*attempts, *attempts[-1:]]), tmp_path / "o.parquet")
    assert (found.dialogues, found.incomplete) == (1, 1)
    assert found.superseded + found.duplicates == 2
    assert back(tmp_path / "o.parquet") == [cut_off(records[0], 4)]


def _format(record: dict[str, Any]) -> dict[str, Any]:
    return dict(reversed(record.items()))


def _provenance(record: dict[str, Any]) -> dict[str, Any]:
    record["run"] |= {"eval_id": "other", "package_version": "9"}
    record["dialogue"] |= {"uuid": "other", "total_time_s": 99.0}
    return record


def _reply(record: dict[str, Any]) -> dict[str, Any]:
    record["turns"][-1]["reply"] = "other"
    return record


def _choice(record: dict[str, Any]) -> dict[str, Any]:
    decision = record["decisions"][0]
    decision["option_id"] = "o1" if decision["option_id"] != "o1" else "o2"
    return record


@pytest.mark.parametrize(("change", "equal"), [(_format, True), (_provenance, True), (_reply, False), (_choice, False)])
def test_two_complete_accounts_are_equal_or_a_conflict(
    change: Callable[[dict[str, Any]], dict[str, Any]], equal: bool, records: Records, tmp_path: Path
) -> None:
    first = write(tmp_path / "a.rationality.jsonl", records)
    second = write(tmp_path / "b.rationality.jsonl", [change(copied(records)[1])])
    output = tmp_path / "o.parquet"
    output.write_text("as before")
    found = merge([first, second], output)
    if equal:
        assert (found.output, found.dialogues, found.duplicates, found.conflicts) == (output, 6, 1, ())
        return
    (conflict,) = found.conflicts
    assert (found.output, output.read_text()) == (None, "as before")
    assert (conflict.first, conflict.second) == (f"{first}:2", f"{second}:1")
    assert (conflict.sample_id, conflict.epoch) == (records[1]["dialogue"]["sample_id"], 2)
    kept = merge([first, second], output, keep_first=True)
    assert (kept.conflicts, kept.dialogues) == (found.conflicts, 6)
    assert back(output) == records


def _version(record: dict[str, Any]) -> dict[str, Any]:
    return record | {"schema_version": "3.0"}


def _key(record: dict[str, Any]) -> dict[str, Any]:
    record["dialogue"]["sample_id"] = "other"
    return record


def _epoch(record: dict[str, Any]) -> dict[str, Any]:
    record["dialogue"]["epoch"] = 0
    return record


def _type(record: dict[str, Any]) -> dict[str, Any]:
    record["measures"]["n_answered"] = "six"
    return record


def _absent(record: dict[str, Any]) -> dict[str, Any]:
    del record["run"]["task_id"]
    return record


@pytest.mark.parametrize("change", [_version, _key, _epoch, _type, _absent])
def test_what_matters_of_a_line_is_checked(
    change: Callable[[dict[str, Any]], dict[str, Any]], records: Records, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.rationality.jsonl", [records[0], change(copied(records)[1]), records[2]])
    found = merge(path, tmp_path / "o.parquet")
    start = len(path.read_bytes().splitlines(keepends=True)[0])
    assert [(line.source, line.line, line.offset) for line in found.broken] == [(str(path), 2, start)]
    assert back(tmp_path / "o.parquet") == [records[0], records[2]]


def test_the_rest_is_checked_on_demand(records: Records, tmp_path: Path) -> None:
    records[1]["decisions"].pop()
    path = write(tmp_path / "a.rationality.jsonl", records)
    assert merge(path, tmp_path / "o.parquet").dialogues == 6
    found = merge(path, tmp_path / "o.parquet", check=True)
    assert (found.dialogues, [line.line for line in found.broken]) == (5, [2])
    assert "decisions" in found.broken[0].problem


@pytest.mark.parametrize("end", [b'{"schema_version":"1.0","run":{"pack', b"\x00\x00", b"\xff\xfe\n", b"nonsense\n"])
def test_a_broken_last_line_is_told_with_its_byte(end: bytes, records: Records, tmp_path: Path) -> None:
    path = write(tmp_path / "a.rationality.jsonl", records)
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + b"\n" + end)
    found = merge(path, tmp_path / "o.parquet")
    assert [(line.line, line.offset) for line in found.broken] == [(8, size + 1)]  # line 7 is empty
    assert back(tmp_path / "o.parquet") == records


def test_a_line_cut_at_any_place_loses_that_line_alone(records: Records, tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.rationality.jsonl", records[:2]).read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first + 1, len(whole) - 1, 997):
        path = tmp_path / "cut.rationality.jsonl"
        path.write_bytes(whole[:end])
        found = merge(path, tmp_path / "o.parquet")
        assert (found.dialogues, [line.offset for line in found.broken]) == (1, [first])


def test_texts_of_every_kind_come_back(records: Records, tmp_path: Path) -> None:
    goals = ["</script>\"'\\", "שלום \u202e", "\u0000\u001b[31m", "日本語 🙂", "x" * 1_000_000, ""]
    for record, goal in zip(records, goals, strict=True):
        record["goal_text"] = goal
    merge(write(tmp_path / "a.rationality.jsonl", records), tmp_path / "o.parquet")
    assert back(tmp_path / "o.parquet") == records
    assert pq.read_table(tmp_path / "o.parquet").column("goal_text").to_pylist() == goals


def test_many_rows_are_written_in_order(records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging_module, "ROWS_AT_ONCE", 4)
    many = []
    for number in range(1, 30):
        (record,) = copied(records[:1])
        record["dialogue"]["epoch"] = number
        many.append(record)
    merge(write(tmp_path / "a.rationality.jsonl", many), tmp_path / "o.parquet")
    assert back(tmp_path / "o.parquet") == many


def test_without_any_dialogue_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.rationality.jsonl").write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(LogError, match=r"a.rationality.jsonl:1: byte 0: .*Make the file again"):
        merge(tmp_path, tmp_path / "o.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["a.rationality.jsonl"]


def test_a_failure_leaves_nothing_behind(records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError("no more")

    write(tmp_path / "a.rationality.jsonl", records)
    monkeypatch.setattr(merging_module, "arrow_table", fail)
    with pytest.raises(MemoryError):
        merge(tmp_path, tmp_path / "o.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["a.rationality.jsonl"]


def test_the_command_says_what_it_did(records: Records, tmp_path: Path) -> None:
    first = write(tmp_path / "a.rationality.jsonl", [cut_off(records[0]), *records])
    first.write_bytes(first.read_bytes() + b"{")
    output = tmp_path / "o.parquet"
    done = CliRunner().invoke(app, ["merge", str(first), str(first.parent), "-o", str(output)])
    assert done.exit_code == 1, "a line is lost"
    assert done.stdout.splitlines() == [
        f"{output}: 6 dialogues (0 incomplete) with 36 decisions, from 1 file",
        "1 incomplete attempts were superseded by better ones",
    ]
    assert f"{first}:8: byte " in done.stderr
    second = write(tmp_path / "b.rationality.jsonl", [_reply(copied(records)[0])])
    done = CliRunner().invoke(app, ["merge", str(first), str(second), "-o", str(output)])
    assert done.exit_code == 1
    assert f"{second}:1: dialogue {records[0]['dialogue']['sample_id']}, epoch 1 of task" in done.stderr
    assert "Nothing was written." in done.stderr
    done = CliRunner().invoke(app, ["merge", str(first), str(second), "-o", str(output), "--keep-first", "--json"])
    assert done.exit_code == 1
    assert len(json.loads(done.stdout)["conflicts"]) == 1
    assert [one["line"] for one in json.loads(done.stdout)["broken"]] == [8]
