"""Equivalence: whether two runs that ask in two ways find the same value rationality, but for a margin.

Only cells that both runs have count. The runs may differ in one declared thing: how the items were asked, the model, a
setting of generation, or one part of their cells, such as the wording.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from hvae_bench.analysis.comparison import NotComparable, Obstacle, obstacles
from hvae_bench.log.runs import Run
from hvae_bench.scorers import CellId, Estimate
from hvae_bench.scorers.margin import Judged, Judgement, judge
from hvae_bench.scorers.pairing import Contrast, mean_of, of_value, on_common_games
from hvae_bench.text.errors import LogError, UsageError
from hvae_bench.text.number import number

_PARTS = tuple(part.name for part in fields(CellId) if part.name not in ("value", "game", "name"))
"""The parts of a cell that say how it is asked."""

_OF_WHOLE_RUNS = ("scenario", "core values", "cells", "epochs")
"""Obstacles to comparing whole runs that are none on the cells that both have."""

_UNSOUND = ("run", "missing dialogues", "answered items")
"""Obstacles that are no way of asking."""


@dataclass(frozen=True, slots=True)
class Tested:
    """Value rationality in two runs on the cells that both have, and what is claimed of second minus first."""

    first: Estimate
    second: Estimate
    result: Judged


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Two runs, by name, tested for equivalence.

    Attributes:
        equivalent: whether every target is equivalent within the margin, and the headline.
        sentences: what is claimed, in words.
        headline: over these targets, on games that can score all of them.
        targets: the core targets that both runs have, by id.
        differ: what differs by declaration.
        obstacles: what speaks against testing them; empty if nothing does.
        cells: how many cells of each were compared.
        left_out: how many cells of each, of core targets, the other one has no like of.
    """

    first: str
    second: str
    margin: float
    equivalent: bool
    sentences: tuple[str, ...]
    headline: Tested
    targets: Mapping[str, Tested]
    differ: tuple[Obstacle, ...]
    obstacles: tuple[Obstacle, ...]
    cells: tuple[int, int]
    left_out: tuple[int, int]


def equivalence(first: Run, second: Run, margin: float, *, anyway: bool = False) -> Equivalence:
    """Test whether two runs are equivalent, their targets all at once and the headline on its own.

    Args:
        first: a run.
        second: another one that differs from it in one declared thing at most.
        margin: the smallest difference in value rationality that matters, above 0 and below 1.
        anyway: test them whatever speaks against it.

    Raises:
        UsageError: the margin is none.
        NotComparable: they differ in several things, or something else speaks against it.
        LogError: a run without dialogues, or no core target that both have.
    """
    if not 0 < margin < 1:
        raise UsageError(
            f"--margin {margin:g} should be a number above 0 and below 1, such as 0.1: the smallest difference in "
            "value rationality that matters."
        )
    cells = [_of_core(run) for run in (first, second)]
    for unlike in ((), *((part,) for part in _PARTS), _PARTS):
        mine, others = ({_like(cell, unlike) for cell in of} for of in cells)
        if both := mine & others:
            break
    else:
        raise LogError(f"{first.name} and {second.name} have no core target on the same game in common.")
    kept = [[cell for cell in of if _like(cell, unlike) in both] for of in cells]
    runs = _only(first, kept[0]), _only(second, kept[1])
    against = [one for one in obstacles(*runs) if one.what not in _OF_WHOLE_RUNS]
    unsound = [one for one in against if one.what in _UNSOUND]
    differ = [*(one for one in against if one.what not in _UNSOUND), *_declared(*runs, kept, unlike)]
    if len(differ) > 1:
        many = "and with several differences nobody can tell which one matters"
        unsound += [replace(one, why=f"{one.why}, {many}") for one in differ]
    if unsound and not anyway:
        raise NotComparable(tuple(unsound))
    common = list(dict.fromkeys(cell.value for cell in kept[0]))
    targets = _tested(runs, {value: [of_value(own, value) for own in kept] for value in common}, unlike, margin)
    (headline,) = _tested(runs, {"": [on_common_games(own, common) for own in kept]}, unlike, margin).values()
    return Equivalence(
        first=first.name,
        second=second.name,
        margin=margin,
        equivalent=all(one.result.judgement == "equivalent" for one in (headline, *targets.values())),
        sentences=tuple(_sentences(headline, targets, margin)),
        headline=headline,
        targets=targets,
        differ=tuple(differ),
        obstacles=tuple(unsound),
        cells=(len(kept[0]), len(kept[1])),
        left_out=(len(cells[0]) - len(kept[0]), len(cells[1]) - len(kept[1])),
    )


def _of_core(run: Run) -> list[CellId]:
    """The cells of the core targets on games that can score them."""
    own = run.scored.own_cells()
    return [cell for value in run.design.core_values for cell in own.get(value, ())]


def _like(cell: CellId, unlike: Sequence[str]) -> CellId:
    """A cell but for some of its parts."""
    parts: dict[str, str] = dict.fromkeys(unlike, "")
    return replace(cell, **parts)


def _only(run: Run, kept: Sequence[CellId]) -> Run:
    """A run of these cells alone, and of those planned that have no dialogue."""
    ids = {cell.name for cell in kept}
    others = {record.dialogue.sample_id for record in run.records} - ids
    return replace(
        run,
        records=[record for record in run.records if record.dialogue.sample_id in ids],
        planned={id_: planned for id_, planned in run.planned.items() if id_ not in others},
    )


def _declared(first: Run, second: Run, kept: Sequence[Sequence[CellId]], unlike: Sequence[str]) -> Iterator[Obstacle]:
    """What differs by declaration beside the conditions of the runs; wordings are among these."""
    if first.subject != second.subject:
        yield Obstacle("model", first.subject, second.subject, "models may differ in anything")
    for part in unlike:
        mine, others = (sorted({getattr(cell, part) for cell in own}) for own in kept)
        if mine != others and part != "wording":
            yield Obstacle(part.replace("_", " "), ", ".join(mine), ", ".join(others), "these are different questions")


def _tested(
    runs: Sequence[Run], cells: Mapping[str, Sequence[Sequence[CellId]]], unlike: Sequence[str], margin: float
) -> dict[str, Tested]:
    """Test the means over some cells of both runs, all at once."""
    one, other = (run.scored for run in runs)
    weights = {name: tuple(_mean(own, unlike) for own in both) for name, both in cells.items()}
    found = judge(
        lambda level: {name: other.minus(one, theirs, mine, level) for name, (mine, theirs) in weights.items()}, margin
    )
    return {
        name: Tested(one.estimate(mine), other.estimate(theirs), found[name])
        for name, (mine, theirs) in weights.items()
    }


def _mean(cells: Sequence[CellId], unlike: Sequence[str]) -> Contrast:
    """The mean over cells, those that are alike but for these parts having the weight of one."""
    groups: dict[CellId, list[CellId]] = {}
    for cell in cells:
        groups.setdefault(_like(cell, unlike), []).append(cell)
    return {
        (cell, value): weight / len(groups[group])
        for (group, value), weight in mean_of(groups).items()
        for cell in groups[group]
    }


_ALL = ("", "the value", "both values", "all three values", "all four values")


def _sentences(headline: Tested, targets: Mapping[str, Tested], margin: float) -> Iterator[str]:
    by: dict[Judgement, list[str]] = {"equivalent": [], "not_shown": [], "different": []}
    for name, one in targets.items():
        by[one.result.judgement].append(name)
    if len(by["equivalent"]) == len(targets):
        number_of = f"all {len(targets)} values" if len(targets) >= len(_ALL) else _ALL[len(targets)]
        yield f"Equivalent within {margin:g} for {number_of}."
    elif by["equivalent"]:
        yield f"Equivalent within {margin:g}: {', '.join(by['equivalent'])}."
    told: dict[Judgement, str] = {
        "not_shown": "Not shown to be equivalent",
        "different": f"Different by more than {margin:g}",
    }
    for judgement, sentence in told.items():
        if names := by[judgement]:
            yield f"{sentence}: {', '.join(f'{name} ({in_words(targets[name].result)})' for name in names)}."
    of_all = {"equivalent": f"equivalent within {margin:g}", **{one: text.lower() for one, text in told.items()}}
    yield f"All together: {of_all[headline.result.judgement]} ({in_words(headline.result)})."


def in_words(result: Judged) -> str:
    """A difference with its interval, or why there is none."""
    one = result.difference
    if one.no_mean or one.no_interval:
        return f"difference {number(one.mean)}, no interval: {one.no_mean or one.no_interval}"
    level = f"{100 * result.confidence:.4g} %"
    return f"difference {number(one.mean)}, {level} interval [{number(one.lower)}, {number(one.upper)}]"
