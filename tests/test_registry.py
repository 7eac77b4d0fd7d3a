"""What others register: the module that every Inspect run imports, whatever it runs, and the file for Inspect Evals."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log

from hvae_bench import hvae_bench
from hvae_bench.log.runs import one_run
from hvae_bench.task import TASK_VERSION

ROOT = Path(__file__).parents[1]

NEW = """
import sys, inspect_ai
before = set(sys.modules)
import hvae_bench._registry
print(*set(sys.modules) - before)
"""


def test_the_entry_point_loads_nothing_but_itself() -> None:
    done = subprocess.run([sys.executable, "-c", NEW], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"hvae_bench", "hvae_bench._registry", "hvae_bench.task"}


def inspect(*arguments: str, cwd: Path) -> str:
    command = [sys.executable, "-m", "inspect_ai", *arguments]
    environment = os.environ | {"INSPECT_DISPLAY": "plain"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=True).stdout


def test_a_clone_lists_its_task_and_runs_it_by_its_path(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "hvae_bench", tmp_path / "hvae_bench", symlinks=True)
    assert inspect("list", "tasks", cwd=tmp_path).split() == ["hvae_bench/task.py@hvae_bench"]
    wanted = ["hvae_bench/task.py", "--model", "hvae/altruistic", "--limit", "1", "--epochs", "1"]
    inspect("eval", *wanted, "--log-dir", str(tmp_path / "logs"), cwd=ROOT)
    (log,) = list_eval_logs(str(tmp_path / "logs"))
    assert read_eval_log(log, header_only=True).status == "success"


def test_a_run_without_scores_is_scored_later_and_again(run: Callable[..., EvalLog], tmp_path: Path) -> None:
    log = run(hvae_bench(scenario="paper"), "hvae/competitive", limit=4, epochs=2, score=False)
    assert log.results is None or not log.results.scores
    for scorer in ([], ["--scorer", "rationality"], ["--scorer", "hvae_bench/rationality"]):
        inspect("score", log.location, "--overwrite", "--action", "append", *scorer, cwd=tmp_path)
    scored = read_eval_log(log.location)
    assert scored.results is not None
    assert [one.name for one in scored.results.scores] == ["rationality", "rationality1", "rationality2"]
    analysis = one_run(log.location).analysis
    for one in scored.results.scores:
        numbers = {name: metric.value for name, metric in one.metrics.items() if name != "stderr"}
        assert numbers == pytest.approx({name: analysis.numbers[name].mean for name in numbers})
        assert "value_rationality" in numbers


def test_the_file_for_registers_tells_the_task_as_it_is() -> None:
    told = yaml.safe_load((ROOT / "hvae_bench" / "eval.yaml").read_text("utf-8"))
    assert told["version"] == TASK_VERSION
    assert told["tasks"] == [{"name": "hvae_bench", "dataset_samples": len(hvae_bench().dataset)}]
