"""Streams: names of random streams, by which our own providers draw every reply alike in every run.

The solver names the stream of each reply, and the labels that a decision offers, in the metadata of the message
that asks for it, and only for providers that say they read it; no provider sends it anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai.model import ChatMessage

__all__ = ["ADAPTER", "LABELS_KEY", "NAMES_STREAMS", "STREAM_KEY", "labels_of", "stream_of"]

STREAM_KEY = "hvae_stream"
"""Key of the stream's name in the metadata of a message."""

LABELS_KEY = "hvae_labels"
"""Key of the labels that a decision offers in the metadata of a message."""

NAMES_STREAMS = "hvae_streams"
"""Attribute of a provider that reads them: true."""

ADAPTER = "hvae_adapter"
"""Attribute of a provider that lays an adapter over its weights: name and sha256 of the file, for the record."""


def stream_of(messages: Sequence[ChatMessage]) -> str | None:
    """Name of the stream of the reply to the last question; None if it names none."""
    stream = _named(messages, STREAM_KEY)
    return stream if isinstance(stream, str) else None


def labels_of(messages: Sequence[ChatMessage]) -> tuple[str, ...]:
    """Labels that the last question offers; none if it asks for no decision."""
    labels = _named(messages, LABELS_KEY)
    return tuple(labels) if isinstance(labels, list) else ()


def _named(messages: Sequence[ChatMessage], key: str) -> object:
    question = next((message for message in reversed(messages) if message.role == "user"), None)
    return None if question is None else (question.metadata or {}).get(key)
