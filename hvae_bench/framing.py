"""Framing: how the same payoffs are presented."""

from __future__ import annotations

from pydantic import Field, model_validator

from hvae_bench.entry import Entry, Text
from hvae_bench.rendering import Order, option_line_pattern, read_options, render
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
    option_order: Order = Field(
        description="Order in which the options of an item are shown; `shuffled` draws one for every dialogue and item.",
        examples=["published"],
    )
    item_order: Order = Field(
        description="Order in which the items are asked; `shuffled` draws one for every dialogue.",
        examples=["published"],
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
        # Read a line back whose three parts differ in length and sign: what comes out must be what went in.
        for label in (self.labels[0], self.labels[-1]):
            line = render(self.option_line, {"label": label, "payoff_self": "-12.5", "payoff_other": "340"})
            back = read_options(line, option_line_pattern(self.option_line))
            if [(option.label, option.payoff_self, option.payoff_other) for option in back] != [(label, -12.5, 340.0)]:
                raise ValueError(
                    "`option_line` cannot be read back, because its placeholders run into each other; put words between them"
                )
        return self
