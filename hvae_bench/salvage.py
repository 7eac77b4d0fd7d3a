"""Salvage: the undamaged dialogues of an Inspect log of which a part is damaged.

Inspect reads a log as a whole or not at all, and without a look at the checksums in it: one bit that a disk has turned
may make another reply of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from inspect_ai.log import EvalLog, EvalSample, read_eval_log, read_eval_log_sample_summaries

from hvae_bench.broken import Broken, cause
from hvae_bench.errors import brief
from hvae_bench.restored import with_trace
from hvae_bench.trace import STORE_KEY

__all__ = ["check_bytes", "not_there", "salvage"]

_HEADERS = ("header.json", "_journal/start.json")
_DIALOGUE = re.compile(r"samples/(.+)_epoch_(\d+)\.json")
_AT_ONCE = 2**20

_Member = tuple[str, int, Callable[[], Any]]
"""Id and epoch of a dialogue, and a function that reads its content."""


def check_bytes(path: Path, *, dialogues: bool = True) -> None:
    """Hold the bytes of an `.eval` file against its checksums; there are none in other logs.

    Args:
        path: the log.
        dialogues: whether to look at the dialogues, or at what the log says about the run alone.

    Raises:
        Exception: one of several kinds: a part of the file is not what was written.
    """
    if path.suffix != ".eval":
        return
    with ZipFile(path) as packed:
        for name in dict.fromkeys(packed.namelist()):
            if name in _HEADERS or (dialogues and _DIALOGUE.fullmatch(name)):
                with packed.open(name) as member:
                    while member.read(_AT_ONCE):
                        pass


def salvage(path: Path, source: str, unused: Collection[str]) -> tuple[EvalLog, list[Broken]]:
    """A log with those of its dialogues that can be read, and the others.

    Args:
        path: the log, on this machine.
        source: where it comes from.
        unused: fields of a dialogue that are left out.

    Raises:
        Exception: one of many kinds: what the log says about the run cannot be read either.
    """
    if path.suffix == ".eval":
        check_bytes(path, dialogues=False)
        log = read_eval_log(str(path), header_only=True)
    else:
        log = EvalLog.model_validate(json.loads(path.read_bytes()) | {"samples": []})
    samples: list[EvalSample] = []
    lost: list[Broken] = []
    for id_, epoch, read in _members(path):
        try:
            samples.append(_sample(read(), unused))
        except Exception as error:
            lost.append(Broken.one_dialogue(source, brief(id_), epoch, f"cannot be read ({cause(error)})"))
    log = log.model_copy(update={"samples": samples})
    return log, [*lost, *not_there(path, source, log, lost)]


def not_there(path: Path, source: str, log: EvalLog, lost: Collection[Broken] = ()) -> list[Broken]:
    """The dialogues that an `.eval` file lists and does not hold.

    Args:
        path: the log, on this machine.
        source: where it comes from.
        log: what was read of it.
        lost: the dialogues that could not be read.
    """
    # Of a run that is still going on, one of the two may have been written before the other.
    if path.suffix != ".eval" or log.status == "started":
        return []
    here = {(str(sample.id), sample.epoch) for sample in log.samples or []}
    here |= {(str(one.dialogue), one.epoch or 0) for one in lost}
    try:
        listed = [(str(summary.id), summary.epoch) for summary in read_eval_log_sample_summaries(str(path))]
    except Exception:
        return []  # the list is damaged, the dialogues are not
    return [
        Broken.one_dialogue(source, brief(id_), epoch, "stands in the log's list of dialogues and nowhere else")
        for id_, epoch in listed
        if (id_, epoch) not in here
    ]


def _members(path: Path) -> Iterator[_Member]:
    if path.suffix == ".eval":
        with ZipFile(path) as packed:
            for name in dict.fromkeys(packed.namelist()):
                if match := _DIALOGUE.fullmatch(name):
                    yield match[1], int(match[2]), partial(_unpacked, packed, name)
        return
    for number, content in enumerate(json.loads(path.read_bytes())["samples"], start=1):
        known = content if isinstance(content, dict) else {}
        epoch = known.get("epoch")
        id_, epoch = (str(known.get("id")), epoch) if isinstance(epoch, int) else (f"number {number}", 0)
        yield id_, epoch, partial(copy, content)


def _unpacked(packed: ZipFile, name: str) -> Any:
    return json.loads(packed.read(name))


def _sample(content: dict[str, Any], unused: Collection[str]) -> EvalSample:
    sample = EvalSample.model_validate({name: value for name, value in content.items() if name not in unused})
    return sample if STORE_KEY in sample.store else with_trace(sample, EvalSample.model_validate(content))
