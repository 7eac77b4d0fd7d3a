"""Report: one HTML page that tells what runs have found, with its figures, and their tables as CSV beside it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar, cast

from hvae_bench.log.broken import Broken, told
from hvae_bench.log.runs import Run
from hvae_bench.report.folder import report_folder
from hvae_bench.report.subject import Subject, subjects_of
from hvae_bench.report.table import Field, write_csv
from hvae_bench.scorers import COUNTS
from hvae_bench.text.errors import LogError
from hvae_bench.text.location import place_of, within

__all__ = ["write_report"]

Place = TypeVar("Place", bound=str | Path)


def write_report(runs: Sequence[Run], output: Place, *, broken: Sequence[Broken] = ()) -> Place | Path:
    """Write the report of some runs.

    Args:
        runs: the runs, as `hvae_bench.analysis.load` gives them; also running or broken off ones.
        output: the folder to write, a path or a URL; it appears whole or not at all (at a URL its page comes last),
            and only an older report is replaced.
        broken: what of their files could not be read; the page names it.

    Returns:
        The page, `index.html` in that folder: a path, or a URL.

    Raises:
        LogError: no run has any dialogue.
        UsageError: the folder holds other things.
    """
    from hvae_bench.report.dialogues import write_dialogues
    from hvae_bench.report.figures import figures_of
    from hvae_bench.report.page import page

    begun = [run for run in runs if run.records]
    if not begun:
        raise LogError("None of these runs has any dialogue yet. Wait until one has ended, or run them again.")
    subjects = subjects_of(begun)
    with report_folder(output) as folder:
        figures = figures_of(subjects)
        for table in (table for figure in figures for table in figure.tables):
            write_csv(folder / f"{table.key}.csv", table.records())
        write_csv(folder / "numbers.csv", (row for one in subjects for row in _numbers(one)))
        write_dialogues(subjects, folder)
        content = page(
            begun, subjects, figures, empty=[run.name for run in runs if not run.records], broken=list(told(broken))
        )
        (folder / "index.html").write_text(content, encoding="utf-8", newline="")
    return cast("Place | Path", place_of(within(output, "index.html")))


def _numbers(subject: Subject) -> Iterator[dict[str, Field]]:
    """Every number of a run of one value system, as `numbers.csv` has it."""
    analysis = subject.run.analysis
    of = {"run": subject.name, "model": subject.model, "system": subject.system}
    for name, one in analysis.numbers.items():
        why = one.no_mean or one.no_interval
        yield {**of, "name": name, "mean": one.mean, "lower": one.lower, "upper": one.upper, "missing_because": why}
    for count in COUNTS:
        for name, value in count.values(analysis).items():
            yield {**of, "name": name, "mean": value, "lower": None, "upper": None, "missing_because": None}
