"""Play: the one walk through a script, whoever answers: a model, an agent, or a mark where the model would speak.

A walk is a generator: it yields what is said next and is sent what came of it, so that the same walk serves code that
waits for a model and code that does not.
"""

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import TypeVar

from hvae_bench.dialogue.render import Question, opening_text
from hvae_bench.dialogue.sample import DialogueScript, Message

Sent = TypeVar("Sent")
Returned = TypeVar("Returned")


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a dialogue, and the item if it asks one.

    The stream names the random draw of the reply within the dialogue; the attempt is 2 where an item is asked again.
    """

    message: Message
    text: str
    stream: str
    attempt: int = 1
    question: Question | None = None


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
