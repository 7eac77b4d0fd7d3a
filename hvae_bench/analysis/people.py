"""People: answers of people scored by a game's own measures, and a summary beside what is known of others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hvae_bench.analysis.survey import Survey
from hvae_bench.catalogue.game import Game
from hvae_bench.scorers import (
    MISSING,
    Slider,
    classify,
    constant_position,
    inequality_aversion_index,
    motive_distances,
    payoff_angle,
    payoff_ranking,
    ring_category,
    ring_vector,
    secondary_type,
    svo_category,
)
from hvae_bench.scorers.payoff_table import Floats, Integers
from hvae_bench.text.errors import UsageError

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Norms:
    """Angles of people whom nobody told a value, in degrees, and how many of them are of each category."""

    mean: float
    sd: float
    n: int
    categories: Mapping[str, int]
    source: str


SLIDER_NORMS = Norms(
    30.4,
    13.7,
    628,
    {"altruistic": 1, "prosocial": 493, "individualistic": 126, "competitive": 8},
    "people online, computed from the data of Doppelhofer et al. 2021",
)


_NORMS_LIMITS_DEG = [-12.04, 22.45, 57.15]
"""Between the categories of the instrument that they answered."""


def norms_fit(slider: Slider) -> bool:
    """Whether a slider measures the angle of the norms, as its category limits tell."""
    return sorted(slider.lower_limits_deg.values()) == _NORMS_LIMITS_DEG


@dataclass(frozen=True, slots=True)
class People:
    """People scored.

    Attributes:
        rows: for each person the cells of the file, then the measures; None where undefined, with the reason in `note`.
        n: number of people.
        n_whole: how many answered every item.
        n_one_place: how many answered every item at one place of the list, as one who does not read does.
        mean_deg: mean SVO angle, NaN where nobody has one.
        sd_deg: its standard deviation (n - 1), NaN below two people.
        categories: how many people are of each category; of the slider, the ring, or the classification.
        transitive: share of those with a ranking whose choices are transitive; NaN where the game ranks no motives.
        norms: the same of other people, where this game has them.
    """

    rows: Sequence[Row]
    n: int
    n_whole: int
    n_one_place: int
    mean_deg: float
    sd_deg: float
    categories: Mapping[str, int]
    transitive: float
    norms: Norms | None


def score_people(survey: Survey, game: Game) -> People:
    """Score people by everything that the game declares: slider, ranking, secondary items, ring, classification.

    Answers between two options have an angle, a category and a ranking; the other measures are made for options.

    Raises:
        UsageError: a game that declares none of these.
    """
    if game.slider is None and game.ring is None and game.classification is None:
        raise UsageError(
            f"{game.id} has no measure for answers of people: no slider, ring or classification. Choose a game that "
            "does, such as svo-slider-primary."
        )
    measures = _measures(survey, game)
    answered = ~np.isnan(survey.places)
    one_place = [
        constant_position([int(place) for place in row[known]]) if known.all() else None
        for row, known in zip(np.where(np.isnan(survey.shown), survey.places, survey.shown), answered, strict=True)
    ]
    rows: list[Row] = []
    for place, cells in enumerate(survey.people):
        row: Row = dict(zip(survey.header, cells, strict=False))
        # A measure never takes the place of a column of the file.
        row |= {_free(name, survey.header): _plain(values[place]) for name, values in measures.items()}
        row[_free("one_place_throughout", survey.header)] = one_place[place]
        row[_free("note", survey.header)] = _note(survey.places[place], game)
        rows.append(row)
    category = next(name for name in ("svo_category", "ring_category", "classification") if name in measures)
    angles = np.asarray(measures.get("svo_angle_deg", np.array([])), dtype=np.float64)
    angles = angles[~np.isnan(angles)]
    known = [one for one in measures.get("transitive", []) if one is not None]
    return People(
        rows=rows,
        n=len(rows),
        n_whole=int(answered.all(axis=1).sum()),
        n_one_place=sum(one is True for one in one_place),
        mean_deg=float(angles.mean()) if len(angles) else np.nan,
        sd_deg=float(angles.std(ddof=1)) if len(angles) > 1 else np.nan,
        categories=dict(Counter(one or "without one" for one in measures[category]).most_common()),
        transitive=float(np.mean(known)) if known else np.nan,
        norms=SLIDER_NORMS if game.slider is not None and norms_fit(game.slider) else None,
    )


def _measures(survey: Survey, game: Game) -> dict[str, Sequence[Any] | Floats]:
    """Every measure of the game by name, one value a person."""
    table, found = game.payoff_table(), dict[str, Sequence[Any] | Floats]()
    if slider := game.slider:
        items = [table.item_ids.index(item) for item in slider.items]
        angles = payoff_angle(survey.payoffs[:, items], slider)
        found |= {"svo_angle_deg": angles, "svo_category": svo_category(angles, slider)}
        if ranking := slider.ranking:
            items = [table.item_ids.index(item) for item in ranking.pulls]
            orders = payoff_ranking(survey.payoffs[:, items], table, ranking)
            found["transitive"] = [None if order is None else bool(order) for order in orders]
            found["motive_ranking"] = [" > ".join(order) if order else None for order in orders]
        if slider.secondary:
            distances = motive_distances(_choices(survey), table, slider.secondary)
            items = [table.item_ids.index(item) for item in slider.secondary]
            whole = np.all(_choices(survey)[:, items] != MISSING, axis=1)
            index = np.where(whole, inequality_aversion_index(distances), np.nan)
            found |= {"inequality_aversion_index": index, "secondary_type": secondary_type(index)}
    if ring := game.ring:
        vector = ring_vector(_choices(survey), table, ring)
        found |= {"ring_angle_deg": vector.angle_deg, "ring_length": vector.length}
        found |= {"ring_consistency": vector.consistency, "ring_category": ring_category(vector.angle_deg, ring)}
    if rule := game.classification:
        found["classification"] = classify(_choices(survey), table, rule)
    return found


def _choices(survey: Survey) -> Integers:
    """Indices of the chosen options; missing where an answer lies between two."""
    exact = survey.places == np.floor(survey.places)
    return np.where(exact, np.nan_to_num(survey.places), MISSING).astype(np.int64)


def _note(places: Floats, game: Game) -> str:
    ids = game.payoff_table().item_ids
    missing = [item for item, place in zip(ids, places, strict=True) if np.isnan(place)]
    between = [
        item for item, place in zip(ids, places, strict=True) if place != np.floor(place) and item not in missing
    ]
    notes = [f"no answer to {', '.join(missing)}"] if missing else []
    if between:
        notes.append(f"between two options in {', '.join(between)}")
    return "; ".join(notes)


def _free(name: str, taken: Sequence[str]) -> str:
    return name if name not in taken else f"hvae_{name}"


def _plain(value: Any) -> Any:
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else float(value)
    return value
