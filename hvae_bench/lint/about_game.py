"""Rules about games: payoffs that a reader takes in, and items that tell one value from another."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.lint.files import Collection, Finding, Source, leaves
from hvae_bench.lint.run import BETWEEN_FILES, rule
from hvae_bench.scorers.calibration import rate_items
from hvae_bench.text.document import Place

_MOST = 1_000_000
_SENSIBLE = 100_000
_DECIMALS = 4
_NO_NUMBER = re.compile(r"[-+]?\.?(?:inf|nan|infinity)|[-+]?[0-9][0-9_.,]*(?:e[-+]?[0-9]+)?", re.I)


@rule("payoff-range")
def payoff_range(source: Source) -> Iterator[Finding]:
    """Payoffs are finite numbers in digits, at most a million.

    A warning above 100,000 or with more than 4 decimals.
    """
    for place, payoff in leaves(source.data) if source.kind == "games" else ():
        match place:
            case ("items", int(), "options", int(), "payoffs", int()):
                yield from _payoff(source, place, payoff)


def _payoff(source: Source, place: Place, payoff: Any) -> Iterator[Finding]:
    if isinstance(payoff, str) and _NO_NUMBER.fullmatch(payoff):
        problem = f"a payoff is {payoff!r}, which is not a finite number in plain digits"
        yield source.error(problem, "write it in digits, such as 85 or 12.5, without quotes", *place)
    if not isinstance(payoff, (int, float)) or isinstance(payoff, bool):
        return
    number, unit = f"a payoff is {payoff}", "count in a larger unit"
    if abs(payoff) > _MOST:
        yield source.error(f"{number}, beyond {-_MOST:,} to {_MOST:,}", unit, *place)
    elif abs(payoff) > _SENSIBLE:
        yield source.warning(f"{number}, a number that is hard to compare", unit, *place)
    elif round(payoff, _DECIMALS) != payoff:
        fix = "round it, and say so with `payoff_unit`"
        yield source.warning(f"{number}, with more than {_DECIMALS} decimals", fix, *place)


@rule("same-payoffs")
def same_payoffs(source: Source) -> Iterator[Finding]:
    """No two options of an item have the same payoffs: a choice between them says nothing."""
    for number, item in enumerate(source.entry.items if isinstance(source.entry, Game) else ()):
        seen: dict[tuple[float, ...], str] = {}
        for place, option in enumerate(item.options):
            if option.payoffs in seen:
                problem = (
                    f"the options {seen[option.payoffs]!r} and {option.id!r} of item {item.id!r} have the same payoffs"
                )
                yield source.warning(problem, "change or remove one", "items", number, "options", place)
            seen.setdefault(option.payoffs, option.id)


@rule("uninformative-game", BETWEEN_FILES)
def uninformative_game(collection: Collection) -> Iterator[Finding]:
    """Some item of the game is informative for some value target of its system."""
    values = [*collection.entries(ValueTarget).values()]
    for source, game in collection.checked_entries(Game):
        if not any(_informative_items(game, values)):
            problem = "no item of the game is informative for any value target: whatever is chosen, it says nothing"
            yield source.error(problem, "let the options differ by more than the rounding step `payoff_unit`", "items")


@rule("uninformative-item", BETWEEN_FILES)
def uninformative_item(collection: Collection) -> Iterator[Finding]:
    """Each item of a game is informative for some value target of its system."""
    values = [*collection.entries(ValueTarget).values()]
    for source, game in collection.checked_entries(Game):
        informative = _informative_items(game, values)
        for place, item in enumerate(game.items if any(informative) else ()):
            if not informative[place]:
                problem = f"item {item.id!r} is informative for no value target"
                fix = "remove it, or let its options differ by more than `payoff_unit`"
                yield source.warning(problem, fix, "items", place)


def _informative_items(game: Game, values: Iterable[ValueTarget]) -> list[bool]:
    table = game.payoff_table()
    motives = (motive for value in values if value.belongs_to(game.system) for motive in value.motives)
    rated = rate_items(table, tuple(dict.fromkeys(motives)))
    return [any(ratings[place].informative for ratings in rated) for place in range(table.n_items)]
