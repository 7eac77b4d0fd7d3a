"""Rationality: value rationality as figures draw it: its rows, the ends of its axis, what it is compared with."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from hvae_bench.analysis.summary import told
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.report.figure import ACCENT, Mark
from hvae_bench.report.subject import Subject
from hvae_bench.scorers import Estimate
from hvae_bench.scorers.value_rationality import least_value_rationality

NEVER_ABOVE = -0.25
"""An axis of value rationality begins here at the highest, so that what is against the value can be seen to be."""


def in_words(estimate: Estimate) -> str:
    """An estimate with its interval, or that it is undefined."""
    return "undefined" if math.isnan(estimate.mean) else told(estimate)


def row_of(model: str, target: str, estimate: Estimate, **more: Any) -> dict[str, Any]:
    """A row of an estimate for marks: mean, lower, upper, and what a tooltip says."""
    ends = {"mean": estimate.mean, "lower": estimate.lower, "upper": estimate.upper}
    return {"model": model, "target": target, **ends, "told": f"{model}\n{target} {in_words(estimate)}", **more}


def ceilings_of(subjects: Iterable[Subject]) -> list[float]:
    """The deaf ceilings of some runs, each once."""
    ceilings = {round(one.run.analysis.deaf_ceiling, 4) for one in subjects}
    return sorted(one for one in ceilings if not math.isnan(one))


def least_of(subjects: Iterable[Subject], drawn: Iterable[Estimate]) -> float:
    """Where the axis begins: at the least that a core target can have on its games, or is drawn to have."""
    ends = [NEVER_ABOVE, *(end for one in drawn for end in (one.mean, one.lower))]
    for subject in subjects:
        design = subject.run.design
        for target in set(design.core_values) & set(design.targets):
            motives = design.targets[target].motives
            least = [least_value_rationality(table, motives, cached_calibrate) for table in design.games.values()]
            known = [one for one in least if not math.isnan(one)]
            ends.append(sum(known) / len(known) if known else math.nan)
    return min(end for end in ends if not math.isnan(end))


def references(ceilings: Sequence[float], axis: str = "x") -> list[Mark]:
    """Chance, the ideal and the deaf ceilings as lines across an axis, each with its name once."""
    rule = {"x": "ruleX", "y": "ruleY"}[axis]
    named: list[tuple[float, str, str, int]] = [(0, "chance", "end", -10), (1, "ideal", "middle", -10)]
    if ceilings:
        # A line above the others, which it may be near to.
        named.append((ceilings[-1], f"deaf ceiling{'s' * (len(ceilings) > 1)}", "middle", -23))
    return [
        (rule, [0, 1], {"stroke": ACCENT, "strokeWidth": 1.2}),
        (rule, ceilings, {"stroke": ACCENT, "strokeDasharray": "4 3"}),
        *(
            (
                "text",
                [{axis: at, "text": name}],
                {axis: axis, "text": "text", "frameAnchor": "top", "textAnchor": side, "dy": above, "fill": ACCENT},
            )
            for at, name, side, above in named
        ),
    ]
