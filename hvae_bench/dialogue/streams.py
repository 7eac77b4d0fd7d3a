"""Streams: names of random streams, by which our own providers draw every reply alike in every run.

The solver names the stream of each reply, and tells the options that a decision offers as they are shown, in the
metadata of the message that asks for it, and only for providers that say they read it; no provider sends it anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from inspect_ai.model import ChatMessage

from hvae_bench.dialogue.shown import Shown

__all__ = [
    "ADAPTER",
    "NAMES_STREAMS",
    "OPTIONS_KEY",
    "STREAM_KEY",
    "labels_of",
    "options_of",
    "stream_metadata",
    "stream_of",
]

STREAM_KEY = "hvae_stream"
"""Key of the stream's name in the metadata of a message."""

OPTIONS_KEY = "hvae_options"
"""Key of the options that a decision offers in the metadata of a message, in the game's own order."""

NAMES_STREAMS = "hvae_streams"
"""Attribute of a provider that reads them: true."""

ADAPTER = "hvae_adapter"
"""Attribute of a provider that lays an adapter over its weights: name and sha256 of the file, for the record."""


def stream_of(messages: Sequence[ChatMessage]) -> str | None:
    """Name of the stream of the reply to the last question; None if it names none."""
    stream = _named(messages, STREAM_KEY)
    return stream if isinstance(stream, str) else None


def options_of(messages: Sequence[ChatMessage]) -> tuple[Shown, ...]:
    """Options that the last question offers, in the game's own order; none if it asks for no decision."""
    told = _named(messages, OPTIONS_KEY)
    if not isinstance(told, list):
        return ()
    return tuple(
        Shown(one["label"], one["option_id"], tuple(one["payoffs"]), one["line"], tuple(one["stakes"])) for one in told
    )


def labels_of(messages: Sequence[ChatMessage]) -> tuple[str, ...]:
    """Labels that the last question offers; none if it asks for no decision."""
    return tuple(option.label for option in options_of(messages))


def stream_metadata(stream: str, options: Sequence[Shown]) -> dict[str, object]:
    """The metadata of a message that asks for a reply.

    Args:
        stream: name of the stream of the reply.
        options: what a decision offers; none for other turns.
    """
    told = {OPTIONS_KEY: [asdict(option) for option in options]} if options else {}
    return {STREAM_KEY: stream, **told}


def _named(messages: Sequence[ChatMessage], key: str) -> object:
    question = next((message for message in reversed(messages) if message.role == "user"), None)
    return None if question is None else (question.metadata or {}).get(key)
