"""Export: from an Inspect log to a rationality log, one JSON object for each dialogue."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, overload

from inspect_ai.log import EvalSample, resolve_sample_attachments
from inspect_ai.model import ModelUsage

from hvae_bench import __version__
from hvae_bench.dialogue.described import Trace
from hvae_bench.dialogue.upgrade import SCHEMA_VERSION
from hvae_bench.log.account import account_of
from hvae_bench.log.broken import Broken, cause, nothing_left, set_aside
from hvae_bench.log.double import sha256_of
from hvae_bench.log.facts import PLAN, RunFacts, planned_dialogues
from hvae_bench.log.inspect_log import InspectLog, opened
from hvae_bench.log.record import CatalogRecord, DialogueRecord, RationalityRecord, RunRecord
from hvae_bench.log.source import rationality_location
from hvae_bench.scorers.decision import DecisionReason
from hvae_bench.text.location import name_of, place_of, write_atomically
from hvae_bench.text.masking import masked, masked_arguments

SCORER = "rationality"
"""Name of the score in a log in which a dialogue was measured."""

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
        OSError: the rationality log cannot be written.
    """
    with opened(location) as log:
        return write_records(log, output, broken)


def write_records(log: InspectLog, output: str | Path | None = None, broken: list[Broken] | None = None) -> Path | str:
    """Write the rationality log of an open log; see `export_log`."""
    destination = rationality_location(log.location) if output is None else output
    mine: list[Broken] = []
    found = records(log, None if broken is None else mine)
    first = next(found, None)
    if first is None and mine:
        raise nothing_left(mine)
    # A run that had no dialogue yet has an empty file.
    whole = chain([first] if first else [], found)
    write_atomically(destination, (record.model_dump_json() + "\n" for record in whole))
    if broken is not None:
        broken += mine
    return place_of(destination)


def read_log(location: str | Path, broken: list[Broken] | None = None) -> Iterator[RationalityRecord]:
    """The records of an Inspect log at a path or URL, as `export_log` writes them; errors are those of `export_log`."""
    with opened(location) as log:
        yield from records(log, broken)


def rationality_path(log: Path) -> Path:
    """Where the rationality log of an Inspect log on this machine belongs."""
    return Path(rationality_location(log))


def records(log: InspectLog, broken: list[Broken] | None = None) -> Iterator[RationalityRecord]:
    """The records of a log, by cell in the order of the dataset, then by epoch; `broken` takes damaged dialogues.

    Raises:
        LogError: without `broken` only: a dialogue that is damaged.
    """
    spec = log.header.eval
    config = spec.model_generate_config.merge(log.header.plan.config).model_dump(mode="json", exclude_none=True)
    arguments = spec.task_args, spec.model_args, config
    run: RunRecord | None = None
    for sample in log.samples():
        if isinstance(sample, Broken):
            set_aside(sample, broken)
            continue
        try:
            run = run or _run(log, arguments)
            record = _record(run, log.facts, resolve_sample_attachments(sample), arguments)
            for part in (record.run, record.dialogue, record.catalog):
                part.model_dump_json()  # half a character, which JSON can write and no file can hold, ends here
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            problem = f"holds no script and answers that belong together ({cause(error)})"
            set_aside(log.broken(sample.id, sample.epoch, problem), broken)
        else:
            yield record


def _record(run: RunRecord, facts: RunFacts, sample: EvalSample, arguments: tuple[Any, ...]) -> RationalityRecord:
    """The record of a dialogue; the arguments of its run may hold secrets."""
    score = (sample.scores or {}).get(SCORER)
    account = account_of(sample.metadata, sample.store, _why_lost(sample), score.metadata if score else None)
    script, trace = account.script, account.trace
    own = {
        "core_values": script.core_values,
        "served_models": trace.served_models,
        "weights": trace.weights,
        "adapter": trace.adapter,
    }
    return RationalityRecord(
        schema_version=SCHEMA_VERSION,
        run=RunRecord.model_validate({**dict(run), **own}),
        dialogue=_dialogue(sample, trace, arguments),
        catalog=CatalogRecord(
            source=tuple(map(name_of, facts.catalog_source)),
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


def _run(log: InspectLog, arguments: tuple[Any, ...]) -> RunRecord:
    """What is said of a run; its core targets and what served it stand in its dialogues alone."""
    spec, facts = log.header.eval, log.facts
    task_args, model_args, config = _without_paths(masked_arguments(arguments))
    return RunRecord(
        package_version=spec.packages.get("hvae-bench", __version__),
        inspect_version=spec.packages.get("inspect_ai"),
        task=spec.task,
        task_version=str(spec.task_version),
        task_args=task_args,
        scenario=facts.scenario,
        core_values=(),
        administration=facts.administration,
        model=spec.model,
        model_args=model_args,
        generate_config=config,
        task_id=spec.task_id,
        eval_id=spec.eval_id,
        run_created=spec.created,
        cells=len(facts.calls),
        epochs=max(planned_dialogues(log.header.model_dump(mode="json", include=PLAN), facts).values()),
        log_sha256=sha256_of(log.path),
    )


def _without_paths(given: Any) -> Any:
    """Arguments, nested as they come, in which a file or folder of a machine is told by its name alone."""
    if isinstance(given, Mapping):
        return {name: _without_paths(value) for name, value in given.items()}
    if isinstance(given, (list, tuple)):
        return [*map(_without_paths, given)]
    return name_of(given) if isinstance(given, str) else given


def _dialogue(sample: EvalSample, trace: Trace, arguments: tuple[Any, ...]) -> DialogueRecord:
    used = sum(sample.model_usage.values(), ModelUsage())
    counts = {
        # Inspect counts tokens read from a cache apart from the others.
        "input_tokens": used.input_tokens + (used.input_tokens_cache_read or 0),
        "output_tokens": used.output_tokens,
        "total_tokens": used.total_tokens,
        "input_tokens_cached": used.input_tokens_cache_read,
    }
    # By keyword and not as parts: what cannot be is to be left out, and not to be refused.
    return DialogueRecord.model_validate(
        {
            "sample_id": str(sample.id),
            "epoch": sample.epoch,
            "uuid": sample.uuid,
            "started_at": sample.started_at,
            "completed_at": sample.completed_at,
            "total_time_s": sample.total_time,
            "working_time_s": sample.working_time,
            "usage": counts | dict.fromkeys(trace.unknown_usage),
            "error": None if sample.error is None else masked(sample.error.message, *arguments),
            "limit": None if sample.limit is None else sample.limit.type,
            "notes": trace.notes,
        }
    )
