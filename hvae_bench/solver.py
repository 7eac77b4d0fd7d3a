"""Solver: replays a script against a model and leaves turns and decisions in the sample's store.

It knows no wording and no game: what is said, what is expected in return and what takes the place of
every placeholder stands in the script.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from inspect_ai.model import (
    ChatMessage,
    ChatMessageSystem,
    ChatMessageUser,
    Model,
    ModelOutput,
)
from inspect_ai.solver import TaskState
from inspect_ai.util import collect

from hvae_bench.game import Item
from hvae_bench.reading import Offer, Reading, read_reply, visible_reply
from hvae_bench.rendering import arrange, format_payoff, render
from hvae_bench.sample import DialogueScript, script_of
from hvae_bench.scorers import Decision, ShownOption
from hvae_bench.template import Turn
from hvae_bench.trace import STORE_KEY

__all__ = ["ItemsMode", "replay_dialogue"]

ItemsMode = Literal["sequential", "independent"]


@dataclass(frozen=True, slots=True)
class _Question:
    """An item as it is put to the model."""

    item: Item
    content: dict[str, str]
    offers: tuple[Offer, ...]
    shown: tuple[ShownOption, ...]

    def option_id(self, label: str) -> str:
        return next(option.option_id for option in self.shown if option.label == label)


async def replay_dialogue(state: TaskState, model: Model, *, items: ItemsMode, seed: int) -> TaskState:
    """Replay one dialogue.

    Args:
        state: Inspect's state; its messages are replaced by those of the dialogue.
        model: the model under evaluation.
        items: `sequential` asks all items in one conversation, `independent` each from the opening alone,
            at the same time.
        seed: names the random draws (shuffled orders), together with sample and epoch.
    """
    script = script_of(state.metadata)
    dialogue = _Dialogue(state, model, script, f"{seed}/{state.sample_id}/{state.epoch}")
    state.messages = []
    await dialogue.open()
    if items == "sequential":
        for number, _ in enumerate(dialogue.questions):
            await dialogue.ask(number, state.messages)
    else:
        prefix = list(state.messages)
        conversations = [list(prefix) for _ in dialogue.questions]
        await collect(*(dialogue.ask(number, conversation) for number, conversation in enumerate(conversations)))
        # For readers of the log: one list with every question and its reply, in item order.
        state.messages = prefix + [message for conversation in conversations for message in conversation[len(prefix) :]]
    return state


class _Dialogue:
    def __init__(self, state: TaskState, model: Model, script: DialogueScript, stream: str) -> None:
        self.state = state
        self.script = script
        self.stream = stream
        self.model = model
        self.goal = ""
        self.shared = {
            "value_label": script.value_label,
            "value_definition": script.value_definition,
            "counterpart": script.framing.counterpart,
            "unit": script.framing.unit,
            "item_count": str(len(script.game.items)),
        }
        items = arrange(script.game.items, script.framing.item_order, f"{stream}/items")
        self.questions = [self._question(item, number) for number, item in enumerate(items, start=1)]
        # Plain data that grows in place: whatever ends the dialogue, the store holds what was reached.
        self.trace: dict[str, Any] = {
            "opening": [],
            "items": [{"item_id": item.id, "turns": [], "decision": None} for item in items],
            "goal_text": None,
        }
        state.store.set(STORE_KEY, self.trace)

    def _question(self, item: Item, number: int) -> _Question:
        options = arrange(item.options, self.script.framing.option_order, f"{self.stream}/options/{item.id}")
        labels = self.script.framing.labels[: len(options)]
        offers = tuple(
            Offer(label, option.payoff_self, option.payoff_other) for label, option in zip(labels, options, strict=True)
        )
        lines = [
            render(
                self.script.framing.option_line,
                {
                    "label": offer.label,
                    "payoff_self": format_payoff(offer.payoff_self),
                    "payoff_other": format_payoff(offer.payoff_other),
                },
            )
            for offer in offers
        ]
        content = {
            "item_number": str(number),
            "situation": item.situation or "",
            "options": "\n".join(lines),
            "labels": ", ".join(labels),
        }
        shown = tuple(
            ShownOption(label=label, option_id=option.id) for label, option in zip(labels, options, strict=True)
        )
        return _Question(item, content, offers, shown)

    async def open(self) -> None:
        """Say everything that comes before the items."""
        for number, turn in enumerate(self.script.turns[:-1]):
            text = render(turn.text, self.shared | {"goal": self.goal})
            reply = await self._say(
                turn, text, self.state.messages, self.trace["opening"], None, f"opening/{number}", 1
            )
            if reply is not None and turn.expects == "goal":
                self.goal = visible_reply(reply.completion).strip()
                self.trace["goal_text"] = self.goal or None

    async def ask(self, number: int, messages: list[ChatMessage]) -> None:
        """Ask one item, and a second time if the first reply names no option."""
        turn = self.script.turns[-1]
        question = self.questions[number]
        place = self.trace["items"][number]
        content = self.shared | {"goal": self.goal} | question.content
        attempts = [turn.text] if turn.reask is None else [turn.text, turn.reask]
        reply, reading, attempt = "", Reading("invalid", "empty", None), 1
        for attempt, pattern in enumerate(attempts, start=1):
            text = render(pattern, content)
            output = await self._say(turn, text, messages, place["turns"], question.item.id, question.item.id, attempt)
            assert output is not None
            reply = output.completion
            reading = read_reply(reply, question.offers, stop_reason=output.stop_reason)
            if reading.status == "chosen":
                break
        decision = Decision(
            item_id=question.item.id,
            shown=question.shown,
            reply=reply,
            option_id=None if reading.label is None else question.option_id(reading.label),
            status=reading.status,
            reason=reading.reason,
            reasked=attempt > 1,
        )
        place["decision"] = decision.model_dump(mode="json")

    async def _say(
        self,
        turn: Turn,
        text: str,
        messages: list[ChatMessage],
        turns: list[dict[str, Any]],
        item_id: str | None,
        place: str,
        attempt: int,
    ) -> ModelOutput | None:
        """Send one message, and wait for the reply if the turn expects one."""
        record: dict[str, Any] = {
            "kind": turn.kind,
            "role": turn.role,
            "item_id": item_id,
            "attempt": attempt,
            "prompt": text,
            "reply": None,
            "stop_reason": None,
        }
        # Names the random stream of the reply for providers that draw seeded; no provider sends it.
        metadata = {"hvae_stream": f"{self.stream}/{place}/{attempt}"}
        if turn.role == "system":
            messages.append(ChatMessageSystem(content=text, metadata=metadata))
        else:
            messages.append(ChatMessageUser(content=text, metadata=metadata))
        turns.append(record)
        if turn.expects == "nothing":
            return None
        output = await self.model.generate(messages)
        record["reply"] = output.completion
        record["stop_reason"] = output.stop_reason
        messages.append(output.message)
        self.state.output = output
        return output
