"""Runs of the task through Inspect itself."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from inspect_ai import Task, eval, eval_retry, eval_set
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.log import EvalLog, read_eval_log
from inspect_ai.model import ModelOutput
from inspect_ai.viewer import TaskSamplesView

from hvae_bench import hvae_bench, load_catalog
from hvae_bench.dialogue.cost import calls_of, cost_of
from hvae_bench.log.export import rationality_path
from hvae_bench.log.overview import find_cell
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.runs import load, one_run
from hvae_bench.log.source import read_records
from hvae_bench.task import rationality, rationality_estimates, replay
from hvae_bench.text.errors import LogError
from hvae_bench.text.number import about

from .conftest import Script, numbers_of

Run = Callable[..., EvalLog]

TARGETS = ("altruistic", "prosocial", "individualistic", "competitive")


def exported(log: EvalLog) -> list[RationalityRecord]:
    path = rationality_path(Path(log.location))
    assert path.is_file(), "the run wrote no rationality log"
    return [record for _, record in read_records(path)]


@pytest.mark.parametrize("target", TARGETS)
def test_ideal_agent_is_ideal_on_its_own_target_only(run: Run, target: str) -> None:
    log = run(hvae_bench(scenario="slider"), f"hvae/{target}", epochs=1)
    found = numbers_of(log)
    assert found[f"value_rationality({target})"] == pytest.approx(1, abs=1e-9)
    for other in TARGETS:
        if other != target:
            assert found[f"value_rationality({other})"] < 0.6
    assert found["answered_rate"] == 1
    assert found["comparable"] == 1


def test_altruist_scored_as_competitive(run: Run) -> None:
    log = run(hvae_bench(scenario="slider", values="competitive", templates="no-goal"), "hvae/altruistic", epochs=1)
    assert numbers_of(log)["value_rationality(competitive)"] == pytest.approx(-0.999, abs=5e-4)


@pytest.mark.slow
def test_uniform_agent_scores_chance(run: Run) -> None:
    """500 dialogues; the standard error is that of the uniform responder, by enumeration of all profiles."""
    import itertools

    import numpy as np

    from hvae_bench.scorers import value_rationality

    catalog = load_catalog()
    table = catalog.games["svo-slider-primary"].payoff_table()
    profiles = np.array(list(itertools.product(range(9), repeat=6)))
    log = run(hvae_bench(scenario="slider", templates="no-goal"), "hvae/uniform", model_args={"seed": 1}, epochs=63)
    found = numbers_of(log)
    assert found["dialogues"] == 504
    for target in TARGETS:
        exact = value_rationality(profiles, table, catalog.values[target].motives).value_rationality
        assert exact.mean() == pytest.approx(0, abs=1e-9)
        standard_error = exact.std() / math.sqrt(2 * 63)
        assert abs(found[f"value_rationality({target})"]) < 4 * standard_error


def test_the_same_seed_draws_the_same_whatever_the_timing(run: Run) -> None:
    def choices(seed: int, connections: int) -> list[str | None]:
        log = run(
            hvae_bench(scenario="slider", values="altruistic", templates="no-goal"),
            "hvae/uniform",
            model_args={"seed": seed},
            epochs=5,
            max_connections=connections,
        )
        return [decision.option_id for record in exported(log) for decision in record.decisions]

    first = choices(1, 1)
    assert first == choices(1, 50)
    assert first != choices(2, 50)
    assert len(set(map(tuple, zip(*[iter(first)] * 6, strict=True)))) == 10, "dialogues must be independent draws"


def test_refuser_has_no_value_rationality_but_bounds(run: Run) -> None:
    log = run(hvae_bench(scenario="paper"), "hvae/refuser", epochs=1)
    found = numbers_of(log)
    assert math.isnan(found["value_rationality"])
    assert math.isnan(found["value_rationality_min"])
    assert found["answered_rate"] == 0
    assert found["refused_rate"] == 1
    assert found["comparable"] == 0
    for record in exported(log):
        measures = record.measures
        assert measures.value_rationality is None
        assert measures.undefined["value_rationality"] == "no item was answered"
        assert measures.value_rationality_upper_bound == pytest.approx(1, abs=1e-9)
        assert measures.value_rationality_lower_bound is not None
        assert measures.value_rationality_lower_bound < -0.5
        assert all(decision.reasked and decision.status == "refused" for decision in record.decisions)


def test_position_agent_is_unlike_under_the_two_orders(run: Run) -> None:
    log = run(
        hvae_bench(scenario="slider", values="altruistic", templates="no-goal"),
        "hvae/position",
        model_args={"label": "A"},
        epochs=1,
    )
    angles = {record.cell.option_order: record.measures.svo_angle_deg for record in exported(log)}
    assert angles["published"] == pytest.approx(30.5, abs=0.05)
    assert angles["reversed"] == pytest.approx(14.7, abs=0.05)


def test_option_order_does_not_matter_to_an_ideal_agent(run: Run) -> None:
    log = run(
        hvae_bench(scenario="slider", values="individualistic", templates="no-goal"), "hvae/individualistic", epochs=1
    )
    one, other = exported(log)
    assert one.cell.option_order != other.cell.option_order
    assert {d.item_id: d.option_id for d in one.decisions} == {d.item_id: d.option_id for d in other.decisions}
    assert [d.shown for d in one.decisions] != [d.shown for d in other.decisions]


@pytest.mark.slow
def test_noisy_agent_scores_one_less_its_error(run: Run) -> None:
    log = run(
        hvae_bench(scenario="slider", values="altruistic", templates="no-goal"),
        "hvae/noisy",
        model_args={"value": "altruistic", "error": 0.2},
        epochs=100,
    )
    found = one_run(log.location).analysis.numbers["value_rationality(altruistic)"]
    assert found.lower < 0.8 < found.upper


def test_modes_ask_the_same_questions(run: Run) -> None:
    together = exported(run(hvae_bench(scenario="paper"), "hvae/competitive", epochs=1, limit=4))
    apart = exported(run(hvae_bench(scenario="paper", items="independent"), "hvae/competitive", epochs=1, limit=4))
    assert {record.run.administration.items for record in apart} == {"independent"}
    for one, other in zip(together, apart, strict=True):
        assert one.dialogue.sample_id == other.dialogue.sample_id
        for turn, alone in zip(one.turns, other.turns, strict=True):
            assert turn.model_dump(exclude={"tokens"}) == alone.model_dump(exclude={"tokens"})
        assert one.measures == other.measures


def test_independent_items_do_not_see_each_other(run: Run, script: Callable[[Script], str]) -> None:
    lengths: dict[str, int] = {}

    def reply(stream: str, messages: list[object]) -> str:
        lengths[stream] = len(messages)
        return "A"

    model = script(reply)  # type: ignore[arg-type]
    run(
        hvae_bench(
            scenario="slider", values="altruistic", templates="no-goal", option_orders="published", items="independent"
        ),
        model,
        epochs=1,
    )
    items = {stream: length for stream, length in lengths.items() if "/opening/" not in stream}
    assert len(items) == 6
    assert set(items.values()) == {6}, "the instruction, two opening turns with their replies, and the question"


def test_first_cells_cover_the_targets(run: Run) -> None:
    log = run(hvae_bench(scenario="paper"), "hvae/uniform", epochs=1, limit=4)
    assert {record.cell.value for record in exported(log)} == set(TARGETS)


def test_one_sample_by_its_id(run: Run) -> None:
    wanted = "altruistic.svo-slider-primary.goal-prompting"
    log = run(hvae_bench(scenario="paper"), "hvae/altruistic", sample_id=wanted, epochs=2)
    assert [(r.dialogue.sample_id, r.dialogue.epoch) for r in exported(log)] == [(wanted, 1), (wanted, 2)]


def test_generation_settings_are_logged(run: Run) -> None:
    log = run(hvae_bench(scenario="paper"), "hvae/uniform", limit=1, epochs=1, temperature=0.25, seed=7)
    (record,) = exported(log)
    assert record.run.generate_config["temperature"] == 0.25
    assert record.run.generate_config["seed"] == 7
    assert record.run.task_version == "3-C"
    assert log.eval.metadata is not None
    assert log.eval.metadata["full_task_version"] == "3-C"


def test_goal_is_repeated_in_every_question(run: Run, script: Callable[[Script], str]) -> None:
    goal = "Leave {options} to the other <b>person</b>."

    def reply(stream: str, messages: list[object]) -> str:
        return f"<think>hm</think>{goal}" if "/opening/3/" in stream else "B"

    model = script(reply)  # type: ignore[arg-type]
    log = run(
        hvae_bench(scenario="slider", values="altruistic", templates="goal-prompting", option_orders="published"),
        model,
        epochs=1,
    )
    (record,) = exported(log)
    assert record.goal_text == goal
    questions = [turn for turn in record.turns if turn.kind == "decision"]
    assert len(questions) == 6
    assert all(turn.prompt.count(goal) == 1 for turn in questions), "and braces in it stay as they are"


def test_no_option_is_asked_again_once(run: Run, script: Callable[[Script], str]) -> None:
    def reply(stream: str, messages: list[object]) -> str:
        if "/items/0/" in stream:
            return "It depends." if stream.endswith("/1") else "C"
        if "/items/1/" in stream:
            return "It depends."
        return "A"

    model = script(reply)  # type: ignore[arg-type]
    log = run(hvae_bench(scenario="slider", values="none", option_orders="published"), model, epochs=1)
    (record,) = exported(log)
    outcomes = {d.item_id: (d.status, d.option_id, d.reasked) for d in record.decisions}
    assert outcomes["p1"] == ("chosen", "o3", True)
    assert outcomes["p2"] == ("invalid", None, True)
    assert outcomes["p3"] == ("chosen", "o1", False)
    assert [turn.attempt for turn in record.turns] == [1, 1, 2, 1, 2, 1, 1, 1, 1]
    assert record.measures.answered_rate == pytest.approx(5 / 6)
    assert record.measures.svo_angle_deg is None
    assert record.measures.undefined["value_rationality"] == "the target has no motive"


def test_a_filtered_reply_is_a_refusal(run: Run, script: Callable[[Script], str]) -> None:
    def reply(stream: str, messages: list[object]) -> ModelOutput | str:
        if "/opening/" in stream:
            return "Yes."
        return ModelOutput.from_content("scripted", "", stop_reason="content_filter")

    model = script(reply)  # type: ignore[arg-type]
    (record,) = exported(run(hvae_bench(scenario="paper"), model, epochs=1, limit=1))
    assert {(d.status, d.reason) for d in record.decisions} == {("refused", "content_filter")}


def test_a_limit_leaves_items_unreached(run: Run) -> None:
    log = run(
        hvae_bench(scenario="slider", values="altruistic", templates="no-goal", option_orders="published"),
        "hvae/uniform",
        epochs=1,
        message_limit=9,
    )
    (record,) = exported(log)
    assert record.dialogue.limit == "message"
    assert [d.status for d in record.decisions][-1] == "not_reached"
    assert record.decisions[-1].reason == "limit"
    assert record.measures.incomplete
    assert math.isnan(numbers_of(log)["value_rationality"]), "an incomplete dialogue stays out of the means"
    assert numbers_of(log)["incomplete_dialogues"] == 1


def test_retry_after_a_failing_provider_has_every_dialogue_once(run: Run, script: Callable[[Script], str]) -> None:
    def failing(stream: str, messages: list[object]) -> str | Exception:
        return RuntimeError("provider down") if "/2/items/3/" in stream else "A"

    model = script(failing)  # type: ignore[arg-type]
    log = run(hvae_bench(scenario="paper"), model, epochs=3, fail_on_error=False)
    broken = [record for record in exported(log) if record.dialogue.error]
    assert len(exported(log)) == 24
    assert len(broken) == 8
    for record in broken:
        assert [d.reason for d in record.decisions if d.status == "not_reached"] == ["error"] * 3
        assert [d.status for d in record.decisions[:3]] == ["chosen"] * 3
    kept = {r.dialogue.uuid for r in exported(log) if not r.dialogue.error}

    script(lambda stream, messages: "A")
    (again,) = eval_retry(log, log_dir=str(Path(log.location).parent), display="none")
    assert again.status == "success"
    records = exported(again)
    keys = [(r.run.task_id, r.dialogue.sample_id, r.dialogue.epoch) for r in records]
    assert len(keys) == len(set(keys)) == 24
    assert {key[0] for key in keys} == {log.eval.task_id}
    assert not [record for record in records if record.dialogue.error or record.measures.incomplete]
    assert kept <= {record.dialogue.uuid for record in records}
    assert numbers_of(again)["dialogues"] == 24


def value_file(folder: Path, definition: str) -> Path:
    path = folder / "values" / "kind.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"id: kind\ntitle: Kind\nsource: Written for this test.\nlabel: kind\ndefinition: {definition}\n"
        "pronouncedness: neutral\nmotives: [{kind: linear, utility_angle_deg: 45}]\n",
        encoding="utf-8",
    )
    return path


def test_retry_stops_if_the_catalogue_changed(run: Run, script: Callable[[Script], str], tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    value_file(folder, "Wants both to do well.")
    model = script(lambda stream, messages: RuntimeError("down") if "/1/items/3/" in stream else "A")
    log = run(
        hvae_bench(scenario="slider", catalog=str(folder), values="kind", templates="no-goal"),
        model,
        epochs=2,
        fail_on_error=False,
    )
    asked: list[str] = []
    script(lambda stream, messages: asked.append(stream) or "A")  # type: ignore[func-returns-value]

    value_file(folder, "Wants something else.")
    (again,) = eval_retry(log, log_dir=str(tmp_path / "again"), display="none")
    assert again.status == "error"
    assert again.error is not None
    assert "The catalogue has changed since this run began" in again.error.message
    assert asked == [], "no call may be made"

    value_file(folder, "Wants both to do well.")
    (restored,) = eval_retry(log, log_dir=str(tmp_path / "restored"), display="none")
    assert restored.status == "success"
    assert len(asked) == 2 * 8


def test_a_retry_from_anywhere_finds_a_catalogue_that_was_named_from_here(
    run: Run, script: Callable[[Script], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    elsewhere.mkdir()
    value_file(here / "mine", "Wants both to do well.")
    monkeypatch.chdir(here)
    model = script(lambda stream, messages: RuntimeError("down"))
    task = hvae_bench(scenario="slider", catalog="mine", values="kind", templates="no-goal")
    log = run(task, model, epochs=1, status="error")
    assert log.eval.task_args_passed["catalog"] == str(here / "mine")
    script(lambda stream, messages: "A")
    monkeypatch.chdir(elsewhere)
    (again,) = eval_retry(log, log_dir=str(tmp_path / "again"), display="none")
    assert again.status == "success"
    lines = rationality_path(Path(again.location)).read_text("utf-8")
    assert json.loads(lines.splitlines()[0])["catalog"]["source"] == ["embedded", "mine"]
    assert str(tmp_path) not in lines, "no path of this machine"

    (here / "mine").rename(here / "gone")
    with pytest.raises(PrerequisiteError, match="a retry takes no `-T`: put the folder back there"):
        eval_retry(log, log_dir=str(tmp_path / "third"), display="none")


def test_eval_set_resumes_and_averages_one_catalogue_only(script: Callable[[Script], str], tmp_path: Path) -> None:
    folder, logs = tmp_path / "mine", str(tmp_path / "set")
    value_file(folder, "Wants both to do well.")

    def task() -> Task:
        return hvae_bench(scenario="slider", catalog=str(folder), values="kind", templates="no-goal")

    model = script(lambda stream, messages: "A")
    done, (log,) = eval_set(task(), log_dir=logs, model=model, epochs=1, display="none", retry_attempts=0)
    assert done
    assert rationality_path(Path(log.location)).is_file()
    done, (log,) = eval_set(task(), log_dir=logs, model=model, epochs=2, display="none", retry_attempts=0)
    assert done
    assert numbers_of(read_eval_log(log.location))["dialogues"] == 4

    value_file(folder, "Wants something else.")
    done, (log,) = eval_set(task(), log_dir=logs, model=model, epochs=3, display="none", retry_attempts=0)
    assert not done
    assert log.error is not None
    assert "different catalogues" in log.error.message


def test_announces_dialogues_and_calls(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    eval(hvae_bench(scenario="paper"), model="hvae/uniform", epochs=2, limit=3, log_dir=str(tmp_path), display="plain")
    told = capsys.readouterr().out
    cells = [find_cell(load_catalog(), f"{value}.svo-slider-primary.goal-prompting") for value in TARGETS[:3]]
    sent = 2 * sum(cost_of(calls_of(cell.script())).input_tokens for cell in cells)
    assert (
        f"3 cells x 2 epochs = 6 dialogues, 54 model calls, about {about(sent)} tokens sent and 1,090 received" in told
    )


def test_a_run_that_keeps_no_dialogue_says_so_before_its_first_call_and_whenever_it_is_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    task = hvae_bench(scenario="quick")
    (log,) = eval(task, model="hvae/uniform", limit=1, log_samples=False, log_dir=str(tmp_path), display="plain")
    told = capsys.readouterr()
    assert "--no-log-samples keeps no dialogue, so only what Inspect prints will be known." in told.out
    assert "No rationality log" not in told.err
    assert [*tmp_path.iterdir()] == [Path(log.location)]
    with pytest.raises(LogError, match="was made with --no-log-samples and holds no dialogue"):
        load(tmp_path)


def test_other_tasks_are_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Even when our hooks are registered, a run of another task writes and prints nothing of ours."""
    from inspect_ai.dataset import Sample

    hvae_bench(scenario="slider")
    eval(Task(dataset=[Sample(input="Hello")]), model="hvae/uniform", log_dir=str(tmp_path), display="plain")
    assert not list(tmp_path.glob("*.jsonl"))
    assert "hvae_bench:" not in capsys.readouterr().out


def test_end_to_end_with_the_mock_model(run: Run) -> None:
    """Inspect's own mock model answers prose; every item is an invalid reply, nothing is guessed."""
    from inspect_ai.model import ModelUsage, get_model

    def reply(*_: object) -> ModelOutput:
        output = ModelOutput.from_content("mockllm/model", "Both of us should be happy.")
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    model = get_model("mockllm/model", custom_outputs=reply)
    log = run(hvae_bench(scenario="paper"), model, epochs=1, limit=2)
    assert numbers_of(log)["invalid_rate"] == 1


def test_parts_are_registered_under_their_names(run: Run) -> None:
    from inspect_ai._util.registry import registry_info

    log = run(hvae_bench(scenario="paper"), "hvae/uniform", epochs=1, limit=1)
    assert registry_info(replay()).name == "hvae_bench/replay"
    assert registry_info(rationality()).name == "hvae_bench/rationality"
    assert registry_info(rationality_estimates()).name == "hvae_bench/rationality_estimates"
    assert log.eval.packages["hvae-bench"]


def test_scores_hold_no_nan_in_the_rationality_log(run: Run) -> None:
    log = run(hvae_bench(scenario="slider"), "hvae/refuser", epochs=1)
    text = rationality_path(Path(log.location)).read_text()
    assert "NaN" not in text
    assert "Infinity" not in text
    for line in text.splitlines():
        json.loads(line, parse_constant=pytest.fail)


def test_inspects_frames_have_headline_error_and_numbers_in_columns(run: Run) -> None:
    pytest.importorskip("pandas")
    from inspect_ai.analysis import SampleColumn, SampleSummary, evals_df, samples_df

    log = run(hvae_bench(scenario="paper"), "hvae/noisy", model_args={"value": "prosocial", "error": 0.4}, epochs=2)
    headline = one_run(log.location).analysis.numbers["value_rationality"]
    (row,) = evals_df(log.location).to_dict("records")
    assert row["score_headline_metric"] == "value_rationality"
    assert row["score_headline_value"] == pytest.approx(headline.mean)
    assert row["score_headline_stderr"] == pytest.approx(headline.standard_error)
    shown = [name for name in row if str(name).startswith("score_rationality_")]
    assert len(shown) <= 12
    assert all(math.isfinite(row[name]) for name in shown)
    numbers = SampleColumn("value_rationality", path="scores.rationality.value.value_rationality")
    for dialogue in samples_df(log.location, columns=[*SampleSummary, numbers]).to_dict("records"):
        assert dialogue["target"] == dialogue["metadata_value"]
        assert "{" not in str(dialogue["input"])
        assert isinstance(dialogue["value_rationality"], float)


def test_the_explanation_of_a_score_is_a_table_of_choices_ideals_and_regrets(run: Run) -> None:
    task = hvae_bench(scenario="slider", values=["altruistic", "none"], templates=["no-goal", "baseline"])
    log = run(task, "hvae/individualistic", epochs=1)
    told = {sample.target: sample.scores["rationality"] for sample in log.samples or [] if sample.scores}
    assert told["altruistic"].answer is not None
    assert told["altruistic"].answer.startswith("p1 (85, ")
    lines = (told["altruistic"].explanation or "").splitlines()
    assert lines[2] == "| item | chosen (self, other) | ideal (self, other) | regret |"
    rows = {line.split(" | ")[0].strip("| "): line.strip("| ").split(" | ")[1:] for line in lines[4:]}
    # By hand: the best for oneself leaves the other 50 on p2, which is also the most that the other can have there.
    assert rows["p2"] == ["(100, 50)", "(100, 50)", "0"]
    assert rows["p4"] == ["(85, 15)", "(50, 100)", "85"]
    assert (told["none"].explanation or "").splitlines()[2] == "| item | chosen (self, other) |"


def test_what_was_not_answered_has_no_regret(run: Run) -> None:
    log = run(hvae_bench(scenario="paper", values="prosocial", templates="no-goal"), "hvae/refuser", epochs=1)
    (sample,) = log.samples or []
    assert sample.scores is not None
    rows = [row.split(" | ") for row in (sample.scores["rationality"].explanation or "").splitlines()[4:]]
    assert {(chosen, regret.strip(" |")) for _, chosen, _, regret in rows} == {("refused", "")}
    assert "any" in {ideal for _, _, ideal, _ in rows}, "equal shares of a fixed sum inform of no prosocial value"


@pytest.mark.parametrize("follower", ["joint-gain", "maximin"])
def test_of_two_motives_regret_goes_by_the_one_that_the_choices_serve_best(run: Run, follower: str) -> None:
    task = hvae_bench(scenario="paper", values="prosocial", games="svo-slider-secondary", templates="no-goal")
    log = run(task, f"hvae/{follower}", epochs=1)
    (sample,) = log.samples or []
    assert sample.scores is not None
    rows = [row.split(" | ") for row in (sample.scores["rationality"].explanation or "").splitlines()[4:]]
    assert len(rows) == 9
    assert {regret.strip(" |") for *_, regret in rows} == {"0"}
    assert [chosen for _, chosen, ideal, _ in rows if ideal != "any" and chosen not in ideal] == []


def test_inspect_view_lists_the_numbers_of_each_dialogue(run: Run) -> None:
    log = run(hvae_bench(scenario="paper"), "hvae/uniform", epochs=1, limit=1)
    viewer = read_eval_log(log.location, header_only=True).eval.viewer
    assert viewer is not None
    view = viewer.task_samples_view
    assert isinstance(view, TaskSamplesView)
    (sample,) = log.samples or []
    assert sample.scores is not None
    value = sample.scores["rationality"].value
    assert isinstance(value, dict)
    columns = {one.id.split("__")[2]: one.visible for one in view.columns or [] if one.id.startswith("score__")}
    # What is not listed is shown all the same.
    assert columns.keys() == value.keys()
    assert [name for name, shown in columns.items() if shown] == list(view.score_labels or {})
