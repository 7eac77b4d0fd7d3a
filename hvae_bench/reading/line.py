"""Lines that name an option by nothing but its label, or by its label and what it pays or why."""

import re

from hvae_bench.reading import wording
from hvae_bench.reading.grammar import Grammar
from hvae_bench.reading.label import SEVERAL, UNKNOWN
from hvae_bench.reading.passage import Passage, is_question
from hvae_bench.reading.payoffs import contradicts, has_no_words_beside_a_pair, is_payoff, numbers_in, pair_in

__all__ = ["bare_labels", "opening_labels"]

_CONDITION_AFTER = re.compile(wording.CONDITION_AFTER, re.IGNORECASE)
_GUESS = re.compile(wording.GUESS, re.IGNORECASE)
_REASON = re.compile(rf"\W*{wording.REASON}", re.IGNORECASE)
_ALTERNATIVE = re.compile(r"\W*(?:or|and|nor|vs|versus)\b", re.IGNORECASE)
_AMOUNTS = re.compile(r"\W{0,3}(?:\d|(?:you|me|i get|self)\b)", re.IGNORECASE)
_LIST_MARK = re.compile(r"[\"'\s]{0,2}[:)=]")
_WORD = re.compile(r"[^\W\d_]{2}")


def bare_labels(passage: Passage) -> set[str]:
    """Read the first and the last line when they are nothing but a label."""
    grammar, lines = passage.grammar, passage.lines
    if len(lines) == 1:
        # To guess is to choose if nothing else is said.
        lines = [_GUESS.sub("", lines[0], count=1)]
    matches = [_bare_match(line, grammar) for line in (lines if len(lines) <= 400 else [lines[0], lines[-1]])]
    first, last = matches[0], matches[-1]
    labels = [grammar.spellings.get(match["label"], UNKNOWN) if match else "" for match in matches]
    found: set[str] = set()
    if last and not (passage.is_cut and not last["closed"].strip()):
        known = labels[-1] != UNKNOWN
        if known or (len(lines) == 1 and not is_payoff(last["label"], passage.offers)):
            found.add(labels[-1])
    if first and len(lines) > 1 and labels[0] != UNKNOWN:
        heads = [grammar.head.match(line) for line in lines[1:]]
        if not _WORD.search(first[0][: first.start("label")]):
            found |= {labels[0], *(label for label in labels if label and label != UNKNOWN)}
        elif all(grammar.spellings[head["label"]] == labels[0] for head in heads if head):
            # "Option A" above a paragraph may be the heading of a discussion of all options.
            found |= {labels[0]} if set(labels[1:-1]) <= {"", labels[0]} else set()
    return found


def opening_labels(passage: Passage) -> set[str]:
    """Read a first line that opens with a label and goes on with payoffs or a reason, or a last line with payoffs."""
    grammar, text, lines = passage.grammar, passage.text, passage.lines
    place = 0
    head = grammar.head.match(lines[0])
    if head is None:
        place = len(text) - len(lines[-1])
        head = grammar.head.match(lines[-1])
        if head is None or not has_no_words_beside_a_pair(head["rest"]) or pair_in(head["rest"]) is None:
            return set()
    label, rest = grammar.spellings[head["label"]], head["rest"]
    if not _opens_a_choice(head, label, passage):
        return set()
    named = {label} | _listed_labels(passage)
    is_alternative = _ALTERNATIVE.match(rest) or _CONDITION_AFTER.match(rest)
    companion = grammar.companion.match(head[0], head.end("label"))
    if is_alternative or companion or contradicts(passage, place + head.end("label"), label):
        named.add(SEVERAL)
    return named


def _bare_match(line: str, grammar: Grammar) -> re.Match[str] | None:
    match = grammar.bare.match(line) if len(line) <= 60 else None
    return None if match is None or ".." in match["closed"] or ":" in match["closed"] else match


def _listed_labels(passage: Passage) -> set[str]:
    """Return the labels a list could be made of: at the head of a sentence, or marked as in "A:", "B)"."""
    grammar, text = passage.grammar, passage.text
    marked = {
        grammar.spellings[match["label"]]
        for match in grammar.mention.finditer(text)
        if _LIST_MARK.match(text, match.end())
    }
    heads = (grammar.head.match(sentence) for _, sentence in passage.sentences())
    return marked | {grammar.spellings[head["label"]] for head in heads if head}


def _opens_a_choice(head: re.Match[str], label: str, passage: Passage) -> bool:
    """Tell whether a label at the head of a line is more than a word, a list number or the start of a comparison."""
    rest, separator = head["rest"], head["separator"].strip()[:1]
    has_reason = _REASON.match(rest) is not None
    _, opening = next(Passage(head[0], passage.offers, passage.grammar, passage.is_cut).sentences())
    if is_question(opening) or (passage.is_cut and not has_reason):
        return False
    if has_reason:
        return True
    if label.isdigit():
        return any(numbers_in(rest) == list(offer.payoffs) for offer in passage.offers if offer.label == label)
    if separator in ("=", "|", "(", "→") or (label == "A" and separator == ":" and not head["option"]):
        # "A:" may stand for the word answer.
        return _AMOUNTS.match(rest) is not None
    # "I, for one" is the pronoun.
    return label != "I" or head["option"] is not None or separator in (".", ":", ";", ")", "]")
