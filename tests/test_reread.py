"""Rereading: which decisions of a log today's reader makes otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from inspect_ai.log import EvalLog
from inspect_ai.model import ChatMessage, ModelOutput

from hvae_bench import hvae_bench, load_catalog
from hvae_bench.log.export import rationality_path
from hvae_bench.log.reread import reread_file

from .conftest import Script
from .terminal import hvae

WORDINGS = load_catalog().wordings

REPLIES = {
    "p1": "You get 85 coins, the other person gets 85 coins",
    "p2": "Therefore, I will choose option D.",
    "p3": "I want to be fair.",
    "p4": "C",
    "p5": "no",
    "p6": "B",
}


@pytest.fixture
def log(run: Callable[..., EvalLog], script: Callable[[Script], str]) -> Path:
    """One dialogue in which p3 and p5 are asked twice."""

    def reply(stream: str, messages: list[ChatMessage]) -> str | ModelOutput:
        *_, kind, place, _ = stream.split("/")
        item = f"p{int(place) + 1}" if kind == "items" else ""
        if item == "p5" and stream.endswith("/2"):
            return ModelOutput.from_content("m", "I", stop_reason="max_tokens")
        return REPLIES.get(item, "Yes.")

    task = hvae_bench(scenario="slider", values="none", option_orders="published")
    return Path(run(task, script(reply), epochs=1).location)


def test_a_log_of_today_stays_as_it_is(log: Path) -> None:
    for path in (log, rationality_path(log)):
        found = reread_file(path, None, WORDINGS)
        assert (found.dialogues, found.decisions, found.changes) == (1, 6, ())


def test_an_older_log_says_what_changes(log: Path, tmp_path: Path) -> None:
    """As a reader of sentences took the same replies, before lines were echoed and cut labels read."""
    record = json.loads(rationality_path(log).read_text(encoding="utf-8"))
    of = {decision["item_id"]: decision for decision in record["decisions"]}
    of["p2"] |= {"status": "invalid", "reason": "no_option", "option_id": None}
    of["p3"] |= {"status": "refused", "reason": "declined"}
    of["p1"] |= {"reason": "payoffs"}
    of["p5"] |= {"status": "invalid", "reason": "truncated", "option_id": None}
    of["p6"] |= {"status": "refused", "reason": "content_filter", "option_id": None}
    path = tmp_path / "old.rationality.jsonl"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    written = path.read_bytes()

    found = {
        change.item_id: (change.before, change.after, change.asks_again)
        for change in reread_file(path, None, WORDINGS).changes
    }
    assert found == {
        "p2": ("invalid (no_option)", "D", False),
        "p3": ("refused (declined)", "invalid (not_in_form)", False),
        "p5": ("invalid (truncated)", "I", False),
    }
    done = hvae("reread", path.name, cwd=tmp_path)
    assert done.returncode == 0
    assert "p2: invalid (no_option) is now D: 'Therefore, I will choose option D.'" in done.stdout
    assert "old.rationality.jsonl: 6 decisions of 1 dialogues read again, 3 changed" in done.stdout
    told = json.loads(hvae("reread", path.name, "--json", cwd=tmp_path).stdout)
    assert [change["item_id"] for change in told[path.name]["changes"]] == ["p2", "p3", "p5"]
    assert path.read_bytes() == written


def test_what_was_chosen_at_once_and_is_not_read_now_would_be_asked_again(log: Path, tmp_path: Path) -> None:
    text = rationality_path(log).read_text(encoding="utf-8")
    path = tmp_path / "old.jsonl"
    path.write_text(text.replace(REPLIES["p2"], "It has to be D, I would say."), encoding="utf-8")
    (change,) = reread_file(path, None, WORDINGS).changes
    assert (change.item_id, change.before, change.after) == ("p2", "D", "invalid (not_in_form)")
    assert change.asks_again
    assert "it would be asked again" in hvae("reread", path.name, cwd=tmp_path).stdout
