"""Analysis: from logs to tidy tables, contrasts, reliability, precision and comparisons.

Reads any mix of `.eval` files, folders, `.rationality.jsonl`, `.parquet`, globs and fsspec URLs. Every number is one
of `hvae_bench.scorers`. Names are resolved on first use, so that importing this package loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hvae_bench.analysis.column import DIALOGUE_COLUMNS, Column
    from hvae_bench.analysis.comparison import ChangedDialogue, Comparison, NotComparable, compare
    from hvae_bench.analysis.frames import (
        DECISION_COLUMNS,
        ESTIMATE_COLUMNS,
        FRAME_COLUMNS,
        decisions,
        dialogues,
        estimates,
        named_estimates,
    )
    from hvae_bench.analysis.merging import Conflict, Merged, merge
    from hvae_bench.analysis.multiplicity import TargetDifference, p_value, target_differences
    from hvae_bench.analysis.precision import epochs_for, half_width_at
    from hvae_bench.analysis.progress import CellCoverage, Coverage, coverage
    from hvae_bench.analysis.reliability import ParallelForms, SplitHalf, parallel_forms, split_half
    from hvae_bench.analysis.run import Run, load
    from hvae_bench.broken import Broken

__all__ = [
    "DECISION_COLUMNS",
    "DIALOGUE_COLUMNS",
    "ESTIMATE_COLUMNS",
    "FRAME_COLUMNS",
    "Broken",
    "CellCoverage",
    "ChangedDialogue",
    "Column",
    "Comparison",
    "Conflict",
    "Coverage",
    "Merged",
    "NotComparable",
    "ParallelForms",
    "Run",
    "SplitHalf",
    "TargetDifference",
    "compare",
    "coverage",
    "decisions",
    "dialogues",
    "epochs_for",
    "estimates",
    "half_width_at",
    "load",
    "merge",
    "named_estimates",
    "p_value",
    "parallel_forms",
    "split_half",
    "target_differences",
]

_HOMES = {
    "DECISION_COLUMNS": "frames",
    "DIALOGUE_COLUMNS": "column",
    "ESTIMATE_COLUMNS": "frames",
    "FRAME_COLUMNS": "frames",
    "Broken": "run",
    "CellCoverage": "progress",
    "ChangedDialogue": "comparison",
    "Column": "column",
    "Comparison": "comparison",
    "Conflict": "merging",
    "Coverage": "progress",
    "Merged": "merging",
    "NotComparable": "comparison",
    "ParallelForms": "reliability",
    "Run": "run",
    "SplitHalf": "reliability",
    "TargetDifference": "multiplicity",
    "compare": "comparison",
    "coverage": "progress",
    "decisions": "frames",
    "dialogues": "frames",
    "epochs_for": "precision",
    "estimates": "frames",
    "half_width_at": "precision",
    "load": "run",
    "merge": "merging",
    "named_estimates": "frames",
    "p_value": "multiplicity",
    "parallel_forms": "reliability",
    "split_half": "reliability",
    "target_differences": "multiplicity",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
