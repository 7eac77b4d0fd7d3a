"""A scenario before it is run: against runs, simulation and a slow count; and the command that tells it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inspect_ai.log import EvalLog

from hvae_bench import hvae_bench, load_catalog
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.dialogue.cost import REPLIES, Call, calls_of, tokens_seen_before
from hvae_bench.dialogue.sample import build_cells
from hvae_bench.log.export import rationality_path
from hvae_bench.log.facts import run_facts
from hvae_bench.log.overview import scenario_overview
from hvae_bench.log.plan import GUESSES, plan, planned_run
from hvae_bench.log.source import read_records
from hvae_bench.scorers import PayoffTable, scored_run, value_rationality
from hvae_bench.scorers.calibration import rate_items
from hvae_bench.scorers.payoff_table import Integers
from hvae_bench.text.errors import UsageError
from hvae_bench.text.tokens import token_count, tokens

from .named import several
from .terminal import hvae

CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("scenario", "items"),
    [
        ("paper", "sequential"),
        ("paper-short", "sequential"),
        ("slider", "sequential"),
        ("paper", "independent"),
        ("paper", "batched"),
    ],
)
def test_a_scenario_takes_what_a_run_takes(scenario: str, items: Any, run: Callable[..., EvalLog]) -> None:
    takes = plan(CATALOG, CATALOG.scenarios[scenario], 1, items).takes
    log = run(hvae_bench(scenario=scenario, items=items), "hvae/uniform", epochs=1)
    facts = run_facts(log.eval.metadata)
    assert facts is not None
    assert scenario_overview(CATALOG, CATALOG.scenarios[scenario]).cells == tuple(facts.calls) == tuple(facts.tokens)
    assert takes.calls == sum(facts.calls.values())
    assert (takes.input_tokens, takes.output_tokens) == tuple(map(sum, zip(*facts.tokens.values(), strict=True)))
    assert takes.dialogues == len(log.samples or [])
    # Tokens: what every call sends, with replies of the length that they are taken to have.
    sent, goal = 0, "Understood; I will choose accordingly."
    for _, record in read_records(rationality_path(Path(log.location))):
        said = opening = 0
        for turn in record.turns:
            if turn.item_id and items == "independent":
                said = opening
            said += token_count(turn.prompt) + turn.prompt.count(goal) * (25 - token_count(goal))
            sent += said if turn.reply is not None else 0
            if turn.reply is not None:
                said += {"goal": 25, "decision": 1}.get(turn.kind, 75)
            opening = opening if turn.item_id else said
    assert takes.input_tokens == pytest.approx(sent, rel=0.05)


def test_the_short_wording_keeps_its_budget() -> None:
    short = plan(CATALOG, CATALOG.scenarios["paper-short"]).takes
    assert (short.dialogues, short.calls) == (80, 600)
    assert short.input_tokens <= 240_000
    assert short.repeated_in_run >= 0.75 * short.input_tokens


def test_epochs_multiply() -> None:
    paper = CATALOG.scenarios["paper"]
    once, often = (plan(CATALOG, paper, epochs) for epochs in (1, 7))
    for name in ("dialogues", "calls", "input_tokens", "repeated_in_dialogue", "output_tokens"):
        assert getattr(often.takes, name) == 7 * getattr(once.takes, name)
    assert math.isnan(once.half_widths[1.0]["all"])  # one dialogue a cell gives no interval
    assert plan(CATALOG, paper).takes.epochs == paper.epochs


@pytest.mark.parametrize(("scenario", "items"), [("paper", "sequential"), ("quick", "independent")])
def test_repeated_tokens_are_those_of_the_longest_beginning_that_was_sent_before(scenario: str, items: Any) -> None:
    scripts = [cell.script() for cell in build_cells(CATALOG, CATALOG.scenarios[scenario])]
    dialogues = [calls_of(script, items, epoch=epoch) for epoch in (1, 2, 3) for script in scripts]

    goal, length = REPLIES["goal"]

    def parts(call: Call, dialogue: int) -> list[str]:
        """Every token of a conversation; no reply is like one of another dialogue."""
        found: list[str] = []
        for line in call:
            spoken = line.role == "assistant"
            text = line.text.replace(goal, " goal" * length)
            found += [f"{dialogue}/{place}" for place in range(line.tokens)] if spoken else tokens(text)
        return found

    def alike(one: Sequence[str], other: Sequence[str]) -> int:
        pairs = enumerate(zip(one, other, strict=False))
        return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))

    seen: list[list[str]] = []
    repeated = 0
    for number, calls in enumerate(dialogues):
        for call in calls:
            prompt = parts(call[:-1], number)
            repeated += max((alike(prompt, other) for other in seen), default=0)
            seen.append(parts(call, number))
    assert tokens_seen_before(dialogues) == pytest.approx(repeated, rel=0.02)
    takes = plan(CATALOG, CATALOG.scenarios[scenario], 3, items).takes
    assert takes.repeated_in_run == pytest.approx(repeated, rel=0.02)
    assert takes.repeated_in_dialogue <= takes.repeated_in_run < takes.input_tokens


def choices(value: ValueTarget, table: PayoffTable, guesses: float, n: int, rng: np.random.Generator) -> Integers:
    """So many dialogues of a model that follows a motive of its value, a new one each time, or guesses."""
    ratings = rate_items(table, value.motives)
    motive, guess = rng.integers(len(ratings), size=n), rng.random((n, table.n_items)) < guesses
    columns = []
    for item, options in enumerate(table.option_ids):
        best = np.stack([rng.choice(np.flatnonzero(own[item].ideal), size=n) for own in ratings])
        columns.append(np.where(guess[:, item], rng.integers(len(options), size=n), best[motive, np.arange(n)]))
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("guesses", GUESSES)
@pytest.mark.parametrize("scenario", ["paper", "reading"])
def test_half_widths_are_those_of_models_that_guess_in_some_items(scenario: str, guesses: float) -> None:
    epochs, n_runs = 10, 40
    expected = plan(CATALOG, CATALOG.scenarios[scenario], epochs).half_widths[guesses]
    empty = planned_run([cell.script() for cell in build_cells(CATALOG, CATALOG.scenarios[scenario])])
    rng = np.random.default_rng(3)
    widths: dict[str, list[float]] = {}
    for _ in range(n_runs):
        scores = {}
        for cell in empty.scores:
            value, table = CATALOG.values[cell.value], empty.design.games[cell.game]
            chosen = choices(value, table, guesses, epochs, rng)
            scores[cell] = {value.id: value_rationality(chosen, table, value.motives).value_rationality}
        run = scored_run(empty.design, scores)
        for name, estimate in {"all": run.headline(), **several(run, "value_rationality({})")}.items():
            widths.setdefault(name, []).append((estimate.upper - estimate.lower) / 2)
    assert set(expected) == set(widths)
    for name, half in expected.items():
        # Games of two or three items have few scores, so that the width moves with what happens to vary.
        assert half == pytest.approx(np.mean(widths[name]), rel=0.05 if scenario == "paper" else 0.1)


def test_a_plan_for_a_half_width_takes_the_fewest_dialogues_that_do() -> None:
    paper = CATALOG.scenarios["paper"]
    for guesses, takes in plan(CATALOG, paper, half_width=0.05).wanted.items():
        assert takes is not None
        assert plan(CATALOG, paper, takes.epochs).half_widths[guesses]["all"] <= 0.05
        assert plan(CATALOG, paper, takes.epochs - 1).half_widths[guesses]["all"] > 0.05
    assert set(plan(CATALOG, paper, half_width=1e-6).wanted.values()) == {None}
    with pytest.raises(UsageError, match="has to be above 0"):
        plan(CATALOG, paper, half_width=-1)


# --- the command


def test_a_plan_tells_money_and_minutes_by_what_a_cache_keeps(tmp_path: Path) -> None:
    price = ("--price", "2.5/0.25/10", "--rate", "5/s")
    told = json.loads(hvae("plan", "paper", *price, "--half-width", "0.05", "--json", cwd=tmp_path).stdout)
    takes = told["plan"]["takes"]
    assert takes == {**takes, "epochs": 10, "dialogues": 80, "calls": 680}
    assert told["minutes"] == pytest.approx(680 / 300)
    whole = (2.5 * takes["input_tokens"] + 10 * takes["output_tokens"]) / 1e6
    assert told["money"] == {
        "nothing": pytest.approx(whole),
        "each dialogue": pytest.approx(whole - 2.25 * takes["repeated_in_dialogue"] / 1e6),
        "all dialogues": pytest.approx(whole - 2.25 * takes["repeated_in_run"] / 1e6),
    }
    few = told["wanted"]["0.2"]
    assert few["minutes"] == pytest.approx(few["takes"]["calls"] / 300)
    assert next(iter(told["plan"]["half_widths"]["0.5"])) == "all"
    shown = " ".join(hvae("plan", "paper", "--price", "2.5/10", "--rate", "300/min", cwd=tmp_path).stdout.split())
    assert "paper, 10 dialogues for each of 8 cells: 80 dialogues, 680 calls, about 569,000 tokens sent" in shown
    assert f"The price is {whole:.2f}. It takes 2.3 minutes." in shown
    once = " ".join(hvae("plan", "paper", "--epochs", "1", cwd=tmp_path).stdout.split())
    assert once.startswith("paper, 1 dialogue for each of 8 cells: 8 dialogues, 68 calls, about ")
    assert "received. One dialogue per cell gives no interval." in once
    many = " ".join(hvae("plan", "paper", "--epochs", "1" + 20 * "0", cwd=tmp_path).stdout.split())
    assert many.startswith("paper, 100,000,000,000,000,000,000 dialogues for each of 8 cells: ")
    assert re.search(r"about \d{1,3},\d[1-9]?0(,000)+ tokens sent", many)


def test_a_plan_fits_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("hvae_bench.cli.frame._PIPE_WIDTH", 80)
    told = hvae("plan", "--price", "2.5/0.25/10", "--rate", "300/min", "--half-width", "0.02", cwd=tmp_path).stdout
    assert told.startswith(f"{CATALOG.default_scenario().id}, ")
    assert max(map(len, told.splitlines())) <= 80
    assert all(row.count(" ") for row in told.splitlines() if "guesses" in row)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("papers",), "There is no scenario 'papers'. Did you mean 'paper'?"),
        (("paper", "--price", "2.5"), "`--price 2.5` should be the prices of a million tokens sent and received"),
        (("paper", "--price", "2.5/-1"), "as in 2.5/10"),
        (("paper", "--price", "1/2/3/4"), "as in 2.5/0.25/10"),
        (("paper", "--rate", "300"), "`--rate 300` should be calls a minute or a second, as in 300/min or 5/s."),
        (("paper", "--rate", "0/min"), "as in 300/min or 5/s"),
        (("paper", "--items", "sequentially"), "Did you mean 'sequential'?"),
        (("paper", "--half-width", "0"), "A half-width has to be above 0 and at most 1, and 0 is not; 0.05 is one."),
        (("paper", "--half-width", "nan"), "A half-width has to be above 0 and at most 1, and nan is not"),
        (("paper", "--half-width", "inf"), "A half-width has to be above 0 and at most 1, and inf is not"),
    ],
)
def test_what_cannot_be_planned_is_said_in_a_sentence(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    done = hvae("plan", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
