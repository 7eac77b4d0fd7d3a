"""Game: items, each a choice between options with one payoff for each stake of the game's value system."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, PrivateAttr

from hvae_bench.catalogue.derivation import Generator, Transform
from hvae_bench.catalogue.entry import Entry, EntryId, Part, Problem, Text, mappings_in, repeated
from hvae_bench.catalogue.system import System
from hvae_bench.scorers.calibration import applies, describe
from hvae_bench.scorers.classification import Classification
from hvae_bench.scorers.payoff_table import SELF_AND_OTHER, PayoffTable
from hvae_bench.scorers.ring import Ring
from hvae_bench.scorers.svo import Angled, Slider

_PAYOFF_LIMIT = 1_000_000

_SHARES_ROUNDED = 0.05
"""By so much the shares of an item may exceed 1 together, as each is rounded."""


def _absent(value: object) -> bool:
    return value is None


Payoff = Annotated[float, Field(ge=-_PAYOFF_LIMIT, le=_PAYOFF_LIMIT)]


class Option(Part):
    """One thing to choose."""

    id: EntryId = Field(description="Name of the option within its item.", examples=["o1"])
    payoffs: tuple[Payoff, ...] = Field(
        min_length=1,
        max_length=20,
        description="What it gives to each stake of the game's system, in the system's order.",
        examples=[[85, 76]],
    )


class Item(Part):
    """One decision."""

    id: EntryId = Field(description="Name of the item within its game.", examples=["p1"])
    situation: Text | None = Field(
        default=None,
        exclude_if=_absent,
        description="Text shown before the options, where neither the payoffs alone nor the game's own `situation` "
        "tell the situation.",
        examples=["The other person has already chosen to cooperate."],
    )
    options: tuple[Option, ...] = Field(
        min_length=2,
        max_length=50,
        description="The options in their published order.",
        examples=[[{"id": "o1", "payoffs": [85, 85]}, {"id": "o2", "payoffs": [100, 50]}]],
    )


class Norms(Part):
    """What people chose whom nobody told a value: to be set beside dialogues without one, and no others."""

    source: Text = Field(
        description="Who the people were, and where their choices were read.",
        examples=["Charness & Rabin 2002, Table I"],
    )
    n: int | None = Field(
        default=None,
        ge=1,
        exclude_if=_absent,
        description="How many people answered each item; left out where that is unknown, or not the same for all.",
        examples=[142],
    )
    shares: dict[EntryId, dict[EntryId, Annotated[float, Field(ge=0, le=1)]]] = Field(
        min_length=1,
        description="For each item the share of people who chose an option, by the ids of options; an option is left "
        "out where its share is not known.",
        examples=[{"p1": {"o1": 0.31, "o2": 0.69}}],
    )

    def problems(self, items: Sequence[Item]) -> Iterator[Problem]:
        """Shares of what there is not, and more than all people."""
        options = {item.id: {option.id for option in item.options} for item in items}
        for item, shares in self.shares.items():
            if item not in options:
                problem = f"`shares` names the item {item!r}, which the game does not have"
                yield Problem(problem, f"name items out of {', '.join(sorted(options))}", ("shares", item))
                continue
            for option in (one for one in shares if one not in options[item]):
                problem = f"`shares` names the option {option!r}, which the item {item!r} does not have"
                fix = f"name options out of {', '.join(sorted(options[item]))}"
                yield Problem(problem, fix, ("shares", item, option))
            if sum(shares.values()) > 1 + _SHARES_ROUNDED:
                problem = f"the shares of the item {item!r} add up to {sum(shares.values()):.2f}"
                yield Problem(problem, "write shares that add up to 1 at most", ("shares", item))


class Decomposed(Part):
    """What scoring needs to know of a game: its payoffs and, for a slider, its geometry."""

    payoff_unit: float = Field(
        ge=0,
        description="Rounding step of the payoffs: 1 where published values were rounded to whole numbers, "
        "0 where they are exact. Differences that rounding alone can make inform nobody.",
        examples=[1],
    )
    slider: Slider | None = Field(
        default=None,
        exclude_if=_absent,
        description="Given where the items are a slider that measures an SVO angle.",
        examples=[
            {
                "centre_self": 50,
                "centre_other": 50,
                "items": ["p1"],
                "lower_limits_deg": {"prosocial": 22.45},
                "lowest_category": "individualistic",
            }
        ],
    )
    ring: Ring | None = Field(
        default=None,
        exclude_if=_absent,
        description="Given where the items are pairs of points on a ring, as in the ring measure of social values.",
        examples=[{"centre_self": 0, "centre_other": 0, "octants": {"individualistic": 0, "altruistic": 90}}],
    )
    classification: Classification | None = Field(
        default=None,
        exclude_if=_absent,
        description="Given where a number of choices that agree classifies a dialogue.",
        examples=[
            {
                "minimum": 6,
                "categories": {
                    "competitive": {"kind": "linear", "utility_angle_deg": -45},
                    "individualistic": {"kind": "linear", "utility_angle_deg": 0},
                },
            }
        ],
    )
    situation: Text | None = Field(
        default=None,
        exclude_if=_absent,
        description="Text shown before the options of every item that has none of its own.",
        examples=["An amount with a minus sign is taken away instead of given."],
    )
    items: tuple[Item, ...] = Field(
        min_length=1,
        max_length=60,
        description="The decisions in their published order.",
        examples=[[{"id": "p1", "options": [{"id": "o1", "payoffs": [85, 85]}, {"id": "o2", "payoffs": [85, 15]}]}]],
    )

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the game breaks."""
        ids = [item.id for item in self.items]
        twice = [*repeated(ids)]
        for number in twice:
            yield Problem(f"the item id {ids[number]!r} is used twice", "rename one of them", ("items", number, "id"))
        for number, item in enumerate(self.items):
            for place in repeated([option.id for option in item.options]):
                problem = f"the option id {item.options[place].id!r} is used twice in item {item.id!r}"
                yield Problem(problem, "rename one of them", ("items", number, "options", place, "id"))
        if self.slider is not None and self.slider.ranking is not None:
            yield from (one.within("slider", "ranking") for one in self.slider.ranking.problems())
        if self.ring is not None:
            yield from (one.within("ring") for one in self.ring.problems())
        for category, motive in self.classification.categories.items() if self.classification else ():
            yield from (one.within("classification", "categories", category) for one in motive.problems())
        # The items may be still to be made; and where two have one id, another one is missing for it.
        if ids and not twice:
            yield from self._measure_problems(ids)

    def _measure_problems(self, ids: Sequence[str]) -> Iterator[Problem]:
        """Whether the items are those that the declared measures name, and as many."""
        known, there_are = set(ids), f"name items out of {', '.join(sorted(ids))}"
        named: dict[tuple[str, ...], Sequence[str]] = {}
        if self.slider is not None:
            named = {("slider", "items"): self.slider.items, ("slider", "secondary"): self.slider.secondary}
            if self.slider.ranking is not None:
                named["slider", "ranking", "pulls"] = [*self.slider.ranking.pulls]
        for place, items in named.items():
            name, twice = "slider" if place[-1] == "items" else place[-1], {*repeated(items)}
            for number, wanted in enumerate(items):
                at = (*place, wanted if name == "pulls" else number)
                if wanted not in known:
                    yield Problem(f"`{name}` names the item {wanted!r}, which the game does not have", there_are, at)
                elif number in twice:
                    yield Problem(f"`{name}` names the item {wanted!r} twice", "keep one of them", at)
        if self.classification and self.classification.minimum > len(ids):
            problem = f"`minimum` is {self.classification.minimum}, but the game has {len(ids)} items"
            yield Problem(problem, "write a smaller number", ("classification", "minimum"))

    def stake_problems(self, stakes: tuple[str, ...]) -> Iterator[Problem]:
        """Rules that the game breaks where its payoffs go to these stakes, in their order."""
        there_are = f"its stakes are {', '.join(stakes)}"
        for number, item in enumerate(self.items):
            for place, option in enumerate(item.options):
                if len(option.payoffs) != len(stakes):
                    problem = f"option {option.id!r} of item {item.id!r} has {len(option.payoffs)} payoffs"
                    fix = f"write one for each stake of the system: {there_are}"
                    yield Problem(problem, fix, ("items", number, "options", place, "payoffs"))
        for name in ("slider", "ring"):
            if getattr(self, name) is not None and not set(SELF_AND_OTHER) <= set(stakes):
                problem = f"`{name}` is a measure of what one gives to oneself and to another"
                yield Problem(problem, f"remove it, or choose another `system`: {there_are}", (name,))
        for category, motive in self.classification.categories.items() if self.classification else ():
            if not applies([motive], stakes):
                problem = f"the category {category!r} has the motive {describe(motive)}"
                fix = f"name stakes of the game's system: {there_are}"
                yield Problem(problem, fix, ("classification", "categories", category))

    def situation_of(self, item: Item) -> str | None:
        """The text that is shown before an item's options; None if it has none."""
        return item.situation or self.situation

    def stake_ids(self) -> tuple[str, ...]:
        """Names of those whom the payoffs go to, in their order."""
        return SELF_AND_OTHER

    def payoff_table(self) -> PayoffTable:
        """The payoffs as arrays."""
        return PayoffTable(
            item_ids=tuple(item.id for item in self.items),
            option_ids=tuple(tuple(option.id for option in item.options) for item in self.items),
            payoffs=tuple(tuple(option.payoffs for option in item.options) for item in self.items),
            payoff_unit=self.payoff_unit,
            stakes=self.stake_ids(),
        )

    @property
    def angled(self) -> Angled | None:
        """The slider or ring by which a response has an angle; None on other games."""
        return self.slider if self.ring is None else self.ring


class Game(Entry, Decomposed):
    """A set of items whose options pay to the stakes of a value system.

    A file holds the items, or says how they are made from another game's (`generator`, `transform`). In a loaded
    catalogue every game holds items, and knows the stakes of its system.
    """

    system: EntryId = Field(description="Id of the value system whose stakes the payoffs go to.", examples=["svo"])
    measures: Text = Field(
        description="What the game can and cannot show.", examples=["Social value orientation as an angle."]
    )
    licence: Text = Field(description="Licence of the payoff table, or why none is needed.", examples=["CC BY 4.0"])
    # The file of a derived game lacks these two. Defaults that a factory makes stay out of the schema.
    payoff_unit: float = Field(
        default_factory=float,
        ge=0,
        description="Rounding step of the payoffs: 1 where published values were rounded to whole numbers, "
        "0 where they are exact. Differences that rounding alone can make inform nobody. It goes with `items`.",
        examples=[1],
    )
    items: tuple[Item, ...] = Field(
        default_factory=tuple,
        min_length=1,
        max_length=60,
        description="The decisions in their published order.",
        examples=Decomposed.model_fields["items"].examples,
    )
    generator: Generator | None = Field(
        default=None,
        description="Given where the items are drawn from a seed, in the place of `items` and all that describes them.",
        examples=[{"kind": "slider-isomorph", "of": "svo-slider-primary", "seed": 7}],
    )
    transform: Transform | None = Field(
        default=None,
        description="Given where the items are another game's with other payoffs, in the place of `items` and all "
        "that describes them.",
        examples=[{"game": "svo-slider-primary", "scale": 10}],
    )

    norms: Norms | None = Field(
        default=None,
        exclude_if=_absent,
        description="What people chose, where that is known; it goes with `items`.",
        examples=[{"source": "Charness & Rabin 2002, Table I", "shares": {"p1": {"o1": 0.31, "o2": 0.69}}}],
    )

    _stakes: tuple[str, ...] = PrivateAttr(default=SELF_AND_OTHER)

    @classmethod
    def outdated(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Entries written before value systems had names hold two fields in the place of a list."""
        for place, inner in mappings_in(given):
            for old, new in (("payoff", "payoffs"), ("shift", "shift")):
                if f"{old}_self" in inner or f"{old}_other" in inner:
                    both = ", ".join(str(inner.get(f"{old}_{stake}", 0)) for stake in SELF_AND_OTHER)
                    now = "one list now, a number for each stake of the game's `system`"
                    problem = f"`{old}_self` and `{old}_other` are {now}"
                    yield Problem(problem, f"write `{new}: [{both}]`; `hvae migrate FOLDER` does it", place)

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the game breaks; for one that is derived, before it has its items."""
        yield from super().problems()
        parts = {"generator": self.generator, "transform": self.transform}
        made = {how: part for how, part in parts.items() if part is not None}
        if not made and not self.items:
            fix = "list them, or say with `generator` or `transform` how they are made from another game's"
            yield Problem("the game has no `items`", fix)
        if not made and "payoff_unit" not in self.model_fields_set:
            yield Problem("the field `payoff_unit` is missing", "add it, such as `payoff_unit: 1`")
        if len(made) > 1:
            yield Problem("a game has a `generator` or a `transform`, not both", "keep one of them", ("transform",))
        for how, part in made.items():
            yield from (one.within(how) for one in part.problems())
        for name in (*Decomposed.model_fields, "norms") if made else ():
            if name in self.model_fields_set and getattr(self, name) is not None:
                problem = f"`{name}` does not go with `{next(iter(made))}`, which makes it"
                yield Problem(problem, "remove one of them", (name,))
        yield from Decomposed.problems(self)
        if self.norms is not None and self.items:
            yield from (one.within("norms") for one in self.norms.problems(self.items))

    @property
    def derived_from(self) -> str | None:
        """Id of the game that the items are made from; None where the file lists them."""
        if self.generator is not None:
            return self.generator.of
        return None if self.transform is None else self.transform.game

    def stake_ids(self) -> tuple[str, ...]:
        """Names of those whom the payoffs go to, in their order; in a loaded catalogue those of the game's system."""
        return self._stakes

    def about(self, system: System) -> "Game":
        """The game with the stakes of its system."""
        game = self.model_copy()
        game._stakes = system.stake_ids
        return game
