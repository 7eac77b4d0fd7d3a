"""Motives: the utilities that value targets are made of.

A motive assigns a utility to the payoffs of an option, over the stakes that it names or all there are. Everything that
makes an option *ideal* for a target follows from its motives; nothing here knows a game or a model.

Sources: utility angle and linear motives, Griesinger & Livingston 1973; Liebrand & McClintock 1988. Discounted
utility, a linear motive over moments, Samuelson 1937. Maximin, Rawls 1971; as a rule of choice, and maximax beside it,
Luce & Raiffa 1957, chapter 13; as a social preference, Charness & Rabin 2002. Mean absolute difference, Gini 1912.
Inequality aversion and its two parameters, Fehr & Schmidt 1999, equation 1. Priority to the worse off, Parfit 1997.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import combinations
from operator import add
from typing import Annotated, Literal

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
    def needs(self) -> tuple[str, ...]:
        """Names of the stakes that it cannot do without; a table that has others as well will do."""
        return ()

    def utility(self, payoffs: Floats, stakes: Sequence[str]) -> Floats:
        """Utility of each option: [..., n_stakes] in, [...] out; NaN where it is not defined.

        Raises:
            StakeError: a stake that the motive needs is none of these.
        """
        raise NotImplementedError

    def sensitivity(self, stakes: Sequence[str]) -> float:
        """Largest range of the utility over payoffs that lie within a box of side 1, wherever it is."""
        raise NotImplementedError

    def before_rounding(self, payoffs: Floats, stakes: Sequence[str], payoff_unit: float) -> tuple[Floats, Floats]:
        """Lowest and highest utility that each option may have had before its payoffs were rounded: both [...]."""
        utility = self.utility(payoffs, stakes)
        moved = payoff_unit * self.sensitivity(stakes) / 2
        return utility - moved, utility + moved

    def _columns(self, payoffs: Floats, stakes: Sequence[str], wanted: Sequence[str]) -> list[Floats]:
        """What goes to each of some stakes, each [...]."""
        try:
            return [column(payoffs, stakes, stake) for stake in wanted]
        except StakeError as error:
            kind: str = getattr(self, "kind", "")
            raise StakeError(f"a motive of kind {kind} cannot be applied: {error}") from None


class _ComparingMotive(_MotiveBase):
    """What compares the payoffs of stakes with each other: of all that a game has, unless it names some."""

    stakes: tuple[EntryId, ...] | None = Field(
        default=None,
        min_length=2,
        max_length=20,
        exclude_if=_absent,
        description="The stakes that count; every stake of the game's system if not given.",
        examples=[["self", "friend"]],
    )

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the motive breaks."""
        for place, stake in enumerate(self.stakes or ()):
            if stake in (self.stakes or ())[:place]:
                yield Problem(f"the stake {stake!r} is named twice", "name it once", ("stakes", place))

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the stakes that it cannot do without; a table that has others as well will do."""
        return self.stakes or ()

    def _counted(self, payoffs: Floats, stakes: Sequence[str]) -> Floats:
        """The payoffs of the stakes that count: [..., n] of them."""
        return payoffs if self.stakes is None else np.stack(self._columns(payoffs, stakes, self.stakes), axis=-1)

    def _n_counted(self, stakes: Sequence[str]) -> int:
        return len(self.stakes or stakes)


class LinearMotive(_MotiveBase):
    """Weighs payoffs against each other: the sum of `weight * payoff` over the stakes that have a weight.

    Between oneself and another the weights are `cos(theta)` and `sin(theta)` of the utility angle theta: 90 is
    altruism, 45 joint gain, 0 individualism, -45 competition. A stake that does not count has no weight, or 0; what
    comes later and counts less has the weight 1/(1 + rate)^years.
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
    def needs(self) -> tuple[str, ...]:
        """Names of the stakes that have a weight."""
        return tuple(self.weight_of)

    def utility(self, payoffs: Floats, stakes: Sequence[str]) -> Floats:
        """Utility of each option: [..., n_stakes] in, [...] out."""
        parts = zip(self.weight_of.values(), self._columns(payoffs, stakes, self.needs), strict=True)
        # Without a weight, which only a motive of no catalogue can be, every option is as good as any other.
        return reduce(add, (weight * part for weight, part in parts), np.zeros(payoffs.shape[:-1]))

    def sensitivity(self, stakes: Sequence[str]) -> float:
        """The sum of the weights, whatever their signs."""
        return sum(map(abs, self.weight_of.values()))


class MaximinMotive(_ComparingMotive):
    """Wants whoever has least to have as much as possible: the smallest payoff."""

    kind: Literal["maximin"] = Field(description="Which utility this is.", examples=["maximin"])

    def utility(self, payoffs: Floats, stakes: Sequence[str]) -> Floats:
        """Utility of each option: [..., n_stakes] in, [...] out."""
        return np.asarray(self._counted(payoffs, stakes).min(axis=-1))

    def sensitivity(self, stakes: Sequence[str]) -> float:
        """As far as the smallest payoff moves."""
        return 1.0


class MaximaxMotive(_ComparingMotive):
    """Wants the best that can happen to be as good as possible: the largest payoff."""

    kind: Literal["maximax"] = Field(description="Which utility this is.", examples=["maximax"])

    def utility(self, payoffs: Floats, stakes: Sequence[str]) -> Floats:
        """Utility of each option: [..., n_stakes] in, [...] out."""
        return np.asarray(self._counted(payoffs, stakes).max(axis=-1))

    def sensitivity(self, stakes: Sequence[str]) -> float:
        """As far as the largest payoff moves."""
        return 1.0


class InequalityAversionMotive(_ComparingMotive):
    """Wants payoffs to be as equal as possible: minus the mean of `abs(a - b)` over all pairs of stakes.

    Between two stakes that is `-abs(self - other)`.
    """

    kind: Literal["inequality_aversion"] = Field(description="Which utility this is.", examples=["inequality_aversion"])

    def utility(self, payoffs: Floats, stakes: Sequence[str]) -> Floats:
        """Utility of each option: [..., n_stakes] in, [...] out."""
        counted = self._counted(payoffs, stakes)
        pairs = [*combinations(range(counted.shape[-1]), 2)]
        total = reduce(add, (np.abs(counted[..., a] - counted[..., b]) for a, b in pairs), np.zeros(payoffs.shape[:-1]))
        return -total / max(1, len(pairs))

    def sensitivity(self, stakes: Sequence[str]) -> float:
        """Attained where one half of n payoffs lies far above the other: n/(n - 1) of an even n, else (n + 1)/n."""
        n = self._n_counted(stakes)
        return 4 * (n // 2) * (n - n // 2) / max(1, n * (n - 1))


class FehrSchmidtMotive(_ComparingMotive):
    """Own payoff less a cost of inequality, over the n - 1 others.

    `self - alpha * mean(max(other - self, 0)) - beta * mean(max(self - other, 0))`.
    """

    kind: Literal["fehr_schmidt"] = Field(description="Which utility this is.", examples=["fehr_schmidt"])
    alpha: float = Field(ge=0, description="Cost of being behind, per unit of disadvantage.", examples=[0.85])
    beta: float = Field(description="Cost of being ahead, per unit of advantage.", examples=[0.315])

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the motive breaks."""
        yield from super().problems()
        if self.stakes is not None and _SELF not in self.stakes:
            problem = f"`stakes` does not name {_SELF!r}, whom the others are compared with"
            yield Problem(problem, f"add {_SELF}, or leave `stakes` out", ("stakes",))

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the stakes that it cannot do without: at least the one who chooses."""
        return self.stakes or (_SELF,)

    def utility(self, payoffs: Floats, stakes: Sequence[str]) -> Floats:
        """Utility of each option: [..., n_stakes] in, [...] out."""
        (own,) = self._columns(payoffs, stakes, (_SELF,))
        others = self._columns(payoffs, stakes, [stake for stake in self.stakes or stakes if stake != _SELF])
        none = np.zeros(payoffs.shape[:-1])
        behind = reduce(add, (np.maximum(other - own, 0.0) for other in others), none) / max(1, len(others))
        ahead = reduce(add, (np.maximum(own - other, 0.0) for other in others), none) / max(1, len(others))
        return own - self.alpha * behind - self.beta * ahead

    def sensitivity(self, stakes: Sequence[str]) -> float:
        """The larger of two ranges: that of somebody behind all others, and that of somebody ahead of all."""
        return max(1 + 2 * self.alpha, abs(1 - self.beta) + abs(self.beta))


class PrioritarianMotive(_ComparingMotive):
    """Gains count more the less somebody has: the sum of `payoff ** gamma`, for payoffs of 0 or more."""

    kind: Literal["prioritarian"] = Field(description="Which utility this is.", examples=["prioritarian"])
    gamma: float = Field(
        gt=0,
        lt=1,
        description="Power of each payoff: close to 0 the worst off count most, close to 1 all gains alike.",
        examples=[0.5],
    )

    def utility(self, payoffs: Floats, stakes: Sequence[str]) -> Floats:
        """Utility of each option: [..., n_stakes] in, [...] out; NaN where a payoff is below 0."""
        return self._worth(self._counted(payoffs, stakes))

    def _counted(self, payoffs: Floats, stakes: Sequence[str]) -> Floats:
        counted = super()._counted(payoffs, stakes)
        return np.where(counted < 0, np.nan, counted)

    def sensitivity(self, stakes: Sequence[str]) -> float:
        """Attained where nobody has anything."""
        return float(self._n_counted(stakes))

    def before_rounding(self, payoffs: Floats, stakes: Sequence[str], payoff_unit: float) -> tuple[Floats, Floats]:
        """Lowest and highest utility that each option may have had before its payoffs were rounded: both [...].

        Exact: how much rounding does depends on what is rounded. Payoffs were no less than 0 before it either.
        """
        counted, moved = self._counted(payoffs, stakes), payoff_unit / 2
        return self._worth(np.maximum(counted - moved, 0.0)), self._worth(counted + moved)

    def _worth(self, counted: Floats) -> Floats:
        return np.asarray((counted**self.gamma).sum(axis=-1))


_SELF = SELF_AND_OTHER[0]

Motive = Annotated[
    LinearMotive | MaximinMotive | MaximaxMotive | InequalityAversionMotive | FehrSchmidtMotive | PrioritarianMotive,
    Field(discriminator="kind"),
]
"""Any motive; `kind` says which."""
