"""A language that nobody speaks: English with each letter of ASCII as one of another script, in a single file."""

from __future__ import annotations

import re
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import yaml

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.catalogue.fit import outcomes_of, phrases_of, situations_of, together_of

__all__ = ["MADE_UP", "made_up", "made_up_content", "write_made_up"]

MADE_UP = "qaa"
"""Its tag, which BCP 47 keeps for private use, and the id of its wording."""

_LETTERS = str.maketrans(
    {letter: chr(0x10D0 + place) for place, letter in enumerate(ascii_lowercase)}
    | {letter.upper(): chr(0x10D0 + place) for place, letter in enumerate(ascii_lowercase)}
)


def made_up(text: str) -> str:
    """A text in that language; what stands in braces stays."""
    return "".join(part if part[:1] == "{" else part.translate(_LETTERS) for part in re.split(r"(\{\w+\})", text))


def made_up_content(catalog: Catalog) -> dict[str, Any]:
    """The whole wording, with words for everything in a catalogue."""
    english = catalog.wordings["en"]
    own = english.model_dump(
        mode="json",
        exclude_none=True,
        include={"join", "option_line", "units", "counterparts", "other_words", "ordinals", "reading", "sentences"},
    )
    words = ("label", "induction_label", "definition", "goal", "rule")
    content = _each(
        {
            **own,
            "outcomes": {id_: outcomes_of(system, english) for id_, system in catalog.systems.items()},
            "together": {
                id_: phrase
                for id_, system in catalog.systems.items()
                if (phrase := together_of(system, english)) is not None
            },
            "phrases": {id_: phrases_of(system, english) for id_, system in catalog.systems.items()},
            "values": {
                id_: {name: text for name in words if (text := getattr(value, name))}
                for id_, value in catalog.values.items()
            },
            "situations": {
                id_: {"items": told} for id_, game in catalog.games.items() if (told := situations_of(game, english))
            },
        }
    )
    assert isinstance(content, dict)
    entry = {"id": MADE_UP, "title": "Made up", "source": "Made of en, letter by letter.", "language": MADE_UP}
    return {**entry, **content}


def write_made_up(folder: Path, catalog: Catalog) -> Path:
    """Write that wording into a folder of entries of its own; returns the folder."""
    (folder / "wordings").mkdir(parents=True)
    text = yaml.safe_dump(made_up_content(catalog), allow_unicode=True, sort_keys=False, width=110)
    (folder / "wordings" / f"{MADE_UP}.yaml").write_text(text, encoding="utf-8")
    return folder


def _each(content: Any) -> Any:
    if isinstance(content, str):
        return made_up(content)
    if isinstance(content, dict):
        return {name: _each(inner) for name, inner in content.items()}
    return [_each(inner) for inner in content]
