"""Display of tables: rows and intervals, as every view shows them."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rich import box
from rich.table import Table
from rich.text import Text

from hvae_bench.text.number import number

__all__ = ["add_row", "ends", "new_table"]


def new_table(title: str | None, *columns: str, right: Iterable[str] = ()) -> Table:
    """An empty table; the columns named in `right` are numbers."""
    # Titles may hold anything that stands in a file or a log, so they are never read as markup.
    table = Table(
        title=None if title is None else Text(title), box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left"
    )
    for column in columns:
        table.add_column(Text(column), justify="right" if column in set(right) else "left", overflow="fold")
    return table


def add_row(table: Table, *cells: object) -> None:
    """Add a row of texts, none of which is read as markup."""
    table.add_row(*(Text(str(cell)) for cell in cells))


def ends(lower: float, upper: float) -> str:
    """An interval, or a dash where there is none."""
    return "-" if math.isnan(lower) else f"[{number(lower)}, {number(upper)}]"
