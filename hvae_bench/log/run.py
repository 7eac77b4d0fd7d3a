"""Run: what happens around the dialogues: the announcement, the guard of the catalogue, the log at the end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from logging import getLogger

from anyio import to_thread
from inspect_ai.hooks import Hooks, ModelUsageData, RunEnd, TaskStart, hooks
from inspect_ai.util import LimitExceededError, display_type

from hvae_bench.log.broken import Broken, told
from hvae_bench.log.export import write_records
from hvae_bench.log.inspect_log import opened
from hvae_bench.log.pace import Pace
from hvae_bench.log.run_facts import RunFacts, catalogs_of, run_facts
from hvae_bench.text.errors import HvaeError, LogError
from hvae_bench.text.masking import masked

__all__ = ["RunHooks", "announcement", "register_run_hooks"]

_logger = getLogger(__name__)


class RunHooks(Hooks):
    """Announces a run of this task, and writes its rationality log when it ends; silent in all others."""

    def __init__(self) -> None:
        self._paces: dict[str, Pace] = {}

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
            epochs = data.spec.config.epochs or 1
            print(announcement(facts, data.spec.dataset.sample_ids, epochs))
            if data.spec.model.startswith("hvae-local/"):
                self._paces[data.eval_id] = Pace(_size(facts, data.spec.dataset.sample_ids, epochs)[2])

    async def on_model_usage(self, data: ModelUsageData) -> None:
        """Tell how long the run will take, once that has been measured; on this machine alone it is worth telling."""
        pace = self._paces.get(data.eval_id or "")
        if pace is not None:
            usage = data.usage
            read = usage.input_tokens + (usage.input_tokens_cache_read or 0)
            if sentence := pace.reply(time.monotonic(), read, usage.output_tokens):
                print(sentence)

    async def on_run_end(self, data: RunEnd) -> None:
        """Write the rationality log of every log of this task."""
        for log in data.logs:
            if run_facts(log.eval.metadata) is not None and log.location:
                broken: list[Broken] = []
                try:
                    await to_thread.run_sync(_write_rationality_log, log.location, broken)
                except OSError as error:
                    why = masked(error.strerror or str(error))
                    _logger.warning(
                        f"No rationality log was written beside {log.location} ({why}). "
                        f"Inspect's own log is complete; when the cause is mended, run: hvae export {log.location}"
                    )
                except HvaeError as error:
                    _logger.warning(f"No rationality log was written beside {log.location}. {error}")
                else:
                    for sentence in told(broken):
                        _logger.warning(f"The rationality log lacks a dialogue. {sentence}")
        # Inspect runs one evaluation at a time, so nobody needs these any more.
        self._paces.clear()


def _write_rationality_log(location: str, broken: list[Broken]) -> None:
    """Write the rationality log of a log that should have ended.

    Raises:
        LogError: Inspect could not finish it, or nothing of it can be read.
        OSError: the rationality log cannot be written.
    """
    with opened(location) as log:
        if log.header.status == "started":
            mend = f"When the cause is mended: inspect eval-retry {location}"
            raise LogError(f"Inspect could not finish its own log. {mend}")
        write_records(log, broken=broken)


def announcement(facts: RunFacts, sample_ids: Sequence[str | int] | None, epochs: int) -> str:
    """How many dialogues and calls a run will make."""
    cells, dialogues, calls = _size(facts, sample_ids, epochs)
    source = ""
    if facts.catalog_revision is not None:
        source = (
            f"\nhvae_bench: data from {facts.catalog_source[0]} on the Hub, commit {facts.catalog_revision}, "
            f"manifest sha256 {str(facts.catalog_manifest_sha256)[:12]}"
        )
    return (
        f"hvae_bench: scenario {facts.scenario}, {cells} cells x {epochs} epochs = {dialogues:,} dialogues, "
        f"{calls:,} model calls (more where a reply has to be asked for again, fewer in a retry)"
        f"{source}"
    )


def _size(facts: RunFacts, sample_ids: Sequence[str | int] | None, epochs: int) -> tuple[int, int, int]:
    """Cells, dialogues and model calls of a run."""
    cells = [str(sample_id) for sample_id in sample_ids] if sample_ids else list(facts.calls)
    return len(cells), len(cells) * epochs, sum(facts.calls.get(cell, 0) for cell in cells) * epochs


def register_run_hooks() -> None:
    """Register the hooks; only done by the task, so that runs of other tasks never see them."""
    hooks(name="hvae_bench_run", description="Rationality log of hvae_bench")(RunHooks)
