"""Separation of targets: against the ideal profiles, listed one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.scorers import (
    FehrSchmidtMotive,
    InequalityAversionMotive,
    LinearMotive,
    MaximinMotive,
    Motive,
    PayoffTable,
    separation,
)

SLIDER = load_catalog().games["svo-slider-primary"].payoff_table()


def linear(angle_deg: float) -> LinearMotive:
    return LinearMotive(kind="linear", utility_angle_deg=angle_deg)


MAXIMIN = MaximinMotive(kind="maximin")
INEQUALITY = InequalityAversionMotive(kind="inequality_aversion")


def ideal_profiles(table: PayoffTable, motives: Sequence[Motive]) -> set[tuple[int, ...]]:
    """All ideal profiles, by the rule of the design: exact maxima on informative items, anything elsewhere."""
    profiles: set[tuple[int, ...]] = set()
    for motive in motives:
        best = []
        for item in range(table.n_items):
            payoffs = table.item(item)
            utility = motive.utility(payoffs, table.stakes)
            informs = np.ptp(utility) > table.payoff_unit * motive.sensitivity(table.stakes) + 1e-9 * max(
                1, np.abs(utility).max()
            )
            best.append(np.flatnonzero(utility >= utility.max() - 1e-9) if informs else range(len(utility)))
        profiles |= set(product(*(tuple(int(option) for option in options) for options in best)))
    return profiles


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([linear(90)], [linear(-45)], "distinct"),
        ([linear(45), MAXIMIN], [linear(0)], "distinct"),
        ([MAXIMIN], [INEQUALITY], "same"),
        ([linear(45), MAXIMIN], [INEQUALITY], "overlapping"),
        ([linear(45)], [linear(44)], "overlapping"),
        ([linear(90)], [linear(80)], "same"),
    ],
)
def test_on_the_slider(one: list[Motive], other: list[Motive], expected: str) -> None:
    assert separation(SLIDER, one, other) == separation(SLIDER, other, one) == expected


@pytest.mark.parametrize("seed", range(60))
def test_against_the_list_of_ideal_profiles(seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = {
        f"i{item}": {f"o{option}": tuple(rng.integers(0, 5, size=2).tolist()) for option in range(rng.integers(2, 5))}
        for item in range(3)
    }
    table = PayoffTable.from_options(items, payoff_unit=float(rng.integers(0, 2)))
    pool: list[Motive] = [linear(90), linear(45), linear(0), linear(-45), MAXIMIN, INEQUALITY]
    pool.append(FehrSchmidtMotive(kind="fehr_schmidt", alpha=0.85, beta=0.315))
    one, other = ([pool[int(rng.integers(len(pool)))]] for _ in range(2))
    mine, theirs = ideal_profiles(table, one), ideal_profiles(table, other)
    expected = "distinct" if not mine & theirs else "same" if mine == theirs else "overlapping"
    assert separation(table, one, other) == expected
