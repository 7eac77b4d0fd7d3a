"""Many models and scenarios on the engines that exist: an eval set that was broken off, Inspect Flow, Hawk."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import runpy
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pydantic
import pytest
import yaml
from inspect_ai.log import list_eval_logs, read_eval_log

from hvae_bench import load_catalog
from hvae_bench.analysis import load, merge
from hvae_bench.log.overview import scenario_overview

from .conftest import Script
from .installing import VERSIONS, pinned

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
FLOW = ROOT / "tests" / "data" / "inspect_flow.txt"


def test_an_eval_set_that_broke_off_is_finished_by_the_same_command(
    script: Callable[[Script], str], tmp_path: Path
) -> None:
    main = runpy.run_path(str(EXAMPLES / "eval_set.py"))["main"]
    logs = tmp_path / "set"
    failing = script(lambda stream, messages: RuntimeError("provider down") if "/2/items/3/" in stream else "A")
    command = ["--models", f"hvae/altruistic,{failing}", "--scenarios", "paper,slider", "--limit", "2", "--epochs", "2"]
    command += ["--log-dir", str(logs), "--retry-attempts", "0"]

    def state() -> dict[str, Path]:
        """The runs that are complete, by id, and their logs."""
        runs = [read_eval_log(info, header_only=True) for info in list_eval_logs(str(logs))]
        return {log.eval.eval_id: Path(log.location.removeprefix("file://")) for log in runs if log.status == "success"}

    assert main(command) == 1
    done = state()
    assert len(done) == 2, "the reference agent has finished both scenarios, the failing model none"
    before = {path: path.read_bytes() for path in done.values()}
    records = [record for run in load(logs) if run.model == failing for record in run.records]
    complete = sum(not record.measures.incomplete for record in records)
    asked: list[str] = []
    script(lambda stream, messages: asked.append(stream) or "A")  # type: ignore[func-returns-value]
    assert main(command) == 0
    assert len(state()) == 4
    assert done.items() <= state().items(), "what was finished keeps its log"
    assert before == {path: path.read_bytes() for path in before}, "and is not run again"
    assert len([stream for stream in asked if "/items/0/" in stream]) == 8 - complete, "one question p1 a dialogue left"

    found = merge(logs, tmp_path / "all.parquet")
    assert (found.dialogues, found.incomplete, found.conflicts, found.broken) == (16, 0, (), ())
    dialogues = Counter(
        (run.model, run.scenario, record.dialogue.sample_id, record.dialogue.epoch)
        for run in load(tmp_path / "all.parquet")
        for record in run.records
    )
    assert len(dialogues) == 2 * 2 * 2 * 2
    assert set(dialogues.values()) == {1}


def pip(*arguments: str | Path, python: Path | str = sys.executable, versions: Path = VERSIONS) -> None:
    """Run pip; where no package index can be reached, the test is skipped, and says so."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", *map(str, arguments)]
    environment = os.environ | pinned(versions)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.skip(f"{' '.join(command[2:])}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command of Inspect Flow.

    It cannot stand in the extra `dev`: it wants psutil 6 or newer, and the mirror of the Hub, olah, an older one. So
    it is laid over what is installed, in an environment of its own, and its versions have a file of their own.
    """
    if importlib.util.find_spec("inspect_flow"):
        return [sys.executable, "-m", "inspect_flow._cli.main"]
    folder = tmp_path_factory.mktemp("flow")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    (own,) = folder.glob("lib/python*/site-packages")
    # Files of paths are read below a folder that is added so, too: this environment may itself lie over others.
    below = {sysconfig.get_path("purelib"), *(path for path in sys.path if path.endswith("site-packages"))}
    (own / "below.pth").write_text("\n".join(sorted(below)) + "\n")
    pip("install", "-r", FLOW.with_suffix(".in"), python=python, versions=FLOW)
    return [str(python), "-m", "inspect_flow._cli.main"]


@pytest.mark.install
@pytest.mark.xdist_group("install")
def test_the_dry_run_of_flow_counts_the_dialogues(flow: list[str], tmp_path: Path) -> None:
    spec = tmp_path / "flow.py"
    spec.write_bytes((EXAMPLES / "flow.py").read_bytes())
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    command = [*flow, "run", str(spec), "--dry-run", "--json", "--display", "none"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    names = runpy.run_path(str(spec)) if importlib.util.find_spec("inspect_flow") else _constants(spec)
    catalog = load_catalog()
    planned = [scenario_overview(catalog, catalog.scenarios[id_]).takes.dialogues for id_ in names["SCENARIOS"]]
    assert sorted(task["total_samples"] for task in told["tasks"]) == sorted(planned * len(names["MODELS"]))
    assert told["summary"]["incomplete"] == len(planned) * len(names["MODELS"])
    assert not list(tmp_path.rglob("*.eval"))


def _constants(path: Path) -> dict[str, Any]:
    """The lists that a spec gives names to."""
    import ast

    found = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.Assign)]
    return {node.targets[0].id: ast.literal_eval(node.value) for node in found if isinstance(node.targets[0], ast.Name)}


@pytest.fixture(scope="module")
def hawk(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The schema of an eval set that Hawk's own package brings along; the package itself needs Python 3.13."""
    folder = tmp_path_factory.mktemp("hawk")
    # The line of constraints.txt does not hold for an older Python, although it is the line that is meant.
    (version,) = re.findall(r"^hawk==\S+", VERSIONS.read_text("utf-8"), re.M) if pinned() else ["hawk>=3.7,<4"]
    pip("download", "--no-deps", "--only-binary", ":all:", "--python-version", "3.13", "-d", folder, version)
    (wheel,) = folder.glob("hawk-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        assert b"github.com/METR/hawk" in archive.read(metadata), "another project of that name"
        schema: dict[str, Any] = json.loads(archive.read("hawk/api/EvalSetConfig.schema.json"))
    return schema


def broken(config: dict[str, Any]) -> list[dict[str, Any]]:
    """The same config with a mistake, once for each kind of mistake that Hawk refuses."""
    without_items = json.loads(json.dumps(config))
    del without_items["tasks"][0]["items"]
    with_key = json.loads(json.dumps(config))
    with_key["models"][-1]["items"][0]["args"]["api_key"] = "secret"
    return [without_items, with_key, {name: part for name, part in config.items() if name != "tasks"}]


@pytest.mark.install
@pytest.mark.xdist_group("install")
def test_hawk_takes_the_eval_set(hawk: dict[str, Any]) -> None:
    config = yaml.safe_load((EXAMPLES / "hawk.yaml").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(hawk)
    validator.validate(config)
    assert all(not validator.is_valid(wrong) for wrong in broken(config))
    catalog = load_catalog()
    for package in config["tasks"]:
        for item in package["items"]:
            assert f"{package['name']}/{item['name']}" == "hvae_bench/hvae_bench"
            assert item["args"]["scenario"] in catalog.scenarios


@pytest.mark.skipif(sys.version_info < (3, 13), reason="Hawk needs Python 3.13")
def test_the_models_of_hawk_take_the_eval_set() -> None:
    """Its own checks go beyond its schema. The package stands in the extra `dev` where Python is new enough."""
    evals = pytest.importorskip("hawk.core.types", reason="needs hawk, which comes with the extra `dev`")
    config = yaml.safe_load((EXAMPLES / "hawk.yaml").read_text("utf-8"))
    assert evals.EvalSetConfig.model_validate(config).name == "hvae-bench"
    for wrong in broken(config):
        with pytest.raises(pydantic.ValidationError):
            evals.EvalSetConfig.model_validate(wrong)
