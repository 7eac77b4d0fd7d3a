"""Display: tables and text for people. Everything here is also to be had as JSON."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from hvae_bench.catalogue.catalog import KINDS, Catalog
from hvae_bench.catalogue.entry import Entry
from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.catalogue.wording import Wording
from hvae_bench.cli.table import add_row as _row
from hvae_bench.cli.table import ends as _ends
from hvae_bench.cli.table import new_table as _table
from hvae_bench.log.overview import Coverage, GameOverview, Line, ScenarioOverview, TargetOverview
from hvae_bench.log.results import Interval, RunResult
from hvae_bench.scorers import NUMBERS, DiscriminantMatrix, Estimate, Number, RunAnalysis
from hvae_bench.scorers.calibration import describe
from hvae_bench.text.number import number

__all__ = [
    "analysis_view",
    "console",
    "dialogue_view",
    "entry_view",
    "game_view",
    "list_view",
    "results_table",
    "scenario_view",
    "value_view",
]

PIPE_WIDTH = 160
MAX_MATRIX = 8
"""Up to so many targets a matrix of them fits on a page."""
MAX_ITEM_COLUMNS = 10
"""Up to so many items stand side by side; more stand one below the other."""


def console() -> Console:
    """Where output goes: as wide as the terminal, or `PIPE_WIDTH` where there is none; NO_COLOR is respected."""
    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)


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
        status = "" if result.status == "success" else f" ({result.status})"
        _row(
            table,
            result.model + status,
            result.scenario,
            *(_interval(result.targets.get(target, nothing)) for target in targets),
            _interval(result.value_rationality) + ("" if result.comparable else "*"),
            *([_interval(result.expected_value_rationality)] if expected else []),
            "-" if math.isnan(result.answered_rate) else f"{100 * result.answered_rate:.1f} %",
            result.dialogues,
        )
    return table


def _interval(interval: Interval) -> str:
    if math.isnan(interval.lower):
        return number(interval.mean)
    return f"{number(interval.mean)} ± {(interval.upper - interval.lower) / 2:.2f}"


def list_view(catalog: Catalog, kinds: Sequence[str]) -> RenderableType:
    """Entries by kind: id, title, and what tells them apart."""
    tables = []
    for kind in kinds:
        entries: Mapping[str, Entry] = getattr(catalog, kind)
        table = _table(kind, "id", "title", "")
        table.columns[0].no_wrap = True  # an id is there to be copied
        for id_, entry in sorted(entries.items()):
            _row(table, id_, entry.title, ("deprecated; " if entry.deprecated else "") + _gist(entry))
        tables.append(table)
    return Group(*tables)


def _gist(entry: Any) -> str:
    """What tells an entry from others of its kind, in a few words."""
    if isinstance(entry, ValueTarget):
        return f"{entry.pronouncedness}: {', '.join(map(describe, entry.motives)) or 'no motive'}"
    kind = next(kind for kind, model in KINDS.items() if isinstance(entry, model))
    if kind == "systems":
        return ", ".join(entry.stake_ids)
    if kind == "games":
        measured = {"an SVO angle": entry.slider, "a ring angle": entry.ring, "a category": entry.classification}
        told = " and ".join(name for name, declared in measured.items() if declared)
        derived = f", from {entry.derived_from}" if entry.derived_from else ""
        return f"{len(entry.items)} items" + (f", measures {told}" if told else "") + derived
    if kind == "templates":
        return ""  # its title says it
    default = ", default" if entry.default else ""
    if kind == "wordings":
        based = f", based on {entry.based_on}" if entry.based_on else ""
        return f"{entry.language}, {entry.status}{based}{default}"
    if kind == "framings":
        return f"{entry.unit}, {entry.counterpart}, labels {', '.join(entry.labels[:2])} ...{default}"
    return f"{entry.epochs} epochs{default}"


def entry_view(entry: Entry) -> RenderableType:
    """The fields of an entry, one below the other."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    fields = entry.model_dump(mode="json", exclude_none=True)
    # What every entry has comes first.
    for name in sorted(fields, key=lambda name: name not in Entry.model_fields):
        if name in _SHOWN_BELOW:
            continue
        content = fields[name]
        if isinstance(content, dict):
            content = [f"{field} {inner}" for field, inner in content.items()]
        _row(table, name, ", ".join(map(str, content)) if isinstance(content, list) else content)
    for stake in fields.get("stakes", ()):
        _row(table, f"stake {stake['id']}", f"{stake['meaning']} ({stake['outcome']})")
    for place, turn in enumerate(getattr(entry, "turns", ()), start=1):
        again = f", and {turn.reask} where no choice was read" if turn.reask else ""
        waits = {"nothing": "no reply", "text": "a reply", "goal": "the goal", "decision": "a label"}[turn.expects]
        _row(table, f"turn {place}", f"{turn.role} says {turn.say} ({turn.kind}), waits for {waits}{again}")
    return table


_SHOWN_BELOW = {
    *("items", "slider", "ring", "classification", "turns", "crossings", "motives", "stakes"),
    *("sentences", "join", "outcomes", "units", "counterparts", "values", "situations", "reading", "ordinals"),
}


def wording_view(wording: Wording, covered: Coverage) -> RenderableType:
    """A wording: how much of the catalogue can be said in it, and every sentence."""
    table = _table("What can be said in it", "kind", "covered", "has no words for", right=("covered",))
    for kind, lacking in covered.lacking.items():
        n_covered = len(covered.covered[kind])
        n_entries = len({*covered.covered[kind], *lacking})
        told = ", ".join(dict.fromkeys(word for words in lacking.values() for word in words))
        _row(table, kind, f"{n_covered} of {n_entries}", told or "-")
    signature = f"To sign it: reviewed: {{by: ..., on: ..., sha256: {covered.sha256}}}"
    if wording.reviewed is not None and wording.status == "reviewed":
        signature = f"It is signed by {wording.reviewed.by}."
    words = _table("Words in options and sentences", "name", "text")
    for id_, unit in wording.units.items():
        _row(words, f"unit {id_}", "; ".join([unit.name, *unit.forms.values()]))
    for id_, other in wording.counterparts.items():
        _row(words, f"counterpart {id_}", f"{other.long}; {other.short}")
    for system, phrases in wording.outcomes.items():
        _row(words, f"outcomes {system}", "; ".join(phrases.values()))
    sentences = _table("Sentences", "name", "text")
    for name, text in wording.sentences.items():
        _row(sentences, name, text)
    return Group(entry_view(wording), Text(), table, Text(signature), Text(), words, sentences)


def value_view(value: ValueTarget, games: Mapping[str, TargetOverview]) -> RenderableType:
    """A value target, its motives and what each game can show of it."""
    motives = Text("motives: " + ("; ".join(map(describe, value.motives)) or "none: nothing is induced or scored"))
    if not value.motives:
        return Group(entry_view(value), motives)
    table = _table("On the games of this catalogue", *_CALIBRATION, right=_CALIBRATION[1:4])
    for game, overview in games.items():
        _row(table, *_calibration(game, overview))
    return Group(entry_view(value), motives, Text(), table)


_CALIBRATION = ("", "informative items", "E[R] by chance", "SD of VR by chance", "ideal SVO angles", "scorable")


def _calibration(name: str, overview: TargetOverview) -> tuple[str, ...]:
    n_items = len(overview.motives[0].ideal_options)
    informative = ", ".join(f"{len(motive.informative_items)}/{n_items}" for motive in overview.motives)
    arc = overview.ideal_arc
    if arc is None:
        angles = "-"
    elif arc.extent_deg == 0:
        angles = f"{arc.start_deg:.2f}"
    else:
        angles = f"{arc.start_deg:.2f} to {arc.end_deg:.2f}"
    if arc is not None:
        angles += f" (chance is {number(overview.expected_angular_distance_deg)} away)"
    return (
        name,
        informative,
        number(overview.expected_rationality, 3),
        number(overview.value_rationality_sd, 3),
        angles,
        "yes" if overview.not_scorable is None else f"no: {overview.not_scorable}",
    )


def game_view(game: Game, overview: GameOverview) -> RenderableType:
    """A game: what it declares, ideal options, calibration, and which targets it can tell apart."""
    ideal = _ideal_options(overview)
    calibration = _table("Calibration: what uniformly random choices score", *_CALIBRATION, right=_CALIBRATION[1:4])
    for target in overview.targets:
        _row(calibration, *_calibration(target.target, target))
    declared = "\n".join(_declared(game))
    parts: list[RenderableType] = [entry_view(game), Text(declared), ideal, calibration]
    names = [target.target for target in overview.targets]
    if len(names) <= MAX_MATRIX:
        matrix = _table("Value rationality of an ideal follower (row), scored as (column)", "", *names, right=names)
        for one in names:
            _row(matrix, one, *(number(overview.ideal_value_rationality[one][other]) for other in names))
        parts.append(matrix)
    return Group(*parts, Text("\n".join(_separation(names, overview.separation))))


def _separation(names: Sequence[str], separation: Mapping[tuple[str, str], str]) -> list[str]:
    """What cannot be told apart: targets with the same ideal choices in a line each, then pairs that share some."""
    first: dict[str, str] = {}
    for name in names:
        same = (one for one in first if separation.get((one, name)) == "same")
        first[name] = first.get(next(same, name), name)
    groups = {one: [name for name in names if first[name] == one] for one in dict.fromkeys(first.values())}
    lines = [f"The same choices are ideal for: {', '.join(group)}" for group in groups.values() if len(group) > 1]
    overlapping = [
        f"{one} and {other}"
        for (one, other), how in separation.items()
        if how == "overlapping" and one in groups and other in groups
    ]
    if overlapping:
        lines.append(f"Some choices are ideal for both: {'; '.join(overlapping)}")
    return lines or ["Tells every two of these targets apart: no choices are ideal for both."]


def _ideal_options(overview: GameOverview) -> Table:
    """The ideal options of every motive: a row for each motive, or for each item where there are many."""
    title = "Ideal options (~ where the item does not inform, so that every option is)"
    motives = [(target.target, motive) for target in overview.targets for motive in target.motives]
    items = list(motives[0][1].ideal_options) if motives else []
    cells = [
        [", ".join(motive.ideal_options[item]) if item in motive.informative_items else "~" for item in items]
        for _, motive in motives
    ]
    if len(items) <= MAX_ITEM_COLUMNS:
        table = _table(title, "target", "motive", *items)
        for (target, motive), options in zip(motives, cells, strict=True):
            _row(table, target, motive.motive, *options)
        return table
    table = _table(title, "", *(f"{target}: {motive.motive}" for target, motive in motives))
    for place, item in enumerate(items):
        _row(table, item, *(options[place] for options in cells))
    return table


def _declared(game: Game) -> list[str]:
    """What the game declares to measure, a line each, with an empty line before and after."""
    lines = [""]
    if game.slider is not None:
        lines.append(f"SVO angle from {', '.join(game.slider.items)}")
        if game.slider.ranking is not None:
            lines.append(f"Ranking of motives from {', '.join(game.slider.ranking.pulls)}")
        if game.slider.secondary:
            lines.append(f"Inequality aversion or joint gain from {', '.join(game.slider.secondary)}")
    if game.ring is not None:
        octants = ", ".join(f"{category} {angle:g}" for category, angle in game.ring.octants.items())
        lines.append(f"Ring about ({game.ring.centre_self:g}, {game.ring.centre_other:g}), degrees: {octants}")
    if game.classification is not None:
        rule = game.classification
        categories = "; ".join(f"{category} by {describe(motive)}" for category, motive in rule.categories.items())
        lines.append(f"Classified where {rule.minimum} of {len(game.items)} choices agree: {categories}")
    return lines if len(lines) == 1 else [*lines, ""]


def scenario_view(scenario: Entry, overview: ScenarioOverview) -> RenderableType:
    """A scenario: what it takes and how precise it will be."""
    table = _table("What a run takes", "cells", "epochs", "dialogues", "model calls", "tokens sent", "tokens received")
    _row(
        table,
        len(overview.cells),
        overview.epochs,
        f"{overview.dialogues:,}",
        f"{overview.calls:,}",
        f"about {overview.input_tokens:,}",
        f"about {overview.output_tokens:,}",
    )
    targets = list(overview.precision.targets)
    precision = _table("Half-width of the 95 % intervals to expect, if the model guesses", "all", *targets)
    _row(
        precision,
        f"± {number(overview.precision.headline)}",
        *(f"± {number(overview.precision.targets[target])}" for target in targets),
    )
    note = Text(
        "Tokens: four characters each, short replies, no reasoning; servers that cache charge less. A model that "
        "follows its value varies less than one that guesses, so its intervals are narrower.\n"
        "Cells (`hvae show CELL` prints a dialogue):\n  " + "\n  ".join(overview.cells)
    )
    return Group(entry_view(scenario), Text(), table, precision, note)


def dialogue_view(lines: Sequence[Line]) -> list[Text]:
    """Messages one below the other, each under who speaks; to be printed without breaking their lines."""
    parts: list[Text] = []
    for place, line in enumerate(lines, start=1):
        parts += [Text(f"--- {place}. {line.role} ({line.kind})", style="bold"), Text(line.text), Text()]
    return parts


def analysis_view(name: str, analysis: RunAnalysis) -> RenderableType:
    """Everything estimated from a run, with the reasons where something is missing."""
    estimates = _table(
        name, "", "estimate", "95 % interval", "bootstrap", "dialogues", "why not", right=("estimate", "dialogues")
    )
    beside = {
        "value_rationality_min": analysis.minimum_target or "-",
        "dose_range_deg": f"ideal {number(analysis.dose_response.ideal_range_deg)}",
    }
    for one, of, estimate in _shown_estimates(analysis):
        _row(
            estimates,
            one.words(of) + (f" ({beside[one.name]})" if one.name in beside else ""),
            number(estimate.mean),
            _ends(estimate.lower, estimate.upper),
            _ends(estimate.bootstrap_lower, estimate.bootstrap_upper),
            estimate.n_dialogues,
            estimate.no_mean or estimate.no_interval or "",
        )
    findings = _table("Findings of Zhang et al., for this model", "finding", "verdict", "because")
    for finding in analysis.findings:
        _row(findings, finding.statement, finding.verdict.replace("_", " "), finding.reason)
    return Group(estimates, _matrix(analysis.discriminant), findings, Text(_remarks(analysis)))


def _shown_estimates(analysis: RunAnalysis) -> Iterator[tuple[Number, str, Estimate]]:
    """Every number, what stands in its brackets, and its estimate; the matrix is a table of its own."""
    for one in NUMBERS:
        for of, estimate in analysis.by(one.name).items() if one.group != "matrix" else ():
            # Few scenarios are made for a contrast.
            if one.group != "contrast" or estimate.no_mean is None:
                yield one, of, estimate


def _matrix(matrix: DiscriminantMatrix) -> RenderableType:
    if matrix.reason is not None:
        return Text(f"No discriminant matrix: {matrix.reason}.\n")
    if len(matrix.targets) > MAX_MATRIX:
        return Text(f"The discriminant matrix of {len(matrix.targets)} targets is in `--json`.\n")
    title = "Value rationality by induced target (row), scored as (column); in brackets the ideal agents'"
    table = _table(title, "", *matrix.targets, right=matrix.targets)
    for induced in matrix.targets:
        cells = [
            f"{number(matrix.estimates[induced][other].mean)} ({number(matrix.ideal[induced][other])})"
            for other in matrix.targets
        ]
        _row(table, induced, *cells)
    return table


def _remarks(analysis: RunAnalysis) -> str:
    """Outcomes, positions and goals, a line each."""
    whole, order, positions, goals = analysis.outcome, analysis.order, analysis.positions, analysis.goals
    rate = whole.answered_rate
    lines = [
        f"Answered: {'-' if rate is None else f'{100 * rate:.1f} %'} of {whole.asked} questions "
        f"({whole.refused} refused, {whole.invalid} unreadable, {whole.not_reached} never reached), "
        f"{analysis.n_dialogues} dialogues, {analysis.n_incomplete} of them incomplete."
        + ("" if analysis.comparable else " Fewer than 95 % answered: not comparable with other runs.")
    ]
    if order.reason is None:
        lines.append(
            f"Order consistency: {number(order.consistency)} (ceiling {number(order.ceiling)}); the same option in "
            f"{number(order.cross_agreement)} of the pairs across orders, {number(order.within_agreement)} within an "
            f"order, {number(order.expected_agreement)} by places alone."
        )
    else:
        lines.append(f"No order consistency: {order.reason}.")
    if positions.n_dialogues:
        lines.append(
            f"One position throughout: {100 * positions.constant:.1f} % of {positions.n_dialogues} dialogues "
            f"(by chance {100 * positions.chance:.2g} %)."
        )
    if goals.n_goals:
        naming = ", ".join(f"{target} {100 * share:.0f} %" for target, share in goals.names_other.items())
        lines.append(
            f"Goals: {goals.n_goals}, {goals.mean_words:.1f} words on average, {100 * goals.repeated:.0f} % stated "
            f"word for word in another dialogue of the cell; they name the other person: {naming or 'not counted'}."
        )
    return "\n".join(lines)
