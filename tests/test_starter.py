"""`hvae new`: what it writes is an entry that can be run as it stands, and it overwrites nothing."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.catalogue.entry_file import KINDS
from hvae_bench.lint import validate
from hvae_bench.lint.starter import STARTERS, next_steps, write_starter
from hvae_bench.text.document import read_document
from hvae_bench.text.errors import UsageError

from .terminal import hvae, inspect

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("kind", STARTERS)
def test_a_starter_is_valid_and_explains_every_field(tmp_path: Path, kind: str) -> None:
    path = write_starter(kind, "brand-new", tmp_path)
    assert path == tmp_path / STARTERS[kind] / "brand-new.yaml"
    assert validate([tmp_path]).findings == ()
    assert "brand-new" in getattr(load_catalog(tmp_path), STARTERS[kind])
    text = path.read_text("utf-8")
    assert "my-" not in text
    rows = text.split("\n")
    for field in read_document(path).data:
        assert rows[next(n for n, row in enumerate(rows) if row.startswith(f"{field}:")) - 1].startswith("#"), field
    # Whoever writes an entry sees every field that there is, `replaces` aside.
    required = {name for name, field in KINDS[STARTERS[kind]].model_fields.items() if field.is_required()}
    assert required <= set(read_document(path).data)


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in ("value", "game") else pytest.mark.slow) for kind in STARTERS]
)
def test_a_starter_runs_with_the_command_that_is_told(tmp_path: Path, kind: str) -> None:
    # Inspect keeps models by their arguments, so each run here names a folder of its own.
    folder = "mine" if kind == "value" else f"my-{kind}"
    done = hvae("new", kind, "brand-new", *([] if kind == "value" else ["--into", folder]), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    check, run = done.stdout.splitlines()[-2:]
    assert check == f"hvae validate {folder}"
    arguments = shlex.split(run)
    assert arguments[:3] == ["inspect", "eval", "hvae_bench"]
    typed = [*arguments[1:], "--log-format", "json"]
    if kind == "value":  # as a shell starts it
        script = [str(Path(sys.executable).parent / "inspect"), *typed]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "INSPECT_DISPLAY": "none"}
        finished = subprocess.run(script, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    else:
        finished = inspect(*typed, cwd=tmp_path)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    (log,) = (json.loads(path.read_text("utf-8")) for path in (tmp_path / "logs").glob("*.json"))
    assert log["status"] == "success"
    (metrics,) = (score["metrics"] for score in log["results"]["scores"])
    assert metrics["answered_rate"]["value"] == 1
    if kind == "value":  # the ideal follower of the value
        assert metrics["value_rationality"]["value"] == pytest.approx(1)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    assert hvae("new", "value", "kind", cwd=tmp_path).returncode == 0
    path = tmp_path / "mine" / "values" / "kind.yaml"
    path.write_text("mine\n")
    done = hvae("new", "value", "kind", cwd=tmp_path)
    assert done.returncode == 2
    assert "'mine/values/kind.yaml' is there already. Choose another id, or remove the file first." in done.stderr
    assert path.read_text() == "mine\n"


@pytest.mark.parametrize(
    ("kind", "id_", "sentence"),
    [
        ("vale", "kind", "`hvae new` cannot write entries of the kind 'vale'. Choose one of: value, game, template"),
        ("value", "Very Kind!", "a letter first. Choose another one such as very-kind."),
        ("value", "../kind", "Choose another one such as kind."),
        ("value", "7", "a letter first. Choose another one."),
        ("value", "kind\n", "a letter first. Choose another one such as kind."),
        ("value", "x" * 81, "a letter first. Choose another one such as " + "x" * 80),
        ("game", "svo-slider-primary", "The package already holds a game 'svo-slider-primary'."),
    ],
)
def test_wrong_use_is_told(tmp_path: Path, kind: str, id_: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=re.escape(sentence)):
        write_starter(kind, id_, tmp_path)
    assert not list(tmp_path.iterdir())


def test_json_tells_the_file_and_the_next_steps(tmp_path: Path) -> None:
    done = hvae("new", "game", "own", "--into", "my data", "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert told == {"file": "my data/games/own.yaml", "next": next_steps("game", "own", Path("my data"))}
    assert all("'my data'" in step for step in told["next"])


def test_the_schema_is_named_by_its_relative_path_within_a_clone() -> None:
    from hvae_bench.lint.header import schema_line

    if not (ROOT / "pyproject.toml").is_file():
        pytest.skip("this is no clone")
    assert schema_line(ROOT / "mine" / "values" / "x.yaml", "values").endswith("=../../spec/value.schema.json")


def test_an_entry_of_the_data_set_itself_has_its_canary_and_needs_no_catalogue(tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    shutil.copytree(ROOT / "dataset", dataset)
    path = write_starter("value", "brand-new", dataset)
    assert [one for one in validate([path]).findings if one.severity == "error"] == []
    assert path.read_text("utf-8").split("\n")[1].startswith("# HVAE-Bench canary")
    assert all("catalog=" not in command for command in next_steps("value", "brand-new", dataset))
