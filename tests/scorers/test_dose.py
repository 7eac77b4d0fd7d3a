"""Dose and response on a circle of our own and on the slider, against plain least squares."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.scorers import (
    CellId,
    Design,
    Dialogue,
    LinearMotive,
    MaximinMotive,
    PayoffTable,
    Slider,
    Target,
    analyse,
    dose_response,
)
from hvae_bench.scorers.calibration import item_rationality

THETAS = range(-90, 181, 15)
# Every item asks for one of two opposite points of a circle, so the mean of the ideal choices points along theta.
RING = PayoffTable.from_options(
    {
        f"r{step}": {
            end: (side * math.cos(math.radians(5 * step)), side * math.sin(math.radians(5 * step)))
            for end, side in (("near", 1.0), ("far", -1.0))
        }
        for step in range(36)
    }
)
AROUND = Slider(
    centre_self=0.0, centre_other=0.0, items=RING.item_ids, lower_limits_deg={"up": 0.0}, lowest_category="down"
)


def target(theta: float) -> Target:
    return Target((LinearMotive(kind="linear", utility_angle_deg=theta),), "neutral")


def design(games: Sequence[str] = ("g",), thetas: Sequence[float] = tuple(THETAS)) -> Design:
    return Design(
        targets={name(theta): target(theta) for theta in thetas}
        | {"fair": Target((MaximinMotive(kind="maximin"),), "neutral")},
        games=dict.fromkeys(games, RING),
        core_values=tuple(name(theta) for theta in thetas),
        geometries=dict.fromkeys(games, AROUND),
    )


def name(theta: float) -> str:
    return f"t{theta:g}"


def cell(theta: float, game: str = "g", template: str = "t") -> CellId:
    return CellId(name(theta), game, template, framing="f")


def responses(answer: Mapping[int, Sequence[float]], game: str = "g", template: str = "t") -> dict[CellId, np.ndarray]:
    return {cell(theta, game, template): np.array(angles, dtype=float) for theta, angles in answer.items()}


def test_an_ideal_follower_has_slope_one_and_no_asymmetry() -> None:
    found = dose_response(design(), responses({theta: [theta, theta] for theta in THETAS}))
    assert found.n_doses == len(THETAS)
    assert found.slope.mean == pytest.approx(1)
    assert found.range_deg.mean == pytest.approx(270)
    assert found.ideal_range_deg == pytest.approx(270)
    assert found.asymmetry.mean == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("angle", [-170.0, 0.0, 45.0, 180.0])
def test_a_model_that_ignores_its_target_has_slope_zero(angle: float) -> None:
    found = dose_response(design(), responses({theta: [angle] * 3 for theta in THETAS}))
    assert found.slope.mean == pytest.approx(0, abs=1e-9)
    assert found.range_deg.mean == pytest.approx(0, abs=1e-9)


def test_chance_has_slope_zero() -> None:
    draw = np.random.default_rng(5)
    n = 400
    found = dose_response(design(), responses({theta: draw.uniform(-180, 180, n).tolist() for theta in THETAS}))
    assert abs(found.slope.mean) < 4 * found.slope.standard_error
    assert found.slope.standard_error == pytest.approx(
        360 / math.sqrt(12 * n) / math.sqrt(sum((theta - 45) ** 2 for theta in THETAS)), rel=0.1
    )


def test_slope_and_interval_against_plain_least_squares() -> None:
    draw = np.random.default_rng(6)
    answers = {theta: (0.4 * theta + draw.normal(0, 9, 5)).tolist() for theta in THETAS}
    found = dose_response(design(), responses(answers))
    x = np.array(list(answers), dtype=float)
    y = np.array([np.mean(angles) for angles in answers.values()])
    slope = float(np.polyfit(x, y, 1)[0])
    assert found.slope.mean == pytest.approx(slope)
    variance = sum(((t - 45) / ((x - 45) ** 2).sum()) ** 2 * np.var(a, ddof=1) / 5 for t, a in answers.items())
    assert found.slope.standard_error == pytest.approx(math.sqrt(variance))
    assert found.range_deg.mean == pytest.approx(np.mean(answers[180]) - np.mean(answers[-90]))


def test_asymmetry_is_the_slope_towards_the_others_gain_minus_towards_their_loss() -> None:
    # Follows every degree towards the other's gain, a quarter of those towards their loss.
    answers = {theta: [theta if theta > 0 else theta / 4] * 2 for theta in THETAS}
    found = dose_response(design(), responses(answers))
    assert found.asymmetry.mean == pytest.approx(0.75)


def test_angles_beyond_half_a_turn_count_as_the_same_direction() -> None:
    straight = dose_response(design(), responses({theta: [theta, theta] for theta in THETAS}))
    turned = dose_response(design(), responses({theta: [theta - 360.0, theta] for theta in THETAS}))
    assert turned.slope.mean == pytest.approx(straight.slope.mean)
    assert turned.range_deg.mean == pytest.approx(straight.range_deg.mean)


def test_games_count_equally_however_many_templates_they_have() -> None:
    follower = {theta: [theta, theta] for theta in THETAS}
    still = {theta: [0.0, 0.0] for theta in THETAS}
    angles = responses(follower) | responses(still, "h", "t1") | responses(still, "h", "t2")
    assert dose_response(design(("g", "h")), angles).slope.mean == pytest.approx(0.5)


def test_targets_that_are_not_graded_stay_out() -> None:
    angles = responses({theta: [theta, theta] for theta in THETAS})
    angles[CellId("fair", "g", "t", framing="f")] = np.array([-90.0, -90.0])
    assert dose_response(design(), angles).slope.mean == pytest.approx(1)


@pytest.mark.parametrize(
    ("thetas", "told"),
    [
        ((0, 30, 60, 90), "with 5 targets of different utility angles"),
        ((), "with 5 targets of different utility angles"),
    ],
)
def test_too_few_doses_give_no_slope(thetas: tuple[int, ...], told: str) -> None:
    found = dose_response(design(thetas=thetas), responses({theta: [theta] for theta in thetas}))
    assert found.slope.no_mean is not None
    assert told in found.slope.no_mean
    assert math.isnan(found.ideal_range_deg)


def test_one_half_alone_has_no_asymmetry() -> None:
    thetas = (0, 15, 30, 45, 60, 75, 90)
    found = dose_response(design(thetas=thetas), responses({theta: [theta, theta] for theta in thetas}))
    assert found.slope.mean == pytest.approx(1)
    assert found.asymmetry.no_mean == "fewer than two different doses from -90 to 0 degrees"


def test_on_the_slider_the_ideal_follower_has_slope_one() -> None:
    game = load_catalog().games["svo-slider-primary"]
    table, geometry = game.payoff_table(), game.slider
    assert geometry is not None
    thetas = (-45, -30, -10, 10, 20, 30, 60, 75, 90)
    dialogues = [
        Dialogue(
            CellId(name(theta), "slider", "t", framing="f"),
            {
                item: options[int(np.argmax(item_rationality(table.item(place), target(theta).motives[0], 1).ideal))]
                for place, (item, options) in enumerate(zip(table.item_ids, table.option_ids, strict=True))
            },
        )
        for theta in thetas
    ]
    found = analyse(
        Design(
            targets={name(theta): target(theta) for theta in thetas},
            games={"slider": table},
            core_values=tuple(map(name, thetas)),
            geometries={"slider": geometry},
        ),
        dialogues,
    ).dose_response
    # Uninformative items leave the follower a choice of some angles; the dose is the middle of them.
    assert found.slope.mean == pytest.approx(1, abs=0.1)
    assert found.n_doses == len(thetas)
