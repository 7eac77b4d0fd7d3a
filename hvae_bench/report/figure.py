"""Figure: what is drawn, as data: marks and scales for Observable Plot, words for those who do not see it, and numbers.

The page draws it in the reader's browser, in the width and the colours that it has there, and saves it as SVG or PNG.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hvae_bench.report.subject import Subject
from hvae_bench.report.table import Table

Mark = tuple[str, Sequence[Any] | None, Mapping[str, Any]]
"""Name of a mark of Observable Plot, its rows (None if it takes none, as `frame` does), and its options."""

COLOURS = tuple(f"var(--model-{number})" for number in range(1, 9))
"""Colours of models, in their order; the page knows them in the light and in the dark."""

SYMBOLS = ("circle", "square", "triangle", "diamond", "star", "wye", "cross", "hexagon")
"""Shapes that tell models apart without colours."""

INK, PAPER, RULE, ACCENT = "var(--ink)", "var(--paper)", "var(--rule)", "var(--accent)"
"""Text, what it stands on, lines of the grid, and what is drawn for comparison: ideal, chance, the deaf ceiling."""

MOST_WORDS = 1500
"""Characters of a text that stands for a figure."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot of a figure.

    Attributes:
        marks: what is drawn, the first at the bottom.
        options: those of `Plot.plot` but for marks and width, which is the reader's.
        narrow: options that replace these where the panel is narrower than 480 pixels.
        title: what tells this panel from the others of the figure; "" for a single one.
        group: panels of one group are folded under this heading, of which the first is open; "" if they are not.
    """

    marks: Sequence[Mark]
    options: Mapping[str, Any] = field(default_factory=dict)
    narrow: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of all models.

    Attributes:
        key: its id on the page, and the name of its files.
        title: what it shows, a few words.
        caption: how to read it, a sentence or two.
        alt: what it shows for people who do not see it, with the numbers that matter.
        panels: its plots.
        tables: its numbers.
        panel_width: the least width of a panel in pixels at which another one stands beside it.
        panel_most: its largest width in pixels.
        models: names of the models in their order, as the legend lists them; empty if it needs none.
        lead: whether it belongs on the first screen, where the first two such figures stand.
    """

    key: str
    title: str
    caption: str
    alt: str
    panels: Sequence[Panel]
    tables: Sequence[Table] = ()
    panel_width: int = 560
    panel_most: int = 1120
    models: Sequence[str] = ()
    lead: bool = False

    @property
    def in_words(self) -> str:
        """What it shows, as long as somebody wants to listen to it."""
        if len(self.alt) <= MOST_WORDS:
            return self.alt
        begins = self.alt[:MOST_WORDS]
        end = max(begins.rfind(". "), begins.rfind("; "), begins.rfind(", "))
        return f"{begins[:end]}. All numbers are in the table."

    @property
    def groups(self) -> dict[str, list[tuple[int, Panel]]]:
        """The panels by group, each with its place among all."""
        found: dict[str, list[tuple[int, Panel]]] = {}
        for place, panel in enumerate(self.panels):
            found.setdefault(panel.group, []).append((place, panel))
        return found


def by_system(subjects: Iterable[Subject]) -> dict[str, list[Subject]]:
    """The subjects of each value system."""
    found: dict[str, list[Subject]] = {}
    for one in subjects:
        found.setdefault(one.system, []).append(one)
    return found


def look_of(models: Sequence[str]) -> dict[str, Any]:
    """Options of a panel by which each of up to 64 models has its own colour and shape, the same in every figure."""
    places = range(len(models))
    return {
        "color": {"domain": list(models), "range": [COLOURS[place % 8] for place in places]},
        "symbol": {"domain": list(models), "range": [SYMBOLS[(place + place // 8) % 8] for place in places]},
    }
