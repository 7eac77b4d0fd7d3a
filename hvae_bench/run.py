"""Run: what happens around the dialogues: the announcement, the guard of the catalogue, the log at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from inspect_ai.hooks import Hooks, RunEnd, TaskStart, hooks
from inspect_ai.util import LimitExceededError, display_type
from pydantic import BaseModel, ConfigDict

__all__ = ["METADATA_KEY", "RunFacts", "RunHooks", "catalog_mark", "register_run_hooks"]

METADATA_KEY = "hvae_bench"
"""Key of the run's facts in the metadata of an Inspect log."""

_MARK = "hvae_bench_catalog:"


class RunFacts(BaseModel):
    """What a log says about its run, beside what Inspect itself says."""

    model_config = ConfigDict(frozen=True)

    scenario: str
    items: Literal["sequential", "independent"]
    seed: int
    catalog_source: list[str]
    catalog_version: str
    catalog_sha256: str
    calls: dict[str, int]


def run_facts(metadata: Mapping[str, Any] | None) -> RunFacts | None:
    """The facts in a log's metadata; None in the log of another task."""
    kept = (metadata or {}).get(METADATA_KEY)
    return None if kept is None else RunFacts.model_validate(kept)


def catalog_mark(sha256: str) -> str:
    """Metadata key that marks a run with its catalogue.

    `inspect eval-retry` hands the metadata of the old log to the new run, and the task's own goes over it.
    A key for each catalogue survives that, so two of them tell that the catalogue changed in between.
    """
    return f"{_MARK}{sha256}"


class RunHooks(Hooks):
    """Announces a run of this task, and writes its rationality log when it ends; silent in all others."""

    async def on_task_start(self, data: TaskStart) -> None:
        """Say what is coming; stop a retry with another catalogue.

        Raises:
            LimitExceededError: the catalogue changed; of all exceptions only this one leaves a hook, and it
                ends the task before the first sample.
        """
        facts = run_facts(data.spec.metadata)
        if facts is None:
            return
        marks = [key.removeprefix(_MARK) for key in data.spec.metadata or {} if key.startswith(_MARK)]
        before = [mark for mark in marks if mark != facts.catalog_sha256]
        if before:
            raise LimitExceededError(
                "custom",
                value=len(marks),
                limit=1,
                message=f"The catalogue has changed since this run began (sha256 {before[0][:12]} then, "
                f"{facts.catalog_sha256[:12]} now), so old and new dialogues would not be comparable. "
                f"Restore the catalogue and retry, or start a new run with `inspect eval`.",
            )
        if display_type() != "none":
            print(announcement(facts, data.spec.dataset.sample_ids, data.spec.config.epochs or 1))

    async def on_run_end(self, data: RunEnd) -> None:
        """Write the rationality log of every log of this task."""
        from hvae_bench.export import export_log_async

        for log in data.logs:
            if run_facts(log.eval.metadata) is not None and log.location:
                await export_log_async(log.location)


def announcement(facts: RunFacts, sample_ids: Sequence[str | int] | None, epochs: int) -> str:
    """How many dialogues and calls a run will make."""
    cells = [str(sample_id) for sample_id in sample_ids] if sample_ids else list(facts.calls)
    dialogues = len(cells) * epochs
    calls = sum(facts.calls.get(cell, 0) for cell in cells) * epochs
    return (
        f"hvae_bench: scenario {facts.scenario}, {len(cells)} cells x {epochs} epochs = {dialogues:,} dialogues, "
        f"{calls:,} model calls (more where a reply has to be asked for again, fewer in a retry)"
    )


def register_run_hooks() -> None:
    """Register the hooks; only done by the task, so that runs of other tasks never see them."""
    hooks(name="hvae_bench_run", description="Rationality log of hvae_bench")(RunHooks)
