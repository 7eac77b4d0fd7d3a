"""Framing: how the same payoffs are presented, in any language."""

from collections.abc import Iterator, Mapping
from string import ascii_uppercase
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from hvae_bench.catalogue.entry import Entry, EntryId, Problem
from hvae_bench.text.complaint import LABEL_PATTERN

# A pattern has no word for `letter or digit` of every script, so it only keeps out what is surely neither.
Label = Annotated[str, StringConstraints(min_length=1, max_length=12, pattern=LABEL_PATTERN)]


class Framing(Entry):
    """What the payoffs count, who the other is, and how options are labelled.

    It holds no sentence: the words of its unit and of its counterpart stand in each wording.
    """

    unit: EntryId = Field(
        description="What the payoffs count, as the wordings name it under `units`.", examples=["coins"]
    )
    counterpart: EntryId = Field(
        description="Who receives the other payoff, as the wordings name it under `counterparts`.", examples=["person"]
    )
    labels: tuple[Label, ...] = Field(
        default=tuple(ascii_uppercase),
        min_length=2,
        max_length=60,
        json_schema_extra={"uniqueItems": True},
        description="Labels of the options in the order shown; an item uses as many as it has options. The letters A "
        "to Z if not given.",
        examples=[["1", "2", "3"]],
    )
    default: bool = Field(
        default=False,
        description="Whether this framing is used where a scenario names none; one in a catalogue.",
        examples=[False],
    )

    @classmethod
    def outdated(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Framings written before there were wordings hold an option line, a language and orders."""
        if "option_line" in given:
            problem = "how an option is written stands in a wording, and orders in the scenario"
            yield Problem(problem, "move them there; `hvae migrate FOLDER` does it", ("option_line",))

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the framing breaks."""
        yield from super().problems()
        seen: set[str] = set()
        for place, label in enumerate(self.labels):
            if not label.isalnum():
                problem = f"the label {label!r} is not made of 1 to 12 letters or digits"
                yield Problem(problem, "write labels such as A, B or 1, 2, without spaces or signs", ("labels", place))
            if label.casefold() in seen:
                problem = f"the label {label!r} is there twice, upper and lower case aside"
                yield Problem(problem, "make the labels differ", ("labels", place))
            seen.add(label.casefold())
