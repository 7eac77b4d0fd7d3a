"""Analysis: from logs to tidy tables, contrasts, reliability, precision and comparisons.

Reads any mix of `.eval` files, folders, `.rationality.jsonl`, `.parquet`, globs and fsspec URLs. Every number is one
of `hvae_bench.scorers`. Names are resolved on first use, so that importing this package loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hvae_bench.analysis.column import DIALOGUE_COLUMNS, Column
    from hvae_bench.analysis.merging import Conflict, Merged, merge
    from hvae_bench.analysis.progress import CellCoverage, Coverage, coverage
    from hvae_bench.analysis.run import Run, load
    from hvae_bench.analysis.source import BrokenLine

__all__ = [
    "DIALOGUE_COLUMNS",
    "BrokenLine",
    "CellCoverage",
    "Column",
    "Conflict",
    "Coverage",
    "Merged",
    "Run",
    "coverage",
    "load",
    "merge",
]

_HOMES = {
    "Column": "column",
    "Conflict": "merging",
    "DIALOGUE_COLUMNS": "column",
    "Merged": "merging",
    "merge": "merging",
    "BrokenLine": "source",
    "CellCoverage": "progress",
    "Coverage": "progress",
    "Run": "run",
    "coverage": "progress",
    "load": "run",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
