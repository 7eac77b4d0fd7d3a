"""Pace: how long a run on this machine will take, once it has been measured."""

from __future__ import annotations

__all__ = ["Pace"]

MEASURED_REPLIES = 10
"""Replies after which the pace is told; the first one is not counted, since the model is loaded for it."""


class Pace:
    """Counts the replies of a run until their pace is known.

    Args:
        calls: model calls of the whole run.
    """

    def __init__(self, calls: int) -> None:
        self._calls = calls
        self._replies = self._read = self._written = 0
        self._began_s = 0.0

    def reply(self, now_s: float, read: int, written: int) -> str | None:
        """Count a reply.

        Args:
            now_s: time, in seconds, from any beginning.
            read: tokens that the model read for it.
            written: tokens of the reply.

        Returns:
            What has been measured and what remains, in a sentence, when it is known; else None.
        """
        self._replies += 1
        if self._replies == 1:
            self._began_s = now_s
            return None
        self._read += read
        self._written += written
        measured = self._replies - 1
        if measured != MEASURED_REPLIES or self._calls <= self._replies:
            return None
        took, left = now_s - self._began_s, self._calls - self._replies
        return (
            f"hvae_bench: {measured} replies took {_duration(took)} ({self._read:,} tokens read, {self._written:,} "
            f"written); at this pace the other {left:,} take about {_duration(took / measured * left)}"
        )


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
