"""Margin: which differences are smaller than a margin of no consequence, which larger, and which are not known.

Two one-sided tests at 5 % (Schuirmann 1987, J. Pharmacokinet. Biopharm. 15:657; Lakens 2017, Soc. Psychol. Personal.
Sci. 8:355) are one interval at 90 %: equivalent is what lies within the margin with its whole interval. Of several
differences this is Hochberg's step-up (1988, Biometrika 75:800). Its first step, that all are equivalent, is an
intersection-union test and needs no correction (Berger 1982, Technometrics 24:295); each further step leaves one more
without a claim and asks the others for intervals at 1 - 0.1/2, 1 - 0.1/3, ... So at most 5 % of studies call anything
equivalent that is not, where the differences are independent, as those of targets are, which share no dialogue.
Different is what lies beyond the margin with its whole interval at 1 - 0.05/k, k being all of them (Bonferroni).

That no dialogue varied is no proof here: of models that vary a little, a few dialogues often do not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from hvae_bench.scorers.estimate import CONFIDENCE, Estimate, at_once
from hvae_bench.scorers.finding import EQUIVALENCE_CONFIDENCE

Name = TypeVar("Name")

Judgement = Literal["equivalent", "not_shown", "different"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A difference with the interval that decides, at this confidence, and what is claimed."""

    judgement: Judgement
    difference: Estimate
    confidence: float


def judge(at: Callable[[float], Mapping[Name, Estimate]], margin: float) -> dict[Name, Judged]:
    """Judge differences all at once, given their estimates at any confidence."""
    k = len(at(CONFIDENCE))
    for step in range(1, k + 1):
        confidence = 1 - (1 - EQUIVALENCE_CONFIDENCE) / step
        within = {name: one for name, one in at(confidence).items() if -margin < one.lower and one.upper < margin}
        if len(within) > k - step:
            break
    found = {name: Judged("equivalent", one, confidence) for name, one in within.items()}
    wider = at_once(k)
    for name, one in at(wider).items():
        beyond = one.lower > margin or one.upper < -margin
        found.setdefault(name, Judged("different" if beyond else "not_shown", one, wider))
    return found
