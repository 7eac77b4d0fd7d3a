"""A game tells followers of at least one value target from anybody else."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.game import Game
from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.uninformative_item import informative_items

__all__ = ["RULE", "check"]

RULE = "uninformative-game"


def check(collection: Collection) -> Iterator[Finding]:
    """Games without any item that is informative for any motive."""
    for source in collection.of("games"):
        if isinstance(source.entry, Game) and not any(informative_items(source.entry, collection.motives)):
            problem = "no item of the game is informative for any value target: whatever is chosen, it says nothing"
            mend = "let the options differ by more than the rounding step `payoff_unit`"
            yield source.error(RULE, problem, mend, "items")
