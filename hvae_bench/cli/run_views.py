"""Views of runs: tables and text for people; everything here is also to be had as JSON."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hvae_bench.cli.frame import MAX_MATRIX, SHOWN, Fitting, table_of
from hvae_bench.log.results import Interval, RunResult
from hvae_bench.scorers import NUMBERS, DiscriminantMatrix, Estimate, Number, RunAnalysis
from hvae_bench.scorers.can_and_will import NOT_MEASURED
from hvae_bench.text.number import counted, number, percent

if TYPE_CHECKING:
    from hvae_bench.analysis.comparison import ChangedDialogue, Comparison, Pair
    from hvae_bench.analysis.equivalence import Equivalence


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
    notes += dict.fromkeys(f"{_named(result)} {result.ended}." for result in found if result.ended)
    together: dict[tuple[int, str], dict[str, str]] = {}
    for result in found:
        if result.joined:
            # A run of several value systems is there once for each.
            together.setdefault((len(result.joined), result.scenario), {})[str(result.log)] = result.subject
    notes += [
        f"{', '.join(names.values())}: put together from {n} logs without a cell in common ({scenarios})."
        for (n, scenarios), names in together.items()
    ]
    groups = _by_system(found).items()
    headlines = (Fitting(wide_table(own, of), _long(own, of)) for of, own in groups)
    competences = (_competences(read, of) for of, own in groups if (read := [one for one in own if one.competence]))
    return Group(*headlines, *competences, *_pursuits(found), Text("\n".join(notes)))


def _by_system(found: Sequence[RunResult]) -> dict[str, list[RunResult]]:
    """The results of each value system, under what the title of a table adds for it: nothing where there is one."""
    groups: dict[str, list[RunResult]] = {}
    for result in found:
        groups.setdefault(result.system, []).append(result)
    return {f": {system}" if system and len(groups) > 1 else "": own for system, own in groups.items()}


def wide_table(found: Sequence[RunResult], of: str = "") -> Table:
    """A row for each run, a column for each target; the title tells what these are the results of."""
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
    return table_of(f"Value rationality by target{of}", columns, rows, right=columns[2:], whole=columns[:2])


def _long(found: Sequence[RunResult], of: str) -> Table:
    """A row for each run and target, as narrow as a terminal may be."""
    rows = []
    for result in found:
        numbers = {"all": result.value_rationality} | result.targets
        if not math.isnan(result.expected_value_rationality.mean):
            numbers["expected"] = result.expected_value_rationality
        # Two lines say whose rows these are; every run has a row for all and one for a target at least.
        counts = f"{result.dialogues} dialogues, {percent(result.answered_rate)} answered"
        said = chain((_named(result), counts), repeat(""))
        for (target, interval), beside in zip(numbers.items(), said, strict=False):
            mark = "*" if target == "all" and not result.comparable else ""
            rows.append((beside, target, number(interval.mean) + mark, _ends(interval.lower, interval.upper)))
    title = f"Value rationality by target, {', '.join(dict.fromkeys(result.scenario for result in found))}{of}"
    columns = ("run", "target", "mean", "95 % interval")
    return table_of(title, columns, rows, right=("mean",), whole=("target", "95 % interval"))


_NOTHING = Interval()

_PURSUIT = {
    "competence": "competence",
    "value_rationality_own_goal": "own goal",
    "value_rationality_no_goal": "no goal",
    "own_goal_effect": "goal effect",
    "responsiveness": "responsiveness",
    "transfer": "transfer",
}
"""What stands in the short table of what headlines mean."""


def _pursuits(found: Sequence[RunResult]) -> Iterator[RenderableType]:
    """What the headlines mean: tables, and the verdicts; nothing of runs that were not made to say it."""
    several = len(_by_system(found)) > 1
    shown = [
        replace(one, subject=f"{one.subject} ({one.system})") if several else one
        for one in found
        if any(not math.isnan(one.pursuit[name].mean) for name in _PURSUIT)
        or (one.verdict and one.verdict.name != "not_measured")
    ]
    if not shown:
        return
    title = "Can it, will it"
    heads = tuple(_PURSUIT.values())
    wide = table_of(
        title,
        ("model", *heads),
        ([one.subject, *(_measured(one.pursuit[name]) for name in _PURSUIT)] for one in shown),
        right=heads,
        whole=("model",),
    )
    rows = (
        (said, head, _measured(one.pursuit[name], ends=False), _ends(one.pursuit[name].lower, one.pursuit[name].upper))
        for one in shown
        for said, (name, head) in zip(chain((one.subject,), repeat("")), _PURSUIT.items(), strict=False)
    )
    columns = ("run", "", "mean", "95 % interval")
    yield Fitting(wide, table_of(title, columns, rows, right=("mean",), whole=("", "95 % interval")))
    judged: dict[str, list[str]] = {}
    for one in shown:
        if one.verdict:
            judged.setdefault(one.verdict.sentence, []).append(one.subject)
    verdicts = [f"{', '.join(dict.fromkeys(subjects))}: {sentence}" for sentence, subjects in judged.items()]
    told = (
        "Competence: value rationality under the rule alone. Responsiveness: what the value given adds over the other "
        "values' dialogues scored alike, 1 for the ideal. Transfer: by definition minus by label.\n"
    )
    yield Text("\n".join([*verdicts, told]))


def _competences(shown: Sequence[RunResult], of: str) -> RenderableType:
    """What each model reads, by the target whose rule it was given."""
    title = f"Competence by target: value rationality under the rule alone{of}"
    targets = list(dict.fromkeys(target for one in shown for target in one.competence))
    wide = [[one.subject, *(_interval(one.competence.get(target, _NOTHING)) for target in targets)] for one in shown]
    rows = (
        (said, target, number(able.mean), _ends(able.lower, able.upper))
        for one in shown
        for said, (target, able) in zip(chain((one.subject,), repeat("")), one.competence.items(), strict=False)
    )
    columns = ("model", "target", "mean", "95 % interval")
    return Fitting(
        table_of(title, ("model", *targets), wide, right=targets, whole=("model",)),
        table_of(title, columns, rows, right=("mean",), whole=("target", "95 % interval")),
    )


def _measured(of: Interval | Estimate, ends: bool = True) -> str:
    """A number, with the ends of its interval if they are wanted, or that it was not measured."""
    if math.isnan(of.mean):
        return NOT_MEASURED if of.no_mean is None or of.no_mean.startswith(NOT_MEASURED) else "-"
    return number(of.mean) + ("" if not ends or math.isnan(of.lower) else f" {_ends(of.lower, of.upper)}")


def _named(result: RunResult) -> str:
    marks = [*([] if result.status == "success" else [result.status]), *(["part"] if result.part else [])]
    return result.subject + (f" ({', '.join(marks)})" if marks else "")


def _interval(interval: Interval) -> str:
    ends = "" if math.isnan(interval.lower) else f" {_ends(interval.lower, interval.upper)}"
    return number(interval.mean) + ends


def _ends(lower: float, upper: float, written: Callable[[float], str] = number) -> str:
    return "-" if math.isnan(lower) else f"[{written(lower)}, {written(upper)}]"


def analysis_view(name: str, analysis: RunAnalysis) -> RenderableType:
    """Everything estimated from a run, and what could not be."""
    columns = ("", "estimate", "95 % interval", "dialogues")
    tables = [
        table_of(title, columns, rows, right=("estimate", "dialogues"), whole=("95 % interval",))
        for title, rows in (
            (f"{name}\n{analysis.verdict.sentence}".lstrip(), _pursuit_rows(analysis)),
            ("Value rationality, and what the run was made to compare", _rows(analysis, pursuit=False)),
            ("Can it, will it, by target", _rows(analysis, pursuit=True)),
        )
    ]
    findings = table_of(
        "Findings of Zhang et al., for this model",
        ("finding", "verdict", "because"),
        ((one.statement, one.verdict.replace("_", " "), one.reason) for one in analysis.findings),
        whole=("verdict",),
    )
    remarks = Text("\n".join([*_remarks(analysis), *_missing(analysis)]))
    shown = (table for table in tables if table.row_count)
    return Group(*shown, _matrix(analysis.discriminant), findings, remarks)


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


def _pursuit_rows(analysis: RunAnalysis) -> Iterator[tuple[object, ...]]:
    """What the headline means: a row for every number over the core targets, measured or not."""
    for one, words, estimate in _shown(analysis):
        if one.group == "pursuit" and not one.of:
            yield words, _measured(estimate, ends=False), _ends(estimate.lower, estimate.upper), estimate.n_dialogues


def _rows(analysis: RunAnalysis, *, pursuit: bool) -> Iterator[tuple[object, ...]]:
    """A row for every number that there is: those that say of targets what headlines mean, or the other ones."""
    for one, words, estimate in _shown(analysis):
        wanted = bool(one.of) if one.group == "pursuit" else None
        if estimate.no_mean is None and (wanted if pursuit else wanted is None):
            written = percent if one.share else number
            ends = _ends(estimate.lower, estimate.upper, written)
            yield words, written(estimate.mean), ends, estimate.n_dialogues


def _missing(analysis: RunAnalysis) -> Iterator[str]:
    """A line for each reason why numbers or intervals are missing."""
    for what in ("estimate", "interval"):
        lacking: dict[str, list[str]] = {}
        for of, words, one in _shown(analysis):
            reason = one.no_mean if what == "estimate" else None if one.no_mean else one.no_interval
            # That a run was not made for a number is said once, not of every target.
            if reason and not (of.group == "pursuit" and of.of and reason.startswith(NOT_MEASURED)):
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
    several = analysis.variety[1]
    if several:
        yield f"In {analysis.variety[0]} of {several} cells with several dialogues these differ in a choice."
    if not math.isnan(analysis.deaf_ceiling):
        told = "what an agent can score at most that does the same whatever value it is given"
        yield f"Deaf ceiling: {number(analysis.deaf_ceiling)}, {told}."
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
    """What parts two runs, their numbers side by side, what speaks against it and the dialogues that differ."""
    of_targets = tuple(one.name.partition("{}")[0] for one in NUMBERS if one.group == "pursuit" and one.of)
    shown = {name: of for name, of in comparison.differences.items() if not name.startswith(of_targets)}
    rows = [
        [
            name,
            number(found.first.mean),
            number(found.second.mean),
            number(found.difference.mean),
            _ends(found.difference.lower, found.difference.upper),
            found.difference.no_mean or found.difference.no_interval or "",
        ]
        for name, found in shown.items()
    ]
    columns = ("", "A", "B", "B minus A", "95 % interval", "why not")
    # Mostly there is no reason to tell, and a name needs the room.
    kept = columns if any(row[-1] for row in rows) else columns[:-1]
    numbers = table_of(
        f"A: {comparison.first}\nB: {comparison.second}",
        kept,
        (row[: len(kept)] for row in rows),
        right=("A", "B", "B minus A"),
        whole=("95 % interval",),
    )
    from hvae_bench.analysis.comparison import sentences

    parts = [*sentences(comparison), _level(comparison)]
    parts += [f"{run}: {verdict.sentence}" for run, verdict in zip("AB", comparison.verdicts, strict=True)]
    against = [f"Compared all the same: {one}" for one in comparison.obstacles]
    differ = f"{len(comparison.changed)} of {comparison.shared}"
    told = f"{differ} dialogues of the same cell and epoch have a different outcome."
    changed = [f"  {_told(one)}" for one in islice(comparison.changed, SHOWN)]
    left = len(comparison.changed) - len(changed)
    more = [f"  and {left} more, in `--json`"] if left else []
    return Group(numbers, Text("\n".join([*parts, *_parting(comparison), "", *against, told, *changed, *more])))


def _level(comparison: "Comparison") -> str:
    """At which confidence the intervals of targets are that hold together."""
    of = comparison.targets
    return (
        f"Intervals of targets are here at {100 * of.confidence:.4g} % each, so that all {len(of.differences)} hold at "
        "once in 95 % of comparisons."
    )


def comparisons_view(found: "Mapping[Pair, Comparison]") -> RenderableType:
    """Several runs of one value system against the first: a table of headlines, and what is claimed of each."""
    from hvae_bench.analysis.comparison import sentences

    first = next(iter(found))
    reference = found[first].differences["value_rationality"].first
    rows = [(first.letters[0], first.first.name, _measured(reference, ends=False), "", "")]
    told = []
    for pair, one in found.items():
        (_, letter), (difference,) = pair.letters, one.headline.differences.values()
        mean, ends = one.differences["value_rationality"].second.mean, _ends(difference.lower, difference.upper)
        rows.append((letter, pair.second.name, number(mean), number(difference.mean), ends))
        told += ["", f"{letter}: {one.verdicts[1].sentence}"]
        told += [f"Compared all the same: {obstacle}" for obstacle in one.obstacles]
        told += [sentences(one, *pair.letters)[1]]
        told += [f"{len(one.changed)} of {one.shared} dialogues of the same cell and epoch have a different outcome."]
    minus, together = f"minus {first.letters[0]}", f"{100 * found[first].headline.confidence:.4g} % interval"
    table = table_of(
        "Value rationality over all core targets",
        ("", "run", "all", minus, together),
        rows,
        right=("all", minus),
        whole=("", together),
    )
    notes = [
        "These intervals hold all at once in 95 % of comparisons.",
        f"{first.letters[0]}: {found[first].verdicts[0].sentence}",
        _level(found[first]),
    ]
    return Group(table, Text("\n".join([*notes, *told])))


def equivalence_view(found: "Equivalence") -> RenderableType:
    """What is claimed in words, the numbers behind it, and what was compared."""
    rows = [
        [
            name,
            number(one.first.mean),
            number(one.second.mean),
            number(one.result.difference.mean),
            _ends(one.result.difference.lower, one.result.difference.upper),
            f"{100 * one.result.confidence:.4g} %",
            one.result.judgement.replace("_", " "),
        ]
        for name, one in {**found.targets, "all": found.headline}.items()
    ]
    title = f"A: {found.first}\nB: {found.second}"
    numbers = Fitting(
        *(
            table_of(
                title, ("", "A", "B", minus, "interval", "at", ""), rows, ("A", "B", minus, "at"), ("", "interval")
            )
            for minus in ("B minus A", "B - A")
        )
    )
    notes = [f"Compared all the same: {one}" for one in found.obstacles]
    if len(found.differ) < 2:
        notes += [f"They differ in {one}." for one in found.differ or ("nothing that is declared",)]
    for run, cells, left in zip("AB", found.cells, found.left_out, strict=True):
        notes.append(
            f"{run}: {counted(cells, 'cell')}"
            + (f"; {left} more have none like them in the other run." if left else ".")
        )
    shown = [name for name, one in found.targets.items() if one.result.difference.alike]
    if any(found.targets[name].result.judgement == "not_shown" for name in shown):
        notes.append(
            f"{', '.join(shown)}: no dialogue scored otherwise than another one of its cell. If these models never "
            "vary on these prompts the difference is exact; to show that takes more dialogues (`--epochs`)."
        )
    return Group(Text("\n".join([*found.sentences, ""])), numbers, Text("\n".join(notes)))


def _parting(comparison: "Comparison") -> Iterator[str]:
    """In which of the numbers that a verdict goes by two runs differ for certain, and which they do not have."""
    names = ("competence", "responsiveness", "transfer")
    known = {name: one for name in names if (one := comparison.differences.get(name))}
    sure = {name: one for name, one in known.items() if one.difference.ends[0] > 0 or one.difference.ends[1] < 0}
    pairs = (f"{name} ({_measured(one.first)} and {_measured(one.second)})" for name, one in sure.items())
    nothing = "They do not certainly differ in anything that a verdict depends on."
    yield f"They certainly differ in: {', '.join(pairs)}." if sure else nothing
    if lacking := [name for name in names if name not in known or math.isnan(known[name].difference.mean)]:
        yield f"Not measured in both: {', '.join(lacking)}."


def _told(changed: "ChangedDialogue") -> str:
    items = ", ".join(f"{item} {before} -> {now}" for item, (before, now) in changed.items.items())
    return f"{changed.sample_id}, epoch {changed.epoch}: {items}"
