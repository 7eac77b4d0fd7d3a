"""Solver: replays a script against a model and leaves turns and decisions in the sample's store.

It knows no wording and no game: what is said, what is expected in return and what takes the place of
every placeholder stands in the script.
"""

from typing import Any

from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser, ContentText, Model, ModelOutput
from inspect_ai.solver import TaskState
from inspect_ai.util import collect
from tenacity import RetryError

from hvae_bench.dialogue.administration import Administration
from hvae_bench.dialogue.answer import NoReplyError
from hvae_bench.dialogue.described import STORE_KEY, is_count, keep
from hvae_bench.dialogue.intake import guarded, intake_of, is_refused
from hvae_bench.dialogue.letters import letter_probabilities
from hvae_bench.dialogue.play import Said, follow_async, play_item, play_opening
from hvae_bench.dialogue.reading import Reading, read_reply
from hvae_bench.dialogue.render import ADAPTER, NAMES_STREAMS, Question, questions, stream_metadata
from hvae_bench.dialogue.sample import DialogueScript, script_of
from hvae_bench.dialogue.surroundings import visible_reply
from hvae_bench.scorers import Decision
from hvae_bench.text.errors import brief


async def replay_dialogue(state: TaskState, model: Model, asked: Administration) -> TaskState:
    """Replay one dialogue; its messages take the place of those in Inspect's state.

    The seed names the random draws (shuffled orders), together with sample and epoch.
    """
    script = script_of(state.metadata)
    dialogue = _Dialogue(state, guarded(model), script, f"{asked.seed}/{script.stream}/{state.epoch}")
    state.messages = []
    try:
        goal = await dialogue.open()
        if asked.items == "sequential":
            for number, _ in enumerate(dialogue.questions):
                await dialogue.ask(number, goal, state.messages)
        else:
            prefix = list(state.messages)
            conversations = [list(prefix) for _ in dialogue.questions]
            await collect(
                *(dialogue.ask(number, goal, conversation) for number, conversation in enumerate(conversations))
            )
            # For readers of the log: one list with every question and its reply, in item order.
            said = [message for conversation in conversations for message in conversation[len(prefix) :]]
            state.messages = prefix + said
    finally:
        # Whatever ended the dialogue, the log holds what was reached.
        state.store.set(STORE_KEY, keep(dialogue.trace))
    return state


class _Dialogue:
    def __init__(self, state: TaskState, model: Model, script: DialogueScript, stream: str) -> None:
        self.state = state
        self.script = script
        self.stream = stream
        self.model = model
        self.names_streams = bool(getattr(model.api, NAMES_STREAMS, False))
        self.questions = questions(script, stream)
        # Plain data that grows in place, so that it can be kept whatever ends the dialogue.
        self.trace: dict[str, Any] = {
            "opening": [],
            "items": [{"item_id": question.item_id, "turns": [], "decision": None} for question in self.questions],
            "goal_text": None,
            "notes": [],
            "unknown_usage": [],
            "served_models": [],
            "adapter": getattr(model.api, ADAPTER, None),
        }

    async def open(self) -> str:
        """Say everything that comes before the items; returns the goal that was stated."""

        async def reply(said: Said) -> str | None:
            output = await self._say(said, self.state.messages, self.trace["opening"])
            if output is None:
                return None
            if is_refused(output):
                raise NoReplyError(f"The provider refused a question before the first item: {brief(output.completion)}")
            seen = visible_reply(output.completion)
            if said.message.expects == "goal":
                self.trace["goal_text"] = seen.strip() or None
            return seen

        return await follow_async(play_opening(self.script), reply)

    async def ask(self, number: int, goal: str, messages: list[ChatMessage]) -> None:
        """Ask one item, and a second time if the first reply names no option."""
        question = self.questions[number]
        place = self.trace["items"][number]
        decision = None

        async def choose(said: Said) -> bool:
            nonlocal decision
            output = await self._say(said, messages, place["turns"])
            assert output is not None
            reading = self._read(question, output)
            decision = _decision(question, output, reading, said.attempt)
            return reading.status == "chosen"

        # A first reply that named no option is a decision only once the second question was answered.
        await follow_async(play_item(question, goal), choose)
        place["decision"] = decision

    def _read(self, question: Question, output: ModelOutput) -> Reading:
        if is_refused(output):
            return Reading("refused", "content_filter", None)
        reading = read_reply(
            output.completion,
            question.shown,
            self.script.reading,
            stop_reason=output.stop_reason,
            reasoning=self.script.template.reasoning,
        )
        if reading.status == "invalid" and _is_refusal(output):
            return Reading("refused", "declined", None)
        return reading

    async def _say(self, said: Said, messages: list[ChatMessage], turns: list[dict[str, Any]]) -> ModelOutput | None:
        """Send one message, and wait for the reply if the turn expects one."""
        question, message = said.question, said.message
        record: dict[str, Any] = {
            "kind": message.kind,
            "role": message.role,
            "item_id": question.item_id if question else None,
            "attempt": said.attempt,
            "prompt": said.text,
            "reply": None,
            "stop_reason": None,
            "tokens": None,
        }
        metadata: dict[str, Any] | None = None
        if self.names_streams:
            options = question.in_published_order if question else ()
            metadata = stream_metadata(f"{self.stream}/{said.stream}", options)
        spoken = ChatMessageSystem if message.role == "system" else ChatMessageUser
        messages.append(spoken(content=said.text, metadata=metadata))
        turns.append(record)
        if message.expects == "nothing":
            return None
        output = await _generate(self.model, messages)
        record["reply"] = output.completion
        record["stop_reason"] = output.stop_reason
        record["tokens"] = _tokens(output)
        for name, more in (*intake_of(output), ("served_models", [output.model] if output.model else [])):
            self.trace[name] += [one for one in more if one not in self.trace[name]]
        messages.append(output.message)
        self.state.output = output
        return output


def _decision(question: Question, output: ModelOutput, reading: Reading, attempt: int) -> Decision:
    shown = question.as_recorded
    return Decision(
        item_id=question.item_id,
        shown=shown,
        reply=output.completion,
        option_id=None if reading.label is None else question.option_id(reading.label),
        status=reading.status,
        reason=reading.reason,
        reasked=attempt > 1,
        stripped=reading.stripped,
        **letter_probabilities(output, shown, reading.label),
    )


async def _generate(model: Model, messages: list[ChatMessage]) -> ModelOutput:
    """Ask the model; if Inspect gives up asking again, fail with what went wrong and not with the fact that it did."""
    try:
        return await model.generate(messages)
    except RetryError as error:
        failure = error.last_attempt.exception() or error
    # Raised here because within the handler each of the two would name the other as its cause, in an endless circle.
    raise failure


def _tokens(output: ModelOutput) -> dict[str, int] | None:
    """What a reply took, as far as the provider tells it and it can be."""
    if output.usage is None:
        return None
    sent, seen_before = output.usage.input_tokens, output.usage.input_tokens_cache_read
    # Inspect counts tokens read from a cache apart from the others.
    told = {"sent": sent + (seen_before or 0), "seen_before": seen_before, "received": output.usage.output_tokens}
    return {name: count for name, count in told.items() if is_count(count)} or None


def _is_refusal(output: ModelOutput) -> bool:
    """Whether the provider itself marks the reply as the model's refusal, in whatever words."""
    content = output.message.content
    return isinstance(content, list) and any(isinstance(part, ContentText) and part.refusal for part in content)
