"""Rules about values: that something can show them, and that no two are judged alike without saying why."""

import re
from collections.abc import Iterator

from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.lint.files import Collection, Finding
from hvae_bench.lint.run import BETWEEN_FILES, rule
from hvae_bench.scorers.calibration import describe, ideal_profiles, rate_items

_ID = re.compile(r"[a-z][a-z0-9-]*")
_WORD = re.compile(r"\w+")


@rule("unexpressed-motive", BETWEEN_FILES)
def unexpressed_motive(collection: Collection) -> Iterator[Finding]:
    """Every motive is informative in some game of the value's system, so that it can be scored."""
    games = collection.entries(Game).values()
    for source, value in collection.checked_entries(ValueTarget):
        tables = [game.payoff_table() for game in games if value.belongs_to(game.system)]
        for place, motive in enumerate(value.motives):
            if not any(rating.informative for table in tables for rating in rate_items(table, (motive,))[0]):
                of = f"no game of the system {value.system!r}"
                problem = f"{of} can show the motive {describe(motive)}, so it is never scored"
                fix = "add a game whose options differ by more than rounding for it, or change the motive"
                yield source.error(problem, fix, "motives", place)


@rule("synonym", BETWEEN_FILES)
def synonym(collection: Collection) -> Iterator[Finding]:
    """A value with the motives or the definition of another one, or its ideal options in every game, says what it adds.

    It does so in `source`, and names the id of the other one there. Only values of one system are compared.
    """
    games, sources = [*collection.entries(Game).values()], collection.top["values"]
    values = collection.entries(ValueTarget)
    # For each trait the first value that has it, the ids of all that have it, and the words of their sources.
    alike: dict[object, tuple[ValueTarget, set[str], set[str]]] = {}
    # What lies below comes first, so that the newcomer is told.
    for id_, value in sorted(values.items(), key=lambda pair: collection.is_checked(sources[pair[0]])):
        if not value.motives:
            continue
        named, told = set(_ID.findall(value.source)), {id_}
        traits: dict[object, str] = {
            frozenset(value.motives): "acts as `{}` everywhere: they have the same motives",
            _conduct(value, games): "acts as `{}` everywhere: their ideal options are the same in every game",
            " ".join(_WORD.findall(value.definition.casefold())): "has the definition of `{}` word for word",
        }
        for trait, how in traits.items():
            first, ids, others = alike.setdefault((value.system, trait), (value, set(), set()))
            explained = id_ in others or not named.isdisjoint(ids) or _is_the_same(value, first)
            if trait and collection.is_checked(sources[id_]) and not explained and first.id not in told:
                told.add(first.id)
                fix = f"say in `source` what it adds to {first.id}, by that name, or remove one of the two"
                yield sources[id_].warning(f"`{id_}` {how.format(first.id)}", fix, "motives")
            ids.add(id_)
            others |= named


def _is_the_same(value: ValueTarget, other: ValueTarget) -> bool:
    """Whether they are a near-duplicate, of which another rule tells."""
    mine, theirs = ((one.label, one.definition, frozenset(one.motives)) for one in (value, other))
    return mine == theirs


def _conduct(value: ValueTarget, games: list[Game]) -> object:
    """What followers may choose in each game of the value's system; None where there is no such game."""
    return (
        tuple(ideal_profiles(game.payoff_table(), value.motives) for game in games if value.belongs_to(game.system))
        or None
    )
