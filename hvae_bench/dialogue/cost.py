"""Cost: the calls of a dialogue before it is run, word for word, and what they take, with marks for the replies."""

from bisect import bisect, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hvae_bench.dialogue.administration import ItemsMode
from hvae_bench.dialogue.render import Said, begins_the_next, follow, play_batch, play_item, play_opening, questions
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.text.tokens import token_count

REPLIES = {
    "text": ("[the model's reply]", 75),
    "goal": ("[the goal that the model states]", 25),
    "decision": ("[a label]", 1),
}
"""By what is expected the mark in the place of a reply, and the length that it is taken to have in tokens."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a dialogue as the model will see it, or a mark in square brackets where it will speak."""

    role: str
    kind: str
    expects: str
    text: str

    @property
    def tokens(self) -> int:
        """Its length, a mark being as long as the reply in its place."""
        mark, length = REPLIES[self.expects if self.role == "assistant" else "goal"]
        return token_count(self.text) + self.text.count(mark) * (length - token_count(mark))


Call = Sequence[Line]
"""The conversation that a call of the model sends, and last the reply to it."""


def calls_of(script: DialogueScript, items: ItemsMode = "sequential", seed: int = 0, epoch: int = 1) -> list[Call]:
    """The calls of a dialogue in turn, if no item has to be asked twice; `seed` shuffles the orders."""
    calls: list[Call] = []
    conversation: list[Line] = []
    told = ""

    def say(said: Said) -> Any:
        """Say a message; the mark is its reply, and the choice that is read from it."""
        nonlocal told
        message = said.message
        if begins_the_next(message):
            told += f"{said.text}\n\n"
            return None
        before, told = (told, "") if message.role == "user" else ("", told)
        conversation.append(Line(message.role, message.kind, message.expects, before + said.text))
        if message.expects == "nothing":
            return None
        mark = REPLIES[message.expects][0]
        reply = "\n".join(f"{question.number}: {mark}" for question in said.batch) or mark
        conversation.append(Line("assistant", message.kind, message.expects, reply))
        calls.append(tuple(conversation))
        return conversation[-1].text

    goal = follow(play_opening(script), say)
    opening = (*conversation,), told
    asked = questions(script, f"{seed}/{script.stream}/{epoch}")
    if script.batched:
        follow(play_batch(asked, goal), lambda said: say(said) and ())
    for question in () if script.batched else asked:
        if items == "independent":
            conversation[:], told = opening
        follow(play_item(question, goal), say)
    return calls


def whole_dialogue(script: DialogueScript, seed: int = 0, epoch: int = 1) -> Call:
    """One dialogue from beginning to end, items in one conversation; `seed` shuffles the orders."""
    return calls_of(script, seed=seed, epoch=epoch)[-1]


@dataclass(frozen=True, slots=True)
class Cost:
    """Model calls, and tokens by the rule of `token_count`: sent in all, and received without any reasoning."""

    calls: int
    input_tokens: int
    output_tokens: int


def cost_of(calls: Sequence[Call]) -> Cost:
    """What these calls take: each sends its conversation from the beginning."""
    sent = sum(line.tokens for *conversation, _ in calls for line in conversation)
    return Cost(len(calls), sent, sum(reply.tokens for *_, reply in calls))


def tokens_seen_before(dialogues: Iterable[Sequence[Call]]) -> int:
    """Tokens at the beginning of each prompt with which an earlier call, its reply included, began.

    So much of the prompts of these dialogues, one after another, can a provider read from its cache. No two replies
    are alike, so that another dialogue has in common at most what comes before the first of them.
    """
    seen: list[list[tuple[str, str]]] = []
    total = 0
    for number, calls in enumerate(dialogues):
        for call in calls:
            said = [(line.role, f"{number}" * (line.role == "assistant") + line.text) for line in call]
            prompt = said[:-1]
            place = bisect(seen, prompt)
            # Of all conversations in order, the longest common beginning is that of a neighbour.
            total += max((_common(call, prompt, other) for other in seen[max(place - 1, 0) : place + 1]), default=0)
            insort(seen, said)
    return total


def _common(call: Call, prompt: Sequence[tuple[str, str]], other: Sequence[tuple[str, str]]) -> int:
    """Tokens that the prompt of a call and another conversation have in common at their beginning."""
    tokens = 0
    for line, (role, one), (other_role, two) in zip(call, prompt, other, strict=False):
        if role != other_role:
            return tokens
        if one != two:
            alike = next((place for place, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), None)
            return tokens + (0 if role == "assistant" else token_count(one[:alike]))
        tokens += line.tokens
    return tokens
