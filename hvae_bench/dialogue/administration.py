"""Administration: how a run asks, whatever it asks, and whether all that was given to it will be heeded.

A run takes hours and money, so what nobody can heed is refused before the first call. Each field of `Administration` is
an argument of the task and of the solver, stands in the facts of a run and in every record, and says itself why runs
that differ in it cannot be compared. Something that a server wants otherwise is one field more here, and what the
solver does about it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from hvae_bench.catalogue.entry import Part
from hvae_bench.catalogue.scenario import AXES
from hvae_bench.text.errors import HvaeError, UsageError, brief, prerequisite_error
from hvae_bench.text.near_miss import did_you_mean, near_miss

ItemsMode = Literal["sequential", "independent", "batched"]
"""`sequential` asks all items in one conversation, `independent` each from the opening alone, at the same time, and
`batched` all in one message."""

SystemMode = Literal["message", "first_user"]
"""`message` sends what a template says as system in a message of that role, `first_user` at the start of the user's."""


@dataclass(frozen=True, slots=True)
class Apart:
    """On a field: why runs that differ in it cannot be compared."""

    why: str


class Administration(Part):
    """How a run asks."""

    items: Annotated[ItemsMode, Apart("a question alone, after others or among others is not the same question")] = (
        Field(
            default="sequential",
            description="Whether the items were asked one after another, each on its own, or all in one message.",
            examples=["sequential"],
        )
    )
    system: Annotated[SystemMode, Apart("what a system message says weighs more than what the user says")] = Field(
        default="message",
        description="Whether a system message was a message of its own or began the first user message.",
        examples=["message"],
    )
    seed: int = Field(default=0, description="Seed of the task's own random draws.", examples=[0])


def apart() -> Iterator[tuple[str, str]]:
    """The fields in which runs must agree to be compared, each with the reason."""
    fields = Administration.model_fields.items()
    return ((name, mark.why) for name, field in fields for mark in field.metadata if isinstance(mark, Apart))


def read_arguments(arguments: Mapping[str, Any]) -> Administration:
    """How a run shall ask, by the fields of `Administration`; a `UsageError` names a value that one cannot have."""
    for name, given in arguments.items():
        kind = Administration.model_fields[name].annotation
        if kind is int and (isinstance(given, bool) or not isinstance(given, int)):
            raise UsageError(f"{name}={brief(repr(given))} should be a whole number, such as {name}=1.")
        if (allowed := get_args(kind)) and given not in allowed:
            told = brief(given if isinstance(given, str) and given else repr(given))
            choices = " or ".join(map(repr, allowed))
            raise UsageError(f"{name}={told} should be {choices}. {did_you_mean(str(given), allowed)}".rstrip())
    return Administration(**arguments)


TASK_ARGUMENTS = ("scenario", *AXES, *Administration.model_fields, "until", "catalog")
"""The arguments of the task."""

_SEVERAL = (*AXES, "catalog")

_OPTIONS = (
    *("epochs", "limit", "sample_id", "sample_shuffle", "model", "model_role", "solver", "log_dir", "log_format"),
    *("max_samples", "max_tasks", "max_connections", "max_retries", "max_tokens", "timeout", "attempt_timeout"),
    *("message_limit", "token_limit", "time_limit", "working_limit", "cost_limit", "fail_on_error", "no_score"),
    *("temperature", "top_p", "top_k", "logprobs", "top_logprobs", "system_message", "stop_seqs", "num_choices"),
    *("frequency_penalty", "presence_penalty", "reasoning_effort", "reasoning_tokens", "cache_prompt", "batch"),
    *("model_base_url", "display", "tags", "metadata"),
)
"""Options of `inspect eval` that somebody may take for arguments of the task."""


@contextmanager
def refusals() -> Iterator[None]:
    """Let Inspect show what is refused in this block as a plain sentence: a `PrerequisiteError`."""
    try:
        yield
    except HvaeError as error:
        raise prerequisite_error(str(error)) from None


def check_task(unknown: Mapping[str, object]) -> None:
    """Refuse arguments that the task does not have, and what was written after `-T` and cannot reach it."""
    check_dropped("-T")
    for name, value in unknown.items():
        option = name if name in _OPTIONS else near_miss(name, (*TASK_ARGUMENTS, *_OPTIONS), cutoff=0.75)
        problem = f"The task hvae_bench has no argument {brief(name)!r}"
        if option not in _OPTIONS:
            raise _unknown(problem, name, TASK_ARGUMENTS)
        instead = f"--{option.replace('_', '-')}" + ("" if value is True else f" {_text(value)}")
        raise UsageError(
            f"{problem}; that is an option of `inspect eval`. Write `{instead}` instead of "
            f"`-T {brief(name)}={_text(value)}`."
        )


def check_names(owner: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse arguments that something does not have; its name is told as a sentence may begin with it."""
    known = list(known)
    for name in given:
        if name not in known:
            raise _unknown(f"{owner} has no argument {brief(name)!r}", name, known)


def check_dropped(flag: str) -> None:
    """Refuse what Inspect drops without a word of what was written after `-T` or `-M` of the command that runs.

    These are an argument without `=` or without a value, and all but the last of several values of one argument.
    """
    seen: dict[str, str] = {}
    for argument in _typed(flag):
        name, sign, value = argument.partition("=")
        if not sign:
            raise UsageError(f"`{flag} {brief(argument)}` has no value. Write `{flag} {brief(argument)}=...`.")
        if not value.strip():
            raise UsageError(f"`{flag} {brief(argument)}` has no value. Write one after the `=`, or leave it out.")
        name = name.replace("-", "_")
        if name in seen:
            several = f"; several ids are separated by commas, as in `{flag} {name}=a,b`" if name in _SEVERAL else ""
            raise UsageError(
                f"`{flag} {brief(name)}=` is given twice, and only the last would count. Write it once{several}."
            )
        seen[name] = value


def _typed(flag: str) -> tuple[str, ...]:
    """What stands after an option in the command of Inspect that is running; nothing if none is."""
    import click

    context = click.get_current_context(silent=True)
    for parameter in context.command.params if context else ():
        if flag in parameter.opts and context is not None and parameter.name is not None:
            return tuple(map(str, context.params.get(parameter.name) or ()))
    return ()


def _unknown(problem: str, name: str, known: Iterable[str]) -> UsageError:
    takes = ", ".join(known)
    return UsageError(f"{problem}. {did_you_mean(name, known)}It takes {f'these: {takes}' if takes else 'none'}.")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return brief(value if isinstance(value, str) and value else repr(value))
