"""Comparison: differences by the statistics of a single run, and a refusal of what does not compare."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from hvae_bench.analysis import NotComparable, Run, compare, load, pairs
from hvae_bench.analysis.comparison import Together, letter, sentences
from hvae_bench.cli.main import app
from hvae_bench.log.record import RationalityRecord
from hvae_bench.scorers import Estimate, contrasts

pytestmark = pytest.mark.xdist_group("comparison")


@pytest.fixture
def runs(logs: Path) -> tuple[Run, Run]:
    noisy, uniform = sorted(load(logs), key=lambda run: run.model)
    return noisy, uniform


def changed(run: Run, change: Callable[[dict[str, Any]], None], **fields: Any) -> Run:
    """The same run with other records."""
    records = []
    for record in run.records:
        content = record.model_dump(mode="json")
        change(content)
        records.append(RationalityRecord.model_validate_json(json.dumps(content)))
    return replace(run, records=records, **fields)


def another(run: Run, change: Callable[[dict[str, Any]], None] = lambda content: None, **fields: Any) -> Run:
    """A run of the same plan that is a run of its own."""
    return changed(run, change, **({"task_id": "another"} | fields))


def by_cell(run: Run, value: str) -> list[list[float]]:
    cells: dict[str, list[float]] = {}
    for record in run.records:
        if record.cell.value == value and record.measures.value_rationality is not None:
            cells.setdefault(record.dialogue.sample_id, []).append(record.measures.value_rationality)
    return list(cells.values())


def test_a_difference_is_second_minus_first(runs: tuple[Run, Run]) -> None:
    found = compare(*runs)
    for value in ("altruistic", "competitive"):
        signs = [(1, cells) for cells in by_cell(runs[1], value)] + [(-1, cells) for cells in by_cell(runs[0], value)]
        difference = found.differences[f"value_rationality({value})"].difference
        assert difference.mean == pytest.approx(sum(sign * np.mean(cell) for sign, cell in signs) / 2)
        variance = sum(np.var(cell, ddof=1) / 4 / len(cell) for _, cell in signs)
        assert difference.standard_error == pytest.approx(variance**0.5)
        # Two runs of the same dialogues, but for the order of the runs, have the interval turned around.
        back = compare(*reversed(runs)).differences[f"value_rationality({value})"].difference
        assert (-back.upper, -back.lower) == pytest.approx((difference.lower, difference.upper))


def test_the_numbers_of_each_run_are_its_own(runs: tuple[Run, Run]) -> None:
    found = compare(*runs)
    for side, run in zip(("first", "second"), runs, strict=True):
        of = {name: getattr(one, side) for name, one in found.differences.items()}
        assert of["value_rationality"] == run.analysis.numbers["value_rationality"]
        assert of["goal_effect"] == run.analysis.numbers["goal_effect"]
        assert of["neutrality_bias"] == run.analysis.numbers["neutrality_bias"]
    assert "contamination_gap" not in found.differences  # neither run has one


def test_changed_dialogues_are_those_with_another_outcome(runs: tuple[Run, Run]) -> None:
    one = runs[0]

    def change(content: dict[str, Any]) -> None:
        if content["dialogue"]["sample_id"] == one.records[0].dialogue.sample_id and content["dialogue"]["epoch"] == 2:
            content["decisions"][3] |= {"option_id": None, "status": "refused", "reason": "declined"}
        content["goal_text"] = "another"  # not an outcome

    found = compare(one, another(one, change))
    (item,) = found.changed
    decision = one.records[1].decisions[3]
    assert (item.sample_id, item.epoch, found.shared) == (one.records[0].dialogue.sample_id, 2, 24)
    assert item.items == {decision.item_id: (decision.option_id, "refused")}


def _run(**fields: Any) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        content["run"] |= fields

    return change


def _catalog(content: dict[str, Any]) -> None:
    content["catalog"]["sha256"] = "0" * 64


def _refused(content: dict[str, Any]) -> None:
    content["measures"] |= {"n_answered": 5, "n_refused": 1}


DIFFERENT: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "task version": (_run(task_version="2-A"), "task version: 3-C and 2-A"),
    "catalogue": (_catalog, "and 000000000000; the entries may have different words"),
    "core values": (_run(core_values=["prosocial"]), "core values: .* and prosocial"),
    "items": (_run(administration={"items": "independent", "seed": 0}), "items: sequential and independent"),
    "temperature": (
        _run(generate_config={"temperature": 1.0}),
        'generation: the provider\'s own and {"temperature": 1',
    ),
    "forced labels": (_run(model_args={"forced": True}), "forced labels: no and yes"),
    "refusals": (_refused, r"answered items: 100\.0 % and 83\.3 %"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_does_not_compare_is_refused_and_says_why(name: str, runs: tuple[Run, Run]) -> None:
    change, why = DIFFERENT[name]
    other = another(runs[0], change)
    with pytest.raises(NotComparable, match=why) as refusal:
        compare(runs[0], other)
    assert len(refusal.value.obstacles) == 1
    assert "--anyway" in str(refusal.value)
    assert compare(runs[0], other, anyway=True).obstacles == refusal.value.obstacles


def test_plans_that_differ_are_refused(runs: tuple[Run, Run]) -> None:
    one = runs[0]
    cells = list(one.planned)
    plans = {
        "epochs: 3 and 4": dict.fromkeys(cells, 4),
        "cells: 1 in the first alone and 0": dict.fromkeys(cells[1:], 3),
        "missing dialogues: 0 of 24 and 3 of 27": {**one.planned, "a.b.c.d": 3},
    }
    for why, plan in plans.items():
        with pytest.raises(NotComparable, match=why):
            compare(one, another(one, planned=plan))
    with pytest.raises(NotComparable, match="they are one run"):
        compare(one, one)
    with pytest.raises(NotComparable, match="scenario: paper and core"):
        compare(one, another(one, scenario="core"))


def test_settings_of_the_transport_and_arguments_of_a_model_do_not_matter(runs: tuple[Run, Run]) -> None:
    change = _run(generate_config={"max_connections": 3, "timeout": 9}, model_args={"seed": 3})
    assert compare(runs[0], another(runs[0], change)).obstacles == ()


def test_the_command(logs: Path) -> None:
    one, other = sorted(map(str, logs.glob("*.eval")))
    done = CliRunner().invoke(app, ["compare", one, other])
    assert done.exit_code == 0
    assert "B minus A" in done.stdout
    assert "24 dialogues of the same cell and epoch have a different outcome" in done.stdout
    told = json.loads(CliRunner().invoke(app, ["compare", one, other, "--json"]).stdout)
    assert told["comparable"] is True
    assert told["comparison"]["differences"]["value_rationality"]["difference"]["n_dialogues"] == 48
    done = CliRunner().invoke(app, ["compare", one, one])
    assert done.exit_code == 1
    assert "they are one run" in done.stderr
    done = CliRunner().invoke(app, ["compare", one, one, "--anyway"])
    assert done.exit_code == 0
    assert "Compared all the same" in done.stdout
    assert "\n0 of 24 dialogues" in done.stdout


def test_intervals_of_several_differences_hold_at_once(runs: tuple[Run, Run]) -> None:
    one, other = (run.scored for run in runs)
    found = compare(*runs, among=7)
    weights, of_other = contrasts(one), contrasts(other)
    for together, name, level in (
        (found.headline.differences["value_rationality"], "value_rationality", 1 - 0.05 / 7),
        (found.targets.differences["competitive"], "value_rationality(competitive)", 1 - 0.05 / 4),
        (found.others.differences["goal_effect"], "goal_effect", 1 - 0.05 / len(found.others.differences)),
    ):
        assert together == other.minus(one, of_other[name], weights[name], level)
    assert [*found.targets.differences] == ["altruistic", "prosocial", "individualistic", "competitive"]
    assert {name.partition("(")[0] for name in found.others.differences} == {"responsiveness", "goal_effect"}


def claimed(**means: float) -> Together:
    """Differences with intervals of 0.2 to either side."""
    nothing = Estimate(0, 0, 0, 0.1, 9, 9)
    return Together(
        0.99, {name: replace(nothing, mean=one, lower=one - 0.2, upper=one + 0.2) for name, one in means.items()}
    )


SAID = [
    ({"a": 0.3, "b": 0.1}, "B serves a better than A by 0.30 [0.10, 0.50]; no other core target differs for certain."),
    ({"a": -0.3, "b": 0.1}, "B serves a worse than A by 0.30 [0.10, 0.50]; no other core target differs for certain."),
    (
        {"a": 0.5, "b": -0.3, "c": 0.9},
        "B serves a better than A by 0.50 [0.30, 0.70], b worse by 0.30 [0.10, 0.50] and c better by 0.90 "
        "[0.70, 1.10].",
    ),
    ({"a": 0.1, "b": -0.1}, "No core target differs for certain between A and B."),
    ({}, "No core target differs for certain between A and B."),
]


@pytest.mark.parametrize(("means", "sentence"), SAID)
def test_a_sentence_claims_what_is_certain(means: dict[str, float], sentence: str, runs: tuple[Run, Run]) -> None:
    found = replace(compare(*runs), targets=claimed(**means), headline=claimed(value_rationality=-0.5))
    whole = "Over all core targets B scores lower than A by 0.50 [0.30, 0.70]."
    assert sentences(found) == (whole, sentence)
    open_ = replace(found, headline=claimed(value_rationality=-0.1))
    assert sentences(open_, "x", "y")[0] == (
        "Over all core targets nothing differs for certain between x and y: -0.10 [-0.30, 0.10]."
    )
    assert sentences(open_, "", "it")[0].endswith("nothing differs for certain: -0.10 [-0.30, 0.10].")


def test_every_run_is_compared_with_the_first(runs: tuple[Run, Run], logs: Path, tmp_path: Path) -> None:
    one, other = runs
    found = pairs(one, other, another(one))
    assert [(pair.letters, pair.among) for pair in found] == [(("A", "B"), 2), (("A", "C"), 2)]
    assert [letter(place) for place in (0, 25, 26, 53)] == ["A", "Z", "A1", "B2"]
    first, second = sorted(map(str, logs.glob("*.eval")))
    done = CliRunner().invoke(app, ["compare", first, second, first])
    assert done.exit_code == 1
    assert "hvae: A and C: These runs are not comparable:" in done.stderr
    assert done.stderr.count("they are one run") == 1
    assert "97.5 % interval" in done.stdout
    assert "\nB serves " in done.stdout
    output = str(tmp_path / "page")
    told = json.loads(CliRunner().invoke(app, ["compare", first, second, first, "--json", "-o", output]).stdout)
    assert Path(told["page"]).parent == tmp_path / "page"
    assert "Not compared: run: " in Path(told["page"]).read_text(encoding="utf-8")
    done = CliRunner().invoke(app, ["compare", first, first, "-o", output + "-2"])
    assert (done.exit_code, done.stdout, Path(output + "-2").exists()) == (1, "", False)
    assert [pair["comparable"] for pair in told["pairs"]] == [True, False]


def test_one_log_or_a_margin_of_three_is_wrong_use() -> None:
    for arguments in (["a.eval"], ["a.eval", "b.eval", "c.eval", "--margin", "0.1"]):
        done = CliRunner().invoke(app, ["compare", *arguments])
        assert "Name the logs of two" in str(done.exception)
