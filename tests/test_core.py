"""Reference agents on every game, through Inspect: what follows a value scores 1 on it, and what guesses 0."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inspect_ai import Task
from inspect_ai.log import EvalLog

from hvae_bench import hvae_bench, load_catalog
from hvae_bench.export import rationality_path
from hvae_bench.record import RationalityRecord
from hvae_bench.rescore import read_records
from hvae_bench.scorers import unscorable_reason
from hvae_bench.scorers.calibration import calibrate

Run = Callable[..., EvalLog]

CATALOG = load_catalog()
CORE = CATALOG.default_scenario()
INDUCED = sorted(id_ for id_, value in CATALOG.values.items() if value.motives)
GAMES = sorted(CATALOG.games)


def records(log: EvalLog) -> list[RationalityRecord]:
    return [record for _, record in read_records(rationality_path(Path(log.location)))]


def by_pair(found: Iterable[RationalityRecord]) -> dict[tuple[str, str], list[RationalityRecord]]:
    pairs: dict[tuple[str, str], list[RationalityRecord]] = defaultdict(list)
    for record in found:
        pairs[record.cell.value, record.cell.game].append(record)
    return pairs


def why_not(value: str, game: str) -> str | None:
    """Why the game cannot score the target, by the calibration itself."""
    return unscorable_reason(CATALOG.games[game].payoff_table(), CATALOG.values[value].motives)


@pytest.mark.parametrize("value", CORE.core_values)
def test_a_follower_is_ideal_on_every_game_of_core(run: Run, value: str) -> None:
    log = run(hvae_bench(), f"hvae/{value}", epochs=1)
    pairs = by_pair(records(log))
    own = {game: found for (target, game), found in pairs.items() if target == value}
    assert set(own) == {game for crossing in CORE.crossings for game in crossing.games}
    for game, found in own.items():
        assert why_not(value, game) is None, "the games of core can score every core target"
        for record in found:
            assert record.measures.value_rationality == pytest.approx(1, abs=1e-9), (game, record.cell.template)
    assert log.results is not None
    metrics = {name: metric.value for name, metric in log.results.scores[0].metrics.items()}
    assert metrics[f"value_rationality({value})"] == pytest.approx(1, abs=1e-9)
    assert metrics["value_rationality"] < 0.6, "it does not follow the other three"
    assert {name for name in metrics if name.startswith("value_rationality(game=")} == {
        f"value_rationality(game={game})" for game in own
    }


@pytest.mark.parametrize("value", INDUCED)
def test_a_follower_is_ideal_wherever_its_value_can_be_scored(run: Run, value: str) -> None:
    task = hvae_bench(values=value, games=GAMES, templates="definition-no-goal", framings="coins-en")
    pairs = by_pair(records(run(task, f"hvae/{value}", epochs=1)))
    assert set(pairs) == {(value, game) for game in GAMES}
    for (_, game), (record,) in pairs.items():
        reason = why_not(value, game)
        if reason is None:
            assert record.measures.value_rationality == pytest.approx(1, abs=1e-9), game
        else:
            assert record.measures.value_rationality is None, game
            assert record.measures.scorable is False
            assert record.measures.undefined["value_rationality"] == reason


def test_guessing_scores_chance_on_every_game_of_core(run: Run) -> None:
    epochs = 6
    pairs = by_pair(records(run(hvae_bench(), "hvae/uniform", model_args={"seed": 3}, epochs=epochs)))
    for (value, game), found in pairs.items():
        motives = CATALOG.values[value].motives
        scores = [record.measures.value_rationality for record in found]
        if not motives:
            assert set(scores) == {None}
            continue
        table = CATALOG.games[game].payoff_table()
        sd = calibrate(table, motives, tuple(range(table.n_items))).value_rationality_sd
        mean = np.mean([score for score in scores if score is not None])
        assert len(scores) >= 2 * epochs
        assert abs(mean) < 4 * sd / math.sqrt(len(scores)), (value, game)


def test_a_refuser_has_no_score_and_bounds_on_every_game_of_core(run: Run) -> None:
    for record in records(run(hvae_bench(templates="no-goal"), "hvae/refuser", epochs=1)):
        measures = record.measures
        assert measures.value_rationality is None
        assert measures.answered_rate == 0
        if record.target.motives:
            assert measures.value_rationality_upper_bound == pytest.approx(1)
            assert measures.value_rationality_lower_bound is not None
            assert measures.value_rationality_lower_bound < 0.01


# --- Orders and labels are only how the same options are shown

SAME = ("value_rationality", "svo_angle_deg", "svo_category", "motive_ranking", "classification")
SHOWN = {
    "reversed": ("option_order: published", "option_order: reversed"),
    "numbered": ("labels: [", 'labels: ["1", "2", "3", "4", "5", "6", "7", "8", "9", '),
    "shuffled": ("option_order: published", "option_order: shuffled"),
}


def folder_with(tmp_path: Path, how: str) -> Path:
    """A catalogue in which the framing of the same id shows the options in another way."""
    path = tmp_path / how / "framings" / "coins-en.yaml"
    path.parent.mkdir(parents=True)
    text = (Path(__file__).parent.parent / "dataset" / "framings" / "coins-en.yaml").read_text(encoding="utf-8")
    old, new = SHOWN[how]
    assert old in text
    path.write_text(text.replace(old, new) + "replaces: coins-en\n", encoding="utf-8")
    return tmp_path / how


def task(catalog: Path | None) -> Task:
    games = ["svo-slider-primary", "triple-dominance-9"]
    values = list(CORE.core_values)
    where = None if catalog is None else str(catalog)
    return hvae_bench(values=values, games=games, templates="no-goal", framings="coins-en", catalog=where)


AGENTS: dict[str, dict[str, Any]] = {
    "altruistic": {},
    "angle": {"angle": 20},
    "noisy": {"value": "competitive", "error": 0.4, "seed": 1},
    "uniform": {"seed": 2},
}


@pytest.mark.parametrize("agent", AGENTS)
def test_orders_and_labels_change_nothing_for_who_answers_payoffs(run: Run, tmp_path: Path, agent: str) -> None:
    arguments = AGENTS[agent]
    plain = records(run(task(None), f"hvae/{agent}", model_args=arguments, epochs=1))
    for how in SHOWN:
        folder = folder_with(tmp_path, how)
        other = records(run(task(folder), f"hvae/{agent}", model_args={**arguments, "catalog": str(folder)}, epochs=1))
        assert len(other) == len(plain)
        for one, two in zip(sorted(plain, key=key), sorted(other, key=key), strict=True):
            assert key(one) == key(two)
            assert [getattr(one.measures, name) for name in SAME] == [getattr(two.measures, name) for name in SAME]
            assert [d.shown for d in one.decisions] != [d.shown for d in two.decisions]


def test_the_order_changes_everything_for_who_answers_places(run: Run, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "reversed")
    plain = records(run(task(None), "hvae/position", model_args={"label": "A"}, epochs=1))
    other = records(run(task(folder), "hvae/position", model_args={"label": "A", "catalog": str(folder)}, epochs=1))
    for one, two in zip(sorted(plain, key=key), sorted(other, key=key), strict=True):
        assert one.measures.constant_position is True
        assert two.measures.constant_position is True
        assert [d.option_id for d in one.decisions] != [d.option_id for d in two.decisions]
        if one.cell.game == "svo-slider-primary":
            assert one.measures.svo_angle_deg == pytest.approx(30.47, abs=0.01)
            assert two.measures.svo_angle_deg == pytest.approx(14.74, abs=0.01)
            assert one.measures.value_rationality != two.measures.value_rationality


def key(record: RationalityRecord) -> tuple[str, int]:
    return record.dialogue.sample_id, record.dialogue.epoch
