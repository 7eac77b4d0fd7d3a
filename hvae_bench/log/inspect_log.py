"""Inspect log: what it says about its run, and its dialogues one by one, however damaged the file.

Inspect itself reads a log as a whole or not at all, and without a look at the checksums in it: one bit that a disk has
turned may make another reply of it. Here one dialogue is in memory at a time, without its events and messages, and one
that is damaged costs no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from inspect_ai.event import StoreEvent
from inspect_ai.log import (
    EvalLog,
    EvalSample,
    read_eval_log,
    read_eval_log_sample_summaries,
    resolve_sample_attachments,
)

from hvae_bench.dialogue.trace import STORE_KEY
from hvae_bench.log.broken import AnotherTaskError, Broken, cause
from hvae_bench.log.run_facts import RunFacts, run_facts
from hvae_bench.text.errors import LogError, brief
from hvae_bench.text.location import is_url, local_copy, plain

__all__ = ["InspectLog", "opened", "read_header"]

# A record needs neither the events nor the messages: the turns are in the store.
_UNUSED = {"events", "messages", "timelines"}
_HEADERS = ("header.json", "_journal/start.json")
_DIALOGUE = re.compile(r"samples/(.+)_epoch_(\d+)\.json")
_AT_ONCE = 2**20


@dataclass(frozen=True, slots=True)
class _Member:
    """A dialogue in a file: its key, and a function that reads its content."""

    id: str
    epoch: int
    read: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class InspectLog:
    """An open log.

    Attributes:
        header: what Inspect says about the run; it holds no dialogue.
        facts: what this package says about it.
        location: where it comes from, a path or a URL.
        path: the file on this machine.
        members: its dialogues, as they stand in the file.
    """

    header: EvalLog
    facts: RunFacts
    location: str
    path: Path
    members: tuple[_Member, ...]

    def samples(self, order: Callable[[str, int], Any]) -> Iterator[EvalSample | Broken]:
        """The dialogues that can be read, and in the place of every other one what is wrong with it.

        Args:
            order: sort key of a dialogue's id and epoch.
        """
        for member in sorted(self.members, key=lambda member: order(member.id, member.epoch)):
            try:
                yield _sample(member.read())
            except Exception as error:
                yield self._broken(member.id, member.epoch, f"cannot be read ({cause(error)})")
        yield from self._not_there()

    def _not_there(self) -> Iterator[Broken]:
        """The dialogues that an `.eval` file lists and does not hold."""
        here = {(member.id, member.epoch) for member in self.members}
        # Of a run that is still going on, one of the two may have been written before the other.
        if self.path.suffix != ".eval" or self.header.status == "started":
            return
        try:
            listed = [(str(summary.id), summary.epoch) for summary in read_eval_log_sample_summaries(str(self.path))]
        except Exception:
            return  # the list is damaged, the dialogues are not
        for id_, epoch in listed:
            if (id_, epoch) not in here:
                yield self._broken(id_, epoch, "stands in the log's list of dialogues and nowhere else")

    def _broken(self, id_: str, epoch: int, problem: str) -> Broken:
        return Broken.one_dialogue(self.location, brief(id_), epoch, problem)


@contextmanager
def opened(location: str | Path) -> Iterator[InspectLog]:
    """An Inspect log, as long as it is needed; of a run that has not ended what is there.

    Args:
        location: an `.eval` or `.json` log, a path or a URL.

    Raises:
        AnotherTaskError: a log, but of another task.
        LogError: no such file, not a log, one whose account of the run is damaged, or storage that cannot be reached.
    """
    source = plain(location)
    with local_copy(location) as path, ExitStack() as stack:
        if not path.is_file():
            raise LogError(f"There is no log {str(path)!r}. Give the path of an .eval file.")
        with _damage_in_words(location):
            header, members = _packed(path, stack) if path.suffix == ".eval" else _plain(path)
        facts = run_facts(header.eval.metadata, source)
        if facts is None:
            raise AnotherTaskError(f"{source} is a log of task {header.eval.task!r}, not of hvae_bench.")
        yield InspectLog(header, facts, source, path, tuple(members))


def _packed(path: Path, stack: ExitStack) -> tuple[EvalLog, Iterable[_Member]]:
    """What an `.eval` file says about the run, and its dialogues; the file is closed with the stack."""
    _check_header(path)
    packed = stack.enter_context(ZipFile(path))
    names = dict.fromkeys(packed.namelist())
    found = ((name, match) for name in names if (match := _DIALOGUE.fullmatch(name)))
    members = [_Member(match[1], int(match[2]), partial(_unpacked, packed, name)) for name, match in found]
    return read_eval_log(str(path), header_only=True), members


def _plain(path: Path) -> tuple[EvalLog, Iterable[_Member]]:
    """What a log that is one JSON object says about the run, and its dialogues."""
    content = json.loads(path.read_bytes())
    members = []
    for number, sample in enumerate(content.get("samples") or (), start=1):
        known = sample if isinstance(sample, dict) else {}
        epoch = known.get("epoch")
        id_, epoch = (str(known.get("id")), epoch) if isinstance(epoch, int) else (f"number {number}", 0)
        members.append(_Member(id_, epoch, partial(copy, sample)))
    return EvalLog.model_validate(content | {"samples": None}), members


def read_header(location: str | Path) -> EvalLog:
    """An Inspect log without its dialogues; of a log at a URL only these bytes are fetched.

    Raises:
        LogError: not a log, or a damaged log.
    """
    with _damage_in_words(location):
        if not is_url(location):
            _check_header(Path(plain(location)))
        return read_eval_log(plain(location), header_only=True)


def _check_header(path: Path) -> None:
    """Hold what an `.eval` file says about the run against its checksums; there are none in other logs."""
    if path.suffix == ".eval":
        with ZipFile(path) as packed:
            for name in set(packed.namelist()).intersection(_HEADERS):
                with packed.open(name) as member:
                    while member.read(_AT_ONCE):
                        pass


def _unpacked(packed: ZipFile, name: str) -> Any:
    return json.loads(packed.read(name))


def _sample(content: dict[str, Any]) -> EvalSample:
    sample = EvalSample.model_validate({name: value for name, value in content.items() if name not in _UNUSED})
    return sample if STORE_KEY in sample.store else _with_trace(sample, EvalSample.model_validate(content))


def _with_trace(sample: EvalSample, whole: EvalSample) -> EvalSample:
    """A sample with the trace of its dialogue in the store, as far as its events hold one.

    A dialogue that had ended when its run was killed, and was not yet in the log, comes back from Inspect's buffer with
    its events and without its store. The trace is then the last change of the store among the events.
    """
    changes = [
        change.value
        for event in resolve_sample_attachments(whole).events
        if isinstance(event, StoreEvent)
        for change in event.changes
        if change.path == f"/{STORE_KEY}" and change.op in ("add", "replace")
    ]
    return sample.model_copy(update={"store": sample.store | {STORE_KEY: changes[-1]}}) if changes else sample


@contextmanager
def _damage_in_words(location: str | Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise LogError(
            f"{plain(location)} cannot be read as an Inspect log ({type(error).__name__}: {_first_line(error)}). "
            "Take an undamaged copy, or its rationality log; after a kill `inspect log recover` may restore the rest."
        ) from None


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or ["no details"])[0][:200]
