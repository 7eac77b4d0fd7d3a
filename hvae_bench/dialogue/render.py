"""Render: how a script is worded and gone through, whoever answers: a model, an agent, or a mark where it would speak.

Pure text: no model is called here, so a dialogue can be printed without running one. The one walk through a script is a
generator: it yields what is said next and is sent what came of it, so that the same walk serves code that waits for a
model and code that does not.

Our own providers draw every reply alike in every run: the solver names the random stream of each reply, and the options
that a decision offers as they are shown, in the metadata of the message that asks for it, and only for providers that
say they read it; no provider sends it anywhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from hvae_bench.catalogue.fit import OF_A_DECISION
from hvae_bench.catalogue.rendering import OptionWords, arrange, render
from hvae_bench.catalogue.wording import names_in
from hvae_bench.dialogue.sample import DialogueScript, Message
from hvae_bench.scorers import ShownOption
from hvae_bench.scorers.payoff_table import SELF_AND_OTHER

if TYPE_CHECKING:
    from inspect_ai.model import ChatMessage

# Keys in the metadata of a message: the stream's name, and what each decision in it offers.
_STREAM, _OFFERS = "hvae_stream", "hvae_offers"

Sent = TypeVar("Sent")
Returned = TypeVar("Returned")


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
    def number(self) -> int:
        """Its place in the dialogue, from 1."""
        return int(self.content["item_number"])

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


def batch_text(pattern: str, asked: Sequence[Question], goal: str) -> str:
    """One message that asks several items: what tells of an item is said for each, and what stands around it once."""
    lines = pattern.split("\n")
    of_items = [place for place, line in enumerate(lines) if OF_A_DECISION.intersection(names_in(line))]
    first, end = of_items[0], of_items[-1] + 1
    # An item without a situation has no line for it, for an empty line parts it from the next.
    each = ((render(line, item.content | {"goal": goal}) for line in lines[first:end]) for item in asked)
    said = "\n\n".join("\n".join(filter(None, item)) for item in each)
    around = asked[0].content | {"goal": goal}
    before, after = (render("\n".join(part), around) for part in (lines[:first], lines[end:]))
    return "\n".join([*([before] if first else []), said, *([after] if lines[end:] else [])])


class Offer(NamedTuple):
    """What one decision offers, in the game's own order; the number by which a line answers it, if several are asked.

    The stream names its random draw, as that of a message that asks it alone does.
    """

    stream: str
    options: tuple[Shown, ...]
    number: int | None = None


def stream_metadata(stream: str, options: Sequence[Shown], batch: Sequence[Offer] = ()) -> dict[str, Any]:
    """The metadata of a message that asks for a reply: its stream, and what a decision offers, or each of a batch."""
    offers = batch or [Offer(stream, tuple(options))] * bool(options)
    told = [one._asdict() | {"options": [asdict(option) for option in one.options]} for one in offers]
    return {_STREAM: stream} | ({_OFFERS: told} if told else {})


def told_in(messages: Sequence[ChatMessage]) -> tuple[str | None, tuple[Offer, ...]]:
    """What the last question tells of its stream, and of what it offers."""
    question = next((message for message in reversed(messages) if message.role == "user"), None)
    told = (question.metadata if question else None) or {}
    stream = told.get(_STREAM)
    return stream if isinstance(stream, str) else None, tuple(
        Offer(one["stream"], tuple(map(_told, one["options"])), one["number"]) for one in told.get(_OFFERS) or ()
    )


def _told(option: dict[str, Any]) -> Shown:
    return Shown(**option | {name: tuple(option[name]) for name in ("payoffs", "stakes")})


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a dialogue, and the item if it asks one, or the items if it asks all at once.

    The stream names the random draw of the reply within the dialogue; the attempt is 2 where an item is asked again.
    """

    message: Message
    text: str
    stream: str
    attempt: int = 1
    question: Question | None = None
    batch: tuple[Question, ...] = ()


def begins_the_next(message: Message) -> bool:
    """Whether it is said by the user at the beginning of the next message, because no reply comes in between."""
    return message.role == "user" and message.expects == "nothing"


def play_opening(script: DialogueScript) -> Generator[Said, str | None, str]:
    """Everything that comes before the items; returns the goal that was stated, "" if none was.

    It is sent the reply to each message, reasoning left out; None where it expects none.
    """
    goal = ""
    for number, message in enumerate(script.messages[:-1]):
        reply = yield Said(message, opening_text(script, message, goal), f"opening/{number}/1")
        if message.expects == "goal":
            goal = (reply or "").strip()
    return goal


def play_item(question: Question, goal: str) -> Generator[Said, bool, None]:
    """One item: the question, and a second one if it is sent that no choice was read from the reply."""
    for attempt, text in enumerate((question.prompt(goal), question.reask_prompt(goal)), start=1):
        if text is None:
            return
        chosen = yield Said(question.message, text, f"items/{question.place}/{attempt}", attempt, question)
        if chosen:
            return


def play_batch(asked: Sequence[Question], goal: str) -> Generator[Said, Sequence[Question], None]:
    """All items in one message, and in a second one those that it is sent as not chosen in the reply."""
    message = asked[0].message
    for attempt, pattern in enumerate((message.text, message.reask), start=1):
        if pattern is None or not asked:
            return
        text = batch_text(pattern, asked, goal)
        asked = yield Said(message, text, f"items/all/{attempt}", attempt, batch=tuple(asked))


def follow(walk: Generator[Said, Sent, Returned], answer: Callable[[Said], Sent]) -> Returned:
    """Go through one of these walks to its end, given what comes of each message."""
    try:
        said = next(walk)
        while True:
            said = walk.send(answer(said))
    except StopIteration as end:
        result: Returned = end.value
        return result


async def follow_async(walk: Generator[Said, Sent, Returned], answer: Callable[[Said], Awaitable[Sent]]) -> Returned:
    """As `follow`, where what comes of each message has to be waited for."""
    try:
        said = next(walk)
        while True:
            said = walk.send(await answer(said))
    except StopIteration as end:
        result: Returned = end.value
        return result
