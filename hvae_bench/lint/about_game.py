"""Rules about games: payoffs that a reader takes in, and items that tell one value from another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.rule import rule, rule_between_files
from hvae_bench.lint.source import Source
from hvae_bench.scorers.calibration import applies, describe, rate_items
from hvae_bench.scorers.motive import Motive

_MOST = 1_000_000
_SENSIBLE = 100_000
_DECIMALS = 4
_NO_NUMBER = re.compile(r"[-+]?\.?(?:inf|nan|infinity)|[-+]?[0-9][0-9_.,]*(?:e[-+]?[0-9]+)?", re.I)


@rule("payoff-range")
def payoff_range(source: Source) -> Iterator[Finding]:
    """Payoffs are finite numbers in digits, at most a million.

    A warning above 100,000 or with more than 4 decimals.
    """
    items = source.data.get("items") if source.kind == "games" else None
    for number, item in enumerate(items if isinstance(items, list) else ()):
        options = item.get("options") if isinstance(item, dict) else None
        for place, option in enumerate(options if isinstance(options, list) else ()):
            payoffs = option.get("payoffs") if isinstance(option, dict) else None
            for stake, payoff in enumerate(payoffs if isinstance(payoffs, list) else ()):
                yield from _payoff(source, ("items", number, "options", place, "payoffs", stake), payoff)


def _payoff(source: Source, place: tuple[str | int, ...], payoff: Any) -> Iterator[Finding]:
    if isinstance(payoff, str) and _NO_NUMBER.fullmatch(payoff):
        problem = f"a payoff is {payoff!r}, which is no finite number in plain digits"
        yield source.error(problem, "write it in digits, such as 85 or 12.5, without quotes", *place)
    if not isinstance(payoff, (int, float)) or isinstance(payoff, bool):
        return
    if abs(payoff) > _MOST:
        problem = f"a payoff is {payoff}, beyond {-_MOST:,} to {_MOST:,}"
        yield source.error(problem, "count in a larger unit", *place)
    elif abs(payoff) > _SENSIBLE:
        problem = f"a payoff is {payoff}, a number that is hard to compare at a glance"
        yield source.warning(problem, "count in a larger unit", *place)
    elif round(payoff, _DECIMALS) != payoff:
        problem = f"a payoff is {payoff}, with more than {_DECIMALS} decimals"
        yield source.warning(problem, "round it, and say so with `payoff_unit`", *place)


@rule("same-payoffs")
def same_payoffs(source: Source) -> Iterator[Finding]:
    """No two options of an item pay the same: a choice between them says nothing."""
    for number, item in enumerate(source.entry.items if isinstance(source.entry, Game) else ()):
        seen: dict[tuple[float, ...], str] = {}
        for place, option in enumerate(item.options):
            if option.payoffs in seen:
                problem = f"the options {seen[option.payoffs]!r} and {option.id!r} of item {item.id!r} pay the same"
                yield source.warning(problem, "change or remove one", "items", number, "options", place)
            seen.setdefault(option.payoffs, option.id)


@rule_between_files("unexpressed-motive")
def unexpressed_motive(collection: Collection) -> Iterator[Finding]:
    """Every motive is informative in some game of the catalogue, so that it can be scored."""
    tables = [game.payoff_table() for game in collection.entries(Game).values()]

    def informs(motive: Motive) -> bool:
        able = (table for table in tables if applies([motive], table.stakes))
        return any(rating.informative for table in able for rating in rate_items(table, (motive,))[0])

    for source, value in collection.checked_entries(ValueTarget):
        for place, motive in enumerate(value.motives):
            if not informs(motive):
                problem = f"no game of the catalogue can show the motive {describe(motive)}, so it is never scored"
                mend = "add a game whose options differ by more than rounding for it, or change the motive"
                yield source.error(problem, mend, "motives", place)


@rule_between_files("uninformative-game")
def uninformative_game(collection: Collection) -> Iterator[Finding]:
    """Some item of the game is informative for some value target."""
    for source, game in collection.checked_entries(Game):
        if not any(_informative_items(game, collection.motives)):
            problem = "no item of the game is informative for any value target: whatever is chosen, it says nothing"
            yield source.error(problem, "let the options differ by more than the rounding step `payoff_unit`", "items")


@rule_between_files("uninformative-item")
def uninformative_item(collection: Collection) -> Iterator[Finding]:
    """Each item of a game is informative for some value target."""
    for source, game in collection.checked_entries(Game):
        informative = _informative_items(game, collection.motives)
        for place, says in enumerate(informative if any(informative) else ()):
            if not says:
                problem = f"item {game.items[place].id!r} is informative for no value target"
                mend = "remove it, or let its options differ by more than `payoff_unit`"
                yield source.warning(problem, mend, "items", place)


def _informative_items(game: Game, motives: Sequence[Motive]) -> list[bool]:
    table = game.payoff_table()
    rated = rate_items(table, tuple(motive for motive in motives if applies([motive], table.stakes)))
    return [any(ratings[place].informative for ratings in rated) for place in range(table.n_items)]
