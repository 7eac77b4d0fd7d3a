"""Upgrade: what an earlier version wrote about dialogues, in the form of today's schema, on the level of JSON.

Schema 1.0 knew no value systems: an option held `payoff_self` and `payoff_other`. How a run asked stood among the other
facts of the run, and a record repeated the situations that its prompts tell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, AnyStr, Literal

__all__ = ["FIRST_VERSION", "SCHEMA_VERSION", "upgrade", "upgraded_json"]

FIRST_VERSION = "1.0"
"""The only version before today's."""

SCHEMA_VERSION: Literal["2.0"] = "2.0"
"""Version of today's records."""

_MARK = '"payoff_self"'
"""Name of a field that every record and script of schema 1.0 has; in a text that somebody said it would be escaped."""

# What schema 1.0 took for granted.
_SYSTEM, _STAKES = "svo", ("self", "other")
_ASKED = ("items", "seed")


def upgrade(data: dict[str, Any]) -> dict[str, Any]:
    """A record, the script of a dialogue or the facts of a run in today's form; what has it already stays as it is.

    Args:
        data: one of these as JSON has it, whether or not it is sound; anything else is returned as it is.
    """
    if not isinstance(data, dict):
        return data
    if _is_record(data) and data["schema_version"] == FIRST_VERSION:
        game = _without_words(_with_stakes(data["game"]))
        return data | {"schema_version": SCHEMA_VERSION, "run": _with_administration(data.get("run")), "game": game}
    if "schema_version" not in data and isinstance(data.get("game"), dict) and "stakes" not in data["game"]:
        return data | {"game": _with_stakes(data["game"])}
    if "catalog_sha256" in data and "administration" not in data:
        facts: dict[str, Any] = _with_administration(data)
        return facts
    return data


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


def _is_record(data: Mapping[str, Any]) -> bool:
    return "schema_version" in data and isinstance(data.get("game"), dict)


def _with_administration(run: Any) -> Any:
    """The facts of a run, those of how it asked among themselves."""
    if not isinstance(run, dict):
        return run
    asked = {name: run[name] for name in _ASKED if name in run}
    return {name: content for name, content in run.items() if name not in _ASKED} | {"administration": asked}


def _with_stakes(game: Mapping[str, Any]) -> dict[str, Any]:
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


def _without_words(game: dict[str, Any]) -> dict[str, Any]:
    """A game without the situations of its items, which the prompts tell."""
    items = game.get("items")
    if not isinstance(items, list):
        return game
    return game | {"items": [_without_situation(item) for item in items]}


def _without_situation(item: Any) -> Any:
    return {name: content for name, content in item.items() if name != "situation"} if isinstance(item, dict) else item
