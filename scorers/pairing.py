"""Pairing: weights of cell means, and of the cells that differ in one declared thing alone.

Every function here turns a set of cells into the weights of a contrast, or says why there is none. Nothing is known
of any entry but what it declares.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from hvae_bench.scorers.design import CellId, Design

Contrast = Mapping[tuple[CellId, str], float]
"""Weight of each cell mean, by cell and by the target that its dialogues are scored as."""

Arms = dict[CellId, dict[str, list[CellId]]]
"""For each thing to compare within (named like a cell) the cells of each arm."""


def of_value(cells: Iterable[CellId], value: str) -> list[CellId]:
    """The cells of a target."""
    return [cell for cell in cells if cell.value == value]


def on_common_games(cells: Iterable[CellId], values: Collection[str]) -> list[CellId]:
    """Those of the cells whose game has all of these targets."""
    cells = list(cells)
    played: dict[str, set[str]] = {}
    for cell in cells:
        played.setdefault(cell.game, set()).add(cell.value)
    return [cell for cell in cells if played[cell.game] >= set(values)]


def mean_of(cells: Collection[CellId]) -> dict[tuple[CellId, str], float]:
    """The mean over cells, each scored as its own target."""
    return {(cell, cell.value): weight for cell, weight in _weights(cells).items()}


def combine(*parts: tuple[float, Contrast]) -> dict[tuple[CellId, str], float]:
    """The sum of contrasts, each times its factor."""
    total: dict[tuple[CellId, str], float] = {}
    for factor, contrast in parts:
        for column, weight in contrast.items():
            total[column] = total.get(column, 0.0) + factor * weight
    return total


def fresh_pairs(design: Design, core: Collection[CellId]) -> Contrast | str:
    """Every published game minus the mean of the games derived from it, with all else alike."""
    arms: Arms = {}
    cells = set(core)
    for cell in core:
        published = design.derived_from.get(cell.game)
        if published is not None and (known := replace(cell, game=published)) in cells:
            arm = arms.setdefault(known, {"published": [known], "fresh": []})
            arm["fresh"].append(cell)
    reason = "no cells that differ only in the game, one published and one derived from it"
    return _paired(design, arms, "published", ["fresh"], reason)


def goal_pairs(design: Design, core: Collection[CellId], against: Literal["none", "filler"]) -> Contrast | str:
    """With a goal of the model's own minus without one, or with a filler question."""
    arms: Arms = {}
    for cell in core:
        structure = design.structure(cell)
        pair = replace(cell, template=f"{structure.induction}/{structure.family}")
        _add(arms, pair, structure.goal, cell)
    turn = "without a goal turn" if against == "none" else "with a filler turn"
    reason = f"no cells that differ only in a goal of the model's own, one of them {turn}"
    return _paired(design, arms, "self_generated", [against], reason)


def order_pairs(design: Design, core: Collection[CellId]) -> Contrast | str:
    """Options in their published order minus the same ones reversed."""
    arms: Arms = {}
    for cell in core:
        _add(arms, replace(cell, option_order=""), cell.option_order, cell)
    reason = "no cells that differ only in the option order, one published and one reversed"
    return _paired(design, arms, "published", ["reversed"], reason)


def framing_pairs(design: Design, core: Collection[CellId]) -> dict[str, Contrast | str]:
    """Each framing minus the mean of the others, with all else alike."""
    arms: Arms = {}
    framings: dict[str, None] = {}
    for cell in core:
        framings[cell.framing] = None
        _add(arms, replace(cell, framing=""), cell.framing, cell)
    if len(framings) < 2:
        return {}
    reason = "no cells that differ only in the framing"
    return {one: _paired(design, arms, one, [other for other in framings if other != one], reason) for one in framings}


def language_pairs(design: Design, core: Collection[CellId]) -> dict[str, Contrast | str]:
    """For each language but English the English original minus its translation, with all else alike."""
    arms: Arms = {}
    languages: dict[str, None] = {}
    for cell in core:
        voice = design.voice(cell)
        arm = _ORIGINAL if voice.language.partition("-")[0] == "en" else voice.language
        if arm != _ORIGINAL:
            languages[arm] = None
        _add(arms, replace(cell, wording=str(voice.paraphrase)), arm, cell)
    reason = "no cells that differ only in the language, one of them the original"
    return {language: _paired(design, arms, _ORIGINAL, [language], reason) for language in languages}


def paraphrase_pairs(design: Design, core: Collection[CellId]) -> dict[str, Contrast | str]:
    """Each wording minus the first one of its language, with all else alike."""
    arms: Arms = {}
    spoken: dict[str, dict[str, int]] = {}
    for cell in core:
        voice = design.voice(cell)
        spoken.setdefault(voice.language, {})[cell.wording] = voice.paraphrase
        _add(arms, replace(cell, wording=voice.language), cell.wording, cell)
    reason = "no cells that differ only in the wording, one of them the first of its language"
    firsts = [(min(wordings, key=wordings.__getitem__), wordings) for wordings in spoken.values()]
    return {
        one: _paired(design, arms, one, [first], reason)
        for first, wordings in firsts
        for one in wordings
        if one != first
    }


_ORIGINAL = ""


def _add(arms: Arms, pair: CellId, arm: str, cell: CellId) -> None:
    arms.setdefault(pair, {}).setdefault(arm, []).append(cell)


def _paired(design: Design, arms: Arms, one: str, others: Sequence[str], reason: str) -> Contrast | str:
    """One arm minus the mean of the other arms that it is paired with; each arm is the mean of its cells."""
    pairs = {
        pair: present
        for pair, arm in arms.items()
        if one in arm and (present := [other for other in others if other in arm])
    }
    if {pair.value for pair in pairs} != set(design.core_values):
        return reason
    weights = _weights(pairs)
    return combine(
        *((weights[pair], _arm(arms[pair][one])) for pair in pairs),
        *(
            (-weights[pair] / len(present), _arm(arms[pair][other]))
            for pair, present in pairs.items()
            for other in present
        ),
    )


def _arm(cells: Sequence[CellId]) -> Contrast:
    return {(cell, cell.value): 1 / len(cells) for cell in cells}


def _weights(cells: Collection[CellId]) -> dict[CellId, float]:
    """Equal weights for targets, for games within a target and for cells within a game; they sum to 1."""
    n_values = len({cell.value for cell in cells})
    games: dict[str, set[str]] = {}
    in_game: dict[tuple[str, str], int] = {}
    for cell in cells:
        games.setdefault(cell.value, set()).add(cell.game)
        in_game[cell.value, cell.game] = in_game.get((cell.value, cell.game), 0) + 1
    return {cell: 1 / (n_values * len(games[cell.value]) * in_game[cell.value, cell.game]) for cell in cells}
