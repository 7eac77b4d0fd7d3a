"""Loading from a Hub on loopback: by tag, commit and newest release, without network, and with every kind of fault."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog, read_eval_log

from hvae_bench import hvae_bench, load_catalog
from hvae_bench.catalogue import source
from hvae_bench.catalogue.entry_file import KINDS
from hvae_bench.catalogue.fetch import HubName, parse_name
from hvae_bench.hub.build import CONFIGS, build_dataset
from hvae_bench.log.export import rationality_path
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.source import read_records
from hvae_bench.text.errors import CatalogError, HvaeError, UsageError
from tests.hub_server import TOKEN, Fault, HubServer, hub_server, set_environment
from tests.small_dataset import copy_small_dataset

ROOT = Path(__file__).resolve().parent.parent
REPO = "acme/hvae"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "release"
    build_dataset(ROOT / "dataset", folder)
    return folder


@pytest.fixture(scope="module")
def files(built: Path) -> Mapping[str, bytes]:
    return {path.relative_to(built).as_posix(): path.read_bytes() for path in built.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def tag(files: Mapping[str, bytes]) -> str:
    return f"v{json.loads(files['manifest.json'])['version']}"


@pytest.fixture
def hub(files: Mapping[str, bytes], tag: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    """A Hub with one release, and on main already something else; a cache that is empty."""
    with hub_server() as server:
        server.add(REPO, files, tag=tag)
        server.add(REPO, {**files, "README.md": b"Newer, and not released.\n"})
        set_environment(monkeypatch, server.environment(tmp_path / "home"))
        monkeypatch.delenv("HF_TOKEN", raising=False)
        monkeypatch.delenv(source.PIN_VARIABLE, raising=False)
        yield server


def refusal(*names: str, error: type[HvaeError] = UsageError) -> str:
    with pytest.raises(error) as caught:
        load_catalog(names)
    assert TOKEN not in str(caught.value)
    return str(caught.value)


def sha_of(hub: HubServer, tag: str) -> str:
    return hub.repos[REPO].tags[tag]


# --- names


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("embedded", "embedded"),
        ("hub", "hub"),
        ("./hub", None),
        ("mine", None),
        ("some/mine/deep", None),
        ("/abs/mine", None),
        ("./acme/hvae", None),
        ("~/hvae", None),
        ("acme/hvae", HubName("acme/hvae", None)),
        ("acme/hvae@v1.2.0", HubName("acme/hvae", "v1.2.0")),
        ("acme/hvae@refs/pr/1", HubName("acme/hvae", "refs/pr/1")),
        ("acme/hvae@" + "0a" * 20, HubName("acme/hvae", "0a" * 20)),
        ("acme/hvae@", None),
        ("acme/hvae@-x", None),
        ("folder/mine", None),
        ("folder/built", Path("folder/built")),
    ],
)
def test_what_a_name_means(name: str, meant: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder" / "mine" / "values").mkdir(parents=True)
    (tmp_path / "folder" / "built").mkdir()
    (tmp_path / "folder" / "built" / "manifest.json").write_text("{}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert parse_name(name) == meant


def test_a_folder_that_is_no_catalogue_is_not_looked_for_on_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme" / "hvae").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    told = refusal("acme/hvae", error=CatalogError)
    assert "the folder holds no part of a catalogue" in told
    assert "if a data set on the Hub is meant, name its revision too" in told


def test_a_data_set_comes_first() -> None:
    assert "a whole data set comes first" in refusal("mine", "acme/hvae@v1.0.0")


# --- loading


def test_every_way_to_name_it_gives_the_embedded_content(hub: HubServer, files: Mapping[str, bytes], tag: str) -> None:
    sha, embedded = sha_of(hub, tag), load_catalog()
    for name, known_as in [
        (f"{REPO}@{tag}", f"{REPO}@{tag}"),
        (REPO, f"{REPO}@{tag}"),
        (f"{REPO}@{sha}", f"{REPO}@{sha}"),
    ]:
        catalog = load_catalog(name)
        assert (catalog.source, catalog.revision) == ((known_as,), sha)
        assert catalog.sha256 == embedded.sha256 == json.loads(files["manifest.json"])["catalog_sha256"]
        assert catalog.version == embedded.version
        for kind in KINDS:
            assert getattr(catalog, kind) == getattr(embedded, kind)
    assert catalog.manifest_sha256 == hashlib.sha256(files["manifest.json"]).hexdigest()


def test_the_newest_release_is_the_highest_number(hub: HubServer, files: Mapping[str, bytes], tag: str) -> None:
    repo = hub.repos[REPO]
    for other in ("v0.0.9", "nightly", "v9"):
        repo.refs[f"refs/tags/{other}"] = repo.main.oid
    assert load_catalog(REPO).source == (f"{REPO}@{tag}",)
    repo.refs = {ref: oid for ref, oid in repo.refs.items() if ref in ("refs/heads/main", "refs/tags/nightly")}
    assert f"{REPO} has no release" in refusal(REPO)


def test_folders_lie_over_a_data_set_of_the_hub(hub: HubServer, tag: str, tmp_path: Path) -> None:
    text = (ROOT / "dataset" / "values" / "altruistic.yaml").read_text("utf-8")
    (tmp_path / "mine" / "values").mkdir(parents=True)
    mine = tmp_path / "mine" / "values" / "generous.yaml"
    mine.write_text(text.replace("id: altruistic", "id: generous"), encoding="utf-8")
    catalog = load_catalog([f"{REPO}@{tag}", tmp_path / "mine"])
    assert set(catalog.values) == {*load_catalog().values, "generous"}
    assert catalog.source == (f"{REPO}@{tag}", str(tmp_path / "mine"))
    mine.rename(tmp_path / "mine" / "values" / "altruistic.yaml")
    (tmp_path / "mine" / "values" / "altruistic.yaml").write_text(text, encoding="utf-8")
    told = refusal(f"{REPO}@{tag}", str(tmp_path / "mine"), error=CatalogError)
    assert f"the id 'altruistic' is already taken by {REPO}@{tag}/data/values/test.jsonl" in told


def test_a_built_folder_is_a_data_set(built: Path, tmp_path: Path) -> None:
    catalog = load_catalog(built)
    assert (catalog.sha256, catalog.source, catalog.revision) == (load_catalog().sha256, (str(built),), None)
    shutil.copytree(built, tmp_path / "copy")
    path = tmp_path / "copy" / "data" / "games" / "test.jsonl"
    path.write_bytes(path.read_bytes().replace(b"85", b"86", 1))
    assert "The file data/games/test.jsonl is not the published one" in refusal(str(tmp_path / "copy"))
    path.unlink()
    assert "The file data/games/test.jsonl is missing" in refusal(str(tmp_path / "copy"))


def test_rows_are_checked_as_files_are(built: Path, tmp_path: Path) -> None:
    """A data set can be whole to the byte and wrong all the same."""
    from hvae_bench.catalogue.manifest import MANIFEST, manifest_of, read_manifest

    def changed(kind: str, change: Callable[[dict[str, Any]], None]) -> str:
        copy = tmp_path / kind
        shutil.copytree(built, copy)
        path = copy / "data" / kind / "test.jsonl"
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        change(rows[0])
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        old = read_manifest(copy)
        files = {name: (copy / name).read_bytes() for name in old.files}
        made = manifest_of(files, old.version, old.canary, old.catalog_sha256)
        (copy / MANIFEST).write_text(made.text(), encoding="utf-8")
        with pytest.raises(HvaeError) as caught:
            load_catalog(copy)
        return str(caught.value)

    told = changed("scenarios", lambda row: row["crossings"][0].update(games=["svo-slider-primry"]))
    assert re.search(r"data/scenarios/test\.jsonl:1: there is no game 'svo-slider-primry'", told)
    assert "values/test.jsonl:1: Row 'aggressive' of values is damaged" in changed(
        "values", lambda row: row.update(pronouncedness="rather")
    )
    told = changed("framings", lambda row: row.update(labels=["A", "a"]))
    assert "data/framings/test.jsonl:1: the label 'a' is there twice" in told
    told = changed("games", lambda row: row["items"][1].update(id=row["items"][0]["id"]))
    assert re.search(r"data/games/test\.jsonl:1: the item id '.*' is used twice", told)


# --- without network


def test_a_commit_that_is_here_needs_no_network(hub: HubServer, tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load_catalog(f"{REPO}@{tag}")
    since = len(hub.requests)
    assert load_catalog(f"{REPO}@{sha_of(hub, tag)}").version
    assert len(hub.requests) == since
    set_environment(monkeypatch, {"HF_HUB_OFFLINE": "1"})
    assert load_catalog(f"{REPO}@{tag}").revision == sha_of(hub, tag)
    assert "was never loaded here as a whole" in refusal(f"{REPO}@v7.0.0")
    assert "nobody can say which release of acme/hvae is the newest" in refusal(REPO)
    assert len(hub.requests) == since


def test_half_a_snapshot_is_not_taken_for_the_whole(
    hub: HubServer, tag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{REPO}@{sha_of(hub, tag)}"
    load_catalog(name)
    (lost,) = (tmp_path / "home").glob("hub/datasets--*/snapshots/*/data/values/test.jsonl")
    lost.unlink()
    with monkeypatch.context() as offline:
        set_environment(offline, {"HF_HUB_OFFLINE": "1"})
        assert "was never loaded here as a whole" in refusal(name)
    assert load_catalog(name).sha256 == load_catalog().sha256


# --- what goes wrong


def test_there_is_no_such_data_set_or_revision(hub: HubServer, tag: str) -> None:
    told = refusal("acme/nothing")
    assert f"There is no data set acme/nothing at {hub.url}, or it is private and HF_TOKEN is not set" in told
    assert refusal(f"{REPO}@v7.0.0") == f"{REPO} has no revision 'v7.0.0'. Its releases: {tag}."


def test_a_private_data_set(
    hub: HubServer, files: Mapping[str, bytes], tag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("acme/secret", files, tag=tag, private=True)
    assert "private and HF_TOKEN is not set" in refusal(f"acme/secret@{tag}")
    monkeypatch.setenv("HF_TOKEN", "hf_notTheRightOne")
    told = refusal(f"acme/secret@{tag}")
    assert "HF_TOKEN may not read it" in told
    assert "notTheRightOne" not in told
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert load_catalog(f"acme/secret@{tag}").sha256 == load_catalog().sha256


def test_a_tampered_file_is_refused_by_name(hub: HubServer, tag: str) -> None:
    path = "data/values/test.jsonl"
    true = hub.repos[REPO].at(tag).files[path]  # type: ignore[union-attr]
    hub.tampered[path] = true.replace(b"altruistic", b"altruistik", 1)
    told = refusal(f"{REPO}@{tag}")
    assert f"The file {path} is not the published one" in told
    assert sha_of(hub, tag)[:12] in told
    # It lies in the cache now, and is refused there as well.
    hub.tampered.clear()
    assert f"The file {path} is not the published one" in refusal(f"{REPO}@{sha_of(hub, tag)}")


def test_a_tag_on_another_version_is_refused(hub: HubServer, tag: str) -> None:
    hub.repos[REPO].refs["refs/tags/v7.0.0"] = sha_of(hub, tag)
    assert f"the tag v7.0.0 is on version {tag[1:]} of the data" in refusal(f"{REPO}@v7.0.0")


def test_what_is_no_built_data_set_is_refused(hub: HubServer) -> None:
    commit = hub.add("acme/other", {"README.md": b"Hello.\n"}, tag="v1.0.0")
    assert "no manifest.json" in refusal("acme/other@v1.0.0")
    assert "no manifest.json" in refusal(f"acme/other@{commit.oid}")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(".", "hang"), "does not answer"),
        pytest.param(Fault("/resolve/", "stall"), "does not answer", marks=pytest.mark.slow),
        (Fault("/revision/", 503), "status 503"),
        (Fault("/revision/", 403), "refused the token"),
        (Fault("/revision/", "cut"), "does not answer"),
    ],
)
def test_a_hub_in_trouble_is_told_after_a_few_questions(hub: HubServer, tag: str, fault: Fault, words: str) -> None:
    hub.faults = [fault]
    hub.requests.clear()
    told = refusal(f"{REPO}@{tag}")
    assert max(Counter(hub.requests).values()) <= 3, "nothing is asked again and again"
    assert words in told
    assert "\n" not in told


def test_a_port_that_nobody_listens_at(hub: HubServer, tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load_catalog(f"{REPO}@{tag}")
    set_environment(monkeypatch, {"HF_ENDPOINT": "http://name:secret@127.0.0.1:9"})
    # What is in the cache is not taken in silence for what the tag may be now.
    told = refusal(f"{REPO}@{tag}")
    assert "http://127.0.0.1:9 does not answer" in told
    assert "secret" not in told
    for choice in ("leave `catalog` out", "name a folder", "HF_HUB_OFFLINE=1"):
        assert choice in told
    assert load_catalog(f"{REPO}@{sha_of(hub, tag)}").revision == sha_of(hub, tag)


def test_the_pinned_release(hub: HubServer, tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not source.PINNED:
        assert "none is published yet. Leave `catalog` out" in refusal("hub")
    monkeypatch.setenv(source.PIN_VARIABLE, "mine")
    assert "HVAE_HUB_CATALOG='mine' should be a data set on the Hub and its revision" in refusal("hub")
    monkeypatch.setenv(source.PIN_VARIABLE, f"{REPO}@{sha_of(hub, tag)}")
    assert load_catalog("hub").revision == sha_of(hub, tag)


# --- whole runs, in processes of their own


def inspect_eval(folder: Path, *arguments: str) -> EvalLog:
    command = [sys.executable, "-m", "inspect_ai", "eval", *arguments, "--log-dir", str(folder / "logs")]
    folder.mkdir(exist_ok=True)
    environment = os.environ | {"INSPECT_DISPLAY": "plain"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    logs = list((folder / "logs").glob("*.eval"))
    assert len(logs) == 1, done.stdout + done.stderr
    log = read_eval_log(str(logs[0]))
    assert log.status == "success", log.error
    log.stats.model_usage.clear()
    log.eval.metadata = {**(log.eval.metadata or {}), "printed": done.stdout}
    return log


def first_record(log: EvalLog) -> RationalityRecord:
    _, record = next(iter(read_records(rationality_path(Path(log.location)))))
    return record


def metrics(log: EvalLog) -> dict[str, float]:
    assert log.results is not None
    return {name: metric.value for score in log.results.scores for name, metric in score.metrics.items()}


@pytest.mark.slow
def test_same_numbers_from_the_hub_and_embedded(
    hub: HubServer, tag: str, tmp_path: Path, run: Callable[..., EvalLog]
) -> None:
    task = ["hvae_bench", "-T", f"catalog={REPO}@{tag}", "--model", "hvae/prosocial", "-M", f"catalog={REPO}@{tag}"]
    remote = inspect_eval(tmp_path / "hub", *task, "--epochs", "1", "--limit", "4")
    local = run(hvae_bench(), "hvae/prosocial", epochs=1, limit=4)
    assert metrics(remote) == pytest.approx(metrics(local), nan_ok=True)
    assert len(metrics(remote)) > 10
    (record, other) = (first_record(log) for log in (remote, local))
    assert record.catalog.sha256 == other.catalog.sha256 == load_catalog().sha256
    assert record.catalog.revision == sha_of(hub, tag)
    assert record.catalog.source == (f"{REPO}@{tag}",)
    assert (record.catalog.manifest_sha256 is None, other.catalog.manifest_sha256) == (False, None)
    assert f"data from {REPO}@{tag} on the Hub, commit {sha_of(hub, tag)}" in (remote.eval.metadata or {})["printed"]


@pytest.mark.slow
def test_inspect_runs_the_data_set_without_the_package_s_task(hub: HubServer, tmp_path: Path) -> None:
    hub.repos[REPO].refs["refs/heads/main"] = next(iter(hub.repos[REPO].commits))
    log = inspect_eval(tmp_path / "hf", f"hf/{REPO}", "--model", "hvae/prosocial", "--limit", "12")
    assert metrics(log)


STREAM = """
import json, sys
from datasets import load_dataset
repo, revision, *configs = sys.argv[1:]
print(json.dumps({
    config: [row["id"] for row in load_dataset(repo, config, split="test", revision=revision, streaming=True)]
    for config in configs
}))
"""


def test_plain_users_stream_every_config(hub: HubServer, files: Mapping[str, bytes], tag: str) -> None:
    command = [sys.executable, "-c", STREAM, REPO, tag, *CONFIGS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    for config, ids in json.loads(done.stdout).items():
        lines = files[f"data/{config}/test.jsonl"].decode().splitlines()
        assert ids == [json.loads(line)["id"] for line in lines]
        assert ids


def test_the_commands_take_the_same_names(hub: HubServer, tag: str) -> None:
    command = [sys.executable, "-m", "hvae_bench.cli.main", "list", "values", "--json", "--catalog", REPO]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert json.loads(done.stdout)["values"].keys() == load_catalog().values.keys()
    assert f"{REPO}@{tag}, commit {sha_of(hub, tag)}" in done.stderr


@pytest.mark.slow
def test_every_command_of_the_page(hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page from top to bottom, once somebody has published what it speaks of: its last section comes first."""
    page = (ROOT / "docs" / "hub.md").read_text(encoding="utf-8")
    *others, publishing = re.findall(r"^```sh\n(.*?)^```$", page, re.M | re.S)
    (tmp_path / "bin").mkdir()
    for name, module in (("hvae", "hvae_bench.cli.main"), ("inspect", "inspect_ai"), ("hf", "huggingface_hub.cli.hf")):
        script = tmp_path / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    copy_small_dataset(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    monkeypatch.setenv("INSPECT_DISPLAY", "plain")
    for block in (publishing, *others):
        text = block.replace("HF_TOKEN=...", f"HF_TOKEN={TOKEN}").replace("ORG/NAME", "acme/page")
        if "acme/page" in hub.repos:
            text = text.replace("SHA", hub.repos["acme/page"].tags["v1.0.0"])
        text = text.replace("pip install", "true")
        done = subprocess.run(
            ["bash", "-ec", text], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, f"{text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        assert "Traceback" not in done.stdout + done.stderr
        assert TOKEN not in done.stdout + done.stderr
    logs = [read_eval_log(str(path), header_only=True) for path in (tmp_path / "logs").glob("*.eval")]
    assert [log.status for log in logs] == ["success", "success"]
