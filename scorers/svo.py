"""Social value orientation on the slider: angle, category, and the ranking of motives.

Sources: Murphy, Ackermann & Handgraaf 2011, Judgment and Decision Making 6(8), equation 1 and section 2;
the category limits and the transitivity check as in Ackermann's scoring program (SVO_Slider.m, 2011).
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from pydantic import Field

from hvae_bench.scorers.part import EntryId, Part, Problem
from hvae_bench.scorers.payoff_table import Floats, Integers, PayoffTable, plane
from hvae_bench.scorers.ring import Ring

_ROUNDING_DEG = 1e-9
_EQUALLY_NEAR = 1e-12
"""Squared distances that differ by less, as a share of an item's squared length, are equal but for rounding."""


class Ranking(Part):
    """Which motives the items of a slider set against each other, so that their choices rank the motives."""

    pulls: dict[EntryId, tuple[EntryId, EntryId]] = Field(
        min_length=1,
        description="For each item the motive that its first option serves and the one that its last option "
        "serves. Every two motives meet in exactly one item.",
        examples=[{"p1": ["prosocial", "competitive"]}],
    )
    ties: tuple[EntryId, ...] = Field(
        min_length=2,
        json_schema_extra={"uniqueItems": True},
        description="All motives; those that the choices leave equal are ranked in this order.",
        examples=[["prosocial", "competitive"]],
    )

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the ranking breaks."""
        met = sorted(tuple(sorted(pair)) for pair in self.pulls.values())
        if met != sorted(tuple(sorted(pair)) for pair in combinations(self.ties, 2)):
            yield Problem(
                "`pulls` does not set every two motives of `ties` against each other exactly once",
                f"write one item for each pair of {', '.join(self.ties)}",
                ("pulls",),
            )


class Slider(Part):
    """What makes the items of a game measure an SVO angle."""

    centre_self: float = Field(description="Own payoff of the point from which the angle is seen.", examples=[50])
    centre_other: float = Field(
        description="The other's payoff of the point from which the angle is seen.", examples=[50]
    )
    items: tuple[EntryId, ...] = Field(
        min_length=1,
        json_schema_extra={"uniqueItems": True},
        description="Ids of the items that make the angle.",
        examples=[["p1", "p2"]],
    )
    lower_limits_deg: dict[EntryId, float] = Field(
        min_length=1,
        description="For each category the smallest angle in degrees that belongs to it.",
        examples=[{"altruistic": 57.15, "prosocial": 22.45, "individualistic": -12.04}],
    )
    lowest_category: EntryId = Field(
        description="Category of every angle below the smallest limit.", examples=["competitive"]
    )
    ranking: Ranking | None = Field(
        default=None,
        description="Given where the items also rank motives.",
        examples=[{"pulls": {"p1": ["prosocial", "competitive"]}, "ties": ["prosocial", "competitive"]}],
    )
    secondary: tuple[EntryId, ...] = Field(
        default=(),
        json_schema_extra={"uniqueItems": True},
        description="Ids of the items that tell inequality aversion from joint gain; the idealised options are "
        "derived from the payoffs. Empty where there are none.",
        examples=[["s1", "s2"]],
    )

    @property
    def centre(self) -> tuple[float, float]:
        """Own and other's payoff from which the angle is seen."""
        return self.centre_self, self.centre_other


Angled = Slider | Ring
"""What gives choices an angle, and the point that it is seen from."""


def angled_items(geometry: Angled, table: PayoffTable) -> tuple[str, ...]:
    """Ids of the items that make the angle: those that a slider names, all of a ring."""
    return geometry.items if isinstance(geometry, Slider) else table.item_ids


def svo_angle(choices: Integers, table: PayoffTable, geometry: Angled) -> Floats:
    """SVO angle of each dialogue in degrees, within (-180, 180]: (n, n_items) option indices in, (n,) angles out.

    NaN where any item of it has no answer, or where the mean payoffs lie on the centre.

    Raises:
        ValueError: choices that are no options, or a centre that does not lie within the payoffs.
    """
    columns = [table.item_ids.index(item) for item in angled_items(geometry, table)]
    payoffs = plane(np.concatenate([table.item(place) for place in range(table.n_items)]), table.stakes)
    if ((payoffs.min(axis=0) > geometry.centre) | (payoffs.max(axis=0) < geometry.centre)).any():
        raise ValueError(
            f"the centre {geometry.centre} does not lie within the payoffs, from {payoffs.min(axis=0).tolist()} to "
            f"{payoffs.max(axis=0).tolist()}; give both in one unit"
        )
    chosen = plane(table.chosen_payoffs(np.asarray(choices)), table.stakes)
    return payoff_angle(chosen[:, columns, :], geometry)


def payoff_angle(payoffs: Floats, geometry: Angled) -> Floats:
    """SVO angle in degrees of chosen payoffs (n, n_items, 2), which may lie between two options; see `svo_angle`."""
    away = payoffs.mean(axis=1) - np.asarray(geometry.centre)
    angle = np.degrees(np.arctan2(away[:, 1], away[:, 0]))
    return np.where((away == 0).all(axis=1), np.nan, angle)


def svo_category(angles_deg: Floats, slider: Slider) -> Sequence[str | None]:
    """Category of each angle: the lower end of a category belongs to it; None for a NaN angle."""
    limits = sorted(slider.lower_limits_deg.items(), key=lambda entry: entry[1])
    names = [slider.lowest_category, *(name for name, _ in limits)]
    places = np.searchsorted([limit - _ROUNDING_DEG for _, limit in limits], angles_deg, side="right")
    return [None if np.isnan(angle) else names[place] for angle, place in zip(angles_deg, places, strict=True)]


def motive_ranking(choices: Integers, table: PayoffTable, ranking: Ranking) -> Sequence[tuple[str, ...] | None]:
    """Rank order of the motives in each dialogue, the strongest first; () if intransitive, None if an item is missing.

    Option indices (n, n_items) in; otherwise as `payoff_ranking`.
    """
    payoffs = plane(table.chosen_payoffs(choices), table.stakes)
    return payoff_ranking(payoffs[:, [table.item_ids.index(item) for item in ranking.pulls]], table, ranking)


def payoff_ranking(payoffs: Floats, table: PayoffTable, ranking: Ranking) -> Sequence[tuple[str, ...] | None]:
    """Rank order of the motives by chosen payoffs, which may lie between two options, as on a continuous slider.

    Each item is a duel of two motives, won by the one whose end of the item lies nearer; at equal distance it decides
    nothing. The duels are transitive if they form no circle, and the ranking is their topological order; motives that
    no duel orders stand in the order of `ties`.

    Args:
        payoffs: own and other's payoff (n, n_pulls, 2), the items in the order of `ranking.pulls`; NaN where missing.
        table: the game, whose first and last options are the ends.
        ranking: the duels.

    Returns:
        For each of the n dialogues all motives, the strongest first; () if intransitive, None if an item is missing.
    """
    columns = [table.item_ids.index(item) for item in ranking.pulls]
    firsts = plane(np.array([table.payoffs[column][0] for column in columns]), table.stakes)
    lasts = plane(np.array([table.payoffs[column][-1] for column in columns]), table.stakes)
    nearer_last = ((payoffs - firsts) ** 2).sum(axis=2) - ((payoffs - lasts) ** 2).sum(axis=2)
    tolerance = _EQUALLY_NEAR * ((firsts - lasts) ** 2).sum(axis=1)
    n, motives = len(payoffs), ranking.ties
    beats = np.zeros((n, len(motives), len(motives)), dtype=np.bool_)
    for duel, (first, last) in enumerate(ranking.pulls.values()):
        one, other = motives.index(first), motives.index(last)
        beats[:, one, other] = nearer_last[:, duel] < -tolerance[duel]
        beats[:, other, one] = nearer_last[:, duel] > tolerance[duel]
    remaining = np.ones((n, len(motives)), dtype=np.bool_)
    transitive = np.ones(n, dtype=np.bool_)
    order = np.zeros((n, len(motives)), dtype=np.int64)
    for place in range(len(motives)):
        unbeaten = remaining & ~(beats & remaining[:, :, None]).any(axis=1)
        transitive &= unbeaten.any(axis=1)
        order[:, place] = unbeaten.argmax(axis=1)
        remaining[np.arange(n), order[:, place]] = False
    known = np.all(np.isfinite(payoffs), axis=(1, 2)).tolist()
    return [
        None if not all_known else tuple(motives[motive] for motive in ranked) if consistent else ()
        for all_known, consistent, ranked in zip(known, transitive.tolist(), order.tolist(), strict=True)
    ]
