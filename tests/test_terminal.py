"""Tables on a real terminal: nothing is wider than it, cut, or loses what tells its rows apart."""

import fcntl
import os
import pty
import re
import struct
import sys
import termios
from pathlib import Path

import pytest
from inspect_ai import eval

from hvae_bench import hvae_bench

from .conftest import QUICKLY
from .terminal import hvae_process

pytestmark = pytest.mark.xdist_group("cli")

VALUES = (
    *("altruistic", "prosocial", "individualistic", "competitive"),
    *("maximin", "inequality-averse", "martyr", "joint-gain"),
)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of eight values, and three of one kind of model that differ at the end of their names."""
    folder = tmp_path_factory.mktemp("logs")
    for model in ("hvae/altruistic", "hvae/uniform"):
        task = hvae_bench(scenario="paper", values=list(VALUES), templates="no-goal")
        (log,) = eval(task, model=model, epochs=2, log_dir=str(folder), **QUICKLY)
        assert log.status == "success", log.error
    return folder


def on_terminal(width: int, *arguments: str | Path) -> list[str]:
    """The lines that `hvae` leaves on a terminal of this width, without colours."""
    drawn = drawn_on_terminal(width, *arguments).replace("\x1b[?25l", "").replace("\x1b[?25h", "")
    # What is drawn while it works ends where its line is cleared for good.
    drawn = drawn.rpartition("\x1b[2K")[2]
    return [line.strip("\r").rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", drawn).split("\n")]


def drawn_on_terminal(width: int, *arguments: str | Path, output: Path | None = None) -> str:
    """All that `hvae` draws on a terminal; what it finds may go to a file."""
    process, terminal = pty.fork()
    if process == 0:
        # The size has to be there before the program looks.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        os.environ.pop("COLUMNS", None)
        os.environ["NO_COLOR"] = "1"
        if output is not None:
            os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT), 1)
        os.execv(sys.executable, [sys.executable, "-m", "hvae_bench.cli.main", *map(str, arguments)])
    drawn = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the end, on Linux
            break
        if not part:
            break
        drawn += part
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0, drawn.decode()
    return drawn.decode()


def whole(lines: list[str], width: int) -> str:
    """The lines as one text, once none is wider than the terminal and nothing was cut."""
    # A command to be copied is left to the terminal to break.
    tables = [line for line in lines if not line.startswith("  hvae ")]
    assert max(map(len, tables)) <= width
    text = "\n".join(lines)
    assert "…" not in text
    return text


@pytest.mark.parametrize("width", [80, 100, 200])
def test_results_name_every_model_and_keep_every_interval(logs: Path, width: int) -> None:
    text = whole(on_terminal(width, "results", logs), width)
    assert text.count("hvae/altruistic") == text.count("hvae/uniform") == 1
    assert all(value in text for value in VALUES)
    assert len(re.findall(r"\[-?\d\.\d\d, -?\d\.\d\d\]", text)) == 2 * (len(VALUES) + 1)
    assert "16 dialogues" in text or width == 200


@pytest.mark.parametrize("width", [80, 120])
def test_a_run_is_shown_whole(logs: Path, width: int) -> None:
    log = max(logs.glob("*.eval"))
    text = whole(on_terminal(width, "show", log), width)
    assert len(re.findall(r"-?\d\.\d\d \(-?\d\.\d\d\)", text)) == len(VALUES) ** 2
    assert "Without an estimate: " in text


@pytest.mark.parametrize("entry", ["paper", "svo-slider-primary", "altruistic"])
def test_entries_fit(entry: str) -> None:
    whole(on_terminal(80, "show", entry), 80)


def test_a_terminal_is_told_what_takes_long_and_a_file_is_not(logs: Path, tmp_path: Path) -> None:
    """It is gone when there is something to read, and never in what was asked for."""
    alone = hvae_process("results", logs, "--json", cwd=tmp_path)
    assert alone.stderr == ""
    drawn = drawn_on_terminal(80, "results", logs, "--json", output=tmp_path / "found.json")
    assert "Reading logs ..." in drawn
    assert drawn.rpartition("Reading logs ...")[2].endswith("\x1b[2K")
    assert (tmp_path / "found.json").read_text("utf-8") == alone.stdout
