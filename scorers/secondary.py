"""Secondary items of the slider: which of two prosocial motives, inequality aversion or joint gain, leads the choices.

The primary items cannot tell the two apart. On every secondary item each motive has one idealised option; how far
the choices lie from it, on average, ranks the motives.

Source: Murphy, Ackermann & Handgraaf 2011, Judgment and Decision Making 6(8), section 2.2; distances, ranking and
index as in Ackermann's scoring program (SVO_Slider.m, 2011), in its form for option numbers.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from hvae_bench.scorers.calibration import rate_items
from hvae_bench.scorers.motive import InequalityAversionMotive, LinearMotive, Motive
from hvae_bench.scorers.payoff_table import MISSING, SELF_AND_OTHER, Floats, Integers, PayoffTable

SECONDARY_MOTIVES: Mapping[str, Motive] = {
    "inequality_aversion": InequalityAversionMotive(kind="inequality_aversion", stakes=SELF_AND_OTHER),
    "joint_gain": LinearMotive(kind="linear", utility_angle_deg=45),
    "own_gain": LinearMotive(kind="linear", utility_angle_deg=0),
    "other_gain": LinearMotive(kind="linear", utility_angle_deg=90),
}
"""The motives that are ranked; at equal distances the one that comes first here leads."""

_DIGITS = 12
"""Distances that agree to so many digits are equal."""


def motive_distances(choices: Integers, table: PayoffTable, items: Sequence[str]) -> Floats:
    """How far each dialogue's choices lie from what each of `SECONDARY_MOTIVES` wants: (n, 4) within [0, 1].

    The distance on an item is the number of options from the choice to the nearest idealised one, as a share of the
    item's length; options follow a line from one end to the other. Items where the motive has no idealised option (its
    utility is constant up to the rounding of the payoffs) and items without an answer are left out of the mean; it is
    NaN where no item is left.
    """
    columns = [table.item_ids.index(item) for item in items]
    chosen = table.checked(choices)[:, columns]
    distances = _distances(table, tuple(columns))[:, np.arange(len(columns)), chosen]  # (4, n, n_secondary)
    counted = ~np.isnan(distances) & (chosen != MISSING)
    total = np.where(counted, distances, 0.0).sum(axis=2)
    with np.errstate(invalid="ignore"):
        return np.asarray((total / counted.sum(axis=2)).T)


@lru_cache(maxsize=256)
def _distances(table: PayoffTable, columns: tuple[int, ...]) -> Floats:
    """Distance of every option by (motive, item, option); NaN where an item has no idealised option."""
    width = max(len(table.option_ids[column]) for column in columns)
    distances = np.full((len(SECONDARY_MOTIVES), len(columns), width + 1), np.nan)
    for m, motive in enumerate(SECONDARY_MOTIVES.values()):
        for i, column in enumerate(columns):
            rating = rate_items(table, (motive,))[0][column]
            if rating.informative:
                places = np.arange(len(rating.ideal))
                steps = np.abs(places[:, None] - np.flatnonzero(rating.ideal)[None, :]).min(axis=1)
                distances[m, i, : len(places)] = steps / (len(places) - 1)
    return distances


def secondary_ranking(distances: Floats) -> Sequence[tuple[str, ...] | None]:
    """Rank order of the motives by (n, 4) distances, the closest first; None where a distance is missing."""
    names = tuple(SECONDARY_MOTIVES)
    orders = np.argsort(np.round(distances, _DIGITS), axis=1, kind="stable")
    known = np.all(~np.isnan(distances), axis=1).tolist()
    return [tuple(names[place] for place in row) if ranked else None for row, ranked in zip(orders, known, strict=True)]


def inequality_aversion_index(distances: Floats) -> Floats:
    """Where choices lie between the inequality averse (0) and the maximiser of joint gain (1), from (n, 4) distances.

    It is d / (d + g) with the distances d from inequality aversion and g from joint gain, and exists only if these
    two are the closest of the four motives: NaN otherwise, where a distance is missing, or where both are 0.
    """
    closest = [ranking is not None and set(ranking[:2]) == set(_PROSOCIAL) for ranking in secondary_ranking(distances)]
    averse, joint = distances[:, 0], distances[:, 1]
    with np.errstate(invalid="ignore"):
        return np.where(closest, averse / (averse + joint), np.nan)


def secondary_type(index: Floats) -> Sequence[str | None]:
    """The closer of the two motives for each index; None where there is no index, or where it is 0.5."""
    halves = np.round(index, _DIGITS) - 0.5
    return [None if np.isnan(half) or half == 0 else _PROSOCIAL[int(half > 0)] for half in halves]


_PROSOCIAL = ("inequality_aversion", "joint_gain")
