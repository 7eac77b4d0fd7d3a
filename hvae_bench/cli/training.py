"""Training: the command that writes conversations to train on."""

from pathlib import PurePosixPath
from typing import Annotated

import typer

from hvae_bench.cli.frame import AsJson, Folders, print_found, working

_ALL = "all"


def fresh(
    n: Annotated[int, typer.Option("--n", min=1, help="Conversations to train on, of 4 to 9 decisions each.")],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            help="File or URL to write, NAME.jsonl; NAME.held-out.jsonl and NAME.made.json are written beside it. "
            "Older ones are replaced.",
        ),
    ],
    shapes: Annotated[str, typer.Option(help="What items look like: slider, pairs, dictator, or all.")] = _ALL,
    rules: Annotated[
        str, typer.Option(help="Ids of the values whose rules are given, or all that have one in the wording.")
    ] = _ALL,
    seed: Annotated[int, typer.Option(help="Seed of all draws: the same seed writes the same files.")] = 0,
    held_out: Annotated[
        int | None, typer.Option("--held-out", min=1, help="Conversations held out; a tenth of --n by default.")
    ] = None,
    held_out_rules: Annotated[
        str | None, typer.Option("--held-out-rules", help="Ids of values whose rules are given in held-out ones only.")
    ] = None,
    system: Annotated[
        str | None, typer.Option(help="Id of the value system; that of the default scenario if not given.")
    ] = None,
    wording: Annotated[str | None, typer.Option(help="Id of the wording; the default one by default.")] = None,
    framing: Annotated[str | None, typer.Option(help="Id of the framing; the default one by default.")] = None,
    catalog: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Write conversations about fresh items to train a model on: a rule alone, and its ideal choices.

    No item of the catalogue is among them. docs/training.md says what is in the files and what may be trained on.
    """
    from hvae_bench.catalogue.catalog import load_catalog
    from hvae_bench.text.location import beside
    from hvae_bench.training import course, write_course

    with working("Drawing items"):
        made = write_course(
            course(
                load_catalog(catalog or ()),
                seed=seed,
                shapes=_listed(shapes),
                rules=_listed(rules),
                system=system,
                wording=wording,
                framing=framing,
            ),
            output,
            n=n,
            n_held_out=held_out or -(-n // 10),
            held_out_rules=_listed(held_out_rules or "") or (),
        )
    lines = [
        f"{beside(output, name)}: {file['conversations']:,} conversations, {file['decisions']:,} decisions"
        f"{' held out' if file['split'] == 'held-out' else ' to train on'}"
        for name, file in made["files"].items()
    ]
    made_file = beside(output, f"{PurePosixPath(next(iter(made['files']))).stem}.made.json")
    print_found(made, "\n".join([*lines, f"{made_file}: how they were made"]), as_json)


def _listed(text: str) -> tuple[str, ...] | None:
    """The names in a list with commas; None for all."""
    return None if text == _ALL else tuple(part.strip() for part in text.split(",") if part.strip())
