"""Stakes: who or what the payoffs of an option go to, by name.

Most of what is published is about two of them, oneself and another. Slider, ring, secondary items and utility angle are
made for these two and mean nothing for others; `plane` is their one way to the payoffs.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SELF_AND_OTHER = ("self", "other")
"""The stakes of social value orientation: the one who chooses, and the other person."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class StakeError(ValueError):
    """A stake is asked for that the payoffs do not have."""


def column(payoffs: Floats, stakes: Sequence[str], stake: str) -> Floats:
    """What goes to one stake: [..., n_stakes] in, [...] out."""
    if stake not in stakes:
        raise StakeError(f"there is no stake {stake!r} here; there are {', '.join(stakes)}")
    return payoffs[..., list(stakes).index(stake)]


def plane(payoffs: Floats, stakes: Sequence[str]) -> Floats:
    """Payoffs as points of the plane of own and other's payoff: [..., n_stakes] in, [..., 2] out."""
    if tuple(stakes) == SELF_AND_OTHER:
        return payoffs
    return np.stack([column(payoffs, stakes, stake) for stake in SELF_AND_OTHER], axis=-1)
