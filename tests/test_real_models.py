"""Real models: what three of them scored, by an account of its own, by the package, and as people see it."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hvae_bench import LogError
from hvae_bench.analysis import load, merge
from hvae_bench.cli.main import app
from hvae_bench.log.joining import one_study
from hvae_bench.log.rescore import rescore_file
from hvae_bench.scorers import RunAnalysis
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


@cache
def analysis(model: str) -> RunAnalysis:
    return one_study(files_of(model)).analysis


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
        assert rescore_file(file).differences == ()
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


@pytest.mark.parametrize("model", MODELS)
def test_every_number_is_the_one_that_the_records_alone_give(model: str) -> None:
    found = oracle(model)
    numbers = {
        "competence": (found.mean(RULE), found.by_value(RULE)),
        "value_rationality_own_goal": (found.mean(OWN), found.by_value(OWN)),
        "value_rationality_no_goal": (found.mean(NONE), found.by_value(NONE)),
        "own_goal_effect": (found.mean(OWN) - found.mean(NONE), {}),
        "responsiveness": (found.responsiveness(OWN), found.responsiveness_by_value(OWN)),
        "responsiveness_no_goal": (found.responsiveness(NONE), found.responsiveness_by_value(NONE)),
        "transfer": (found.transfer(DEFINED_OWN, OWN), found.transfer_by_value(DEFINED_OWN, OWN)),
        "transfer_no_goal": (found.transfer(DEFINED_NONE, NONE), found.transfer_by_value(DEFINED_NONE, NONE)),
    }
    expected = {name: whole for name, (whole, _) in numbers.items()}
    expected |= {f"{name}({value})": one for name, (_, by) in numbers.items() for value, one in by.items()}
    estimated = analysis(model).numbers
    assert {name: estimated[name].mean for name in expected} == pytest.approx(expected, abs=1e-9)
    assert analysis(model).deaf_ceiling == pytest.approx(sum(map(found.deaf_ceiling, found.games)) / len(found.games))


def test_follow_through_is_a_ratio_of_means_where_the_model_reads() -> None:
    found, through = oracle("reads"), ("follow_through", "follow_through_no_goal")
    competence, own, none = (found.by_value(which) for which in (RULE, OWN, NONE))
    estimated = analysis("reads").numbers
    ratios = {
        "": found.mean(OWN) / found.mean(RULE),
        "(individualistic)": own["individualistic"] / competence["individualistic"],
    }
    assert {of: estimated[f"follow_through{of}"].mean for of in ratios} == pytest.approx(ratios)
    without = none["individualistic"] / competence["individualistic"]
    assert estimated["follow_through_no_goal(individualistic)"].mean == pytest.approx(without)
    for model in ("as it is", "four values"):
        assert {analysis(model).numbers[name].no_mean for name in through} == {
            "cannot read the options: nothing is said about its values"
        }


@pytest.mark.parametrize(
    ("model", "name", "alone"),
    [
        ("as it is", "follows_neither", "follows_neither"),
        ("reads", "follows_goal", "follows_goal"),
        # Whether it knows more than words needs the other log.
        ("four values", "knows_words", "follows_values_not_rules"),
    ],
)
def test_each_model_gets_its_verdict(model: str, name: str, alone: str) -> None:
    assert analysis(model).verdict.name == name
    assert load(files_of(model)[0])[0].analysis.verdict.name == alone
    assert load(files_of(model)[1])[0].analysis.verdict.name == "not_measured"


POINTS = {
    "as it is": ["0.11", "0.06", "0.07", "-0.01", "0.05", "0.04"],
    "reads": ["0.91", "0.54", "0.31", "0.24", "0.31", "0.16"],
    "four values": ["0.43", "0.96", "0.95", "0.00", "0.94", "-0.47"],
}
"""Competence, with a goal of its own, without one, goal effect, responsiveness, transfer."""


def printed(*arguments: str | Path) -> str:
    found = CliRunner().invoke(app, [*map(str, arguments)])
    assert found.exit_code == 0, found.output
    return found.stdout


def test_rescoring_says_what_it_does_not_compare(tmp_path: Path) -> None:
    told = printed("rescore", files_of("reads")[0])
    assert re.search(r"294 dialogues rescored, 0 differences; \d+ were ranked by the rule of task version 1", told)
    records = records_in(files_of("reads")[0])
    for record in records:
        record["run"]["task_version"] = "2-A"
    today = tmp_path / "today.rationality.jsonl"
    today.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert {one.measure for one in rescore_file(today).differences} == {"transitive", "motive_ranking", "undefined"}


def test_results_print_what_each_model_can_and_will() -> None:
    text = printed("results", SUBJECTS)
    table = text[text.index("Can it, will it") :]
    for model, points in POINTS.items():
        named = re.escape(MODELS[model])
        (rows,) = re.findall(rf"^ {named} +competence .*\n(?: {{10}}.*\n)+", table, re.MULTILINE)
        assert re.findall(r"(-?\d\.\d\d) +\[", rows) == points
        assert f"\n{MODELS[model]}: {analysis(model).verdict.sentence}\n" in table
    assert "not measured" in printed("results", *files_of("reads"), "--apart")


@pytest.mark.parametrize("model", MODELS)
def test_a_study_shows_what_its_model_can_and_will(model: str) -> None:
    text = printed("show", "--all", *files_of(model))
    labels = ["Competence", "Value rationality with its own goal", "Value rationality without a goal"]
    labels += ["Own goal minus none", "Responsiveness", "Transfer"]
    first = text[: text.index("Value rationality, and what the run was made to compare")]
    for label, point in zip(labels, POINTS[model], strict=True):
        assert re.search(rf"^ {label} +{point} ", first, re.MULTILINE), label
    assert analysis(model).verdict.sentence in " ".join(first.split())
    assert "Deaf ceiling: 0.37" in text


def test_what_a_run_was_not_made_for_reads_not_measured() -> None:
    shown = printed("show", "--all", files_of("reads")[0])
    assert re.search(r"^ Transfer +not measured ", shown, re.MULTILINE)
    shown = printed("show", "--all", files_of("reads")[1])
    assert re.search(r"^ Competence +not measured ", shown, re.MULTILINE)


def test_compare_says_what_parts_two_models() -> None:
    globs = [str(files_of(model)[0]).replace(".rationality.", ".*rationality.") for model in ("as it is", "reads")]
    text = " ".join(printed("compare", *globs).split())
    assert f"A: {analysis('as it is').verdict.sentence} B: {analysis('reads').verdict.sentence}" in text
    assert "They certainly differ in: competence (0.11 [" in text
    assert ", responsiveness (0.05 [" in text
    parted = text[text.index("They certainly differ in") : text.index("dialogues of the same cell")]
    assert "transfer" not in parted, "its interval holds 0"


def test_a_page_says_the_verdict_and_holds_the_numbers(tmp_path: Path) -> None:
    printed("report", *files_of("reads"), "-o", tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "put together from 2 logs without a cell in common" in page
    assert analysis("reads").verdict.sentence in page
    table = (tmp_path / "report" / "numbers.csv").read_text(encoding="utf-8")
    assert f",svo,competence,{analysis('reads').numbers['competence'].mean!r}," in table
