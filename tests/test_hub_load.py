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

from hvae_bench import __version__, hvae_bench, load_catalog
from hvae_bench.catalogue import fetch, source
from hvae_bench.catalogue.entry_file import KINDS
from hvae_bench.catalogue.fetch import HubName, parse_name
from hvae_bench.catalogue.manifest import MANIFEST, manifest_of, read_manifest
from hvae_bench.hub.build import CONFIGS, build_dataset
from hvae_bench.log.export import rationality_path
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.source import read_records
from hvae_bench.text.errors import CatalogError, HvaeError, UsageError
from tests.hub_server import TOKEN, Fault, HubServer, Reply, hub_server, set_environment
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
    assert "the folder contains no part of a catalogue" in told
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


Change = Callable[[str, list[dict[str, Any]]], None]


def republished(built: Path, copy: Path, change: Change, **stated: str) -> Path:
    """A data set with other rows, whole to the byte, and a manifest that states what it is told to."""
    shutil.copytree(built, copy)
    for kind in KINDS:
        path = copy / "data" / kind / "test.jsonl"
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        change(kind, rows)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    old = read_manifest(copy)
    files = {name: (copy / name).read_bytes() for name in old.files}
    made = manifest_of(files, old.version, old.canary, old.catalog_sha256).model_copy(update=stated)
    (copy / MANIFEST).write_text(made.text(), encoding="utf-8")
    return copy


def test_rows_are_checked_as_files_are(built: Path, tmp_path: Path) -> None:
    """A data set can be whole to the byte and wrong all the same."""

    def changed(kind: str, change: Callable[[dict[str, Any]], None]) -> str:
        def one_row(of: str, rows: list[dict[str, Any]]) -> None:
            if of == kind:
                change(rows[0])

        with pytest.raises(HvaeError) as caught:
            load_catalog(republished(built, tmp_path / kind, one_row))
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


def _new_column(kind: str, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        row |= {"payoffs_are_reversed": row["id"] == "dictator"} if kind == "games" else {}


def _new_field(kind: str, rows: list[dict[str, Any]]) -> None:
    if kind == "games":
        rows[0]["items"][0]["weight"] = 2


def _other_version(kind: str, rows: list[dict[str, Any]]) -> None:
    if kind == "values":
        rows[3]["version"] = "0.0.9"


def _other_content(kind: str, rows: list[dict[str, Any]]) -> None:
    if kind == "values":
        rows[0]["title"] = "Another title"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            _new_column,
            r"games/test\.jsonl:1: Row '.*' of games has the column 'payoffs_are_reversed', which is unknown",
        ),
        (_new_field, r"games/test\.jsonl:1: Row '.*' of games has the column 'items\.weight', which is unknown"),
        (_other_version, r"values/test\.jsonl:4: The row is of version '0\.0\.9' of the data"),
        (_other_content, r"its entries have the fingerprint [0-9a-f]{12}\.\.\. here, where its manifest\.json says"),
    ],
)
def test_what_this_package_cannot_read_whole_is_refused(
    built: Path, hub: HubServer, tmp_path: Path, change: Change, told: str
) -> None:
    mine = tmp_path / "mine" / "values"
    mine.mkdir(parents=True)
    copy = republished(built, tmp_path / "copy", change, hvae_bench="7.8.9")
    files = {path.relative_to(copy).as_posix(): path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    hub.add("acme/newer", files, tag="v0.1.0")
    for names in (["acme/newer@v0.1.0"], [str(copy)], [str(copy), str(mine.parent)]):
        refused = refusal(*names)
        assert re.search(told, refused)
        install = f"built by hvae-bench 7.8.9, and this is {__version__}: run `pip install hvae-bench==7.8.9`."
        assert refused.endswith(install)
    (copy / MANIFEST).write_text((copy / MANIFEST).read_text().replace("7.8.9", __version__), encoding="utf-8")
    assert "run `pip install --upgrade hvae-bench`, or name another revision" in refusal(str(copy))


def test_a_column_that_says_nothing_is_no_hindrance(built: Path, tmp_path: Path) -> None:
    def empty(kind: str, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["later"] = None

    assert load_catalog(republished(built, tmp_path / "copy", empty)).sha256 == load_catalog().sha256


# --- without network


def test_a_commit_that_is_here_needs_no_network(hub: HubServer, tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load_catalog(f"{REPO}@{tag}")
    since = len(hub.requests)
    assert load_catalog(f"{REPO}@{sha_of(hub, tag)}").version
    assert len(hub.requests) == since
    set_environment(monkeypatch, {"HF_HUB_OFFLINE": "1"})
    assert load_catalog(f"{REPO}@{tag}").revision == sha_of(hub, tag)
    assert "was never loaded completely here" in refusal(f"{REPO}@v7.0.0")
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
        assert "was never loaded completely here" in refusal(name)
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
    assert told.endswith("It was downloaded again, and is the same on the Hub: name another revision.")
    # It lies in the cache now, and is fetched anew from there on.
    hub.tampered.clear()
    assert load_catalog(f"{REPO}@{sha_of(hub, tag)}").sha256 == load_catalog().sha256


def in_cache(home: Path, file: str) -> Path:
    (found,) = home.glob(f"hub/datasets--*/snapshots/*/{file}")
    return found


@pytest.mark.parametrize("file", ["data/values/test.jsonl", MANIFEST, "README.md"])
@pytest.mark.parametrize("by", ["tag", "commit"])
def test_what_is_refused_in_the_cache_is_fetched_anew_once(
    hub: HubServer, tag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, by: str
) -> None:
    name = f"{REPO}@{tag if by == 'tag' else sha_of(hub, tag)}"
    load_catalog(name)
    in_cache(tmp_path / "home", file).resolve().write_bytes(b"{}\n")
    # Without network the sentence says what helps, and that helps.
    with monkeypatch.context() as offline:
        set_environment(offline, {"HF_HUB_OFFLINE": "1"})
        assert re.search(r"HF_HUB_OFFLINE is set\. Unset it once", refusal(name))
    with monkeypatch.context() as silent:
        silent.setattr(hub, "faults", [Fault(".", 503)])
        told = refusal(name)
        assert "(The server has a bad day)" in told
        assert "Try later." in told
    hub.requests.clear()
    assert load_catalog(name).sha256 == load_catalog().sha256
    assert max(Counter(one for one in hub.requests if one.startswith("GET")).values()) <= 2
    hub.requests.clear()
    assert load_catalog(f"{REPO}@{sha_of(hub, tag)}").sha256 == load_catalog().sha256
    assert not hub.requests


def test_a_file_of_one_s_own_in_the_cache_is_to_be_deleted(hub: HubServer, tag: str, tmp_path: Path) -> None:
    load_catalog(f"{REPO}@{tag}")
    stray = in_cache(tmp_path / "home", MANIFEST).parent / "data" / "values" / "copy.jsonl"
    stray.write_text("{}\n", encoding="utf-8")
    told = refusal(f"{REPO}@{tag}")
    assert "The file data/values/copy.jsonl is in" in told
    assert "delete it if you put it there" in told
    stray.unlink()
    assert load_catalog(f"{REPO}@{tag}").sha256 == load_catalog().sha256


def test_a_tag_on_another_version_is_refused(hub: HubServer, tag: str) -> None:
    hub.repos[REPO].refs["refs/tags/v7.0.0"] = sha_of(hub, tag)
    assert f"the tag v7.0.0 is on version {tag[1:]} of the data" in refusal(f"{REPO}@v7.0.0")


def test_what_is_no_built_data_set_is_refused(hub: HubServer) -> None:
    commit = hub.add("acme/other", {"README.md": b"Hello.\n"}, tag="v1.0.0")
    assert "no manifest.json" in refusal("acme/other@v1.0.0")
    assert "no manifest.json" in refusal(f"acme/other@{commit.oid}")
    assert not any("/resolve/" in request for request in hub.requests), "nothing is fetched that cannot be used"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(".", "hang"), "does not answer"),
        pytest.param(Fault("/resolve/", "stall"), "does not answer", marks=pytest.mark.slow),
        (Fault("/revision/", 503), "status 503"),
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


GATED = {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted: you are not in the list."}
SLOW_DOWN = {"RateLimit": '"api";r=0;t=8', "X-Error-Message": "Too many requests"}
LOGIN = Reply(200, "<html>Please log in</html>", {"Content-Type": "text/html"})
DISABLED = Reply(403, "{}", {"X-Error-Message": "Access to this resource is disabled."})


@pytest.mark.parametrize("place", ["/revision/", "/resolve/", "/refs"])
@pytest.mark.parametrize(
    ("reply", "token", "told"),
    [
        (
            Reply(401, "{}", GATED),
            None,
            r"acme/hvae is gated \(Access .* list\)\. Ask for access at URL/.* and set HF_TOKEN",
        ),
        (
            Reply(403, "{}", GATED),
            None,
            r"acme/hvae is gated \(Access .* list\)\. Ask for access at URL/datasets/acme/hvae",
        ),
        (Reply(403, "{}", GATED), TOKEN, "Ask for access at URL/datasets/acme/hvae with the account of your token"),
        (DISABLED, None, r"was closed by URL \(Access to this resource is disabled\)\. Name another data set"),
        (
            Reply(403, "", {"X-Error-Message": "No."}),
            None,
            r"does not give acme/hvae to everybody \(No\)\. Set HF_TOKEN",
        ),
        (
            Reply(403, "", {"X-Error-Message": "No."}),
            TOKEN,
            r"does not let .* read acme/hvae \(No\)\. Use a token that may read it",
        ),
        (Reply(401, "", {"X-Error-Message": "Invalid."}), TOKEN, r"refused the token \(Invalid\)\. Set HF_TOKEN again"),
        (
            Reply(404, "", {"X-Error-Message": "Nothing."}),
            None,
            r"status 404 \(Nothing\) .* Check the name and HF_ENDPOINT",
        ),
        (
            LOGIN,
            None,
            "perhaps this is the login page of a network. Open it in a browser and log in, or correct HF_ENDPOINT",
        ),
    ],
)
def test_each_refusal_has_its_sentence(
    hub: HubServer,
    tag: str,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    reply: Reply,
    token: str | None,
    told: str,
) -> None:
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    hub.faults = [Fault(place, reply)]
    hub.requests.clear()
    refused = refusal(REPO if place == "/refs" else f"{REPO}@{tag}")
    assert re.search(told.replace("URL", hub.url), refused), refused
    assert len(hub.requests) <= 3


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (SLOW_DOWN, r"accepts no more requests for now \(Too many requests\)\. Load it again in 8 seconds\.$"),
        ({"Retry-After": "120"}, r"\(no reason given\)\. Load it again in 120 seconds\.$"),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, r"Load it again in some minutes\.$"),
    ],
)
def test_who_asks_too_often_is_told_when_to_come_again(
    hub: HubServer, tag: str, headers: dict[str, str], told: str
) -> None:
    hub.faults = [Fault("/revision/", Reply(429, "", headers))]
    assert re.search(told, refusal(f"{REPO}@{tag}"))


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(429, "", {"RateLimit": '"api";r=0;t=200'}), "Load it again in 200 seconds"),
        (Reply(500, "", {"X-Error-Message": "Broken."}), r"fails with status 500 \(Broken\)"),
    ],
)
def test_a_refusal_that_the_library_waits_out_is_told_when_patience_ends(
    hub: HubServer, tag: str, monkeypatch: pytest.MonkeyPatch, reply: Reply, told: str
) -> None:
    monkeypatch.setattr(fetch, "PATIENCE_S", 1.0)
    hub.faults = [Fault("/resolve/", reply)]
    assert re.search(told, refusal(f"{REPO}@{tag}"))


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"HF_ENDPOINT": "http://127.0.0.1:9 "}, "HF_ENDPOINT is 'http://127.0.0.1:9 ', which is not an address"),
        (
            {"HF_ENDPOINT": "http://me:secret@127.0.0.1:x"},
            "HF_ENDPOINT is 'http://127.0.0.1:x', which is not an address",
        ),
        ({"HF_ENDPOINT": "127.0.0.1:9"}, "Write it as in https://huggingface.co"),
        ({"HF_HUB_DOWNLOAD_TIMEOUT": "ten"}, "huggingface_hub cannot use the variable HF_HUB_DOWNLOAD_TIMEOUT: "),
        ({"HF_TOKEN": "hf_äöü"}, "holds a character that no token has. Copy it again"),
        ({"HF_HOME": f"{__file__}/below"}, "test_hub_load.py/below/token: Not a directory. "),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    hub: HubServer, tag: str, tmp_path: Path, variables: dict[str, str], told: str
) -> None:
    environment = hub.environment(tmp_path / "home") | variables
    command = [sys.executable, "-m", "hvae_bench.cli.main", "list", "values", "--catalog", f"{REPO}@{tag}"]
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert "secret" not in done.stderr


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
    assert metrics(remote).keys() > {"value_rationality", "answered_rate"}
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
