"""Administration: how a run asks, whatever it asks.

Each field is an argument of the task and of the solver, stands in the facts of a run and in every record, and says
itself why runs that differ in it cannot be compared. Something that a server wants otherwise is one field more here,
and what the solver does about it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from hvae_bench.catalogue.entry import Part
from hvae_bench.text.errors import UsageError, brief
from hvae_bench.text.near_miss import did_you_mean

ItemsMode = Literal["sequential", "independent"]
"""`sequential` asks all items in one conversation, `independent` each from the opening alone, at the same time."""


@dataclass(frozen=True, slots=True)
class Apart:
    """On a field: why runs that differ in it cannot be compared."""

    why: str


class Administration(Part):
    """How a run asks."""

    items: Annotated[ItemsMode, Apart("questions in one conversation are not questions on their own")] = Field(
        default="sequential",
        description="Whether the items were asked in one conversation or each on its own.",
        examples=["sequential"],
    )
    seed: int = Field(default=0, description="Seed of the task's own random draws.", examples=[0])


def apart() -> Iterator[tuple[str, str]]:
    """The fields in which runs must agree to be compared, each with the reason."""
    for name, field in Administration.model_fields.items():
        for mark in field.metadata:
            if isinstance(mark, Apart):
                yield name, mark.why


def read_arguments(arguments: Mapping[str, Any]) -> Administration:
    """How a run shall ask, by arguments of the task or the solver, each the name of a field.

    Raises:
        UsageError: one has a value that it cannot have.
    """
    for name, given in arguments.items():
        kind = Administration.model_fields[name].annotation
        if kind is int and (isinstance(given, bool) or not isinstance(given, int)):
            raise UsageError(f"{name}={brief(repr(given))} should be a whole number, such as {name}=1.")
        if (allowed := get_args(kind)) and given not in allowed:
            told = brief(given if isinstance(given, str) and given else repr(given))
            choices = " or ".join(map(repr, allowed))
            raise UsageError(f"{name}={told} should be {choices}. {did_you_mean(str(given), allowed)}".rstrip())
    return Administration(**arguments)
