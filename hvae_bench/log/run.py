"""Run: what happens around the dialogues: the announcement, the guard of the catalogue, the logs at the end."""

import time
from logging import getLogger

from anyio import to_thread
from inspect_ai.hooks import Hooks, ModelUsageData, RunEnd, SampleAttemptEnd, SampleEnd, TaskStart, hooks
from inspect_ai.log import EvalLog, EvalSample, EvalSpec
from inspect_ai.util import LimitExceededError, display_type
from pydantic_core import from_json

from hvae_bench.dialogue.described import UNHEARD_KEY
from hvae_bench.log.broken import Broken, cause, told
from hvae_bench.log.entry import enter_numbers
from hvae_bench.log.export import SCORER, write_records
from hvae_bench.log.facts import RunFacts, run_facts
from hvae_bench.log.inspect_log import opened
from hvae_bench.log.pace import Pace, Progress
from hvae_bench.log.rounds import over_without_score
from hvae_bench.scorers import Outcome
from hvae_bench.text.errors import HvaeError, LogError
from hvae_bench.text.masking import masked
from hvae_bench.text.number import about, counted
from hvae_bench.text.visible import visible

_logger = getLogger(__name__)


class RunHooks(Hooks):
    """Announces a run of this task, and writes its rationality log when it ends; silent in all others."""

    def __init__(self) -> None:
        self._paces: dict[str, Pace] = {}
        self._progress: dict[str, Progress] = {}
        self._answered: set[str | None] = set()

    async def on_task_start(self, data: TaskStart) -> None:
        """Say what is coming; stop a retry with another catalogue.

        Raises:
            LimitExceededError: the catalogue changed; of all exceptions only this one leaves a hook, and it
                ends the task before the first sample.
        """
        facts = run_facts(data.spec.metadata)
        if facts is None:
            return
        if before := facts.former_catalogs(data.spec.metadata):
            raise LimitExceededError(
                "custom",
                value=1 + len(before),
                limit=1,
                message=f"The catalogue has changed since this run began (sha256 {before[0][:12]} then, "
                f"{facts.catalog_sha256[:12]} now), so old and new dialogues would not be comparable. "
                f"Restore the catalogue and retry, or start a new run with `inspect eval`.",
            )
        if display_type() != "none":
            announcement, calls, dialogues = _announcement(facts, data.spec)
            print(visible(announcement))
            progress = self._progress.setdefault(data.run_id, Progress(time.monotonic()))
            progress.begin(data.eval_id, dialogues, calls, facts.until is not None)
            if data.spec.model.startswith("hvae-local/"):
                self._paces[data.eval_id] = Pace(calls)

    async def on_model_usage(self, data: ModelUsageData) -> None:
        """Tell how long the run will take, once that has been measured; on this machine alone it is worth telling."""
        usage = data.usage
        self._answered.add(data.eval_id)
        if progress := self._progress.get(data.run_id or ""):
            progress.reply(time.monotonic())
        if pace := self._paces.get(data.eval_id or ""):
            read = usage.input_tokens + (usage.input_tokens_cache_read or 0)
            if sentence := pace.reply(time.monotonic(), read, usage.output_tokens):
                print(sentence)

    async def on_sample_attempt_end(self, data: SampleAttemptEnd) -> None:
        """Let no round wait for a dialogue that has to be tried again."""
        if data.will_retry:
            over_without_score(data.eval_id, data.summary.id, data.summary.epoch)

    async def on_sample_end(self, data: SampleEnd) -> None:
        """Let no round wait for a dialogue that failed; stop a run whose server will not hear what it is asked at all.

        Raises:
            LimitExceededError: says what to run instead.
        """
        if not data.sample.scores and data.eval_id:
            over_without_score(data.eval_id, data.sample.id, data.sample.epoch)
        if progress := self._progress.get(data.run_id):
            dialogue = data.eval_id, str(data.sample.id), data.sample.epoch
            if sentence := progress.over(dialogue, _outcome(data.sample), time.monotonic()):
                print(sentence)
        fix = data.sample.store.get(UNHEARD_KEY)
        if data.sample.error and fix and data.eval_id not in self._answered:
            raise LimitExceededError("custom", value=1, limit=0, message=fix)

    async def on_run_end(self, data: RunEnd) -> None:
        """Put the numbers of every log of this task into its metadata, then write its rationality log."""
        for log in data.logs:
            kept = log.eval.config.log_samples is not False
            if run_facts(log.eval.metadata) is not None and log.location and kept:
                # In this order: the rationality log holds the hash of the log.
                warnings = await to_thread.run_sync(_enter_numbers, log)
                warnings += await to_thread.run_sync(_write_rationality_log, log.location)
                for warning in warnings:
                    _logger.warning(visible(warning))
        # Inspect runs one evaluation at a time, so nobody needs these any more.
        self._paces.clear()
        self._progress.clear()
        self._answered.clear()


def _enter_numbers(log: EvalLog) -> list[str]:
    """Put the numbers of a run into the metadata of its log; what stands against it, in a sentence."""
    try:
        enter_numbers(log)
    except Exception as error:  # the dialogues are in the log, whatever this was
        what = masked(error.strerror or str(error)) if isinstance(error, OSError) else cause(error)
        return [
            f"The numbers of the run are not in the metadata of {log.location} ({what}). The log is as Inspect wrote "
            f"it; `hvae show {log.location}` computes them."
        ]
    return []


def _write_rationality_log(location: str) -> list[str]:
    """Write the rationality log of a log that should have ended; what it lacks, in sentences."""
    broken: list[Broken] = []
    try:
        with opened(location) as log:
            if log.header.status == "started":
                fix = f"When the cause is fixed: inspect eval-retry {location}"
                raise LogError(f"Inspect could not finish its own log. {fix}")
            write_records(log, broken=broken)
    except OSError as error:
        return [
            f"No rationality log was written beside {location} ({masked(error.strerror or str(error))}). "
            f"Inspect's own log is complete; when the cause is fixed, run: hvae export {location}"
        ]
    except HvaeError as error:
        return [f"No rationality log was written beside {location}. {error}"]
    return [f"The rationality log lacks a dialogue. {sentence}" for sentence in told(broken)]


def _outcome(sample: EvalSample) -> Outcome | None:
    """What became of the questions of a dialogue; None without its score."""
    score = (sample.scores or {}).get(SCORER)
    return Outcome(**from_json((score.metadata or {})["facts"]["json"])["outcome"]) if score else None


def _announcement(facts: RunFacts, spec: EvalSpec) -> tuple[str, int, int]:
    """What a run will make, in a sentence; its model calls, and its dialogues."""
    sample_ids, epochs = spec.dataset.sample_ids, spec.config.epochs or 1
    cells = [str(sample_id) for sample_id in sample_ids] if sample_ids else list(facts.calls)
    calls = sum(facts.calls.get(cell, 0) for cell in cells) * epochs
    sent, received = (about(epochs * sum(facts.tokens.get(cell, (0, 0))[way] for cell in cells)) for way in (0, 1))
    most = "" if facts.until is None else "at most "
    announcement = (
        f"hvae_bench: {spec.model}, scenario {facts.scenario}, {most}{counted(len(cells), 'cell')} x "
        f"{counted(epochs, 'epoch')} = {counted(len(cells) * epochs, 'dialogue')}, {counted(calls, 'model call')}, "
        f"about {sent} tokens sent and {received} received (more where a model reasons or has to be asked again, fewer "
        f"in a retry)"
    )
    if spec.config.log_samples is False:
        announcement += "\nhvae_bench: --no-log-samples keeps no dialogue, so only what Inspect prints will be known."
    if facts.catalog_revision is not None:
        announcement += (
            f"\nhvae_bench: data from {facts.catalog_source[0]} on the Hub, commit {facts.catalog_revision}, "
            f"manifest sha256 {str(facts.catalog_manifest_sha256)[:12]}"
        )
    return announcement, calls, len(cells) * epochs


def register_run_hooks() -> None:
    """Register the hooks; only done by the task, so that runs of other tasks never see them."""
    hooks(name="hvae_bench_run", description="Rationality log of hvae_bench")(RunHooks)
