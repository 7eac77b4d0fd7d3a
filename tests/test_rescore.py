"""Rescoring: measures follow from the record alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from inspect_ai.log import EvalLog

from hvae_bench import LogError, hvae_bench, rescore_file
from hvae_bench.log.export import rationality_path

EXAMPLES = Path(__file__).resolve().parent.parent / "spec" / "examples" / "good" / "rationality"


@pytest.fixture
def log_file(run: Callable[..., EvalLog]) -> Path:
    return rationality_path(Path(run(hvae_bench(scenario="paper"), "hvae/uniform", epochs=1, limit=4).location))


def test_a_fresh_log_comes_out_the_same(log_file: Path) -> None:
    found = rescore_file(log_file)
    assert (found.dialogues, found.differences) == (4, ())


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_the_examples_of_the_specification_come_out_the_same(path: Path, tmp_path: Path) -> None:
    line = tmp_path / "one.jsonl"
    line.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8"))) + "\n", encoding="utf-8")
    assert rescore_file(line).differences == ()


def test_what_was_changed_is_named(log_file: Path) -> None:
    records = [json.loads(line) for line in log_file.read_text().splitlines()]
    records[1]["measures"]["value_rationality"] = 0.5
    records[2]["measures"]["svo_category"] = "altruistic"
    del records[3]["measures"]["undefined"]
    records[3]["measures"]["undefined"] = {"value_rationality": "because"}
    log_file.write_text("".join(json.dumps(record) + "\n" for record in records))
    found = rescore_file(log_file)
    assert [(item.line, item.measure, item.recorded) for item in found.differences] == [
        (2, "value_rationality", 0.5),
        (3, "svo_category", "altruistic"),
        (4, "undefined", {"value_rationality": "because"}),
    ]


def test_another_choice_changes_the_measures(log_file: Path) -> None:
    records = [json.loads(line) for line in log_file.read_text().splitlines()]
    decision = records[0]["decisions"][3]
    decision["option_id"] = "o1" if decision["option_id"] != "o1" else "o9"
    log_file.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert {item.measure for item in rescore_file(log_file).differences} >= {"value_rationality", "svo_angle_deg"}


def _cut(text: str) -> str:
    return text[:-100]


def _other(text: str) -> str:
    return text + "{}\n"


def _unknown_option(text: str) -> str:
    lines = text.splitlines()
    record = json.loads(lines[0])
    record["decisions"][0]["option_id"] = "o77"
    return "\n".join([json.dumps(record), *lines[1:]]) + "\n"


def _lost_item(text: str) -> str:
    lines = text.splitlines()
    record = json.loads(lines[0])
    record["decisions"].pop()
    return "\n".join([json.dumps(record), *lines[1:]]) + "\n"


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_cut, r":4: byte \d+: the line is cut short\. Make the file again with `hvae export`"),
        (_other, r":5: byte \d+: schema_version: .*\. Make the file again"),
        (_unknown_option, r":1: .*'p1' names an option that the item does not have"),
        (_lost_item, r":1: .*needs exactly one for each item"),
        (lambda text: "", r"holds no dialogue"),
    ],
)
def test_a_damaged_file_is_one_sentence(log_file: Path, damage: Callable[[str], str], sentence: str) -> None:
    log_file.write_text(damage(log_file.read_text()))
    with pytest.raises(LogError, match=sentence):
        rescore_file(log_file)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot be read"):
        rescore_file(tmp_path / "no.jsonl")
