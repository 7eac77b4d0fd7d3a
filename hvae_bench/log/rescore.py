"""Rescore: recompute every measure of a rationality log from its records alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hvae_bench.catalogue.wording import Wording
from hvae_bench.log.broken import Broken
from hvae_bench.log.measures import measure
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.reread import contradictions
from hvae_bench.log.source import read_records
from hvae_bench.text.errors import LogError

TOLERANCE = 1e-9
"""Numbers closer than this are the same; the last bits may depend on the machine."""


_RANKED = {"transitive", "motive_ranking"}
"""Measures that followed another rule in task version 1."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure that came out otherwise."""

    line: int
    sample_id: str
    epoch: int
    measure: str
    recorded: Any
    recomputed: Any


@dataclass(frozen=True, slots=True)
class Rescored:
    """What rescoring a file found; `earlier_rule` counts dialogues ranked by a rule of task version 1, not compared."""

    dialogues: int
    differences: tuple[Difference, ...]
    earlier_rule: int = 0


def rescore_file(
    path: str | Path, broken: list[Broken] | None = None, wordings: Mapping[str, Wording] | None = None
) -> Rescored:
    """Recompute the measures of every record of a file and compare them with those recorded.

    A measure that a record lacks, since it did not exist when the record was written, is absent and not different; nor
    is one that followed another rule then.

    Args:
        path: a rationality log or a Parquet file of merged ones, a path or a URL.
        broken: takes the lines that are no record, and the file if the rest of it cannot be read.
        wordings: given if the stored replies are read again too, and decisions, options and labels compared.

    Raises:
        LogError: without `broken` only: a line that is no record, a file that cannot be read or holds no record.
    """
    dialogues = earlier = 0
    differences: list[Difference] = []
    for number, record in read_records(path, broken):
        dialogues += 1
        found = list(_differences(number, record))
        if record.run.task_version.startswith("1-") and any(one.measure in _RANKED for one in found):
            earlier += 1
            found = [one for one in found if not _by_earlier_rule(one)]
        differences += found
        if wordings is not None:
            where = number, record.dialogue.sample_id, record.dialogue.epoch
            differences += (Difference(*where, *one) for one in contradictions(record, wordings))
    if dialogues == 0 and broken is None:
        raise LogError(f"{path} holds no dialogue. Make the file again with `hvae export` from its Inspect log.")
    return Rescored(dialogues, tuple(differences), earlier)


def _by_earlier_rule(one: Difference) -> bool:
    """Whether a difference is one of rankings, or of the reasons why there is none, alone."""
    if one.measure != "undefined":
        return one.measure in _RANKED
    return {name for name, _ in one.recorded.items() ^ one.recomputed.items()} <= _RANKED


def _differences(line: int, record: RationalityRecord) -> Iterator[Difference]:
    recomputed = measure(record.target.motives, record.game, record.decisions, record.goal_text, record.wording)
    known = record.measures.model_fields_set
    for name, now in recomputed:
        if name not in known:
            continue
        before = getattr(record.measures, name)
        if isinstance(now, dict):  # the reasons why measures are undefined
            before, now = ({field: why for field, why in one.items() if field in known} for one in (before, now))
        close = isinstance(before, float) and isinstance(now, float) and abs(before - now) <= TOLERANCE
        if before != now and not close:
            yield Difference(line, record.dialogue.sample_id, record.dialogue.epoch, name, before, now)
