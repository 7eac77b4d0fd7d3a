"""What the local model needs: processor, memory, and the time that a run was measured to take."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from hvae_bench.log.pace import Pace
from hvae_bench.subjects.local_machine import (
    MemoryNeed,
    cache_bytes_a_token,
    memory_need,
    memory_sentence,
    missing_instructions,
    processor_flags,
)

MODERN = "fpu sse4_2 avx avx2 bmi1 bmi2 f16c fma"


@pytest.mark.parametrize(
    ("flags", "machine", "missing"),
    [
        (MODERN, "x86_64", ()),
        (MODERN, "AMD64", ()),
        ("fpu sse4_2 avx f16c", "x86_64", ("avx2", "bmi2", "fma")),  # Ivy Bridge, 2012
        ("fpu sse4_2", "x86_64", ("avx2", "bmi2", "f16c", "fma")),
        ("fpu", "AMD64", ("avx2", "bmi2", "f16c", "fma")),
        ("fp asimd", "aarch64", ()),
        ("", "arm64", ()),
        (None, "x86_64", ()),  # not Linux: nobody says
    ],
)
def test_missing_instructions(flags: str | None, machine: str, missing: tuple[str, ...]) -> None:
    assert missing_instructions(None if flags is None else flags.split(), machine) == missing


def test_flags_of_a_processor(tmp_path: Path) -> None:
    file = tmp_path / "cpuinfo"
    assert processor_flags(file) is None
    file.write_text("processor\t: 0\nBogoMIPS: 50\nFeatures\t: fp asimd\n")
    assert processor_flags(file) is None
    file.write_text("processor\t: 0\nflags\t\t: fpu avx2\nbugs\t: fma\n\nprocessor\t: 1\nflags\t\t: fpu\n")
    assert processor_flags(file) == frozenset({"fpu", "avx2"})


def text(content: str) -> bytes:
    return struct.pack("<Q", len(content)) + content.encode()


def gguf(facts: dict[str, str | int | list[int]], version: int = 3) -> bytes:
    """A header with these facts, then the beginning of a vocabulary."""
    out = struct.pack("<4sIQQ", b"GGUF", version, 0, len(facts) + 1)
    for key, fact in facts.items():
        out += text(key)
        if isinstance(fact, str):
            out += struct.pack("<I", 8) + text(fact)
        elif isinstance(fact, list):
            out += struct.pack("<IIQ", 9, 4, len(fact)) + struct.pack(f"<{len(fact)}I", *fact)
        else:
            out += struct.pack("<II", 4, fact)
    return out + text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 10**9)


def header(facts: dict[str, str], tensors: dict[str, tuple[int, ...]]) -> bytes:
    """A whole header, with a vocabulary of two words and their scores between facts and tensors."""
    words = struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b")
    out = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(facts) + 3)
    out += b"".join(text(key) + struct.pack("<I", 8) + text(fact) for key, fact in facts.items())
    out += text("tokenizer.ggml.tokens") + words + text("tokenizer.ggml.scores") + struct.pack("<IIQff", 9, 6, 2, 0, 1)
    out += text("tokenizer.ggml.add_bos_token") + struct.pack("<I?", 7, True)
    for name, sides in tensors.items():
        out += text(name) + struct.pack(f"<I{len(sides)}QIQ", len(sides), *sides, 1, 0)
    return out


LLAMA: dict[str, str | int | list[int]] = {
    "general.architecture": "llama",
    "llama.block_count": 4,
    "llama.embedding_length": 64,
    "llama.attention.head_count": 8,
}


@pytest.mark.parametrize(
    ("more", "size"),
    [
        ({}, 4 * 8 * (8 + 8) * 2),  # layers x heads x (key + value) x 2 bytes
        ({"llama.attention.head_count_kv": 2}, 4 * 2 * (8 + 8) * 2),
        ({"llama.attention.head_count_kv": [2, 0, 2, 0]}, 4 * (8 + 8) * 2),
        ({"llama.attention.head_count_kv": 1, "llama.attention.key_length": 16}, 4 * (16 + 8) * 2),
        ({"general.architecture": "mamba"}, None),
        ({"llama.block_count": 0}, None),
        ({"llama.attention.head_count": 0}, None),
        ({"llama.block_count": "four"}, None),
    ],
)
def test_memory_of_a_token(tmp_path: Path, more: dict[str, str | int | list[int]], size: int | None) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(gguf(LLAMA | more))
    assert cache_bytes_a_token(file) == size
    cache = None if size is None else size * 1000
    assert memory_need(file, 1000) == MemoryNeed(file.stat().st_size, cache)


def test_a_header_that_cannot_be_read_tells_nothing(tmp_path: Path) -> None:
    whole = gguf(LLAMA)
    file = tmp_path / "model.gguf"
    for content in (whole[:place] for place in range(len(whole) - 50)):
        file.write_bytes(content)
        assert cache_bytes_a_token(file) is None
    for content in (gguf(LLAMA, version=1), b"GGUF" + b"\xff" * 200):
        file.write_bytes(content)
        assert cache_bytes_a_token(file) is None
    assert cache_bytes_a_token(tmp_path / "nothing") is None


@pytest.mark.parametrize(
    ("need", "available", "sentence"),
    [
        (
            MemoryNeed(98_000_000, 377_000_000),
            22_100_000_000,
            "hvae-local: loading m.gguf takes at least 475 MB of memory (98 MB of weights and 377 MB for 2 x 8,192 "
            "tokens); 22.1 GB are available",
        ),
        (
            MemoryNeed(4_000_000_000, 1_000_000_000),
            4_500_000_000,
            "hvae-local: loading m.gguf takes at least 5.0 GB of memory (4.0 GB of weights and 1.0 GB for 2 x 8,192 "
            "tokens); only 4.5 GB are available, so the machine may swap or stop the run: lower -M context= or -M "
            "slots=, or take a smaller model",
        ),
        (
            MemoryNeed(4_000_000_000, None),
            1_000_000,
            "hvae-local: loading m.gguf takes at least 4.0 GB of memory (4.0 GB of weights, and an unknown amount for "
            "2 x 8,192 tokens); only 1 MB are available, so the machine may swap or stop the run: take a smaller model",
        ),
    ],
)
def test_memory_is_told_in_one_sentence(need: MemoryNeed, available: int, sentence: str) -> None:
    assert memory_sentence("m.gguf", need, 2, 8192, available) == sentence


@pytest.mark.parametrize(
    ("calls", "sentence"),
    [
        (431, "the other 420 take about 28 min"),
        (12, "the other 1 take about 4.0 s"),
        (20011, "the other 20,000 take about 22.2 h"),
        (11, None),
        (5, None),
    ],
)
def test_the_pace_is_told_once_it_is_measured(calls: int, sentence: str | None) -> None:
    pace = Pace(calls)
    # The first reply waits for the model to load, so the clock starts with it.
    told = [pace.reply(100.0 + 4 * place, 300, 12) for place in range(30)]
    assert [place for place, one in enumerate(told) if one] == ([] if sentence is None else [10])
    if sentence is not None:
        assert (
            told[10] == f"hvae_bench: 10 replies took 40.0 s (3,000 tokens read, 120 written); at this pace {sentence}"
        )
