"""Header: the lines with which a file begins, and the fixes of form that can do no harm.

The first line names the JSON Schema; in the data set the second line is the canary. What an entry says is never
touched.
"""

import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from hvae_bench.catalogue.entry_file import EMBEDDED
from hvae_bench.lint.files import Finding, Source, collect
from hvae_bench.lint.run import rule
from hvae_bench.text.document import parse_document
from hvae_bench.text.errors import CatalogError
from hvae_bench.text.location import write_atomically

_SCHEMA = "# yaml-language-server: $schema="
_SPEC = EMBEDDED.parent / "spec"


@lru_cache(maxsize=1)
def canary_line() -> str:
    """The line that marks the files of the data set, so that they can be kept out of training corpora."""
    return (EMBEDDED / "CANARY").read_text(encoding="utf-8").splitlines()[0]


def is_canary(line: str) -> bool:
    """Whether a line is a canary, perhaps an old or a damaged one."""
    return line.startswith("# HVAE-Bench canary GUID ")


def is_schema_line(line: str) -> bool:
    """Whether a line names a schema."""
    return re.match(r"#\s*yaml-language-server:", line) is not None


def schema_line(path: Path, kind: str) -> str:
    """The line that names the schema of a file: by its relative path within a clone, else by its address."""
    schema = Path(os.path.realpath(_SPEC)) / _schema_of(kind)
    clone = schema.parent.parent
    place = Path(os.path.realpath(path))
    if (clone / "pyproject.toml").is_file() and place.is_relative_to(clone):
        return _SCHEMA + Path(os.path.relpath(schema, place.parent)).as_posix()
    return _SCHEMA + schema.as_uri()


def header_of(path: Path, kind: str, published: bool) -> list[str]:
    """The lines with which a file begins, in the data set or in a folder of one's own."""
    return [f"{_SCHEMA}../../spec/{_schema_of(kind)}", canary_line()] if published else [schema_line(path, kind)]


def _wanted_header(source: Source) -> list[str]:
    first = source.text.split("\n", 1)[0].rstrip()
    kept = not source.published and _names_schema(first, source.kind)
    return [first] if kept else header_of(source.path, source.kind, source.published)


@rule("header")
def header(source: Source) -> Iterator[Finding]:
    """The first line names the JSON Schema; in the data set the second one is the canary.

    In a folder of your own it is a warning.
    """
    if not source.text:
        return
    rows = [row.rstrip() for row in source.text.split("\n", 2)]
    fix = "run `hvae validate --fix`, which writes it"
    if source.published:
        schema, canary = _wanted_header(source)
        if rows[0] != schema:
            yield source.at("error", 1, 1, f"the first line is not `{schema}`", fix)
        elif rows[1:2] != [canary]:
            yield source.at("error", 2, 1, "the second line is not the canary of the data set", fix)
    elif not _names_schema(rows[0], source.kind):
        problem = f"the first line does not name the schema {_schema_of(source.kind)}, so editors cannot help"
        yield source.at("warning", 1, 1, problem, fix)


def _names_schema(line: str, kind: str) -> bool:
    address = f"urn:hvae-bench:spec:{kind.removesuffix('s')}:"
    return is_schema_line(line) and (line.endswith(_schema_of(kind)) or address in line)


def _schema_of(kind: str) -> str:
    return f"{kind.removesuffix('s')}.schema.json"


def fix(paths: Sequence[Path]) -> list[Path]:
    """Fix header lines and white space of files and folders, and name the files that were written."""
    written = []
    for source in collect(paths).checked:
        text = fixed_text(source)
        if text is not None and not source.path.is_symlink():
            write_atomically(source.path, [text])
            written.append(source.path)
    return written


def fixed_text(source: Source) -> str | None:
    """The text as it should be; None where nothing can be fixed without touching what the entry says."""
    if source.document is None:
        return None
    headed = _headed(source)
    tidy = "\n".join(row.rstrip(" \t\r") for row in headed.split("\n")).rstrip("\n") + "\n"
    for text in (tidy, headed.replace("\r\n", "\n"), headed):
        if _says_the_same(source, text):
            return text if text.encode() != source.path.read_bytes() else None
    return None


def _headed(source: Source) -> str:
    rows = source.text.split("\n")
    ending = "\r" if rows[0].endswith("\r") else ""
    top = next((number for number, row in enumerate(rows) if not row.startswith("#")), len(rows))
    kept = [row for row in rows[:top] if not is_schema_line(row) and not (source.published and is_canary(row))]
    return "\n".join([*(row + ending for row in _wanted_header(source)), *kept, *rows[top:]])


def _says_the_same(source: Source, text: str) -> bool:
    try:
        return parse_document(source.path, text.encode()).data == source.data
    except CatalogError:
        return False
