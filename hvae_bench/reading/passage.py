"""A passage: the cleaned text of a reply or a part of it, and whether a sentence in it states anything."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hvae_bench.reading import wording
from hvae_bench.reading.grammar import Grammar
from hvae_bench.reading.offer import Offer

__all__ = ["Passage", "is_asserted", "is_negated", "is_question"]

_SENTENCE_EDGE = re.compile(rf"\n+|(?<=[.!?;])[\"')\]]*\s+|(?<=。)|(?<=[!?])(?=[{wording.CJK}])")
_FORCED = re.compile(wording.FORCED, re.IGNORECASE)
_CONTRAST = re.compile(wording.CONTRAST, re.IGNORECASE)
_CLAUSE_EDGE = re.compile(wording.CLAUSE_EDGE, re.IGNORECASE)
_NEGATION = re.compile(wording.NEGATION, re.IGNORECASE)
_COMPARISON = re.compile(wording.COMPARISON, re.IGNORECASE)
_CONDITION = re.compile(wording.CONDITION, re.IGNORECASE)
_CONDITION_AFTER = re.compile(wording.CONDITION_AFTER, re.IGNORECASE)
_TAKEN_BACK = re.compile(wording.TAKEN_BACK, re.IGNORECASE)
_CHOSE = re.compile(wording.CHOSE, re.IGNORECASE)
_PAST = re.compile(wording.PAST, re.IGNORECASE)
_OWN = re.compile(wording.OWN, re.IGNORECASE)
_SOMEBODY = re.compile(wording.SOMEBODY, re.IGNORECASE)
_SAY = re.compile(r"\bsay\b", re.IGNORECASE)
_IS_DESCRIBED = re.compile(r"\s+(?:is|are|was|would|seems|gives)\b")
_OPEN_QUOTATION = re.compile(r"\w[,:]?\s*[\"']$")


@dataclass(frozen=True, slots=True)
class Passage:
    """A cleaned text with what is needed to read it.

    Attributes:
        text: The text.
        offers: The options as shown.
        grammar: The patterns for their labels.
        is_cut: Whether the text stops in the middle because the model ran out of tokens.
    """

    text: str
    offers: Sequence[Offer]
    grammar: Grammar
    is_cut: bool

    @property
    def lines(self) -> list[str]:
        """The lines of the text, at least one."""
        return self.text.split("\n")

    def sentences(self) -> Iterator[tuple[int, str]]:
        """Yield each sentence with its place; conditions of the kind "if I must choose" are blanked out."""
        start = 0
        for edge in _SENTENCE_EDGE.finditer(self.text):
            if edge.start() > start:
                yield start, _without_force(self.text[start : edge.start()])
            start = edge.end()
        if start < len(self.text):
            yield start, _without_force(self.text[start:])


def is_question(sentence: str) -> bool:
    """Tell whether a sentence ends with a question mark."""
    return sentence.rstrip("\"')] ").endswith("?")


def is_asserted(sentence: str, cue: int, begin: int, end: int) -> bool:
    """Tell whether a statement is the model's own and holds.

    Args:
        sentence: The sentence it stands in.
        cue: Where the cue begins, "I choose" for example.
        begin: Where what is chosen begins.
        end: Where the statement ends.

    Returns:
        Whether it is neither negated, asked, conditional, past, quoted, taken back nor about somebody else.
    """
    before = _CONTRAST.split(sentence[max(0, cue - 200) : cue])[-1]
    stated, after = sentence[cue:begin], sentence[end : end + 40]
    return not (
        is_question(sentence)
        or is_negated(sentence, cue, begin)
        or _COMPARISON.search(stated)
        or _CONDITION.search(before + stated)
        or _CONDITION_AFTER.match(sentence, end)
        or _TAKEN_BACK.search(sentence, end, end + 200)
        or (_CHOSE.search(stated) and _PAST.search(before + after))
        or _OPEN_QUOTATION.search(before)
        or (_SAY.search(stated) and _IS_DESCRIBED.match(after))
        or (_SOMEBODY.search(before + stated) and not _OWN.search(stated))
    )


def is_negated(sentence: str, cue: int, end: int) -> bool:
    """Tell whether there is a negation from the beginning of the clause the cue stands in to the end."""
    clause = _CLAUSE_EDGE.split(sentence[max(0, cue - 200) : cue])[-1]
    return _NEGATION.search(clause + sentence[cue:end]) is not None


def _without_force(sentence: str) -> str:
    return _FORCED.sub(lambda match: " " * len(match[0]), sentence)
