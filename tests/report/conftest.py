"""Simulated models of known truth, and what they are made of."""

from __future__ import annotations

import base64
import json
import random
import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from simulation import Respond, simulate

from hvae_bench import load_catalog
from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.dialogue.render import Question
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.log.runs import Run
from hvae_bench.report import write_report

if TYPE_CHECKING:
    from .states import Shown

# What each value wants most, as a person would write it down; independent of the motives in the data.
WANTS: dict[str, Callable[[float, float], float]] = {
    "altruistic": lambda own, other: other,
    "prosocial": lambda own, other: min(own, other),
    "individualistic": lambda own, other: own,
    "competitive": lambda own, other: own - other,
}
NEUTRAL = {"prosocial", "individualistic"}

Choose = Callable[[str, Question, random.Random], str]


def best(want: Callable[[float, float], float], question: Question) -> str:
    """Label of the first option that is best."""
    return max(question.shown, key=lambda option: want(*option.payoffs)).label


def follower(error_of: Callable[[str], float]) -> Choose:
    """Follows its value, but for a share of random choices; chooses at random without a value."""

    def choose(value: str, question: Question, draw: random.Random) -> str:
        if value in WANTS and draw.random() >= error_of(value):
            return best(WANTS[value], question)
        return draw.choice(question.shown).label

    return choose


def selfish(value: str, question: Question, draw: random.Random) -> str:
    return best(WANTS["individualistic"], question) if draw.random() >= 0.1 else draw.choice(question.shown).label


def refusing_half(value: str, question: Question, draw: random.Random) -> str:
    if draw.random() < 0.5:
        return "I'm sorry, but I can't choose for other people."
    return follower(lambda value: 0.05)(value, question, draw)


MODELS: dict[str, Choose] = {
    "follows all": follower(lambda value: 0.05),
    "ignores its value": selfish,
    "follows neutral values better": follower(lambda value: 0.1 if value in NEUTRAL else 0.4),
    "refuses half": refusing_half,
    "one label only": lambda value, question, draw: question.shown[0].label,
}


def says(choose: Choose, goal: str = "I will keep to my value.") -> Respond:
    def respond(script: DialogueScript, question: Question | None, draw: random.Random) -> str:
        return goal if question is None else choose(script.target.id, question, draw)

    return respond


def read_file(file: Path) -> dict[str, Any]:
    """What a file of a report's dialogues holds; it is one call with two texts, and nothing else."""
    found = re.fullmatch(r'hvaeDialogues\("(\w+)","([A-Za-z0-9+/=]+)"\)\n', file.read_text(encoding="ascii"))
    assert found is not None
    assert found[1] == file.stem
    content: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(found[2])))
    return content


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="session")
def small_runs(catalog: Catalog) -> Sequence[Run]:
    """A follower and a model that refuses half, few dialogues each."""
    return [
        simulate(catalog, "slider", "follower", says(MODELS["follows neutral values better"]), epochs=2),
        simulate(catalog, "slider", "refuser", says(MODELS["refuses half"]), epochs=2, seed=1),
    ]


@pytest.fixture(scope="session")
def shown(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """The page of a state, written once, and its runs."""
    from .states import STATES

    written: dict[str, tuple[Path, Sequence[Run]]] = {}

    def show(state: str) -> tuple[Path, Sequence[Run]]:
        if state not in written:
            runs = STATES[state](catalog)
            written[state] = write_report(runs, tmp_path_factory.mktemp("state") / "report"), runs
        return written[state]

    return show
