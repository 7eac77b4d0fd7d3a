"""Tests of games made from other games: their geometry, what their ideal choices score, and how mistakes are told."""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import subprocess
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal, localcontext
from functools import partial
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspect_ai.log import EvalLog

from hvae_bench import CatalogError, RationalityRecord, hvae_bench, load_catalog
from hvae_bench.catalogue.derivation import Generator, Transform
from hvae_bench.catalogue.derived_game import circle_point, derivation_problems, expand, segment
from hvae_bench.catalogue.game import Decomposed, Game
from hvae_bench.dialogue.described import GameRecord
from hvae_bench.log.measures import MeasuresRecord, measure
from hvae_bench.scorers import Decision, ShownOption, motive_ranking, svo_angle, svo_category, value_rationality
from hvae_bench.scorers.calibration import calibrate, item_rationality
from tests.scorers.test_svo import GOLDEN, golden_ranking

from .work import calls

CATALOG = load_catalog()
SVO = CATALOG.systems["svo"]
BASE = CATALOG.games["svo-slider-primary"]
DATASET = Path(__file__).parent.parent / "dataset"
MOTIVES = {"altruistic": (0, 1), "prosocial": (1, 1), "individualistic": (1, 0), "competitive": (1, -1)}
PUBLISHED = [game for game in CATALOG.games.values() if game.derived_from == BASE.id]
SLIDER_COPIES = [pytest.param(game, id=game.id) for game in PUBLISHED]

Point = tuple[float, float]


def generated(seed: int, **ranges: int) -> Game:
    declared = Generator(kind="slider-isomorph", of=BASE.id, seed=seed, **ranges)
    return expand(CATALOG.games["svo-slider-fresh-1"].model_copy(update={"generator": declared}), BASE, SVO)


def transformed(*shift: float, scale: float = 1) -> Game:
    declared = Transform(game=BASE.id, scale=scale, shift=shift)
    return expand(CATALOG.games["svo-slider-times-10"].model_copy(update={"transform": declared}), BASE, SVO)


def points(game: Decomposed) -> dict[str, dict[str, Point]]:
    """Payoffs of every option, in the order listed."""
    return {
        item.id: {option.id: (option.payoffs[0], option.payoffs[1]) for option in item.options} for item in game.items
    }


def corners(game: Game) -> dict[str, Point]:
    """The point of each motive: where all the items that it pulls at end."""
    assert game.slider is not None
    assert game.slider.ranking is not None
    found: dict[str, set[Point]] = {}
    payoffs = points(game)
    for item, (first, last) in game.slider.ranking.pulls.items():
        options = list(payoffs[item].values())
        found.setdefault(first, set()).add(options[0])
        found.setdefault(last, set()).add(options[-1])
    assert all(len(ends) == 1 for ends in found.values())
    return {motive: ends.pop() for motive, ends in found.items()}


def ideal_ids(game: Game, weights: Point, unit: float) -> dict[str, set[str]]:
    """Ideal options of a linear motive by the rule of the design, worked out without the package."""
    length = math.hypot(*weights)
    found = {}
    for item, options in points(game).items():
        utility = {id_: (weights[0] * own + weights[1] * other) / length for id_, (own, other) in options.items()}
        best, worst = max(utility.values()), min(utility.values())
        informs = best - worst > unit * (abs(weights[0]) + abs(weights[1])) / length + 1e-6
        found[item] = {id_ for id_, u in utility.items() if not informs or best - u < 1e-6}
    return found


def ideal_angles(game: Game, weights: Point) -> list[float]:
    assert game.slider is not None
    payoffs, ideal = points(game), ideal_ids(game, weights, 1)
    profiles = product(*([payoffs[item][id_] for id_ in ideal[item]] for item in payoffs))
    return [
        math.degrees(
            math.atan2(
                sum(point[1] for point in profile) / len(profile) - game.slider.centre_other,
                sum(point[0] for point in profile) / len(profile) - game.slider.centre_self,
            )
        )
        for profile in profiles
    ]


def measured(game: Game, target: str, chosen: Mapping[str, str]) -> MeasuresRecord:
    decisions = [
        Decision(
            item_id=item.id,
            shown=tuple(ShownOption(label=chr(65 + i), option_id=o.id) for i, o in enumerate(item.options)),
            reply="",
            option_id=chosen[item.id],
            status="chosen",
            reason="label",
            reasked=False,
        )
        for item in game.items
    ]
    return measure(CATALOG.values[target].motives, game, decisions)


# --- the generator: geometry


def test_the_known_circle_gives_the_published_items() -> None:
    directions = {"altruistic": (0, 1), "prosocial": (1, 1), "individualistic": (1, 0), "competitive": (1, -1)}
    point = {motive: circle_point(direction, 50, 50) for motive, direction in directions.items()}
    assert point == corners(BASE)
    assert BASE.slider is not None
    assert BASE.slider.ranking is not None
    for item, (first, last) in BASE.slider.ranking.pulls.items():
        assert segment(point[first], point[last], 9) == list(points(BASE)[item].values())


@given(st.integers(-99, 99), st.integers(-99, 99), st.integers(1, 10**9), st.integers(0, 10**9))
def test_a_point_of_the_circle_is_rounded_exactly(own: int, other: int, radius: int, centre: int) -> None:
    if own == other == 0:
        own = 1
    with localcontext() as context:
        context.prec = 60
        length = Decimal(own**2 + other**2).sqrt()
        wanted = tuple(
            centre + int((Decimal(radius * part) / length).to_integral_value("ROUND_HALF_UP")) for part in (own, other)
        )
    assert circle_point((own, other), radius, centre) == wanted


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**31 - 1), st.integers(30, 1000), st.integers(0, 400), st.integers(0, 3000))
def test_generated_items_have_the_geometry_of_the_slider(seed: int, least: int, more: int, centre_min: int) -> None:
    radius_min, radius_max = least, min(1000, least + more + 20)
    ranges = {"radius_min": radius_min, "radius_max": radius_max, "centre_min": centre_min, "centre_max": 4000}
    game = generated(seed, **ranges)
    assert game.slider is not None
    assert game.slider.ranking is not None
    assert game.payoff_unit == 1
    centre = game.slider.centre_self
    assert centre == game.slider.centre_other
    corner = corners(game)
    radius = corner["altruistic"][1] - centre
    # Within the ranges, and clearly another circle than the published one of radius 50 about 50.
    assert radius_min <= radius <= radius_max
    assert centre_min <= centre <= 4000
    assert abs(radius - 50) >= 5
    assert abs(centre / radius - 1) > 0.1
    # Four points on the circle, in the directions in which the four motives pull.
    for motive, (own, other) in MOTIVES.items():
        for part, place in zip((own, other), corner[motive], strict=True):
            assert abs(place - centre - radius * part / math.hypot(own, other)) <= 0.5
    # The six segments between them, of nine options at equal distances.
    payoffs = points(game)
    assert sorted(payoffs) == sorted(BASE.slider.items if BASE.slider else ())
    ends = [frozenset({row[0], row[-1]}) for row in map(list, map(dict.values, payoffs.values()))]
    assert set(ends) == {frozenset(pair) for pair in combinations(corner.values(), 2)}
    for options in payoffs.values():
        row = list(options.values())
        assert len(row) == len(set(row)) == 9
        for step, point in enumerate(row):
            for axis in (0, 1):
                exact = row[0][axis] + (row[-1][axis] - row[0][axis]) * step / 8
                assert point[axis] == int(point[axis])
                assert point[axis] >= 0
                assert abs(point[axis] - exact) <= 0.5


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31 - 1), st.integers(30, 400))
def test_ids_keep_their_meaning(seed: int, least: int) -> None:
    """What an option is good for is the same as in the published game, wherever it is listed."""
    game = generated(seed, radius_min=least, radius_max=least + 30, centre_max=2000)
    for weights in MOTIVES.values():
        assert ideal_ids(game, weights, 1) == ideal_ids(BASE, weights, 1)
    for motive in CATALOG.values["prosocial"].motives:
        for item in BASE.items:
            assert best_ids(game, item.id, motive) == best_ids(BASE, item.id, motive)


def best_ids(game: Game, item_id: str, motive: Any) -> set[str]:
    table = game.payoff_table()
    index = table.item_ids.index(item_id)
    rating = item_rationality(table.item(index), motive, table.payoff_unit)
    return {id_ for id_, best in zip(table.option_ids[index], rating.ideal, strict=True) if best}


def test_draws_are_spread_over_their_ranges() -> None:
    games = [generated(seed) for seed in range(200)]
    sliders = [game.slider for game in games if game.slider]
    radii = {corners(game)["altruistic"][1] - slider.centre_other for game, slider in zip(games, sliders, strict=True)}
    assert min(radii) < 80
    assert max(radii) > 220
    assert len({game.items for game in games}) == 200
    orders = {tuple(item.id for item in game.items) for game in games}
    assert len(orders) > 100  # of 720
    for item in BASE.items:
        turned = sum(next(own.options[0].id for own in game.items if own.id == item.id) == "o9" for game in games)
        assert 70 < turned < 130


def test_items_that_make_no_angle_are_left_out() -> None:
    extra = BASE.items[0].model_copy(update={"id": "s1"})
    game = expand(CATALOG.games["svo-slider-fresh-1"], BASE.model_copy(update={"items": (extra, *BASE.items)}), SVO)
    assert game == CATALOG.games["svo-slider-fresh-1"]


# --- the generator: what its choices score


@pytest.mark.parametrize("seed", [1, 2, 3, 50, 2**31 - 1])
def test_limits_are_midpoints_between_ideal_angles(seed: int) -> None:
    game = generated(seed)
    angles = {name: ideal_angles(game, weights) for name, weights in MOTIVES.items()}
    assert game.slider is not None
    assert list(game.slider.lower_limits_deg) == list(MOTIVES)[:3]
    assert game.slider.lowest_category == "competitive"
    for upper, lower in zip(MOTIVES, list(MOTIVES)[1:], strict=False):
        midpoint = (min(angles[upper]) + max(angles[lower])) / 2
        assert game.slider.lower_limits_deg[upper] == pytest.approx(midpoint, abs=0.005 + 1e-9)


def test_the_midpoint_rule_is_that_of_the_published_limits() -> None:
    angles = {name: ideal_angles(BASE, weights) for name, weights in MOTIVES.items()}
    midpoints = [
        (min(angles[upper]) + max(angles[lower])) / 2 for upper, lower in zip(MOTIVES, list(MOTIVES)[1:], strict=False)
    ]
    assert midpoints == pytest.approx([57.15, 22.45, -12.04], abs=0.005)


@pytest.mark.parametrize("game", [*SLIDER_COPIES, *(pytest.param(generated(s), id=f"seed-{s}") for s in range(8))])
@pytest.mark.parametrize("target", MOTIVES)
def test_the_ideal_agent_of_each_value(game: Game, target: str) -> None:
    """Ideal options score 1, lie in the category of the value, and put its motive first."""
    ideal = ideal_ids(BASE, MOTIVES[target], 1)
    for pick in (min, max):
        found = measured(game, target, {item: pick(options) for item, options in ideal.items()})
        assert found.value_rationality == pytest.approx(1)
        assert found.svo_category == target
        assert found.angular_distance_deg == pytest.approx(0, abs=1e-9)
        if found.transitive:
            assert found.motive_ranking is not None
            assert found.motive_ranking[0] == target


@pytest.mark.parametrize("game", SLIDER_COPIES)
@pytest.mark.parametrize("target", MOTIVES)
def test_core_targets_are_scorable(game: Game, target: str) -> None:
    table = game.payoff_table()
    calibration = calibrate(table, CATALOG.values[target].motives, tuple(range(table.n_items)))
    assert calibration.unscorable is None


@pytest.mark.parametrize("game", [*SLIDER_COPIES, *(pytest.param(generated(s), id=f"seed-{s}") for s in range(8))])
def test_the_ranking_of_motives_is_the_authoritys(game: Game) -> None:
    """The same options, by id, rank the motives as the authority's own program ranked them on the published items.

    Only in the middle of an item, which rounding moves a little, one copy may lie nearer to an end than another.
    """
    geometry = game.slider
    assert geometry is not None
    assert geometry.ranking is not None
    table = game.payoff_table()
    decided = [row for row in GOLDEN if "5" not in [row[f"p{number}"] for number in range(1, 7)]]
    rows = GOLDEN if game.id in ("svo-slider-times-10", "svo-slider-shifted") else decided
    assert len(decided) > 40
    choices = table.choice_matrix({f"p{number}": f"o{row[f'p{number}']}" for number in range(1, 7)} for row in rows)
    assert motive_ranking(choices, table, geometry.ranking) == [golden_ranking(row) for row in rows]


@pytest.mark.parametrize("game", [*SLIDER_COPIES, *(pytest.param(generated(s), id=f"seed-{s}") for s in range(8))])
def test_the_same_choices_have_nearly_the_same_angle(game: Game) -> None:
    geometry, table = game.slider, game.payoff_table()
    assert geometry is not None
    choices = table.choice_matrix({f"p{number}": f"o{row[f'p{number}']}" for number in range(1, 7)} for row in GOLDEN)
    wanted = [float(row["svo_angle"]) for row in GOLDEN]
    assert list(svo_angle(choices, table, geometry)) == pytest.approx(wanted, abs=1.5)


# --- the same game everywhere

FINGERPRINTS = {
    "svo-slider-fresh-1": "54f4ab11d7e05358c0df015924316f911b1533fc2134f9bec2bd5815a4758d92",
    "svo-slider-fresh-2": "86baadff7be227721cf655e4d67a34318d647b8a15252c23d74e752cae9fdf09",
    "svo-slider-shifted": "336dfe2d3cc6eefa7248335b5df4686c3beed44fac23c1f6766f88c654e725a8",
    "svo-slider-times-10": "59ab14acfb7214f6791a974eccb4050cf82ace0a21e6662f968692de8dff8644",
}


def fingerprint(game: Game) -> str:
    """SHA-256 of all that scoring reads of a game as it was when this was written, whatever fields come to it."""
    content = game.model_dump(mode="json", include={"payoff_unit", "slider", "items"}, exclude_defaults=True)
    for option in (option for item in content["items"] for option in item["options"]):
        option["payoff_self"], option["payoff_other"] = option.pop("payoffs")
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def test_published_games_never_change() -> None:
    assert {game.id: fingerprint(game) for game in PUBLISHED} == FINGERPRINTS


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_draws_the_same(hash_seed: str) -> None:
    code = "from hvae_bench import load_catalog; print(load_catalog().sha256)"
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == CATALOG.sha256


def test_a_generated_game_costs_little() -> None:
    assert max(calls(partial(generated, seed)) for seed in range(1000, 1015)) < 20_000


# --- the transform

scales = st.one_of(st.integers(1, 1000).map(float), st.sampled_from([0.01, 0.1, 0.5, 1.1, 2.5, 99.99]))
shifts = st.one_of(st.integers(-5000, 5000).map(float), st.sampled_from([0.1, -0.25, 1e5]))


@settings(max_examples=60, deadline=None)
@given(scales, shifts, shifts, st.integers(0, 10**6))
def test_a_transform_keeps_what_linear_motives_say(scale: float, own: float, other: float, seed: int) -> None:
    if (scale, own, other) == (1, 0, 0):
        scale = 2
    game = transformed(own, other, scale=scale)
    generator = random.Random(seed)
    dialogues = [{item.id: generator.choice(item.options).id for item in BASE.items} for _ in range(20)]
    before, after = BASE.payoff_table(), game.payoff_table()
    assert after.payoff_unit == pytest.approx(scale)
    assert (after.item_ids, after.option_ids) == (before.item_ids, before.option_ids)
    choices = before.choice_matrix(dialogues)
    for target in ("altruistic", "individualistic", "competitive"):
        motives = CATALOG.values[target].motives
        scored = [value_rationality(choices, table, motives).value_rationality for table in (before, after)]
        assert list(scored[1]) == pytest.approx(list(scored[0]), abs=1e-6)
        for item in BASE.items:
            assert best_ids(game, item.id, motives[0]) == best_ids(BASE, item.id, motives[0])
    geometries = BASE.slider, game.slider
    assert geometries[0] is not None
    assert geometries[1] is not None
    angles = svo_angle(choices, before, geometries[0])
    assert list(svo_angle(choices, after, geometries[1])) == pytest.approx(list(angles), abs=1e-6)
    categories = [svo_category(angles, geometry) for geometry in geometries if geometry]
    assert categories[0] == categories[1]


def test_equal_shifts_keep_what_motives_about_equality_say() -> None:
    motives = CATALOG.values["prosocial"].motives
    assert {motive.kind for motive in motives} == {"linear", "maximin"}
    equal, unequal = transformed(137, 137), transformed(137, 0)
    rows = [{item.id: item.options[place].id for item in BASE.items} for place in range(9)]
    choices = BASE.payoff_table().choice_matrix(rows)
    scored = [
        list(value_rationality(choices, game.payoff_table(), motives).value_rationality)
        for game in (BASE, equal, unequal)
    ]
    assert scored[1] == pytest.approx(scored[0])
    assert scored[2] != pytest.approx(scored[0])


def test_payoffs_are_the_decimal_numbers_that_a_person_would_write() -> None:
    game = transformed(0.1, -7, scale=1.1)
    assert points(game)["p1"]["o1"] == (93.6, 86.5)
    assert points(game)["p5"]["o2"] == (103.5, 54.6)
    assert game.payoff_unit == 1.1
    assert game.slider is not None
    assert (game.slider.centre_self, game.slider.centre_other) == (55.1, 48)


def test_a_transform_keeps_words_and_what_else_is_declared() -> None:
    told = BASE.items[0].model_copy(update={"situation": "A situation."})
    base = BASE.model_copy(update={"items": (told, *BASE.items[1:])})
    game = expand(CATALOG.games["svo-slider-times-10"], base, SVO)
    assert game.items[0].situation == "A situation."
    assert game.slider is not None
    assert BASE.slider is not None
    moved = {"centre_self", "centre_other"}
    assert game.slider.model_dump(exclude=moved) == BASE.slider.model_dump(exclude=moved)
    flat = expand(CATALOG.games["svo-slider-times-10"], BASE.model_copy(update={"slider": None}), SVO)
    assert flat.slider is None


# --- in the catalogue


def write(folder: Path, id_: str, *lines: str) -> Path:
    path = folder / "games" / f"{id_}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    head = [f"id: {id_}", f"title: {id_}", "source: Test.", "measures: Nothing.", "licence: CC BY 4.0", "system: svo"]
    path.write_text("\n".join([*head, *lines, ""]), encoding="utf-8")
    return path


def copy_of_base(folder: Path, id_: str, *changes: tuple[str, str]) -> Path:
    text = (DATASET / "games" / f"{BASE.id}.yaml").read_text("utf-8").replace(f"id: {BASE.id}\n", f"id: {id_}\n")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    path = folder / "games" / f"{id_}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_every_game_of_the_catalogue_holds_items() -> None:
    assert len(PUBLISHED) == 4
    assert all(game.items for game in CATALOG.games.values())
    assert CATALOG.games["svo-slider-fresh-1"].items != CATALOG.games["svo-slider-fresh-2"].items


def test_a_record_names_the_game_it_was_made_from() -> None:
    assert GameRecord.of(BASE).derived_from is None
    for game in PUBLISHED:
        record = GameRecord.of(game)
        assert record.derived_from == BASE.id
        assert GameRecord.model_validate_json(record.model_dump_json()) == record
        assert record.payoff_table() == game.payoff_table()


def test_games_of_ones_own_are_made_of_embedded_and_later_ones(tmp_path: Path) -> None:
    write(tmp_path / "one", "a-fresh", f"generator: {{kind: slider-isomorph, of: {BASE.id}, seed: 1}}")
    write(tmp_path / "one", "a-double", "transform: {game: mine, scale: 2}")
    copy_of_base(tmp_path / "two", "mine", ("[85, 76]", "[85, 77]"))
    catalog = load_catalog([tmp_path / "one", tmp_path / "two"])
    assert catalog.games["a-fresh"].items == CATALOG.games["svo-slider-fresh-1"].items
    assert points(catalog.games["a-double"])["p1"]["o2"] == (170, 154)
    other_way_round = load_catalog([tmp_path / "two", tmp_path / "one"])
    assert other_way_round.sha256 == catalog.sha256


def test_an_edited_game_changes_those_made_from_it(tmp_path: Path) -> None:
    edit = ("[85, 76]", "[85, 77]")
    copy_of_base(tmp_path, BASE.id, edit, ("title: SVO", f"replaces: {BASE.id}\ntitle: SVO"))
    catalog = load_catalog(tmp_path)
    assert points(catalog.games["svo-slider-times-10"])["p1"]["o2"] == (850, 770)
    assert catalog.sha256 != CATALOG.sha256
    # Only the ends and the number of options make a fresh slider.
    assert catalog.games["svo-slider-fresh-1"] == CATALOG.games["svo-slider-fresh-1"]


FRESH = "generator: {{kind: slider-isomorph, of: {}, seed: 1}}"


@pytest.mark.parametrize(
    ("lines", "told", "problem", "fix"),
    [
        (
            ["generator:", "  kind: slider-isomorph", "  of: svo-slider-primry", "  seed: 1"],
            "  of:",
            "there is no game 'svo-slider-primry'",
            "write 'svo-slider-primary', or another of: ",
        ),
        (
            ["transform:", "  scale: 2", "  game: svo-slider-primry"],
            "  game:",
            "there is no game 'svo-slider-primry'",
            "write 'svo-slider-primary', or another of: ",
        ),
        ([FRESH.format("mine")], "generator:", "the game 'mine' is itself made from 'mine'", "that lists its items"),
        (
            ["transform: {game: svo-slider-times-10, scale: 2}"],
            "transform:",
            "the game 'svo-slider-times-10' is itself made from 'svo-slider-primary'",
            "name a game that lists its items",
        ),
        ([FRESH.format("flat")], "generator:", "the game 'flat' has no slider to imitate", "with a `slider`"),
        ([FRESH.format("unranked")], "generator:", "the game 'unranked' has no `ranking` in which", "such a ranking"),
        ([FRESH.format("other-names")], "generator:", "the game 'other-names' has no `ranking` in", "such a ranking"),
        *(
            (
                [FRESH.format(game)],
                "generator:",
                f"the game {game!r} is not a slider between points of a",
                "of this form",
            )
            for game in ("off-centre", "unequal-centre", "two-ends", "swapped", "far-away")
        ),
        (
            [f"generator: {{kind: slider-isomorph, of: {BASE.id}, seed: 1, radius_max: 100, centre_max: 50}}"],
            "generator:",
            "with radius 60 to 100 and centre 0 to 50 no circle clearly differs from that of 'svo-slider-primary'",
            "widen the ranges",
        ),
        (
            ["generator:", "  kind: slider-isomorph", f"  of: {BASE.id}", "  seed: 1", "  centre_min: 700"],
            "generator:",
            "`centre_min` is 700, but `centre_max` is only 600",
            "write a range from the smallest centre to the largest",
        ),
        (
            [f"transform: {{game: {BASE.id}, shift: [0, 999950]}}"],
            "transform:",
            "of the transformed game 'svo-slider-primary', entry 2 of `payoffs` is 1000035.0, but it must be at least ",
            "choose a smaller `scale` or shift",
        ),
        (
            ["payoff_unit: 1", f"transform: {{game: {BASE.id}, scale: 2}}"],
            "payoff_unit:",
            "`payoff_unit` does not go with `transform`, which makes it",
            "remove one of them",
        ),
        (
            [
                "slider: {centre_self: 1, centre_other: 1, items: [p1], lower_limits_deg: {a: 15}, lowest_category: b}",
                FRESH.format(BASE.id),
            ],
            "slider:",
            "`slider` does not go with `generator`, which makes it",
            "remove one of them",
        ),
        (
            [FRESH.format(BASE.id), f"transform: {{game: {BASE.id}, scale: 2}}"],
            "transform:",
            "a game has a `generator` or a `transform`, not both",
            "keep one of them",
        ),
        (["payoff_unit: 1"], "id:", "the game has no `items`", "list them, or say with `generator` or `transform`"),
        ([f"transform: {{game: {BASE.id}}}"], "transform:", "leaves every payoff as it is", "give a `scale`"),
        ([f"transform: {{game: {BASE.id}, scale: -1}}"], "transform:", "`scale` is -1", "within these limits"),
        (
            [f"generator: {{kind: searched, of: {BASE.id}, seed: 1}}"],
            "generator:",
            "there is nothing that a search could tell apart in the system 'svo'",
            "name two or more values of one motive each in the `core_targets`",
        ),
        (
            ["generator:", "  kind: searched", f"  of: {BASE.id}", "  seed: 1", "  radius_min: 70"],
            "  radius_min:",
            "`radius_min` is of a circle, and `kind: searched` has none",
            "remove it",
        ),
        (["generator: {kind: ring, of: x, seed: 1}"], "generator:", "it must be slider-isomorph", "write "),
        (["generater: {kind: ring}"], "generater:", "there is no field `generater` here", "did you mean `generator`?"),
    ],
)
def test_a_mistake_is_told_at_its_line(tmp_path: Path, lines: list[str], told: str, problem: str, fix: str) -> None:
    slider = "slider:\n" + (DATASET / "games" / f"{BASE.id}.yaml").read_text("utf-8").split("slider:\n")[1]
    slider, ranking = slider.split("items:\n  - id")[0], "  ranking:\n" + slider.split("  ranking:\n")[1]
    ranking = ranking.split("items:\n  - id")[0]
    copy_of_base(tmp_path, "flat", (slider, ""))
    copy_of_base(tmp_path, "unranked", (ranking, ""))
    copy_of_base(tmp_path, "other-names", ("lowest_category: competitive", "lowest_category: spiteful"))
    copy_of_base(
        tmp_path, "off-centre", ("centre_self: 50", "centre_self: 40"), ("centre_other: 50", "centre_other: 40")
    )
    copy_of_base(tmp_path, "unequal-centre", ("centre_self: 50", "centre_self: 51"))
    copy_of_base(tmp_path, "two-ends", ("[85, 85]", "[84, 86]"))
    limits = "{altruistic: 57.15, prosocial: 22.45, individualistic: -12.04}"
    copy_of_base(tmp_path, "swapped", (limits, "{prosocial: 57.15, altruistic: 22.45, individualistic: -12.04}"))
    far = f"1{'0' * 17}"
    copy_of_base(tmp_path, "far-away", ("centre_self: 50", f"centre_self: {far}"))
    path = write(tmp_path, "mine", *lines)
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path)
    assert problem in caught.value.problem
    assert fix in caught.value.fix
    text = path.read_text("utf-8")
    assert (caught.value.path, caught.value.line) == (path, text[: text.index(told)].count("\n") + 1)


def test_every_broken_rule_is_told_at_once(tmp_path: Path) -> None:
    declared = ["    octants: {a: 0, b: 0}", "    centre_self: 0", "    centre_other: 0"]
    items = ["  - id: one", "    options:", *["      - {id: same, payoffs: [1, 2]}"] * 2]
    path = write(tmp_path, "mine", "ring:", *declared, "items:", *items)
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path)
    lines = path.read_text("utf-8").splitlines()
    told = {one.problem: lines[(one.line or 0) - 1].strip() for one in (caught.value, *caught.value.others)}
    assert told == {
        "the field `payoff_unit` is missing": "id: mine",
        "`octants` gives b and a the same direction": "octants: {a: 0, b: 0}",
        "the option id 'same' is used twice in item 'one'": "- {id: same, payoffs: [1, 2]}",
    }


def test_of_a_file_made_to_break_thousands_of_rules_a_hundred_are_told(tmp_path: Path) -> None:
    names = ", ".join(["p1", "p1", *(f"x{number}" for number in range(5000))])
    copy_of_base(tmp_path, "mine", ("[p1, p2, p3, p4, p5, p6]", f"[{names}]"))
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path)
    assert caught.value.problem == "`slider` names the item 'p1' twice"
    assert len(caught.value.others) == 99


def test_what_is_wrong_without_a_file_tells_the_place() -> None:
    fresh, derived = CATALOG.games["svo-slider-fresh-1"], CATALOG.games["svo-slider-fresh-2"]
    assert [one.place for one in derivation_problems(fresh, derived, SVO)] == [("generator", "of")]


# --- a whole run


def test_a_run_on_fresh_items(run: Callable[..., EvalLog], tmp_path: Path) -> None:
    task = hvae_bench(scenario="paper", values="altruistic", games="svo-slider-fresh-1", templates="no-goal")
    log = run(task, "hvae/altruistic", epochs=1)
    lines = Path(log.location.replace(".eval", ".rationality.jsonl")).read_text("utf-8").splitlines()
    (record,) = [RationalityRecord.model_validate_json(line) for line in lines]
    assert record.measures.value_rationality == pytest.approx(1)
    assert record.measures.svo_category == "altruistic"
    assert (record.game.id, record.game.derived_from) == ("svo-slider-fresh-1", BASE.id)
