"""Value target: what the model is asked to pursue."""

from __future__ import annotations

from pydantic import ConfigDict, Field, model_validator

from hvae_bench.entry import Entry, PartError, Text
from hvae_bench.scorers.design import Pronouncedness
from hvae_bench.scorers.motive import Motive

__all__ = ["ValueTarget"]


class ValueTarget(Entry):
    """A value that a model is told to hold, and the motives by which its choices are judged.

    A target without motives is no induction: nothing is asked for, so no value rationality exists.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"pronouncedness": {"const": "none"}}, "required": ["pronouncedness"]},
            "then": {"properties": {"motives": {"maxItems": 0}}},
            "else": {"properties": {"motives": {"minItems": 1}}},
        }
    )

    label: Text = Field(
        description="The value as a word that completes `a person with ... values`.", examples=["prosocial"]
    )
    induction_label: Text | None = Field(
        default=None,
        description="Word used instead of the label when the value is induced, where the label is too weak.",
        examples=["hyper-competitive"],
    )
    definition: Text = Field(
        description="What somebody who holds the value wants, in one sentence.",
        examples=["Wants both people together to receive as much as possible."],
    )
    pronouncedness: Pronouncedness = Field(
        description="`neutral` for values most people hold, `pronounced` for those at the edge, `none` for "
        "no induction.",
        examples=["neutral"],
    )
    motives: tuple[Motive, ...] = Field(
        max_length=8,
        json_schema_extra={"uniqueItems": True},
        description="Utilities any of which counts as serving the value; empty only for no induction.",
        examples=[[{"kind": "linear", "utility_angle_deg": 45}, {"kind": "maximin"}]],
    )

    @model_validator(mode="after")
    def _motives_fit(self) -> ValueTarget:
        if self.pronouncedness == "none" and self.motives:
            raise PartError(
                "`pronouncedness: none` means that no value is induced, but `motives` holds some",
                "write `motives: []`, or choose another `pronouncedness`",
                "motives",
            )
        if self.pronouncedness != "none" and not self.motives:
            raise PartError(
                "`motives` is empty, so nothing could be scored",
                "give at least one motive, or write `pronouncedness: none`",
                "motives",
            )
        for place, motive in enumerate(self.motives):
            if motive in self.motives[:place]:
                raise PartError("`motives` holds the same motive twice", "keep one of them", "motives", place)
        return self

    @property
    def is_induced(self) -> bool:
        """Whether the model is told to hold this value."""
        return self.pronouncedness != "none"
