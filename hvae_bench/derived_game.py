"""Derived game: items made from another game's, as a generator or a transform says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from pydantic import ValidationError

from hvae_bench.complaint import complaints
from hvae_bench.derivation import Transform
from hvae_bench.entry import PartError
from hvae_bench.game import Decomposed, Game
from hvae_bench.scorers.stakes import SELF_AND_OTHER
from hvae_bench.slider_isomorph import slider_isomorph
from hvae_bench.system import System

__all__ = ["expand"]


def expand(game: Game, base: Game, system: System) -> Game:
    """The game with its items.

    Args:
        game: a game that is derived.
        base: the game that it names, which must list its items.
        system: the value system of the derived game.

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
    if game.system != base.system:
        problem = f"`system` is {game.system!r}, but the game {base.id!r} is about {base.system!r}"
        raise PartError(problem, f"write `system: {base.system}`", "system")
    try:
        base = base.about(system)
    except PartError as error:
        raise PartError(f"the game {base.id!r} cannot be used, because {error.problem}", error.mend, *named) from None
    if game.generator is not None:
        made = slider_isomorph(base, game.generator)
    else:
        assert game.transform is not None
        made = _transformed(base, game.transform)
    return game.model_copy(update={name: getattr(made, name) for name in Decomposed.model_fields}).about(system)


def _transformed(base: Game, transform: Transform) -> Decomposed:
    """The same items, and all that describes them, in other payoffs."""
    stakes = base.stake_ids()
    if transform.shift and len(transform.shift) != len(stakes):
        problem = f"`shift` has {len(transform.shift)} numbers, and there are {len(stakes)} stakes"
        raise PartError(problem, f"write one for each of {', '.join(stakes)}", "transform", "shift")
    shifts = dict(zip(stakes, transform.shift or (0.0,) * len(stakes), strict=True))
    move = {stake: _Affine(transform.scale, shift) for stake, shift in shifts.items()}
    # Fields that change, wherever a game declares them; all others stay as they are.
    moves: dict[str, Callable[[Any], Any]] = {
        "payoff_unit": _Affine(transform.scale, 0),
        "payoffs": lambda payoffs: tuple(move[stake](one) for stake, one in zip(stakes, payoffs, strict=True)),
        **{f"centre_{stake}": move[stake] for stake in SELF_AND_OTHER if stake in move},
    }
    content = base.model_dump(include=set(Decomposed.model_fields))
    try:
        return Decomposed.model_validate(_moved(content, moves))
    except ValidationError as error:
        wrong = complaints(Decomposed, error)[0]
        problem = f"of the transformed game {base.id!r}, {wrong.problem}"
        raise PartError(problem, "choose a smaller `scale` or shift", "transform") from None


def _moved(content: Any, moves: Mapping[str, Callable[[Any], Any]]) -> Any:
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
