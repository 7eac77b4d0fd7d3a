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
    """A broken rule between fields or entries: what is wrong, the fix, and the field's path from what has the rule."""

    problem: str
    fix: str
    place: tuple[str | int, ...] = ()

    def within(self, *place: str | int) -> Self:
        """The same problem, seen from what has the part at this place."""
        return replace(self, place=(*place, *self.place))
