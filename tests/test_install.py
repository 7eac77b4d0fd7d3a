"""What a stranger gets: the built package in a fresh environment, without a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import textwrap
import venv
import zipfile
from pathlib import Path

import jsonschema
import pytest
from inspect_ai.log import list_eval_logs, read_eval_log

from hvae_bench.hub.schema import json_schema

from .installing import pinned

ROOT = Path(__file__).resolve().parent.parent

pytestmark = [pytest.mark.install, pytest.mark.xdist_group("install"), pytest.mark.timeout(1200)]

# Put on the path of the runs below: any connection that leaves the machine fails.
NO_NETWORK = """
import socket
_connect = socket.socket.connect
def connect(self, address):
    if self.family != socket.AF_UNIX and str(address[0]) not in ("127.0.0.1", "::1", "localhost"):
        raise OSError("this test allows no network")
    return _connect(self, address)
socket.socket.connect = connect
"""


def shell(command: list[str | Path], cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def test_one_process_does_all_of_these(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("loadgroup", False):
        pytest.skip("these tests were not shared out among processes by their groups")
    assert request.node.nodeid.endswith("@install"), "pytest-xdist does not see the groups, so each process installs"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    shell([sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT], cwd=folder)
    return folder


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    return folder / "bin" / "python"


def tracked(folder: str) -> set[str]:
    return {
        str(path.relative_to(ROOT / folder))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_code_data_and_schemas(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry_points = next(archive.read(name).decode() for name in names if name.endswith("entry_points.txt"))
    assert {f"hvae_bench/scorers/{name}" for name in tracked("scorers")} <= names
    assert {f"hvae_bench/_data/dataset/{name}" for name in tracked("dataset")} <= names
    assert {f"hvae_bench/_data/spec/{name}" for name in tracked("spec")} <= names
    assert {f"hvae_bench/_data/adapters/{name}" for name in tracked("examples/adapters")} <= names
    assets = {f"hvae_bench/report/assets/{name}" for name in tracked("hvae_bench/report/assets")}
    assert (
        {"hvae_bench/report/assets/lib/plot.umd.min.js", "hvae_bench/report/assets/lib/plot.LICENSE"} <= assets <= names
    )
    assert "hvae_bench/py.typed" in names
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"hvae_bench"}
    for licence in ("LICENSE-DATA", "hvae_bench/report/assets/lib/d3.LICENSE"):
        assert any(name.endswith(f"/licenses/{licence}") for name in names)
    assert "hvae_bench = hvae_bench._registry" in entry_points
    assert "hvae = hvae_bench.cli.main:main" in entry_points


def test_the_source_archive_can_be_built_and_tested(built: Path) -> None:
    (archive_path,) = built.glob("*.tar.gz")
    with tarfile.open(archive_path) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    for folder in ("scorers", "dataset", "spec", "tests", "examples", ".github", "hvae_bench/report/assets"):
        assert {f"{folder}/{name}" for name in tracked(folder)} <= names
    assert {"README.md", "LICENSE", "CHANGELOG.md", "Makefile", "pyproject.toml", ".ci/run"} <= names


def run_paper(python: Path, cwd: Path, logs: Path, *, epochs: int = 10, as_set: bool = True) -> None:
    blocked = logs.parent / "blocked"
    blocked.mkdir(parents=True, exist_ok=True)
    (blocked / "sitecustomize.py").write_text(textwrap.dedent(NO_NETWORK), encoding="utf-8")
    env = {"PATH": os.environ["PATH"], "HOME": str(logs.parent), "PYTHONPATH": str(blocked), "LANG": "C.UTF-8"}
    command: list[str | Path] = [python.parent / "inspect", "eval", "hvae_bench", "-T", "scenario=paper"]
    command += ["--model", "hvae/prosocial", "--log-dir", logs, "--display", "plain"]
    shell(command if epochs == 10 else [*command, "--epochs", str(epochs)], cwd, env)
    (info,) = list_eval_logs(str(logs))
    log = read_eval_log(info, header_only=True)
    assert log.status == "success", log.error
    assert log.eval.packages["hvae-bench"]
    (path,) = logs.glob("*.rationality.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines()
    validator = jsonschema.Draft202012Validator(json_schema("rationality"))
    for line in lines:
        validator.validate(json.loads(line))
    assert len(lines) == 8 * epochs
    printed = shell([python.parent / "hvae", "rescore", path], cwd, env)
    assert f"{8 * epochs} dialogues rescored, 0 differences" in printed
    if not as_set:
        return
    again = logs.parent / "set"
    command = [python.parent / "inspect", "eval-set", "hvae_bench/hvae_bench", "--model", "hvae/prosocial,hvae/uniform"]
    command += ["--limit", "2", "--epochs", "1", "--log-dir", again, "--display", "plain"]
    shell(command, cwd, env)
    assert [read_eval_log(info, header_only=True).status for info in list_eval_logs(str(again))] == ["success"] * 2
    assert len(list(again.glob("*.rationality.jsonl"))) == 2


def test_the_wheel_runs_from_an_empty_folder(built: Path, python: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    shell([python, "-m", "pip", "install", "--quiet", wheel], cwd=tmp_path, env=os.environ | pinned())
    empty = tmp_path / "empty"
    empty.mkdir()
    run_paper(python, empty, tmp_path / "logs")


def test_an_editable_install_runs_from_anywhere_and_from_the_repository(python: Path, tmp_path: Path) -> None:
    shell([python, "-m", "pip", "install", "--quiet", "-e", ROOT], cwd=tmp_path, env=os.environ | pinned())
    empty = tmp_path / "empty"
    empty.mkdir()
    run_paper(python, empty, tmp_path / "from-empty" / "logs", epochs=1)
    run_paper(python, ROOT, tmp_path / "from-root" / "logs", epochs=1, as_set=False)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that git keeps, in a folder of their own, links as links."""
    folder = tmp_path_factory.mktemp("checkout")
    if not (ROOT / ".git").exists():  # an unpacked source archive
        left = shutil.ignore_patterns(".venv*", "logs", "__pycache__", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, folder, symlinks=True, ignore=left, dirs_exist_ok=True)
        return folder
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_symlink() or (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


# What make is given by whoever runs these tests is not for the make that they run.
CLEAN = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "ARGS"}}


def test_make_eval_shows_the_agents(checkout: Path) -> None:
    printed = shell(["make", "eval", "ARGS=--epochs 1"], cwd=checkout, env=CLEAN)
    rows = [line.split() for line in printed.splitlines() if line.strip().startswith("hvae/")]
    agents = ["altruistic", "prosocial", "individualistic", "competitive"]
    table = {row[0]: row for row in rows if row[1] == "paper"}
    assert set(table) == {f"hvae/{agent}" for agent in ["obedient", *agents, "uniform"]}
    assert table["hvae/obedient"].count("1.00") >= 5
    for place, agent in enumerate(agents, start=2):
        assert table[f"hvae/{agent}"][place] == "1.00"
    told, _, page = printed.splitlines()[-1].partition(": ")
    assert told == "Open this page in a browser"
    assert "hvae/obedient" in (checkout / page).read_text("utf-8")


@pytest.mark.local_model
def test_make_eval_runs_a_real_model(checkout: Path) -> None:
    """A dialogue of a small language model as it is and with its adapter: structure only, what it says depends on the
    machine."""
    if os.environ.get("HVAE_WITHOUT_LOCAL_MODEL") == "1":
        pytest.skip("HVAE_WITHOUT_LOCAL_MODEL=1: this machine has no wheel for llama.cpp")
    printed = shell(["make", "eval", "MODEL=local", "LOGS=logs/local", "ARGS=--limit 1 --epochs 1"], checkout, CLEAN)
    assert "hvae-local/smollm2 + smollm2-135m-reads.gguf" in printed
    paths = (checkout / "logs" / "local").glob("*.rationality.jsonl")
    plain, changed = sorted((json.loads(path.read_bytes()) for path in paths), key=lambda one: "adapter" in one["run"])
    for record, adapter, n_items in ((plain, None, 2), (changed, "smollm2-135m-reads.gguf", 6)):
        jsonschema.Draft202012Validator(json_schema("rationality")).validate(record)
        assert record["run"].get("adapter", {}).get("name") == adapter
        assert "forced" not in record["run"]["model_args"]
        assert record["run"]["scenario"] == "reading"
        told, *asked = record["turns"]
        assert (told["kind"], told["role"], told["reply"]) == ("instruction", "system", None)
        assert len([turn for turn in asked if turn["attempt"] == 1]) == 1 + n_items
        assert all(turn["reply"] is not None for turn in asked)
        assert len(record["decisions"]) == n_items
        assert record["measures"]["n_not_reached"] == 0
    assert changed["measures"]["answered_rate"] == 1.0
    assert plain["measures"]["answered_rate"] < 0.5
    assert "Cannot read the options" in printed
