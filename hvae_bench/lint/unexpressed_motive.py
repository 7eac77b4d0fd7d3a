"""Every motive of a value target can be expressed in some game of the catalogue, so that it can be scored."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding
from hvae_bench.scorers.calibration import applies, describe, rate_items
from hvae_bench.scorers.motive import Motive
from hvae_bench.value import ValueTarget

__all__ = ["RULE", "check"]

RULE = "unexpressed-motive"


def check(collection: Collection) -> Iterator[Finding]:
    """Motives for which no game has an informative item."""
    for source in collection.of("values"):
        for place, motive in enumerate(source.entry.motives if isinstance(source.entry, ValueTarget) else ()):
            if not _expressible(collection, motive):
                problem = f"no game of the catalogue can show the motive {describe(motive)}, so it is never scored"
                mend = "add a game whose options differ by more than rounding for it, or change the motive"
                yield source.error(RULE, problem, mend, "motives", place)


def _expressible(collection: Collection, motive: Motive) -> bool:
    return any(
        any(rating.informative for rating in rate_items(game.payoff_table(), (motive,))[0])
        for game in collection.games.values()
        if applies([motive], game.stake_ids())
    )
