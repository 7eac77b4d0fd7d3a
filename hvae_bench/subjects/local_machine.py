"""Local machine: what a model inside this process needs of it, told before anything is loaded."""

import platform
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hvae_bench.subjects.gguf_header import UNREADABLE, read_facts

NEEDED_INSTRUCTIONS = ("avx2", "bmi2", "f16c", "fma")
"""What the x86-64 wheel of xllamacpp was compiled for; it holds no code for older processors, and would die there."""

_X86 = frozenset({"x86_64", "amd64"})

_BYTES_A_NUMBER = 2
"""llama.cpp keeps keys and values in 16 bits unless told otherwise."""


def processor_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str] | None:
    """Instruction sets that the processor has, by their names in Linux; None where they are not told."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    line = next((line for line in lines if line.startswith("flags")), None)
    return None if line is None else frozenset(line.partition(":")[2].split())


def missing_instructions(flags: Collection[str] | None, machine: str | None = None) -> tuple[str, ...]:
    """Instruction sets that the engine needs and a processor of this (or another) kind of machine lacks, if known."""
    if flags is None or (machine or platform.machine()).lower() not in _X86:
        return ()
    return tuple(name for name in NEEDED_INSTRUCTIONS if name not in flags)


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Bytes of the file of a model, and of the keys and values of all tokens held; None if the file does not tell."""

    weights: int
    cache: int | None

    @property
    def total(self) -> int:
        """Both; a lower bound, since the engine takes some for itself."""
        return self.weights + (self.cache or 0)


def memory_need(weights: Path, tokens: int) -> MemoryNeed:
    """Memory that a model in a GGUF file takes to hold so many tokens, over all slots."""
    each = cache_bytes_a_token(weights)
    return MemoryNeed(weights.stat().st_size, None if each is None else each * tokens)


def memory_sentence(name: str, need: MemoryNeed, slots: int, context: int, available: int) -> str:
    """What loading a model will take for so many slots of a context each, and whether so many bytes are available."""
    kept = ", and an unknown amount" if need.cache is None else f" and {_size(need.cache)}"
    parts = f"{_size(need.weights)} of weights{kept} for {slots} x {context:,} tokens"
    sentence = f"hvae-local: loading {name} takes at least {_size(need.total)} of memory ({parts}); "
    if need.total <= available:
        return f"{sentence}{_size(available)} are available"
    fix = "lower -M context= or -M slots=, or take a smaller model" if need.cache else "take a smaller model"
    return f"{sentence}only {_size(available)} are available, so the machine may swap or stop the run: {fix}"


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"


def cache_bytes_a_token(path: Path) -> int | None:
    """Bytes of keys and values that llama.cpp keeps for each token, over all layers, as if all attended to everything.

    None if the file does not say, or is none that this can read.
    """
    try:
        with path.open("rb") as file:
            return _cache_bytes(read_facts(file)) or None
    except UNREADABLE:
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
