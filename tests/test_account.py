"""Accounts: a dialogue is measured when it is scored, and not again when its record is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from inspect_ai.log import EvalLog, EvalSample

from hvae_bench import account, export, hvae_bench, trace
from hvae_bench.account import account_of, keep_account
from hvae_bench.measures import MeasuresRecord, measure
from hvae_bench.sample import script_of
from hvae_bench.trace import STORE_KEY, Trace

Run = Callable[..., EvalLog]

DIALOGUES = 160


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    account._kept.clear()
    trace._fresh.clear()
    yield
    account._kept.clear()


@pytest.fixture
def sample(run: Run) -> EvalSample:
    log = run(hvae_bench(scenario="slider"), "hvae/altruistic", epochs=1, limit=1)
    assert log.samples
    return log.samples[0]


def test_each_dialogue_is_measured_once_however_many_run_at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = 0

    def counting(*arguments: Any, **options: Any) -> MeasuresRecord:
        nonlocal counted
        counted += 1
        return measure(*arguments, **options)

    monkeypatch.setattr(account, "measure", counting)
    # All are scored before the first of their records is written.
    waiting: list[tuple[export.Recorder, EvalSample]] = []
    add = export.Recorder.add

    def add_at_the_end(recorder: export.Recorder, sample: EvalSample) -> None:
        waiting.append((recorder, sample))
        if len(waiting) == DIALOGUES:
            assert len(account._kept) == counted == DIALOGUES
            for one in waiting:
                add(*one)

    monkeypatch.setattr(export.Recorder, "add", add_at_the_end)
    task = hvae_bench(scenario="paper", templates="no-goal", games="prisoners-dilemma")
    run(task, "hvae/uniform", epochs=DIALOGUES // 4, max_samples=DIALOGUES)
    assert counted == DIALOGUES
    assert not account._kept


def test_what_is_kept_is_handed_out_once(sample: EvalSample) -> None:
    kept = keep_account("one", sample.metadata, sample.store, "limit")
    assert account_of(sample.metadata, sample.store, "limit", uuid="one") is kept
    assert account_of(sample.metadata, sample.store, "limit", uuid="one") is not kept
    assert account_of(sample.metadata, sample.store, "limit", uuid="one") == kept


def test_a_whole_dialogue_lost_nothing_for_whatever_reason(sample: EvalSample) -> None:
    kept = keep_account("one", sample.metadata, sample.store, "limit")
    assert account_of(sample.metadata, sample.store, "cancelled", uuid="one") is kept


def test_a_dialogue_that_broke_off_gets_the_reason_it_is_asked_for(sample: EvalSample) -> None:
    keep_account("one", sample.metadata, {}, "limit")
    found = account_of(sample.metadata, {}, "error", uuid="one")
    assert {decision.reason for decision in found.decisions} == {"error"}


def test_an_account_of_other_texts_is_not_taken(sample: EvalSample) -> None:
    keep_account("one", sample.metadata, sample.store, "limit")
    found = account_of(sample.metadata, {}, "limit", uuid="one")
    assert {decision.status for decision in found.decisions} == {"not_reached"}


def test_what_nobody_asks_for_does_not_pile_up(sample: EvalSample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "_MOST_KEPT", 3)
    for uuid in "abcde":
        keep_account(uuid, sample.metadata, sample.store, "limit")
    assert list(account._kept) == ["c", "d", "e"]


def test_a_trace_says_the_same_as_its_text(sample: EvalSample) -> None:
    text = sample.store[STORE_KEY]
    written = trace.keep(Trace.model_validate_json(text).model_dump())
    handed_over = Trace.of(written, script_of(sample.metadata))
    assert not trace._fresh
    assert handed_over == Trace.of(written, script_of(sample.metadata))
    assert written == text
