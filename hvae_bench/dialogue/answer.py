"""Answer: what a server said in either of OpenAI's forms, read from its JSON where Inspect's client could not.

Nothing in it is trusted to be there, or to be of its type.
"""

import json
import re
from typing import Any

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    Content,
    ContentReasoning,
    ContentText,
    Logprobs,
    ModelOutput,
    ModelUsage,
    StopReason,
)
from pydantic import BaseModel, ValidationError

from hvae_bench.dialogue.described import is_count
from hvae_bench.text.errors import brief

_STOP_REASONS: dict[str, StopReason] = {
    "stop": "stop",
    "eos": "stop",
    "length": "max_tokens",
    "max_tokens": "max_tokens",
    "model_length": "model_length",
    "content_filter": "content_filter",
}
_OF_CHAT = {
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "input_tokens_details": "prompt_tokens_details",
}
"""What the older form calls what the newer one (Responses) counts."""


class NoReplyError(RuntimeError):
    """A provider handed over something that is no reply of the model; says in a sentence what the server said."""


def refusal_of_system_role(error: BaseException) -> str | None:
    """The words by which a chat template or a service refuses a system message; None if an error is another one."""
    # Inspect repeats the question in front of some errors.
    cause = error.__cause__ if hasattr(error, "provider_message") else error
    said = shown(getattr(cause, "body", None) or cause)
    return said if _NO_SYSTEM_ROLE.search(said) else None


_NO_SYSTEM_ROLE = re.compile(
    # Templates of Gemma and Mistral; those that speak of an optional system message take one.
    r"system roles? (?:is |are )?not supported|only user\b[^.!]{0,40}\broles are supported"
    r"|(?<!system message, )conversation roles must alternate"
    # OpenAI's and Google's services and those in front of others.
    r"|(?:does not|doesn't) support (?:'system'|(?:the )?system (?:role|message|prompt))"
    r"|system (?:message|prompt|instruction)s? (?:is|are) not supported|developer instruction is not enabled",
    re.IGNORECASE,
)


class Intake(BaseModel):
    """What was not kept as it came, in sentences, and fields of a dialogue's usage that a call leaves unknown."""

    notes: tuple[str, ...] = ()
    unknown_usage: tuple[str, ...] = ()


def doubted(told: dict[str, Any]) -> Intake:
    """What has to be seen to about token counts that cannot be, by the names of a dialogue's usage."""
    notes = tuple(f"The server gave {brief(repr(count))} as `{name}` of a reply." for name, count in told.items())
    return Intake(notes=notes, unknown_usage=tuple(told))


def read_answer(answer: Any, model_name: str) -> tuple[ModelOutput, list[Intake]]:
    """The reply in the JSON of a server as Inspect keeps it, and what of the answer was left out.

    Raises:
        NoReplyError: the answer is an error, or holds no reply of text.
    """
    if (why := why_no_reply(answer)) is not None:
        raise NoReplyError(why)
    in_parts = _in_parts(answer)
    answer = _as_chat(answer)
    choice = _first_choice(answer)
    message = choice.get("message")
    content = _content_of(message) if isinstance(message, dict) else None
    if content is None:
        unread = {"content": message.get("content")} if isinstance(message, dict) else answer
        raise NoReplyError(f"The server's answer holds no reply that can be read: {shown(unread)}")
    notes = ["A reply came in parts; the text of them was read."] if in_parts else []
    logprobs = None
    if choice.get("logprobs"):
        try:
            logprobs = Logprobs.model_validate(choice["logprobs"])
        except ValidationError:
            notes.append("The probabilities that came with a reply could not be read.")
    names = {name: told for name in ("model", "id") if isinstance(told := answer.get(name), str)}
    notes += [
        f"The server gave {brief(repr(answer.get(name)))} as the `{name}` of an answer."
        for name in ("model", "id")
        if name not in names
    ]
    usage, cannot_be = _usage_of(answer.get("usage"))
    output = ModelOutput(
        model=names.get("model", model_name),
        response_id=names.get("id"),
        choices=[
            ChatCompletionChoice(
                message=ChatMessageAssistant(content=content, model=names.get("model"), source="generate"),
                stop_reason=_STOP_REASONS.get(str(choice.get("finish_reason")), "unknown"),
                logprobs=logprobs,
            )
        ],
        usage=usage,
    )
    return output, [Intake(notes=tuple(notes)), doubted(cannot_be)]


def why_no_reply(answer: Any) -> str | None:
    """What a server said in place of a reply, in a sentence; None if its answer may hold one."""
    answer = _as_chat(answer)
    if not isinstance(answer, dict):
        return None
    choice = _first_choice(answer)
    error = answer.get("error") or choice.get("error") or (choice.get("finish_reason") == "error" and choice)
    if error:
        return f"The server answered with an error: {shown(error)}"
    return f"The server's answer holds no reply: {shown(answer)}" if answer.get("choices") == [] else None


def is_list_as_text(answer: Any, text: str) -> bool:
    """Whether a text is what a client made of an answer whose content is a list of parts, as Python prints it."""
    return _in_parts(answer) and text == str(_first_choice(answer)["message"]["content"])


def shown(said: Any) -> str:
    """The words of a server."""
    if isinstance(said, dict):
        given = {name: part for name, part in said.items() if part is not None}
        words = next((given[name] for name in ("message", "detail") if isinstance(given.get(name), str)), None)
        said = words or json.dumps(given, ensure_ascii=False, default=str)
    return " ".join(str(said).split()) or "nothing"


def _as_chat(answer: Any) -> Any:
    """An answer of the newer form (Responses) in the form of chat completions; any other as it is."""
    if not isinstance(answer, dict) or "choices" in answer or not isinstance(answer.get("output"), list):
        return answer
    output, usage, details = answer["output"], answer.get("usage"), answer.get("incomplete_details")
    messages = [item for item in output if isinstance(item, dict) and item.get("type") == "message"]
    said = [message.get("content") for message in messages]
    stopped = details.get("reason") if isinstance(details, dict) else None
    is_reply = (output or stopped) and answer.get("status") not in ("failed", "cancelled")
    choice = {
        "message": {"content": [part for one in said for part in (one if isinstance(one, list) else [one])]},
        "finish_reason": {None: "stop", "max_output_tokens": "length"}.get(stopped, stopped),
    }
    if isinstance(usage, dict):
        usage = {_OF_CHAT.get(name, name): count for name, count in usage.items()}
    return answer | {"choices": [choice] if is_reply else [], "usage": usage}


def _in_parts(answer: Any) -> bool:
    message = _first_choice(answer).get("message")
    return isinstance(message, dict) and isinstance(message.get("content"), list)


def _first_choice(answer: Any) -> dict[str, Any]:
    choices = answer.get("choices") if isinstance(answer, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _content_of(message: dict[str, Any]) -> list[Content] | None:
    """The text of a message, given as text or in parts; None if it holds anything else."""
    content = message.get("content")
    said = []
    reasoning = [message[name] for name in ("reasoning_content", "reasoning") if isinstance(message.get(name), str)]
    refusal = message.get("refusal")
    for part in content if isinstance(content, list) else [content]:
        told = part if isinstance(part, dict) else {"type": "text", "text": "" if part is None else part}
        kind = told.get("type")
        if kind in ("text", "output_text") and isinstance(told.get("text"), str):
            said.append(told["text"])
        elif kind in ("reasoning", "thinking"):
            reasoning.append(json.dumps(told.get(kind), ensure_ascii=False))
        elif kind == "refusal":
            refusal = told.get("refusal")
        else:
            return None
    if isinstance(refusal, str) and refusal:
        return [ContentText(text=refusal, refusal=True)]
    return [*(ContentReasoning(reasoning=one) for one in reasoning if one), ContentText(text="".join(said))]


def _usage_of(given: Any) -> tuple[ModelUsage | None, dict[str, Any]]:
    """Token counts, and those of them that cannot be."""
    if not isinstance(given, dict):
        return None, {}
    details = given.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    told = {
        "input_tokens": given.get("prompt_tokens"),
        "output_tokens": given.get("completion_tokens"),
        "total_tokens": given.get("total_tokens"),
    } | ({} if cached is None else {"input_tokens_cached": cached})
    counts = {name: count for name, count in told.items() if is_count(count)}
    read = counts.get("input_tokens_cached")
    usage = ModelUsage(
        input_tokens=counts.get("input_tokens", 0) - (read or 0),
        output_tokens=counts.get("output_tokens", 0),
        total_tokens=counts.get("total_tokens", 0),
        input_tokens_cache_read=read,
    )
    return usage, {name: count for name, count in told.items() if name not in counts}
