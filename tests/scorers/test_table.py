"""Tables of decisions: how rows become dialogues, and what is wrong with rows that do not."""

import csv
import io
import random
from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import pytest

from hvae_bench.scorers import CellId, Design, Dialogue, Outcome, PayoffTable, Target, analyse, dialogues_from_rows
from hvae_bench.scorers.motive import LinearMotive

WRITTEN = """dialogue,value,game,template,framing,item,option,position,status,goal
d1,x,g,t,f,i,a,1,chosen,Win.
d1,x,g,t,f,j,b,2,,
d2,x,g,t,f,i,,,refused,
d1,x,g,t,f,k,a,3,chosen,Win.
d2,x,g,t,f,j,b,1,chosen,
d2,x,g,t,f,k,,,,
d3,y,g,,,i,b,,,
d3,y,g,,,j,,,not_reached,
d3,y,g,,,k,,,invalid,
"""
ROWS = list(csv.DictReader(io.StringIO(WRITTEN)))
DIALOGUES = [
    Dialogue(
        CellId("x", "g", "t", framing="f"),
        {"i": "a", "j": "b", "k": "a"},
        {"i": 0, "j": 1, "k": 2},
        Outcome(3, 0, 0, 0),
        "Win.",
    ),
    Dialogue(CellId("x", "g", "t", framing="f"), {"i": None, "j": "b", "k": None}, {"j": 0}, Outcome(1, 1, 1, 0)),
    Dialogue(CellId("y", "g"), {"i": "b", "j": None, "k": None}, {}, Outcome(1, 0, 1, 1)),
]
GOOD: Mapping[str, Any] = MappingProxyType({"dialogue": "d", "value": "x", "game": "g", "item": "i", "option": "a"})
DESIGN = Design(
    {
        "x": Target((LinearMotive(kind="linear", utility_angle_deg=0),), "neutral"),
        "y": Target((LinearMotive(kind="linear", utility_angle_deg=90),), "pronounced"),
    },
    {"g": PayoffTable.from_options({item: {"a": (0, 3), "b": (5, 1)} for item in "ijk"})},
    ("x",),
)


def test_rows_of_a_csv_file() -> None:
    assert dialogues_from_rows(ROWS) == DIALOGUES


def test_every_part_of_a_cell_is_a_column() -> None:
    parts = {"template": "t", "wording": "w", "framing": "f", "option_order": "reversed", "item_order": "shuffled"}
    (dialogue,) = dialogues_from_rows([dict(GOOD) | parts])
    assert dialogue.cell == CellId("x", "g", **parts)
    (dialogue,) = dialogues_from_rows([dict(GOOD) | dict.fromkeys(parts, "")])
    assert dialogue.cell == CellId("x", "g")


def test_probabilities_of_the_options() -> None:
    good = dict(GOOD)
    rows = [
        good | {"probabilities": {"a": 0.25, "b": 0.75}},
        good | {"item": "j", "probabilities": '{"a": 1, "b": 0}'},
        good | {"item": "k", "probabilities": ""},
    ]
    (dialogue,) = dialogues_from_rows(rows)
    assert dialogue.probabilities == {"i": {"a": 0.25, "b": 0.75}, "j": {"a": 1.0, "b": 0.0}}
    for wrong in ("a", "[1]", "{}", '{"a": 0.5}', '{"a": -1, "b": 2}', '{"a": "1"}', {"a": None}):
        with pytest.raises(ValueError, match=r"row 2: probabilities .* by option id that sum to 1; write"):
            dialogues_from_rows([good, good | {"item": "j", "probabilities": wrong}])


def test_no_row() -> None:
    assert dialogues_from_rows([]) == []


def test_only_five_columns_are_needed_and_others_do_no_harm() -> None:
    rows: list[dict[str, Any]] = [
        {"dialogue": 7, "value": "x", "game": "g", "item": "i", "option": "a", "age": 41},
        {"dialogue": 7, "value": "x", "game": "g", "item": "j", "option": None, "age": 41},
    ]
    expected = Dialogue(CellId("x", "g"), {"i": "a", "j": None}, {}, Outcome(1, 0, 1, 0))
    assert dialogues_from_rows(rows) == [expected]


def test_a_number_is_as_good_as_its_text() -> None:
    row = {"dialogue": 1, "value": "x", "game": "g", "item": 3, "option": 2, "position": 4}
    assert dialogues_from_rows([row]) == [Dialogue(CellId("x", "g"), {"3": "2"}, {"3": 3}, Outcome(1, 0, 0, 0))]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    shuffled = random.Random(seed).sample(ROWS, len(ROWS))
    dialogues = dialogues_from_rows(shuffled)
    assert sorted(dialogues, key=repr_of) == sorted(DIALOGUES, key=repr_of)
    found, expected = (asdict(analyse(DESIGN, one)) for one in (dialogues, DIALOGUES))
    for one in (found, expected):
        one["discriminant"]["targets"] = sorted(one["discriminant"]["targets"])  # rows stand as they came
    assert facts(found) == facts(expected)


def goal_or_error(*rows: Mapping[str, Any]) -> str | None:
    try:
        (one,) = dialogues_from_rows(rows)
    except ValueError:
        return "an error"
    return one.goal


def test_two_goals_in_one_dialogue_come_to_the_same_in_either_order() -> None:
    rows = [{**GOOD, "goal": "Win."}, {**GOOD, "item": "j", "goal": "Share."}]
    assert goal_or_error(*rows) == goal_or_error(*rows[::-1])


def facts(of: object, name: str = "") -> set[str]:
    """Every number and text in an analysis, with its place; the order of mappings left out."""
    if isinstance(of, dict):
        return {fact for key, part in of.items() for fact in facts(part, f"{name}/{key}")}
    if isinstance(of, (list, tuple)):
        return {fact for key, part in enumerate(of) for fact in facts(part, f"{name}/{key}")}
    return {f"{name} {of:.9f}" if isinstance(of, float) else f"{name} {of}"}


def repr_of(dialogue: Dialogue) -> str:
    return repr((dialogue.cell, sorted(dialogue.chosen.items(), key=str)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"item": "i"}, "row 2: item 'i' of dialogue 'd' is there a second time"),
        (
            {"value": "y"},
            "row 2: dialogue 'd' belongs to x.g above and to y.g here; give every dialogue a name of its own",
        ),
        (
            {"game": "h"},
            "row 2: dialogue 'd' belongs to x.g above and to x.h here; give every dialogue a name of its own",
        ),
        (
            {"template": "t"},
            "row 2: dialogue 'd' belongs to x.g above and to x.g.t here; give every dialogue a name of its own",
        ),
        (
            {"option_order": "reversed"},
            "row 2: dialogue 'd' belongs to x.g above and to x.g.o-reversed here; give every dialogue a name of its "
            "own",
        ),
        (
            {"framing": "f"},
            "row 2: dialogue 'd' belongs to x.g above and to x.g.f-f here; give every dialogue a name of its own",
        ),
        (
            {"status": "guessed"},
            "row 2: status 'guessed' does not go with option 'a'; write `chosen` beside an option, and one of "
            "refused, invalid, not_reached where there is none",
        ),
        (
            {"status": "refused"},
            "row 2: status 'refused' does not go with option 'a'; write `chosen` beside an option, and one of "
            "refused, invalid, not_reached where there is none",
        ),
        (
            {"status": "chosen", "option": ""},
            "row 2: status 'chosen' does not go with option None; write `chosen` beside an option, and one of "
            "refused, invalid, not_reached where there is none",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_row(change: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="row 2") as raised:
        dialogues_from_rows([GOOD, {**GOOD, "item": "j", **change}])
    assert str(raised.value) == message


@pytest.mark.parametrize("column", list(GOOD))
def test_a_missing_column_is_named(column: str) -> None:
    row = {name: entry for name, entry in GOOD.items() if name != column}
    with pytest.raises(ValueError, match="no column") as raised:
        dialogues_from_rows([GOOD, {**row, "second": 1}])
    assert str(raised.value) == f"row 2 has no column '{column}'; it needs dialogue, value, game, item, option"


@pytest.mark.parametrize("position", ["first", "1.5", "0", "-1"])
def test_a_position_that_is_none_is_named_with_its_row(position: str) -> None:
    with pytest.raises(ValueError, match="row 2"):
        dialogues_from_rows([GOOD, {**GOOD, "item": "j", "position": position}])


def test_an_unknown_option_is_named_by_the_analysis() -> None:
    with pytest.raises(KeyError, match="item 'i' has no option 'z'; it has a, b"):
        analyse(DESIGN, dialogues_from_rows([{**GOOD, "option": "z"}]))


@pytest.mark.parametrize("code", ["NA", "nan", ".", "-99", " ", "99"])
def test_codes_of_a_missing_answer_are_none(code: str) -> None:
    (found,) = dialogues_from_rows([{"dialogue": "s", "value": "none", "game": "g", "item": "p1", "option": code}])
    assert found.chosen == {"p1": None}
    assert found.outcome is not None
    assert found.outcome.answered == 0


def test_blanks_and_a_byte_order_mark_are_no_part_of_a_name() -> None:
    row = {"\ufeffdialogue": "s", "value ": "none", "game": "g ", "item": " p1", "option": "o1 "}
    (found,) = dialogues_from_rows([row])
    assert (found.cell.game, found.chosen) == ("g", {"p1": "o1"})
