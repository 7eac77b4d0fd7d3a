"""Publishing against a Hub on loopback: what ends up there, what is refused, and what a lost connection leaves."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from hvae_bench import lint, load_catalog
from hvae_bench.catalogue.manifest import manifest_of
from hvae_bench.hub.build import build_files
from hvae_bench.text.errors import HvaeError, UsageError
from tests.hub_server import TOKEN, Fault, HubServer, Reply, Repo, hub_server
from tests.small_dataset import KEPT, copy_small_dataset


def _set_environment(variables: dict[str, str]) -> None:
    os.environ.update(variables)


def _publish(repo: str, dataset: Path, arguments: dict[str, Any]) -> tuple[list[str], Any]:
    """Runs in the process that knows the loopback Hub; returns what was told, and the result or the refusal."""
    from hvae_bench.hub import remote
    from hvae_bench.hub.publish import publish

    told: list[str] = []
    patience = arguments.pop("patience_s", None)
    remote.LISTING_TIMEOUT_S, remote.UPLOAD_TIMEOUT_S = (patience, patience) if patience else (60, 60)
    try:
        return told, publish(repo, dataset, tell=told.append, **arguments)
    except HvaeError as error:
        return told, UsageError(str(error))  # one that can be sent between processes


@pytest.fixture(scope="module")
def hub() -> Iterator[HubServer]:
    with hub_server() as server:
        yield server


@pytest.fixture(scope="module")
def worker(hub: HubServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessPoolExecutor]:
    """A process that has imported huggingface_hub with the environment of the loopback Hub."""
    variables = hub.environment(tmp_path_factory.mktemp("home"), TOKEN)
    with ProcessPoolExecutor(1, get_context("spawn"), _set_environment, (variables,)) as pool:
        yield pool


Publish = Callable[..., tuple[list[str], Any]]


@pytest.fixture
def publish(worker: ProcessPoolExecutor, hub: HubServer, repo: str, dataset: Path) -> Iterator[Publish]:
    def run(**arguments: Any) -> tuple[list[str], Any]:
        return worker.submit(_publish, repo, dataset, arguments).result()

    yield run
    hub.faults.clear()


@pytest.fixture
def repo(request: pytest.FixtureRequest) -> str:
    """A data set for each test, all on one server."""
    return f"acme/{request.node.name.partition('[')[0].replace('_', '-')[:60]}"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return copy_small_dataset(tmp_path)


def edit(dataset: Path, version: str, entry: str = "", before: str = "", after: str = "") -> None:
    """Raise the version, and change a word of an entry."""
    (dataset / "VERSION").write_text(f"{version}\n", encoding="utf-8")
    if entry:
        path = dataset / f"{entry}.yaml"
        text = path.read_text("utf-8")
        assert before in text
        path.write_text(text.replace(before, after, 1), encoding="utf-8")


def add(dataset: Path, id_: str) -> None:
    text = (dataset / "framings" / "coins.yaml").read_text("utf-8").replace("id: coins", f"id: {id_}", 1)
    (dataset / "framings" / f"{id_}.yaml").write_text(text.replace("default: true", "labels: [L, R]"), encoding="utf-8")


def released(dataset: Path) -> dict[str, Any] | None:
    path = dataset / "RELEASED.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def test_a_release_is_one_commit_and_a_tag(publish: Publish, hub: HubServer, repo: str, dataset: Path) -> None:
    told, done = publish()
    kept = hub.repos[repo]
    assert [commit.title for commit in kept.commits.values()] == ["initial commit", "Release v1.0.0"]
    assert kept.tags == {"v1.0.0": kept.main.oid}
    assert (done.tag, done.commit, done.done, done.before) == ("v1.0.0", kept.main.oid, True, None)
    # What is there is what the manifest says, and what the clone holds.
    listed = json.loads(kept.main.files["manifest.json"])
    assert set(kept.main.files) == {*listed["files"], "manifest.json", ".gitattributes"}
    assert listed["catalog_sha256"] == load_catalog(base=dataset).sha256
    # The baseline of the linters, which finds nothing to say about it.
    entries = {f"{kind}/{id_}" for kind, ids in KEPT.items() for id_ in ids}
    assert released(dataset) is not None
    assert set(released(dataset)["entries"]) == entries  # type: ignore[index]
    assert not lint.validate([dataset]).errors
    edit(dataset, "1.0.1", "values/altruistic", "definition: ", "definition: X")
    assert "released-changed" in {finding.rule for finding in lint.validate([dataset]).findings}
    assert any("signed in as acme" in line for line in told)
    assert told[-2:] == [f"tagged v1.0.0: {repo}@{kept.main.oid}", f"wrote {dataset / 'RELEASED.json'}; commit it"]


def test_a_repeated_release_changes_nothing(publish: Publish, hub: HubServer, repo: str, dataset: Path) -> None:
    publish()
    before = (dict(hub.repos[repo].refs), (dataset / "RELEASED.json").read_bytes())
    (dataset / "RELEASED.json").unlink()
    since = len(hub.requests)
    told, done = publish()
    assert done.done
    assert "released already, with the same content" in told[-2]
    assert (dict(hub.repos[repo].refs), (dataset / "RELEASED.json").read_bytes()) == before
    assert not [request for request in hub.requests[since:] if request.startswith("POST")]


def test_a_dry_run_writes_nothing(publish: Publish, hub: HubServer, repo: str, dataset: Path) -> None:
    told, done = publish(dry_run=True)
    assert repo not in hub.repos
    assert released(dataset) is None
    assert not done.done
    assert f"would commit it to {repo} and set the tag v1.0.0" in told[-1]


def test_stale_data_goes_with_the_next_release(publish: Publish, hub: HubServer, repo: str, dataset: Path) -> None:
    publish()
    kept = hub.repos[repo]
    kept.commit(
        "refs/heads/main", "By hand", {**kept.main.files, "data/old/test.jsonl": b"{}\n", "notes.md": b"Ours.\n"}
    )
    edit(dataset, "1.1.0")
    add(dataset, "shells-en")
    told, done = publish()
    assert "data/old/test.jsonl" not in kept.main.files
    assert kept.main.files["notes.md"] == b"Ours.\n"
    assert list(kept.commits.values())[-1].title == "Release v1.1.0"
    assert [(change.name, change.what) for change in done.changes] == [("framings/shells-en", "added")]
    assert "1 added, 0 edited, 0 removed" in " ".join(told)


@pytest.mark.parametrize(
    ("released_as", "version", "words"),
    [
        ("1.0.0", "1.0.1", "v1.0.1 would change what v1.0.0 has released: edited values/altruistic"),
        ("1.0.0", "1.1.0", "raise VERSION to 2.0.0"),
        ("0.1.0", "0.1.1", "raise VERSION to 0.2.0"),
        ("1.0.0", "2.0.0", None),
        ("0.1.0", "0.2.0", None),
    ],
)
def test_an_edit_needs_a_breaking_version(
    publish: Publish, hub: HubServer, repo: str, dataset: Path, released_as: str, version: str, words: str | None
) -> None:
    hub.repos.pop(repo, None)
    edit(dataset, released_as)
    publish()
    before = dict(hub.repos[repo].refs)
    (dataset / "RELEASED.json").unlink()  # as in a clone that has not heard of the release
    edit(dataset, version, "values/altruistic", "definition: ", "definition: X")
    done = publish()[1]
    if words is None:
        assert set(hub.repos[repo].tags) == {f"v{released_as}", f"v{version}"}
    else:
        assert words in str(done)
        assert hub.repos[repo].refs == before


def test_other_versions_that_are_refused(publish: Publish, hub: HubServer, repo: str, dataset: Path) -> None:
    edit(dataset, "1.2.0")
    publish()
    before = dict(hub.repos[repo].refs)
    (dataset / "RELEASED.json").unlink()
    edit(dataset, "1.1.0")
    assert f"VERSION is 1.1.0, but {repo} has v1.2.0 already" in str(publish()[1])
    add(dataset, "shells-en")
    edit(dataset, "1.2.1")
    assert "only a patch of v1.2.0, but has something new: added framings/shells-en. Raise VERSION to 1.3.0." in str(
        publish()[1]
    )
    edit(dataset, "1.2.0")
    assert "v1.2.0 is released on" in str(publish()[1])
    (dataset / "framings" / "shells-en.yaml").unlink()
    (dataset / "games" / "svo-slider-times-10.yaml").unlink()
    edit(dataset, "1.3.0")
    assert "removed games/svo-slider-times-10" in str(publish()[1])
    assert hub.repos[repo].refs == before
    assert released(dataset) is None


def test_a_pull_request_and_then_the_tag(publish: Publish, hub: HubServer, repo: str, dataset: Path) -> None:
    assert "does not exist, so nothing can be proposed" in str(publish(create_pr=True)[1])
    publish()
    kept = hub.repos[repo]
    main = kept.main
    edit(dataset, "1.1.0")
    add(dataset, "shells-en")
    done = publish(create_pr=True)[1]
    assert done.pull_request == f"{hub.url}/datasets/{repo}/discussions/1"
    assert (kept.main, set(kept.tags), done.done) == (main, {"v1.0.0"}, False)
    assert released(dataset)["version"] == "1.0.0"  # type: ignore[index]
    # Asked again, it finds the one that is open.
    assert publish(create_pr=True)[1].pull_request == done.pull_request
    assert sum(ref.startswith("refs/pr/") for ref in kept.refs) == 1
    kept.refs["refs/heads/main"] = kept.refs["refs/pr/1"]
    done = publish()[1]
    assert kept.tags["v1.1.0"] == kept.refs["refs/pr/1"] == done.commit
    assert released(dataset)["version"] == "1.1.0"  # type: ignore[index]


@pytest.mark.parametrize(
    ("request_", "kind", "commits_after"),
    [
        (r"POST .*/commit/", "cut", 1),
        (r"POST .*/commit/", "cut-after", 2),
        (r"POST .*/commit/", 412, 1),
        (r"POST .*/tag/", "cut", 2),
        (r"POST .*/tag/", "cut-after", 2),
    ],
)
def test_a_lost_connection_leaves_no_half_release(
    publish: Publish, hub: HubServer, repo: str, dataset: Path, request_: str, kind: str | int, commits_after: int
) -> None:
    hub.repos.pop(repo, None)
    hub.faults = [Fault(request_.replace(".*", f".*{repo}"), kind)]
    refusal = str(publish()[1])
    kept = hub.repos[repo]
    assert "run the same command again" in refusal
    assert TOKEN not in refusal
    assert len(kept.commits) == commits_after
    assert released(dataset) is None
    if kind != "cut-after" or "commit" in request_:
        assert kept.tags == {}
    hub.faults.clear()
    assert publish()[1].done
    assert len(kept.commits) == 2
    assert kept.tags == {"v1.0.0": kept.main.oid}
    assert released(dataset) is not None


def test_a_tag_that_appears_meanwhile_is_not_moved(publish: Publish, hub: HubServer, repo: str) -> None:
    class Racing(Repo):
        """Somebody else sets the tag between the commit and ours."""

        def commit(self, ref: str, title: str, files: Any) -> Any:
            made = super().commit(ref, title, files)
            if title.startswith("Release"):
                self.refs["refs/tags/v1.0.0"] = next(iter(self.commits))
            return made

    hub.repos[repo] = Racing()
    hub.repos[repo].commit("refs/heads/main", "initial commit", {})
    first = hub.repos[repo].main.oid
    assert "a tag is never moved" in str(publish()[1])
    assert hub.repos[repo].tags == {"v1.0.0": first}


def test_a_hub_that_hangs_is_told_soon(publish: Publish, hub: HubServer, repo: str) -> None:
    hub.faults = [Fault(repo, "hang")]
    hub.requests.clear()
    refusal = str(publish()[1])
    assert max(Counter(hub.requests).values()) <= 2, "nothing is asked again and again"
    assert f"{hub.url} does not answer" in refusal


def test_a_listing_that_hangs_is_given_up(publish: Publish, hub: HubServer, repo: str) -> None:
    """The library would ask for its pages again and again."""
    hub.faults = [Fault(rf"GET .*{repo}/tree/", "hang")]
    hub.requests.clear()
    refusal = str(publish(patience_s=2)[1])
    assert max(Counter(hub.requests).values()) <= 2, "nothing is asked again and again"
    assert "does not answer" in refusal
    assert hub.repos[repo].tags == {}
    hub.faults.clear()
    assert publish()[1].done


@pytest.mark.parametrize("body", ["<html>Please log in</html>", "[]", "null"])
@pytest.mark.parametrize(
    "question",
    ["GET .*whoami", "GET .*/refs", "GET .*/revision/", "GET .*/tree/", "POST .*/create", "POST .*/preupload/"],
)
def test_an_answer_that_no_hub_gives_is_told(
    publish: Publish, hub: HubServer, repo: str, question: str, body: str
) -> None:
    hub.repos.pop(repo, None)
    hub.faults = [Fault(question, Reply(200, body))]
    told = publish()[1]
    assert isinstance(told, UsageError)
    assert re.search(
        rf"{hub.url} did not answer as a Hub does \(.*HF_ENDPOINT|does not hold the files that were sent", str(told)
    )
    assert repo not in hub.repos or hub.repos[repo].tags == {}
    hub.faults.clear()
    assert publish()[1].done


@pytest.mark.parametrize(
    ("question", "status", "words"),
    [
        ("POST .*/commit/", 400, "answered with status 400 (The server has a bad day). Fix what it says"),
        ("POST .*/commit/", 413, "answered with status 413 (The server has a bad day). Fix what it says"),
        ("POST .*/commit/", 422, "answered with status 422 (The server has a bad day). Fix what it says"),
        ("POST .*/commit/", 500, "answered with status 500 (The server has a bad day). No release is left half done"),
        ("POST .*/commit/", 403, "the token may not write"),
        ("POST .*/create", 409, "did not answer as a Hub does"),
        ("POST .*/tag/", 409, "the Hub did not set the tag v1.0.0. See whether its settings allow that"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_the_hub(
    publish: Publish, hub: HubServer, repo: str, question: str, status: int, words: str
) -> None:
    hub.repos.pop(repo, None)
    hub.faults = [Fault(question, status)]
    assert words in str(publish()[1])
    hub.faults.clear()
    assert publish()[1].done


@pytest.mark.parametrize("version", ["one", "v1.0.0", "1.0", "1.0.0-rc1", "1.0.0.0", "01.0.0", "", "1.0.0\n2.0.0"])
def test_a_version_that_is_none_is_refused_before_anything_is_sent(
    publish: Publish, hub: HubServer, repo: str, dataset: Path, version: str
) -> None:
    edit(dataset, version)
    hub.requests.clear()
    assert re.search(r"VERSION:1: the version is .*three numbers", str(publish()[1]))
    assert not hub.requests
    assert repo not in hub.repos


@pytest.mark.parametrize(
    "row",
    [b"[" * 100_000, b'{"id": ' + b"[" * 900 + b"]" * 900 + b"}", b"\xff", b"3"],
    ids=["no end", "deep", "bytes", "no row"],
)
def test_a_release_that_cannot_be_read_is_told(
    publish: Publish, hub: HubServer, repo: str, dataset: Path, row: bytes
) -> None:
    """Rows that agree with their manifest, and are none."""
    manifest, files = build_files(dataset)
    files["data/values/test.jsonl"] = row + b"\n"
    files.pop("manifest.json")
    made = manifest_of(files, manifest.version, manifest.canary, manifest.catalog_sha256)
    hub.repos.pop(repo, None)
    hub.add(repo, {**files, "manifest.json": made.text().encode()}, tag="v1.0.0")
    edit(dataset, "1.1.0")
    assert "test.jsonl" in str(publish()[1])
    assert set(hub.repos[repo].tags) == {"v1.0.0"}


def hvae(hub: HubServer, tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | hub.environment(tmp_path / "home") | variables
    command = [sys.executable, "-m", "hvae_bench.cli.main", "publish", "acme/by-hand", *arguments]
    return subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("HF_TOKEN", "hf_Schlüssel", "The token (HF_TOKEN, or that of `hf auth login`) holds a character"),
        ("HF_TOKEN", "hf_of a sentence", "holds a character that no token has"),
        ("HF_ENDPOINT", "https://hub.example ", "'https://hub.example ', which is not an address"),
        ("HF_ENDPOINT", "hub.example", "'hub.example', which is not an address"),
        ("HF_ENDPOINT", "http://127.0.0.1:port", "'http://127.0.0.1:port', which is not an address"),
        ("HF_HUB_DOWNLOAD_TIMEOUT", "ten", "cannot use the variable HF_HUB_DOWNLOAD_TIMEOUT"),
    ],
)
def test_a_variable_that_cannot_be_is_told(
    hub: HubServer, dataset: Path, tmp_path: Path, name: str, value: str, words: str
) -> None:
    done = hvae(hub, tmp_path, **{"HF_TOKEN": TOKEN, name: value})
    assert (done.returncode, done.stderr.count("\n"), words in done.stderr) == (2, 1, True), done.stderr


def test_what_a_hub_says_reaches_no_terminal_as_it_is(hub: HubServer, dataset: Path, tmp_path: Path) -> None:
    hub.faults = [Fault("GET .*whoami", Reply(200, '{"name": "acme \\u001b[31m"}'))]
    done = hvae(hub, tmp_path, "--create-pr", HF_TOKEN=TOKEN)
    hub.faults.clear()
    assert "\x1b" not in done.stdout + done.stderr
    assert r"signed in as acme \x1b[31m" in done.stdout


def test_the_command(hub: HubServer, dataset: Path, tmp_path: Path) -> None:
    done = hvae(hub, tmp_path)
    assert (done.returncode, "Publishing needs a token" in done.stderr) == (2, True)
    done = hvae(hub, tmp_path, HF_TOKEN="hf_wrongAndSecret")
    assert (done.returncode, "refused: the token may not write acme/by-hand" in done.stderr) == (2, True)
    assert "Secret" not in done.stdout + done.stderr
    done = hvae(hub, tmp_path, "--private", "--json", HF_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["commit"] == hub.repos["acme/by-hand"].main.oid
    assert hub.repos["acme/by-hand"].private
    assert TOKEN not in done.stdout + done.stderr
