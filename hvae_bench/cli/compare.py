"""Display of comparisons and merges: tables and text for people."""

from __future__ import annotations

from itertools import islice

from rich.console import Group, RenderableType
from rich.text import Text

from hvae_bench.analysis.comparison import ChangedDialogue, Comparison
from hvae_bench.analysis.merging import Merged
from hvae_bench.cli.table import add_row, ends, new_table
from hvae_bench.text.number import number

__all__ = ["comparison_view", "merged_lines"]

SHOWN = 10
"""Of what may be very many, so many are shown; `--json` has them all."""


def comparison_view(comparison: Comparison) -> RenderableType:
    """Two runs side by side, with what speaks against it and the dialogues that came out otherwise."""
    numbers = new_table(
        f"A: {comparison.first}\nB: {comparison.second}",
        *("", "A", "B", "B minus A", "95 % interval", "why not"),
        right=("A", "B", "B minus A"),
    )
    for name, found in comparison.differences.items():
        difference = found.difference
        add_row(
            numbers,
            name,
            number(found.first.mean),
            number(found.second.mean),
            number(difference.mean),
            ends(difference.lower, difference.upper),
            difference.no_mean or difference.no_interval or "",
        )
    against = [f"Compared all the same: {one}" for one in comparison.obstacles]
    told = f"{len(comparison.changed)} of {comparison.shared} dialogues of the same cell and epoch came out otherwise."
    shown = [f"  {_told(one)}" for one in islice(comparison.changed, SHOWN)]
    left = len(comparison.changed) - len(shown)
    more = [f"  and {left} more, in `--json`"] if left else []
    return Group(numbers, Text("\n".join([*against, told, *shown, *more])))


def _told(changed: ChangedDialogue) -> str:
    items = ", ".join(f"{item} {before} -> {now}" for item, (before, now) in changed.items.items())
    return f"{changed.sample_id}, epoch {changed.epoch}: {items}"


def merged_lines(merged: Merged) -> list[str]:
    """What merging found, in sentences."""
    lines = []
    files = "1 file" if merged.files == 1 else f"{merged.files:,} files"
    if merged.output is not None:
        lines.append(
            f"{merged.output}: {merged.dialogues:,} dialogues ({merged.incomplete:,} incomplete) with "
            f"{merged.decisions:,} decisions, from {files}"
        )
    if merged.superseded:
        lines.append(f"{merged.superseded:,} incomplete attempts were superseded by better ones")
    if merged.duplicates:
        lines.append(f"{merged.duplicates:,} equal duplicates were left out")
    return lines
