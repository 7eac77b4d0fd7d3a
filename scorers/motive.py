"""Motives: the utilities that value targets are made of.

A motive assigns a utility to a pair of payoffs, one for oneself and one for the other. Everything that
makes an option *ideal* for a target follows from its motives; nothing here knows a game or a model.

Sources: utility angle and linear motives, Griesinger & Livingston 1973; Liebrand & McClintock 1988.
Inequality aversion and its two parameters, Fehr & Schmidt 1999, equation 1.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "FehrSchmidtMotive",
    "InequalityAversionMotive",
    "LinearMotive",
    "MaximinMotive",
    "Motive",
]

Floats = NDArray[np.float64]


class _MotiveBase(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class LinearMotive(_MotiveBase):
    """Weighs one's own payoff against the other's: `cos(theta) * self + sin(theta) * other`.

    Theta is the utility angle: 90 is altruism, 45 joint gain, 0 individualism, -45 competition.
    """

    kind: Literal["linear"] = Field(description="Which utility this is.", examples=["linear"])
    utility_angle_deg: float = Field(
        gt=-180,
        le=180,
        description="Utility angle theta in degrees: 90 wants the most for the other, 0 the most for oneself, "
        "-45 the largest lead over the other.",
        examples=[90],
    )

    @property
    def weights(self) -> tuple[float, float]:
        """Weight of one's own payoff and of the other's, each within [-1, 1]."""
        theta = math.radians(self.utility_angle_deg)
        return math.cos(theta), math.sin(theta)

    def utility(self, payoff_self: Floats, payoff_other: Floats) -> Floats:
        """Utility of each payoff pair; arrays of one shape in, the same shape out."""
        weight_self, weight_other = self.weights
        return weight_self * payoff_self + weight_other * payoff_other

    @property
    def sensitivity(self) -> float:
        """Largest change of the utility when each payoff moves by at most one unit."""
        weight_self, weight_other = self.weights
        return abs(weight_self) + abs(weight_other)


class MaximinMotive(_MotiveBase):
    """Wants the worse-off of the two to have as much as possible: `min(self, other)`."""

    kind: Literal["maximin"] = Field(description="Which utility this is.", examples=["maximin"])

    def utility(self, payoff_self: Floats, payoff_other: Floats) -> Floats:
        """Utility of each payoff pair; arrays of one shape in, the same shape out."""
        return np.minimum(payoff_self, payoff_other)

    @property
    def sensitivity(self) -> float:
        """Largest change of the utility when each payoff moves by at most one unit."""
        return 1.0


class InequalityAversionMotive(_MotiveBase):
    """Wants the two payoffs to be as equal as possible: `-abs(self - other)`."""

    kind: Literal["inequality_aversion"] = Field(description="Which utility this is.", examples=["inequality_aversion"])

    def utility(self, payoff_self: Floats, payoff_other: Floats) -> Floats:
        """Utility of each payoff pair; arrays of one shape in, the same shape out."""
        return -np.abs(payoff_self - payoff_other)

    @property
    def sensitivity(self) -> float:
        """Largest change of the utility when each payoff moves by at most one unit."""
        return 2.0


class FehrSchmidtMotive(_MotiveBase):
    """Own payoff less a cost of inequality: `self - alpha * max(other - self, 0) - beta * max(self - other, 0)`."""

    kind: Literal["fehr_schmidt"] = Field(description="Which utility this is.", examples=["fehr_schmidt"])
    alpha: float = Field(ge=0, description="Cost of being behind, per unit of disadvantage.", examples=[0.85])
    beta: float = Field(description="Cost of being ahead, per unit of advantage.", examples=[0.315])

    def utility(self, payoff_self: Floats, payoff_other: Floats) -> Floats:
        """Utility of each payoff pair; arrays of one shape in, the same shape out."""
        behind = np.maximum(payoff_other - payoff_self, 0.0)
        ahead = np.maximum(payoff_self - payoff_other, 0.0)
        return payoff_self - self.alpha * behind - self.beta * ahead

    @property
    def sensitivity(self) -> float:
        """Largest change of the utility when each payoff moves by at most one unit."""
        return max(1 + 2 * self.alpha, abs(1 - self.beta) + abs(self.beta))


Motive = Annotated[
    LinearMotive | MaximinMotive | InequalityAversionMotive | FehrSchmidtMotive,
    Field(discriminator="kind"),
]
"""Any motive; `kind` says which."""
