"""Numbers and cells by their names."""

from __future__ import annotations

from hvae_bench.scorers import CellId, Estimate, ScoredRun, contrasts
from hvae_bench.scorers.numbers import select

_MARKS = {"w": "wording", "o": "option_order", "i": "item_order"}


def cell_of(name: str) -> CellId:
    """The cell `value.game.template.framing`, of which parts may be missing, and after it `w-`, `o-` or `i-ID`."""
    parts, marked = [], {}
    for part in name.split("."):
        mark, has_id, id_ = part.partition("-")
        if has_id and mark in _MARKS:
            marked[_MARKS[mark]] = id_
        else:
            parts.append(part)
    return CellId(**dict(zip(("value", "game", "template", "framing"), parts, strict=False)), **marked, name=name)


def number(run: ScoredRun, name: str) -> Estimate:
    """The estimate with this name."""
    return run.estimate(contrasts(run)[name])


def several(run: ScoredRun, name: str) -> dict[str, Estimate]:
    """The estimates with this name by what stands in its brackets."""
    return select({full: run.estimate(one) for full, one in contrasts(run).items()}, name)
