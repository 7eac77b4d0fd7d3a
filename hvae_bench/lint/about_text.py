"""Rules about what stands in the texts of an entry, of whatever kind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hvae_bench.lint.finding import Finding
from hvae_bench.lint.rule import rule
from hvae_bench.lint.source import Source

LONGEST = {
    "title": 120,
    "label": 60,
    "induction_label": 200,
    "definition": 500,
    "goal": 500,
    "rule": 500,
    "long": 200,
    "short": 80,
    "name": 60,
    "option_line": 300,
    "situation": 2_000,
    "every": 2_000,
    "meaning": 300,
    "outcome": 200,
    "measures": 2_000,
    "licence": 500,
    "source": 2_000,
    "description": 2_000,
    "concludes": 2_000,
}
"""The most characters of each field."""

_LONGEST_SENTENCE = 4_000

_FEWEST_LETTERS = 12
_SAYS_NOTHING = {
    *("", "unknown", "none", "n a", "na", "tbd", "tba", "internet", "the internet", "web", "the web"),
    *("various", "misc", "me", "myself", "author", "the author", "own", "own work"),
}
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_NOTE = re.compile(r"\b(?:TODO|FIXME|TBD|XXX|[Ll]orem ipsum)\b")


@rule("missing-provenance")
def missing_provenance(source: Source) -> Iterator[Finding]:
    """`source` and, for games, `licence` say something."""
    if source.document is None:
        return
    origin = source.data.get("source")
    mend = "name the publication with its year, or write `Written by ... for ...`"
    if "source" not in source.data:
        yield source.error("the field `source` is missing", mend, "source")
    elif isinstance(origin, str) and (
        _says_nothing(origin) or (len(origin.split()) < 3 and sum(map(str.isalpha, origin)) < _FEWEST_LETTERS)
    ):
        yield source.error("`source` does not say where the content comes from", mend, "source")
    if source.kind != "games":
        return
    licence = source.data.get("licence")
    mend = "name the licence, such as CC BY 4.0, or say why none is needed"
    if "licence" not in source.data:
        yield source.error("the field `licence` is missing", mend, "licence")
    elif isinstance(licence, str) and _says_nothing(licence):
        yield source.error("`licence` names no licence", mend, "licence")


def _says_nothing(text: str) -> bool:
    return " ".join(re.findall(r"\w+", text.casefold())) in _SAYS_NOTHING


@rule("text-size")
def text_size(source: Source) -> Iterator[Finding]:
    """Texts have the length that their use allows.

    At most 60 characters for a label, 120 for a title, 500 for a definition, 4,000 for a sentence.
    """
    for place, text in source.texts:
        name = place[-1]
        most = _LONGEST_SENTENCE if place[:1] == ("sentences",) else LONGEST.get(str(name))
        if most is not None and len(text) > most:
            problem = f"`{name}` has {len(text):,} characters, and should have {most:,} at most"
            yield source.error(problem, "shorten it", *place)


@rule("contact-detail")
def contact_detail(source: Source) -> Iterator[Finding]:
    """No e-mail address stands in an entry: what is published cannot be called back."""
    for place, text in source.texts:
        found = _ADDRESS.search(text) if "@" in text else None
        if found:
            problem = "the text holds an e-mail address"
            yield source.error(problem, "remove it; a name is enough", *place, words=found.group())


@rule("unfinished")
def unfinished(source: Source) -> Iterator[Finding]:
    """No note such as TODO is left."""
    for place, text in source.texts:
        if found := _NOTE.search(text):
            words = found.group()
            yield source.error(f"the text holds the note {words!r}", "finish the text", *place, words=words)
