"""Report: one HTML page that tells what runs have found, with its figures as SVG and PNG and its tables as CSV.

Needs the extra `report` (jinja2, matplotlib), which is imported only when a report is made.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from hvae_bench.log.broken import Broken, told
from hvae_bench.log.runs import Run
from hvae_bench.report.folder import report_folder
from hvae_bench.report.subject import Subject, subjects_of
from hvae_bench.report.summary import tables_of
from hvae_bench.report.table import Field, write_csv
from hvae_bench.text.errors import LogError, UsageError
from hvae_bench.text.location import place_of, within

if TYPE_CHECKING:
    from hvae_bench.report.exchange import Exchange
    from hvae_bench.report.figure import Drawing

__all__ = ["PER_CELL", "drawings_of", "write_report"]

PER_CELL = 2
"""So many dialogues of each cell stand on the page; all of them are in the files beside it."""

Place = TypeVar("Place", bound=str | Path)


def write_report(
    runs: Sequence[Run], output: Place, *, per_cell: int = PER_CELL, broken: Sequence[Broken] = ()
) -> Place | Path:
    """Write the report of some runs.

    Args:
        runs: the runs, as `hvae_bench.analysis.load` gives them; also running or broken off ones.
        output: the folder to write, a path or a URL; it appears whole or not at all (at a URL its page comes last),
            and only an older report is replaced.
        per_cell: dialogues of each cell to embed in the page.
        broken: what of their files could not be read; the page names it.

    Returns:
        The page, `index.html` in that folder: a path, or a URL.

    Raises:
        LogError: no run has any dialogue.
        UsageError: the folder holds other things, or the extra `report` is not installed.
    """
    missing = [name for name in ("jinja2", "matplotlib") if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"A report needs {' and '.join(missing)}, not installed here. Run: pip install 'hvae-bench[report]'"
        )
    from hvae_bench.report.can_and_will import can_and_will
    from hvae_bench.report.grids import choice_rows
    from hvae_bench.report.page import page

    begun = [run for run in runs if run.records]
    if not begun:
        raise LogError("None of these runs has any dialogue yet. Wait until one has ended, or run them anew.")
    subjects = subjects_of(begun)
    with report_folder(output) as folder:
        tables = tables_of(subjects)
        of_all = can_and_will(subjects)
        drawings = [*of_all, *(drawing for subject in subjects for drawing in drawings_of(subject))]
        for table in tables:
            write_csv(folder / f"{table.key}.csv", table.records())
        write_csv(folder / "choices.csv", choice_rows(subjects))
        for drawing in drawings:
            (folder / f"{drawing.key}.svg").write_text(drawing.svg, encoding="utf-8", newline="")
            (folder / f"{drawing.key}.png").write_bytes(drawing.png)
        content = page(
            subjects,
            tables,
            drawings,
            _write_dialogues(subjects, folder, per_cell),
            per_cell=per_cell,
            total=sum(len(run.records) for run in begun),
            empty=[run.name for run in runs if not run.records],
            broken=list(told(broken)),
        )
        (folder / "index.html").write_text(content, encoding="utf-8", newline="")
    return cast("Place | Path", place_of(within(output, "index.html")))


def _write_dialogues(subjects: Sequence[Subject], folder: Path, per_cell: int) -> list[Exchange]:
    """Write the files of all dialogues; returns those for the page, the first of each cell."""
    from hvae_bench.report.exchange import decision_rows, exchange_of

    embedded: list[Exchange] = []
    with (folder / "dialogues.jsonl").open("w", encoding="utf-8", newline="") as lines:

        def rows() -> Iterator[dict[str, Field]]:
            """The rows of the other file; each dialogue is made once, and its line written on the way."""
            for subject in subjects:
                seen: Counter[str] = Counter()
                for record in subject.run.records:
                    exchange = exchange_of(subject, record)
                    lines.write(json.dumps(exchange) + "\n")
                    yield from decision_rows(exchange)
                    if seen[exchange["cell"]] < per_cell:
                        embedded.append(exchange)
                    seen[exchange["cell"]] += 1

        write_csv(folder / "decisions.csv", rows())
    return embedded


def drawings_of(subject: Subject, kinds: Collection[str] | None = None) -> list[Drawing]:
    """The figures of a run.

    Args:
        subject: the run.
        kinds: those that are wanted, of radar, matrix, dose, spread, ring and choices; None for all.
    """
    from hvae_bench.report.curves import dose_curves, radar, spread
    from hvae_bench.report.grids import choice_maps, matrix
    from hvae_bench.report.orientation import orientation_rings

    makers = {
        "radar": radar,
        "matrix": matrix,
        "dose": dose_curves,
        "spread": spread,
        "ring": orientation_rings,
        "choices": choice_maps,
    }
    return [one for kind, make in makers.items() if kinds is None or kind in kinds for one in make(subject)]
