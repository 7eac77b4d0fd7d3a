"""The ring: every dialogue that has an angle lies at it, in the lane of its target."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from simulation import simulate

from hvae_bench.analysis.people import SLIDER_NORMS
from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.log.runs import Run
from hvae_bench.report.figures.ring import BIN_DEG, MAX_LANES, WEDGE_DEG, ring
from hvae_bench.report.subject import angle_of, subjects_of
from hvae_bench.scorers import ideal_arc

from .conftest import MODELS, says
from .drawn import outside, rows


def test_every_dialogue_is_counted_at_its_angle(small_runs: Sequence[Run]) -> None:
    (figure,) = ring(subjects_of(small_runs))
    assert outside(figure) == []
    for panel, subject in zip(figure.panels, subjects_of(small_runs), strict=True):
        known = [(one.target.id, angle) for one in subject.valued if (angle := angle_of(one)) is not None]
        assert known
        binned = Counter((target, round(angle / BIN_DEG) * BIN_DEG) for target, angle in known)
        drawn = list(rows(panel, "dot"))
        assert {(row["target"], row["angle"]): row["count"] for row in drawn} == binned
        for row in drawn:
            assert math.degrees(math.atan2(row["y"], row["x"])) == pytest.approx(row["angle"], abs=0.1)
        # A lane a target, which lie 1 apart.
        lanes = {(row["target"], round(math.hypot(row["x"], row["y"]) - 0.5)) for row in drawn}
        assert len(lanes) == len(dict(lanes)) == len({lane for _, lane in lanes})
    table = figure.tables[0]
    assert sum(int(cell.fields[""] or 0) for row in table.rows for cell in row if cell.key == "dialogues") == sum(
        row["count"] for panel in figure.panels for row in rows(panel, "dot")
    )


def test_ideal_arcs_and_people_are_where_they_are(small_runs: Sequence[Run]) -> None:
    (figure,) = ring(subjects_of(small_runs[:1]))
    run = small_runs[0]
    lanes: dict[str, list[float]] = {}
    for row in rows(figure.panels[0], "line"):
        if "lane" in row:
            lanes.setdefault(row["lane"], []).append(math.degrees(math.atan2(row["y"], row["x"])))
    (game,) = {one.game.id: one.game for one in run.records}.values()
    for target in run.design.core_values:
        assert game.slider is not None
        arc = ideal_arc(game.payoff_table(), run.design.targets[target].motives, game.slider)
        assert arc is not None
        lack = max(0.0, 2 - arc.extent_deg) / 2
        found = lanes.pop(target)
        assert (min(found), max(found)) == pytest.approx((arc.start_deg - lack, arc.end_deg + lack), abs=0.1)
    ((_, people),) = lanes.items()
    ends = SLIDER_NORMS.mean - SLIDER_NORMS.sd, SLIDER_NORMS.mean + SLIDER_NORMS.sd
    assert (min(people), max(people)) == pytest.approx(ends, abs=0.1)
    assert f"{SLIDER_NORMS.n} people" in figure.caption


def test_a_whole_ring_is_drawn_where_choices_point_elsewhere(catalog: Catalog) -> None:
    run = simulate(catalog, "dose-response", "follower", says(MODELS["follows all"]), epochs=1)
    assert len(run.design.targets) > MAX_LANES
    assert list(ring(subjects_of([run]))) == [], "graded targets have a figure of their own"
    few = list(run.design.targets)[:4]
    part = replace(run, records=[one for one in run.records if one.target.id in few])
    (figure,) = ring(subjects_of([part]))
    assert outside(figure) == []
    angles = [row["angle"] for row in rows(figure.panels[0], "dot")]
    assert min(angles) < WEDGE_DEG[0]
    assert figure.panels[0].options["x"]["domain"][0] < 0


def test_games_without_an_angle_have_no_ring(catalog: Catalog) -> None:
    run = simulate(catalog, "standard-time", "first", says(MODELS["one label only"]), epochs=1)
    assert list(ring(subjects_of([run]))) == []
