"""Good entries that somebody contributes: what `hvae validate` has nothing to say about fails no test either."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hvae_bench.catalogue.entry_file import KINDS
from hvae_bench.lint import validate
from tests.terminal import hvae

ROOT = Path(__file__).parent.parent.parent
PACK = ROOT / "tests" / "fixtures" / "contributed"

# Every file of tests that looks at the entries of the package.
DATA_TESTS = (
    *("test_dataset", "test_games", "test_wording", "test_fit", "test_rows", "test_card", "test_overview"),
    *("test_agents", "test_changes", "test_catalog", "test_sample", "test_system", "test_build", "test_scale"),
    *("test_starter", "test_derived_game", "test_play", "test_rendering", "test_core", "lint/test_rules"),
)


def test_a_contributed_pack_has_nothing_to_fix(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "dataset", tmp_path, dirs_exist_ok=True, ignore=lambda *_: ["RELEASED.json"])
    shutil.copytree(PACK, tmp_path, dirs_exist_ok=True)
    added = list(PACK.glob("*/*.yaml"))
    assert len(added) == 12
    assert {path.parent.name for path in added} == set(KINDS)
    assert validate([tmp_path]).findings == ()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_contributed_pack_passes_every_test_of_the_data(tmp_path: Path) -> None:
    for name in ("hvae_bench", "scorers", "spec", "dataset", "tests", "docs", "examples", "benchmarks"):
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copy(path, tmp_path)
    (tmp_path / "dataset" / "RELEASED.json").unlink(missing_ok=True)
    shutil.copytree(PACK, tmp_path / "dataset", dirs_exist_ok=True)
    marks = "not (slow or install or browser or local_model)"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", marks, "-p", "no:cacheprovider"]
    files = [f"tests/{name}.py" for name in DATA_TESTS]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [*command, *files], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]


def test_the_pages_for_contributors_end_without_an_error_one_after_the_other(tmp_path: Path) -> None:
    """As in docs/first_value.md and then docs/validate.md, the example of the first made one's own or left as it is."""
    written = tmp_path / "mine" / "values" / "egalitarian.yaml"
    page = (ROOT / "docs" / "first_value.md").read_text("utf-8")
    example = re.search(r"```yaml\n# mine/values/egalitarian.yaml\n(.*?)```", page, re.S)
    assert example
    assert hvae("new", "value", "egalitarian", cwd=tmp_path).returncode == 0
    assert hvae("new", "value", "fair-minded", "--into", "mine", cwd=tmp_path).returncode == 0
    left = hvae("validate", "mine", cwd=tmp_path)
    assert (left.returncode, left.stdout.count("[near-duplicate]"), left.stdout.count("warning")) == (0, 1, 2)
    assert "this is still the example of `hvae new`, as values/egalitarian is" in left.stdout
    written.write_text(written.read_text("utf-8").split("\n")[0] + "\n" + example[1], encoding="utf-8")
    assert hvae("validate", "mine", cwd=tmp_path).stdout == "2 files checked: 0 errors, 0 warnings\n"


@pytest.mark.parametrize(
    ("motive", "definition", "told"),
    [
        ("{kind: maximin}", "Cares for the one with less.", "`worse-off` acts as `maximin` everywhere"),
        ("{kind: linear, utility_angle_deg: 90.01}", "Gives.", "`worse-off` acts as `altruistic` everywhere"),
        (
            *(
                "{kind: fehr_schmidt, alpha: 5, beta: 0.9}",
                "Wants whoever receives less to receive as much as possible.",
            ),
            "`worse-off` has the definition of `maximin` word for word",
        ),
        ("{kind: fehr_schmidt, alpha: 5, beta: 0.9}", "Wants both to be level.", None),
    ],
)
def test_a_synonym_says_what_it_adds(tmp_path: Path, motive: str, definition: str, told: str | None) -> None:
    path = tmp_path / "values" / "worse-off.yaml"
    path.parent.mkdir()
    text = (
        f"id: worse-off\ntitle: Worse off\nsource: Words of my own.\nlabel: for those with less\n"
        f"definition: {definition}\npronouncedness: pronounced\nmotives:\n  - {motive}\n"
    )
    path.write_text(text, encoding="utf-8")
    found = [one for one in validate([path]).findings if one.rule == "synonym"]
    assert [one.severity for one in found] == (["warning"] if told else [])
    for one in found:
        assert one.problem.startswith(str(told))
        other = one.problem.split("`")[3]
        assert one.fix == f"say in `source` what it adds to {other}, by that name, or remove one of the two"
        path.write_text(text.replace("of my own.", f"of my own; {other} says less."), encoding="utf-8")
        assert not [one for one in validate([path]).findings if one.rule == "synonym"]
