"""The command line as a user types it: output, exit codes, sentences instead of tracebacks."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval
from inspect_ai.log import EvalLog

from hvae_bench import hvae_bench, load_catalog
from hvae_bench.catalogue.entry_file import KINDS
from hvae_bench.log.export import rationality_path
from hvae_bench.log.runs import one_run
from hvae_bench.log.source import read_records

from .conftest import QUICKLY
from .terminal import hvae, hvae_process

pytestmark = pytest.mark.xdist_group("cli")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def altruistic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    task, logs = hvae_bench(scenario="paper"), str(tmp_path_factory.mktemp("altruistic") / "logs")
    (log,) = eval(task, model="hvae/altruistic", epochs=2, log_dir=logs, **QUICKLY)
    assert log.status == "success", log.error
    return Path(log.location)


@pytest.fixture
def log(altruistic: Path, tmp_path: Path) -> Path:
    """A log of the test's own, with its rationality log."""
    logs = tmp_path / "logs"
    logs.mkdir()
    shutil.copy(rationality_path(altruistic), logs)
    return Path(shutil.copy(altruistic, logs))


def test_results_as_table_and_json(log: Path, run: Callable[..., EvalLog]) -> None:
    run(hvae_bench(scenario="paper"), "hvae/refuser", epochs=1)
    done = hvae_process("results", log.parent, cwd=log.parent)
    assert done.returncode == 0
    first, _, second = done.stdout.partition("Can it, will it")
    rows = [line.split() for line in first.splitlines() if "hvae/" in line]
    # Two dialogues a cell tell little of an agent that may only have happened not to vary.
    altruistic = "1.00 [-0.39, 1.00] 0.57 [0.46, 0.66] -0.61 [-0.69, -0.50] -1.00 [-1.00, 0.38] -0.01 [-0.21, 0.19]"
    assert rows == [
        ["hvae/altruistic", "paper", *altruistic.split(), "100.0", "%", "16"],
        ["hvae/refuser", "paper", "-", "-", "-", "-", "-*", "0.0", "%", "8"],
    ]
    assert "hvae/altruistic: Not measured: no dialogue gives every core target's rule alone." in second
    assert "hvae/refuser" not in second.partition("In brackets")[0], "who says nothing of it"
    assert "not comparable" in done.stdout
    found = json.loads(hvae("results", log, "--json", cwd=log.parent).stdout)
    assert found[0]["targets"]["altruistic"] == {
        "mean": pytest.approx(1),
        "lower": pytest.approx(-0.39, abs=0.005),
        "upper": pytest.approx(1),
        "no_mean": None,
    }


def test_answers_of_people_are_scored_into_a_file_and_onto_standard_output(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,q1,q2,q3,q4,q5,q6\nanna,1,9,9,4,5,9\nben,5,5,5,5,5,5\n")
    done = hvae("score", "people.csv", "--game", "svo-slider-primary", cwd=tmp_path)
    assert done.returncode == 0
    assert "SVO angle: mean 30.2, SD 10.3 degrees." in done.stdout
    written = (tmp_path / "people.scored.csv").read_text()
    assert written.splitlines()[1].startswith("anna,1,9,9,4,5,9,37.48")
    done = hvae("score", "people.csv", "--game", "svo-slider-primary", "-o", "-", cwd=tmp_path)
    assert (done.returncode, done.stdout.splitlines()) == (0, written.splitlines())
    assert not (tmp_path / "-").exists()
    for wrong in (["--game", "nothing"], ["--game", "svo-slider-primary", "--answers", "words"]):
        done = hvae("score", "people.csv", *wrong, cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(("known", "differences"), [(False, 0), (True, 1)])
def test_a_measure_that_a_record_lacks_is_no_difference(known: bool, differences: int, log: Path) -> None:
    path = rationality_path(log)
    first, *others = [line for line in path.read_text(encoding="utf-8").split("\n") if line]
    record = json.loads(first)
    for decision in record["decisions"]:
        ids = [option["option_id"] for option in decision["shown"]]
        decision |= {"probabilities": dict.fromkeys(ids, 1 / len(ids)), "label_mass": 1.0, "unreported_mass": 0.0}
    # It was added to the format later.
    record["measures"].pop("expected_value_rationality", None)
    if known:
        record["measures"]["expected_value_rationality"] = None
    path.write_text("\n".join([json.dumps(record), *others]) + "\n", encoding="utf-8")
    done = hvae("rescore", path.name, cwd=path.parent)
    assert f"16 dialogues rescored, {differences} differences" in done.stdout
    assert done.returncode == differences


def _other_reply(record: dict[str, Any]) -> None:
    for turn in record["turns"]:
        if turn["item_id"] == "p2":
            turn["reply"] = "B"


def _lost_option(record: dict[str, Any]) -> None:
    (decision,) = (one for one in record["decisions"] if one["item_id"] == "p2")
    decision["shown"] = [one for one in decision["shown"] if one["option_id"] in (decision["option_id"], "o5")]


def _other_labels(record: dict[str, Any]) -> None:
    (decision,) = (one for one in record["decisions"] if one["item_id"] == "p2")
    first, second, *_ = decision["shown"]
    first["label"], second["label"] = second["label"], first["label"]


@pytest.mark.parametrize(
    ("change", "said"),
    [(_other_reply, "decision of p2"), (_lost_option, "options of p2"), (_other_labels, "labels of p2")],
)
def test_replies_are_read_again_when_asked(change: Callable[[dict[str, Any]], None], said: str, log: Path) -> None:
    path = rationality_path(log)
    assert hvae("rescore", "--replies", path.name, cwd=path.parent).returncode == 0
    first, *others = [line for line in path.read_text(encoding="utf-8").split("\n") if line]
    record = json.loads(first)
    change(record)
    path.write_text("\n".join([json.dumps(record), *others]) + "\n", encoding="utf-8")
    done = hvae("rescore", "--replies", path.name, cwd=path.parent)
    assert (done.returncode, f"{path.name}:1: " in done.stdout, said in done.stdout) == (1, True, True)


@pytest.mark.parametrize("way", ["variable", "file", "folder"])
def test_results_look_where_inspect_writes(
    way: str, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, below = tmp_path / "home", tmp_path / "home" / "below"
    below.mkdir(parents=True)
    monkeypatch.delenv("INSPECT_LOG_DIR", raising=False)
    if way == "variable":
        monkeypatch.setenv("INSPECT_LOG_DIR", str(log.parent))
    elif way == "file":
        (home / ".env").write_text("INSPECT_LOG_DIR=../logs\n")
    else:
        shutil.copytree(log.parent, below / "logs")
    done = hvae("results", cwd=below)
    assert (done.returncode, "hvae/altruistic" in done.stdout) == (0, True)


def test_export_and_rescore(log: Path, tmp_path: Path) -> None:
    written = rationality_path(log).read_bytes()
    done = hvae("export", log.name, "-o", tmp_path / "copy.jsonl", cwd=log.parent)
    assert (done.returncode, done.stdout.strip()) == (0, str(tmp_path / "copy.jsonl"))
    assert (tmp_path / "copy.jsonl").read_bytes() == written
    done = hvae("rescore", "copy.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "copy.jsonl: 16 dialogues rescored, 0 differences\n")
    (tmp_path / "copy.jsonl").write_bytes(
        written.replace(b'"svo_category":"altruistic"', b'"svo_category":"prosocial"')
    )
    done = hvae("rescore", "copy.jsonl", cwd=tmp_path)
    assert done.returncode == 1
    assert "copy.jsonl:1: altruistic." in done.stdout
    assert "svo_category is 'prosocial' in the file, 'altruistic' recomputed" in done.stdout
    found = json.loads(hvae("rescore", "copy.jsonl", "--json", cwd=tmp_path).stdout)
    assert found["copy.jsonl"]["differences"][0]["measure"] == "svo_category"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["results", "nowhere"], "There is no log or folder 'nowhere'."),
        (["results", "."], "No dialogue of hvae_bench in ."),
        (["export", "no.eval"], "There is no log or folder 'no.eval'."),
        (["export", "broken.eval"], "broken.eval cannot be read as an Inspect log"),
        (["results", "broken.eval"], "broken.eval cannot be read as an Inspect log"),
        (["export", "a", "b", "-o", "c"], "`--output` names one file, but several logs were given."),
        (["rescore", "no.jsonl"], "There is no log or folder 'no.jsonl'."),
        (["rescore", "broken.jsonl"], "broken.jsonl:1:"),
        (["resluts"], "'resluts'"),
        (
            ["list", "vales"],
            "There are no entries of the kind 'vales'. Choose one of: values, systems, games, templates",
        ),
        (
            ["show", "altruistik"],
            "There is no entry 'altruistik'. Did you mean 'altruistic'? `hvae list` shows them all",
        ),
        (["show", "values/altruistik"], "There is no value target 'altruistik'. Did you mean 'altruistic'?"),
        (["show", "vales/altruistic"], "There are no entries of the kind 'vales'."),
        (["show", "altruistic.svo-slider-primary.no-goal.f-euros"], "There is no framing 'euros'."),
        (["show", "none.svo-slider-primary.no-goal"], "Nothing in scenario 'standard' can be combined"),
        (["show", "altruistic", "--dialogue"], "`--dialogue` needs a scenario or a cell"),
        (["show", "paper", "--epochs", "0"], "--epochs"),
        (["show", "paper", "--catalog", "nowhere"], "nowhere"),
        (["show", "no.eval"], "There is no log or folder 'no.eval'."),
        (["show", "no.jsonl"], "There is no log or folder 'no.jsonl'."),
        (["show", "broken.jsonl"], "broken.jsonl:1:"),
        (["show", "broken.eval"], "broken.eval cannot be read as an Inspect log"),
        (["rescore"], "hvae rescore"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    if "broken" in " ".join(arguments):
        (tmp_path / "broken.eval").write_bytes(b"PK\x03\x04 not a log")
        (tmp_path / "broken.jsonl").write_text("{}\n")
        if arguments == ["results", "."]:
            (tmp_path / "broken.eval").unlink()
    # What a shell sees of a process of its own is seen twice, at a mistake in the words and at one in what they name.
    start = hvae_process if arguments in (["resluts"], ["export", "broken.eval"]) else hvae
    done = start(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_list_as_text_and_json(tmp_path: Path) -> None:
    done = hvae("list", cwd=tmp_path)
    assert done.returncode == 0
    catalog = load_catalog()
    assert {line.split()[0] for line in done.stdout.splitlines() if line.strip()} >= {
        id_ for kind in KINDS for id_ in getattr(catalog, kind)
    }
    assert json.loads(hvae("list", "--json", cwd=tmp_path).stdout) == {
        kind: {id_: entry.title for id_, entry in getattr(catalog, kind).items()} for kind in KINDS
    }
    assert list(json.loads(hvae("list", "games", "--json", cwd=tmp_path).stdout)) == ["games"]


def test_a_deprecated_entry_is_marked_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "values").mkdir()
    example = ROOT / "spec" / "examples" / "good" / "value" / "taken-out-of-use.yaml"
    shutil.copy(example, tmp_path / "values")
    rows = hvae("list", "values", "--catalog", ".", cwd=tmp_path).stdout.splitlines()
    assert [row.split()[0] for row in rows if " deprecated; " in row] == ["taken-out-of-use"]
    shown = hvae("show", "taken-out-of-use", "--catalog", ".", cwd=tmp_path).stdout
    assert re.search(r"^deprecated +The label says less than the definition; use equal-shares instead\.", shown, re.M)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("prosocial", ["definition      Wants both", "linear (utility_angle_deg 45); maximin", "5/6, 6/6"]),
        ("values/none", ["none: nothing is induced or scored"]),
        (
            "svo-slider-primary",
            ["individualistic     linear (utility_angle_deg 0)            ~    o9   o9   o9   o1   o1"],
        ),
        (
            "svo-slider-primary",
            ["37.09 to 52.91 (chance is 15.22 away)", "The same choices are ideal for: inequality-averse, maximin"],
        ),
        ("goal-prompting", ["turn 4     user says own_goal (goal), waits for the goal"]),
        ("de", ["language      de", "Entscheidung {item_number} von {item_count}."]),
        (
            "svo-slider-full",
            ["SVO angle from p1, p2", "Inequality aversion or joint gain from s1, s2", " s9   o9   o1 "],
        ),
        ("ring-24", ["Ring about (0, 0), degrees: individualistic 0, cooperative 45", " r24   o1   o2 "]),
        ("triple-dominance-9", ["Classified where 6 of 9 choices agree: prosocial by linear (utility_angle_deg 45)"]),
        ("coins", ["unit         coins"]),
        (
            "paper",
            ["10 dialogues for each of 8 cells: 80 dialogues, 680 calls", "altruistic.svo-slider-primary.no-goal"],
        ),
    ],
)
def test_show_an_entry_as_text_and_json(tmp_path: Path, name: str, lines: list[str]) -> None:
    done = hvae("show", name, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for line in lines:
        assert line in done.stdout
    found = json.loads(hvae("show", name, "--json", cwd=tmp_path).stdout)
    catalog = load_catalog()
    entry = getattr(catalog, found["kind"])[name.rpartition("/")[2]]
    assert found["entry"] == entry.model_dump(mode="json")


def test_show_reads_folders_laid_over_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "mine" / "values").mkdir(parents=True)
    (tmp_path / "mine" / "values" / "egalitarian.yaml").write_text(
        "id: egalitarian\ntitle: Egalitarian [red]\nsource: Written for this test.\nlabel: egalitarian\n"
        "definition: Wants both to receive the same.\npronouncedness: pronounced\n"
        "motives: [{kind: inequality_aversion}]\n"
    )
    done = hvae("show", "egalitarian", "--catalog", "mine", cwd=tmp_path)
    assert done.returncode == 0
    assert "Egalitarian [red]" in done.stdout  # nothing in a file is read as markup
    game = hvae("show", "svo-slider-primary", "--catalog", "mine", cwd=tmp_path).stdout
    assert "The same choices are ideal for: inequality-averse, maximin, egalitarian" in game


def test_a_dialogue_is_printed_as_a_model_sees_it(log: Path, tmp_path: Path) -> None:
    cell = "altruistic.svo-slider-primary.goal-prompting"
    shown = hvae("show", cell, cwd=tmp_path).stdout
    assert shown == hvae("show", "paper", "--dialogue", cwd=tmp_path).stdout
    (record, *_) = [record for _, record in read_records(rationality_path(log))]
    assert record.dialogue.sample_id == cell
    goal = "[the goal that the model states]"
    for turn in record.turns:
        assert turn.prompt.replace(str(record.goal_text), goal) + "\n" in shown
    lines = json.loads(hvae("show", cell, "--json", cwd=tmp_path).stdout)["dialogue"]
    assert [line["text"] for line in lines if line["role"] != "assistant"] == [
        turn.prompt.replace(str(record.goal_text), goal) for turn in record.turns
    ]


def test_show_a_run(log: Path, tmp_path: Path, run: Callable[..., EvalLog]) -> None:
    first = hvae("show", log, cwd=tmp_path)
    assert "Serves altruistic nearly perfectly" in first.stdout
    assert "1.00 (1.00)" not in first.stdout
    done = hvae("show", log, "--all", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(first.stdout.partition("All numbers")[0])
    assert "Neutral values are followed better than pronounced ones." in done.stdout
    assert "no dialogue without a value on the same game" in done.stdout
    assert "1.00 (1.00)" in done.stdout
    found = json.loads(hvae("show", log, "--json", cwd=tmp_path).stdout)
    assert found == json.loads(hvae("show", rationality_path(log), "--json", cwd=tmp_path).stdout) | {"log": str(log)}
    assert found["analysis"]["numbers"]["value_rationality(altruistic)"]["mean"] == pytest.approx(1)
    assert found["summary"]["targets"]["altruistic"] == found["analysis"]["numbers"]["value_rationality(altruistic)"]
    assert found["analysis"]["numbers"]["goal_effect"]["mean"] == pytest.approx(0)
    assert found["model"] == "hvae/altruistic"


def test_one_number_is_the_same_everywhere(tmp_path: Path, run: Callable[..., EvalLog]) -> None:
    """The metrics of the log and what `hvae show` makes of its records."""
    log = run(hvae_bench(scenario="slider"), "hvae/noisy", model_args={"value": "altruistic", "error": 0.4}, epochs=3)
    analysis = one_run(log.location).analysis
    assert log.results is not None
    metrics = {name: metric.value for score in log.results.scores for name, metric in score.metrics.items()}
    headline = analysis.numbers["value_rationality"]
    assert metrics.pop("stderr") == pytest.approx(headline.standard_error)
    assert metrics == pytest.approx({name: analysis.numbers[name].mean for name in metrics})
    assert metrics["value_rationality"] == pytest.approx(headline.mean)


@pytest.mark.parametrize(("typed", "expected"), [("hvae show alt", "altruistic"), ("hvae list ga", "games")])
def test_shell_completion(tmp_path: Path, typed: str, expected: str) -> None:
    environment = os.environ | {
        "_HVAE_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
    }
    command = [Path(sys.executable).parent / "hvae"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert expected in done.stdout.splitlines()


def test_no_escape_codes_where_there_is_no_terminal(log: Path, tmp_path: Path) -> None:
    for arguments in (["show", "paper"], ["show", log]):
        command = [sys.executable, "-m", "hvae_bench.cli.main", *map(str, arguments)]
        environment = {name: content for name, content in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        assert "\x1b" not in done.stdout


def test_unwritable_folder_is_one_sentence(log: Path, tmp_path: Path) -> None:
    done = hvae("export", log, "-o", tmp_path / "missing" / "out.jsonl", cwd=tmp_path)
    assert done.returncode == 2
    assert "missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_every_command(tmp_path: Path) -> None:
    done = hvae_process("--help", cwd=tmp_path)
    assert done.returncode == 0
    for command in ("list", "show", "new", "validate", "results", "export", "rescore"):
        assert command in done.stdout
