"""Entry: the numbers of a run as one entry in the metadata of its Inspect log."""

import math
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Literal

from inspect_ai.log import EvalLog, MetadataEdit, ProvenanceData, edit_eval_log, write_eval_log

from hvae_bench.dialogue.described import CellRecord
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.log.export import records
from hvae_bench.log.facts import PLAN, why_ended
from hvae_bench.log.inspect_log import opened
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.study import by_system, design_of, dialogue_of, one_catalog
from hvae_bench.scorers import COUNTS, Dialogue, RunAnalysis, analyse
from hvae_bench.scorers.numbers import of_systems
from hvae_bench.text.location import new_file

KEY = "hvae_bench_numbers"
"""Key of the entry in `EvalLog.metadata`."""

_OF_A_NUMBER = ("mean", "lower", "upper", "standard_error", "n_dialogues")


def entry_of(analyses: Mapping[str, RunAnalysis]) -> dict[str, Any]:
    """The verdict, every defined number with its interval, standard error and dialogues, and the counts, by system."""
    told = {
        name: _defined({field: getattr(one, field) for field in _OF_A_NUMBER})
        for name, one in of_systems({system: one.numbers for system, one in analyses.items()}).items()
        if math.isfinite(one.mean)
    }
    counts = {
        system: {name: one for count in COUNTS for name, one in count.values(analysis).items()}
        for system, analysis in analyses.items()
    }
    verdicts = {system: {"verdict": asdict(one.verdict)} for system, one in analyses.items()}
    return {**of_systems(verdicts), "numbers": told, "counts": _defined(of_systems(counts))}


def _defined(numbers: Mapping[str, float]) -> dict[str, float]:
    return {name: one for name, one in numbers.items() if math.isfinite(one)}


def enter_numbers(log: EvalLog) -> None:
    """Put the numbers of a run that has ended into the metadata of its log, in memory and in its file.

    In the file this is an edit by Inspect's own means, of the header alone; the file is replaced whole or not at all.
    A run without a dialogue, or one that Inspect could not end in the file, stays as it is.

    Raises:
        LogError: a log that cannot be read or stored, or dialogues from different catalogues.
        OSError: the file cannot be written.
    """
    with opened(log.location) as found:
        analyses = {} if found.header.status == "started" else _analyses(records(found, []))
        ended = why_ended(found.header.model_dump(mode="json", include=PLAN))
        if not analyses:
            return
        entry = entry_of(analyses) | ({"ended": ended} if ended else {})
        why = ProvenanceData(author="hvae_bench", reason="All numbers of the run, from its dialogues.")
        edited = edit_eval_log(found.header, [MetadataEdit(metadata_set={KEY: entry})], why)
        form: Literal["eval", "json"] = "eval" if found.path.suffix == ".eval" else "json"
        with new_file(found.location) as part:
            shutil.copyfile(found.path, part)
            write_eval_log(edited, part, format=form, header_only=True)
    log.log_updates = edited.log_updates
    log.recompute_tags_and_metadata()
    log.etag = None  # on S3 the mark of the version that is replaced, by which Inspect would refuse to write the log


def _analyses(found: Iterable[RationalityRecord]) -> dict[str, RunAnalysis]:
    """What `Run.analysis` is, by value system, of records that need not be in memory together."""
    cells: dict[tuple[CellRecord, str], RationalityRecord] = {}
    catalogs = set()
    dialogues: dict[str, list[Dialogue]] = {}
    for record in found:
        cells.setdefault((record.cell, record.dialogue.sample_id), record)
        catalogs.add(record.catalog.sha256)
        dialogues.setdefault(record.game.system, []).append(dialogue_of(record))
    one_catalog(catalogs)
    return {
        system: analyse(design_of(own, own[0].run.core_values), dialogues[system], calibrate=cached_calibrate)
        for system, own in by_system(cells.values()).items()
    }
