"""Pictures: figures of the report, saved as its page saves them, for the pages of the documentation.

Make them anew with `python benchmarks/pictures.py docs/images`; it needs Chromium.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from simulation import Respond, agent_model, simulate

from hvae_bench.catalogue.catalog import Catalog, load_catalog
from hvae_bench.dialogue.described import TemplateRecord
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.log.runs import Run, load
from hvae_bench.report import write_report
from hvae_bench.scorers import LinearMotive, MaximinMotive
from hvae_bench.subjects.agents import Agent, ideal, refuser, uniform

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCENARIO = "slider"
EPOCHS = 5
SUBJECTS = Path(__file__).parents[1] / "tests" / "data" / "subjects"
"""The logs of the three real models that docs/findings/can_and_will.md is about."""
REAL = ("as it is", "taught to read", "taught four words")
"""What that page calls them."""
STUBBORN_MOTIVE = LinearMotive(kind="linear", utility_angle_deg=45)
"""The joint gain, which the stubborn model follows whatever it is told."""
FAIR_MOTIVE = MaximinMotive(kind="maximin")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def model_runs(catalog: Catalog, epochs: int = EPOCHS) -> dict[str, Run]:
    """The runs of the four models of docs/reading_the_numbers.md, by name."""
    models: dict[str, Respond] = {
        "ideal": agent_model(_following(lambda template: True)),
        "uniform": agent_model(lambda script: uniform),
        "stubborn": agent_model(lambda script: ideal([STUBBORN_MOTIVE])),
        "refusing": agent_model(lambda script: refuser),
    }
    return {name: simulate(catalog, SCENARIO, name, respond, epochs=epochs) for name, respond in models.items()}


def agent_runs(catalog: Catalog) -> list[Run]:
    """Agents whose place is known: those of docs/agents.md, which hear of a value what they are named by."""
    agents: dict[str, Callable[[DialogueScript], Agent]] = {
        "obedient": _following(lambda template: True),
        "rule-blind": _following(lambda template: template.induction != "none"),
        "value-blind": _following(lambda template: template.goal == "rule"),
        "always fair": lambda script: ideal([FAIR_MOTIVE]),
        "guessing": lambda script: uniform,
    }
    return [simulate(catalog, "can-and-will", name, agent_model(make), epochs=2) for name, make in agents.items()]


def _following(heard: Callable[[TemplateRecord], bool]) -> Callable[[DialogueScript], Agent]:
    """Ideal for whatever value is given by a template that is heard; uniform else."""
    return lambda script: ideal(script.target.motives) if script.target.motives and heard(script.template) else uniform


def real_runs() -> list[Run]:
    """The studies of the three real models, in the order of the page."""
    names = ("qwen2.5-coder-1.5b", "qwen2.5-coder-1.5b-reads", "qwen2.5-coder-1.5b-four-values")
    return [run for name in names for run in load(SUBJECTS / f"{name}.rationality.jsonl.gz")]


def picture_files(catalog: Catalog, browser: Browser) -> dict[str, str]:
    """The pictures by file name."""
    models = {name: run for name, run in model_runs(catalog).items() if run.analysis.comparable}
    files = {
        f"{name}-{key}.svg": svg
        for name, run in models.items()
        for key, svg in _figures([run], ("radar", "ring"), browser).items()
    }
    real = [replace(run, name=name) for run, name in zip(real_runs(), REAL, strict=True)]
    beside = _figures([*real, *agent_runs(catalog)], ("can-and-will",), browser)
    return files | {f"{key}.svg": svg for key, svg in beside.items()}


def _figures(runs: Sequence[Run], keys: Sequence[str], browser: Browser) -> Mapping[str, str]:
    """The figures with these keys as the page of some runs saves them."""
    with TemporaryDirectory() as folder:
        tab = browser.new_page()
        tab.goto((write_report(runs, Path(folder) / "report")).as_uri())
        there = tab.wait_for_function("globalThis.hvae?.keys").json_value()
        found = {key: tab.evaluate("(key) => hvae.svg(key)", key) for key in keys if key in there}
        tab.close()
    return found


def main() -> None:
    """Write the pictures into the folder that the command line names."""
    from playwright.sync_api import sync_playwright

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, content in picture_files(load_catalog(), browser).items():
            (folder / name).write_text(f"{content}\n", encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
