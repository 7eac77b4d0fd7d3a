"""Overview: what can be said of an entry before anything is run; all of it derived, none of it stored."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, compress

import numpy as np
from numpy.typing import NDArray

from hvae_bench import scorers
from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.catalogue.entry import Entry
from hvae_bench.catalogue.fit import framing_words, game_words, template_words, value_words
from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.scenario import AXES, Crossing, Scenario
from hvae_bench.catalogue.system import System
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.catalogue.wording import Wording
from hvae_bench.dialogue.sample import MARKS, Cell, build_cells
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.log.plan import Takes, planned_runs, takes_of
from hvae_bench.scorers import Arc, Motive, PayoffTable, Separation
from hvae_bench.scorers.calibration import describe, rate_items
from hvae_bench.scorers.ceiling import ceilings_of
from hvae_bench.text.errors import UsageError
from hvae_bench.text.near_miss import did_you_mean


@dataclass(frozen=True, slots=True)
class MotiveOverview:
    """One motive of a target on one game; on an item that does not inform about it, every option is ideal."""

    motive: str
    ideal_options: Mapping[str, tuple[str, ...]]
    informative_items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetOverview:
    """What a game can show of one target, and what uniformly random choices score; arc and distance are SVO angles."""

    target: str
    not_scorable: str | None
    expected_rationality: float
    standard_error: float
    value_rationality_sd: float
    motives: tuple[MotiveOverview, ...]
    ideal_arc: Arc | None
    expected_angular_distance_deg: float


@dataclass(frozen=True, slots=True)
class GameOverview:
    """What a game can show of targets; value rationality is by the target followed, then by the one scored as."""

    game: str
    targets: tuple[TargetOverview, ...]
    ideal_value_rationality: Mapping[str, Mapping[str, float]]
    separation: Mapping[tuple[str, str], Separation]


def games_of(value: ValueTarget, games: Mapping[str, Game]) -> dict[str, TargetOverview]:
    """What each game can show of a target; none without motives, and no game of another system."""
    return {
        id_: target_overview(value, game)
        for id_, game in games.items()
        if value.motives and value.belongs_to(game.system)
    }


def target_overview(value: ValueTarget, game: Game) -> TargetOverview:
    """What a game can show of one target."""
    table, geometry = game.payoff_table(), game.slider
    calibration = cached_calibrate(table, value.motives, tuple(range(table.n_items)))
    return TargetOverview(
        target=value.id,
        not_scorable=calibration.unscorable,
        expected_rationality=calibration.expected_rationality,
        standard_error=calibration.standard_error,
        value_rationality_sd=calibration.value_rationality_sd,
        motives=tuple(_motive_overview(table, motive) for motive in value.motives),
        ideal_arc=None if geometry is None else scorers.ideal_arc(table, value.motives, geometry),
        expected_angular_distance_deg=(
            math.nan if geometry is None else scorers.expected_angular_distance(table, value.motives, geometry)
        ),
    )


def _motive_overview(table: PayoffTable, motive: Motive) -> MotiveOverview:
    (ratings,) = rate_items(table, (motive,))
    rated = list(zip(table.item_ids, table.option_ids, ratings, strict=True))
    return MotiveOverview(
        motive=describe(motive),
        ideal_options={item: tuple(compress(options, one.ideal)) for item, options, one in rated},
        informative_items=tuple(item for item, _, one in rated if one.informative),
    )


def game_overview(game: Game, values: Collection[ValueTarget]) -> GameOverview:
    """What a game can show of these targets; those without motives, or of another system, are left out."""
    table = game.payoff_table()
    targets = [value for value in values if value.motives and value.belongs_to(game.system)]
    return GameOverview(
        game=game.id,
        targets=tuple(target_overview(value, game) for value in targets),
        ideal_value_rationality={
            one.id: {other.id: scorers.ideal_value_rationality(table, one.motives, other.motives) for other in targets}
            for one in targets
        },
        separation={
            (one.id, other.id): scorers.separation(table, one.motives, other.motives)
            for one, other in combinations(targets, 2)
        },
    )


@dataclass(frozen=True, slots=True)
class Identifiability:
    """What a game can tell apart by targets of its system: what ideal agents score, and agents that follow none.

    Attributes:
        ideal_value_rationality: by the target followed, then by the one scored as; NaN where it is not scorable.
        worst_off_diagonal: the largest of those scored as a target that is not followed; NaN without any.
        deaf_ceiling: the most that the same choices for every value can score in the mean of the targets;
            NaN where one of them is not scorable.
        constant_place: the most that always the same place of the list, from the top or from the bottom, scores as any
            target; where the list is too short for it, its other end.
        constant_label: the same of always the same label, options as published; where there is none, no answer.
    """

    game: str
    ideal_value_rationality: Mapping[str, Mapping[str, float]]
    worst_off_diagonal: float
    deaf_ceiling: float
    constant_place: float
    constant_label: float


@dataclass(frozen=True, slots=True)
class SystemOverview:
    """What the games of a value system can tell apart by its core targets; by all its values where it names none."""

    system: str
    targets: tuple[str, ...]
    games: tuple[Identifiability, ...]


def system_overview(catalog: Catalog, system: System) -> SystemOverview:
    """What the games of a value system can tell apart."""
    own = [id_ for id_, value in catalog.values.items() if value.motives and value.belongs_to(system.id)]
    targets = {id_: catalog.values[id_].motives for id_ in system.core_targets or own}
    games = (game for game in catalog.games.values() if game.system == system.id)
    return SystemOverview(system.id, tuple(targets), tuple(_identifiability(game, targets) for game in games))


def _identifiability(game: Game, targets: Mapping[str, tuple[Motive, ...]]) -> Identifiability:
    table = game.payoff_table()
    matrix = {
        one: {other: scorers.ideal_value_rationality(table, followed, motives) for other, motives in targets.items()}
        for one, followed in targets.items()
    }
    ceiling = ceilings_of({game.id: table}, [*targets.values()], calibrate=cached_calibrate)
    sizes = np.array([len(options) for options in table.option_ids])
    nth = np.arange(sizes.max())[:, None]
    from_top = np.minimum(nth, sizes - 1)
    labels = np.where(nth < sizes, nth, scorers.MISSING)

    def most(choices: NDArray[np.int64]) -> float:
        scored = (
            scorers.value_rationality(choices, table, one, calibrate=cached_calibrate) for one in targets.values()
        )
        return _largest(score for one in scored for score in one.value_rationality)

    return Identifiability(
        game=game.id,
        ideal_value_rationality=matrix,
        worst_off_diagonal=_largest(matrix[one][other] for one in targets for other in targets if one != other),
        deaf_ceiling=ceiling.get(game.id, math.nan),
        constant_place=most(np.concatenate([from_top, sizes - 1 - from_top])),
        constant_label=most(labels),
    )


def _largest(scores: Iterable[float]) -> float:
    return max((float(score) for score in scores if not math.isnan(score)), default=math.nan)


@dataclass(frozen=True, slots=True)
class ScenarioOverview:
    """What running a scenario takes, and what its headline can show.

    The deaf ceiling is the largest headline of whoever does the same whatever value is given, in all (NaN without a
    headline, or with several: one for each value system) and by game.
    """

    scenario: str
    cells: tuple[str, ...]
    takes: Takes
    deaf_ceiling: float
    deaf_ceilings: Mapping[str, float]


def scenario_overview(catalog: Catalog, scenario: Scenario, epochs: int | None = None) -> ScenarioOverview:
    """What running a scenario takes, with so many dialogues for each cell, or its own number of them."""
    scripts = [cell.script() for cell in build_cells(catalog, scenario)]
    runs = planned_runs(scripts)
    ceilings = [scorers.deaf_ceilings(run, calibrate=cached_calibrate) for run in runs.values()]
    return ScenarioOverview(
        scenario=scenario.id,
        cells=tuple(script.id for script in scripts),
        takes=takes_of(scripts)(scenario.epochs if epochs is None else epochs),
        deaf_ceiling=(scorers.deaf_ceiling(*runs.values(), calibrate=cached_calibrate) if len(runs) == 1 else math.nan),
        deaf_ceilings={game: ceiling for own in ceilings for game, ceiling in own.items()},
    )


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a catalogue can be said in a wording, by kind; a covered value may still lack its goal or rule."""

    covered: Mapping[str, tuple[str, ...]]
    lacking: Mapping[str, Mapping[str, tuple[str, ...]]]
    sha256: str


def coverage(catalog: Catalog, wording: Wording) -> Coverage:
    """How much of a catalogue can be said in a wording."""
    lacking: dict[str, dict[str, tuple[str, ...]]] = {
        "values": {id_: tuple(value_words(one, wording)) for id_, one in catalog.values.items()},
        "games": {
            id_: tuple(game_words(one, catalog.systems[one.system], wording)) for id_, one in catalog.games.items()
        },
        "templates": {id_: tuple(template_words(one, wording)) for id_, one in catalog.templates.items()},
        "framings": {id_: tuple(framing_words(one, wording)) for id_, one in catalog.framings.items()},
    }
    covered = {kind: tuple(id_ for id_, words in found.items() if not words) for kind, found in lacking.items()}
    covered["values"] = tuple(
        id_ for id_, value in catalog.values.items() if not value.is_induced or wording.value_words(value) is not None
    )
    lacking = {kind: {id_: words for id_, words in found.items() if words} for kind, found in lacking.items()}
    return Coverage(covered, lacking, wording.words_sha256)


def find_entry(catalog: Catalog, name: str) -> tuple[str, Entry]:
    """The entry with this id, or with this `kind/id`, and its kind.

    Raises:
        UsageError: there is none, or entries of several kinds have this id.
    """
    kind, _, id_ = name.rpartition("/")
    if kind:
        if kind not in catalog.entries:
            raise UsageError(f"There are no entries of the kind {kind!r}. Choose one of: {', '.join(catalog.entries)}.")
        return kind, catalog.pick(kind, id_)
    found = [(kind, entries[name]) for kind, entries in catalog.entries.items() if name in entries]
    if not found:
        meant = did_you_mean(name, (id_ for entries in catalog.entries.values() for id_ in entries))
        raise UsageError(
            f"There is no entry {name!r}. {meant}`hvae list` shows them all; a cell is value.game.template, then "
            "w-WORDING, f-FRAMING, o-ORDER or i-ORDER where it is not the default."
        )
    if len(found) > 1:
        choices = " or ".join(f"{kind}/{name}" for kind, _ in found)
        raise UsageError(f"Entries of several kinds are called {name!r}. Write {choices}.")
    return found[0]


def find_cell(catalog: Catalog, name: str) -> Cell:
    """The cell of this id: value, game and template joined by dots, then what is not the default with its mark.

    Raises:
        UsageError: an unknown id or mark, or entries that do not go together.
    """
    named = name.split(".")
    given: dict[str, list[str]] = {axis: [id_] for axis, id_ in zip(AXES, named[:3], strict=False)}
    for part in named[3:]:
        mark, _, id_ = part.partition("-")
        if mark not in MARKS or MARKS[mark] in given:
            marks = ", ".join(f"{mark}-... for {axis.replace('_', ' ')}" for mark, axis in MARKS.items())
            raise UsageError(f"{part!r} in the cell {name!r} is none of {marks}, each at most once.")
        given[MARKS[mark]] = [id_]
    for axis, ids in catalog.axes(Crossing(values=("a",), games=("a",), templates=("a",))).items():
        given.setdefault(axis, list(ids))
    (cell,) = build_cells(catalog, catalog.default_scenario(), given)
    return cell
