"""Wording: one language in one voice. Every word that a model reads stands in one."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import chain
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from hvae_bench.catalogue.entry import (
    Entry,
    EntryId,
    LanguageTag,
    Part,
    Problem,
    ReviewStatus,
    SentenceName,
    SourceText,
    Text,
)
from hvae_bench.catalogue.value import ValueTarget, ValueWords
from hvae_bench.text.complaint import DAY_PATTERN, SHA256_PATTERN

PLACEHOLDERS: dict[str, str] = {
    "value_label": "the value's label as it is induced",
    "value_definition": "the value's definition",
    "value_goal": "the value's goal",
    "value_rule": "the value's rule",
    "counterpart": "who receives the other payoff, in the long form",
    "unit": "what the payoffs count",
    "gives": "what every option does, by value system",
    "affects": "what a choice affects, by value system",
    "item_count": "number of items in the game",
    "item_number": "place of the item in the dialogue, from 1",
    "ordinal": "the same place as a word, from `ordinals`",
    "situation": "the item's own text, empty where it has none",
    "options": "the options, a line each",
    "labels": "the labels offered, joined",
    "goal": "the goal that the model stated",
}
"""Every name that may stand in braces in a sentence beside those of other sentences, with what takes its place."""

OF_SYSTEM = ("gives", "affects")
"""Those whose place takes what is said of the value system at hand; it may hold {unit} and {counterpart} itself."""

BATCHED = "_batched"
"""What ends the name of a sentence that takes another one's place where all items are asked in one message."""

_BRACED = re.compile(r"\{([^{}]*)\}")
_DEEPEST = 20
_LONGEST = 8_000
_Short = Annotated[str, StringConstraints(max_length=20)]


# Loading a catalogue asks for the same few sentences some thousand times.
@lru_cache(maxsize=4096)
def names_in(text: str) -> tuple[str, ...]:
    """Names in braces in a text, in order."""
    return tuple(_BRACED.findall(text))


class ReadingWords(Part):
    """The few words of a language by which replies are read; case does not matter."""

    option_words: tuple[Text, ...] = Field(
        default=(),
        description="What stands beside a label and says that it is one.",
        examples=[["option", "the option", "label"]],
    )
    answer: tuple[Text, ...] = Field(
        default=(),
        description="Words that announce an answer: one or several of them, and no others, stand before a colon "
        "and the label, or before a cue of `conclusion`.",
        examples=[["my", "final", "answer", "choice", "therefore"]],
    )
    conclusion: tuple[Text, ...] = Field(
        default=(),
        description="Cues at the beginning of a clause that ends in the label. One that has {label} in it is a whole "
        "sentence.",
        examples=[["I choose", "answer is {label}"]],
    )
    decision: tuple[Text, ...] = Field(
        default=(),
        description="What stands before the number of a decision, or around it as {number}, where a reply answers "
        "several, a line each; {count} is how many there are.",
        examples=[["decision", "decision {number} of {count}"]],
    )
    refusal: tuple[Text, ...] = Field(
        default=(),
        description="Words by which a model says that it will not choose; they do not count right before a label.",
        examples=[["I will not choose", "must decline"]],
    )
    negation: tuple[Text, ...] = Field(
        default=(),
        description="Words that deny a choice, or make it depend on something: a line with one is no conclusion.",
        examples=[["not", "never", "if"]],
    )
    label_words: tuple[Text, ...] = Field(
        default=(),
        description="Labels that are also words of the language. Within a text they count as labels only in quotes or "
        "brackets, after an option word or a cue, or before the sign that follows a label in its option line.",
        examples=[["A", "I", "left"]],
    )


class Joins(Part):
    """What stands between things that are listed."""

    labels: _Short = Field(description="Between the labels offered.", examples=[", "])
    outcomes: _Short = Field(description="Between what an option gives to each.", examples=[", "])


class Unit(Part):
    """What payoffs count: its bare name, and an amount of it in each form that the language has.

    The forms are the plural categories of Unicode CLDR; `{number}` is the payoff. A form that is left out is as
    `other`.
    """

    name: Text = Field(description="The bare name, which takes the place of {unit}.", examples=["coins"])
    zero: Text | None = Field(default=None, description="Form of the plural category `zero`.", examples=[None])
    one: Text | None = Field(default=None, description="Form of the plural category `one`.", examples=["{number} coin"])
    two: Text | None = Field(default=None, description="Form of the plural category `two`.", examples=[None])
    few: Text | None = Field(default=None, description="Form of the plural category `few`.", examples=[None])
    many: Text | None = Field(default=None, description="Form of the plural category `many`.", examples=[None])
    other: Text = Field(description="Form of the plural category `other`.", examples=["{number} coins"])

    @property
    def forms(self) -> dict[str, str]:
        """The forms by plural category."""
        return {name: text for name, text in self if name != "name" and text is not None}


class Counterpart(Part):
    """Who receives the other payoff."""

    long: Text = Field(
        description="As it is told first, within a sentence; it takes the place of {counterpart} in sentences.",
        examples=["another person whom you do not know"],
    )
    short: Text = Field(
        description="As it stands in every option; it takes the place of {counterpart} in outcomes.",
        examples=["the other person"],
    )
    words: tuple[Text, ...] = Field(
        default=(),
        max_length=100,
        description="Words beside `other_words` by which a stated goal names this counterpart.",
        examples=[["colleague"]],
    )


class Situations(Part):
    """The texts of a game's items in the language of the wording."""

    every: Text | None = Field(
        default=None, description="Text of every item that has none of its own here.", examples=["The other has 100."]
    )
    items: dict[EntryId, Text] = Field(
        default={}, description="Texts of single items by their ids.", examples=[{"p1": "The other has 100."}]
    )


class Signature(Part):
    """By whom a wording was found sound, and which text it was."""

    by: SourceText = Field(description="Who read every sentence.", examples=["A name"])
    on: Annotated[str, StringConstraints(pattern=DAY_PATTERN)] = Field(
        description="The day, as YYYY-MM-DD.", examples=["2026-01-31"]
    )
    sha256: Annotated[str, StringConstraints(pattern=SHA256_PATTERN)] = Field(
        description="Hash of the words as they were read; `hvae show WORDING` prints that of the words as they are.",
        examples=["0" * 64],
    )


class Wording(Entry):
    """Every sentence and word of one language in one voice.

    What a wording does not hold cannot be said in it: a cell that would need it does not exist.
    """

    language: LanguageTag = Field(description="Language (BCP 47).", examples=["en"])
    paraphrase: int = Field(
        default=1, ge=1, description="Number of the wording within its language; intervals cluster by it.", examples=[1]
    )
    default: bool = Field(
        default=False,
        description="Whether this wording is used where a scenario names none; one in a catalogue.",
        examples=[False],
    )
    based_on: EntryId | None = Field(
        default=None,
        description="Id of a wording in the same language that says whatever this one does not. With `replaces`, and "
        "this wording's own id, it is the one below.",
        examples=["en"],
    )
    reviewed: Signature | None = Field(
        default=None,
        description="Signature of a native speaker who found every sentence sound; any edit of the words undoes it.",
        examples=[{"by": "A name", "on": "2026-01-31", "sha256": "0" * 64}],
    )
    sentences: dict[SentenceName, Text] = Field(
        default={},
        description="What turns say, by name. Names in braces are other sentences or placeholders: "
        f"{', '.join(f'{{{name}}}' for name in PLACEHOLDERS)}. Where all items are asked in one message, NAME{BATCHED} "
        "is said in the place of NAME.",
        examples=[{"decide": "{options}\n\nAnswer with one of {labels}."}],
    )
    join: Joins | None = Field(
        default=None,
        description="What stands between things that are listed.",
        examples=[{"labels": ", ", "outcomes": ", "}],
    )
    option_line: Text | None = Field(
        default=None,
        description="Pattern of an option, on one line, with {label} and {outcomes} once each.",
        examples=["{label}. {outcomes}"],
    )
    outcomes: dict[EntryId, dict[EntryId, Text]] = Field(
        default={},
        description="What an option gives, by value system and stake: a phrase with {amount} (number and unit) or "
        "{number}, and {counterpart} in the short form. In English the systems hold their own.",
        examples=[{"svo": {"self": "You get {amount}", "other": "{counterpart} gets {amount}"}}],
    )
    together: dict[EntryId, Text] = Field(
        default={},
        description="What an option gives to neighbouring stakes that all get the same, by value system: a phrase with "
        "{first} and {last} (their places, from 1) and {amount} or {number}. In English the systems hold their own; "
        "without a phrase each is told by itself.",
        examples=[{"dice": "Faces {first} to {last}: {amount}"}],
    )
    phrases: dict[EntryId, dict[SentenceName, Text]] = Field(
        default={},
        description="What is said of a value system, by the name that stands in braces in sentences: what every option "
        "does (`gives`) and what a choice affects (`affects`), which in English the systems hold themselves, and "
        "others of the wording's own; {unit} and {counterpart} may stand in them.",
        examples=[{"svo": {"gives": "gives some {unit} to you and some {unit} to {counterpart}"}}],
    )
    units: dict[EntryId, Unit] = Field(
        default={},
        description="Units by the name that framings use.",
        examples=[{"coins": {"name": "coins", "one": "{number} coin", "other": "{number} coins"}}],
    )
    counterparts: dict[EntryId, Counterpart] = Field(
        default={},
        description="Counterparts by the name that framings use.",
        examples=[{"person": {"long": "another person whom you do not know", "short": "the other person"}}],
    )
    other_words: tuple[Text, ...] = Field(
        default=(),
        max_length=200,
        description="Words by which a stated goal names the other person; they only serve to count such goals.",
        examples=[["other", "both"]],
    )
    counts_words: bool = Field(
        default=True,
        description="Whether the language writes words apart, so that the words of a goal can be counted.",
        examples=[True],
    )
    ordinals: tuple[Text, ...] = Field(
        default=(),
        max_length=60,
        description="Words for the places of items in a dialogue, for {ordinal}.",
        examples=[["first", "second"]],
    )
    reading: ReadingWords | None = Field(
        default=None,
        description="The few words by which replies are read.",
        examples=[{"option_words": ["option"], "answer": ["answer"], "conclusion": ["I choose"]}],
    )
    values: dict[EntryId, ValueWords] = Field(
        default={},
        description="Words of values by their ids. In English the values hold their own.",
        examples=[{"prosocial": {"label": "prosozial", "definition": "Will, dass es beiden gut geht."}}],
    )
    situations: dict[EntryId, Situations] = Field(
        default={},
        description="Texts of games' items by the games' ids. In English the games hold their own.",
        examples=[{"trust": {"every": "The other person sent you 20."}}],
    )

    @property
    def is_english(self) -> bool:
        """Whether values, games and systems have words of their own in its language."""
        return self.language.partition("-")[0] == "en"

    @property
    def words_sha256(self) -> str:
        """Hash of everything that a native speaker reads: what a signature stands for."""
        aside = {*Entry.model_fields, "default", "based_on", "reviewed", "paraphrase"}
        words = self.model_dump(mode="json", exclude_defaults=True, exclude=aside)
        return hashlib.sha256(json.dumps(words, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def status(self) -> ReviewStatus:
        """`reviewed` if a native speaker signed exactly these words."""
        signed = self.reviewed is not None and self.reviewed.sha256 == self.words_sha256
        return "reviewed" if signed else "unreviewed"

    def over(self, base: "Wording") -> "Wording":
        """This wording with what it does not say itself taken from another one, name by name."""
        content: dict[str, Any] = {}
        for name in type(self).model_fields:
            own, below = getattr(self, name), getattr(base, name)
            if name in Entry.model_fields or name in ("default", "based_on", "reviewed"):
                content[name] = own
            elif isinstance(own, dict):
                content[name] = below | {key: _laid_over(below.get(key), one) for key, one in own.items()}
            else:
                content[name] = own if name in self.model_fields_set else below
        # What neither says may still come from a third one.
        return type(self).model_construct(self.model_fields_set | base.model_fields_set, **content)

    def value_words(self, value: ValueTarget) -> ValueWords | None:
        """A value in the words of this wording; None if it has none."""
        return self.values.get(value.id) or (value if self.is_english else None)

    def expanded(self, name: str, *, batched: bool = False) -> str:
        """A sentence with the sentences that it puts in; `batched`, those said where all items are asked at once.

        Raises:
            KeyError: a sentence that the wording does not have; it is named.
        """
        if (name, batched) not in self._expansions:
            said = self._meant(name)[-1] if batched else name
            self._expansions[name, batched] = _BRACED.sub(
                lambda match: (
                    match[0]
                    if match[1] in self.placeholders
                    # The sentence whose place this one takes is that one itself.
                    else self.expanded(match[1], batched=batched and match[1] + BATCHED != said)
                ),
                self.sentences[said],
            )
        return self._expansions[name, batched]

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """Every name that may stand in braces in its sentences beside those of other sentences."""
        return frozenset(PLACEHOLDERS) | self.phrase_names

    @property
    def phrase_names(self) -> frozenset[str]:
        """Names in braces whose place takes what is said of the value system at hand."""
        return frozenset(OF_SYSTEM).union(*self.phrases.values())

    @cached_property
    def _expansions(self) -> dict[tuple[str, bool], str]:
        return {}

    def _meant(self, name: str, within: str = "") -> list[str]:
        """The names of the sentences that a name in braces within another may stand for."""
        own = name + BATCHED
        return [name, own] if own in self.sentences and own != within else [name]

    def used_in(self, name: str, *, batched: bool = False) -> tuple[str, ...]:
        """Placeholders of a sentence, and of those that it puts in, in order; it may raise as `expanded` does."""
        return names_in(self.expanded(name, batched=batched))

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the wording breaks; for one with `based_on`, once it stands on its base."""
        yield from super().problems()
        patterns = [*self._patterns()]
        for place, text in patterns:
            if re.search(r"[{}]", _BRACED.sub("", text)):
                yield Problem("a brace `{` or `}` stands alone", "keep braces for placeholders such as {unit}", place)
        for name, text in self.sentences.items():
            if name in self.placeholders:
                problem = f"the sentence {name!r} is called as a placeholder is"
                yield Problem(problem, "rename it", ("sentences", name))
            for used in names_in(text):
                if used not in self.placeholders and used not in self.sentences:
                    problem = f"there is no sentence {used!r}, and no placeholder {{{used}}}"
                    fix = f"use only sentences of this wording and {_in_braces(PLACEHOLDERS)}"
                    yield Problem(problem, fix, ("sentences", name))
        yield from self._inclusion_problems()
        for place, text in patterns:
            if place[0] == "option_line":
                yield from _only_once(text, ("label", "outcomes"), (), place)
            elif place[0] == "outcomes":
                yield from outcome_problems(text, place)
            elif place[0] == "together":
                yield from outcome_problems(text, place, ("first", "last"))
            elif place[0] == "phrases":
                yield from phrase_problems(text, place)
            elif place[0] == "units":
                yield from _only_once(text, ("number",), (), place)
        plain = [(("units", id_, "name"), unit.name) for id_, unit in self.units.items()]
        for id_, one in self.counterparts.items():
            plain += [(("counterparts", id_, "long"), one.long), (("counterparts", id_, "short"), one.short)]
        for place, text in plain:
            if re.search(r"[{}]", text):
                problem = f"a brace stands in {place[-1]!r}, where nothing takes the place of a name"
                yield Problem(problem, "write the words themselves", place)

    def _patterns(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """All texts that may hold names in braces, with their places."""
        yield from ((("sentences", name), text) for name, text in self.sentences.items())
        if self.option_line is not None:
            yield ("option_line",), self.option_line
        for system, phrases in self.outcomes.items():
            yield from ((("outcomes", system, stake), text) for stake, text in phrases.items())
        yield from ((("together", system), text) for system, text in self.together.items())
        for system, phrases in self.phrases.items():
            yield from ((("phrases", system, name), text) for name, text in phrases.items())
        for id_, unit in self.units.items():
            yield from ((("units", id_, form), text) for form, text in unit.forms.items())

    def _inclusion_problems(self) -> Iterator[Problem]:
        """Sentences that never end, or that a file of some lines makes as long as a book."""
        inner = {
            name: [self._meant(one, name) for one in names_in(text) if one in self.sentences]
            for name, text in self.sentences.items()
        }
        whole: dict[str, int] = {}
        for _ in range(_DEEPEST):
            ready = [name for name in inner if name not in whole and whole.keys() >= {*chain(*inner[name])}]
            whole |= {
                name: len(self.sentences[name]) + sum(max(whole[one] for one in meant) for meant in inner[name])
                for name in ready
            }
        endless = next((name for name in inner if name not in whole), None)
        if endless is not None:
            path = [endless]  # down to one that returns to itself, and does not only put such a one in
            while (below := next((one for one in chain(*inner[path[-1]]) if one not in whole), endless)) not in path:
                path.append(below)
            endless = path[-1]
            problem = f"the sentence {endless!r} puts itself in, or sentences in sentences more than {_DEEPEST} deep"
            yield Problem(problem, "remove one of the names in braces", ("sentences", endless))
        for name in whole:
            if whole[name] > _LONGEST:
                problem = f"with all that it puts in, the sentence {name!r} has {whole[name]:,} characters"
                yield Problem(problem, f"shorten it to {_LONGEST:,}", ("sentences", name))


def _laid_over(below: Any, own: Any) -> Any:
    """What is said under one name; the phrases of a system one by one."""
    return below | own if isinstance(below, dict) and isinstance(own, dict) else own


def outcome_problems(text: str, place: tuple[str | int, ...], others: Iterable[str] = ()) -> Iterator[Problem]:
    """Rules that the phrase of an outcome breaks, which shows a payoff and some other names once each."""
    shown = "number" if "number" in names_in(text) else "amount"
    yield from _only_once(text, (*others, shown), ("counterpart", "unit"), place)


def phrase_problems(text: str, place: tuple[str | int, ...]) -> Iterator[Problem]:
    """Rules that what is said of a value system breaks."""
    yield from _only_once(text, (), ("unit", "counterpart"), place)


def _only_once(
    text: str, once: Iterable[str], allowed: Iterable[str], place: tuple[str | int, ...]
) -> Iterator[Problem]:
    """Whether a pattern is a single line with some names once each, and others only as allowed."""
    names, field = names_in(text), place[-1]
    for name in once:
        if names.count(name) != 1:
            shows = "shows {} more than once" if name in names else "does not show {}"
            yield Problem(f"`{field}` {shows.format(f'{{{name}}}')}", f"write {{{name}}} once", place)
    for name in names:
        if name not in (*once, *allowed):
            yield Problem(f"`{field}` has no placeholder {{{name}}}", f"use {_in_braces((*once, *allowed))}", place)
    if text.splitlines() != [text]:
        yield Problem(f"`{field}` holds a line break", "write it on a single line, in quotes", place)


def _in_braces(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)
