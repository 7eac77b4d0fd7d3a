"""How the labels of an item may be written, and how to tell them from ordinary words."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from hvae_bench.reading.wording import CJK, LETTER

__all__ = [
    "SEVERAL",
    "STOP",
    "UNKNOWN",
    "any_label",
    "bare_label",
    "capital_vowel",
    "mentioned_label",
    "offered_label",
    "spellings_of",
]

# Stand-ins for a statement that names a label nobody offered, or more than one option.
UNKNOWN = "\0unknown"
SEVERAL = "\0several"

# What follows a label that could also be a word or a cut word: an end, punctuation, or a reason.
STOP = rf"(?=\s*(?:$|[^\w\s'?-]|['-](?!\w)|[{CJK}]|(?:because|since|over|instead|due|porque|weil|parce)\b))"
# What may also follow "A" if it is no article, and "I" if it is no pronoun.
_ARTICLE_STOP = (
    r"(?=\s+(?:is|was|would|seems|gives|offers|provides|as|rather|for|with|so|but|or|and|to|by|than|vs|if|it)\b)"
)
_PRONOUN_STOP = r"(?=\s+(?:is|was|gives|offers|provides|or|than|vs)\b)"
_WORDS = frozenset("AEOUY")
_START = rf"(?<![{LETTER}])"
_END = rf"(?!'?[{LETTER}]|[+°])"
_KANA = r"[\u3040-\u30ff]"
_AFTER_KANA = r"(?=\W|$|[をにがでだはとの])"


def spellings_of(labels: Iterable[str]) -> dict[str, str]:
    """Map each way a label may be written to the label; a spelling of two labels stands for neither."""
    spellings: dict[str, str] = {}
    for fold in (str, str.lower, str.upper):
        pairs = [(fold(_plain(label)), label) for label in labels]
        seen = [spelling for spelling, _ in pairs]
        for spelling, label in pairs:
            if spelling and seen.count(spelling) == 1:
                spellings.setdefault(spelling, label)
    return spellings


def offered_label(spellings: Mapping[str, str]) -> str:
    """Return the pattern of an offered label amid a sentence."""
    return rf"{_START}(?P<label>{_offered(spellings)})"


def any_label(spellings: Mapping[str, str]) -> str:
    """Return the pattern of an offered label, or of a letter or number that looks like one, amid a sentence."""
    unknown = rf"(?!I\b)(?:[A-Z][0-9]{{0,2}}|[0-9]{{1,2}})(?!'?[{LETTER}]){STOP}"
    return rf"{_START}(?P<label>{_offered(spellings)}|{unknown})"


def mentioned_label(spellings: Mapping[str, str]) -> str:
    """Return the pattern of a label in a text that states nothing: small letters and numbers may be anything."""
    return offered_label({s: label for s, label in spellings.items() if not s.islower() and not s.isdigit()})


def bare_label(spellings: Mapping[str, str]) -> str:
    """Return the pattern of what may be a label in a line with nothing else in it."""
    # A Chinese or Japanese character before a number is a word: "choose 3".
    unknown = rf"[^\W\d_{CJK}][0-9]{{0,2}}|[{CJK}](?![0-9])|[0-9]{{1,2}}"
    return rf"(?P<label>{_longest_first(spellings)}|{unknown})(?![{LETTER}+])"


def capital_vowel(spellings: Mapping[str, str]) -> str:
    """Return the pattern of a capital vowel right after a verb of choice, where it can hardly be an article."""
    return rf"(?P<label>{_longest_first(_WORDS & spellings.keys())})(?!'?[{LETTER}]| [A-Z]{{2}})"


def _plain(label: str) -> str:
    return unicodedata.normalize("NFKC", label).strip()


def _longest_first(spellings: Iterable[str]) -> str:
    return "|".join(re.escape(spelling) for spelling in sorted(spellings, key=len, reverse=True)) or "(?!)"


def _offered(spellings: Mapping[str, str]) -> str:
    """Return the alternatives for all spellings, each with what has to follow it."""
    exact = {_plain(label) for label in spellings.values()}
    alternatives = [
        re.escape(spelling) + _edge(spelling, spelling in exact)
        for spelling in sorted(spellings, key=len, reverse=True)
    ]
    return "|".join(alternatives) or "(?!)"


def _edge(spelling: str, is_exact: bool) -> str:
    """Return what has to follow a spelling, the more the more it looks like a word."""
    if re.fullmatch(_KANA, spelling):
        return _AFTER_KANA
    if re.fullmatch(rf"[{CJK}]", spelling):
        return ""
    if spelling == "I":
        return f"{_END}(?:{STOP}|{_PRONOUN_STOP})"
    if not is_exact or spelling.islower():
        return _END + STOP
    return f"{_END}(?:{STOP}|{_ARTICLE_STOP})" if spelling in _WORDS else _END
