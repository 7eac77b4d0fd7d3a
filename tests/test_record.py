"""Record: what a record may hold, and what is left out of it rather than losing a dialogue."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog
from pydantic import ValidationError

from hvae_bench import hvae_bench
from hvae_bench.analysis import load, merge
from hvae_bench.log.export import rationality_path
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.rescore import rescore_file


@pytest.fixture
def lines(run: Callable[..., EvalLog]) -> list[dict[str, Any]]:
    log = run(hvae_bench(scenario="quick", values=["altruistic"]), "hvae/uniform")
    text = rationality_path(Path(log.location)).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


IMPOSSIBLE: list[tuple[str, Any]] = [
    ("usage.output_tokens", -100),
    ("usage.input_tokens", 2**70),
    ("usage.total_tokens", 12.5),
    ("usage.total_tokens", "many"),
    ("usage.input_tokens_cached", True),
    ("total_time_s", float("nan")),
    ("working_time_s", "long"),
    ("uuid", 7),
    ("started_at", 1.5),
    ("completed_at", {}),
    ("completed_at", "2026-13-45"),
]


@pytest.mark.parametrize(("place", "value"), IMPOSSIBLE)
def test_a_cost_or_time_that_cannot_be_is_left_out_with_a_note(
    lines: list[dict[str, Any]], tmp_path: Path, place: str, value: Any
) -> None:
    """Logs that others wrote, or an older version: every command reads them, and every other dialogue beside them."""
    *_, name = place.split(".")
    dialogue = lines[0]["dialogue"]
    (dialogue["usage"] if "." in place else dialogue)[name] = value
    file = tmp_path / "one.rationality.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    record = RationalityRecord.model_validate_json(json.dumps(lines[0]))
    kept = record.dialogue.model_dump()
    assert (kept["usage"] if "." in place else kept)[name] is None
    (note,) = record.dialogue.notes
    assert note.startswith(f"`{name}` was ")
    assert RationalityRecord.model_validate_json(record.model_dump_json()) == record
    (found,) = load(file)
    assert len(found.records) == len(lines)
    assert not found.broken
    assert rescore_file(file).dialogues == len(lines)
    merged = merge(file, tmp_path / "merged.parquet")
    assert merged.dialogues == len(lines)
    assert not merged.broken
    import polars

    rows = polars.read_parquet(tmp_path / "merged.parquet").to_dicts()
    # A column of texts takes a time as it was given.
    assert None in [row[name] for row in rows] or isinstance(value, str)
    assert len(load(tmp_path / "merged.parquet")[0].records) == len(lines)


def test_what_identifies_a_dialogue_is_judged(lines: list[dict[str, Any]]) -> None:
    for name, value in (("epoch", 0), ("epoch", "1"), ("sample_id", 5), ("notes", 5), ("notes", [[]])):
        line = json.loads(json.dumps(lines[0]))
        line["dialogue"][name] = value
        with pytest.raises(ValueError, match=name):
            RationalityRecord.model_validate_json(json.dumps(line))


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (("game", "slider", "items"), ["p1", "p9"], "`slider` names the item 'p9', which the game does not have"),
        (("game", "slider", "ranking", "pulls"), {"p1": ["a", "b"]}, "`pulls` does not set every two motives"),
        (("game", "stakes"), ["other", "truth"], "`slider` is a measure of what one gives to oneself and to another"),
        (("game", "stakes"), ["self"], "option 'o1' of item 'p1' has 2 payoffs"),
        (("target", "motives"), [{"kind": "linear"}], "a linear motive has a `utility_angle_deg` or `weights`"),
    ],
)
def test_what_no_score_can_be_made_of_is_refused(
    lines: list[dict[str, Any]], place: tuple[str, ...], value: Any, told: str
) -> None:
    *above, name = place
    inner = lines[0]
    for part in above:
        inner = inner[part]
    inner[name] = value
    with pytest.raises(ValidationError, match=f"{re.escape(told)}.*; export the log again"):
        RationalityRecord.model_validate_json(json.dumps(lines[0]))


def test_a_key_in_an_old_record_is_masked_where_it_is_read(
    lines: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_API_KEY", "correct-horse")
    lines[0]["dialogue"]["error"] = "Wrong key: correct-horse; the header was Bearer battery_staple"
    lines[0]["run"]["model_args"] = {"base_url": "http://host/v1?x=correct-horse"}
    file = tmp_path / "old.rationality.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (found,) = load(file)
    told = [record for record in found.records if record.dialogue.error]
    assert [record.dialogue.error for record in told] == ["Wrong key: ***; the header was Bearer ***"]
    assert told[0].run.model_args == {"base_url": "http://host/v1?x=***"}
    merge(file, tmp_path / "merged.parquet")
    assert b"correct-horse" not in (tmp_path / "merged.parquet").read_bytes()
    import polars

    table = polars.read_parquet(tmp_path / "merged.parquet")
    assert not table.filter(polars.col("record").str.contains("correct-horse|battery_staple")).height
    assert not table.filter(polars.col("error").str.contains("correct-horse|battery_staple")).height
