"""Run facts: what a log says about its run, beside what Inspect itself says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from hvae_bench.dialogue.administration import Administration
from hvae_bench.dialogue.upgrade import upgrade
from hvae_bench.text.errors import LogError, brief

__all__ = ["METADATA_KEY", "RunFacts", "catalog_mark", "catalogs_of", "run_facts"]

METADATA_KEY = "hvae_bench"
"""Key of the run's facts in the metadata of an Inspect log."""

_MARK = "hvae_bench_catalog:"


class RunFacts(BaseModel):
    """What was run, and from which catalogue.

    `catalog_revision` is the commit on the Hub and `catalog_manifest_sha256` the hash of the manifest, where there are
    such; `calls` are the model calls of a dialogue by cell.
    """

    model_config = ConfigDict(frozen=True)

    scenario: str
    administration: Administration
    catalog_source: list[str]
    catalog_version: str
    catalog_sha256: str
    catalog_revision: str | None = None
    catalog_manifest_sha256: str | None = None
    calls: dict[str, int]


def run_facts(metadata: Mapping[str, Any] | None, location: str | None = None) -> RunFacts | None:
    """The facts in a log's metadata; None in the log of another task.

    Args:
        metadata: the metadata of the log.
        location: the log, for the error.

    Raises:
        LogError: the facts are not as this package writes them.
    """
    kept = (metadata or {}).get(METADATA_KEY)
    try:
        return None if kept is None else RunFacts.model_validate(upgrade(kept))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, (METADATA_KEY, *first["loc"])))
        raise LogError(
            f"{location or 'This log'} is damaged: its metadata says something impossible about the run "
            f"({brief(place)}: {brief(first['msg'])}). Take an undamaged copy of the log."
        ) from None


def catalog_mark(sha256: str) -> str:
    """Metadata key that marks a run with its catalogue.

    `inspect eval-retry` hands the metadata of the old log to the new run, and the task's own goes over it.
    A key for each catalogue survives that, so two of them tell that the catalogue changed in between.
    """
    return f"{_MARK}{sha256}"


def catalogs_of(metadata: Mapping[str, Any] | None) -> list[str]:
    """Fingerprints of all catalogues that a log is marked with."""
    return [key.removeprefix(_MARK) for key in metadata or {} if key.startswith(_MARK)]
