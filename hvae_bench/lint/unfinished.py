"""No note to oneself is left in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source

__all__ = ["RULE", "check"]

RULE = "unfinished"

_NOTE = re.compile(r"\b(?:TODO|FIXME|TBD|XXX|[Ll]orem ipsum)\b")


def check(source: Source) -> Iterator[Finding]:
    """Every such note."""
    for place, text in source.texts:
        found = _NOTE.search(text)
        if found:
            words = found.group()
            yield source.error(RULE, f"the text holds the note {words!r}", "finish the text", *place, words=words)
