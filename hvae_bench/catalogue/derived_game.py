"""Derived game: items made from another game's, as a generator or a transform says.

A generator makes a slider of the same geometry as a published one, on a circle that nobody has published. The primary
items of the SVO slider (Murphy, Ackermann & Handgraaf 2011, Judgment and Decision Making 6(8), section 2) are the
segments between four points of a circle, each point the best of the circle for one motive. Points that lie in the
same directions from another centre, at another distance, make items with the same ideal options. All payoffs are
whole numbers and every rounding is exact, so a seed makes the same game everywhere. Another one searches items that
tell the core targets of a value system apart, as `search` says.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from hvae_bench.catalogue.derivation import Generator, Transform
from hvae_bench.catalogue.entry import Problem
from hvae_bench.catalogue.game import Decomposed, Game, Item, Option
from hvae_bench.catalogue.rendering import arrange
from hvae_bench.catalogue.search import MOST_OPTIONS, search_like
from hvae_bench.catalogue.system import System
from hvae_bench.scorers.angular import ideal_arc
from hvae_bench.scorers.motive import LinearMotive, Motive
from hvae_bench.scorers.payoff_table import SELF_AND_OTHER
from hvae_bench.scorers.svo import Ranking, Slider
from hvae_bench.text.complaint import complaints

_CLEARLY = 0.1
"""Share of the imitated radius by which radius, and centre in radii, differ at least."""

_LIMIT_DECIMALS = 2

_Point = tuple[int, ...]
_Offset = tuple[Fraction, Fraction]


def derivation_problems(game: Game, base: Game, system: System, core: Sequence[Motive] = ()) -> Iterator[Problem]:
    """Rules between a derived game and the one that it names.

    `system` is that of the derived game, and `core` holds the motives of its core targets.
    """
    named = ("generator", "of") if game.generator is not None else ("transform", "game")
    if base.derived_from is not None:
        problem = f"the game {base.id!r} is itself made from {base.derived_from!r}"
        yield Problem(problem, "name a game that lists its items", named)
        return
    if game.system != base.system:
        problem = f"`system` is {game.system!r}, but the game {base.id!r} is about {base.system!r}"
        yield Problem(problem, f"write `system: {base.system}`", ("system",))
        return
    unfit = [*base.stake_problems(system.stake_ids)]
    for one in unfit:
        yield Problem(f"the game {base.id!r} cannot be used, because {one.problem}", one.fix, named)
    if not unfit and game.generator is not None:
        search = game.generator.kind == "searched"
        of = base.about(system)
        found = _search_problems(of, core, game.generator.seed) if search else _isomorph_problems(of, game.generator)
        yield from (one.within("generator") for one in found)
    if not unfit and game.transform is not None:
        yield from (one.within("transform") for one in _transform_problems(base.about(system), game.transform))


def expand(game: Game, base: Game, system: System, core: Sequence[Motive] = ()) -> Game:
    """A derived game with its items, where there are no `derivation_problems`."""
    base = base.about(system)
    if game.generator is not None and game.generator.kind == "searched":
        made = _searched(base, core, game.generator.seed)
    elif game.generator is not None:
        made = _slider_isomorph(base, game.generator)
    else:
        assert game.transform is not None
        made = Decomposed.model_validate(_transformed(base, game.transform))
    return game.model_copy(update={name: getattr(made, name) for name in Decomposed.model_fields}).about(system)


def _search_problems(base: Game, core: Sequence[Motive], seed: int) -> Iterator[Problem]:
    """Why no items can be searched in the manner of a game, for the motives of the core targets of its system."""
    if len(core) < 2:
        fix = "name two or more values of one motive each in the `core_targets` of the system"
        yield Problem(f"there is nothing that a search could tell apart in the system {base.system!r}", fix, ("kind",))
    elif len({len(item.options) for item in base.items}) > 1 or len(base.items[0].options) > MOST_OPTIONS:
        problem = (
            f"the items of the game {base.id!r} do not all have the same number of options, at most {MOST_OPTIONS}"
        )
        yield Problem(problem, "name a game whose items do", ("of",))
    elif any(payoff % 1 for item in base.items for option in item.options for payoff in option.payoffs):
        yield Problem(f"the game {base.id!r} has payoffs with decimals", "name one of whole numbers", ("of",))
    elif not _found(base, core, seed):
        problem = f"too few items in the manner of {base.id!r} have one clear ideal for each core target"
        yield Problem(problem, "name a game with more different payoffs", ("of",))


def _found(base: Game, core: Sequence[Motive], seed: int) -> tuple[tuple[tuple[int, ...], ...], ...]:
    table = base.payoff_table()
    return search_like(table.payoffs, tuple(core), table.stakes, seed)


def _searched(base: Game, core: Sequence[Motive], seed: int) -> Decomposed:
    """Fresh items in the manner of a game: its ids and situations, other payoffs."""
    items = []
    for item, found in zip(base.items, _found(base, core, seed), strict=True):
        options = (Option(id=option.id, payoffs=payoffs) for option, payoffs in zip(item.options, found, strict=True))
        items.append(item.model_copy(update={"options": tuple(options)}))
    return Decomposed(payoff_unit=base.payoff_unit, situation=base.situation, items=tuple(items))


def _transform_problems(base: Game, transform: Transform) -> Iterator[Problem]:
    stakes = base.stake_ids()
    if transform.shift and len(transform.shift) != len(stakes):
        problem = f"`shift` has {len(transform.shift)} numbers, and there are {len(stakes)} stakes"
        yield Problem(problem, f"write one for each of {', '.join(stakes)}", ("shift",))
        return
    content = _transformed(base, transform)
    try:
        Decomposed.model_validate(content)
    except ValidationError:
        # A part of a game; that it lacks the rest is no mistake.
        told = complaints("game", to_jsonable_python(content))
        problem = f"of the transformed game {base.id!r}, {next(one for one in told if one.rank != 2).problem}"
        yield Problem(problem, "choose a smaller `scale` or shift")


def _transformed(base: Game, transform: Transform) -> dict[str, Any]:
    """The same items, and all that describes them, in other payoffs."""
    stakes = base.stake_ids()
    scale = Fraction(repr(transform.scale))
    shifts = dict(zip(stakes, map(Fraction, map(repr, transform.shift or (0,) * len(stakes))), strict=True))
    content: dict[str, Any] = base.model_dump(include=set(Decomposed.model_fields), exclude_none=True)
    content["payoff_unit"] = float(scale * _exact(content["payoff_unit"]))
    for option in (option for item in content["items"] for option in item["options"]):
        pairs = zip(option["payoffs"], shifts.values(), strict=True)
        option["payoffs"] = tuple(float(scale * _exact(payoff) + shift) for payoff, shift in pairs)
    for measure in (content[name] for name in ("slider", "ring") if name in content):
        for stake in SELF_AND_OTHER:
            centre = f"centre_{stake}"
            measure[centre] = float(scale * _exact(measure[centre]) + shifts[stake])
    return content


def _exact(number: float) -> Fraction:
    """A decimal number as files show it: 1.1 times 85 is 93.5."""
    return Fraction(int(number)) if number == int(number) else Fraction(repr(number))


@dataclass(frozen=True, slots=True)
class _Imitated:
    """A slider between points of a circle; `directions` are where its motives lie, seen from its centre."""

    slider: Slider
    ranking: Ranking
    directions: Mapping[str, _Offset]
    radius: float

    def fresh_radii(self, generator: Generator) -> list[int]:
        """The radii of those circles within the ranges that clearly differ from this one."""
        return [
            radius
            for radius in range(generator.radius_min, generator.radius_max + 1)
            if abs(radius / self.radius - 1) > _CLEARLY
            and (centres := _centres(generator, radius))
            # Where any centre is far enough from the known place, one at an end of the range is.
            and self.fresh(radius, (centres[0], centres[-1]))
        ]

    def fresh(self, radius: int, centres: Sequence[int]) -> list[int]:
        """Those centres of a circle that clearly lie elsewhere than this one's, counted in radii."""
        place = self.slider.centre_self / self.radius
        return [centre for centre in centres if abs(centre / radius - place) > _CLEARLY]


def _imitated(base: Game) -> _Imitated | Problem:
    """What is imitated of a game, or why it has no such geometry."""
    slider = base.slider
    if slider is None:
        return Problem("has no slider to imitate", "name a game with a `slider`")
    if base.stake_ids() != SELF_AND_OTHER:
        fix = "name a game about nothing but self and other"
        return Problem(f"is about {', '.join(base.stake_ids())}", fix)
    ranking, categories = slider.ranking, {*slider.lower_limits_deg, slider.lowest_category}
    if ranking is None or set(ranking.ties) != categories or set(ranking.pulls) != set(slider.items):
        problem = "has no `ranking` in which every item of its slider sets two of its categories against each other"
        return Problem(problem, "name a game with such a ranking")
    ends: dict[str, set[_Offset]] = {motive: set() for motive in ranking.ties}
    for item in base.items:
        if item.id in ranking.pulls:
            for motive, end in zip(ranking.pulls[item.id], (item.options[0], item.options[-1]), strict=True):
                own, other = map(Fraction, end.payoffs)
                ends[motive].add((own - Fraction(slider.centre_self), other - Fraction(slider.centre_other)))
    directions = {motive: next(iter(found)) for motive, found in ends.items()}
    radii = [_length(offset) for offset in directions.values()]
    on_circle = (
        slider.centre_self == slider.centre_other
        and all(len(found) == 1 for found in ends.values())
        and max(radii) - min(radii) <= base.payoff_unit + 1e-9
        and min(radii) > 0
    )
    by_limit = [slider.lowest_category, *sorted(slider.lower_limits_deg, key=slider.lower_limits_deg.__getitem__)]
    if not on_circle or sorted(directions, key=lambda motive: _angle(directions[motive])) != by_limit:
        problem = (
            "is not a slider between points of a circle: one for each category, in the categories' order, about a "
            "centre with the same payoff for both persons"
        )
        return Problem(problem, "name a game of this form")
    return _Imitated(slider, ranking, directions, max(radii))


def _isomorph_problems(base: Game, generator: Generator) -> Iterator[Problem]:
    """Why a game cannot be imitated: it has no such geometry, or the ranges hold no circle clearly unlike its own."""
    known = _imitated(base)
    if isinstance(known, Problem):
        yield Problem(f"the game {base.id!r} {known.problem}", known.fix, ("of",))
    elif not known.fresh_radii(generator):
        yield Problem(
            f"with radius {generator.radius_min} to {generator.radius_max} and centre {generator.centre_min} to "
            f"{generator.centre_max} no circle clearly differs from that of {base.id!r} and leaves all payoffs at 0 "
            "or above",
            "widen the ranges; the centre has to be larger than the radius",
        )


def _slider_isomorph(base: Game, generator: Generator) -> Decomposed:
    """Fresh items of the geometry of a slider.

    Drawn are radius, centre, the order of the items, and which end of each comes first. Ids stay with their
    meaning: `p1` sets the same motives against each other as `p1` of the imitated game, and `o1` lies at the
    same of its two ends, wherever it is listed.
    """
    known = _imitated(base)
    assert isinstance(known, _Imitated)
    stream = f"{generator.kind}/{generator.seed}"
    radius = drawn(known.fresh_radii(generator), f"{stream}/radius")
    centre = drawn(known.fresh(radius, _centres(generator, radius)), f"{stream}/centre")
    corners = {motive: circle_point(offset, radius, centre) for motive, offset in known.directions.items()}
    pulls: dict[str, tuple[str, str]] = {}
    items = []
    by_id = {item.id: item for item in base.items}
    for id_ in arrange(known.slider.items, "shuffled", f"{stream}/items"):
        first, last = known.ranking.pulls[id_]
        options = by_id[id_].options
        payoffs = segment(corners[first], corners[last], len(options))
        fresh = tuple(Option(id=option.id, payoffs=pair) for option, pair in zip(options, payoffs, strict=True))
        turned = drawn((False, True), f"{stream}/direction/{id_}")
        pulls[id_] = (last, first) if turned else (first, last)
        items.append(Item(id=id_, situation=by_id[id_].situation, options=fresh[::-1] if turned else fresh))
    geometry = {"centre_self": float(centre), "centre_other": float(centre), "secondary": ()}
    slider = known.slider.model_copy(update={**geometry, "ranking": Ranking(pulls=pulls, ties=known.ranking.ties)})
    made = Decomposed(payoff_unit=1, situation=base.situation, items=tuple(items))
    limits = _limits(made, slider, {motive: _angle(offset) for motive, offset in known.directions.items()})
    return made.model_copy(update={"slider": slider.model_copy(update={"lower_limits_deg": limits})})


def circle_point(direction: Sequence[Any], radius: int, centre: int) -> _Point:
    """The point of a circle in a direction (self, other), of any length but 0, rounded to whole numbers exactly.

    Both coordinates of the centre are the same; the direction is made of rational numbers.
    """
    length_squared = sum(Fraction(part) ** 2 for part in direction)
    along = []
    for part in direction:
        # floor(sqrt(x) + 1/2) without a root that is rounded first.
        doubled_squared = 4 * radius**2 * Fraction(part) ** 2 / length_squared
        away = (math.isqrt(math.floor(doubled_squared)) + 1) // 2
        along.append(centre + (away if part > 0 else -away))
    return tuple(along)


def segment(first: _Point, last: _Point, n_points: int) -> list[_Point]:
    """Equally spaced points from one point to another, rounded to whole numbers, halves upwards."""
    steps = n_points - 1
    return [
        tuple(
            (2 * (start * (steps - step) + end * step) + steps) // (2 * steps)
            for start, end in zip(first, last, strict=True)
        )
        for step in range(n_points)
    ]


def _centres(generator: Generator, radius: int) -> range:
    return range(max(generator.centre_min, radius), generator.centre_max + 1)


def _limits(fresh: Decomposed, slider: Slider, angles_deg: Mapping[str, float]) -> dict[str, float]:
    """Lower limit of each category but the lowest: halfway to the ideal angles of the category below it."""
    table = fresh.payoff_table()
    arcs = []
    for motive in sorted(angles_deg, key=angles_deg.__getitem__, reverse=True):
        arc = ideal_arc(table, [LinearMotive(kind="linear", utility_angle_deg=angles_deg[motive])], slider)
        assert arc is not None
        arcs.append((motive, arc))
    return {
        upper: round((above.start_deg + below.end_deg) / 2, _LIMIT_DECIMALS)
        for (upper, above), (_, below) in pairwise(arcs)
    }


def _length(offset: _Offset) -> float:
    # A root is rounded alike everywhere; hypot need not be.
    return math.sqrt(offset[0] ** 2 + offset[1] ** 2)


def _angle(offset: _Offset) -> float:
    return math.degrees(math.atan2(offset[1], offset[0]))


def drawn(choices: Sequence[Any], stream: str) -> Any:
    """One of several, each as likely as the others; the same text gives the same place everywhere."""
    return choices[int.from_bytes(hashlib.sha256(stream.encode()).digest(), "big") % len(choices)]
