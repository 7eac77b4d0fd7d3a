"""Near miss: the word that somebody most likely meant."""

import difflib
from collections.abc import Iterable


def near_miss(given: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that is most like the given one, whatever their case; None if none is so much like it.

    The cutoff says how much alike the two have to be, up to 1 for the same word.
    """
    words: dict[str, str] = {}
    for word in known:
        words.setdefault(word.casefold(), word)
    close = difflib.get_close_matches(given.casefold(), words, n=1, cutoff=cutoff)
    return words[close[0]] if close else None


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """`Did you mean 'this'? `, with the blank behind it, or nothing where no known word is near."""
    meant = near_miss(given, known)
    return "" if meant is None else f"Did you mean {meant!r}? "
