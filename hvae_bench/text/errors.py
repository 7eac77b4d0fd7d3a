"""Errors that a user can cause: one sentence that says what is wrong, where, and how to fix it."""

from dataclasses import KW_ONLY, dataclass
from pathlib import Path

from hvae_bench.text.masking import masked
from hvae_bench.text.visible import visible

_LONGEST = 200
"""Letters of a text from outside that a message repeats."""


class HvaeError(Exception):
    """Base of every error that a user can cause and fix; its sentence holds no secrets and no invisible characters."""

    def __init__(self, sentence: str) -> None:
        super().__init__(visible(masked(sentence)))


class UsageError(HvaeError):
    """A wrong argument: an unknown id, a misspelt option, a combination that makes no sense."""


class LogError(HvaeError):
    """A log that cannot be read, or that holds no dialogue of this benchmark."""


@dataclass(eq=False, repr=False)
class CatalogError(HvaeError):
    """A wrong entry of the catalogue, with its place.

    Attributes:
        path: the file.
        line: line of the mistake, counted from 1; None where a whole file or folder is meant.
        problem: what is wrong.
        fix: what to do about it.
        column: column of the mistake, counted from 1; None where a whole line is meant.
        rule: name of the rule that is broken, as `hvae validate` prints it.
        place: path of the guilty field within the entry; its last part is missing there where a field is missing.
        others: the other mistakes that were found in the same file.
    """

    path: Path
    line: int | None
    problem: str
    fix: str
    _: KW_ONLY
    column: int | None = None
    rule: str = "schema"
    place: tuple[str | int, ...] = ()
    others: tuple["CatalogError", ...] = ()

    def __post_init__(self) -> None:
        where = f"{self.path}:{self.line}" if self.line else str(self.path)
        super().__init__(f"{where}: {self.problem}. Fix: {self.fix}.")


def brief(text: str) -> str:
    """A text from outside as it may stand in a message: one line, not long, no secrets, no signs that do not print."""
    line = " ".join(masked(text).split())
    return visible(line if len(line) <= _LONGEST else f"{line[:_LONGEST]} ...", line=True)


def prerequisite_error(message: str) -> Exception:
    """The exception that Inspect shows as a plain sentence instead of a traceback."""
    try:
        # Inspect exports no public name for it; without it the sentence still arrives, with a traceback.
        from inspect_ai._util.error import (  # inspect-evals-lint: ignore[IECQ001] -- there is no public name
            PrerequisiteError,
        )
    except ImportError:
        return HvaeError(message)
    # Inspect prints the sentence as rich markup, which would eat the brackets of a path or stumble over them.
    from rich.markup import escape

    return PrerequisiteError(escape(visible(masked(message))))
