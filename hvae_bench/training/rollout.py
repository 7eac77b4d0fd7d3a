"""Rollout: a conversation as `verifiers` runs it; to be imported only where that is installed.

It finds taskset, harness and environment by the name of this package (`vf-eval hvae-bench`), among what it exports.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile, takewhile
from typing import Any, cast

import verifiers.v1 as vf  # inspect-evals-lint: ignore[IECQ004] -- it conflicts with an extra, so it can be in none
from openai import APIError, AsyncOpenAI
from pydantic import field_validator

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.training.conversations import course
from hvae_bench.training.fresh import Split
from hvae_bench.training.reward import AnswerWords, rewards

_ID = "hvae-bench"


class FreshData(vf.TaskData):
    """One conversation, and the words by which its replies are read."""

    conversation: dict[str, Any]
    words: AnswerWords

    @field_validator("words", mode="before")
    @classmethod
    def _as_sent(cls, words: Any) -> AnswerWords:
        # A worker is sent lists, which are taken for tuples in JSON alone.
        return words if isinstance(words, AnswerWords) else AnswerWords.model_validate_json(json.dumps(words))


class FreshTask(vf.Task[FreshData]):
    """Take part in a conversation under a rule."""

    @vf.reward
    async def rationality(self, trace: vf.Trace) -> float:
        """Mean reward of the decisions; 0 counts for one without an answer."""
        return _mean([reward or 0 for reward in self._rewards(trace)])

    @vf.metric
    async def answered(self, trace: vf.Trace) -> float:
        """Share of the decisions in which an option was chosen."""
        return _mean([reward is not None for reward in self._rewards(trace)])

    def _rewards(self, trace: vf.Trace) -> list[float | None]:
        # Every reply is sampled in a call of its own, first those to the opening.
        first = len(self.data.conversation["own_replies"])
        nodes = [(place, node.message.content or "") for place, node in enumerate(trace.nodes) if node.sampled][first:]
        cut_nodes = {call.node for call in trace.calls if call.finish_reason == "length"}
        cut = [number for number, (place, _) in enumerate(nodes) if place in cut_nodes]
        return rewards(self.data.conversation, [reply for _, reply in nodes], self.data.words, cut=cut)


class FreshConfig(vf.TasksetConfig):
    """What `load_environment` is given; on a command line `--env.taskset.*`."""

    id: str = _ID
    n: int = 1000
    seed: int = 0
    split: str = "train"
    shapes: list[str] | None = None
    rules: list[str] | None = None
    system: str | None = None
    wording: str | None = None
    framing: str | None = None
    catalog: list[str] | None = None


class FreshTaskset(vf.Taskset[FreshTask, FreshConfig]):
    """Conversations about fresh items; never an item of the catalogue."""

    def __init__(self, config: FreshConfig) -> None:
        super().__init__(config)
        self.course = course(
            load_catalog(config.catalog or ()),
            seed=config.seed,
            shapes=config.shapes,
            rules=config.rules,
            system=config.system,
            wording=config.wording,
            framing=config.framing,
        )
        # What does not go together is told now, and not in the middle of a run.
        next(self._conversations(1))

    def load(self) -> Iterator[FreshTask]:
        """The tasks, in the order drawn."""
        words = self.course.words
        for conversation in self._conversations(self.config.n):
            opening = takewhile(_is_said, conversation["messages"])
            data = FreshData(
                id=conversation["id"],
                name=f"{conversation['rule']} {conversation['shape']}",
                prompt=[*opening],
                conversation=conversation,
                words=words,
            )
            yield FreshTask(data, self.config.task)

    def _conversations(self, n: int) -> Iterator[dict[str, Any]]:
        return self.course.conversations(n, cast(Split, self.config.split))


class FreshHarnessConfig(vf.HarnessConfig):
    """Nothing to set."""

    id: str = _ID


class FreshHarness(vf.Harness[FreshHarnessConfig]):
    """Says what is said in a conversation, turn by turn, within this process; the model has no tools."""

    APPENDS_SYSTEM_PROMPT = True
    EXECUTES_CODE = False
    NEEDS_CONTAINER = False

    async def launch(
        self,
        ctx: vf.ModelContext,
        trace: vf.Trace,
        runtime: vf.Runtime,
        endpoint: str,
        secret: str,
        mcp_urls: dict[str, str],
        data: FreshData,
    ) -> vf.ProgramResult:
        """One whole conversation."""
        system, prompt = self.resolve_prompt(data)
        said: list[Any] = [] if system is None else [{"role": "system", "content": system}]
        said += [{"role": message.role, "content": message.content} for message in prompt]
        async with AsyncOpenAI(base_url=endpoint, api_key=secret, max_retries=0, timeout=None) as client:
            for message in dropwhile(_is_said, data.conversation["messages"]):
                if _is_said(message):
                    said.append(message)
                    continue
                try:
                    completion = await client.chat.completions.create(model=ctx.model, messages=said)
                except APIError as error:
                    raise vf.HarnessError(str(error)) from error
                said.append(completion.choices[0].message.model_dump(exclude_none=True))
        return vf.ProgramResult(exit_code=0, stdout="", stderr="")


class FreshEnvironmentConfig(vf.SingleAgentEnvConfig):
    """The one who learns is `agent`; no container is needed, for nothing is executed."""

    agent: vf.AgentConfig = vf.AgentConfig(runtime=vf.SubprocessConfig())


class FreshEnvironment(vf.SingleAgentEnv, vf.Env[FreshEnvironmentConfig]):
    """One agent, one conversation a rollout."""


def _is_said(message: Mapping[str, str]) -> bool:
    """Whether the conversation says it, and not the model."""
    return message["role"] != "assistant"


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
