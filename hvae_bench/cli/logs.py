"""Logs: the commands that read logs, and compare, export and merge what is in them."""

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
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
        _further({"What one run says": "show"}, found[-1].joined or [found[-1].log])
        _further({"As a page": "report"}, logs or [_inspects_folder()])
    finish(broken)


def show_run(paths: list[str], as_json: bool, everything: bool) -> None:
    """Show what the run in a log says, or the study that several make; all tables of it only if asked for."""
    from rich.console import Group

    from hvae_bench.analysis.summary import summaries
    from hvae_bench.cli.first_screen import first_screen
    from hvae_bench.cli.run_views import analysis_view
    from hvae_bench.log.joining import one_study

    broken: list[Broken] = []
    with working("Reading the log"):
        run = one_study(paths, broken)
        found = {system: one.analysis for system, one in run.by_system.items()}
        said = summaries(run)
    several = len(found) > 1
    views: list[RenderableType] = [first_screen(run, said), ""]
    for system, one in found.items() if everything else ():
        views += [analysis_view(f"The value system {system}" if several else "", one), ""]
    content = {
        "log": paths[0],
        "model": run.model,
        "part": run.part,
        "ended": run.ended,
        **({"systems": found} if several else {"analysis": run.analysis}),
        **({"summaries": said} if several else {"summary": next(iter(said.values()))}),
        "broken": broken,
        "joined": run.logs if run.joined else (),
    }
    print_found(content, Group(*views), as_json)
    if not as_json:
        more = {} if everything else {"All numbers": "show --all"}
        _further(more | {"As a page": "report"}, paths)
    finish(broken)


def _further(commands: Mapping[str, str], logs: Sequence[object]) -> None:
    """Name commands that say more about logs, left to the terminal to break, so that they can be copied."""
    named = " ".join(shlex.quote(visible(str(log))) for log in logs)
    for what, command in commands.items():
        print(f"{what}:\n  {typed()} {command} {named}")


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
    logs: Annotated[
        list[str],
        typer.Argument(
            metavar="A B ...",
            help="For each run a log, or a folder or glob with the logs of one study; all are compared with the first.",
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="Also write a page: its folder or URL; an older report there is replaced."),
    ] = None,
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
    """Compare runs with the first one (exit code 1 if one is not comparable, or partly unreadable).

    With --margin two runs may differ in one thing, and the exit code is 1 if they are not shown to be equivalent.
    """
    from rich.console import Group

    from hvae_bench import analysis
    from hvae_bench.cli.run_views import comparison_view, comparisons_view, equivalence_view
    from hvae_bench.log.joining import one_study

    if len(logs) < 2:
        raise UsageError("A run is compared with another one. Name the logs of two runs at least.")
    if margin is not None and (len(logs) > 2 or output is not None):
        raise UsageError("`--margin` tests two runs and writes no page. Name the logs of two, without `-o`.")
    broken: list[Broken] = []
    with working("Reading logs"):
        runs = [one_study(log, broken) for log in logs]
    names = [run.name for run in runs]
    for place, name in enumerate(names):
        if names.count(name) > 1:
            runs[place] = replace(runs[place], name=f"{name} ({analysis.letter(place)})")
    pairs = analysis.pairs(*runs)
    two, systems = len(runs) == 2, dict.fromkeys(pair.system for pair in pairs)
    compared: dict[analysis.Pair, analysis.Comparison] = {}
    found: dict[str, list[dict[str, Any]]] = {system: [] for system in systems}
    views: dict[str, RenderableType] = {}
    refused: dict[analysis.Pair, analysis.NotComparable] = {}
    failed = False
    for pair in pairs:
        content: dict[str, Any] = {} if two else {"first": pair.first.name, "second": pair.second.name}
        found[pair.system].append(content)
        try:
            with working("Comparing"):
                if margin is None:
                    compared[pair] = analysis.compare(pair.first, pair.second, anyway=anyway, among=pair.among)
                    content |= {"comparable": not compared[pair].obstacles, "comparison": compared[pair]}
                    views[pair.system] = comparison_view(compared[pair])
                else:
                    tested = analysis.equivalence(pair.first, pair.second, margin, anyway=anyway)
                    content |= {"comparable": not tested.obstacles, "equivalence": tested}
                    views[pair.system], failed = equivalence_view(tested), failed or not tested.equivalent
        except analysis.NotComparable as refusal:
            content |= {"comparable": False, "obstacles": refusal.obstacles}
            refused[pair] = refusal
    page = None
    if output is not None and compared:
        from hvae_bench.report.comparing import write_comparison

        against = {pair: one.obstacles for pair, one in refused.items()}
        with working("Writing the page"):
            page = write_comparison(runs, compared, output, refused=against, broken=broken)
    if not two:
        own = {system: {pair: one for pair, one in compared.items() if pair.system == system} for system in views}
        views = {system: comparisons_view(of) for system, of in own.items()}
    if len(systems) > 1:
        views = {system: Group(f"\nThe value system {system}\n", view) for system, view in views.items()}
    told = {system: of[0] if two else {"pairs": of} for system, of in found.items()}
    whole = next(iter(told.values())) if len(systems) == 1 else {"systems": told}
    written = {} if page is None else {"page": page}
    print_found({**whole, **written, "broken": broken}, Group(*views.values()) if views else "", as_json)
    if not as_json:
        if page is not None:
            print(visible(str(page)))
        why: dict[str, list[str]] = {}
        for pair, one in refused.items():
            which = [*([] if two else [" and ".join(pair.letters)]), *([pair.system] if len(systems) > 1 else [])]
            why.setdefault(str(one), []).append(", ".join(which))
        warn(*(f"{'; '.join(which)}: {told}" if any(which) else told for told, which in why.items()))
    finish(broken, failed=failed or bool(refused))


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
