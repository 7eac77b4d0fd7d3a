"""Importing the measures stays light: neither Inspect nor a data library comes with them."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("library", ["inspect_ai", "datasets", "hvae_bench.scorers.rationality"])
def test_importing_the_measures_loads_no(library: str) -> None:
    code = f"import sys, hvae_bench.scorers; sys.exit({library!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
