"""The first screen of a run on a terminal: a bar says what the number beside it says."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console
from simulation import Respond, simulate

from hvae_bench import load_catalog
from hvae_bench.analysis.summary import summaries
from hvae_bench.cli.first_screen import first_screen
from hvae_bench.log.runs import Run
from tests.report.conftest import MODELS, WANTS, follower, says, selfish

CATALOG = load_catalog()
ROW = re.compile(
    r"^(?P<name>[a-z ]+?) +(?P<left>[ █▓░]+)│(?P<right>[ █▓░┊]+)  (?P<mean>-?\d\.\d\d) \[(\S+), (\S+)\]$",
)


def run_of(respond: Respond, scenario: str = "slider") -> Run:
    return simulate(CATALOG, scenario, "model", respond, epochs=3)


def drawn(run: Run, width: int = 80) -> list[str]:
    page = io.StringIO()
    Console(width=width, file=page).print(first_screen(run, summaries(run)))
    return [line.rstrip() for line in page.getvalue().splitlines()]


@pytest.mark.parametrize("respond", [says(follower(lambda value: 0.3)), says(selfish)])
def test_a_bar_ends_where_its_number_and_its_interval_do(respond: Respond) -> None:
    rows = [found for line in drawn(run_of(respond)) if (found := ROW.match(line))]
    assert [row["name"] for row in rows] == [*WANTS, "all core targets"]
    for row in rows:
        mean, lower, upper = map(float, row.groups()[3:])
        wide = len(row["right"])
        for side, sign in ((row["left"][::-1], -1), (row["right"], 1)):
            filled = sum(cell in "█▓" for cell in side)
            assert filled == pytest.approx(wide * max(sign * mean, 0), abs=1.01)
            reach = len(side.replace("┊", " ").rstrip())
            assert reach == pytest.approx(wide * min(max(sign * lower, sign * upper, 0), 1), abs=1.51)


def test_where_nothing_can_be_said_there_is_no_bar() -> None:
    lines = drawn(run_of(says(lambda value, question, draw: "I'm sorry, but I can't choose for other people.")))
    assert not any("│" in line for line in lines)
    assert any(line.startswith("! 0 of ") for line in lines)


def test_several_systems_say_their_findings_in_a_line_each() -> None:
    run = run_of(says(MODELS["one label only"]), "systems")
    lines = drawn(run)
    systems = [line.removeprefix("The value system ") for line in lines if line.startswith("The value")]
    assert systems == [*run.by_system]
    chips = [line for line in lines if re.match(r"(Neutral|A stated|All values) .*(supported|undecided)$", line)]
    assert len(chips) == sum(len(one.chips) for one in summaries(run).values())


def test_what_all_systems_are_warned_of_is_said_once() -> None:
    run = replace(run_of(says(MODELS["one label only"]), "systems"), ended="ended early")
    assert sum(line == "! The run ended early." for line in drawn(run)) == 1


def test_text_from_outside_is_no_markup() -> None:
    run = run_of(says(selfish), "quick")
    evil = replace(run, model="[red]m[/red]\x1b[31m", scenario="[bold]quick", created="[b]today")
    assert drawn(evil)[0].startswith("[red]m[/red]\\x1b[31m, scenario [bold]quick, 15 dialogues, [b]today")
