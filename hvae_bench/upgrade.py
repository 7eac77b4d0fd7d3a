"""Upgrade: records and scripts that an earlier version wrote, in the form of today's schema, on the level of JSON.

Schema 1.0 knew no value systems: an option held `payoff_self` and `payoff_other`, and every item its own situation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, AnyStr

from hvae_bench.record import SCHEMA_VERSION

__all__ = ["FIRST_VERSION", "upgrade", "upgraded_json"]

FIRST_VERSION = "1.0"
"""The only version before today's."""

_MARK = '"payoff_self"'
"""Name of a field that every record and script of schema 1.0 has; in a text that somebody said it would be escaped."""

# What schema 1.0 took for granted.
_SYSTEM, _STAKES = "svo", ("self", "other")


def upgrade(data: dict[str, Any]) -> dict[str, Any]:
    """A record, or the script of a dialogue in an Inspect log, in today's form; what is in it already stays as it is.

    Args:
        data: a record or a script as JSON has it, of any form; what is none is returned as it is.
    """
    if not _is_old(data):
        return data
    upgraded = data | {"game": _game(data["game"])}
    if "schema_version" in data:
        upgraded["schema_version"] = SCHEMA_VERSION
    return upgraded


def upgraded_json(raw: AnyStr) -> AnyStr:
    """As `upgrade`, for a record or a script written as JSON; what is no JSON, or of today, is returned as it is."""
    of_text = isinstance(raw, str)
    if (_MARK if of_text else _MARK.encode()) not in raw:  # type: ignore[operator]
        return raw
    try:
        upgraded = json.dumps(upgrade(json.loads(raw)))
    except (ValueError, RecursionError):
        return raw
    return upgraded if of_text else upgraded.encode()  # type: ignore[return-value]


def _is_old(data: Any) -> bool:
    """Whether this is a record of schema 1.0, or a script of that time, which says no version."""
    if not isinstance(data, dict) or not isinstance(data.get("game"), dict):
        return False
    return data.get("schema_version", FIRST_VERSION) == FIRST_VERSION and "stakes" not in data["game"]


def _game(game: Mapping[str, Any]) -> dict[str, Any]:
    items = game.get("items")
    upgraded = [_item(item) for item in items] if isinstance(items, list) else items
    return {**game, "system": _SYSTEM, "stakes": list(_STAKES), "items": upgraded}


def _item(item: Any) -> Any:
    options = item.get("options") if isinstance(item, dict) else None
    return item if not isinstance(options, list) else item | {"options": [_option(option) for option in options]}


def _option(option: Any) -> Any:
    if not isinstance(option, dict):
        return option
    payoffs = [option.get(f"payoff_{stake}") for stake in _STAKES]
    return {name: content for name, content in option.items() if not name.startswith("payoff_")} | {"payoffs": payoffs}
