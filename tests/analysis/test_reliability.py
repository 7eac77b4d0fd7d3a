"""Reliability, precision and multiplicity, against simulated models of known truth and against brute force."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from hvae_bench import LogError, UsageError, load_catalog
from hvae_bench.analysis import Run, epochs_for, half_width_at, load, p_value, parallel_forms, split_half
from hvae_bench.analysis import target_differences as differences_of
from hvae_bench.analysis.multiplicity import holm
from hvae_bench.analysis.reliability import spearman_brown
from hvae_bench.log.plan import plan
from hvae_bench.scorers import Design, LinearMotive, PayoffTable, ScoredRun, Target, weighted_estimate
from tests.named import cell_of

GAME = PayoffTable.from_options({"i": {"a": (0, 0), "b": (9, 9)}})
VALUES = ("v", "w", "x", "y")


class Simulated(Run):
    """A run of scores alone."""

    def __init__(self, scores: Mapping[str, Sequence[float]], core: tuple[str, ...] = VALUES) -> None:
        cells = {cell_of(cell): np.array(own, dtype=float) for cell, own in scores.items()}
        design = Design(
            targets={
                cell.value: Target((LinearMotive(kind="linear", utility_angle_deg=0),), "neutral") for cell in cells
            },
            games={cell.game: GAME for cell in cells},
            core_values=core,
        )
        object.__setattr__(self, "name", "simulated")
        object.__setattr__(self, "by_system", {"svo": self})
        object.__setattr__(self, "scored", ScoredRun(design, {cell: {cell.value: own} for cell, own in cells.items()}))


def simulated(between: float, within: float, n: int, seed: int = 1, cells: int = 60) -> Simulated:
    """Cells whose true means differ by one standard deviation, and dialogues by another."""
    rng = np.random.default_rng(seed)
    return Simulated(
        {f"v.g.t{place}.f": rng.normal(rng.normal(0, between), within, size=n).tolist() for place in range(cells)},
        ("v",),
    )


@pytest.mark.parametrize(("between", "within", "n"), [(1.0, 1.0, 8), (0.5, 1.0, 20), (1.0, 0.2, 4)])
def test_split_half_reliability_is_the_share_of_true_variance(between: float, within: float, n: int) -> None:
    truth = between**2 / (between**2 + within**2 / n)
    found = [split_half(simulated(between, within, n, seed), splits=60).reliability for seed in range(12)]
    assert np.mean(found) == pytest.approx(truth, abs=0.03)


def test_without_true_differences_there_is_no_reliability() -> None:
    found = [split_half(simulated(0.0, 1.0, 10, seed), splits=60).reliability for seed in range(12)]
    assert abs(float(np.mean(found))) < 0.2


def test_split_half_by_hand() -> None:
    """Two dialogues a cell: every split is one dialogue against the other."""
    scores = {"v.g.t1.f": [0.1, 0.3], "v.g.t2.f": [0.5, 0.2], "v.g.t3.f": [0.9, 0.7]}
    possible = []
    for sides in itertools.product((0, 1), repeat=3):
        one = [cell[side] for cell, side in zip(scores.values(), sides, strict=True)]
        other = [cell[1 - side] for cell, side in zip(scores.values(), sides, strict=True)]
        r = np.corrcoef(one, other)[0, 1]
        possible.append(2 * r / (1 + r))
    found = split_half(Simulated(scores, ("v",)), splits=4000)
    assert found.reliability == pytest.approx(np.mean(possible), abs=0.03)
    assert min(possible) - 1e-9 <= found.lower <= found.reliability <= found.upper <= max(possible) + 1e-9
    assert found == split_half(Simulated(scores, ("v",)), splits=4000)
    assert found != split_half(Simulated(scores, ("v",)), splits=4000, seed=1)


def test_split_half_says_why_there_is_none() -> None:
    few = split_half(Simulated({"v.g.t.f": [1, 2], "w.g.t.f": [1, 2], "x.g.t.f": [1]}))
    assert (few.n_cells, few.reason) == (2, "2 cells with two or more scored dialogues, and it takes 3")
    alike = split_half(Simulated({f"{value}.g.t.f": [0.5, 0.5] for value in VALUES}))
    assert alike.reason == "all cells have the same mean"
    assert math.isnan(alike.reliability)


@pytest.mark.parametrize(("r", "stepped"), [(0.0, 0.0), (0.5, 2 / 3), (1.0, 1.0), (-0.5, -2.0)])
def test_spearman_brown(r: float, stepped: float) -> None:
    assert spearman_brown(r) == pytest.approx(stepped)


def test_parallel_forms() -> None:
    g = {"v": [0.1, 0.3], "w": [0.4, 0.6, 0.5], "x": [0.9, 0.8], "y": [0.0, 0.1]}
    h = {"v": [0.2, 0.3], "w": [0.4, 0.5], "x": [0.7, 0.9, 0.5], "y": [-0.3, 0.1]}
    scores = {f"{value}.g.t.f": cell for value, cell in g.items()} | {
        f"{value}.h.t.f": cell for value, cell in h.items()
    }
    ((pair, found),) = parallel_forms(Simulated(scores | {"v.g.t2.f": [9, 9.5]})).items()
    assert (pair, found.n_cells, found.reason) == (("g", "h"), 4, None)
    means = [[np.mean(own[value]) for value in VALUES] for own in (g, h)]
    assert found.correlation == pytest.approx(stats.pearsonr(*means).statistic)
    expected = weighted_estimate(
        {cell: np.array(own) for cell, own in scores.items()},
        {cell: 0.25 if ".g." in cell else -0.25 for cell in scores},
    )
    assert (found.difference.mean, found.difference.lower) == pytest.approx((expected.mean, expected.lower))


def test_parallel_forms_say_why_there_is_no_agreement() -> None:
    ((_, none),) = parallel_forms(Simulated({"v.g.t.f": [1, 2], "v.h.t2.f": [1, 2]})).items()
    assert (none.n_cells, none.reason) == (0, "no scored cells that differ only in the game")
    ((_, few),) = parallel_forms(Simulated({"v.g.t.f": [1, 2], "v.h.t.f": [2, 4]})).items()
    assert few.n_cells == 1
    assert few.difference.mean == pytest.approx(-1.5)
    assert few.reason == "1 pairs of cells, and it takes 3"


# --- Precision


@pytest.fixture(scope="module")
def run(logs: Path) -> Run:
    return next(run for run in load(logs) if run.model == "hvae/uniform")


@pytest.mark.parametrize("name", ["value_rationality", "value_rationality(competitive)", "goal_effect"])
def test_the_epochs_are_the_fewest_that_do(name: str, run: Run) -> None:
    catalog = load_catalog()
    for of in (run, (catalog, catalog.scenarios["paper"])):
        for wanted in (0.3, 0.1, 0.04):
            epochs = epochs_for(wanted, of, name=name)
            assert half_width_at(epochs, of, name=name) <= wanted
            assert epochs == 2 or half_width_at(epochs - 1, of, name=name) > wanted


def test_before_a_run_the_precision_is_that_of_a_plan_for_a_model_that_guesses() -> None:
    catalog = load_catalog()
    scenario = catalog.scenarios["paper"]
    guessing = plan(catalog, scenario, 7).half_widths[1.0]
    assert half_width_at(7, (catalog, scenario)) == guessing["all"]
    assert half_width_at(7, (catalog, scenario), name="value_rationality(prosocial)") == guessing["prosocial"]


@pytest.mark.parametrize(
    ("scenario", "names"),
    [
        ("languages", [f"language_gap({language})" for language in ("de", "fr", "es", "zh", "ja")] + ["order_effect"]),
        ("robustness", ["order_effect", "framing_effect(coins)", "framing_effect(doses)", "paraphrase_effect(en-2)"]),
        ("contamination", ["contamination_gap", "order_effect"]),
    ],
)
def test_the_scenarios_of_the_catalogue_have_the_contrasts_they_are_made_for(scenario: str, names: list[str]) -> None:
    catalog = load_catalog()
    for name in names:
        assert 0 < half_width_at(5, (catalog, catalog.scenarios[scenario]), name=name) < 1


def test_after_a_run_the_precision_at_its_own_size_is_its_interval(run: Run) -> None:
    found = run.analysis.numbers["value_rationality"]
    assert half_width_at(3, run) == pytest.approx((found.upper - found.lower) / 2)


def test_a_wanted_precision_that_makes_no_sense_is_refused(run: Run) -> None:
    with pytest.raises(UsageError, match="has to be positive"):
        epochs_for(0, run)
    with pytest.raises(UsageError, match="more than 100,000 epochs"):
        epochs_for(1e-6, run)
    with pytest.raises(UsageError, match="no number 'beauty'"):
        epochs_for(0.1, run, name="beauty")
    with pytest.raises(UsageError, match="contamination_gap is undefined here: no cells"):
        epochs_for(0.1, run, name="contamination_gap")
    with pytest.raises(UsageError, match="two epochs or more"):
        half_width_at(1, run)
    with pytest.raises(LogError, match="fewer than two scored dialogues"):
        epochs_for(0.1, Simulated({f"{value}.g.t.f": [0.5] for value in VALUES}))


# --- Multiplicity


MEANS = (0, 0.1, 0.3, 0.5)


def test_differences_of_targets_are_adjusted_by_holm() -> None:
    rng = np.random.default_rng(3)
    scores = {
        f"{value}.g.t.f": rng.normal(mean, 0.3, size=12).tolist() for value, mean in zip(VALUES, MEANS, strict=True)
    }
    found = differences_of(Simulated(scores))
    assert [(one.one, one.other) for one in found] == list(itertools.combinations(VALUES, 2))
    raw = [
        stats.ttest_ind(scores[f"{one.one}.g.t.f"], scores[f"{one.other}.g.t.f"], equal_var=False).pvalue
        for one in found
    ]
    assert [one.p for one in found] == pytest.approx(raw)
    # Holm: the i-th smallest times the number that are left, never below one before it.
    largest, expected = 0.0, {}
    for place, index in enumerate(np.argsort(raw)):
        largest = max(largest, min(1.0, raw[index] * (len(raw) - place)))
        expected[int(index)] = largest
    assert [one.p_holm for one in found] == pytest.approx([expected[index] for index in range(len(raw))])
    for one in found:
        assert (one.p < 0.05) == (one.difference.lower > 0 or one.difference.upper < 0)


@pytest.mark.parametrize(
    ("raw", "adjusted"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.02, 0.02, 0.5, 0.9], [0.08, 0.08, 1, 1]),
        ([0.04, 0.04, 0.04], [0.12, 0.12, 0.12]),
        ([0.001], [0.001]),
        ([], []),
    ],
)
def test_holm_gives_what_statsmodels_gives(raw: list[float], adjusted: list[float]) -> None:
    found = holm(dict(enumerate(raw)))
    assert [found[place] for place in range(len(raw))] == pytest.approx(adjusted)


def test_differences_without_an_interval_are_not_counted() -> None:
    scores = {"v.g.t.f": [0.1, 0.2, 0.4], "w.g.t.f": [0.9, 0.8, 0.9], "x.g.t.f": [0.5]}
    found = differences_of(Simulated(scores, ("v", "w", "x")))
    assert [math.isnan(one.p_holm) for one in found] == [False, True, True]
    assert found[0].p_holm == found[0].p == p_value(found[0].difference)
    with pytest.raises(LogError, match="no dialogue with the target z"):
        differences_of(Simulated(scores, ("v", "z")))
