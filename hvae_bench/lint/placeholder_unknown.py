"""Names in braces are plain names out of a list, where something takes their place, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hvae_bench.framing import OPTION_PLACEHOLDERS
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Place, Source
from hvae_bench.template import PLACEHOLDERS

__all__ = ["RULE", "check"]

RULE = "placeholder-unknown"

_BRACED = re.compile(r"\{([^{}\n]*)\}|[{}]")
_SHOWN = frozenset({"label", "induction_label", "definition", "goal", "rule", "unit", "counterpart", "situation"})
"""Fields that go into a prompt as they are."""


def check(source: Source) -> Iterator[Finding]:
    """Every other thing in braces, and every brace that stands alone."""
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
                yield source.error(RULE, f"a brace `{words}` stands alone", mend, *place, words=words, nth=nth)
            elif not allowed:
                problem = f"{words} stands in a text in which nothing takes its place"
                yield source.error(RULE, problem, "write the words themselves", *place, words=words, nth=nth)
            else:
                names = ", ".join(f"{{{name}}}" for name in allowed)
                mend = f"use only {names}"
                yield source.error(RULE, _problem(words), mend, *place, words=words, nth=nth)


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
