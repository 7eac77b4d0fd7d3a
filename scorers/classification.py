"""Classification: which category most choices of a dialogue agree on.

Every item holds an option for each category, and a dialogue is classified if enough of its choices are of one category.
Source: the rule of six in nine of the triple-dominance measure, Van Lange, De Bruin, Otten & Joireman 1997, Journal of
Personality and Social Psychology 73(4).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import Field

from hvae_bench.scorers.calibration import rate_items
from hvae_bench.scorers.motive import Motive
from hvae_bench.scorers.part import EntryId, Part
from hvae_bench.scorers.payoff_table import Integers, PayoffTable


class Classification(Part):
    """How many choices must agree for a dialogue to belong to a category."""

    minimum: int = Field(ge=1, description="So many choices of one category classify a dialogue.", examples=[6])
    categories: dict[EntryId, Motive] = Field(
        min_length=2,
        description="For each category its motive; the option that alone serves it best counts for the category.",
        examples=[
            {
                "competitive": {"kind": "linear", "utility_angle_deg": -45},
                "individualistic": {"kind": "linear", "utility_angle_deg": 0},
            }
        ],
    )


def category_options(table: PayoffTable, rule: Classification) -> Sequence[Mapping[str, int]]:
    """For each item the index of the option of each category: the one that alone serves its motive best.

    A category has no option in an item where several options serve its motive equally well, or where rounding alone
    could make the difference.
    """
    items = []
    for place in range(table.n_items):
        options = {}
        for category, motive in rule.categories.items():
            rating = rate_items(table, (motive,))[0][place]
            if rating.informative and rating.ideal.sum() == 1:
                options[category] = int(np.argmax(rating.ideal))
        items.append(options)
    return items


def category_counts(choices: Integers, table: PayoffTable, rule: Classification) -> Mapping[str, Integers]:
    """How many choices of each dialogue are of each category: (n, n_items) option indices in, (n,) numbers out."""
    choices = table.checked(choices)
    counts = {category: np.zeros(len(choices), dtype=np.int64) for category in rule.categories}
    for place, options in enumerate(category_options(table, rule)):
        for category, option in options.items():
            counts[category] += choices[:, place] == option
    return counts


def classify(choices: Integers, table: PayoffTable, rule: Classification) -> Sequence[str | None]:
    """The one category that at least `minimum` choices of each dialogue agree on; None where there is not one.

    Missing answers are of no category, so a dialogue with a few of them may still be classified.
    """
    counts = category_counts(choices, table, rule)
    reached = [[name for name, count in counts.items() if count[row] >= rule.minimum] for row in range(len(choices))]
    return [names[0] if len(names) == 1 else None for names in reached]
