"""Rounds: dialogues in rounds over all cells, and an end when the headline is known (`-T until=0.05`).

Inspect starts dialogues epoch by epoch and asks before each whether it is still wanted (`Task(early_stopping=...)`,
inspect-ai 0.3.154 and newer). The first two rounds run as they come; a later one begins when the one before it is over,
and not at all once every headline is known. A dialogue that failed is over, too, and counts as little as in a report.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from itertools import count
from logging import getLogger
from weakref import WeakValueDictionary

import anyio
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalSpec
from inspect_ai.scorer import SampleScore
from inspect_ai.util import EarlyStop
from pydantic import JsonValue
from pydantic_core import from_json

from hvae_bench.dialogue.sample import DialogueScript, script_of
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.log.export import SCORER
from hvae_bench.log.facts import WHY
from hvae_bench.log.plan import planned_runs
from hvae_bench.log.study import by_system, cell_id, design_of, dialogue_with
from hvae_bench.scorers import Dialogue, Estimate, Outcome, score_run
from hvae_bench.scorers.estimate import is_known
from hvae_bench.scorers.pairing import mean_of
from hvae_bench.scorers.study import scored_run
from hvae_bench.text.errors import UsageError, brief
from hvae_bench.text.number import counted

FEWEST = 2
"""Rounds that are always made: of one dialogue a cell no interval is known."""

PATIENCE_S = 5.0
"""How long a round waits, without news, for dialogues that are not running: a retry tells of them one by one."""

_logger = getLogger(__name__)


class Rounds:
    """Ends a run when the 95 % interval of every headline is at most `until` to either side: Inspect's `EarlyStopping`.

    Raises:
        UsageError: no such half-width, or a run of these cells that has no headline.
    """

    def __init__(self, until: object, scripts: Sequence[DialogueScript]) -> None:
        if isinstance(until, bool) or not isinstance(until, (int, float)) or not 0 < until <= 1:
            told = brief(until if isinstance(until, str) and until else repr(until))
            raise UsageError(f"until={told} should be a half-width above 0 and at most 1, such as until=0.05.")
        if reason := _no_headline(scripts):
            raise UsageError(f"until={until:g} needs a headline, and this run has none: {reason}. Leave until out.")
        self._until = float(until)
        # Several models may share this object; each runs in a context of its own, as do the dialogues it starts.
        self._current: ContextVar[_Run] = ContextVar("hvae_bench_rounds")

    async def start_task(self, task: EvalSpec, samples: list[Sample], epochs: int) -> str:
        """Begin a run of these cells."""
        scripts = {str(sample.id): script_of(sample.metadata or {}) for sample in samples}
        self._current.set(run := _Run(self._until, scripts, epochs))
        _running[task.eval_id] = run
        reason = _no_headline([*scripts.values()])
        if not reason and epochs <= FEWEST:
            reason = f"it has {counted(epochs, 'round')} at most, and {FEWEST} are always made; --epochs allows more"
        if reason:
            _logger.warning(f"until={self._until:g} does not shorten this run: {reason}.")
        return "hvae_bench rounds"

    async def schedule_sample(self, id: str | int, epoch: int) -> EarlyStop | None:
        """Wait for the turn of a dialogue; say if it is not wanted any more."""
        run = self._current.get(None)
        return None if run is None else await run.wanted(str(id), epoch)

    async def complete_sample(self, id: str | int, epoch: int, scores: dict[str, SampleScore]) -> None:
        """Take the score of a dialogue, or of one that the run that is retried had made."""
        if run := self._current.get(None):
            run.over(str(id), epoch, scores.get(SCORER))

    async def complete_task(self) -> dict[str, JsonValue]:
        """Say why the run ended, and how well its headline is known."""
        return self._current.get().summary()


class _Run:
    """How far one run of one model is."""

    def __init__(self, until: float, scripts: Mapping[str, DialogueScript], epochs: int) -> None:
        self._until, self._scripts, self._epochs = until, scripts, epochs
        systems = by_system(scripts.values()).items()
        self._designs = {system: design_of(own, own[0].core_values) for system, own in systems}
        self._ended: dict[tuple[str, int], SampleScore | None] = {}
        self._talking: set[tuple[str, int]] = set()
        self._rounds = 0  # of which every dialogue is over
        self._known_after: int | None = None
        self._news = anyio.Event()

    async def wanted(self, id_: str, epoch: int) -> EarlyStop | None:
        """Wait until the round of a dialogue begins; that it is not wanted, once enough is known."""
        while epoch > FEWEST and self._known_after is None and self._rounds < epoch - 1:
            # Of what is neither running nor over nothing may ever be heard: an operator can take it from the queue.
            with anyio.move_on_after(PATIENCE_S) as waited:
                await self._news.wait()
            if waited.cancelled_caught and not any(other < epoch for _, other in self._talking):
                break
        if epoch > FEWEST and self._known_after is not None:
            return EarlyStop(id=id_, epoch=epoch, reason=f"known after {self._known_after} rounds")
        self._talking.add((id_, epoch))
        return None

    def over(self, id_: str, epoch: int, score: SampleScore | None) -> None:
        """Take a dialogue that ended; None for the score of one that failed."""
        self._talking.discard((id_, epoch))
        self._ended[id_, epoch] = score
        before = self._rounds
        over = Counter(epoch for _, epoch in self._ended)
        self._rounds = next(epoch for epoch in count(1) if over[epoch] < len(self._scripts)) - 1
        a_new_one = max(before, FEWEST - 1) < self._rounds < self._epochs
        if a_new_one and self._known_after is None and all(is_known(one, self._until) for one in self._headlines()):
            self._known_after = self._rounds
        self._news.set()
        self._news = anyio.Event()

    def _headlines(self) -> list[Estimate]:
        """What the run is made to know, estimated as a report does from the dialogues there are, by value system."""
        found = []
        for system, design in self._designs.items() or [("", design_of((), ()))]:
            ended = [one for one in self._ended.items() if self._scripts[one[0][0]].game.system == system]
            dialogues = [self._dialogue(id_, score) for (id_, _), score in ended]
            scores = score_run(design, dialogues, calibrate=cached_calibrate)
            found.append(scored_run(design, scores, cached_calibrate).headline())
        return found

    def _dialogue(self, id_: str, score: SampleScore | None) -> Dialogue:
        script = self._scripts[id_]
        if score is None:
            return Dialogue(cell_id(script.cell, id_), {}, outcome=Outcome(0, 0, 0, len(script.game.items)))
        return dialogue_with(from_json((score.score.metadata or {})["facts"]["json"]), script, id_)

    def summary(self) -> dict[str, JsonValue]:
        """Why the run ended, as plain JSON."""
        headlines = self._headlines()
        widest = max((one.upper - one.lower) / 2 for one in headlines)
        which = "the headline" if len(headlines) == 1 else "the least certain headline"
        known = f"the half-width of {which} is {widest:.2g}"
        if self._known_after is not None:
            why = f"ended after {self._known_after} of {self._epochs} rounds, since {known} (until={self._until:g})"
        else:
            for reason in (one.no_interval for one in headlines if one.no_interval):
                known = f"its headline has no interval ({reason})"
            why = f"ran to its maximum of {counted(self._epochs, 'round')} (until={self._until:g}): {known}"
        return {"until": self._until, "rounds": self._known_after or self._epochs, WHY: why}


_running: WeakValueDictionary[str, _Run] = WeakValueDictionary()
"""By Inspect's id of a run; for what Inspect tells its hooks alone."""


def over_without_score(eval_id: str, id_: str | int, epoch: int) -> None:
    """Take that a dialogue of a run failed, or an attempt at it."""
    if run := _running.get(eval_id):
        run.over(str(id_), epoch, None)


def _no_headline(scripts: Sequence[DialogueScript]) -> str | None:
    """Why a run of these cells has no headline; None if it has one."""
    if not scripts:
        return "no cell of it is asked for"
    found = (run.core(lambda _, cells: mean_of(cells)) for run in planned_runs(scripts).values())
    return next((reason for reason in found if isinstance(reason, str)), None)
