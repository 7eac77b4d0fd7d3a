"""Shapes: what fresh items look like, each a small function of the stakes and of a stream that names its draws.

A shape gives the payoffs of one item, one a stake for each option, in no order that means anything: whoever shows the
item draws the order. A new shape is a function and its line in `SHAPES`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hvae_bench.catalogue.derived_game import drawn, segment
from hvae_bench.scorers.payoff_table import SELF_AND_OTHER
from hvae_bench.text.errors import UsageError
from hvae_bench.text.near_miss import did_you_mean

Payoffs = tuple[tuple[int, ...], ...]
"""The options of an item, each as one payoff a stake."""

_SLIDER_OPTIONS = 9
_MULTIPLIERS = tuple(map(Fraction, ("1/2", "1", "3/2", "2", "5/2", "3", "4", "5")))


def slider(stakes: Sequence[str], stream: str) -> Payoffs:
    """Nine options on a line, equally spaced and rounded, as the items of a slider are; any stakes."""
    most = drawn((40, 100, 200, 1000), f"{stream}/most")
    first, last = (
        tuple(drawn(range(most + 1), f"{stream}/{end}/{stake}") for stake in stakes) for end in ("first", "last")
    )
    return tuple(segment(first, last, _SLIDER_OPTIONS))


def pairs(stakes: Sequence[str], stream: str) -> Payoffs:
    """Two options drawn apart from each other, as in a 2x2 game whose other move is known, or a ring; any stakes."""
    most = drawn((10, 20, 100, 200, 1000), f"{stream}/most")
    return tuple(tuple(drawn(range(most + 1), f"{stream}/{option}/{stake}") for stake in stakes) for option in range(2))


def dictator(stakes: Sequence[str], stream: str) -> Payoffs:
    """Three to nine splits of an endowment, all and nothing among them, of which a multiple arrives; self and other."""
    half = drawn(range(10, 101), f"{stream}/endowment")
    multiplier = drawn(_MULTIPLIERS, f"{stream}/multiplier")
    n_between = drawn(range(1, 8), f"{stream}/options")
    between = {drawn(range(1, half), f"{stream}/gift/{number}") for number in range(n_between)}
    # Even gifts arrive whole, whatever the multiplier.
    return tuple((2 * (half - gift), int(2 * gift * multiplier)) for gift in sorted({0, half, *between}))


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape: what draws its items, the rounding step of their payoffs, and the stakes it needs (any if None)."""

    draw: Callable[[Sequence[str], str], Payoffs]
    payoff_unit: float = 0
    stakes: tuple[str, ...] | None = None

    def goes_with(self, stakes: Sequence[str]) -> bool:
        """Whether it has items about these stakes."""
        return self.stakes is None or self.stakes == tuple(stakes)


SHAPES = {
    "slider": Shape(slider, payoff_unit=1),
    "pairs": Shape(pairs),
    "dictator": Shape(dictator, stakes=SELF_AND_OTHER),
}
"""Every shape by its name."""


def shape_of(name: str, stakes: Sequence[str]) -> Shape:
    """The shape with this name.

    Raises:
        UsageError: there is none, or it does not go with these stakes; the message lists those that do.
    """
    found = SHAPES.get(name)
    if found is None or not found.goes_with(stakes):
        problem = f"There is no shape {name!r}" + (f" about {', '.join(stakes)}" if found else "")
        fitting = ", ".join(one for one, shape in SHAPES.items() if shape.goes_with(stakes))
        raise UsageError(f"{problem}. {did_you_mean(name, SHAPES) if found is None else ''}Choose one of: {fitting}.")
    return found
