"""Differences: how runs differ from the first of them, with intervals that hold at once."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from hvae_bench.analysis.comparison import Comparison, Pair, Together, sentences
from hvae_bench.report.figure import ACCENT, INK, Figure, Mark, Panel, look_of
from hvae_bench.report.table import Cell, Table, cell
from hvae_bench.scorers import Estimate
from hvae_bench.text.number import number

_LEAST_ROOM = 0.5
"""The axis reaches so far to both sides at least, lest small differences look large."""

_LINE_PX, _LETTER_PX, _LABEL_LETTERS = 16, 6.7, 21

_ALL = "All core targets"


def differences(compared: Mapping[Pair, Comparison], models: Mapping[str, str]) -> Iterator[Figure]:
    """One panel a value system, a dot a run and number; nothing where no run was compared.

    Args:
        compared: what was found of each pair.
        models: names of all runs by their letters.
    """
    systems = dict.fromkeys(pair.system for pair in compared)
    if not systems:
        return
    room = max(_LEAST_ROOM, math.ceil(4 * max(_ends(compared.values()), default=0)) / 4)
    panels = []
    for system in systems:
        own = {pair: one for pair, one in compared.items() if pair.system == system}
        panels.append(_panel(own, models, room, system if len(systems) > 1 else ""))
    told = (
        f"{f'{pair.system}: ' if len(systems) > 1 else ''}{' '.join(sentences(one, *_names(pair, models)))}"
        for pair, one in compared.items()
    )
    yield Figure(
        "differences",
        _title(list(compared), models),
        "Each run minus the first one; at 0 they are alike. A filled mark differs for certain, a hollow one does not. "
        "Bars are intervals of which all in a block hold at once in 95 % of comparisons: in the first block over all "
        "runs, in the others within each run.",
        " ".join(told),
        panels,
        (_table(compared, models),),
        panel_width=460,
        models=[models[one] for one in dict.fromkeys(pair.letters[1] for pair in compared)],
    )


def _title(pairs: Sequence[Pair], models: Mapping[str, str]) -> str:
    if len(pairs) == 1:
        return " minus ".join(reversed(_names(pairs[0], models)))
    firsts = {models[pair.letters[0]] for pair in pairs}
    return f"Differences from {firsts.pop()}" if len(firsts) == 1 else "Differences"


def _names(pair: Pair, models: Mapping[str, str]) -> tuple[str, str]:
    first, second = (models[one] for one in pair.letters)
    return first, second


def _groups(comparison: Comparison) -> Iterator[tuple[str, str, Together]]:
    """What is told of a pair: the number's name, what it is called, and what it is known together with."""
    yield "value_rationality", _ALL, comparison.headline
    for target in comparison.targets.differences:
        yield target, target, comparison.targets
    for name in comparison.others.differences:
        yield name, _words(name), comparison.others


def _words(name: str) -> str:
    """The name of a number in a few words."""
    stem, _, of = name.partition("(")
    return f"{stem.replace('_', ' ').capitalize()}{f': {of[:-1]}' if of else ''}"


def _ends(compared: Iterable[Comparison]) -> Iterator[float]:
    """How far all that is drawn reaches from 0."""
    for name, _, together in (group for one in compared for group in _groups(one)):
        one = together.differences[name]
        yield from (abs(end) for end in (one.mean, one.lower, one.upper) if not math.isnan(end))


def _panel(compared: Mapping[Pair, Comparison], models: Mapping[str, str], room: float, title: str) -> Panel:
    """A group of rows a number, a row a run, their places in pixels; the axis has this room to both sides."""
    rows: dict[str, list[dict[str, Any]]] = {}
    begins = set()
    for pair, comparison in compared.items():
        model = models[pair.letters[1]]
        before = None
        for name, words, together in _groups(comparison):
            if before is not None and together is not before:
                begins.add(words)
            before = together
            rows.setdefault(words, []).append(_row(model, words, together.differences[name], name in together.certain))
    row_px = max(9, 18 - len(compared))
    labels, edges, data = [], [], []
    at = 0.0
    for words, own in rows.items():
        height = max(len(own) * row_px, _LINE_PX * math.ceil(len(words) / _LABEL_LETTERS)) + 8
        if words in begins:
            edges.append({"y": at + 4})
            at += 8
        labels.append({"y": at + height / 2, "words": words})
        start = at + (height - len(own) * row_px) / 2
        data += [{**row, "y": start + (place + 0.5) * row_px} for place, row in enumerate(own)]
        at += height
    sure, open_ = ([row for row in data if row["certain"] is certain] for certain in (True, False))
    dot = {"x": "mean", "y": "y", "symbol": "model", "stroke": "model", "r": min(5, row_px / 2), "tip": True}
    marks: list[Mark] = [
        ("ruleX", [0], {"stroke": ACCENT}),
        ("ruleY", edges, {"y": "y", "stroke": "var(--rule)", "strokeOpacity": 0.5}),
        (
            "link",
            [row for row in data if not math.isnan(row["lower"])],
            {"x1": "lower", "x2": "upper", "y1": "y", "y2": "y", "stroke": "model", "strokeWidth": 3}
            | {"strokeOpacity": 0.45, "strokeLinecap": "round"},
        ),
        ("dot", open_, {**dot, "fill": "var(--paper)", "strokeWidth": 1.6, "title": "told"}),
        ("dot", sure, {**dot, "fill": "model", "title": "told"}),
    ]
    for own, weight in ((labels[:1], 700), (labels[1:], 400)):
        look = {"frameAnchor": "left", "textAnchor": "end", "dx": -10, "lineWidth": 13, "fill": INK, "fontSize": 12.5}
        marks.append(("text", own, {"y": "y", "text": "words", "fontWeight": weight, **look}))
    if len(compared) <= 4:
        beside = {"frameAnchor": "right", "textAnchor": "start", "dx": 8, "fill": ACCENT, "fontSize": 11}
        marks.append(("text", data, {"y": "y", "text": "number", "fontVariant": "tabular-nums", **beside}))
    longest = min(_LABEL_LETTERS, max(map(len, rows)))
    options = {
        **look_of(list(models.values())),
        "x": {"domain": [-room, room], "ticks": 5, "tickSize": 3, "grid": True}
        | {"label": "← lower   higher →", "labelAnchor": "center", "labelArrow": "none"},
        "y": {"axis": None, "domain": [at, 0]},
        "height": round(at) + 20 + 36,
        "marginLeft": 16 + round(_LETTER_PX * longest),
        "marginRight": 46 if len(compared) <= 4 else 20,
        "marginTop": 20,
        "marginBottom": 36,
    }
    return Panel(marks, options, title=title)


def _row(model: str, words: str, one: Estimate, certain: bool) -> dict[str, Any]:
    interval = f" [{number(one.lower)}, {number(one.upper)}]" if one.no_interval is None else ", no interval"
    return {
        "model": model,
        "mean": one.mean,
        "lower": one.lower,
        "upper": one.upper,
        "certain": certain,
        "number": f"{'+' if round(one.mean, 2) > 0 else ''}{number(one.mean)}",
        "told": f"{words}\n{model}: {number(one.mean)}{interval}",
    }


def _table(compared: Mapping[Pair, Comparison], models: Mapping[str, str]) -> Table:
    several = len({pair.system for pair in compared}) > 1
    rows: list[Sequence[Cell]] = []
    for pair, comparison in compared.items():
        first, second = _names(pair, models)
        which = (cell("system", pair.system), cell("minus", first)) if several else ()
        for name, words, together in _groups(comparison):
            full = name if name in comparison.differences else f"value_rationality({name})"
            found = comparison.differences[full]
            rows.append(
                (
                    cell("number", words),
                    cell("run", second),
                    *which,
                    cell("of_first", found.first, "First run"),
                    cell("of_run", found.second, "This run"),
                    cell("difference", together.differences[name]),
                    cell("confidence", f"{100 * together.confidence:.4g} %", "Its interval"),
                    cell("certain", "yes" if name in together.certain else "no", "Certain"),
                )
            )
    return Table("differences-numbers", "Differences from the first run", tuple(map(tuple, rows)))
