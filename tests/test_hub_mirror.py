"""The reads once more against a server that we did not write: `olah`, a mirror that serves git repositories."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hvae_bench import load_catalog
from hvae_bench.hub.build import CONFIGS, build_dataset
from hvae_bench.text.errors import UsageError
from tests.hub_server import set_environment

pytest.importorskip("olah", reason="olah is not installed")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("mirror")]

ROOT = Path(__file__).resolve().parent.parent
REPO = "acme/hvae"

CONFIGURATION = """
[basic]
host = "127.0.0.1"
port = {port}
repos-path = "{folder}/repos"
mirror-netloc = "127.0.0.1:{port}"
mirrors-path = ["{folder}/mirrors"]

[accessibility]
offline = true
"""

STREAM = """
import json, sys
from datasets import load_dataset
repo, revision, *configs = sys.argv[1:]
print(json.dumps({
    config: sum(1 for row in load_dataset(repo, config, split="test", revision=revision, streaming=True))
    for config in configs
}))
"""


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of a mirror that has one release, and the repository that it serves."""
    folder = tmp_path_factory.mktemp("olah")
    repository = folder / "mirrors" / "datasets" / REPO
    manifest = build_dataset(ROOT / "dataset", repository)
    identity = ["-c", "user.name=tests", "-c", "user.email=tests@example.org"]
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        [*identity, "commit", "--quiet", "--message=Release"],
        ["tag", f"v{manifest.version}"],
    ):
        subprocess.run(["git", *command], cwd=repository, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "config.toml").write_text(CONFIGURATION.format(port=port, folder=folder), encoding="utf-8")
    command = [sys.executable, "-c", "from olah.server import cli; cli()", "--config", "config.toml"]
    with (folder / "output.txt").open("w") as output:
        server = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
    try:
        _wait_for(port, server)
        yield f"http://127.0.0.1:{port}", repository
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("olah did not start")


@pytest.fixture
def repository(mirrored: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The mirror in the environment, with an empty cache."""
    address, repository = mirrored
    variables = {
        "HF_ENDPOINT": address,
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
    }
    set_environment(monkeypatch, variables)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return repository


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_tag_commit_and_newest_release(repository: Path, tmp_path: Path) -> None:
    tag, sha = git(repository, "tag"), git(repository, "rev-parse", "HEAD")
    for name in (f"{REPO}@{tag}", REPO, f"{REPO}@{sha}"):
        shutil.rmtree(tmp_path / "home", ignore_errors=True)
        catalog = load_catalog(name)
        assert (catalog.sha256, catalog.revision) == (load_catalog().sha256, sha)
    assert load_catalog(REPO).source == (f"{REPO}@{tag}",)


def test_wrong_names(repository: Path) -> None:
    with pytest.raises(UsageError, match=r"acme/hvae has no revision 'v7\.0\.0'\. Its releases: v"):
        load_catalog(f"{REPO}@v7.0.0")
    with pytest.raises(UsageError, match="There is no data set acme/nothing at"):
        load_catalog("acme/nothing")


def test_every_config_streams(repository: Path) -> None:
    command = [sys.executable, "-c", STREAM, REPO, git(repository, "tag"), *CONFIGS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    lines = {config: (repository / "data" / config / "test.jsonl").read_bytes().count(b"\n") for config in CONFIGS}
    assert json.loads(done.stdout) == lines
