"""Slider isomorph: a slider of the same geometry as a published one, on a circle that nobody has published.

The primary items of the SVO slider (Murphy, Ackermann & Handgraaf 2011, Judgment and Decision Making 6(8),
section 2) are the segments between four points of a circle, each point the best of the circle for one motive. Points
that lie in the same directions from another centre, at another distance, make items with the same ideal
options. All payoffs are whole numbers and every rounding is exact, so a seed makes the same game everywhere.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hvae_bench.catalogue.derivation import Generator
from hvae_bench.catalogue.entry import Problem
from hvae_bench.catalogue.game import Decomposed, Game, Item, Option
from hvae_bench.catalogue.rendering import arrange
from hvae_bench.scorers.angular import ideal_arc
from hvae_bench.scorers.motive import LinearMotive
from hvae_bench.scorers.stakes import SELF_AND_OTHER
from hvae_bench.scorers.svo import Ranking, Slider

__all__ = ["circle_point", "isomorph_problems", "segment", "slider_isomorph"]

_CLEARLY = 0.1
"""Share of the imitated radius by which radius, and centre in radii, differ at least."""

_LIMIT_DECIMALS = 2

_Point = tuple[int, int]
_Offset = tuple[Fraction, Fraction]


def isomorph_problems(base: Game, generator: Generator) -> Iterator[Problem]:
    """Why a game cannot be imitated: it has no such geometry, or the ranges hold no circle clearly unlike its own.

    Args:
        base: the game that is imitated.
        generator: the seed and the ranges; the places are those in it.
    """
    unfit = _geometry_problem(base)
    if unfit is not None:
        yield Problem(f"the game {base.id!r} {unfit.problem}", unfit.mend, ("of",))
    elif not _radii(base, generator):
        yield Problem(
            f"with radius {generator.radius_min} to {generator.radius_max} and centre {generator.centre_min} to "
            f"{generator.centre_max} no circle clearly differs from that of {base.id!r} and leaves all payoffs at 0 "
            "or above",
            "widen the ranges; the centre has to be larger than the radius",
        )


def slider_isomorph(base: Game, generator: Generator) -> Decomposed:
    """Fresh items of the geometry of a slider.

    Drawn are radius, centre, the order of the items, and which end of each comes first. Ids stay with their
    meaning: `p1` sets the same motives against each other as `p1` of the imitated game, and `o1` lies at the
    same of its two ends, wherever it is listed.

    Args:
        base: the game that is imitated; there are no `isomorph_problems`.
        generator: the seed and the ranges.
    """
    slider, ranking = _ranked(base)
    directions = _directions(base)
    stream = f"{generator.kind}/{generator.seed}"
    radius, centre = _circle(base, generator, stream)
    corners = {motive: circle_point(offset, radius, centre) for motive, offset in directions.items()}
    pulls: dict[str, tuple[str, str]] = {}
    items = []
    by_id = {item.id: item for item in base.items}
    for id_ in arrange(slider.items, "shuffled", f"{stream}/items"):
        first, last = ranking.pulls[id_]
        payoffs = segment(corners[first], corners[last], len(by_id[id_].options))
        options = [Option(id=option.id, payoffs=pair) for option, pair in zip(by_id[id_].options, payoffs, strict=True)]
        turned = _draw(f"{stream}/direction/{id_}", 2) == 1
        pulls[id_] = (last, first) if turned else (first, last)
        items.append(Item(id=id_, situation=by_id[id_].situation, options=tuple(options[::-1] if turned else options)))
    centred = {"centre_self": float(centre), "centre_other": float(centre)}
    fresh = slider.model_copy(update={**centred, "ranking": Ranking(pulls=pulls, ties=ranking.ties), "secondary": ()})
    angles_deg = {motive: _angle(offset) for motive, offset in directions.items()}
    limits = _limits(Decomposed(payoff_unit=1, items=tuple(items)), fresh, angles_deg)
    return Decomposed(
        payoff_unit=1,
        slider=fresh.model_copy(update={"lower_limits_deg": limits}),
        situation=base.situation,
        items=tuple(items),
    )


def circle_point(direction: Sequence[Any], radius: int, centre: int) -> _Point:
    """The point of a circle in some direction from its centre, rounded to whole numbers exactly.

    Args:
        direction: (self, other), of any length but 0, rational numbers.
        radius: of the circle.
        centre: both coordinates of its centre.
    """
    length_squared = sum(Fraction(part) ** 2 for part in direction)
    along = []
    for part in direction:
        # floor(sqrt(x) + 1/2) without a root that is rounded first.
        doubled_squared = 4 * radius**2 * Fraction(part) ** 2 / length_squared
        away = (math.isqrt(math.floor(doubled_squared)) + 1) // 2
        along.append(centre + (away if part > 0 else -away))
    return along[0], along[1]


def segment(first: _Point, last: _Point, n_points: int) -> list[_Point]:
    """Equally spaced points from one point to another, rounded to whole numbers, halves upwards."""
    steps = n_points - 1

    def between(start: int, end: int, step: int) -> int:
        return (2 * (start * (steps - step) + end * step) + steps) // (2 * steps)

    return [(between(first[0], last[0], step), between(first[1], last[1], step)) for step in range(n_points)]


def _geometry_problem(base: Game) -> Problem | None:
    """Why the slider of a game is none that can be imitated, told of the game; None where it is one."""
    slider = base.slider
    if slider is None:
        return Problem("has no slider to imitate", "name a game with a `slider`")
    if base.stake_ids() != SELF_AND_OTHER:
        mend = "name a game about nothing but self and other"
        return Problem(f"is about {', '.join(base.stake_ids())}", mend)
    ranking, categories = slider.ranking, {*slider.lower_limits_deg, slider.lowest_category}
    if ranking is None or set(ranking.ties) != categories or set(ranking.pulls) != set(slider.items):
        problem = "has no `ranking` in which every item of its slider sets two of its categories against each other"
        return Problem(problem, "name a game with such a ranking")
    ends = _ends(base)
    directions = _directions(base)
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
            "is no slider between points of a circle: one for each category, in the categories' order, about a "
            "centre with the same payoff for both persons"
        )
        return Problem(problem, "name a game of this form")
    return None


def _ranked(base: Game) -> tuple[Slider, Ranking]:
    """The slider of the imitated game and its ranking, of a game that has both."""
    assert base.slider is not None
    assert base.slider.ranking is not None
    return base.slider, base.slider.ranking


def _ends(base: Game) -> dict[str, set[_Offset]]:
    """For each motive the ends of items that serve it, seen from the centre."""
    slider, ranking = _ranked(base)
    centre = Fraction(slider.centre_self), Fraction(slider.centre_other)
    found: dict[str, set[_Offset]] = {motive: set() for motive in ranking.ties}
    for item in base.items:
        if item.id in ranking.pulls:
            for motive, end in zip(ranking.pulls[item.id], (item.options[0], item.options[-1]), strict=True):
                own, other = map(Fraction, end.payoffs)
                found[motive].add((own - centre[0], other - centre[1]))
    return found


def _directions(base: Game) -> dict[str, _Offset]:
    """Where the motives of a slider lie, seen from its centre."""
    return {motive: next(iter(ends)) for motive, ends in _ends(base).items()}


def _circle(base: Game, generator: Generator, stream: str) -> tuple[int, int]:
    """Radius and centre of a circle that clearly differs from the one imitated."""
    radii = _radii(base, generator)
    radius = radii[_draw(f"{stream}/radius", len(radii))]
    _, known_place = _known(base)
    centres = [centre for centre in _centres(generator, radius) if _is_fresh(radius, centre, known_place)]
    return radius, centres[_draw(f"{stream}/centre", len(centres))]


def _radii(base: Game, generator: Generator) -> list[int]:
    """The radii of those circles within the ranges that clearly differ from the one imitated."""
    known_radius, known_place = _known(base)

    def has_centre(radius: int) -> bool:
        centres = _centres(generator, radius)
        # Where any centre is far enough from the known place, one at an end of the range is.
        return len(centres) > 0 and any(_is_fresh(radius, centres[end], known_place) for end in (0, -1))

    return [
        radius
        for radius in range(generator.radius_min, generator.radius_max + 1)
        if abs(radius / known_radius - 1) > _CLEARLY and has_centre(radius)
    ]


def _known(base: Game) -> tuple[float, float]:
    """The circle that is imitated: its radius, and its centre in radii."""
    slider, _ = _ranked(base)
    radius = max(_length(offset) for offset in _directions(base).values())
    return radius, slider.centre_self / radius


def _is_fresh(radius: int, centre: int, known_place: float) -> bool:
    return abs(centre / radius - known_place) > _CLEARLY


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


def _draw(stream: str, n: int) -> int:
    """A number below n, each as likely as the others; the same text gives the same number everywhere."""
    return int.from_bytes(hashlib.sha256(stream.encode()).digest(), "big") % n
