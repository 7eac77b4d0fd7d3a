"""Matrix: every target's dialogues scored as every target, a heatmap for each model beside that of the ideal agents."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hvae_bench.report.figure import INK, Figure, Mark, Panel, by_system
from hvae_bench.report.subject import Subject
from hvae_bench.report.table import Table, cell
from hvae_bench.scorers.contrast import DiscriminantMatrix
from hvae_bench.text.number import number

MAX_WHOLE, MAX_NUMBERS = 5, 8
"""In a larger matrix numbers go without their leading zero; in one still larger they are in the table alone."""

ABOVE, BELOW, STRONGEST = "#2166ac", "#a85000", 0.76
"""Grounds of 1 and of -1, which fade into the page towards 0, and how strong they are: blue and orange look different
to everyone, and the page's text can be read on all of them, in the light and in the dark."""

_LETTER, _SIDE, _SMALL_SIDE = 6.6, 38, 22
"""Pixels of a letter of a label, and of the side of a cell with a number in it and of one without."""

Means = Mapping[str, Mapping[str, float]]
"""By target given and target scored as."""


def matrix(subjects: Sequence[Subject]) -> Iterator[Figure]:
    """A panel a model, and after those on the same games the ideal agents'; none where nothing was scored."""
    systems = by_system(one for one in subjects if _is_known(one.run.analysis.discriminant))
    panels: list[Panel] = []
    told: list[str] = []
    widest = 0
    for system, of_system in systems.items():
        alike: dict[str, list[Subject]] = {}
        for one in of_system:
            alike.setdefault(repr(one.run.analysis.discriminant.ideal), []).append(one)
        for same in alike.values():
            shown = same[0].run.analysis.discriminant
            side = _SIDE if len(shown.targets) <= MAX_NUMBERS else _SMALL_SIDE
            widest = max(widest, _label_width(shown.targets) + 30 + side * len(shown.targets))
            means = {
                one.model: {
                    given: {other: estimate.mean for other, estimate in row.items()}
                    for given, row in one.run.analysis.discriminant.estimates.items()
                }
                for one in same
            }
            ideals = "ideal agents" + (f" on the games of {', '.join(means)}" if len(alike) > 1 else "")
            group = system if len(systems) > 1 else ""
            panels += [_panel(title, own, group) for title, own in {**means, ideals: shown.ideal}.items()]
            told += [_in_words(one) for one in same]
    if panels:
        yield Figure(
            "matrix",
            "Each value scored as every value",
            "A row is the value that was given, a column the value that the choices are scored as; framed: as itself. "
            "Blue is above chance (1: the ideal choice every time), orange below, blank is chance. A model that tells "
            "values apart looks like the ideal agents; one that does the same whatever it is given has rows all alike.",
            "Matrices of value rationality by value given and value scored as, 1 ideal, 0 chance. " + " ".join(told),
            panels,
            tuple(_table(system, of_system, len(systems) > 1) for system, of_system in systems.items()),
            panel_width=widest,
            panel_most=max(480, round(1.3 * widest)),
        )


def _is_known(found: DiscriminantMatrix) -> bool:
    return not all(math.isnan(estimate.mean) for row in found.estimates.values() for estimate in row.values())


def _panel(title: str, means: Means, group: str) -> Panel:
    targets = list(means)
    rows = [
        _row(given, other, mean, whole=len(targets) <= MAX_WHOLE)
        for given, row in means.items()
        for other, mean in row.items()
        if not math.isnan(mean)
    ]
    place = {"x": "as", "y": "given"}
    ground = {"fill": "side", "fillOpacity": "strength"}
    own = [{"as": target, "given": target} for target in targets]
    marks: list[Mark] = [
        ("cell", rows, {**place, **ground, "inset": 0.75, "title": "told", "tip": True}),
        ("cell", own, {**place, "stroke": INK, "strokeWidth": 1.5, "inset": 1}),
    ]
    if len(targets) <= MAX_NUMBERS:
        look = {"text": "number", "fill": INK, "fontSize": 12 if len(targets) <= MAX_WHOLE else 10.5}
        marks.append(("text", rows, {**place, **look}))
    label, side = _label_width(targets), _SIDE if len(targets) <= MAX_NUMBERS else _SMALL_SIDE
    bands = {"domain": targets, "labelAnchor": "center", "labelArrow": "none", "tickSize": 0, "padding": 0}
    margins = {"marginLeft": label + 26, "marginBottom": round(0.7 * label) + 30, "marginTop": 4, "marginRight": 4}
    options: dict[str, Any] = {
        "color": {"type": "identity"},
        "opacity": {"type": "identity"},
        "x": {**bands, "label": "scored as", "tickRotate": -45},
        "y": {**bands, "label": "given"},
        **margins,
        "style": {"fontSize": "12px"},
        "height": side * len(targets) + margins["marginBottom"] + margins["marginTop"],
    }
    return Panel(marks, options, title=title, group=group)


def _label_width(targets: Sequence[str]) -> int:
    return round(_LETTER * max(map(len, targets)))


def _row(given: str, other: str, mean: float, whole: bool) -> dict[str, Any]:
    text = number(mean)
    return {
        "given": given,
        "as": other,
        "mean": mean,
        "side": ABOVE if mean >= 0 else BELOW,
        "strength": round(STRONGEST * min(1.0, abs(mean)), 3),
        "number": text if whole else text.replace("0.", ".").replace("1.00", "1"),
        "told": f"given {given}\nscored as {other}: {text}",
    }


def _in_words(subject: Subject) -> str:
    found = subject.run.analysis.discriminant
    own = ", ".join(f"{target} {number(row[target].mean)}" for target, row in found.estimates.items())
    return (
        f"{subject.name}: each scored as itself {own}; share of values that score highest as themselves "
        f"{number(found.own_is_highest)}."
    )


def _table(system: str, subjects: Sequence[Subject], several: bool) -> Table:
    """A row for each run and target given, a column for each target scored as."""
    targets = list(dict.fromkeys(target for one in subjects for target in one.run.analysis.discriminant.targets))
    rows = []
    for one in subjects:
        found = one.run.analysis.discriminant.estimates
        for given, row in found.items():
            cells = [
                cell(
                    other,
                    row.get(other, ""),
                    f"as {other}",
                    "" if other == given else f"discriminant({given} as {other})",
                )
                for other in targets
            ]
            rows.append((cell("run", one.name), cell("given", given), *cells))
    return Table(
        f"matrix-{system}" if several else "matrix-numbers",
        f"Value rationality by value given and value scored as{f', {system}' if several else ''}",
        tuple(rows),
    )
