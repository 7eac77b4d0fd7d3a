"""Payoffs are finite numbers of a size that a reader takes in: at most a million, with few digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source

__all__ = ["RULE", "check"]

RULE = "payoff-range"

MOST = 1_000_000
SENSIBLE = 100_000
DECIMALS = 4

_NO_NUMBER = re.compile(r"[-+]?\.?(?:inf|nan|infinity)|[-+]?[0-9][0-9_.,]*(?:e[-+]?[0-9]+)?", re.I)


def check(source: Source) -> Iterator[Finding]:
    """Payoffs that are too large, that are no numbers, or that are too long to be read."""
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
        yield source.error(RULE, problem, "write it in digits, such as 85 or 12.5, without quotes", *place)
    if not isinstance(payoff, (int, float)) or isinstance(payoff, bool):
        return
    if abs(payoff) > MOST:
        problem = f"a payoff is {payoff}, beyond {-MOST:,} to {MOST:,}"
        yield source.error(RULE, problem, "count in a larger unit", *place)
    elif abs(payoff) > SENSIBLE:
        problem = f"a payoff is {payoff}, a number that is hard to compare at a glance"
        yield source.warning(RULE, problem, "count in a larger unit", *place)
    elif round(payoff, DECIMALS) != payoff:
        problem = f"a payoff is {payoff}, with more than {DECIMALS} decimals"
        yield source.warning(RULE, problem, "round it, and say so with `payoff_unit`", *place)
