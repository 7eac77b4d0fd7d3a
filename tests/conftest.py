"""What the tests of whole runs share: a way to run the task, and a provider that follows a script."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from inspect_ai import Task, eval
from inspect_ai.log import EvalLog
from inspect_ai.model import (
    ChatMessage,
    ChatMessageUser,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    modelapi,
)
from inspect_ai.tool import ToolChoice, ToolInfo

from hvae_bench.log.runs import one_run
from hvae_bench.scorers import COUNTS

# Nothing here may reach a network: a forgotten look-up should fail at once, not hang.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ["INSPECT_DISPLAY"] = "none"
# Nor should a test read or leave anything in the user's cache.
os.environ["HVAE_CACHE_DIR"] = str(Path(tempfile.gettempdir()) / f"hvae-tests-{os.getpid()}")

# By default hypothesis looks at a clock for each example, and for how fast it can draw them.
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")

QUICKLY: dict[str, Any] = {"display": "none", "log_realtime": False, "log_buffer": 1000, "score_display": False}
"""What `eval` does for whoever watches a run, left out. The command in tests/test_install.py leaves nothing out."""

Reply = str | ModelOutput | Exception
Script = Callable[[str, list[ChatMessage]], Reply]


def numbers_of(log: EvalLog) -> dict[str, float]:
    """All numbers of a run by name, from its dialogues."""
    analysis = one_run(log.location).analysis
    counts = {name: number for count in COUNTS for name, number in count.values(analysis).items()}
    return {name: one.mean for name, one in analysis.numbers.items()} | counts


class Scripted(ModelAPI):
    """Answers with `Scripted.script(stream, messages)`; the stream names sample, epoch, place and attempt."""

    script: Script
    hvae_streams = True

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 (Inspect's own signature)
        **model_args: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        last = input[-1]
        assert isinstance(last, ChatMessageUser)
        reply = type(self).script((last.metadata or {})["hvae_stream"], input)
        if isinstance(reply, Exception):
            raise reply
        output = ModelOutput.from_content(self.model_name, reply) if isinstance(reply, str) else reply
        output.usage = ModelUsage(input_tokens=10, output_tokens=1, total_tokens=11)
        return output


@modelapi(name="scripted")
def scripted() -> type[ModelAPI]:
    return Scripted


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What one process has to do alone comes first, so that the others do not wait for it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[[Script], str]:
    """Set what the model says; returns its name."""

    def set_script(reply: Script) -> str:
        monkeypatch.setattr(Scripted, "script", staticmethod(reply), raising=False)
        return "scripted/model"

    return set_script


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., EvalLog]:
    """Run a task in an own log folder and return its log; the run must have succeeded."""

    def run_task(task: Task, model: str, *, status: str = "success", **arguments: Any) -> EvalLog:
        arguments.setdefault("log_dir", str(tmp_path / "logs"))
        (log,) = eval(task, model=model, **QUICKLY, **arguments)
        assert log.status == status, log.error
        return log

    return run_task
