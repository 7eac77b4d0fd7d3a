"""Ring measure of social values: the direction and the length of the sum of all choices.

Sources: Griesinger & Livingston 1973, Behavioral Science 18(3) (motives as directions in the plane of payoffs);
Liebrand 1984, European Journal of Social Psychology 14(3), and Liebrand & McClintock 1988, European Journal of
Personality 2(3) (ring of 24 pairs, vector, its length as consistency, octants).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from pydantic import Field

from hvae_bench.scorers.part import EntryId, Part, Problem
from hvae_bench.scorers.payoff_table import MISSING, Floats, Integers, PayoffTable, plane

_ROUNDING_DEG = 1e-9
_RELATIVE_TOLERANCE = 1e-9


class Ring(Part):
    """What makes the choices of a game add up to a vector, whose direction shows a motive."""

    centre_self: float = Field(description="Own payoff of the middle of the ring.", examples=[0])
    centre_other: float = Field(description="The other's payoff of the middle of the ring.", examples=[0])
    octants: dict[EntryId, Annotated[float, Field(gt=-180, le=180)]] = Field(
        min_length=2,
        description="For each category the direction of its middle in degrees; an angle belongs to the closest one.",
        examples=[{"individualistic": 0, "cooperative": 45, "altruistic": 90}],
    )

    @property
    def centre(self) -> tuple[float, float]:
        """Own and other's payoff at the middle of the ring."""
        return self.centre_self, self.centre_other

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the ring breaks."""
        taken: dict[float, str] = {}
        for category, angle_deg in self.octants.items():
            if angle_deg in taken:
                problem = f"`octants` gives {category} and {taken[angle_deg]} the same direction"
                yield Problem(problem, "let their directions differ", ("octants", category))
            taken[angle_deg] = category


@dataclass(frozen=True, slots=True)
class RingVector:
    """The vectors of n dialogues, (n,) each; NaN where an item has no answer.

    Attributes:
        angle_deg: within (-180, 180]; NaN also where the choices cancel each other out up to rounding of the payoffs.
        length: in units of payoff.
        consistency: length as a share of the largest that any choices could give; NaN also where none give any.
    """

    angle_deg: Floats
    length: Floats
    consistency: Floats


def ring_vector(choices: Integers, table: PayoffTable, ring: Ring) -> RingVector:
    """Add up the payoffs of all choices, (n, n_items) option indices, seen from the centre."""
    choices = table.checked(choices)
    points = plane(table.chosen_payoffs(choices), table.stakes)
    vectors = (points - np.asarray(ring.centre)).sum(axis=1)
    length = np.hypot(vectors[:, 0], vectors[:, 1])
    largest = largest_length(table, ring.centre)
    # Rounding moves each coordinate of each choice by half a unit at most.
    noise = table.n_items * table.payoff_unit / np.sqrt(2) + _RELATIVE_TOLERANCE * max(1.0, largest)
    angle = np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0]))
    angle = np.where(angle == -180.0, 180.0, angle)
    whole = (choices != MISSING).all(axis=1)
    return RingVector(
        angle_deg=np.where(whole & (length > noise), angle, np.nan),
        length=np.where(whole, length, np.nan),
        consistency=np.where(whole, length / largest if largest > 0 else np.nan, np.nan),
    )


@lru_cache(maxsize=64)
def largest_length(table: PayoffTable, centre: tuple[float, float]) -> float:
    """Length of the longest vector that choices can add up to, seen from this centre.

    The longest one is what somebody chooses who wants to get as far as possible in one direction. Such choices change
    only at directions in which two options of an item are equally good, so one direction between every two
    neighbouring ones of these finds them all.
    """
    items = [plane(table.item(place), table.stakes) - np.asarray(centre) for place in range(table.n_items)]
    turns = {0.0}
    for options in items:
        for place, one in enumerate(options):
            away = options[place + 1 :] - one
            across = np.arctan2(away[:, 1], away[:, 0]) + np.pi / 2
            turns |= set(np.concatenate((across, across + np.pi)) % (2 * np.pi))
    ordered = np.sort(np.array(list(turns)))
    between = (ordered + np.append(ordered[1:], 2 * np.pi)) / 2
    directions = np.stack((np.cos(between), np.sin(between)))
    longest = np.zeros((len(between), 2))
    for options in items:
        longest += options[np.argmax(options @ directions, axis=0)]
    return float(np.hypot(longest[:, 0], longest[:, 1]).max())


def ring_category(angles_deg: Floats, ring: Ring) -> Sequence[str | None]:
    """The category whose middle is closest to each angle; None for a NaN angle.

    An angle half way between two middles belongs to the one further counter-clockwise, so that, as on the slider,
    the lower end of a category belongs to it.
    """
    names = tuple(ring.octants)
    middles = np.array([ring.octants[name] for name in names], dtype=np.float64)
    # Degrees from the angle on to each middle, within [-180, 180).
    ahead = (middles[None, :] - np.asarray(angles_deg, dtype=np.float64)[:, None] + 180.0) % 360.0 - 180.0
    found: list[str | None] = []
    for row in ahead:
        if np.isnan(row).any():
            found.append(None)
            continue
        near = np.flatnonzero(np.abs(row) <= np.abs(row).min() + _ROUNDING_DEG)
        found.append(names[int(near[np.argmax(row[near])])])
    return found
