"""Derivation: how a game declares that its items are made from another game's."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from hvae_bench.catalogue.entry import EntryId, Part, Problem

Shift = Annotated[float, Field(ge=-1_000_000, le=1_000_000)]


class Generator(Part):
    """Fresh items of the same geometry as another game's, drawn from a seed."""

    kind: Literal["slider-isomorph", "searched"] = Field(
        description="`slider-isomorph`: the segments between points of another circle that lie on it as those of "
        "the imitated slider lie on theirs. `searched`: items that tell the core targets of the value system apart, "
        "chosen out of many with payoffs such as those of the imitated game.",
        examples=["slider-isomorph"],
    )
    of: EntryId = Field(
        description="Id of the game that is imitated. It supplies the names of items and options, and its slider those "
        "of categories, the pulls and the order of ties.",
        examples=["svo-slider-primary"],
    )
    seed: int = Field(
        ge=0, le=2**31 - 1, description="Seed of the draw: the same seed makes the same game everywhere.", examples=[7]
    )
    radius_min: int = Field(
        default=60, ge=30, le=1000, description="Smallest radius of the circle, in units of payoff.", examples=[60]
    )
    radius_max: int = Field(
        default=240, ge=30, le=1000, description="Largest radius of the circle, in units of payoff.", examples=[240]
    )
    centre_min: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="Smallest payoff at the centre, which is the same for both persons. It is never smaller than "
        "the radius, so that nobody loses anything.",
        examples=[0],
    )
    centre_max: int = Field(default=600, ge=0, le=10_000, description="Largest payoff at the centre.", examples=[600])

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the generator breaks."""
        for name in ("radius_min", "radius_max", "centre_min", "centre_max"):
            if self.kind == "searched" and name in self.model_fields_set:
                yield Problem(f"`{name}` is of a circle, and `kind: searched` has none", "remove it", (name,))
        for name in ("radius", "centre"):
            least, most = getattr(self, f"{name}_min"), getattr(self, f"{name}_max")
            if least > most:
                problem = f"`{name}_min` is {least}, but `{name}_max` is only {most}"
                yield Problem(problem, f"write a range from the smallest {name} to the largest")


class Transform(Part):
    """Another game's items with other payoffs: `scale * payoff + shift`, the shift of its stake."""

    game: EntryId = Field(
        description="Id of the game whose items are taken, with their ids, situations and options.",
        examples=["svo-slider-primary"],
    )
    scale: float = Field(
        default=1,
        gt=0,
        le=1_000_000,
        description="Factor of every payoff. It leaves the ideal options of every motive as they are.",
        examples=[10],
    )
    shift: tuple[Shift, ...] = Field(
        default=(),
        description="Added to every payoff after scaling: one number for each stake of the game's system. Motives "
        "about equality mean something else if they are not all the same; linear ones do not.",
        examples=[[100, 100]],
    )

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the transform breaks."""
        if self.scale == 1 and not any(self.shift):
            yield Problem("the transform leaves every payoff as it is", "give a `scale` or a `shift`")
