"""A run about several value systems: numbers of each, and none of all of them."""

from __future__ import annotations

import csv
import json
import math
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from inspect_ai import eval
from inspect_ai.log import EvalLog, read_eval_log

from hvae_bench import hvae_bench
from hvae_bench.analysis import common_systems, compare, epochs_for, estimates, load
from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.hub.eval_results import export_eval_results
from hvae_bench.hub.every_eval_ever import export_every_eval_ever
from hvae_bench.lint import validate
from hvae_bench.log.entry import KEY
from hvae_bench.log.export import export_log
from hvae_bench.log.overview import scenario_overview
from hvae_bench.log.plan import plan
from hvae_bench.log.results import read_results
from hvae_bench.log.runs import Run, one_run
from hvae_bench.scorers.estimate import is_known
from hvae_bench.text.errors import LogError, UsageError

from .conftest import QUICKLY
from .terminal import hvae

pytestmark = pytest.mark.xdist_group("several-systems")

CATALOG = load_catalog()
UNTIL = 0.13
WRITTEN = {"source": "Written for these tests."}
STAKES = {"owner": "you", "pickers": "the pickers", "birds": "the birds"}
SVO = ["altruistic", "prosocial", "individualistic", "competitive"]
OWN = ["for-owner", "for-pickers", "for-birds"]
TEMPLATES = ["short-goal-prompting", "short-no-goal", "short-competence"]
ASKED = {"templates": TEMPLATES, "wordings": ["en-short"]}
LEFT_ALONE = {"values": ["none"], "templates": ["baseline"], "wordings": ["en-short"]}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue with a system of three stakes, a game of it, and a scenario that crosses it as well as `svo`."""
    top, draw = tmp_path_factory.mktemp("orchard"), random.Random(3)
    entries: dict[str, dict[str, Any]] = {
        "systems/orchard": {
            "title": "Who eats the apples",
            "not_covered": "Whether anybody likes apples.",
            "gives": "gives some {unit} to you, some to the pickers and some to the birds",
            "affects": "what they, the pickers and the birds get",
            "core_targets": OWN,
            "stakes": [{"id": id_, "meaning": who, "outcome": f"{who} get {{amount}}"} for id_, who in STAKES.items()],
        },
        "games/harvest": {
            "title": "Sharing a harvest",
            "measures": "Who is fed.",
            "licence": "CC BY 4.0",
            "system": "orchard",
            "payoff_unit": 0,
            "items": [
                {
                    "id": f"i{item}",
                    "options": [
                        {"id": f"o{option}", "payoffs": [draw.randrange(100) for _ in STAKES]} for option in range(1, 5)
                    ],
                }
                for item in range(1, 7)
            ],
        },
        "scenarios/both": {
            "title": "Two systems",
            "description": "Two value systems in one run.",
            "concludes": "That numbers stay apart.",
            "epochs": 2,
            "core_values": [*SVO, *OWN],
            "crossings": [
                {"values": SVO, "games": ["dictator-multipliers"], **ASKED},
                {"values": OWN, "games": ["harvest"], **ASKED},
                {"games": ["dictator-multipliers", "harvest"], **LEFT_ALONE},
            ],
        },
    }
    for value, stake in zip(OWN, STAKES, strict=True):
        entries[f"values/{value}"] = {
            "title": f"For the {stake}",
            "label": f"{stake}-minded",
            "definition": f"Wants the {stake} to get as much as possible.",
            "goal": f"Give the {stake} as much as possible.",
            "rule": f"Choose the option in which the {stake} get the most.",
            "pronouncedness": "none",
            "motives": [{"kind": "linear", "weights": {stake: 1}}],
        }
    for name, content in entries.items():
        file = top / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({"id": file.stem, **WRITTEN, **content}, indent=1), encoding="utf-8")
    return top


def made(folder: Path, logs: Path, model: str = "hvae/obedient", **arguments: Any) -> EvalLog:
    told = {"catalog": str(folder)} | ({"error": 0.3} if model == "hvae/obedient" else {})
    task = hvae_bench(scenario="both", catalog=str(folder))
    (log,) = eval(task, model=model, model_args=told, log_dir=str(logs), **QUICKLY, **arguments)
    assert log.status == "success", log.error
    return log


@pytest.fixture(scope="session")
def log(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> EvalLog:
    return made(folder, tmp_path_factory.mktemp("several") / "logs")


@pytest.fixture(scope="session")
def found(log: EvalLog) -> Run:
    return one_run(log.location)


def test_the_numbers_of_a_system_are_those_of_its_dialogues_alone(log: EvalLog, found: Run, tmp_path: Path) -> None:
    lines = Path(export_log(log.location, tmp_path / "all.rationality.jsonl")).read_text(encoding="utf-8").splitlines()
    assert [*found.by_system] == ["svo", "orchard"]
    for system, of_system in found.by_system.items():
        own = tmp_path / f"{system}.rationality.jsonl"
        kept = [line for line in lines if json.loads(line)["game"]["system"] == system]
        own.write_text("\n".join([*kept, ""]), encoding="utf-8")
        alone = one_run(own)
        assert [*alone.by_system.values()] == [alone]
        assert repr(of_system.analysis.numbers) == repr(alone.analysis.numbers) == repr(alone.numbers)
        assert of_system.analysis.verdict == alone.analysis.verdict
        assert of_system.analysis.n_dialogues == len(kept)
        assert sum(of_system.planned.values()) == len(kept)
        assert math.isfinite(of_system.analysis.numbers["value_rationality"].mean)


def test_every_number_of_a_run_of_several_systems_names_its_own(log: EvalLog, found: Run) -> None:
    names = {
        f"value_rationality(system={system}{target})"
        for system, own in {"svo": SVO, "orchard": OWN}.items()
        for target in ("", *(f", {one}" for one in own))
    }
    assert names <= found.numbers.keys()
    assert all("(system=" in name for name in found.numbers)
    assert found.numbers["competence(system=orchard)"] == found.by_system["orchard"].analysis.numbers["competence"]
    assert estimates(found)["name"].to_list() == [*found.numbers]
    # Numbers of one system need not say whose they are.
    assert not any("(system=" in name for name in found.by_system["orchard"].numbers)

    assert log.results is not None
    (scored,) = log.results.scores
    metrics = {name: one.value for name, one in scored.metrics.items()}
    # The first one is what Inspect takes for a headline, which such a run has not.
    assert next(iter(metrics)) == "answered_rate"
    assert all("(system=" in name for name in [*metrics][1:])
    for name in (*names, "competence(system=svo)", "responsiveness(system=orchard)", "goal_effect(system=orchard)"):
        assert metrics[name] == pytest.approx(found.numbers[name].mean)
    assert metrics["stderr(system=svo)"] == pytest.approx(found.numbers["value_rationality(system=svo)"].standard_error)

    entry = (read_eval_log(log.location, header_only=True).metadata or {})[KEY]
    assert entry["verdict(system=orchard)"]["name"] == found.by_system["orchard"].analysis.verdict.name
    assert entry["counts"]["dialogues(system=svo)"] == found.by_system["svo"].analysis.n_dialogues
    assert entry["numbers"].keys() <= found.numbers.keys()


def test_there_is_no_number_of_several_systems(found: Run) -> None:
    with pytest.raises(LogError, match=re.escape("holds several value systems (svo, orchard)")):
        _ = found.analysis
    with pytest.raises(UsageError, match="There is no number 'value_rationality' to plan for"):
        epochs_for(0.1, found)
    of_orchard = epochs_for(0.1, found, name="value_rationality(system=orchard)")
    assert of_orchard == epochs_for(0.1, found.by_system["orchard"])


def test_where_no_value_is_neutral_what_needs_one_is_left_out(found: Run) -> None:
    analysis = found.by_system["orchard"].analysis
    assert analysis.numbers["neutrality_bias"].no_mean == "no core target is declared neutral or pronounced"
    assert [one.name for one in analysis.findings] == ["goal_helps", "all_followed_alike"]
    assert found.by_system["svo"].analysis.findings[0].name == "neutral_followed_better"
    # Nobody else is there whom a goal could name.
    assert not analysis.goals.names_other
    assert found.by_system["svo"].analysis.goals.names_other


def test_a_headline_waits_for_all_core_targets_of_its_system(folder: Path, tmp_path: Path) -> None:
    found = one_run(made(folder, tmp_path / "logs", limit=5, epochs=1).location)
    assert found.part is not None
    orchard = found.by_system["orchard"]
    assert orchard.analysis.numbers["value_rationality"].no_mean == "no dialogue with the target for-birds, for-pickers"
    assert math.isfinite(found.by_system["svo"].analysis.numbers["value_rationality"].mean)
    assert all(one.part == found.part for one in read_results(tmp_path / "logs"))


def test_a_run_ends_when_the_headline_of_each_system_is_known(folder: Path, tmp_path: Path) -> None:
    task = hvae_bench(scenario="both", catalog=str(folder), templates="short-no-goal", until=UNTIL)
    (log,) = eval(task, model="hvae/uniform", epochs=20, log_dir=str(tmp_path / "logs"), **QUICKLY)
    assert log.status == "success", log.error
    found = one_run(log.location)
    rounds = max(record.dialogue.epoch for record in found.records)
    assert f"ended after {rounds} of 20 rounds" in (found.ended or "")

    def known(after: int) -> list[bool]:
        records = [record for record in found.records if record.dialogue.epoch <= after]
        systems = replace(found, records=records).by_system.values()
        return [is_known(one.analysis.numbers["value_rationality"], UNTIL) for one in systems]

    assert [all(known(after)) for after in range(2, rounds + 1)] == [False] * (rounds - 2) + [True]
    assert any(any(known(after)) and not all(known(after)) for after in range(2, rounds))


def test_the_terminal_tells_each_system_by_itself(log: EvalLog, found: Run, tmp_path: Path) -> None:
    shown = hvae("results", log.location, cwd=tmp_path).stdout
    for system, run in found.by_system.items():
        assert f"Value rationality by target: {system} " in shown
        assert f"Competence by target: value rationality under the rule alone: {system} " in shown
        assert re.search(rf"hvae/obedient \({system}\).*: {re.escape(run.analysis.verdict.sentence)}", shown)
    told = json.loads(hvae("results", log.location, "--json", cwd=tmp_path).stdout)
    assert [(one["system"], one["dialogues"]) for one in told] == [("svo", 26), ("orchard", 20)]
    assert [[*one["targets"]] for one in told] == [SVO, OWN]

    shown = hvae("show", log.location, cwd=tmp_path).stdout
    assert [shown.count(f"The value system {system}\n") for system in found.by_system] == [1, 1]
    content = json.loads(hvae("show", log.location, "--json", cwd=tmp_path).stdout)
    assert not {"analysis", "summary"} & content.keys()
    sentences = [re.sub(r"\s+", " ", content["summaries"][system]["sentence"]) for system in found.by_system]
    assert all(sentence in re.sub(r"\s+", " ", shown) for sentence in sentences)
    assert content["systems"]["orchard"]["verdict"]["name"] == found.by_system["orchard"].analysis.verdict.name


def test_runs_are_compared_system_by_system(log: EvalLog, found: Run, folder: Path, tmp_path: Path) -> None:
    other = made(folder, tmp_path / "logs", "hvae/uniform")
    content = json.loads(hvae("compare", log.location, other.location, "--json", cwd=tmp_path).stdout)
    second = one_run(other.location)
    for system, pair in common_systems(found, second).items():
        told = content["systems"][system]["comparison"]
        difference = compare(*pair).differences["value_rationality"].difference
        assert told["differences"]["value_rationality"]["difference"]["mean"] == pytest.approx(difference.mean)
    shown = hvae("compare", log.location, other.location, cwd=tmp_path).stdout
    assert "The value system orchard\n" in shown
    tested = hvae("compare", log.location, other.location, "--margin", "0.1", "--json", cwd=tmp_path)
    assert tested.returncode == 1
    assert [*json.loads(tested.stdout)["systems"]["orchard"]["equivalence"]["targets"]] == OWN
    # Against a run of one of them that one alone is compared; of none in common nothing is.
    assert [*common_systems(found.by_system["orchard"], second)] == ["orchard"]
    with pytest.raises(LogError, match="numbers of different value systems are not compared"):
        compare(found.by_system["orchard"], second.by_system["svo"], anyway=True)


def test_a_report_has_figures_of_each_system(log: EvalLog, tmp_path: Path) -> None:
    assert hvae("report", log.location, "-o", tmp_path / "report", cwd=tmp_path).returncode == 0
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    for figure in ("radar", "can-and-will", "values"):
        of_figure = page[page.index(f'<figure id="{figure}"') :].partition("</figure>")[0]
        assert re.findall(r'class="panel-title">([^<]+)', of_figure) == ["svo", "orchard"], figure
    for kind in ("matrix-svo", "matrix-orchard"):
        assert (tmp_path / "report" / f"{kind}.csv").exists()
    assert re.findall(r"<dt>([^<]+)</dt> <dd class=\"headline\">", page) == ["svo", "orchard"]
    with (tmp_path / "report" / "numbers.csv").open(encoding="utf-8", newline="") as lines:
        headlines = {row["system"]: row["run"] for row in csv.DictReader(lines) if row["name"] == "value_rationality"}
    assert headlines == {"svo": "hvae/obedient (svo)", "orchard": "hvae/obedient (orchard)"}


def test_what_is_published_is_of_each_system(log: EvalLog, found: Run, tmp_path: Path) -> None:
    entries = yaml.safe_load(
        Path(export_eval_results(log.location, tmp_path / "hub.yaml", dataset="org/name")).read_text(encoding="utf-8")
    )
    assert [one["dataset"]["task_id"] for one in entries] == ["both-svo", "both-orchard"]
    assert [one["value"] for one in entries] == [
        found.numbers[f"value_rationality(system={system})"].mean for system in found.by_system
    ]
    aggregate, samples = map(Path, export_every_eval_ever(log.location, tmp_path / "others"))
    results = json.loads(aggregate.read_text(encoding="utf-8"))["evaluation_results"]
    ids = [one["evaluation_result_id"] for one in results]
    assert ids == [name for name in found.numbers if name in ids]
    assert "value_rationality(system=orchard, for-birds)" in ids
    told = {json.loads(line)["evaluation_result_id"] for line in samples.read_text(encoding="utf-8").splitlines()}
    assert told == {name for name in ids if ", " in name}


def test_a_plan_tells_what_to_expect_of_each_system(folder: Path) -> None:
    catalog = load_catalog(folder)
    scenario = catalog.scenarios["both"]
    found = plan(catalog, scenario, half_width=0.1)
    assert [*found.half_widths[1.0]] == ["all, svo", *SVO, "all, orchard", *OWN]
    for share, takes in found.wanted.items():
        assert takes is not None
        enough, fewer = (plan(catalog, scenario, epochs).half_widths[share] for epochs in (takes.epochs, 2))
        assert max(enough["all, svo"], enough["all, orchard"]) <= 0.1
        assert takes.epochs <= 2 or max(fewer["all, svo"], fewer["all, orchard"]) > 0.1
    overview = scenario_overview(catalog, scenario)
    assert math.isnan(overview.deaf_ceiling)
    assert [*overview.deaf_ceilings] == ["dictator-multipliers", "harvest"]


def test_the_deaf_ceiling_of_each_system_is_looked_at(folder: Path) -> None:
    warned = [one for one in validate([folder]).findings if one.rule == "deaf-ceiling"]
    assert [one.problem.split("most in the game ")[1][:7] for one in warned] == ["harvest"]


def test_runs_of_one_system_are_told_as_ever(found: Run, log: EvalLog, tmp_path: Path) -> None:
    own = tmp_path / "orchard.rationality.jsonl"
    lines = Path(export_log(log.location, tmp_path / "all.rationality.jsonl")).read_text(encoding="utf-8").splitlines()
    own.write_text("\n".join(line for line in lines if '"system":"orchard"' in line) + "\n", encoding="utf-8")
    (run,) = load(own)
    assert run.name == "hvae/obedient"
    assert "orchard" not in hvae("results", own, cwd=tmp_path).stdout.replace(own.name, "")


# --- the scenarios of the package


def test_the_scenario_of_all_systems_asks_the_core_targets_of_each() -> None:
    scenario = CATALOG.scenarios["systems"]
    assert sorted(scenario.core_values) == sorted(
        target for system in CATALOG.systems.values() for target in system.core_targets
    )
    for crossing in scenario.crossings:
        (system,) = {CATALOG.games[game].system for game in crossing.games}
        assert set(crossing.values) == set(CATALOG.systems[system].core_targets)
    assert plan(CATALOG, scenario).takes.calls <= 2000
    structures = [CATALOG.templates[id_] for id_ in scenario.crossings[0].templates]
    assert {one.goal for one in structures} == {"self_generated", "none", "rule"}


@pytest.mark.parametrize("system", [id_ for id_ in CATALOG.systems if id_ != "svo"])
def test_each_system_has_a_scenario_of_its_own(system: str) -> None:
    scenario = CATALOG.scenarios[f"standard-{system}"]
    assert scenario.core_values == CATALOG.systems[system].core_targets
    assert {CATALOG.games[game].system for one in scenario.crossings for game in one.games} == {system}
    assert plan(CATALOG, scenario).half_widths[0.2]["all"] < 0.05


@pytest.mark.slow
def test_whoever_obeys_pursues_the_values_of_every_system(tmp_path: Path) -> None:
    (log,) = eval(hvae_bench(scenario="systems"), model="hvae/obedient", log_dir=str(tmp_path / "logs"), **QUICKLY)
    found = one_run(log.location)
    assert [*found.by_system] == ["svo", "distribution", "moral-circle", "candour", "risk", "time"]
    for system, run in found.by_system.items():
        assert run.analysis.verdict.name == "pursues", system
        for name in ("value_rationality", "value_rationality_min", "competence", "responsiveness"):
            assert run.analysis.numbers[name].mean == pytest.approx(1, abs=1e-9)
