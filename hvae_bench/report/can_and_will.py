"""Can and will: competence against what a model makes of the values it is given, all models in one figure."""

import math
from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hvae_bench.report.figure import ACCENT, COLOURS, INK, MARKERS, RULE, Drawing, draw
from hvae_bench.report.subject import Subject
from hvae_bench.scorers import Estimate
from hvae_bench.scorers.can_and_will import HIGH
from hvae_bench.scorers.estimate import undefined
from hvae_bench.text.number import number

PANELS = {
    "Value rationality": ("value_rationality_no_goal", "value_rationality_own_goal"),
    "Responsiveness": ("responsiveness_no_goal", "responsiveness"),
}
"""What stands on the upright axes: without a goal, where an arrow begins, and with a goal of the model's own."""

SHORTEST = 0.04
"""A shorter arrow is nothing but its head."""


def can_and_will(subjects: Sequence[Subject]) -> Iterator[Drawing]:
    """A figure of all runs that measured competence, for each value system; none without one."""
    systems: dict[str, list[Subject]] = {}
    for one in subjects:
        if not math.isnan(_number(one, "competence").mean):
            systems.setdefault(one.run.records[0].game.system, []).append(one)
    for system, shown in systems.items():
        yield _figure(shown, system if len(systems) > 1 else "")


def _figure(shown: Sequence[Subject], system: str) -> Drawing:
    """The figure of runs of one value system, which is named if there are several."""
    ceilings = sorted({round(one.run.analysis.deaf_ceiling, 4) for one in shown} - {math.nan})

    def paint(figure: Figure) -> None:
        panels = figure.subplots(1, len(PANELS), sharex=True)
        for axes, (title, (without, own)) in zip(panels, PANELS.items(), strict=True):
            means = [_number(one, name).mean for one in shown for name in (without, own, "competence")]
            least = min([-0.25, *(mean - 0.1 for mean in means if not math.isnan(mean))])
            axes.set_xlim(least, 1.06)
            axes.set_ylim(least, 1.06)
            axes.set_title(title)
            axes.set_xlabel("Competence")
            axes.axhline(0, color=ACCENT, linewidth=1)
            axes.axvline(HIGH, color=RULE, linewidth=0.8, linestyle=":")
            for place, one in enumerate(shown):
                _paint(axes, place, one, without, own)
        for ceiling in ceilings:
            panels[0].axhline(ceiling, color=ACCENT, linewidth=1, linestyle="--", gid="deaf-ceiling")
            panels[0].annotate("deaf ceiling", (0.02, ceiling), xycoords=("axes fraction", "data"), va="bottom")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=min(3, len(shown)))

    return draw(
        f"can-and-will-{system or 'of-all'}",
        "can-and-will",
        f"{system and f'The value system {system}: '}Competence against value rationality and responsiveness. Hollow "
        "marks: without a goal; bars: 95 % intervals; to the right of the dotted line competence is high",
        "Competence across; upright value rationality and responsiveness, an arrow from no goal to a goal of the "
        f"model's own. {' '.join(map(_in_words, shown))}",
        (8.0, 4.4),
        paint,
    )


def _paint(axes: Axes, place: int, subject: Subject, begins: str, ends: str) -> None:
    """Paint a model: where it stands with a goal of its own, from where the goal brought it there, and intervals."""
    without, own = _number(subject, begins), _number(subject, ends)
    colour, marker = COLOURS[place % 6], MARKERS[place % len(MARKERS)]
    able = _number(subject, "competence")
    last = without if math.isnan(own.mean) else own
    if math.isnan(last.mean):
        return
    if not math.isnan(able.lower):
        axes.plot([able.lower, able.upper], [last.mean] * 2, color=colour, linewidth=3, alpha=0.35)
    if not math.isnan(last.lower):
        axes.plot([able.mean] * 2, [last.lower, last.upper], color=colour, linewidth=3, alpha=0.35)
    if not math.isnan(without.mean) and last is own:
        if abs(own.mean - without.mean) > SHORTEST:
            arrow = {"arrowstyle": "->", "color": colour, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 4}
            axes.annotate("", (able.mean, own.mean), (able.mean, without.mean), arrowprops=arrow)
        axes.plot([able.mean], [without.mean], color=colour, marker=marker, fillstyle="none", linestyle="none")
    axes.plot(
        *([able.mean], [last.mean]),
        color=colour,
        marker=marker,
        linestyle="none",
        markeredgecolor=INK,
        markeredgewidth=0.4,
        label=subject.name,
        gid=f"{ends}-{place + 1}",
    )


def _in_words(subject: Subject) -> str:
    names = ("competence", *(name for pair in PANELS.values() for name in pair))
    told = ", ".join(f"{name.replace('_', ' ')} {number(_number(subject, name).mean)}" for name in names)
    return f"{subject.name}: {told}."


def _number(subject: Subject, name: str) -> Estimate:
    return subject.run.analysis.numbers.get(name) or undefined("not measured")
