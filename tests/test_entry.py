"""The numbers of a run in the metadata of its log: one entry of what is defined, whatever the log goes through."""

from __future__ import annotations

import logging
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from inspect_ai import eval, eval_retry
from inspect_ai.analysis import EvalColumn, evals_df
from inspect_ai.log import EvalLog, read_eval_log, write_eval_log

from hvae_bench import hvae_bench
from hvae_bench.log.double import read_double
from hvae_bench.log.entry import KEY
from hvae_bench.log.export import rationality_path
from hvae_bench.log.runs import one_run

from .conftest import QUICKLY, Script, numbers_of
from .object_storage import BUCKET, object_storage

Run = Callable[..., EvalLog]

NOISY = {"model": "hvae/noisy", "model_args": {"value": "prosocial", "error": 0.5}, "epochs": 2}


@pytest.mark.parametrize("form", ["eval", "json"])
def test_every_defined_number_stands_in_one_entry(run: Run, form: str) -> None:
    log = run(hvae_bench(scenario="slider", templates="no-goal"), **NOISY, log_format=form)
    entry = log.metadata[KEY]
    header = read_eval_log(log.location, header_only=True)
    assert header.metadata[KEY] == entry, "in the file as in the log that `eval` returns"
    assert header.results == log.results
    whole = read_eval_log(log.location)
    assert len(whole.samples or ()) == entry["counts"]["dialogues"]

    analysis = one_run(log.location).analysis
    means = {name: one["mean"] for name, one in entry["numbers"].items()}
    assert means | entry["counts"] == {name: one for name, one in numbers_of(log).items() if math.isfinite(one)}
    assert entry["verdict"] == {"name": analysis.verdict.name, "sentence": analysis.verdict.sentence}
    headline = analysis.numbers["value_rationality"]
    assert entry["numbers"]["value_rationality"] == {
        "mean": headline.mean,
        "lower": headline.lower,
        "upper": headline.upper,
        "standard_error": headline.standard_error,
        "n_dialogues": headline.n_dialogues,
    }


def test_the_rationality_log_is_made_of_the_log_with_the_entry(run: Run) -> None:
    log = run(hvae_bench(scenario="quick"), "hvae/uniform", epochs=1)
    assert read_double(log.location) is not None, "its records hold the hash of the log as it is now"


def test_inspects_tables_and_scoring_work_on_a_log_with_the_entry(run: Run) -> None:
    log = run(hvae_bench(scenario="quick"), "hvae/uniform", epochs=2, score=False)
    assert log.metadata[KEY]["counts"]["dialogues"] == len(read_eval_log(log.location).samples or ())
    command = ["score", log.location, "--overwrite", "--scorer", "rationality", "--display", "none"]
    subprocess.run([sys.executable, "-m", "inspect_ai", *command], check=True, capture_output=True)
    scored = read_eval_log(log.location)
    assert scored.results is not None
    assert scored.results.scores[0].metrics["value_rationality"].value == pytest.approx(
        scored.metadata[KEY]["numbers"]["value_rationality"]["mean"]
    )
    path = f"metadata.{KEY}.numbers.value_rationality.upper"
    table = evals_df(log.location, columns=[EvalColumn("upper", path=path)])
    assert table["upper"][0] == log.metadata[KEY]["numbers"]["value_rationality"]["upper"]


def test_a_retry_has_its_own_entry(run: Run, script: Callable[[Script], str], tmp_path: Path) -> None:
    replies = iter([RuntimeError("down")])
    model = script(lambda stream, messages: next(replies, "A"))
    log = run(hvae_bench(scenario="quick"), model, epochs=1, status="error")
    assert log.metadata[KEY]["counts"]["incomplete_dialogues"] == 1
    script(lambda stream, messages: "A")
    (again,) = eval_retry(log, log_dir=str(tmp_path / "again"), display="none")
    assert again.metadata[KEY]["counts"]["incomplete_dialogues"] == 0
    assert len(again.log_updates or ()) == 1, "the entry of the first attempt is not in the log of the second"


@pytest.mark.xdist_group("storage")
def test_a_log_on_object_storage_has_the_entry() -> None:
    pytest.importorskip("moto", reason="needs moto, which comes with the extra `dev`")
    with object_storage():
        task = hvae_bench(scenario="quick")
        (log,) = eval(task, model="hvae/uniform", epochs=1, log_dir=f"s3://{BUCKET}/logs", **QUICKLY)
        header = read_eval_log(log.location, header_only=True)
        assert header.metadata[KEY] == log.metadata[KEY]
        write_eval_log(log, if_match_etag=log.etag, header_only=True)  # whoever goes on with the log may write it
        assert numbers_of(log)["dialogues"] == log.metadata[KEY]["counts"]["dialogues"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyError("x"), RuntimeError("changed")])
def test_where_it_cannot_be_written_the_run_and_its_logs_stay(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("hvae_bench.log.entry.write_eval_log", fails)
    with caplog.at_level(logging.WARNING):
        log = run(hvae_bench(scenario="quick"), "hvae/uniform", epochs=1)
    (told,) = [one.getMessage() for one in caplog.records if "metadata" in one.getMessage()]
    assert log.location in told
    assert f"`hvae show {log.location}`" in told
    assert KEY not in read_eval_log(log.location).metadata
    assert KEY not in log.metadata
    assert read_double(log.location) is not None
    path = Path(log.location)
    assert {one.name for one in path.parent.iterdir()} == {path.name, rationality_path(path).name}
