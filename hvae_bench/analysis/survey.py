"""Survey: the answers of people to the items of a game, as the files of survey programs have them."""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from hvae_bench.catalogue.game import Game
from hvae_bench.scorers.payoff_table import Floats, PayoffTable, plane
from hvae_bench.scorers.table import MISSING_CODES
from hvae_bench.text.errors import UsageError, brief
from hvae_bench.text.location import open_bytes

Coding = Literal["options", "labels", "payoffs", "own"]
CODINGS: tuple[Coding, ...] = get_args(Coding)
"""What an answer is: the number of an option, its label or id, both payoffs of what was chosen, or one's own alone."""

_ROLES = ("person", "item", "answer", "self", "other")
_OWN, _OTHERS = "self|own|you|me|ego", "other|partner|them|they|alter|receiver"
_NUMBER = r"[-+]?\d+(?:\.\d+)?"


@dataclass(frozen=True, slots=True)
class Survey:
    """Answers of n people to the items of a game.

    Attributes:
        header: names of the columns of the file.
        people: for each person the cells of their row; of a long table the person's name alone.
        places: (n, n_items) place of each answer on the line of the item's options, from 0; between two options for a
            continuous slider; NaN where there is no answer.
        payoffs: (n, n_items, 2) own and other's payoff of each answer; NaN where there is none.
        shown: (n, n_items) the place in the list as people saw it; NaN where the file does not say.
    """

    header: tuple[str, ...]
    people: tuple[tuple[str, ...], ...]
    places: Floats
    payoffs: Floats
    shown: Floats


@dataclass(frozen=True, slots=True)
class _Cell:
    """An answer in the file; two texts where own and other's payoff have columns of their own."""

    texts: tuple[str, ...]
    item: str
    where: str

    def __str__(self) -> str:
        return brief(" / ".join(self.texts))

    def within(self, codes: Collection[str]) -> bool:
        """Whether a part of it is one of these codes."""
        return any(text.casefold() in codes for text in self.texts)


def read_survey(
    source: str | Path,
    game: Game,
    *,
    columns: Mapping[str, str] | None = None,
    answers: Coding | None = None,
    first_option: int = 1,
    mirrored: Sequence[str] = (),
    scale: float = 1.0,
    missing: Iterable[str] = (),
) -> Survey:
    """Read a file of one row a person, or one row an answer.

    Args:
        source: a file or URL: text in UTF-8 with a header, separated by commas, semicolons or tabs.
        game: the game that people answered.
        columns: which column is what: an item's id; `ITEM.self` and `ITEM.other` where its two payoffs have columns of
            their own; in a table of one row an answer `person`, `item`, and `answer` or `self` and `other`. Columns
            that are not named are guessed from their names.
        answers: what an answer is; by default what most answers of the file can be.
        first_option: the number of the first option.
        mirrored: ids of the items whose options were listed from the last to the first.
        scale: what a payoff of the file is multiplied with to become one of the game.
        missing: more codes of a missing answer.

    Raises:
        UsageError: a file that is no such table, columns that cannot be told, or an answer that the item does not
            have; the sentence names row and column.
        HvaeError: a file that cannot be reached.
    """
    table = game.payoff_table()
    if unknown := [item for item in mirrored if item not in table.item_ids]:
        raise UsageError(f"{game.id} has no item {unknown[0]!r} to mirror; it has {', '.join(table.item_ids)}.")
    header, rows, decimal_comma = _read(source)
    roles = _roles(header, table, columns or {}, rows)
    people, cells = _gather(header, rows, roles, table)
    reader = _Reader(game, table, decimal_comma, first_option, frozenset(mirrored), scale)
    surely = {code.casefold() for code in ("", *missing)}
    codes = surely | MISSING_CODES
    shape = (len(people), table.n_items)
    survey = Survey(header, people, np.full(shape, np.nan), np.full((*shape, 2), np.nan), np.full(shape, np.nan))
    coding = answers or reader.coding(cell for _, _, cell in cells if not cell.within(codes))
    for person, item, cell in cells:
        if cell.within(surely) or (cell.within(codes) and not reader.means_it(cell, coding)):
            continue
        place, payoffs, shown = reader.read(cell, coding)
        survey.places[person, item], survey.payoffs[person, item], survey.shown[person, item] = place, payoffs, shown
    return survey


def _read(source: str | Path) -> tuple[tuple[str, ...], list[tuple[int, tuple[str, ...]]], bool]:
    """Header, rows with their numbers in the file, and whether numbers may have a decimal comma."""
    with open_bytes(source) as file:
        raw = file.read()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{source} is not text in UTF-8 (byte {error.start}). Save it as CSV in UTF-8.") from None
    # Remarks may stand above the header.
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    separator = max(",;\t", key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        read = ((lines.line_num, tuple(cell.strip() for cell in line)) for line in lines)
        numbered = [*dropwhile(lambda line: not any(line[1]) or line[1][0].startswith("#"), read)]
    except csv.Error as error:
        raise UsageError(f"{source}:{lines.line_num}: this is not CSV ({error}).") from None
    filled = [(number, line) for number, line in numbered if any(line)]
    if not filled:
        raise UsageError(f"{source} is empty. It needs a header and one row per person.")
    header, rows = filled[0][1], filled[1:]
    # Qualtrics writes two more rows of headers: the questions, and the ids of its import.
    for place, (_, line) in enumerate(rows[:2]):
        if any(cell.startswith('{"ImportId"') for cell in line):
            rows = rows[place + 1 :]
            break
    for number, line in rows:
        if len(line) != len(header):
            raise UsageError(f"{source}:{number}: {len(line)} cells under a header of {len(header)} columns.")
    if not rows:
        raise UsageError(f"{source} has a header and no row. It needs one row per person.")
    return header, rows, separator != ","


def _roles(
    header: tuple[str, ...],
    table: PayoffTable,
    given: Mapping[str, str],
    rows: Sequence[tuple[int, tuple[str, ...]]],
) -> dict[str, str]:
    """For each role the column that has it."""
    of_items = [f"{item}{part}" for item in table.item_ids for part in ("", ".self", ".other")]
    for column, role in given.items():
        if column not in header:
            raise UsageError(f"There is no column {column!r}; the columns are {', '.join(map(brief, header))}.")
        if role not in (*of_items, *_ROLES):
            raise UsageError(
                f"A column cannot be {role!r}. It can be an item ({', '.join(table.item_ids)}), one of its two payoffs "
                f"({table.item_ids[0]}.self, {table.item_ids[0]}.other), or {', '.join(_ROLES)} in a long table."
            )
    roles = {role: column for column, role in given.items()}
    if len(roles) < len(given):
        raise UsageError("Two columns are given the same item. Give each column one of its own.")
    if any(role in of_items for role in roles) or "item" in roles:
        return roles
    lower = {column.casefold(): column for column in reversed(header)}
    if "item" in lower and {row[header.index(lower["item"])] for _, row in rows} <= set(table.item_ids):
        return {**_long_roles(lower), **roles}
    found = list(_guesses(header, table))
    if len(found) != 1:
        reason = "More than one set of columns may be the items" if found else "No column is named like an item"
        raise UsageError(
            f"{reason}. Say which is which, such as --columns "
            f"{','.join(f'q{place}={item}' for place, item in enumerate(table.item_ids[:3], start=1))},...; the "
            f"columns are {', '.join(map(brief, header))}."
        )
    return found[0] | roles


def _long_roles(lower: Mapping[str, str]) -> dict[str, str]:
    roles = {"item": lower["item"]}
    names = {
        "person": ("person", "participant", "subject", "dialogue", "id", "respondent"),
        "answer": ("answer", "option", "choice", "response", "value"),
        "self": ("self", "own", "payoff_self"),
        "other": ("other", "payoff_other"),
    }
    for role, known in names.items():
        if column := next((lower[name] for name in known if name in lower), None):
            roles[role] = column
    return roles


def _guesses(header: Sequence[str], table: PayoffTable) -> Iterator[dict[str, str]]:
    """Sets of columns that can be the items: named like them, or alike but for a number from 1 to their number."""
    ends = {re.split(r"[.\[\]/: ]+", column.casefold().rstrip("]"))[-1]: column for column in reversed(header)}
    if all(item.casefold() in ends for item in table.item_ids):
        yield {item: ends[item.casefold()] for item in table.item_ids}
        return
    series: dict[str, dict[int, str]] = {}
    for column in header:
        for run in re.finditer(r"\d+", column):
            stem = f"{column[: run.start()]}#{column[run.end() :]}"
            series.setdefault(stem, {})[int(run.group())] = column
    whole = {
        stem: [numbered[number] for number in sorted(numbered)]
        for stem, numbered in series.items()
        if sorted(numbered) == list(range(1, table.n_items + 1))
    }
    pairs = [
        (own, other)
        for own in whole
        for other in whole
        if re.sub(_OWN, "*", own, flags=re.I) == re.sub(_OTHERS, "*", other, flags=re.I) != own
    ]
    for own, other in pairs:
        yield {
            f"{item}.{part}": column
            for part, stem in (("self", own), ("other", other))
            for item, column in zip(table.item_ids, whole[stem], strict=True)
        }
    if not pairs:
        for found in whole.values():
            yield dict(zip(table.item_ids, found, strict=True))


def _gather(
    header: Sequence[str],
    rows: Sequence[tuple[int, tuple[str, ...]]],
    roles: Mapping[str, str],
    table: PayoffTable,
) -> tuple[tuple[tuple[str, ...], ...], list[tuple[int, int, _Cell]]]:
    """The people, and their answers by person and item."""
    at = {role: header.index(column) for role, column in roles.items()}
    if "item" not in at:
        wanted = {
            item: [role for role in (item, f"{item}.self", f"{item}.other") if role in at] for item in table.item_ids
        }
        if absent := [item for item, found in wanted.items() if not found]:
            raise UsageError(
                f"No column holds {', '.join(absent)}. Name it with --columns, or, where people were not asked "
                f"these items, add an empty column."
            )
        cells = [
            (
                person,
                place,
                _Cell(
                    tuple(row[at[role]] for role in found),
                    item,
                    f"Row {number}, column {brief(header[at[found[0]]])!r}",
                ),
            )
            for person, (number, row) in enumerate(rows)
            for place, (item, found) in enumerate(wanted.items())
        ]
        return tuple(row for _, row in rows), cells
    answer = [role for role in ("answer",) if role in at] or [role for role in ("self", "other") if role in at]
    if "person" not in at or not answer:
        raise UsageError("A table with one row per answer needs columns for person, item and answer; see --columns.")
    people: dict[str, int] = {}
    seen: dict[tuple[int, int], _Cell] = {}
    for number, row in rows:
        person, item = people.setdefault(row[at["person"]], len(people)), row[at["item"]]
        where = f"Row {number}, column {brief(header[at[answer[0]]])!r}"
        if item not in table.item_ids:
            raise UsageError(f"Row {number}: there is no item {brief(item)!r}; there are {', '.join(table.item_ids)}.")
        key = person, table.item_ids.index(item)
        if key in seen:
            raise UsageError(f"Row {number}: {brief(row[at['person']])} answers {item} a second time.")
        seen[key] = _Cell(tuple(row[at[role]] for role in answer), item, where)
    return tuple((name,) for name in people), [(*key, cell) for key, cell in seen.items()]


@dataclass(frozen=True, slots=True)
class _Reader:
    """How the answers of one file are read."""

    game: Game
    table: PayoffTable
    decimal_comma: bool
    first_option: int
    mirrored: frozenset[str]
    scale: float

    def means_it(self, cell: _Cell, coding: Coding) -> bool:
        """Whether what may be a code of a missing answer is an answer.

        Raises:
            UsageError: it can be both.
        """
        try:
            place, _, _ = self.read(cell, coding)
        except UsageError:
            return False
        if place != int(place):
            raise UsageError(
                f"{cell.where}: {cell} may be an answer between two options or mark a missing one. If it does, add "
                f"--missing {cell}; if not, leave the cell's row out or round it to an option."
            )
        return True

    def coding(self, cells: Iterable[_Cell]) -> Coding:
        """What most answers can be; if none fits, two payoffs where they have that form, numbers of options else."""
        counts: dict[Coding, int] = dict.fromkeys(CODINGS, 0)
        pairs = 0
        for cell in cells:
            pairs += self._try(self._pair, cell)
            for coding in counts:
                counts[coding] += self._try(self.read, cell, coding)
        return max(counts, key=lambda one: counts[one]) if any(counts.values()) or not pairs else "payoffs"

    def _try(self, read: Callable[..., Any], cell: _Cell, *more: Any) -> bool:
        try:
            read(cell, *more)
        except UsageError:
            return False
        return True

    def read(self, cell: _Cell, coding: Coding) -> tuple[float, Floats, float]:
        """Place on the line of options, payoffs, and place as shown (NaN where payoffs do not tell)."""
        if coding in ("payoffs", "own"):
            own, other = (self._own(cell), None) if coding == "own" else self._pair(cell)
            return *self._place(cell, own, other), np.nan
        shown = self._option(cell) if coding == "options" else self._label(cell)
        place = self.table.n_options(cell.item) - 1 - shown if cell.item in self.mirrored else shown
        return place, self._options(cell)[place], shown

    def _options(self, cell: _Cell) -> Floats:
        return plane(self.table.item(self.table.item_ids.index(cell.item)), self.table.stakes)

    def _number(self, text: str) -> float | None:
        text = text.replace(",", ".") if self.decimal_comma else text
        return float(text) if re.fullmatch(_NUMBER, text) else None

    def _option(self, cell: _Cell) -> int:
        last = self.first_option + self.table.n_options(cell.item) - 1
        number = self._number(cell.texts[0]) if len(cell.texts) == 1 else None
        if number is None or number != int(number) or not self.first_option <= number <= last:
            fix = f"Options of {cell.item} are numbered from {self.first_option} to {last}"
            if number == 0:
                fix += "; if the file counts from 0, add --first-option 0"
            elif number is not None and (number < 0 or number > 9):
                fix += f"; if {cell} marks a missing answer, add --missing {cell}"
            raise UsageError(f"{cell.where}: {cell} is not an option. {fix}.")
        return int(number) - self.first_option

    def _label(self, cell: _Cell) -> int:
        ids = self.table.option_ids[self.table.item_ids.index(cell.item)]
        text = cell.texts[0] if len(cell.texts) == 1 else ""
        if text in ids:
            return ids.index(text)
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(ids)]
        # LimeSurvey numbers its answers A1, A2 or AO01, AO02.
        coded = re.fullmatch(r"AO?0*(\d+)", text, flags=re.I)
        place = int(coded.group(1)) - 1 if coded else letters.find(text.upper()) if len(text) == 1 else -1
        if not 0 <= place < len(ids):
            raise UsageError(
                f"{cell.where}: {cell} is not an option of {cell.item}. It has {letters[0]} to {letters[-1]}, "
                f"or {ids[0]} to {ids[-1]}."
            )
        return place

    def _pair(self, cell: _Cell) -> tuple[float, float]:
        texts = cell.texts
        if len(texts) == 1:
            # A comma stands between two payoffs, unless the file has decimal commas and blanks or slashes between.
            parts = re.findall(r"[-+]?\d+(?:[.,]\d+)?" if self.decimal_comma else _NUMBER, texts[0])
            texts = tuple(parts) if len(parts) == 2 else ()
        numbers = [self._number(text) for text in texts]
        if len(numbers) != 2 or None in numbers:
            raise UsageError(f"{cell.where}: {cell} is not two payoffs. Write own and other's, such as 85/76.")
        own, other = (float(number or 0) * self.scale for number in numbers)
        return own, other

    def _own(self, cell: _Cell) -> float:
        number = self._number(cell.texts[0]) if len(cell.texts) == 1 else None
        if number is None:
            raise UsageError(f"{cell.where}: {cell} is not a number.")
        return number * self.scale

    def _place(self, cell: _Cell, own: float, other: float | None) -> tuple[float, Floats]:
        """Where on the line of options a payoff lies; only on a slider may it lie between two of them."""
        options = self._options(cell)
        near = np.abs(options[:, 0] - own) < 1e-9
        if other is not None:
            near &= np.abs(options[:, 1] - other) < 1e-9
        (matches,) = np.nonzero(near)
        if len(matches) == 1:
            return float(matches[0]), options[matches[0]]
        first, line = options[0], options[-1] - options[0]
        if len(matches) > 1 or (other is None and line[0] == 0):
            raise UsageError(
                f"{cell.where}: one's own payoff does not tell the options of {cell.item} apart. Give both "
                f"payoffs, such as 85/76, in columns {cell.item}.self and {cell.item}.other, or option numbers."
            )
        share = (own - first[0]) / line[0] if other is None else ((own, other) - first) @ line / (line @ line)
        point = first + share * line
        given = point if other is None else np.array([own, other])
        # Rounded payoffs lie up to half a unit beside the line that they were taken from.
        off = np.abs(given - point).max()
        if self.game.slider is None or not 0 <= share <= 1 or off > max(self.table.payoff_unit, 1e-6):
            raise UsageError(f"{cell.where}: {cell} is not an answer to {cell.item}. {self._range(options)}")
        return float(share) * (len(options) - 1), given

    def _range(self, options: Floats) -> str:
        ends = (f"{one[0]:g}/{one[1]:g}" for one in (options[0], options[-1]))
        scaled = "" if self.scale == 1 else f" (after --scale {self.scale:g})"
        return (
            f"Its payoffs run from {' to '.join(ends)}{scaled}; payoffs in a different unit need --scale, such as 10."
        )
