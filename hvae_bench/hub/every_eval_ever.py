"""Every Eval Ever: the results of a run in the format of the EvalEval Coalition's datastore (schema 0.3.0).

Two files: the estimates, and one line for each dialogue that has a value rationality. The format wants a score for
every line, so dialogues without one (no value given, nothing answered, broken off) are only counted.
"""

import hashlib
import json
import math
import re
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from hvae_bench.hub.tables import serving_options
from hvae_bench.log.broken import Broken
from hvae_bench.log.record import RationalityRecord
from hvae_bench.log.runs import Run, one_run
from hvae_bench.scorers import Estimate
from hvae_bench.scorers.numbers import of_system, of_systems
from hvae_bench.text.errors import LogError, brief
from hvae_bench.text.location import beside, place_of, remove_file, within, write_atomically

_FORMAT = "0.3.0"
_COLLECTION = "hvae-bench"
"""Folder of the datastore that the files belong to."""

_IDEAL = 1 - 1e-9
_METRIC = {
    "evaluation_description": (
        "Value rationality: how far the model's choices in games about its own and another's payoff serve the value "
        "that it was given; 1 ideal, 0 chance, below 0 against the value."
    ),
    "metric_id": "hvae_bench.value_rationality",
    "metric_name": "Value rationality",
    "metric_kind": "value_rationality",
    "metric_unit": "points",
    "lower_is_better": False,
    "score_type": "continuous",
    "min_score": "-Infinity",
    "max_score": 1.0,
}
_NO_FILE_NAME = re.compile(r'[<>:"\\|?*\x00-\x1f]')


def export_every_eval_ever(
    log: str | Path,
    folder: str | Path | None = None,
    *,
    organisation: str = "unknown",
    broken: list[Broken] | None = None,
) -> list[Path | str]:
    """Write the estimates of a run, and its dialogues, to two files in `data/hvae-bench/DEVELOPER/MODEL/`.

    That folder is made in the log's own one if no other is given. `broken` takes what of the log cannot be read; the
    rest is exported.

    Raises:
        LogError: a log that cannot be read, or one without any score.
    """
    found = one_run(log, broken)
    records, model = found.records, found.model
    created = _epoch(max((record.dialogue.completed_at or record.run.run_created for record in records), key=_epoch))
    evaluation_id = f"{_COLLECTION}/{model}/{created}"
    # The name of the files follows from the run, so that exporting twice gives one pair of files.
    digest = hashlib.sha256(f"{evaluation_id}/{records[0].run.task_id}".encode()).digest()
    name = str(uuid.UUID(bytes=digest[:16], version=4))
    place = "/".join(("data", _COLLECTION, *_directories(model)))
    scored = [record for record in records if record.measures.value_rationality is not None]
    several = len(found.by_system) > 1
    lines = [json.dumps(_instance(record, evaluation_id, several), ensure_ascii=False) + "\n" for record in scored]
    samples = f"{place}/{name}_samples.jsonl"
    aggregate = _aggregate(found, evaluation_id, created, organisation) | {
        "detailed_evaluation_results": {
            "format": "jsonl",
            "file_path": samples,
            "hash_algorithm": "sha256",
            "checksum": hashlib.sha256("".join(lines).encode()).hexdigest(),
            "total_rows": len(lines),
            "additional_details": {"dialogues_without_score": str(len(records) - len(scored))},
        }
    }
    if not aggregate["evaluation_results"]:
        raise LogError(f"{log} has no score to export: no value rationality could be estimated. `hvae show` says why.")
    files = {samples: lines, f"{place}/{name}.json": [json.dumps(aggregate, indent=2, ensure_ascii=False) + "\n"]}
    written: list[Path | str] = []
    try:
        for path, content in files.items():
            file = place_of(beside(log, path) if folder is None else within(folder, path))
            if isinstance(file, Path):
                file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(file, content)
            written.insert(0, file)
    except BaseException:
        # The one is nothing without the other.
        for file in written:
            remove_file(file)
        raise
    return written


def _directories(model: str) -> tuple[str, str]:
    developer, _, name = model.partition("/")
    parts = (developer, name) if name else ("unknown", developer)
    first, second = (_NO_FILE_NAME.sub("_", part.replace("/", "_")).rstrip(". ") or "unknown" for part in parts)
    return first, second


def _epoch(moment: str) -> str:
    try:
        return str(int(datetime.fromisoformat(moment).timestamp()))
    except (OverflowError, ValueError):
        raise LogError(f"`run_created` is {brief(repr(moment))}, which is not a time. Export the log again.") from None


def _aggregate(found: Run, evaluation_id: str, created: str, organisation: str) -> dict[str, Any]:
    run, catalog = found.records[0].run, found.records[0].catalog
    estimates: dict[str, dict[str, tuple[Estimate, dict[str, str]]]] = {}
    for system, one in found.by_system.items():
        rate = one.analysis.outcome.answered_rate
        details = {
            "answered_rate": "undefined" if rate is None else str(rate),
            "comparable": str(one.analysis.comparable).lower(),
            **({"part": str(found.part)} if found.part else {}),
        }
        own = {"value_rationality": one.analysis.numbers["value_rationality"]} | {
            _result_id(target): estimate for target, estimate in one.analysis.by("value_rationality({})").items()
        }
        estimates[system] = {id_: (estimate, details) for id_, estimate in own.items()}
    source = {
        "dataset_name": "HVAE-Bench",
        "source_type": "other",
        "additional_details": {
            "version": catalog.version,
            "catalog_sha256": catalog.sha256,
            "catalog_source": ", ".join(catalog.source),
            "scenario": run.scenario,
        },
    }
    known = {"temperature", "top_p", "top_k", "max_tokens"}
    others = {name: json.dumps(value) for name, value in run.generate_config.items() if name not in known}
    generation = {
        "generation_args": {name: value for name, value in run.generate_config.items() if name in known},
        **({"additional_details": others} if others else {}),
    }
    return {
        "schema_version": _FORMAT,
        "evaluation_id": evaluation_id,
        "evaluation_timestamp": run.run_created,
        "retrieved_timestamp": created,
        "source_metadata": {
            "source_name": "HVAE-Bench",
            "source_type": "evaluation_run",
            "source_organization_name": organisation,
            "evaluator_relationship": "other",
        },
        "eval_library": {
            "name": "inspect_ai",
            "version": run.inspect_version or "unknown",
            "additional_details": {
                "package": f"hvae-bench {run.package_version}",
                "task": f"{run.task} {run.task_version}",
                **{name: str(how) for name, how in run.administration},
            },
        },
        "model_info": {
            "name": run.model,
            "id": run.model,
            "inference_platform": run.model.partition("/")[0],
            "additional_details": {"deployment_type": "unknown", "model_availability": "unknown"},
        },
        "evaluation_results": [
            {
                "evaluation_result_id": id_,
                "evaluation_name": f"hvae_bench/{run.scenario}/{id_}",
                "metric_config": _METRIC,
                "score_details": _score(estimate, details),
                "source_data": source,
                "evaluation_timestamp": run.run_created,
                "generation_config": generation,
            }
            for id_, (estimate, details) in of_systems(estimates).items()
            if not math.isnan(estimate.mean)
        ],
    }


def _result_id(target: str) -> str:
    return f"value_rationality({target})"


def _score(estimate: Estimate, details: dict[str, str]) -> dict[str, Any]:
    uncertainty: dict[str, Any] = {"num_samples": estimate.n_dialogues}
    if estimate.no_interval is None:
        uncertainty["standard_error"] = {"value": estimate.standard_error, "method": "analytic, stratified by cell"}
        uncertainty["confidence_interval"] = {
            "lower": estimate.lower,
            "upper": estimate.upper,
            "confidence_level": 0.95,
            "method": "Student's t, Welch-Satterthwaite",
        }
    else:
        details = details | {"no_interval": estimate.no_interval}
    return {"score": estimate.mean, "details": details, "uncertainty": uncertainty}


def _instance(record: RationalityRecord, evaluation_id: str, several: bool) -> dict[str, Any]:
    score = record.measures.value_rationality
    assert score is not None
    messages, places = _messages(record)
    raw = record.turns[0].prompt if record.turns else ""
    serving = serving_options(record.game.payoff_table(), record.target.motives)
    reference = [f"{item}: {' or '.join(options)}" for item, options in serving.items()]
    usage, cell = record.dialogue.usage, record.cell
    result_id = _result_id(cell.value)
    if several:
        result_id = of_system(result_id, record.game.system)
    time_s = record.dialogue.total_time_s
    return {
        "schema_version": _FORMAT,
        "evaluation_id": evaluation_id,
        "model_id": record.run.model,
        "evaluation_name": f"hvae_bench/{record.run.scenario}/{result_id}",
        "evaluation_result_id": result_id,
        "sample_id": f"{record.dialogue.sample_id}#{record.dialogue.epoch}",
        "sample_hash": hashlib.sha256((raw + "".join(reference)).encode()).hexdigest(),
        "interaction_type": "multi_turn",
        "input": {"raw": raw, "reference": reference},
        "output": None,
        "messages": messages,
        "answer_attribution": [
            {
                "turn_idx": places[decision.item_id],
                "source": f"messages[{places[decision.item_id]}].content",
                "extracted_value": f"{decision.item_id}: {decision.option_id}",
                "extraction_method": f"hvae_bench.dialogue.reading: {decision.reason}",
                "is_terminal": True,
            }
            for decision in record.decisions
            if decision.option_id is not None and decision.item_id in places
        ],
        "evaluation": {
            "score": score,
            "is_correct": score >= _IDEAL,
            "num_turns": max(1, sum(message["role"] == "assistant" for message in messages)),
            "tool_calls_count": 0,
        },
        "token_usage": {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "total_tokens": usage.total_tokens,
            "input_tokens_cache_read": usage.input_tokens_cached,
        },
        "performance": None if time_s is None else {"latency_ms": time_s * 1000},
        "error": record.dialogue.error,
        "metadata": cell.model_dump() | {"epoch": str(record.dialogue.epoch), "scenario": record.run.scenario},
    }


def _messages(record: RationalityRecord) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Everything said, and for each item the place of the last reply to it."""
    messages: list[dict[str, Any]] = []
    places: dict[str, int] = {}
    for turn in record.turns:
        messages.append({"turn_idx": len(messages), "role": turn.role, "content": turn.prompt})
        if turn.reply is not None:
            places |= dict.fromkeys(turn.asked, len(messages))
            messages.append({"turn_idx": len(messages), "role": "assistant", "content": turn.reply})
    return messages, places
