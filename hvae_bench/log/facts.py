"""Facts: what a log says in its metadata about its run, and from which catalogue it was made."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from hvae_bench.dialogue.administration import Administration
from hvae_bench.dialogue.upgrade import upgrade
from hvae_bench.text.errors import LogError, brief

_KEY = "hvae_bench"
_MARK = "hvae_bench_catalog:"


class RunFacts(BaseModel):
    """What was run, and from which catalogue; by cell the model calls of a dialogue, and tokens sent and received.

    Commit and hash of the manifest are there for data from the Hub alone.
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
