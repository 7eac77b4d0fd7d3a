"""Upgrade: logs of schema 1.0 still read, come out at the same numbers, merge and report."""

from __future__ import annotations

import copy
import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import polars
import pytest

from hvae_bench.analysis import compare, load, merge
from hvae_bench.analysis.frames import decisions, named_estimates
from hvae_bench.export import export_log
from hvae_bench.hub.every_eval_ever import export_every_eval_ever
from hvae_bench.record import RationalityRecord
from hvae_bench.report import write_report
from hvae_bench.rescore import read_records, rescore_file
from hvae_bench.results import read_results
from hvae_bench.upgrade import upgrade, upgraded_json

OLD = Path(__file__).parent / "data" / "schema_1_0"

# What the version that wrote them estimated.
ESTIMATES = {
    "shuffled": {
        "value_rationality": 0.19779639768966656,
        "value_rationality(altruistic)": 0.26643677419918643,
        "value_rationality(game=ring-24)": 0.08615819209039584,
        "value_rationality(game=svo-slider-full)": 0.1640219343870451,
        "value_rationality(game=triple-dominance-9)": -0.17381067337658185,
        "discriminant(prosocial as altruistic)": -0.06487314371022934,
        "neutrality_bias": -0.13728075301903972,
    },
    "independent": {
        "value_rationality": -0.3789034824231219,
        "value_rationality(competitive)": -0.11355485232067516,
        "expected_value_rationality(prosocial)": -0.05263157894736836,
        "discriminant(prosocial as competitive)": 0.650042194092827,
    },
}


@pytest.fixture(params=sorted(ESTIMATES))
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """The old rationality logs in a folder."""
    for path in OLD.glob("*.jsonl.gz"):
        (tmp_path / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    return tmp_path


@pytest.fixture
def inspect_log(tmp_path: Path) -> Path:
    """The old Inspect log in a folder of its own."""
    folder = tmp_path / "inspect"
    folder.mkdir()
    return Path(shutil.copy(OLD / "independent.eval", folder))


def old_lines(name: str) -> list[dict[str, Any]]:
    text = gzip.decompress((OLD / f"{name}.rationality.jsonl.gz").read_bytes()).decode()
    return [json.loads(line) for line in text.splitlines()]


def test_an_old_rationality_log_comes_out_at_the_same_numbers(logs: Path, name: str) -> None:
    path = logs / f"{name}.rationality.jsonl"
    found = rescore_file(path)
    assert (found.dialogues, found.differences) == (len(old_lines(name)), ())
    (run,) = load(path)
    estimated = {id_: one.mean for id_, one in named_estimates(run.analysis).items()}
    assert {id_: estimated[id_] for id_ in ESTIMATES[name]} == pytest.approx(ESTIMATES[name], abs=1e-12)
    for (_, record), old in zip(read_records(path), old_lines(name), strict=True):
        assert record.schema_version == "2.0"
        assert (record.game.system, record.game.stakes) == ("svo", ("self", "other"))
        assert [turn.model_dump(exclude_unset=True) for turn in record.turns] == old["turns"]
        assert json.loads(record.measures.model_dump_json()) == old["measures"]


def test_an_old_inspect_log_exports_to_what_its_old_export_upgrades_to(inspect_log: Path) -> None:
    exported = export_log(inspect_log)
    found = [record for _, record in read_records(exported)]
    wanted = [RationalityRecord.model_validate_json(json.dumps(upgrade(line))) for line in old_lines("independent")]
    assert found == wanted
    assert rescore_file(exported).differences == ()
    (result,) = read_results([inspect_log])
    assert result.value_rationality.mean == pytest.approx(ESTIMATES["independent"]["value_rationality"])


def test_old_and_new_accounts_of_a_dialogue_are_the_same(logs: Path, inspect_log: Path, tmp_path: Path) -> None:
    """The Inspect log holds the dialogues of one of the two rationality logs."""
    exported = export_log(inspect_log, tmp_path / "new.rationality.jsonl")
    output = tmp_path / "all.parquet"
    merged = merge([*sorted(logs.glob("*.rationality.jsonl")), exported], output, check=True)
    assert not merged.broken
    assert not merged.conflicts
    assert merged.dialogues == sum(len(old_lines(name)) for name in ESTIMATES)
    assert merged.duplicates + merged.superseded == len(old_lines("independent"))
    rows = polars.read_parquet(output).to_dicts()
    assert {json.loads(row["record"])["schema_version"] for row in rows} == {"2.0"}
    assert len(load(output)) == len(ESTIMATES)


def test_old_logs_report_compare_and_go_to_other_formats(logs: Path, tmp_path: Path) -> None:
    first, second = load(sorted(logs.glob("*.jsonl")))
    compared = compare(first, second, anyway=True)
    assert {one.what for one in compared.obstacles} >= {"scenario", "items"}
    page = write_report([first, second], tmp_path / "report")
    assert "told/model" in Path(page).read_text("utf-8")
    rows = decisions([first]).to_dicts()
    assert {len(row["payoffs"]) for row in rows if row["payoffs"]} == {2}
    assert len(export_every_eval_ever(first.log, tmp_path / "eee")) == 2


def test_what_is_of_today_stays_as_it_is() -> None:
    once = upgrade(old_lines("independent")[0])
    assert upgrade(once) is once
    text = json.dumps(once)
    assert upgraded_json(text) is text


def test_what_is_given_is_not_changed() -> None:
    line = old_lines("shuffled")[0]
    before = copy.deepcopy(line)
    upgrade(line)
    assert line == before


@pytest.mark.parametrize(
    "damaged",
    [
        {"schema_version": "1.0"},
        {"schema_version": "1.0", "game": 5, "run": []},
        {"schema_version": "1.0", "game": {"items": [5, {"options": 7}, {"options": [1, {"payoff_self": 2}]}]}},
        {"schema_version": "0.9", "game": {"items": []}},
        [],
    ],
)
def test_damage_is_left_for_the_schema_to_judge(damaged: Any) -> None:
    with pytest.raises(ValueError, match="RationalityRecord"):
        RationalityRecord.model_validate(upgrade(damaged))


def test_a_damaged_old_line_is_one_sentence(logs: Path) -> None:
    path = logs / "independent.rationality.jsonl"
    lines = path.read_text("utf-8").splitlines()
    lines[1] = lines[1].replace('"payoff_self":', '"payoff_own":')
    lines[2] = lines[2][:-300]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (run,) = load(path)
    assert len(run.records) == len(lines) - 2
    assert [one.line for one in run.broken] == [2, 3]
