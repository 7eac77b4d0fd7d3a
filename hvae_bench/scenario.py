"""Scenario: a named crossing of targets, games, templates and framings. What `inspect eval` runs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from hvae_bench.entry import Entry, EntryId, Part, PartError, Text

__all__ = ["Crossing", "Scenario"]

_Ids = Annotated[tuple[EntryId, ...], Field(min_length=1, max_length=200)]


class Crossing(Part):
    """Every value with every game, template and framing of its lists."""

    values: _Ids = Field(description="Ids of value targets.", examples=[["altruistic", "prosocial"]])
    games: _Ids = Field(description="Ids of games.", examples=[["svo-slider-primary"]])
    templates: _Ids = Field(description="Ids of templates.", examples=[["goal-prompting", "no-goal"]])
    framings: _Ids = Field(description="Ids of framings.", examples=[["coins-en"]])


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
                    "framings": ["coins-en"],
                }
            ]
        ],
    )

    @model_validator(mode="after")
    def _core_is_crossed(self) -> Scenario:
        crossed = {value for crossing in self.crossings for value in crossing.values}
        for place, value in enumerate(self.core_values):
            if value not in crossed:
                raise PartError(
                    f"`core_values` names {value!r}, which no crossing runs",
                    "add it to the `values` of a crossing, or remove it here",
                    "core_values",
                    place,
                )
        return self
