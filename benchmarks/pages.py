"""Pages: what the report of many dialogues costs to write and to open; see "A page of many dialogues" in README.md."""

from __future__ import annotations

import random
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from figure import Figure, options, report
from simulation import simulate

from hvae_bench import load_catalog
from hvae_bench.dialogue.render import Question
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.log.runs import Run
from hvae_bench.report import write_report
from hvae_bench.report.dialogues import address_of, write_dialogues
from hvae_bench.report.subject import subjects_of

SIZES = {"full": 13, "toy": 1}
"""Dialogues of each cell of `standard`, for each of ten models: 9,880 and 760."""

MODELS = 10
OPENINGS = 5
WORDS = "I want to choose what serves the other person and me best by my value as far as I can"
KIB = 1024


def says(script: DialogueScript, question: Question | None, draw: random.Random) -> str:
    """Chooses at random, and says something else every time."""
    return " ".join(draw.choices(WORDS.split(), k=25)) if question is None else draw.choice(question.shown).label


def simulated(epochs: int) -> list[Run]:
    """Runs of ten models."""
    catalog = load_catalog()
    return [simulate(catalog, "standard", f"model-{seed}", says, epochs=epochs, seed=seed) for seed in range(MODELS)]


def written(runs: Sequence[Run], folder: Path) -> Iterator[Figure]:
    """What writing takes, and how large it becomes."""
    dialogues = sum(len(run.records) for run in runs)
    subjects = subjects_of(runs)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    folder.mkdir()
    write_dialogues(subjects, folder)
    taken = time.perf_counter() - begun
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    shutil.rmtree(folder)
    yield Figure("seconds to write the dialogues", taken, "", True, f"{dialogues:,} dialogues, decisions.csv with them")
    yield Figure("memory for it beside that of the dialogues (MiB)", more / KIB, "", True, "")
    begun = time.perf_counter()
    page = write_report(runs, folder)
    taken = time.perf_counter() - begun
    yield Figure("seconds to write the whole report", taken, "", True, "estimates and figures with it")
    sizes = {path.name: path.stat().st_size / KIB for path in folder.rglob("*.*")}
    blocks = [size for name, size in sizes.items() if name[0].isdigit()]
    yield Figure("the page (KiB)", sizes[page.name], "at most 1024", sizes[page.name] <= KIB, "")
    yield Figure("the index of the dialogues (KiB)", sizes["index.js"], "", True, "")
    told = f"{len(blocks)} files, the largest of {max(blocks):.0f} KiB"
    yield Figure("the dialogues (KiB)", sum(blocks), "", True, told)


def opened(page: Path, address: str) -> Iterator[Figure]:
    """What opening it in Chromium takes, from disk."""
    from playwright.sync_api import sync_playwright

    awaited = {
        "to its first figure": ("", ".panel svg"),
        "at the dialogues to their list": ("#dialogues", "#dialogues-list li"),
        "with an address to its dialogue": (f"#dialogue={address}", "#dialogues-content h3"),
    }
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    taken: dict[str, list[float]] = {}
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(OPENINGS):
            for name, (fragment, what) in awaited.items():
                visit = browser.new_page()
                visit.goto(page.as_uri() + fragment, wait_until="commit")
                visit.locator(what).first.wait_for()
                taken.setdefault(name, []).append(visit.evaluate("performance.now()") / 1000)
                visit.close()
        browser.close()
    for name, seconds in taken.items():
        told = f"median of {OPENINGS} ({min(seconds):.2f} to {max(seconds):.2f} s)"
        yield Figure(f"seconds from opening the page {name}", median(seconds), "below 1", median(seconds) < 1, told)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    chosen = options("What the report of many dialogues costs to write and to open.", SIZES, arguments)
    runs = simulated(SIZES[chosen.size])

    def figures() -> Iterator[Figure]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "report"
            yield from written(runs, folder)
            yield from opened(folder / "index.html", address_of(runs[-1].records[-1]))

    report(figures(), ["playwright"], chosen.json)


if __name__ == "__main__":
    main()
