"""Text: what models, providers and files said, made safe to look at."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["LIMIT", "shorten", "spreadsheet_text", "visible"]

LIMIT = 2000
"""Characters of a reply or a question that are shown on the page."""

# Everything but printable ASCII, line breaks and tabs.
_SUSPECT = re.compile(r"[^\x20-\x7e\n\t]")
# Controls, marks of direction and other invisible ones, halves of surrogate pairs, separators of lines and paragraphs.
_ESCAPED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def visible(text: str) -> str:
    r"""Text in which every character that would not show, or would move others, is written as an escape.

    Line breaks and tabs are kept; `\r\n` counts as a line break. A terminal's escape sequence becomes `\x1b[31m`, a
    right-to-left mark `\u200f`.
    """
    return _SUSPECT.sub(_shown, text.replace("\r\n", "\n"))


def _shown(found: re.Match[str]) -> str:
    character = found[0]
    if unicodedata.category(character) not in _ESCAPED:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shorten(text: str, limit: int = LIMIT) -> tuple[str, str | None]:
    """The visible form of a text's beginning, and a note on what was left out; None if nothing was.

    Args:
        text: any text.
        limit: characters of the text to keep.
    """
    if len(text) <= limit:
        return visible(text), None
    return visible(text[:limit]), f"shortened: the first {limit:,} of {len(text):,} characters"


def spreadsheet_text(text: str) -> str:
    """Text for a CSV file, which no spreadsheet program will take for a formula."""
    shown = visible(text)
    return f"'{shown}" if shown.lstrip(" ").startswith(_FORMULA) else shown
