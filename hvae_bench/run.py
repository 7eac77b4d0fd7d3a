"""Run: what happens around the dialogues: the announcement, the guard of the catalogue, the log at the end."""

from __future__ import annotations

from collections.abc import Sequence
from logging import getLogger

from inspect_ai.hooks import Hooks, RunEnd, SampleEnd, TaskStart, hooks
from inspect_ai.util import LimitExceededError, display_type

from hvae_bench.errors import HvaeError
from hvae_bench.export import Recorder, export_log_async
from hvae_bench.run_facts import RunFacts, catalogs_of, run_facts

__all__ = ["RunHooks", "announcement", "register_run_hooks"]

_logger = getLogger(__name__)


class RunHooks(Hooks):
    """Announces a run of this task, and writes its rationality log when it ends; silent in all others."""

    def __init__(self) -> None:
        self._recorders: dict[str, Recorder] = {}

    async def on_task_start(self, data: TaskStart) -> None:
        """Say what is coming; stop a retry with another catalogue.

        Raises:
            LimitExceededError: the catalogue changed; of all exceptions only this one leaves a hook, and it
                ends the task before the first sample.
        """
        facts = run_facts(data.spec.metadata)
        if facts is None:
            return
        marks = catalogs_of(data.spec.metadata)
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
        self._recorders[data.eval_id] = Recorder(data.spec, data.plan, facts)

    async def on_sample_end(self, data: SampleEnd) -> None:
        """Write down the record of a dialogue."""
        recorder = self._recorders.get(data.eval_id)
        if recorder is not None:
            recorder.add(data.sample)

    async def on_run_end(self, data: RunEnd) -> None:
        """Write the rationality log of every log of this task."""
        for log in data.logs:
            if run_facts(log.eval.metadata) is not None and log.location:
                try:
                    await export_log_async(log.location, self._recorders.get(log.eval.eval_id))
                except OSError as error:
                    _logger.warning(
                        f"No rationality log was written beside {log.location} ({error.strerror or error}). Inspect's "
                        f"own log is complete; when the cause is mended, run: hvae export {log.location}"
                    )
                except HvaeError as error:
                    _logger.warning(f"No rationality log was written beside {log.location}. {error}")
        # Inspect runs one evaluation at a time, so nobody needs these any more.
        for recorder in self._recorders.values():
            recorder.close()
        self._recorders.clear()


def announcement(facts: RunFacts, sample_ids: Sequence[str | int] | None, epochs: int) -> str:
    """How many dialogues and calls a run will make."""
    cells = [str(sample_id) for sample_id in sample_ids] if sample_ids else list(facts.calls)
    dialogues = len(cells) * epochs
    calls = sum(facts.calls.get(cell, 0) for cell in cells) * epochs
    source = ""
    if facts.catalog_revision is not None:
        source = (
            f"\nhvae_bench: data from {facts.catalog_source[0]} on the Hub, commit {facts.catalog_revision}, "
            f"manifest sha256 {str(facts.catalog_manifest_sha256)[:12]}"
        )
    return (
        f"hvae_bench: scenario {facts.scenario}, {len(cells)} cells x {epochs} epochs = {dialogues:,} dialogues, "
        f"{calls:,} model calls (more where a reply has to be asked for again, fewer in a retry)"
        f"{source}"
    )


def register_run_hooks() -> None:
    """Register the hooks; only done by the task, so that runs of other tasks never see them."""
    hooks(name="hvae_bench_run", description="Rationality log of hvae_bench")(RunHooks)
