"""People: the command that scores answers of people."""

import csv
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hvae_bench.cli.frame import AsJson, Folders, print_found, working
from hvae_bench.text.errors import UsageError

if TYPE_CHECKING:
    from hvae_bench.analysis.people import People


def score(
    file: Annotated[str, typer.Argument(help="Answers as CSV: one row per person, or one row per answer.")],
    game: Annotated[str, typer.Option("--game", help="Id of the game that people answered.")],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="CSV to write, or - to print it; by default NAME.scored.csv."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns",
            help="Which column is which item, such as q1=p1,q2=p2; ITEM.self and ITEM.other where each payoff has "
            "its own column; person, item and answer in a table with one row per answer. Guessed by default.",
        ),
    ] = None,
    answers: Annotated[
        str | None,
        typer.Option("--answers", help="options (numbers), labels, payoffs or own; guessed by default."),
    ] = None,
    first_option: Annotated[int, typer.Option("--first-option", help="Number of the first option.")] = 1,
    mirrored: Annotated[
        str | None, typer.Option("--mirrored", help="Items whose options were shown in reverse order; or all.")
    ] = None,
    scale: Annotated[
        float, typer.Option("--scale", help="Factor by which the payoffs in the file are multiplied.")
    ] = 1.0,
    missing: Annotated[
        str | None, typer.Option("--missing", help="More codes for a missing answer, such as -1,88.")
    ] = None,
    catalog: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Score answers of people: SVO angle, category, motives, ring, classification, beside what is known of others."""
    from hvae_bench.analysis.people import score_people
    from hvae_bench.analysis.survey import CODINGS, read_survey
    from hvae_bench.catalogue.catalog import load_catalog
    from hvae_bench.text.location import write_atomically
    from hvae_bench.text.near_miss import did_you_mean

    with working("Loading the entries"):
        games = load_catalog(catalog or ()).games
    if game not in games:
        raise UsageError(f"There is no game {game!r}. {did_you_mean(game, games)}`hvae list games` lists them.")
    coding = next((one for one in CODINGS if one == answers), None)
    if answers is not None and coding is None:
        raise UsageError(f"Answers cannot be {answers!r}. They are {', '.join(CODINGS)}.")
    pairs = [part.partition("=") for part in (columns or "").split(",") if part]
    if wrong := [column for column, equals, _ in pairs if not equals]:
        raise UsageError(f"--columns needs COLUMN=ITEM, and {wrong[0]!r} has no item. Write for example q1=p1,q2=p2.")
    chosen = games[game]
    items = chosen.payoff_table().item_ids
    survey = read_survey(
        file,
        chosen,
        columns={column.strip(): role.strip() for column, _, role in pairs},
        answers=coding,
        first_option=first_option,
        mirrored=items if mirrored == "all" else tuple(part for part in (mirrored or "").split(",") if part),
        scale=scale,
        missing=[code for code in (missing or "").split(",") if code],
    )
    people = score_people(survey, chosen)
    written = output or f"{Path(file.partition('?')[0]).stem}.scored.csv"
    if written == "-":
        print(_csv(people), end="")
        return
    write_atomically(written, [_csv(people)])
    view = "\n".join([*_summary(people), f"Every person's row is in {written}."])
    print_found({"game": game, "file": written, "people": people}, view, as_json)


def _csv(people: "People") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in people.rows for name in row)))
    writer.writeheader()
    writer.writerows(people.rows)
    return text.getvalue()


def _summary(people: "People") -> Iterator[str]:
    yield f"{people.n} {'person' if people.n == 1 else 'people'}, {people.n_whole} of whom answered every item."
    if people.n_one_place:
        yield (
            f"{people.n_one_place} of them chose the same place in the list for every item, as if they had not read it."
        )
    norms = people.norms
    if not math.isnan(people.mean_deg):
        sd = "" if math.isnan(people.sd_deg) else f", SD {people.sd_deg:.1f}"
        yield f"SVO angle: mean {people.mean_deg:.1f}{sd} degrees."
        if norms is not None:
            yield f"  For comparison: mean {norms.mean}, SD {norms.sd}, {norms.n} {norms.source}."
    total = people.n
    shares = ", ".join(f"{name} {count} ({100 * count / total:.0f} %)" for name, count in people.categories.items())
    yield f"Categories: {shares}."
    if norms is not None:
        shares = ", ".join(f"{name} {100 * count / norms.n:.0f} %" for name, count in norms.categories.items())
        yield f"  For comparison: {shares}."
    if not math.isnan(people.transitive):
        yield f"Transitive choices: {100 * people.transitive:.0f} % of those who answered the items that rank motives."
