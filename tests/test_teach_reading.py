"""What examples/teach_reading.py reads, and what it makes of it, without torch."""

from __future__ import annotations

import json
import runpy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hvae_bench import load_catalog
from hvae_bench.training import course, write_course

TEACHING = runpy.run_path(str(Path(__file__).resolve().parent.parent / "examples" / "teach_reading.py"))


class Letters:
    """A tokenizer that takes every character for a token, and ends a message with a bar and a line feed."""

    def apply_chat_template(
        self, messages: Sequence[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool
    ) -> str:
        said = "".join(f"{one['role']}: {one['content']}|\n" for one in messages)
        return said + ("assistant: " if add_generation_prompt else "")

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        return [*map(ord, text)]


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    write_course(course(load_catalog(), seed=1), str(tmp_path / "train.jsonl"), n=3, n_held_out=3)
    return tmp_path / "train.jsonl"


def words(example: Any, places: Sequence[int]) -> str:
    return "".join(chr(example.tokens[place]) for place in places)


@pytest.mark.parametrize("ended", [True, False])
def test_the_loss_is_on_labels_and_own_words_and_on_nothing_else(lessons: Path, ended: bool) -> None:
    """And on what ends them, but for an own reply that was cut off."""
    for row in TEACHING["read"](lessons):
        row["messages"][2]["content"] = "I will."
        before = Letters().apply_chat_template(row["messages"][:2], tokenize=False, add_generation_prompt=True)
        example = TEACHING["encode"](Letters(), row, {before: ("I will.", ended)}, 10**6)
        assert words(example, range(len(example.tokens))) == Letters().apply_chat_template(
            row["messages"], tokenize=False, add_generation_prompt=False
        )
        assert words(example, example.words) == "I will." + "|" * ended
        assert words(example, example.labels) == "".join(
            row["messages"][decision["message"]]["content"] + "|" for decision in row["decisions"]
        )
        for (place, labels, ideal), decision in zip(example.decisions, row["decisions"], strict=True):
            assert chr(example.tokens[place]) in decision["ideal"]
            assert [*map(chr, labels)] == decision["labels"]
            assert [label for label, best in zip(decision["labels"], ideal, strict=True) if best] == decision["ideal"]


def test_a_conversation_that_is_too_long_loses_its_last_decisions(lessons: Path) -> None:
    row = TEACHING["read"](lessons)[0]
    before = Letters().apply_chat_template(row["messages"][:2], tokenize=False, add_generation_prompt=True)
    own = {before: (row["messages"][2]["content"], True)}
    whole = TEACHING["encode"](Letters(), row, own, 10**6)
    cut = TEACHING["encode"](Letters(), row, own, len(whole.tokens) - 1)
    assert cut.tokens == whole.tokens[: len(cut.tokens)]
    assert cut.decisions == whole.decisions[:-1]


def test_rows_of_queries_and_keys_are_laid_as_llama_cpp_turns_them() -> None:
    """Within each head the two halves alternate."""
    rows = np.array([[0, 1, 2, 3, 10, 11, 12, 13]]).T
    assert TEACHING["llama_rows"](rows, 2).T.tolist() == [[0, 2, 1, 3, 10, 12, 11, 13]]
    assert TEACHING["llama_rows"](rows, 1).T.tolist() == [[0, 10, 1, 11, 2, 12, 3, 13]]


@pytest.mark.parametrize("content", [None, "", "no json", "[]", "{}", json.dumps({"messages": [], "decisions": []})])
def test_a_file_of_another_kind_is_told_in_one_sentence(
    lessons: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    lessons.unlink() if content is None else lessons.write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        TEACHING["main"]([str(lessons), "-o", str(lessons.with_name("x.gguf"))])
    assert caught.value.code == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert str(lessons) in sentence
    assert "hvae fresh" in sentence


def test_what_is_not_installed_is_told_before_anything_runs(
    lessons: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TEACHING["main"].__globals__, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as caught:
        TEACHING["main"]([str(lessons), "-o", str(lessons.with_name("x.gguf"))])
    assert caught.value.code == 2
    assert "pip install torch transformers peft gguf" in capsys.readouterr().err
