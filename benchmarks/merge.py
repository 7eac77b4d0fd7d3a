"""What `hvae merge` takes: time, memory and how both grow: `python benchmarks/merge.py`.

Needs no key and no network, some 3 GB of disk and the extra `analysis`. The logs are made from one real run, with a key
and random choices of its own for every dialogue, so that nothing repeats that would not repeat in a real log.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["SIZES", "Figure", "main", "measure"]

FILES = 8
"""Files that the dialogues are spread over."""

SIZES = {"full": (166_667, 3), "toy": (400, 1)}
"""Dialogues of six decisions, and how often they are merged."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; see `benchmarks/run.py`."""

    name: str
    value: float
    target: str
    met: bool
    raw: str


def real_lines() -> list[str]:
    """The lines of one real run of scenario `paper`."""
    from inspect_ai import eval

    from hvae_bench import hvae_bench
    from hvae_bench.export import rationality_path

    with tempfile.TemporaryDirectory() as folder:
        (log,) = eval(hvae_bench(scenario="paper"), model="hvae/uniform", epochs=5, log_dir=folder, display="none")
        return rationality_path(Path(log.location)).read_text(encoding="utf-8").splitlines()


def write_logs(folder: Path, lines: Sequence[str], dialogues: int) -> None:
    """Write so many dialogues of six decisions, each with a key, an id and replies of its own."""
    draw = random.Random(1)
    records = [json.loads(line) for line in lines]
    for file in range(FILES):
        with (folder / f"{file}.rationality.jsonl").open("w", encoding="utf-8") as out:
            for number in range(file * dialogues // FILES, (file + 1) * dialogues // FILES):
                record = records[number % len(records)]
                record["run"]["task_id"] = f"task{file}"
                record["dialogue"] |= {"epoch": 1 + number, "uuid": f"{draw.getrandbits(128):022x}"}
                for turn in record["turns"]:
                    if turn["kind"] != "decision" and turn["reply"] is not None:
                        turn["reply"] = " ".join(f"word{draw.randrange(5000)}" for _ in range(40))
                for decision in record["decisions"]:
                    decision["option_id"] = draw.choice(decision["shown"])["option_id"]
                out.write(json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n")


def merge_once(logs: Path, output: Path) -> tuple[float, float]:
    """Merge in a fresh process: seconds from its start to its end, and MiB of memory at most."""
    begun = time.perf_counter()
    code = "import resource, sys; from hvae_bench.analysis import merge; merge(*sys.argv[1:]); "
    code += "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(logs), str(output)], check=True, capture_output=True, text=True
    )
    return time.perf_counter() - begun, float(done.stdout)


def measure(dialogues: int, rounds: int) -> list[Figure]:
    """Merge so many dialogues, and a quarter of them, in turns."""
    lines = real_lines()
    with tempfile.TemporaryDirectory() as folder:
        sizes = {"all": dialogues, "quarter": dialogues // 4}
        seconds: dict[str, list[float]] = {name: [] for name in sizes}
        memory: dict[str, list[float]] = {name: [] for name in sizes}
        for name, n in sizes.items():
            (Path(folder) / name).mkdir()
            write_logs(Path(folder) / name, lines, n)
        text = sum(path.stat().st_size for path in (Path(folder) / "all").iterdir())
        for _ in range(rounds):
            for name in sizes:
                took, used = merge_once(Path(folder) / name, Path(folder) / f"{name}.parquet")
                seconds[name].append(took)
                memory[name].append(used)
        written = (Path(folder) / "all.parquet").stat().st_size
    whole, quarter = statistics.median(seconds["all"]), statistics.median(seconds["quarter"])
    most = max(memory["all"])
    growth = (whole / dialogues) / (quarter / sizes["quarter"])
    spread = f"{min(seconds['all']):.1f} to {max(seconds['all']):.1f} s in {rounds} fresh processes"
    return [
        Figure(
            f"seconds to merge {6 * dialogues:,} decisions",
            whole,
            "below 20",
            whole < 20,
            f"median of {spread}; {dialogues:,} dialogues, {text / 1e9:.2f} GB of text, {written / 1e6:.0f} MB written",
        ),
        Figure("memory for it (MiB)", most, "below 1024", most < 1024, f"the most of {rounds} processes"),
        Figure(
            "time for a dialogue / the same of a quarter of them",
            growth,
            "below 1.25",
            growth < 1.25,
            f"{1e6 * whole / dialogues:.0f} and {1e6 * quarter / sizes['quarter']:.0f} µs; 1 is linear",
        ),
        Figure(
            "memory / the same for a quarter of them",
            most / max(memory["quarter"]),
            "-",
            True,
            f"{most:.0f} and {max(memory['quarter']):.0f} MiB",
        ),
    ]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    figures = measure(*SIZES[options.size])
    print("| figure | measured | target | from |\n|---|---|---|---|")
    for one in figures:
        met = "" if one.target == "-" else f" ({'met' if one.met else 'missed'})"
        print(f"| {one.name} | {one.value:.3g} | {one.target}{met} | {one.raw} |")
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(one) for one in figures], indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
