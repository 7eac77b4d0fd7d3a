"""Results in the formats of others: Every Eval Ever (its own schemas judge) and Community Evals of the Hub."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from inspect_ai import eval
from inspect_ai.log import EvalLog
from inspect_ai.model import get_model

from hvae_bench import hvae_bench
from hvae_bench.cli.main import main
from hvae_bench.hub.eval_results import export_eval_results
from hvae_bench.hub.every_eval_ever import export_every_eval_ever
from hvae_bench.log.export import rationality_path
from hvae_bench.log.runs import one_run
from hvae_bench.text.errors import LogError, UsageError

from .conftest import QUICKLY, Script

pytestmark = pytest.mark.xdist_group("exchange")

Run = Callable[..., EvalLog]
SCHEMAS = Path(__file__).parent / "data" / "every_eval_ever"


def valid(name: str, content: Any) -> None:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    assert schema["version"] == "0.3.0"
    jsonschema.validators.validator_for(schema)(schema).validate(content)


@pytest.fixture(scope="module")
def noisy_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    task, logs = hvae_bench(scenario="paper"), str(tmp_path_factory.mktemp("noisy"))
    model = get_model("hvae/noisy", value="prosocial", error=0.3)
    (log,) = eval(task, model=model, epochs=2, temperature=0.5, log_dir=logs, **QUICKLY)
    assert log.status == "success", log.error
    return Path(log.location)


@pytest.fixture
def noisy(noisy_run: Path, tmp_path: Path) -> Path:
    """A log of the test's own, with its rationality log."""
    (tmp_path / "noisy").mkdir()
    shutil.copy(rationality_path(noisy_run), tmp_path / "noisy")
    return Path(shutil.copy(noisy_run, tmp_path / "noisy"))


def test_both_files_are_valid_and_point_at_each_other(noisy: Path, tmp_path: Path) -> None:
    aggregate_path, samples_path = map(Path, export_every_eval_ever(noisy, tmp_path / "out", organisation="A lab"))
    aggregate = json.loads(aggregate_path.read_text("utf-8"))
    valid("eval", aggregate)
    text = samples_path.read_text("utf-8")
    samples = [json.loads(line) for line in text.splitlines()]
    for sample in samples:
        valid("instance_level_eval", sample)
    detail = aggregate["detailed_evaluation_results"]
    assert tmp_path / "out" / detail["file_path"] == samples_path
    assert detail["file_path"].startswith("data/hvae-bench/hvae/noisy/")
    assert detail["total_rows"] == len(samples) == 16
    assert detail["checksum"] == hashlib.sha256(text.encode()).hexdigest()
    assert {sample["evaluation_id"] for sample in samples} == {aggregate["evaluation_id"]}
    results = {one["evaluation_result_id"]: one for one in aggregate["evaluation_results"]}
    assert {sample["evaluation_result_id"] for sample in samples} == set(results) - {"value_rationality"}
    assert aggregate["source_metadata"]["source_organization_name"] == "A lab"


def test_the_numbers_are_those_of_the_run(noisy: Path, tmp_path: Path) -> None:
    analysis = one_run(noisy).analysis
    aggregate_path, samples_path = map(Path, export_every_eval_ever(noisy, tmp_path))
    results = {
        one["evaluation_result_id"]: one["score_details"]
        for one in json.loads(aggregate_path.read_text("utf-8"))["evaluation_results"]
    }
    headline = results["value_rationality"]
    assert headline["score"] == analysis.numbers["value_rationality"].mean
    interval = headline["uncertainty"]["confidence_interval"]
    assert (interval["lower"], interval["upper"]) == (
        analysis.numbers["value_rationality"].lower,
        analysis.numbers["value_rationality"].upper,
    )
    of_dialogue = {
        (record["dialogue"]["sample_id"], record["dialogue"]["epoch"]): record
        for record in map(json.loads, rationality_path(noisy).read_text("utf-8").splitlines())
    }
    for line in samples_path.read_text("utf-8").splitlines():
        sample = json.loads(line)
        id_, _, epoch = sample["sample_id"].partition("#")
        record = of_dialogue[id_, int(epoch)]
        assert sample["evaluation"]["score"] == record["measures"]["value_rationality"]
        said = {
            one["extracted_value"]: sample["messages"][one["turn_idx"]]["content"]
            for one in sample["answer_attribution"]
        }
        assert said == {f"{one['item_id']}: {one['option_id']}": one["reply"] for one in record["decisions"]}
        assert len(sample["input"]["reference"]) == 6


def test_exporting_twice_gives_the_same_files_from_either_log(noisy: Path, tmp_path: Path) -> None:
    first = [Path(path).read_bytes() for path in export_every_eval_ever(noisy, tmp_path)]
    again = export_every_eval_ever(rationality_path(noisy), tmp_path)
    assert [Path(path).read_bytes() for path in again] == first
    assert len([path for path in tmp_path.rglob("data/**/*") if path.is_file()]) == 2


def test_the_files_belong_beside_the_log(noisy: Path) -> None:
    for path in map(Path, export_every_eval_ever(noisy)):
        assert path.is_relative_to(noisy.parent / "data" / "hvae-bench" / "hvae" / "noisy")


def test_dialogues_without_a_score_are_counted(run: Run, script: Callable[[Script], str], tmp_path: Path) -> None:
    model = script(lambda stream, messages: "I would rather not." if "/1/" in stream else "A")
    log = run(hvae_bench(scenario="paper", values=["altruistic"]), model, epochs=2, limit=1)
    aggregate_path, samples_path = map(Path, export_every_eval_ever(log.location, tmp_path))
    aggregate = json.loads(aggregate_path.read_text("utf-8"))
    valid("eval", aggregate)
    assert aggregate["detailed_evaluation_results"]["additional_details"] == {"dialogues_without_score": "1"}
    assert len(samples_path.read_text("utf-8").splitlines()) == 1


def test_a_run_without_any_score_is_told(run: Run, tmp_path: Path) -> None:
    log = run(hvae_bench(scenario="paper"), "hvae/refuser", epochs=1, limit=2)
    with pytest.raises(LogError, match="no score to export"):
        export_every_eval_ever(log.location, tmp_path)
    with pytest.raises(LogError, match="no headline to export"):
        export_eval_results(log.location, dataset="ORG/NAME")
    assert not list(tmp_path.rglob("*.eval_results.yaml"))


def test_community_evals_read_the_headline(noisy: Path) -> None:
    huggingface_hub = pytest.importorskip("huggingface_hub")
    path = Path(export_eval_results(noisy, dataset="ORG/NAME", source_url="https://example.org/log"))
    (entry,) = huggingface_hub.parse_eval_result_entries(yaml.safe_load(path.read_text("utf-8")))
    analysis = one_run(noisy).analysis
    assert (entry.dataset_id, entry.task_id) == ("ORG/NAME", "paper")
    assert entry.value == analysis.numbers["value_rationality"].mean
    assert entry.source_url == "https://example.org/log"
    assert "95 % interval" in entry.notes
    # What the library writes of these entries is what stands in the file: no field is misspelt.
    written = huggingface_hub.eval_result_entries_to_yaml([entry])
    assert written == yaml.safe_load(path.read_text("utf-8"))


def test_an_id_that_is_none_is_told(noisy: Path) -> None:
    with pytest.raises(UsageError, match="Write it as ORG/NAME"):
        export_eval_results(noisy, dataset="hvae-bench")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--format", "csv"], "There is no format 'csv'. Choose one of: rationality, every-eval-ever, eval-results."),
        (["--format", "eval-results"], "Add `--dataset ORG/NAME`."),
    ],
)
def test_wrong_use_is_one_sentence(
    noisy: Path, arguments: list[str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["hvae", "export", str(noisy), *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
