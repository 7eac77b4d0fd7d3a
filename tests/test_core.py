"""Reference agents on every game, through Inspect: what follows a value scores 1 on it, and what guesses 0."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inspect_ai import Task, eval
from inspect_ai.log import EvalLog
from inspect_ai.log._samples import sample_active
from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput, get_model, modelapi
from inspect_ai.tool import ToolChoice, ToolInfo

from hvae_bench import hvae_bench, load_catalog
from hvae_bench.log.export import rationality_path
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.source import read_records
from hvae_bench.scorers import unscorable_reason
from hvae_bench.scorers.calibration import calibrate

from .conftest import QUICKLY, numbers_of
from .test_task import exported

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


class Following(ModelAPI):
    """Answers each dialogue as the agent that follows the dialogue's own value; without a value as the uniform one."""

    hvae_streams = True

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 (Inspect's own signature)
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        self._agents = {value: get_model(f"hvae/{value}").api for value in (*INDUCED, "uniform")}

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        active = sample_active()
        assert active is not None
        agent = self._agents.get(str(active.sample.id).partition(".")[0], self._agents["uniform"])
        output = await agent.generate(input, tools, tool_choice, config)
        assert isinstance(output, ModelOutput)
        return output


@modelapi(name="following")
def following() -> type[ModelAPI]:
    return Following


def test_a_follower_is_ideal_on_every_game_of_core(run: Run) -> None:
    log = run(hvae_bench(), "following/own", epochs=1)
    pairs = by_pair(records(log))
    games = {game for crossing in CORE.crossings for game in crossing.games}
    assert set(pairs) >= {(value, game) for value in CORE.core_values for game in games}
    for (value, game), found in pairs.items():
        if value not in CORE.core_values:
            continue
        assert why_not(value, game) is None, "the games of core can score every core target"
        for record in found:
            assert record.measures.value_rationality == pytest.approx(1, abs=1e-9), (game, record.cell.template)
    numbers = numbers_of(log)
    for value in CORE.core_values:
        assert numbers[f"value_rationality({value})"] == pytest.approx(1, abs=1e-9)
    assert {name for name in numbers if name.startswith("value_rationality(game=")} == {
        f"value_rationality(game={game})" for game in games
    }


@pytest.mark.slow
@pytest.mark.parametrize("value", CORE.core_values)
def test_a_follower_of_one_value_does_not_follow_the_others(run: Run, value: str) -> None:
    found = numbers_of(run(hvae_bench(templates="no-goal"), f"hvae/{value}", epochs=1))
    assert found[f"value_rationality({value})"] == pytest.approx(1, abs=1e-9)
    assert found["value_rationality"] < 0.6


@pytest.mark.slow
def test_a_follower_is_ideal_wherever_its_value_can_be_scored(run: Run) -> None:
    task = hvae_bench(
        values=INDUCED,
        games=GAMES,
        templates="definition-no-goal",
        option_orders="published",
        item_orders="published",
    )
    pairs = by_pair(records(run(task, "following/own", epochs=1)))
    assert set(pairs) == {
        (value, game)
        for value in INDUCED
        for game in GAMES
        if CATALOG.values[value].belongs_to(CATALOG.games[game].system)
    }
    for (value, game), (record,) in pairs.items():
        reason = why_not(value, game)
        if reason is None:
            assert record.measures.value_rationality == pytest.approx(1, abs=1e-9), (value, game)
        else:
            assert record.measures.value_rationality is None, (value, game)
            assert record.measures.scorable is False
            assert record.measures.undefined["value_rationality"] == reason


@pytest.mark.slow
def test_guessing_scores_chance_on_every_game_of_core(run: Run) -> None:
    """Within four standard errors on each game for each target, and on all of them together."""
    epochs = 3
    pairs = by_pair(records(run(hvae_bench(), "hvae/uniform", model_args={"seed": 3}, epochs=epochs)))
    standardised: list[float] = []
    for (value, game), found in pairs.items():
        motives = CATALOG.values[value].motives
        scores = [record.measures.value_rationality for record in found]
        if not motives:
            assert set(scores) == {None}
            continue
        table = CATALOG.games[game].payoff_table()
        sd = calibrate(table, motives, tuple(range(table.n_items))).value_rationality_sd
        assert len(scores) >= 2 * epochs
        of_pair = [score / sd for score in scores if score is not None]
        assert len(of_pair) == len(scores)
        assert abs(np.mean(of_pair)) < 4 / math.sqrt(len(of_pair)), (value, game)
        standardised += of_pair
    assert len(standardised) >= 150
    assert abs(np.mean(standardised)) < 4 / math.sqrt(len(standardised))


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
SHOWN: dict[str, dict[str, Any]] = {
    "reversed": {"option_orders": "reversed"},
    "numbered": {"framings": "coins-numbered"},
    "shuffled": {"option_orders": "shuffled"},
}


def task(**shown: Any) -> Task:
    games = ["svo-slider-primary", "triple-dominance-9"]
    values = list(CORE.core_values)
    return hvae_bench(values=values, games=games, templates="no-goal", **{"option_orders": "published", **shown})


# Agents that draw are left out: what a cell shows names its random draws.
AGENTS: dict[str, dict[str, Any]] = {"altruistic": {}, "angle": {"angle": 20}}


def played(logs: Path, **shown: Any) -> dict[str, list[RationalityRecord]]:
    """What each agent does, in one run of Inspect over all of them."""
    models = [get_model(f"hvae/{agent}", memoize=False, **arguments) for agent, arguments in AGENTS.items()]
    found = eval(task(**shown), model=models, epochs=1, log_dir=str(logs), **QUICKLY)
    assert [log.status for log in found] == ["success"] * len(AGENTS)
    return {log.eval.model: sorted(records(log), key=key) for log in found}


@pytest.mark.slow
def test_orders_and_labels_change_nothing_for_who_answers_payoffs(tmp_path: Path) -> None:
    plain = played(tmp_path / "plain")
    assert list(plain) == [f"hvae/{agent}" for agent in AGENTS]
    for how, shown in SHOWN.items():
        other = played(tmp_path / how, **shown)
        for agent in plain:
            for one, two in zip(plain[agent], other[agent], strict=True):
                assert key(one) == key(two)
                assert [getattr(one.measures, name) for name in SAME] == [getattr(two.measures, name) for name in SAME]
                assert [d.shown for d in one.decisions] != [d.shown for d in two.decisions]


def test_the_order_changes_everything_for_who_answers_places(run: Run) -> None:
    plain = records(run(task(), "hvae/position", model_args={"label": "A"}, epochs=1))
    other = records(run(task(option_orders="reversed"), "hvae/position", model_args={"label": "A"}, epochs=1))
    for one, two in zip(sorted(plain, key=key), sorted(other, key=key), strict=True):
        assert one.measures.constant_position is True
        assert two.measures.constant_position is True
        assert [d.option_id for d in one.decisions] != [d.option_id for d in two.decisions]
        if one.cell.game == "svo-slider-primary":
            assert one.measures.svo_angle_deg == pytest.approx(30.47, abs=0.01)
            assert two.measures.svo_angle_deg == pytest.approx(14.74, abs=0.01)
            assert one.measures.value_rationality != two.measures.value_rationality


def key(record: RationalityRecord) -> tuple[str, str]:
    return record.cell.value, record.cell.game


def test_the_short_wording_is_followed_and_read(run: Run) -> None:
    """A follower and whoever does as told are ideal on it, and a constant letter scores as in the long one."""
    asked: dict[str, Any] = {"values": "altruistic", "scenario": "paper-short"}
    for model in ("hvae/altruistic", "hvae/obedient"):
        records = exported(run(hvae_bench(**asked), model, epochs=1))
        assert {record.measures.value_rationality for record in records} == {1.0}
    letters = [
        {
            record.measures.value_rationality
            for record in exported(run(hvae_bench(**one), "hvae/position", epochs=1, model_args={"label": "A"}))
        }
        for one in (asked, asked | {"scenario": "paper"})
    ]
    assert letters[0] == letters[1]
