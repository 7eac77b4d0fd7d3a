"""Figure: one measured number with its target and the numbers that it was made of, and how a script prints them."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["Figure", "options", "report"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Attributes:
        name: what was measured.
        value: the figure.
        target: what it should be, in words; empty where nothing is asked of it.
        met: whether it is.
        raw: the numbers that it was made of.
    """

    name: str
    value: float
    target: str
    met: bool
    raw: str

    @property
    def row(self) -> str:
        """The figure as a row of a Markdown table."""
        number = f"{self.value:,.0f}" if self.value > 1000 else f"{self.value:.3g}"
        target = f"{self.target} ({'met' if self.met else 'missed'})" if self.target else "-"
        return f"| {self.name} | {number} | {target} | {self.raw} |"


def options(description: str, sizes: Iterable[str], arguments: Sequence[str] | None) -> argparse.Namespace:
    """What a script was called with: `size` and `json`.

    Args:
        description: what the script measures.
        sizes: names of the sizes that it knows, the whole one first.
        arguments: the command line, None for that of the process.
    """
    names = list(sizes)
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--size", choices=names, default=names[0], help="toy: seconds, and figures without worth")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    return parser.parse_args(arguments)


def report(figures: Iterable[Figure], packages: Sequence[str], json_file: Path | None) -> None:
    """Print figures as they come, then a table of them, and write them down where that is asked for.

    Args:
        figures: the figures.
        packages: those whose versions matter.
        json_file: where to write them to; None for nowhere.
    """
    done = []
    for figure in figures:
        print(f"{figure.name}: {figure.value:.4g}", file=sys.stderr, flush=True)
        done.append(figure)
    versions = ", ".join(f"{package} {_version(package)}" for package in packages)
    print(f"Python {platform.python_version()}, {versions}\n")
    print("\n".join(["| figure | measured | target | from |", "|---|---|---|---|", *(one.row for one in done)]))
    if json_file is not None:
        json_file.write_text(json.dumps([asdict(figure) for figure in done], indent=1), encoding="utf-8")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
