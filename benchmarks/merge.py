"""What `hvae merge` takes: time, memory and how both grow: `python benchmarks/merge.py`.

Needs no key and no network, some 3 GB of disk and the extra `analysis`. The logs are made from one real run, with a key
and random choices of its own for every dialogue, so that nothing repeats that would not repeat in a real log.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from figure import Figure, options, report

__all__ = ["SIZES", "main", "measure"]

FILES = 8
"""Files that the dialogues are spread over."""

SIZES = {"full": (166_667, 3), "toy": (400, 1)}
"""Dialogues of six decisions, and how often they are merged."""


def real_lines() -> list[str]:
    """The lines of one real run of scenario `paper`."""
    from inspect_ai import eval

    from hvae_bench import hvae_bench
    from hvae_bench.log.export import rationality_path

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


MERGE = """
import resource, sys
from hvae_bench.analysis import merge
merge(*sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One merge in a fresh process: seconds from its start to its end, seconds of processor time, MiB at most."""

    seconds: float
    processor: float
    memory: float


def merge_once(logs: Path, output: Path) -> Run:
    """Merge in a fresh process."""
    begun = time.perf_counter()
    command = [sys.executable, "-c", MERGE, str(logs), str(output)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - begun
    return Run(seconds, *map(float, done.stdout.split()))


def measure(dialogues: int, rounds: int) -> list[Figure]:
    """Merge so many dialogues, and a quarter of them, in turns."""
    lines = real_lines()
    with tempfile.TemporaryDirectory() as folder:
        sizes = {"all": dialogues, "quarter": dialogues // 4}
        runs: dict[str, list[Run]] = {name: [] for name in sizes}
        for name, n in sizes.items():
            (Path(folder) / name).mkdir()
            write_logs(Path(folder) / name, lines, n)
        text = sum(path.stat().st_size for path in (Path(folder) / "all").iterdir())
        for _ in range(rounds):
            for name in sizes:
                runs[name].append(merge_once(Path(folder) / name, Path(folder) / f"{name}.parquet"))
        written = (Path(folder) / "all.parquet").stat().st_size
    seconds = statistics.median(run.seconds for run in runs["all"])
    spread = f"{min(run.seconds for run in runs['all']):.1f} to {max(run.seconds for run in runs['all']):.1f} s"
    processor = {name: statistics.median(run.processor for run in of_size) for name, of_size in runs.items()}
    memory = {name: max(run.memory for run in of_size) for name, of_size in runs.items()}
    each = {name: 1e6 * processor[name] / n for name, n in sizes.items()}
    return [
        Figure(
            f"seconds to merge {6 * dialogues:,} decisions",
            seconds,
            "below 20",
            seconds < 20,
            f"median of {rounds} fresh processes ({spread}); {dialogues:,} dialogues, {text / 1e9:.2f} GB of text, "
            f"{written / 1e6:.0f} MB written",
        ),
        Figure(
            "seconds of processor time for it, both cores together",
            processor["all"],
            "below 20",
            processor["all"] < 20,
            f"median of {rounds}; other load on the machine lengthens the time, and this hardly",
        ),
        Figure("memory for it (MiB)", memory["all"], "below 1024", memory["all"] < 1024, f"the most of {rounds}"),
        Figure(
            "processor time for a dialogue / the same for a quarter of them",
            each["all"] / each["quarter"],
            "below 1.25",
            each["all"] < 1.25 * each["quarter"],
            f"{each['all']:.0f} and {each['quarter']:.0f} µs; 1 is linear",
        ),
        Figure(
            "memory / the same for a quarter of them",
            memory["all"] / memory["quarter"],
            "",
            True,
            f"{memory['all']:.0f} and {memory['quarter']:.0f} MiB",
        ),
    ]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print a table."""
    given = options("Measure what `hvae merge` takes.", SIZES, arguments)
    report(measure(*SIZES[given.size]), ("pyarrow", "msgspec"), given.json)


if __name__ == "__main__":
    main()
