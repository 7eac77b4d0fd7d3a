"""Choices: which options were chosen of each item, under each target."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hvae_bench.dialogue.described import GameRecord
from hvae_bench.report.figure import Drawing, draw
from hvae_bench.report.matrix import paint_grid
from hvae_bench.report.subject import Subject
from hvae_bench.report.table import Column, Table, count_cell, share_cell, text_cell
from hvae_bench.scorers import Motive, PayoffTable
from hvae_bench.scorers.calibration import rate_items

__all__ = ["choice_counts", "choice_maps", "choices_table", "ideal_options"]

Integers = NDArray[np.int64]

OPTIONS_IN_A_LINE = 27
"""Panels stand in one line until they hold so many options."""


@lru_cache(maxsize=4096)
def ideal_options(table: PayoffTable, motive: Motive) -> tuple[tuple[int, ...] | None, ...]:
    """For each item the places of the options that are ideal for a motive; None where the item does not inform."""
    (rated,) = rate_items(table, (motive,))
    return tuple(tuple(np.flatnonzero(one.ideal).tolist()) if one.informative else None for one in rated)


def choice_counts(subject: Subject, game: GameRecord) -> dict[str, list[Integers]]:
    """For each target asked on a game, and for each item, how often each option was chosen in complete dialogues."""
    counts: dict[str, list[Integers]] = {}
    places = [{option.id: place for place, option in enumerate(item.options)} for item in game.items]
    items = {item.id: number for number, item in enumerate(game.items)}
    for record in subject.run.records:
        if record.game.id != game.id or record.measures.incomplete:
            continue
        own = counts.setdefault(record.target.id, [np.zeros(len(item.options), dtype=np.int64) for item in game.items])
        for decision in record.decisions:
            if decision.option_id is not None:
                number = items[decision.item_id]
                own[number][places[number][decision.option_id]] += 1
    return {target: counts[target] for target in subject.targets if target in counts}


def choices_table(subjects: Sequence[Subject]) -> Table:
    """The counts of all runs, a row for each option; for the CSV file."""
    columns = tuple(
        Column(key, key, numeric=key in {"chosen", "share"})
        for key in ("run", "game", "target", "item", "option", "chosen", "share")
    )
    rows = [
        (
            text_cell(subject.name),
            text_cell(game.id),
            text_cell(target),
            text_cell(item.id),
            text_cell(option.id),
            count_cell(int(count[place])),
            share_cell(float(count[place] / count.sum()) if count.sum() else None),
        )
        for subject in subjects
        for game in subject.games.values()
        for target, counts in choice_counts(subject, game).items()
        for item, count in zip(game.items, counts, strict=True)
        for place, option in enumerate(item.options)
    ]
    return Table("choices", "Choices by item, option and target", columns, tuple(rows))


def choice_maps(subject: Subject) -> list[Drawing]:
    """One map for each game of the run."""
    return [drawing for game in subject.games.values() if (drawing := _choice_map(subject, game)) is not None]


def _choice_map(subject: Subject, game: GameRecord) -> Drawing | None:
    counts = choice_counts(subject, game)
    if not counts:
        return None
    targets, table = list(counts), subject.design.games[game.id]
    widest = max(len(item.options) for item in game.items)
    columns = max(1, min(len(game.items), OPTIONS_IN_A_LINE // widest))
    lines = -(-len(game.items) // columns)

    def paint(figure: Figure) -> None:
        panels = figure.subplots(lines, columns, squeeze=False, sharey=True).ravel()
        for axes in panels[len(game.items) :]:
            axes.set_visible(False)
        ideal = {
            target: [ideal_options(table, motive) for motive in subject.design.targets[target].motives]
            for target in targets
        }
        for number, (item, axes) in enumerate(zip(game.items, panels, strict=False)):
            totals = [counts[target][number].sum() for target in targets]
            shares = np.array(
                [
                    counts[target][number] / total if total else np.full(len(item.options), np.nan)
                    for target, total in zip(targets, totals, strict=True)
                ]
            )
            paint_grid(axes, shares, (0.0, 1.0), "cividis", numbers=False, gid=f"choices-{item.id}")
            dots = [
                (place + 0.5, row + 0.5)
                for row, target in enumerate(targets)
                for place in sorted({one for best in ideal[target] for one in best[number] or ()})
            ]
            if dots:
                axes.scatter(*np.transpose(dots), s=12, color="#ffffff", edgecolor="#000000", gid=f"ideal-{item.id}")
            axes.set_title(item.id, fontsize=8)
            axes.set_xticks(np.arange(len(item.options)) + 0.5, labels=[one.id for one in item.options], fontsize=6)
            if max(len(one.id) for one in item.options) > 3:
                axes.tick_params(axis="x", labelrotation=60)
            axes.set_yticks(np.arange(len(targets)) + 0.5, labels=targets, fontsize=7)

    most = ", ".join(f"{target} {_most(game, own)}" for target, own in counts.items())
    return draw(
        f"choices-{subject.key}-{game.id}",
        "choices",
        f"Choices on {game.id}: {subject.name}. Brighter is chosen more often; dots mark the ideal options",
        f"A panel for each item, a row for each target, a column for each option, the share chosen as brightness. "
        f"Most frequent options in the order of the items: {most}.",
        (max(4.5, 2.6 * columns if widest > 3 else 1.1 * columns + 1.2), lines * (0.6 + 0.2 * len(targets)) + 0.4),
        paint,
    )


def _most(game: GameRecord, counts: list[Integers]) -> str:
    return " ".join(
        item.options[int(np.argmax(count))].id if count.sum() else "-"
        for item, count in zip(game.items, counts, strict=True)
    )
