"""Faults of a server: the run ends, every dialogue is logged once, and what became of each item is told right."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from inspect_ai import eval_retry
from inspect_ai.log import EvalLog, read_eval_log
from model_server import running

from hvae_bench.analysis import merge
from hvae_bench.log.export import rationality_path
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.source import read_records

from .test_servers import environment

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]

FIXED: list[dict[str, Any]] = [
    {"kind": "rate_limit", "text": "Decision 2 of", "attempts": 1, "seconds": 1},
    {"kind": "cut_body", "text": "Decision 3 of", "times": 2},
    {"kind": "timeout", "text": "Decision 4 of", "times": 2},
    {"kind": "stall", "text": "Decision 5 of", "times": 2, "seconds": 1},
    {"kind": "http_500", "probability": 0.05},
]
"""Faults that asking again fixes."""

LASTING: list[dict[str, Any]] = [
    {"kind": "empty", "conversation": "Decision 1 of"},
    {"kind": "content_filter", "conversation": "Decision 2 of"},
    {"kind": "truncated", "conversation": "Decision 3 of"},
    {"kind": "reasoning_only", "conversation": "Decision 4 of"},
    {"kind": "refusal", "conversation": "Decision 5 of"},
    {"kind": "cut_stream", "conversation": "system is altruistic", "text": "Decision 6 of", "attempts": 1},
    {"kind": "http_500", "conversation": "system is prosocial", "text": "Decision 6 of"},
    {"kind": "timeout", "conversation": "system is individualistic", "text": "Decision 6 of"},
    {"kind": "invalid_json", "conversation": "system is hyper-competitive", "text": "Decision 6 of"},
]
"""Faults that stay, however often the question is asked, but for the cut stream."""


@dataclass(frozen=True)
class Run:
    """A run that has ended."""

    log: EvalLog
    records: tuple[RationalityRecord, ...]
    faults: dict[str, int]
    said: str


def start(url: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "inspect_ai", *arguments, "--log-dir", str(folder)],
        env=environment(LAB_BASE_URL=url, LAB_API_KEY="none"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_run(path: Path, faults: dict[str, int], said: str = "") -> Run:
    records = tuple(record for _, record in read_records(rationality_path(path)))
    return Run(read_eval_log(str(path)), records, faults, said)


EVAL = ("eval", "hvae_bench", "-T", "scenario=paper", "--model", "openai-api/lab/m", "--attempt-timeout", "4")
MORE = {
    "fixed": ("--epochs", "2"),
    "lasting": (
        *("--epochs", "2", "-T", "templates=no-goal", "-T", "items=independent", "-M", "stream=true"),
        *("--max-retries", "1", "-M", "max_retries=0", "--max-connections", "12"),
    ),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Two runs, at the same time because most of what they do is to wait, and the retry of one of them."""
    folders = {name: tmp_path_factory.mktemp(name) for name in MORE}
    found = {}
    with running(faults=FIXED) as fixed, running(faults=LASTING) as lasting, running() as healthy:
        servers = {"fixed": fixed, "lasting": lasting}
        started = {name: start(servers[name].url, folders[name], *EVAL, *MORE[name]) for name in MORE}
        for name, process in started.items():
            said, _ = process.communicate(timeout=300)
            (path,) = folders[name].glob("*.eval")
            found[name] = read_run(path, servers[name].stats()["faults"], said)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LAB_BASE_URL", healthy.url)
            patch.setenv("LAB_API_KEY", "none")
            (log,) = eval_retry(str(found["lasting"].log.location), log_dir=str(folders["lasting"]), display="none")
        found["retried"] = read_run(Path(log.location.removeprefix("file://")), {})
    return found


def keys(run: Run) -> Counter[tuple[str, int]]:
    return Counter((record.dialogue.sample_id, record.dialogue.epoch) for record in run.records)


@pytest.mark.parametrize(("name", "dialogues"), [("fixed", 16), ("lasting", 8), ("retried", 8)])
def test_every_dialogue_is_in_both_logs_once(runs: dict[str, Run], name: str, dialogues: int) -> None:
    run = runs[name]
    samples = Counter((str(sample.id), sample.epoch) for sample in run.log.samples or [])
    assert samples == keys(run), run.said[-2000:]
    assert len(samples) == dialogues
    assert set(samples.values()) == {1}
    assert run.log.status == ("error" if name == "lasting" else "success"), run.said[-2000:]


def test_what_asking_again_fixes_leaves_no_trace(runs: dict[str, Run]) -> None:
    run = runs["fixed"]
    assert run.faults.keys() == {"rate_limit", "cut_body", "timeout", "stall", "http_500"}, "the faults were given"
    for record in run.records:
        assert {(one.status, one.reason, one.reasked) for one in record.decisions} == {("chosen", "label", False)}
        assert not record.measures.incomplete
        assert record.dialogue.error is None
        assert [turn.item_id for turn in record.turns if turn.kind == "decision"] == [
            one.item_id for one in record.decisions
        ], "each question stands there once, however often it was sent"


def outcomes(record: RationalityRecord) -> list[tuple[str, str]]:
    return [(one.status, one.reason) for one in record.decisions]


def test_answers_that_are_none_are_told_apart(runs: dict[str, Run]) -> None:
    """Of the six items, two are refusals of the model; the failure of the server is none."""
    wanted = [
        ("invalid", "empty"),
        ("refused", "content_filter"),
        ("invalid", "truncated"),
        ("invalid", "empty"),
        ("refused", "declined"),
        ("chosen", "label"),
    ]
    assert runs["lasting"].faults["cut_stream"] == 1, "the sixth item of one dialogue is asked again"
    for record in runs["lasting"].records:
        if record.cell.value == "altruistic":
            assert outcomes(record) == wanted
            assert [one.reasked for one in record.decisions] == [True] * 5 + [False]
            assert (record.measures.n_refused, record.measures.n_invalid, record.measures.n_not_reached) == (2, 3, 0)
            stops = {turn.item_id: turn.stop_reason for turn in record.turns if turn.kind == "decision"}
            assert [stops[one.item_id] for one in record.decisions][:3] == ["stop", "content_filter", "max_tokens"]


@pytest.mark.parametrize("value", ["prosocial", "individualistic", "competitive"])
def test_a_server_that_fails_for_good_ends_one_dialogue(runs: dict[str, Run], value: str) -> None:
    records = [record for record in runs["lasting"].records if record.cell.value == value]
    assert len(records) == 2
    for record in records:
        assert outcomes(record)[5] == ("not_reached", "error"), "not a refusal of the model"
        assert record.measures.incomplete
        assert record.dialogue.error
        assert {reason for status, reason in outcomes(record) if status == "not_reached"} == {"error"}


def test_a_retry_repeats_the_failed_dialogues_alone(runs: dict[str, Run], tmp_path: Path) -> None:
    before = {record.dialogue.uuid: record for record in runs["lasting"].records}
    for record in runs["retried"].records:
        assert record.dialogue.error is None
        if record.cell.value == "altruistic":
            kept = before[record.dialogue.uuid]
            assert (kept.decisions, kept.turns) == (record.decisions, record.turns)
        else:
            assert outcomes(record) == [("chosen", "label")] * 6
    folder = Path(str(runs["retried"].log.location)).parent
    merged = merge(folder, tmp_path / "all.parquet")
    assert (merged.dialogues, merged.incomplete, merged.superseded, merged.duplicates) == (8, 0, 6, 2)
    rows = pl.read_parquet(tmp_path / "all.parquet")
    assert rows.select("sample_id", "epoch").is_duplicated().sum() == 0
