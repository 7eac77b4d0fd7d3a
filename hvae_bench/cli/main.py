"""Command line: look at entries, write, check and publish them, and read, compare and export logs."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hvae_bench.text.errors import HvaeError, UsageError, brief
from hvae_bench.text.masking import masked

if TYPE_CHECKING:
    from hvae_bench.catalogue.catalog import Catalog
    from hvae_bench.log.broken import Broken
    from hvae_bench.log.results import RunResult

__all__ = ["app", "main"]

app = typer.Typer(
    name="hvae",
    help="Look at the entries of HVAE-Bench, write and check new ones, and read, export and rescore its logs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Folders = Annotated[
    list[str] | None,
    typer.Option(
        "--catalog",
        help="A folder of entries laid over those of the package; may be given several times. The first may name the "
        "data set below: ORG/NAME@v1.0.0 on the Hub, or a folder made by `hvae build`.",
    ),
]


def main() -> None:
    """Run the command line: exit code 0 fine, 1 a check found something, 2 wrong use."""
    try:
        try:
            app()
        finally:
            # What cannot be written should be told here, not by the interpreter when it ends.
            sys.stdout.flush()
    except HvaeError as error:
        print(f"hvae: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except BrokenPipeError:  # `hvae ... | head`
        _drop_output()
        raise SystemExit(0) from None
    except OSError as error:
        told = f"{error.filename or 'the output'}: {error.strerror or error}. Check path, permissions and space."
        print(f"hvae: {masked(told)}", file=sys.stderr)
        _drop_output()
        raise SystemExit(2) from None


def _drop_output() -> None:
    """Give up what is left of the output, which would fail once more when the interpreter ends."""
    with suppress(OSError, ValueError):  # a stream of the caller's may have no number
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@app.callback()
def _root() -> None:
    """Look at the entries of HVAE-Bench, write and check new ones, and read, export and rescore its logs."""


def _print_json(content: Any) -> None:
    from pydantic_core import to_jsonable_python

    print(json.dumps(to_jsonable_python(content, inf_nan_mode="null"), indent=2, ensure_ascii=False))


def _tell_broken(broken: Sequence[Broken]) -> None:
    """Name what could not be read, once the rest has been shown; the exit code is then 1.

    Raises:
        Exit: there is something.
    """
    from hvae_bench.log.broken import told

    sys.stdout.flush()  # on a terminal both come out in this order
    for sentence in told(broken):
        print(f"hvae: {sentence}", file=sys.stderr)
    if broken:
        raise typer.Exit(1)


def _tell_revision(catalog: Catalog) -> None:
    """Say which revision a catalogue from the Hub is."""
    if catalog.revision is not None:
        print(f"{catalog.source[0]}, commit {catalog.revision}, data version {catalog.version}", file=sys.stderr)


def _complete_kind(incomplete: str) -> list[str]:
    from hvae_bench.catalogue.catalog import KINDS

    return [kind for kind in KINDS if kind.startswith(incomplete)]


def _complete_id(incomplete: str) -> list[str]:
    from hvae_bench.catalogue.catalog import KINDS, load_catalog

    catalog = load_catalog()
    return sorted({id_ for kind in KINDS for id_ in getattr(catalog, kind) if id_.startswith(incomplete)})


def _complete_starter(incomplete: str) -> list[str]:
    from hvae_bench.lint.starter import STARTERS

    return [kind for kind in STARTERS if kind.startswith(incomplete)]


@app.command("list")
def list_entries(
    kind: Annotated[
        str | None,
        typer.Argument(
            help="values, systems, games, templates, wordings, framings or scenarios.", autocompletion=_complete_kind
        ),
    ] = None,
    catalog: Folders = None,
    as_json: AsJson = False,
) -> None:
    """List the entries of the catalogue."""
    from hvae_bench.catalogue.catalog import KINDS, load_catalog
    from hvae_bench.cli.display import console, list_view

    if kind is not None and kind not in KINDS:
        raise UsageError(f"There is no kind {kind!r} of entries. Choose one of: {', '.join(KINDS)}.")
    loaded = load_catalog(catalog or ())
    _tell_revision(loaded)
    kinds = list(KINDS) if kind is None else [kind]
    if as_json:
        _print_json({name: {id_: entry.title for id_, entry in getattr(loaded, name).items()} for name in kinds})
    else:
        console().print(list_view(loaded, kinds))


@app.command()
def show(
    name: Annotated[
        str,
        typer.Argument(
            help="Id of an entry (or KIND/ID), a cell VALUE.GAME.TEMPLATE, or a log of a run.",
            autocompletion=_complete_id,
        ),
    ],
    dialogue: Annotated[
        bool, typer.Option("--dialogue", help="One whole dialogue as the model will see it (scenarios and cells).")
    ] = False,
    epochs: Annotated[int | None, typer.Option(min=1, help="Dialogues for each cell of a scenario.")] = None,
    bootstrap: Annotated[int, typer.Option(min=0, help="Bootstrap resamples for a log; 0 for none.")] = 2000,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap, and of shuffled orders in a dialogue.")] = 0,
    catalog: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Show an entry, a cell or a run, with everything that follows from it."""
    if name.endswith((".eval", ".json", ".jsonl", ".parquet")) or Path(name).is_file():
        _show_run(name, bootstrap, seed, as_json)
    else:
        _show_entry(name, dialogue, epochs, seed, catalog or [], as_json)


def _show_run(path: str, resamples: int, seed: int, as_json: bool) -> None:
    from hvae_bench.cli.display import analysis_view, console
    from hvae_bench.log.runs import one_run

    broken: list[Broken] = []
    run = one_run(path, broken)
    model, analysis = run.model, run.analyse(resamples=resamples, seed=seed)
    if as_json:
        bootstrap = {"resamples": resamples, "seed": seed}
        _print_json({"log": path, "model": model, "bootstrap": bootstrap, "analysis": analysis, "broken": broken})
    else:
        console().print(analysis_view(f"{model}, {Path(path).name}", analysis))
    _tell_broken(broken)


def _show_entry(name: str, dialogue: bool, epochs: int | None, seed: int, folders: list[str], as_json: bool) -> None:
    from hvae_bench.catalogue.catalog import load_catalog
    from hvae_bench.catalogue.game import Game
    from hvae_bench.catalogue.scenario import Scenario
    from hvae_bench.catalogue.value import ValueTarget
    from hvae_bench.catalogue.wording import Wording
    from hvae_bench.cli import display
    from hvae_bench.dialogue.sample import build_cells
    from hvae_bench.log import overview

    loaded = load_catalog(folders)
    _tell_revision(loaded)
    if name.count(".") >= 2:
        cell = overview.find_cell(loaded, name)
        lines = overview.whole_dialogue(cell.script(), seed)
        if as_json:
            _print_json({"cell": cell.id, "dialogue": lines})
        else:
            out = display.console()
            for text in display.dialogue_view(lines):
                out.print(text, soft_wrap=True)
        return
    kind, entry = overview.find_entry(loaded, name)
    if dialogue:
        if not isinstance(entry, Scenario):
            raise UsageError(f"`--dialogue` needs a scenario or a cell, and {name!r} is one of the {kind}.")
        first = build_cells(loaded, entry)[0]
        _show_entry(first.id, True, epochs, seed, folders, as_json)
        return
    derived: Any
    if isinstance(entry, ValueTarget):
        derived = overview.games_of(entry, loaded.games)
        view = display.value_view(entry, derived)
    elif isinstance(entry, Game):
        derived = overview.game_overview(entry, list(loaded.values.values()))
        view = display.game_view(entry, derived)
    elif isinstance(entry, Wording):
        derived = overview.coverage(loaded, entry)
        view = display.wording_view(entry, derived)
    elif isinstance(entry, Scenario):
        derived = overview.scenario_overview(loaded, entry, epochs)
        view = display.scenario_view(entry, derived)
    else:
        derived, view = None, display.entry_view(entry)
    if as_json:
        _print_json({"kind": kind, "entry": entry, "derived": derived})
    else:
        display.console().print(view)


@app.command()
def new(
    kind: Annotated[
        str,
        typer.Argument(help="value, game, template, wording, framing or scenario.", autocompletion=_complete_starter),
    ],
    id_: Annotated[str, typer.Argument(metavar="ID", help="Id of the entry, such as my-entry.")],
    into: Annotated[
        Path, typer.Option("--into", "-o", help="The catalogue's folder; the file goes into the folder of its kind.")
    ] = Path("mine"),
    as_json: AsJson = False,
) -> None:
    """Write a new entry to start from: it can be run as it stands, and its comments say what to write."""
    from hvae_bench.lint.starter import next_steps, write_starter

    path = write_starter(kind, id_, into)
    steps = next_steps(kind, id_, into)
    if as_json:
        _print_json({"file": path, "next": steps})
    else:
        print("\n".join([f"{path} is written. Change what its comments tell, then check and run it:", "", *steps]))


@app.command()
def validate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Entries, or folders of a catalogue; the data set of the clone, or the package's, if none is named.",
        ),
    ] = None,
    form: Annotated[
        str,
        typer.Option("--format", help="text, github (annotations of a workflow) or json.", metavar="text|github|json"),
    ] = "text",
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend header lines and white space first; what an entry says is not touched.")
    ] = False,
) -> None:
    """Check entries by every rule (exit code 1 if any has an error; warnings are allowed)."""
    from hvae_bench import lint
    from hvae_bench.lint.header import fix as fix_files
    from hvae_bench.lint.run import FORMATS

    if form not in FORMATS:
        raise UsageError(f"There is no format {form!r}. Choose one of: {', '.join(FORMATS)}.")
    wanted = paths or lint.default_paths()
    if fix:
        for path in fix_files(wanted):
            print(f"mended {str(path)!r}", file=sys.stderr)
    found = lint.validate(wanted)
    print(FORMATS[form](found))
    if found.errors:
        raise typer.Exit(1)


@app.command()
def migrate(
    folder: Annotated[
        Path, typer.Argument(help="Folder of entries in the form of data version 0.1; it is not changed.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to make; FOLDER-new if none is named.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a folder of entries anew in the present form.

    The exit code is 1 if an entry cannot be carried over; then nothing is written.
    """
    from hvae_bench.lint.migrate import NotMigratedError
    from hvae_bench.lint.migrate import migrate as migrate_folder

    output = output or folder.parent / f"{folder.resolve().name}-new"
    try:
        done = migrate_folder(folder, output)
    except NotMigratedError as error:
        if as_json:
            _print_json({"files": [], "notes": [], "faults": error.faults})
        for fault in error.faults:
            print(f"hvae: {fault}", file=sys.stderr)
        raise typer.Exit(1) from None
    if as_json:
        _print_json({"files": done.files, "notes": done.notes, "faults": []})
    else:
        print(
            "\n".join([*map(str, done.files), *done.notes, "", f"Check it: hvae validate {shlex.quote(str(output))}"])
        )


@app.command()
def build(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to make; an earlier build in it is replaced.")],
    dataset: Annotated[
        Path | None,
        typer.Option(help="Folder of the data set; `dataset` of the clone one stands in, or the package's."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the folder that is published on the Hub; the same entries give the same bytes."""
    from hvae_bench.hub.build import build_dataset
    from hvae_bench.lint import default_paths, refuse_errors

    folder = dataset or default_paths()[0]
    refuse_errors(folder)
    manifest = build_dataset(folder, output)
    if as_json:
        _print_json({"folder": output, "manifest": manifest})
    else:
        size = sum(file.size for file in manifest.files.values())
        print(f"{output}: version {manifest.version}, {len(manifest.files)} files, {size:,} bytes")


@app.command()
def diff(
    old: Annotated[
        str,
        typer.Argument(help="A folder of a data set, a folder made by `hvae build`, `embedded`, or ORG/NAME@REVISION."),
    ],
    new: Annotated[str, typer.Argument(help="The newer one, named likewise.")],
    as_json: AsJson = False,
) -> None:
    """Say what changed between two versions of the data, and which step of the version that needs."""
    from hvae_bench.hub.changes import compare, in_words, open_catalog

    changes = compare(open_catalog(old), open_catalog(new))
    if as_json:
        _print_json(changes)
    else:
        print(in_words(changes))


@app.command()
def publish(
    repo: Annotated[str, typer.Argument(metavar="ORG/NAME", help="Data set on the Hub.")],
    dataset: Annotated[
        Path | None,
        typer.Option(help="Folder of the data set; `dataset` of the clone one stands in if not given."),
    ] = None,
    create_pr: Annotated[
        bool, typer.Option("--create-pr", help="Propose it in a pull request; publish again once that is merged.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")] = False,
    private: Annotated[bool, typer.Option("--private", help="Make it private, if it has to be made.")] = False,
    as_json: AsJson = False,
) -> None:
    """Release the data set on the Hub as the version in its file VERSION: one commit, then the tag.

    The same command, given again, does what a lost connection has left undone. A release is never changed.
    """
    from hvae_bench.hub.publish import publish as publish_dataset
    from hvae_bench.lint import refuse_errors

    if dataset is None and not Path("dataset", "VERSION").is_file():
        raise UsageError(
            "There is no data set in the folder `dataset` here. Stand in a clone, or name it: `--dataset`."
        )

    def tell(step: str) -> None:
        print(step, file=sys.stderr if as_json else sys.stdout, flush=True)

    refuse_errors(dataset or Path("dataset"))
    done = publish_dataset(
        repo, dataset or Path("dataset"), create_pr=create_pr, dry_run=dry_run, private=private, tell=tell
    )
    if as_json:
        _print_json(done)


@app.command()
def results(
    logs: Annotated[list[str], typer.Argument(help="Inspect logs, folders of them, globs or URLs.")],
    as_json: AsJson = False,
) -> None:
    """Show value rationality by model and target (exit code 1 if a log could not be read)."""
    from hvae_bench.log.results import read_results

    broken: list[Broken] = []
    found = read_results(logs, broken)
    if as_json:
        _print_json(found)
    else:
        _show_results(found)
    _tell_broken(broken)


def _show_results(found: Sequence[RunResult]) -> None:
    from hvae_bench.cli.display import console, results_table

    out = console()
    out.print(results_table(found))
    out.print(
        "Value rationality: 1 = the ideal choices for that value, 0 = what chance scores, below 0 = against it.\n"
        "± is half of the 95 % interval; it is missing where all dialogues scored alike or a cell has only one.\n"
        "`hvae show LOG` tells everything about one run.",
        markup=False,
    )
    if any(not result.comparable for result in found):
        out.print("* fewer than 95 % of the items were answered: not comparable with other runs.")


def _files(named: list[str], in_folders: tuple[str, ...], endings: tuple[str, ...]) -> list[str]:
    """The files that were named, or that are in the folders named; at least one."""
    from hvae_bench.text.errors import LogError
    from hvae_bench.text.location import find_files

    files = [file for one in named for file in find_files(one, in_folders=in_folders, named=endings)]
    if not files:
        raise LogError(f"There is no {' or '.join(in_folders)} file in {', '.join(named)}. Name another folder.")
    return list(dict.fromkeys(files))


EXPORT_FORMATS = ("rationality", "every-eval-ever", "eval-results")


@app.command()
def report(
    logs: Annotated[
        list[str],
        typer.Argument(help="Inspect logs, rationality logs, folders of them, globs or URLs; unfinished ones too."),
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", help="Folder or URL to write; an older report in it is replaced.")
    ] = "report",
    dialogues: Annotated[
        int, typer.Option("--dialogues", min=0, help="Dialogues of each cell on the page; all are in its files.")
    ] = 2,
) -> None:
    """Write a page of tables, figures and dialogues that opens from disk, with every figure and table beside it.

    The exit code is 1 if a part of the logs could not be read; the page names it.
    """
    from hvae_bench.analysis import load
    from hvae_bench.report import write_report

    broken: list[Broken] = []
    runs = load(logs, broken=broken)
    print(write_report(runs, output, per_cell=dialogues, broken=broken))
    _tell_broken(broken)


@app.command()
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
            help="rationality (one line a dialogue), every-eval-ever (the EvalEval datastore) or eval-results "
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
    if form not in EXPORT_FORMATS:
        raise UsageError(f"There is no format {form!r}. Choose one of: {', '.join(EXPORT_FORMATS)}.")
    if output is not None and len(logs) > 1 and form != "every-eval-ever":
        raise UsageError("`--output` names one file, but several logs were given. Export them one by one.")
    endings = (".eval", ".json") if form == "rationality" else (".eval", ".json", ".jsonl", ".parquet")
    named, logs = logs, _files(logs, (".eval",), endings)
    if output is not None and len(logs) > 1 and form != "every-eval-ever":
        raise UsageError(f"`--output` names one file, but these are {len(logs)} logs. Export them one by one.")
    if form == "every-eval-ever":
        from hvae_bench.hub.every_eval_ever import export_every_eval_ever

        written, broken = _export_all(
            logs,
            named,
            lambda log, lost: export_every_eval_ever(log, output, organisation=organisation, broken=lost),
        )
    elif form == "eval-results":
        from hvae_bench.hub.eval_results import export_eval_results

        if dataset is None:
            raise UsageError("Community Evals name the data set on the Hub. Add `--dataset ORG/NAME`.")
        written, broken = _export_all(
            logs,
            named,
            lambda log, lost: [export_eval_results(log, output, dataset=dataset, source_url=source_url, broken=lost)],
        )
    else:
        from hvae_bench.log.export import export_log

        written, broken = _export_all(logs, named, lambda log, lost: [export_log(log, output, broken=lost)])
    if as_json:
        _print_json(written)
    else:
        print("\n".join(map(str, written)))
    _tell_broken(broken)


def _export_all(
    logs: Sequence[str],
    named: Sequence[str],
    export_one: Callable[[str, list[Broken]], Sequence[Path | str]],
) -> tuple[list[Path | str], list[Broken]]:
    """Export logs one by one: the files written, and what could not be read; logs of other tasks in folders are left.

    Raises:
        LogError: nothing was written.
    """
    from hvae_bench.log.broken import AnotherTaskError, Broken, nothing_left
    from hvae_bench.text.errors import LogError

    written: list[Path | str] = []
    broken: list[Broken] = []
    for log in logs:
        try:
            written += export_one(log, broken)
        except LogError as error:
            if log in named or not isinstance(error, AnotherTaskError):
                broken.append(Broken.file(log, error))
    if not written:
        nothing = LogError(f"No log of hvae_bench in {', '.join(named)}. Run `inspect eval hvae_bench` first.")
        raise nothing_left(broken) if broken else nothing
    return written, broken


@app.command()
def rescore(
    files: Annotated[list[str], typer.Argument(help="Rationality logs (.rationality.jsonl), folders, globs or URLs.")],
    as_json: AsJson = False,
) -> None:
    """Recompute every measure from the records alone (exit code 1 if anything differs, or cannot be read)."""
    from hvae_bench.log.broken import nothing_left
    from hvae_bench.log.rescore import rescore_file
    from hvae_bench.text.errors import LogError

    endings = (".rationality.jsonl", ".parquet")
    lost: dict[str, list[Broken]] = {file: [] for file in _files(files, endings, (*endings, ".jsonl"))}
    found = {file: rescore_file(file, broken) for file, broken in lost.items()}
    broken = [one for some in lost.values() for one in some]
    if not any(one.dialogues for one in found.values()):
        again = "Make the file again with `hvae export` from its Inspect log."
        raise nothing_left(broken) if broken else LogError(f"{', '.join(found)} holds no dialogue. {again}")
    if as_json:
        _print_json({file: {**asdict(one), "broken": lost[file]} for file, one in found.items()})
    else:
        for name, one in found.items():
            for item in one.differences:
                print(
                    f"{name}:{item.line}: {item.sample_id}, epoch {item.epoch}: {item.measure} is "
                    f"{item.recorded!r} in the file, {item.recomputed!r} recomputed"
                )
            print(f"{name}: {one.dialogues} dialogues rescored, {len(one.differences)} differences")
    _tell_broken(broken)
    if any(one.differences for one in found.values()):
        raise typer.Exit(1)


@app.command()
def reread(
    logs: Annotated[list[str], typer.Argument(help="Inspect logs, rationality logs, folders, globs or URLs.")],
    catalog: Folders = None,
    as_json: AsJson = False,
) -> None:
    """List the decisions that today's reader makes otherwise of the replies in logs; the logs stay as they are."""
    from hvae_bench.catalogue.catalog import load_catalog
    from hvae_bench.log.broken import nothing_left
    from hvae_bench.log.reread import reread_file
    from hvae_bench.text.errors import LogError

    endings = (".eval", ".rationality.jsonl", ".parquet")
    files = _files(logs, endings, (*endings, ".json", ".jsonl"))
    lost: dict[str, list[Broken]] = {file: [] for file in files}
    wordings = load_catalog(catalog or []).wordings
    found = {file: reread_file(file, lost[file], wordings) for file in files}
    broken = [one for some in lost.values() for one in some]
    if not any(one.dialogues for one in found.values()):
        raise nothing_left(broken) if broken else LogError(f"{', '.join(found)} holds no dialogue.")
    if as_json:
        _print_json({file: {**asdict(one), "broken": lost[file]} for file, one in found.items()})
    else:
        for name, one in found.items():
            for change in one.changes:
                again = "; it would be asked again" if change.asks_again else ""
                print(
                    f"{change.sample_id}, epoch {change.epoch}, {change.item_id}: {change.before} is now "
                    f"{change.after}{again}: {brief(repr(change.reply))}"
                )
            print(
                f"{name}: {one.decisions} decisions of {one.dialogues} dialogues read again, {len(one.changes)} changed"
            )
    _tell_broken(broken)


@app.command()
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="A log of one run.")],
    second: Annotated[str, typer.Argument(metavar="B", help="A log of another run.")],
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Compare them whatever speaks against it; it is still said.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare two runs, of one model or of two (exit code 1 if they are not comparable, or partly unreadable)."""
    from hvae_bench import analysis
    from hvae_bench.cli.compare import comparison_view
    from hvae_bench.cli.display import console
    from hvae_bench.log.runs import one_run

    broken: list[Broken] = []
    one, other = one_run(first, broken), one_run(second, broken)
    if one.name == other.name:
        one, other = replace(one, name=f"{one.name}, {one.log}"), replace(other, name=f"{other.name}, {other.log}")
    try:
        found = analysis.compare(one, other, anyway=anyway)
    except analysis.NotComparable as refusal:
        if as_json:
            _print_json({"comparable": False, "obstacles": refusal.obstacles, "broken": broken})
        else:
            print(f"hvae: {refusal}", file=sys.stderr)
        _tell_broken(broken)
        raise typer.Exit(1) from None
    if as_json:
        _print_json({"comparable": not found.obstacles, "comparison": found, "broken": broken})
    else:
        console().print(comparison_view(found))
    _tell_broken(broken)


@app.command()
def merge(
    logs: Annotated[list[str], typer.Argument(help="Rationality logs, folders, globs or URLs of them.")],
    output: Annotated[str, typer.Option("--output", "-o", help="Parquet file to write, a path or a URL.")],
    keep_first: Annotated[
        bool, typer.Option("--keep-first", help="Of two complete dialogues of one key that differ, take the first.")
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
    from hvae_bench.cli.compare import SHOWN, merged_lines

    found = analysis.merge(logs, output, keep_first=keep_first, check=check)
    if as_json:
        _print_json(found)
    else:
        for line in merged_lines(found):
            print(line)
        for conflict in found.conflicts[:SHOWN]:
            print(f"hvae: {conflict}", file=sys.stderr)
        if len(found.conflicts) > SHOWN:
            print(f"hvae: and {len(found.conflicts) - SHOWN} more such dialogues, in `--json`", file=sys.stderr)
        if found.output is None:
            told = "Nothing was written. Leave out one of the files, or take the first with `--keep-first`."
            print(f"hvae: {told}", file=sys.stderr)
    _tell_broken(found.broken)
    if found.output is None:
        raise typer.Exit(1)


if __name__ == "__main__":
    main()
