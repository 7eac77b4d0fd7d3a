"""Collection: the files under check, together with the entries below them that they may refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from hvae_bench.catalogue.catalog import EMBEDDED, KINDS, Loaded, on_itself, with_base, with_items
from hvae_bench.catalogue.entry import Entry
from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.system import System
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.catalogue.wording import Wording
from hvae_bench.lint.source import Source, read_source
from hvae_bench.scorers.motive import Motive
from hvae_bench.text.errors import CatalogError, UsageError

__all__ = ["Collection", "collect", "is_published"]

EntryT = TypeVar("EntryT", bound=Entry)


@dataclass(frozen=True)
class Collection:
    """Everything that a rule may look at which compares files.

    Attributes:
        layers: the catalogues, the later laid over the earlier, each with all of its files.
        checked: the files about which findings are wanted.
        folders: the catalogues' folders.
    """

    layers: tuple[tuple[Source, ...], ...]
    checked: tuple[Source, ...]
    folders: tuple[Path, ...]

    @cached_property
    def top(self) -> Mapping[str, Mapping[str, Source]]:
        """By kind and id the file that holds the entry; where one replaces another, the upper one."""
        found: dict[str, dict[str, Source]] = {kind: {} for kind in KINDS}
        for layer in self.layers:
            for source in layer:
                if source.path.suffix == ".yaml":
                    found[source.kind][source.id] = source
        return found

    @cached_property
    def motives(self) -> tuple[Motive, ...]:
        """Every motive of every value target, once."""
        return tuple(dict.fromkeys(motive for value in self.entries(ValueTarget).values() for motive in value.motives))

    def of(self, kind: str) -> list[Source]:
        """The files of a kind about which findings are wanted."""
        return [source for source in self.checked if source.kind == kind]

    def entries(self, model: type[EntryT]) -> dict[str, EntryT]:
        """The entries of a kind that have no mistakes, by id."""
        layer = (source for found in self.top.values() for source in found.values())
        return {source.id: source.entry for source in layer if isinstance(source.entry, model)}

    def checked_entries(self, model: type[EntryT]) -> Iterator[tuple[Source, EntryT]]:
        """Those about which findings are wanted, with their files."""
        return ((source, source.entry) for source in self.checked if isinstance(source.entry, model))

    def is_checked(self, source: Source) -> bool:
        """Whether findings about a file are wanted."""
        return source.path in self._checked_paths

    @cached_property
    def _checked_paths(self) -> frozenset[Path]:
        return frozenset(source.path for source in self.checked)


def is_published(folder: Path) -> bool:
    """Whether a folder is the data set itself, and not a user's catalogue."""
    return (folder / "VERSION").is_file()


def collect(paths: Sequence[Path]) -> Collection:
    """Read files and folders, and the entries below them.

    Args:
        paths: entries, folders of one kind, or folders of a catalogue.

    Raises:
        UsageError: a path that is none of these.
    """
    wanted: dict[Path, set[Path] | None] = {}
    for path in paths:
        root, only = _root_of(path)
        before = wanted.get(root, set())
        wanted[root] = None if only is None or before is None else before | only
    # The data set lies below whatever a user brings.
    roots = sorted(wanted, key=lambda root: not is_published(root))
    base = [] if any(map(is_published, roots)) else [EMBEDDED]
    layers = _completed([_layer(root) for root in (*base, *roots)])
    by_root = dict(zip((*base, *roots), layers, strict=True))
    checked = [source for root, only in wanted.items() for source in _chosen(by_root[root], only)]
    return Collection(tuple(map(tuple, layers)), tuple(checked), tuple(wanted))


def _completed(layers: list[list[Source]]) -> list[list[Source]]:
    """The same files; games know their stakes and have their items, and wordings stand on what they are based on."""
    systems = {source.id: source.entry for layer in layers for source in layer if isinstance(source.entry, System)}
    games = _loaded(layers, Game)
    top: dict[str, Loaded] = {}
    standing: dict[Path, Loaded] = {}
    for source in (source for layer in layers for source in layer):
        if isinstance(source.entry, Wording) and source.document:
            top[source.id] = on_itself(Loaded(source.entry, source.document), top.get(source.id))
            standing[source.path] = top[source.id]

    def complete(source: Source) -> Source:
        entry, document = source.entry, source.document
        try:
            if isinstance(entry, Game) and document:
                return replace(source, entry=with_items(Loaded(entry, document), games, systems).entry)
            if source.path in standing:
                return replace(source, entry=with_base(standing[source.path], top).entry)
            return source
        except CatalogError as error:
            return replace(source, entry=None, mistakes=(error, *error.others))

    return [[complete(source) for source in layer] for layer in layers]


def _loaded(layers: list[list[Source]], model: type[Entry]) -> dict[str, Loaded]:
    """Entries of a kind by id, the uppermost of each."""
    return {
        source.id: Loaded(source.entry, source.document)
        for layer in layers
        for source in layer
        if isinstance(source.entry, model) and source.document
    }


def _chosen(layer: Iterable[Source], only: set[Path] | None) -> list[Source]:
    return [source for source in layer if only is None or source.path in only or source.path.parent in only]


def _root_of(path: Path) -> tuple[Path, set[Path] | None]:
    """The catalogue's folder, and which of its files or folders are meant; None for all."""
    if path.is_dir():
        if any((path / kind).is_dir() for kind in KINDS):
            return path, None
        if path.absolute().name in KINDS:
            path = path if path.name else path.absolute()
            return path.parent, {path}
        raise UsageError(
            f"{_quoted(path)} holds no part of a catalogue. Put entries into folders named {', '.join(KINDS)}."
        )
    if not path.is_file() and not path.is_symlink():
        raise UsageError(f"There is no file or folder {_quoted(path)}. Check the path.")
    if path.absolute().parent.name not in KINDS:
        raise UsageError(
            f"{_quoted(path)} lies in no folder of a catalogue, so its kind is unknown. "
            f"Put it into a folder named after its kind: {', '.join(KINDS)}."
        )
    return (path.parent.parent if path.parent.name else path.absolute().parent.parent), {
        path if path.parent.name else path.absolute()
    }


def _quoted(path: Path) -> str:
    return repr(str(path))


def _layer(root: Path) -> list[Source]:
    published = is_published(root)
    return [
        read_source(path, kind, root, published)
        for kind in KINDS
        for path in _files(root / kind)
        if not path.name.startswith(".")
    ]


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise UsageError(f"The folder {_quoted(folder)} cannot be read ({error.strerror}).") from None
