"""Logs on object storage: every command reads and writes them there, and says in one sentence what it refuses."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval
from typer.testing import CliRunner

from hvae_bench import LogError, hvae_bench
from hvae_bench.analysis import load
from hvae_bench.cli.main import app
from hvae_bench.log.source import rationality_location
from hvae_bench.report.folder import report_folder
from hvae_bench.text.errors import HvaeError, UsageError
from hvae_bench.text.location import find_files, local_copy, name_of, new_file, open_bytes, write_atomically

from .object_storage import BUCKET, object_storage

pytestmark = pytest.mark.xdist_group("storage")

pytest.importorskip("moto", reason="needs moto, which comes with the extra `dev`")

LOGS = f"s3://{BUCKET}/logs"


@pytest.fixture(scope="module")
def storage() -> Iterator[Any]:
    """The file system of a bucket that two runs have written their logs to."""
    with object_storage():
        from s3fs import S3FileSystem

        models = ["hvae/altruistic", "hvae/uniform"]
        for log in eval(hvae_bench(scenario="paper"), model=models, epochs=2, limit=4, log_dir=LOGS, display="none"):
            assert log.status == "success", log.error
        yield S3FileSystem(use_listings_cache=False)


@pytest.fixture(scope="module")
def copy(storage: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same logs on this machine, without what the runs wrote beside them."""
    folder = tmp_path_factory.mktemp("copy")
    for path in storage.glob(f"{BUCKET}/logs/*.eval"):
        storage.get_file(path, str(folder / Path(path).name))
    return folder


def hvae(*arguments: str | Path) -> str:
    """What a command prints."""
    done = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_run_leaves_its_rationality_log_beside_its_log_in_the_bucket(storage: Any, copy: Path) -> None:
    names = sorted(Path(path).name for path in storage.find(f"{BUCKET}/logs"))
    stems = sorted(path.stem for path in copy.glob("*.eval"))
    assert names == sorted([f"{stem}{end}" for stem in stems for end in (".eval", ".rationality.jsonl")])
    hvae("export", copy)
    for stem in stems:
        name = f"{stem}.rationality.jsonl"
        assert storage.cat_file(f"{BUCKET}/logs/{name}") == (copy / name).read_bytes()


def test_every_command_says_of_a_bucket_what_it_says_of_a_folder(storage: Any, copy: Path, tmp_path: Path) -> None:
    here, there = (find_files(folder, in_folders=(".eval",), named=()) for folder in (copy, LOGS))
    assert [Path(url).name for url in there] == [Path(path).name for path in here]

    def pair(*arguments: str) -> tuple[Any, Any]:
        """What a command prints of the copies, and of the originals, each named as the other."""
        text = [hvae(*(one.replace("LOGS", str(folder)) for one in arguments)) for folder in (LOGS, copy)]
        return json.loads(text[0].replace(LOGS, str(copy))), json.loads(text[1])

    one, other = pair("results", "LOGS", "--json")
    assert one == other
    assert [run["model"] for run in one] == ["hvae/altruistic", "hvae/uniform"]
    first, second = (Path(path).name for path in here)
    one, other = pair("show", f"LOGS/{first}", "--json")
    assert one == other
    one, other = pair("compare", f"LOGS/{first}", f"LOGS/{second}", "--json")
    assert one == other
    assert one["comparable"]

    # Written beside the log, elsewhere in the bucket, and from there to this machine.
    for url in there:
        storage.rm_file(rationality_location(url).removeprefix("s3://"))
    assert hvae("export", f"{LOGS}/*.eval").split() == [rationality_location(url) for url in there]
    moved = f"s3://{BUCKET}/elsewhere/one.rationality.jsonl"
    assert hvae("export", there[0], "-o", moved).strip() == moved
    assert storage.cat_file(moved) == storage.cat_file(rationality_location(there[0]))
    hvae("export", there[0], "-o", tmp_path / "one.jsonl")
    assert (tmp_path / "one.jsonl").read_bytes() == storage.cat_file(moved)
    found = json.loads(hvae("rescore", LOGS, "--json"))
    assert {name: one["dialogues"] for name, one in found.items()} == {rationality_location(url): 8 for url in there}

    results = hvae("export", there[0], "--format", "eval-results", "--dataset", "org/name").strip()
    assert results == f"{there[0].removesuffix('.eval')}.eval_results.yaml"
    assert b"value rationality" in storage.cat_file(results)
    written = hvae("export", *there, "--format", "every-eval-ever", "-o", f"s3://{BUCKET}/every").split()
    assert len(written) == 4
    assert all(url.startswith(f"s3://{BUCKET}/every/data/hvae-bench/hvae/") for url in written)
    assert json.loads(storage.cat_file(written[0]))["evaluation_id"].startswith("hvae-bench/hvae/")

    merged = f"s3://{BUCKET}/all.parquet"
    assert json.loads(hvae("merge", LOGS, "-o", merged, "--json"))["output"] == merged
    assert [run.records for run in load(merged)] == [run.records for run in load(copy)]

    report = f"s3://{BUCKET}/report"
    assert hvae("report", merged, "-o", report).strip() == f"{report}/index.html"
    files = {path.removeprefix(f"{BUCKET}/report/") for path in storage.find(f"{BUCKET}/report")}
    assert files == {"report.json", *json.loads(storage.cat_file(f"{report}/report.json"))["files"]}


def test_only_an_older_report_is_replaced_in_a_bucket(storage: Any) -> None:
    def make(*names: str) -> set[str]:
        with report_folder(f"s3://{BUCKET}/pages") as folder:
            for name in names:
                (folder / name).write_text(name)
        return {Path(path).name for path in storage.find(f"{BUCKET}/pages")}

    assert make("index.html", "old.csv") == {"report.json", "index.html", "old.csv"}
    assert make("index.html", "new.csv") == {"report.json", "index.html", "new.csv"}
    storage.pipe_file(f"{BUCKET}/pages/mine.txt", b"mine")
    with pytest.raises(UsageError, match=r"holds other things than a report, such as 'mine\.txt'"):
        make("index.html")
    assert {Path(path).name for path in storage.find(f"{BUCKET}/pages")} == {
        "report.json",
        "index.html",
        "new.csv",
        "mine.txt",
    }


def test_an_interrupted_writing_leaves_what_was_there(storage: Any) -> None:
    def lines() -> Iterator[str]:
        yield "one\n"
        raise ValueError("broken")

    new, old = f"s3://{BUCKET}/half/new.jsonl", f"s3://{BUCKET}/half/old.jsonl"
    write_atomically(old, ["before\n"])
    for url in (new, old):
        with pytest.raises(ValueError, match="broken"):
            write_atomically(url, lines())
    assert storage.find(f"{BUCKET}/half") == [f"{BUCKET}/half/old.jsonl"]
    assert storage.cat_file(old) == b"before\n"


def test_what_another_machine_writes_is_seen_at_once(storage: Any) -> None:
    folder = f"s3://{BUCKET}/watched"
    for count in (1, 2):
        storage.pipe_file(f"{folder}/{count}.eval", b"x")
        assert len(find_files(folder, in_folders=(".eval",), named=())) == count


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["results", "s3://none/logs"], "s3://none/logs cannot be looked at: its bucket does not exist."),
        (["merge", "s3://none", "-o", "x.parquet"], "s3://none"),
        (["results", f"s3://{BUCKET}/nothing"], f"There is no log or folder 's3://{BUCKET}/nothing'."),
        (["rescore", f"s3://{BUCKET}/*.jsonl"], "No log matches"),
        (["export", f"s3://{BUCKET}/no.eval"], "There is no log or folder"),
        (["show", f"s3://{BUCKET}/no.eval"], "There is no log or folder"),
        (["merge", LOGS, "-o", "s3://none/x.parquet"], "s3://none/x.parquet cannot be written: its bucket does not"),
        (["report", LOGS, "-o", "s3://none/report"], "s3://none/report cannot be written: its bucket does not exist"),
        (["results", "s4://x/logs"], "'s4://x/logs' cannot be opened ("),
    ],
)
def test_a_wrong_place_is_one_sentence(storage: Any, arguments: list[str], sentence: str) -> None:
    done = CliRunner().invoke(app, arguments)
    assert isinstance(done.exception, HvaeError), done.output
    assert sentence in str(done.exception)


@pytest.fixture
def own_session(storage: Any) -> Iterator[pytest.MonkeyPatch]:
    """Settings of a test that other tests do not see."""
    from s3fs import S3FileSystem

    with pytest.MonkeyPatch.context() as patch:
        S3FileSystem.clear_instance_cache()
        yield patch
    S3FileSystem.clear_instance_cache()


def test_no_credentials_is_one_sentence(own_session: pytest.MonkeyPatch) -> None:
    own_session.delenv("AWS_ACCESS_KEY_ID")
    own_session.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(LogError, match=r"no credentials were found\. Set AWS_ACCESS_KEY_ID"):
        find_files(LOGS, in_folders=(".eval",), named=())
    with pytest.raises(LogError, match="cannot be written: no credentials were found"), new_file(f"{LOGS}/x"):
        pytest.fail("found before any work is done")


def test_a_server_that_is_not_there_is_one_sentence(own_session: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own_session.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
        with (
            pytest.raises(LogError, match=r"cannot be read: its server cannot be reached\. .*AWS_ENDPOINT_URL"),
            open_bytes(f"{LOGS}/x"),
        ):
            pytest.fail("nothing can be read there")


def test_a_connection_lost_halfway_is_one_sentence(own_session: pytest.MonkeyPatch) -> None:
    """A server that sends the beginning of an object, and no more."""
    head = (
        b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: "e"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n\r\n'
    )

    def serve(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                asked = connection.recv(65536)
                connection.sendall(head if asked.startswith(b"HEAD") else head + b"half")

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        own_session.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(LogError, match="cannot be read"), local_copy(f"{LOGS}/x.rationality.jsonl"):
            pytest.fail("half an object is none")


LOCAL = """
import sys
from hvae_bench.cli import main as cli
from hvae_bench.log.source import find_sources, read_lines
for source in find_sources(sys.argv[1]):
    assert list(read_lines(source.url))
try:
    cli.app(["rescore", sys.argv[1]])
except SystemExit as end:
    assert end.code == 0
print(*[name for name in ("fsspec", "s3fs", "inspect_ai", "botocore") if name in sys.modules])
import hvae_bench._registry
print("s3fs" in sys.modules)
"""


def test_files_on_this_machine_need_no_fsspec(storage: Any, tmp_path: Path) -> None:
    (url, *_) = find_files(LOGS, in_folders=(".rationality.jsonl",), named=())
    with local_copy(url) as copied:
        (tmp_path / "one.rationality.jsonl").write_bytes(copied.read_bytes())
    done = subprocess.run([sys.executable, "-c", LOCAL, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["", "False"], done.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/srv/models/reads.gguf", "reads.gguf"),
        ("~/models/reads.gguf", "reads.gguf"),
        ("file:///srv/mine/", "mine"),
        ("D:\\models\\reads.gguf", "reads.gguf"),
        ("mine", "mine"),
        ("sub/mine", "sub/mine"),
        ("s3://bucket/mine", "s3://bucket/mine"),
        ("ORG/NAME@v1.0.0", "ORG/NAME@v1.0.0"),
        ("/", "/"),
        ("~", "~"),
    ],
)
def test_a_path_of_a_machine_is_told_by_its_last_part(text: str, told: str) -> None:
    assert name_of(text) == told
