"""Listing: which options one reply to several items chooses, a line each, told by the numbers of the items.

A line that begins with a number and a sign answers the item of that number, together with the lines below it that begin
with none, and `read_reply` judges what they choose, as if nothing else had been asked. Labels alone, a line each, are
taken in order if there are as many of them as items. Where it is in doubt which items are meant, nothing is read: two
numbers before one answer, a choice before the first number, numbers of other items while some that were asked lack.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from hvae_bench.catalogue.wording import ReadingWords
from hvae_bench.dialogue.reading import Reading, any_cue, read_reply
from hvae_bench.dialogue.render import Shown
from hvae_bench.dialogue.surroundings import BOXED, without_surroundings

# "-" and "." do not part the ends of a range and the digits of an amount.
_SIGN = r"[\"')]{0,2}\s?(?:[:=)\]→]|\.(?!\d)|[–—-](?!\s?\d))>?\s*(?P<rest>.*)"
_BOX = re.compile(rf"\s*\n{BOXED}([^\n]*)\n")
_BEFORE, _NO_ITEM = -1, -2


@lru_cache(maxsize=64)
def _heads(words: ReadingWords, count: int) -> list[re.Pattern[str]]:
    """How a line may begin with the number of an item."""
    lead = rf"[^\w?¿≠~]{{0,8}}(?:{any_cue(words.answer)}\s{{0,3}}){{0,3}}"
    found = []
    for cue in ("{number}", *words.decision):
        before, _, after = cue.replace("{count}", str(count)).partition("{number}")
        before, after = (any_cue([part]) if part.strip() else "" for part in (before, after))
        found.append(re.compile(rf"{lead}{before}\s?#?(?P<number>\d{{1,3}})(?!\d)\s?{after}{_SIGN}", re.IGNORECASE))
    return found


def read_listing(
    reply: str,
    asked: Mapping[int, Sequence[Shown]],
    words: ReadingWords,
    *,
    count: int,
    stop_reason: str | None = None,
) -> dict[int, Reading]:
    """Read one reply into a decision for each item; anything doubtful is no choice. It raises for no string.

    Args:
        reply: the model's reply.
        asked: the options of each item as they were shown, by the number of the item.
        words: the words of the wording.
        count: items of the whole dialogue, of which some alone may have been asked again.
        stop_reason: Inspect's. Only the last line can have been cut by a token limit.
    """
    text, stripped = without_surroundings(reply)
    lines = [line for line in _BOX.sub(r" \1\n", text).split("\n") if any(map(str.isalnum, line))]
    is_cut = stop_reason in ("max_tokens", "model_length")

    def read(said: str, shown: Sequence[Shown], *, is_last: bool = True) -> Reading:
        reading = read_reply(said, shown, words, stop_reason=None if is_cut and not is_last else stop_reason)
        return replace(reading, stripped=tuple(dict.fromkeys((*stripped, *reading.stripped))))

    def unread(said: str, shown: Sequence[Shown]) -> Reading:
        reading = read(said, shown)
        return reading if reading.label is None else Reading("invalid", "not_in_form", None, reading.stripped)

    found: dict[int, Reading] = {}
    parts, last = _by_number(lines, asked, _heads(words, count))
    before = "\n".join(parts.pop(_BEFORE, ()))
    if parts and asked.keys() & parts.keys() in (asked.keys(), parts.keys()):
        if not any(read(before, shown).label for shown in asked.values()):
            said = {number: "\n".join(parts[number]) for number in asked.keys() & parts.keys()}
            found = {number: read(said[number], _named(asked[number]), is_last=number == last) for number in said}
            text = before
    elif not parts and len(asked) == 1:
        return {number: read(reply, shown) for number, shown in asked.items()}
    elif not parts and len(lines) == len(asked):
        alone = zip(asked.items(), lines, strict=True)
        found = {number: read(line, _labels(shown), is_last=line is lines[-1]) for (number, shown), line in alone}
        found = found if all(reading.label for reading in found.values()) else {}
    return {number: found.get(number) or unread(text, shown) for number, shown in asked.items()}


def _by_number(
    lines: Sequence[str], asked: Mapping[int, Sequence[Shown]], heads: Sequence[re.Pattern[str]]
) -> tuple[dict[int, list[str]], int]:
    """What stands behind each number, and the last of the numbers; of no item where one line has two."""
    have_digits = any(option.label.isdigit() for shown in asked.values() for option in shown)
    parts: dict[int, list[str]] = {}
    at = _BEFORE
    for line in lines:
        rest, numbers = line, set()
        while head := next(filter(None, (head.match(rest) for head in heads)), None):
            numbers.add(int(head["number"]))
            rest = head["rest"]
            if have_digits:
                break  # "1: 2."
        if len(numbers) > 1:
            return {_NO_ITEM: []}, _NO_ITEM
        at = numbers.pop() if numbers else at
        parts.setdefault(at, []).append(rest)
    return parts, at


def _named(shown: Sequence[Shown]) -> Sequence[Shown]:
    """The options of an item as an answer may name them: by labels alone where those are numbers, too."""
    return _labels(shown) if any(option.label.isdigit() for option in shown) else shown


def _labels(shown: Sequence[Shown]) -> Sequence[Shown]:
    return [replace(option, line=option.label) for option in shown]
