"""Views of runs: tables and text for people; everything here is also to be had as JSON."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hvae_bench.analysis.comparison import ChangedDialogue, Comparison
from hvae_bench.cli.frame import MAX_MATRIX, SHOWN, table_of
from hvae_bench.log.results import Interval, RunResult
from hvae_bench.scorers import NUMBERS, DiscriminantMatrix, RunAnalysis
from hvae_bench.text.number import number, percent


def results_view(found: Sequence[RunResult]) -> RenderableType:
    """The runs as a table, and how to read it."""
    notes = [
        "Value rationality: 1 = the ideal choices for that value, 0 = what chance scores, below 0 = against it.",
        "± is half of the 95 % interval; it is missing where a cell has one dialogue only.",
        "`hvae show LOG` tells everything about one run.",
    ]
    if any(not result.comparable for result in found):
        notes.append("* fewer than 95 % of the items were answered: not comparable with other runs.")
    return Group(results_table(found), Text("\n".join(notes)))


def results_table(found: Sequence[RunResult]) -> Table:
    """The runs as a table: a row for each, a column for each target."""
    targets = list(dict.fromkeys(target for result in found for target in result.targets))
    table = Table(title="Value rationality by target", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("model", overflow="fold", min_width=12)
    table.add_column("scenario", no_wrap=True)
    # Few runs ask for probabilities.
    expected = any(not math.isnan(result.expected_value_rationality.mean) for result in found)
    for column in [*targets, "all", *(["expected"] if expected else []), "answered", "dialogues"]:
        table.add_column(column, justify="right", no_wrap=True)
    for result in found:
        nothing = Interval(math.nan, math.nan, math.nan)
        cells = [
            result.model + ("" if result.status == "success" else f" ({result.status})"),
            result.scenario,
            *(_interval(result.targets.get(target, nothing)) for target in targets),
            _interval(result.value_rationality) + ("" if result.comparable else "*"),
            *([_interval(result.expected_value_rationality)] if expected else []),
            percent(result.answered_rate),
            str(result.dialogues),
        ]
        table.add_row(*map(Text, cells))
    return table


def _interval(interval: Interval) -> str:
    if math.isnan(interval.lower):
        return number(interval.mean)
    return f"{number(interval.mean)} ± {(interval.upper - interval.lower) / 2:.2f}"


def _ends(lower: float, upper: float, written: Callable[[float], str] = number) -> str:
    return "-" if math.isnan(lower) else f"[{written(lower)}, {written(upper)}]"


def analysis_view(name: str, analysis: RunAnalysis) -> RenderableType:
    """Everything estimated from a run, with the reasons where something is missing."""
    estimates = table_of(
        name,
        ("", "estimate", "95 % interval", "dialogues", "why not"),
        _estimates(analysis),
        right=("estimate", "dialogues"),
    )
    findings = table_of(
        "Findings of Zhang et al., for this model",
        ("finding", "verdict", "because"),
        ((one.statement, one.verdict.replace("_", " "), one.reason) for one in analysis.findings),
    )
    return Group(estimates, _matrix(analysis.discriminant), findings, Text("\n".join(_remarks(analysis))))


def _estimates(analysis: RunAnalysis) -> Iterator[tuple[object, ...]]:
    """A row for every number; the matrix is a table of its own."""
    beside = {
        "value_rationality_min": f" ({analysis.minimum_target or '-'})",
        "dose_range_deg": f" (ideal {number(analysis.dose_response.ideal_range_deg)})",
    }
    for one in NUMBERS:
        for of, estimate in analysis.by(one.name).items() if one.group != "matrix" else ():
            # Few scenarios are made for a contrast.
            if one.group != "contrast" or estimate.no_mean is None:
                yield (
                    one.words(of) + beside.get(one.name, ""),
                    percent(estimate.mean) if one.share else number(estimate.mean),
                    _ends(estimate.lower, estimate.upper, percent if one.share else number),
                    estimate.n_dialogues,
                    estimate.no_mean or estimate.no_interval or "",
                )


def _matrix(matrix: DiscriminantMatrix) -> RenderableType:
    if matrix.reason is not None:
        return Text(f"No discriminant matrix: {matrix.reason}.\n")
    if len(matrix.targets) > MAX_MATRIX:
        return Text(f"The discriminant matrix of {len(matrix.targets)} targets is in `--json`.\n")
    rows = (
        [induced, *(f"{number(one.mean)} ({number(matrix.ideal[induced][other])})" for other, one in row.items())]
        for induced, row in matrix.estimates.items()
    )
    title = "Value rationality by induced target (row), scored as (column); in brackets the ideal agents'"
    return table_of(title, ("", *matrix.targets), rows, right=matrix.targets)


def _remarks(analysis: RunAnalysis) -> Iterator[str]:
    """Outcomes, positions and goals, a line each."""
    whole, order, positions, goals = analysis.outcome, analysis.order, analysis.positions, analysis.goals
    yield (
        f"Answered: {percent(whole.answered_rate)} of {whole.asked} questions "
        f"({whole.refused} refused, {whole.invalid} unreadable, {whole.not_reached} never reached), "
        f"{analysis.n_dialogues} dialogues, {analysis.n_incomplete} of them incomplete."
        + ("" if analysis.comparable else " Fewer than 95 % answered: not comparable with other runs.")
    )
    if order.reason is None:
        yield (
            f"Order consistency: {number(order.consistency)} (ceiling {number(order.ceiling)}); the same option in "
            f"{number(order.cross_agreement)} of the pairs across orders, {number(order.within_agreement)} within an "
            f"order, {number(order.expected_agreement)} by places alone."
        )
    else:
        yield f"No order consistency: {order.reason}."
    if positions.n_dialogues:
        yield (
            f"One position throughout: {100 * positions.constant:.1f} % of {positions.n_dialogues} dialogues "
            f"(by chance {100 * positions.chance:.2g} %)."
        )
    if goals.n_goals:
        naming = ", ".join(f"{target} {100 * share:.0f} %" for target, share in goals.names_other.items())
        yield (
            f"Goals: {goals.n_goals}, {goals.mean_words:.1f} words on average, {100 * goals.repeated:.0f} % stated "
            f"word for word in another dialogue of the cell; they name the other person: {naming or 'not counted'}."
        )


def comparison_view(comparison: Comparison) -> RenderableType:
    """Two runs side by side, with what speaks against it and the dialogues that came out otherwise."""
    rows = (
        (
            name,
            number(found.first.mean),
            number(found.second.mean),
            number(found.difference.mean),
            _ends(found.difference.lower, found.difference.upper),
            found.difference.no_mean or found.difference.no_interval or "",
        )
        for name, found in comparison.differences.items()
    )
    numbers = table_of(
        f"A: {comparison.first}\nB: {comparison.second}",
        ("", "A", "B", "B minus A", "95 % interval", "why not"),
        rows,
        right=("A", "B", "B minus A"),
    )
    against = [f"Compared all the same: {one}" for one in comparison.obstacles]
    told = f"{len(comparison.changed)} of {comparison.shared} dialogues of the same cell and epoch came out otherwise."
    shown = [f"  {_told(one)}" for one in islice(comparison.changed, SHOWN)]
    left = len(comparison.changed) - len(shown)
    more = [f"  and {left} more, in `--json`"] if left else []
    return Group(numbers, Text("\n".join([*against, told, *shown, *more])))


def _told(changed: ChangedDialogue) -> str:
    items = ", ".join(f"{item} {before} -> {now}" for item, (before, now) in changed.items.items())
    return f"{changed.sample_id}, epoch {changed.epoch}: {items}"
