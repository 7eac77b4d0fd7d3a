"""Summary: the tables of the report, every number straight from the analysis of a run."""

import math
from collections.abc import Callable, Iterator, Sequence

from hvae_bench.report.subject import GOAL_ARMS, Subject
from hvae_bench.report.table import Cell, Table, count_cell, estimate_cell, number_cell, share_cell, text_cell
from hvae_bench.scorers import COUNTS, NUMBERS, Estimate, Outcome
from hvae_bench.scorers.estimate import undefined, without_interval
from hvae_bench.scorers.finding import Verdict

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
        named = ((text_cell("run", "Run", one.name), *row) for one in subjects for row in rows_of(one))
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
    analysis = subject.analysis
    row = [text_cell("scenario", "Scenario", subject.run.scenario)]
    for one in NUMBERS:
        if one.group == "headline":
            row.append(estimate_cell(one.name, one.words(), analysis.numbers[one.name], one.name))
        if one.name == "value_rationality_min":
            row.append(text_cell("minimum_target", "which is", analysis.minimum_target or "-"))
    state = subject.state + ("" if analysis.comparable else "; not comparable: too few answers")
    yield [
        *row,
        share_cell("answered_rate", "Answered", analysis.outcome.answered_rate, "answered_rate"),
        count_cell("dialogues", "Dialogues", analysis.n_dialogues, "dialogues"),
        text_cell("state", "State", state),
    ]


def _targets(subject: Subject) -> Rows:
    analysis = subject.analysis
    for target in subject.targets:
        counts = analysis.outcomes.get(target, Outcome(0, 0, 0, 0))
        induces = bool(subject.design.targets[target].motives)
        why = undefined("no game of this run can score it" if induces else "no value is induced")
        row = [text_cell("target", "Target", target)]
        for one in NUMBERS:
            if one.group == "target":
                metric = one.name.format(target)
                known = analysis.numbers.get(metric)
                key, heading = one.name.removesuffix("({})"), one.label.removesuffix(" of {}")
                row.append(estimate_cell(key, heading, known or why, metric if known else ""))
        yield [
            *row,
            share_cell("answered_rate", "Answered", counts.answered_rate, f"answered_rate({target})"),
            count_cell("refused", "Refused", counts.refused),
            count_cell("unreadable", "Unreadable", counts.invalid),
            count_cell("not_reached", "Not reached", counts.not_reached),
        ]


def _findings(subject: Subject) -> Rows:
    for finding in subject.analysis.findings:
        yield [
            text_cell("finding", "Finding", finding.statement),
            text_cell("verdict", "Verdict", VERDICTS[finding.verdict]),
            text_cell("reason", "Because", finding.reason),
        ]


def _value_rationality(estimate: Estimate, metric: str = "") -> Cell:
    return estimate_cell("value_rationality", "Value rationality", estimate, metric)


def _matrix(subject: Subject) -> Rows:
    matrix = subject.analysis.discriminant
    for induced, row in matrix.estimates.items():
        for scored_as, estimate in row.items():
            yield [
                text_cell("induced", "Induced", induced),
                text_cell("scored_as", "Scored as", scored_as),
                _value_rationality(estimate),
                number_cell("ideal", "Ideal follower", matrix.ideal[induced][scored_as]),
            ]


def _goals(subject: Subject) -> Rows:
    for target in subject.targets:
        for kind, arm in subject.arms.items():
            estimate = arm.numbers.get(f"value_rationality({target})")
            if estimate is not None:
                of = [text_cell("target", "Target", target), text_cell("goal", "Goal turn", GOAL_ARMS[kind])]
                yield [*of, _value_rationality(estimate)]


def _spread(subject: Subject) -> Rows:
    for part in NUMBERS:
        for id_, estimate in subject.analysis.by(part.name).items() if part.group == "part" else ():
            of = [text_cell("axis", "Part", part.of.lower()), text_cell("id", "Only with", id_)]
            yield [*of, _value_rationality(estimate, part.name.format(id_))]


def _contrasts(subject: Subject) -> Rows:
    def row(measure: str, estimate: Estimate, metric: str) -> list[Cell]:
        return [text_cell("measure", "Measure", measure), estimate_cell("estimate", "Estimate", estimate, metric)]

    analysis = subject.analysis
    for one in NUMBERS:
        for of, estimate in analysis.by(one.name).items() if one.group == "contrast" else ():
            yield row(one.words(of), estimate, one.name.format(of))
    for count in COUNTS:
        if count.label:
            value = count.values(analysis).get(count.name, math.nan)
            yield row(count.label, without_interval(value, 0, count.why_not(analysis)), count.name)


def _dose(subject: Subject) -> Rows:
    for curve in subject.analysis.dose_response.curves:
        for point in curve.points:
            yield [
                text_cell("game", "Game", curve.game),
                text_cell("template", "Template", curve.template),
                text_cell("wording", "Wording", curve.wording),
                text_cell("framing", "Framing", curve.framing),
                text_cell("target", "Target", point.target),
                number_cell("utility_angle_deg", "Utility angle", point.utility_angle_deg),
                number_cell("ideal_deg", "Ideal angle", point.ideal_deg),
                estimate_cell("response_deg", "Response", point.response_deg),
            ]
