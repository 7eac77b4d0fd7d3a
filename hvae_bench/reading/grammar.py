"""The patterns in which an option is chosen, preferred or mentioned, compiled for the labels of an item."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from hvae_bench.reading import wording
from hvae_bench.reading.label import (
    STOP,
    any_label,
    bare_label,
    capital_vowel,
    mentioned_label,
    offered_label,
    spellings_of,
)

__all__ = ["ANSWER_CUE", "PERSON", "Grammar", "grammar_for"]

# "I", "I would therefore", "I, as an altruist, would", "let us".
PERSON = (
    rf"(?:\b(?:I|we)(?:,[^,.\n]{{1,60}},)?(?:\s?{wording.ADVERB}\b){{0,5}}(?:,[^,.\n]{{1,60}},)?"
    r"|\blet(?:'s| me| us))\s+"
)
_OPENING = r"(?:^[^\w¿]{0,40}(?:(?:so|then|well|ok|okay|sure|great|alright|yes|therefore|thus|hence|and)\b[\s,:.!-]*)?)"
# "My final answer", "The label I choose", "Answer as an altruist".
_ANSWER = (
    rf"(?:{_OPENING}|\b(?:my|the|our|final|chosen|selected|preferred)\s+)"
    r"(?:(?:my|the|final|chosen|selected|preferred|correct|own|option|only|single|one)\s+){0,3}"
    rf"{wording.CHOICE_NOUN}(?:\s(?:for|to|as|in|on|given)\s[^.,:;?\n]{{1,40}}?)?"
    r"(?:\s+(?:here|now|in this case|for me|would|will|must|should|therefore|then|I|goes|has)){0,4}"
)
ANSWER_CUE = _ANSWER + r"(?:\s*(?:be|is|to|was|remains|[:=→]|-+>?)){1,3}"
_LINK = rf"(?:\s*(?:{wording.LINK_WORD}|{wording.OPTION_WORD}|->|=>|[:=(\[\"'#→])){{0,6}}\s*"
# "I choose the one with the lowest payoff for the other: I."
_DESCRIBED = r"(?:\s+(?:the|an|a|to)\s[\w' /-]{1,80}?(?:[,:(–—-]|\b(?:option|labell?ed|in))\s*(?:option\s+)?)"
_IS_MY_CHOICE = (
    r"\s(?:is|would be|,)(?: what)? (?:my|the one|what|the option|the choice) (?:final |preferred )?"
    r"(?:choice|answer|pick|selection|decision|preference|I(?:'d|'ll| would| will)? (?:choose|pick|select))\b"
)
_IS_BEST = (
    r"\s(?:is|seems|sounds|looks|appears|feels|would be|strikes me as)(?: (?!not|never|hardly|far)\w{1,12}){0,3}?"
    rf" {wording.BEST}\b(?! for\b)(?![^.\n]{{0,80}}\b(?:but|however|though)\b)"
)
_BEST_IS = (
    rf"(?:\bthe {wording.BEST} (?:option|choice|one|answer|allocation)(?: here| overall)?"
    r" (?:is|would be|seems to be)|\bthe (?:option|choice|one) that best [a-z][\w' -]{1,60} is)"
)
# A cross, a thumb down or a not-equal sign in front of a label turns it round.
_LEAD = r"^[^\w?¿≠¬❌✗✘🚫👎]{0,40}"
_LINE_OPENING = (
    r"(?:(?:so|therefore|thus|hence|then|sure|okay|ok|well|yes|definitely|certainly|absolutely"
    r"|conclusion|result|verdict|answer)\b[\s,:.!=>→-]*){0,2}(?:the\s+)?"
)
_CLOSING = r"[\s\"')\]}]{0,6}"


@dataclass(frozen=True, slots=True)
class Grammar:
    """The patterns for the labels of an item; every pattern has a group called label.

    Attributes:
        spellings: Each way a label may be written, with the label.
        statements: "I choose C", "Answer: C".
        leanings: "I prefer C".
        praises: "C is the best option".
        choices_by_anyone: "would choose C", whoever would.
        bare: A line with nothing but a label.
        head: A line that opens with a label and goes on.
        mention: A label anywhere.
        companion: What follows a label when another one is named along with it, as in "C or D".
    """

    spellings: Mapping[str, str]
    statements: tuple[re.Pattern[str], ...]
    leanings: tuple[re.Pattern[str], ...]
    praises: tuple[re.Pattern[str], ...]
    choices_by_anyone: tuple[re.Pattern[str], ...]
    bare: re.Pattern[str]
    head: re.Pattern[str]
    mention: re.Pattern[str]
    companion: re.Pattern[str]

    def mentioned_in(self, text: str) -> set[str]:
        """Return the labels a text mentions in any way."""
        return {self.spellings[match["label"]] for match in self.mention.finditer(text)}


@lru_cache(maxsize=256)
def grammar_for(labels: frozenset[str]) -> Grammar:
    """Compile the patterns for a set of labels, whatever their order on the screen."""
    spellings = spellings_of(sorted(labels))
    label, offered, mention = any_label(spellings), offered_label(spellings), mentioned_label(spellings)
    link = _words(_LINK)
    return Grammar(
        spellings=spellings,
        statements=_compiled(
            _words(PERSON + wording.CHOOSE) + link + label,
            _words(rf"{PERSON}{wording.CHOOSE} (?:the |{wording.OPTION_WORD} ){{0,2}}") + capital_vowel(spellings),
            _words(PERSON + wording.CHOOSE + _DESCRIBED) + label + STOP,
            _words(rf"{_OPENING}(?:I'm\s+)?{wording.CHOOSE}") + link + label + STOP,
            _words(ANSWER_CUE) + link + label,
            _words(rf"{_OPENING}(?:my |final )?answer\s") + link + label + STOP,
            link + label + _CLOSING + _words(_IS_MY_CHOICE),
            _words(_OPENING) + link + offered + _CLOSING + _words(r"\s(?:it is|for me|please)(?=\W*$)"),
            _words(wording.ANSWER_IS) + link + label,
            _words(wording.I_CHOOSE) + link + label,
            _words(wording.I_WOULD_CHOOSE) + link + label,
            _words(wording.I_WOULD) + link + offered + _words(wording.WOULD_CHOOSE),
            offered + _CLOSING + wording.CHOOSE_AFTER,
        ),
        leanings=_compiled(
            _words(rf"{PERSON}(?:prefer|favou?r|(?:lean|leaning|inclined)(?: (?:towards?|to|for))?)") + link + label,
        ),
        praises=_compiled(
            _words(_BEST_IS) + link + offered,
            link + offered + _words(_IS_BEST),
        ),
        choices_by_anyone=_compiled(_words(wording.CHOOSES) + link + offered),
        bare=re.compile(
            _LEAD
            + _words(rf"{_LINE_OPENING}(?:{wording.OPTION_WORD}\s*[:#]?\s*)?")
            + r"[\"'(\[{<]{0,4}"
            + bare_label(spellings)
            + _words(r"(?P<closed>[\s,]*(?:please|thanks|thank you|です|を選びます|选项|選項)?[^\w?]*)$")
        ),
        head=re.compile(
            _LEAD
            + _words(rf"(?P<option>{wording.OPTION_WORD}\s*[:#]?\s*)?")
            + r"[\"'(\[{]{0,4}"
            + offered
            + r"[\"']?(?P<separator>\s?(?:\.(?![\w.])|[,:;)\]|=→—!(]|–\s)[)\]:.]{0,3}\s?|\s-{1,3}>?\s"
            + rf"|\s+(?={_words(wording.REASON)}))(?P<rest>.*)"
        ),
        mention=re.compile(mention),
        companion=re.compile(
            _CLOSING
            + _words(rf"(?:(?:,\s*)?(?:{wording.BETWEEN})|,)\s*(?:{wording.OPTION_WORD}\s*)?")
            + r"[\"'(\[]*"
            + offered
            + STOP
        ),
    )


def _words(source: str) -> str:
    """Let words be written in capitals or not; labels and small words differ by case alone, so they may not."""
    return f"(?i:{source})"


def _compiled(*sources: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(source) for source in sources)
