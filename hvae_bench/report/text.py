"""Text: what models, providers and files said, made safe for a page and for a spreadsheet."""

from __future__ import annotations

from hvae_bench.text.visible import visible

__all__ = ["LIMIT", "shorten", "spreadsheet_text"]

LIMIT = 2000
"""Characters of a reply or a question that are shown on the page."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


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
