"""The card says what is there: entries, configs, example rows."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from hvae_bench import load_catalog
from hvae_bench.catalogue.entry_file import KINDS
from hvae_bench.dialogue.render import Shown
from hvae_bench.hub.build import CONFIGS
from hvae_bench.hub.card import ENTRIES
from hvae_bench.subjects.agents import make_agent

from .test_build import built, rows

__all__ = ["built"]

ROOT = Path(__file__).resolve().parent.parent
CARD = (ROOT / "DATASET_CARD.md").read_text("utf-8")
EXAMPLES = re.findall(r"^### (\w+)\n.*?^```json\n(.*?)^```$", CARD, re.M | re.S)


@pytest.mark.parametrize("kind", KINDS)
def test_every_entry_is_listed(built: Path, kind: str) -> None:
    (listed,) = re.findall(rf"^\| {kind} \| (.*) \|$", (built / "README.md").read_text("utf-8"), re.M)
    assert listed.split(", ") == sorted(getattr(load_catalog(), kind))


def test_every_config_is_described_with_an_example() -> None:
    assert [name for name, _ in EXAMPLES] == list(CONFIGS)


def shows(shown: Any, actual: Any) -> bool:
    """Whether a shortened example stands for what is there."""
    if isinstance(shown, dict) and isinstance(actual, dict):
        return all(name in actual and shows(inner, actual[name]) for name, inner in shown.items())
    if isinstance(shown, list) and isinstance(actual, list):
        if shown and shown[-1] == "…":
            shown, actual = shown[:-1], actual[: len(shown) - 1]
        return len(shown) == len(actual) and all(map(shows, shown, actual))
    if isinstance(shown, str) and shown.endswith("…"):
        return isinstance(actual, str) and actual.startswith(shown[:-1])
    return bool(shown == actual)


@pytest.mark.parametrize(("config", "text"), EXAMPLES)
def test_an_example_is_a_row(built: Path, config: str, text: str) -> None:
    example = json.loads(text)
    (row,) = [row for row in rows(built, config) if row["id"] == example["id"]]
    assert shows(example, row)


def test_chance_and_ceiling_of_the_questions_are_told(built: Path) -> None:
    found = rows(built, "questions")
    values = sorted({row["value"] for row in found})
    assert re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", CARD, re.M) == [
        (value, str(len({(row["game"], row["item"]) for row in of})), str(len(of)), chance(of), ceiling(of))
        for value in values
        for of in [[row for row in found if row["value"] == value]]
    ]
    assert f"Guessing scores {chance(found)}, the *chance*." in CARD
    assert f"where guessing scores {chance(found)}." in CARD
    assert f"scores {ceiling(found)}, the *ceiling*." in CARD
    first = found[: len({(row["value"], row["game"], row["item"]) for row in found})]
    assert f"The first {len(first)} rows" in CARD
    assert f"`--limit {len(first)}`. Chance is {chance(first)} there," in CARD


def chance(found: list[dict[str, Any]]) -> str:
    return f"{sum(1 / len(row['labels']) for row in found) / len(found):.3f}"


def ceiling(found: list[dict[str, Any]]) -> str:
    """What the reference agent of each value scores."""
    return f"{sum(follower(row) == row['answer'] for row in found) / len(found):.3f}"


def follower(row: dict[str, Any]) -> str:
    """The label that the reference agent of a value answers."""
    catalog = load_catalog()
    (item,) = [item for item in catalog.games[row["game"]].items if item.id == row["item"]]
    options = item.options[row["rotation"] :] + item.options[: row["rotation"]]
    shown = [Shown(label, option.id, option.payoffs, "") for label, option in zip(row["labels"], options, strict=True)]
    return make_agent(row["value"], {}, catalog)(shown, random.Random(0))


def test_the_version_has_a_line() -> None:
    assert f"| {load_catalog().version} |" in CARD


def test_the_published_card_holds_these_words_under_what_the_hub_reads(built: Path) -> None:
    text = (built / "README.md").read_text("utf-8")
    assert text.startswith("---\n")
    before, after = CARD.split(ENTRIES)
    assert before in text
    assert text.endswith(after)


def test_links_lead_somewhere_in_the_published_folder_too(built: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", CARD):
        assert "://" in target or (built / target).exists(), target
