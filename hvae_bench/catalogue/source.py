"""Source: the data set at the bottom of a catalogue: embedded, from the Hub, or a built folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hvae_bench.catalogue.catalog import EMBEDDED, KINDS, Loaded, check_own_rules, load_folder
from hvae_bench.catalogue.manifest import manifest_sha256, read_manifest, verify
from hvae_bench.catalogue.name import HubName, is_commit, parse_name
from hvae_bench.catalogue.published import data_file, rows_in
from hvae_bench.catalogue.rows import entry_of
from hvae_bench.text.document import Document
from hvae_bench.text.errors import CatalogError, UsageError

__all__ = ["PINNED", "PIN_VARIABLE", "Snapshot", "Source", "fetch", "pinned", "read_built", "resolve"]

PINNED = ""
"""What `hub` stands for: `ORG/NAME@SHA` of a release, with all 40 digits. Empty as long as nothing is published."""

PIN_VARIABLE = "HVAE_HUB_CATALOG"
"""Environment variable that takes the place of `PINNED`."""

_ELSEWHERE = (
    "Without the Hub: leave `catalog` out for the data of the package, name a folder, or name a revision that was "
    "loaded here before by its commit, as in ORG/NAME@SHA (a tag too with HF_HUB_OFFLINE=1)."
)


@dataclass(frozen=True, slots=True)
class Source:
    """A whole data set, before its references are checked and its games are made.

    Attributes:
        name: as logs name it: `embedded`, `ORG/NAME@v1.0.0`, or a folder.
        version: version of the data.
        entries: by kind and id, with the place each was read from.
        place: file or folder that a complaint about the whole names.
        revision: commit on the Hub; None elsewhere.
        manifest_sha256: hash of the manifest that all files were held against; None where there is none.
    """

    name: str
    version: str
    entries: Mapping[str, Mapping[str, Loaded]]
    place: Path
    revision: str | None = None
    manifest_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A revision from the Hub, on this machine.

    Attributes:
        name: the data set, with the revision as it was named, or the release that was the newest.
        sha: its commit.
        folder: where its files are.
    """

    name: HubName
    sha: str
    folder: Path


def resolve(name: str | Path) -> Source | None:
    """The data set that a name stands for; see `hvae_bench.catalogue.name` for the rule.

    Returns:
        The data set; None for a folder of entries, which is laid over one.

    Raises:
        UsageError: the Hub cannot be reached, there is no such data set or revision, or its files are not the
            published ones; the message says what to do.
        CatalogError: a wrong entry.
    """
    meant = parse_name(name)
    if meant == "hub":
        meant = pinned()
    if meant is None or meant == "embedded":
        return None if meant is None else embedded()
    if isinstance(meant, Path):
        return read_built(meant, str(meant))
    snapshot = fetch(meant)
    try:
        source = read_built(snapshot.folder, str(snapshot.name), revision=snapshot.sha)
    except UsageError as error:
        raise UsageError(f"{snapshot.name} (commit {snapshot.sha[:12]}) is refused. {error}") from None
    tag = snapshot.name.revision or ""
    if tag[:1] == "v" and tag[1:2].isdigit() and tag != f"v{source.version}":
        raise UsageError(
            f"{snapshot.name} is refused: the tag {tag} is on version {source.version} of the data. "
            f"Name the version that you want, as in {snapshot.name.repo}@v{source.version}."
        )
    return source


def embedded() -> Source:
    """The data of the package."""
    return read_dataset(EMBEDDED, "embedded")


def read_dataset(folder: Path, name: str) -> Source:
    """A data set as it is in a clone: one YAML file for each entry, and a file `VERSION`.

    Raises:
        CatalogError: the folder is not there, or holds a wrong entry.
    """
    if not folder.is_dir():
        raise CatalogError(
            folder,
            None,
            "the package's data is not there",
            "clone again with `git config --global core.symlinks true`, or install the package with pip",
        )
    version = (folder / "VERSION").read_text(encoding="utf-8").strip()
    return Source(name, version, load_folder(folder), folder)


def read_built(folder: Path, name: str, *, revision: str | None = None) -> Source:
    """A data set as it is published, every file held against its manifest.

    Args:
        folder: what `hvae build` made, or a snapshot from the Hub.
        name: how logs shall name it.
        revision: its commit on the Hub.

    Raises:
        UsageError: a file is missing, or is not the one that was published.
        CatalogError: a wrong row.
    """
    manifest = read_manifest(folder)
    try:
        verify(folder, manifest)
    except UsageError as error:
        mend = f"Delete the folder {str(folder.resolve())!r} and load again; if it happens again, use another revision."
        raise UsageError(f"{error} {mend if revision else 'Build it again, or download it anew.'}") from None
    entries = {kind: _rows(kind, folder, name) for kind in KINDS}
    return Source(
        name=name,
        version=manifest.version,
        entries=entries,
        place=Path(name),
        revision=revision,
        manifest_sha256=manifest_sha256(folder),
    )


def _rows(kind: str, folder: Path, name: str) -> dict[str, Loaded]:
    found: dict[str, Loaded] = {}
    shown = Path(name, data_file(kind))
    for number, row in enumerate(rows_in(folder / data_file(kind)), start=1):
        try:
            entry = entry_of(kind, row)
        except UsageError as error:
            raise UsageError(
                f"{shown}:{number}: {error} If the files are as published, this hvae-bench is too old for them: "
                "run `pip install --upgrade hvae-bench`."
            ) from None
        if entry.id in found:
            raise CatalogError(shown, number, f"the id {entry.id!r} is there twice", "keep one of the two")
        found[entry.id] = Loaded(entry, Document(shown, dict(row), {(): (number, 1)}))
        check_own_rules(found[entry.id])
    return found


def pinned() -> HubName:
    """The data set and revision that `hub` stands for.

    Raises:
        UsageError: nothing is pinned, or something that is no revision.
    """
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


def fetch(name: HubName) -> Snapshot:
    """Bring a revision to this machine; where a commit is named and is here already, without network.

    Raises:
        UsageError: it cannot be had; the message says why and what to do.
    """
    program = Path(__file__).with_name("download.py")
    wanted = [name.repo] if name.revision is None else [name.repo, name.revision]
    done = subprocess.run([sys.executable, "-P", str(program), *wanted], capture_output=True, text=True, check=False)
    try:
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise UsageError(f"{name} could not be downloaded: the download ended with {done.returncode}.") from None
    if "problem" in answer:
        raise UsageError(_sentence(name, answer))
    return Snapshot(HubName(name.repo, answer["revision"]), answer["sha"], Path(answer["folder"]))


def _sentence(name: HubName, answer: Mapping[str, Any]) -> str:
    endpoint, problem = answer.get("endpoint", "the Hub"), answer["problem"]
    if problem == "missing":
        return f"{name} is on the Hub, and huggingface_hub is not installed. Run: pip install 'hvae-bench[hub]'"
    if problem == "offline":
        if name.revision is None:
            why = f"HF_HUB_OFFLINE is set, so nobody can say which release of {name} is the newest."
            return f"{why} Name one that was loaded here before, as in {name}@v1.0.0. {_ELSEWHERE}"
        return f"{name} was never loaded here as a whole, and HF_HUB_OFFLINE is set. Unset it once. {_ELSEWHERE}"
    if problem == "repo":
        access = "HF_TOKEN may not read it" if answer["token"] else "it is private and HF_TOKEN is not set"
        folder = " There is no folder of this name either." if name.revision is None else ""
        return f"There is no data set {name.repo} at {endpoint}, or {access}.{folder} Check the name and the token."
    if problem == "revision":
        releases = ", ".join(answer["releases"]) or "none yet"
        return f"{name.repo} has no revision {name.revision!r}. Its releases: {releases}."
    if problem == "unreleased":
        return f"{name.repo} has no release (no tag as v1.0.0). Name a commit, as in {name.repo}@SHA."
    if problem == "refused":
        return f"{endpoint} refused the token (status {answer['status']}). Check HF_TOKEN, or run `hf auth login`."
    if problem == "moved":
        return f"{name} could not be downloaded as one revision. Run it again, or name a commit. {_ELSEWHERE}"
    if problem == "status":
        return f"{endpoint} answered with status {answer['status']} to a request for {name}. Try later. {_ELSEWHERE}"
    if problem == "failed":
        return f"{name} could not be downloaded: {answer['detail']}. Try again. {_ELSEWHERE}"
    commit = "" if name.revision is None or not is_commit(name.revision) else " and is not all on this machine"
    return f"{endpoint} does not answer, so {name} cannot be loaded{commit}. Try later. {_ELSEWHERE}"
