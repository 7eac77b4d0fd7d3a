"""Inspect log: what it says about its run, and its dialogues one by one, however damaged the file.

Inspect itself reads a log as a whole or not at all, and without a look at the checksums in it: one bit that a disk has
turned may make another reply of it. Here one dialogue is in memory at a time, without its events and messages, and one
that is damaged costs no other.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from inspect_ai.event import StoreEvent
from inspect_ai.log import (
    EvalLog,
    EvalSample,
    read_eval_log,
    read_eval_log_sample_summaries,
    recover_eval_log,
    resolve_sample_attachments,
)

from hvae_bench.dialogue.described import STORE_KEY
from hvae_bench.log.broken import AnotherTaskError, Broken, cause, first_line
from hvae_bench.log.double import DIALOGUE
from hvae_bench.log.facts import RunFacts, run_facts
from hvae_bench.text.errors import LogError, brief
from hvae_bench.text.location import is_url, local_copy, plain

# A record needs neither the events nor the messages: the turns are in the store.
_UNUSED = {"events", "messages", "timelines"}
_HEADERS = ("header.json", "_journal/start.json")


@dataclass(frozen=True, slots=True)
class _Member:
    """A dialogue in a file: its key, and a function that reads it."""

    id: str
    epoch: int
    read: Callable[[], EvalSample]


@dataclass(frozen=True, slots=True)
class InspectLog:
    """An open log: what Inspect and this package say about the run, and its dialogues as they stand in the file.

    Its location is a path or a URL, and its path that of the file on this machine.
    """

    header: EvalLog
    facts: RunFacts
    location: str
    path: Path
    members: tuple[_Member, ...]

    def samples(self) -> Iterator[EvalSample | Broken]:
        """The dialogues that can be read, and in the place of every other one what is wrong with it.

        They come by cell in the order of the dataset, then by epoch.
        """
        order = {id_: place for place, id_ in enumerate(self.facts.calls)}
        for member in sorted(self.members, key=lambda one: (order.get(one.id, len(order)), one.epoch)):
            try:
                yield member.read()
            except Exception as error:
                yield self.broken(member.id, member.epoch, f"cannot be read ({cause(error)})")
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
                yield self.broken(id_, epoch, "is in the log's list of dialogues and nowhere else")

    def broken(self, id_: object, epoch: int, problem: str) -> Broken:
        """What is wrong with one of its dialogues."""
        fix = "Take an undamaged copy of the log."
        return Broken(self.location, None, None, problem, fix, brief(str(id_)), epoch)


@contextmanager
def opened(location: str | Path) -> Iterator[InspectLog]:
    """An Inspect log (`.eval` or `.json`), as long as it is needed; of a run that has not ended what is there.

    Of a run that was killed on this machine that is also what Inspect's buffer holds.

    Raises:
        AnotherTaskError: a log, but of another task.
        LogError: no such file, not a log, one whose account of the run is damaged, or storage that cannot be reached.
    """
    source = plain(location)
    with local_copy(location) as path, ExitStack() as stack:
        if not path.is_file():
            raise LogError(f"There is no log {str(path)!r}. Give the path of an .eval file.")
        with _damage_in_words(location):
            header, members = _packed(path, source, stack) if path.suffix == ".eval" else _plain(path)
        facts, members = _facts(header, source), tuple(members)
        if header.eval.config.log_samples is False and not members:
            raise LogError(
                f"{source} was made with --no-log-samples and holds no dialogue. Run it without that option."
            )
        yield InspectLog(header, facts, source, path, members)


def _packed(path: Path, location: str, stack: ExitStack) -> tuple[EvalLog, Iterable[_Member]]:
    """What an `.eval` file says about the run, and its dialogues; the file is closed with the stack."""
    header = _header(path)
    if header.status == "started":
        path = _recovered(location, Path(stack.enter_context(TemporaryDirectory()))) or path
    packed = stack.enter_context(ZipFile(path))
    found = filter(None, map(DIALOGUE.fullmatch, dict.fromkeys(packed.namelist())))
    members = [_Member(match[1], int(match[2]), partial(_unpacked, packed, match[0])) for match in found]
    return header, members


def _recovered(location: str, folder: Path) -> Path | None:
    """A log in a folder that also has what Inspect's buffer alone held when the run was killed; None without any.

    The log and the buffer stay as they are, so that a retry finds them.
    """
    try:
        return Path(recover_eval_log(location, str(folder / "recovered.eval"), cleanup=False).location)
    except Exception:
        return None  # nothing to recover, a run that goes on, or a damaged buffer: the log itself is what there is


def _plain(path: Path) -> tuple[EvalLog, Iterable[_Member]]:
    """What a log that is one JSON object says about the run, and its dialogues."""
    content = json.loads(path.read_bytes())
    members = []
    for number, sample in enumerate(content.get("samples") or (), start=1):
        known = isinstance(sample, dict) and isinstance(sample.get("epoch"), int)
        id_, epoch = (str(sample.get("id")), sample["epoch"]) if known else (f"number {number}", 0)
        members.append(_Member(id_, epoch, partial(_sample, sample)))
    return EvalLog.model_validate(content | {"samples": None}), members


def read_header(location: str | Path) -> tuple[EvalLog, RunFacts]:
    """What Inspect and this package say about the run of a log; of a log at a URL only these bytes are fetched.

    Raises:
        AnotherTaskError: a log, but of another task.
        LogError: not a log, or a damaged log.
    """
    with _damage_in_words(location):
        header = _header(location)
    return header, _facts(header, plain(location))


def _header(location: str | Path) -> EvalLog:
    path = plain(location)
    if not is_url(path) and path.endswith(".eval"):
        with ZipFile(path) as packed:
            for name in set(packed.namelist()).intersection(_HEADERS):
                packed.read(name)  # holds it against its checksum, which Inspect does not
    return read_eval_log(path, header_only=True)


def _facts(header: EvalLog, source: str) -> RunFacts:
    facts = run_facts(header.eval.metadata, source)
    if facts is None:
        raise AnotherTaskError(f"{source} is a log of task {header.eval.task!r}, not of hvae_bench.")
    return facts


def _unpacked(packed: ZipFile, name: str) -> EvalSample:
    return _sample(json.loads(packed.read(name)))


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
            f"{plain(location)} cannot be read as an Inspect log ({type(error).__name__}: {first_line(error)[:200]}). "
            "Take an undamaged copy, or its rationality log; after a kill `inspect log recover` may restore the rest."
        ) from None
