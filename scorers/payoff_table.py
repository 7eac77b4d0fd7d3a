"""Payoff table: the items of a game as arrays, in the game's own order of items and options; and its stakes by name.

Most of what is published is about two stakes, oneself and another. Slider, ring, secondary items and utility angle are
made for these two and mean nothing for others; `plane` is their one way to the payoffs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

SELF_AND_OTHER = ("self", "other")
"""The stakes of social value orientation: the one who chooses, and the other person."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MISSING = -1
"""Choice index of an item without an answer."""


@dataclass(frozen=True, slots=True)
class PayoffTable:
    """Payoffs of every option of every item.

    Attributes:
        item_ids: ids of the items, n_items of them.
        option_ids: for each item the ids of its options.
        payoffs: for each item its options, each as one payoff a stake.
        payoff_unit: rounding step of the payoffs (1 for whole numbers that were rounded, 0 for exact ones).
        stakes: names of those whom the payoffs go to, n_stakes of them, in the order of each option's payoffs.

    Two tables are equal, and hash alike, when all five are; calibrations are cached on that.
    """

    item_ids: tuple[str, ...]
    option_ids: tuple[tuple[str, ...], ...]
    payoffs: tuple[tuple[tuple[float, ...], ...], ...]
    payoff_unit: float = 0.0
    stakes: tuple[str, ...] = SELF_AND_OTHER
    _option_index: dict[str, dict[str, int]] = field(init=False, repr=False, compare=False)
    _padded: Floats = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not len(self.item_ids) == len(self.option_ids) == len(self.payoffs):
            raise ValueError("item_ids, option_ids and payoffs must have one entry for each item")
        if any(len(ids) != len(options) for ids, options in zip(self.option_ids, self.payoffs, strict=True)):
            raise ValueError("every option needs one id and its payoffs")
        if any(len(payoffs) != len(self.stakes) for options in self.payoffs for payoffs in options):
            raise ValueError(f"every option needs one payoff a stake: {', '.join(self.stakes)}")
        index = {
            item: {option: place for place, option in enumerate(options)}
            for item, options in zip(self.item_ids, self.option_ids, strict=True)
        }
        object.__setattr__(self, "_option_index", index)
        width = max((len(options) for options in self.option_ids), default=0)
        padded = np.full((len(self.item_ids), width + 1, len(self.stakes)), np.nan)
        for place, payoffs in enumerate(self.payoffs):
            padded[place, : len(payoffs)] = payoffs
        object.__setattr__(self, "_padded", padded)

    @classmethod
    def from_options(
        cls,
        items: Mapping[str, Mapping[str, Sequence[float]]],
        payoff_unit: float = 0.0,
        stakes: Sequence[str] = SELF_AND_OTHER,
    ) -> Self:
        """Build a table from `{item id: {option id: (85, 76)}}`, one payoff a stake."""
        return cls(
            item_ids=tuple(items),
            option_ids=tuple(tuple(options) for options in items.values()),
            payoffs=tuple(
                tuple(tuple(map(float, payoffs)) for payoffs in options.values()) for options in items.values()
            ),
            payoff_unit=float(payoff_unit),
            stakes=tuple(stakes),
        )

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.item_ids)

    def n_options(self, item: str) -> int:
        """Number of options of an item.

        Raises:
            KeyError: an item that this table does not have.
        """
        return len(self._option_index[item])

    def item(self, index: int) -> Floats:
        """Payoffs of one item: array of shape (n_options, n_stakes)."""
        return np.asarray(self.payoffs[index], dtype=np.float64)

    def choices(self, chosen: Mapping[str, str | None]) -> Integers:
        """Choice indices of one dialogue: shape (n_items,), `MISSING` where `chosen` has no option.

        Raises:
            KeyError: an item or option id that this table does not have.
        """
        row = np.full(self.n_items, MISSING, dtype=np.int64)
        place = {item: index for index, item in enumerate(self.item_ids)}
        for item, option in chosen.items():
            if item not in place:
                raise KeyError(f"no item {item!r} in this game; it has {', '.join(self.item_ids)}")
            if option is None:
                continue
            options = self._option_index[item]
            if option not in options:
                raise KeyError(f"item {item!r} has no option {option!r}; it has {', '.join(options)}")
            row[place[item]] = options[option]
        return row

    def choice_matrix(self, dialogues: Iterable[Mapping[str, str | None]]) -> Integers:
        """Choice indices of many dialogues: shape (n, n_items); see `choices`."""
        index = self._option_index
        rows: list[Sequence[int] | Integers] = []
        for chosen in dialogues:
            try:
                rows.append([MISSING if (id_ := chosen.get(item)) is None else index[item][id_] for item in index])
            except KeyError:
                rows.append(self.choices(chosen))  # which says what is wrong
            if not chosen.keys() <= index.keys():
                self.choices(chosen)
        return np.array(rows, dtype=np.int64).reshape(-1, self.n_items)

    def chosen_payoffs(self, choices: Integers) -> Floats:
        """Payoffs of the chosen options: (n, n_items) in, (n, n_items, n_stakes) out, NaN where missing.

        Raises:
            ValueError: see `checked`.
        """
        # A missing choice (-1) reads the last column, which no option fills.
        return self._padded[np.arange(self.n_items)[None, :], self.checked(choices)]

    def checked(self, choices: Integers) -> Integers:
        """Choice indices (n, n_items) as they are.

        Raises:
            ValueError: choices of the wrong shape or type, or outside the options of an item.
        """
        choices = np.asarray(choices)
        if choices.size and choices.dtype.kind not in "iu":
            raise ValueError(f"choices must be whole numbers, not {choices.dtype}; write -1 for a missing answer")
        choices = choices.astype(np.int64, copy=False)
        if choices.ndim != 2 or choices.shape[1] != self.n_items:
            raise ValueError(f"choices must have shape (n, {self.n_items}), not {choices.shape}")
        wrong = (choices < MISSING) | (choices >= [len(options) for options in self.option_ids])
        if wrong.any():
            row, item = (int(place) for place in np.argwhere(wrong)[0])
            last = len(self.option_ids[item]) - 1
            raise ValueError(
                f"row {row}, item {self.item_ids[item]}: {choices[row, item]} is no option; every choice must be the "
                f"index of an option, here 0 to {last}, or -1 (missing)"
            )
        return choices


class StakeError(ValueError):
    """A stake is asked for that the payoffs do not have."""


def column(payoffs: Floats, stakes: Sequence[str], stake: str) -> Floats:
    """What goes to one stake: [..., n_stakes] in, [...] out."""
    if stake not in stakes:
        raise StakeError(f"there is no stake {stake!r} here; there are {', '.join(stakes)}")
    return payoffs[..., list(stakes).index(stake)]


def plane(payoffs: Floats, stakes: Sequence[str]) -> Floats:
    """Payoffs as points of the plane of own and other's payoff: [..., n_stakes] in, [..., 2] out."""
    if tuple(stakes) == SELF_AND_OTHER:
        return payoffs
    return np.stack([column(payoffs, stakes, stake) for stake in SELF_AND_OTHER], axis=-1)
