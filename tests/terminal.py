"""The command line as a terminal sees it, without a process of its own for each command: that takes a second."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from unittest import mock

from hvae_bench.cli.main import main

__all__ = ["hvae", "hvae_process", "inspect"]

ENVIRONMENT = {"NO_COLOR": "1", "COLUMNS": "200"}


def hvae(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """What `hvae` writes in a folder, and its exit code; an exception that it lets out is the caller's."""
    return _typed(main, ["hvae", *map(str, arguments)], cwd)


def inspect(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The same of `inspect`, by the function that its script calls."""
    (script,) = entry_points(group="console_scripts", name="inspect")
    return _typed(script.load(), ["inspect", *map(str, arguments)], cwd)


def _typed(program: Callable[[], object], command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with (
        contextlib.chdir(cwd),
        mock.patch.object(sys, "argv", command),
        mock.patch.dict(os.environ, ENVIRONMENT),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            program()
        except SystemExit as end:
            code = end.code
    assert code is None or isinstance(code, int), code
    return subprocess.CompletedProcess(command, code or 0, out.getvalue(), err.getvalue())


def hvae_process(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own, as a shell starts it."""
    command = [sys.executable, "-m", "hvae_bench.cli.main", *map(str, arguments)]
    environment = os.environ | ENVIRONMENT
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False)
