"""What others register: the module that every Inspect run imports, whatever it runs, and the file for Inspect Evals."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

import hvae_bench
from hvae_bench.task import TASK_VERSION

NEW = """
import sys, inspect_ai
before = set(sys.modules)
import hvae_bench._registry
print(*set(sys.modules) - before)
"""


def test_the_entry_point_loads_nothing_but_itself() -> None:
    done = subprocess.run([sys.executable, "-c", NEW], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"hvae_bench", "hvae_bench._registry"}


def test_the_file_for_registers_tells_the_task_as_it_is() -> None:
    told = yaml.safe_load((Path(hvae_bench.__file__).parent / "eval.yaml").read_text("utf-8"))
    assert told["version"] == TASK_VERSION
    assert told["tasks"] == [{"name": "hvae_bench", "dataset_samples": len(hvae_bench.hvae_bench().dataset)}]
