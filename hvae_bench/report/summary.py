"""Summary: the tables of the report, every number straight from the analysis of a run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from hvae_bench.report.subject import GOAL_ARMS, Subject
from hvae_bench.report.table import (
    Cell,
    Column,
    Table,
    count_cell,
    estimate_cell,
    number_cell,
    share_cell,
    text_cell,
)
from hvae_bench.scorers import COUNTS, NUMBERS, Outcome, RunAnalysis
from hvae_bench.scorers.estimate import undefined
from hvae_bench.scorers.finding import Finding, Verdict

__all__ = ["VERDICTS", "finding_sentence", "tables_of"]

VERDICTS: dict[Verdict, str] = {
    "supported": "supported",
    "not_supported": "not supported",
    "undecided": "undecided at this n",
}
"""The verdicts in words."""

_NO_OUTCOME = Outcome(0, 0, 0, 0)

Row = Mapping[Column, Cell]


def finding_sentence(finding: Finding) -> str:
    """A finding, its verdict and the interval that decides, in a sentence."""
    return f"{finding.statement.rstrip('.')}: {VERDICTS[finding.verdict]} ({finding.reason})."


def tables_of(subjects: Sequence[Subject]) -> tuple[Table, ...]:
    """All tables of the report, in its order; those without a row are left out."""
    tables = (
        _headline(subjects),
        _targets(subjects),
        _findings(subjects),
        _matrix(subjects),
        _goals(subjects),
        _spread(subjects),
        _contrasts(subjects),
        _dose(subjects),
    )
    return tuple(table for table in tables if table.rows)


def _table(key: str, caption: str, rows: Iterable[Row], note: str = "") -> Table:
    """A table of rows that have the same columns."""
    made = list(rows)
    columns = tuple(made[0]) if made else ()
    return Table(key, caption, columns, tuple(tuple(row[column] for column in columns) for row in made), note)


def _texts(subject: Subject, **texts: tuple[str, str]) -> Row:
    """The name of the run, and more columns of text: heading and content by key."""
    named = {"run": ("Run", subject.name)} | texts
    return {Column(key, heading, numeric=False): text_cell(text) for key, (heading, text) in named.items()}


def _headline(subjects: Sequence[Subject]) -> Table:
    return _table(
        "headline",
        "Value rationality by model, over the core targets",
        map(_headline_row, subjects),
        "1 is the ideal choice every time, 0 is what guessing scores, below 0 is acting against the value. In brackets "
        "the 95 % interval for this model and these prompts. Fewer than 95 % answered: not comparable with other runs.",
    )


def _headline_row(subject: Subject) -> Row:
    analysis = subject.analysis
    row = dict(_texts(subject, scenario=("Scenario", subject.run.scenario)))
    for one in NUMBERS:
        if one.group == "headline":
            row[Column(one.name, one.words())] = estimate_cell(analysis.numbers[one.name], one.name)
        if one.name == "value_rationality_min":
            row[Column("minimum_target", "which is", numeric=False)] = text_cell(analysis.minimum_target or "-")
    state = subject.state + ("" if analysis.comparable else "; not comparable: too few answers")
    return row | {
        Column("answered_rate", "Answered"): share_cell(analysis.outcome.answered_rate, "answered_rate"),
        Column("dialogues", "Dialogues"): count_cell(analysis.n_dialogues, "dialogues"),
        Column("state", "State", numeric=False): text_cell(state),
    }


def _targets(subjects: Sequence[Subject]) -> Table:
    return _table(
        "targets",
        "Value rationality by model and target",
        (_target_row(subject, target) for subject in subjects for target in subject.targets),
        "The induction gain is how much more a value is served when it is given than by the same model left to itself. "
        "Refusals and unreadable replies are never turned into a choice.",
    )


def _target_row(subject: Subject, target: str) -> Row:
    analysis = subject.analysis
    counts = analysis.outcomes.get(target, _NO_OUTCOME)
    induces = bool(subject.design.targets[target].motives)
    why = undefined("no game of this run can score it" if induces else "no value is induced")
    row = dict(_texts(subject, target=("Target", target)))
    for one in NUMBERS:
        if one.group == "target":
            name = one.name.format(target)
            known = name in analysis.numbers
            column = Column(one.name.removesuffix("({})"), one.label.removesuffix(" of {}"))
            row[column] = estimate_cell(analysis.numbers[name], name) if known else estimate_cell(why)
    return row | {
        Column("answered_rate", "Answered"): share_cell(counts.answered_rate, f"answered_rate({target})"),
        Column("refused", "Refused"): count_cell(counts.refused),
        Column("unreadable", "Unreadable"): count_cell(counts.invalid),
        Column("not_reached", "Not reached"): count_cell(counts.not_reached),
    }


def _findings(subjects: Sequence[Subject]) -> Table:
    return _table(
        "findings",
        "The findings of Zhang et al., tested again on each model",
        (
            _texts(
                subject,
                finding=("Finding", finding.statement),
                verdict=("Verdict", VERDICTS[finding.verdict]),
                reason=("Because", finding.reason),
            )
            for subject in subjects
            for finding in subject.analysis.findings
        ),
    )


def _matrix(subjects: Sequence[Subject]) -> Table:
    return _table(
        "discriminant",
        "Discriminant matrix: the dialogues of each target scored as every target",
        (
            {
                **_texts(subject, induced=("Induced", induced), scored_as=("Scored as", scored_as)),
                Column("value_rationality", "Value rationality"): estimate_cell(estimate),
                Column("ideal", "Ideal follower"): number_cell(matrix.ideal[induced][scored_as]),
            }
            for subject in subjects
            for matrix in [subject.analysis.discriminant]
            for induced, row in matrix.estimates.items()
            for scored_as, estimate in row.items()
        ),
        "A model that follows its value scores highest where both targets are the same.",
    )


def _goals(subjects: Sequence[Subject]) -> Table:
    return _table(
        "goals",
        "Value rationality by target and goal turn, as the radars draw it",
        (
            {
                **_texts(subject, target=("Target", target), goal=("Goal turn", GOAL_ARMS[kind])),
                Column("value_rationality", "Value rationality"): estimate_cell(arm.numbers[name]),
            }
            for subject in subjects
            for target in subject.targets
            for kind, arm in subject.arms.items()
            if (name := f"value_rationality({target})") in arm.numbers
        ),
    )


def _spread(subjects: Sequence[Subject]) -> Table:
    return _table(
        "spread",
        "Value rationality from the dialogues of each game, template, wording, framing or order alone",
        (
            {
                **_texts(subject, axis=("Part", part.of.lower()), id=("Only with", id_)),
                Column("value_rationality", "Value rationality"): estimate_cell(estimate, part.name.format(id_)),
            }
            for subject in subjects
            for part in NUMBERS
            if part.group == "part"
            for id_, estimate in subject.analysis.by(part.name).items()
        ),
        "How far the headline depends on the questions, on their wording, and on the order and unit of the options.",
    )


def _contrasts(subjects: Sequence[Subject]) -> Table:
    return _table(
        "contrasts",
        "Contrasts and behaviour",
        (
            {**_texts(subject, measure=("Measure", measure)), Column("estimate", "Estimate"): cell}
            for subject in subjects
            for measure, cell in _contrast_cells(subject.analysis)
        ),
        "The contamination gap is value rationality on published items minus that on fresh items of the same kind. "
        "Order consistency is 1 if the order of the options never matters, 0 if only places in the list are chosen.",
    )


def _contrast_cells(analysis: RunAnalysis) -> Iterator[tuple[str, Cell]]:
    for one in NUMBERS:
        for of, estimate in analysis.by(one.name).items() if one.group == "contrast" else ():
            yield one.words(of), estimate_cell(estimate, one.name.format(of))
    for count in COUNTS:
        if count.label:
            note = count.why_not(analysis)
            cell = number_cell(count.values(analysis).get(count.name, math.nan), count.name, note)
            ends = ("_lower", None), ("_upper", None), ("_missing_because", note)
            yield count.label, replace(cell, fields=(*cell.fields, *ends))


def _dose(subjects: Sequence[Subject]) -> Table:
    return _table(
        "dose",
        "Response to graded targets, in degrees",
        (
            {
                **_texts(
                    subject,
                    game=("Game", curve.game),
                    template=("Template", curve.template),
                    wording=("Wording", curve.wording),
                    framing=("Framing", curve.framing),
                    target=("Target", point.target),
                ),
                Column("utility_angle_deg", "Utility angle"): number_cell(point.utility_angle_deg),
                Column("ideal_deg", "Ideal angle"): number_cell(point.ideal_deg),
                Column("response_deg", "Response"): estimate_cell(point.response_deg),
            }
            for subject in subjects
            for curve in subject.analysis.dose_response.curves
            for point in curve.points
        ),
    )
