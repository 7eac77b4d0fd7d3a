"""Social value orientation on the slider: angle, category, and the ranking of motives.

Sources: Murphy, Ackermann & Handgraaf 2011, Judgment and Decision Making 6(8), equation 1 and section 2;
the category limits and the transitivity check as in Ackermann's scoring program (SVO_Slider.m, 2011).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvae_bench.scorers.payoff_table import MISSING, PayoffTable
from hvae_bench.scorers.stakes import plane

__all__ = ["MotivePulls", "SliderGeometry", "motive_ranking", "svo_angle", "svo_category"]

_ROUNDING_DEG = 1e-9


@dataclass(frozen=True, slots=True)
class MotivePulls:
    """Which motives the items of a slider set against each other.

    Attributes:
        pulls: for each item the motive that its first option serves and the one that its last option serves;
            every two motives meet in exactly one item.
        ties: all motives; at the middle of an item the one that comes first here wins.
    """

    pulls: Mapping[str, tuple[str, str]]
    ties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SliderGeometry:
    """What a game must declare so that its items measure an SVO angle.

    Attributes:
        centre: own and other's payoff from which the angle is seen.
        items: ids of the items that make the angle (the primary items).
        lower_limits_deg: for each category the smallest angle that still belongs to it, in degrees; the
            category below all of them has none and is `lowest_category`.
        lowest_category: category of every angle below the smallest limit.
        pulls: which motives the items set against each other; None where they give no ranking.
    """

    centre: tuple[float, float]
    items: tuple[str, ...]
    lower_limits_deg: Mapping[str, float]
    lowest_category: str
    pulls: MotivePulls | None = None


def svo_angle(choices: NDArray[np.int64], table: PayoffTable, geometry: SliderGeometry) -> NDArray[np.float64]:
    """SVO angle of each dialogue in degrees, within (-180, 180].

    Args:
        choices: (n, n_items) option indices, -1 where unanswered.
        table: the game.
        geometry: centre and items of the slider.

    Returns:
        (n,) angles; NaN where any primary item has no answer, or where the mean payoffs lie on the centre.
    """
    columns = [table.item_ids.index(item) for item in geometry.items]
    chosen = plane(table.chosen_payoffs(np.asarray(choices, dtype=np.int64)), table.stakes)
    payoffs = chosen[:, columns, :]
    away = payoffs.mean(axis=1) - np.asarray(geometry.centre)
    angle = np.degrees(np.arctan2(away[:, 1], away[:, 0]))
    return np.where((away == 0).all(axis=1), np.nan, angle)


def svo_category(angles_deg: NDArray[np.float64], geometry: SliderGeometry) -> Sequence[str | None]:
    """Category of each angle: the lower end of a category belongs to it; None for a NaN angle."""
    limits = sorted(geometry.lower_limits_deg.items(), key=lambda entry: entry[1])
    names = [geometry.lowest_category, *(name for name, _ in limits)]
    places = np.searchsorted([limit - _ROUNDING_DEG for _, limit in limits], angles_deg, side="right")
    return [None if np.isnan(angle) else names[place] for angle, place in zip(angles_deg, places, strict=True)]


def motive_ranking(
    choices: NDArray[np.int64], table: PayoffTable, pulls: MotivePulls
) -> Sequence[tuple[str, ...] | None]:
    """Rank order of the motives in each dialogue, the strongest first.

    Each item is a duel of two motives, won by the one whose end of the item lies closer to the choice. The
    duels are transitive if no two motives won equally many; then that number gives the rank.

    Args:
        choices: (n, n_items) option indices, -1 where unanswered.
        table: the game.
        pulls: the duels.

    Returns:
        For each dialogue its motives, () if the duels are intransitive, None if one of the items is missing.
    """
    columns = [table.item_ids.index(item) for item in pulls.pulls]
    chosen = np.asarray(choices, dtype=np.int64)[:, columns]
    middle = np.array([(len(table.option_ids[column]) - 1) / 2 for column in columns])
    duels = [(pulls.ties.index(first), pulls.ties.index(last)) for first, last in pulls.pulls.values()]
    tied = np.array([other - one for one, other in duels])
    first_wins = np.where(chosen == middle, tied > 0, chosen < middle)
    won = np.eye(len(pulls.ties), dtype=np.int64)
    ones, others = won[[one for one, _ in duels]], won[[other for _, other in duels]]
    wins = first_wins @ ones + ~first_wins @ others
    answered = np.all(chosen != MISSING, axis=1).tolist()
    transitive = np.all(np.sort(wins, axis=1) == np.arange(len(pulls.ties)), axis=1).tolist()
    orders = np.argsort(-wins, axis=1, kind="stable")
    return [
        None if not known else tuple(pulls.ties[motive] for motive in order) if ranked else ()
        for known, ranked, order in zip(answered, transitive, orders, strict=True)
    ]
