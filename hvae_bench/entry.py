"""Entry: what every record of the catalogue has in common."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

__all__ = ["Entry", "EntryId", "Part", "SourceText", "Text", "example_of"]

ID_PATTERN = r"^[a-z][a-z0-9-]*$"

EntryId = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=80)]
"""Id of an entry, item or option: lower-case letters, digits and hyphens, a letter first."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=8000, pattern=r"\S")]
"""Text that is not empty."""

SourceText = Annotated[str, StringConstraints(min_length=3, max_length=2000, pattern=r"\S")]
"""Where content comes from."""


class Part(BaseModel):
    """Base of everything declared in the catalogue: immutable, strict, no unknown field, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=False)


class Entry(Part):
    """Base of the five kinds of entry."""

    id: EntryId = Field(
        description="Unique name of the entry; the same as the file's name without `.yaml`.",
        examples=["my-entry"],
    )
    title: Text = Field(description="Name for people, in a few words.", examples=["A short name"])
    source: SourceText = Field(
        description="Where the content comes from: a reference, or who wrote it.",
        examples=["Written for HVAE-Bench."],
    )
    replaces: EntryId | None = Field(
        default=None,
        description="Id of an entry of an underlying catalogue that this one takes the place of; it must be "
        "this entry's own id. Without it a repeated id is an error.",
        examples=["my-entry"],
    )

    @model_validator(mode="after")
    def _replaces_itself(self) -> Any:
        if self.replaces is not None and self.replaces != self.id:
            raise ValueError(
                f"`replaces` is {self.replaces!r}, but an entry can only replace one of its own id; "
                f"write `replaces: {self.id}`"
            )
        return self


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """A valid example of a record, made of the first example of each of its fields."""
    return {name: (field.examples or [None])[0] for name, field in model.model_fields.items()}
