"""The forest plot of effects: all that the run has, where the numbers put it, around 0."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from simulation import Respond, simulate

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.dialogue.render import Question
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.log.runs import Run
from hvae_bench.report.figure import Figure
from hvae_bench.report.figures.effects import NEVER_NARROWER, PANELS, effects
from hvae_bench.report.subject import subjects_of
from hvae_bench.scorers import NUMBERS, Estimate

from .conftest import WANTS, best, says
from .drawn import outside, rows


def careless_in(wording: str) -> Respond:
    """Follows its value, but in this wording chooses at random every other time."""

    def respond(script: DialogueScript, question: Question | None, draw: random.Random) -> str:
        if question is None:
            return "I will keep to my value."
        if script.wording.id == wording and draw.random() < 0.5:
            return draw.choice(question.shown).label
        return best(WANTS[script.target.id], question)

    return respond


@pytest.fixture(scope="module")
def run(catalog: Catalog) -> Run:
    return simulate(catalog, "robustness", "careless", careless_in("en-2"), epochs=2)


def effects_of(runs: Sequence[Run]) -> Figure:
    (figure,) = effects(subjects_of(runs))
    return figure


def test_a_known_paraphrase_effect_is_found_and_drawn(run: Run) -> None:
    found = run.analysis.by("paraphrase_effect({})")
    assert list(found) == ["en-2", "en-3"]
    # Every second choice is a guess, which scores 0 on average.
    assert found["en-2"].lower <= -0.5 <= found["en-2"].upper < -0.4
    assert found["en-3"].lower <= 0 <= found["en-3"].upper
    drawn = {row["row"]: row for row in rows(effects_of([run]).panels[0], "dot")}
    assert drawn["paraphrase effect: en-2 − first wording"]["mean"] == found["en-2"].mean
    assert drawn["paraphrase effect: en-2 − first wording"]["upper"] == found["en-2"].upper


def test_every_effect_of_a_run_is_there_and_nothing_else(run: Run, small_runs: Sequence[Run]) -> None:
    names = [name for groups in PANELS.values() for group in groups.values() for name in group]
    assert set(names) <= {number.name for number in NUMBERS}
    runs = [run, *small_runs]
    figure = effects_of(runs)
    for one in runs:
        has = [estimate for name in names for estimate in run_estimates(one, name)]
        drawn = [row for panel in figure.panels for row in rows(panel, "dot") if row["model"] == one.name]
        assert sorted(row["mean"] for row in drawn) == sorted(estimate.mean for estimate in has)
        lines = [row for panel in figure.panels for row in rows(panel, "ruleY") if row["model"] == one.name]
        ends = [(estimate.lower, estimate.upper) for estimate in has if estimate.no_interval is None]
        assert sorted((row["lower"], row["upper"]) for row in lines) == sorted(ends)
        assert sum(cells[1].text == one.name for cells in figure.tables[0].rows) == len(has)
        for effect, name, size in figure.tables[0].rows:
            if name.text == one.name:
                assert size.fields[""] == one.analysis.numbers[size.metric].mean, effect.text


def run_estimates(run: Run, name: str) -> list[Estimate]:
    return [one for one in run.analysis.by(name).values() if one.no_mean is None]


def test_axes_are_alike_to_both_sides_and_hold_everything(run: Run, small_runs: Sequence[Run]) -> None:
    figure = effects_of([run, *small_runs])
    assert outside(figure) == []
    for panel in figure.panels:
        low, high = panel.options["x"]["domain"]
        assert low == -high
        assert high >= NEVER_NARROWER
        assert [data for name, data, _ in panel.marks if name == "ruleX"] == [[0]]
    small = of_small_effect(run)
    low, high = effects_of([small]).panels[0].options["x"]["domain"]
    assert (low, high) == (-NEVER_NARROWER, NEVER_NARROWER)


def of_small_effect(run: Run) -> Run:
    """The same run, of which nothing is known but one small effect."""
    effect = replace(run.analysis.numbers["goal_effect"], mean=0.01, lower=-0.01, upper=0.03)
    made = replace(run)
    made.__dict__["analysis"] = replace(run.analysis, numbers={"goal_effect": effect})
    made.__dict__["by_system"] = {"svo": made}
    return made


def test_a_run_that_compares_nothing_has_no_forest(run: Run) -> None:
    made = replace(run)
    made.__dict__["analysis"] = replace(run.analysis, numbers={})
    made.__dict__["by_system"] = {"svo": made}
    assert list(effects(subjects_of([made]))) == []


def test_induction_gains_do_not_stretch_the_axis_of_the_rest(catalog: Catalog) -> None:
    follows = says(lambda value, question, draw: best(WANTS[value], question) if value in WANTS else "A")
    figure = effects_of([simulate(catalog, "slider", "follower", follows, epochs=2)])
    first, gains = figure.panels
    assert {row["row"] for row in rows(gains, "dot")} == set(WANTS)
    assert first.options["x"]["domain"][1] < gains.options["x"]["domain"][1]
