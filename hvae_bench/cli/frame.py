"""Frame: what all commands share: their common options, how they show what they found, and how they end."""

import os
import shutil
import sys
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.live import Live
from rich.measure import Measurement
from rich.segment import Segment
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from hvae_bench.text.visible import visible, visible_json

if TYPE_CHECKING:
    from hvae_bench.log.broken import Broken

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Folders = Annotated[
    list[str] | None,
    typer.Option(
        "--catalog",
        help="A folder of entries laid over those of the package; may be given several times. The first may name the "
        "data set below: ORG/NAME@v1.0.0 on the Hub, or a folder made by `hvae build`.",
    ),
]

_PIPE_WIDTH = 160
MAX_MATRIX = 8
"""Up to so many targets a matrix of them fits on a page."""
SHOWN = 10
"""Of what may be very many, so many are shown; `--json` has them all."""


def console() -> Console:
    """Where tables go: as wide as the terminal, or `_PIPE_WIDTH` where there is none; NO_COLOR is respected."""
    return Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)


def working(what: str) -> AbstractContextManager[object]:
    """Tell a terminal what is going on as long as the block lasts; nothing where errors go to a file or a pipe."""
    errors = Console(stderr=True)
    if not sys.stderr.isatty() or errors.is_dumb_terminal:
        return nullcontext()
    # The Hub's own bars, one a file, would be drawn into this one.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    # What is printed meanwhile comes above it, but never leaves the file or pipe that it is meant for.
    return Live(Spinner("dots", f"{what} ..."), console=errors, transient=True, redirect_stdout=sys.stdout.isatty())


class Fitting:
    """The first of several layouts that fits the terminal; the last one wherever none does."""

    def __init__(self, *layouts: RenderableType) -> None:
        self._layouts = layouts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Called by rich, which knows the width."""
        room = options.update(width=10_000)
        fitting = (one for one in self._layouts if Measurement.get(console, room, one).maximum <= options.max_width)
        yield next(fitting, self._layouts[-1])


class _Visible:
    """Whatever is drawn, without a character that a terminal would obey."""

    def __init__(self, drawn: RenderableType) -> None:
        self._drawn = drawn

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Called by rich."""
        for segment in console.render(self._drawn, options):
            yield Segment(visible(segment.text), segment.style, segment.control)


def typed() -> str:
    """This program as it can be typed here: `hvae`, or its path where the shell would not find it."""
    program = Path(sys.argv[0])
    found = shutil.which("hvae")
    if program.name != "hvae" or (found and Path(found).resolve() == program.resolve()):
        return "hvae"
    with suppress(ValueError):
        return str(program.absolute().relative_to(Path.cwd()))
    return str(program)


def table_of(
    title: str,
    columns: Iterable[str],
    rows: Iterable[Iterable[object]],
    right: Collection[str] = (),
    whole: Collection[str] = (),
) -> Table:
    """A table of texts, none of which is read as markup.

    The columns named in `right` are numbers; these and those named in `whole` are never broken or cut.
    """
    # Titles may hold anything that stands in a file or a log, too.
    table = Table(title=Text(title) if title else None, box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    for column in columns:
        justify: JustifyMethod = "right" if column in right else "left"
        table.add_column(Text(column), justify=justify, overflow="fold", no_wrap=column in right or column in whole)
    for row in rows:
        # Before it is laid out, so that the columns are as wide as what is shown.
        table.add_row(*(Text(visible(str(cell))) for cell in row))
    return table


def print_found(content: Any, view: RenderableType, as_json: bool, *, unbroken: bool = False) -> None:
    """Print what a command found: all of it as JSON, or a view for people; long lines may be left to the terminal."""
    if as_json:
        from pydantic_core import to_jsonable_python

        print(visible_json(to_jsonable_python(content, inf_nan_mode="null")))
    elif not isinstance(view, str):
        console().print(_Visible(view), soft_wrap=unbroken, crop=False)
    elif view:
        print(visible(view))


def warn(*lines: object) -> None:
    """Say something beside what a command shows."""
    for line in lines:
        print(f"hvae: {visible(str(line))}", file=sys.stderr)


def finish(broken: "Sequence[Broken]", *, failed: bool = False) -> None:
    """Name what could not be read, once the rest has been shown; with any of that (or `failed`) the exit code is 1."""
    from hvae_bench.log.broken import told

    sys.stdout.flush()  # on a terminal both come out in this order
    warn(*told(broken))
    if broken or failed:
        raise typer.Exit(1)
