"""Command line: `hvae results`, `hvae export`, `hvae rescore`."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hvae_bench.errors import HvaeError
from hvae_bench.results import Interval, RunResult, read_results

__all__ = ["app", "main"]

app = typer.Typer(
    name="hvae",
    help="Read, export and rescore the logs of HVAE-Bench.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def main() -> None:
    """Run the command line: exit code 0 fine, 1 a check found something, 2 wrong use."""
    try:
        app()
    except HvaeError as error:
        print(f"hvae: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except BrokenPipeError:  # `hvae ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except OSError as error:
        print(
            f"hvae: {error.filename or 'a file'}: {error.strerror or error}. Check path, permissions and space.",
            file=sys.stderr,
        )
        raise SystemExit(2) from None


@app.callback()
def _root() -> None:
    """Read, export and rescore the logs of HVAE-Bench."""


@app.command()
def results(
    logs: Annotated[list[Path], typer.Argument(help="Inspect logs, or folders of them.")],
    as_json: AsJson = False,
) -> None:
    """Show value rationality by model and target."""
    found = read_results(logs)
    if as_json:
        print(json.dumps([_plain(dataclasses.asdict(result)) for result in found], indent=2))
        return
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(results_table(found))
    console.print(
        "Value rationality: 1 = the ideal choices for that value, 0 = what chance scores, below 0 = against it.\n"
        "± is half of the 95 % interval; it is missing where all dialogues scored alike or a cell has only one.",
        highlight=False,
        markup=False,
    )
    if any(not result.comparable for result in found):
        console.print("* fewer than 95 % of the items were answered: not comparable with other runs.", highlight=False)


def results_table(found: list[RunResult]) -> Table:
    """The runs as a table: a row for each, a column for each target."""
    targets = list(dict.fromkeys(target for result in found for target in result.targets))
    table = Table(title="Value rationality by target", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("model", overflow="fold", min_width=12)
    table.add_column("scenario", no_wrap=True)
    for column in [*targets, "all", "answered", "dialogues"]:
        table.add_column(column, justify="right", no_wrap=True)
    for result in found:
        nothing = Interval(math.nan, math.nan, math.nan)
        status = "" if result.status == "success" else f" ({result.status})"
        table.add_row(
            escape(result.model + status),
            result.scenario,
            *(_cell(result.targets.get(target, nothing)) for target in targets),
            _cell(result.value_rationality) + ("" if result.comparable else "*"),
            "-" if math.isnan(result.answered_rate) else f"{100 * result.answered_rate:.1f} %",
            str(result.dialogues),
        )
    return table


def _cell(interval: Interval) -> str:
    if math.isnan(interval.mean):
        return "-"
    mean = f"{interval.mean:.2f}".replace("-0.00", "0.00")
    if math.isnan(interval.lower):
        return mean
    return f"{mean} ± {(interval.upper - interval.lower) / 2:.2f}"


def _plain(value: Any) -> Any:
    """Content as JSON has it: no NaN, no paths."""
    if isinstance(value, dict):
        return {key: _plain(content) for key, content in value.items()}
    if isinstance(value, float):
        return None if math.isnan(value) else value
    return str(value) if isinstance(value, Path) else value


@app.command()
def export(
    logs: Annotated[list[Path], typer.Argument(help="Inspect logs of this task, finished or not.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write; beside the log by default. One log only."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the rationality log of Inspect logs."""
    from hvae_bench.errors import UsageError
    from hvae_bench.export import export_log

    if output is not None and len(logs) > 1:
        raise UsageError("`--output` names one file, but several logs were given. Export them one by one.")
    written = [str(export_log(log, output)) for log in logs]
    print(json.dumps(written) if as_json else "\n".join(written))


@app.command()
def rescore(
    files: Annotated[list[Path], typer.Argument(help="Rationality logs (.rationality.jsonl).")],
    as_json: AsJson = False,
) -> None:
    """Recompute every measure from the records alone and say what differs (exit code 1 if anything does)."""
    from hvae_bench.rescore import rescore_file

    found = {str(file): rescore_file(file) for file in files}
    if as_json:
        print(json.dumps({name: _plain(dataclasses.asdict(one)) for name, one in found.items()}, indent=2))
    else:
        for name, one in found.items():
            for item in one.differences:
                print(
                    f"{name}:{item.line}: {item.sample_id}, epoch {item.epoch}: {item.measure} is "
                    f"{item.recorded!r} in the file, {item.recomputed!r} recomputed"
                )
            print(f"{name}: {one.dialogues} dialogues rescored, {len(one.differences)} differences")
    if any(one.differences for one in found.values()):
        raise typer.Exit(1)


if __name__ == "__main__":
    main()
