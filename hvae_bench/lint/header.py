"""The first line names the JSON Schema; in the data set the second line is the canary."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from hvae_bench.catalogue.catalog import EMBEDDED
from hvae_bench.lint.finding import Finding
from hvae_bench.lint.rule import rule
from hvae_bench.lint.source import Source

__all__ = [
    "canary_line",
    "is_canary",
    "is_schema_line",
    "published_header",
    "schema_line",
    "wanted_header",
]


_SCHEMA = "# yaml-language-server: $schema="
_CANARY = "# HVAE-Bench canary GUID "
_SPEC = EMBEDDED.parent / "spec"


@lru_cache(maxsize=1)
def canary_line() -> str:
    """The line that marks the files of the data set, so that they can be kept out of training corpora."""
    return (EMBEDDED / "CANARY").read_text(encoding="utf-8").splitlines()[0]


def is_canary(line: str) -> bool:
    """Whether a line is a canary, perhaps an old or a damaged one."""
    return line.startswith(_CANARY)


def is_schema_line(line: str) -> bool:
    """Whether a line names a schema."""
    return re.match(r"#\s*yaml-language-server:", line) is not None


def schema_line(path: Path, kind: str) -> str:
    """The line that names the schema of a file: by its relative path within a clone, else by its address."""
    schema = Path(os.path.realpath(_SPEC)) / f"{_name(kind)}.schema.json"
    clone = schema.parent.parent
    place = Path(os.path.realpath(path))
    if (clone / "pyproject.toml").is_file() and place.is_relative_to(clone):
        return _SCHEMA + Path(os.path.relpath(schema, place.parent)).as_posix()
    return _SCHEMA + schema.as_uri()


def published_header(kind: str) -> list[str]:
    """The lines with which every file of the data set begins."""
    return [f"{_SCHEMA}../../spec/{_name(kind)}.schema.json", canary_line()]


def wanted_header(source: Source) -> list[str]:
    """The lines with which a file should begin."""
    if source.published:
        return published_header(source.kind)
    first = source.text.split("\n", 1)[0].rstrip()
    return [first if _names_schema(first, source.kind) else schema_line(source.path, source.kind)]


@rule("header")
def header(source: Source) -> Iterator[Finding]:
    """The first line names the JSON Schema; in the data set the second one is the canary.

    In a folder of your own it is a warning.
    """
    if not source.text:
        return
    rows = [row.rstrip() for row in source.text.split("\n", 2)]
    mend = "run `hvae validate --fix`, which writes it"
    if source.published:
        schema, canary = wanted_header(source)
        if rows[0] != schema:
            yield source.at("error", 1, 1, f"the first line is not `{schema}`", mend)
        elif rows[1:2] != [canary]:
            yield source.at("error", 2, 1, "the second line is not the canary of the data set", mend)
    elif not _names_schema(rows[0], source.kind):
        problem = f"the first line does not name the schema {_name(source.kind)}.schema.json, so editors cannot help"
        yield source.at("warning", 1, 1, problem, mend)


def _names_schema(line: str, kind: str) -> bool:
    return is_schema_line(line) and (
        line.endswith(f"{_name(kind)}.schema.json") or f"urn:hvae-bench:spec:{_name(kind)}:" in line
    )


def _name(kind: str) -> str:
    return kind.removesuffix("s")
