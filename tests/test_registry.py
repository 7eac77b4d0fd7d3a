"""The module that every Inspect run in the user's environment imports, whatever it runs."""

from __future__ import annotations

import subprocess
import sys

NEW = """
import sys, inspect_ai
before = set(sys.modules)
import hvae_bench._registry
print(*set(sys.modules) - before)
"""


def test_the_entry_point_loads_nothing_but_itself() -> None:
    done = subprocess.run([sys.executable, "-c", NEW], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"hvae_bench", "hvae_bench._registry", "hvae_bench.task"}
