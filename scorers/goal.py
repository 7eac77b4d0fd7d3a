"""Goal texts: what can be said of a stated goal without a judge. Nothing here enters any score."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GoalText:
    """What can be counted in a goal: words as spaces part them, characters, and whether it names the other person."""

    n_words: int | None
    n_characters: int
    names_other: bool | None


def goal_text(text: str, other_words: Sequence[str], *, counts_words: bool = True) -> GoalText:
    """Count a goal; None where no words for the other are known, or where words are not written apart."""
    text = text.strip()
    folded = text.casefold()
    names_other = any(_holds(folded, word.casefold()) for word in other_words) if other_words else None
    return GoalText(len(text.split()) if counts_words else None, len(text), names_other)


def _holds(text: str, word: str) -> bool:
    """Whether a word stands in a text, not as a part of a longer one.

    Scripts without upper and lower case part no words, or join particles to them, so there any place counts.
    """
    place = text.find(word)
    while place >= 0:
        before, after = text[place - 1 : place], text[place + len(word) : place + len(word) + 1]
        if not _continues(before) and not _continues(after):
            return True
        place = text.find(word, place + 1)
    return False


def _continues(letter: str) -> bool:
    return letter.isalpha() and letter.upper() != letter.lower()


def repeated_share(cells: Iterable[Sequence[str]]) -> float:
    """Share of goals that stand word for word in another dialogue of their cell, by cell; NaN without any goal."""
    goals = repeated = 0
    for texts in cells:
        counts = Counter(text.strip() for text in texts)
        goals += sum(counts.values())
        repeated += sum(count for count in counts.values() if count > 1)
    return repeated / goals if goals else float("nan")
