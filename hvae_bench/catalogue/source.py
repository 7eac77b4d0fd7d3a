"""Source: the data set at the bottom of a catalogue: embedded, from the Hub, or a built folder."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hvae_bench.catalogue.entry_file import EMBEDDED, KINDS, Loaded, check_own_rules, lay_over
from hvae_bench.catalogue.fetch import HubName, fetch, parse_name
from hvae_bench.catalogue.manifest import MANIFEST, Manifest, checked, data_file, rows_in
from hvae_bench.catalogue.released import is_version
from hvae_bench.catalogue.rows import entry_of
from hvae_bench.text.document import Document
from hvae_bench.text.errors import CatalogError, UsageError, brief
from hvae_bench.text.visible import in_words

PINNED = ""
"""What `hub` stands for: `ORG/NAME@SHA` of a release, with all 40 digits. Empty as long as nothing is published."""

PIN_VARIABLE = "HVAE_HUB_CATALOG"
"""Environment variable that takes the place of `PINNED`."""


@dataclass(frozen=True, slots=True)
class Source:
    """A whole data set, before its references are checked and its games are made.

    Attributes:
        name: as logs name it: `embedded`, `ORG/NAME@v1.0.0`, or a folder.
        place: file or folder that a complaint about the whole names.
        revision, manifest_sha256: as in `Catalog`.
        manifest: what it was held against; None for a folder of entries.
    """

    name: str
    version: str
    entries: Mapping[str, Mapping[str, Loaded]]
    place: Path
    revision: str | None = None
    manifest: Manifest | None = None
    manifest_sha256: str | None = None

    def check_fingerprint(self, sha256: str) -> None:
        """Refuse a published data set whose entries are others here than where it was built."""
        if self.manifest is not None and self.manifest.catalog_sha256 != sha256:
            raise UsageError(
                f"{self.name} is refused: its entries have the fingerprint {sha256[:12]}... here, where its {MANIFEST} "
                f"says {self.manifest.catalog_sha256[:12]}... {self.manifest.fix}"
            )


def lowest_of(names: Sequence[str | Path]) -> tuple[Source, Sequence[str | Path]]:
    """The data set at the bottom, and the names of the folders over it.

    Raises:
        UsageError: a data set is named above another; the Hub cannot be reached, there is no such data set or revision,
            or its files are not the published ones; the message says what to do.
        CatalogError: a wrong entry.
    """
    for name in names[1:]:
        if parse_name(name) is not None:
            raise UsageError(
                f"`catalog` names {str(name)!r} after {str(names[0])!r}, but only folders of entries can be laid over "
                "others, and a whole data set comes first. If it is meant as a folder, check its path."
            )
    source = _resolve(names[0]) if names else None
    return (read_dataset(EMBEDDED, "embedded"), names) if source is None else (source, names[1:])


def _resolve(name: str | Path) -> Source | None:
    """The data set that a name stands for, by the rule of `fetch`; None for a folder of entries, laid over one."""
    meant = parse_name(name)
    if meant == "hub":
        meant = pinned()
    if meant is None:
        return None
    if meant == "embedded":
        return read_dataset(EMBEDDED, "embedded")
    if isinstance(meant, Path):
        return read_built(meant, str(meant))
    found, folder, manifest = _published(meant)
    source = _read(folder, str(found), manifest, revision=folder.name)
    tag = found.revision or ""
    if tag[:1] == "v" and tag[1:2].isdigit() and tag != f"v{source.version}":
        raise UsageError(
            f"{found} is refused: the tag {tag} is on version {source.version} of the data. "
            f"Name the version that you want, as in {found.repo}@v{source.version}."
        )
    return source


def read_dataset(folder: Path, name: str) -> Source:
    """A data set as it is in a clone: one YAML file for each entry, and a file `VERSION`."""
    if not folder.is_dir():
        fix = "clone again with `git config --global core.symlinks true`, or install the package with pip"
        raise CatalogError(folder, None, "the package's data is not there", fix)
    version = version_in(folder)
    entries: dict[str, dict[str, Loaded]] = {kind: {} for kind in KINDS}
    lay_over(entries, folder)
    return Source(name, version, entries, folder)


def version_in(folder: Path) -> str:
    """What the file `VERSION` of a data set says; a CatalogError if no such version can be released."""
    version = (folder / "VERSION").read_text(encoding="utf-8", errors="replace").strip()
    if not is_version(version):
        problem = f"the version is {in_words(version)}, which cannot be released"
        raise CatalogError(folder / "VERSION", 1, problem, "write three numbers with points between them, as in 1.0.0")
    return version


def _published(meant: HubName) -> tuple[HubName, Path, Manifest]:
    """A revision as `fetch` brings it, held against its manifest; what is refused is fetched anew, once."""
    refused = ""
    for anew in (False, True):
        try:
            meant, folder = fetch(meant, anew=anew)
        except UsageError as error:
            raise UsageError(f"{refused}{error}") from None
        try:
            return meant, folder, checked(folder)
        except UsageError as error:
            refused = f"{meant} (commit {folder.name[:12]}) is refused. {error} "
    raise UsageError(f"{refused}It was downloaded again, and is the same on the Hub: name another revision.")


def read_built(folder: Path, name: str) -> Source:
    """A data set as `hvae build` makes it, every file held against its manifest."""
    try:
        manifest = checked(folder)
    except UsageError as error:
        raise UsageError(f"{error} Build it again, or download it again.") from None
    return _read(folder, name, manifest)


def _read(folder: Path, name: str, manifest: Manifest, *, revision: str | None = None) -> Source:
    return Source(
        name=name,
        version=manifest.version,
        entries={kind: _rows(kind, folder, name, manifest) for kind in KINDS},
        place=Path(name),
        revision=revision,
        manifest=manifest,
        manifest_sha256=hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest(),
    )


def _rows(kind: str, folder: Path, name: str, manifest: Manifest) -> dict[str, Loaded]:
    found: dict[str, Loaded] = {}
    shown = Path(name, data_file(kind))
    for number, row in enumerate(rows_in(folder / data_file(kind)), start=1):
        try:
            if row.get("version") != manifest.version:
                other = brief(repr(row.get("version")))
                raise UsageError(
                    f"The row is of version {other} of the data, and the {MANIFEST} of {manifest.version}."
                )
            entry = entry_of(kind, row)
        except UsageError as error:
            raise UsageError(f"{shown}:{number}: {error} {manifest.fix}") from None
        if entry.id in found:
            raise CatalogError(shown, number, f"the id {entry.id!r} is there twice", "keep one of the two")
        found[entry.id] = Loaded(entry, Document(shown, dict(row), {(): (number, 1)}))
        check_own_rules(found[entry.id])
    return found


def pinned() -> HubName:
    """The data set and revision that `hub` stands for."""
    text = os.environ.get(PIN_VARIABLE) or PINNED
    if not text:
        raise UsageError(
            "`hub` stands for the release that this package is pinned to, and none is published yet. Leave `catalog` "
            f"out for the data of the package, name a data set, as in ORG/NAME@v1.0.0, or set {PIN_VARIABLE} to one."
        )
    meant = parse_name(text)
    if not isinstance(meant, HubName) or meant.revision is None:
        raise UsageError(
            f"{PIN_VARIABLE}={text!r} should be a data set on the Hub and its revision, as in ORG/NAME@SHA."
        )
    return meant
