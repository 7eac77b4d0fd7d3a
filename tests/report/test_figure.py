"""Figures: marks for every number, text as paths, and the words that stand for them."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from lxml import etree
from matplotlib.figure import Figure
from PIL import Image
from simulation import simulate

from hvae_bench.analysis.people import norms_fit
from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.log.runs import Run
from hvae_bench.report import drawings_of
from hvae_bench.report.figure import INK, Drawing, draw, inline_svg
from hvae_bench.report.grids import choice_rows
from hvae_bench.report.orientation import orientation_rings
from hvae_bench.report.subject import Subject, subjects_of
from hvae_bench.scorers import Slider, angle_distribution

from .conftest import MODELS, WANTS, best, says, selfish

SVG = {"svg": "http://www.w3.org/2000/svg"}


def marks(drawing: Drawing, group: str) -> int:
    tree = etree.fromstring(drawing.svg.encode())
    return len(tree.xpath(f"//svg:g[@id='{group}']//svg:use", namespaces=SVG))


@pytest.fixture(scope="module")
def subject(small_runs: Sequence[Run]) -> Subject:
    return subjects_of(small_runs)[0]


def drawn(subject: Subject, kind: str) -> Drawing:
    (drawing,) = drawings_of(subject, kinds=[kind])
    return drawing


def test_the_radar_has_a_mark_for_each_target_and_goal_turn(subject: Subject) -> None:
    radar = drawn(subject, "radar")
    assert [marks(radar, f"marks-{kind}") for kind in ("self_generated", "none", "filler", "given")] == [4, 4, 4, 0]
    for kind, arm in subject.arms.items():
        for target, estimate in arm.by("value_rationality({})").items():
            assert f"{target} {estimate.mean:.2f}" in radar.alt, kind


def test_the_ring_has_a_point_for_each_dialogue(subject: Subject) -> None:
    ring = drawn(subject, "ring")
    counted = {target: marks(ring, f"dialogues-{target}") for target in subject.targets}
    wanted = dict.fromkeys(subject.targets, 0)
    for record in subject.valued:
        wanted[record.target.id] += record.measures.svo_angle_deg is not None
    assert counted == wanted
    assert sum(counted.values()) == 52
    assert re.search("people of whom no value was asked: mean 30.4, standard deviation 13.7", ring.alt)


def test_a_dialogue_without_an_angle_is_no_point(small_runs: Sequence[Run]) -> None:
    subject = subjects_of(small_runs)[1]
    known = [record for record in subject.valued if record.measures.svo_angle_deg is not None]
    rings = orientation_rings(subject)
    assert len(known) < len(subject.run.records) / 4
    assert sum(marks(ring, f"dialogues-{target}") for ring in rings for target in subject.targets) == len(known)


def test_the_ring_measure_is_a_whole_circle_without_norms(catalog: Catalog) -> None:
    run = simulate(catalog, "dose-response", "follower", says(MODELS["follows all"]), epochs=1)
    (subject,) = subjects_of([run])
    (ring,) = orientation_rings(subject)
    assert "people" not in ring.alt
    assert sum(marks(ring, f"dialogues-{target}") for target in subject.targets) == len(run.records)
    dose = drawn(subject, "dose")
    assert [marks(dose, f"curve-{number}") for number in (1, 2, 3, 4)] == [19, 19, 19, 0]


def test_the_matrix_and_the_choices_are_there(subject: Subject) -> None:
    assert drawn(subject, "matrix").alt.count("altruistic") == 1
    choices = drawn(subject, "choices")
    assert choices.svg.count('id="choices-p') == 6
    assert drawn(subject, "spread").alt.startswith("The headline from part of the dialogues alone: by template from")


def test_what_people_chose_stands_beside_dialogues_without_a_value_and_no_others(catalog: Catalog) -> None:
    run = simulate(catalog, "homo-silicus", "selfish", says(selfish), epochs=1)
    (subject,) = subjects_of([run])
    rows = [*choice_rows([subject])]
    norms = catalog.games["charness-rabin-2002"].norms
    assert norms is not None
    for row in rows:
        share = norms.shares[str(row["item"])][str(row["option"])]
        assert row["people"] == (share if row["target"] == "none" else None)
    (choices,) = drawings_of(subject, kinds=["choices"])
    assert choices.caption.endswith(f". People: {norms.source}")
    crossings = catalog.scenarios["homo-silicus"].crossings[:1]
    only_valued = catalog.scenarios["homo-silicus"].model_copy(update={"crossings": crossings})
    without = replace(catalog, scenarios={"homo-silicus": only_valued})
    (subject,) = subjects_of([simulate(without, "homo-silicus", "selfish", says(selfish), epochs=1)])
    (choices,) = drawings_of(subject, kinds=["choices"])
    assert "People" not in choices.caption


def test_norms_belong_to_games_with_the_same_limits(subject: Subject) -> None:
    geometry = subject.run.design.geometries["svo-slider-primary"]
    assert isinstance(geometry, Slider)
    assert norms_fit(geometry)
    assert not norms_fit(geometry.model_copy(update={"lower_limits_deg": {}}))


def test_a_dollar_sign_is_a_dollar_sign() -> None:
    """Read as mathematics, this name would raise an error."""
    name = r"model $\frac{$ _x^"

    def paint(figure: Figure) -> None:
        figure.text(0.1, 0.5, name)

    drawing = draw("key", "kind", name, name, (3, 1), paint)
    assert "<text" not in drawing.svg
    assert Image.open(io.BytesIO(drawing.png)).size == (432, 144)


def test_a_figure_in_the_page_follows_the_theme_and_has_ids_of_its_own(subject: Subject) -> None:
    radar = drawn(subject, "radar")
    inline = inline_svg(radar)
    assert INK in radar.svg
    assert INK not in inline
    assert "var(--ink)" in inline
    tree = etree.fromstring(inline.encode())
    assert all(id_.startswith(f"{radar.key}-") for id_ in tree.xpath("//@id"))
    ids = set(tree.xpath("//@id"))
    used = re.findall(r'(?:href="|url\()#([^")]+)', inline)
    assert used
    assert set(used) <= ids
    assert "viewBox" in tree.attrib
    assert "width" not in tree.attrib


def test_the_uniform_responder_is_the_one_of_the_literature(subject: Subject) -> None:
    """Mean 22.70 deg, standard deviation 12.87: brute force over all profiles of the primary items."""
    angles, chances = angle_distribution(
        subject.run.design.games["svo-slider-primary"], subject.run.design.geometries["svo-slider-primary"]
    )
    mean = float(angles @ chances)
    assert float(chances.sum()) == pytest.approx(1)
    assert mean == pytest.approx(22.70, abs=0.005)
    assert float(((angles - mean) ** 2) @ chances) ** 0.5 == pytest.approx(12.87, abs=0.005)


def test_curves_hold_the_mean_response_to_every_dose(catalog: Catalog) -> None:
    selfish = says(lambda value, question, draw: best(WANTS["individualistic"], question))
    run = simulate(catalog, "dose-response", "selfish", selfish, epochs=2)
    curves = run.analysis.dose_response.curves
    assert len(curves) == 3
    for curve in curves:
        assert [point.utility_angle_deg for point in curve.points] == list(range(-90, 181, 15))
        assert [point.ideal_deg for point in curve.points] == pytest.approx(
            list(range(-90, 181, 15)), abs=0.02
        )  # rounded payoffs
        for point in curve.points:
            recorded = {
                record.measures.ring_angle_deg
                for record in run.records
                if (record.target.id, record.template.id) == (point.target, curve.template)
            }
            # The same choices always give one direction; as an angle it may be written a whole turn further.
            (angle,) = recorded
            assert angle is not None
            assert math.remainder(point.response_deg.mean - angle, 360) == pytest.approx(0, abs=1e-6)
