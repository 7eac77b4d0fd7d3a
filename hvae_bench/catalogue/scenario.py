"""Scenario: a named crossing of targets, games, templates, wordings, framings and orders. What `inspect eval` runs."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from hvae_bench.catalogue.entry import Entry, EntryId, Part, Problem, Text
from hvae_bench.catalogue.rendering import Order

_Ids = Annotated[tuple[EntryId, ...], Field(min_length=1, max_length=200)]
_Orders = Annotated[tuple[Order, ...], Field(min_length=1, max_length=3)]


class Crossing(Part):
    """Every value with every game, template, wording, framing and order of its lists."""

    values: _Ids = Field(description="Ids of value targets.", examples=[["altruistic", "prosocial"]])
    games: _Ids = Field(description="Ids of games.", examples=[["svo-slider-primary"]])
    templates: _Ids = Field(description="Ids of templates.", examples=[["goal-prompting", "no-goal"]])
    wordings: _Ids | None = Field(
        default=None, description="Ids of wordings; the default one if not given.", examples=[["en", "de"]]
    )
    framings: _Ids | None = Field(
        default=None, description="Ids of framings; the default one if not given.", examples=[["coins"]]
    )
    option_orders: _Orders = Field(
        default=("published",),
        description="Orders in which the options of an item are shown; `shuffled` draws one for every dialogue and "
        "item.",
        examples=[["published", "reversed"]],
    )
    item_orders: _Orders = Field(
        default=("published",),
        description="Orders in which the items are asked; `shuffled` draws one for every dialogue.",
        examples=[["published"]],
    )


AXES: tuple[str, ...] = tuple(Crossing.model_fields)
"""What a scenario crosses: the lists of a crossing."""


class Scenario(Entry):
    """A study that can be run as it stands."""

    description: Text = Field(description="What is run, in a few sentences.", examples=["All values, both orders."])
    concludes: Text = Field(
        description="What its results can and cannot show.", examples=["Whether a stated goal helps."]
    )
    default: bool = Field(
        default=False,
        description="Whether this scenario runs when none is named; one in a catalogue.",
        examples=[False],
    )
    epochs: int = Field(ge=1, le=10_000, description="Dialogues for each cell.", examples=[5])
    core_values: tuple[EntryId, ...] = Field(
        min_length=1,
        description="Targets whose mean is the headline value rationality.",
        examples=[["altruistic", "prosocial"]],
    )
    crossings: tuple[Crossing, ...] = Field(
        min_length=1,
        max_length=50,
        description="The cells: every crossing multiplied out.",
        examples=[
            [
                {
                    "values": ["altruistic", "prosocial"],
                    "games": ["svo-slider-primary"],
                    "templates": ["goal-prompting"],
                    "option_orders": ["published", "reversed"],
                }
            ]
        ],
    )

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the scenario breaks."""
        yield from super().problems()
        crossed = {value for crossing in self.crossings for value in crossing.values}
        for place, value in enumerate(self.core_values):
            if value not in crossed:
                fix = "add it to the `values` of a crossing, or remove it here"
                yield Problem(f"`core_values` names {value!r}, which no crossing runs", fix, ("core_values", place))
