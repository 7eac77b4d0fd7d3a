"""Rules about the words of templates and framings: their placeholders, translations and wordings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hvae_bench.document import Place
from hvae_bench.framing import OPTION_PLACEHOLDERS
from hvae_bench.lint.collection import Collection
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.rule import rule, rule_between_files
from hvae_bench.lint.source import Source
from hvae_bench.rendering import format_payoff, option_line_gap, option_line_pattern, read_options, render
from hvae_bench.template import PLACEHOLDERS, Template

_BRACED = re.compile(r"\{([^{}\n]*)\}|[{}]")
_SHOWN = frozenset({"label", "induction_label", "definition", "goal", "rule", "unit", "counterpart", "situation"})
"""Fields that go into a prompt as they are."""


@rule("placeholder-unknown")
def placeholder_unknown(source: Source) -> Iterator[Finding]:
    """What stands in braces is a plain name out of the list, in a field where something takes its place.

    There are no attributes, indexes, formats or templates.
    """
    for place, text in source.texts:
        allowed = _allowed(source.kind, place)
        if allowed is None or ("{" not in text and "}" not in text):
            continue
        for found in _BRACED.finditer(text):
            words = found.group()
            if found.group(1) is not None and found.group(1) in allowed:
                continue
            nth = text.count(words, 0, found.start())
            if found.group(1) is None:
                mend = "keep braces for placeholders such as {unit}; there are no templates within a text"
                yield source.error(f"a brace `{words}` stands alone", mend, *place, words=words, nth=nth)
            elif not allowed:
                problem = f"{words} stands in a text in which nothing takes its place"
                yield source.error(problem, "write the words themselves", *place, words=words, nth=nth)
            else:
                names = ", ".join(f"{{{name}}}" for name in allowed)
                mend = f"use only {names}"
                yield source.error(_problem(words), mend, *place, words=words, nth=nth)


def _allowed(kind: str, place: Place) -> tuple[str, ...] | None:
    """The names that may stand in a text; none where all is shown as it is, None where nobody reads it."""
    if kind == "templates" and place[:1] == ("turns",) and place[-1] in {"text", "reask"}:
        return tuple(PLACEHOLDERS)
    if kind == "framings" and place == ("option_line",):
        return OPTION_PLACEHOLDERS
    return () if place and place[-1] in _SHOWN else None


def _problem(words: str) -> str:
    inner = words[1:-1]
    if re.search(r"[.\[\]()]", inner):
        return f"{words} reaches into a value, and a placeholder is a plain name"
    if re.search(r"[!:]", inner):
        return f"{words} asks for a format, and a placeholder is a plain name"
    if not re.fullmatch(r"[a-z_]+", inner):
        return f"{words} is no name, and a placeholder is a plain name"
    return f"there is no placeholder {words}"


@rule("placeholder-missing")
def placeholder_missing(source: Source) -> Iterator[Finding]:
    """The decision shows options and labels, the option line all its three names, an inducing template the value.

    A warning where {situation} or the stated {goal} is not shown.
    """
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
            yield source.error(f"`option_line` {how} {{{name}}}", mend, "option_line")


def _decision(source: Source, number: int, text: str) -> Iterator[Finding]:
    place = ("turns", number, "text")
    for name in ("options", "labels"):
        if f"{{{name}}}" not in text:
            yield source.error(f"the decision turn does not show {{{name}}}", "add it to its text", *place)
    if "{situation}" not in text:
        problem = "the decision turn does not show {situation}, so games whose items tell one cannot be asked with it"
        yield source.warning(problem, "add it on a line of its own", *place)
    if source.data.get("goal") == "self_generated" and "{goal}" not in text:
        problem = "the model states a goal, but the decision turn does not repeat it with {goal}"
        yield source.warning(problem, "add it to its text", *place)


def _value(source: Source, turns: list[Any]) -> Iterator[Finding]:
    texts = [turn.get("text") for turn in turns if isinstance(turn, dict)]
    induction = source.data.get("induction")
    if isinstance(induction, str) and induction != "none" and all(isinstance(text, str) for text in texts):
        names = ("{value_label}", "{value_definition}")
        if texts and not any(name in str(text) for text in texts for name in names):
            problem = f"`induction: {induction}` needs a turn that names the value"
            yield source.error(problem, "use {value_label} or {value_definition} in a turn", "induction")


_SAMPLES = ((85.0, 15.0), (-7.0, 0.0), (12.5, 1_000_000.0), (0.000001, -0.25))
"""Payoffs of several forms: whole, negative, broken, large, small."""


@rule("option-line-unreadable")
def option_line_unreadable(source: Source) -> Iterator[Finding]:
    """Label and payoffs can be read back from the option line."""
    line = source.data.get("option_line") if source.kind == "framings" else None
    if not isinstance(line, str):
        return
    if len(line.splitlines()) != 1:
        yield source.error("`option_line` holds a line break", "write it on a single line, in quotes", "option_line")
        return
    if any(line.count(f"{{{name}}}") != 1 for name in OPTION_PLACEHOLDERS) or line.count("{") != 3:
        return  # other rules tell
    between = option_line_gap(line)
    if between:
        problem = f"`option_line` cannot be read back, because {{{between[0]}}} runs into {{{between[1]}}}"
        yield source.error(problem, "put a space, a comma or words between them", "option_line")
        return
    pattern = option_line_pattern(line)
    for mine, other in _SAMPLES:
        content = {"label": "A", "payoff_self": format_payoff(mine), "payoff_other": format_payoff(other)}
        shown = render(line, content)
        read = [(one.label, one.payoff_self, one.payoff_other) for one in read_options(shown, pattern)]
        if read != [("A", mine, other)]:
            problem = f"an option shown as {shown!r} is read back as something else"
            mend = "put words or a space around the three placeholders"
            yield source.error(problem, mend, "option_line")
            return


@rule_between_files("paraphrase-number")
def paraphrase_number(collection: Collection) -> Iterator[Finding]:
    """Templates that differ in wording alone are numbered by `paraphrase`."""
    seen: dict[tuple[object, ...], str] = {}
    sources = collection.top["templates"]
    templates = collection.entries(Template)
    for id_, template in sorted(templates.items(), key=lambda pair: collection.is_checked(sources[pair[0]])):
        form = tuple((turn.kind, turn.role, turn.expects) for turn in template.turns)
        key = (template.family, template.language, template.induction, template.goal, form, template.paraphrase)
        source = sources[id_]
        if key in seen and collection.is_checked(source):
            problem = f"the template {seen[key]!r} of this family also has `paraphrase: {template.paraphrase}`"
            yield source.warning(problem, "count the wordings of a family on", "paraphrase")
        seen.setdefault(key, id_)


@rule_between_files("translation-placeholder")
def translation_placeholder(collection: Collection) -> Iterator[Finding]:
    """A template with `translation_of` has the placeholders of its original, turn by turn."""
    for source in collection.of("templates"):
        named = source.data.get("translation_of")
        original = collection.top["templates"].get(named) if isinstance(named, str) else None
        if original is None:
            continue
        turns, models = _turns(source), _turns(original)
        if len(turns) != len(models):
            problem = f"the template has {len(turns)} turns, and its original {original.id!r} has {len(models)}"
            yield source.error(problem, "translate turn by turn", "turns")
            continue
        for number, (turn, model) in enumerate(zip(turns, models, strict=True)):
            for field in ("text", "reask"):
                yield from _compare(source, number, field, _names(turn.get(field)), _names(model.get(field)))


def _turns(source: Source) -> list[dict[str, Any]]:
    turns = source.data.get("turns")
    return [turn for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []


def _compare(source: Source, number: int, field: str, mine: set[str], theirs: set[str]) -> Iterator[Finding]:
    place = ("turns", number, field)
    for name in PLACEHOLDERS:
        shown = f"{{{name}}}"
        if name in theirs - mine:
            problem = f"{shown} stands in this turn's `{field}` of the original, and is missing here"
            yield source.error(problem, "add it", *place)
        elif name in mine - theirs:
            problem = f"{shown} stands here, and not in this turn's `{field}` of the original"
            yield source.error(problem, "remove it", *place, words=shown)


def _names(text: object) -> set[str]:
    return set(re.findall(r"\{([a-z_]+)\}", text)) if isinstance(text, str) else set()
