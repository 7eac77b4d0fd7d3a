"""Restored dialogues: what Inspect brings back after a crash, with the trace that its buffer keeps in another place.

A dialogue that had ended when its run was killed, and was not yet in the log, comes back from Inspect's buffer with its
events and without its store. The trace is then the last change of the store among the events.
"""

from __future__ import annotations

from inspect_ai.event import StoreEvent
from inspect_ai.log import (
    EvalLog,
    EvalSample,
    read_eval_log_sample,
    read_eval_log_sample_async,
    resolve_sample_attachments,
)

from hvae_bench.trace import STORE_KEY

__all__ = ["restore_traces", "restore_traces_async", "with_trace"]


def restore_traces(log: EvalLog) -> EvalLog:
    """A log whose dialogues have the traces that are not in their stores, as far as its file still holds them."""
    samples = [
        sample
        if STORE_KEY in sample.store
        else with_trace(sample, read_eval_log_sample(log.location, sample.id, sample.epoch))
        for sample in log.samples or []
    ]
    return log.model_copy(update={"samples": samples})


async def restore_traces_async(log: EvalLog) -> EvalLog:
    """As `restore_traces`, for use while Inspect's event loop runs."""
    samples = [
        sample
        if STORE_KEY in sample.store
        else with_trace(sample, await read_eval_log_sample_async(log.location, sample.id, sample.epoch))
        for sample in log.samples or []
    ]
    return log.model_copy(update={"samples": samples})


def with_trace(sample: EvalSample, whole: EvalSample) -> EvalSample:
    """A sample with the trace of a dialogue in its store.

    Args:
        sample: the sample; returned as it is if the events hold no trace.
        whole: the same sample with its events.
    """
    changes = [
        change.value
        for event in resolve_sample_attachments(whole).events
        if isinstance(event, StoreEvent)
        for change in event.changes
        if change.path == f"/{STORE_KEY}" and change.op in ("add", "replace")
    ]
    return sample.model_copy(update={"store": sample.store | {STORE_KEY: changes[-1]}}) if changes else sample
