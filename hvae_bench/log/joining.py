"""Joining: runs that asked other cells of one catalogue in the same way are one study of their model."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

from hvae_bench.dialogue.administration import apart
from hvae_bench.log.broken import Broken
from hvae_bench.log.runs import Run, one_run, with_names
from hvae_bench.text.errors import LogError

# Settings of generation that say how calls are made, and nothing of what is said.
_OF_TRANSPORT = (
    *("adaptive_connections", "attempt_timeout", "batch", "cache", "cache_prompt"),
    *("max_connections", "max_retries", "max_tool_output", "timeout"),
)


def conditions(run: Run) -> Iterator[tuple[str, str, Any]]:
    """Facts in which runs must agree for their numbers to go together: what it is, why it matters, and what it is here.

    The run needs a dialogue.
    """
    of_run = run.records[0].run
    yield "task version", "its number says when results stop being comparable", of_run.task_version
    catalogs = sorted({record.catalog.sha256[:12] for record in run.records})
    yield "catalogue", "the entries may have different words or payoffs", catalogs
    core = {system: list(own.records[0].run.core_values) for system, own in run.by_system.items()}
    told = core if len(core) > 1 else next(iter(core.values()))
    yield "core values", "the headline is a mean over different targets", told
    for name, why in apart():
        yield name, why, getattr(of_run.administration, name)
    config = {key: value for key, value in of_run.generate_config.items() if key not in _OF_TRANSPORT}
    yield "generation", "different settings give different replies", config
    forced = bool(of_run.model_args.get("forced", False))
    yield "forced labels", "a model that must answer cannot refuse", forced


def studies(runs: Iterable[Run]) -> list[Run]:
    """Put runs together that are one study, so that what needs cells of several of them can be estimated.

    Runs of one model with one catalogue, asked alike (core values, task version, administration, settings of
    generation, arguments and files of the model), are one study if no cell was run in two of them. Else all of
    them stay runs: whether a second run of a cell is a repeat or something else, no log tells.

    Args:
        runs: runs, as `load` gives them.

    Returns:
        Studies and single runs, the oldest first; `Run.joined` holds what one was put together from.
    """
    groups: list[list[Run]] = []
    for run in runs:
        fitting = (group for group in groups if _why_apart(group[0], run) is None)
        group = next(fitting, [])
        if not group:
            groups.append(group)
        group.append(run)
    found: list[Run] = []
    for group in groups:
        clash = any(_shared(one, other) for one, other in combinations(group, 2))
        found += group if clash or len(group) == 1 else [_joined(group)]
    return with_names(found)


def one_study(paths: str | Path | Iterable[str | Path], broken: list[Broken] | None = None) -> Run:
    """The only run in logs, or the study that they make: `one_run` of runs put together, with its errors."""
    return one_run(paths, broken, _one)


def _one(runs: list[Run]) -> list[Run]:
    found = studies(runs)
    if len(found) > 1:
        what = next(filter(None, (_why_apart(found[0], one) for one in found[1:])), None)
        why = f"they differ in {what}" if what else "they have cells in common"
        logs = ", ".join(dict.fromkeys(log for one in found for log in one.logs))
        raise LogError(f"These are {len(runs)} runs and not one study ({why}). Name the logs of one of them: {logs}.")
    return found


def _why_apart(one: Run, other: Run) -> str | None:
    """In what runs differ that can then be no study; None if in nothing."""
    if one.model != other.model:
        return "the model"
    if not (one.records and other.records):
        return "whether they have a dialogue"
    for (what, _, mine), (_, _, others) in zip(conditions(one), conditions(other), strict=True):
        if mine != others:
            return f"the {what}"
    mine, others = one.records[0].run, other.records[0].run
    for what in ("model_args", "weights", "adapter"):
        if getattr(mine, what) != getattr(others, what):
            return f"the {what.replace('_args', ' arguments')} of the model"
    return None


def _shared(one: Run, other: Run) -> bool:
    return not one.planned.keys().isdisjoint(other.planned)


def _joined(runs: Sequence[Run]) -> Run:
    wholes = [run.whole for run in runs if run.whole is not None]
    whole = (sum(cells for cells, _ in wholes), sum(dialogues for _, dialogues in wholes))
    return replace(
        runs[0],
        scenario=", ".join(dict.fromkeys(run.scenario for run in runs)),
        status=next((run.status for run in runs if run.status != "success"), "success"),
        records=[record for run in runs for record in run.records],
        planned={cell: planned for run in runs for cell, planned in run.planned.items()},
        plan_known=all(run.plan_known for run in runs),
        whole=whole if len(wholes) == len(runs) else None,
        ended="; ".join(dict.fromkeys(run.ended for run in runs if run.ended)) or None,
        broken=tuple(one for run in runs for one in run.broken),
        joined=tuple(runs),
    )
