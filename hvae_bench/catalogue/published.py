"""Published: where the rows of a published data set lie, and how they are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hvae_bench.text.errors import UsageError

__all__ = ["data_file", "rows_in"]


def data_file(config: str) -> str:
    """Where the rows of a config lie within the folder."""
    return f"data/{config}/test.jsonl"


def rows_in(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file.

    Raises:
        UsageError: the file is missing or damaged.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise UsageError(f"{path}:{number}: the line is not a row. Download the file anew.")
                yield row
    except FileNotFoundError:
        raise UsageError(f"There is no file {str(path)!r}. The data set is not whole; download it anew.") from None
    except ValueError:
        raise UsageError(f"{path} is damaged: not every line is JSON. Download it anew.") from None
