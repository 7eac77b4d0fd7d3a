"""Frames: a row for each dialogue, decision and estimate, equal to what they were taken from."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from inspect_ai.log import read_eval_log

from hvae_bench import UsageError
from hvae_bench.analysis import (
    DECISION_COLUMNS,
    ESTIMATE_COLUMNS,
    FRAME_COLUMNS,
    Run,
    decisions,
    dialogues,
    estimates,
    load,
)
from hvae_bench.analysis.frames import FrameKind


@pytest.fixture(scope="module")
def runs(logs: Path) -> list[Run]:
    return load(logs)


@pytest.mark.parametrize(("to", "type_"), [("polars", pl.DataFrame), ("pandas", pd.DataFrame), ("arrow", pa.Table)])
def test_tables_of_every_kind(to: FrameKind, type_: Any, runs: list[Run]) -> None:
    for table, columns, rows in (
        (dialogues(runs, to=to), FRAME_COLUMNS, 48),
        (decisions(runs, to=to), DECISION_COLUMNS, 288),
        (estimates(runs, to=to), ESTIMATE_COLUMNS, None),
    ):
        assert isinstance(table, type_)
        names = table.column_names if isinstance(table, pa.Table) else list(table.columns)
        assert names == [column.name for column in columns]
        assert rows in (None, len(table))


def test_other_kinds_are_refused(runs: list[Run]) -> None:
    with pytest.raises(UsageError, match="polars, pandas, arrow"):
        dialogues(runs, to="excel")  # type: ignore[arg-type]


def test_every_column_says_what_it_holds_and_has_a_name_of_its_own() -> None:
    for columns in (FRAME_COLUMNS, DECISION_COLUMNS, ESTIMATE_COLUMNS):
        assert len({column.name for column in columns}) == len(columns)
        assert all(column.meaning for column in columns)


def test_a_dialogue_is_its_record(runs: list[Run]) -> None:
    rows = dialogues(runs).to_dicts()
    records = [record for run in runs for record in run.records]
    for row, record in zip(rows, records, strict=True):
        whole = record.model_dump(mode="json")
        whole["dialogue"].setdefault("notes", [])  # left out of a record where there are none
        for column in FRAME_COLUMNS[2:]:
            content = whole
            for part in column.path.split("."):
                content = content[part]
            told = json.loads(row[column.name]) if column.type == "json" else row[column.name]
            assert told == content, column.name


def test_a_decision_is_what_was_chosen(runs: list[Run]) -> None:
    rows = decisions(runs).to_dicts()
    wanted = [(record, decision) for run in runs for record in run.records for decision in record.decisions]
    for row, (record, decision) in zip(rows, wanted, strict=True):
        (item,) = (item for item in record.game.items if item.id == decision.item_id)
        (option,) = (option for option in item.options if option.id == decision.option_id)
        assert (row["sample_id"], row["item_id"]) == (record.dialogue.sample_id, decision.item_id)
        assert (row["stakes"], row["payoffs"]) == (["self", "other"], list(option.payoffs))
        assert decision.shown[row["position"] - 1].option_id == decision.option_id
        assert (row["label"], row["n_options"]) == (decision.shown[row["position"] - 1].label, 9)
    assert [row["place"] for row in rows[:7]] == [1, 2, 3, 4, 5, 6, 1]


def test_the_metrics_of_the_inspect_log_are_among_the_estimates(runs: list[Run]) -> None:
    for run in runs:
        log = read_eval_log(run.log, header_only=True)
        assert log.results is not None
        metrics = {name: metric.value for score in log.results.scores for name, metric in score.metrics.items()}
        rows = {row["name"]: row for row in estimates(run).to_dicts()}
        del metrics["stderr"]  # which the table gives as an interval
        assert {"value_rationality", "goal_effect", "value_rationality(prosocial)"} <= set(metrics)
        assert {name: rows[name]["mean"] for name in metrics} == metrics


def test_files_may_be_named_in_place_of_runs(logs: Path, runs: list[Run]) -> None:
    assert decisions(logs).equals(decisions(runs))
    assert len(decisions(runs[0])) == 144


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, hvae_bench.analysis; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"polars", "pyarrow", "pandas", "msgspec", "statsmodels", "inspect_ai", "scipy"} & set(loaded)


def test_a_missing_library_is_one_sentence(runs: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(UsageError, match=r"This needs polars\. Run: pip install 'hvae-bench\[analysis\]'"):
        dialogues(runs)
