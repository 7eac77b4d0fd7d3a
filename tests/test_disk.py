"""Full disks and folders that cannot be written: one sentence each, nothing half-written, Inspect's own log unharmed.

The disks are small file systems in memory, in a mount namespace of their own, so that nothing is left behind.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval

from hvae_bench import hvae_bench

pytestmark = pytest.mark.xdist_group("disk")

FULL, READ_ONLY = os.strerror(errno.ENOSPC), os.strerror(errno.EROFS)

WORKSHOP = """
import contextlib, io, json, os, subprocess, sys
from pathlib import Path

full, small, fixed = (Path(name) for name in ("full", "small", "fixed"))
log = next(fixed.glob("*.eval"))
lines = log.with_suffix(".rationality.jsonl")

def hvae(*arguments, out=None):
    from hvae_bench.cli.main import main
    said, status, kept = io.StringIO(), 0, os.dup(1)
    if out is not None:
        os.dup2(os.open(out, os.O_WRONLY), 1)
    sys.argv = ["hvae", *map(str, arguments)]
    try:
        with contextlib.redirect_stderr(said):
            main()
    except SystemExit as end:
        status = end.code or 0
    finally:
        os.dup2(kept, 1)
    return [status, said.getvalue(), sorted(map(str, [*full.iterdir(), *small.iterdir()]))]

def run(folder):
    from inspect_ai import eval
    from hvae_bench import hvae_bench
    (log,) = eval(hvae_bench(scenario="paper"), model="hvae/uniform", epochs=1, log_dir=folder, display="plain")
    return [log.status, log.location]

found = {
    "export": hvae("export", log, "-o", full / "x.jsonl"),
    "every-eval-ever": hvae("export", log, "--format", "every-eval-ever", "-o", full),
    "merge": hvae("merge", fixed, "-o", full / "all.parquet"),
    "report": hvae("report", fixed, "-o", full / "page"),
    "read-only export": hvae("export", log),
    "read-only merge": hvae("merge", fixed, "-o", fixed / "all.parquet"),
    "read-only report": hvae("report", fixed, "-o", fixed / "page"),
    "device": hvae("export", log, "-o", "/dev/full"),
    "device merge": hvae("merge", fixed, "-o", "/dev/full"),
    "results": hvae("results", fixed, out="/dev/full"),
}
found["run"] = run("small")
found["small"] = sorted(path.name for path in small.iterdir())
found["later"] = hvae("export", next(small.glob("*.eval")), "-o", "later.jsonl")
found["full run"] = run("full")
found["full"] = sorted(path.name for path in full.iterdir())
Path("found.json").write_text(json.dumps(found))
"""

MOUNTS = """
mount -t tmpfs -o size=16k tmpfs full
mount -t tmpfs -o size={small} tmpfs small
mount --bind fixed fixed
mount -o remount,bind,ro fixed
exec "$@"
"""


def in_own_namespace(script: str, *command: str) -> list[str]:
    alone = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    return [*alone, "bash", "-ec", script, "bash", *command]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("disk")
    if (
        shutil.which("unshare") is None
        or subprocess.run(
            in_own_namespace('mount -t tmpfs tmpfs "$1"', str(folder)), capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("file systems cannot be mounted here")
    for name in ("full", "small", "fixed"):
        (folder / name).mkdir()
    (log,) = eval(
        hvae_bench(scenario="paper"), model="hvae/uniform", epochs=1, log_dir=str(folder / "fixed"), display="none"
    )
    assert log.status == "success"
    sizes = {path.suffix: path.stat().st_size for path in (folder / "fixed").iterdir()}
    # Room for Inspect's log, which is not of the same size every time, and not for ours beside it.
    mounts = MOUNTS.format(small=sizes[".eval"] * 3 // 2 + sizes[".jsonl"] * 2 // 5)
    assert sizes[".eval"] // 2 < sizes[".jsonl"] // 2
    done = subprocess.run(
        in_own_namespace(mounts, sys.executable, "-c", WORKSHOP),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    read: dict[str, Any] = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    return read | {"said": " ".join((done.stdout + done.stderr).split())}


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("export", f"full/x.jsonl: {FULL}."),
        ("every-eval-ever", f"_samples.jsonl: {FULL}."),
        ("merge", f"full/all.parquet: {FULL}."),
        ("report", f"full/page: {FULL}."),
        ("read-only export", f".rationality.jsonl: {READ_ONLY}."),
        ("read-only merge", f"fixed/all.parquet: {READ_ONLY}."),
        ("read-only report", f"fixed/page: {READ_ONLY}."),
        ("device", f"/dev/full: {FULL}."),
        ("device merge", "'/dev/full' is not a file that can be replaced."),
        ("results", f"the output: {FULL}."),
    ],
)
def test_what_cannot_be_written_is_told_and_leaves_nothing(found: dict[str, Any], what: str, told: str) -> None:
    status, said, left = found[what]
    assert status == 2
    assert said.startswith("hvae: ")
    assert told in said
    assert len(said.splitlines()) == 1, "one sentence, no traceback"
    assert [path for path in left if not path.startswith("full/data")] == [], "nothing half-written"


def test_a_device_stays_a_device() -> None:
    assert Path("/dev/full").is_char_device()


def test_inspects_log_is_whole_where_ours_has_no_room(found: dict[str, Any]) -> None:
    status, location = found["run"]
    assert status == "success"
    assert found["small"] == [Path(location).name], "the log, and no part of ours"
    assert "No rationality log was written beside" in found["said"]
    assert found["later"][:2] == [0, ""], "it can be exported later"


def test_where_inspects_log_has_no_room_nothing_looks_like_a_result(found: dict[str, Any]) -> None:
    status, _ = found["full run"]
    assert status == "error"
    assert not [name for name in found["full"] if name.endswith(".jsonl")]
    assert "Inspect could not finish its own log. When the cause is fixed: inspect eval-retry" in found["said"]
