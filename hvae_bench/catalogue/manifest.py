"""Manifest: which files a published data set has, what each holds to the byte, and how its rows are read."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hvae_bench import __version__
from hvae_bench.text.errors import UsageError, brief

MANIFEST = "manifest.json"
"""Name of the manifest within the folder; it lists every file but itself."""


class FileRecord(BaseModel):
    """One file: the hash and the number of its bytes."""

    model_config = ConfigDict(frozen=True)

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)


class Manifest(BaseModel):
    """What a published data set consists of: its version, the GUID in its files, and every file but this one.

    Attributes:
        catalog_sha256: fingerprint of its entries, as rationality logs name it.
        hvae_bench: version of the package that built it; empty where none was noted.
        files: by their paths with `/` within the folder.
    """

    model_config = ConfigDict(frozen=True)

    version: str = Field(max_length=100)
    canary: str = Field(max_length=100)
    catalog_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    hvae_bench: str = Field(default="", pattern=r"^[0-9A-Za-z][0-9A-Za-z.+!]{0,60}$")
    files: dict[str, FileRecord]

    @field_validator("files")
    @classmethod
    def _inside(cls, files: dict[str, FileRecord]) -> dict[str, FileRecord]:
        for name in files:
            if name.startswith("/") or "\\" in name or ".." in name.split("/"):
                raise ValueError(f"{name!r} leads out of the folder")
        return files

    @property
    def fix(self) -> str:
        """What to do where this package cannot read what the files say, although they are the published ones."""
        if self.hvae_bench in ("", __version__):
            newer = "run `pip install --upgrade hvae-bench`"
            return f"This is hvae-bench {__version__}: {newer}, or name another revision if there is none newer."
        install = f"run `pip install hvae-bench=={self.hvae_bench}`"
        return f"It was built by hvae-bench {self.hvae_bench}, and this is {__version__}: {install}."

    def text(self) -> str:
        """The manifest as it is written."""
        return json.dumps(self.model_dump(mode="json"), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def manifest_of(files: Mapping[str, bytes], version: str, canary: str, catalog_sha256: str) -> Manifest:
    """The manifest of files, by their paths with `/`."""
    return Manifest(
        version=version,
        canary=canary,
        catalog_sha256=catalog_sha256,
        hvae_bench=__version__,
        files={name: _record(files[name]) for name in sorted(files) if name != MANIFEST},
    )


def _record(content: bytes) -> FileRecord:
    return FileRecord(sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def read_manifest(folder: Path) -> Manifest:
    """The manifest that lies in a folder; a UsageError where there is none, or it is damaged."""
    path = folder / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"{str(folder)!r} holds no {MANIFEST}, so it is not a built data set.") from None
    except ValidationError:
        raise UsageError(f"{path} is damaged.") from None


def checked(folder: Path) -> Manifest:
    """The manifest of a folder that holds what it says.

    Raises:
        UsageError: a file is missing, holds something else, or lies among the data without being listed.
    """
    manifest = read_manifest(folder)
    for name, record in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise UsageError(f"The file {brief(name)} is missing in {str(folder)!r}, though the {MANIFEST} lists it.")
        found = _record(path.read_bytes())
        if found != record:
            raise UsageError(
                f"The file {brief(name)} is not the published one: its sha256 is {found.sha256[:12]}... and its size "
                f"{found.size} bytes, where the {MANIFEST} says {record.sha256[:12]}... and {record.size}."
            )
    for path in sorted((folder / "data").rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in manifest.files:
            where = f"is in {str(folder)!r}, but the {MANIFEST} does not list it"
            raise UsageError(f"The file {brief(name)} {where}: delete it if you put it there.")
    return manifest


def data_file(config: str) -> str:
    """Where the rows of a config lie within the folder."""
    return f"data/{config}/test.jsonl"


def rows_in(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file; a UsageError where it is missing or damaged."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise UsageError(f"{path}:{number}: the line is not a row. Download the file again.")
                yield row
    except FileNotFoundError:
        raise UsageError(f"There is no file {str(path)!r}. The data set is not complete; download it again.") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{path} is damaged: not every line is JSON. Download it again.") from None
