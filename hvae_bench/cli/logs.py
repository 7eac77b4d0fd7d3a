"""Logs: the commands that read logs, and compare, export and merge what is in them."""

import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from hvae_bench.cli.frame import SHOWN, AsJson, Folders, finish, print_found, typed, warn, working
from hvae_bench.text.errors import LogError, UsageError, brief
from hvae_bench.text.location import is_url
from hvae_bench.text.visible import visible

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hvae_bench.log.broken import Broken
    from hvae_bench.log.reread import Reread
    from hvae_bench.log.rescore import Rescored

    Found = TypeVar("Found", Reread, Rescored)

Apart = Annotated[bool, typer.Option("--apart", help="Do not put runs together, even if they are parts of one study.")]

EXPORT_FORMATS = ("rationality", "every-eval-ever", "eval-results")


def _inspects_folder() -> str:
    """Inspect's own folder of logs: INSPECT_LOG_DIR, from the environment or from a `.env` above, or `logs`."""
    from dotenv import dotenv_values, find_dotenv

    if given := os.environ.get("INSPECT_LOG_DIR"):
        return given
    file = find_dotenv(usecwd=True)
    named = dotenv_values(file).get("INSPECT_LOG_DIR") if file else None
    # As Inspect does, a folder of the file is looked for beside it.
    return "logs" if not named else named if is_url(named) else str(Path(file).parent / named)


def results(
    logs: Annotated[
        list[str] | None,
        typer.Argument(help="Logs, folders of them, globs or URLs; Inspect's folder of logs by default."),
    ] = None,
    apart: Apart = False,
    as_json: AsJson = False,
) -> None:
    """Show value rationality by model and target (exit code 1 if a log could not be read).

    Runs of one model that asked other cells of one catalogue alike are one study.
    """
    from hvae_bench.cli.run_views import results_view
    from hvae_bench.log.results import read_results

    broken: list[Broken] = []
    with working("Reading logs"):
        found = read_results(logs or [_inspects_folder()], broken, apart=apart)
    print_found(found, results_view(found), as_json)
    if not as_json:
        # Left to the terminal to break, so that it can be copied.
        logs_of_one = " ".join(shlex.quote(visible(str(log))) for log in found[-1].joined or [found[-1].log])
        print(f"Everything about one run:\n  {typed()} show {logs_of_one}")
    finish(broken)


def show_run(paths: list[str], as_json: bool) -> None:
    """Show everything estimated from the run in a log, or from the study that several make, by value system."""
    from rich.console import Group

    from hvae_bench.cli.run_views import analysis_view
    from hvae_bench.log.joining import one_study

    broken: list[Broken] = []
    with working("Reading the log"):
        run = one_study(paths, broken)
        found = {system: one.analysis for system, one in run.by_system.items()}
    names = [Path(log).name for log in run.logs] if run.joined else [Path(paths[0]).name]
    together = f"\nPut together from {len(names)} logs without a cell in common" if run.joined else ""
    part = f"\nA part of {run.scenario}: {run.part}" if run.part else ""
    ended = f"\nIt {run.ended}" if run.ended else ""
    title = f"{run.subject}, {', '.join(names)}{together}{part}{ended}"
    several = len(found) > 1
    views = [
        analysis_view(title + (f"\nThe value system {system}" if several else ""), one) for system, one in found.items()
    ]
    spaced = [one for view in views for one in (view, "\n")][:-1]
    content = {
        "log": paths[0],
        "model": run.model,
        "part": run.part,
        "ended": run.ended,
        **({"systems": found} if several else {"analysis": run.analysis}),
        "broken": broken,
        "joined": run.logs if run.joined else (),
    }
    print_found(content, Group(*spaced), as_json)
    finish(broken)


def report(
    logs: Annotated[
        list[str],
        typer.Argument(help="Inspect logs, rationality logs, folders of them, globs or URLs; unfinished ones too."),
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", help="Folder or URL to write; an older report there is replaced.")
    ] = "report",
    apart: Apart = False,
) -> None:
    """Write a page of tables, figures and dialogues that opens from disk, with every figure and table beside it.

    The exit code is 1 if a part of the logs could not be read; the page names it.
    """
    from hvae_bench.analysis import load, studies
    from hvae_bench.report import write_report

    broken: list[Broken] = []
    with working("Writing the report"):
        runs = load(logs, broken=broken)
        page = write_report(runs if apart else studies(runs), output, broken=broken)
    print(visible(str(page)))
    finish(broken)


def export(
    logs: Annotated[
        list[str], typer.Argument(help="Inspect logs of this task, finished or not; folders of them, globs or URLs.")
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="File or URL to write, beside the log by default, one log only; a folder for every-eval-ever.",
        ),
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="rationality (one line per dialogue), every-eval-ever (the EvalEval datastore) or eval-results "
            "(Community Evals of the Hub). The last two also read rationality logs.",
            metavar="|".join(EXPORT_FORMATS),
        ),
    ] = "rationality",
    dataset: Annotated[
        str | None, typer.Option(help="ORG/NAME of the data set on the Hub; for eval-results.", metavar="ORG/NAME")
    ] = None,
    source_url: Annotated[str | None, typer.Option(help="Where the log is published; for eval-results.")] = None,
    organisation: Annotated[str, typer.Option(help="Who ran it; for every-eval-ever.")] = "unknown",
    as_json: AsJson = False,
) -> None:
    """Write the rationality log of Inspect logs, or their results in a format of others."""
    from hvae_bench.log.broken import read_each
    from hvae_bench.log.source import LOGS

    if form not in EXPORT_FORMATS:
        raise UsageError(f"There is no format {form!r}. Choose one of: {', '.join(EXPORT_FORMATS)}.")
    one_output = output is not None and form != "every-eval-ever"
    if one_output and len(logs) > 1:
        raise UsageError("`--output` names one file, but several logs were given. Export them one by one.")
    endings = (".eval", ".json") if form == "rationality" else LOGS
    files = _files(logs, (".eval",), endings)
    if one_output and len(files) > 1:
        raise UsageError(f"`--output` names one file, but these are {len(files)} logs. Export them one by one.")
    export_one: Callable[..., Any]
    if form == "every-eval-ever":
        from hvae_bench.hub.every_eval_ever import export_every_eval_ever

        export_one = partial(export_every_eval_ever, organisation=organisation)
    elif form == "eval-results":
        from hvae_bench.hub.eval_results import export_eval_results

        if dataset is None:
            raise UsageError("Community Evals name the data set on the Hub. Add `--dataset ORG/NAME`.")
        export_one = partial(export_eval_results, dataset=dataset, source_url=source_url)
    else:
        from hvae_bench.log.export import export_log as export_one
    broken: list[Broken] = []

    def written_of(file: str) -> list[Path | str]:
        done = export_one(file, output, broken=broken)
        return done if isinstance(done, list) else [done]

    with working("Exporting logs"):
        written = [path for paths in read_each(files, logs, written_of, broken) for path in paths]
    print_found(written, "\n".join(map(str, written)), as_json)
    finish(broken)


def _files(named: list[str], in_folders: tuple[str, ...], endings: tuple[str, ...]) -> list[str]:
    """The files that were named, or that are in the folders named; at least one."""
    from hvae_bench.text.location import find_files

    files = [file for one in named for file in find_files(one, in_folders=in_folders, named=endings)]
    if not files:
        raise LogError(f"There is no {' or '.join(in_folders)} file in {', '.join(named)}. Name another folder.")
    return list(dict.fromkeys(files))


def rescore(
    files: Annotated[list[str], typer.Argument(help="Rationality logs (.rationality.jsonl), folders, globs or URLs.")],
    replies: Annotated[
        bool,
        typer.Option("--replies", help="Also read the stored replies again, and compare decisions."),
    ] = False,
    catalog: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Recompute every measure from the records alone (exit code 1 if anything differs, or cannot be read)."""
    from hvae_bench.catalogue.catalog import load_catalog
    from hvae_bench.log.rescore import Rescored, rescore_file
    from hvae_bench.log.source import LOGS, RECORDS, kind_of

    def lines(file: str, one: Rescored) -> Iterator[str]:
        for item in one.differences:
            yield (
                f"{file}:{item.line}: {item.sample_id}, epoch {item.epoch}: {item.measure} is "
                f"{brief(repr(item.recorded))} in the file, {brief(repr(item.recomputed))} recomputed"
            )
        told = f"; {one.earlier_rule} were ranked by the rule of task version 1, which is not compared"
        summary = f"{file}: {one.dialogues} dialogues rescored, {len(one.differences)} differences"
        yield summary + (told if one.earlier_rule else "")

    again = " Make the file again with `hvae export` from its Inspect log."
    with working("Loading the entries"):
        again_by = partial(rescore_file, wordings=load_catalog(catalog or []).wordings if replies else None)
    of_records = tuple(one for one in LOGS if kind_of(one) != "inspect")
    found, broken = _go_through(_files(files, RECORDS, of_records), again_by, lines, as_json, again)
    finish(broken, failed=any(one.differences for one in found))


def reread(
    logs: Annotated[list[str], typer.Argument(help="Inspect logs, rationality logs, folders, globs or URLs.")],
    catalog: Folders = None,
    as_json: AsJson = False,
) -> None:
    """List the decisions that today's reader of replies would make differently; the logs stay as they are."""
    from hvae_bench.catalogue.catalog import load_catalog
    from hvae_bench.log.reread import Reread, reread_file
    from hvae_bench.log.source import LOGS, RECORDS

    def lines(file: str, one: Reread) -> Iterator[str]:
        for change in one.changes:
            again = "; it would be asked again" if change.asks_again else ""
            yield (
                f"{change.sample_id}, epoch {change.epoch}, {change.item_id}: {change.before} is now "
                f"{change.after}{again}: {brief(repr(change.reply))}"
            )
        yield f"{file}: {one.decisions} decisions of {one.dialogues} dialogues read again, {len(one.changes)} changed"

    files = _files(logs, (".eval", *RECORDS), LOGS)
    with working("Loading the entries"):
        read_again = partial(reread_file, wordings=load_catalog(catalog or []).wordings)
    _, broken = _go_through(files, read_again, lines, as_json)
    finish(broken)


def _go_through(
    files: Sequence[str],
    read: "Callable[[str, list[Broken]], Found]",
    lines: "Callable[[str, Found], Iterator[str]]",
    as_json: bool,
    fix: str = "",
) -> "tuple[list[Found], list[Broken]]":
    """Read files one by one and show what was found in each; returns that, and what could not be read.

    Raises:
        LogError: no dialogue could be read.
    """
    from hvae_bench.log.broken import nothing_left

    lost: dict[str, list[Broken]] = {file: [] for file in files}
    with working("Reading logs"):
        found = {file: read(file, broken) for file, broken in lost.items()}
    broken = [one for some in lost.values() for one in some]
    if not any(one.dialogues for one in found.values()):
        raise nothing_left(broken) if broken else LogError(f"{', '.join(found)} holds no dialogue.{fix}")
    content = {file: {**asdict(one), "broken": lost[file]} for file, one in found.items()}
    print_found(content, "\n".join(line for file, one in found.items() for line in lines(file, one)), as_json)
    return list(found.values()), broken


def compare(
    first: Annotated[
        str, typer.Argument(metavar="A", help="A log of one run, or a folder or glob with the logs of one study.")
    ],
    second: Annotated[str, typer.Argument(metavar="B", help="The same for the other run.")],
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Compare them even if they are not comparable; the reasons are still printed."),
    ] = False,
    margin: Annotated[
        float | None,
        typer.Option("--margin", help="Test whether value rationality is the same to within this much, such as 0.1."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare two runs, of one model or of two (exit code 1 if they are not comparable, or partly unreadable).

    With --margin they may differ in one thing, and the exit code is 1 if they are not shown to be equivalent.
    """
    from rich.console import Group

    from hvae_bench import analysis
    from hvae_bench.cli.run_views import comparison_view, equivalence_view
    from hvae_bench.log.joining import one_study

    broken: list[Broken] = []
    with working("Reading logs"):
        one, other = one_study(first, broken), one_study(second, broken)
    if one.name == other.name:
        one, other = replace(one, name=f"{one.name}, {first}"), replace(other, name=f"{other.name}, {second}")
    found: dict[str, dict[str, Any]] = {}
    views: dict[str, list[RenderableType]] = {}
    refused: dict[str, list[str]] = {}
    failed = False
    pairs = analysis.common_systems(one, other)
    for system, pair in pairs.items():
        result: analysis.Comparison | analysis.Equivalence
        try:
            with working("Comparing"):
                if margin is None:
                    result = analysis.compare(*pair, anyway=anyway)
                    name, view = "comparison", comparison_view(result)
                else:
                    result = analysis.equivalence(*pair, margin, anyway=anyway)
                    name, view, failed = "equivalence", equivalence_view(result), failed or not result.equivalent
        except analysis.NotComparable as refusal:
            found[system], failed = {"comparable": False, "obstacles": refusal.obstacles}, True
            refused.setdefault(str(refusal), []).append(system)
        else:
            found[system] = {"comparable": not result.obstacles, name: result}
            views[system] = [f"\nThe value system {system}\n", view] if len(pairs) > 1 else [view]
    told = next(iter(found.values())) if len(found) == 1 else {"systems": found}
    print_found({**told, "broken": broken}, Group(*chain(*views.values())) if views else "", as_json)
    if not as_json:
        warn(*(why if len(found) == 1 else f"{', '.join(systems)}: {why}" for why, systems in refused.items()))
    finish(broken, failed=failed)


def merge(
    logs: Annotated[list[str], typer.Argument(help="Rationality logs; folders, globs or URLs of them.")],
    output: Annotated[str, typer.Option("--output", "-o", help="Parquet file to write, a path or a URL.")],
    keep_first: Annotated[
        bool,
        typer.Option("--keep-first", help="Where two complete dialogues with the same key differ, keep the first."),
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Validate every line against the whole specification (slow).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Merge rationality logs into a Parquet file.

    The exit code is 1 if a part of them could not be read, and if complete dialogues contradict; then there is no file.
    """
    from hvae_bench import analysis

    with working("Merging logs"):
        found = analysis.merge(logs, output, keep_first=keep_first, check=check)
    lines = []
    if found.output is not None:
        files = "1 file" if found.files == 1 else f"{found.files:,} files"
        lines.append(
            f"{found.output}: {found.dialogues:,} dialogues ({found.incomplete:,} incomplete) with "
            f"{found.decisions:,} decisions, from {files}"
        )
    if found.superseded:
        lines.append(f"{found.superseded:,} incomplete attempts were superseded by better ones")
    if found.duplicates:
        lines.append(f"{found.duplicates:,} equal duplicates were left out")
    print_found(found, "\n".join(lines), as_json)
    if not as_json:
        warn(*found.conflicts[:SHOWN])
        if len(found.conflicts) > SHOWN:
            warn(f"and {len(found.conflicts) - SHOWN} more such dialogues, in `--json`")
        if found.output is None:
            warn("Nothing was written. Leave out one of the files, or keep the first with `--keep-first`.")
    finish(found.broken, failed=found.output is None)
