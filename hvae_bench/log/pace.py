"""Pace: how far a run is and how long the rest will take, in sentences; whoever asks brings the time."""

from hvae_bench.scorers import Outcome
from hvae_bench.text.number import counted

MEASURED_REPLIES = 10
"""Replies after which the pace is told; the first one is not counted, since the model is loaded for it."""

FEWEST = 20
"""A run of fewer dialogues is over before anybody asks how far it is."""

PARTS = 10
"""A line is told at each tenth of the dialogues."""

EARLY_LINES = 2
QUIET_S = 180.0
"""So many lines more are told where the first tenths take longer than this."""

MEASURABLE_S = 30.0
"""From shorter times nothing is said about the rest."""


class Pace:
    """Counts the replies of a run of so many model calls until their pace is known."""

    def __init__(self, calls: int) -> None:
        self._calls = calls
        self._replies = self._read = self._written = 0
        self._began_s = 0.0

    def reply(self, now_s: float, read: int, written: int) -> str | None:
        """Count a reply and its tokens; when the pace is known, say what was measured and how much time remains."""
        self._replies += 1
        if self._replies == 1:
            self._began_s = now_s
            return None
        self._read += read
        self._written += written
        took, left = now_s - self._began_s, self._calls - self._replies
        if self._replies != MEASURED_REPLIES + 1 or left <= 0:
            return None
        return (
            f"hvae_bench: {MEASURED_REPLIES} replies took {_duration(took)} ({self._read:,} tokens read, "
            f"{self._written:,} written); at this pace the other {left:,} take about "
            f"{_duration(took / MEASURED_REPLIES * left)}"
        )


class Progress:
    """Counts the dialogues of all models of a run, and says at each tenth how many are done.

    Of a retry it knows only what is asked again, so that fewer may be left than it says.
    """

    def __init__(self, now_s: float) -> None:
        self._told_s = now_s
        self._began_s = now_s
        self._replies = self._calls = 0
        self._planned: dict[str, int] = {}
        self._at_most = False
        self._done: set[tuple[str, str, int]] = set()
        self._failed = 0
        self._outcome = Outcome(0, 0, 0, 0)
        self._part = self._early = 0

    def begin(self, eval_id: str, dialogues: int, calls: int, at_most: bool) -> None:
        """Plan the dialogues of one model and its calls, some of which may not be wanted in the end."""
        self._planned[eval_id] = dialogues
        self._calls += calls
        self._at_most = self._at_most or at_most

    def reply(self, now_s: float) -> None:
        """Count a reply: time counts from the first one, since the model may have been loaded for it."""
        self._replies += 1
        if self._replies == 1:
            self._began_s = now_s

    def over(self, dialogue: tuple[str, str, int], outcome: Outcome | None, now_s: float) -> str | None:
        """Count a dialogue (run of a model, cell, epoch) that ended, None for the outcome of one that failed.

        Returns:
            How far the run is, if it is time to say so.
        """
        if dialogue not in self._done:
            self._done.add(dialogue)
            self._failed += outcome is None
            self._outcome += outcome or Outcome(0, 0, 0, 0)
        planned, done = sum(self._planned.values()), len(self._done)
        part = PARTS * done // max(planned, 1)
        early = part < 2 and self._early < EARLY_LINES and now_s - self._told_s >= QUIET_S
        if planned < FEWEST or done >= planned or not (part > self._part or early):
            return None
        self._early += part <= self._part
        self._part, self._told_s = max(part, self._part), now_s
        return self._sentence(planned, done, now_s)

    def _sentence(self, planned: int, done: int, now_s: float) -> str:
        models = f" of {len(self._planned)} models" if len(self._planned) > 1 else ""
        most = "at most " if self._at_most else ""
        said = [
            f"hvae_bench: {done:,} of {most}{planned:,} dialogues{models} done, {most}{planned - done:,} left",
            f"{self._outcome.answered:,} of {counted(self._outcome.asked, 'question')} answered",
        ]
        if self._failed:
            said.append(f"{counted(self._failed, 'dialogue')} failed")
        # All dialogues may run at once, and end at once: replies tell the pace, not dialogues.
        took_s, left = now_s - self._began_s, self._calls * (1 - self._failed / planned) - self._replies
        if took_s >= MEASURABLE_S and self._replies > MEASURED_REPLIES and left > 0:
            said.append(f"{most}about {_duration(took_s / (self._replies - 1) * left, 0)} more at this pace")
        return "; ".join(said)


def _duration(seconds: float, digits: int = 1) -> str:
    if seconds < 100:
        return f"{seconds:.{digits}f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
