"""What a run of many dialogues takes in memory and on disk, and how both grow: `python benchmarks/growth.py`.

Needs no key and no network. Whole dialogues of scenario `paper` tell what a thousand of them take; dialogues of a
single question, with which a hundred thousand are run within the hour, tell how it grows. Each run is a fresh process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from figure import Figure, options, report

__all__ = ["SIZES", "main", "measure"]


@dataclass(frozen=True, slots=True)
class Size:
    """Dialogues of each kind in each run, the fewest first."""

    whole: tuple[int, ...]
    short: tuple[int, ...]


SIZES = {
    "full": Size(whole=(1_000, 10_000), short=(1_000, 10_000, 100_000)),
    "toy": Size(whole=(8,), short=(8, 16)),
}

KINDS = {
    "whole": {"scenario": "paper", "templates": "goal-prompting"},
    "short": {"scenario": "paper", "templates": "no-goal", "games": "prisoners-dilemma"},
}
"""Arguments of the task, four cells each. The short kind asks one question without more."""

RUN = """
import json, os, resource, sys, time
from pathlib import Path
from inspect_ai import eval
from hvae_bench import hvae_bench
from hvae_bench.log.export import rationality_path
import run  # the provider that answers at once
arguments, dialogues, folder = json.loads(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
task = hvae_bench(**arguments)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
(log,) = eval(task, model="hvae-benchmark/instant", epochs=dialogues // 4, log_dir=folder, display="none")
seconds = time.perf_counter() - began
assert log.status == "success", log.error
path = Path(log.location)
rationality = rationality_path(path)
with rationality.open() as lines:
    assert sum(1 for _ in lines) == dialogues
print("FIGURES " + json.dumps({
    "before": before / 1024,
    "most": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "log": path.stat().st_size / 2**20,
    "rationality": rationality.stat().st_size / 2**20,
    "seconds": seconds,
}))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: MiB of memory before it and at most, MiB of both logs, seconds."""

    dialogues: int
    before: float
    most: float
    log: float
    rationality: float
    seconds: float

    @property
    def grown(self) -> float:
        """MiB of memory that the run took."""
        return self.most - self.before


def run_once(kind: str, dialogues: int) -> Run:
    """Run so many dialogues in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", RUN, json.dumps(KINDS[kind]), str(dialogues), folder]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("FIGURES ")]
    return Run(dialogues, **json.loads(line.removeprefix("FIGURES ")))


def measure(size: Size) -> Iterator[Figure]:
    """Every figure, from one run of each kind and size."""
    for kind, told, counts in (
        ("whole", "whole dialogues (nine calls)", size.whole),
        ("short", "dialogues of one question", size.short),
    ):
        runs = []
        for dialogues in counts:
            runs.append(one := run_once(kind, dialogues))
            print(f"{one}", file=sys.stderr, flush=True)
        first = runs[0]
        thousands = first.dialogues / 1000
        yield Figure(
            f"Inspect log for 1,000 {told} (MiB)",
            first.log / thousands,
            "",
            True,
            f"from {first.dialogues:,}; rationality log {first.rationality / thousands:.2f} MiB, uncompressed",
        )
        yield Figure(
            f"memory that {first.dialogues:,} {told} take (MiB)",
            first.grown,
            "",
            True,
            f"from {first.before:.0f} to {first.most:.0f} MiB",
        )
        for before, after in pairwise(runs):
            times = after.dialogues / before.dialogues
            step = f"{before.dialogues:,} to {after.dialogues:,} {told}"
            yield Figure(
                f"growth of both logs / growth of the dialogues, {step}",
                (after.log + after.rationality) / (before.log + before.rationality) / times,
                "",
                True,
                f"{before.log + before.rationality:.1f} and {after.log + after.rationality:.1f} MiB; 1 is linear",
            )
            yield Figure(
                f"KiB of memory for each further dialogue, {step}",
                1024 * (after.most - before.most) / (after.dialogues - before.dialogues),
                "",
                True,
                f"at most {before.most:.0f} and {after.most:.0f} MiB; {after.dialogues / after.seconds:.0f} dialogues "
                "a second",
            )


def main(arguments: list[str] | None = None) -> None:
    """Measure and print a table."""
    given = options("Measure memory and logs of runs of many dialogues.", SIZES, arguments)
    report(measure(SIZES[given.size]), ("inspect-ai",), given.json)


if __name__ == "__main__":
    main()
