"""Solver: replays a script against a model and leaves turns and decisions in the sample's store.

It knows no wording and no game: what is said, what is expected in return and what takes the place of
every placeholder stands in the script.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser, ContentText, Logprob, Model, ModelOutput
from inspect_ai.solver import TaskState
from inspect_ai.util import collect
from tenacity import RetryError

from hvae_bench.dialogue.administration import Administration
from hvae_bench.dialogue.answer import NoReplyError, refusal_of_system_role
from hvae_bench.dialogue.described import STORE_KEY, UNHEARD_KEY, is_count, keep
from hvae_bench.dialogue.intake import guarded, intake_of, is_refused
from hvae_bench.dialogue.listing import read_listing
from hvae_bench.dialogue.reading import Reading, read_reply
from hvae_bench.dialogue.render import (
    Offer,
    Question,
    Said,
    begins_the_next,
    follow_async,
    play_batch,
    play_item,
    play_opening,
    questions,
    stream_metadata,
)
from hvae_bench.dialogue.sample import DialogueScript, script_of
from hvae_bench.dialogue.surroundings import visible_reply
from hvae_bench.scorers import Decision, ShownOption
from hvae_bench.text.errors import UsageError, brief


async def replay_dialogue(state: TaskState, model: Model, asked: Administration) -> TaskState:
    """Replay one dialogue; its messages take the place of those in Inspect's state.

    The seed names the random draws (shuffled orders), together with sample and epoch.
    """
    script = script_of(state.metadata)
    if script.batched != (asked.items == "batched"):
        raise UsageError(f"Samples are made for one way of asking: set it on the task, `-T items={asked.items}`.")
    dialogue = _Dialogue(state, guarded(model), script, asked)
    state.messages = []
    try:
        goal = await dialogue.open()
        if script.batched:
            await dialogue.ask_all(goal)
        elif asked.items == "sequential":
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
    def __init__(self, state: TaskState, model: Model, script: DialogueScript, asked: Administration) -> None:
        self.state = state
        self.script = script
        self.stream = f"{asked.seed}/{script.stream}/{state.epoch}"
        self.model = model
        self.has_system = asked.system == "message"
        # What is told at a place of the conversation before what the user says there: what the user says without
        # waiting for a reply, and to a model without a system role the system message. Many servers refuse two messages
        # of a user in a row.
        self.told: defaultdict[int, str] = defaultdict(str)
        # Attributes of providers: whether they read streams, and their weights and the adapter laid over them, each by
        # the name and sha256 of its file.
        self.names_streams = bool(getattr(model.api, "hvae_streams", False))
        self.questions = questions(script, self.stream)
        # Plain data that grows in place, so that it can be kept whatever ends the dialogue.
        self.trace: dict[str, Any] = {
            "opening": [],
            "batched": [],
            "items": [{"item_id": question.item_id, "turns": [], "decision": None} for question in self.questions],
            "goal_text": None,
            "notes": [],
            "unknown_usage": [],
            "served_models": [],
            "weights": getattr(model.api, "hvae_weights", None),
            "adapter": getattr(model.api, "hvae_adapter", None),
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
        decision: Decision | None = None

        async def choose(said: Said) -> bool:
            nonlocal decision
            output = await self._say(said, messages, place["turns"])
            assert output is not None
            reading = read_reply(
                output.completion,
                question.shown,
                self.script.reading,
                stop_reason=output.stop_reason,
                reasoning=self.script.template.reasoning,
            )
            decision = _decision(question, output, reading, said.attempt)
            return decision.status == "chosen"

        # A first reply that named no option is a decision only once the second question was answered.
        await follow_async(play_item(question, goal), choose)
        place["decision"] = decision

    async def ask_all(self, goal: str) -> None:
        """Ask all items in one message, and in a second one those of which the reply chose no option."""
        places = {item["item_id"]: item for item in self.trace["items"]}
        unread: dict[str, Decision] = {}

        async def choose(said: Said) -> list[Question]:
            output = await self._say(said, self.state.messages, self.trace["batched"])
            assert output is not None
            readings = read_listing(
                output.completion,
                {question.number: question.shown for question in said.batch},
                self.script.reading,
                count=len(self.questions),
                stop_reason=output.stop_reason,
            )
            unread.clear()
            for question in said.batch:
                decision = _decision(question, output, readings[question.number], said.attempt)
                if decision.status == "chosen":
                    places[question.item_id]["decision"] = decision
                else:
                    unread[question.item_id] = decision
            return [question for question in said.batch if question.item_id in unread]

        await follow_async(play_batch(self.questions, goal), choose)
        for item_id, decision in unread.items():
            places[item_id]["decision"] = decision

    async def _say(self, said: Said, messages: list[ChatMessage], turns: list[dict[str, Any]]) -> ModelOutput | None:
        """Send one message, and wait for the reply if the turn expects one."""
        question, message, place = said.question, said.message, len(messages)
        if begins_the_next(message) or (message.role == "system" and not self.has_system):
            self.told[place] += f"{said.text}\n\n"
            return None
        if message.role == "system":
            self.told[place + 1] = self.told.pop(place, "")
        text = self.told[place] + said.text
        record: dict[str, Any] = {
            "kind": message.kind,
            "role": message.role,
            "item_id": question.item_id if question else None,
            "item_ids": [one.item_id for one in said.batch],
            "attempt": said.attempt,
            "prompt": text,
            "reply": None,
            "stop_reason": None,
            "tokens": None,
        }
        metadata: dict[str, Any] | None = None
        if self.names_streams:
            options = question.in_published_order if question else ()
            batch = [
                Offer(f"{self.stream}/items/{one.place}/{said.attempt}", one.in_published_order, one.number)
                for one in said.batch
            ]
            metadata = stream_metadata(f"{self.stream}/{said.stream}", options, batch)
        spoken = ChatMessageSystem if message.role == "system" else ChatMessageUser
        messages.append(spoken(content=text, metadata=metadata))
        turns.append(record)
        if message.expects == "nothing":
            return None
        try:
            output = await _generate(self.model, messages)
        except Exception as error:
            roles = {one.role for one in messages}
            if "system" not in roles or "assistant" in roles or (refusal := refusal_of_system_role(error)) is None:
                raise
            fix = (
                f"The server takes no system messages ({brief(refusal)}). Start again with `-T system=first_user`, "
                "which puts their text at the start of the first user message."
            )
            self.state.store.set(UNHEARD_KEY, fix)
            raise NoReplyError(fix) from None
        record["reply"] = output.completion
        record["stop_reason"] = output.stop_reason
        record["tokens"] = _tokens(output)
        for name, more in (*intake_of(output), ("served_models", [output.model] if output.model else [])):
            self.trace[name] += [one for one in more if one not in self.trace[name]]
        messages.append(output.message)
        self.state.output = output
        return output


async def _generate(model: Model, messages: list[ChatMessage]) -> ModelOutput:
    """Ask the model; if Inspect gives up asking again, fail with what went wrong and not with the fact that it did."""
    try:
        return await model.generate(messages)
    except RetryError as error:
        failure = error.last_attempt.exception() or error
    # Raised here because within the handler each of the two would name the other as its cause, in an endless circle.
    raise failure


def _decision(question: Question, output: ModelOutput, reading: Reading, attempt: int) -> Decision:
    """What became of an item by its reading, or by what the provider says of the reply."""
    if is_refused(output):
        reading = Reading("refused", "content_filter", None)
    elif reading.status == "invalid" and _is_refusal(output):
        reading = Reading("refused", "declined", None)
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


_AROUND = " \t\n\r.:)(*\"'`"
"""What may stand around a label in a reply that is a label and nothing else."""


def letter_probabilities(output: ModelOutput, shown: Sequence[ShownOption], label: str | None) -> dict[str, Any]:
    """Fields of a `Decision`: the probabilities, or why there are none; neither where a reply came without its tokens.

    The reply must be a label and nothing else. Its first token that is not blank is the label, and the tokens reported
    in its place are counted for an option if they are its label, with or without blanks around it (" A" and "A").
    """
    logprobs = output.choices[0].logprobs if output.choices else None
    if logprobs is None or not logprobs.content:
        return {}
    token = next((token for token in logprobs.content if token.token.strip()), None)
    if token is None or label is None or visible_reply(output.completion).strip(_AROUND) != label:
        return {"no_probabilities": "no_label"}
    labels = [option.label for option in shown]
    if any(one != other and other.startswith(one) for one in labels for other in labels):
        return {"no_probabilities": "common_beginning"}
    if token.token.strip() != label:
        return {"no_probabilities": "several_tokens"}
    reported = _reported(token)
    if len(reported) < len(shown):
        return {"no_probabilities": "too_few_reported"}
    masses = dict.fromkeys(labels, 0.0)
    for text, probability in reported:
        if (text := text.strip()) in masses:
            masses[text] += probability
    # A long label without a token of its own may have been meant by the tokens that it is made of.
    if any(len(one) > 1 and not mass for one, mass in masses.items()):
        return {"no_probabilities": "several_tokens"}
    mass = sum(masses.values())
    if not mass:
        return {"no_probabilities": "no_label"}
    return {
        "probabilities": {option.option_id: masses[option.label] / mass for option in shown},
        "label_mass": min(mass, 1.0),
        "unreported_mass": min(1.0, max(0.0, 1.0 - sum(probability for _, probability in reported))),
    }


def _reported(token: Logprob) -> list[tuple[str, float]]:
    """Probability of every token reported at a place; some providers leave the one drawn out of the others."""
    reported = [(other.token, math.exp(other.logprob)) for other in token.top_logprobs or ()]
    if all(text != token.token for text, _ in reported):
        reported.append((token.token, math.exp(token.logprob)))
    return reported
