"""Manifest: which files a published data set has, and what each holds to the byte."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hvae_bench.text.errors import UsageError

__all__ = ["MANIFEST", "FileRecord", "Manifest", "manifest_of", "manifest_sha256", "read_manifest", "verify"]

MANIFEST = "manifest.json"
"""Name of the manifest within the folder; it lists every file but itself."""


class FileRecord(BaseModel):
    """One file.

    Attributes:
        sha256: hash of its bytes.
        size: number of its bytes.
    """

    model_config = ConfigDict(frozen=True)

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)


class Manifest(BaseModel):
    """What a published data set consists of.

    Attributes:
        version: version of the data.
        canary: the GUID that stands in its files.
        catalog_sha256: fingerprint of its entries, as rationality logs name it.
        files: every file but the manifest, by its path with `/` within the folder.
    """

    model_config = ConfigDict(frozen=True)

    version: str
    canary: str
    catalog_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    files: dict[str, FileRecord]

    @field_validator("files")
    @classmethod
    def _inside(cls, files: dict[str, FileRecord]) -> dict[str, FileRecord]:
        for name in files:
            if name.startswith("/") or "\\" in name or ".." in name.split("/"):
                raise ValueError(f"{name!r} leads out of the folder")
        return files

    def text(self) -> str:
        """The manifest as it is written."""
        return json.dumps(self.model_dump(mode="json"), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def manifest_of(folder: Path, version: str, canary: str, catalog_sha256: str) -> Manifest:
    """The manifest of the files that are in a folder now."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return Manifest(
        version=version,
        canary=canary,
        catalog_sha256=catalog_sha256,
        files={name: _record(files[name]) for name in sorted(files) if name != MANIFEST},
    )


def _record(path: Path) -> FileRecord:
    content = path.read_bytes()
    return FileRecord(sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def read_manifest(folder: Path) -> Manifest:
    """The manifest that lies in a folder.

    Raises:
        UsageError: there is none, or it is damaged.
    """
    path = folder / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"{str(folder)!r} holds no {MANIFEST}, so it is no built data set.") from None
    except ValidationError:
        raise UsageError(f"{path} is damaged. Build the data set again, or download it anew.") from None


def manifest_sha256(folder: Path) -> str:
    """Hash of the manifest itself, which stands for every byte of the data set."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def verify(folder: Path, manifest: Manifest) -> None:
    """Hold every file against the manifest.

    Raises:
        UsageError: a file is missing, holds something else, or lies among the data without being listed.
    """
    for name, record in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise UsageError(f"The file {name} is missing in {str(folder)!r}, though the {MANIFEST} lists it.")
        found = _record(path)
        if found != record:
            raise UsageError(
                f"The file {name} is not the published one: its sha256 is {found.sha256[:12]}... and its size "
                f"{found.size} bytes, where the {MANIFEST} says {record.sha256[:12]}... and {record.size}."
            )
    for path in sorted((folder / "data").rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in manifest.files:
            raise UsageError(f"The file {name} lies in {str(folder)!r}, but the {MANIFEST} does not list it.")
