"""Render: how a script is worded, from the opening turns to each item as a question, and what else a message tells.

Pure text: no model is called here, so a dialogue can be printed without running one.

Our own providers draw every reply alike in every run: the solver names the random stream of each reply, and the options
that a decision offers as they are shown, in the metadata of the message that asks for it, and only for providers that
say they read it; no provider sends it anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from hvae_bench.catalogue.rendering import OptionWords, arrange, render
from hvae_bench.dialogue.sample import DialogueScript, Message
from hvae_bench.scorers import ShownOption
from hvae_bench.scorers.stakes import SELF_AND_OTHER

if TYPE_CHECKING:
    from inspect_ai.model import ChatMessage

STREAM_KEY = "hvae_stream"
"""Key of the stream's name in the metadata of a message."""

OPTIONS_KEY = "hvae_options"
"""Key of the options that a decision offers in the metadata of a message, in the game's own order."""

NAMES_STREAMS = "hvae_streams"
"""Attribute of a provider that reads them: true."""

ADAPTER = "hvae_adapter"
"""Attribute of a provider that lays an adapter over its weights: name and sha256 of the file, for the record."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One option of a question: its label there, its payoffs one a stake, and the whole line that shows it."""

    label: str
    option_id: str
    payoffs: tuple[float, ...]
    line: str
    stakes: tuple[str, ...] = SELF_AND_OTHER


@dataclass(frozen=True, slots=True)
class Question:
    """An item as it is put to the model: options in the order shown, and the ids of all in the game's own order.

    Its place in the game, from 0, names its random draws; the content takes the place of placeholders but the goal.
    """

    item_id: str
    place: int
    message: Message
    shown: tuple[Shown, ...]
    published: tuple[str, ...]
    content: dict[str, str]

    def prompt(self, goal: str) -> str:
        """The question, with the goal that the model stated ("" if none)."""
        return render(self.message.text, self.content | {"goal": goal})

    def reask_prompt(self, goal: str) -> str | None:
        """What is said once if the first reply names no option; None if the template does not ask again."""
        reask = self.message.reask
        return None if reask is None else render(reask, self.content | {"goal": goal})

    @property
    def in_published_order(self) -> tuple[Shown, ...]:
        """The options in the game's own order."""
        return tuple(sorted(self.shown, key=lambda option: self.published.index(option.option_id)))

    @property
    def as_recorded(self) -> tuple[ShownOption, ...]:
        """The options as decisions record them, in the order shown."""
        return _recorded(self.shown)

    def option_id(self, label: str) -> str:
        """Id of the option that was shown with this label; `KeyError` if none was."""
        return {option.label: option.option_id for option in self.shown}[label]


def opening_text(script: DialogueScript, message: Message, goal: str) -> str:
    """What a turn before the items says, with the goal that the model has stated by then ("" if none)."""
    return render(message.text, script.content | {"goal": goal})


def questions(script: DialogueScript, stream: str) -> tuple[Question, ...]:
    """All items as questions, in the order asked; `stream` names the random draws of shuffled orders."""
    words = script.framing.options
    assert words is not None  # only records of an older version lack them
    found = []
    items = list(enumerate(script.game.items))
    for number, (place, item) in enumerate(arrange(items, script.cell.item_order, f"{stream}/items"), start=1):
        options = arrange(item.options, script.cell.option_order, f"{stream}/options/{place}")
        shown = _shown(
            words,
            script.game.stakes,
            tuple(
                (label, option.id, option.payoffs)
                for label, option in zip(script.framing.labels[: len(options)], options, strict=True)
            ),
        )
        content = {
            "item_number": str(number),
            "ordinal": script.ordinals[number - 1] if number <= len(script.ordinals) else "",
            "situation": script.situations.get(item.id, ""),
            "options": "\n".join(option.line for option in shown),
            "labels": script.join_labels.join(option.label for option in shown),
        }
        published = tuple(option.id for option in item.options)
        found.append(Question(item.id, place, script.messages[-1], shown, published, script.content | content))
    return tuple(found)


# Unless orders are shuffled, every dialogue of a cell shows the same few lists of options.
@lru_cache(maxsize=1024)
def _shown(
    words: OptionWords, stakes: tuple[str, ...], options: tuple[tuple[str, str, tuple[float, ...]], ...]
) -> tuple[Shown, ...]:
    return tuple(Shown(label, id_, payoffs, words.written(label, payoffs), stakes) for label, id_, payoffs in options)


@lru_cache(maxsize=1024)
def _recorded(shown: tuple[Shown, ...]) -> tuple[ShownOption, ...]:
    return tuple(ShownOption(label=option.label, option_id=option.option_id) for option in shown)


def stream_of(messages: Sequence[ChatMessage]) -> str | None:
    """Name of the stream of the reply to the last question; None if it names none."""
    stream = _named(messages, STREAM_KEY)
    return stream if isinstance(stream, str) else None


def options_of(messages: Sequence[ChatMessage]) -> tuple[Shown, ...]:
    """Options that the last question offers, in the game's own order; none if it asks for no decision."""
    told = _named(messages, OPTIONS_KEY)
    if not isinstance(told, list):
        return ()
    return tuple(
        Shown(one["label"], one["option_id"], tuple(one["payoffs"]), one["line"], tuple(one["stakes"])) for one in told
    )


def labels_of(messages: Sequence[ChatMessage]) -> tuple[str, ...]:
    """Labels that the last question offers; none if it asks for no decision."""
    return tuple(option.label for option in options_of(messages))


def stream_metadata(stream: str, options: Sequence[Shown]) -> dict[str, object]:
    """The metadata of a message that asks for a reply: its stream, and what a decision offers."""
    told = {OPTIONS_KEY: [asdict(option) for option in options]} if options else {}
    return {STREAM_KEY: stream, **told}


def _named(messages: Sequence[ChatMessage], key: str) -> object:
    question = next((message for message in reversed(messages) if message.role == "user"), None)
    return None if question is None else (question.metadata or {}).get(key)
