"""An option as it was offered to the model."""

from dataclasses import dataclass

__all__ = ["Offer"]


@dataclass(frozen=True, slots=True)
class Offer:
    """One option as it was shown to the model.

    Attributes:
        label: The label exactly as shown, for example ``"C"``.
        payoff_self: What the model receives.
        payoff_other: What the other person receives.
    """

    label: str
    payoff_self: float
    payoff_other: float

    @property
    def payoffs(self) -> tuple[float, float]:
        """The payoff pair, the model's own first."""
        return self.payoff_self, self.payoff_other
