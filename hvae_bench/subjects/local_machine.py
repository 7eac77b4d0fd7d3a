"""Local machine: what a model inside this process needs of it, told before anything is loaded."""

import platform
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from hvae_bench.subjects.gguf_header import cache_bytes_a_token

NEEDED_INSTRUCTIONS = ("avx2", "bmi2", "f16c", "fma")
"""What the x86-64 wheel of xllamacpp was compiled for; it holds no code for older processors, and would die there."""

_X86 = frozenset({"x86_64", "amd64"})


def processor_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str] | None:
    """Instruction sets that the processor has, by their names in Linux; None where they are not told."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    line = next((line for line in lines if line.startswith("flags")), None)
    return None if line is None else frozenset(line.partition(":")[2].split())


def missing_instructions(flags: Collection[str] | None, machine: str | None = None) -> tuple[str, ...]:
    """Instruction sets that the engine needs and the processor lacks; none where that is not known."""
    kind = platform.machine() if machine is None else machine
    if flags is None or kind.lower() not in _X86:
        return ()
    return tuple(name for name in NEEDED_INSTRUCTIONS if name not in flags)


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Bytes that a model takes for its weights, and for keys and values (None if the file does not tell)."""

    weights: int
    cache: int | None

    @property
    def total(self) -> int:
        """Both; a lower bound, since the engine takes some for itself."""
        return self.weights + (self.cache or 0)


def memory_need(weights: Path, tokens: int) -> MemoryNeed:
    """Memory that the model in a GGUF file takes while it holds so many tokens, over all slots."""
    each = cache_bytes_a_token(weights)
    return MemoryNeed(weights.stat().st_size, None if each is None else each * tokens)


def memory_sentence(name: str, need: MemoryNeed, slots: int, context: int, available: int) -> str:
    """What loading a model will take, and whether the machine has it: `available` bytes without swapping."""
    held = f"{slots} x {context:,} tokens"
    if need.cache is None:
        parts = f"{_size(need.weights)} of weights, and an unknown amount for {held}"
    else:
        parts = f"{_size(need.weights)} of weights and {_size(need.cache)} for {held}"
    sentence = f"hvae-local: loading {name} takes at least {_size(need.total)} of memory ({parts}); "
    if need.total <= available:
        return f"{sentence}{_size(available)} are available"
    mend = "lower -M context= or -M slots=, or take a smaller model" if need.cache else "take a smaller model"
    return f"{sentence}only {_size(available)} are available, so the machine may swap or stop the run: {mend}"


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"
