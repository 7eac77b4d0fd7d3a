"""Value target: what the model is asked to pursue."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from hvae_bench.catalogue.entry import Entry, EntryId, Part, Problem, Text
from hvae_bench.scorers.design import Pronouncedness
from hvae_bench.scorers.motive import Motive


class ValueWords(Part):
    """A value in the words of one language."""

    label: Text = Field(
        description="The value as a word that completes `a person with ... values`, or what takes the place of that "
        "in another language.",
        examples=["prosocial"],
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
    goal: Text | None = Field(
        default=None,
        description="A goal that follows from the value, in one sentence as somebody would state it for themselves; "
        "for templates that give one.",
        examples=["Leave the other person with as much as possible."],
    )
    rule: Text | None = Field(
        default=None,
        description="The utility as a rule to compute with, in one sentence or two; for templates that give it "
        "outright. Where there are several motives it says that following any of them will do.",
        examples=["Choose the option in which the other person's payoff is largest."],
    )

    @property
    def induced_label(self) -> str:
        """The label under which the value is induced."""
        return self.induction_label or self.label

    @property
    def content(self) -> dict[str, str]:
        """What takes the place of each placeholder that a sentence has for a value."""
        return {
            "value_label": self.induced_label,
            "value_definition": self.definition,
            "value_goal": self.goal or "",
            "value_rule": self.rule or "",
        }


class ValueTarget(Entry, ValueWords):
    """A value that a model is told to hold, and the motives by which its choices are judged.

    Its own words are English; those of other languages stand in their wordings.
    A target without motives is no induction: nothing is asked for, so no value rationality exists.
    """

    system: EntryId | None = Field(
        default=None,
        description="Id of the value system that it belongs to. If not given, the one that has it among its "
        "`core_targets`, else the one of fewest stakes that has all those the motives name. No induction belongs to "
        "every system.",
        examples=["svo"],
    )
    pronouncedness: Pronouncedness = Field(
        description="`neutral` for values most people hold, `pronounced` for those at the edge, `none` where the value "
        "system has no such sides, and for no induction.",
        examples=["neutral"],
    )
    motives: tuple[Motive, ...] = Field(
        max_length=8,
        json_schema_extra={"uniqueItems": True},
        description="Utilities any of which counts as serving the value; empty only for no induction.",
        examples=[[{"kind": "linear", "utility_angle_deg": 45}, {"kind": "maximin"}]],
    )

    @property
    def is_induced(self) -> bool:
        """Whether the model is told to hold this value."""
        return bool(self.motives)

    @classmethod
    def outdated(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Values written before there were wordings hold their words in other languages."""
        if "translations" in given:
            problem = "the words of a value in other languages stand in the wordings of these languages"
            yield Problem(problem, "move them there; `hvae migrate FOLDER` does it", ("translations",))

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the value breaks."""
        yield from super().problems()
        if self.pronouncedness == "none" and not self.motives and self.system is not None:
            problem = "`pronouncedness: none` without motives means that no value is induced, in whatever system"
            yield Problem(problem, "remove `system`, or give a motive", ("system",))
        if self.pronouncedness != "none" and not self.motives:
            fix = "give at least one motive, or write `pronouncedness: none`"
            yield Problem("`motives` is empty, so nothing could be scored", fix, ("motives",))
        for place, motive in enumerate(self.motives):
            yield from (one.within("motives", place) for one in motive.problems())
            if motive in self.motives[:place]:
                yield Problem("`motives` holds the same motive twice", "keep one of them", ("motives", place))

    def belongs_to(self, system: str) -> bool:
        """Whether the value, of a loaded catalogue, goes with games of this system."""
        return self.system == system or not self.is_induced
