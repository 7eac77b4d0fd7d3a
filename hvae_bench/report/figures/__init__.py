"""Figures: one module each, with the figure's numbers as tables; the page shows them in this order."""

from collections.abc import Callable, Iterator, Sequence

from hvae_bench.report.figure import Figure
from hvae_bench.report.figures.can_and_will import can_and_will
from hvae_bench.report.figures.choices import choices
from hvae_bench.report.figures.dose import dose
from hvae_bench.report.figures.effects import effects
from hvae_bench.report.figures.matrix import matrix
from hvae_bench.report.figures.parts import parts
from hvae_bench.report.figures.radar import radar
from hvae_bench.report.figures.ring import ring
from hvae_bench.report.figures.values import values
from hvae_bench.report.subject import Subject

FIGURES: tuple[Callable[[Sequence[Subject]], Iterator[Figure]], ...] = (
    radar,
    can_and_will,
    values,
    effects,
    parts,
    matrix,
    choices,
    ring,
    dose,
)
"""What draws from all subjects of a report; it yields nothing where the runs were not made for it."""


def figures_of(subjects: Sequence[Subject]) -> list[Figure]:
    """All figures of a report, in their order."""
    return [figure for draw in FIGURES for figure in draw(subjects)]
