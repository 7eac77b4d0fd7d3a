"""Payoff pairs: reading them out of a text, and whether they are a label's own or the choice itself."""

import re
from collections.abc import Sequence

from hvae_bench.reading import wording
from hvae_bench.reading.grammar import ANSWER_CUE, PERSON
from hvae_bench.reading.label import SEVERAL
from hvae_bench.reading.offer import Offer
from hvae_bench.reading.passage import Passage, is_asserted, is_question

__all__ = [
    "contradicts",
    "has_no_words_beside_a_pair",
    "is_payoff",
    "numbers_in",
    "options_paying",
    "pair_in",
    "stated_pairs",
]

_NUMBER = re.compile(r"(?<![\w.])(?:(?<!\d )-)?\d{1,9}(?:\.\d{1,6})?(?![\w%])")
_ROLE = re.compile(f"(?P<other>{wording.OTHER_ROLE})|{wording.OWN_ROLE}", re.IGNORECASE)
_ATTACHED = re.compile(r"\b(?:for|to)\b", re.IGNORECASE)
_ARITHMETIC = re.compile(r"\s*[+*=<>x-]+\s*")
_PAIR_CUE = re.compile(
    rf"{PERSON}(?:{wording.CHOOSE}|(?:want|prefer|keep|like)\b)|{ANSWER_CUE}",
    re.IGNORECASE,
)
_PAIR_END = re.compile(r"[.;,\n]|\b(?:because|since|which|so|as|but|rather|instead|over)\b")


def pair_in(text: str) -> tuple[float, float] | None:
    """Read exactly two numbers as a payoff pair.

    Args:
        text: A line or a part of a sentence.

    Returns:
        The pair, the model's own payoff first: swapped when the words say so, None when they leave it open.
    """
    numbers = list(_NUMBER.finditer(text))
    if len(numbers) != 2 or _ARITHMETIC.fullmatch(text, numbers[0].end(), numbers[1].start()):
        return None
    first, second = (float(number[0]) for number in numbers)
    roles: list[str] = []
    places: list[int] = []
    for match in _ROLE.finditer(text):
        role = "other" if match["other"] else "self"
        if not roles or roles[-1] != role:
            roles.append(role)
            places.append(match.start())
    if roles in ([], ["self", "other"]):
        return first, second
    if roles == ["other", "self"]:
        return second, first
    if roles == ["other"] and places[0] > numbers[0].end():
        # "68 for the other, 85" leaves open whose 85 is.
        between = text[numbers[0].end() : min(places[0], numbers[1].start())]
        is_attached = places[0] < numbers[1].start() and _ATTACHED.search(between)
        return None if is_attached else (first, second)
    return (first, second) if roles == ["self"] and places[0] < numbers[1].start() else None


def numbers_in(text: str) -> list[float]:
    """Return the numbers of a text."""
    return [float(number) for number in _NUMBER.findall(text)]


def is_payoff(number: str, offers: Sequence[Offer]) -> bool:
    """Tell whether a numeral is a payoff of any option."""
    return number.isdecimal() and any(float(number) in offer.payoffs for offer in offers)


def options_paying(pair: tuple[float, float] | None, offers: Sequence[Offer]) -> set[str]:
    """Return the label of the option with a payoff pair, or the stand-in for several."""
    labels = {offer.label for offer in offers if offer.payoffs == pair}
    return {SEVERAL} if len(labels) > 1 else labels


def contradicts(passage: Passage, end: int, label: str) -> bool:
    """Tell whether a label that ends at a place is followed by a payoff pair that is not its own."""
    fragment = _pair_at(passage.text, end)
    own = next((offer.payoffs for offer in passage.offers if offer.label == label), None)
    if fragment is None or own is None:
        return False
    pair = pair_in(fragment)
    if pair is None:
        return sorted(numbers_in(fragment)[:2]) != sorted(own)
    return pair != own


def has_no_words_beside_a_pair(text: str, allowed: frozenset[str] = wording.STATED_PAIR_WORDS) -> bool:
    """Tell whether a text says nothing but what may be said along with a payoff pair."""
    return all(word.lower() in allowed for word in re.findall(r"[^\W\d_]+", text[:2_000]))


def stated_pairs(passage: Passage) -> set[str]:
    """Read options named by their payoffs: as the whole reply, a first or last line, or a choice statement."""
    text, lines = passage.text, passage.lines
    if is_question(text):
        return set()
    found: set[str] = set()
    if not passage.is_cut:
        if len(text) <= 400 and has_no_words_beside_a_pair(text):
            found |= options_paying(pair_in(text), passage.offers)
        for line in (lines[0], lines[-1]):
            if len(line) <= 120 and has_no_words_beside_a_pair(line, wording.PAIR_WORDS):
                found |= options_paying(pair_in(line), passage.offers)
    for start, sentence in passage.sentences():
        for cue in _PAIR_CUE.finditer(sentence):
            fragment = _pair_at(text, start + cue.end())
            if fragment is None or (passage.is_cut and text.endswith(fragment)):
                continue
            if is_asserted(sentence, cue.start(), cue.end(), cue.end() + len(fragment)):
                found |= options_paying(pair_in(cue[0] + fragment), passage.offers)
    return found


def _pair_at(text: str, place: int) -> str | None:
    """Cut out the words that state a payoff pair right at a place in the text, or None."""
    tail = text[place : place + 200].split("\n")[0]
    numbers = list(_NUMBER.finditer(tail))
    if len(numbers) < 2 or not has_no_words_beside_a_pair(tail[: numbers[1].end()]):
        return None
    end = numbers[2].start() if len(numbers) > 2 else len(tail)
    closing = _PAIR_END.search(tail, numbers[1].end(), end)
    return tail[: closing.start()] if closing else tail[:end]
