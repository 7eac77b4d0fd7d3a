"""The games of the catalogue: what followers of a utility angle choose, and what each game can score."""

from __future__ import annotations

import math
import runpy
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from inspect_ai.log import EvalLog

from hvae_bench import hvae_bench
from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.log.export import rationality_path
from hvae_bench.log.rescore import rescore_file
from hvae_bench.log.source import read_records
from hvae_bench.scorers import (
    FehrSchmidtMotive,
    InequalityAversionMotive,
    LinearMotive,
    MaximinMotive,
    Motive,
    PayoffTable,
    calibrate,
    separation,
    unscorable_reason,
    value_rationality,
)
from hvae_bench.scorers.calibration import item_rationality

from .work import calls

CATALOG = load_catalog()
CORE = ("altruistic", "prosocial", "individualistic", "competitive")


# Two core targets that a game cannot tell apart, or not always; every other two are distinct.
ALIKE: dict[str, dict[tuple[str, str], str]] = {
    "svo-slider-primary": {},
    "svo-slider-full": {},
    "svo-slider-secondary": {("individualistic", "competitive"): "same"},
    "ring-24": {},
    "allocations-10": {},
    "triple-dominance-9": {("altruistic", "prosocial"): "same"},
    "charness-rabin-2002": {("altruistic", "prosocial"): "overlapping"},
    "andreoni-miller-2002": {("individualistic", "competitive"): "same"},
    "dictator-multipliers": {("individualistic", "competitive"): "same"},
    "prisoners-dilemma": {("individualistic", "competitive"): "same", ("altruistic", "prosocial"): "overlapping"},
    "stag-hunt": {("altruistic", "prosocial"): "overlapping", ("prosocial", "individualistic"): "overlapping"},
    "chicken": {("altruistic", "prosocial"): "overlapping", ("prosocial", "individualistic"): "overlapping"},
    "ultimatum-responder": {
        ("altruistic", "prosocial"): "same",
        ("altruistic", "individualistic"): "same",
        ("prosocial", "individualistic"): "same",
    },
    "trust-trustee": {
        ("individualistic", "competitive"): "same",
        ("altruistic", "prosocial"): "overlapping",
        ("prosocial", "individualistic"): "overlapping",
        ("prosocial", "competitive"): "overlapping",
    },
    "public-goods-4": {
        ("individualistic", "competitive"): "same",
        ("altruistic", "prosocial"): "overlapping",
        ("prosocial", "individualistic"): "overlapping",
        ("prosocial", "competitive"): "overlapping",
    },
    "public-goods-4-mean": {
        ("individualistic", "competitive"): "same",
        ("prosocial", "individualistic"): "overlapping",
        ("prosocial", "competitive"): "overlapping",
    },
}
INSTRUMENTS = tuple(ALIKE)


def ideal(game: str, item: str, motive: Motive) -> set[str]:
    """Ids of the options that a follower of the motive may choose."""
    table = CATALOG.games[game].payoff_table()
    place = table.item_ids.index(item)
    best = item_rationality(table.item(place), motive, 0.0).ideal
    return {option for option, wanted in zip(table.option_ids[place], best, strict=True) if wanted}


def linear(angle_deg: float) -> LinearMotive:
    return LinearMotive(kind="linear", utility_angle_deg=angle_deg)


def atan_deg(other: float, own: float) -> float:
    """The angle at which a gain of the other outweighs a cost of one's own."""
    return math.degrees(math.atan2(other, own))


# Game, item, choice below the threshold, choice above it, threshold: what giving costs oneself over what it brings
# the other.
THRESHOLDS = [
    ("dictator-multipliers", "x-half", "keep", "give", 1, 0.5, 63.4),
    ("dictator-multipliers", "x-same", "keep", "give", 1, 1, 45.0),
    ("dictator-multipliers", "x-double", "keep", "give", 1, 2, 26.6),
    ("dictator-multipliers", "x-triple", "keep", "give", 1, 3, 18.4),
    ("dictator-multipliers", "x-fourfold", "keep", "give", 1, 4, 14.0),
    ("prisoners-dilemma", "against-cooperation", "defect", "cooperate", 5 - 3, 3 - 0, 33.7),
    ("prisoners-dilemma", "against-defection", "defect", "cooperate", 1 - 0, 5 - 1, 14.0),
    ("stag-hunt", "against-hare", "hare", "stag", 2 - 1, 3 - 2, 45.0),
    ("stag-hunt", "against-stag", "hare", "stag", 3 - 4, 4 - 1, -18.4),
    ("chicken", "against-swerving", "dare", "swerve", 4 - 3, 3 - 2, 45.0),
    ("chicken", "against-daring", "dare", "swerve", 1 - 2, 4 - 1, -18.4),
    *(
        (game, f"mpcr-{percent}-others-{others}", "nothing", "all", 1 - percent / 100, people * percent / 100, figure)
        for game, people, percent, figure in [
            ("public-goods-4", 3, 40, 26.6),
            ("public-goods-4", 3, 50, 18.4),
            ("public-goods-4-mean", 1, 40, 56.3),
            ("public-goods-4-mean", 1, 50, 45.0),
        ]
        for others in ("none", "half", "all")
    ),
    ("ultimatum-responder", "offer-10", "reject", "accept", -10, 90, -6.3),
    ("ultimatum-responder", "offer-20", "reject", "accept", -20, 80, -14.0),
    ("ultimatum-responder", "offer-30", "reject", "accept", -30, 70, -23.2),
    ("ultimatum-responder", "offer-40", "reject", "accept", -40, 60, -33.7),
    ("ultimatum-responder", "offer-50", "reject", "accept", -50, 50, -45.0),
    ("ultimatum-responder", "offer-60", "reject", "accept", -60, 40, -56.3),
    ("trust-trustee", "sent-20", "keep", "all", 1, 1, 45.0),
    ("trust-trustee", "sent-60", "keep", "all", 1, 1, 45.0),
    ("trust-trustee", "sent-100", "keep", "all", 1, 1, 45.0),
    # Triple dominance: from the competitive option to the individualistic one, and from there to the prosocial one.
    ("triple-dominance-9", "t1", "o1", "o2", 480 - 540, 280 - 80, -16.7),
    ("triple-dominance-9", "t2", "o3", "o1", 500 - 560, 300 - 100, -16.7),
    ("triple-dominance-9", "t3", "o2", "o3", 520 - 580, 320 - 120, -16.7),
    ("triple-dominance-9", "t4", "o1", "o2", 500 - 560, 300 - 100, -16.7),
    ("triple-dominance-9", "t5", "o3", "o1", 490 - 560, 300 - 90, -18.4),
    ("triple-dominance-9", "t6", "o2", "o3", 500 - 570, 300 - 100, -19.3),
    ("triple-dominance-9", "t7", "o3", "o2", 510 - 560, 300 - 110, -14.7),
    ("triple-dominance-9", "t8", "o2", "o1", 500 - 550, 300 - 100, -14.0),
    ("triple-dominance-9", "t9", "o1", "o3", 480 - 540, 300 - 100, -16.7),
    ("triple-dominance-9", "t1", "o2", "o3", 540 - 480, 480 - 280, 16.7),
    ("triple-dominance-9", "t2", "o1", "o2", 560 - 500, 500 - 300, 16.7),
    ("triple-dominance-9", "t3", "o3", "o1", 580 - 520, 520 - 320, 16.7),
    ("triple-dominance-9", "t4", "o2", "o3", 560 - 490, 490 - 300, 20.2),
    ("triple-dominance-9", "t5", "o1", "o2", 560 - 500, 500 - 300, 16.7),
    ("triple-dominance-9", "t6", "o3", "o1", 570 - 500, 500 - 300, 19.3),
    ("triple-dominance-9", "t7", "o2", "o1", 560 - 510, 510 - 300, 13.4),
    ("triple-dominance-9", "t8", "o1", "o3", 550 - 500, 500 - 300, 14.0),
    ("triple-dominance-9", "t9", "o3", "o2", 540 - 490, 490 - 300, 14.7),
]


@pytest.mark.parametrize(("game", "item", "below", "above", "cost", "gain", "figure"), THRESHOLDS)
def test_a_choice_changes_at_its_threshold(
    game: str, item: str, below: str, above: str, cost: float, gain: float, figure: float
) -> None:
    threshold = atan_deg(cost, gain)
    assert round(threshold, 1) == figure
    assert ideal(game, item, linear(threshold - 0.01)) == {below}
    assert ideal(game, item, linear(threshold + 0.01)) == {above}
    assert {below, above} <= ideal(game, item, linear(threshold))


def test_every_item_of_these_games_has_its_threshold() -> None:
    tested = {(game, item) for game, item, *_ in THRESHOLDS}
    for game in {game for game, _ in tested}:
        assert {item for name, item in tested if name == game} == {item.id for item in CATALOG.games[game].items}


@pytest.mark.parametrize("angle_deg", [0, 10, 45, 80, 90])
def test_whoever_does_no_harm_hunts_the_stag_with_its_hunter_and_accepts_every_offer(angle_deg: float) -> None:
    assert ideal("stag-hunt", "against-stag", linear(angle_deg)) == {"stag"}
    for item in CATALOG.games["ultimatum-responder"].items:
        assert ideal("ultimatum-responder", item.id, linear(angle_deg)) == {"accept"}


@pytest.mark.parametrize(("angle_deg", "share"), [(-45, 0.5), (-30, 0.366), (-16.26, 0.226)])
def test_the_smallest_share_that_a_spiteful_responder_accepts(angle_deg: float, share: float) -> None:
    slope = math.tan(math.radians(angle_deg))
    assert -slope / (1 - slope) == pytest.approx(share, abs=5e-4)
    for offer in range(1, 100):
        if abs(offer / 100 - share) > 0.001:
            payoffs = np.array([[offer, 100 - offer], [0, 0]], dtype=float)
            accepts = bool(item_rationality(payoffs, linear(angle_deg), 0.0).ideal[0])
            assert accepts is (offer / 100 > share)


@pytest.mark.parametrize(("returned", "threshold_deg"), [(0, 18.435), (0.2, 9.462), (1 / 3, 0)])
def test_a_trustor_sends_from_a_smaller_angle_the_more_comes_back(returned: float, threshold_deg: float) -> None:
    # The game is not in the catalogue; the other side of the one that is.
    payoffs = np.array([[3 * returned, 3 * (1 - returned)], [1, 0]])
    for aside, sends in ((-0.01, False), (0.01, True)):
        best = item_rationality(payoffs, linear(threshold_deg + aside), 0.0).ideal
        assert best.tolist() == [sends, not sends]


# What motives that look at both payoffs want; by hand.
@pytest.mark.parametrize(
    ("game", "motive", "options"),
    [
        ("dictator-multipliers", MaximinMotive(kind="maximin"), "half half half half half"),
        (
            "dictator-multipliers",
            FehrSchmidtMotive(kind="fehr_schmidt", alpha=0.85, beta=0.3),
            "keep keep keep keep keep",
        ),
        ("prisoners-dilemma", InequalityAversionMotive(kind="inequality_aversion"), "cooperate defect"),
        ("stag-hunt", MaximinMotive(kind="maximin"), "stag hare"),
        ("chicken", MaximinMotive(kind="maximin"), "swerve swerve"),
        (
            "ultimatum-responder",
            InequalityAversionMotive(kind="inequality_aversion"),
            "reject reject reject reject accept/reject reject",
        ),
        (
            "ultimatum-responder",
            FehrSchmidtMotive(kind="fehr_schmidt", alpha=1, beta=0.3),
            "reject reject reject accept accept accept",  # 10 - 80, 20 - 60, 30 - 40, 40 - 20
        ),
        ("trust-trustee", InequalityAversionMotive(kind="inequality_aversion"), "keep third half"),
        ("public-goods-4", MaximinMotive(kind="maximin"), "nothing " * 6),
        ("public-goods-4-mean", MaximinMotive(kind="maximin"), "nothing half all nothing half all"),
    ],
)
def test_motives_that_compare(game: str, motive: Motive, options: str) -> None:
    items = CATALOG.games[game].items
    assert [ideal(game, item.id, motive) for item in items] == [set(wanted.split("/")) for wanted in options.split()]


@pytest.mark.parametrize("game", ["public-goods-4", "public-goods-4-mean"])
def test_the_public_good_is_what_it_says(game: str) -> None:
    """Payoffs recomputed person by person: each keeps what they do not put in and gets a share of the fund."""
    put_in = {"none": 0, "nothing": 0, "half": 10, "all": 20}
    for item in CATALOG.games[game].items:
        _, percent, _, others = item.id.split("-")
        for option in item.options:
            people = [put_in[option.id], *[put_in[others]] * 3]
            paid = [20 - gift + int(percent) / 100 * sum(people) for gift in people]
            other = sum(paid[1:]) if game == "public-goods-4" else sum(paid[1:]) / 3
            assert option.payoffs == pytest.approx((paid[0], other))


def test_the_trustee_shares_out_what_arrived() -> None:
    back = {"keep": 0, "third": 1 / 3, "half": 1 / 2, "all": 1}
    for item in CATALOG.games["trust-trustee"].items:
        sent = int(item.id.split("-")[1])
        for option in item.options:
            kept, given = 3 * sent * (1 - back[option.id]), 100 - sent + 3 * sent * back[option.id]
            assert option.payoffs == pytest.approx((kept, given))


def unscorable(game: str) -> dict[str, str]:
    """The core targets that a game cannot score, with the reasons."""
    table = CATALOG.games[game].payoff_table()
    reasons = {value: unscorable_reason(table, CATALOG.values[value].motives) for value in CORE}
    return {value: reason for value, reason in reasons.items() if reason is not None}


@pytest.mark.parametrize("game", INSTRUMENTS)
def test_which_core_targets_a_game_cannot_score(game: str) -> None:
    # What one sends back the other gets, one for one, so joint gain wants everything alike.
    why = "no informative item for the motive linear (utility_angle_deg 45)"
    assert unscorable(game) == ({"prosocial": why} if game == "trust-trustee" else {})


@pytest.mark.parametrize("game", CATALOG.games)
def test_calibrations_enumerate_in_numpy(game: str) -> None:
    """A slider has half a million profiles; going through them one by one would take as many calls."""
    table = CATALOG.games[game].payoff_table()
    items = tuple(range(table.n_items))
    calibrate.cache_clear()
    cached_calibrate.cache_clear()
    for value in CATALOG.values.values():
        if value.motives:
            assert calls(partial(calibrate, table, value.motives, items)) < 10_000


@pytest.mark.parametrize("game", INSTRUMENTS)
def test_payoffs_take_nothing_away_but_on_the_ring(game: str) -> None:
    lowest = min(pair[0] for item in CATALOG.games[game].payoff_table().payoffs for pair in item)
    assert (lowest < 0) is (CATALOG.games[game].ring is not None)
    for item in CATALOG.games[game].items:
        situation = item.situation or CATALOG.games[game].situation or ""
        assert "{" not in situation
        # A payoff below 0 needs a word about what it means.
        if any(min(option.payoffs) < 0 for option in item.options):
            assert "minus sign" in situation


@pytest.mark.parametrize("game", INSTRUMENTS)
def test_which_targets_a_game_tells_apart(game: str) -> None:
    table: PayoffTable = CATALOG.games[game].payoff_table()
    motives = {value: CATALOG.values[value].motives for value in CORE}
    found = {
        (one, other): separation(table, motives[one], motives[other])
        for place, one in enumerate(CORE)
        for other in CORE[place + 1 :]
    }
    assert {pair: how for pair, how in found.items() if how != "distinct"} == ALIKE[game]


@pytest.mark.parametrize(
    ("game", "measures"),
    [
        (
            "ring-24",
            {
                "altruistic": {"ring_category": "altruistic"},
                "prosocial": {"ring_category": "cooperative"},
                "individualistic": {"ring_category": "individualistic"},
                "competitive": {"ring_category": "competitive"},
            },
        ),
        (
            "triple-dominance-9",
            {
                "altruistic": {"classification": "prosocial"},
                "prosocial": {"classification": "prosocial"},
                "individualistic": {"classification": "individualistic"},
                "competitive": {"classification": "competitive"},
            },
        ),
        (
            "svo-slider-full",
            {
                "altruistic": {"svo_category": "altruistic", "secondary_type": None},
                "prosocial": {"svo_category": "prosocial", "secondary_type": "joint_gain"},
                "individualistic": {"svo_category": "individualistic", "secondary_type": None},
                "competitive": {"svo_category": "competitive", "secondary_type": None},
            },
        ),
    ],
)
def test_a_run_of_ideal_agents_records_what_the_game_declares(
    game: str, measures: dict[str, dict[str, str | None]], run: Callable[..., EvalLog]
) -> None:
    for value, wanted in measures.items():
        log = run(hvae_bench(games=game, values=value, templates="no-goal"), f"hvae/{value}", epochs=1)
        path = rationality_path(Path(log.location))
        for _, record in read_records(path):
            assert record.measures.value_rationality == pytest.approx(1)
            assert {name: getattr(record.measures, name) for name in wanted} == wanted
        assert rescore_file(path).differences == ()


SEARCHED = ("allocations-8", "allocations-10")


def ideals_of(game: str) -> dict[Motive, list[set[str]]]:
    """The best options by item, for each motive of the core values."""
    items = CATALOG.games[game].items
    motives = (motive for value in CORE for motive in CATALOG.values[value].motives)
    return {motive: [ideal(game, item.id, motive) for item in items] for motive in motives}


@pytest.mark.parametrize("id_", SEARCHED)
def test_a_searched_game_is_what_its_search_finds(id_: str) -> None:
    script = runpy.run_path(str(Path(__file__).parent.parent / "benchmarks" / "search_game.py"))
    found = script["search"](script["WANTED"][id_])
    game = CATALOG.games[id_]
    assert [[option.payoffs for option in item.options] for item in game.items] == found
    assert (id_, game.payoff_unit) == (f"allocations-{len(found)}", 0)


@pytest.mark.parametrize("id_", SEARCHED)
def test_no_other_game_has_an_item_of_a_searched_one(id_: str) -> None:
    items = {
        other: {frozenset(options) for options in game.payoff_table().payoffs} for other, game in CATALOG.games.items()
    }
    own = items.pop(id_)
    assert len(own) == len(CATALOG.games[id_].items)
    assert own.isdisjoint(set().union(*items.values()))


@pytest.mark.parametrize("id_", SEARCHED)
def test_each_value_has_an_option_of_its_own_in_every_searched_item(id_: str) -> None:
    by_sum, by_least = CATALOG.values["prosocial"].motives
    ideals = ideals_of(id_)
    assert ideals[by_sum] == ideals[by_least]
    for item in zip(*ideals.values(), strict=True):
        assert all(len(options) == 1 for options in item)
        assert len(set().union(*item)) == 4


@pytest.mark.parametrize("id_", SEARCHED)
def test_ideals_of_a_searched_game_lie_as_often_within_the_list_as_at_its_ends(id_: str) -> None:
    game = CATALOG.games[id_]
    first, *within, last = [option.id for option in game.items[0].options]
    of_all: Counter[str] = Counter()
    for motive, ideals in ideals_of(id_).items():
        counts = Counter(option for options in ideals for option in options)
        assert counts[first] + counts[last] == len(game.items) / 2, motive
        assert abs(counts[first] - counts[last]) <= 1, motive
        assert even(counts[one] for one in within), motive
        of_all += Counter() if motive.kind == "maximin" else counts
    assert of_all[first] == of_all[last]
    assert even(of_all[one] for one in within)
    # One place throughout is good for no value.
    table = game.payoff_table()
    for value in CORE:
        always = np.repeat(np.arange(len(within) + 2)[:, None], len(game.items), axis=1)
        scores = value_rationality(always, table, CATALOG.values[value].motives).value_rationality
        assert np.abs(scores).max() < 0.2


def even(counts: Iterable[int]) -> bool:
    """Whether no two of these numbers differ by more than one."""
    found = list(counts)
    return max(found) - min(found) <= 1


def test_the_page_of_games_lists_these_games_as_they_are() -> None:
    page = (Path(__file__).parent.parent / "docs" / "games.md").read_text(encoding="utf-8")
    rows = [[cell.strip(" `") for cell in line.split("|")[1:3]] for line in page.splitlines() if " × " in line]
    listed = dict(row for row in rows if row[0] != "game")
    assert set(INSTRUMENTS) <= set(listed)
    for game, size in listed.items():
        widths = {len(item.options) for item in CATALOG.games[game].items}
        assert size == f"{len(CATALOG.games[game].items)} × {'/'.join(map(str, sorted(widths)))}"
