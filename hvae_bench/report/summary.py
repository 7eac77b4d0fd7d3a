"""Summary: the tables of the report, every number straight from the analysis of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
from hvae_bench.scorers import Outcome
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
_RUN = Column("run", "Run", numeric=False)


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


def _headline(subjects: Sequence[Subject]) -> Table:
    columns = (
        _RUN,
        Column("scenario", "Scenario", numeric=False),
        Column("value_rationality", "Value rationality"),
        Column("value_rationality_min", "Worst core target"),
        Column("minimum_target", "which is", numeric=False),
        Column("neutrality_bias", "Neutrality bias"),
        Column("neutrality_bias_gain", "Neutrality bias of the gain"),
        Column("goal_effect", "Goal effect"),
        Column("goal_effect_filler", "Goal effect over a filler"),
        Column("answered_rate", "Answered"),
        Column("dialogues", "Dialogues"),
        Column("state", "State", numeric=False),
    )
    return Table(
        "headline",
        "Value rationality by model, over the core targets",
        columns,
        tuple(_headline_row(subject) for subject in subjects),
        "1 is the ideal choice every time, 0 is what guessing scores, below 0 is acting against the value. In brackets "
        "the 95 % interval for this model and these prompts. Fewer than 95 % answered: not comparable with other runs.",
    )


def _headline_row(subject: Subject) -> tuple[Cell, ...]:
    analysis = subject.analysis
    return (
        text_cell(subject.name),
        text_cell(subject.run.scenario),
        estimate_cell(analysis.value_rationality, "value_rationality"),
        estimate_cell(analysis.minimum, "value_rationality_min"),
        text_cell(analysis.minimum_target or "-"),
        estimate_cell(analysis.neutrality_bias, "neutrality_bias"),
        estimate_cell(analysis.neutrality_bias_gain, "neutrality_bias_gain"),
        estimate_cell(analysis.goal_effect, "goal_effect"),
        estimate_cell(analysis.goal_effect_filler, "goal_effect_filler"),
        share_cell(analysis.outcome.answered_rate, "answered_rate"),
        count_cell(analysis.n_dialogues, "dialogues"),
        text_cell(subject.state + ("" if analysis.comparable else "; not comparable: too few answers")),
    )


def _targets(subjects: Sequence[Subject]) -> Table:
    columns = (
        _RUN,
        Column("target", "Target", numeric=False),
        Column("value_rationality", "Value rationality"),
        Column("induction_gain", "Induction gain"),
        Column("answered_rate", "Answered"),
        Column("refused", "Refused"),
        Column("unreadable", "Unreadable"),
        Column("not_reached", "Not reached"),
    )
    rows = [_target_row(subject, target) for subject in subjects for target in subject.targets]
    return Table(
        "targets",
        "Value rationality by model and target",
        columns,
        tuple(rows),
        "The induction gain is how much more a value is served when it is given than by the same model left to itself. "
        "Refusals and unreadable replies are never turned into a choice.",
    )


def _target_row(subject: Subject, target: str) -> tuple[Cell, ...]:
    analysis = subject.analysis
    counts = analysis.outcomes.get(target, _NO_OUTCOME)
    if target in analysis.targets:
        served = estimate_cell(analysis.targets[target], "value_rationality", target)
        gain = estimate_cell(analysis.induction_gain[target], "induction_gain", target)
    else:
        induces = bool(subject.design.targets[target].motives)
        why = undefined("no game of this run can score it" if induces else "no value is induced")
        served, gain = estimate_cell(why), estimate_cell(why)
    return (
        text_cell(subject.name),
        text_cell(target),
        served,
        gain,
        share_cell(counts.answered_rate, f"answered_rate({target})"),
        count_cell(counts.refused),
        count_cell(counts.invalid),
        count_cell(counts.not_reached),
    )


def _findings(subjects: Sequence[Subject]) -> Table:
    columns = (
        _RUN,
        Column("finding", "Finding", numeric=False),
        Column("verdict", "Verdict", numeric=False),
        Column("reason", "Because", numeric=False),
    )
    rows = [
        (
            text_cell(subject.name),
            text_cell(finding.statement),
            text_cell(VERDICTS[finding.verdict]),
            text_cell(finding.reason),
        )
        for subject in subjects
        for finding in subject.analysis.findings
    ]
    return Table("findings", "The findings of Zhang et al., tested again on each model", columns, tuple(rows))


def _matrix(subjects: Sequence[Subject]) -> Table:
    columns = (
        _RUN,
        Column("induced", "Induced", numeric=False),
        Column("scored_as", "Scored as", numeric=False),
        Column("value_rationality", "Value rationality"),
        Column("ideal", "Ideal follower"),
    )
    rows = [
        (
            text_cell(subject.name),
            text_cell(induced),
            text_cell(scored_as),
            estimate_cell(estimate),
            number_cell(subject.analysis.discriminant.ideal[induced][scored_as]),
        )
        for subject in subjects
        for induced, row in subject.analysis.discriminant.estimates.items()
        for scored_as, estimate in row.items()
    ]
    return Table(
        "discriminant",
        "Discriminant matrix: the dialogues of each target scored as every target",
        columns,
        tuple(rows),
        "A model that follows its value scores highest where both targets are the same.",
    )


def _goals(subjects: Sequence[Subject]) -> Table:
    columns = (
        _RUN,
        Column("target", "Target", numeric=False),
        Column("goal", "Goal turn", numeric=False),
        Column("value_rationality", "Value rationality"),
    )
    rows = [
        (text_cell(subject.name), text_cell(target), text_cell(GOAL_ARMS[kind]), estimate_cell(arm.targets[target]))
        for subject in subjects
        for target in subject.targets
        for kind, arm in subject.arms.items()
        if target in arm.targets
    ]
    return Table("goals", "Value rationality by target and goal turn, as the radars draw it", columns, tuple(rows))


def _spread(subjects: Sequence[Subject]) -> Table:
    columns = (
        _RUN,
        Column("axis", "Part", numeric=False),
        Column("id", "Only with", numeric=False),
        Column("value_rationality", "Value rationality"),
    )
    return Table(
        "spread",
        "Value rationality from the dialogues of each game, template or framing alone",
        columns,
        tuple(row for subject in subjects for row in _spread_rows(subject)),
        "How far the headline depends on the questions, on their wording, and on the order and unit of the options.",
    )


def _spread_rows(subject: Subject) -> Iterator[tuple[Cell, ...]]:
    analysis = subject.analysis
    parts = {"game": analysis.games, "template": analysis.templates, "framing": analysis.framings}
    for axis, estimates in parts.items():
        for id_, estimate in estimates.items() if len(estimates) > 1 else ():
            shown = estimate_cell(estimate, "value_rationality", f"{axis}={id_}")
            yield text_cell(subject.name), text_cell(axis), text_cell(id_), shown


def _contrasts(subjects: Sequence[Subject]) -> Table:
    columns = (_RUN, Column("measure", "Measure", numeric=False), Column("estimate", "Estimate"))
    return Table(
        "contrasts",
        "Contrasts and behaviour",
        columns,
        tuple(row for subject in subjects for row in _contrast_rows(subject)),
        "The contamination gap is value rationality on published items minus that on fresh items of the same kind. "
        "Order consistency is 1 if the order of the options never matters, 0 if only places in the list are chosen.",
    )


def _contrast_rows(subject: Subject) -> Iterator[tuple[Cell, ...]]:
    analysis, dose = subject.analysis, subject.analysis.dose_response
    estimates = {
        "Contamination gap": (analysis.contamination_gap, "contamination_gap"),
        "Order effect, published minus reversed options": (analysis.order_effect, "order_effect"),
        "Over paraphrases": (analysis.by_paraphrase, "value_rationality_by_paraphrase"),
        "Dose-response slope": (dose.slope, "dose_slope"),
        "Dose-response range in degrees": (dose.range_deg, "dose_range_deg"),
        "Dose-response asymmetry": (dose.asymmetry, "dose_asymmetry"),
    }
    for measure, (estimate, metric) in estimates.items():
        yield text_cell(subject.name), text_cell(measure), estimate_cell(estimate, metric)
    for heading, metric, by_id in (
        ("Framing effect", "framing_effect", analysis.framing_effects),
        ("Language gap", "language_gap", analysis.language_gaps),
    ):
        for id_, estimate in by_id.items():
            yield text_cell(subject.name), text_cell(f"{heading} of {id_}"), estimate_cell(estimate, metric, id_)
    order, positions = analysis.order, analysis.positions
    why_not_order = order.reason or ""
    why_not_places = "" if positions.n_dialogues else "no dialogue with enough answers"
    numbers = {
        "Order consistency": (order.consistency, "order_consistency", why_not_order),
        "Its ceiling, within one order": (order.ceiling, "order_consistency_ceiling", why_not_order),
        "Share of dialogues at one place throughout": (positions.constant, "constant_position", why_not_places),
        "The same by chance": (positions.chance, "constant_position_chance", why_not_places),
        "Share of targets that score highest as themselves": (
            analysis.discriminant.own_is_highest,
            "discriminant_own_is_highest",
            analysis.discriminant.reason or "",
        ),
    }
    for measure, (value, metric, note) in numbers.items():
        cell = number_cell(value, metric, note)
        ends = ("_lower", None), ("_upper", None), ("_missing_because", note)
        whole = Cell(cell.text, note=cell.note, metric=metric, fields=(*cell.fields, *ends))
        yield text_cell(subject.name), text_cell(measure), whole


def _dose(subjects: Sequence[Subject]) -> Table:
    columns = (
        _RUN,
        Column("game", "Game", numeric=False),
        Column("template", "Template", numeric=False),
        Column("framing", "Framing", numeric=False),
        Column("target", "Target", numeric=False),
        Column("utility_angle_deg", "Utility angle"),
        Column("ideal_deg", "Ideal angle"),
        Column("response_deg", "Response"),
    )
    rows = [
        (
            text_cell(subject.name),
            text_cell(curve.game),
            text_cell(curve.template),
            text_cell(curve.framing),
            text_cell(point.target),
            number_cell(point.utility_angle_deg),
            number_cell(point.ideal_deg),
            estimate_cell(point.response_deg),
        )
        for subject in subjects
        for curve in subject.analysis.dose_response.curves
        for point in curve.points
    ]
    return Table("dose", "Response to graded targets, in degrees", columns, tuple(rows))
