"""Fix: the mends that can do no harm, header lines and white space; what an entry says is never touched."""

from collections.abc import Sequence
from pathlib import Path

from hvae_bench.lint.collection import collect
from hvae_bench.lint.header import is_canary, is_schema_line, wanted_header
from hvae_bench.lint.source import Source
from hvae_bench.text.document import parse_document
from hvae_bench.text.errors import CatalogError
from hvae_bench.text.location import write_atomically


def fix(paths: Sequence[Path]) -> list[Path]:
    """Mend header lines and white space of files and folders.

    Returns:
        The files that were written.

    Raises:
        UsageError: a path that is neither an entry nor a folder of entries.
        OSError: a file that cannot be written.
    """
    written = []
    for source in collect(paths).checked:
        text = fixed_text(source)
        if text is not None and not source.path.is_symlink():
            write_atomically(source.path, [text])
            written.append(source.path)
    return written


def fixed_text(source: Source) -> str | None:
    """The text as it should be; None where nothing can be mended without touching what the entry says."""
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
    top = 0
    while top < len(rows) and rows[top].startswith("#"):
        top += 1
    kept = [row for row in rows[:top] if not is_schema_line(row) and not (source.published and is_canary(row))]
    return "\n".join([*(row + ending for row in wanted_header(source)), *kept, *rows[top:]])


def _says_the_same(source: Source, text: str) -> bool:
    try:
        return parse_document(source.path, text.encode()).data == source.data
    except CatalogError:
        return False
