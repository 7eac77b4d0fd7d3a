"""Upgrade: what an earlier version wrote about dialogues, in the form of today's schema, on the level of JSON.

Schema 1.0 knew no value systems: an option held `payoff_self` and `payoff_other`. It knew no wordings either: templates
and framings were written in a language, and a framing held the orders. How a run asked stood among the other facts of
the run, and a record repeated the situations that its prompts tell.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, AnyStr, Literal

SCHEMA_VERSION: Literal["2.0"] = "2.0"
"""Version of today's records."""

_MARK = '"payoff_self"'
"""Name of a field that every record and script of schema 1.0 has; in a text that somebody said it would be escaped."""

# What schema 1.0 took for granted.
_SYSTEM, _STAKES = "svo", ("self", "other")
_ASKED = ("items", "seed")


def upgrade(data: dict[str, Any]) -> dict[str, Any]:
    """A record, the script of a dialogue or the facts of a run as JSON in today's form; all else stays as it is."""
    if not isinstance(data, dict):
        return data
    has_game = isinstance(data.get("game"), dict)
    if has_game and data.get("schema_version") == "1.0":
        run = _with_administration(run) if isinstance(run := data.get("run"), dict) else run
        return data | _words(data) | {"schema_version": SCHEMA_VERSION, "run": run, "game": _game(data["game"])}
    if "schema_version" not in data and has_game and "stakes" not in data["game"]:
        # A script; what it would say is in its dialogues, and it is not played again.
        script = data | _words(data) | {"game": _game(data["game"])}
        return {name: content for name, content in script.items() if name in _OF_A_SCRIPT}
    if "catalog_sha256" in data and "administration" not in data:
        return _with_administration(data)
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


def _with_administration(run: dict[str, Any]) -> dict[str, Any]:
    """The facts of a run, those of how it asked among themselves."""
    asked = {name: run[name] for name in _ASKED if name in run}
    return {name: content for name, content in run.items() if name not in _ASKED} | {"administration": asked}


def _game(game: Mapping[str, Any]) -> dict[str, Any]:
    """A game that pays to stakes, without the situations of its items, which the prompts tell."""
    items = game.get("items")
    upgraded = [_item(item) for item in items] if isinstance(items, list) else items
    return {**game, "system": _SYSTEM, "stakes": list(_STAKES), "items": upgraded}


def _item(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    told = {name: content for name, content in item.items() if name != "situation"}
    options = told.get("options")
    return told | {"options": [_option(option) for option in options]} if isinstance(options, list) else told


def _option(option: Any) -> Any:
    if not isinstance(option, dict):
        return option
    payoffs = [option.get(f"payoff_{stake}") for stake in _STAKES]
    return {name: content for name, content in option.items() if not name.startswith("payoff_")} | {"payoffs": payoffs}


def _words(data: dict[str, Any]) -> dict[str, Any]:
    """The parts that tell of words: those of today, as far as what is damaged can be told in them."""
    try:
        return _parts(data)
    except (AttributeError, KeyError, TypeError):
        # The schema of today says which part is damaged; it looks at the cell first, so that has to be sound.
        cell = data.get("cell")
        rest = {"wording": "en", "option_order": "published", "item_order": "published"}
        return {"cell": rest | cell} if isinstance(cell, dict) else {}


def _parts(data: dict[str, Any]) -> dict[str, Any]:
    """Template, wording, framing and orders in the place of a template and a framing in a language."""
    template, framing = dict(data["template"]), dict(data["framing"])
    language, paraphrase = template.pop("language"), template.pop("paraphrase")
    tag = language.lower()
    # The names that entries had told language, number and order, which have places of their own now.
    template["id"] = _without(template["id"], tag if tag != "en" else "", str(paraphrase) if paraphrase > 1 else "")
    orders = {name: framing.pop(name) for name in ("option_order", "item_order")}
    ends = (*(f"items-{order}" for order in _ORDERS), *_ORDERS, tag)
    framing_id = _without(framing["id"], *ends)
    wording = {
        "id": tag if paraphrase == 1 else f"{tag}-{paraphrase}",
        "language": language,
        "paraphrase": paraphrase,
        "status": template.pop("status", "unreviewed"),
        "counts_words": tag.partition("-")[0] not in _UNSPACED,
        "other_words": framing.get("other_words", []),
    }
    cell = {
        "value": data["cell"]["value"],
        "game": data["cell"]["game"],
        "template": template["id"],
        "wording": wording["id"],
        "framing": framing_id,
        **orders,
    }
    shown = {
        "id": framing_id,
        "unit": framing["unit"],
        "counterpart": framing["counterpart"],
        "labels": framing["labels"],
        "options": _option_words(framing["option_line"]),
    }
    named = {} if "schema_version" in data else {"id": ".".join(data["cell"].values())}
    return named | {"cell": cell, "template": template, "wording": wording, "framing": shown}


_OF_A_SCRIPT = ("id", "cell", "core_values", "target", "game", "template", "wording", "framing")
_ORDERS = ("reversed", "shuffled")
_UNSPACED = ("zh", "ja")
_OPTION_LINE = re.compile(
    r"(?P<label>[^{}]*\{label\})(?P<first>[^{}]*)\{payoff_self\}(?P<second>[^{}]*)\{payoff_other\}(?P<end>[^{}]*)"
)


def _without(id_: str, *ends: str) -> str:
    for end in ends:
        if end:
            id_ = id_.removesuffix(f"-{end}")
    return id_


def _option_words(option_line: str) -> dict[str, Any] | None:
    """The line of an option as parts; None where the label or the other's payoff came first or in between."""
    found = _OPTION_LINE.fullmatch(option_line)
    if found is None:
        return None
    return {
        # Numbers were written in the English way in every language.
        "language": "en",
        "line": f"{found['label']}{{outcomes}}",
        "join": "",
        "outcomes": [f"{found['first']}{{number}}", f"{found['second']}{{number}}{found['end']}"],
        "amounts": {"other": "{number}"},
    }
