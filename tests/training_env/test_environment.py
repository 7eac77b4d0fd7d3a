"""The environment of fresh items in the form of `verifiers`, run with policies that follow a script."""

from __future__ import annotations

import asyncio
import random
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from model_server import offered_labels, running

from hvae_bench import UsageError
from hvae_bench.training import load_environment
from hvae_bench.training.fresh import Split, table_of

pytest.importorskip(
    "verifiers", reason="verifiers does not go together with the extra `local`: run `make test-training`"
)
import verifiers.v1 as vf
from verifiers.v1.serve import EnvClient, EnvServer, env_config_data

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")

SOMEWHERE = vf.EvalClientConfig(base_url="http://127.0.0.1:9/v1")
"""Where a server would be that no test asks."""

Policy = Callable[[list[dict[str, Any]]], str]
"""The reply to a conversation."""


class Scripted(vf.Client):
    """Answers as a policy does, and keeps what it was asked."""

    def __init__(self, policy: Policy, finish_reason: str = "stop") -> None:
        self.policy = policy
        self.finish_reason = finish_reason
        self.asked: list[list[dict[str, Any]]] = []

    async def get_response(self, dialect: Any, body: dict[str, Any], *_: Any, **__: Any) -> Any:
        self.asked.append(body["messages"])
        message = {"role": "assistant", "content": self.policy(body["messages"])}
        raw = {
            "id": "one",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [{"index": 0, "finish_reason": self.finish_reason, "message": message}],
        }
        response = dialect.parse_response(dialect.validate_response(raw))
        response.raw = raw
        return response


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Runs every task of an environment with a client, and gives the traces."""

    def run(environment: Any, client: Any) -> list[Any]:
        monkeypatch.setattr("verifiers.v1.interception.server.resolve_client", lambda _: client)
        model = vf.ModelContext(model="scripted", client=SOMEWHERE)

        async def run_all() -> list[Any]:
            async with environment.serving():
                episodes = (environment.run_episode(task, model) for task in environment.taskset)
                return [trace for episode in await asyncio.gather(*episodes) for trace in episode.traces]

        return asyncio.run(run_all())

    return run


def ideal(environment: Any) -> Policy:
    """Chooses what is ideal, and says a sentence wherever nothing is to be chosen."""
    known = {}
    for task in environment.taskset:
        for decision in (row := task.data.conversation)["decisions"]:
            known[row["messages"][decision["message"] - 1]["content"]] = decision["ideal"][-1]
    return lambda messages: known.get(messages[-1]["content"], "I will follow that rule.")


def uniform(messages: list[dict[str, Any]]) -> str:
    """Draws one of the labels on offer, from what was said."""
    return random.Random(str(messages)).choice(offered_labels([messages[-1]["content"]]) or ["Fine."])


@pytest.fixture(scope="module")
def environment() -> Any:
    return load_environment(n=62, seed=1)


def test_whoever_answers_ideally_gets_1(environment: Any, play: Callable[..., list[Any]]) -> None:
    traces = play(environment, Scripted(ideal(environment)))
    assert [trace.reward for trace in traces] == [1] * 62
    for trace in traces:
        assert (trace.ok, trace.metrics, trace.num_branches) == (True, {"answered": 1}, 1)
        assert trace.num_turns == 1 + len(trace.task.data.conversation["decisions"])


def test_whoever_draws_gets_0_on_average(environment: Any, play: Callable[..., list[Any]]) -> None:
    traces = play(environment, Scripted(uniform))
    assert {trace.metrics["answered"] for trace in traces} == {1}
    found = [trace.reward for trace in traces]
    assert abs(sum(found) / len(found)) < 0.12
    assert min(found) < -0.3
    assert max(found) > 0.3


@pytest.mark.parametrize("prose", ["", "Both A and B are fine.", "I would rather not decide.", "🙂"])
def test_whoever_chooses_nothing_gets_0(prose: str, play: Callable[..., list[Any]]) -> None:
    traces = play(load_environment(n=4, shapes=["pairs"]), Scripted(lambda _: prose))
    assert [(trace.ok, trace.reward, trace.metrics["answered"]) for trace in traces] == [(True, 0, 0)] * 4


def test_a_conversation_is_asked_word_for_word_with_the_replies_in_place(play: Callable[..., list[Any]]) -> None:
    environment = load_environment(n=3, seed=2, wording="en-2")
    client = Scripted(lambda messages: f"C, and this is reply {len(messages)}")
    play(environment, client)
    for task in environment.taskset:
        messages = task.data.conversation["messages"]
        wanted = [
            one if one["role"] != "assistant" else one | {"content": f"C, and this is reply {place}"}
            for place, one in enumerate(messages)
        ]
        heard = [asked for asked in client.asked if asked[1] == messages[1]]
        places = [place for place, one in enumerate(messages) if one["role"] == "assistant"]
        assert heard == [wanted[:place] for place in places]


def test_a_reply_that_a_limit_cut_is_read_as_in_a_run(play: Callable[..., list[Any]]) -> None:
    """Nobody knows how a sentence would have gone on; a label alone is whole."""
    environment = load_environment(n=2, shapes=["pairs"])
    choose = ideal(environment)
    sentence = Scripted(lambda messages: f"My answer: {choose(messages)}")
    assert [trace.reward for trace in play(environment, sentence)] == [1, 1]
    sentence.finish_reason = "length"
    assert [trace.metrics["answered"] for trace in play(environment, sentence)] == [0, 0]
    assert [trace.reward for trace in play(environment, Scripted(choose, "length"))] == [1, 1]


def test_decisions_that_were_not_reached_count_as_unanswered(play: Callable[..., list[Any]]) -> None:
    environment = load_environment(n=3, shapes=["pairs"])
    config = environment.config
    config.agent.max_turns = 3
    for trace in play(type(environment)(config), Scripted(ideal(environment))):
        share = 2 / len(trace.task.data.conversation["decisions"])
        assert (trace.ok, trace.stop_condition) == (True, "max_turns")
        assert (trace.reward, trace.metrics["answered"]) == pytest.approx((share, share))


def test_a_server_that_fails_is_no_answer_of_0(play: Callable[..., list[Any]]) -> None:
    def fail(_: list[dict[str, Any]]) -> str:
        raise vf.ProviderError("overloaded")

    for trace in play(load_environment(n=2, shapes=["pairs"]), Scripted(fail)):
        assert not trace.ok
        assert trace.rewards == {}
        assert [error.type for error in trace.errors] == ["ProviderError"]


def test_the_held_out_environment_shares_no_item_with_the_other() -> None:
    found = []
    for split in get_args(Split):
        tasks = [*load_environment(n=31, seed=1, split=split).taskset]
        rows = [task.data.conversation for task in tasks]
        assert {row["split"] for row in rows} == {split}
        found.append({table_of(decision["payoffs"]) for row in rows for decision in row["decisions"]})
    assert not found[0] & found[1]


def test_verifiers_finds_it_by_the_name_of_the_package() -> None:
    given: dict[str, Any] = {"n": 3, "seed": 5, "shapes": ["slider"], "rules": ["altruistic"]}
    ours = load_environment(**given)
    found = vf.load_environment(vf.resolve_env_config({"taskset": {"id": "hvae-bench", **given}}))
    assert type(found) is type(ours)
    assert [task.data for task in found.taskset] == [task.data for task in ours.taskset]


def test_a_worker_rates_the_task_that_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a trainer runs it: a server has the environment from its config, and each task from its data."""
    environment = load_environment(n=3, seed=5, shapes=["slider"])
    client = Scripted(ideal(environment))
    monkeypatch.setattr("verifiers.v1.interception.server.resolve_client", lambda _: client)

    async def run() -> list[Any]:
        server = EnvServer(vf.resolve_env_config(env_config_data(environment.config)), "tcp://127.0.0.1:0")
        serving, trainer = asyncio.create_task(server.run()), EnvClient(server.address)
        try:
            sent = [task.data.model_dump(mode="json") for task in environment.taskset]
            return [await trainer.run(SOMEWHERE, "scripted", vf.SamplingConfig(), one) for one in sent]
        finally:
            await trainer.close()
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    traces = [trace for episode in asyncio.run(run()) for trace in episode.traces]
    assert [(trace.ok, trace.reward, trace.metrics["answered"]) for trace in traces] == [(True, 1, 1)] * 3


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"shapes": ["sliders"]}, "There is no shape 'sliders'. Did you mean 'slider'?"),
        ({"rules": ["none"]}, "The value 'none' stands for no value at all"),
        ({"rules": []}, "There is no rule to make conversations of."),
        ({"wording": "xx"}, "There is no wording 'xx'."),
        ({"split": "test"}, "There is no split 'test'. Choose one of: train, held-out."),
    ],
)
def test_a_mistake_is_told_before_anything_runs(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(told)}"):
        load_environment(**wrong)


def test_the_examples_of_the_page_run(tmp_path: Path) -> None:
    """Against a server that draws its answers."""
    (example,) = re.findall(r"^```python\n(import verifiers.*?)^```$", PAGE, re.M | re.S)
    (command,) = re.findall(r"^vf-eval .*$", PAGE, re.M)
    bin_ = Path(sys.executable).parent
    with running() as server:
        given, replaced = re.subn(r"http://localhost:\d+/v1", server.url, example)
        assert replaced == 1
        (tmp_path / "example.py").write_text(given, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "example.py"], cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        lines = [line.split() for line in done.stdout.splitlines()]
        assert [name for name, _, _ in lines] == [f"training-1-train-{number}" for number in range(20)]
        assert all(-3 < float(reward) <= 1 and answered == "1.0" for _, reward, answered in lines)
        given, replaced = re.subn(r"http://localhost:\d+/v1", server.url, command)
        assert replaced == 1
        done = subprocess.run(
            [bin_ / "vf-eval", *shlex.split(given)[1:]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
    (traces,) = tmp_path.glob("outputs/*/traces.jsonl")
    assert len(traces.read_text(encoding="utf-8").splitlines()) == 20
