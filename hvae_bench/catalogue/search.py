"""Search: items that tell some motives apart, chosen out of many drawn ones.

What is asked of them:

- each motive has one ideal in every item, and no other option serves it nearly as well;
- whoever follows one motive, or gives to a stake that none of them values, scores low as any other (`WORST`);
- whoever does the same whatever value is given scores as low as can be (the deaf ceiling), by greedy choice and then by
  exchange of one item at a time until none helps;
- each place is ideal for every motive as often as any other, and none serves any by itself (`PLACE`).

What is drawn are the raw numbers of PCG64, which no version of numpy changes, and what is compared is rounded before,
so a seed gives the same items everywhere.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, reduce
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from hvae_bench.scorers.motive import LinearMotive, Motive

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

WORST, PLACE = 0.19, 0.08
"""The most that following another motive, or one place throughout, may serve a motive."""

MOST_OPTIONS = 5
"""Items of more have too many orders to try."""

SECOND = 0.8
"""The rationality that an option may have at most that is not the ideal, unless those imitated have more."""

_LIKE_BATCHES, _LIKE_BATCH, _FEW = 20, 5000, 3
_STARTS = 50


class Draws:
    """Whole numbers from a seed."""

    def __init__(self, seed: int) -> None:
        self._source = np.random.PCG64(seed)

    def below(self, n: int | Ints, *shape: int) -> Ints:
        """So many numbers from 0 to n - 1."""
        raw = self._source.random_raw(int(np.prod(shape))).reshape(shape)
        return ((raw >> np.uint64(32)).astype(np.int64) * n) >> 32


def search_items(
    draws: Draws,
    drawn: Callable[[], Ints],
    motives: Sequence[Motive],
    stakes: Sequence[str],
    *,
    n_items: int,
    batches: int,
    second: Sequence[float],
) -> Ints | None:
    """The items, [item, option, stake]; None where too few of those drawn are clear.

    Args:
        draws: for the places of options.
        drawn: draws a batch of items.
        motives: what they should tell apart.
        stakes: names of the stakes, in the order of the payoffs.
        n_items: how many there should be.
        batches: how many batches are drawn.
        second: for each motive the rationality that an option may have at most that is not its ideal.
    """
    followed = [*motives, *_unvalued(motives, stakes)]
    clear = np.array([*second, *[1 - 1e-6] * (len(followed) - len(motives))])
    found = []
    for _ in range(batches):
        payoffs = drawn()
        rated = np.stack([rationality(payoffs, motive, stakes) for motive in followed], axis=1)
        kept = (np.sort(rated, axis=-1)[..., -2] <= clear).all(axis=-1)
        found.append((payoffs[kept], rated[kept]))
    payoffs, rated = map(np.concatenate, zip(*found, strict=True))
    if len(payoffs) < n_items:
        return None
    chosen = _chosen(rated, len(motives), n_items)
    orders = _placed(draws, rated[chosen, : len(motives)])
    return np.take_along_axis(payoffs[chosen], orders[..., None], axis=1)


@lru_cache(maxsize=64)
def search_like(
    payoffs: tuple[tuple[tuple[float, ...], ...], ...], motives: tuple[Motive, ...], stakes: tuple[str, ...], seed: int
) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """As many items as those given, in their manner, or none where too few are clear; whole numbers, as many options.

    A drawn item imitates one of them: neighbouring stakes that get the same in an option of it get the same, and
    whatever a stake gets is what it gets somewhere among those given. What a stake of few amounts gets stays as it is
    in the item, such as which of the options are true.
    """
    given = np.array(payoffs, dtype=np.int64)
    n_items, n_options, n_stakes = given.shape
    amounts = [np.unique(given[..., stake]) for stake in range(n_stakes)]
    few = [len(one) <= _FEW for one in amounts]
    first = np.zeros_like(given)
    # Of each option imitated the amounts that a stake may get, and where the run that it belongs to begins.
    table = np.zeros((*given.shape, max(map(len, amounts))), dtype=np.int64)
    n_amounts = np.ones_like(given)
    for item, option in np.ndindex(n_items, n_options):
        start = 0
        for stake in range(n_stakes):
            if stake and (given[item, option, stake] != given[item, option, stake - 1] or few[stake] or few[stake - 1]):
                start = stake
            first[item, option, stake] = start
        for stake in range(n_stakes):
            told = [other for other in range(n_stakes) if first[item, option, other] == first[item, option, stake]]
            allowed = given[item, option, [stake]] if few[stake] else _in_all([amounts[other] for other in told])
            n_amounts[item, option, stake] = len(allowed)
            table[item, option, stake, : len(allowed)] = allowed
    draws = Draws(seed)

    def drawn() -> Ints:
        like = draws.below(n_items, _LIKE_BATCH)
        raw = draws.below(1 << 31, _LIKE_BATCH, n_options, n_stakes)
        places = (np.take_along_axis(raw, first[like], axis=-1) * n_amounts[like]) >> 31
        return np.take_along_axis(table[like], places[..., None], axis=-1)[..., 0]

    rated = np.stack([rationality(given, motive, stakes) for motive in motives], axis=1)
    second = np.nan_to_num(np.sort(rated, axis=-1)[..., -2], nan=0.0).max(axis=0)
    clear = np.minimum(np.maximum(second, SECOND), 1 - 1e-6)
    found = search_items(
        draws, drawn, motives, stakes, n_items=n_items, batches=_LIKE_BATCHES, second=[*map(float, clear)]
    )
    return tuple(tuple(tuple(map(int, option)) for option in item) for item in (() if found is None else found))


def _in_all(amounts: Sequence[Ints]) -> Ints:
    return reduce(np.intersect1d, amounts)


def rationality(payoffs: Ints, motive: Motive, stakes: Sequence[str]) -> Floats:
    """How far each option serves a motive: 1 the ideal, 0 in the mean; NaN where all serve it alike."""
    utility = motive.utility(payoffs.astype(np.float64), stakes)
    above = utility - utility.mean(axis=-1, keepdims=True)
    best = above.max(axis=-1, keepdims=True)
    served: Floats = np.divide(above, best, out=np.full_like(above, np.nan), where=best > 1e-9)
    return served.round(6)


def _unvalued(motives: Sequence[Motive], stakes: Sequence[str]) -> Iterator[Motive]:
    """To give to a stake that no motive values."""
    if all(isinstance(motive, LinearMotive) for motive in motives):
        valued = {stake for motive in motives if isinstance(motive, LinearMotive) for stake in motive.needs}
        yield from (LinearMotive(kind="linear", weights={stake: 1}) for stake in stakes if stake not in valued)


def _chosen(rated: Floats, n_targets: int, n_items: int) -> list[int]:
    """The items of least deaf ceiling of which no row of the matrix is above `WORST` beside the diagonal.

    The first of those followed are the targets, as which all are scored.
    """
    aside = [
        np.take_along_axis(rated[:, scored], rated[:, followed].argmax(axis=-1)[:, None], axis=-1)[:, 0]
        for followed in range(rated.shape[1])
        for scored in range(n_targets)
        if scored != followed
    ]
    told = np.stack([*aside, rated[:, :n_targets].mean(axis=1).max(axis=-1)], axis=-1)

    def best(rest: Floats, without: list[int]) -> tuple[float, int]:
        with_each = rest + told
        beyond = np.maximum(with_each[:, :-1].max(axis=-1, initial=0.0) - n_items * WORST, 0)
        cost = np.round(10 * beyond + with_each[:, -1], 6)
        cost[without] = np.inf
        return float(cost.min()), int(cost.argmin())

    chosen: list[int] = []
    for _ in range(n_items):
        chosen.append(best(told[chosen].sum(axis=0), chosen)[1])
    cost = np.inf
    while True:
        before = cost
        for place in range(n_items):
            rest = [*chosen[:place], *chosen[place + 1 :]]
            found, one = best(told[rest].sum(axis=0), rest)
            if found < cost:
                cost, chosen[place] = found, one
        if cost == before:
            return chosen


def _placed(draws: Draws, rated: Floats) -> Ints:
    """The order of the options of each item: the best of some climbs, or the first that is as good as can be."""
    n_items, _, n_options = rated.shape
    orders = np.array([*permutations(range(n_options))])
    # [item, order, target x place]: what each place is worth, and whether it is ideal.
    worth = rated[:, :, orders].swapaxes(1, 2).reshape(n_items, len(orders), -1)
    ideal = (worth == 1).astype(np.float64)
    # So often each place is ideal; where it does not divide, half an item too many or too few is as even as can be.
    share = n_items / n_options

    def cost(worth: Floats, ideal: Floats) -> Floats:
        uneven = np.maximum(0.0, np.abs(ideal - share) - (0 if share.is_integer() else 1)).sum(axis=-1)
        worst: Floats = worth.max(axis=-1)
        costs: Floats = uneven + 10 * np.maximum(0.0, worst / n_items - PLACE)
        return costs.round(6)

    best, least = np.zeros(n_items, dtype=np.int64), np.inf
    for _ in range(_STARTS):
        taken = draws.below(len(orders), n_items)
        found = np.inf
        while True:
            before = found
            for one, other in combinations(range(n_items), 2):
                rest = np.setdiff1d(np.arange(n_items), [one, other])
                parts = [
                    part[rest, taken[rest]].sum(axis=0) + part[one][:, None] + part[other] for part in (worth, ideal)
                ]
                costs = cost(*parts)
                if costs.min() < found:
                    found = float(costs.min())
                    taken[[one, other]] = np.unravel_index(costs.argmin(), costs.shape)
            if found == before:
                break
        if found < least:
            best, least = taken, found
        if least == 0:
            break
    return orders[best]
