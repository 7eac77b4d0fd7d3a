"""Social value orientation on the slider: angle and category.

Sources: Murphy, Ackermann & Handgraaf 2011, Judgment and Decision Making 6(8), equation 1 and section 2;
the category limits as in Ackermann's scoring program (SVO_Slider.m, 2011).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvae_bench.scorers.payoff_table import PayoffTable

__all__ = ["SliderGeometry", "svo_angle", "svo_category"]

_ROUNDING_DEG = 1e-9


@dataclass(frozen=True, slots=True)
class SliderGeometry:
    """What a game must declare so that its items measure an SVO angle.

    Attributes:
        centre: (payoff_self, payoff_other) from which the angle is seen.
        items: ids of the items that make the angle (the primary items).
        lower_limits_deg: for each category the smallest angle that still belongs to it, in degrees; the
            category below all of them has none and is `lowest_category`.
        lowest_category: category of every angle below the smallest limit.
    """

    centre: tuple[float, float]
    items: tuple[str, ...]
    lower_limits_deg: Mapping[str, float]
    lowest_category: str


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
    payoffs = table.chosen_payoffs(np.asarray(choices, dtype=np.int64))[:, columns, :]
    away = payoffs.mean(axis=1) - np.asarray(geometry.centre)
    angle = np.degrees(np.arctan2(away[:, 1], away[:, 0]))
    return np.where((away == 0).all(axis=1), np.nan, angle)


def svo_category(angles_deg: NDArray[np.float64], geometry: SliderGeometry) -> Sequence[str | None]:
    """Category of each angle: the lower end of a category belongs to it; None for a NaN angle."""
    limits = sorted(geometry.lower_limits_deg.items(), key=lambda entry: entry[1])
    names = [geometry.lowest_category, *(name for name, _ in limits)]
    places = np.searchsorted([limit - _ROUNDING_DEG for _, limit in limits], angles_deg, side="right")
    return [None if np.isnan(angle) else names[place] for angle, place in zip(angles_deg, places, strict=True)]
