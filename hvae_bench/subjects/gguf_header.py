"""Header of a GGUF file: the facts that it states, the shapes of its tensors, and whether an adapter fits a model.

The layout is that of the GGUF specification (github.com/ggml-org/ggml, docs/gguf.md), versions 2 and 3.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_LONGEST_NAME = 65_535
_LONGEST_LIST = 4096
"""Longer lists are the vocabulary; what a list has for each layer is shorter."""
_MOST_SIDES = 8

UNREADABLE = (OSError, ValueError, struct.error, KeyError, TypeError, ArithmeticError, RecursionError)
"""What it ends in to read a header that is damaged, or none."""


def read_facts(file: BinaryIO) -> dict[str, Any]:
    """Architecture and sizes, which stand before the vocabulary; raises one of `UNREADABLE`."""
    facts: dict[str, Any] = {}
    for key, kind in _keys(file, _counts(file)[1]):
        if key.startswith("tokenizer."):
            break
        facts[key] = _value(file, kind)
    return facts


def read_shapes(file: BinaryIO) -> dict[str, tuple[int, ...]]:
    """The sides of every tensor by its name, the contiguous side first; raises one of `UNREADABLE`."""
    n_tensors, n_facts = _counts(file)
    for _, kind in _keys(file, n_facts):
        _skip(file, kind)
    shapes = {}
    for _ in range(n_tensors):
        name = _text(file, _LONGEST_NAME)
        if (sides := _number(file, "<I")) > _MOST_SIDES:
            raise ValueError("a tensor of too many sides")
        shapes[name] = tuple(_number(file, "<Q") for _ in range(sides))
        file.seek(struct.calcsize("<IQ"), 1)
    return shapes


def misfit(adapter: Path, weights: Path) -> str | None:
    """Why a file is no adapter (LoRA) of a model, for a sentence of which it is the subject; None if it may be one.

    A model whose header cannot be read, or that lies in several files, is left for the engine to judge.
    """
    try:
        with adapter.open("rb") as file:
            facts = read_facts(file)
            file.seek(0)
            shapes = read_shapes(file)
    except UNREADABLE:
        return "has a damaged header"
    kind, form = (str(facts.get(key)) for key in ("general.type", "adapter.type"))
    if kind != "adapter":
        return "holds a model and no adapter" if kind in ("model", "None") else f"holds no adapter but: {kind}"
    if form != "lora":
        return f"holds an adapter of another kind than LoRA ({form})"
    try:
        with weights.open("rb") as file:
            model = read_facts(file)
            file.seek(0)
            known = read_shapes(file)
    except UNREADABLE:
        return None
    made_for, architecture = (str(one.get("general.architecture")) for one in (facts, model))
    if made_for != architecture:
        return f"was made for a model of the architecture {made_for}, and {weights.name} is {architecture}"
    for name, sides in shapes.items():
        layer, _, half = name.rpartition(".lora_")
        # Of the two halves of a change the first takes what the layer takes, and the second gives what it gives; only
        # over the vocabulary they lie the other way round.
        side = {"a": 0, "b": 1}.get(half)
        if side is None or layer == "token_embd.weight":
            continue
        if (of_model := known.get(layer)) is None:
            if "split.count" in model:
                continue
            return f"was made for another model: {weights.name} has no {layer}"
        if sides[side : side + 1] != of_model[side : side + 1]:
            told = [" x ".join(map(str, one)) for one in (sides, of_model)]
            return (
                f"was made for a model of another shape: {name} is {told[0]}, and {layer} of {weights.name} {told[1]}"
            )
    return None


def _counts(file: BinaryIO) -> tuple[int, int]:
    """Numbers of tensors and of facts."""
    magic, version, n_tensors, n_facts = struct.unpack("<4sIQQ", file.read(24))
    if magic != b"GGUF" or version not in (2, 3):
        raise ValueError("not a GGUF file of a known version")
    return n_tensors, n_facts


def _keys(file: BinaryIO, n_facts: int) -> Iterator[tuple[str, int]]:
    """Name and kind of each fact; whoever asks has read its value before asking for the next."""
    for _ in range(n_facts):
        yield _text(file, _LONGEST_NAME), _number(file, "<I")


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _STRING:
        return _text(file)
    if kind == _ARRAY:
        of, length = struct.unpack("<IQ", file.read(12))
        if length > _LONGEST_LIST:
            raise ValueError("a list too long to hold a number for each layer")
        return [_value(file, of) for _ in range(length)]
    return _number(file, _NUMBERS[kind])


def _skip(file: BinaryIO, kind: int) -> None:
    if kind == _STRING:
        file.seek(_number(file, "<Q"), 1)
    elif kind == _ARRAY:
        of, length = struct.unpack("<IQ", file.read(12))
        if of in _NUMBERS:
            file.seek(length * struct.calcsize(_NUMBERS[of]), 1)
        else:
            for _ in range(length):
                _skip(file, of)
    else:
        file.seek(struct.calcsize(_NUMBERS[kind]), 1)


def _number(file: BinaryIO, form: str) -> Any:
    (number,) = struct.unpack(form, file.read(struct.calcsize(form)))
    return number


def _text(file: BinaryIO, longest: int = 1 << 24) -> str:
    if (length := _number(file, "<Q")) > longest:
        raise ValueError("a text too long for a header")
    return file.read(length).decode()
