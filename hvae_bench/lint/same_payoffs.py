"""The options of an item pay differently: a choice between equal ones says nothing."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.game import Game
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source

__all__ = ["RULE", "check"]

RULE = "same-payoffs"


def check(source: Source) -> Iterator[Finding]:
    """Options that pay what another one of their item pays."""
    if not isinstance(source.entry, Game):
        return
    for number, item in enumerate(source.entry.items):
        seen: dict[tuple[float, ...], str] = {}
        for place, option in enumerate(item.options):
            if option.payoffs in seen:
                problem = f"the options {seen[option.payoffs]!r} and {option.id!r} of item {item.id!r} pay the same"
                yield source.warning(RULE, problem, "change or remove one", "items", number, "options", place)
            seen.setdefault(option.payoffs, option.id)
