"""During a run a line says every so often what is done, left and answered."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest
from inspect_ai import eval

from hvae_bench import hvae_bench
from hvae_bench.log.pace import Progress
from hvae_bench.scorers import Outcome

WHOLE = Outcome(6, 0, 0, 0)


def told(progress: Progress, dialogues: int, seconds_each: float = 1.0, outcome: Outcome | None = WHOLE) -> list[str]:
    """What is said while so many dialogues end one by one, each after so many seconds and ten replies."""
    lines = []
    for number in range(dialogues):
        for reply in range(10):
            progress.reply(seconds_each * (number + reply / 10))
        lines.append(progress.over(("model", f"cell-{number}", 1), outcome, seconds_each * (number + 1)))
    return [line for line in lines if line is not None]


def planned(dialogues: int, at_most: bool = False) -> Progress:
    progress = Progress(0.0)
    progress.begin("model", dialogues, 10 * dialogues, at_most)
    return progress


@pytest.mark.parametrize(
    ("dialogues", "seconds_each", "lines"),
    [
        (19, 1.0, 0),
        (20, 1.0, 9),
        (152, 1.0, 9),
        (10_000, 0.1, 9),
        # Where the first tenths take long, two lines more come before them.
        (1000, 60.0, 11),
    ],
)
def test_each_tenth_is_told_and_no_run_tells_many_lines(dialogues: int, seconds_each: float, lines: int) -> None:
    assert len(told(planned(dialogues), dialogues, seconds_each)) == lines


@pytest.mark.parametrize(
    ("progress", "outcome", "line"),
    [
        (
            planned(100),
            WHOLE,
            "hvae_bench: 50 of 100 dialogues done, 50 left; 300 of 300 questions answered; about 2 min more at this "
            "pace",
        ),
        (
            planned(100, at_most=True),
            Outcome(5, 1, 0, 0),
            "hvae_bench: 50 of at most 100 dialogues done, at most 50 left; 250 of 300 questions answered; at most "
            "about 2 min more at this pace",
        ),
        (
            planned(100),
            None,
            "hvae_bench: 50 of 100 dialogues done, 50 left; 0 of 0 questions answered; 50 dialogues failed",
        ),
    ],
)
def test_a_line_says_what_is_done_left_and_answered(progress: Progress, outcome: Outcome | None, line: str) -> None:
    assert told(progress, 50, 2.0, outcome)[-1] == line


def test_short_runs_tell_no_time() -> None:
    assert not any("pace" in line for line in told(planned(100), 100, 0.1))


def test_a_dialogue_that_ends_twice_counts_once() -> None:
    progress = planned(20)
    lines = [progress.over(("model", "cell", 1), WHOLE, 0.0) for _ in range(20)]
    assert lines == [None] * 20


def test_several_models_are_one_count() -> None:
    progress = planned(10)
    progress.begin("other", 10, 100, at_most=False)
    assert told(progress, 2)[-1].startswith("hvae_bench: 2 of 20 dialogues of 2 models done, 18 left; ")


@pytest.mark.parametrize(("display", "lines"), [("plain", 9), ("log", 9), ("none", 0)])
def test_inspect_shows_the_lines_unless_it_shows_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, display: Literal["plain", "log", "none"], lines: int
) -> None:
    models = ["hvae/uniform", "hvae/obedient"]
    eval(hvae_bench(scenario="paper"), model=models, epochs=2, log_dir=str(tmp_path), display=display)
    said = re.findall(
        r"^hvae_bench: \d+ of 32 dialogues of 2 models done, \d+ left; .*$", capsys.readouterr().out, re.M
    )
    assert len(said) == lines
