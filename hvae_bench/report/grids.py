"""Grids: what was chosen of each item under each target, and each target scored as every other, as coloured cells."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hvae_bench.dialogue.described import GameRecord
from hvae_bench.report.figure import Drawing, draw
from hvae_bench.report.subject import Subject
from hvae_bench.report.table import Field
from hvae_bench.scorers import Motive, PayoffTable
from hvae_bench.scorers.calibration import rate_items
from hvae_bench.text.number import number

Floats = NDArray[np.float64]

MAX_NUMBERS = 8
"""In a larger matrix numbers would not be legible; they are in the table."""
OPTIONS_IN_A_LINE = 27
"""Panels stand in one line until they hold so many options."""


def matrix(subject: Subject) -> Iterator[Drawing]:
    """Each target's dialogues scored as every target, beside the same of the ideal followers; none if there is none."""
    found = subject.run.analysis.discriminant
    if found.reason is not None or not found.targets:
        return
    names = list(found.targets)
    own = np.array([[found.estimates[one][other].mean for other in names] for one in names])
    ideal = np.array([[found.ideal[one][other] for other in names] for one in names])
    diagonal = ", ".join(f"{name} {number(own[place, place])}" for place, name in enumerate(names))

    def paint(figure: Figure) -> None:
        left, right = figure.subplots(1, 2, sharey=True)
        for axes, values, title, gid in ((left, own, "this model", "own"), (right, ideal, "ideal followers", "ideal")):
            _paint_grid(axes, values, (-1.0, 1.0), "PuOr", numbers=len(names) <= MAX_NUMBERS, gid=gid)
            axes.set_title(title)
            axes.set_xticks(np.arange(len(names)) + 0.5, labels=names, rotation=45, ha="right")
            axes.set_xlabel("scored as")
        left.set_yticks(np.arange(len(names)) + 0.5, labels=names)
        left.set_ylabel("induced")

    side = max(2.4, 0.55 * len(names))
    yield draw(
        f"matrix-{subject.key}",
        "matrix",
        f"Value rationality by induced target and target scored as: {subject.name}",
        f"Two matrices, this model beside the ideal followers. Each target scored as itself: {diagonal}. "
        f"Share of targets that score highest as themselves: {number(found.own_is_highest)}.",
        (2 * side + 2.0, side + 1.2),
        paint,
    )


def _paint_grid(
    axes: Axes, values: Floats, limits: tuple[float, float], colours: str, *, numbers: bool, gid: str
) -> None:
    """Paint numbers as coloured cells, the first row on top, printed into them if asked; NaN stays empty."""
    low, high = limits
    mesh = axes.pcolormesh(values, cmap=colours, vmin=low, vmax=high, edgecolors="#ffffff", linewidth=0.6)
    mesh.set_gid(gid)
    axes.set_ylim(len(values), 0)  # not by inverting, which panels that share the axis would do twice
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    colour_of = colormaps[colours]
    for (row, column), value in np.ndenumerate(values) if numbers else ():
        if not np.isnan(value):
            red, green, blue, _ = colour_of(min(1.0, max(0.0, (value - low) / (high - low))))
            dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.45
            ink = "#ffffff" if dark else "#000000"
            axes.text(column + 0.5, row + 0.5, number(float(value)), ha="center", va="center", color=ink, fontsize=8)


@lru_cache(maxsize=4096)
def ideal_options(table: PayoffTable, motive: Motive) -> tuple[tuple[int, ...] | None, ...]:
    """For each item the places of the options that are ideal for a motive; None where the item does not inform."""
    (rated,) = rate_items(table, (motive,))
    return tuple(tuple(np.flatnonzero(one.ideal).tolist()) if one.informative else None for one in rated)


def _counts(subject: Subject, game: GameRecord) -> dict[str, Counter[tuple[str, str]]]:
    """For each target asked on a game, how often each option of each item was chosen in complete dialogues."""
    counts: dict[str, Counter[tuple[str, str]]] = {}
    for record in subject.valued:
        if record.game.id == game.id and not record.measures.incomplete:
            chosen = [(one.item_id, one.option_id) for one in record.decisions if one.option_id is not None]
            counts.setdefault(record.target.id, Counter()).update(chosen)
    return {target: counts[target] for target in subject.targets if target in counts}


def choice_rows(subjects: Sequence[Subject]) -> Iterator[dict[str, Field]]:
    """The counts of all runs for a CSV file, a row for each option; beside no value the share of people, if known."""
    for subject in subjects:
        for game in subject.games.values():
            for target, counts in _counts(subject, game).items():
                people = _people(subject, game, target)
                for item in game.items:
                    total = sum(counts[item.id, option.id] for option in item.options)
                    for option in item.options:
                        chosen = counts[item.id, option.id]
                        share = chosen / total if total else None
                        of = {"run": subject.name, "game": game.id, "target": target}
                        of |= {"item": item.id, "option": option.id}
                        yield {**of, "chosen": chosen, "share": share, "people": people.get(item.id, {}).get(option.id)}


def _people(subject: Subject, game: GameRecord, target: str) -> Mapping[str, Mapping[str, float]]:
    """By item and option the share of people who chose it, for a target that is no value, where the game has norms."""
    return game.norms.shares if game.norms is not None and not subject.run.design.targets[target].motives else {}


def choice_maps(subject: Subject) -> Iterator[Drawing]:
    """One map for each game of the run."""
    for game in subject.games.values():
        counts = _counts(subject, game)
        if counts:
            yield _choice_map(subject, game, counts)


def _choice_map(subject: Subject, game: GameRecord, counts: dict[str, Counter[tuple[str, str]]]) -> Drawing:
    widest = max(len(item.options) for item in game.items)
    people = next(filter(None, (_people(subject, game, target) for target in counts)), None)
    names = [*counts, *(["people, no value asked"] if people else [])]
    columns = max(1, min(len(game.items), OPTIONS_IN_A_LINE // widest))
    lines = -(-len(game.items) // columns)
    table = subject.run.design.games[game.id]
    motives = [subject.run.design.targets[target].motives for target in counts]
    ideal = [[ideal_options(table, motive) for motive in some] for some in motives]

    def paint(figure: Figure) -> None:
        panels = figure.subplots(lines, columns, squeeze=False, sharey=True).ravel()
        for axes in panels[len(game.items) :]:
            axes.set_visible(False)
        for place, (item, axes) in enumerate(zip(game.items, panels, strict=False)):
            chosen = np.array([[own[item.id, option.id] for option in item.options] for own in counts.values()])
            totals = chosen.sum(axis=1, keepdims=True)
            shares = np.where(totals, chosen / np.maximum(totals, 1), np.nan)
            if people:
                known = people.get(item.id, {})
                shares = np.vstack([shares, [known.get(option.id, np.nan) for option in item.options]])
            _paint_grid(axes, shares, (0.0, 1.0), "cividis", numbers=False, gid=f"choices-{item.id}")
            dots = [
                (column + 0.5, row + 0.5)
                for row, best in enumerate(ideal)
                for column in sorted({one for of_motive in best for one in of_motive[place] or ()})
            ]
            if dots:
                axes.scatter(*np.transpose(dots), s=12, color="#ffffff", edgecolor="#000000", gid=f"ideal-{item.id}")
            axes.set_title(item.id, fontsize=8)
            axes.set_xticks(np.arange(len(item.options)) + 0.5, labels=[one.id for one in item.options], fontsize=6)
            if max(len(one.id) for one in item.options) > 3:
                axes.tick_params(axis="x", labelrotation=60)
            axes.set_yticks(np.arange(len(names)) + 0.5, labels=names, fontsize=7)

    told = f". People: {game.norms.source}" if people and game.norms is not None else ""
    most = ", ".join(f"{target} {_most(game, own)}" for target, own in counts.items())
    return draw(
        f"choices-{subject.key}-{game.id}",
        "choices",
        f"Choices on {game.id}: {subject.name}. Brighter is chosen more often; dots mark the ideal options{told}",
        f"A panel for each item, a row for each target, a column for each option, the share chosen as brightness. "
        f"Most frequent options in the order of the items: {most}.",
        (max(4.5, 2.6 * columns if widest > 3 else 1.1 * columns + 1.2), lines * (0.6 + 0.2 * len(names)) + 0.4),
        paint,
    )


def _most(game: GameRecord, counts: Counter[tuple[str, str]]) -> str:
    of_items = [{option.id: counts[item.id, option.id] for option in item.options} for item in game.items]
    return " ".join(max(chosen, key=chosen.__getitem__) if any(chosen.values()) else "-" for chosen in of_items)
