"""Reward: what replies earn, read as a run reads them; pure functions, whoever trains."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import Field

from hvae_bench.catalogue.entry import Part
from hvae_bench.catalogue.rendering import OptionWords
from hvae_bench.catalogue.wording import ReadingWords
from hvae_bench.dialogue.reading import read_reply
from hvae_bench.dialogue.render import Shown


class AnswerWords(Part):
    """The words by which the replies of a conversation are read; see `Course.words`."""

    options: OptionWords = Field(description="How the line of an option is written.")
    reading: ReadingWords = Field(description="By what a reply tells that it answers.")


def rewards(
    conversation: Mapping[str, Any], replies: Sequence[str], words: AnswerWords, *, cut: Collection[int] = ()
) -> list[float | None]:
    """The reward of each decision: that of the label its reply chooses, None where it chooses none.

    Args:
        conversation: one of `Course.conversations`, or a line of the file.
        replies: to its decisions, in order; those that are missing choose nothing.
        words: those of its course.
        cut: places, from 0, of replies that a limit of tokens cut.
    """
    found: list[float | None] = []
    for place, decision in enumerate(conversation["decisions"]):
        shown = [
            Shown(label, label, tuple(payoffs), words.options.written(label, payoffs), tuple(conversation["stakes"]))
            for label, payoffs in zip(decision["labels"], decision["payoffs"], strict=True)
        ]
        reply = replies[place] if place < len(replies) else ""
        label = read_reply(reply, shown, words.reading, stop_reason="max_tokens" if place in cut else None).label
        found.append(None if label is None else decision["reward"][decision["labels"].index(label)])
    return found
