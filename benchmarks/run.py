"""What this package costs, measured beside what it could cost at least: `python benchmarks/run.py`.

Needs no key and no network. Every figure is a ratio of two measurements from the same run, taken in turns, so that
a busy machine slows both; the numbers that it was made of are printed beside it.
"""

from __future__ import annotations

import bisect
import gc
import hashlib
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Literal
from unittest.mock import patch

import numpy as np
from figure import Figure, options, report
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    modelapi,
)
from inspect_ai.scorer import includes
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolChoice, ToolInfo

from hvae_bench import hvae_bench, load_catalog
from hvae_bench.dialogue.render import opening_text, questions
from hvae_bench.dialogue.sample import script_of
from hvae_bench.log.run import RunHooks
from hvae_bench.scorers import motive_ranking, svo_angle, svo_category, value_rationality
from hvae_bench.text.tokens import tokens

__all__ = ["SIZES", "Size", "main", "measure"]

OPENING_REPLIES = (
    "Such a person looks at what a choice does to the other person first and to themselves second. They give up "
    "a good deal of their own outcome where that helps, and they feel no need to be thanked for it. Where nothing "
    "is at stake for the other person, they choose like anybody else.",
    "Understood. From here on I answer as that person would, and I keep to it in every choice that you put to me.",
    "My goal is to leave the other person with as many coins as I can, whatever that costs me.",
)
"""As long as the templates of `paper` ask for, turn by turn: some sentences, a brief confirmation, one sentence."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much to measure.

    Attributes:
        epochs: epochs of four cells of scenario `paper` in each timed run.
        few_epochs: the same in a small run, where what a run costs once weighs more.
        rounds: timed runs of each kind.
        dialogues: random dialogues to score at once.
        scorings: times that they are scored.
        imports: fresh processes of each kind.
        prefix_epochs: epochs of scenario `paper` whose prompts are compared.
    """

    epochs: int
    few_epochs: int
    rounds: int
    dialogues: int
    scorings: int
    imports: int
    prefix_epochs: int


SIZES = {
    "full": Size(epochs=150, few_epochs=10, rounds=4, dialogues=166_667, scorings=7, imports=15, prefix_epochs=10),
    "toy": Size(epochs=2, few_epochs=1, rounds=1, dialogues=1_000, scorings=1, imports=1, prefix_epochs=2),
}


# --- the provider


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the model: the dialogue it belongs to, the whole conversation as sent, and the reply."""

    dialogue: str
    prompt: str
    reply: str


class InstantAPI(ModelAPI):
    """Answers at once: a label at random to a decision, a sentence that no other dialogue has to all else."""

    calls: ClassVar[list[Call] | None] = None
    """Where to write down every call; None for not at all."""

    hvae_streams: ClassVar[bool] = False
    """Whether prompts say which dialogue they belong to, as they do for reference agents alone."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 (Inspect's own signature)
        **model_args: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        self._random = random.Random(1)

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        """Answer, and write the prompt down if somebody wants to see it."""
        reply = self._random.choice("ABCDEFGHI")
        if InstantAPI.calls is not None:
            stream = str((input[-1].metadata or {})["hvae_stream"])
            seed, cell, epoch, place, *_ = stream.split("/")
            dialogue = f"{seed}/{cell}/{epoch}"
            if place == "opening":
                # The first turn is the system message.
                reply = OPENING_REPLIES[int(stream.split("/")[4]) - 1]
                reply = f"[{hashlib.sha256(dialogue.encode()).hexdigest()[:8]}] {reply}"
            prompt = "".join(f"<{message.role}>\n{message.text}\n" for message in input)
            InstantAPI.calls.append(Call(dialogue, prompt, f"<assistant>\n{reply}\n"))
        output = ModelOutput.from_content(self.model_name, reply)
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output


@modelapi(name="hvae-benchmark")
def instant() -> type[ModelAPI]:
    """The provider of the benchmark."""
    return InstantAPI


# --- dialogues per second, and what the rationality log costs


@solver
def plain(prompts: list[str]) -> Solver:
    """Nine calls and nothing else: the sample's input, then the other prompts of a dialogue as they are."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state = await generate(state)
        for prompt in prompts[1:]:
            state.messages.append(ChatMessageUser(content=prompt))
            state = await generate(state)
        return state

    return solve


def our_task() -> Task:
    """The cells of `paper` whose dialogues have nine calls."""
    return hvae_bench(scenario="paper", templates="goal-prompting")


def floor_task() -> Task:
    """As many samples as in `our_task`, and messages of the same texts, without anything of this package."""
    samples: list[Sample] = []
    prompts: list[str] = []
    for sample in our_task().dataset:
        script = script_of(sample.metadata or {})
        first: list[ChatMessage] = []
        prompts = []
        for turn in script.messages[:-1]:
            text = opening_text(script, turn, "A")
            if turn.expects == "nothing":
                first.append(ChatMessageSystem(content=text))
            else:
                prompts.append(text)
        prompts += [question.prompt("A") for question in questions(script, "")]
        samples.append(Sample(id=sample.id, input=[*first, ChatMessageUser(content=prompts[0])]))
    return Task(dataset=samples, solver=plain(prompts), scorer=includes())


def timed_run(task: Task, epochs: int, folder: str) -> float:
    """Seconds that an evaluation takes."""
    gc.collect()
    began = time.perf_counter()
    (log,) = eval(task, model="hvae-benchmark/instant", epochs=epochs, log_dir=folder, display="none")
    seconds = time.perf_counter() - began
    if log.status != "success":
        raise RuntimeError(log.error.message if log.error else log.status)
    return seconds


@contextmanager
def clocked_log_writing() -> Iterator[list[float]]:
    """Seconds spent on writing the rationality log, one entry for each time that the hooks did anything for it."""
    spent: list[float] = []

    def clocked(method: Callable[..., Any]) -> Callable[..., Any]:
        async def call(self: RunHooks, data: Any) -> None:
            began = time.perf_counter()
            try:
                await method(self, data)
            finally:
                spent.append(time.perf_counter() - began)

        return call

    with (
        patch.object(RunHooks, "on_run_end", clocked(RunHooks.on_run_end)),
    ):
        yield spent


def throughput(size: Size) -> Iterator[Figure]:
    """Dialogues per second against a plain solver, and the share of the rationality log."""
    with tempfile.TemporaryDirectory() as folder:
        timed_run(our_task(), 1, folder)
        timed_run(floor_task(), 1, folder)
        for epochs, target in ((size.epochs, 0.9), (size.few_epochs, None)):
            ours, floor, shares = [], [], []
            for number in range(size.rounds):
                # In turns, so that it favours neither to come first.
                for which in ("ours", "floor") if number % 2 == 0 else ("floor", "ours"):
                    if which == "floor":
                        floor.append(timed_run(floor_task(), epochs, folder))
                        continue
                    with clocked_log_writing() as spent:
                        ours.append(timed_run(our_task(), epochs, folder))
                    shares.append(sum(spent) / ours[-1])
            dialogues = 4 * epochs
            ratios = sorted(b / a for a, b in zip(ours, floor, strict=True))
            ratio = statistics.median(ratios)
            yield Figure(
                f"dialogues per second: this task / a plain solver, {dialogues} dialogues",
                ratio,
                "" if target is None else f"at least {target}",
                target is None or ratio >= target,
                f"median of {size.rounds} pairs of runs ({ratios[0]:.2f} to {ratios[-1]:.2f}); "
                f"{dialogues / statistics.median(ours):.1f} and {dialogues / statistics.median(floor):.1f} a second",
            )
            if target is not None:
                share, seconds = statistics.median(shares), statistics.median(ours)
                yield Figure(
                    "time for the rationality log / time of the run",
                    share,
                    "below 0.05",
                    share < 0.05,
                    f"{share * seconds:.3f} s of {seconds:.2f} s for {dialogues} records",
                )


# --- decisions scored per second


def scoring(size: Size) -> Iterator[Figure]:
    """Time to score a million random decisions of the slider on one core."""
    catalog = load_catalog()
    game = catalog.games["svo-slider-primary"]
    table, slider = game.payoff_table(), game.slider
    assert slider is not None
    assert slider.ranking is not None
    generator = np.random.default_rng(1)
    whole = generator.integers(0, 9, size=(size.dialogues, table.n_items))
    holes = np.where(generator.random(whole.shape) < 0.05, -1, whole)
    for target, missing, choices in (
        ("altruistic", "none missing", whole),
        ("prosocial", "none missing", whole),
        ("altruistic", "5 % missing", holes),
        ("prosocial", "5 % missing", holes),
    ):
        motives = catalog.values[target].motives
        times, ranking_times = [], []
        for _ in range(size.scorings):
            began = time.process_time()
            value_rationality(choices, table, motives)
            angles = svo_angle(choices, table, slider)
            svo_category(angles, slider)
            times.append(time.process_time() - began)
            began = time.process_time()
            motive_ranking(choices, table, slider.ranking)
            ranking_times.append(time.process_time() - began)
        seconds = statistics.median(times)
        per_second = choices.size / seconds
        yield Figure(
            f"decisions scored per second, {target} ({len(motives)} motive{'s'[: len(motives) > 1]}), {missing}",
            per_second,
            "at least 1,000,000",
            per_second >= 1_000_000,
            f"{choices.size:,} decisions in {seconds:.3f} s of one core for value rationality, angle and category; "
            f"motive ranking {statistics.median(ranking_times):.3f} s more",
        )


# --- import


def importing(size: Size) -> Figure:
    """Milliseconds that `hvae_bench._registry` takes to import once Inspect is there."""
    code = (
        "import time, inspect_ai, inspect_ai.model, inspect_ai.scorer, inspect_ai.solver\n"
        "began = time.perf_counter()\nimport hvae_bench._registry\nprint(time.perf_counter() - began)"
    )
    seconds = [
        float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
        for _ in range(size.imports)
    ]
    milliseconds = 1000 * statistics.median(seconds)
    return Figure(
        "import of the package's entry point, beyond Inspect (ms)",
        milliseconds,
        "below 50",
        milliseconds < 50,
        f"median of {size.imports} fresh processes, {1000 * min(seconds):.1f} to {1000 * max(seconds):.1f} ms",
    )


# --- prompts that begin like earlier ones


def calls_of(scenario: str, items: Literal["sequential", "independent"], epochs: int) -> list[Call]:
    """Every call of a scenario, in the order made."""
    InstantAPI.calls, InstantAPI.hvae_streams = [], True
    try:
        with tempfile.TemporaryDirectory() as folder:
            timed_run(hvae_bench(scenario=scenario, items=items), epochs, folder)
        return InstantAPI.calls
    finally:
        InstantAPI.calls, InstantAPI.hvae_streams = None, False


def reused(calls: Sequence[Call], part: Callable[[str], list[str]] = list) -> int:
    """Parts at the beginning of each prompt with which an earlier conversation, its reply included, began.

    Args:
        calls: the calls in the order made.
        part: how to part a text, into its characters if not given. Prompts are ASCII, so those are its bytes.
    """
    seen: list[list[str]] = []
    total = 0
    for call in calls:
        prompt = part(call.prompt)
        place = bisect.bisect(seen, prompt)
        # Of all texts in order, the longest common beginning is that of a neighbour.
        total += max((common_beginning(prompt, other) for other in seen[max(place - 1, 0) : place + 1]), default=0)
        bisect.insort(seen, part(call.prompt + call.reply))
    return total


def common_beginning(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of what two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def prefix_reuse(size: Size) -> Iterator[Figure]:
    """Share of the prompts that a caching server has seen before."""
    modes: tuple[Literal["sequential", "independent"], ...] = ("sequential", "independent")
    for items in modes:
        calls = calls_of("paper", items, size.prefix_epochs)
        whole = sum(len(call.prompt.encode()) for call in calls)
        dialogues: dict[str, list[Call]] = {}
        for call in calls:
            dialogues.setdefault(call.dialogue, []).append(call)
        within = sum(reused(own) for own in dialogues.values()) / whole
        over_all = reused(calls) / whole
        raw = f"{whole:,} bytes in {len(calls):,} calls of {len(dialogues)} dialogues"
        yield Figure(f"prompts seen before, {items}, within a dialogue", within, "", True, raw)
        yield Figure(
            f"prompts seen before, {items}, over all dialogues", over_all, "at least 0.8", over_all >= 0.8, raw
        )
        yield tokens_reused(calls, f"the same in tokens, {items}, over all dialogues", 0.8)
    short = calls_of("paper-short", "sequential", size.prefix_epochs)
    yield tokens_reused(short, "the same in tokens, sequential, over all dialogues of paper-short", 0.75)


def tokens_reused(calls: Sequence[Call], name: str, target: float) -> Figure:
    """Share of the tokens of all prompts that have been seen before."""
    sent = sum(len(tokens(call.prompt)) for call in calls)
    share = reused(calls, tokens) / sent
    raw = f"{sent:,} tokens in {len(calls):,} calls, signs between messages among them"
    return Figure(name, share, f"at least {target:g}", share >= target, raw)


# --- the script


def measure(size: Size) -> Iterator[Figure]:
    """Every figure."""
    yield from throughput(size)
    yield from scoring(size)
    yield importing(size)
    yield from prefix_reuse(size)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    given = options("Measure what HVAE-Bench costs. Needs no key and no network.", SIZES, arguments)
    report(measure(SIZES[given.size]), ("inspect-ai", "numpy"), given.json)


if __name__ == "__main__":
    main()
