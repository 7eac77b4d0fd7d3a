"""What nobody can heed is refused before the first call: misspelt arguments, and values that would be dropped."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from inspect_ai import eval
from inspect_ai._util.error import PrerequisiteError

from hvae_bench import hvae_bench
from hvae_bench.dialogue.administration import check_dropped
from hvae_bench.subjects.agents import AgentAPI
from hvae_bench.subjects.local_model import LocalModelAPI
from hvae_bench.task import rationality, replay
from hvae_bench.text.errors import UsageError
from hvae_bench.text.near_miss import near_miss

from .conftest import QUICKLY

TAKES = (
    "It takes these: scenario, values, games, templates, wordings, framings, option_orders, item_orders, items, "
    "system, seed, until, catalog."
)

TASK: list[tuple[dict[str, Any], str]] = [
    ({"scenaro": "paper"}, f"The task hvae_bench has no argument 'scenaro'. Did you mean 'scenario'? {TAKES}"),
    ({"Values": "none"}, "has no argument 'Values'. Did you mean 'values'?"),
    ({"value": "none"}, "has no argument 'value'. Did you mean 'values'?"),
    ({"fewshot": 5}, f"has no argument 'fewshot'. {TAKES}"),
    ({"unknown": 1}, "has no argument 'unknown'."),
    ({"epochs": 3}, "that is an option of `inspect eval`. Write `--epochs 3` instead of `-T epochs=3`."),
    ({"limit": 2}, "Write `--limit 2` instead of `-T limit=2`."),
    ({"epoch": 3}, "Write `--epochs 3` instead of `-T epoch=3`."),
    ({"sample_id": ["a", "b"]}, "Write `--sample-id a,b` instead of `-T sample_id=a,b`."),
    ({"no_score": True}, "Write `--no-score` instead of `-T no_score=True`."),
    ({"scenario": "PAPER"}, "There is no scenario 'PAPER'. Did you mean 'paper'?"),
    ({"scenario": ""}, "There is no scenario ''. Choose one of:"),
    ({"scenario": ["quick", "paper"]}, "scenario=quick,paper should be the id of one scenario."),
    ({"scenario": 1}, "scenario=1 should be the id of one scenario."),
    ({"values": "altruist"}, "There is no value target 'altruist'. Did you mean 'altruistic'?"),
    ({"values": 1}, "values=1 is not text; write values separated by commas"),
    ({"values": {"a": 1}}, "values={'a': 1} is not text"),
    ({"values": ""}, "values='' names nothing"),
    ({"games": "slider-primary"}, "There is no game 'slider-primary'. Did you mean 'svo-slider-primary'?"),
    ({"templates": "no_goal"}, "There is no template 'no_goal'. Did you mean 'no-goal'?"),
    ({"framings": "coin"}, "There is no framing 'coin'. Did you mean 'coins'?"),
    ({"wordings": "dee"}, "There is no wording 'dee'. Did you mean 'de'?"),
    ({"option_orders": "random"}, "There is no order 'random'. Choose one of: published, reversed, shuffled."),
    ({"catalog": 1}, "catalog=1 is not text; write folders separated by commas"),
    ({"until": 0}, "until=0 should be a half-width above 0 and at most 1, such as until=0.05."),
    ({"until": -0.1}, "until=-0.1 should be a half-width"),
    ({"until": 1.5}, "until=1.5 should be a half-width"),
    ({"until": float("nan")}, "until=nan should be a half-width"),
    ({"until": True}, "until=True should be a half-width"),
    ({"until": "soon"}, "until=soon should be a half-width"),
    ({"until": 0.05, "values": "none", "templates": "baseline"}, "until=0.05 needs a headline, and this run has none"),
    ({"items": "sequental"}, "items=sequental should be 'sequential' or 'independent' or 'batched'. Did you"),
    ({"items": None}, "items=None should be 'sequential' or 'independent' or 'batched'."),
    ({"system": "first-user"}, "system=first-user should be 'message' or 'first_user'. Did you mean 'first_user'?"),
    ({"seed": "abc"}, "seed='abc' should be a whole number"),
    ({"seed": True}, "seed=True should be a whole number"),
]


@pytest.mark.parametrize(("arguments", "told"), TASK)
def test_the_task_says_what_was_meant(arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(PrerequisiteError) as refusal:
        hvae_bench(**arguments)
    # Inspect's sentences are markup: a bracket that is text has a stroke before it.
    assert told in str(refusal.value.message).replace("\\[", "[")


@pytest.mark.parametrize("name", ["hvae_bench", "hvae_bench/hvae_bench"])
def test_a_misspelt_argument_calls_no_model_and_leaves_no_log(
    name: str, script: Callable[..., str], tmp_path: Path
) -> None:
    def reply(*_: object) -> str:
        raise AssertionError("the model was called")

    with pytest.raises(PrerequisiteError, match="Did you mean 'scenario'"):
        eval(name, task_args={"scenaro": "paper"}, model=script(reply), log_dir=str(tmp_path), **QUICKLY)
    assert not list(tmp_path.iterdir())


PARTS: list[tuple[Callable[[], object], str]] = [
    (lambda: replay(itms="independent"), "The solver replay has no argument 'itms'. Did you mean 'items'?"),
    (lambda: replay(items="indep"), "Did you mean 'independent'?"),
    (lambda: replay(seed="1"), "seed='1' should be a whole number"),
    (lambda: rationality(motive="x"), "The scorer rationality has no argument 'motive'. It takes none."),
    (lambda: AgentAPI("nosy"), "There is no reference agent 'nosy'. Did you mean 'noisy'?"),
    (lambda: AgentAPI("noisy", value="altruistic", eror=0.2), "has no argument 'eror'. Did you mean 'error'?"),
    (lambda: AgentAPI("noisy", value="altruistc", error=0.2), "Did you mean 'altruistic'?"),
    (lambda: AgentAPI("noisy", value="altruistic", error="low"), "should be a number from 0 to 1"),
    (lambda: AgentAPI("uniform", seed=True), "`-M seed=True` should be a whole number"),
    (lambda: AgentAPI("uniform", catalog=None), "`-M catalog=None` should be a folder"),
    (lambda: LocalModelAPI("smollm2", forcd=True), "Did you mean 'forced'?"),
]


@pytest.mark.parametrize(("make", "told"), PARTS, ids=[told for _, told in PARTS])
def test_solver_scorer_and_models_say_what_was_meant(make: Callable[[], object], told: str) -> None:
    with pytest.raises(PrerequisiteError) as refusal:
        make()
    assert told in str(refusal.value.message)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ([], None),
        (["scenario=paper", "values=a=b"], None),
        (["scenario"], "`-T scenario` has no value. Write `-T scenario=...`."),
        (["values="], "`-T values=` has no value."),
        (["values= "], "has no value."),
        (["values=a", "values=b"], "`-T values=` is given twice, and only the last would count."),
        (["my-own=a", "my_own=b"], "`-T my_own=` is given twice"),
    ],
)
def test_what_inspect_drops_of_a_command_is_refused(written: list[str], told: str | None) -> None:
    @click.command()
    @click.option("-T", "arguments", multiple=True)
    def command(arguments: tuple[str, ...]) -> None:
        check_dropped("-M")  # the command has no such option
        check_dropped("-T")

    result = CliRunner().invoke(command, [word for one in written for word in ("-T", one)])
    assert (result.exception is None) == (told is None)
    assert told is None or (isinstance(result.exception, UsageError) and told in str(result.exception))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (["-T", "scenaro=quick"], "The task hvae_bench has no argument 'scenaro'."),
        (["-T", "scenario="], "`-T scenario=` has no value."),
        (["-T", "scenario=quick", "-M", "seed"], "`-M seed` has no value."),
    ],
)
def test_the_command_ends_with_one_sentence(written: list[str], told: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "inspect_ai", "eval", "hvae_bench", *written, "--model", "hvae/uniform"]
    environment = os.environ | {"COLUMNS": "200", "INSPECT_DISPLAY": "plain"}
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment, check=False)
    assert found.returncode != 0
    assert told in found.stdout + found.stderr
    assert "Traceback" not in found.stdout + found.stderr
    assert not (tmp_path / "logs").exists() or not list((tmp_path / "logs").iterdir())


@pytest.mark.parametrize(
    ("given", "known", "meant"),
    [
        ("scenaro", ["seed", "scenario"], "scenario"),
        ("PAPER", ["core", "paper"], "paper"),
        ("paper", ["PAPER"], "PAPER"),
        ("xyz", ["core", "paper"], None),
        ("paper", [], None),
    ],
)
def test_near_misses(given: str, known: list[str], meant: str | None) -> None:
    assert near_miss(given, known) == meant
