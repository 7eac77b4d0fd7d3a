"""Framing: how the same payoffs are presented."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, WithJsonSchema, model_validator
from pydantic.config import JsonDict

from hvae_bench.entry import Entry, EntryId, LanguageTag, Part, PartError, ReviewStatus, Text
from hvae_bench.rendering import Order, option_line_gap
from hvae_bench.template import placeholders_in

__all__ = ["OPTION_PLACEHOLDERS", "Framing", "Shown"]

OPTION_PLACEHOLDERS = ("label", "payoff_self", "payoff_other")
"""The names that stand in braces in an option line, once each."""

# JSON Schema has no word for `letter or digit` of every script, so it only keeps out what is surely neither.
_LABEL_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 12, "pattern": r"^[^\s!-/:-@\[-`{-~]+$"}
_OPTION_LINE_SCHEMA: JsonDict = {
    "allOf": [
        {"pattern": r"^[^\n]*$"},
        {"pattern": r"\{label\}"},
        {"pattern": r"\{payoff_self\}"},
        {"pattern": r"\{payoff_other\}"},
    ]
}


class Shown(Part):
    """Words, order and labels around a game's payoffs, as they are shown."""

    language: LanguageTag = Field(description="Language of the wording (BCP 47).", examples=["en"])
    status: ReviewStatus = Field(
        default="unreviewed",
        description="`reviewed` once a native speaker has found the wording sound.",
        examples=["unreviewed"],
    )
    unit: Text = Field(description="What the payoffs count.", examples=["coins"])
    counterpart: Text = Field(
        description="Who receives the other payoff, as it stands within a sentence.",
        examples=["another person whom you do not know"],
    )
    other_words: tuple[Text, ...] = Field(
        default=(),
        max_length=100,
        description="Words by which a stated goal names the other person; they only serve to count such goals.",
        examples=[["other", "both"]],
    )
    option_order: Order = Field(
        description="Order in which the options of an item are shown; "
        "`shuffled` draws one for every dialogue and item.",
        examples=["published"],
    )
    item_order: Order = Field(
        description="Order in which the items are asked; `shuffled` draws one for every dialogue.",
        examples=["published"],
    )
    labels: tuple[Annotated[str, WithJsonSchema(_LABEL_SCHEMA)], ...] = Field(
        min_length=2,
        max_length=60,
        json_schema_extra={"uniqueItems": True},
        description="Labels of the options in the order shown; an item uses as many as it has options.",
        examples=[["A", "B", "C"]],
    )
    option_line: Text = Field(
        json_schema_extra=_OPTION_LINE_SCHEMA,
        description="Pattern of one option, on one line, with {label}, {payoff_self} and {payoff_other} once each.",
        examples=["{label}: you {payoff_self}, the other {payoff_other}"],
    )

    @model_validator(mode="after")
    def _labels_can_be_read_back(self) -> Shown:
        seen: set[str] = set()
        for place, label in enumerate(self.labels):
            if not 0 < len(label) <= 12 or not label.isalnum():
                problem = f"the label {label!r} is not made of 1 to 12 letters or digits"
                raise PartError(problem, "write labels such as A, B or 1, 2, without spaces or signs", "labels", place)
            if label.casefold() in seen:
                problem = f"the label {label!r} is there twice, upper and lower case aside"
                raise PartError(problem, "make the labels differ", "labels", place)
            seen.add(label.casefold())
        return self

    @model_validator(mode="after")
    def _option_line_can_be_read_back(self) -> Shown:
        names = placeholders_in(self.option_line, "option_line")
        for name in OPTION_PLACEHOLDERS:
            if names.count(name) != 1:
                shows = "shows {} more than once" if name in names else "does not show {}"
                problem = f"`option_line` {shows.format(f'{{{name}}}')}"
                raise PartError(problem, "write {label}, {payoff_self} and {payoff_other} once each", "option_line")
        for name in names:
            if name not in OPTION_PLACEHOLDERS:
                mend = "use only {label}, {payoff_self} and {payoff_other}"
                raise PartError(f"`option_line` has no placeholder {{{name}}}", mend, "option_line")
        if self.option_line.splitlines() != [self.option_line]:
            mend = "write it on a single line, in quotes"
            raise PartError("`option_line` holds a line break", mend, "option_line")
        between = option_line_gap(self.option_line)
        if between:
            problem = f"`option_line` cannot be read back, because {{{between[0]}}} runs into {{{between[1]}}}"
            raise PartError(problem, "put a space, a comma or words between them", "option_line")
        return self


class Framing(Entry, Shown):
    """How the same payoffs are presented: words, order and labels."""

    translation_of: EntryId | None = Field(
        default=None,
        description="Id of the framing in another language that this one translates; both show the same orders.",
        examples=["coins-en"],
    )
