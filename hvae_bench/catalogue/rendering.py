"""Rendering: from a pattern and plain values to the text that a model reads, numbers as its language writes them.

A placeholder is a plain name; what takes its place is never looked at again, so nothing that a model or
a contributor writes can act as a pattern.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Literal, TypeVar

from pydantic import Field

from hvae_bench.catalogue.entry import LanguageTag, Part, Text

Order = Literal["published", "reversed", "shuffled"]

PluralCategory = Literal["zero", "one", "two", "few", "many", "other"]
"""Plural categories of Unicode CLDR."""

Thing = TypeVar("Thing")

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def _absent(value: object) -> bool:
    return value is None


def render(pattern: str, content: Mapping[str, str]) -> str:
    """Put content in the place of the names in braces, in one pass.

    Raises:
        KeyError: a name without content.
    """
    return _PLACEHOLDER.sub(lambda match: content[match.group(1)], pattern)


def format_payoff(payoff: float) -> str:
    """A payoff as text: whole numbers without a point, others as short as they can be read back."""
    return str(int(payoff)) if payoff == int(payoff) else repr(float(payoff))


def arrange(things: Sequence[Thing], order: Order, stream: str) -> list[Thing]:
    """Put things into an order; `stream` names the draw of `shuffled`: the same text gives the same one everywhere."""
    if order == "shuffled":
        keys = [hashlib.sha256(f"{stream}/{index}".encode()).digest() for index in range(len(things))]
        return [things[index] for index in sorted(range(len(things)), key=keys.__getitem__)]
    return list(things) if order == "published" else list(things)[::-1]


class OptionWords(Part):
    """The patterns that make the line of an option of its label and its payoffs."""

    language: LanguageTag = Field(
        description="Language (BCP 47), by which plurals and decimals are written.", examples=["en"]
    )
    line: Text = Field(
        description="Pattern of the line, with {label} and {outcomes}.", examples=["{label}. {outcomes}"]
    )
    join: str = Field(description="What stands between the outcomes.", examples=[", "])
    outcomes: tuple[Text, ...] = Field(
        description="For each stake what the option gives, with {amount} (number and unit) or {number}.",
        examples=[["You get {amount}", "the other person gets {amount}"]],
    )
    together: Text | None = Field(
        default=None,
        exclude_if=_absent,
        description="What is said in the place of the outcomes of neighbouring stakes that get the same, with {first} "
        "and {last} (their places, from 1) and {amount} or {number}; absent where each is told by itself.",
        examples=["Faces {first} to {last}: {amount}"],
    )
    amounts: dict[PluralCategory, Text] = Field(
        description="An amount of the unit in each form that the language has, with {number}.",
        examples=[{"one": "{number} coin", "other": "{number} coins"}],
    )

    def __hash__(self) -> int:
        # A mapping has no hash of its own.
        return hash((self.language, self.line, self.join, self.outcomes, self.together, tuple(self.amounts.items())))

    def written(self, label: str, payoffs: Sequence[float]) -> str:
        """The line of an option, with one payoff a stake."""
        outcomes, place = [], 0
        for payoff, alike in self._runs(payoffs):
            content = {"number": self._number(payoff), "amount": self._amount(payoff)}
            pattern = self.outcomes[place]
            if alike > 1 and self.together is not None:
                pattern = self.together
                content |= {"first": str(place + 1), "last": str(place + alike)}
            outcomes.append(render(pattern, content))
            place += alike
        return render(self.line, {"label": label, "outcomes": self.join.join(outcomes)})

    def _runs(self, payoffs: Sequence[float]) -> Iterator[tuple[float, int]]:
        """Each payoff that is told, and of how many neighbouring stakes at once."""
        for payoff, run in groupby(payoffs):
            alike = len([*run])
            yield from [(payoff, 1)] * alike if self.together is None else [(payoff, alike)]

    def _number(self, payoff: float) -> str:
        return format_payoff(payoff).replace(".", _numerals(self.language)[1])

    def _amount(self, payoff: float) -> str:
        category = _numerals(self.language)[0](int(payoff) if payoff == int(payoff) else payoff)
        pattern = next((text for name, text in self.amounts.items() if name == category), self.amounts["other"])
        return render(pattern, {"number": self._number(payoff)})


def plural_categories(language: str) -> list[str]:
    """The plural categories that a language tells apart in whole numbers up to 200, and in halves."""
    rule, _ = _numerals(language)
    return sorted({rule(number) for number in (*range(201), 1.5)})


@lru_cache
def _numerals(language: str) -> tuple[Callable[[float], str], str]:
    """The plural rule and the decimal sign of a language; of one that Unicode does not know those of none."""
    from babel import Locale, UnknownLocaleError

    # Of a language in a country where few speak it Unicode knows the language alone.
    for tag in (language, language.partition("-")[0], "root"):
        try:
            locale = Locale.parse(tag, sep="-")
            break
        except (UnknownLocaleError, ValueError):
            continue
    return locale.plural_form, str(locale.number_symbols["latn"]["decimal"])
