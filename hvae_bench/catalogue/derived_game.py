"""Derived game: items made from another game's, as a generator or a transform says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from hvae_bench.catalogue.derivation import Transform
from hvae_bench.catalogue.entry import Problem
from hvae_bench.catalogue.game import Decomposed, Game
from hvae_bench.catalogue.slider_isomorph import isomorph_problems, slider_isomorph
from hvae_bench.catalogue.system import System
from hvae_bench.scorers.stakes import SELF_AND_OTHER
from hvae_bench.text.complaint import complaints

__all__ = ["derivation_problems", "expand"]


def derivation_problems(game: Game, base: Game, system: System) -> Iterator[Problem]:
    """Rules between a derived game and the one that it is made from; the places are those in the derived game.

    Args:
        game: a game that is derived.
        base: the game that it names.
        system: the value system of the derived game.
    """
    named = ("generator", "of") if game.generator is not None else ("transform", "game")
    if base.derived_from is not None:
        problem = f"the game {base.id!r} is itself made from {base.derived_from!r}"
        yield Problem(problem, "name a game that lists its items", named)
        return
    if game.system != base.system:
        problem = f"`system` is {game.system!r}, but the game {base.id!r} is about {base.system!r}"
        yield Problem(problem, f"write `system: {base.system}`", ("system",))
        return
    unfit = [*base.stake_problems(system.stake_ids)]
    for one in unfit:
        yield Problem(f"the game {base.id!r} cannot be used, because {one.problem}", one.mend, named)
    if not unfit and game.generator is not None:
        yield from (one.within("generator") for one in isomorph_problems(base.about(system), game.generator))
    if not unfit and game.transform is not None:
        yield from (one.within("transform") for one in _transform_problems(base.about(system), game.transform))


def expand(game: Game, base: Game, system: System) -> Game:
    """The game with its items.

    Args:
        game: a game that is derived.
        base: the game that it names; there are no `derivation_problems`.
        system: the value system of both.
    """
    base = base.about(system)
    if game.generator is not None:
        made = slider_isomorph(base, game.generator)
    else:
        assert game.transform is not None
        made = Decomposed.model_validate(_transformed_content(base, game.transform))
    return game.model_copy(update={name: getattr(made, name) for name in Decomposed.model_fields}).about(system)


def _transform_problems(base: Game, transform: Transform) -> Iterator[Problem]:
    stakes = base.stake_ids()
    if transform.shift and len(transform.shift) != len(stakes):
        problem = f"`shift` has {len(transform.shift)} numbers, and there are {len(stakes)} stakes"
        yield Problem(problem, f"write one for each of {', '.join(stakes)}", ("shift",))
        return
    content = _transformed_content(base, transform)
    try:
        Decomposed.model_validate(content)
    except ValidationError:
        # A part of a game; that it lacks the rest is no mistake.
        told = complaints("game", to_jsonable_python(content))
        problem = f"of the transformed game {base.id!r}, {next(one for one in told if one.rank != 2).problem}"
        yield Problem(problem, "choose a smaller `scale` or shift")


def _transformed_content(base: Game, transform: Transform) -> dict[str, Any]:
    """The same items, and all that describes them, in other payoffs."""
    stakes = base.stake_ids()
    shifts = dict(zip(stakes, transform.shift or (0.0,) * len(stakes), strict=True))
    move = {stake: _Affine(transform.scale, shift) for stake, shift in shifts.items()}
    # Fields that change, wherever a game declares them; all others stay as they are.
    moves: dict[str, Callable[[Any], Any]] = {
        "payoff_unit": _Affine(transform.scale, 0),
        "payoffs": lambda payoffs: tuple(move[stake](one) for stake, one in zip(stakes, payoffs, strict=True)),
        **{f"centre_{stake}": move[stake] for stake in SELF_AND_OTHER if stake in move},
    }
    moved: dict[str, Any] = _moved(base.model_dump(include=set(Decomposed.model_fields), exclude_none=True), moves)
    return moved


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
