"""Visible: text and data from outside, written so that a reader sees what is there."""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

# Everything but printable ASCII, line breaks and tabs.
_UNUSUAL = re.compile(r"[^\x20-\x7e\n\t]")
# Controls, marks of direction and other invisible ones, halves of surrogate pairs, separators of lines and paragraphs.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

# What a file may perhaps not hold: all beyond ASCII but the marks that show although Unicode files them with those that
# do not, a carriage return that ends no line for some programs, and a joiner that has no letters of Arabic or of the
# scripts of India on both sides.
_JOINED = "[\u0600-\u0dff]"
_SUSPECT = re.compile(
    r"[^\t\n\r -~\u200c\u200d\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U00013455]"
    rf"|\r(?!\n)|[\u200c\u200d](?!{_JOINED})|(?<!{_JOINED})[\u200c\u200d]"
)


def invisible_characters(text: str) -> Iterator[tuple[int, str]]:
    """Every character that an entry may not hold because it does not show, with its index in the text."""
    return ((found.start(), found[0]) for found in _SUSPECT.finditer(text) if _is_invisible(found[0]))


def unseen(character: str) -> str:
    """What such a character is called in a sentence, such as `invisible character U+200D (zero width joiner)`."""
    name = unicodedata.name(character, "").lower()
    return f"invisible character U+{ord(character):04X}" + (f" ({name})" if name else "")


def visible(text: str, *, line: bool = False) -> str:
    r"""Text in which every character that would not show, or would move others, is written as an escape.

    Line breaks and tabs are kept; `\r\n` counts as a line break. A terminal's escape sequence becomes `\x1b[31m`, a
    right-to-left mark `\u200f`. Within a `line` they become escapes, too, and so do all blanks but the common one and
    characters that nobody has assigned.
    """
    if line:
        return "".join(sign if sign.isprintable() else _escape(sign) for sign in text)
    return _UNUSUAL.sub(
        lambda found: _escape(found[0]) if _is_invisible(found[0]) else found[0], text.replace("\r\n", "\n")
    )


def visible_json(content: Any) -> str:
    """Content as JSON for a terminal; reading it gives the content, whatever the characters in it."""
    text = json.dumps(content, indent=2, ensure_ascii=False)
    return _UNUSUAL.sub(lambda found: json.dumps(found[0])[1:-1] if _is_invisible(found[0]) else found[0], text)


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def in_words(content: Any) -> str:
    """What stands in a field, in a word or two, for a sentence about it."""
    if content is None or content == "":
        return "empty"
    if isinstance(content, bool):
        return "true" if content else "false"
    if isinstance(content, str):
        line = " ".join(content.split())
        return repr(line if len(line) <= 60 else line[:57] + "...") if line else "blank"
    if isinstance(content, (int, float)):
        return str(content)
    return "a list" if isinstance(content, (list, tuple)) else "a group of fields"
