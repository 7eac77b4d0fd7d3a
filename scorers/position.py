"""Positions: whether a responder answers what the options pay, or where they stand in the list.

`constant_position` is a dialogue whose every decision fell on one place. `order_consistency` compares
dialogues that saw the same items in different orders: Cohen's kappa (Cohen 1960) of choosing the same
option, with the agreement to expect of somebody who chooses places alone. Both are defined by this project.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from hvae_bench.scorers.payoff_table import MISSING, Floats, Integers

MIN_ANSWERED = 4
"""With fewer answered items one place throughout means little."""

MAX_EXPECTED_AGREEMENT = 0.95


def constant_position(positions: Sequence[int]) -> bool | None:
    """Whether all decisions of a dialogue fell on one place of the list as shown; None below four answers."""
    answered = [position for position in positions if position != MISSING]
    return len(set(answered)) == 1 if len(answered) >= MIN_ANSWERED else None


def constant_position_chance(n_options: Sequence[int]) -> float:
    """Probability that a uniformly random responder chooses one position throughout these items."""
    return min(n_options) * math.prod(1.0 / n for n in n_options)


@dataclass(frozen=True, slots=True)
class Arm:
    """Dialogues of one cell, all of which saw the options in one order.

    Attributes:
        choices: (n, n_items) option indices in the game's order, `MISSING` where unanswered.
        shown_at: (n_items, n_options) the place of each option, from 0; `MISSING` beyond the options of an item.
    """

    choices: Integers
    shown_at: Integers


@dataclass(frozen=True, slots=True)
class OrderConsistency:
    """Agreement of choices across option orders.

    Attributes:
        consistency: (p_o - p_e) / (1 - p_e): 1 if the order never matters, 0 if only places are chosen.
        ceiling: the same with the agreement within one order in the place of p_o: what a responder who
            answers the payoffs, as noisily as this one, would reach.
        cross_agreement: p_o, share of pairs of dialogues from different orders that chose the same option.
        within_agreement: share of pairs from the same order that did.
        expected_agreement: p_e, what position shares alone would give.
        reason: why `consistency` is NaN; None if it is not.
    """

    consistency: float
    ceiling: float
    cross_agreement: float
    within_agreement: float
    expected_agreement: float
    reason: str | None


def order_consistency(crossed: Sequence[Sequence[Arm]]) -> OrderConsistency:
    """Order consistency over cells, each with one arm for each order; means over items, then over cells."""
    groups = [_agreements(arms) for arms in crossed if len(arms) > 1]
    cross, within, expected = (
        float(np.mean(found)) if (found := [part[kind] for part in groups if not math.isnan(part[kind])]) else math.nan
        for kind in range(3)
    )
    reason = None
    if not groups:
        reason = "no cell was run in two option orders"
    elif math.isnan(cross):
        reason = "no item was answered in two option orders"
    elif expected > MAX_EXPECTED_AGREEMENT:
        reason = f"positions alone would agree in {expected:.3f} of the pairs, more than {MAX_EXPECTED_AGREEMENT}"

    def beyond_positions(agreement: float) -> float:
        return (agreement - expected) / (1.0 - expected) if reason is None else math.nan

    return OrderConsistency(beyond_positions(cross), beyond_positions(within), cross, within, expected, reason)


def _agreements(arms: Sequence[Arm]) -> tuple[float, float, float]:
    """Means over items of the cross-order, within-order and expected agreement; NaN where there is no pair."""
    counts = [_option_counts(arm) for arm in arms]
    shares = [_position_shares(arm, count) for arm, count in zip(arms, counts, strict=True)]
    totals = [count.sum(axis=1) for count in counts]
    same = pairs = expected = np.zeros(arms[0].shown_at.shape[0])
    for one, other in combinations(range(len(arms)), 2):
        n_pairs = totals[one] * totals[other]
        same = same + (counts[one] * counts[other]).sum(axis=1)
        pairs = pairs + n_pairs
        expected = expected + n_pairs * (shares[one] * shares[other]).sum(axis=1)
    same_order = sum(((count * (count - 1)).sum(axis=1) for count in counts), start=np.zeros_like(same))
    order_pairs = sum((total * (total - 1) for total in totals), start=np.zeros_like(same))
    return _mean_share(same, pairs), _mean_share(same_order, order_pairs), _mean_share(expected, pairs)


def _option_counts(arm: Arm) -> Floats:
    """How often each option was chosen: (n_items, n_options)."""
    n_options = arm.shown_at.shape[1]
    return np.stack([(arm.choices == option).sum(axis=0) for option in range(n_options)], axis=1).astype(np.float64)


def _position_shares(arm: Arm, counts: Floats) -> Floats:
    """For each item and option the share, pooled over items, of the position at which it was shown."""
    there = arm.shown_at != MISSING
    tally = np.bincount(arm.shown_at[there], weights=counts[there], minlength=arm.shown_at.shape[1])
    shares = tally / max(float(tally.sum()), 1.0)
    return np.where(there, shares[arm.shown_at], 0.0)


def _mean_share(parts: Floats, wholes: Floats) -> float:
    counted = wholes > 0
    return float((parts[counted] / wholes[counted]).mean()) if counted.any() else math.nan
