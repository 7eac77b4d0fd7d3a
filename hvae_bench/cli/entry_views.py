"""Views of entries: tables and text for people; everything here is also to be had as JSON."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.catalogue.entry import Entry
from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.catalogue.wording import Wording
from hvae_bench.cli.frame import MAX_MATRIX, table_of
from hvae_bench.cli.plan import takes_told
from hvae_bench.dialogue.cost import Line
from hvae_bench.log.overview import (
    Coverage,
    GameOverview,
    Identifiability,
    ScenarioOverview,
    SystemOverview,
    TargetOverview,
)
from hvae_bench.scorers.calibration import describe
from hvae_bench.text.number import number

MAX_ITEM_COLUMNS = 10
"""Up to so many items stand side by side; more stand one below the other."""


def list_view(catalog: Catalog, kinds: Sequence[str]) -> RenderableType:
    """Entries by kind: id, title, and what tells them apart."""
    tables = []
    for kind in kinds:
        rows = (
            (id_, entry.title, ("deprecated; " if entry.deprecated else "") + _gist(kind, entry))
            for id_, entry in sorted(getattr(catalog, kind).items())
        )
        table = table_of(kind, ("id", "title", ""), rows)
        table.columns[0].no_wrap = True  # an id is there to be copied
        tables.append(table)
    return Group(*tables)


def _gist(kind: str, entry: Any) -> str:
    """What tells an entry from others of its kind, in a few words."""
    if kind == "values":
        return f"{entry.pronouncedness}: {', '.join(map(describe, entry.motives)) or 'no motive'}"
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
    for name, content in _fields(entry):
        table.add_row(Text(name), Text(str(content)))
    return table


def _fields(entry: Entry) -> Iterator[tuple[str, object]]:
    fields = entry.model_dump(mode="json", exclude_none=True)
    shown = {name: content for name, content in fields.items() if name not in _SHOWN_BELOW}
    # What every entry has comes first.
    for name, content in sorted(shown.items(), key=lambda field: field[0] not in Entry.model_fields):
        if isinstance(content, dict):
            content = [f"{field} {inner}" for field, inner in content.items()]
        yield name, ", ".join(map(str, content)) if isinstance(content, list) else content
    for stake in fields.get("stakes", ()):
        yield f"stake {stake['id']}", f"{stake['meaning']} ({stake['outcome']})"
    for place, turn in enumerate(getattr(entry, "turns", ()), start=1):
        again = f", and {turn.reask} where no choice was read" if turn.reask else ""
        waits = {"nothing": "no reply", "text": "a reply", "goal": "the goal", "decision": "a label"}[turn.expects]
        yield f"turn {place}", f"{turn.role} says {turn.say} ({turn.kind}), waits for {waits}{again}"


_SHOWN_BELOW = {
    *("items", "norms", "slider", "ring", "classification", "turns", "crossings", "motives", "stakes"),
    *(
        "sentences",
        "join",
        "outcomes",
        "phrases",
        "together",
        "units",
        "counterparts",
        "values",
        "situations",
        "reading",
        "ordinals",
    ),
}


def wording_view(wording: Wording, covered: Coverage) -> RenderableType:
    """A wording: how much of the catalogue can be said in it, and every sentence."""
    rows = [
        (
            kind,
            f"{len(covered.covered[kind])} of {len({*covered.covered[kind], *lacking})}",
            ", ".join(dict.fromkeys(word for words in lacking.values() for word in words)) or "-",
        )
        for kind, lacking in covered.lacking.items()
    ]
    table = table_of("What can be said in it", ("kind", "covered", "has no words for"), rows, right=("covered",))
    signature = f"To sign it: reviewed: {{by: ..., on: ..., sha256: {covered.sha256}}}"
    if wording.reviewed is not None and wording.status == "reviewed":
        signature = f"It is signed by {wording.reviewed.by}."
    said = [
        *((f"unit {id_}", "; ".join([unit.name, *unit.forms.values()])) for id_, unit in wording.units.items()),
        *((f"counterpart {id_}", f"{other.long}; {other.short}") for id_, other in wording.counterparts.items()),
        *((f"outcomes {system}", "; ".join(phrases.values())) for system, phrases in wording.outcomes.items()),
        *((f"together {system}", phrase) for system, phrase in wording.together.items()),
        *((f"phrases {system}", "; ".join(phrases.values())) for system, phrases in wording.phrases.items()),
    ]
    words = table_of("Words in options and sentences", ("name", "text"), said)
    sentences = table_of("Sentences", ("name", "text"), wording.sentences.items())
    return Group(entry_view(wording), Text(), table, Text(signature), Text(), words, sentences)


def value_view(value: ValueTarget, games: Mapping[str, TargetOverview]) -> RenderableType:
    """A value target, its motives and what each game can show of it."""
    motives = Text("motives: " + ("; ".join(map(describe, value.motives)) or "none: nothing is induced or scored"))
    if not value.motives:
        return Group(entry_view(value), motives)
    return Group(entry_view(value), motives, Text(), _calibration("On the games of this catalogue", games))


def _calibration(title: str, overviews: Mapping[str, TargetOverview]) -> Table:
    """A row for each game or target: how what is asked there scores by chance."""
    rows = []
    for name, overview in overviews.items():
        n_items = len(overview.motives[0].ideal_options)
        arc, angles = overview.ideal_arc, "-"
        if arc is not None:
            extent = "" if arc.extent_deg == 0 else f" to {arc.end_deg:.2f}"
            chance = f" (chance is {number(overview.expected_angular_distance_deg)} away)"
            angles = f"{arc.start_deg:.2f}{extent}{chance}"
        rows.append(
            (
                name,
                ", ".join(f"{len(motive.informative_items)}/{n_items}" for motive in overview.motives),
                number(overview.expected_rationality, 3),
                number(overview.value_rationality_sd, 3),
                angles,
                "yes" if overview.not_scorable is None else f"no: {overview.not_scorable}",
            )
        )
    columns = ("", "informative items", "E[R] by chance", "SD of VR by chance", "ideal SVO angles", "scorable")
    return table_of(title, columns, rows, right=columns[1:4])


def game_view(game: Game, overview: GameOverview) -> RenderableType:
    """A game: what it declares, ideal options, calibration, and which targets it can tell apart."""
    targets = {target.target: target for target in overview.targets}
    parts: list[RenderableType] = [
        entry_view(game),
        Text("\n".join(_declared(game))),
        _ideal_options(overview),
        *_people(game),
        _calibration("Calibration: what uniformly random choices score", targets),
    ]
    if len(targets) <= MAX_MATRIX:
        title = "Value rationality of an ideal follower (row), scored as (column)"
        parts.append(_matrix(title, [*targets], overview))
    return Group(*parts, Text("\n".join(_separation(list(targets), overview.separation))))


def system_view(system: Entry, overview: SystemOverview) -> RenderableType:
    """A value system: its stakes and targets, and what each of its games can tell apart by them."""
    summary = table_of(
        "What its games can tell apart, by value rationality",
        ("game", "worst off-diagonal", "deaf ceiling", "constant place", "constant label"),
        (
            [one.game, *map(number, (one.worst_off_diagonal, one.deaf_ceiling, one.constant_place, one.constant_label))]
            for one in overview.games
        ),
        right=("worst off-diagonal", "deaf ceiling", "constant place", "constant label"),
    )
    note = Text(
        "Worst off-diagonal: the most that an ideal follower of one target scores as another one. Deaf ceiling: the "
        "most that a model that does the same whatever value it is given scores in the mean of the targets. Constant "
        "place and label: the most that choosing always the same one scores for any target."
    )
    matrices = [
        part
        for one in overview.games
        for part in (Text(), _matrix(f"{one.game}: an ideal follower (row), scored as (column)", overview.targets, one))
    ]
    return Group(entry_view(system), Text(), summary, note, *(matrices if len(overview.targets) <= MAX_MATRIX else []))


def _matrix(title: str, targets: Sequence[str], of: GameOverview | Identifiability) -> Table:
    rows = ([one, *(number(of.ideal_value_rationality[one][other]) for other in targets)] for one in targets)
    return table_of(title, ("", *targets), rows, right=targets)


def _separation(names: Sequence[str], separation: Mapping[tuple[str, str], str]) -> list[str]:
    """What cannot be told apart: targets with the same ideal choices in a line each, then pairs that share some."""
    groups: dict[str, list[str]] = {}
    for name in names:
        same = (one for one in groups if separation.get((one, name)) == "same")
        groups.setdefault(next(same, name), []).append(name)
    lines = [f"The same choices are ideal for: {', '.join(group)}" for group in groups.values() if len(group) > 1]
    overlapping = [
        f"{one} and {other}"
        for (one, other), how in separation.items()
        if how == "overlapping" and one in groups and other in groups
    ]
    if overlapping:
        lines.append(f"Some choices are ideal for both: {'; '.join(overlapping)}")
    return lines or ["Tells any two of these targets apart: no choices are ideal for both."]


def _ideal_options(overview: GameOverview) -> Table:
    """The ideal options of every motive: a row for each motive, or for each item where there are many."""
    title = "Ideal options (~ where the item is not informative, so that every option is ideal)"
    motives = [(target.target, motive) for target in overview.targets for motive in target.motives]
    items = list(motives[0][1].ideal_options) if motives else []
    cells = [
        [", ".join(motive.ideal_options[item]) if item in motive.informative_items else "~" for item in items]
        for _, motive in motives
    ]
    if len(items) <= MAX_ITEM_COLUMNS:
        rows = [(target, motive.motive, *options) for (target, motive), options in zip(motives, cells, strict=True)]
        return table_of(title, ("target", "motive", *items), rows)
    columns = ("", *(f"{target}: {motive.motive}" for target, motive in motives))
    return table_of(title, columns, zip(items, *cells, strict=True))


def _people(game: Game) -> Iterator[RenderableType]:
    """What people chose of whom no value was asked, where the game has norms."""
    if (norms := game.norms) is not None:
        rows = (
            (item, ", ".join(f"{option} {number(share)}" for option, share in shares.items()))
            for item, shares in norms.shares.items()
        )
        yield table_of("What people chose who were given no value", ("item", "chose"), rows)
        n = "" if norms.n is None else f" {norms.n} people."
        yield Text(f"{norms.source.rstrip('.')}.{n} Compare them only with dialogues without a value.")
        yield Text()


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
    """A scenario: what it is, what it takes, and its cells."""
    takes = f"{takes_told(overview.takes)} `hvae plan {scenario.id}` says what they cost and how precise they are."
    cells = "\n  ".join(("Cells (`hvae show CELL` prints a dialogue):", *overview.cells))
    # Ids are to be copied: a terminal may break their lines, and no line break comes into them.
    listed = Text(cells, no_wrap=True, overflow="ignore")
    return Group(entry_view(scenario), Text(), Text(_deaf(overview)), Text(), Text(takes), listed)


def _deaf(overview: ScenarioOverview) -> str:
    """The deaf ceiling in a sentence."""
    if not overview.deaf_ceilings:
        return "No deaf ceiling: no game can score all core targets."
    by_game = ", ".join(f"{game} {number(ceiling)}" for game, ceiling in overview.deaf_ceilings.items())
    if math.isnan(overview.deaf_ceiling):
        return f"Deaf ceilings, the most that a model that is deaf to its value can score, by game: {by_game}."
    return (
        f"Deaf ceiling {number(overview.deaf_ceiling)}: a model that does the same whatever value it is given scores "
        f"at most this. By game: {by_game}."
    )


def dialogue_view(lines: Sequence[Line]) -> RenderableType:
    """Messages one below the other, each under who speaks; to be printed without breaking their lines."""
    parts: list[Text] = []
    for place, line in enumerate(lines, start=1):
        parts += [Text(f"--- {place}. {line.role} ({line.kind})", style="bold"), Text(line.text), Text()]
    return Group(*parts)
