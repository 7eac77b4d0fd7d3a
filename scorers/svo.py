"""Social value orientation on the slider: angle, category, and the ranking of motives.

Sources: Murphy, Ackermann & Handgraaf 2011, Judgment and Decision Making 6(8), equation 1 and section 2;
the category limits and the transitivity check as in Ackermann's scoring program (SVO_Slider.m, 2011).
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from pydantic import Field

from hvae_bench.scorers.part import EntryId, Part, Problem
from hvae_bench.scorers.payoff_table import MISSING, Floats, Integers, PayoffTable, plane
from hvae_bench.scorers.ring import Ring

_ROUNDING_DEG = 1e-9


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
        description="All motives; where the middle option is chosen, the one that comes first here wins.",
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
    """
    columns = [table.item_ids.index(item) for item in angled_items(geometry, table)]
    chosen = plane(table.chosen_payoffs(np.asarray(choices, dtype=np.int64)), table.stakes)
    payoffs = chosen[:, columns, :]
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

    Each item is a duel of two motives, won by the one whose end of the item lies closer to the choice. The
    duels are transitive if no two motives won equally many; then that number gives the rank.
    """
    columns = [table.item_ids.index(item) for item in ranking.pulls]
    chosen = np.asarray(choices, dtype=np.int64)[:, columns]
    middle = np.array([(len(table.option_ids[column]) - 1) / 2 for column in columns])
    duels = [(ranking.ties.index(first), ranking.ties.index(last)) for first, last in ranking.pulls.values()]
    tied = np.array([other - one for one, other in duels])
    first_wins = np.where(chosen == middle, tied > 0, chosen < middle)
    won = np.eye(len(ranking.ties), dtype=np.int64)
    ones, others = won[[one for one, _ in duels]], won[[other for _, other in duels]]
    wins = first_wins @ ones + ~first_wins @ others
    answered = np.all(chosen != MISSING, axis=1).tolist()
    transitive = np.all(np.sort(wins, axis=1) == np.arange(len(ranking.ties)), axis=1).tolist()
    orders = np.argsort(-wins, axis=1, kind="stable")
    return [
        None if not known else tuple(ranking.ties[motive] for motive in order) if ranked else ()
        for known, ranked, order in zip(answered, transitive, orders, strict=True)
    ]
