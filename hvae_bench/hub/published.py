"""Published: the catalogue of a built folder, read from its rows alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from hvae_bench.catalog import KINDS, Catalog
from hvae_bench.derived_game import expand
from hvae_bench.entry import Entry, PartError
from hvae_bench.errors import UsageError
from hvae_bench.framing import Framing
from hvae_bench.game import Game
from hvae_bench.hub.manifest import MANIFEST, read_manifest
from hvae_bench.hub.rows import entry_of
from hvae_bench.scenario import Scenario
from hvae_bench.template import Template
from hvae_bench.value import ValueTarget

__all__ = ["data_file", "is_built", "read_published", "rows_in"]

EntryT = TypeVar("EntryT", bound=Entry)


def data_file(config: str) -> str:
    """Where the rows of a config lie within the folder."""
    return f"data/{config}/test.jsonl"


def is_built(folder: Path) -> bool:
    """Whether a folder is what `hvae build` makes."""
    return (folder / MANIFEST).is_file() and (folder / "data").is_dir()


def rows_in(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file.

    Raises:
        UsageError: the file is missing or damaged.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise UsageError(f"{path}:{number}: the line is not a row. Download the file anew.")
                yield row
    except FileNotFoundError:
        raise UsageError(f"There is no file {str(path)!r}. The data set is not whole; download it anew.") from None
    except ValueError:
        raise UsageError(f"{path} is damaged: not every line is JSON. Download it anew.") from None


def read_published(folder: Path, *, source: str | None = None) -> Catalog:
    """The catalogue of a built folder; equal, fingerprint and all, to the one that it was built from.

    The files are not held against the manifest here.

    Args:
        folder: a folder made by `hvae build`, or a snapshot of the data set from the Hub.
        source: what logs shall name as the source; the folder if not given.

    Raises:
        UsageError: a file is missing or damaged.
    """
    version = read_manifest(folder).version
    found: dict[str, dict[str, Entry]] = {}
    for kind in KINDS:
        found[kind] = {entry.id: entry for entry in (entry_of(kind, row) for row in rows_in(folder / data_file(kind)))}
    listed = _of(found["games"], Game)
    return Catalog(
        values=_of(found["values"], ValueTarget),
        games={id_: _with_items(game, listed) for id_, game in listed.items()},
        templates=_of(found["templates"], Template),
        framings=_of(found["framings"], Framing),
        scenarios=_of(found["scenarios"], Scenario),
        source=(str(folder) if source is None else source,),
        version=version,
    )


def _of(entries: Mapping[str, Entry], model: type[EntryT]) -> dict[str, EntryT]:
    return {id_: entry for id_, entry in entries.items() if isinstance(entry, model)}


def _with_items(game: Game, games: Mapping[str, Game]) -> Game:
    if game.derived_from is None:
        return game
    if game.derived_from not in games:
        raise UsageError(
            f"The game {game.id!r} is made from {game.derived_from!r}, which the data set lacks. Download it anew."
        )
    try:
        return expand(game, games[game.derived_from])
    except PartError as error:
        raise UsageError(f"The game {game.id!r} cannot be made: {error.problem}. Download it anew.") from None
