"""Rounds: a run with `-T until=` makes rounds of dialogues until its headline is known, and counts what it made."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio.lowlevel
import pytest
from inspect_ai import eval, eval_retry, eval_set
from inspect_ai.log import EvalLog, read_eval_log
from inspect_ai.model import ChatMessage

from hvae_bench import hvae_bench
from hvae_bench.analysis.comparison import obstacles
from hvae_bench.analysis.progress import coverage
from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.cli.logs import show_run
from hvae_bench.dialogue.sample import build_cells
from hvae_bench.log import rounds
from hvae_bench.log.entry import KEY
from hvae_bench.log.export import rationality_path
from hvae_bench.log.results import read_results
from hvae_bench.log.runs import Run, one_run
from hvae_bench.scorers import Estimate
from hvae_bench.scorers.estimate import is_known
from hvae_bench.subjects.agents import random_stream

from .conftest import QUICKLY, Script

FEW: dict[str, Any] = {"scenario": "paper", "values": ["altruistic", "competitive"], "templates": "no-goal"}
"""Two cells of six calls."""

CATALOG = load_catalog()
ONE = {"values": ["altruistic"], "templates": ["no-goal"]}

Runner = Callable[..., EvalLog]


UNTIL = 0.25
ROUNDS = 6
"""Where a run with these replies is known well enough, rounds after the first half-width below that."""


def guess(stream: str, _: list[ChatMessage]) -> str:
    return random_stream(4, stream).choice("ABCDEFGHI")


def failing(epoch: int, times: int = 1) -> Script:
    """Guesses, but fails so often in that epoch."""
    left = itertools.count(-times)

    def reply(stream: str, messages: list[ChatMessage]) -> str | Exception:
        return RuntimeError("no") if f"/{epoch}/" in stream and next(left) < 0 else guess(stream, messages)

    return reply


def headline(run: Run, rounds: int) -> Estimate:
    """As a report estimates it from the first rounds of a run."""
    records = [record for record in run.records if record.dialogue.epoch <= rounds]
    return replace(run, records=records).analysis.numbers["value_rationality"]


def half_width(one: Estimate) -> float:
    return (one.upper - one.lower) / 2


def made(log: EvalLog) -> list[int]:
    """Dialogues of each cell."""
    return [*Counter(sample.id for sample in log.samples or ()).values()]


@pytest.fixture
def stopped(run: Runner, script: Callable[[Script], str]) -> EvalLog:
    return run(hvae_bench(until=UNTIL, **FEW), script(guess), epochs=20)


def test_a_run_ends_after_the_first_round_at_which_its_headline_is_known(stopped: EvalLog) -> None:
    of_run = one_run(stopped.location)
    after = [headline(of_run, rounds) for rounds in range(2, ROUNDS + 1)]
    assert made(stopped) == [ROUNDS, ROUNDS]
    assert [is_known(one, UNTIL) for one in after] == [False] * (ROUNDS - 2) + [True]
    # The first narrow interval is not taken: whoever does so ends more often where dialogues vary too little by chance.
    assert any(half_width(one) <= UNTIL for one in after[:-1])


def test_what_was_not_wanted_is_no_dialogue(stopped: EvalLog) -> None:
    run = one_run(stopped.location)
    assert (run.status, run.part, run.missing, run.analysis.n_dialogues) == ("success", None, 0, 2 * ROUNDS)
    assert {record.run.epochs for record in run.records} == {ROUNDS}
    assert coverage(run).planned == coverage(run).complete == 2 * ROUNDS
    alone = one_run(rationality_path(Path(stopped.location)))
    assert (alone.part, alone.missing) == (None, 0)


def test_a_log_says_why_it_ended(stopped: EvalLog, capsys: pytest.CaptureFixture[str]) -> None:
    half = half_width(headline(one_run(stopped.location), ROUNDS))
    why = f"ended after {ROUNDS} of 20 rounds, since the half-width of the headline is {half:.2g} (until=0.25)"
    assert stopped.results
    assert stopped.results.early_stopping
    assert stopped.results.early_stopping.metadata == {"until": UNTIL, "rounds": ROUNDS, "why": why}
    assert read_eval_log(stopped.location, header_only=True).metadata[KEY]["ended"] == why
    assert [result.ended for result in read_results(stopped.location)] == [why]
    show_run([stopped.location], as_json=False, everything=False)
    assert f"The run {why}" in " ".join(capsys.readouterr().out.split())


def test_it_can_be_compared_with_a_run_of_another_length(stopped: EvalLog, run: Runner, tmp_path: Path) -> None:
    fixed = run(hvae_bench(**FEW), "hvae/uniform", epochs=3, log_dir=str(tmp_path / "fixed"))
    assert [*obstacles(one_run(stopped.location), one_run(fixed.location))] == []


@pytest.mark.parametrize(("until", "epochs", "told"), [(0.01, 3, "is 0."), (0.5, 1, "only one dialogue in")])
def test_a_run_that_is_never_known_makes_all_its_dialogues(
    until: float, epochs: int, told: str, run: Runner, script: Callable[[Script], str], caplog: pytest.LogCaptureFixture
) -> None:
    log = run(hvae_bench(until=until, **FEW), script(guess), epochs=epochs)
    assert made(log) == [epochs, epochs]
    why = str(one_run(log.location).ended)
    assert why.startswith(f"ran to its maximum of {epochs} round{'s'[: epochs > 1]} (until={until:g}): ")
    assert told in why
    assert ("shorten this run: it has 1 round at most, and 2 are always made; --epochs allows" in caplog.text) == (
        epochs == 1
    )


def test_a_part_without_a_headline_runs_to_its_maximum(run: Runner, caplog: pytest.LogCaptureFixture) -> None:
    log = run(hvae_bench(until=0.5, **FEW), "hvae/uniform", epochs=3, limit=1)
    assert made(log) == [3]
    assert "until=0.5 does not shorten this run: no dialogue with the target competitive." in caplog.text


@pytest.mark.parametrize("max_samples", [1, 100])
def test_a_dialogue_that_failed_counts_for_nothing_and_a_retry_makes_it_alone(
    max_samples: int, run: Runner, script: Callable[[Script], str], tmp_path: Path
) -> None:
    log = run(hvae_bench(until=UNTIL, **FEW), script(failing(1)), epochs=20, status="error")
    first = one_run(log.location)
    assert first.analysis.n_incomplete == 1
    assert len({record.dialogue.epoch for record in first.records}) > ROUNDS - 1
    asked: set[str] = set()

    def reply(stream: str, messages: list[ChatMessage]) -> str:
        asked.add("/".join(stream.split("/")[:3]))
        return guess(stream, messages)

    script(reply)
    (again,) = eval_retry(log, log_dir=str(tmp_path / "again"), max_samples=max_samples, **QUICKLY)
    assert again.status == "success"
    second = one_run(again.location)
    assert len(asked) == 1
    assert (second.missing, second.analysis.n_incomplete, len(second.records)) == (0, 0, len(first.records))
    assert "ended after" in str(second.ended)


@pytest.mark.parametrize("max_samples", [1, 2, 100])
def test_no_round_waits_for_a_dialogue_that_is_tried_again(
    max_samples: int, run: Runner, script: Callable[[Script], str]
) -> None:
    log = run(hvae_bench(until=UNTIL, **FEW), script(failing(3)), epochs=20, retry_on_error=1, max_samples=max_samples)
    assert min(made(log)) >= ROUNDS - 1
    assert max(made(log)) <= ROUNDS + 1
    assert one_run(log.location).missing == 0


def test_each_of_several_models_ends_for_itself(tmp_path: Path) -> None:
    models, how = ["hvae/uniform", "hvae/altruistic"], {"epochs": 9, **QUICKLY}
    logs = eval(hvae_bench(until=UNTIL, **FEW), model=models, log_dir=str(tmp_path / "two"), **how)
    for log in logs:
        (alone,) = eval(hvae_bench(until=UNTIL, **FEW), model=log.eval.model, log_dir=str(tmp_path), **how)
        assert made(log) == made(alone)
        assert one_run(log.location).ended == one_run(alone.location).ended
    assert made(logs[0]) != made(logs[1])


def test_an_eval_set_takes_it_for_complete(tmp_path: Path) -> None:
    for _ in range(2):
        done, (log,) = eval_set(
            hvae_bench(until=UNTIL, **FEW),
            model="hvae/altruistic",
            epochs=20,
            log_dir=str(tmp_path),
            display="none",
            retry_attempts=0,
        )
        assert done
    assert len([*tmp_path.glob("*.eval")]) == 1
    assert one_run(log.location).missing == 0


def test_the_first_line_says_at_most(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    eval(hvae_bench(until=0.5, **FEW), model="hvae/altruistic", epochs=3, log_dir=str(tmp_path), display="plain")
    assert "at most 2 cells x 3 epochs = 6 dialogues" in capsys.readouterr().out


def test_a_round_waits_however_long_the_one_before_it_talks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for a dialogue that began after the wait did."""
    monkeypatch.setattr(rounds, "PATIENCE_S", 0.05)
    (script,) = [cell.script() for cell in build_cells(CATALOG, CATALOG.scenarios["paper"], ONE)]
    begun: list[int] = []

    async def wanted(run: rounds._Run, epoch: int) -> None:
        await run.wanted(script.id, epoch)
        begun.append(epoch)

    async def fourth_before_third() -> None:
        run = rounds._Run(0.01, {script.id: script}, epochs=4)
        for epoch in (1, 2):
            await wanted(run, epoch)
            run.over(script.id, epoch, None)
        async with anyio.create_task_group() as group:
            group.start_soon(wanted, run, 4)
            await anyio.lowlevel.checkpoint()  # it waits by now
            await wanted(run, 3)
            await anyio.sleep(0.3)
            assert begun == [1, 2, 3]
            run.over(script.id, 3, None)

    anyio.run(fourth_before_third)
    assert begun == [1, 2, 3, 4]
