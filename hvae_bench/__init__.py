"""HVAE-Bench: give a language model a value and measure how far its choices serve it.

Names are resolved on first use, so that `import hvae_bench` loads neither Inspect nor numpy.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hvae_bench.catalogue.catalog import Catalog as Catalog
    from hvae_bench.catalogue.catalog import load_catalog as load_catalog
    from hvae_bench.log.export import export_log as export_log
    from hvae_bench.log.record import RationalityRecord as RationalityRecord
    from hvae_bench.log.rescore import rescore_file as rescore_file
    from hvae_bench.task import hvae_bench as hvae_bench
    from hvae_bench.text.errors import CatalogError as CatalogError
    from hvae_bench.text.errors import HvaeError as HvaeError
    from hvae_bench.text.errors import LogError as LogError
    from hvae_bench.text.errors import UsageError as UsageError

try:
    __version__ = version("hvae-bench")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0"

_HOMES = {
    "Catalog": "hvae_bench.catalogue.catalog",
    "CatalogError": "hvae_bench.text.errors",
    "HvaeError": "hvae_bench.text.errors",
    "LogError": "hvae_bench.text.errors",
    "RationalityRecord": "hvae_bench.log.record",
    "UsageError": "hvae_bench.text.errors",
    "export_log": "hvae_bench.log.export",
    "hvae_bench": "hvae_bench.task",
    "load_catalog": "hvae_bench.catalogue.catalog",
    "rescore_file": "hvae_bench.log.rescore",
}
if find_spec("verifiers"):
    # It looks for an environment among what the package of that name exports.
    _HOMES |= dict.fromkeys(("FreshEnvironment", "FreshHarness", "FreshTaskset"), "hvae_bench.training.rollout")

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
