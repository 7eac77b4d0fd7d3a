"""A choice can be read back from the option line that was shown, so the labels and payoffs stand apart."""

from __future__ import annotations

from collections.abc import Iterator

from hvae_bench.framing import OPTION_PLACEHOLDERS
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source
from hvae_bench.rendering import format_payoff, option_line_gap, option_line_pattern, read_options, render

__all__ = ["RULE", "check"]

RULE = "option-line-unreadable"

_SAMPLES = ((85.0, 15.0), (-7.0, 0.0), (12.5, 1_000_000.0), (0.000001, -0.25))
"""Payoffs of several forms: whole, negative, broken, large, small."""


def check(source: Source) -> Iterator[Finding]:
    """An option line whose parts run into each other, or that says something else when read back."""
    line = source.data.get("option_line") if source.kind == "framings" else None
    if not isinstance(line, str):
        return
    if len(line.splitlines()) != 1:
        yield source.error(
            RULE, "`option_line` holds a line break", "write it on a single line, in quotes", "option_line"
        )
        return
    if any(line.count(f"{{{name}}}") != 1 for name in OPTION_PLACEHOLDERS) or line.count("{") != 3:
        return  # other linters tell
    between = option_line_gap(line)
    if between:
        problem = f"`option_line` cannot be read back, because {{{between[0]}}} runs into {{{between[1]}}}"
        yield source.error(RULE, problem, "put a space, a comma or words between them", "option_line")
        return
    pattern = option_line_pattern(line)
    for mine, other in _SAMPLES:
        content = {"label": "A", "payoff_self": format_payoff(mine), "payoff_other": format_payoff(other)}
        shown = render(line, content)
        read = [(one.label, one.payoff_self, one.payoff_other) for one in read_options(shown, pattern)]
        if read != [("A", mine, other)]:
            problem = f"an option shown as {shown!r} is read back as something else"
            mend = "put words or a space around the three placeholders"
            yield source.error(RULE, problem, mend, "option_line")
            return
