"""Value target: what the model is asked to pursue."""

from __future__ import annotations

from pydantic import ConfigDict, Field, model_validator

from hvae_bench.entry import Entry, LanguageTag, Part, PartError, ReviewStatus, Text
from hvae_bench.scorers.design import Pronouncedness
from hvae_bench.scorers.motive import Motive

__all__ = ["ValueTarget", "ValueTranslation", "ValueWords"]

_TRANSLATION_EXAMPLE = {"label": "prosozial", "definition": "Will, dass es beiden gut geht.", "status": "unreviewed"}


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


class ValueTranslation(ValueWords):
    """A value in another language than English."""

    status: ReviewStatus = Field(
        description="`reviewed` once a native speaker has found the wording sound.", examples=["unreviewed"]
    )


class ValueTarget(Entry, ValueWords):
    """A value that a model is told to hold, and the motives by which its choices are judged.

    Its own words are English; `translations` hold them in other languages.
    A target without motives is no induction: nothing is asked for, so no value rationality exists.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"pronouncedness": {"const": "none"}}, "required": ["pronouncedness"]},
            "then": {"properties": {"motives": {"maxItems": 0}}},
            "else": {"properties": {"motives": {"minItems": 1}}},
        }
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

    translations: dict[LanguageTag, ValueTranslation] = Field(
        default={},
        json_schema_extra={"additionalProperties": False},
        description="The value in other languages, by language tag (BCP 47). A template fits the value only if it is "
        "written in English or in one of these.",
        examples=[{"de": _TRANSLATION_EXAMPLE}],
    )

    @model_validator(mode="after")
    def _translations_are_of_other_languages(self) -> ValueTarget:
        for language in self.translations:
            if _is_english(language):
                problem = f"`translations` holds {language!r}, but the value's own words are English"
                raise PartError(problem, "remove it", "translations", language)
        return self

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

    def words(self, language: str) -> ValueWords | None:
        """The value in the words of a language (BCP 47); None if it was not translated into it."""
        return self if _is_english(language) else self.translations.get(language)


def _is_english(language: str) -> bool:
    return language.partition("-")[0] == "en"
