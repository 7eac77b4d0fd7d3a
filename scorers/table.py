"""Table: decisions as plain rows, from any harness or from human subjects."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from hvae_bench.scorers.decision import STATUSES, SUM_TOLERANCE, DecisionStatus, outcome
from hvae_bench.scorers.design import CellId
from hvae_bench.scorers.study import Dialogue

_NEEDED = ("dialogue", "value", "game", "item", "option")
MISSING_CODES = frozenset(
    ("", "na", "n/a", "nan", "null", "none", ".", "-", "-9", "-99", "-999", "-77", "-88", "99", "999")
)
"""What stands for a missing answer in tables of people, in small letters."""

_PARTS = ("template", "wording", "framing", "option_order", "item_order")


def dialogues_from_rows(rows: Iterable[Mapping[str, Any]]) -> list[Dialogue]:
    """Gather decisions into dialogues.

    Args:
        rows: one for each decision, as `csv.DictReader` gives them. Columns: `dialogue` (names the dialogue or
            subject), `value`, `game`, `item`, `option` (id of the chosen option; empty, None or one of
            `MISSING_CODES` without an answer); if there are any also `template`, `wording`, `framing`, `option_order`,
            `item_order` (`published` if not given), `position` (place of the option as shown, from 1), `status`
            (`refused`, `invalid` or `not_reached` where there is no answer; `invalid` if not given), `probabilities`
            (of the item's options by id, as a mapping or as a JSON object) and `goal` (the goal stated in the
            dialogue; in one of its rows or in all). Empty cells may be empty text, None or NaN. An item without any
            row counts as not asked.

    Returns:
        The dialogues in the order of their first rows.

    Raises:
        ValueError: a row that lacks a column, an unknown status, a position that is no whole number from 1,
            probabilities that are no numbers or do not sum to 1, an item answered twice in a dialogue, or rows of one
            dialogue that disagree on cell or goal; the message names the row, counted from 1.
    """
    gathered: dict[str, _Gathered] = {}
    for number, raw in enumerate(rows, start=1):
        # A byte order mark sticks to the name of the first column, blanks to any text.
        row = {str(name).lstrip("\ufeff").strip(): content for name, content in raw.items()}
        missing = [column for column in _NEEDED if column not in row]
        if missing:
            raise ValueError(f"row {number} has no column {missing[0]!r}; it needs {', '.join(_NEEDED)}")
        parts = {name: text for name in _PARTS if (text := _text(row, name))}
        cell = CellId(str(row["value"]).strip(), str(row["game"]).strip(), **parts)
        dialogue = gathered.setdefault(str(row["dialogue"]), _Gathered(cell))
        if dialogue.cell != cell:
            raise ValueError(
                f"row {number}: dialogue {row['dialogue']!r} belongs to {dialogue.cell} above and to {cell} here; "
                f"give every dialogue a name of its own"
            )
        dialogue.add(number, row)
    return [one.dialogue() for one in gathered.values()]


class _Gathered:
    def __init__(self, cell: CellId) -> None:
        self.cell = cell
        self.chosen: dict[str, str | None] = {}
        self.positions: dict[str, int | None] = {}
        self.statuses: list[DecisionStatus] = []
        self.goal: str | None = None
        self.probabilities: dict[str, dict[str, float]] = {}

    def add(self, number: int, row: Mapping[str, Any]) -> None:
        item, option = str(row["item"]).strip(), _text(row, "option")
        if option is not None and option.casefold() in MISSING_CODES:
            option = None
        if item in self.chosen:
            raise ValueError(f"row {number}: item {item!r} of dialogue {row['dialogue']!r} is there a second time")
        status = _text(row, "status") or ("invalid" if option is None else "chosen")
        known = next((one for one in STATUSES if one == status), None)
        if known is None or (known == "chosen") != (option is not None):
            raise ValueError(
                f"row {number}: status {status!r} does not go with option {option!r}; write `chosen` beside an "
                f"option, and one of {', '.join(STATUSES[1:])} where there is none"
            )
        self.chosen[item] = option
        self.statuses.append(known)
        position = _text(row, "position")
        if position is not None and option is not None:
            self.positions[item] = _place(number, position)
        probabilities = _probabilities(number, row)
        if probabilities is not None:
            self.probabilities[item] = probabilities
        goal = _text(row, "goal")
        if goal is not None and self.goal not in (None, goal):
            raise ValueError(f"row {number}: dialogue {row['dialogue']!r} has another goal above; give it one goal")
        self.goal = goal or self.goal

    def dialogue(self) -> Dialogue:
        counts = outcome(self.statuses)
        return Dialogue(self.cell, self.chosen, self.positions, counts, self.goal, probabilities=self.probabilities)


def _text(row: Mapping[str, Any], column: str) -> str | None:
    """A cell as text; None if it is empty, which NaN is in tables of pandas."""
    content = row.get(column)
    text = "" if content is None or content != content else str(content).strip()
    return text or None


def _probabilities(number: int, row: Mapping[str, Any]) -> dict[str, float] | None:
    """The distribution over the item's options, if the row has one."""
    content = row.get("probabilities")
    if not isinstance(content, Mapping):
        if (text := _text(row, "probabilities")) is None:
            return None
        try:
            content = json.loads(text)
        except ValueError:
            content = None
    shares = list(content.values()) if isinstance(content, Mapping) else []
    numbers = all(isinstance(share, (int, float)) and share >= 0 for share in shares)
    if not numbers or not math.isclose(sum(shares), 1, abs_tol=SUM_TOLERANCE):
        raise ValueError(
            f"row {number}: probabilities {row['probabilities']!r} are no numbers by option id that sum to 1; "
            'write for example {"o1": 0.25, "o2": 0.75}'
        )
    assert isinstance(content, Mapping)
    return {str(option): float(share) for option, share in content.items()}


def _place(number: int, position: str) -> int:
    """A position counted from 1 as a place counted from 0; pandas writes whole numbers beside empty cells as 3.0."""
    whole = position.removesuffix(".0")
    if not whole.isdecimal() or int(whole) < 1:
        raise ValueError(f"row {number}: position {position!r} is no whole number from 1; write where the option stood")
    return int(whole) - 1
