"""examples/teach_reading.py with a real small model: twenty steps, and an adapter that llama.cpp reads as peft does."""

from __future__ import annotations

import asyncio
import json
import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    get_model,
)

from hvae_bench import load_catalog
from hvae_bench.training import course, write_course

torch = pytest.importorskip("torch", reason="torch is large: run `make test-training`")
from peft import LoraConfig, get_peft_model  # noqa: E402

SCRIPT = Path(__file__).resolve().parent.parent.parent / "examples" / "teach_reading.py"
TEACHING = runpy.run_path(str(SCRIPT))
SAID_BY: dict[str, Callable[..., ChatMessage]] = {
    "system": ChatMessageSystem,
    "user": ChatMessageUser,
    "assistant": ChatMessageAssistant,
}
Messages = list[dict[str, str]]


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a short course."""
    file = tmp_path_factory.mktemp("lessons") / "train.jsonl"
    short = course(load_catalog(), seed=1, shapes=["pairs"], rules=["altruistic", "individualistic"])
    write_course(short, str(file), n=20, n_held_out=8)
    return file


@pytest.fixture(scope="module")
def model() -> tuple[Any, Any]:
    """Tokenizer and model, with random changes to its queries and keys alone, whose order llama.cpp has otherwise."""
    torch.manual_seed(0)
    tokenizer, read = TEACHING["load"](TEACHING["default_model"]())
    changed = get_peft_model(read.eval(), LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "k_proj"]))
    with torch.no_grad():
        for name, weights in changed.named_parameters():
            if ".lora_B." in name:
                weights.normal_(0, 0.3)
    return tokenizer, changed


def of_llama_cpp(messages: Messages, adapter: Path) -> dict[str, float]:
    """The likeliest twenty first tokens of a reply with an adapter, and the logarithms of their probabilities."""
    served = get_model("hvae-local/smollm2", adapter=str(adapter), memoize=False)
    said = [SAID_BY[one["role"]](content=one["content"]) for one in messages]
    answer = asyncio.run(served.generate(said, config=GenerateConfig(max_tokens=1, logprobs=True, top_logprobs=20)))
    assert answer.choices[0].logprobs is not None
    likeliest = answer.choices[0].logprobs.content[0].top_logprobs
    assert likeliest is not None
    return {one.token: one.logprob for one in likeliest}


def apart(tokenizer: Any, model: Any, messages: Messages, found: dict[str, float]) -> float:
    """How far peft's logarithms of the same tokens are from those, on average."""
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    with torch.no_grad():
        logits = model(tokenizer(text, return_tensors="pt", add_special_tokens=False).input_ids).logits[0, -1]
    expected = logits.log_softmax(-1)
    distances = [
        abs(float(expected[tokens[0]]) - logarithm)
        for token, logarithm in found.items()
        if len(tokens := tokenizer.encode(token, add_special_tokens=False)) == 1
    ]
    assert len(distances) > 10
    return sum(distances) / len(distances)


def test_llama_cpp_does_with_an_adapter_what_peft_does(
    model: tuple[Any, Any], lessons: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As nearly as two programs do that round otherwise; with rows in the order of transformers it does not."""
    tokenizer, changed = model
    row = json.loads(lessons.read_text("utf-8").splitlines()[0])
    asked = row["messages"][: row["decisions"][0]["message"]]
    write = TEACHING["write_adapter"]
    write(changed, right := tmp_path / "right.gguf")
    monkeypatch.setitem(write.__globals__, "llama_rows", lambda weights, heads: weights)
    write(changed, wrong := tmp_path / "wrong.gguf")
    found = of_llama_cpp(asked, right)
    near = apart(tokenizer, changed, asked, found)
    assert near < 0.3
    assert apart(tokenizer, changed, asked, of_llama_cpp(asked, wrong)) > 2 * near
    with changed.disable_adapter():
        assert apart(tokenizer, changed, asked, found) > 2 * near


def test_twenty_steps_teach_something_and_a_run_takes_the_adapter(
    lessons: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    adapter = tmp_path / "adapter.gguf"
    short = ["--steps", "20", "--batch", "1", "--longest", "500", "--held-out", "8", "--own-words", "16"]
    TEACHING["main"]([str(lessons), "-o", str(adapter), *short])
    said = capsys.readouterr().out
    before, after = (float(one) for one in re.findall(r"^(?:before|after): loss ([\d.]+)", said, re.M))
    assert after < 0.5 * before
    row = json.loads(lessons.with_name("train.held-out.jsonl").read_text("utf-8").splitlines()[0])
    decision = row["decisions"][0]
    found = of_llama_cpp(row["messages"][: decision["message"]], adapter)
    assert max(found, key=lambda token: found[token]) in decision["labels"]
    assert [path.name for path in tmp_path.iterdir()] == ["adapter.gguf"]
