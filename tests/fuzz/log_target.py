"""The log reader: what it takes is a dialogue, and what it does not take it names by file and place.

The first byte of an input selects what the rest is: the lines of a rationality log, an Inspect log as JSON, the header
or the sample of an `.eval` file, or the bytes of such a file.
"""

from __future__ import annotations

import atexit
import functools
import gzip
import io
import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any
from zlib import crc32

from jsonschema import Draft202012Validator

from hvae_bench.analysis import load
from hvae_bench.analysis.merging import merge
from hvae_bench.cli.frame import console
from hvae_bench.cli.run_views import wide_table
from hvae_bench.dialogue.upgrade import upgraded_json
from hvae_bench.log.export import read_log
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.rescore import rescore_file
from hvae_bench.log.results import read_results
from hvae_bench.log.runs import one_run
from hvae_bench.log.source import read_records
from hvae_bench.text.errors import HvaeError, LogError

__all__ = ["check", "seeds"]

ROOT = Path(__file__).resolve().parent.parent.parent
LINES, JSON_LOG, HEADER, SAMPLE, EVAL_FILE = range(5)


@functools.cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hvae-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def _run() -> dict[str, bytes]:
    """The parts of the `.eval` file of a run with one dialogue."""
    from inspect_ai import eval

    from hvae_bench import hvae_bench

    folder = _folder() / "run"
    task = hvae_bench(scenario="quick", values=["prosocial"])
    (log,) = eval(task, model="hvae/uniform", limit=1, epochs=1, log_dir=str(folder), display="none")
    assert log.status == "success", log.error
    with zipfile.ZipFile(log.location) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


@functools.cache
def _validator() -> Any:
    return Draft202012Validator(json.loads((ROOT / "spec" / "rationality.schema.json").read_text("utf-8")))


def seeds() -> list[bytes]:
    """The examples of the specification, a record of the version before, and a run with one dialogue in every form."""
    parts = _run()
    examples = sorted((ROOT / "spec" / "examples").glob("*/rationality/*.json"))
    lines = [json.dumps(json.loads(path.read_bytes())).encode() + b"\n" for path in examples]
    (sample,) = [content for name, content in parts.items() if name.startswith("samples/")]
    whole = json.loads(parts["header.json"]) | {"samples": [json.loads(sample)]}
    log = _folder() / "seed.eval"
    log.write_bytes(_packed(parts))
    dialogue = b"".join(record.model_dump_json().encode() + b"\n" for record in read_log(log))
    old = gzip.decompress((ROOT / "tests/data/schema_1_0/independent.rationality.jsonl.gz").read_bytes())
    lines += old.splitlines(keepends=True)[-2:]
    forms = [(LINES, dialogue), (LINES, dialogue + lines[0] + dialogue), (JSON_LOG, json.dumps(whole).encode())]
    forms += [(HEADER, parts["header.json"]), (SAMPLE, sample), (SAMPLE, sample), (EVAL_FILE, _packed(parts))]
    return [bytes([form]) + content for form, content in (*forms, *((LINES, line) for line in lines))]


def check(data: bytes) -> None:
    """Read a log of whatever form in every way there is."""
    form, content = (data[0] % 5, data[1:]) if data else (LINES, b"")
    if form == LINES:
        _check_lines(content)
        return
    parts = dict(_run())
    if form == HEADER:
        parts["header.json"] = content
        parts.pop("_journal/start.json", None)
    elif form == SAMPLE:
        (name,) = [name for name in parts if name.startswith("samples/")]
        parts[name] = content
    path = _folder() / ("log.json" if form == JSON_LOG else "log.eval")
    path.write_bytes(content if form in (JSON_LOG, EVAL_FILE) else _packed(parts))
    taken = []
    try:
        taken = list(read_log(path, []))
    except HvaeError as error:
        _is_a_sentence(error, path)
    for record in taken:
        _is_sound(record)
    try:
        console_of(wide_table(read_results([path])))
    except HvaeError as error:
        _is_a_sentence(error, path)
    try:
        (run,) = load(path)
        assert len(run.records) <= len(taken), "more dialogues than the log holds"
    except HvaeError as error:
        _is_a_sentence(error, path)


def _check_lines(content: bytes) -> None:
    path = _folder() / "log.rationality.jsonl"
    path.write_bytes(content)
    taken: list[RationalityRecord] = []
    try:
        for number, record in read_records(path):
            _is_sound(record)
            raw = content.split(b"\n")[number - 1]
            of_today = RationalityRecord.model_validate_json(upgraded_json(raw))
            assert of_today == record, "not the line that the number names"
            taken.append(record)
    except LogError as error:
        _is_a_sentence(error, path)
    try:
        runs = load(path)
    except LogError as error:
        _is_a_sentence(error, path)
        runs = []
    for broken in {line for run in runs for line in run.broken}:
        assert broken.line is not None, "a line has a number"
        assert broken.offset is not None, "and a place"
        raw = content.split(b"\n")[broken.line - 1]
        assert content[broken.offset : broken.offset + len(raw)] == raw, "the byte is not where the line begins"
    if runs and len(taken) == _lines_of(content):
        keys = {(one.run.task_id, one.run.model, one.dialogue.sample_id, one.dialogue.epoch) for one in taken}
        assert sum(len(run.records) for run in runs) == len(keys), "a dialogue is lost"
    for read in (rescore_file, _analysed, functools.partial(_merged, path)):
        try:
            read(path)
        except HvaeError as error:
            _is_a_sentence(error, path)
    if taken and crc32(content) % 4 == 0:
        _names_what_is_cut(path, content)


def _analysed(path: Path) -> None:
    assert one_run(path).analysis.numbers


def _merged(path: Path, _: Path) -> None:
    merge(path, path.with_name("merged.parquet"), keep_first=True)


def _names_what_is_cut(path: Path, content: bytes) -> None:
    """A last line that breaks off is reported with its first byte; what stands before it is read."""
    first = content.split(b"\n")[0] + b"\n"
    try:
        RationalityRecord.model_validate_json(upgraded_json(first))
    except ValueError:
        return
    path.write_bytes(first + first[: 1 + crc32(first) % (len(first) - 2)])
    (run,) = load(path)
    (broken,) = run.broken
    assert (broken.line, broken.offset, broken.problem) == (2, len(first), "the line is cut short")
    assert len(run.records) == 1


def _is_sound(record: RationalityRecord) -> None:
    text = record.model_dump_json()
    again = RationalityRecord.model_validate_json(text)
    assert again == record, "the record does not survive being written down"
    assert again.model_dump_json() == text
    _validator().validate(json.loads(text))


def _is_a_sentence(error: HvaeError, path: Path) -> None:
    text = str(error)
    assert path.stem in text, f"the file is not named: {text}"
    assert text.isprintable(), f"more than a line, or signs that do not print: {text!r}"
    assert "Traceback" not in text
    assert len(text) < 2_000, "too long to be read"
    assert text.endswith((".", "`", ")")), text


def _lines_of(content: bytes) -> int:
    return sum(not line.isspace() and line != b"" for line in content.split(b"\n"))


def console_of(table: Any) -> None:
    """Draw a table as `hvae results` does."""
    drawn = console()
    with drawn.capture():
        drawn.print(table)


def _packed(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return file.getvalue()
