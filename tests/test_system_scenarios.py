"""The scenarios of the value systems: what each asks, and what reference agents make of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval
from inspect_ai.model import get_model

from hvae_bench import hvae_bench, load_catalog
from hvae_bench.dialogue.sample import build_cells
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.runs import one_run
from hvae_bench.scorers.calibration import calibrate

from .conftest import QUICKLY

CATALOG = load_catalog()
ALL = CATALOG.scenarios["systems"]
SYSTEMS = [*CATALOG.systems]
OWN = [f"standard-{system}" for system in SYSTEMS if system != "svo"]


def records(folder: Path, agents: Mapping[str, dict[str, Any]], **asked: Any) -> dict[str, list[RationalityRecord]]:
    """What each agent does, made with its arguments, in one dialogue a cell."""
    models = [get_model(f"hvae/{name}", memoize=False, **arguments) for name, arguments in agents.items()]
    logs = eval(hvae_bench(**asked), model=models, epochs=1, log_dir=str(folder), **QUICKLY)
    assert [log.status for log in logs] == ["success"] * len(models)
    return {name: list(one_run(log.location).records) for name, log in zip(agents, logs, strict=True)}


def by_target(found: Iterable[RationalityRecord]) -> dict[str, list[float | None]]:
    scores: dict[str, list[float | None]] = {}
    for record in found:
        scores.setdefault(record.target.id, []).append(record.measures.value_rationality)
    return scores


@pytest.mark.parametrize("scenario", OWN)
def test_each_of_one_system_asks_in_every_way_and_says_what_it_cannot_tell(scenario: str) -> None:
    assert "It cannot tell" in CATALOG.scenarios[scenario].concludes
    templates = [cell.parts.template for cell in build_cells(CATALOG, CATALOG.scenarios[scenario])]
    assert {(one.induction, one.goal) for one in templates} == {
        ("self_description", "self_generated"),
        ("self_description", "none"),
        ("definition", "self_generated"),
        ("none", "rule"),
        ("none", "none"),
    }


@pytest.mark.parametrize("scenario", ["core", "standard"])
def test_the_scenarios_of_all_along_stay_between_self_and_other(scenario: str) -> None:
    assert {cell.parts.game.system for cell in build_cells(CATALOG, CATALOG.scenarios[scenario])} == {"svo"}


@pytest.mark.parametrize("scenario", ["systems", *OWN])
def test_whoever_does_as_told_serves_every_target_in_every_way_it_is_told(tmp_path: Path, scenario: str) -> None:
    values = list(CATALOG.scenarios[scenario].core_values)
    scores = by_target(records(tmp_path, {"obedient": {}}, scenario=scenario, values=values)["obedient"])
    assert set(scores) == set(values)
    for target, of_target in scores.items():
        assert of_target == pytest.approx([1] * len(of_target), abs=1e-9), target


@pytest.mark.parametrize("system", SYSTEMS)
def test_whoever_follows_one_target_does_so_whatever_it_is_told(tmp_path: Path, system: str) -> None:
    """And hardly serves another one; between self and other no items can tell four values so far apart."""
    values = list(CATALOG.systems[system].core_targets)
    agents: dict[str, dict[str, Any]] = {**{value: {} for value in values}, "noisy": {"value": values[0], "error": 0.3}}
    asked = {"scenario": "systems", "values": values, "templates": "short-definition-no-goal"}
    found = {name: by_target(run) for name, run in records(tmp_path, agents, **asked).items()}
    (noisy,) = found.pop("noisy")[values[0]]
    assert noisy is not None
    assert -1 < noisy < 1
    for followed, scores in found.items():
        for target, (score,) in scores.items():
            assert score is not None
            assert score == pytest.approx(1, abs=1e-9) if target == followed else score <= (0.2, 0.8)[system == "svo"]


def test_whoever_looks_at_no_payoff_is_worth_nothing_in_any_system(tmp_path: Path) -> None:
    """The angle agent guesses, too, where one of its two stakes is missing, and serves itself where both are there."""
    agents: dict[str, dict[str, Any]] = {
        "uniform": {},
        "angle": {"angle": 0},
        "position": {"label": "B"},
        "refuser": {},
    }
    serves = {"individualistic", "self-serving"}
    found = records(tmp_path, agents, scenario="systems", templates="short-definition-no-goal")
    for agent, run in found.items():
        assert {record.target.id for record in run} == set(ALL.core_values)
        for record in run:
            target, score = record.target.id, record.measures.value_rationality
            statuses = {decision.status for decision in record.decisions}
            assert statuses == {"refused" if agent == "refuser" else "chosen"}
            if agent == "refuser":
                assert score is None
                continue
            assert score is not None
            if agent == "angle" and target in serves:
                assert score == pytest.approx(1, abs=1e-9)
            elif agent != "angle" or record.game.system not in ("svo", "candour"):
                table = CATALOG.games[record.game.id].payoff_table()
                motives = CATALOG.values[target].motives
                sd = calibrate(table, motives, tuple(range(table.n_items))).value_rationality_sd
                # A single dialogue is within four standard deviations of what guessing scores.
                assert abs(score) <= 4 * sd, (agent, target)
