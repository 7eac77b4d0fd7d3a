"""Exchange: one dialogue in words: what it came to, what was decided on each item, and how near that came to the ideal.

Every number is the one that the dialogue was measured by.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Literal

from hvae_bench.catalogue.rendering import format_payoff
from hvae_bench.dialogue.described import GameRecord, TargetRecord
from hvae_bench.log.record import RationalityRecord
from hvae_bench.report.subject import angle_of
from hvae_bench.scorers import Decision, PayoffTable
from hvae_bench.scorers.calibration import ItemRationality, describe, rate_items
from hvae_bench.text.number import number

OutcomeKind = Literal["answered", "refused", "unreadable", "incomplete"]

OUTCOMES: dict[OutcomeKind, str] = {
    "answered": "every question answered",
    "refused": "a question refused",
    "unreadable": "a reply that names no option",
    "incomplete": "broken off",
}
"""What a dialogue came to, in words; of several the last one counts."""

_STATUS = {"refused": "Refused", "invalid": "No option named", "not_reached": "Never answered"}

_ASKED = {
    "independent": "each question in a conversation of its own, after the same opening",
    "batched": "all questions in one message",
}


_ANGLE = re.compile(r"\(utility_angle_deg (\S+)\)")


def outcome_of(record: RationalityRecord) -> OutcomeKind:
    """What a dialogue came to."""
    measures = record.measures
    if measures.n_not_reached:
        return "incomplete"
    if measures.n_invalid:
        return "unreadable"
    return "refused" if measures.n_refused else "answered"


@dataclass(frozen=True, eq=False)
class Frame:
    """A game as a target rates it, which all dialogues with both share."""

    game: GameRecord
    target: TargetRecord

    @cached_property
    def _table(self) -> PayoffTable:
        return self.game.payoff_table()

    @cached_property
    def options(self) -> dict[str, dict[str, int]]:
        """For each item the places of its options, by their ids."""
        return {item.id: {option.id: place for place, option in enumerate(item.options)} for item in self.game.items}

    @cached_property
    def motives(self) -> list[str]:
        """The target's motives in a word or two."""
        told = (describe(motive) for motive in self.target.motives)
        return [_ANGLE.sub(r"(\1°)", one).replace("_", " ") for one in told]

    @cached_property
    def rated(self) -> dict[str, tuple[ItemRationality, ...]]:
        """For each item how every motive rates its options."""
        of_motives = rate_items(self._table, self.target.motives)
        return {
            item: tuple(ratings[place] for ratings in of_motives) for place, item in enumerate(self._table.item_ids)
        }

    def motive_of(self, record: RationalityRecord) -> int | None:
        """The place of the motive that a dialogue serves best, and that scores it; None if it has none."""
        if record.measures.value_rationality is None:
            return None
        means = []
        for motive in range(len(self.target.motives)):
            served = [
                one for one in (self.served(decision, motive) for decision in record.decisions) if one is not None
            ]
            means.append(math.fsum(served) / len(served))
        return means.index(max(means))

    def served(self, decision: Decision, motive: int) -> float | None:
        """How far a decision serves a motive: 1 ideal, 0 chance; None without a choice, or where all serve alike."""
        rating = self.rated[decision.item_id][motive]
        if decision.option_id is None or not rating.informative:
            return None
        return float(rating.rationality[self.options[decision.item_id][decision.option_id]])

    def payoffs(self, item: str, option: int) -> str:
        """What an option gives to whom; of many stakes neighbours that get the same are told together."""
        paid = self._table.payoffs[self._table.item_ids.index(item)][option]
        pairs = zip(paid, self.game.stakes, strict=True)
        if len(paid) < 5:
            return ", ".join(f"{format_payoff(payoff)} for {stake}" for payoff, stake in pairs)
        told = []
        for payoff, group in groupby(pairs, lambda pair: pair[0]):
            first, *others = [stake for _, stake in group]
            told.append(f"{format_payoff(payoff)} for {first}" + (f" to {others[-1]}" if others else ""))
        return ", ".join(told)

    def named(self, decision: Decision, option_id: str) -> str:
        """An option by its label (or id, where it was never shown) and payoffs."""
        label = next((shown.label for shown in decision.shown if shown.option_id == option_id), option_id)
        return f"{label} ({self.payoffs(decision.item_id, self.options[decision.item_id][option_id])})"

    def decided(self, decision: Decision) -> str:
        """What became of an item."""
        if decision.option_id is not None:
            return f"Chose {self.named(decision, decision.option_id)}"
        return f"{_STATUS[decision.status]} ({decision.reason.replace('_', ' ')})"

    def ideal(self, decision: Decision) -> str:
        """All ideal options of an item; where the motives differ, those of each."""
        if not self.motives:
            return "none, for no value was given"
        by_choices: dict[str, list[str]] = {}
        for motive, rating in zip(self.motives, self.rated[decision.item_id], strict=True):
            best = [option for option, place in self.options[decision.item_id].items() if rating.ideal[place]]
            names = " or ".join(self.named(decision, one) for one in best) if rating.informative else "any option"
            by_choices.setdefault(names, []).append(motive)
        if len(by_choices) == 1:
            return next(iter(by_choices))
        return "; ".join(f"{names} by {' and '.join(motives)}" for names, motives in by_choices.items())

    def judged(self, decision: Decision, motive: int | None) -> str:
        """How far a decision serves the value, by the motive that scores the dialogue; "" where nothing can be said."""
        if motive is None or decision.option_id is None:
            return ""
        served = self.served(decision, motive)
        if served is None:
            return "tells nothing of the value, which no option serves better than another"
        if served == 1:
            return "ideal, item rationality 1.00"
        told = number(served)
        side = "as good as chance" if told == "0.00" else "worse than chance" if served < 0 else "better than chance"
        return f"{side}, item rationality {told}"


def facts_of(record: RationalityRecord, frame: Frame) -> Iterator[tuple[str, str]]:
    """What there is to say of a dialogue before one reads it, each with what it is called."""
    measures, motive = record.measures, frame.motive_of(record)
    if measures.value_rationality is None:
        yield "Value rationality", f"undefined: {measures.undefined.get('value_rationality', 'no reason is given')}"
    else:
        yield "Value rationality", f"{number(measures.value_rationality)} (1 is the ideal, 0 what guessing scores)"
    if motive is not None and measures.rationality is not None and measures.expected_rationality is not None:
        mean = f"mean item rationality {number(measures.rationality)}"
        if len(frame.motives) > 1:
            chance = f"guessing: {number(measures.expected_rationality)}"
            mean += f" by {frame.motives[motive]}, the motive that was served best ({chance})"
        yield "Made of", mean
    low, high = measures.value_rationality_lower_bound, measures.value_rationality_upper_bound
    if low is not None and high is not None and high - low > 1e-9:
        yield "Had all been answered", f"between {number(low)} and {number(high)}"
    if (angle := angle_of(record)) is not None:
        category = measures.svo_category if measures.svo_angle_deg is not None else measures.ring_category
        yield "Angle of the choices", f"{number(angle)} degrees" + (f", {category}" if category else "")
    items = len(record.decisions)
    yield (
        "Questions",
        f"{measures.n_answered} of {items} answered"
        + ("" if measures.n_answered == items else f" ({OUTCOMES[outcome_of(record)]})"),
    )
    if asked := _ASKED.get(record.run.administration.items):
        yield "Asked", asked
    dialogue = record.dialogue
    if ended := "; ".join(filter(None, (dialogue.error, dialogue.limit and f"limit of {dialogue.limit}"))):
        yield "Ended by", ended
    for note in dialogue.notes:
        yield "Note", note
