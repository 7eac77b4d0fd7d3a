"""Radar: value rationality of the core targets, models over one another, as Zhang et al. draw it.

Their scale is the angular distance, which chance fills unevenly; this one is corrected for chance. The rings are
polygons, as the lines of the models are: whoever is at chance everywhere lies on the ring of chance.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from hvae_bench.report.figure import ACCENT, INK, PAPER, RULE, Figure, Mark, Panel, by_system, look_of
from hvae_bench.report.rationality import ceilings_of, in_words, least_of, row_of
from hvae_bench.report.subject import Subject
from hvae_bench.report.table import Table, cell, without_empty
from hvae_bench.scorers import Estimate
from hvae_bench.scorers.can_and_will import NOT_MEASURED
from hvae_bench.scorers.estimate import undefined

MIN_TARGETS, MAX_TARGETS = 3, 8
"""With fewer axes a radar has no area, with more no shape."""

MOST_OVER_ONE_ANOTHER = 3
"""More models get a panel each, in which the others are grey, if there is a single value system."""

ARMS = {
    "value_rationality_own_goal({})": "with a goal of the model's own",
    "value_rationality_no_goal({})": "without a goal",
    "value_rationality({})": "over all dialogues",
}
"""The arms, the one that verdicts go by first; the last where neither was run."""

_LETTER = 7.2
"""Width of a letter of a label, in pixels."""

_SMALL, _WIDE = 165, 280
"""Least widths of a panel, in pixels: of a model's where no label stands beside it, and of any other one."""

_BESIDE = 0.4
"""Labels of targets that are nearer than this to the height of the middle reach beyond the web, by half of them."""

Estimates = Mapping[str, Estimate]
"""Of a run, by core target."""


def radar(subjects: Sequence[Subject]) -> Iterator[Figure]:
    """One panel a value system, or a model; none where core targets are too few or too many."""
    models = list(dict.fromkeys(one.model for one in subjects))
    systems = {
        system: (of_system, arms)
        for system, of_system in by_system(subjects).items()
        if (arms := {one.model: own for one in of_system if (own := _arms(one))})
    }
    if not systems:
        return
    one_by_one = len(models) > MOST_OVER_ONE_ANOTHER and len(systems) == 1
    panels: list[Panel] = []
    in_alt: list[str] = []
    least_width = _SMALL if one_by_one else _WIDE
    for system, (of_system, by_model) in systems.items():
        named = system if len(systems) > 1 else ""
        # Of several models the main arm alone.
        shown = {model: list(arms.values())[: 1 if len(models) > 1 else None] for model, arms in by_model.items()}
        web = _Web(of_system, [one for arms in shown.values() for own in arms for one in own.values()])
        for model in by_model if one_by_one else [""]:
            panels.append(web.panel(shown, models, model, title=model or named))
        if web.beside:
            least_width = _WIDE
        in_alt += [
            f"{named} {model} {arm}: ".lstrip() + ", ".join(f"{of} {in_words(one)}" for of, one in own.items()) + "."
            for model, arms in by_model.items()
            for arm, own in arms.items()
        ]
    several = [list(arms) for _, by_model in systems.values() for arms in by_model.values()]
    arm = " or ".join(text for text in ARMS.values() if any(text == arms[0] for arms in several))
    dashed = len(models) == 1 and any(len(arms) > 1 for arms in several)
    bands = "; bands are 95 % intervals" if one_by_one or len(models) <= MOST_OVER_ONE_ANOTHER else ""
    yield Figure(
        "radar",
        "How far each value is served",
        f"Value rationality of the core targets {arm}{' (dashed: without one)' if dashed else ''}. The rim is the "
        "ideal choice every time, the ring of chance what guessing scores, the middle the worst there "
        f"is{bands}. Whoever does the same whatever value it is given stays within the deaf ceiling on average.",
        f"Radar of value rationality; 1 at the rim is ideal, 0 is chance. {' '.join(in_alt)}",
        panels,
        (_table(subjects),),
        panel_width=least_width,
        panel_most=420,
        lead=True,
        models=models,
    )


def _table(subjects: Sequence[Subject]) -> Table:
    """What is drawn of each run."""
    rows = []
    for subject in subjects:
        for target in _targets(subject):
            numbers = {name: subject.run.analysis.numbers.get(name.format(target)) for name in ARMS}
            cells = [
                cell(
                    name.removesuffix("({})"),
                    one or undefined(NOT_MEASURED),
                    ARMS[name].capitalize(),
                    name.format(target),
                )
                for name, one in numbers.items()
            ]
            rows.append((cell("run", subject.name), cell("target", target), *cells))
    caption = "Value rationality of the core targets, with a goal of the model's own and without one"
    return Table("goals", caption, without_empty(rows))


def _targets(subject: Subject) -> list[str]:
    return [target for target in subject.run.design.core_values if target in subject.targets]


def _arms(subject: Subject) -> dict[str, Estimates]:
    """The arms that were run in words, the main one first; none where core targets are too few or too many."""
    found: dict[str, Estimates] = {}
    if not MIN_TARGETS <= len(_targets(subject)) <= MAX_TARGETS:
        return found
    for name, text in ARMS.items():
        by_target = subject.run.analysis.by(name)
        own = {target: by_target[target] for target in _targets(subject) if target in by_target}
        if any(not math.isnan(one.mean) for one in own.values()):
            found[text] = own
    if len(found) > 1:
        found.pop(ARMS["value_rationality({})"], None)
    return found


class _Web:
    """The web of a value system: a spoke a core target, the attainable minimum in the middle, 1 at the ends."""

    def __init__(self, subjects: Sequence[Subject], drawn: Sequence[Estimate]) -> None:
        self.targets = list(dict.fromkeys(target for one in subjects for target in _targets(one)))
        self.least = least_of(subjects, drawn)
        self.subjects = subjects
        n = len(self.targets)
        # With four targets the web is a square, in whose corners labels have room.
        first = 135.0 if n == 4 else 90.0
        turns = [math.radians(first - 360 * place / n) for place in range(n)]
        self.spokes = {target: (math.cos(a), math.sin(a)) for target, a in zip(self.targets, turns, strict=True)}
        self.beside = [target for target, (_, y) in self.spokes.items() if abs(y) < _BESIDE]

    def at(self, target: str, value: float) -> tuple[float, float]:
        """The place of a value of a target."""
        far = (value - self.least) / (1 - self.least)
        x, y = self.spokes[target]
        return round(far * x, 4), round(far * y, 4)

    def panel(self, shown: Mapping[str, Sequence[Estimates]], models: Sequence[str], only: str, title: str) -> Panel:
        """The arms of each model, the main one first; of one model in colour, and the others grey, if one is named."""
        ceilings = ceilings_of(one for one in self.subjects if only in ("", one.model))
        marks = [*self._ground(ceilings)]
        for model, arms in sorted(shown.items(), key=lambda entry: entry[0] == only):
            if arms and (model == only or (not only and len(shown) <= MOST_OVER_ONE_ANOTHER)):
                marks += self._bands(model, arms[0])
            for place, own in enumerate(arms):
                marks += self._line(model, own, faint=only not in ("", model), dashed=place > 0)
        for model, arms in shown.items():
            if only in ("", model) and arms:
                marks.append(self._dots(model, arms[0]))
        marks += self._labels(ceilings, 11 if only else 13)
        width = max(abs(x) for x, _ in self.spokes.values())
        top, bottom = (max(sign * y for _, y in self.spokes.values()) for sign in (1, -1))
        side = 8 + round(_LETTER / 2 * max(map(len, self.beside), default=0))
        options = {
            **look_of(models),
            "x": {"axis": None, "domain": [-width, width]},
            "y": {"axis": None, "domain": [-bottom, top]},
            "aspectRatio": 1,
            "margin": 0,
            **{"insetLeft": side, "insetRight": side, "insetTop": 26, "insetBottom": 26},
        }
        return Panel(marks, options, title=title)

    def _ring(self, value: float) -> list[dict[str, float]]:
        return [dict(zip("xy", self.at(target, value), strict=True)) for target in self.targets]

    def _ground(self, ceilings: Sequence[float]) -> Iterator[Mark]:
        closed: dict[str, Any] = {"x": "x", "y": "y", "curve": "linear-closed"}
        yield "line", self._ring(1), {**closed, "stroke": RULE, "fill": "var(--panel)", "fillOpacity": 0.6}
        spokes = [{"x1": 0, "y1": 0, "x2": x, "y2": y} for x, y in (self.at(one, 1) for one in self.targets)]
        ends = {end: end for end in ("x1", "y1", "x2", "y2")}
        yield "link", spokes, {**ends, "stroke": RULE, "strokeWidth": 0.6, "strokeOpacity": 0.6}
        yield "line", self._ring(0), {**closed, "stroke": ACCENT, "strokeWidth": 1.2}
        for ceiling in ceilings:
            yield "line", self._ring(ceiling), {**closed, "stroke": ACCENT, "strokeDasharray": "4 3"}

    def _between(self, gap: int, value: float) -> dict[str, float]:
        """The middle of a side of a ring."""
        pair = self.targets[gap], self.targets[(gap + 1) % len(self.targets)]
        (x1, y1), (x2, y2) = (self.at(target, value) for target in pair)
        return {"x": (x1 + x2) / 2, "y": (y1 + y2) / 2}

    def _labels(self, ceilings: Sequence[float], size: int) -> Iterator[Mark]:
        halo = {"x": "x", "y": "y", "text": "text", "stroke": PAPER, "strokeWidth": 4}
        rings = [{**self._between(0, 0), "text": "chance"}, {**self._between(0, 1), "text": "ideal"}]
        if ceilings:
            # On another side than chance, which may lie near.
            rings.append({**self._between(1, ceilings[-1]), "text": f"deaf ceiling{'s' * (len(ceilings) > 1)}"})
        yield "text", rings, {**halo, "fill": ACCENT, "fontSize": size - 2}
        wide = max(abs(x) for x, _ in self.spokes.values())
        for target, (x, y) in self.spokes.items():
            # Above or below the web a label ends where the web ends, so that it needs no room beside it.
            outside = abs(y) >= _BESIDE
            anchor = "middle" if abs(x) < 0.1 or not outside else "end" if x > 0 else "start"
            spot = {"x": math.copysign(wide, x) if anchor != "middle" else x, "y": y, "text": target}
            place = {"textAnchor": anchor, "dy": 14 if outside and y < 0 else -14}
            yield "text", [spot], {**halo, **place, "fill": INK, "fontSize": size}

    def _known(self, own: Estimates) -> list[str]:
        return [target for target in self.targets if target in own and not math.isnan(own[target].mean)]

    def _bands(self, model: str, own: Estimates) -> Iterator[Mark]:
        """What lies between the intervals of neighbouring targets."""
        rows = []
        for side, (one, other) in enumerate(pairwise([*self.targets, self.targets[0]])):
            ends = [(of, own[of].lower, own[of].upper) for of in (one, other) if of in own]
            if len(ends) == 2 and not any(math.isnan(lower) for _, lower, _ in ends):
                (a, lower_a, upper_a), (b, lower_b, upper_b) = ends
                corners = ((a, lower_a), (a, upper_a), (b, upper_b), (b, lower_b))
                for target, value in corners:
                    x, y = self.at(target, value)
                    rows.append({"x": x, "y": y, "side": side, "model": model, "target": target, "value": value})
        if rows:
            look = {"curve": "linear-closed", "fill": "model", "fillOpacity": 0.18, "stroke": None}
            yield "line", rows, {"x": "x", "y": "y", "z": "side", **look}

    def _line(self, model: str, own: Estimates, *, faint: bool, dashed: bool) -> Iterator[Mark]:
        """From target to target; one that is undefined leaves a gap."""
        known = self._known(own)
        sides = [pair for pair in pairwise([*self.targets, self.targets[0]]) if set(pair) <= set(known)]
        rows = [
            {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "model": model}
            for (x1, y1), (x2, y2) in ((self.at(a, own[a].mean), self.at(b, own[b].mean)) for a, b in sides)
        ]
        look: dict[str, Any] = {"stroke": "model", "strokeWidth": 1 if dashed else 2}
        if faint:
            look = {"stroke": RULE, "strokeWidth": 1, "strokeOpacity": 0.4}
        if dashed:
            look["strokeDasharray"] = "4 3"
        if rows:
            yield "link", rows, {**{end: end for end in ("x1", "y1", "x2", "y2")}, "strokeLinecap": "round", **look}

    def _dots(self, model: str, own: Estimates) -> Mark:
        rows = []
        for target in self._known(own):
            x, y = self.at(target, own[target].mean)
            rows.append(row_of(model, target, own[target], x=x, y=y))
        look = {"fill": "model", "symbol": "model", "stroke": PAPER, "strokeWidth": 1, "r": 5}
        return "dot", rows, {"x": "x", "y": "y", **look, "title": "told", "tip": True}
