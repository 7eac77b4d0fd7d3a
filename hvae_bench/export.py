"""Export: from an Inspect log to a rationality log, one JSON object for each dialogue."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, overload
from zlib import crc32

from anyio import to_thread
from inspect_ai.log import (
    EvalLog,
    EvalPlan,
    EvalSample,
    EvalSpec,
    read_eval_log,
    read_eval_log_async,
    read_eval_log_sample_summaries_async,
    resolve_sample_attachments,
)

from hvae_bench import __version__
from hvae_bench.account import account_of
from hvae_bench.broken import AnotherTaskError, Broken, cause, nothing_left, set_aside
from hvae_bench.errors import LogError, brief
from hvae_bench.location import beside, is_url, local_copy, place_of, plain, write_atomically
from hvae_bench.masking import masked, masked_arguments
from hvae_bench.record import (
    SCHEMA_VERSION,
    CatalogRecord,
    DialogueRecord,
    RationalityRecord,
    RunRecord,
)
from hvae_bench.restored import restore_traces, restore_traces_async
from hvae_bench.run_facts import METADATA_KEY, RunFacts, run_facts
from hvae_bench.salvage import check_bytes, not_there, salvage
from hvae_bench.scorers.decision import DecisionReason
from hvae_bench.trace import Trace

__all__ = [
    "Recorder",
    "export_log",
    "export_log_async",
    "rationality_location",
    "rationality_path",
    "read_header",
    "read_log",
    "read_whole_log",
    "records",
]

# A record needs neither the events nor the messages: the turns are in the store.
_UNUSED = {"events", "messages", "timelines"}
_KEPT_IN_MEMORY = 16 * 2**20
# Inspect writes these down as the error of a dialogue that was stopped because the run was.
_CANCELLATION = re.compile(r"Cancelled(?:Error)?\(")


@overload
def export_log(location: Path, output: Path | None = None, *, broken: list[Broken] | None = None) -> Path: ...
@overload
def export_log(
    location: str | Path, output: str | Path | None = None, *, broken: list[Broken] | None = None
) -> Path | str: ...
def export_log(
    location: str | Path, output: str | Path | None = None, *, broken: list[Broken] | None = None
) -> Path | str:
    """Write the rationality log of an Inspect log.

    Args:
        location: an `.eval` or `.json` log of this task, also of a cancelled run; a path or a URL.
        output: where to write, a path or a URL; beside the log by default.
        broken: takes the dialogues that are damaged; the others are written.

    Returns:
        The file written: a path, or a URL if it was written to one. It appears whole or not at all.

    Raises:
        LogError: no such file, not a log, a log of which no dialogue is undamaged (without `broken` one with any that
            is), the log of another task, or storage that cannot be reached.
    """
    mine: list[Broken] | None = None if broken is None else []
    found = read_log(location, mine)
    written = _write(found, rationality_location(location) if output is None else output, mine)
    if broken is not None:
        broken += mine or ()
    return written


def read_log(location: str | Path, broken: list[Broken] | None = None) -> Iterator[RationalityRecord]:
    """The records of an Inspect log, as `export_log` writes them.

    Args:
        location: the log, a path or a URL.
        broken: takes the dialogues that are damaged.

    Raises:
        LogError: no such file, not a log, a damaged log, or the log of another task.
    """
    return records(read_whole_log(location, broken), broken)


def read_whole_log(location: str | Path, broken: list[Broken] | None = None) -> EvalLog:
    """An Inspect log with everything that records are made of; of a run that has not ended what is there.

    Args:
        location: the log, a path or a URL.
        broken: takes the dialogues of a log of this task that cannot be read; the log then holds the others.

    Raises:
        LogError: no such file, not a log, a damaged log, or storage that cannot be reached.
    """
    source = plain(location)
    with local_copy(location) as path:
        if not path.is_file():
            raise LogError(f"There is no log {str(path)!r}. Give the path of an .eval file.")
        with _damage_in_words(location):
            try:
                check_bytes(path)
                log = restore_traces(read_eval_log(str(path), exclude_fields=_UNUSED))
                lost = not_there(path, source, log)
            except Exception:
                if broken is None:
                    raise
                log, lost = salvage(path, source, _UNUSED)
    if METADATA_KEY in (log.eval.metadata or {}):
        for one in lost:
            set_aside(one, broken)
    return log.model_copy(update={"location": source})


def read_header(location: str | Path) -> EvalLog:
    """An Inspect log without its dialogues; of a log at a URL only these bytes are fetched.

    Raises:
        LogError: not a log, or a damaged log.
    """
    with _damage_in_words(location):
        if not is_url(location):
            check_bytes(Path(plain(location)), dialogues=False)
        return read_eval_log(plain(location), header_only=True)


async def _read_whole_log_async(location: str, broken: list[Broken] | None) -> EvalLog:
    with _damage_in_words(location):
        try:
            return await restore_traces_async(await read_eval_log_async(location, exclude_fields=_UNUSED))
        except Exception:
            if broken is None:
                raise
            return await to_thread.run_sync(read_whole_log, location, broken)


@contextmanager
def _damage_in_words(location: str | Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise LogError(
            f"{plain(location)} cannot be read as an Inspect log ({type(error).__name__}: {_first_line(error)}). "
            "Take an undamaged copy, or its rationality log; after a kill `inspect log recover` may restore the rest."
        ) from None


class Recorder:
    """Writes down the records of a run while its dialogues end, so that the log need not be read for them.

    What is written stays in a temporary file. Whatever a recorder missed, or could not keep, `export_log_async`
    takes from the log.

    Args:
        spec: what Inspect says about the run.
        plan: the plan of the run.
        facts: what this package says about it.
    """

    def __init__(self, spec: EvalSpec, plan: EvalPlan, facts: RunFacts) -> None:
        self._facts = facts
        self._run = _run(spec, plan, facts)
        self._arguments = _arguments(spec, plan)
        self._lines = tempfile.SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY)  # noqa: SIM115 (see close)
        self._places: dict[str, tuple[int, int, int]] = {}
        self._end = 0

    def add(self, sample: EvalSample) -> None:
        """Write down the record of a dialogue that has ended."""
        if sample.uuid is None:
            return
        line = _line(_record(self._run, self._facts, sample, self._arguments, scored=True)).encode()
        try:
            self._lines.seek(self._end)
            self._lines.write(line)
        except OSError:
            return  # a full disk, most likely; the log still has the dialogue
        self._places[sample.uuid] = (self._end, len(line), crc32(line))
        self._end += len(line)

    def line(self, uuid: str | None) -> str | None:
        """The line of a dialogue in the rationality log; None if it was not written down, or cannot be read."""
        if uuid not in self._places:
            return None
        start, length, checksum = self._places[uuid]
        try:
            self._lines.seek(start)
            line = self._lines.read(length)
        except OSError:
            return None
        # On a full disk a write may seem to succeed, and what it wrote be lost.
        return line.decode() if crc32(line) == checksum else None

    def fits(self, log: EvalLog) -> bool:
        """Whether the log says the same about its run as was said when the run began."""
        return _run(log.eval, log.plan, self._facts).model_dump_json() == self._run.model_dump_json()

    def close(self) -> None:
        """Give up what was written down."""
        self._lines.close()


async def export_log_async(
    location: str, recorder: Recorder | None = None, *, broken: list[Broken] | None = None
) -> Path | str:
    """As `export_log`, for use while Inspect's event loop runs.

    Args:
        location: the log.
        recorder: what has been written down of its dialogues already.
        broken: takes the dialogues that are damaged; the others are written.

    Raises:
        LogError: Inspect could not finish the log, or (without `broken`) a dialogue is damaged.
        OSError: the rationality log cannot be written.
    """
    with _damage_in_words(location):
        header = await read_eval_log_async(location, header_only=True)
    if header.status == "started":
        raise LogError(f"Inspect could not finish its own log. When the cause is mended: inspect eval-retry {location}")
    if recorder is None or not recorder.fits(header):
        mine: list[Broken] | None = None if broken is None else []
        log = await _read_whole_log_async(location, mine)
        written = _write(records(log, mine), rationality_location(location), mine)
        if broken is not None:
            broken += mine or ()
        return written
    # The log decides which dialogues there are: a retry takes some over that ended in an earlier run.
    with _damage_in_words(location):
        summaries = await read_eval_log_sample_summaries_async(location)
    place = _place(_facts(header))
    summaries.sort(key=lambda summary: place(summary.id, summary.epoch))
    taken_over: dict[tuple[str, int], EvalSample] = {}
    if any(recorder.line(summary.uuid) is None for summary in summaries):
        log = await _read_whole_log_async(location, broken)
        taken_over = {(str(sample.id), sample.epoch): sample for sample in log.samples or []}

    def lines() -> Iterator[str]:
        for summary in summaries:
            line = recorder.line(summary.uuid)
            if line is not None:
                yield line
            elif sample := taken_over.get((str(summary.id), summary.epoch)):  # one that cannot be read is told already
                yield from map(_line, _checked_record(header, _facts(header), sample, broken))

    destination = rationality_location(location)
    write_atomically(destination, lines())
    return place_of(destination)


def rationality_location(log: str | Path) -> str:
    """Where the rationality log of an Inspect log belongs, a path or a URL."""
    return beside(log, f"{Path(plain(log)).stem}.rationality.jsonl")


def rationality_path(log: Path) -> Path:
    """Where the rationality log of an Inspect log on this machine belongs."""
    return Path(rationality_location(log))


def records(log: EvalLog, broken: list[Broken] | None = None) -> Iterator[RationalityRecord]:
    """The records of a log, by cell in the order of the dataset, then by epoch.

    Args:
        log: the log.
        broken: takes the dialogues that are damaged.

    Raises:
        LogError: the log of another task, or (without `broken`) a dialogue in it that is damaged.
    """
    facts = _facts(log)
    place = _place(facts)
    for sample in sorted(log.samples or [], key=lambda sample: place(sample.id, sample.epoch)):
        yield from _checked_record(log, facts, sample, broken)


def _facts(log: EvalLog) -> RunFacts:
    facts = run_facts(log.eval.metadata, log.location or None)
    if facts is None:
        raise AnotherTaskError(f"{log.location or 'This log'} is a log of task {log.eval.task!r}, not of hvae_bench.")
    return facts


def _place(facts: RunFacts) -> Callable[[int | str, int], tuple[int, int]]:
    """Where a dialogue belongs: by cell in the order of the dataset, then by epoch."""
    order = {id_: place for place, id_ in enumerate(facts.calls)}
    return lambda id_, epoch: (order.get(str(id_), len(order)), epoch)


def _write(found: Iterator[RationalityRecord], destination: str | Path, broken: list[Broken] | None) -> Path | str:
    """Write records, unless there is none because all are damaged; a run that had no dialogue yet has an empty file."""
    first = next(found, None)
    if first is None and broken:
        raise nothing_left(broken)
    write_atomically(destination, map(_line, found if first is None else chain([first], found)))
    return place_of(destination)


def _line(record: RationalityRecord) -> str:
    return record.model_dump_json() + "\n"


def _checked_record(
    log: EvalLog, facts: RunFacts, sample: EvalSample, broken: list[Broken] | None
) -> Iterator[RationalityRecord]:
    """The record of a dialogue in a log that may have been damaged since; none if it was."""
    try:
        record = _record(
            _run(log.eval, log.plan, facts), facts, resolve_sample_attachments(sample), _arguments(log.eval, log.plan)
        )
        for part in (record.run, record.dialogue, record.catalog):
            part.model_dump_json()  # half a character, which JSON can write and no file can hold, ends here
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        problem = f"holds no script and answers that belong together ({cause(error)})"
        source = log.location or "This log"
        set_aside(Broken.one_dialogue(source, brief(str(sample.id)), sample.epoch, problem), broken)
    else:
        yield record


def _record(
    run: RunRecord, facts: RunFacts, sample: EvalSample, arguments: tuple[Any, ...], *, scored: bool = False
) -> RationalityRecord:
    """The record of a dialogue, which may just have been scored in this process.

    Args:
        run: where it comes from.
        facts: what this package says about the run.
        sample: the dialogue as Inspect keeps it.
        arguments: those of the run, which may hold secrets.
        scored: whether it was scored in this process.
    """
    uuid = sample.uuid if scored else None
    account = account_of(sample.metadata, sample.store, _why_lost(sample), uuid=uuid)
    script, trace = account.script, account.trace
    return RationalityRecord(
        schema_version=SCHEMA_VERSION,
        run=run.model_copy(update={"core_values": script.core_values}),
        dialogue=_dialogue(sample, trace, arguments),
        catalog=CatalogRecord(
            source=tuple(facts.catalog_source),
            version=facts.catalog_version,
            sha256=sample.metadata["catalog_sha256"],
            revision=facts.catalog_revision,
            manifest_sha256=facts.catalog_manifest_sha256,
        ),
        cell=script.cell,
        target=script.target,
        game=script.game,
        template=script.template,
        wording=script.wording,
        framing=script.framing,
        turns=trace.turns(),
        goal_text=trace.goal_text,
        decisions=account.decisions,
        measures=account.measures,
    )


def _why_lost(sample: EvalSample) -> DecisionReason:
    """Why items of a dialogue were never answered, if some were not."""
    if sample.limit:
        return "limit"
    if sample.error is None or _CANCELLATION.match(sample.error.message):
        return "cancelled"
    return "error"


def _run(spec: EvalSpec, plan: EvalPlan, facts: RunFacts) -> RunRecord:
    """What is said of a run; its core targets stand in the scripts of its dialogues alone."""
    task_args, model_args, config = arguments = _arguments(spec, plan)
    return RunRecord(
        package_version=spec.packages.get("hvae-bench", __version__),
        inspect_version=spec.packages.get("inspect_ai"),
        task=spec.task,
        task_version=str(spec.task_version),
        task_args=masked_arguments(task_args, *arguments),
        scenario=facts.scenario,
        core_values=(),
        items=facts.items,
        seed=facts.seed,
        model=spec.model,
        model_args=masked_arguments(model_args, *arguments),
        generate_config=masked_arguments(config, *arguments),
        task_id=spec.task_id,
        eval_id=spec.eval_id,
        run_created=spec.created,
    )


def _arguments(spec: EvalSpec, plan: EvalPlan) -> tuple[Any, Any, Any]:
    """The arguments of task and model, and the settings of generation, as they were given."""
    config = spec.model_generate_config.merge(plan.config)
    return spec.task_args, spec.model_args, config.model_dump(mode="json", exclude_none=True)


def _dialogue(sample: EvalSample, trace: Trace, arguments: tuple[Any, ...]) -> DialogueRecord:
    usage = list(sample.model_usage.values())
    cached = [one.input_tokens_cache_read for one in usage if one.input_tokens_cache_read is not None]
    counts = {
        # Inspect counts tokens read from a cache apart from the others.
        "input_tokens": sum(one.input_tokens for one in usage) + sum(cached),
        "output_tokens": sum(one.output_tokens for one in usage),
        "total_tokens": sum(one.total_tokens for one in usage),
        "input_tokens_cached": sum(cached) if cached else None,
    }
    # By keyword and not as parts: what cannot be is to be left out, and not to be refused.
    return DialogueRecord.model_validate(
        {
            "sample_id": str(sample.id),
            "epoch": sample.epoch,
            "uuid": sample.uuid,
            "started_at": _time(sample.started_at),
            "completed_at": _time(sample.completed_at),
            "total_time_s": sample.total_time,
            "working_time_s": sample.working_time,
            "usage": counts | dict.fromkeys(trace.unknown_usage),
            "error": None if sample.error is None else masked(sample.error.message, *arguments),
            "limit": None if sample.limit is None else sample.limit.type,
            "notes": trace.notes,
        }
    )


def _time(moment: Any) -> str | None:
    return None if moment is None else str(moment)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or ["no details"])[0][:200]
