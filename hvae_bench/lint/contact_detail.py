"""No e-mail address stands in an entry: what is published cannot be called back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source

__all__ = ["RULE", "check"]

RULE = "contact-detail"

_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")


def check(source: Source) -> Iterator[Finding]:
    """Every e-mail address."""
    for place, text in source.texts:
        found = _ADDRESS.search(text) if "@" in text else None
        if found:
            problem = "the text holds an e-mail address"
            yield source.error(RULE, problem, "remove it; a name is enough", *place, words=found.group())
