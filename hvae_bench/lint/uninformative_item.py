"""Each item of a game is informative for at least one value target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hvae_bench.game import Game
from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding
from hvae_bench.scorers.calibration import applies, rate_items
from hvae_bench.scorers.motive import Motive

__all__ = ["RULE", "check", "informative_items"]

RULE = "uninformative-item"


def informative_items(game: Game, motives: Sequence[Motive]) -> list[bool]:
    """For each item of a game whether it is informative for any of the motives."""
    table = game.payoff_table()
    rated = rate_items(table, tuple(motive for motive in motives if applies([motive], table.stakes)))
    return [any(ratings[place].informative for ratings in rated) for place in range(table.n_items)]


def check(collection: Collection) -> Iterator[Finding]:
    """Items that say nothing about anybody, in games that have others."""
    for source in collection.of("games"):
        if isinstance(source.entry, Game):
            informative = informative_items(source.entry, collection.motives)
            for place, says in enumerate(informative if any(informative) else ()):
                if not says:
                    problem = f"item {source.entry.items[place].id!r} is informative for no value target"
                    mend = "remove it, or let its options differ by more than `payoff_unit`"
                    yield source.warning(RULE, problem, mend, "items", place)
