"""Manifest: which files a published data set has, and what each holds to the byte."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hvae_bench.errors import UsageError

__all__ = ["MANIFEST", "FileRecord", "Manifest", "manifest_of", "read_manifest"]

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
