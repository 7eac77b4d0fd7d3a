"""People: files of survey programs, and the scores of the answers in them."""

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hvae_bench.analysis.people import People, score_people
from hvae_bench.analysis.survey import Survey, read_survey
from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.text.errors import UsageError

CATALOG = load_catalog()
GAME = CATALOG.games["svo-slider-primary"]
TABLE = GAME.payoff_table()
with (Path(__file__).parents[1] / "data" / "svo_slider_golden.csv").open(encoding="utf-8", newline="") as file:
    GOLDEN = list(csv.DictReader(file))
PROSOCIAL = "1,9,9,4,5,9"
"""Option numbers of a profile with the angle 37.48 by the authors' program."""


def surveyed(folder: Path, text: str, game: str = "svo-slider-primary", **options: Any) -> Survey:
    path = folder / "people.csv"
    path.write_bytes(text.encode())
    return read_survey(path, CATALOG.games[game], **options)


def scored(folder: Path, text: str, game: str = "svo-slider-primary", **options: Any) -> People:
    return score_people(surveyed(folder, text, game, **options), CATALOG.games[game])


def payoffs(profile: str) -> list[tuple[float, float]]:
    """Own and other's payoff of a profile of option numbers."""
    return [
        (own, other)
        for options, number in zip(TABLE.payoffs, profile.split(","), strict=True)
        for own, other in [options[int(number) - 1]]
    ]


def test_profiles_scored_by_the_authors_program(tmp_path: Path) -> None:
    names = {"1": "altruistic", "2": "prosocial", "3": "individualistic", "4": "competitive"}
    lines = [",".join(row[item] for item in ("case", *TABLE.item_ids)) for row in GOLDEN]
    people = scored(tmp_path, "\n".join(["who,p1,p2,p3,p4,p5,p6", *lines]))
    for row, golden in zip(people.rows, GOLDEN, strict=True):
        assert row["who"] == golden["case"]
        assert row["svo_angle_deg"] == pytest.approx(float(golden["svo_angle"]), abs=1e-6)
        assert row["svo_category"] == names[golden["svo_category"]]
        assert row["transitive"] == (golden["transitive"] == "1")
        if row["transitive"]:
            assert row["motive_ranking"] == " > ".join(names[golden[f"rank{place}"]] for place in range(1, 5))
    angles = [float(row["svo_angle"]) for row in GOLDEN]
    assert (people.mean_deg, people.sd_deg) == pytest.approx((np.mean(angles), np.std(angles, ddof=1)))
    assert (people.n, people.n_whole) == (78, 78)


def test_secondary_items_scored_by_the_authors_program(tmp_path: Path) -> None:
    items = CATALOG.games["svo-slider-full"].payoff_table().item_ids
    lines = [",".join(row[item] for item in items) for row in GOLDEN]
    people = scored(tmp_path, "\n".join([",".join(items), *lines]), "svo-slider-full")
    for row, golden in zip(people.rows, GOLDEN, strict=True):
        known = golden["ia_index_optgrid"]
        expected = pytest.approx(float(known), abs=1e-6) if known else None
        assert row["inequality_aversion_index"] == expected


def six(column: str) -> str:
    return ",".join(column.format(number) for number in range(1, 7))


PAIRS = [f"{own:g}/{other:g}" for own, other in payoffs(PROSOCIAL)]
TENTHS = [f"{own / 10:g}/{other / 10:g}" for own, other in payoffs(PROSOCIAL)]
ROWS = {
    "names of the items": f"id,p1,p2,p3,p4,p5,p6\nanna,{PROSOCIAL}",
    "another order of columns": "p6,p5,p4,id,p3,p2,p1\n9,5,4,anna,9,9,1",
    "semicolons and blanks": f"id;q1;q2;q3;q4;q5;q6\nanna ; {PROSOCIAL.replace(',', ' ; ')}",
    "tabs": f"id\tSVO1\tSVO2\tSVO3\tSVO4\tSVO5\tSVO6\nanna\t{PROSOCIAL.replace(',', chr(9))}",
    "remarks above": f"# a remark; of several, parts\n\np1,p2,p3,p4,p5,p6\n{PROSOCIAL}",
    "a byte order mark": f"\ufeffp1,p2,p3,p4,p5,p6\n{PROSOCIAL}",
    "lines of Windows": f"p1,p2,p3,p4,p5,p6\r\n{PROSOCIAL}\r\n\r\n",
    "labels": "q1,q2,q3,q4,q5,q6\nA,I,i,D,E,I",
    "ids of options": "q1,q2,q3,q4,q5,q6\no1,o9,o9,o4,o5,o9",
    "numbers of a table program": "q1,q2,q3,q4,q5,q6\n1.0,9.0,9.0,4.0,5.0,9.0",
    "oTree, a page an item": "participant.code,svo.1.player.choice_1,svo.1.player.choice_2,svo.1.player.choice_3,"
    f"svo.1.player.choice_4,svo.1.player.choice_5,svo.1.player.choice_6,session.code\nx7,{PROSOCIAL},s1",
    "oTree, a round an item": "participant.code,"
    + ",".join(f"svo.{n}.player.choice" for n in range(1, 7))
    + f"\nx7,{PROSOCIAL}",
    "oTree, named": "participant.code," + ",".join(f"svo.1.player.p{n}" for n in range(1, 7)) + f"\nx7,{PROSOCIAL}",
    "Qualtrics": "StartDate,Q5_1,Q5_2,Q5_3,Q5_4,Q5_5,Q5_6\nStart Date,You get - 1,b,c,d,e,f\n"
    '"{""ImportId"":""startDate""}","{""ImportId"":""QID5_1""}",,,,,\n' + f"2026-01-02,{PROSOCIAL}",
    "LimeSurvey": "id," + ",".join(f"SVO[SQ00{n}]" for n in range(1, 7)) + "\n3,A1,A9,A9,A4,A5,A9",
    "LimeSurvey's newer codes": "id,"
    + ",".join(f"SVO[SQ00{n}]" for n in range(1, 7))
    + "\n3,AO01,AO09,AO09,AO04,AO05,AO09",
    "both payoffs in a cell": "q1,q2,q3,q4,q5,q6\n" + ",".join(PAIRS),
    "payoffs in brackets": "q1;q2;q3;q4;q5;q6\n" + ";".join(f"({a:g}, {b:g})" for a, b in payoffs(PROSOCIAL)),
    "payoffs in two columns": ",".join(f"own_{n},other_{n}" for n in range(1, 7))
    + "\n"
    + ",".join(f"{a:g},{b:g}" for a, b in payoffs(PROSOCIAL)),
    "a long table": "person,item,answer\n"
    + "\n".join(f"anna,p{n},{answer}" for n, answer in enumerate(PROSOCIAL.split(","), start=1)),
    "a long table in another order": "item,answer,person\n"
    + "\n".join(f"p{n},{answer},anna" for n, answer in reversed(list(enumerate(PROSOCIAL.split(","), start=1)))),
}


@pytest.mark.parametrize("text", ROWS.values(), ids=ROWS)
def test_the_same_answers_in_the_shapes_of_survey_programs(text: str, tmp_path: Path) -> None:
    (row,) = scored(tmp_path, text).rows
    assert row["svo_angle_deg"] == pytest.approx(37.48241143, abs=1e-6)
    assert (row["svo_category"], row["transitive"], row["note"]) == ("prosocial", True, "")


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (
            "a,b,c,d,e,f\n9,1,1,6,5,1",
            {"columns": {c: f"p{n}" for n, c in enumerate("abcdef", start=1)}, "mirrored": TABLE.item_ids},
        ),
        ("q1,q2,q3,q4,q5,q6\n0,8,8,3,4,8", {"first_option": 0}),
        ("p1,p2,p3,p4,p5,p6\n" + ",".join(TENTHS), {"scale": 10}),
        (
            "p1;p2;p3;p4;p5;p6\n" + ";".join(f"{a / 10:g}/{b / 10:g}".replace(".", ",") for a, b in payoffs(PROSOCIAL)),
            {"scale": 10},
        ),
    ],
    ids=["mirrored", "from 0", "tenths", "decimal commas"],
)
def test_what_a_file_needs_to_be_told(text: str, options: dict[str, Any], tmp_path: Path) -> None:
    (row,) = scored(tmp_path, text, **options).rows
    assert row["svo_angle_deg"] == pytest.approx(37.48241143, abs=1e-6)


@pytest.mark.parametrize("code", ["", "NA", "nan", ".", "-99", "-999", "99", "  "])
def test_codes_of_a_missing_answer_are_no_answers(code: str, tmp_path: Path) -> None:
    (row, whole) = scored(tmp_path, f"p1,p2,p3,p4,p5,p6\n1,9,{code},4,5,9\n{PROSOCIAL}").rows
    assert (row["svo_angle_deg"], row["svo_category"], row["transitive"]) == (None, None, None)
    assert row["note"] == "no answer to p3"
    assert whole["svo_category"] == "prosocial"


def test_a_continuous_slider(tmp_path: Path) -> None:
    text = "p1,p2,p3,p4,p5,p6\n85/71.3,92.5/32.5,50/100,60/75.7,75/75,91/71"
    (row,) = scored(tmp_path, text).rows
    own, other = np.array([85, 92.5, 50, 60, 75, 91]), np.array([71.3, 32.5, 100, 75.7, 75, 71])
    assert row["svo_angle_deg"] == pytest.approx(np.degrees(np.arctan2(other.mean() - 50, own.mean() - 50)))
    assert row["note"].startswith("between two options in p1, p4, p6")
    assert row["motive_ranking"] is not None or row["transitive"] is False


def test_straight_lining_is_flagged(tmp_path: Path) -> None:
    people = scored(tmp_path, f"p1,p2,p3,p4,p5,p6\n5,5,5,5,5,5\n{PROSOCIAL}")
    assert [row["one_place_throughout"] for row in people.rows] == [True, False]
    assert people.n_one_place == 1
    assert people.rows[0]["svo_angle_deg"] == pytest.approx(22.93, abs=0.005)


def test_a_column_of_the_file_is_never_written_over(tmp_path: Path) -> None:
    (row,) = scored(tmp_path, f"note,p1,p2,p3,p4,p5,p6\nmine,{PROSOCIAL}").rows
    assert (row["note"], row["hvae_note"]) == ("mine", "")


WRONG = {
    "indices from 0": (
        "p1,p2,p3,p4,p5,p6\n0,8,8,3,4,8",
        {},
        "Row 2, column 'p1': 0 is not an option.*--first-option 0",
    ),
    "a negative index": (
        "p1,p2,p3,p4,p5,p6\n1,9,-2,4,5,9",
        {},
        "Row 2, column 'p3': -2 is not an option.*--missing -2",
    ),
    "too large": (
        f"p1,p2,p3,p4,p5,p6\n{PROSOCIAL}\n1,9,9,4,5,10",
        {},
        "Row 3, column 'p6': 10 is not an option.*1 to 9",
    ),
    "between options": ("p1,p2,p3,p4,p5,p6\n1,9,9,4.5,5,9", {}, "Row 2, column 'p4': 4.5 is not an option"),
    "a letter too far": (
        "p1,p2,p3,p4,p5,p6\nA,B,C,D,E,K",
        {},
        "Row 2, column 'p6': K is not an option of p6. It has A to I",
    ),
    "another unit": (
        "p1,p2,p3,p4,p5,p6\n8.5/8.5,8.5/1.5,5/10,5/10,10/5,10/5",
        {},
        "Row 2, column 'p1': 8.5/8.5 is not an answer to p1.*--scale",
    ),
    "own payoff alone": (
        "p1,p2,p3,p4,p5,p6\n85,90,60,70,80,90",
        {},
        "does not tell the options of p1 apart.*both payoffs",
    ),
    "beside the line": (
        "p1,p2,p3,p4,p5,p6\n85/85,90/80,50/100,50/100,50/100,100/50",
        {},
        "column 'p2': 90/80 is not an answer",
    ),
    "no item": ("a,b,c\n1,2,3", {}, "No column is named like an item.*--columns q1=p1"),
    "two sets": (
        "a1,a2,a3,a4,a5,a6,b1,b2,b3,b4,b5,b6\n1,9,9,4,5,9,1,9,9,4,5,9",
        {},
        "More than one set of columns may be the items",
    ),
    "an unknown column": ("p1,p2,p3,p4,p5,p6\n1,9,9,4,5,9", {"columns": {"z": "p1"}}, "There is no column 'z'"),
    "an unknown role": ("p1,p2,p3,p4,p5,p6\n1,9,9,4,5,9", {"columns": {"p1": "p9"}}, "A column cannot be 'p9'"),
    "an item short": ("x,y\n1,2", {"columns": {"x": "p1"}}, "No column holds p2, p3"),
    "an item twice": ("person,item,answer\na,p1,1\na,p1,2", {}, "Row 3: a answers p1 a second time"),
    "a row too long": ("p1,p2,p3,p4,p5,p6\n1,9,9,4,5,9,9", {}, "people.csv:2: 7 cells under a header of 6"),
    "nobody": ("p1,p2,p3,p4,p5,p6\n", {}, "has a header and no row"),
    "nothing": ("", {}, "is empty"),
    "an unknown mirrored item": ("p1\n1", {"mirrored": ("p9",)}, "has no item 'p9' to mirror"),
}


@pytest.mark.parametrize(("text", "options", "sentence"), WRONG.values(), ids=WRONG)
def test_what_would_be_wrong_without_a_word_is_an_error(
    text: str, options: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as raised:
        surveyed(tmp_path, text, **options)
    assert re.search(sentence, str(raised.value))


def test_a_code_that_may_be_an_answer_is_an_error_until_the_file_is_explained(tmp_path: Path) -> None:
    full = CATALOG.games["svo-slider-full"].payoff_table().item_ids
    text = f"{','.join(full)}\n" + ",".join("" if item != "s1" else "99" for item in full)
    assert TABLE.item_ids == full[:6]
    with pytest.raises(UsageError, match=r"Row 2, column 's1': 99 may be an answer between two options.*--missing 99"):
        surveyed(tmp_path, text, "svo-slider-full", answers="own")
    assert np.isnan(surveyed(tmp_path, text, "svo-slider-full", answers="own", missing=["99"]).places).all()


def test_triple_dominance_and_ring(tmp_path: Path) -> None:
    nine = CATALOG.games["triple-dominance-9"].payoff_table()
    best = [str(1 + max(range(3), key=lambda place: sum(options[place]))) for options in nine.payoffs]
    people = scored(tmp_path, ",".join(f"q{n}" for n in range(1, 10)) + "\n" + ",".join(best), "triple-dominance-9")
    assert dict(people.categories) == {"prosocial": 1}
    ring = CATALOG.games["ring-24"].payoff_table()
    selfish = [str(1 + max(range(2), key=lambda place: options[place][0])) for options in ring.payoffs]
    people = scored(tmp_path, ",".join(f"q{n}" for n in range(1, 25)) + "\n" + ",".join(selfish), "ring-24")
    assert people.rows[0]["ring_category"] == "individualistic"
    assert people.norms is None


def test_a_game_that_measures_no_people(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no measure for answers of people"):
        scored(tmp_path, ",".join(CATALOG.games["chicken"].payoff_table().item_ids) + "\n1,1", "chicken")
