"""Choices: what was chosen of every item under every value target, beside every option that is ideal for it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

import numpy as np

from hvae_bench.dialogue.described import GameRecord
from hvae_bench.report.figure import ACCENT, INK, Figure, Mark, Panel, look_of
from hvae_bench.report.subject import Subject
from hvae_bench.report.table import Table, cell
from hvae_bench.scorers import Motive, PayoffTable
from hvae_bench.scorers.calibration import rate_items
from hvae_bench.text.number import percent

PEOPLE = "people"
"""A column beside the values: people of whom no value was asked, where the game has norms of them."""

_ROW, _GAP, _HEADING, _LETTER = 14, 8, 15, 6.2
"""Pixels of an option, between items, of an item's name over its options, and of a letter."""

_BESIDE, _ONE_BY_ONE, _IN_ONE_COLUMN, _SLANTED = 5, 5, 4, 10
"""Longest name of an item that stands beside its options; most payoffs that are told one by one; most items of a game
that stand in one column; most values whose names are slanted."""

_FAINTEST = 0.15
"""How strong the rarest choice is drawn, so that it can be seen."""


@dataclass(frozen=True)
class Played:
    """A game as some runs played it.

    Attributes:
        subjects: the runs that did, in their order.
        targets: the value targets that any of them was asked.
        counts: of each of them by target how often each option of each item was chosen in complete dialogues.
        ideal: by target and item the options that are ideal for any motive; none where the item does not inform.
    """

    game: GameRecord
    subjects: Sequence[Subject]
    targets: Sequence[str]
    counts: Sequence[Mapping[str, Counter[tuple[str, str]]]]
    ideal: Mapping[str, Mapping[str, frozenset[str]]]

    @property
    def people(self) -> Mapping[str, Mapping[str, float]]:
        """By item and option the share of people who chose it; empty where that is not known."""
        return {} if self.game.norms is None else self.game.norms.shares

    def total(self, place: int, target: str, item: str) -> int:
        """How often an item was answered."""
        return sum(n for (of, _), n in self.counts[place].get(target, Counter()).items() if of == item)


def choices(subjects: Sequence[Subject]) -> Iterator[Figure]:
    """The games of each value system, folded, each in columns of items; none where nothing was chosen."""
    games = list(_games(subjects))
    if not games:
        return
    models = list(dict.fromkeys(one.model for one in subjects))
    several = len({played.game.system for played in games}) > 1
    panels = [panel for played in games for panel in _panels(played, models, several)]
    told = [
        f"{played.game.id}, {one.model}: " + ", ".join(_share_ideal(played, place))
        for played in games
        for place, one in enumerate(played.subjects)
    ]
    yield Figure(
        "choices",
        "What was chosen, item by item",
        "A row is an option with its payoffs, a column a value"
        + (", a strip in it a model in the order of the legend" if len(models) > 1 else "")
        + "; the stronger the colour, the more dialogues chose the option. Framed: every option that is ideal for the "
        "value. Where nothing is framed, the item says nothing about it.",
        f"Choices of every item by value, and which were ideal. Share of choices that were ideal: {'; '.join(told)}.",
        panels,
        (_table(games),),
        panel_width=330,
        panel_most=520,
        models=models,
    )


def _games(subjects: Sequence[Subject]) -> Iterator[Played]:
    records = {id_: game for one in subjects for id_, game in one.games.items()}
    counts = [_counts(one) for one in subjects]
    for game in records.values():
        own = [
            (one, of[game.id])
            for one, of in zip(subjects, counts, strict=True)
            if any(chosen for chosen in of.get(game.id, {}).values())
        ]
        if own:
            targets = dict.fromkeys(target for one, of in own for target in one.targets if target in of)
            motives = {id_: target.motives for one, _ in own for id_, target in one.run.design.targets.items()}
            ideal = {target: _ideal(game, motives[target]) for target in targets}
            yield Played(game, [one for one, _ in own], list(targets), [of for _, of in own], ideal)


def _counts(subject: Subject) -> dict[str, dict[str, Counter[tuple[str, str]]]]:
    """By game and target how often each option of each item was chosen in complete dialogues."""
    counts: dict[str, dict[str, Counter[tuple[str, str]]]] = {}
    for record in subject.valued:
        if not record.measures.incomplete:
            chosen = [(one.item_id, one.option_id) for one in record.decisions if one.option_id is not None]
            counts.setdefault(record.game.id, {}).setdefault(record.target.id, Counter()).update(chosen)
    return counts


def _ideal(game: GameRecord, motives: Sequence[Motive]) -> dict[str, frozenset[str]]:
    table = game.payoff_table()
    best = [ideal_options(table, motive) for motive in motives]
    return {
        item.id: frozenset(item.options[option].id for of_motive in best for option in of_motive[place] or ())
        for place, item in enumerate(game.items)
    }


@lru_cache(maxsize=4096)
def ideal_options(table: PayoffTable, motive: Motive) -> tuple[tuple[int, ...] | None, ...]:
    """For each item the places of the options that are ideal for a motive; None where the item does not inform."""
    (rated,) = rate_items(table, (motive,))
    return tuple(tuple(np.flatnonzero(one.ideal).tolist()) if one.informative else None for one in rated)


def _panels(played: Played, models: Sequence[str], several: bool) -> Iterator[Panel]:
    """The items in one column or two."""
    game = played.game
    stakes = game.stakes
    told = " / ".join(stakes) if len(stakes) <= _ONE_BY_ONE else f"{stakes[0]} to {stakes[-1]}, equal ones together"
    group = f"{f'{game.system}: ' if several else ''}{game.id}, payoffs: {told}"
    items = list(range(len(game.items)))
    columns = [items]
    if len(items) > _IN_ONE_COLUMN:
        middle = -(-len(items) // 2)
        columns = [items[:middle], items[middle:]]
    payoffs = {(place, option.id): _told(option.payoffs) for place in items for option in game.items[place].options}
    for column in columns:
        yield _panel(played, column, payoffs, models, group)


def _panel(
    played: Played, items: Sequence[int], payoffs: Mapping[tuple[int, str], str], models: Sequence[str], group: str
) -> Panel:
    columns = [*played.targets, *([PEOPLE] if played.people else [])]
    ids = [item.id for item in played.game.items]
    beside = max(map(len, ids)) <= _BESIDE
    names, labels, grounds, frames, strips, people = (list[dict[str, Any]]() for _ in range(6))
    y = 0
    for place in items:
        item = played.game.items[place]
        if not beside:
            y += _HEADING
        names.append({"y": y + (_ROW if beside else -_HEADING) / 2, "text": item.id})
        end = y + _ROW * len(item.options)
        grounds += [{"x1": x + 0.04, "x2": x + 0.96, "y1": y, "y2": end} for x in range(len(columns))]
        for option in item.options:
            labels.append({"y": y + _ROW / 2, "text": payoffs[place, option.id]})
            height = {"y1": y + 1, "y2": y + _ROW - 1}
            told = f"{item.id}, {option.id}: {payoffs[place, option.id]}"
            for x, target in enumerate(played.targets):
                is_ideal = option.id in played.ideal[target][item.id]
                if is_ideal:
                    framed = {"target": target, "item": item.id, "option": option.id}
                    frames.append({"x1": x + 0.04, "x2": x + 0.96, **height, **framed})
                strips += _strips(played, x, (item.id, option.id), height, f"{told}{', ideal' * is_ideal}")
            share = played.people.get(item.id, {}).get(option.id)
            if share is not None:
                x = len(played.targets)
                more = {"strength": _strength(share), "told": f"people\n{told}\n{percent(share)}"}
                people.append({"x1": x + 0.04, "x2": x + 0.96, **height, **more})
            y += _ROW
        y += _GAP
    box: dict[str, Any] = {end: end for end in ("x1", "x2", "y1", "y2")}
    tip = {"fillOpacity": "strength", "title": "told", "tip": True}
    text = {"text": "text", "fontSize": 11.5, "fill": INK}
    heads = [{"x": x + 0.5, "text": target} for x, target in enumerate(columns)]
    wide = round(_LETTER * max(map(len, payoffs.values()))) + 16
    left = wide + (round(_LETTER * max(map(len, ids))) + 6 if beside else 0)
    longest = _LETTER * max(map(len, columns))
    # Many columns are too narrow for slanted heads.
    upright = len(columns) > _SLANTED
    over = round(longest if upright else 0.75 * longest) + 12
    turned = {"rotate": -90, "fontSize": 9} if upright else {"rotate": -45}
    marks: list[Mark] = [
        ("rect", grounds, {**box, "fill": "var(--panel)"}),
        ("rect", strips, {**box, "fill": "model", **tip}),
        ("rect", people, {**box, "fill": ACCENT, **tip}),
        ("rect", frames, {**box, "stroke": INK, "strokeWidth": 1.4, "fill": "none"}),
        ("text", labels, {"y": "y", **text, "frameAnchor": "left", "textAnchor": "end", "dx": -6}),
        (
            "text",
            names,
            {"y": "y", **text, "frameAnchor": "left", "textAnchor": "start", "dx": -left, "fontWeight": 600},
        ),
        ("text", heads, {"x": "x", **text, "frameAnchor": "top", "textAnchor": "start", "dy": -6, **turned}),
    ]
    options = {
        "color": look_of(models)["color"],
        "opacity": {"type": "identity"},
        "x": {"axis": None, "domain": [0, len(columns)]},
        "y": {"axis": None, "domain": [y, 0]},
        "marginLeft": left,
        "marginRight": 40,
        "marginTop": over,
        "marginBottom": 4,
        "height": y + over + 4,
    }
    return Panel(marks, options, group=group)


def _strips(
    played: Played, x: int, chosen: tuple[str, str], height: Mapping[str, int], told: str
) -> Iterator[dict[str, Any]]:
    """The share of each run that chose an option; nothing of those that never did."""
    target, wide = played.targets[x], 0.92 / len(played.subjects)
    for place, one in enumerate(played.subjects):
        if n := played.counts[place].get(target, Counter())[chosen]:
            total = played.total(place, target, chosen[0])
            left = x + 0.04 + wide * place
            where = {"x1": round(left, 4), "x2": round(left + wide, 4), **height}
            words = f"{one.model}, {target}\n{told}\n{n} of {total} answers"
            yield {**where, "model": one.model, "strength": _strength(n / total), "told": words}


def _strength(share: float) -> float:
    return round(_FAINTEST + (1 - _FAINTEST) * share, 3) if share else 0.0


def _told(payoffs: Sequence[float]) -> str:
    """The payoffs of an option; of many stakes equal ones that follow one another are told together."""
    if len(payoffs) <= _ONE_BY_ONE:
        return " / ".join(f"{payoff:g}" for payoff in payoffs)
    runs = [(payoff, len(list(run))) for payoff, run in groupby(payoffs)]
    return ", ".join(f"{payoff:g}" + (f" ×{n}" if n > 1 else "") for payoff, n in runs)


def _share_ideal(played: Played, place: int) -> Iterator[str]:
    """By target the share of the choices that were ideal, in words."""
    for target, counts in played.counts[place].items():
        informs = {item: best for item, best in played.ideal[target].items() if best}
        total = sum(n for (item, _), n in counts.items() if item in informs)
        if total:
            right = sum(n for (item, option), n in counts.items() if option in played.ideal[target][item])
            yield f"{target} {percent(right / total)}"


def _table(games: Sequence[Played]) -> Table:
    """A row for each run, game, target, item and option."""
    rows = []
    for played in games:
        for place, one in enumerate(played.subjects):
            for target, counts in played.counts[place].items():
                with_people = played.people and not one.run.design.targets[target].motives
                for item in played.game.items:
                    total = played.total(place, target, item.id)
                    for option in item.options:
                        chosen = counts[item.id, option.id]
                        known = played.people.get(item.id, {}).get(option.id) if with_people else None
                        rows.append(
                            (
                                cell("run", one.name),
                                cell("game", played.game.id),
                                cell("target", target),
                                cell("item", item.id),
                                cell("option", option.id),
                                cell("payoffs", _told(option.payoffs)),
                                cell("ideal", "yes" if option.id in played.ideal[target][item.id] else ""),
                                cell("chosen", chosen),
                                cell("share", chosen / total if total else float("nan")),
                                cell("people", float("nan") if known is None else known),
                            )
                        )
    return Table("choices", "How often each option was chosen", tuple(rows))
