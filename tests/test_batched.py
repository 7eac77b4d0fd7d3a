"""All items of a dialogue in one message: what is said, what is recorded, and what becomes of it afterwards."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval_retry, score
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.log import EvalLog
from inspect_ai.model import ChatMessage, ModelOutput
from model_server import running

from hvae_bench import hvae_bench, load_catalog, rescore_file
from hvae_bench.catalogue.fit import misfit
from hvae_bench.catalogue.scenario import Crossing
from hvae_bench.dialogue.cost import whole_dialogue
from hvae_bench.dialogue.render import Question, Said, batch_text, follow, play_batch, questions
from hvae_bench.dialogue.sample import Cell, DialogueScript, check_batched
from hvae_bench.log.export import export_log, rationality_path, read_log
from hvae_bench.log.overview import find_cell
from hvae_bench.log.plan import plan
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.reread import reread_file
from hvae_bench.log.runs import one_run
from hvae_bench.task import rationality, replay
from hvae_bench.text.errors import UsageError

from .conftest import Script
from .report.conftest import read_file
from .terminal import hvae
from .test_servers import environment

Run = Callable[..., EvalLog]
CATALOG = load_catalog()
REASONING = (Crossing(values=("altruistic",), games=("chicken",), templates=("reasoning-no-goal",)),)
SLIDER: dict[str, Any] = {"scenario": "slider", "option_orders": "published", "items": "batched"}


def exported(log: EvalLog) -> list[RationalityRecord]:
    lines = rationality_path(Path(log.location)).read_text(encoding="utf-8").splitlines()
    return [RationalityRecord.model_validate_json(line) for line in lines]


def batched(name: str) -> DialogueScript:
    return find_cell(CATALOG, name).script(batched=True)


# --- what is said


@pytest.mark.parametrize("wording", CATALOG.wordings)
def test_every_template_can_be_said_so_in_every_wording(wording: str) -> None:
    """Options, situations and numbers of all items are shown, and nothing is left in braces."""
    said = 0
    for template, game in product(CATALOG.templates.values(), ("svo-slider-primary", "trust-trustee")):
        value = "competitive" if template.tells_value else "none"
        parts = CATALOG.parts(value, game, template.id, wording, "coins")
        if template.reasoning or misfit(parts):
            continue
        cell = Cell(parts, "published", "published", ())
        check_batched([cell])
        *opening, asked, _ = whole_dialogue(cell.script(batched=True))
        for line in [*opening, asked]:
            assert not re.search(r"\{\w*\}", line.text), template.id
        for question in questions(cell.script(), "any"):
            shown = {option.line for option in question.shown}
            block = next(part for part in asked.text.split("\n\n") if shown < {*part.splitlines()})
            assert question.content["situation"] in block
            assert str(question.number) in block
        again = batch_text(cell.script(batched=True).messages[-1].reask or "", questions(cell.script(), "any")[1:2], "")
        assert not re.search(r"\{\w*\}", again)
        assert "2" in again
        said += 1
    assert said >= 10


def test_what_holds_for_all_items_is_said_once() -> None:
    of = batched("altruistic.chicken.goal-prompting")
    (said,) = [line.text for line in whole_dialogue(of) if line.kind == "decision" and line.role == "user"]
    assert said == (
        "Decision 1 of 2. Choose one of the options A, B.\n"
        "You and the other person each choose one of the same two moves. The other person has already taken the move "
        "that gives 3 to each of you if you both take it.\n"
        "A. You get 3 coins, the other person gets 3 coins\n"
        "B. You get 4 coins, the other person gets 2 coins\n"
        "\n"
        "Decision 2 of 2. Choose one of the options A, B.\n"
        "You and the other person each choose one of the same two moves. The other person has already taken the move "
        "that gives 1 to each of you if you both take it.\n"
        "A. You get 2 coins, the other person gets 4 coins\n"
        "B. You get 1 coin, the other person gets 1 coin\n"
        "\n"
        "The goal you stated for this task: [the goal that the model states]\n"
        "Choose what serves that goal best. Answer every decision on a line of its own, with its number, a colon, the "
        "label of the option that you choose, and nothing else."
    )


def test_only_what_was_not_read_is_asked_again_under_its_number() -> None:
    asked = questions(batched("competitive.chicken.goal-prompting"), "any")
    heard: list[Said] = []

    def answer(said: Said) -> Sequence[Question]:
        heard.append(said)
        return said.batch[1:]

    follow(play_batch(asked, "win {options}"), answer)
    assert [(said.attempt, said.stream, len(said.batch)) for said in heard] == [
        (1, "items/all/1", 2),
        (2, "items/all/2", 1),
    ]
    assert heard[0].text.count("win {options}") == 1, "braces in a goal stay as they are"
    assert "Decision 2 of 2." in heard[1].text
    assert "Decision 1 of 2." not in heard[1].text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"templates": "reasoning-no-goal,no-goal", "scenario": "slider"}, "The template 'reasoning-no-goal' lets the"),
        ({"scenario": "slider", "wordings": "mine", "values": "altruistic", "templates": "no-goal"}, "has no 'reask_b"),
    ],
)
def test_what_cannot_be_asked_so_is_refused_in_a_sentence(arguments: dict[str, Any], told: str, tmp_path: Path) -> None:
    (tmp_path / "wordings").mkdir()
    mine = "id: mine\ntitle: Mine\nsource: Mine.\nlanguage: en\nparaphrase: 7\nbased_on: en\nsentences:\n"
    own = "  reask_batched: What about {labels}?\n"
    (tmp_path / "wordings" / "mine.yaml").write_text(mine + own, encoding="utf-8")
    with pytest.raises(PrerequisiteError, match=re.escape(told).replace("'", ".")) as refusal:
        hvae_bench(**arguments, items="batched", catalog=str(tmp_path))
    assert str(refusal.value.message).count(". ") == 0
    hvae_bench(**arguments, items="sequential", catalog=str(tmp_path))


def test_a_sentence_for_all_items_may_hold_the_one_whose_place_it_takes(tmp_path: Path) -> None:
    (tmp_path / "wordings").mkdir()
    mine = "id: mine\ntitle: Mine\nsource: Mine.\nlanguage: en\nparaphrase: 7\nbased_on: en\nsentences:\n"
    path = tmp_path / "wordings" / "mine.yaml"
    path.write_text(mine + '  opening_batched: "{opening} All at once!"\n', encoding="utf-8")
    wording = load_catalog([tmp_path]).wordings["mine"]
    assert wording.expanded("opening", batched=True) == f"{wording.expanded('opening')} All at once!"
    path.write_text(mine + '  opening_batched: "{one}"\n  one: "{opening}"\n', encoding="utf-8")
    with pytest.raises(Exception, match="puts itself in"):
        load_catalog([tmp_path])


# --- a run


def reply_of(lines: dict[int, str]) -> str:
    return "\n".join(f"{number}: {line}" for number, line in lines.items())


def test_a_run_makes_one_call_for_all_items(run: Run, script: Callable[[Script], str], tmp_path: Path) -> None:
    seen: list[str] = []

    def reply(stream: str, messages: list[ChatMessage]) -> str:
        seen.append(stream)
        return reply_of(dict.fromkeys(range(1, 7), "C")) if "/items/" in stream else "Yes."

    log = run(hvae_bench(**SLIDER, values="altruistic", templates="goal-prompting"), script(reply), epochs=1)
    (record,) = exported(log)
    assert len(seen) == 4
    assert (log.eval.metadata or {})["hvae_bench"]["calls"] == {record.dialogue.sample_id: 4}
    assert record.run.administration.items == "batched"
    turn = record.turns[-1]
    assert (turn.item_id, turn.item_ids, turn.attempt) == (None, tuple(f"p{n}" for n in range(1, 7)), 1)
    assert {(one.option_id, one.reply == turn.reply, one.reasked) for one in record.decisions} == {("o3", True, False)}
    assert all(turn.kind != "decision" for turn in record.turns[:-1])


@pytest.fixture
def mixed(run: Run, script: Callable[[Script], str]) -> EvalLog:
    """One dialogue in which the first reply leaves p2, p4 and p5 open, and the second p4 and p5."""

    def reply(stream: str, messages: list[ChatMessage]) -> str:
        if stream.endswith("/items/all/1"):
            return reply_of({1: "A", 2: "A or I", 3: "**B**", 5: "I will not choose.", 6: "C"})
        return reply_of({2: "Option D", 5: "I will not choose."})

    return run(hvae_bench(**SLIDER, values="none"), script(reply), epochs=1)


def test_what_was_not_read_is_asked_again_once(mixed: EvalLog) -> None:
    (record,) = exported(mixed)
    found = [(one.item_id, one.status, one.reason, one.option_id, one.reasked) for one in record.decisions]
    assert found == [
        ("p1", "chosen", "label", "o1", False),
        ("p2", "chosen", "label", "o4", True),
        ("p3", "chosen", "label", "o2", False),
        ("p4", "invalid", "empty", None, True),
        ("p5", "refused", "declined", None, True),
        ("p6", "chosen", "label", "o3", False),
    ]
    first, second = [turn for turn in record.turns if turn.kind == "decision"]
    assert second.item_ids == ("p2", "p4", "p5")
    assert "Decision 4 of 6" in second.prompt
    assert "Decision 3 of 6" not in second.prompt
    assert [record.decisions[place].reply for place in (0, 1)] == [first.reply, second.reply]
    assert record.measures.answered_rate == pytest.approx(4 / 6)


def test_a_log_says_the_same_read_again_scored_again_and_exported_again(mixed: EvalLog, tmp_path: Path) -> None:
    path = rationality_path(Path(mixed.location))
    written = path.read_bytes()
    assert Path(export_log(mixed.location)).read_bytes() == written
    for file in (Path(mixed.location), path):
        found = reread_file(file, None, CATALOG.wordings)
        assert (found.dialogues, found.decisions, found.changes) == (1, 6, ())
    assert rescore_file(path, wordings=CATALOG.wordings).differences == ()
    (sample,) = score(mixed, rationality(), action="overwrite").samples or []
    (before,) = mixed.samples or []
    assert sample.scores is not None
    assert before.scores is not None
    assert str(sample.scores["rationality"].value) == str(before.scores["rationality"].value)
    damaged = json.loads(written)
    damaged["decisions"][1]["option_id"] = "o5"
    damaged["turns"][-2]["prompt"] = "Well?"
    path.write_text(json.dumps(damaged) + "\n", encoding="utf-8")
    told = {one.measure for one in rescore_file(path, wordings=CATALOG.wordings).differences}
    assert {"decision of p2", "prompt of p1"} <= told


def test_shuffled_items_keep_the_numbers_under_which_they_were_shown(run: Run, script: Callable[[Script], str]) -> None:
    def reply(stream: str, messages: list[ChatMessage]) -> str:
        return reply_of({1: "A", 2: "B", 3: "C", 4: "D", 5: "E", 6: "F"})

    task = hvae_bench(
        scenario="slider", values="none", option_orders="shuffled", item_orders="shuffled", items="batched"
    )
    log = run(task, script(reply), epochs=2)
    orders = set()
    for record in exported(log):
        assert [one.position for one in record.decisions] == [0, 1, 2, 3, 4, 5]
        assert tuple(one.item_id for one in record.decisions) == record.turns[-1].item_ids
        orders.add(record.turns[-1].item_ids)
        assert record.turns[-1].prompt in [
            line.text for line in whole_dialogue(batched(record.dialogue.sample_id), epoch=record.dialogue.epoch)
        ]
    assert len(orders) == 2
    path = rationality_path(Path(log.location))
    assert rescore_file(path, wordings=CATALOG.wordings).differences == ()


@pytest.mark.parametrize(("ends", "statuses"), [("/1", {"not_reached"}), ("/2", {"not_reached", "chosen"})])
def test_an_error_leaves_what_was_not_read_unreached_and_a_retry_asks_it(
    run: Run, script: Callable[[Script], str], ends: str, statuses: set[str]
) -> None:
    failing = [True]

    def reply(stream: str, messages: list[ChatMessage]) -> str | Exception:
        if failing[0] and stream.endswith(f"/items/all{ends}"):
            return RuntimeError("stop")
        return reply_of({1: "A", 2: "A", 3: "A"} | ({} if failing[0] else {4: "A", 5: "A", 6: "A"}))

    log = run(hvae_bench(**SLIDER, values="none"), script(reply), epochs=1, fail_on_error=False)
    (record,) = exported(log)
    assert {one.status for one in record.decisions} == statuses
    lost = [one for one in record.decisions if one.status == "not_reached"]
    assert {(one.reason, one.reasked) for one in lost} == {("error", ends == "/2")}
    assert record.measures.incomplete
    written = rationality_path(Path(log.location)).read_bytes()
    assert Path(export_log(log.location)).read_bytes() == written
    failing[0] = False
    (again,) = eval_retry(log, log_dir=str(Path(log.location).parent / "again"), display="none")
    (record,) = exported(again)
    assert {one.option_id for one in record.decisions} == {"o1"}
    assert record.run.administration.items == "batched"


def test_a_filtered_reply_refuses_all_items(run: Run, script: Callable[[Script], str]) -> None:
    def reply(stream: str, messages: list[ChatMessage]) -> ModelOutput:
        return ModelOutput.from_content("m", "", stop_reason="content_filter")

    (record,) = exported(run(hvae_bench(**SLIDER, values="none"), script(reply), epochs=1))
    assert {(one.status, one.reason) for one in record.decisions} == {("refused", "content_filter")}
    assert len(record.turns) == 3


def test_samples_are_asked_as_they_were_made(run: Run, script: Callable[[Script], str]) -> None:
    task = hvae_bench(**{**SLIDER, "items": "sequential"}, values="none")
    log = run(task, script(lambda stream, messages: "A"), epochs=1, solver=replay(items="batched"), status="error")
    (sample,) = log.samples or []
    assert sample.error is not None
    assert "-T items=batched" in sample.error.message


def test_a_page_and_every_eval_ever_show_what_was_said(mixed: EvalLog, tmp_path: Path) -> None:
    made = hvae("report", mixed.location, "-o", tmp_path / "page", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    block = read_file(tmp_path / "page" / "dialogues" / "0001.js")
    (dialogue,) = block["dialogues"]
    turns = [turn for turn in dialogue["turns"] if turn["kind"] == "decision"]
    (record,) = exported(mixed)
    assert [(turn["items"], block["texts"][turn["reply"]]) for turn in turns] == [
        ([*turn.asked], turn.reply) for turn in record.turns if turn.kind == "decision"
    ]
    assert len({item for turn in turns for item in turn["items"]}) == len(dialogue["decisions"]) == 6


@pytest.mark.slow
@pytest.mark.parametrize("killed", [False, True])
def test_a_service_is_asked_once_a_dialogue(killed: bool, tmp_path: Path) -> None:
    """What ended before a kill is in the log, and a retry asks the rest."""
    with running(latency=0.05) as server:
        env = environment(LAB_BASE_URL=server.url, LAB_API_KEY="none")
        arguments = "eval hvae_bench -T scenario=paper -T items=batched --epochs 2 --model openai-api/lab/m"
        command = [*arguments.split(), "--log-dir", str(tmp_path), "--max-samples", "2"]
        process = subprocess.Popen(
            [sys.executable, "-m", "inspect_ai", *command], env=env, stdout=subprocess.PIPE, text=True
        )
        while killed and server.stats()["calls"] < 30 and process.poll() is None:
            time.sleep(0.05)
        if killed:
            process.kill()
        said, _ = process.communicate(timeout=120)
        (log,) = tmp_path.glob("*.eval")
        records = [*read_log(log)]
        assert killed or "56 model calls" in said
        assert killed or server.stats()["calls"] == 56
    complete = [one for one in records if not one.measures.incomplete]
    assert len(complete) == 16 if not killed else 2 <= len(complete) < 16
    assert all(one.measures.n_answered == len(one.decisions) for one in complete)


# --- simulated models


@pytest.mark.parametrize("wording", ["en", "en-short", "zh"])
@pytest.mark.parametrize(
    ("model", "answers"), [("hvae/obedient", "ideally"), ("hvae/refuser", "never"), ("hvae/position", "C")]
)
def test_simulated_models_answer_all_items_as_they_answer_one(run: Run, model: str, answers: str, wording: str) -> None:
    task = hvae_bench(scenario="paper", wordings=wording, items="batched")
    log = run(task, model, epochs=1, limit=4, model_args={"label": "C"} if answers == "C" else {})
    for record in exported(log):
        if answers == "ideally":
            assert record.measures.value_rationality == pytest.approx(1)
        elif answers == "never":
            assert {one.status for one in record.decisions} == {"refused"}
        else:
            assert {one.position for one in record.decisions} == {2}


@pytest.mark.parametrize("template", ["competence", "given-goal", "definition-no-goal"])
def test_the_obedient_hear_what_is_said_of_all_items(run: Run, template: str) -> None:
    task = hvae_bench(scenario="slider", values="competitive,altruistic", templates=template, items="batched")
    for record in exported(run(task, "hvae/obedient", epochs=1)):
        assert record.measures.value_rationality == pytest.approx(1)


def test_a_follower_scores_one_and_guessing_nothing(run: Run) -> None:
    followed = run(hvae_bench(scenario="paper", values="prosocial", items="batched"), "hvae/prosocial", epochs=1)
    assert [record.measures.value_rationality for record in exported(followed)] == [pytest.approx(1)] * 2
    guessed = run(hvae_bench(scenario="paper", items="batched"), "hvae/uniform", epochs=8)
    numbers = one_run(guessed.location).analysis.numbers["value_rationality"]
    assert numbers.standard_error is not None
    assert abs(numbers.mean) < 4 * numbers.standard_error


def test_runs_that_asked_one_by_one_are_kept_apart(run: Run, tmp_path: Path) -> None:
    logs = [
        run(hvae_bench(scenario="paper", items=items), "hvae/uniform", epochs=1, limit=4).location
        for items in ("sequential", "batched")
    ]
    told = hvae("compare", *logs, cwd=tmp_path)
    assert "items: sequential and batched" in told.stdout + told.stderr


def test_the_plan_counts_one_call_for_all_items() -> None:
    paper = CATALOG.scenarios["paper"]
    apart, at_once = plan(CATALOG, paper).takes, plan(CATALOG, paper, items="batched").takes
    assert (apart.calls, at_once.calls) == (680, 280)
    assert at_once.input_tokens < apart.input_tokens / 2
    assert at_once.output_tokens == apart.output_tokens + 3 * 480, "number, sign and line of each item"
    with pytest.raises(UsageError, match="lets the model reason"):
        plan(CATALOG, CATALOG.scenarios["slider"].model_copy(update={"crossings": REASONING}), items="batched")


def test_a_dialogue_can_be_looked_at_before_it_is_run(tmp_path: Path) -> None:
    shown = hvae("show", "altruistic.chicken.no-goal", "--batched", cwd=tmp_path)
    assert shown.returncode == 0
    assert "Decision 2 of 2" in shown.stdout
    assert shown.stdout.endswith("--- 7. assistant (decision)\n1: [a label]\n2: [a label]\n\n")
    refused = hvae("show", "altruistic.chicken.reasoning-no-goal", "--batched", cwd=tmp_path)
    assert refused.returncode == 2
    assert "lets the model reason" in refused.stderr
