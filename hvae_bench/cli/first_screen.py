"""First screen: what a run says in words, with a bar for each value target; the long tables come after it."""

import math
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hvae_bench.analysis.summary import Caution, Summary, told, what_was_run
from hvae_bench.log.runs import Run
from hvae_bench.scorers import Estimate
from hvae_bench.text.number import number
from hvae_bench.text.visible import visible

_MOST_CELLS = 30
"""Cells of a bar on each side of 0 where there is room for more."""
_FEWEST_CELLS = 5
_LONGEST_NAME = 20
_ALL = "all core targets"
_VERDICTS = {"supported": "green", "not_supported": "red", "undecided": "yellow"}


def first_screen(run: Run, found: Mapping[str, Summary]) -> RenderableType:
    """What was run, and of every value system what it says."""
    shared = [one for one in _warnings(found) if all(one in own.warnings for own in found.values())]
    parts: list[RenderableType] = [Text(visible(what_was_run([run])), style="bold")]
    if run.joined:
        parts.append(Text(f"Put together from {len(run.logs)} logs without a cell in common"))
    parts.append(_cautions(shared))
    for system, one in found.items():
        several = system if len(found) > 1 else ""
        own = [warning for warning in one.warnings if warning not in shared]
        parts += [Text(), *_summary(one, own, run.by_system[system].analysis.deaf_ceiling, several)]
    parts += _missing(found)
    return Group(*parts)


def _summary(found: Summary, warnings: Sequence[Caution], ceiling: float, system: str) -> Iterator[RenderableType]:
    if system:
        yield Text(f"The value system {system}", style="bold")
    if all(one.kind != "not_competent" for one in found.warnings):  # which says it
        yield Text(found.sentence)
    yield Text(f"Can it, will it? {found.verdict}")
    yield _cautions(warnings)
    if any(one.no_mean is None for one in found.targets.values()):
        yield Text()
        yield _Bars(found, ceiling)
    yield Text()
    wide = max(len(chip.name) for chip in found.chips)
    for chip in found.chips:
        yield Text.assemble(f"{chip.name:{wide}}  ", (chip.verdict.replace("_", " "), _VERDICTS[chip.verdict]))
        if not system:
            yield Padding(Text(chip.sentence), (0, 0, 0, 2))


def _cautions(warnings: Sequence[Caution]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    for one in warnings:
        table.add_row(Text("!", style="bold yellow"), Text(visible(one.sentence)))
    return table if warnings else Group()


def _warnings(found: Mapping[str, Summary]) -> list[Caution]:
    return list(dict.fromkeys(warning for one in found.values() for warning in one.warnings))


class _Bars:
    """A bar for each value target, and for all core ones together, from -1 to 1.

    Solid as far as the interval leaves no doubt, shaded within the interval: darker up to the mean, lighter beyond.
    """

    def __init__(self, found: Summary, ceiling: float) -> None:
        core = {value: found.targets[value] for value in found.core_targets}
        of_all = {_ALL: found.headline} if found.headline.no_mean is None and len(core) > 1 else {}
        self._rows = core | of_all | found.targets
        self._ceiling = ceiling if of_all else math.nan

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Called by rich, which knows the width."""
        names = {name: visible(name, line=True) for name in self._rows}
        wide = min(_LONGEST_NAME, max(map(len, names.values())))
        numbers = {name: told(one) for name, one in self._rows.items()}
        room = options.max_width - wide - max(map(len, numbers.values())) - len("    ")
        cells = min(_MOST_CELLS, (room - 1) // 2)
        if cells >= _FEWEST_CELLS:
            yield Text(f"{'':{wide}}  {'-1':<{cells}}0{'1':>{cells}}", style="dim")
        for name, one in self._rows.items():
            shown = names[name] if len(names[name]) <= wide else f"{names[name][: wide - 1]}…"
            drawn = f"  {self._bar(name, one, cells)}" if cells >= _FEWEST_CELLS else ""
            yield Text(f"{shown:{wide}}{drawn}  {numbers[name]}", no_wrap=True, overflow="ellipsis")
        mark = "┊ " if cells >= _FEWEST_CELLS else ""
        deaf = "" if math.isnan(self._ceiling) else f", {mark}{number(self._ceiling)} at most if deaf to its value"
        yield Text(f"Value rationality: 1 ideal, 0 chance{deaf}.", style="dim")

    def _bar(self, name: str, one: Estimate, cells: int) -> str:
        """Cells from -1 to 0, the mark of 0, and cells to 1."""
        steps = [(place + 0.5) / cells for place in range(cells)]
        ceiling = -1 if name != _ALL or math.isnan(self._ceiling) else int(self._ceiling * cells)
        left = "".join(_cell(-step, one) for step in reversed(steps))
        right = [_cell(step, one) for step in steps]
        if 0 <= ceiling < cells:
            right[ceiling] = "┊"
        return f"{left}│{''.join(right)}"


def _cell(at: float, one: Estimate) -> str:
    """What stands at this value rationality."""
    if math.isnan(one.mean):
        return " "
    within = one.lower <= at <= one.upper
    if 0 < at <= one.mean or one.mean <= at < 0:
        return "▓" if within else "█"
    return "░" if within else " "


def _missing(found: Mapping[str, Summary]) -> Iterator[RenderableType]:
    """What was not measured, by the scenario that would."""
    by_scenario: dict[str | None, dict[str, None]] = {}
    lacking = [one for summary in found.values() for one in summary.not_measured]
    answered = {one.what for one in lacking if one.scenario}
    for one in lacking:
        if one.scenario or one.what not in answered:
            by_scenario.setdefault(one.scenario, {})[one.what] = None
    if not by_scenario:
        return
    yield Text()
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for scenario, what in sorted(by_scenario.items(), key=lambda one: one[0] is None):
        said = "; ".join(f"{one[0].lower()}{one[1:]}" for one in what)
        table.add_row(Text(scenario or "none"), Text(said))
    yield Text("Not measured, and the scenario that would", style="bold")
    yield table
