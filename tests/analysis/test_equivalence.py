"""Equivalence of two runs: on the cells of both, where they differ in one declared thing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from simulation import agent_model, simulate
from typer.testing import CliRunner

from hvae_bench import HvaeError, load_catalog
from hvae_bench.analysis import NotComparable, Run, equivalence
from hvae_bench.cli.main import app
from hvae_bench.dialogue.administration import Administration
from hvae_bench.log.record import RationalityRecord
from hvae_bench.subjects.agents import Agent, make_agent

CATALOG = load_catalog()
CORE = ("altruistic", "prosocial", "individualistic", "competitive")


def follower(errors: Mapping[str, float]) -> Callable[[Any], Agent]:
    """Follows the value of each cell but for a share of random choices."""

    def make(script: Any) -> Agent:
        value = script.target.id
        return make_agent("noisy", {"value": value, "error": errors.get(value, 0.0)}, CATALOG)

    return make


@cache
def run_of(scenario: str = "paper", seed: int = 0, epochs: int = 36, **errors: float) -> Run:
    made = simulate(CATALOG, scenario, "model", agent_model(follower(errors)), epochs=epochs, seed=seed)
    return replace(made, task_id=f"{scenario}-{seed}-{errors}")


def changed(run: Run, **fields: Any) -> Run:
    """The same run with other facts of the run in its records."""
    return replace(
        run, records=[one.model_copy(update={"run": one.run.model_copy(update=fields)}) for one in run.records]
    )


INDEPENDENT = Administration(items="independent")


def test_two_runs_alike_are_equivalent_for_all_values() -> None:
    found = equivalence(run_of(), run_of(seed=1), 0.1)
    assert found.equivalent
    assert found.sentences[0] == "Equivalent within 0.1 for all four values."
    assert found.sentences[1].startswith("All together: equivalent within 0.1 (difference 0.00, 90 % interval [")
    assert tuple(found.targets) == CORE
    assert (found.differ, found.obstacles, found.cells, found.left_out) == ((), (), (8, 8), (0, 0))


def test_what_is_claimed_of_each_target_is_said() -> None:
    found = equivalence(run_of(), run_of(seed=1, competitive=0.1, prosocial=0.6), 0.1)
    assert not found.equivalent
    judged = {name: one.result.judgement for name, one in found.targets.items()}
    assert judged == {
        "altruistic": "equivalent",
        "prosocial": "different",
        "individualistic": "equivalent",
        "competitive": "not_shown",
    }
    told = found.sentences
    assert told[0] == "Equivalent within 0.1: altruistic, individualistic."
    assert told[1].startswith("Not shown to be equivalent: competitive (difference -0.")
    assert told[2].startswith("Different by more than 0.1: prosocial (difference -0.")
    assert told[3].startswith("All together: different by more than 0.1 (")


def test_differences_are_second_minus_first_on_the_cells_of_both() -> None:
    other = run_of(seed=1, altruistic=0.5)
    first = {record.dialogue.sample_id for record in run_of().records if record.cell.template == "no-goal"}
    part = replace(
        other,
        records=[record for record in other.records if record.dialogue.sample_id in first],
        planned={id_: n for id_, n in other.planned.items() if id_ in first},
    )
    found = equivalence(run_of(), part, 0.1)
    assert (found.cells, found.left_out) == ((4, 4), (4, 0))
    mean = np.mean([one.measures.value_rationality for one in part.records if one.cell.value == "altruistic"])
    tested = found.targets["altruistic"]
    assert (tested.first.mean, tested.second.mean) == pytest.approx((1, mean))
    assert tested.result.difference.mean == pytest.approx(mean - 1)
    assert found.headline.result.difference.mean == pytest.approx((mean - 1) / 4)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"administration": INDEPENDENT}, "items: sequential and independent; a question alone"),
        ({"generate_config": {"temperature": 1.0}}, "generation: the provider's own and"),
        ({"task_version": "2-A"}, "task version: 0 and 2-A"),
    ],
)
def test_runs_may_differ_in_one_thing(fields: dict[str, Any], told: str) -> None:
    (differ,) = equivalence(run_of(epochs=2), changed(run_of(seed=1, epochs=2), **fields), 0.1).differ
    assert str(differ).startswith(told)


def test_wordings_or_templates_may_differ() -> None:
    """Cells are paired but for that one part."""

    def asked(part: str, name: str) -> Run:
        records = []
        for record in run_of(seed=1, epochs=2).records:
            content = record.model_dump(mode="json")
            content["cell"][part] = content[part]["id"] = f"{name}-{content['cell'][part]}"
            records.append(RationalityRecord.model_validate_json(json.dumps(content)))
        return replace(run_of(seed=1, epochs=2), records=records)

    found = equivalence(run_of(epochs=2), asked("wording", "other"), 0.1)
    assert [one.what for one in found.differ] == ["wordings"]
    found = equivalence(run_of(epochs=2), asked("template", "other"), 0.1)
    assert [str(one) for one in found.differ] == [
        "template: goal-prompting, no-goal and other-goal-prompting, other-no-goal; these are different questions"
    ]
    assert found.cells == (8, 8)


def test_runs_that_differ_in_several_things_are_refused() -> None:
    other = changed(replace(run_of(seed=1, epochs=2), model="another"), administration=INDEPENDENT)
    with pytest.raises(NotComparable, match="with several differences nobody can tell") as refusal:
        equivalence(run_of(epochs=2), other, 0.1)
    assert [one.what for one in refusal.value.obstacles] == ["items", "model"]
    assert equivalence(run_of(epochs=2), other, 0.1, anyway=True).obstacles == refusal.value.obstacles
    with pytest.raises(NotComparable, match="they are one run"):
        equivalence(run_of(epochs=2), run_of(epochs=2), 0.1)


def test_the_short_form_differs_in_two_things() -> None:
    with pytest.raises(NotComparable) as refusal:
        equivalence(run_of(epochs=2), run_of("paper-short", epochs=2), 0.1)
    assert [one.what for one in refusal.value.obstacles] == ["wordings", "template"]


def test_runs_without_a_target_in_common_have_nothing_to_test() -> None:
    one, other = (
        replace(
            run,
            records=[record for record in run.records if record.cell.value == value],
            planned={id_: 2 for id_ in run.planned if id_.startswith(value)},
        )
        for run, value in ((run_of(epochs=2), "altruistic"), (run_of(seed=1, epochs=2), "prosocial"))
    )
    with pytest.raises(HvaeError, match="no core target on the same game in common"):
        equivalence(one, other, 0.1)


@pytest.mark.parametrize("margin", [0, -0.1, 1, 10, float("nan")])
def test_a_margin_is_a_number_between_0_and_1(margin: float) -> None:
    with pytest.raises(HvaeError, match=r"--margin .* should be a number above 0 and below 1"):
        equivalence(run_of(epochs=2), run_of(epochs=2), margin)


def test_the_command(tmp_path: Path) -> None:
    """It exits with 0 only where equivalence was shown."""
    logs = {}
    for name, run in {
        "one": run_of(),
        "again": run_of(seed=1),
        "other": changed(run_of(seed=1, epochs=2), model="another"),
    }.items():
        logs[name] = str(tmp_path / f"{name}.rationality.jsonl")
        lines = [one.model_dump_json() for one in changed(run, task_id=name).records]
        Path(logs[name]).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def run_on(second: str, *arguments: str) -> Any:
        return CliRunner().invoke(app, ["compare", logs["one"], logs[second], *arguments])

    done = run_on("again", "--margin", "0.1")
    assert done.exit_code == 0
    assert done.stdout.startswith("Equivalent within 0.1 for all four values.")
    assert "They differ in nothing that is declared." in done.stdout
    done = run_on("other", "--margin", "0.1")
    assert done.exit_code == 1
    assert done.stdout.startswith("Not shown to be equivalent: altruistic (difference 0.00, 98.75 % interval [")
    assert "They differ in model: model and another" in " ".join(done.stdout.split())
    assert "no dialogue scored otherwise" in " ".join(done.stdout.split())
    told = json.loads(run_on("other", "--margin", "0.1", "--json").stdout)
    assert told["comparable"] is True
    assert told["equivalence"]["equivalent"] is False
    assert told["equivalence"]["targets"]["prosocial"]["result"]["judgement"] == "not_shown"
    for wrong in ("0", "much"):
        done = run_on("again", "--margin", wrong)
        assert done.exit_code == 2 or isinstance(done.exception, HvaeError)
        assert "--margin" in str(done.exception) + done.stderr
