"""Motives: the utilities that value targets are made of.

A motive assigns a utility to the payoffs of an option. Everything that makes an option *ideal* for a target follows
from its motives; nothing here knows a game or a model.

Sources: utility angle and linear motives, Griesinger & Livingston 1973; Liebrand & McClintock 1988.
Inequality aversion and its two parameters, Fehr & Schmidt 1999, equation 1.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from hvae_bench.scorers.part import EntryId, Part, Problem
from hvae_bench.scorers.payoff_table import SELF_AND_OTHER, Floats, StakeError, column


def _absent(value: object) -> bool:
    return value is None


class _MotiveBase(Part):
    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the motive breaks."""
        yield from ()

    @property
    def stakes(self) -> tuple[str, ...]:
        """Names of the stakes that it looks at; a table that has others as well will do."""
        return SELF_AND_OTHER

    def _payoffs(self, payoffs: Floats, stakes: Sequence[str]) -> list[Floats]:
        """The payoffs of the stakes that the motive looks at, each [...]."""
        try:
            return [column(payoffs, stakes, stake) for stake in self.stakes]
        except StakeError as error:
            kind: str = getattr(self, "kind", "")
            raise StakeError(f"a motive of kind {kind} cannot be applied: {error}") from None


class LinearMotive(_MotiveBase):
    """Weighs payoffs against each other: the sum of `weight * payoff` over the stakes that have a weight.

    Between oneself and another the weights are `cos(theta)` and `sin(theta)` of the utility angle theta: 90 is
    altruism, 45 joint gain, 0 individualism, -45 competition.
    """

    kind: Literal["linear"] = Field(description="Which utility this is.", examples=["linear"])
    utility_angle_deg: float | None = Field(
        default=None,
        gt=-180,
        le=180,
        exclude_if=_absent,
        description="Utility angle theta in degrees, for the stakes self and other: 90 wants the most for the other, "
        "0 the most for oneself, -45 the largest lead over the other.",
        examples=[90],
    )
    weights: dict[EntryId, float] | None = Field(
        default=None,
        min_length=1,
        exclude_if=_absent,
        description="In place of the angle, for any stakes: the weight of each stake that counts.",
        examples=[{"self": 1, "friend": 1}],
    )

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the motive breaks."""
        if (self.utility_angle_deg is None) == (self.weights is None):
            yield Problem("a linear motive has a `utility_angle_deg` or `weights`", "write one of the two")
        if self.weights is not None and not any(self.weights.values()):
            problem = "every weight is 0, so every option is as good as any other"
            yield Problem(problem, "give one that is not 0")

    def __hash__(self) -> int:
        return hash((self.utility_angle_deg, None if self.weights is None else frozenset(self.weights.items())))

    @property
    def weight_of(self) -> Mapping[str, float]:
        """Weight of each stake that has one; by utility angle each within [-1, 1]."""
        if self.utility_angle_deg is None:
            return self.weights or {}
        theta = math.radians(self.utility_angle_deg)
        return dict(zip(SELF_AND_OTHER, (math.cos(theta), math.sin(theta)), strict=True))

    @property
    def stakes(self) -> tuple[str, ...]:
        """Names of the stakes that have a weight."""
        return tuple(self.weight_of)

    def utility(self, payoffs: Floats, stakes: Sequence[str]) -> Floats:
        """Utility of each option: [..., n_stakes] in, [...] out.

        Raises:
            StakeError: a stake that the motive looks at is none of these; so it is with every motive.
        """
        parts = zip(self.weight_of.values(), self._payoffs(payoffs, stakes), strict=True)
        # Without a weight, which only a motive of no catalogue can be, every option is as good as any other.
        return reduce(add, (weight * part for weight, part in parts), np.zeros(payoffs.shape[:-1]))

    @property
    def sensitivity(self) -> float:
        """Largest change of the utility when each payoff moves by at most one unit."""
        return sum(map(abs, self.weight_of.values()))


class MaximinMotive(_MotiveBase):
    """Wants the worse-off of the two to have as much as possible: `min(self, other)`."""

    kind: Literal["maximin"] = Field(description="Which utility this is.", examples=["maximin"])
    sensitivity: ClassVar[float] = 1.0

    def utility(self, payoffs: Floats, stakes: Sequence[str]) -> Floats:
        """Utility of each option: [..., n_stakes] in, [...] out."""
        own, other = self._payoffs(payoffs, stakes)
        return np.minimum(own, other)


class InequalityAversionMotive(_MotiveBase):
    """Wants the two payoffs to be as equal as possible: `-abs(self - other)`."""

    kind: Literal["inequality_aversion"] = Field(description="Which utility this is.", examples=["inequality_aversion"])
    sensitivity: ClassVar[float] = 2.0

    def utility(self, payoffs: Floats, stakes: Sequence[str]) -> Floats:
        """Utility of each option: [..., n_stakes] in, [...] out."""
        own, other = self._payoffs(payoffs, stakes)
        return -np.abs(own - other)


class FehrSchmidtMotive(_MotiveBase):
    """Own payoff less a cost of inequality: `self - alpha * max(other - self, 0) - beta * max(self - other, 0)`."""

    kind: Literal["fehr_schmidt"] = Field(description="Which utility this is.", examples=["fehr_schmidt"])
    alpha: float = Field(ge=0, description="Cost of being behind, per unit of disadvantage.", examples=[0.85])
    beta: float = Field(description="Cost of being ahead, per unit of advantage.", examples=[0.315])

    def utility(self, payoffs: Floats, stakes: Sequence[str]) -> Floats:
        """Utility of each option: [..., n_stakes] in, [...] out."""
        own, other = self._payoffs(payoffs, stakes)
        behind = np.maximum(other - own, 0.0)
        ahead = np.maximum(own - other, 0.0)
        return own - self.alpha * behind - self.beta * ahead

    @property
    def sensitivity(self) -> float:
        """Largest change of the utility when each payoff moves by at most one unit."""
        return max(1 + 2 * self.alpha, abs(1 - self.beta) + abs(self.beta))


Motive = Annotated[
    LinearMotive | MaximinMotive | InequalityAversionMotive | FehrSchmidtMotive, Field(discriminator="kind")
]
"""Any motive; `kind` says which."""
