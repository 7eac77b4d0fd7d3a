"""Importing the measures stays light: of what is installed they bring numpy and pydantic, and nothing else."""

import subprocess
import sys

import pytest

LOADED = """
import sys
before = set(sys.modules)
import hvae_bench.scorers
print(*sorted(set(sys.modules) - before))
"""
HEAVY = ["inspect_ai", "datasets", "scipy", "platformdirs", "yaml", "rich", "typer", "jsonschema"]
BROUGHT_BY_PYDANTIC = {"annotated_types", "pydantic_core", "typing_extensions", "typing_inspection"}


def run_fresh(code: str) -> list[str]:
    """What a fresh interpreter prints, word by word."""
    done = subprocess.run([sys.executable, "-c", code], check=True, timeout=300, capture_output=True, text=True)
    return done.stdout.split()


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    return set(run_fresh(LOADED))


@pytest.mark.parametrize("library", HEAVY)
def test_importing_the_measures_loads_no(library: str, loaded: set[str]) -> None:
    assert "hvae_bench.scorers.study" in loaded
    assert [module for module in loaded if module.partition(".")[0] == library] == []


def test_the_measures_know_neither_inspect_nor_the_catalogue(loaded: set[str]) -> None:
    own = {module for module in loaded if module.startswith("hvae_bench")}
    assert "hvae_bench.scorers.rationality" not in own
    assert {module for module in own if not module.startswith("hvae_bench.scorers")} == {"hvae_bench"}


def test_of_what_is_installed_the_measures_load_numpy_and_pydantic(loaded: set[str]) -> None:
    packages = {module.partition(".")[0] for module in loaded} - set(sys.stdlib_module_names)
    public = {package for package in packages if not package.startswith("_")}
    assert public - BROUGHT_BY_PYDANTIC == {"hvae_bench", "numpy", "pydantic"}


SCORED = """
import sys, numpy
from hvae_bench.scorers import LinearMotive, PayoffTable, calibrate, value_rationality, weighted_estimate
table = PayoffTable.from_options({"i": {"a": (0, 9), "b": (9, 0)}, "j": {"a": (4, 1), "b": (1, 3), "c": (2, 2)}})
motives = (LinearMotive(kind="linear", utility_angle_deg=0), LinearMotive(kind="linear", utility_angle_deg=90))
value_rationality(numpy.array([[0, 1], [1, -1]]), table, motives)
"""


def test_scoring_a_dialogue_needs_no_scipy() -> None:
    assert run_fresh(SCORED + "print('scipy' in sys.modules)") == ["False"]


def test_an_interval_needs_no_statistics_of_scipy() -> None:
    code = "weighted_estimate({'a': numpy.array([0.1, 0.4])}, {'a': 1})\nprint('scipy.stats' in sys.modules)"
    assert run_fresh(SCORED + code) == ["False"]
