"""Derived game: items made from another game's, as a generator or a transform says."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from pydantic import ValidationError

from hvae_bench.complaint import complaints
from hvae_bench.derivation import Transform
from hvae_bench.entry import PartError
from hvae_bench.game import Decomposed, Game
from hvae_bench.slider_isomorph import slider_isomorph

__all__ = ["expand"]


def expand(game: Game, base: Game) -> Game:
    """The game with its items.

    Args:
        game: a game that is derived.
        base: the game that it names, which must list its items.

    Raises:
        PartError: it cannot be made from that game; the place is that of the field in the derived game.
    """
    named = ("generator", "of") if game.generator is not None else ("transform", "game")
    if base.derived_from is not None:
        raise PartError(
            f"the game {base.id!r} is itself made from {base.derived_from!r}",
            "name a game that lists its items",
            *named,
        )
    if game.generator is not None:
        made = slider_isomorph(base, game.generator)
    else:
        assert game.transform is not None
        made = _transformed(base, game.transform)
    return game.model_copy(update={name: getattr(made, name) for name in Decomposed.model_fields})


def _transformed(base: Game, transform: Transform) -> Decomposed:
    """The same items, and all that describes them, in other payoffs."""
    # Fields that change, wherever a game declares them; all others stay as they are.
    moves = {
        "payoff_unit": _Affine(transform.scale, 0),
        **dict.fromkeys(("payoff_self", "centre_self"), _Affine(transform.scale, transform.shift_self)),
        **dict.fromkeys(("payoff_other", "centre_other"), _Affine(transform.scale, transform.shift_other)),
    }
    content = base.model_dump(include=set(Decomposed.model_fields))
    try:
        return Decomposed.model_validate(_moved(content, moves))
    except ValidationError as error:
        wrong = complaints(Decomposed, error)[0]
        problem = f"of the transformed game {base.id!r}, {wrong.problem}"
        raise PartError(problem, "choose a smaller `scale` or shift", "transform") from None


def _moved(content: Any, moves: Mapping[str, _Affine]) -> Any:
    if isinstance(content, Mapping):
        return {name: moves[name](inner) if name in moves else _moved(inner, moves) for name, inner in content.items()}
    if isinstance(content, (list, tuple)):
        return tuple(_moved(inner, moves) for inner in content)
    return content


class _Affine:
    """`scale * number + shift` of decimal numbers as files show them: 1.1 times 85 is 93.5."""

    def __init__(self, scale: float, shift: float) -> None:
        self.scale = Fraction(repr(scale))
        self.shift = Fraction(repr(shift))

    def __call__(self, number: float) -> float:
        exact = Fraction(int(number)) if number == int(number) else Fraction(repr(number))
        return float(exact * self.scale + self.shift)
