"""Game: items, each a choice between options with one payoff for each stake of the game's value system."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Annotated, Any

from pydantic import ConfigDict, Field, PrivateAttr, model_validator

from hvae_bench.derivation import Generator, Transform
from hvae_bench.entry import Entry, EntryId, Part, PartError, Text
from hvae_bench.scorers.calibration import applies, describe
from hvae_bench.scorers.classification import ClassificationRule
from hvae_bench.scorers.motive import Motive
from hvae_bench.scorers.payoff_table import PayoffTable
from hvae_bench.scorers.ring import RingGeometry
from hvae_bench.scorers.stakes import SELF_AND_OTHER
from hvae_bench.scorers.svo import MotivePulls, SliderGeometry
from hvae_bench.system import System

__all__ = ["Classification", "Decomposed", "Game", "Item", "Option", "Ranking", "Ring", "Slider"]

_PAYOFF_LIMIT = 1_000_000

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
        exclude_if=operator.not_,
        description="Text shown before the options, where neither the payoffs alone nor the game's own `situation` "
        "tell the situation.",
        examples=["The other person has already chosen to cooperate."],
    )
    options: tuple[Option, ...] = Field(
        min_length=2,
        max_length=50,
        description="The options in their published order.",
        examples=[
            [
                {"id": "o1", "payoffs": [85, 85]},
                {"id": "o2", "payoffs": [100, 50]},
            ]
        ],
    )

    @model_validator(mode="after")
    def _options_differ(self) -> Item:
        seen: set[str] = set()
        for place, option in enumerate(self.options):
            if option.id in seen:
                problem = f"the option id {option.id!r} is used twice in item {self.id!r}"
                raise PartError(problem, "rename one of them", "options", place, "id")
            seen.add(option.id)
        return self


class Ranking(Part):
    """Which motives the items of a slider set against each other, so that their choices rank the motives."""

    pulls: dict[EntryId, tuple[EntryId, EntryId]] = Field(
        min_length=1,
        description="For each item the motive that its first option serves and the one that its last option "
        "serves. Every two motives meet in exactly one item.",
        examples=[{"p1": ["prosocial", "competitive"]}],
    )
    ties: tuple[EntryId, ...] = Field(
        min_length=2,
        json_schema_extra={"uniqueItems": True},
        description="All motives; where the middle option is chosen, the one that comes first here wins.",
        examples=[["prosocial", "competitive"]],
    )

    @model_validator(mode="after")
    def _every_two_meet_once(self) -> Ranking:
        met = sorted(tuple(sorted(pair)) for pair in self.pulls.values())
        if met != sorted(tuple(sorted(pair)) for pair in combinations(self.ties, 2)):
            raise PartError(
                "`pulls` does not set every two motives of `ties` against each other exactly once",
                f"write one item for each pair of {', '.join(self.ties)}",
                "pulls",
            )
        return self


class Slider(Part):
    """What makes the items of a game measure an SVO angle."""

    centre_self: float = Field(description="Own payoff of the point from which the angle is seen.", examples=[50])
    centre_other: float = Field(
        description="The other's payoff of the point from which the angle is seen.", examples=[50]
    )
    items: tuple[EntryId, ...] = Field(
        min_length=1,
        json_schema_extra={"uniqueItems": True},
        description="Ids of the items that make the angle.",
        examples=[["p1", "p2"]],
    )
    lower_limits_deg: dict[EntryId, float] = Field(
        min_length=1,
        description="For each category the smallest angle in degrees that belongs to it.",
        examples=[{"altruistic": 57.15, "prosocial": 22.45, "individualistic": -12.04}],
    )
    lowest_category: EntryId = Field(
        description="Category of every angle below the smallest limit.", examples=["competitive"]
    )
    ranking: Ranking | None = Field(
        default=None,
        description="Given where the items also rank motives.",
        examples=[{"pulls": {"p1": ["prosocial", "competitive"]}, "ties": ["prosocial", "competitive"]}],
    )
    secondary: tuple[EntryId, ...] = Field(
        default=(),
        json_schema_extra={"uniqueItems": True},
        description="Ids of the items that tell inequality aversion from joint gain; the idealised options are "
        "derived from the payoffs. Empty where there are none.",
        examples=[["s1", "s2"]],
    )


class Ring(Part):
    """What makes the choices of a game add up to a vector, whose direction shows a motive."""

    centre_self: float = Field(description="Own payoff of the middle of the ring.", examples=[0])
    centre_other: float = Field(description="The other's payoff of the middle of the ring.", examples=[0])
    octants: dict[EntryId, Annotated[float, Field(gt=-180, le=180)]] = Field(
        min_length=2,
        description="For each category the direction of its middle in degrees; an angle belongs to the closest one.",
        examples=[{"individualistic": 0, "cooperative": 45, "altruistic": 90}],
    )

    @model_validator(mode="after")
    def _directions_differ(self) -> Ring:
        taken: dict[float, str] = {}
        for category, angle_deg in self.octants.items():
            if angle_deg in taken:
                problem = f"`octants` gives {category} and {taken[angle_deg]} the same direction"
                raise PartError(problem, "let their directions differ", "octants", category)
            taken[angle_deg] = category
        return self


class Classification(Part):
    """How many choices must agree for a dialogue to belong to a category."""

    minimum: int = Field(ge=1, description="So many choices of one category classify a dialogue.", examples=[6])
    categories: dict[EntryId, Motive] = Field(
        min_length=2,
        description="For each category its motive; the option that alone serves it best counts for the category.",
        examples=[
            {
                "competitive": {"kind": "linear", "utility_angle_deg": -45},
                "individualistic": {"kind": "linear", "utility_angle_deg": 0},
            }
        ],
    )


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
        exclude_if=operator.not_,
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
        exclude_if=operator.not_,
        description="Given where the items are pairs of points on a ring, as in the ring measure of social values.",
        examples=[{"centre_self": 0, "centre_other": 0, "octants": {"individualistic": 0, "altruistic": 90}}],
    )
    classification: Classification | None = Field(
        default=None,
        exclude_if=operator.not_,
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
        exclude_if=operator.not_,
        description="Text shown before the options of every item that has none of its own.",
        examples=["An amount with a minus sign is taken away instead of given."],
    )
    items: tuple[Item, ...] = Field(
        min_length=1,
        max_length=60,
        description="The decisions in their published order.",
        examples=[
            [
                {
                    "id": "p1",
                    "options": [
                        {"id": "o1", "payoffs": [85, 85]},
                        {"id": "o2", "payoffs": [85, 15]},
                    ],
                }
            ]
        ],
    )

    def _check_form(self) -> None:
        """Whether the fields go together at all, before they are compared; here they always do."""

    @model_validator(mode="after")
    def _items_differ(self) -> Decomposed:
        self._check_form()
        seen: set[str] = set()
        for place, item in enumerate(self.items):
            if item.id in seen:
                raise PartError(f"the item id {item.id!r} is used twice", "rename one of them", "items", place, "id")
            seen.add(item.id)
        named = self.slider.items if self.slider else ()
        for place, wanted in enumerate(named):
            if wanted not in seen:
                problem = f"`slider` names the item {wanted!r}, which the game does not have"
                raise PartError(problem, f"name items out of {', '.join(sorted(seen))}", "slider", "items", place)
            if wanted in named[:place]:
                raise PartError(
                    f"`slider` names the item {wanted!r} twice", "keep one of them", "slider", "items", place
                )
        for wanted in self.slider.ranking.pulls if self.slider and self.slider.ranking else ():
            if wanted not in seen:
                problem = f"`pulls` names the item {wanted!r}, which the game does not have"
                mend = f"name items out of {', '.join(sorted(seen))}"
                raise PartError(problem, mend, "slider", "ranking", "pulls", wanted)
        return self

    @model_validator(mode="after")
    def _declared_measures_fit(self) -> Decomposed:
        known = {item.id for item in self.items}
        secondary = self.slider.secondary if self.slider else ()
        for place, wanted in enumerate(secondary):
            if wanted not in known:
                problem = f"`secondary` names the item {wanted!r}, which the game does not have"
                mend = f"name items out of {', '.join(sorted(known))}"
                raise PartError(problem, mend, "slider", "secondary", place)
            if wanted in secondary[:place]:
                problem = f"`secondary` names the item {wanted!r} twice"
                raise PartError(problem, "keep one of them", "slider", "secondary", place)
        if self.classification and self.classification.minimum > len(self.items):
            problem = f"`minimum` is {self.classification.minimum}, but the game has {len(self.items)} items"
            raise PartError(problem, "write a smaller number", "classification", "minimum")
        return self

    def stake_ids(self) -> tuple[str, ...]:
        """Names of those whom the payoffs go to, in their order."""
        return SELF_AND_OTHER

    def check_stakes(self, stakes: tuple[str, ...], there_are: str) -> None:
        """Check that these are the stakes of the payoffs, and of the measures that are declared.

        Args:
            stakes: names of those whom the payoffs go to, in their order.
            there_are: which these are, in words, for the mend.

        Raises:
            PartError: an option has more payoffs or fewer, or a measure is about others.
        """
        for number, item in enumerate(self.items):
            for place, option in enumerate(item.options):
                if len(option.payoffs) != len(stakes):
                    problem = f"option {option.id!r} of item {item.id!r} has {len(option.payoffs)} payoffs"
                    where = ("items", number, "options", place, "payoffs")
                    raise PartError(problem, f"write one for each stake: {there_are}", *where)
        for name in ("slider", "ring"):
            if getattr(self, name) is not None and not set(SELF_AND_OTHER) <= set(stakes):
                problem = f"`{name}` is a measure of what one gives to oneself and to another"
                raise PartError(problem, f"remove it, or choose another `system`: {there_are}", name)
        for category, motive in self.classification.categories.items() if self.classification else ():
            if not applies([motive], stakes):
                problem = f"the category {category!r} has the motive {describe(motive)}"
                mend = f"name stakes of the game's system: {there_are}"
                raise PartError(problem, mend, "classification", "categories", category)

    def payoff_table(self) -> PayoffTable:
        """The payoffs as arrays."""
        return self.table_about(self.stake_ids())

    def table_about(self, stakes: tuple[str, ...]) -> PayoffTable:
        """The payoffs as arrays.

        Args:
            stakes: names of those whom the payoffs go to, in their order.
        """
        return PayoffTable(
            item_ids=tuple(item.id for item in self.items),
            option_ids=tuple(tuple(option.id for option in item.options) for item in self.items),
            payoffs=tuple(tuple(option.payoffs for option in item.options) for item in self.items),
            payoff_unit=self.payoff_unit,
            stakes=stakes,
        )

    def slider_geometry(self) -> SliderGeometry | None:
        """The geometry of the slider; None where the game measures no angle."""
        if self.slider is None:
            return None
        ranking = self.slider.ranking
        return SliderGeometry(
            centre=(self.slider.centre_self, self.slider.centre_other),
            items=self.slider.items,
            lower_limits_deg=self.slider.lower_limits_deg,
            lowest_category=self.slider.lowest_category,
            pulls=None if ranking is None else MotivePulls(ranking.pulls, ranking.ties),
        )

    def angle_geometry(self) -> SliderGeometry | None:
        """Centre and items by which a response has an angle, on a slider or on a ring; None on other games."""
        if self.ring is None:
            return self.slider_geometry()
        centre = (self.ring.centre_self, self.ring.centre_other)
        # Categories of a ring are octants, which go round; as limits they would mean nothing.
        return SliderGeometry(centre, tuple(item.id for item in self.items), {}, "")

    def ring_geometry(self) -> RingGeometry | None:
        """The geometry of the ring; None where the choices add up to no vector."""
        if self.ring is None:
            return None
        return RingGeometry((self.ring.centre_self, self.ring.centre_other), self.ring.octants)

    def classification_rule(self) -> ClassificationRule | None:
        """The rule by which dialogues are classified; None where there is none."""
        if self.classification is None:
            return None
        return ClassificationRule(self.classification.minimum, self.classification.categories)


def _without_default(schema: dict[str, Any]) -> None:
    del schema["default"]


def _one_form(schema: dict[str, Any]) -> None:
    """Say in JSON Schema what `Game` checks: exactly one of the three forms."""
    nothing = {"type": "null"}
    derived = dict.fromkeys(Decomposed.model_fields, nothing)
    schema["oneOf"] = [
        {
            "title": "Listed items",
            "required": ["payoff_unit", "items"],
            "properties": dict.fromkeys(_DERIVATIONS, nothing),
        },
        *(
            {
                "title": f"Items by {form}",
                "required": [form],
                "properties": {
                    form: {"type": "object"},
                    **dict.fromkeys((other for other in _DERIVATIONS if other != form), nothing),
                    **derived,
                },
            }
            for form in _DERIVATIONS
        ),
    ]


_DERIVATIONS = ("generator", "transform")


class Game(Entry, Decomposed):
    """A set of items whose options pay to the stakes of a value system.

    A file holds the items, or says how they are made from another game's (`generator`, `transform`). In a loaded
    catalogue every game holds items, and knows the stakes of its system.
    """

    model_config = ConfigDict(json_schema_extra=_one_form)

    system: EntryId = Field(description="Id of the value system whose stakes the payoffs go to.", examples=["svo"])
    measures: Text = Field(
        description="What the game can and cannot show.", examples=["Social value orientation as an angle."]
    )
    licence: Text = Field(description="Licence of the payoff table, or why none is needed.", examples=["CC BY 4.0"])
    payoff_unit: float = Field(
        default=0,
        ge=0,
        description="Rounding step of the payoffs: 1 where published values were rounded to whole numbers, "
        "0 where they are exact. Differences that rounding alone can make inform nobody. It goes with `items`.",
        examples=[1],
        json_schema_extra=_without_default,
    )
    items: tuple[Item, ...] = Field(
        default=(),
        min_length=1,
        max_length=60,
        description="The decisions in their published order.",
        examples=Decomposed.model_fields["items"].examples,
        json_schema_extra=_without_default,
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

    _stakes: tuple[str, ...] = PrivateAttr(default=SELF_AND_OTHER)

    @classmethod
    def refuse_old_form(cls, given: Mapping[str, Any]) -> None:
        """Entries written before value systems had names hold two fields in the place of a list.

        Raises:
            PartError: this is such an entry.
        """
        for number, place, option in _options_in(given):
            if "payoff_self" in option or "payoff_other" in option:
                raise _should_be_a_list("payoffs", option, "payoff", "items", number, "options", place)
        transform = given.get("transform")
        if isinstance(transform, Mapping) and ("shift_self" in transform or "shift_other" in transform):
            raise _should_be_a_list("shift", transform, "shift", "transform")

    def _check_form(self) -> None:
        forms = [form for form in _DERIVATIONS if getattr(self, form) is not None]
        if not forms:
            if not self.items:
                raise PartError(
                    "the game has no `items`",
                    "list them, or say with `generator` or `transform` how they are made from another game's",
                )
            if "payoff_unit" not in self.model_fields_set:
                raise PartError("the field `payoff_unit` is missing", "add it, such as `payoff_unit: 1`")
            return
        if len(forms) > 1:
            raise PartError("a game has a `generator` or a `transform`, not both", "keep one of them", forms[-1])
        for name in Decomposed.model_fields:
            if name in self.model_fields_set and getattr(self, name) is not None:
                problem = f"`{name}` does not go with `{forms[0]}`, which makes it"
                raise PartError(problem, "remove one of them", name)

    @property
    def derived_from(self) -> str | None:
        """Id of the game that the items are made from; None where the file lists them."""
        if self.generator is not None:
            return self.generator.of
        return None if self.transform is None else self.transform.game

    def stake_ids(self) -> tuple[str, ...]:
        """Names of those whom the payoffs go to, in their order; in a loaded catalogue those of the game's system."""
        return self._stakes

    def about(self, system: System) -> Game:
        """The game with the stakes of its system.

        Raises:
            PartError: an option has more payoffs or fewer than there are stakes, or the game declares a measure of
                stakes that are none of these.
        """
        self.check_stakes(system.stake_ids, f"the system {system.id!r} has {', '.join(system.stake_ids)}")
        game = self.model_copy()
        game._stakes = system.stake_ids
        return game


def _should_be_a_list(name: str, given: Mapping[str, Any], old: str, *place: str | int) -> PartError:
    both = ", ".join(str(given.get(f"{old}_{stake}", 0)) for stake in SELF_AND_OTHER)
    problem = f"`{old}_self` and `{old}_other` are one list now, a number for each stake of the game's `system`"
    return PartError(problem, f"write `{name}: [{both}]`; `hvae migrate FOLDER` does it", *place)


def _options_in(given: Any) -> Iterator[tuple[int, int, Mapping[str, Any]]]:
    """The options of an entry as it was read, whatever else may be wrong with it: item and place of each."""
    for number, item in enumerate(_list_in(given, "items")):
        for place, option in enumerate(_list_in(item, "options")):
            if isinstance(option, Mapping):
                yield number, place, option


def _list_in(given: Any, name: str) -> Sequence[Any]:
    inner = given.get(name) if isinstance(given, Mapping) else None
    return inner if isinstance(inner, (list, tuple)) else ()
