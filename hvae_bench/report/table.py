"""Table: rows of numbers, each printed once and handed on as it is to the page and, unrounded, to a CSV file."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass

from hvae_bench.report.text import spreadsheet_text
from hvae_bench.scorers import Estimate
from hvae_bench.scorers.numbers import end_names
from hvae_bench.text.number import number, percent
from hvae_bench.text.visible import visible

__all__ = ["Cell", "Column", "Table", "count_cell", "estimate_cell", "number_cell", "share_cell", "text_cell"]

Field = str | int | float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        text: what is printed.
        interval: ends of the interval as printed; None where there is none.
        note: why something is missing; "" if nothing is.
        metric: name of the same number in the Inspect log; "" where it has none.
        metric_ends: names of the ends of the interval there.
        fields: what a CSV file holds, by the ending of the column's name.
    """

    text: str
    interval: tuple[str, str] | None = None
    note: str = ""
    metric: str = ""
    metric_ends: tuple[str, str] = ("", "")
    fields: tuple[tuple[str, Field], ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in a CSV file, its heading on the page, and whether it holds numbers."""

    key: str
    heading: str
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first column holds the headings of the rows.

    Attributes:
        key: id on the page, and name of the CSV file.
        caption: what it shows.
        columns: its columns.
        rows: its rows, with one cell for each column.
        note: how to read it.
    """

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def csv(self) -> str:
        """The table as a CSV file; numbers are unrounded, and no text can be taken for a formula."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        if self.rows:
            writer.writerow(
                column.key + ending
                for column, cell in zip(self.columns, self.rows[0], strict=True)
                for ending, _ in cell.fields
            )
        for row in self.rows:
            writer.writerow(_csv_field(field) for cell in row for _, field in cell.fields)
        return out.getvalue()


def _csv_field(field: Field) -> str:
    if field is None or (isinstance(field, float) and math.isnan(field)):
        return ""
    return spreadsheet_text(field) if isinstance(field, str) else repr(field)


def text_cell(text: str) -> Cell:
    """A cell of text."""
    return Cell(visible(text), fields=(("", text),))


def count_cell(count: int, metric: str = "") -> Cell:
    """A cell with a count."""
    return Cell(f"{count:,}", metric=metric, fields=(("", count),))


def share_cell(share: float | None, metric: str = "") -> Cell:
    """A cell with a share of 1, printed as a percentage."""
    return Cell(percent(share), metric=metric, fields=(("", share),))


def number_cell(value: float, metric: str = "", note: str = "") -> Cell:
    """A cell with a number that has no interval by its nature."""
    return Cell(number(value), metric=metric, note=note, fields=(("", value),))


def estimate_cell(estimate: Estimate, name: str = "") -> Cell:
    """A cell with an estimate and its interval.

    Args:
        estimate: the estimate.
        name: its name in the Inspect log; "" where it has none.
    """
    known = estimate.no_interval is None
    return Cell(
        number(estimate.mean),
        interval=(number(estimate.lower), number(estimate.upper)) if known else None,
        note=visible(estimate.no_mean or estimate.no_interval or ""),
        metric=name,
        metric_ends=end_names(name) if name else ("", ""),
        fields=(
            ("", estimate.mean),
            ("_lower", estimate.lower),
            ("_upper", estimate.upper),
            ("_missing_because", estimate.no_mean or estimate.no_interval or ""),
        ),
    )
