"""Translation: whether an entry in another language is the same as its original in all but its words."""

from __future__ import annotations

from hvae_bench.entry import Entry
from hvae_bench.framing import Framing
from hvae_bench.template import Template, Turn, placeholders_in

__all__ = ["mistranslation"]

_SAME_IN_TEMPLATES = ("family", "induction", "goal", "paraphrase", "reasoning")
_SAME_IN_FRAMINGS = ("option_order", "item_order")
_SAME_IN_TURNS = ("kind", "role", "expects")
_MEND = "translate turn by turn, or remove `translation_of`"


def mistranslation(entry: Template | Framing, original: Entry) -> tuple[str, str] | None:
    """How an entry differs from its original by more than words, and what to do about it; None if it does not."""
    assert isinstance(original, (Template, Framing))
    if entry.language == original.language:
        problem = f"the original {original.id!r} is written in {entry.language!r} as well"
        return problem, "remove `translation_of`, or correct `language`"
    for field in _SAME_IN_TEMPLATES if isinstance(entry, Template) else _SAME_IN_FRAMINGS:
        own, its = (str(getattr(one, field)).lower() for one in (entry, original))
        if own != its:
            problem = f"`{field}` is {own} here, but {its} in the original {original.id!r}"
            return problem, f"write `{field}: {its}`, or remove `translation_of`"
    if isinstance(entry, Template) and isinstance(original, Template):
        if len(entry.turns) != len(original.turns):
            problem = f"the number of turns is {len(entry.turns)} here, but {len(original.turns)} in the original"
            return f"{problem} {original.id!r}", _MEND
        for number, (turn, its_turn) in enumerate(zip(entry.turns, original.turns, strict=True), start=1):
            if wrong := _other_turn(turn, its_turn):
                return f"turn {number} {wrong} in the original {original.id!r}", _MEND
    return None


def _other_turn(turn: Turn, original: Turn) -> str | None:
    for field in _SAME_IN_TURNS:
        own, its = getattr(turn, field), getattr(original, field)
        if own != its:
            return f"has `{field}: {own}`, but `{field}: {its}`"
    for field in ("text", "reask"):
        own, its = getattr(turn, field), getattr(original, field)
        if (own is None) != (its is None):
            return f"has {'no' if own is None else 'a'} `{field}`, but {'one' if own is None else 'none'}"
        own_names, its_names = set(placeholders_in(own or "")), set(placeholders_in(its or ""))
        if missing := sorted(its_names - own_names):
            return f"does not use {{{missing[0]}}} in its `{field}`, which stands"
        if added := sorted(own_names - its_names):
            return f"uses {{{added[0]}}} in its `{field}`, which does not stand"
    return None
