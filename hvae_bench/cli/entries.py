"""Entries: the commands that look at entries, write, check, build and publish them."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hvae_bench.cli.frame import AsJson, Folders, finish, print_found, warn, working
from hvae_bench.text.errors import UsageError
from hvae_bench.text.visible import visible

if TYPE_CHECKING:
    from hvae_bench.catalogue.catalog import Catalog


def open_catalog(folders: list[str] | None) -> "Catalog":
    """The catalogue with these folders; of one from the Hub it is said which revision it is."""
    from hvae_bench.catalogue.catalog import load_catalog

    with working("Loading the entries"):
        loaded = load_catalog(folders or ())
    if loaded.revision is not None:
        told = f"{loaded.source[0]}, commit {loaded.revision}, data version {loaded.version}"
        print(visible(told, line=True), file=sys.stderr)
    return loaded


def _kinds() -> list[str]:
    from hvae_bench.catalogue.entry_file import KINDS

    return list(KINDS)


def _ids() -> list[str]:
    from hvae_bench.catalogue.catalog import load_catalog
    from hvae_bench.catalogue.entry_file import KINDS

    catalog = load_catalog()
    return sorted({id_ for kind in KINDS for id_ in getattr(catalog, kind)})


def _starters() -> list[str]:
    from hvae_bench.lint.starter import STARTERS

    return list(STARTERS)


def list_entries(
    kind: Annotated[
        str | None,
        typer.Argument(
            help="values, systems, games, templates, wordings, framings or scenarios.", autocompletion=_kinds
        ),
    ] = None,
    catalog: Folders = None,
    as_json: AsJson = False,
) -> None:
    """List the entries of the catalogue."""
    from hvae_bench.catalogue.entry_file import KINDS
    from hvae_bench.cli.entry_views import list_view

    if kind is not None and kind not in KINDS:
        raise UsageError(f"There are no entries of the kind {kind!r}. Choose one of: {', '.join(KINDS)}.")
    loaded = open_catalog(catalog)
    kinds = list(KINDS) if kind is None else [kind]
    titles = {name: {id_: entry.title for id_, entry in getattr(loaded, name).items()} for name in kinds}
    print_found(titles, list_view(loaded, kinds), as_json)


def show(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME",
            help="Id of an entry (or KIND/ID), a cell VALUE.GAME.TEMPLATE, or a log of a run (several of a study).",
            autocompletion=_ids,
        ),
    ],
    dialogue: Annotated[
        bool, typer.Option("--dialogue", help="One whole dialogue as the model will see it (scenarios and cells).")
    ] = False,
    batched: Annotated[
        bool, typer.Option("--batched", help="That dialogue with all its items in one message (-T items=batched).")
    ] = False,
    epochs: Annotated[int | None, typer.Option(min=1, help="Dialogues for each cell of a scenario.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of shuffled orders in a dialogue.")] = 0,
    everything: Annotated[bool, typer.Option("--all", help="Every number of a run, after what it says.")] = False,
    catalog: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Show an entry or a cell with everything that follows from it, or what a run says."""
    from hvae_bench.log.source import kind_of

    if all(kind_of(name) or Path(name).is_file() for name in names):
        from hvae_bench.cli.logs import show_run

        show_run(names, as_json, everything)
    elif len(names) > 1:
        raise UsageError(f"{', '.join(names)} are not all logs. Show entries one at a time.")
    else:
        _show_entry(names[0], dialogue or batched, batched, epochs, seed, catalog, as_json)


def _show_entry(
    name: str, dialogue: bool, batched: bool, epochs: int | None, seed: int, folders: list[str] | None, as_json: bool
) -> None:
    from hvae_bench.catalogue.game import Game
    from hvae_bench.catalogue.scenario import Scenario
    from hvae_bench.catalogue.system import System
    from hvae_bench.catalogue.value import ValueTarget
    from hvae_bench.catalogue.wording import Wording
    from hvae_bench.cli import entry_views
    from hvae_bench.dialogue.cost import whole_dialogue
    from hvae_bench.dialogue.sample import build_cells, check_batched
    from hvae_bench.log import overview

    loaded = open_catalog(folders)
    is_cell = name.count(".") >= 2
    kind, entry = (None, None) if is_cell else overview.find_entry(loaded, name)
    if dialogue and not is_cell:
        if not isinstance(entry, Scenario):
            raise UsageError(f"`--dialogue` needs a scenario or a cell, and {name!r} is one of the {kind}.")
        name = build_cells(loaded, entry)[0].id
    if entry is None or dialogue:
        cell = overview.find_cell(loaded, name)
        if batched:
            check_batched([cell])
        lines = whole_dialogue(cell.script(batched=batched), seed)
        print_found({"cell": cell.id, "dialogue": lines}, entry_views.dialogue_view(lines), as_json, unbroken=True)
        return
    derived: Any = None
    if isinstance(entry, ValueTarget):
        derived = overview.games_of(entry, loaded.games)
        view = entry_views.value_view(entry, derived)
    elif isinstance(entry, Game):
        derived = overview.game_overview(entry, list(loaded.values.values()))
        view = entry_views.game_view(entry, derived)
    elif isinstance(entry, System):
        derived = overview.system_overview(loaded, entry)
        view = entry_views.system_view(entry, derived)
    elif isinstance(entry, Wording):
        derived = overview.coverage(loaded, entry)
        view = entry_views.wording_view(entry, derived)
    elif isinstance(entry, Scenario):
        derived = overview.scenario_overview(loaded, entry, epochs)
        view = entry_views.scenario_view(entry, derived)
    else:
        view = entry_views.entry_view(entry)
    print_found({"kind": kind, "entry": entry, "derived": derived}, view, as_json)


def new(
    kind: Annotated[
        str,
        typer.Argument(help="value, game, template, wording, framing or scenario.", autocompletion=_starters),
    ],
    id_: Annotated[str, typer.Argument(metavar="ID", help="Id of the entry, such as my-entry.")],
    into: Annotated[
        Path, typer.Option("--into", "-o", help="The catalogue's folder; the file goes into the folder of its kind.")
    ] = Path("mine"),
    as_json: AsJson = False,
) -> None:
    """Write a new entry to start from: it runs as it stands, and its comments say what to write."""
    from hvae_bench.lint.starter import next_steps, write_starter

    path = write_starter(kind, id_, into)
    steps = next_steps(kind, id_, into)
    told = f"{path} is written. Change what its comments describe, then check and run it:"
    print_found({"file": path, "next": steps}, "\n".join([told, "", *steps]), as_json)


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
        bool, typer.Option("--fix", help="Fix header lines and white space first; what an entry says is not touched.")
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
            print(f"fixed {str(path)!r}", file=sys.stderr)
    with working("Checking entries"):
        found = lint.validate(wanted)
    if not found.files:
        named = " or ".join(repr(str(path)) for path in wanted)
        raise UsageError(f"There are no entries in {named}, so nothing was checked. Check the path, or add an entry.")
    print(FORMATS[form](found))
    finish([], failed=bool(found.errors))


def migrate(
    folder: Annotated[
        Path, typer.Argument(help="Folder of entries in the form of data version 0.1; it is not changed.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to make; FOLDER-new if none is named.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rewrite a folder of old entries in the current form.

    The exit code is 1 if an entry cannot be carried over; then nothing is written.
    """
    from hvae_bench.lint.migrate import NotMigratedError
    from hvae_bench.lint.migrate import migrate as migrate_folder

    output = output or folder.parent / f"{folder.resolve().name}-new"
    try:
        done = migrate_folder(folder, output)
    except NotMigratedError as error:
        print_found({"files": [], "notes": [], "faults": error.faults}, "", as_json)
        warn(*error.faults)
        raise typer.Exit(1) from None
    lines = [*map(str, done.files), *done.notes, "", f"Check it: hvae validate {shlex.quote(str(output))}"]
    print_found({"files": done.files, "notes": done.notes, "faults": []}, "\n".join(lines), as_json)


def build(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to make; an earlier build in it is replaced.")],
    dataset: Annotated[
        Path | None,
        typer.Option(help="Folder of the data set; `dataset` of the clone you are in, or the package's."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the folder that is published on the Hub; the same entries give the same bytes."""
    from hvae_bench.hub.build import build_dataset
    from hvae_bench.lint import default_paths, refuse_errors

    folder = dataset or default_paths()[0]
    with working("Checking and building the data set"):
        refuse_errors(folder)
        manifest = build_dataset(folder, output)
    size = sum(file.size for file in manifest.files.values())
    told = f"{output}: version {manifest.version}, {len(manifest.files)} files, {size:,} bytes"
    print_found({"folder": output, "manifest": manifest}, told, as_json)


def diff(
    old: Annotated[
        str,
        typer.Argument(help="A folder of a data set, a folder made by `hvae build`, `embedded`, or ORG/NAME@REVISION."),
    ],
    new: Annotated[str, typer.Argument(help="The newer one, named in the same way.")],
    as_json: AsJson = False,
) -> None:
    """Say what changed between two versions of the data, and which step of the version number that takes."""
    from hvae_bench.hub.changes import compare, in_words, open_catalog

    with working("Loading the entries"):
        changes = compare(open_catalog(old), open_catalog(new))
    print_found(changes, in_words(changes), as_json)


def publish(
    repo: Annotated[str, typer.Argument(metavar="ORG/NAME", help="Data set on the Hub.")],
    dataset: Annotated[
        Path | None,
        typer.Option(help="Folder of the data set; `dataset` of the clone you are in if not given."),
    ] = None,
    create_pr: Annotated[
        bool, typer.Option("--create-pr", help="Propose it in a pull request; publish again once that is merged.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")] = False,
    private: Annotated[bool, typer.Option("--private", help="Make it private, if it has to be made.")] = False,
    as_json: AsJson = False,
) -> None:
    """Release the data set on the Hub as the version in its file VERSION: one commit, then the tag.

    Run again, the same command finishes what a lost connection left undone. A release is never changed.
    """
    from hvae_bench.hub.publish import publish as publish_dataset
    from hvae_bench.lint import refuse_errors

    folder = dataset or Path("dataset")
    if dataset is None and not (folder / "VERSION").is_file():
        raise UsageError(
            "There is no data set in the folder `dataset` here. Run this in a clone, or name it: `--dataset`."
        )

    def tell(step: str) -> None:
        print(visible(step), file=sys.stderr if as_json else sys.stdout, flush=True)

    with working("Publishing the data set"):
        refuse_errors(folder)
        done = publish_dataset(repo, folder, create_pr=create_pr, dry_run=dry_run, private=private, tell=tell)
    print_found(done, "", as_json)
