"""Facts: what a log says in its metadata about its run, and from which catalogue it was made."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from hvae_bench.dialogue.administration import Administration
from hvae_bench.dialogue.upgrade import upgrade
from hvae_bench.text.errors import LogError, brief

_KEY = "hvae_bench"
_MARK = "hvae_bench_catalog:"

WHY = "why"
"""Key in what Inspect keeps of a run with `-T until=`: why it ended, as words that go on from its name."""


class RunFacts(BaseModel):
    """What was run, and from which catalogue; by cell the model calls of a dialogue, and tokens sent and received.

    `until` is the half-width of the headline at which a run ends before it has made all its dialogues. Commit and hash
    of the manifest are there for data from the Hub alone.
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
    tokens: dict[str, tuple[int, int]] = {}
    until: float | None = None

    def metadata(self) -> dict[str, Any]:
        """The facts as they stand in the metadata of a log, and a mark of the catalogue.

        `inspect eval-retry` hands the metadata of the old log to the new run, and the task's own goes over it.
        A key for each catalogue survives that, so two of them tell that the catalogue changed in between.
        """
        return {_KEY: self.model_dump(), f"{_MARK}{self.catalog_sha256}": True}

    def former_catalogs(self, metadata: Mapping[str, Any] | None) -> list[str]:
        """Fingerprints of the other catalogues that a log is marked with."""
        marks = [key.removeprefix(_MARK) for key in metadata or {} if key.startswith(_MARK)]
        return [mark for mark in marks if mark != self.catalog_sha256]


def run_facts(metadata: Mapping[str, Any] | None, location: str = "This log") -> RunFacts | None:
    """The facts in the metadata of a log; None in the log of another task.

    Raises:
        LogError: the facts are not as this package writes them.
    """
    kept = (metadata or {}).get(_KEY)
    try:
        return None if kept is None else RunFacts.model_validate(upgrade(kept))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, (_KEY, *first["loc"])))
        raise LogError(
            f"{location} is damaged: its metadata says something impossible about the run "
            f"({brief(place)}: {brief(first['msg'])}). Take an undamaged copy of the log."
        ) from None


PLAN: Any = {
    "status": True,
    "eval": {"task_id": True, "model": True, "created": True, "dataset": {"sample_ids"}, "config": {"epochs"}},
    "results": {"early_stopping"},
}
"""What of the header of a log tells its plan, as JSON."""


def planned_dialogues(header: Mapping[str, Any], facts: RunFacts) -> dict[str, int]:
    """The dialogues that each cell was to have; one that was not wanted any more (`-T until=`) is none of them."""
    cells, epochs = header["eval"]["dataset"].get("sample_ids"), header["eval"]["config"].get("epochs") or 1
    skipped = Counter(str(one["id"]) for one in _early_stopping(header).get("early_stops") or ())
    return {cell: epochs - skipped[cell] for cell in map(str, cells or facts.calls)}


def why_ended(header: Mapping[str, Any]) -> str | None:
    """Why a run with `-T until=` ended; None for any other run."""
    return (_early_stopping(header).get("metadata") or {}).get(WHY)


def _early_stopping(header: Mapping[str, Any]) -> Mapping[str, Any]:
    return (header.get("results") or {}).get("early_stopping") or {}
