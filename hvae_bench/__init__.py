"""HVAE-Bench: give a language model a value and measure how far its choices serve it.

Names are resolved on first use, so that `import hvae_bench` loads neither Inspect nor numpy.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hvae_bench._registry import hvae_bench as hvae_bench
    from hvae_bench.catalog import Catalog as Catalog
    from hvae_bench.catalog import load_catalog as load_catalog
    from hvae_bench.errors import CatalogError as CatalogError
    from hvae_bench.errors import HvaeError as HvaeError
    from hvae_bench.errors import LogError as LogError
    from hvae_bench.errors import UsageError as UsageError
    from hvae_bench.export import export_log as export_log
    from hvae_bench.record import RationalityRecord as RationalityRecord
    from hvae_bench.rescore import rescore_file as rescore_file

try:
    __version__ = version("hvae-bench")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0"

_HOMES = {
    "Catalog": "hvae_bench.catalog",
    "CatalogError": "hvae_bench.errors",
    "HvaeError": "hvae_bench.errors",
    "LogError": "hvae_bench.errors",
    "RationalityRecord": "hvae_bench.record",
    "UsageError": "hvae_bench.errors",
    "export_log": "hvae_bench.export",
    "hvae_bench": "hvae_bench._registry",
    "load_catalog": "hvae_bench.catalog",
    "rescore_file": "hvae_bench.rescore",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
