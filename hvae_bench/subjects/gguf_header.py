"""GGUF header: the few facts about a model file that tell how much memory it takes, read without loading it.

The layout is that of the GGUF specification (github.com/ggml-org/ggml, docs/gguf.md), versions 2 and 3.
"""

import struct
from pathlib import Path
from typing import Any, BinaryIO

_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_LONGEST_KEY = 65_535
_LONGEST_LIST = 4096
"""Longer lists are the vocabulary; what a list has for each layer is shorter."""

_BYTES_A_NUMBER = 2
"""llama.cpp keeps keys and values in 16 bits unless told otherwise."""


def cache_bytes_a_token(path: Path) -> int | None:
    """Bytes of keys and values that llama.cpp keeps for each token, over all layers, as if all attended to everything.

    None if the file does not say, or is none that this can read.
    """
    try:
        with path.open("rb") as file:
            return _cache_bytes(_facts(file)) or None
    except (OSError, ValueError, struct.error, KeyError, TypeError, ZeroDivisionError):
        return None


def _cache_bytes(facts: dict[str, Any]) -> int:
    name = facts["general.architecture"]
    layers, heads = facts[f"{name}.block_count"], facts[f"{name}.attention.head_count"]
    kept = facts.get(f"{name}.attention.head_count_kv", heads)
    # One number for all layers, or one for each; layers without attention have 0.
    total = sum(kept) if isinstance(kept, list) else layers * kept
    width = facts[f"{name}.embedding_length"] // (max(heads) if isinstance(heads, list) else heads)
    lengths = sum(facts.get(f"{name}.attention.{part}_length", width) for part in ("key", "value"))
    return int(total * lengths * _BYTES_A_NUMBER)


def _facts(file: BinaryIO) -> dict[str, Any]:
    magic, version, _, n_facts = struct.unpack("<4sIQQ", file.read(24))
    if magic != b"GGUF" or version not in (2, 3):
        raise ValueError("not a GGUF file of a known version")
    facts: dict[str, Any] = {}
    for _ in range(n_facts):
        key = _text(file, _LONGEST_KEY)
        (kind,) = struct.unpack("<I", file.read(4))
        if key.startswith("tokenizer."):
            # Architecture and sizes stand before the vocabulary, which is long.
            break
        facts[key] = _value(file, kind)
    return facts


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _STRING:
        return _text(file)
    if kind == _ARRAY:
        of, length = struct.unpack("<IQ", file.read(12))
        if length > _LONGEST_LIST:
            raise ValueError("a list too long to hold a number for each layer")
        return [_value(file, of) for _ in range(length)]
    form = _NUMBERS[kind]
    (number,) = struct.unpack(form, file.read(struct.calcsize(form)))
    return number


def _text(file: BinaryIO, longest: int = 1 << 24) -> str:
    (length,) = struct.unpack("<Q", file.read(8))
    if length > longest:
        raise ValueError("a text too long for a header")
    return file.read(length).decode()
