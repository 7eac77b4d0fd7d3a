"""Intake: what a provider hands over, seen to before Inspect keeps it.

A reply is the model's; everything around it comes from servers, which err in many ways. Three things are settled here,
at the one place where all of it enters:

- A failure is no answer. What a provider hands over in place of a reply (an error's text, a body without any reply)
  ends the dialogue with what the server said, so that a retry repeats it.
- What is secondary never costs a reply. Token counts, ids and names that cannot be are left out, with a note. Where
  Inspect's client could make nothing of an answer for such a reason, the reply is read from the answer itself.
- Nothing enters that no file can hold (half a character), and no key leaves in an error.
"""

from collections.abc import Callable
from contextlib import suppress
from copy import copy
from traceback import walk_tb
from typing import Any
from weakref import WeakKeyDictionary

from inspect_ai.model import (
    ChatMessage,
    GenerateConfig,
    Model,
    ModelAPI,
    ModelCall,
    ModelOutput,
    ModelUsage,
    RetryDecision,
)
from inspect_ai.tool import ToolChoice, ToolInfo

from hvae_bench.dialogue.answer import (
    Intake,
    NoReplyError,
    doubted,
    is_list_as_text,
    read_answer,
    refusal_of_system_role,
    shown,
    why_no_reply,
)
from hvae_bench.dialogue.described import is_count
from hvae_bench.text.masking import each_text, mask_exception, masked, whole_text

_KEY = "hvae_intake"
_LONGEST_SAID = 2000
# What Inspect's clients raise over an answer that is not as they expect; their own errors are none of these.
_UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)


def intake_of(output: ModelOutput) -> Intake:
    """What had to be seen to in an output of a guarded model."""
    return Intake.model_validate((output.metadata or {}).get(_KEY, {}))


def is_refused(output: ModelOutput) -> bool:
    """Whether the provider itself refused, and the words of the output are its own and not the model's."""
    if not output.choices:
        return False
    details = output.choices[0].stop_details
    told = None if details is None else details.explanation
    return output.stop_reason == "content_filter" and (bool(output.error) or told == output.completion != "")


def guarded(model: Model) -> Model:
    """The same model, with everything that it hands over seen to; its provider's state is shared with the model given.

    Its `generate` raises a `NoReplyError` where the provider hands over no reply.
    """
    if (guard := _guards.get(model)) is None:
        api = object.__new__(_guarded_kind(type(model.api), model.model_args))
        api.__dict__ = model.api.__dict__
        guard = _guards[model] = copy(model)
        guard.api = api
    return guard


_guards: WeakKeyDictionary[Model, Model] = WeakKeyDictionary()


def _guarded_kind(kind: type[ModelAPI], model_args: dict[str, Any]) -> type[ModelAPI]:
    async def generate(
        self: ModelAPI, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput | tuple[ModelOutput | Exception, ModelCall]:
        def tell(text: str) -> str:
            return masked(text, {"api_key": self.api_key}, model_args, config.extra_headers)

        try:
            result = await kind.generate(self, input, tools, tool_choice, config)
        except Exception as error:
            mask_exception(error, tell)
            _say_what_the_server_said(error, tell)
            if not isinstance(error, _UNREADABLE) or (answer := _answer_behind(error)) is None:
                if tell(told := f"{type(error).__name__}: {error}") != told:
                    raise NoReplyError(tell(told)) from None
                raise
        else:
            output, call = result if isinstance(result, tuple) else (result, None)
            if call is not None and isinstance(output, Exception):
                mask_exception(output, tell)
                call.response = each_text(call.response, tell)
                return output, call
            assert isinstance(output, ModelOutput)
            seen_to = _seen_to(output, call, self.model_name, tell)
            return seen_to if call is None else (seen_to, call)
        # Outside of the handler, so that the client's complaint does not stand in the log as the cause.
        return _recovered(answer, self.model_name, tell)

    def should_retry(self: ModelAPI, ex: Exception) -> bool | RetryDecision:
        # A template refuses a role as often as it is asked, though the server may call that an error of its own.
        return refusal_of_system_role(ex) is None and kind.should_retry(self, ex)

    # Inspect names a provider's pool of connections by the name of its class.
    seen_to = {"generate": generate, "should_retry": should_retry, "__module__": kind.__module__}
    return type(kind.__name__, (kind,), seen_to)


def _answer_behind(error: Exception) -> Any:
    """What a server answered before a client failed over it; None if nothing came.

    Inspect's clients note the answer in a `ModelCall` before they make an output of it, and have no other way to hand
    it over; it is found where they left it.
    """
    for frame, _ in walk_tb(error.__traceback__):
        for value in frame.f_locals.values():
            if isinstance(value, ModelCall) and value.response is not None and not value.error:
                return value.response
    return None


def _say_what_the_server_said(error: Exception, tell: Callable[[str], str]) -> None:
    """Add the body of an answer to the message of a client's error that does not repeat it."""
    body, message = getattr(error, "body", None), getattr(error, "message", None)
    if body and isinstance(message, str) and (said := _cut(tell(shown(body)))) not in message:
        with suppress(AttributeError):
            error.message = f"{message} ({said})"  # type: ignore[attr-defined]


def _cut(said: str) -> str:
    return said if len(said) <= _LONGEST_SAID else f"{said[:_LONGEST_SAID]} ..."


def _recovered(answer: Any, model_name: str, tell: Callable[[str], str]) -> ModelOutput:
    try:
        output, left_out = read_answer(answer, model_name)
    except NoReplyError as error:
        raise NoReplyError(_cut(tell(str(error)))) from None
    return _with_intake(output, tell, *left_out, _judge_usage(output.usage))


def _seen_to(output: ModelOutput, call: ModelCall | None, model_name: str, tell: Callable[[str], str]) -> ModelOutput:
    answer = None if call is None else call.response
    failure = _failure(output, answer)
    if call is not None and (failure is not None or is_refused(output)):
        call.response = each_text(answer, tell)
    if failure is not None:
        raise NoReplyError(_cut(tell(failure)))
    if is_refused(output):
        output = ModelOutput.model_validate(each_text(output.model_dump(), tell))
    if call is not None:
        call.response = each_text(call.response, whole_text)
    if is_list_as_text(answer, output.completion):
        return _recovered(answer, model_name, tell)
    return _with_intake(output, tell, _judge_usage(output.usage))


def _failure(output: ModelOutput, answer: Any) -> str | None:
    """What the server said, if the output holds no reply of the model."""
    if (why := why_no_reply(answer)) is not None:
        return why
    if not output.choices:
        return f"The server's answer holds no reply: {shown(answer)}"
    if output.stop_reason == "model_length":
        return f"The provider gave an error in place of a reply (model_length): {shown(output.completion)}"
    if output.error and output.stop_reason != "content_filter":
        return f"The provider gave an error in place of a reply: {shown(output.error)}"
    return None


def _judge_usage(usage: ModelUsage | None) -> Intake:
    if usage is None:
        return Intake(
            notes=("The server gave no token counts with some reply.",),
            unknown_usage=("input_tokens", "output_tokens", "total_tokens", "input_tokens_cached"),
        )
    read = usage.input_tokens_cache_read
    told = {
        # Inspect counts tokens read from a cache apart from the others.
        "input_tokens": usage.input_tokens + (read or 0),
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "input_tokens_cached": read or 0,
    }
    return doubted({name: count for name, count in told.items() if not is_count(count)})


def _with_intake(output: ModelOutput, tell: Callable[[str], str], *more: Intake) -> ModelOutput:
    """The output with what had to be seen to, in a form that every file can hold."""
    try:
        output.model_dump_json()
    except ValueError:  # half a character: pydantic's own error for what cannot be written
        output = ModelOutput.model_validate(each_text(output.model_dump(), whole_text))
        more = (*more, Intake(notes=("An answer held half a character, which was replaced by U+FFFD.",)))
    if any(one.notes for one in more):
        every = (intake_of(output), *more)
        joined = Intake(
            notes=tuple(dict.fromkeys(tell(note) for one in every for note in one.notes)),
            unknown_usage=tuple(dict.fromkeys(name for one in every for name in one.unknown_usage)),
        )
        output.metadata = (output.metadata or {}) | {_KEY: joined.model_dump(mode="json")}
    return output
