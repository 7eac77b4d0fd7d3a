"""Decisions: which reason goes with which status, and when an option is named."""

import itertools
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import ValidationError

from hvae_bench.scorers import Decision

STATUS_OF_REASON = {
    "label": "chosen",
    "echo": "chosen",
    "declined": "refused",
    "content_filter": "refused",
    "empty": "invalid",
    "truncated": "invalid",
    "several_options": "invalid",
    "not_in_form": "invalid",
    # Of records made before.
    "payoffs": "chosen",
    "unknown_label": "invalid",
    "hypothetical": "invalid",
    "no_option": "invalid",
    "limit": "not_reached",
    "error": "not_reached",
    "cancelled": "not_reached",
}
STATUSES = ["chosen", "refused", "invalid", "not_reached"]


def record(status: str, reason: str, option_id: str | None, more: Mapping[str, Any] = MappingProxyType({})) -> str:
    shown = [{"label": "A", "option_id": "o1"}, {"label": "B", "option_id": "o2"}]
    fields = {"item_id": "p1", "shown": shown, "reply": "A", "reasked": False}
    return json.dumps(fields | {"option_id": option_id, "status": status, "reason": reason} | dict(more))


@pytest.mark.parametrize("reason", STATUS_OF_REASON)
def test_a_reason_and_its_status_make_a_decision(reason: str) -> None:
    status = STATUS_OF_REASON[reason]
    written = record(status, reason, "o2" if status == "chosen" else None)
    assert json.loads(Decision.model_validate_json(written).model_dump_json()) == json.loads(written)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (status, reason)
        for status, reason in itertools.product(STATUSES, STATUS_OF_REASON)
        if STATUS_OF_REASON[reason] != status
    ],
)
def test_a_reason_of_another_status_is_rejected(status: str, reason: str) -> None:
    with pytest.raises(ValidationError, match=f"'{reason}' does not go with status '{status}'"):
        Decision.model_validate_json(record(status, reason, "o1" if status == "chosen" else None))


@pytest.mark.parametrize(
    ("status", "reason", "option_id"),
    [
        ("chosen", "label", None),
        ("refused", "declined", "o1"),
        ("invalid", "not_in_form", "o1"),
        ("not_reached", "limit", "o1"),
    ],
)
def test_an_option_is_named_if_and_only_if_one_was_chosen(status: str, reason: str, option_id: str | None) -> None:
    with pytest.raises(ValidationError, match="option_id must be given if, and only if"):
        Decision.model_validate_json(record(status, reason, option_id))


def test_what_was_stripped_is_written_where_there_is_something() -> None:
    kept = {"stripped": ["reasoning", "markdown"]}
    decision = Decision.model_validate_json(record("chosen", "label", "o1", kept))
    assert json.loads(decision.model_dump_json())["stripped"] == kept["stripped"]
    assert "stripped" not in Decision.model_validate_json(record("chosen", "label", "o1")).model_dump_json()


@pytest.mark.parametrize(
    "more",
    [
        {"status": "guessed"},
        {"reason": "because"},
        {"reasked": "no"},
        {"letter": "A"},
        {"shown": [{"label": "", "option_id": "o1"}]},
        {"label_mass": 0.5},
        {"probabilities": {"o1": 0.5}},
        {"probabilities": {"o1": 1.0, "o2": 0.0}},
        {"probabilities": {"o1": 1.0}, "no_probabilities": "no_label"},
        {"no_probabilities": "why not"},
        {"stripped": ["the rest"]},
    ],
)
def test_what_is_no_decision(more: dict[str, Any]) -> None:
    Decision.model_validate_json(record("chosen", "label", "o1"))
    with pytest.raises(ValidationError):
        Decision.model_validate_json(record("chosen", "label", "o1", more))
