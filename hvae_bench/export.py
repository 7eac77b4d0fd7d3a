"""Export: from an Inspect log to a rationality log, one JSON object for each dialogue."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog, EvalSample, read_eval_log, read_eval_log_async, resolve_sample_attachments

from hvae_bench import __version__
from hvae_bench.errors import LogError
from hvae_bench.measures import measure
from hvae_bench.record import (
    SCHEMA_VERSION,
    CatalogRecord,
    DialogueRecord,
    RationalityRecord,
    RunRecord,
    UsageRecord,
)
from hvae_bench.run_facts import RunFacts, run_facts
from hvae_bench.sample import script_of
from hvae_bench.scorers.decision import DecisionReason
from hvae_bench.trace import Trace

__all__ = ["export_log", "export_log_async", "rationality_path", "read_log", "records"]

# A record needs neither the events nor the messages: the turns are in the store.
_UNUSED = {"events", "messages", "timelines"}
_SECRET = re.compile(r"(?:key|token|secret|password|credentials?|authorization)$", re.IGNORECASE)


def export_log(location: str | Path, output: str | Path | None = None) -> Path:
    """Write the rationality log of an Inspect log.

    Args:
        location: an `.eval` or `.json` log of this task, also of a cancelled run.
        output: where to write; beside the log by default.

    Returns:
        The file written. It appears whole or not at all.

    Raises:
        LogError: no such file, not a log, a damaged log, or the log of another task.
    """
    path = Path(str(location).removeprefix("file://"))
    return _write(_read(path), path, output)


def read_log(location: str | Path) -> Iterator[RationalityRecord]:
    """The records of an Inspect log, as `export_log` writes them.

    Raises:
        LogError: no such file, not a log, a damaged log, or the log of another task.
    """
    return records(_read(Path(str(location).removeprefix("file://"))))


def _read(path: Path) -> EvalLog:
    if not path.is_file():
        raise LogError(f"There is no log {str(path)!r}. Give the path of an .eval file.")
    try:
        return read_eval_log(str(path), exclude_fields=_UNUSED)
    except Exception as error:
        raise LogError(
            f"{path} cannot be read as an Inspect log ({type(error).__name__}: {_first_line(error)}). "
            f"It may be cut short; `inspect log recover` may restore what is left."
        ) from None


async def export_log_async(location: str) -> Path:
    """As `export_log`, for use while Inspect's event loop runs."""
    path = Path(location.removeprefix("file://"))
    return _write(await read_eval_log_async(location, exclude_fields=_UNUSED), path, None)


def rationality_path(log: Path) -> Path:
    """Where the rationality log of an Inspect log belongs."""
    return log.with_name(f"{log.stem}.rationality.jsonl")


def records(log: EvalLog) -> Iterator[RationalityRecord]:
    """The records of a log, by cell in the order of the dataset, then by epoch.

    Raises:
        LogError: the log of another task.
    """
    facts = run_facts(log.eval.metadata)
    if facts is None:
        raise LogError(f"{log.location or 'This log'} is a log of task {log.eval.task!r}, not of hvae_bench.")
    order = {str(id_): place for place, id_ in enumerate(facts.calls)}
    samples = sorted(log.samples or [], key=lambda sample: (order.get(str(sample.id), len(order)), sample.epoch))
    for sample in samples:
        yield _record(log, facts, resolve_sample_attachments(sample))


def _write(log: EvalLog, path: Path, output: str | Path | None) -> Path:
    destination = rationality_path(path) if output is None else Path(output)
    lines = (record.model_dump_json() + "\n" for record in records(log))
    write_atomically(destination, lines)
    return destination


def write_atomically(destination: Path, lines: Iterator[str]) -> None:
    """Write lines of text to a file that appears whole or not at all."""
    handle = tempfile.NamedTemporaryFile(  # noqa: SIM115 (closed and renamed below)
        "w",
        encoding="utf-8",
        newline="\n",
        dir=destination.parent,
        prefix=f".{destination.name}.",
        delete=False,
    )
    try:
        with handle:
            handle.writelines(lines)
        # A temporary file is private; the log gets the permissions that any new file would have.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(handle.name, 0o666 & ~umask)
        os.replace(handle.name, destination)
    except BaseException:
        Path(handle.name).unlink(missing_ok=True)
        raise


def _record(log: EvalLog, facts: RunFacts, sample: EvalSample) -> RationalityRecord:
    script = script_of(sample.metadata)
    trace = Trace.of(sample.store, script)
    lost: DecisionReason = "limit" if sample.limit else "error" if sample.error else "cancelled"
    decisions = trace.decisions(lost)
    return RationalityRecord(
        schema_version=SCHEMA_VERSION,
        run=_run(log, facts, script.core_values),
        dialogue=_dialogue(sample),
        catalog=CatalogRecord(
            source=tuple(facts.catalog_source),
            version=facts.catalog_version,
            sha256=sample.metadata["catalog_sha256"],
        ),
        cell=script.cell,
        target=script.target,
        game=script.game,
        template=script.template,
        framing=script.framing,
        turns=trace.turns(),
        goal_text=trace.goal_text,
        decisions=decisions,
        measures=measure(
            script.target.motives,
            script.game,
            decisions,
            goal=trace.goal_text,
            other_words=script.framing.other_words,
        ),
    )


def _run(log: EvalLog, facts: RunFacts, core_values: tuple[str, ...]) -> RunRecord:
    spec = log.eval
    config = spec.model_generate_config.merge(log.plan.config)
    return RunRecord(
        package_version=spec.packages.get("hvae-bench", __version__),
        inspect_version=spec.packages.get("inspect_ai"),
        task=spec.task,
        task_version=str(spec.task_version),
        task_args=_plain(spec.task_args),
        scenario=facts.scenario,
        core_values=core_values,
        items=facts.items,
        seed=facts.seed,
        model=spec.model,
        model_args=_plain(spec.model_args),
        generate_config=_plain(config.model_dump(mode="json", exclude_none=True)),
        task_id=spec.task_id,
        eval_id=spec.eval_id,
        run_created=spec.created,
    )


def _dialogue(sample: EvalSample) -> DialogueRecord:
    usage = list(sample.model_usage.values())
    cached = [one.input_tokens_cache_read for one in usage if one.input_tokens_cache_read is not None]
    return DialogueRecord(
        sample_id=str(sample.id),
        epoch=sample.epoch,
        uuid=sample.uuid,
        started_at=_time(sample.started_at),
        completed_at=_time(sample.completed_at),
        total_time_s=sample.total_time,
        working_time_s=sample.working_time,
        usage=UsageRecord(
            # Inspect counts tokens read from a cache apart from the others.
            input_tokens=sum(one.input_tokens for one in usage) + sum(cached),
            output_tokens=sum(one.output_tokens for one in usage),
            total_tokens=sum(one.total_tokens for one in usage),
            input_tokens_cached=sum(cached) if cached else None,
        ),
        error=None if sample.error is None else sample.error.message,
        limit=None if sample.limit is None else sample.limit.type,
    )


def _time(moment: Any) -> str | None:
    return None if moment is None else str(moment)


def _plain(arguments: Any) -> Any:
    """Arguments as plain JSON, with secrets masked."""
    if isinstance(arguments, dict):
        return {
            str(key): "***" if _SECRET.search(str(key)) and value is not None else _plain(value)
            for key, value in arguments.items()
        }
    if isinstance(arguments, (list, tuple)):
        return [_plain(value) for value in arguments]
    if arguments is None or isinstance(arguments, (bool, int, str)):
        return arguments
    if isinstance(arguments, float):
        return arguments if abs(arguments) < float("inf") else str(arguments)
    return str(arguments)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or ["no details"])[0][:200]
