"""Views of runs: tables and text for people; everything here is also to be had as JSON."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hvae_bench.cli.frame import MAX_MATRIX, SHOWN, Fitting, table_of
from hvae_bench.log.results import Interval, RunResult
from hvae_bench.scorers import NUMBERS, DiscriminantMatrix, Estimate, Number, RunAnalysis
from hvae_bench.text.number import number, percent

if TYPE_CHECKING:
    from hvae_bench.analysis.comparison import ChangedDialogue, Comparison


def results_view(found: Sequence[RunResult]) -> RenderableType:
    """The runs as a table, and how to read it."""
    notes = [
        "Value rationality: 1 = the ideal choices for that value, 0 = what chance scores, below 0 = against it.",
        "In brackets the 95 % interval; it is missing where a cell has one dialogue only.",
    ]
    if any(not result.comparable for result in found):
        notes.append("* fewer than 95 % of the items were answered: not comparable with other runs.")
    parts = {_named(result): f"{result.scenario}, {result.part}" for result in found if result.part}
    notes += [f"{name}: a part of {told}." for name, told in parts.items()]
    notes += [
        f"{_named(result)}: put together from {len(result.joined)} logs without a cell in common ({result.scenario})."
        for result in found
        if result.joined
    ]
    return Group(Fitting(wide_table(found), _long(found)), Text("\n".join(notes)))


def wide_table(found: Sequence[RunResult]) -> Table:
    """A row for each run, a column for each target."""
    targets = list(dict.fromkeys(target for result in found for target in result.targets))
    # Few runs ask for probabilities.
    expected = any(not math.isnan(result.expected_value_rationality.mean) for result in found)
    columns = ["model", "scenario", *targets, "all", *(["expected"] if expected else []), "answered", "dialogues"]
    rows = (
        [
            _named(result),
            result.scenario,
            *(_interval(result.targets.get(target, _NOTHING)) for target in targets),
            _interval(result.value_rationality) + ("" if result.comparable else "*"),
            *([_interval(result.expected_value_rationality)] if expected else []),
            percent(result.answered_rate),
            result.dialogues,
        ]
        for result in found
    )
    return table_of("Value rationality by target", columns, rows, right=columns[2:], whole=columns[:2])


def _long(found: Sequence[RunResult]) -> Table:
    """A row for each run and target, as narrow as a terminal may be."""
    rows = []
    for result in found:
        of = {"all": result.value_rationality} | result.targets
        if not math.isnan(result.expected_value_rationality.mean):
            of["expected"] = result.expected_value_rationality
        # Two lines say whose rows these are; every run has a row for all and one for a target at least.
        counts = f"{result.dialogues} dialogues, {percent(result.answered_rate)} answered"
        said = chain((_named(result), counts), repeat(""))
        for (target, interval), beside in zip(of.items(), said, strict=False):
            mark = "*" if target == "all" and not result.comparable else ""
            rows.append((beside, target, number(interval.mean) + mark, _ends(interval.lower, interval.upper)))
    title = f"Value rationality by target, {', '.join(dict.fromkeys(result.scenario for result in found))}"
    columns = ("run", "target", "mean", "95 % interval")
    return table_of(title, columns, rows, right=("mean",), whole=("target", "95 % interval"))


_NOTHING = Interval()


def _named(result: RunResult) -> str:
    marks = [*([] if result.status == "success" else [result.status]), *(["part"] if result.part else [])]
    return result.model + (f" ({', '.join(marks)})" if marks else "")


def _interval(interval: Interval) -> str:
    ends = "" if math.isnan(interval.lower) else f" {_ends(interval.lower, interval.upper)}"
    return number(interval.mean) + ends


def _ends(lower: float, upper: float, written: Callable[[float], str] = number) -> str:
    return "-" if math.isnan(lower) else f"[{written(lower)}, {written(upper)}]"


def analysis_view(name: str, analysis: RunAnalysis) -> RenderableType:
    """Everything estimated from a run, and what could not be."""
    estimates = table_of(
        name,
        ("", "estimate", "95 % interval", "dialogues"),
        _estimates(analysis),
        right=("estimate", "dialogues"),
        whole=("95 % interval",),
    )
    findings = table_of(
        "Findings of Zhang et al., for this model",
        ("finding", "verdict", "because"),
        ((one.statement, one.verdict.replace("_", " "), one.reason) for one in analysis.findings),
        whole=("verdict",),
    )
    remarks = Text("\n".join([*_remarks(analysis), *_missing(analysis)]))
    return Group(estimates, _matrix(analysis.discriminant), findings, remarks)


def _shown(analysis: RunAnalysis) -> Iterator[tuple[Number, str, Estimate]]:
    """Every number that is shown, in words: not the matrix, a table of its own, nor contrasts that are not there."""
    beside = {
        "value_rationality_min": f" ({analysis.minimum_target or '-'})",
        "dose_range_deg": f" (ideal {number(analysis.dose_response.ideal_range_deg)})",
    }
    for one in NUMBERS:
        for of, estimate in analysis.by(one.name).items() if one.group != "matrix" else ():
            if one.group != "contrast" or estimate.no_mean is None:
                yield one, one.words(of) + beside.get(one.name, ""), estimate


def _estimates(analysis: RunAnalysis) -> Iterator[tuple[object, ...]]:
    """A row for every number that there is."""
    for one, words, estimate in _shown(analysis):
        if estimate.no_mean is None:
            written = percent if one.share else number
            ends = _ends(estimate.lower, estimate.upper, written)
            yield words, written(estimate.mean), ends, estimate.n_dialogues


def _missing(analysis: RunAnalysis) -> Iterator[str]:
    """A line for each reason why numbers or intervals are missing."""
    for what in ("estimate", "interval"):
        lacking: dict[str, list[str]] = {}
        for _, words, one in _shown(analysis):
            reason = one.no_mean if what == "estimate" else None if one.no_mean else one.no_interval
            if reason:
                lacking.setdefault(reason, []).append(words)
        for reason, names in lacking.items():
            yield f"Without an {what}: {'; '.join(names)} ({reason})."


def _matrix(matrix: DiscriminantMatrix) -> RenderableType:
    if matrix.reason is not None:
        return Text(f"No discriminant matrix: {matrix.reason}.\n")
    if len(matrix.targets) > MAX_MATRIX:
        return Text(f"The discriminant matrix of {len(matrix.targets)} targets is in `--json`.\n")

    def part(targets: Sequence[str]) -> Table:
        rows = (
            [induced, *(f"{number(row[other].mean)} ({number(matrix.ideal[induced][other])})" for other in targets)]
            for induced, row in matrix.estimates.items()
        )
        return table_of("", ("", *targets), rows, right=targets, whole=("",))

    layouts = []
    for parts in range(1, len(matrix.targets) + 1):
        size = math.ceil(len(matrix.targets) / parts)
        columns = [matrix.targets[start : start + size] for start in range(0, len(matrix.targets), size)]
        layouts.append(Group(*map(part, columns)))
    title = "Value rationality by induced target (row), scored as (column); in brackets the ideal agents'"
    return Group(Text(title), Fitting(*layouts))


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


def comparison_view(comparison: "Comparison") -> RenderableType:
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
        whole=("95 % interval",),
    )
    against = [f"Compared all the same: {one}" for one in comparison.obstacles]
    told = f"{len(comparison.changed)} of {comparison.shared} dialogues of the same cell and epoch came out otherwise."
    shown = [f"  {_told(one)}" for one in islice(comparison.changed, SHOWN)]
    left = len(comparison.changed) - len(shown)
    more = [f"  and {left} more, in `--json`"] if left else []
    return Group(numbers, Text("\n".join([*against, told, *shown, *more])))


def _told(changed: "ChangedDialogue") -> str:
    items = ", ".join(f"{item} {before} -> {now}" for item, (before, now) in changed.items.items())
    return f"{changed.sample_id}, epoch {changed.epoch}: {items}"
