"""Everybody can see where content comes from and under which licence: `source` and `licence` say more than a word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hvae_bench.lint.finding import Finding
from hvae_bench.lint.source import Source

__all__ = ["RULE", "check"]

RULE = "missing-provenance"

_NOTHING = {
    *("", "unknown", "none", "n a", "na", "tbd", "tba", "internet", "the internet", "web", "the web"),
    *("various", "misc", "me", "myself", "author", "the author", "own", "own work"),
}
_FEWEST_LETTERS = 12


def check(source: Source) -> Iterator[Finding]:
    """A source or a licence that is missing or tells nothing."""
    if source.document is None:
        return
    origin = source.data.get("source")
    mend = "name the publication with its year, or write `Written by ... for ...`"
    if "source" not in source.data:
        yield source.error(RULE, "the field `source` is missing", mend, missing="source")
    elif isinstance(origin, str) and (
        _says_nothing(origin) or (len(origin.split()) < 3 and sum(map(str.isalpha, origin)) < _FEWEST_LETTERS)
    ):
        yield source.error(RULE, "`source` does not say where the content comes from", mend, "source")
    if source.kind != "games":
        return
    licence = source.data.get("licence")
    mend = "name the licence, such as CC BY 4.0, or say why none is needed"
    if "licence" not in source.data:
        yield source.error(RULE, "the field `licence` is missing", mend, missing="licence")
    elif isinstance(licence, str) and _says_nothing(licence):
        yield source.error(RULE, "`licence` names no licence", mend, "licence")


def _says_nothing(text: str) -> bool:
    return " ".join(re.findall(r"\w+", text.casefold())) in _NOTHING
