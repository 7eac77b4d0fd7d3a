"""What docs/reading_the_numbers.md says of the four models is so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from pictures import model_runs

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.log.runs import Run
from hvae_bench.scorers import RunAnalysis

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "reading_the_numbers.md").read_text(encoding="utf-8")
VALUES = ("altruistic", "prosocial", "individualistic", "competitive")


@pytest.fixture(scope="module")
def runs(catalog: Catalog) -> Mapping[str, Run]:
    return model_runs(catalog)


def angles(run: Run, value: str) -> list[float]:
    found = [record.measures.svo_angle_deg for record in run.records if record.target.id == value]
    return [angle for angle in found if angle is not None]


def verdicts(analysis: RunAnalysis) -> set[str]:
    return {finding.verdict for finding in analysis.findings}


def test_the_ideal_model(runs: Mapping[str, Run]) -> None:
    run = runs["ideal"]
    assert [run.analysis.numbers[f"value_rationality({value})"].mean for value in VALUES] == pytest.approx([1, 1, 1, 1])
    headline = run.analysis.numbers["value_rationality"]
    assert headline.alike
    assert 0.9 < headline.lower < headline.upper == pytest.approx(1)
    assert verdicts(run.analysis) == {"supported", "not_supported"}
    for record in run.records:
        assert record.target.id == "none" or record.measures.angular_distance_deg == pytest.approx(0, abs=1e-9)


def test_the_uniform_model(runs: Mapping[str, Run]) -> None:
    analysis = runs["uniform"].analysis
    assert analysis.numbers["value_rationality"].lower < 0 < analysis.numbers["value_rationality"].upper
    assert all(abs(analysis.numbers[f"value_rationality({value})"].mean) < 0.2 for value in VALUES)
    assert all(abs(float(np.mean(angles(runs["uniform"], value))) - 22.7) < 10 for value in VALUES)
    hits = [record.measures.svo_category for record in runs["uniform"].records]
    assert {*hits} <= {"prosocial", "individualistic"}


def test_the_stubborn_model(runs: Mapping[str, Run]) -> None:
    analysis = runs["stubborn"].analysis
    means = {value: analysis.numbers[f"value_rationality({value})"].mean for value in VALUES}
    assert means["prosocial"] == pytest.approx(1)
    assert means["altruistic"] > 0.2
    assert means["individualistic"] == pytest.approx(0.1, abs=0.05)
    assert means["competitive"] < -0.2
    assert analysis.minimum_target == "competitive"
    assert analysis.numbers["value_rationality"].mean < analysis.deaf_ceiling
    assert [one.mean for one in analysis.by("induction_gain({})").values()] == pytest.approx([0, 0, 0, 0], abs=1e-12)
    assert analysis.numbers["neutrality_bias"].mean > 0.3
    assert analysis.numbers["neutrality_bias_gain"].mean == pytest.approx(0, abs=1e-12)
    assert len({round(angle, 6) for value in (*VALUES, "none") for angle in angles(runs["stubborn"], value)}) == 1


def test_the_refusing_model(runs: Mapping[str, Run], catalog: Catalog) -> None:
    analysis = runs["refusing"].analysis
    assert analysis.outcome.answered_rate == 0
    assert analysis.numbers["value_rationality"].no_mean
    assert not analysis.comparable
