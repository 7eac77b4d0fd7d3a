"""Runs in every state that a page has to show."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from simulation import agent_model, simulate

from hvae_bench.analysis import load, studies
from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.dialogue.render import Question
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.log.runs import Run
from hvae_bench.subjects.agents import Agent, ideal, uniform

from .conftest import MODELS, refusing_half, says

SUBJECTS = Path(__file__).parents[1] / "data" / "subjects"

SYSTEMS = ("svo", "distribution", "moral-circle", "candour", "risk", "time")


def refusing(value: str, question: Question, draw: random.Random) -> str:
    return "I'm sorry, but I can't choose for other people."


def errs(error: float) -> Callable[[DialogueScript], Agent]:
    """Follows its value in any value system, but for a share of random choices."""

    def make(script: DialogueScript) -> Agent:
        follow = ideal(script.target.motives) if script.target.motives else uniform
        return lambda options, draw: (uniform if draw.random() < error else follow)(options, draw)

    return make


def several(catalog: Catalog, scenario: str, count: int, epochs: int = 2) -> list[Run]:
    return [
        simulate(catalog, scenario, f"maker/model-{place}-instruct", agent_model(errs(place / 8)), epochs=epochs)
        for place in range(count)
    ]


def real(catalog: Catalog) -> Sequence[Run]:
    return studies(load(sorted(SUBJECTS.glob("*.gz"))))


def broken_off(catalog: Catalog) -> Sequence[Run]:
    whole = simulate(catalog, "slider", "maker/model", says(MODELS["follows all"]), epochs=2)
    return [
        replace(whole, records=whole.records[:29], status="started"),
        replace(whole, name="late", records=[], status="started"),
    ]


def refuses(catalog: Catalog) -> Sequence[Run]:
    models = {"follower": MODELS["follows all"], "refuses half": refusing_half, "refuses all": refusing}
    return [simulate(catalog, "standard", name, says(choose), epochs=2) for name, choose in models.items()]


def one_target(catalog: Catalog) -> Sequence[Run]:
    (run,) = several(catalog, "paper", 1)
    kept = [
        record.model_copy(update={"run": record.run.model_copy(update={"core_values": ("prosocial",)})})
        for record in run.records
        if record.target.id == "prosocial"
    ]
    cells = {record.dialogue.sample_id: 2 for record in kept}
    return [replace(run, records=kept, planned=cells)]


def systems_of_eight(catalog: Catalog) -> Sequence[Run]:
    runs = several(catalog, "systems", 2)
    return [replace(runs[place % 2], name=f"maker/model-{place}-instruct") for place in range(8)]


STATES: Mapping[str, Callable[[Catalog], Sequence[Run]]] = {
    "three real models": real,
    "one model": lambda catalog: several(catalog, "slider", 1),
    "eight models": lambda catalog: several(catalog, "standard", 8),
    "refusing": refuses,
    "refusing alone": lambda catalog: refuses(catalog)[2:],
    "broken off": broken_off,
    "one target": one_target,
    "core": lambda catalog: several(catalog, "core", 2),
    "dose-response": lambda catalog: several(catalog, "dose-response", 2),
    "several systems": lambda catalog: several(catalog, "systems", 1),
    "eight models, several systems": systems_of_eight,
}

Shown = Callable[[str], tuple[Path, Sequence[Run]]]
"""Gives the page of a state and its runs."""
