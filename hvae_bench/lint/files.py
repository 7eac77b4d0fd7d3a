"""Files: those under check, the entries below them that they may refer to, and what is found in them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar

from hvae_bench.catalogue.catalog import completed
from hvae_bench.catalogue.entry import Entry
from hvae_bench.catalogue.entry_file import EMBEDDED, KINDS, Loaded, check_file, check_inside, load_entry, on_itself
from hvae_bench.scorers.part import Problem
from hvae_bench.text.document import Document, Place, parse_document, read_bytes
from hvae_bench.text.errors import CatalogError, UsageError

EntryT = TypeVar("EntryT", bound=Entry)

Severity = Literal["error", "warning"]
"""`error`: the entry is refused; `warning`: somebody should look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to fix: what is wrong at a line and column, and what to do about it, both without a full stop.

    `place` is the path of the field within the entry; empty where the file as a whole is meant.
    """

    rule: str
    severity: Severity
    path: Path
    line: int
    column: int
    problem: str
    fix: str
    place: Place = ()


@dataclass(frozen=True, eq=False)
class Source:
    """One file of a catalogue; `mistakes` say why there is no document, as it is no plain YAML, or no entry."""

    path: Path
    kind: str
    published: bool
    text: str
    document: Document | None
    entry: Entry | None
    mistakes: tuple[CatalogError, ...]

    @property
    def data(self) -> dict[str, Any]:
        """The fields as they stand in the file; empty where it is no plain YAML."""
        return self.document.data if self.document else {}

    @property
    def loaded(self) -> Loaded | None:
        """The entry with its file; None where there are mistakes."""
        return Loaded(self.entry, self.document) if self.entry and self.document else None

    @cached_property
    def texts(self) -> tuple[tuple[Place, str], ...]:
        """Every text of the fields, with its path."""
        return tuple(texts_in(self.data))

    @property
    def id(self) -> str:
        """The id that the file's name says."""
        return self.path.stem

    def error(self, problem: str, fix: str, *place: str | int, words: str = "", nth: int = 0) -> Finding:
        """A finding about a field, be it there or missing, or about the nth of some words in it, that refuses it."""
        return Finding("", "error", self.path, *self._locate(place, words, nth), problem, fix, place)

    def refused(self, one: Problem) -> Finding:
        """A finding about a problem that refuses the entry."""
        return self.error(one.problem, one.fix, *one.place)

    def warning(self, problem: str, fix: str, *place: str | int) -> Finding:
        """A finding about a field at which somebody should look."""
        return Finding("", "warning", self.path, *self._locate(place), problem, fix, place)

    def at(self, severity: Severity, line: int, column: int, problem: str, fix: str) -> Finding:
        """A finding about a place in the text."""
        return Finding("", severity, self.path, line, column, problem, fix)

    def _locate(self, place: Place, words: str = "", nth: int = 0) -> tuple[int, int]:
        if self.document is None:
            return 1, 1
        line, column = self.document.mark(place)
        if words:
            rows = self.text.split("\n")
            end = min((later for later, _ in self.document.marks.values() if later > line), default=len(rows) + 1)
            text = "\n".join(rows[line - 1 : end - 1])
            occurrences = re.compile(re.escape(words)).finditer(text, column - 1)
            if found := next(islice(occurrences, nth, None), None):
                return line + text.count("\n", 0, found.start()), found.start() - text.rfind("\n", 0, found.start())
        return line, column


def leaves(content: Any, *place: str | int) -> Iterator[tuple[Place, Any]]:
    """Everything in plain data that is neither a list nor a group of fields, with its path."""
    if isinstance(content, (dict, list)):
        for name, inner in content.items() if isinstance(content, dict) else enumerate(content):
            yield from leaves(inner, *place, name)
    else:
        yield place, content


def texts_in(content: Any) -> Iterator[tuple[Place, str]]:
    """Every text in plain data, with its path."""
    return ((place, leaf) for place, leaf in leaves(content) if isinstance(leaf, str))


def read_source(path: Path, kind: str, root: Path, published: bool) -> Source:
    """Read one file of a catalogue's folder and collect every mistake in it instead of raising it."""
    raw, text, document, entry = b"", "", None, None
    mistakes: tuple[CatalogError, ...] = ()
    try:
        check_inside(path, root)
        check_file(path)
        raw = read_bytes(path)
        text = raw.decode("utf-8-sig", "replace")
        loaded = load_entry(path, kind)
        document, entry = loaded.document, loaded.entry
    except CatalogError as error:
        mistakes = (error, *error.others)
        with suppress(CatalogError):
            document = parse_document(path, raw)
    return Source(path, kind, published, text, document, entry, mistakes)


@dataclass(frozen=True)
class Collection:
    """All files of the catalogues in some folders, the later laid over the earlier, and those that are checked."""

    layers: Sequence[Sequence[Source]]
    checked: Sequence[Source]
    folders: Sequence[Path]

    @cached_property
    def top(self) -> Mapping[str, Mapping[str, Source]]:
        """By kind and id the file that holds the entry; where one replaces another, the upper one."""
        found: dict[str, dict[str, Source]] = {kind: {} for kind in KINDS}
        for layer in self.layers:
            for source in layer:
                if source.path.suffix == ".yaml":
                    found[source.kind][source.id] = source
        return found

    def entries(self, model: type[EntryT]) -> dict[str, EntryT]:
        """The entries of a kind that have no mistakes, by id."""
        layer = (source for found in self.top.values() for source in found.values())
        return {source.id: source.entry for source in layer if isinstance(source.entry, model)}

    def checked_entries(self, model: type[EntryT]) -> Iterator[tuple[Source, EntryT]]:
        """Those about which findings are wanted, with their files."""
        return ((source, source.entry) for source in self.checked if isinstance(source.entry, model))

    def is_checked(self, source: Source) -> bool:
        """Whether findings about a file are wanted."""
        return source in self._checked

    @cached_property
    def _checked(self) -> frozenset[Source]:
        return frozenset(self.checked)


def is_published(folder: Path) -> bool:
    """Whether a folder is the data set itself, and not a user's catalogue."""
    return (folder / "VERSION").is_file()


def collect(paths: Sequence[Path]) -> Collection:
    """Read entries, folders of one kind or folders of a catalogue, and the entries below them."""
    wanted: dict[Path, list[Path]] = {}
    for path in paths:
        root, meant = _root_of(path)
        wanted.setdefault(root, []).append(meant)
    # The data set lies below whatever a user brings.
    roots = sorted(wanted, key=lambda root: not is_published(root))
    if not any(map(is_published, roots)):
        roots.insert(0, EMBEDDED)
    layers = dict(zip(roots, _completed(map(_layer, roots)), strict=True))
    checked = [
        source
        for root, meant in wanted.items()
        for source in layers[root]
        if not {root, source.path.parent, source.path}.isdisjoint(meant)
    ]
    return Collection([*layers.values()], checked, [*wanted])


def _completed(layers: Iterable[Iterable[Source]]) -> list[list[Source]]:
    """The same files; games know their stakes and have their items, and wordings stand on what they are based on."""
    found: dict[str, dict[str, Loaded]] = {kind: {} for kind in KINDS}

    def placed(source: Source) -> Source:
        source = _made(source, on_itself, found[source.kind].get(source.id))
        if source.loaded is not None:
            found[source.kind][source.id] = source.loaded
        return source

    standing = [[placed(source) for source in layer] for layer in layers]
    return [[_made(source, completed, found) for source in layer] for layer in standing]


def _made(source: Source, make: Callable[[Loaded, Any], Loaded], others: Any) -> Source:
    """The same file with the entry that is made of it and others, or with why there is none."""
    if source.loaded is None:
        return source
    try:
        return replace(source, entry=make(source.loaded, others).entry)
    except CatalogError as error:
        return replace(source, entry=None, mistakes=(error, *error.others))


def _root_of(path: Path) -> tuple[Path, Path]:
    """The catalogue's folder, and the path to what is meant of it."""
    kinds, is_folder = ", ".join(KINDS), path.is_dir()
    if is_folder and any((path / kind).is_dir() for kind in KINDS):
        return path, path
    if not (is_folder or path.is_file() or path.is_symlink()):
        raise UsageError(f"There is no file or folder {str(path)!r}. Check the path.")
    folder = path if is_folder else path.parent
    if folder.absolute().name in KINDS:
        path = path if folder.name else path.absolute()
        return (path if is_folder else path.parent).parent, path
    if is_folder:
        raise UsageError(f"{str(path)!r} contains no part of a catalogue. Put entries into folders named {kinds}.")
    raise UsageError(
        f"{str(path)!r} is not in a folder of a catalogue, so its kind is unknown. "
        f"Put it into a folder named after its kind: {kinds}."
    )


def _layer(root: Path) -> Iterator[Source]:
    published = is_published(root)
    for kind in KINDS:
        folder = root / kind
        try:
            paths = sorted(folder.iterdir()) if folder.is_dir() else []
        except OSError as error:
            raise UsageError(f"The folder {str(folder)!r} cannot be read ({error.strerror}).") from None
        yield from (read_source(path, kind, root, published) for path in paths if not path.name.startswith("."))
