"""Imports: what starting costs, in fresh processes; see the section of the same name in README.md."""

import subprocess
import sys
import time
from statistics import median

RUNS = 9
CLOCKED = "import time; begun = time.perf_counter(); {}; print(time.perf_counter() - begun)"
WORK = {
    "import of Inspect": "import inspect_ai",
    "import of Inspect and the registry": "import inspect_ai, hvae_bench._registry",
    "loading the embedded catalogue": "load_catalog()",
}
COMMANDS = {"hvae --help": ["--help"], "hvae list": ["list"]}


def inside(work: str) -> float:
    """Seconds that some work takes in a process of its own, without the start of Python."""
    before = "from hvae_bench import load_catalog; " if "load_catalog" in work else ""
    told = subprocess.run(
        [sys.executable, "-c", before + CLOCKED.format(work)], check=True, capture_output=True, text=True
    )
    return float(told.stdout)


def whole(arguments: list[str]) -> float:
    """Seconds that a command takes from its start to its end."""
    begun = time.perf_counter()
    code = "from hvae_bench.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True)
    return time.perf_counter() - begun


def main() -> None:
    """Print the medians in milliseconds; what is compared is measured in turns."""
    seconds: dict[str, list[float]] = {}
    for _ in range(RUNS):
        for name, work in WORK.items():
            seconds.setdefault(name, []).append(inside(work))
        for name, arguments in COMMANDS.items():
            seconds.setdefault(name, []).append(whole(arguments))
    for name, measured in seconds.items():
        print(f"{name}: {1000 * median(measured):.0f} ms")
    alone, both = (median(seconds[name]) for name in list(WORK)[:2])
    print(f"what the registry adds: {1000 * (both - alone):.0f} ms")


if __name__ == "__main__":
    main()
