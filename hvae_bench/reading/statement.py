"""Statements: sentences that name a label as chosen, preferred or best."""

import re
from collections.abc import Iterable, Iterator

from hvae_bench.reading import wording
from hvae_bench.reading.label import SEVERAL, UNKNOWN
from hvae_bench.reading.passage import Passage, is_asserted, is_negated, is_question
from hvae_bench.reading.payoffs import contradicts, is_payoff

__all__ = ["is_chosen_elsewhere", "stated_labels", "statements"]

_CONCLUSION = re.compile(rf"^\W*(?:(?:so|and|but),?\s)?{wording.CONCLUSION}", re.IGNORECASE)
_FINAL_WORD = re.compile(wording.FINAL_WORD, re.IGNORECASE)
_NUMBERED = re.compile(rf"(?:{wording.NUMBERED_WORD}|#)\W{{0,3}}$", re.IGNORECASE)
_AMOUNT = re.compile(r"\s*(?:[,/&-]\s*-?\d|\.\d|%|(?:and|for|to|coins?|points?)\b)")


def statements(passage: Passage) -> Iterator[tuple[str, bool]]:
    """Yield each label stated as chosen and whether the statement is marked as the final one."""
    for start, sentence in passage.sentences():
        is_conclusion = _CONCLUSION.search(sentence) is not None
        for label, begin in _named(passage.grammar.statements, passage, start, sentence):
            final_word = _FINAL_WORD.search(sentence, max(0, begin - 60), begin + 40)
            yield label, is_conclusion or final_word is not None


def stated_labels(patterns: Iterable[re.Pattern[str]], passage: Passage) -> set[str]:
    """Return the labels that statements of one kind name."""
    return {label for start, sentence in passage.sentences() for label, _ in _named(patterns, passage, start, sentence)}


def is_chosen_elsewhere(passage: Passage) -> bool:
    """Tell whether an option is chosen by anybody or on any condition, in a sentence that neither asks nor denies."""
    return any(
        not is_question(sentence) and not is_negated(sentence, match.start(), match.end())
        for _, sentence in passage.sentences()
        for pattern in passage.grammar.choices_by_anyone
        for match in pattern.finditer(sentence)
    )


def _named(
    patterns: Iterable[re.Pattern[str]], passage: Passage, start: int, sentence: str
) -> Iterator[tuple[str, int]]:
    """Yield the label of each match that counts as a statement, and where the label begins in the sentence."""
    grammar = passage.grammar
    for match in (match for pattern in patterns for match in pattern.finditer(sentence)):
        begin, end = match.span("label")
        label = grammar.spellings.get(match["label"], UNKNOWN)
        if match["label"].isdigit() and _is_amount(passage, sentence, begin, end, label):
            continue
        if not is_asserted(sentence, match.start(), begin, match.end()):
            continue
        if grammar.companion.match(sentence, end) or contradicts(passage, start + end, label):
            label = SEVERAL
        yield label, begin


def _is_amount(passage: Passage, sentence: str, begin: int, end: int, label: str) -> bool:
    """Tell whether a number where a label could stand is an amount of coins."""
    if _NUMBERED.search(sentence, max(0, begin - 20), begin):
        return False
    if label == UNKNOWN and is_payoff(sentence[begin:end], passage.offers):
        return True
    return _AMOUNT.match(sentence, end) is not None
