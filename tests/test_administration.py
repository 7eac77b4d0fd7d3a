"""Administration: how a run asks, from its arguments to its records and to what may be compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog
from inspect_ai.model import ModelOutput, ModelUsage
from typer.testing import CliRunner

from hvae_bench import export_log, hvae_bench
from hvae_bench.analysis import load
from hvae_bench.analysis.comparison import obstacles
from hvae_bench.cli.main import app
from hvae_bench.dialogue.administration import Administration, apart, read_arguments
from hvae_bench.log.facts import run_facts
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.results import read_results
from hvae_bench.text.errors import UsageError

from . import conftest
from .conftest import Script
from .test_task import exported

Run = Callable[..., EvalLog]

GOOD = Path(__file__).parent.parent / "spec" / "examples" / "good" / "rationality" / "svo-slider.json"


def test_arguments_are_parsed_into_one_model() -> None:
    assert read_arguments({}) == Administration(items="sequential", seed=0)
    assert read_arguments({"items": "independent", "seed": 7}) == Administration(items="independent", seed=7)
    with pytest.raises(UsageError, match="Did you mean 'independent'"):
        read_arguments({"items": "independant"})
    with pytest.raises(UsageError, match=r"seed=1\.5 should be a whole number"):
        read_arguments({"seed": 1.5})


def test_it_goes_from_the_arguments_into_facts_and_records(run: Run) -> None:
    asked = Administration(items="independent", system="first_user", seed=3)
    log = run(
        hvae_bench(scenario="paper", items="independent", system="first_user", seed=3),
        "hvae/uniform",
        epochs=1,
        limit=2,
    )
    facts = run_facts(log.eval.metadata)
    assert facts is not None
    assert facts.administration == asked
    assert {record.run.administration for record in exported(log)} == {asked}


def test_runs_must_agree_in_what_says_so(run: Run) -> None:
    assert [name for name, _ in apart()] == ["items", "system"]
    logs = [
        run(hvae_bench(scenario="paper", **arguments), "hvae/uniform", epochs=1, limit=2).location
        for arguments in ({"seed": 1}, {"seed": 2}, {"items": "independent"})
    ]
    first, second, third = (load(log)[0] for log in logs)
    assert "items" not in {one.what for one in obstacles(first, second)}
    (found,) = [one for one in obstacles(first, third) if one.what == "items"]
    assert str(found) == (
        "items: sequential and independent; a question alone, after others or among others is not the same question"
    )


# --- what the provider tells of each reply


def replying(monkeypatch: pytest.MonkeyPatch, usage: Callable[[int], ModelUsage | None]) -> None:
    """Let the scripted model answer under two names, and tell these token counts, call by call."""
    number = -1

    async def generate(self: Any, input: list[Any], *_: Any) -> ModelOutput:
        nonlocal number
        number += 1
        output = ModelOutput.from_content(f"served-{number // 6}", "A")
        output.usage = usage(number)
        return output

    monkeypatch.setattr(conftest.Scripted, "generate", generate)


def test_a_record_names_what_served_it_and_the_tokens_of_each_turn(
    run: Run, script: Callable[[Script], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def usage(number: int) -> ModelUsage | None:
        told = [
            ModelUsage(input_tokens=30, output_tokens=4, total_tokens=134, input_tokens_cache_read=100),
            ModelUsage(input_tokens=140, output_tokens=1, total_tokens=141),
            ModelUsage(input_tokens=-1, output_tokens=1, total_tokens=0),
            None,
        ]
        return told[number] if number < len(told) else told[1]

    model = script(lambda stream, messages: "A")
    replying(monkeypatch, usage)
    (record,) = exported(run(hvae_bench(scenario="paper"), model, epochs=1, limit=1))
    assert record.run.model == "scripted/model"
    assert record.run.served_models == ("served-0", "served-1")
    line = json.loads(record.model_dump_json())
    tokens = [turn.get("tokens") for turn in line["turns"] if turn["reply"] is not None]
    assert tokens[:5] == [
        {"sent": 130, "seen_before": 100, "received": 4},
        {"sent": 140, "received": 1},
        {"received": 1},
        None,
        {"sent": 140, "received": 1},
    ]
    assert all("tokens" not in turn for turn in line["turns"] if turn["reply"] is None)
    assert "adapter" not in line["run"]


@pytest.mark.parametrize("kind", ["adapter", "weights"])
def test_a_record_names_the_files_of_a_provider_that_tells_them(
    run: Run, script: Callable[[Script], str], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    file = {"name": "reads.gguf", "sha256": "0" * 64}
    monkeypatch.setattr(conftest.Scripted, f"hvae_{kind}", file, raising=False)
    model, given = script(lambda stream, messages: "A"), {"path": "/srv/models/reads.gguf"}
    log = run(hvae_bench(scenario="paper"), model, model_args=given, epochs=1, limit=1)
    (record,) = exported(log)
    assert record.run.model_args == {"path": "reads.gguf"}
    assert getattr(record.run, kind).model_dump() == file
    assert Path(export_log(log.location)).read_text("utf-8") == record.model_dump_json() + "\n"


def test_a_model_with_an_adapter_has_a_name_of_its_own(
    run: Run, script: Callable[[Script], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs that differ in the adapter alone stand apart in every table."""
    task, model = hvae_bench(scenario="paper"), script(lambda stream, messages: "A")
    logs = [run(task, model, epochs=1, limit=1).location]
    monkeypatch.setattr(conftest.Scripted, "hvae_adapter", {"name": "reads.gguf", "sha256": "0" * 64}, raising=False)
    logs.append(run(task, model, epochs=1, limit=1).location)
    names = ["scripted/model", "scripted/model + reads.gguf"]
    assert sorted(one.name for one in load(logs)) == names
    assert sorted(one.subject for one in read_results(logs)) == names
    printed = CliRunner().invoke(app, ["results", *logs]).stdout
    assert all(f" {name}" in printed for name in names)


# --- what a record must be able to hold


def good_record() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(GOOD.read_bytes())
    return content


def test_a_rule_without_any_value_is_a_record() -> None:
    """A dialogue that only shows whether the model can follow a rule."""
    content = good_record()
    content["template"] |= {"induction": "none", "goal": "rule"}
    record = RationalityRecord.model_validate_json(json.dumps(content))
    assert (record.template.induction, record.template.goal) == ("none", "rule")


@pytest.mark.parametrize("name", ["folder/reads.gguf", "C:\\reads.gguf", ""])
def test_the_folder_of_an_adapter_is_nobodys_business(name: str) -> None:
    content = good_record()
    content["run"]["adapter"] = {"name": name, "sha256": "0" * 64}
    with pytest.raises(ValueError, match="adapter"):
        RationalityRecord.model_validate_json(json.dumps(content))


def test_a_record_repeats_no_word_of_its_game(run: Run) -> None:
    task = hvae_bench(scenario="core", games=["ring-24", "chicken"], templates="no-goal", values="prosocial")
    lines = [json.loads(record.model_dump_json()) for record in exported(run(task, "hvae/prosocial", epochs=1))]
    assert {line["game"]["id"] for line in lines} == {"ring-24", "chicken"}
    for line in lines:
        assert "situation" not in json.dumps(line["game"])
        assert {"slider", "classification"}.isdisjoint(line["game"])
        told = {"ring-24": "An amount with a minus sign", "chicken": "each choose one of the same two moves"}
        asked = [turn["prompt"] for turn in line["turns"] if turn["kind"] == "decision"]
        assert all(told[line["game"]["id"]] in prompt for prompt in asked)
