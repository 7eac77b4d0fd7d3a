"""Nothing lost: what cannot be read is named with its place and fix, the rest is shown, and the exit code is 1."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from inspect_ai import eval, eval_retry
from inspect_ai.log import EvalSample, read_eval_log, write_eval_log

from hvae_bench import LogError, export_log, hvae_bench
from hvae_bench.analysis import load, merge
from hvae_bench.log.broken import Broken, nothing_left, told
from hvae_bench.log.export import rationality_path, read_log
from hvae_bench.log.source import read_records

from .conftest import QUICKLY
from .terminal import hvae

Done = subprocess.CompletedProcess[str]

DIALOGUES = 5
"""Of each run."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two logs of two models."""
    found = []
    for model in ("hvae/uniform", "hvae/prosocial"):
        folder = str(tmp_path_factory.mktemp("runs"))
        (log,) = eval(hvae_bench(scenario="quick"), model=model, epochs=1, log_dir=folder, **QUICKLY)
        assert log.status == "success", log.error
        found.append(Path(log.location))
    return found[0], found[1]


@pytest.fixture
def folder(runs: tuple[Path, Path], tmp_path: Path) -> Path:
    """A folder with `a.eval` and `b.eval`."""
    for name, path in zip("ab", runs, strict=True):
        shutil.copy(path, tmp_path / f"{name}.eval")
    return tmp_path


def packed(path: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    """Change the parts of an `.eval` file; its checksums then fit what it holds."""
    with zipfile.ZipFile(path) as log:
        parts = {name: log.read(name) for name in log.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w") as log:
        for name, content in parts.items():
            log.writestr(name, content)


def first_dialogue(parts: dict[str, bytes]) -> str:
    return next(name for name in parts if name.startswith("samples/altruistic."))


def change_dialogue(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        def within(parts: dict[str, bytes]) -> None:
            content = json.loads(parts[first_dialogue(parts)])
            change(content)
            parts[first_dialogue(parts)] = json.dumps(content).encode()

        packed(path, within)

    return damage


def remove_dialogue(path: Path) -> None:
    packed(path, lambda parts: parts.pop(first_dialogue(parts)))


def flip_a_letter(path: Path) -> None:
    """A reply becomes another one, in a file whose checksum tells."""
    packed(path, lambda parts: None)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as log:
        begin = log.getinfo(first_dialogue(dict.fromkeys(log.namelist(), b""))).header_offset
    place = content.index(b'"chosen', begin)
    content[place + 1] ^= 1
    path.write_bytes(content)


WHOLE: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "no zip": lambda path: path.write_bytes(b"not a log\n" * 100),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1000]),
    "no header": lambda path: packed(path, lambda parts: parts.update({"header.json": b"{}"})),
    "impossible facts": lambda path: packed(
        path, lambda parts: parts.update({"header.json": parts["header.json"].replace(b'"scenario"', b'"szenario"')})
    ),
}
"""Damage after which nothing of a log can be read."""

PART: dict[str, Callable[[Path], object]] = {
    "store": change_dialogue(lambda content: content["store"].update(hvae_trace="{}")),
    "metadata": change_dialogue(lambda content: content["metadata"].pop("script")),
    "no sample": change_dialogue(lambda content: content.pop("id")),
    "no JSON": lambda path: packed(path, lambda parts: parts.update({first_dialogue(parts): b'{"id": "alt'})),
    "letter": flip_a_letter,
    "removed": remove_dialogue,
}
"""Damage of one dialogue."""

COMMANDS: dict[str, list[str]] = {
    "results": ["results", "."],
    "report": ["report", ".", "-o", "page"],
    "merge": ["merge", ".", "-o", "merged.parquet"],
    "export": ["export", "."],
    "every-eval-ever": ["export", "*.eval", "--format", "every-eval-ever", "-o", "results"],
    "eval-results": ["export", "a.eval", "b.eval", "--format", "eval-results", "--dataset", "acme/hvae"],
}
"""Commands on a folder, a glob and several logs."""


def is_named(done: Done, *names: str) -> None:
    """Whether something broken was named, and nothing else said."""
    assert done.returncode == 1, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == len(names), done.stderr
    for line, name in zip(lines, names, strict=True):
        assert line.startswith(f"hvae: {name}")
        assert line.endswith((".", "`"))


@pytest.mark.parametrize(
    ("damage", "command"),
    # A page takes seconds, and one damage is enough to see that it tells of it.
    [(damage, command) for damage in WHOLE for command in COMMANDS if command != "report" or damage == "cut"],
)
def test_one_broken_log_is_named_and_the_others_are_read(damage: str, command: str, folder: Path) -> None:
    WHOLE[damage](folder / "b.eval")
    done = hvae(*COMMANDS[command], cwd=folder)
    is_named(done, "b.eval")
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if command == "results":
        assert "hvae/uniform" in done.stdout
    elif command == "report":
        page = (folder / "page" / "index.html").read_text("utf-8")
        assert "b.eval cannot be read as an Inspect log" in page
        assert "hvae/uniform" in page
    elif command == "merge":
        assert pq.read_table(folder / "merged.parquet").num_rows == DIALOGUES
    else:
        assert [line for line in done.stdout.splitlines() if line in written]
        assert not any(name.startswith("b.") and name != "b.eval" for name in written), "nothing half-written"


@pytest.mark.parametrize("command", ["results", "show", "merge", "export", "compare"])
def test_if_nothing_can_be_read_it_is_one_sentence_and_exit_code_2(command: str, folder: Path) -> None:
    for name in ("a.eval", "b.eval"):
        (folder / name).write_bytes(b"")
    arguments = {"show": ["b.eval"], "compare": ["a.eval", "b.eval"], "merge": [".", "-o", "m.parquet"]}
    done = hvae(command, *arguments.get(command, ["."]), cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "eval cannot be read as an Inspect log" in line
    assert ("And 1 more could not be read." in line) == (command not in ("show", "compare"))
    assert not (folder / "m.parquet").exists()


@pytest.mark.parametrize("damage", PART)
def test_one_damaged_dialogue_is_named_and_the_others_are_read(damage: str, folder: Path) -> None:
    log = folder / "b.eval"
    PART[damage](log)
    where = "b.eval is damaged: dialogue altruistic.svo-slider-primary.no-goal.o-shuffled, epoch 1,"
    is_named(hvae("show", "b.eval", cwd=folder), where)
    is_named(hvae("export", "b.eval", "-o", "o.jsonl", cwd=folder), where)
    assert len(list(read_records(folder / "o.jsonl"))) == DIALOGUES - 1
    is_named(hvae("merge", "b.eval", "-o", "o.parquet", cwd=folder), where)
    assert pq.read_table(folder / "o.parquet").num_rows == DIALOGUES - 1
    done = hvae("compare", "a.eval", "b.eval", "--anyway", "--json", cwd=folder)
    is_named(done, where)
    (broken,) = json.loads(done.stdout)["broken"]
    assert (broken["source"], broken["epoch"], broken["line"]) == ("b.eval", 1, None)
    (run,) = load(log)
    assert (len(run.records), len(run.broken), run.missing) == (DIALOGUES - 1, 1, 1)
    with pytest.raises(LogError, match=r"b\.eval"):
        export_log(log)


@pytest.mark.parametrize("damage", [lambda sample: sample["metadata"].clear(), lambda sample: sample.pop("epoch")])
def test_a_damaged_dialogue_of_a_json_log(damage: Callable[[dict[str, Any]], object], folder: Path) -> None:
    write_eval_log(read_eval_log(str(folder / "b.eval")), str(folder / "c.json"))
    content = json.loads((folder / "c.json").read_bytes())
    damage(content["samples"][1])
    (folder / "c.json").write_text(json.dumps(content))
    broken: list[Broken] = []
    assert len(list(read_log(folder / "c.json", broken))) == DIALOGUES - 1
    assert len(broken) == 1
    is_named(hvae("show", "c.json", cwd=folder), "c.json is damaged: dialogue ")


def cut_line(lines: list[bytes]) -> None:
    lines[2] = lines[2][:1000] + b"\n"


def no_record(lines: list[bytes]) -> None:
    lines[2] = b"[]\n"


def other_option(lines: list[bytes]) -> None:
    lines[2] = lines[2].replace(b'"option_id":"', b'"option_id":"no-')


@pytest.mark.parametrize("damage", [cut_line, no_record])
def test_one_broken_line_of_many(damage: Callable[[list[bytes]], None], folder: Path) -> None:
    path = Path(export_log(folder / "b.eval"))
    lines = path.read_bytes().splitlines(keepends=True)
    damage(lines)
    path.write_bytes(b"".join(lines))
    where = f"{path.name}:3: byte {len(lines[0]) + len(lines[1])}: "
    for command in (["show", path.name], ["rescore", path.name], ["merge", ".", "-o", "m.parquet"]):
        is_named(hvae(*command, cwd=folder), where)
    found = json.loads(hvae("show", path.name, "--json", cwd=folder).stdout)
    assert [one["line"] for one in found["broken"]] == [3]
    assert found["analysis"]["n_dialogues"] == DIALOGUES - 1
    found = json.loads(hvae("rescore", path.name, "--json", cwd=folder).stdout)
    assert found[path.name]["dialogues"] == DIALOGUES - 1
    assert [one["line"] for one in found[path.name]["broken"]] == [3]


def test_a_record_that_contradicts_itself_stops_no_other(folder: Path) -> None:
    path = Path(export_log(folder / "b.eval"))
    lines = path.read_bytes().splitlines(keepends=True)
    other_option(lines)
    path.write_bytes(b"".join(lines))
    done = hvae("rescore", ".", cwd=folder)
    is_named(done, f"{path.name}:3:")
    assert f"{path.name}: {DIALOGUES - 1} dialogues rescored" in done.stdout


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"{}", None])
def test_one_bad_row_of_a_parquet_file(content: bytes | None, folder: Path) -> None:
    merge(folder, folder / "m.parquet")
    table = pq.read_table(folder / "m.parquet").filter(pa.compute.field("model") == "hvae/uniform")
    rows = [text.as_buffer().to_pybytes() for text in table.column("record")]
    rows[1] = content
    pq.write_table(pa.table({"record": pa.array(rows, pa.binary())}), folder / "m.parquet")
    is_named(hvae("show", "m.parquet", cwd=folder), "m.parquet:2: ")
    is_named(hvae("rescore", "m.parquet", cwd=folder), "m.parquet:2: ")
    is_named(hvae("merge", "m.parquet", "-o", "n.parquet", cwd=folder), "m.parquet:2: ")
    assert pq.read_table(folder / "n.parquet").num_rows == DIALOGUES - 1


def test_beside_a_broken_log_its_rationality_log_is_read(folder: Path) -> None:
    export_log(folder / "b.eval")
    (folder / "b.eval").write_bytes(b"")
    broken: list[Broken] = []
    assert {run.model: run.status for run in load(folder, broken=broken)} == {
        "hvae/uniform": "success",
        "hvae/prosocial": "unknown",
    }
    assert [one.source for one in broken] == [str(folder / "b.eval")]
    with pytest.raises(LogError, match=r"b\.eval cannot be read"):
        load(folder)


@pytest.mark.parametrize("command", ["results", "merge", "export", "every-eval-ever"])
def test_a_log_of_another_task_is_named_if_it_was_given_by_name(command: str, folder: Path) -> None:
    log = read_eval_log(str(folder / "b.eval"))
    log.eval.task, log.eval.metadata = "another", {}
    write_eval_log(log, str(folder / "b.eval"))
    (folder / "logs.json").write_text('{"b.eval": {}}')
    arguments = ["export", ".", "--format", command, "-o", "results"] if command not in ("results", "merge") else None
    arguments = ["export", "."] if command == "export" else arguments or [command, "."]
    arguments += ["-o", "o.parquet"] if command == "merge" else []
    assert hvae(*arguments, cwd=folder).returncode == 0
    named = [word for one in arguments for word in (("a.eval", "b.eval") if one == "." else (one,))]
    is_named(hvae(*named, cwd=folder), "b.eval is a log of task 'another'")


def test_of_the_json_files_in_a_folder_only_logs_are_named(folder: Path) -> None:
    for name, content in {
        "logs.json": '{"a.eval": {"version": 2',
        "notes.json": "[1, 2",
        "cut.json": '{\n  "version": 2,\n  "status": "success",\n  "ev',
    }.items():
        (folder / name).write_text(content)
    is_named(hvae("results", ".", cwd=folder), "cut.json cannot be read")


def test_a_run_writes_the_records_of_the_dialogues_that_are_not_damaged(
    runs: tuple[Path, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A retry takes over the dialogues of a log in which one was damaged."""
    log = read_eval_log(str(runs[0]))
    samples: list[EvalSample] = log.samples or []
    samples[0].store["hvae_trace"] = "{}"
    last = samples.pop()
    log.status = "error"
    write_eval_log(log, str(tmp_path / "old.eval"))
    (again,) = eval_retry(str(tmp_path / "old.eval"), log_dir=str(tmp_path / "again"), display="none")
    records = [record for _, record in read_records(rationality_path(Path(again.location)))]
    assert str(last.id) in {record.dialogue.sample_id for record in records}
    assert len(records) == DIALOGUES - 1
    assert f"dialogue {samples[0].id}, epoch 1, holds no script and answers that belong together" in caplog.text


def test_of_very_many_lines_each_file_is_named() -> None:
    many = [
        Broken(source, number, 0, "no", "Fix it.") for source in ("a.jsonl", "b.jsonl") for number in range(1, 1001)
    ]
    sentences = list(told(many))
    assert len(sentences) == 22
    assert sentences[-1] == "b.jsonl: and 990 more of its lines or dialogues could not be read."
    assert str(nothing_left(many)).endswith("And 1,999 more could not be read.")
