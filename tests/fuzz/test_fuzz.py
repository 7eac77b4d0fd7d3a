"""Every target is fuzzed with some inputs; `HVAE_FUZZ_INPUTS` says how many, `HVAE_FUZZ_SEED` with which draws."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.fuzz.engine import checked, fuzz
from tests.fuzz.mutation import mutate

INPUTS = os.environ.get("HVAE_FUZZ_INPUTS")
SEED = int(os.environ.get("HVAE_FUZZ_SEED", "0"))
TARGETS = {"reading": 3_000, "log": 1_500, "catalog": 6_000}
"""Inputs of each, which take much the same time together."""
FOUND = sorted((Path(__file__).parent / "found").iterdir())
"""Inputs that once broke what should hold, named for their target."""


@functools.cache
def target(name: str) -> tuple[Callable[[bytes], None], list[bytes]]:
    """What a target checks, and its seeds; to make them is no part of any input's time."""
    module: Any = importlib.import_module(f"tests.fuzz.{name}_target")
    return module.check, module.seeds()


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_was_found_once_is_fixed(path: Path) -> None:
    check, _ = target(path.name.split("-")[0])
    found = checked(check, path.read_bytes())
    assert found is None, found.error


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found(name: str) -> None:
    check, seeds = target(name)
    fuzzed = fuzz(check, seeds, int(INPUTS or TARGETS[name]), SEED)
    # Shown by `pytest -rP`, and wherever the test fails.
    print(f"{name}: {fuzzed.inputs} inputs with HVAE_FUZZ_SEED={SEED}")
    told = [f"{place}: {found.error!s:.300}: {found.data!r:.3000}" for place, found in fuzzed.findings.items()]
    assert not told, "\n".join(told)


def test_the_same_seed_makes_the_same_inputs() -> None:
    seeds = [b'\x00{"a": [1, "x", {"b": null}]}', b"\x01id: a\ntitle: b\n"]
    random, again = Random(7), Random(7)
    made = [mutate(seeds[place % 2], seeds, random) for place in range(200)]
    assert made == [mutate(seeds[place % 2], seeds, again) for place in range(200)]
    assert len(set(made)) > 150


def test_a_target_that_breaks_is_found() -> None:
    def check(data: bytes) -> None:
        assert b"{goal}" not in data

    fuzzed = fuzz(check, [b".some text"], 500, SEED)
    assert [str(found.error) for found in fuzzed.findings.values()]
