"""Streams: names of random streams, by which our own providers draw every reply alike in every run.

The solver names the stream of each reply in the metadata of the message that asks for it, and only for
providers that say they read it; no provider sends it anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai.model import ChatMessage

__all__ = ["NAMES_STREAMS", "STREAM_KEY", "stream_of"]

STREAM_KEY = "hvae_stream"
"""Key of the stream's name in the metadata of a message."""

NAMES_STREAMS = "hvae_streams"
"""Attribute of a provider that reads them: true."""


def stream_of(messages: Sequence[ChatMessage]) -> str | None:
    """Name of the stream of the reply to the last question; None if it names none."""
    question = next((message for message in reversed(messages) if message.role == "user"), None)
    stream = None if question is None else (question.metadata or {}).get(STREAM_KEY)
    return stream if isinstance(stream, str) else None
