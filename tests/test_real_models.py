"""Real models: what three of them scored, by an account of its own, by the package, and as people see it."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hvae_bench import LogError
from hvae_bench.analysis import load, merge
from hvae_bench.cli.main import app
from hvae_bench.log.rescore import rescore_file
from tests.oracle import DEFINED_NONE, DEFINED_OWN, NONE, OWN, RULE, Arm, Oracle, arm, records_in

SUBJECTS = Path(__file__).parent / "data" / "subjects"
MODELS = {
    "as it is": "qwen2.5-coder-1.5b",
    "reads": "qwen2.5-coder-1.5b-reads",
    "four values": "qwen2.5-coder-1.5b-four-values",
}


def files_of(model: str) -> list[Path]:
    """The logs of a model: its first study, and what was asked beyond it."""
    name = MODELS[model]
    return [SUBJECTS / f"{name}{part}.rationality.jsonl.gz" for part in ("", ".beyond")]


@cache
def oracle(model: str) -> Oracle:
    return Oracle(records_in(*files_of(model)))


@pytest.mark.parametrize(
    ("model", "competence", "own_goal", "no_goal", "effect", "responsive", "responsive_no_goal"),
    [
        ("as it is", 0.11, 0.06, 0.07, -0.01, 0.05, 0.02),
        ("reads", 0.91, 0.54, 0.31, 0.24, 0.31, 0.09),
        ("four values", 0.43, 0.96, 0.95, 0.00, 0.94, 0.94),
    ],
)
def test_the_records_say_what_was_published_of_each_model(
    model: str,
    competence: float,
    own_goal: float,
    no_goal: float,
    effect: float,
    responsive: float,
    responsive_no_goal: float,
) -> None:
    found = oracle(model)
    own, none = found.mean(OWN), found.mean(NONE)
    means = [found.mean(RULE), own, none, own - none, found.responsiveness(OWN), found.responsiveness(NONE)]
    assert [round(one, 2) + 0.0 for one in means] == [
        competence,
        own_goal,
        no_goal,
        effect,
        responsive,
        responsive_no_goal,
    ]


@pytest.mark.parametrize(
    ("model", "which", "by_value"),
    [
        ("reads", OWN, [0.37, 0.85, 0.78, 0.17]),
        ("reads", NONE, [0.23, 0.76, 0.23, -0.01]),
        ("four values", RULE, [0.01, 0.16, 0.94, 0.62]),
        ("reads", DEFINED_OWN, [0.82, 0.92, 0.45, 0.83]),
        ("reads", DEFINED_NONE, [0.52, 0.63, -0.10, -0.30]),
        ("four values", DEFINED_OWN, [0.10, 0.25, 0.80, 0.83]),
        ("four values", DEFINED_NONE, [0.28, 0.81, 0.80, 0.83]),
    ],
)
def test_the_records_say_what_was_published_of_each_value(model: str, which: Arm, by_value: list[float]) -> None:
    found = oracle(model).by_value(which)
    # Half a hundredth was rounded either way.
    assert [found[value] for value in oracle(model).core] == pytest.approx(by_value, abs=0.0051)


@pytest.mark.parametrize(("model", "with_goal", "without"), [("reads", 0.16, 0.06), ("four values", -0.47, -0.26)])
def test_the_records_say_what_was_published_of_transfer(model: str, with_goal: float, without: float) -> None:
    found = oracle(model)
    assert round(found.transfer(DEFINED_OWN, OWN), 2) == with_goal
    assert round(found.transfer(DEFINED_NONE, NONE), 2) == without


def test_the_records_say_what_was_published_of_german_and_of_deaf_agents() -> None:
    german = arm("self_description", "self_generated", "de")
    assert [round(oracle(model).mean(german), 2) for model in ("reads", "four values")] == [0.26, 0.81]
    found = oracle("reads")
    ceilings = {game: round(found.deaf_ceiling(game), 3) for game in found.games}
    assert ceilings == {
        "svo-slider-primary": 0.306,
        "svo-slider-fresh-1": 0.302,
        "dictator-multipliers": 0.25,
        "prisoners-dilemma": 0.25,
        "stag-hunt": 0.5,
        "chicken": 0.5,
        "ring-24": 0.5,
    }
    assert sum(found.ideal_difference.values()) / 4 == pytest.approx(1.126, abs=0.0005)


@pytest.mark.parametrize("model", MODELS)
def test_their_packed_logs_read_rescore_and_merge_as_they_are(model: str, tmp_path: Path) -> None:
    runs = load(files_of(model))
    assert [len(run.records) for run in runs] == [294, 88]
    assert {run.model for run in runs} == {MODELS[model]}
    for file in files_of(model):
        # Motives were ranked by another rule on ties than today's; nothing else differs.
        assert {one.measure for one in rescore_file(file).differences} <= {"transitive", "motive_ranking", "undefined"}
    assert merge(files_of(model), tmp_path / "merged.parquet").dialogues == 382
    unpacked = tmp_path / "run.rationality.jsonl"
    unpacked.write_bytes(gzip.decompress(files_of(model)[1].read_bytes()))
    assert load(unpacked)[0].analysis == runs[1].analysis


@pytest.mark.parametrize("command", ["results", "rescore", "reread"])
def test_a_folder_gives_its_packed_logs_to_every_command(command: str) -> None:
    found = CliRunner().invoke(app, [command, str(SUBJECTS), "--json"])
    told = json.loads(found.stdout)
    assert sum(one["dialogues"] for one in (told if isinstance(told, list) else told.values())) == 3 * 382


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b"{}" * 5000)[:-12]], ids=["other", "cut"])
def test_a_packed_log_that_cannot_be_unpacked_is_told_by_name(tmp_path: Path, content: bytes) -> None:
    log = tmp_path / "run.rationality.jsonl.gz"
    log.write_bytes(content)
    with pytest.raises(LogError, match=r"run\.rationality\.jsonl\.gz cannot be unpacked .* gzip wrote"):
        load(log)
