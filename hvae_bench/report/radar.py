"""Radar: value rationality by target, with a goal of the model's own and without one, as Zhang et al. draw it.

Their scale is the angular distance, which chance fills unevenly; this one is corrected for chance, and the ring at 0
is what guessing scores.
"""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes

from hvae_bench.report.figure import ACCENT, COLOURS, INK, MARKERS, RULE, Drawing, draw
from hvae_bench.report.subject import GOAL_ARMS, Subject
from hvae_bench.scorers.design import GoalKind
from hvae_bench.scorers.estimate import Estimate
from hvae_bench.text.number import number

__all__ = ["radar"]

MIN_TARGETS = 3
"""With fewer axes there is no area."""

_DASHES: tuple[str, ...] = ("-", "--", ":", "-.", (0, (1, 3)))  # type: ignore[assignment]


def radar(subject: Subject) -> Drawing | None:
    """The radar of a run; None with fewer than three core targets."""
    targets = [target for target in subject.design.core_values if target in subject.targets]
    by_arm = {kind: arm.by("value_rationality({})") for kind, arm in subject.arms.items()}
    arms = {
        kind: [own.get(target) for target in targets]
        for kind, own in by_arm.items()
        if not own.keys().isdisjoint(targets)
    }
    if len(targets) < MIN_TARGETS or not arms:
        return None
    return draw(
        f"radar-{subject.key}",
        "radar",
        f"Value rationality by target and goal turn: {subject.name}",
        "Radar of value rationality, 1 at the rim is ideal and 0 is chance. " + _in_words(targets, arms),
        (6.4, 5.0),
        lambda figure: _paint(figure, targets, arms),
    )


def _in_words(targets: list[str], arms: dict[GoalKind, list[Estimate | None]]) -> str:
    parts = []
    for kind, estimates in arms.items():
        numbers = ", ".join(
            f"{target} {number(one.mean) if one else '-'}" for target, one in zip(targets, estimates, strict=True)
        )
        parts.append(f"{GOAL_ARMS[kind]}: {numbers}")
    return "; ".join(parts).capitalize() + "."


def _paint(figure: Figure, targets: list[str], arms: dict[GoalKind, list[Estimate | None]]) -> None:
    axes = figure.add_subplot(projection="polar")
    assert isinstance(axes, PolarAxes)
    angles = np.linspace(0, 2 * math.pi, len(targets), endpoint=False)
    known = [one.mean for estimates in arms.values() for one in estimates if one and not math.isnan(one.mean)]
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    # A little room in the middle keeps marks at the lowest value apart.
    axes.set_ylim(min([-1.0, *known]) - 0.25, 1.0)
    axes.set_yticks([-1, -0.5, 0, 0.5, 1], labels=["-1", "", "0", "", "1"])
    axes.set_rlabel_position(180 / len(targets))
    axes.set_xticks(angles, labels=targets)
    for label, angle in zip(axes.get_xticklabels(), angles, strict=True):
        sideways = math.sin(angle)
        label.set_horizontalalignment("left" if sideways > 0.1 else "right" if sideways < -0.1 else "center")
    axes.spines["polar"].set_color(RULE)
    axes.plot(np.linspace(0, 2 * math.pi, 181), np.zeros(181), color=ACCENT, linewidth=1.5, label="chance")
    for place, (kind, estimates) in enumerate(arms.items()):
        means = np.array([math.nan if one is None else one.mean for one in estimates])
        colour, marker = COLOURS[place], MARKERS[place]
        axes.plot([*angles, angles[0]], [*means, means[0]], color=colour, linestyle=_DASHES[place], linewidth=1.5)
        for angle, one in zip(angles, estimates, strict=True):
            if one is not None and one.no_interval is None:
                axes.plot([angle, angle], [one.lower, one.upper], color=colour, linewidth=3, alpha=0.4)
        axes.plot(
            angles[~np.isnan(means)],
            means[~np.isnan(means)],
            color=colour,
            marker=marker,
            markeredgecolor=INK,
            markeredgewidth=0.4,
            linestyle="none",
            clip_on=False,
            label=GOAL_ARMS[kind],
            gid=f"marks-{kind}",
        )
    axes.tick_params(axis="x", pad=4)
    figure.legend(loc="outside lower center", ncols=min(2, len(arms) + 1))
