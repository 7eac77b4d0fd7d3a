"""Reading: which option a reply chooses, told by the reply's form and by the few words that its wording lists.

What surrounds an answer is taken off first. Then a line is a choice if it is

1. the label, alone or with an option word ("Option C"; where option lines say so, "project C");
2. an option line as it was shown, with or without its label, or a label beside the numbers of its own line;
3. either of them after words that announce an answer and a sign ("My answer: C"), or in a box of LaTeX;
4. in the last line, the label after a cue of a conclusion ("Therefore, I will choose option C."), unless the line
   denies, doubts or refuses.

Lines that choose differently are no choice, and neither is a label alone in a reply that names another one. Nothing is
guessed from sentences, and nothing from payoffs alone: whatever is left can be asked for again.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from hvae_bench.catalogue.wording import ReadingWords
from hvae_bench.dialogue.render import Shown
from hvae_bench.dialogue.surroundings import BOXED, plain_characters, without_surroundings
from hvae_bench.scorers.decision import ReplyReason, ReplyStatus, Surrounding


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply was read as; the label is as shown, and given if and only if the status is `chosen`."""

    status: ReplyStatus
    reason: ReplyReason
    label: str | None
    stripped: tuple[Surrounding, ...] = ()


# --- words and signs

_UNSPACED = "\u2e80-\u2fff\u3005-\u3007\u3031-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts that put no space between words."""
# Without case, because `re` would look up every character of the ranges.
_LETTER = rf"(?-i:[^\W_{_UNSPACED}])"
_WORD = re.compile(rf"[{_UNSPACED}]+|{_LETTER}+(?:'{_LETTER}+)*")
_AMOUNT = r"(?:(?<![\w)])-)?(?:\d{1,3}(?:[,.' ]\d{3})+(?!\d)|\d+(?:[.,]\d+)?)"
_PIECE = re.compile(rf"{_AMOUNT}|[{_UNSPACED}]+|[^\W\d_{_UNSPACED}]+")
_THOUSANDS = re.compile(r"[,.' ](?=\d{3}(?!\d))")
_TURNING = frozenset("?¿؟⁇≠¬×✕✖✗✘☓❌❎🚫⛔👎+&/%~\u0336\u0338")
"""Signs that turn a label round, ask for it, cross it out or make something else of it."""
_SENTENCE_END = re.compile(r"[.!;](?!\d)\s*|。")
_CLAUSE_END = re.compile(r"[.!;,](?!\d)\s*|。|\s[-–—]\s|—")
_COUNTED = re.compile(r"\d{1,2}[.)]\s")


class _Cues(NamedTuple):
    """The words of a wording as patterns."""

    option: re.Pattern[str]
    option_after: re.Pattern[str]
    announced: re.Pattern[str]
    lead: re.Pattern[str]
    clause: re.Pattern[str]
    sentences: tuple[re.Pattern[str], ...]
    refusal: re.Pattern[str]
    negation: re.Pattern[str]
    before_label: re.Pattern[str]


@lru_cache(maxsize=64)
def _cues(words: ReadingWords, nouns: tuple[str, ...]) -> _Cues:
    option, answer = any_cue((*words.option_words, *nouns)), any_cue(words.answer)
    clause = any_cue([cue for cue in words.conclusion if "{label}" not in cue])
    around = [cue.partition("{label}") for cue in words.conclusion if "{label}" in cue]
    number = r"\s?(?P<number>#?\d{1,3}(?:\s?[^\W\d_]{0,4}\s?/?\s?\d{1,3})?)\s?[.):=–—-]"
    sign = r"[\"']?\s?(?:[:=→–—-]>?|\])"
    return _Cues(
        option=_pattern(option),
        option_after=_pattern(rf"(?=(?-i:[{_UNSPACED}])){option}\Z"),
        announced=_pattern(rf"(?:(?:{answer}|{option})\s{{0,3}}){{1,6}}(?:{number}|{sign})"),
        lead=_pattern(rf"{answer}[\s,、]{{0,3}}"),
        clause=_pattern(rf"{clause}(?P<label>.{{1,60}})"),
        sentences=tuple(_pattern(f"{_part(before)}(?P<label>.{{1,60}}?){_part(after)}") for before, _, after in around),
        refusal=_pattern(any_cue(words.refusal)),
        negation=_pattern(any_cue(words.negation)),
        before_label=_pattern(rf"(?:{option}|{clause}|{answer}\s?[:=])[\s:]{{0,3}}\Z"),
    )


def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)


def any_cue(cues: Sequence[str]) -> str:
    """Source of a pattern for any of the cues, the longest first, as whole words where words are written apart."""
    bounded: dict[tuple[str, str], list[str]] = {}
    for cue in sorted((plain_characters(cue).strip() for cue in cues), key=len, reverse=True):
        opens = rf"(?<!{_LETTER})" if re.match(_LETTER, cue[:1]) else ""
        closes = rf"(?!{_LETTER})" if re.match(_LETTER, cue[-1:]) else ""
        words = r"[\s,]{1,3}".join(map(re.escape, cue.split()))
        bounded.setdefault((opens, closes), []).extend([words] if words else [])
    sources = [f"{opens}(?:{'|'.join(words)}){closes}" for (opens, closes), words in bounded.items() if words]
    return f"(?:{'|'.join(sources) or '(?!)'})"


def _part(cue: str) -> str:
    """The same for the words on one side of a label, where there may be none."""
    return any_cue([cue]) if cue.strip() else ""


def _core(text: str) -> str:
    """A text without the signs around it, up to one that turns it round."""
    start, end = 0, len(text)
    while start < end and _is_edge(text[start]):
        start += 1
    # A colon announces something, and dots leave something open.
    while end > start and _is_edge(text[end - 1]) and not text.endswith((":", ".."), 0, end):
        end -= 1
    # "-3" and ".3" are amounts.
    return "" if text[start:end].isdigit() and text[:start].endswith(("-", ".")) else text[start:end]


def _is_edge(sign: str) -> bool:
    return not sign.isalnum() and sign not in _TURNING and unicodedata.category(sign) not in ("Sc", "Mn")


def _pieces(text: str) -> tuple[str, ...]:
    """The words and numbers of a text, without case and thousands separators."""
    found = _PIECE.findall(text)
    return tuple((_THOUSANDS.sub("", piece) if piece[-1].isdigit() else piece).casefold() for piece in found)


# --- what a text names


class _Line(NamedTuple):
    """An option line in pieces: whole, its label, the rest, and the numbers in it."""

    label: str
    whole: tuple[str, ...]
    named: tuple[str, ...]
    bare: tuple[str, ...]
    numbers: list[str]


class _Choice(NamedTuple):
    """What a line chooses, and how: by the label alone, as a line of a list, announced or concluded."""

    label: str
    reason: ReplyReason
    how: Literal["alone", "listed", "announced", "concluded"]


class _Options:
    """The options on offer, and how a text may name one."""

    def __init__(self, shown: Sequence[Shown], words: ReadingWords) -> None:
        self.spelled = {plain_characters(option.label): option.label for option in shown}
        folded = [written.casefold() for written in self.spelled]
        self.folded = {w.casefold(): label for w, label in self.spelled.items() if folded.count(w.casefold()) == 1}
        self.are_words = {word.casefold() for word in words.label_words}
        self.have_digits = any(label.isdigit() for label in self.spelled)
        self.longest = max((len(option.line) for option in shown), default=0)
        self.lines: list[_Line] = []
        self.signs: set[str] = set()
        nouns: set[str] = set()
        for option in shown:
            line = plain_characters(option.line)
            place = re.search(rf"(?<!\w){re.escape(plain_characters(option.label))}(?!\w)", line)
            start, end = place.span() if place else (0, 0)
            bare = _pieces(line[:start]) + _pieces(line[end:])
            numbers = [piece for piece in bare if piece[-1].isdigit()]
            self.lines.append(_Line(option.label, _pieces(line), _pieces(line[start:end]), bare, numbers))
            self.signs.update(line[end : end + 1].strip())
            if before := re.split(r"[^\w\s]", line[:start].rstrip("\"'([ "))[-1].split():
                nouns |= {before[-1], " ".join(before)}
        self.cues = _cues(words, tuple(sorted(nouns)))

    def chosen_in(self, line: str) -> _Choice | None:
        """What a line chooses, if it has one of the accepted forms."""
        is_announced, rest = line.startswith(BOXED), _core(line)
        if not self.have_digits and (counted := _COUNTED.match(rest)):
            rest = _core(rest[counted.end() :])
        for _ in range(3):  # "Answer: Answer: C"
            cue = self.cues.announced.match(rest)
            if cue and not (cue["number"] and self.have_digits):
                is_announced, rest = True, _core(rest[cue.end() :])
        if choice := self._named_by(rest):
            return choice._replace(how="announced") if is_announced else choice
        return None if self.denies(line) else self._concluded(rest)

    def denies(self, text: str) -> bool:
        """Whether a text denies, doubts or refuses."""
        return self.cues.negation.search(text) is not None or self.refuses(text)

    def refuses(self, text: str) -> bool:
        """Whether a text says that no option will be chosen; not if it sets one aside, or names just one after that."""
        for cue in self.cues.refusal.finditer(text):
            after = text[cue.end() : cue.end() + 500].lstrip(" \"'(")
            option = self.cues.option.match(after)
            word = _WORD.match(after[option.end() :].lstrip(" \"'(") if option else after)
            if (word is None or word[0] not in self.spelled) and len(self.mentioned_in(after)) != 1:
                return True
        return False

    def mentioned_in(self, text: str, *, any_word: bool = False) -> set[str]:
        """The labels in a text; those that are words of the language only where they are marked as labels.

        With `any_word`, words of several letters ("left") count as labels wherever they stand.
        """
        found: set[str] = set()
        for word in _WORD.finditer(text):
            start, end = word.span()
            label = self.spelled.get(word[0]) or (self.folded.get(word[0].casefold()) if end - start > 1 else None)
            if label is None:
                # Where no spaces part words, a label may stand within any run of characters.
                found.update(one for key, one in self.spelled.items() if not key.isascii() and key in word[0])
            elif (
                label.casefold() not in self.are_words
                or (any_word and end - start > 1)
                or self._is_marked(text, start, end)
            ):
                found.add(label)
        return found

    def _is_marked(self, text: str, start: int, end: int) -> bool:
        before, after = text[max(0, start - 1) : start], text[end : end + 1]
        if before + after in ('""', "''", "``", "()", "[]", "<>") or (
            after in self.signs and text[start:end] in self.spelled
        ):
            return True
        return self.cues.before_label.search(text[max(0, start - 60) : start]) is not None

    def _named_by(self, text: str) -> _Choice | None:
        """The option whose label a text consists of, signs and option word aside, or whose line it repeats."""
        core = _core(text)
        word = self.cues.option.match(core) or self.cues.option_after.search(core)
        beside = core if word is None else _core(core[word.end() :] if word.start() == 0 else core[: word.start()])
        for written in (core, beside):
            if label := self.spelled.get(written) or self.folded.get(written.casefold()):
                return _Choice(label, "label", "alone")
        if _TURNING.intersection(core) - {"/"} or len(core) > 2 * self.longest:
            return None
        said = _pieces(beside)
        found = {choice for line in self.lines if (choice := _repeated(line, said))}
        return found.pop() if len(found) == 1 else None

    def _concluded(self, text: str) -> _Choice | None:
        ends = (_SENTENCE_END.split(text)[-1], _CLAUSE_END.split(text)[-1])
        for end, patterns in zip(ends, (self.cues.sentences, (self.cues.clause,)), strict=True):
            start: int | None = 0
            while start is not None:
                for pattern in patterns:
                    cue = pattern.fullmatch(end, start)
                    choice = self._named_by(cue["label"]) if cue else None
                    if cue and choice and not self._is_plain_word(cue["label"]):
                        before = self.mentioned_in(text[: len(text) - len(end)])
                        return choice._replace(how="concluded") if before <= {choice.label} else None
                lead = self.cues.lead.match(end, start)
                start = lead.end() if lead else None
        return None

    def _is_plain_word(self, text: str) -> bool:
        """Whether a text is a word of the language that only looks like a label, as in "I choose a"."""
        return (core := _core(text)).casefold() in self.are_words and core not in self.spelled


_options = lru_cache(maxsize=256)(_Options)


def _repeated(line: _Line, said: tuple[str, ...]) -> _Choice | None:
    """A choice of the option if its line was repeated, or if its label stands beside the numbers of its line."""
    if said == line.whole:
        return _Choice(line.label, "label", "listed")
    if said == line.bare and len(line.numbers) < len(line.bare):
        return _Choice(line.label, "echo", "listed")
    rest = said[len(line.named) :]
    if not line.numbers or said != line.named + rest or [one for one in rest if one[-1].isdigit()] != line.numbers:
        return None
    remaining = iter(line.bare)
    return _Choice(line.label, "label", "listed") if all(piece in remaining for piece in rest) else None


# --- reading


def read_reply(
    reply: str, shown: Sequence[Shown], words: ReadingWords, *, stop_reason: str | None = None, reasoning: bool = False
) -> Reading:
    """Read one reply, of any length, into a decision; anything doubtful is no choice. It raises for no string.

    Args:
        reply: the model's reply.
        shown: the options as they were shown.
        words: the words of the wording.
        stop_reason: Inspect's. A line that a token limit cut is read only if it is the whole reply and a label alone.
        reasoning: whether the model was let reason and asked to answer on the last line; then only that line is read.
    """
    options, is_cut = _options(tuple(shown), words), stop_reason in ("max_tokens", "model_length")
    text, stripped = without_surroundings(reply)
    lines = [line.strip() for line in text.split("\n") if any(map(str.isalnum, line))]
    choice = _choice(lines, options, is_cut=is_cut, reasoning=reasoning)
    if choice is not None:
        return Reading("chosen", choice.reason, choice.label, stripped)
    if stop_reason == "content_filter":
        return Reading("refused", "content_filter", None, stripped)
    if options.refuses(text):
        return Reading("refused", "declined", None, stripped)
    reason: ReplyReason = "not_in_form"
    if is_cut:
        reason = "truncated"
    elif not lines:
        reason = "empty"
    elif len(options.mentioned_in(text)) > 1:
        reason = "several_options"
    return Reading("invalid", reason, None, stripped)


def _choice(lines: Sequence[str], options: _Options, *, is_cut: bool, reasoning: bool) -> _Choice | None:
    """The choice that the lines of a reply agree on."""
    last = len(lines) - 1
    choices = {place: choice for place, line in enumerate(lines) if (choice := options.chosen_in(line))}
    if is_cut:  # What was cut may have gone on, and what stands before it may be the heading of a list.
        bare = {place for place in choices if _core(lines[place]) in options.spelled and (place < last or not last)}
        choices = {place: choices[place] for place in bare}
    final = choices.get(last)
    if reasoning and (final is None or final.how != "listed"):
        return final
    if final is not None and final.how in ("announced", "concluded"):
        choices = {place: choice for place, choice in choices.items() if choice.how != "listed"}
    if len({choice.label for choice in choices.values()}) != 1:
        return None
    if final is not None and final.how in ("announced", "concluded"):
        return final
    others = "\n".join(line for place, line in enumerate(lines) if place not in choices)
    for place, choice in choices.items():
        if _stands_alone(place, choice, lines, options) and (place == last or not options.refuses(others)):
            named = options.mentioned_in(others, any_word=place < last)
            return choice if named <= {choice.label} else None
    return None


def _stands_alone(place: int, choice: _Choice, lines: Sequence[str], options: _Options) -> bool:
    """Whether a line can be an answer: no step of an argument, end of a denial or beginning of a sentence."""
    before, after = lines[place - 1] if place else "", "".join(lines[place + 1 : place + 2])
    if after and (choice.how == "concluded" or (place and (choice.how == "listed" or not before.endswith(":")))):
        return False
    goes_on = before[-1:].isalnum() or before[-1:] in (",", ":")
    continues = choice.how != "announced" and next(filter(str.isalnum, after), "").islower()
    return not (goes_on and options.denies(before)) and not continues
