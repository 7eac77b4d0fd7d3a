"""Rules about entries of whatever kind: their files, and what stands in their texts."""

import re
import unicodedata
from collections.abc import Iterator

from hvae_bench.lint.files import Finding, Source
from hvae_bench.lint.run import rule
from hvae_bench.text.visible import invisible_characters, unseen

_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
"""Names that Windows keeps for itself, with any ending."""

_FIELDS_OF_LENGTH = {
    60: ("label", "name"),
    80: ("short",),
    120: ("title",),
    200: ("induction_label", "long", "outcome", "together", "gives", "affects"),
    300: ("meaning", "option_line"),
    500: ("definition", "goal", "rule", "licence"),
    2_000: ("situation", "every", "measures", "source", "description", "concludes", "not_covered"),
}
_LONGEST = {name: most for most, names in _FIELDS_OF_LENGTH.items() for name in names}
"""The most characters of each field."""

_LONGEST_SENTENCE = 4_000

_FEWEST_LETTERS = 12
_SAYS_NOTHING = {
    *("", "unknown", "none", "n a", "na", "tbd", "tba", "internet", "the internet", "web", "the web"),
    *("various", "misc", "me", "myself", "author", "the author", "own", "own work"),
}
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_QUOTES = "\u2018-\u201f\u00ab\u00bb\u2039\u203a\u300c-\u300f"
_IN_TYPOGRAPHIC_QUOTES = re.compile(rf"[{_QUOTES}]([^{_QUOTES}]+)[{_QUOTES}]")
_NOTE = re.compile(r"\b(?:TODO|FIXME|TBD|XXX|[Ll]orem ipsum)\b")


@rule("file-name")
def file_name(source: Source) -> Iterator[Finding]:
    """Entries are ordinary files whose names end in `.yaml` and can be stored on every system."""
    if source.id.lower() in _DEVICES:
        problem = f"Windows keeps the name {source.id!r} for a device and cannot store this file"
        yield source.error(problem, "choose another id, and name the file after it")


@rule("invisible-character")
def invisible_character(source: Source) -> Iterator[Finding]:
    """No character hides text or changes the direction of reading.

    There are no control and format characters, no zero width, no bidirectional marks. The two joiners stand only within
    words of scripts that need them.
    """
    line, begin = 1, 0
    if any(one.rule == "encoding" for one in source.mistakes):
        return  # what is no text holds anything
    for index, character in invisible_characters(source.text):
        line += source.text.count("\n", begin, index)
        begin = index
        column = index - source.text.rfind("\n", 0, index)
        yield source.at("error", line, column, f"the text holds the {unseen(character)}", "remove it")


@rule("whitespace")
def whitespace(source: Source) -> Iterator[Finding]:
    """No white space at the ends of lines, one line break at the end of the file, no carriage returns."""
    fix = "run `hvae validate --fix`, or remove it by hand where it is part of a text"
    rows, returns = source.text.split("\n"), source.text.count("\r\n")
    if returns > 1:  # an editor's habit, and one thing to fix
        problem = f"{returns} lines end with a carriage return, as Windows writes them"
        yield source.at("warning", 1, len(rows[0].rstrip("\r")) + 1, problem, "run `hvae validate --fix`")
        rows = [row.removesuffix("\r") for row in rows]
    for number, row in enumerate(rows, 1):
        kept = row.rstrip(" \t\r")
        if kept != row:
            what = "a carriage return" if row.endswith("\r") else "white space"
            yield source.at("warning", number, len(kept) + 1, f"the line ends with {what}", fix)
    text = source.text.replace("\r\n", "\n")
    ended = text.rstrip("\n")
    if text and text != f"{ended}\n":
        problem = "the file ends with empty lines" if text.endswith("\n\n") else "the last line has no line break"
        line, column = ended.count("\n") + 1, len(ended) - ended.rfind("\n")
        yield source.at(
            "warning", line, column, problem, "run `hvae validate --fix`, which leaves exactly one line break there"
        )


@rule("missing-provenance")
def missing_provenance(source: Source) -> Iterator[Finding]:
    """`source` and, for games, `licence` say something."""
    wanted = {"source": "name the publication with its year, or write `Written by ... for ...`"}
    if source.kind == "games":
        wanted["licence"] = "name the licence, such as CC BY 4.0, or say why none is needed"
    for name, fix in wanted.items() if source.document else ():
        text = source.data.get(name)
        if name not in source.data:
            yield source.error(f"the field `{name}` is missing", fix, name)
        elif isinstance(text, str):
            says_nothing = " ".join(re.findall(r"\w+", text.casefold())) in _SAYS_NOTHING
            if name == "licence" and says_nothing:
                yield source.error("`licence` names no licence", fix, name)
            too_short = len(text.split()) < 3 and sum(map(str.isalpha, text)) < _FEWEST_LETTERS
            if name == "source" and (says_nothing or too_short):
                yield source.error("`source` does not say where the content comes from", fix, name)


@rule("text-size")
def text_size(source: Source) -> Iterator[Finding]:
    """Texts have the length that their use allows.

    At most 60 characters for a label, 120 for a title, 500 for a definition, 4,000 for a sentence.
    """
    for place, text in source.texts:
        name = place[-1]
        most = _LONGEST_SENTENCE if place[0] == "sentences" else _LONGEST.get(str(name))
        if most is not None and len(text) > most:
            problem = f"`{name}` has {len(text):,} characters, and should have {most:,} at most"
            yield source.error(problem, "shorten it", *place)


@rule("contact-detail")
def contact_detail(source: Source) -> Iterator[Finding]:
    """No e-mail address stands in an entry: what is published cannot be called back."""
    for place, text in source.texts:
        if "@" in text and (found := _ADDRESS.search(text)):
            problem = "the text holds an e-mail address"
            yield source.error(problem, "remove it; a name is enough", *place, words=found.group())


@rule("unfinished")
def unfinished(source: Source) -> Iterator[Finding]:
    """No note such as TODO is left."""
    for place, text in source.texts:
        if found := _NOTE.search(text):
            words = found.group()
            yield source.error(f"the text holds the note {words!r}", "finish the text", *place, words=words)


@rule("odd-sign")
def odd_sign(source: Source) -> Iterator[Finding]:
    """No text stands in typographic quotes, which YAML takes for a part of it, and no label holds an emoji.

    An error in a label, else a warning.
    """
    for place, text in source.texts:
        is_label = place[0] == "labels" or place[-1] in ("label", "induction_label")
        tell = source.error if is_label else source.warning
        if place != ("id",) and (quoted := _IN_TYPOGRAPHIC_QUOTES.fullmatch(text.strip())):
            problem = f"the quotes {text.strip()[0]} {text.strip()[-1]} are part of the text"
            yield tell(problem, f'write {quoted[1]}, in the straight quotes " of the keyboard or without any', *place)
        elif is_label and (sign := next((one for one in text if unicodedata.category(one) == "So"), "")):
            yield tell(f"the label holds {sign}, which is a picture, not a letter", "write it in letters", *place)
