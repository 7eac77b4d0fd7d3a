"""Comparing: the page of a comparison: what differs, in a sentence a run and in a figure, and which dialogues do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TypeVar, cast

from hvae_bench.analysis.comparison import Comparison, Obstacle, Pair, letter, sentences
from hvae_bench.analysis.summary import Summary, summarise, what_was_run
from hvae_bench.log.broken import Broken, told
from hvae_bench.log.runs import Run
from hvae_bench.report.dialogues import file_of, write_dialogues
from hvae_bench.report.figures.differences import differences
from hvae_bench.report.figures.radar import radar
from hvae_bench.report.figures.values import values
from hvae_bench.report.folder import report_folder
from hvae_bench.report.page import render
from hvae_bench.report.subject import Subject, subjects_of
from hvae_bench.report.table import Cell, cell, write_csv
from hvae_bench.text.location import place_of, within
from hvae_bench.text.visible import visible

Place = TypeVar("Place", bound=str | Path)


@dataclass(frozen=True, slots=True)
class _Claims:
    """What is said of a run in one value system: its headline, and how it differs from the first run."""

    system: str
    summary: Summary
    headline: Cell
    claims: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    changed: str = ""


@dataclass(frozen=True, slots=True)
class _Card:
    """What is said of a run; `against` is what stands against comparing it in every value system."""

    name: str
    systems: Sequence[_Claims]

    @property
    def against(self) -> list[str]:
        first, *others = self.systems
        return [one for one in first.against if all(one in other.against for other in others)]


def write_comparison(
    runs: Sequence[Run],
    compared: Mapping[Pair, Comparison],
    output: Place,
    *,
    refused: Mapping[Pair, Sequence[Obstacle]] | None = None,
    broken: Sequence[Broken] = (),
) -> Place | Path:
    """Write the page of a comparison, with its figures' numbers and the dialogues beside it.

    Args:
        runs: the runs, the one first with which the others are compared.
        compared: what was found, at least of one of their pairs (`hvae_bench.analysis.pairs`).
        output: the folder to write, a path or a URL, as of a report.
        refused: pairs that were not compared, and why.
        broken: what of their files could not be read; the page names it.

    Returns:
        The page, `index.html` in that folder: a path, or a URL.

    Raises:
        UsageError: the folder holds other things.
    """
    subjects = subjects_of(runs)
    models = {letter(place): visible(run.name) for place, run in enumerate(runs)}
    lead = list(differences(compared, models))
    others = [figure for draw in (radar, values) for figure in draw(subjects)]
    first, *rest = models.values()
    with report_folder(output) as folder:
        for table in (table for figure in (*lead, *others) for table in figure.tables):
            write_csv(folder / f"{table.key}.csv", table.records())
        write_dialogues(subjects, folder, _against(subjects, compared))
        content = render(
            "compare.html",
            f"How {rest[0] if len(rest) == 1 else f'{len(rest)} runs'} {'differs' if len(rest) == 1 else 'differ'} "
            f"from {first}",
            [*lead, *others],
            models=list(models.values()),
            ran=what_was_run(runs),
            lead=lead,
            figures=others,
            parts=("dialogues",),
            held_against=first,
            logs=list(dict.fromkeys(file_of(log) for run in runs for log in run.logs)),
            cards=list(_cards(runs, compared, refused or {})),
            broken=list(told(broken)),
        )
        (folder / "index.html").write_text(content, encoding="utf-8", newline="")
    return cast("Place | Path", place_of(within(output, "index.html")))


def _cards(
    runs: Sequence[Run], compared: Mapping[Pair, Comparison], refused: Mapping[Pair, Sequence[Obstacle]]
) -> Iterator[_Card]:
    of_run = {(pair.letters[1], pair.system): pair for pair in (*compared, *refused)}
    for place, run in enumerate(runs):
        systems = [
            _claims(system, summarise(one, run.part), of_run.get((letter(place), system)), compared, refused)
            for system, one in run.by_system.items()
        ]
        yield _Card(run.name, systems)


def _claims(
    system: str,
    summary: Summary,
    pair: Pair | None,
    compared: Mapping[Pair, Comparison],
    refused: Mapping[Pair, Sequence[Obstacle]],
) -> _Claims:
    alone = _Claims(system, summary, cell("value_rationality", summary.headline, metric="value_rationality"))
    if pair is None:
        return alone
    if pair in refused:
        return replace(alone, against=tuple(f"Not compared: {one}." for one in refused[pair]))
    found = compared[pair]
    changed = (
        f"{len(found.changed):,} of {found.shared:,} dialogues of the same cell and epoch have a different outcome."
    )
    return replace(
        alone,
        claims=tuple(f"{one[0].upper()}{one[1:]}" for one in sentences(found, "", "it")),
        against=tuple(f"Compared all the same: {one}." for one in found.obstacles),
        changed=changed,
    )


def _against(subjects: Sequence[Subject], compared: Mapping[Pair, Comparison]) -> dict[str, list[int]]:
    """The dialogues of the same cell and epoch, as places among all: see `write_dialogues`."""
    places: dict[int, dict[tuple[str, int], int]] = {}
    place = count()
    for subject in subjects:
        keys = ((record.dialogue.sample_id, record.dialogue.epoch) for record in subject.run.records)
        places[id(subject.run)] = dict(zip(keys, place, strict=False))
    found: dict[str, list[int]] = {"row": [], "of": [], "differ": []}
    for pair, comparison in compared.items():
        before = places[id(pair.first)]
        differ = {(one.sample_id, one.epoch): len(one.items) for one in comparison.changed}
        for key, row in places[id(pair.second)].items():
            if key in before:
                for name, one in (("row", row), ("of", before[key]), ("differ", differ.get(key, 0))):
                    found[name].append(one)
    return found
