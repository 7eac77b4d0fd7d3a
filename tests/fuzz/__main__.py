"""The long run: `python -m tests.fuzz reading --seconds 1200`, guided by coverage where atheris is installed.

Every input that breaks what should hold is written to the folder `--findings`, one for each place in the code, and the
run goes on. The exit code is 1 if there is any.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

TARGETS = ("reading", "log", "catalog")

MAX_SECONDS = 2.0
"""Processor time that one input may take, of at most a megabyte."""


def main() -> int:
    """Fuzz one target."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=float, default=1200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--plain", action="store_true", help="do not use atheris")
    arguments = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    atheris: Any = None
    if not arguments.plain:
        with contextlib.suppress(ImportError):
            atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["hvae_bench"]) if atheris else contextlib.nullcontext():
        target = importlib.import_module(f"tests.fuzz.{arguments.target}_target")
    from tests.fuzz.engine import Finding, checked, peak_mb
    from tests.fuzz.mutation import mutate

    seeds = target.seeds()
    places: set[str] = set()
    count, begun = 0, time.monotonic()

    def keep(found: Finding) -> None:
        if found.place in places:
            return
        places.add(found.place)
        arguments.findings.mkdir(parents=True, exist_ok=True)
        name = f"{arguments.target}-{sha256(found.data).hexdigest()[:12]}"
        (arguments.findings / name).write_bytes(found.data)
        print(f"FOUND {name}: {found.place}: {str(found.error)[:300]!r}", flush=True)

    def in_time(data: bytes) -> None:
        start = time.process_time()
        target.check(data)
        taken = time.process_time() - start
        assert taken < MAX_SECONDS, f"{len(data):,} bytes took {taken:.1f} s of processor time"

    def one(data: bytes) -> None:
        nonlocal count
        count += 1
        if count % 5000 == 0:
            print(f"{count} inputs, {time.monotonic() - begun:.0f} s, {peak_mb():.0f} MB", flush=True)
        if (found := checked(in_time, data)) is not None:
            keep(found)

    if atheris:
        guided(atheris, one, seeds, arguments.seconds, arguments.seed, mutate, lambda: end(count, places, begun))
    random = Random(arguments.seed)
    for data in seeds:
        one(data)
    while time.monotonic() - begun < arguments.seconds:
        one(mutate(random.choice(seeds), seeds, random))
    return end(count, places, begun)


def end(count: int, places: set[str], begun: float) -> int:
    """Say what was done."""
    print(f"{count} inputs in {time.monotonic() - begun:.0f} s, {len(places)} findings", flush=True)
    return int(bool(places))


def guided(
    atheris: Any,
    one: Callable[[bytes], None],
    seeds: Sequence[bytes],
    seconds: float,
    seed: int,
    mutate: Callable[..., bytes],
    told: Callable[[], int],
) -> None:
    """Let atheris choose the inputs; it ends the process."""
    import atexit

    atexit.register(told)

    def damaged(data: bytes, max_size: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < 0.2:
            return bytes(atheris.Mutate(data, max_size))
        return mutate(data, seeds, random, max_size)

    with tempfile.TemporaryDirectory() as corpus:
        for place, data in enumerate(seeds):
            Path(corpus, f"{place:05}").write_bytes(data)
        argv = [sys.argv[0], corpus, f"-max_total_time={seconds:.0f}", f"-seed={seed + 1}", "-max_len=65536"]
        atheris.Setup([*argv, "-timeout=60", "-rss_limit_mb=3000", "-print_final_stats=1"], one, custom_mutator=damaged)
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
