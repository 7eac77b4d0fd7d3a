"""Entry: what every record of the catalogue has in common."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from hvae_bench.scorers.part import ID_PATTERN as ID_PATTERN
from hvae_bench.scorers.part import EntryId as EntryId
from hvae_bench.scorers.part import Part as Part
from hvae_bench.scorers.part import Problem as Problem
from hvae_bench.text.complaint import LANGUAGE_PATTERN, SENTENCE_PATTERN, TEXT_PATTERN
from hvae_bench.text.document import Place

Text = Annotated[str, StringConstraints(min_length=1, max_length=8000, pattern=TEXT_PATTERN)]
"""Text that is not empty."""

SourceText = Annotated[str, StringConstraints(min_length=3, max_length=2000, pattern=TEXT_PATTERN)]
"""A remark on an entry: where its content comes from, or why it is not to be used any more."""

SentenceName = Annotated[str, StringConstraints(pattern=SENTENCE_PATTERN, max_length=80)]
"""Name of a sentence: lower-case letters, digits and underscores, a letter first; it can stand in braces."""

LanguageTag = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
"""Language of a wording (BCP 47)."""

ReviewStatus = Literal["reviewed", "unreviewed"]
"""Whether somebody who speaks the language as a native has read a wording and found it sound."""


class Entry(Part):
    """Base of all kinds of entry."""

    id: EntryId = Field(
        description="Unique name of the entry; the same as the file's name without `.yaml`.", examples=["my-entry"]
    )
    title: Text = Field(description="Name for people, in a few words.", examples=["A short name"])
    source: SourceText = Field(
        description="Where the content comes from: a reference, or who wrote it.", examples=["Written for HVAE-Bench."]
    )
    replaces: EntryId | None = Field(
        default=None,
        description="Id of an entry of an underlying catalogue that this one takes the place of; it must be "
        "this entry's own id. Without it a repeated id is an error.",
        examples=["my-entry"],
    )
    deprecated: SourceText | None = Field(
        default=None,
        description="Why new runs should not use this entry any more, and which one to use instead. The entry stays "
        "as it was released and still runs.",
        examples=["The label reads as another value; use fair-share instead."],
    )

    @classmethod
    def outdated(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """What an earlier version wrote otherwise in a file, and how it is written today; nothing for most kinds."""
        yield from ()

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the entry breaks; its form is judged before."""
        if self.replaces is not None and self.replaces != self.id:
            problem = f"`replaces` is {self.replaces!r}, but an entry can only replace one of its own id"
            yield Problem(problem, f"write `replaces: {self.id}`", ("replaces",))


def canonical_json(entry: Entry) -> str:
    """The content of an entry as one line of JSON, the same for the same content: what fingerprints are made of."""
    content = entry.model_dump(mode="json", exclude_none=True, exclude={"replaces", "deprecated"})
    return json.dumps(content, sort_keys=True, ensure_ascii=False)


def mappings_in(given: Any, place: Place = ()) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """All mappings in plain data of any form, with their places."""
    if isinstance(given, Mapping):
        yield place, given
    inside = given.items() if isinstance(given, Mapping) else enumerate(given) if isinstance(given, list) else ()
    for at, inner in inside:
        yield from mappings_in(inner, (*place, at))


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """A valid example of a record, made of the first example of each of its fields."""
    return {name: (field.examples or [None])[0] for name, field in model.model_fields.items()}


def repeated(ids: Iterable[str]) -> Iterator[int]:
    """Places of the ids that stood before already."""
    seen: set[str] = set()
    for place, id_ in enumerate(ids):
        if id_ in seen:
            yield place
        seen.add(id_)
