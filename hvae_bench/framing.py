"""Framing: how the same payoffs are presented."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from hvae_bench.entry import Entry, Text
from hvae_bench.template import placeholders_in

__all__ = ["OPTION_PLACEHOLDERS", "Framing"]

OPTION_PLACEHOLDERS = ("label", "payoff_self", "payoff_other")
"""The names that stand in braces in an option line, once each."""


class Framing(Entry):
    """Words, order and labels around a game's payoffs."""

    language: str = Field(
        pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        description="Language of the wording (BCP 47).",
        examples=["en"],
    )
    unit: Text = Field(description="What the payoffs count.", examples=["coins"])
    counterpart: Text = Field(
        description="Who receives the other payoff, as it stands within a sentence.",
        examples=["another person whom you do not know"],
    )
    option_order: Literal["published", "reversed"] = Field(
        description="Order in which the options of an item are shown.", examples=["published"]
    )
    item_order: Literal["published", "reversed"] = Field(
        description="Order in which the items are asked.", examples=["published"]
    )
    labels: tuple[str, ...] = Field(
        min_length=2,
        max_length=60,
        description="Labels of the options in the order shown; an item uses as many as it has options.",
        examples=[["A", "B", "C"]],
    )
    option_line: Text = Field(
        description="Pattern of one option, on one line, with {label}, {payoff_self} and {payoff_other} once each.",
        examples=["{label}: you {payoff_self}, the other {payoff_other}"],
    )

    @model_validator(mode="after")
    def _can_be_read_back(self) -> Framing:
        for label in self.labels:
            if not 0 < len(label) <= 12 or not label.isalnum():
                raise ValueError(f"the label {label!r} must be 1 to 12 letters or digits, without spaces")
        if len({label.casefold() for label in self.labels}) != len(self.labels):
            raise ValueError("two `labels` are the same, upper and lower case aside; make them differ")
        names = placeholders_in(self.option_line)
        if sorted(names) != sorted(OPTION_PLACEHOLDERS):
            raise ValueError(
                "`option_line` must hold {label}, {payoff_self} and {payoff_other} once each, and nothing else in braces"
            )
        if "\n" in self.option_line:
            raise ValueError("`option_line` must be a single line")
        if "}{" in self.option_line:
            raise ValueError("two placeholders of `option_line` touch, so it cannot be read back; put text between them")
        return self
