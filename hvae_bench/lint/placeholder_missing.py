"""What the model must see is shown: options, labels, payoffs, the value, and the goal it stated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hvae_bench.framing import OPTION_PLACEHOLDERS
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source

__all__ = ["RULE", "check"]

RULE = "placeholder-missing"


def check(source: Source) -> Iterator[Finding]:
    """Placeholders that a template or an option line needs and does not have."""
    if source.kind == "framings":
        yield from _option_line(source)
    elif source.kind == "templates":
        turns = source.data.get("turns")
        for number, turn in enumerate(turns if isinstance(turns, list) else ()):
            if isinstance(turn, dict) and turn.get("kind") == "decision" and isinstance(turn.get("text"), str):
                yield from _decision(source, number, turn["text"])
        yield from _value(source, turns if isinstance(turns, list) else [])


def _option_line(source: Source) -> Iterator[Finding]:
    line = source.data.get("option_line")
    if not isinstance(line, str):
        return
    for name in OPTION_PLACEHOLDERS:
        count = line.count(f"{{{name}}}")
        if count != 1:
            how = "does not show" if count == 0 else "shows more than once:"
            mend = "write {label}, {payoff_self} and {payoff_other} once each"
            yield source.error(RULE, f"`option_line` {how} {{{name}}}", mend, "option_line")


def _decision(source: Source, number: int, text: str) -> Iterator[Finding]:
    place = ("turns", number, "text")
    for name in ("options", "labels"):
        if f"{{{name}}}" not in text:
            yield source.error(RULE, f"the decision turn does not show {{{name}}}", "add it to its text", *place)
    if "{situation}" not in text:
        problem = "the decision turn does not show {situation}, so games whose items tell one cannot be asked with it"
        yield source.warning(RULE, problem, "add it on a line of its own", *place)
    if source.data.get("goal") == "self_generated" and "{goal}" not in text:
        problem = "the model states a goal, but the decision turn does not repeat it with {goal}"
        yield source.warning(RULE, problem, "add it to its text", *place)


def _value(source: Source, turns: list[Any]) -> Iterator[Finding]:
    texts = [turn.get("text") for turn in turns if isinstance(turn, dict)]
    induction = source.data.get("induction")
    if isinstance(induction, str) and induction != "none" and all(isinstance(text, str) for text in texts):
        names = ("{value_label}", "{value_definition}")
        if texts and not any(name in str(text) for text in texts for name in names):
            problem = f"`induction: {induction}` needs a turn that names the value"
            yield source.error(RULE, problem, "use {value_label} or {value_definition} in a turn", "induction")
