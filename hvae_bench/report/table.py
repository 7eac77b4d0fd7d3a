"""Table: rows of numbers, each printed once and handed on as it is to the page and, unrounded, to a CSV file."""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase

from hvae_bench.scorers import Estimate, Outcome
from hvae_bench.text.number import number, percent
from hvae_bench.text.visible import visible

Field = str | int | float | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, with what it shares with the others of its column.

    Attributes:
        key: name of the column in a CSV file.
        heading: heading of the column on the page.
        text: what is printed.
        fields: what a CSV file holds, by what is added to `key` there.
        metric: name of the number in `NUMBERS` or `COUNTS`; "" where it has none.
        interval: ends of the interval as printed; None where there is none.
        note: why something is missing; "" if nothing is.
    """

    key: str
    heading: str
    text: str
    fields: Mapping[str, Field]
    numeric: bool = True
    metric: str = ""
    interval: tuple[str, str] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first column holds the headings of the rows.

    Attributes:
        key: name of the CSV file, and of its caption on the page.
        rows: its rows, which have the same columns.
        note: how to read it.
    """

    key: str
    caption: str
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    @property
    def marks(self) -> dict[str, str]:
        """Why cells are missing something, each reason once, with the letter that stands for it in the cells."""
        reasons = dict.fromkeys(cell.note for row in self.rows for cell in row if cell.note)
        return {reason: ascii_lowercase[place % 26] * (1 + place // 26) for place, reason in enumerate(reasons)}

    def records(self) -> list[dict[str, Field]]:
        """The rows as a CSV file holds them, by the name of the field."""
        return [{cell.key + end: field for cell in row for end, field in cell.fields.items()} for row in self.rows]


def cell(
    key: str, content: str | int | float | Estimate, heading: str = "", metric: str = "", *, share: bool = False
) -> Cell:
    """A cell with a text, a count, a number that has no interval by its nature, or an estimate with its interval.

    A share is printed as a percentage.
    """
    written = percent if share else number
    heading = heading or key.replace("_", " ").capitalize()
    if isinstance(content, str):
        return Cell(key, heading, content, {"": content}, numeric=False)
    if not isinstance(content, Estimate):
        text = f"{content:,}" if isinstance(content, int) else number(content)
        return Cell(key, heading, text, {"": content}, metric=metric)
    why = content.no_mean or content.no_interval or ""
    return Cell(
        key,
        heading,
        written(content.mean),
        {"": content.mean, "_lower": content.lower, "_upper": content.upper, "_missing_because": why},
        metric=metric,
        interval=(written(content.lower), written(content.upper)) if content.no_interval is None else None,
        note=why,
    )


def without_empty(rows: Sequence[Sequence[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """The rows without the columns in which no row has anything."""
    kept = [place for place in range(len(rows[0])) if any(row[place].text not in ("-", "") for row in rows)]
    return tuple(tuple(row[place] for place in kept) for row in rows)


def answered_cell(outcome: Outcome, metric: str) -> Cell:
    """A cell with the share of the questions that were answered, printed as a percentage."""
    rate = outcome.answered_rate
    return Cell("answered_rate", "Answered", percent(rate), {"": rate}, metric=metric)


def write_csv(path: Path, rows: Iterable[Mapping[str, Field]]) -> None:
    """Write rows with the same fields to a file; numbers are unrounded, and no text can be taken for a formula."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        for place, row in enumerate(rows):
            if place == 0:
                writer.writerow(row)
            writer.writerow(map(_csv_field, row.values()))


def _csv_field(field: Field) -> str:
    if field is None or (isinstance(field, float) and math.isnan(field)):
        return ""
    return spreadsheet_text(field) if isinstance(field, str) else repr(field)


def spreadsheet_text(text: str) -> str:
    """Text for a CSV file, which no spreadsheet program will take for a formula."""
    shown = visible(text)
    return f"'{shown}" if shown.lstrip(" ").startswith(_FORMULA) else shown
