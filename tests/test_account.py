"""Accounts: a dialogue is measured once, for its score, and its record takes the measures from there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog, EvalSample, read_eval_log, write_eval_log

from hvae_bench import export_log, hvae_bench
from hvae_bench.log import account
from hvae_bench.log.account import MEASURES_KEY, account_of
from hvae_bench.log.measures import MeasuresRecord, measure
from hvae_bench.log.rescore import rescore_file

from .conftest import Script

Run = Callable[..., EvalLog]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[MeasuresRecord]:
    """Every measuring of a dialogue."""
    found: list[MeasuresRecord] = []

    def counting(*arguments: Any, **options: Any) -> MeasuresRecord:
        found.append(measure(*arguments, **options))
        return found[-1]

    monkeypatch.setattr(account, "measure", counting)
    return found


@pytest.fixture
def sample(run: Run) -> EvalSample:
    log = run(hvae_bench(scenario="slider"), "hvae/altruistic", epochs=1, limit=1)
    assert log.samples
    return log.samples[0]


def score_of(sample: EvalSample) -> dict[str, Any]:
    assert sample.scores
    return sample.scores["rationality"].metadata or {}


def test_each_dialogue_is_measured_once(run: Run, counted: list[MeasuresRecord]) -> None:
    task = hvae_bench(scenario="paper", templates="no-goal", games="prisoners-dilemma")
    log = run(task, "hvae/uniform", epochs=10, max_samples=40)
    assert len(counted) == 40
    path = Path(export_log(log.location))
    assert len(counted) == 40, "not again for another export"
    lines = [json.loads(line)["measures"] for line in path.read_text("utf-8").splitlines()]
    measured = sorted(one.model_dump_json() for one in counted)
    assert sorted(MeasuresRecord.model_validate_json(json.dumps(line)).model_dump_json() for line in lines) == measured


def test_what_was_never_scored_is_measured_for_its_record(
    run: Run, script: Callable[[Script], str], counted: list[MeasuresRecord]
) -> None:
    model = script(lambda stream, messages: RuntimeError("down") if "/2/p4/" in stream else "A")
    log = run(hvae_bench(scenario="paper"), model, epochs=2, limit=1, fail_on_error=False)
    assert len(counted) == 2
    assert rescore_file(Path(log.location).with_suffix(".rationality.jsonl")).differences == ()


@pytest.mark.parametrize("kept", [None, {}, {"json": "{}"}, {"json": 5}, [], {"json": '{"value_rationality": "high"}'}])
def test_measures_that_another_version_kept_are_not_taken(
    sample: EvalSample, counted: list[MeasuresRecord], kept: object
) -> None:
    right = account_of(sample.metadata, sample.store, "limit", score_of(sample))
    assert not counted
    found = account_of(sample.metadata, sample.store, "limit", score_of(sample) | {MEASURES_KEY: kept})
    assert len(counted) == 1
    assert found == right


def test_why_an_item_was_lost_changes_no_measure(sample: EvalSample) -> None:
    limit, error = (account_of(sample.metadata, {}, lost) for lost in ("limit", "error"))
    assert {one.reason for one in error.decisions} == {"error"}
    assert limit.measures == error.measures


def test_a_log_that_was_scored_without_measures_exports_alike(run: Run, tmp_path: Path) -> None:
    location = run(hvae_bench(scenario="slider"), "hvae/uniform", epochs=1, limit=3).location
    log = read_eval_log(location)
    for one in log.samples or []:
        score_of(one).pop(MEASURES_KEY)
    other = tmp_path / "other.eval"
    write_eval_log(log, str(other))
    written = (Path(export_log(other)), Path(location).with_suffix(".rationality.jsonl"))
    # Each names the Inspect log that it was made of by its hash.
    made, first = (re.sub(r'"log_sha256":"[0-9a-f]{64}"', "", path.read_text(encoding="utf-8")) for path in written)
    assert made == first
