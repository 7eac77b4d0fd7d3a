"""Part: the base of everything declared, and the problem that a rule between its fields finds."""

from dataclasses import dataclass, replace
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

ID_PATTERN = r"^[a-z][a-z0-9-]*$"

EntryId = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=80)]
"""Id of an entry, item, option or stake: lower-case letters, digits and hyphens, a letter first."""


class Part(BaseModel):
    """Base of everything declared in the catalogue: immutable, strict, no unknown field, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule between the fields of an entry, or between entries, that is broken.

    Attributes:
        problem: what is wrong.
        mend: what to do about it.
        place: path of the guilty field from the entry, or from the part that has the rule.
    """

    problem: str
    mend: str
    place: tuple[str | int, ...] = ()

    def within(self, *place: str | int) -> Self:
        """The same problem, seen from what has the part at this place."""
        return replace(self, place=(*place, *self.place))
