"""Summary: the tables of the report, every number straight from the analysis of a run."""

import math
from collections.abc import Callable, Iterator, Sequence

from hvae_bench.report.subject import GOAL_ARMS, Subject
from hvae_bench.report.table import Cell, Table, answered_cell, cell
from hvae_bench.scorers import COUNTS, NUMBERS, Outcome
from hvae_bench.scorers.estimate import undefined, without_interval
from hvae_bench.scorers.finding import Verdict
from hvae_bench.scorers.numbers import Group

VERDICTS: dict[Verdict, str] = {
    "supported": "supported",
    "not_supported": "not supported",
    "undecided": "undecided at this n",
}
"""The verdicts in words."""

Rows = Iterator[list[Cell]]


def tables_of(subjects: Sequence[Subject]) -> list[Table]:
    """All tables of the report, in its order; those without a row are left out."""

    def table(key: str, caption: str, rows_of: Callable[[Subject], Rows], note: str = "") -> Table:
        named = ((cell("run", one.name), *row) for one in subjects for row in rows_of(one))
        return Table(key, caption, tuple(named), note)

    tables = [
        table(
            "headline",
            "Value rationality by model, over the core targets",
            _headline,
            "1 is the ideal choice every time, 0 is what guessing scores, below 0 is acting against the value. In "
            "brackets the 95 % interval for this model and these prompts. Fewer than 95 % answered: not comparable "
            "with other runs.",
        ),
        table(
            "pursuit",
            "Can it, will it: what the headline means",
            _pursuit,
            "Competence is value rationality under the rule alone. Responsiveness is what the value given adds over "
            "the other values' dialogues scored alike: 1 for the ideal, 0 for whoever does the same whatever value it "
            "is given. Transfer is what changes when the value is defined and its label never said.",
        ),
        table(
            "targets",
            "Value rationality by model and target",
            _targets,
            "The induction gain is how much more a value is served when it is given than by the same model left to "
            "itself. Refusals and unreadable replies are never turned into a choice.",
        ),
        table("findings", "The findings of Zhang et al., tested again on each model", _findings),
        table(
            "discriminant",
            "Discriminant matrix: the dialogues of each target scored as every target",
            _matrix,
            "A model that follows its value scores highest where both targets are the same.",
        ),
        table("goals", "Value rationality by target and goal turn, as the radars draw it", _goals),
        table(
            "spread",
            "Value rationality from the dialogues of each game, template, wording, framing or order alone",
            _spread,
            "How far the headline depends on the questions, on their wording, and on the order and unit of the "
            "options.",
        ),
        table(
            "contrasts",
            "Contrasts and behaviour",
            _contrasts,
            "The contamination gap is value rationality on published items minus that on fresh items of the same kind. "
            "Order consistency is 1 if the order of the options never matters, 0 if only places in the list are "
            "chosen.",
        ),
        table("dose", "Response to graded targets, in degrees", _dose),
    ]
    return [one for one in tables if one.rows]


def _headline(subject: Subject) -> Rows:
    analysis = subject.run.analysis
    row = [cell("scenario", subject.run.scenario)]
    for one in NUMBERS:
        if one.group == "headline":
            row.append(cell(one.name, analysis.numbers[one.name], one.words(), one.name, share=one.share))
        if one.name == "value_rationality_min":
            row.append(cell("minimum_target", analysis.minimum_target or "-", "which is"))
    state = subject.state + ("" if analysis.comparable else "; not comparable: too few answers")
    yield [
        *row,
        cell("verdict", analysis.verdict.sentence),
        cell("dialogues", analysis.n_dialogues, metric="dialogues"),
        cell("state", state),
    ]


def _pursuit(subject: Subject) -> Rows:
    yield from _measures(subject, "pursuit")


def _measures(subject: Subject, group: Group) -> Rows:
    """A row for every number of a group."""
    analysis = subject.run.analysis
    for one in NUMBERS:
        for of, estimate in analysis.by(one.name).items() if one.group == group else ():
            yield [cell("measure", one.words(of)), cell("estimate", estimate, metric=one.name.format(of))]


def _targets(subject: Subject) -> Rows:
    analysis = subject.run.analysis
    for target in subject.targets:
        counts = analysis.outcomes.get(target, Outcome(0, 0, 0, 0))
        induces = bool(subject.run.design.targets[target].motives)
        why = undefined("no game of this run can score it" if induces else "no value is induced")
        row = [cell("target", target)]
        for one in NUMBERS:
            if one.group == "target":
                metric = one.name.format(target)
                known = analysis.numbers.get(metric)
                key, heading = one.name.removesuffix("({})"), one.label.removesuffix(" of {}")
                row.append(cell(key, known or why, heading, metric if known else ""))
        yield [
            *row,
            answered_cell(counts, f"answered_rate({target})"),
            cell("refused", counts.refused),
            cell("unreadable", counts.invalid),
            cell("not_reached", counts.not_reached),
        ]


def _findings(subject: Subject) -> Rows:
    for one in subject.run.analysis.findings:
        told = cell("finding", one.statement), cell("verdict", VERDICTS[one.verdict])
        yield [*told, cell("reason", one.reason, "Because")]


def _matrix(subject: Subject) -> Rows:
    matrix = subject.run.analysis.discriminant
    for induced, row in matrix.estimates.items():
        for scored_as, estimate in row.items():
            of = cell("induced", induced), cell("scored_as", scored_as)
            ideal = cell("ideal", matrix.ideal[induced][scored_as], "Ideal follower")
            yield [*of, cell("value_rationality", estimate), ideal]


def _goals(subject: Subject) -> Rows:
    for target in subject.targets:
        for kind, arm in subject.arms.items():
            estimate = arm.numbers.get(f"value_rationality({target})")
            if estimate is not None:
                of = cell("target", target), cell("goal", GOAL_ARMS[kind], "Goal turn")
                yield [*of, cell("value_rationality", estimate)]


def _spread(subject: Subject) -> Rows:
    for part in NUMBERS:
        for id_, estimate in subject.run.analysis.by(part.name).items() if part.group == "part" else ():
            of = cell("axis", part.of.lower(), "Part"), cell("id", id_, "Only with")
            yield [*of, cell("value_rationality", estimate, metric=part.name.format(id_))]


def _contrasts(subject: Subject) -> Rows:
    yield from _measures(subject, "contrast")
    analysis = subject.run.analysis
    for count in COUNTS:
        if count.label:
            value = count.values(analysis).get(count.name, math.nan)
            estimate = without_interval(value, 0, count.why_not(analysis))
            yield [cell("measure", count.label), cell("estimate", estimate, metric=count.name)]


def _dose(subject: Subject) -> Rows:
    for curve in subject.run.analysis.dose_response.curves:
        asked = [cell(axis, getattr(curve, axis)) for axis in ("game", "template", "wording", "framing")]
        for point in curve.points:
            yield [
                *asked,
                cell("target", point.target),
                cell("utility_angle_deg", point.utility_angle_deg, "Utility angle"),
                cell("ideal_deg", point.ideal_deg, "Ideal angle"),
                cell("response_deg", point.response_deg, "Response"),
            ]
