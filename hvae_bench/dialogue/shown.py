"""Shown: an option as a model sees it."""

from __future__ import annotations

from dataclasses import dataclass

from hvae_bench.scorers.payoff_table import SELF_AND_OTHER

__all__ = ["Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One option of a question.

    Attributes:
        label: what it is called there.
        option_id: id of the option in the game.
        payoffs: one a stake, in the order of the game's value system.
        line: the whole line that shows it.
        stakes: names of the stakes.
    """

    label: str
    option_id: str
    payoffs: tuple[float, ...]
    line: str
    stakes: tuple[str, ...] = SELF_AND_OTHER
