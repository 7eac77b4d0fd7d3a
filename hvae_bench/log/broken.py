"""Broken: what of some logs could not be read, so that the rest can be shown and nothing is lost in silence.

Functions that read take a list of these. What is broken is put into it, and they go on with the rest; without a list
the first that is broken raises an error.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from pydantic import ValidationError

from hvae_bench.text.errors import LogError, brief

Found = TypeVar("Found")

_MOST_TOLD = 10
"""Lines and dialogues of one file that are told one by one."""


class AnotherTaskError(LogError):
    """An Inspect log, but of another task."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A file (a path or a URL), a line of a file, or a dialogue of an Inspect log that could not be read.

    Lines count from 1; in a Parquet file they are rows, without an offset in bytes. What is wrong with a whole file is
    a whole sentence, with the fix.
    """

    source: str
    line: int | None
    offset: int | None
    problem: str
    fix: str = ""
    dialogue: str | None = None
    epoch: int | None = None

    @classmethod
    def file(cls, source: str, error: LogError) -> Self:
        """A file of which nothing could be read."""
        problem = str(error)
        return cls(source, None, None, problem if source in problem else f"{source}: {problem}")

    def __str__(self) -> str:
        if self.line is not None:
            byte = "" if self.offset is None else f" byte {self.offset}:"
            return f"{self.source}:{self.line}:{byte} {self.problem}. {self.fix}"
        if self.dialogue is not None:
            where = f"{self.source} is damaged: dialogue {self.dialogue}, epoch {self.epoch},"
            return f"{where} {self.problem}. {self.fix}"
        return self.problem


def set_aside(one: Broken, broken: list[Broken] | None) -> None:
    """Put something broken into the list of those; without a list it is an error."""
    if broken is None:
        raise LogError(str(one))
    broken.append(one)


def nothing_left(broken: Sequence[Broken]) -> LogError:
    """The error where all was broken: the first of them, and how many others there are."""
    more = f" And {len(broken) - 1:,} more could not be read." if len(broken) > 1 else ""
    return LogError(f"{broken[0]}{more}")


def read_each(
    files: Iterable[str], named: Collection[str], read: Callable[[str], Found], broken: list[Broken] | None
) -> list[Found]:
    """What a function makes of some logs, one by one; those of other tasks are left out, unless they were named.

    Raises:
        LogError: it made nothing of any, or (without `broken`) one cannot be read.
    """
    found: list[Found] = []
    before = len(broken or ())
    for file in files:
        try:
            found.append(read(file))
        except LogError as error:
            if file in named or not isinstance(error, AnotherTaskError):
                set_aside(Broken.file(file, error), broken)
    if not found:
        mine = (broken or [])[before:]
        nothing = f"No log of hvae_bench in {', '.join(named)}. Run `inspect eval hvae_bench` first."
        raise nothing_left(mine) if mine else LogError(nothing)
    return found


def told(broken: Iterable[Broken]) -> Iterator[str]:
    """What is broken in sentences, each file named; of the lines and dialogues of one file the first ones."""
    counts: Counter[str] = Counter()
    for one in broken:
        counts[one.source] += 1
        if counts[one.source] <= _MOST_TOLD:
            yield str(one)
    for source, count in counts.items():
        if count > _MOST_TOLD:
            yield f"{source}: and {count - _MOST_TOLD:,} more of its lines or dialogues could not be read."


def cause(error: Exception) -> str:
    """What went wrong, as it may stand in brackets: kind and place of the error, in one short line."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        place, problem = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
        return brief(f"{place}: {problem}" if place else problem)
    return f"{type(error).__name__}: {brief(first_line(error))}"


def first_line(error: Exception) -> str:
    """The first line of what an error says."""
    return (str(error).strip().splitlines() or ["no details"])[0]
