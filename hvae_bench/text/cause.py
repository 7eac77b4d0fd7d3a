"""Cause: what most likely makes a text no YAML, at the place where it is to be fixed."""

import re
from collections.abc import Sequence

Cause = tuple[tuple[int, int], str, str]
"""Line and column, both from 1, what is wrong, and how to fix it."""

_FIELD = r"^\s*(?:- +)?[\w-]+"
_IN_A_ROW: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(rf"^[ \t]*(?:- *)?(?:{_FIELD[1:]}:)?(?P<sign>[^\S \t\r\n])"),
        "this is not an ordinary space, but a no-break space or the like",
        "type it again with the space bar",
    ),
    (
        re.compile(r"^\s*(?P<sign>[*\u2022\u2013\u00b7]) "),
        "the line begins with *, the sign of a list in Markdown",
        "write `field: content`, and the entries of a list with the sign -",
    ),
    (re.compile(r"^ *(?P<sign>\t)"), "the line is indented with a tab", "indent it with spaces"),
    (re.compile(rf"{_FIELD}(?P<sign>：)"), "the colon is a full-width one", "write a plain colon and a space"),
    (re.compile(rf"{_FIELD}(?P<sign>:)(?=[^\s:/])"), "no space follows the colon", "write one"),
    (re.compile(rf"{_FIELD}(?P<sign> *=)"), "the field has `=` in the place of a colon", "write `field: content`"),
)
"""Signs that are wrong wherever YAML looks for a field, the likeliest first."""
_FENCE = re.compile(r"^ *(?:```|~~~).*$", re.M)


def likely_cause(text: str, at: tuple[int, int], begun: tuple[int, int] | None) -> Cause | None:
    """What most likely is wrong; None if nothing stands out.

    Args:
        text: what is no YAML.
        at: line and column, both from 0, where a parser gave up.
        begun: those of what it was reading there, if it says so.
    """
    if fence := _FENCE.search(text):
        line = text.count("\n", 0, fence.start()) + 1
        return (
            (line, 1),
            f"the line `{fence[0].strip()[:20]}` is Markdown",
            "remove it, and the one that ends the block",
        )
    rows, (line, column) = text.split("\n"), at
    first = line if begun is None else begun[0]
    for form, problem, fix in _IN_A_ROW:
        # Of a long field the sign may stand in any row, of a whole file in one of the last.
        for number in range(line, max(first, line - 2) - 1, -1):
            if found := form.match(rows[number]):
                return (number + 1, found.start("sign") + 1), problem, fix
    for look in (_no_colon, _second_colon, _first_sign, _after_a_quote, _indentation):
        if cause := look(rows, line, column, first):
            return cause
    return None


def _no_colon(rows: Sequence[str], line: int, column: int, first: int) -> Cause | None:
    if first < line and rows[first].strip() and re.search(r":(?:\s|$)|^\s*- |^\s*[\"'#]", rows[first]) is None:
        problem = "the line is neither a field nor part of a text"
        return (first + 1, 1), problem, "write `field: content`; or indent it, if the text above goes on here"
    return None


def _second_colon(rows: Sequence[str], line: int, column: int, first: int) -> Cause | None:
    row = rows[line]
    if row[column : column + 1] != ":":
        return None
    before = next(
        (above for above in reversed(rows[:line]) if above.strip() and not above.lstrip().startswith("#")), ""
    )
    blanks, meant = (len(one) - len(one.lstrip(" ")) for one in (row, before))
    if re.fullmatch(r"\s*(?:- +)?[\w-]+", row[:column]) and blanks > meant:
        problem = "the line is indented further than the field above it, and so part of its text"
        return (line + 1, blanks + 1), problem, f"begin it in column {meant + 1}"
    problem = "the text contains a colon and a space, which end a field's name"
    return (line + 1, column + 1), problem, "put quotes around the text"


def _first_sign(rows: Sequence[str], line: int, column: int, first: int) -> Cause | None:
    row = rows[line]
    sign = row[column : column + 1]
    if sign and (sign in "@`%" or (sign in "-*&!?|>" and row[:column].strip())):
        problem = f"the text begins with the sign {sign}, which means something to YAML"
        return (line + 1, column + 1), problem, "put quotes around the text"
    return None


def _after_a_quote(rows: Sequence[str], line: int, column: int, first: int) -> Cause | None:
    opened = re.match(rf"{_FIELD}: +([\"'{{[])", rows[line])
    if opened and opened[1] in "{[":
        problem = f"the text begins with the sign {opened[1]}, which means something to YAML"
        return (line + 1, opened.end()), problem, "put quotes around the text"
    if opened and column > opened.end() and opened[1] in rows[line][opened.end() : column]:
        other = "double" if opened[1] == "'" else "single"
        problem = f"the text goes on after the sign {opened[1]} that ends it"
        return (line + 1, column + 1), problem, f"put the text in {other} quotes, or write that sign within it twice"
    return None


def _indentation(rows: Sequence[str], line: int, column: int, first: int) -> Cause | None:
    row = rows[line]
    if first < line and row.strip() and not row[:column].strip():
        blanks = "1 space" if column == 1 else f"{column} spaces"
        problem = f"the line is indented by {blanks}, unlike the lines above that it belongs with"
        return (line + 1, column + 1), problem, "begin it in the same column as they do"
    return None
