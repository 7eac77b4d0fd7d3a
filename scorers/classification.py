"""Classification: which category most choices of a dialogue agree on.

Every item holds an option for each category, and a dialogue is classified if enough of its choices are of one category.
Source: the rule of six in nine of the triple-dominance measure, Van Lange, De Bruin, Otten & Joireman 1997, Journal of
Personality and Social Psychology 73(4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hvae_bench.scorers.calibration import rate_items
from hvae_bench.scorers.motive import Motive
from hvae_bench.scorers.payoff_table import PayoffTable

__all__ = ["ClassificationRule", "category_counts", "category_options", "classify"]


@dataclass(frozen=True, slots=True)
class ClassificationRule:
    """How the choices of a game classify a dialogue.

    Attributes:
        minimum: so many choices of one category classify a dialogue.
        motives: for each category the motive by which its options are found.
    """

    minimum: int
    motives: Mapping[str, Motive]


def category_options(table: PayoffTable, rule: ClassificationRule) -> Sequence[Mapping[str, int]]:
    """For each item the index of the option of each category: the one that alone serves its motive best.

    A category has no option in an item where several options serve its motive equally well, or where rounding alone
    could make the difference.
    """
    items = []
    for place in range(table.n_items):
        options = {}
        for category, motive in rule.motives.items():
            rating = rate_items(table, (motive,))[0][place]
            if rating.informative and rating.ideal.sum() == 1:
                options[category] = int(np.argmax(rating.ideal))
        items.append(options)
    return items


def category_counts(
    choices: NDArray[np.int64], table: PayoffTable, rule: ClassificationRule
) -> Mapping[str, NDArray[np.int64]]:
    """How many choices of each dialogue are of each category.

    Args:
        choices: (n, n_items) option indices, -1 where unanswered.
        table: the game.
        rule: the categories.

    Returns:
        (n,) numbers for each category.
    """
    choices = np.asarray(choices, dtype=np.int64)
    counts = {category: np.zeros(len(choices), dtype=np.int64) for category in rule.motives}
    for place, options in enumerate(category_options(table, rule)):
        for category, option in options.items():
            counts[category] += choices[:, place] == option
    return counts


def classify(choices: NDArray[np.int64], table: PayoffTable, rule: ClassificationRule) -> Sequence[str | None]:
    """The one category that at least `minimum` choices of each dialogue agree on; None where there is not one.

    Missing answers are of no category, so a dialogue with a few of them may still be classified.
    """
    counts = category_counts(choices, table, rule)
    reached = [[name for name, count in counts.items() if count[row] >= rule.minimum] for row in range(len(choices))]
    return [names[0] if len(names) == 1 else None for names in reached]
