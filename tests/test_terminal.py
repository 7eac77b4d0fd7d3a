"""Tables on a real terminal: nothing is wider than it, cut, or loses what tells its rows apart."""

import dataclasses
import fcntl
import io
import json
import os
import pty
import re
import struct
import sys
import termios
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval
from inspect_ai.log import read_eval_log, write_eval_log
from rich.console import Console

from hvae_bench import hvae_bench, load_catalog
from hvae_bench.catalogue.manifest import MANIFEST, manifest_of
from hvae_bench.cli.run_views import results_view
from hvae_bench.hub.build import build_dataset
from hvae_bench.log.results import read_results

from .conftest import QUICKLY
from .terminal import hvae_process

pytestmark = pytest.mark.xdist_group("cli")

ROOT = Path(__file__).resolve().parent.parent
VALUES = (
    *("altruistic", "prosocial", "individualistic", "competitive"),
    *("maximin", "inequality-averse", "martyr", "joint-gain"),
)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of eight values."""
    folder = tmp_path_factory.mktemp("logs")
    for model in ("hvae/altruistic", "hvae/uniform"):
        task = hvae_bench(scenario="paper", values=list(VALUES), templates="no-goal")
        (log,) = eval(task, model=model, epochs=2, log_dir=str(folder), **QUICKLY)
        assert log.status == "success", log.error
    return folder


def drawn(width: int, *arguments: str | Path) -> tuple[int, str]:
    """The exit code of `hvae`, and what it draws on a terminal, but for colours and what is gone once it has worked."""
    code, text = all_drawn(width, *arguments)
    frames = re.sub(r"[\u2800-\u28ff] [A-Z][a-z ]+ \.\.\.", "", text)
    return code, re.sub(r"\x1b\[(?:[0-9]+m|m|\?25[hl]|2K|1A)|\r(?!\n)", "", frames)


def all_drawn(width: int, *arguments: str | Path, output: Path | None = None) -> tuple[int, str]:
    """The exit code of `hvae`, and all that it draws on a terminal of this width; its output may go to a file."""
    process, terminal = pty.fork()
    if process == 0:
        # The size has to be there before the program looks.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        if output is not None:
            os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT), 1)
        # An environment of our own: libraries write COLUMNS where `os.environ` does not see it.
        environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"} | {"NO_COLOR": "1"}
        command = [sys.executable, "-m", "hvae_bench.cli.main", *map(str, arguments)]
        os.execve(sys.executable, command, environment)
    found = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the end, on Linux
            break
        if not part:
            break
        found += part
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), found.decode()


def on_terminal(width: int, *arguments: str | Path) -> list[str]:
    """The lines that `hvae` draws on a terminal of this width, without colours."""
    code, text = drawn(width, *arguments)
    assert code == 0, text
    return [line.rstrip() for line in text.splitlines()]


def whole(lines: list[str], width: int) -> str:
    """The lines as one text, once none is wider than the terminal and nothing was cut."""
    # A command to be copied is left to the terminal to break.
    tables = [line for line in lines if not line.startswith("  hvae ")]
    assert max(map(len, tables)) <= width
    text = "\n".join(lines)
    assert "…" not in text
    return text


MEASURED = ("no goal", "responsiveness")
"""What the two runs tell of what their headlines mean; they have no goal, no rule alone and no definition."""


def test_the_cells_of_a_scenario_can_be_copied_however_narrow_the_terminal() -> None:
    lines = on_terminal(80, "show", "standard")
    assert "  competitive.dictator-multipliers.short-no-goal.w-en-short.o-shuffled.i-reversed" in lines
    assert max(len(line) for line in lines if not line.startswith("  ")) <= 80


@pytest.mark.parametrize("width", [80, 120])
def test_a_test_of_equivalence_keeps_every_name_whole(width: int, logs: Path) -> None:
    code, text = drawn(width, "compare", *sorted(logs.glob("*.eval")), "--margin", "0.1")
    lines = [line.rstrip() for line in text.splitlines()]
    assert code == 1
    assert max(map(len, lines)) <= width
    assert [line.split()[0] for line in lines if re.search(r"\d %   +[a-z ]+$", line)] == [*VALUES[:4], "all"]


def test_a_comparison_of_several_runs_fits_and_keeps_every_interval(logs: Path) -> None:
    one, other = sorted(logs.glob("*.eval"))
    _, text = drawn(80, "compare", one, other, one, "--anyway")
    lines = [line.rstrip() for line in text.splitlines()]
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if re.search(r"-?\d\.\d\d   \[.*\]$", line)] == ["B", "C"]
    assert "they are one run, not two" in " ".join(text.split())


def test_a_verdict_names_a_model_of_several_runs_once(logs: Path) -> None:
    page = io.StringIO()
    Console(width=200, file=page).print(results_view([*read_results(logs), *read_results(logs)]))
    assert "\nhvae/altruistic, hvae/uniform: " in page.getvalue()


@pytest.mark.parametrize("width", [80, 100, 200])
def test_results_name_every_model_and_keep_every_interval(logs: Path, width: int) -> None:
    text = whole(on_terminal(width, "results", logs), width)
    # In both tables, and before the verdict.
    assert text.count("hvae/altruistic") == text.count("hvae/uniform") == 3
    assert all(value in text for value in VALUES)
    assert len(re.findall(r"\[-?\d\.\d\d, -?\d\.\d\d\]", text)) == 2 * (len(VALUES) + 1 + len(MEASURED))
    assert text.count("not measured") == 2 * (6 - len(MEASURED))
    assert "16 dialogues" in text or width == 200


@pytest.mark.parametrize("width", [80, 120])
def test_a_run_is_shown_whole(logs: Path, width: int) -> None:
    log = max(logs.glob("*.eval"))
    text = whole(on_terminal(width, "show", log, "--all"), width)
    assert len(re.findall(r"-?\d\.\d\d \(-?\d\.\d\d\)", text)) == len(VALUES) ** 2
    assert "Without an estimate: " in text


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_first_screen_of_a_run_fits_and_has_a_bar_a_value(logs: Path, width: int) -> None:
    lines = on_terminal(width, "show", max(logs.glob("*.eval")))
    text = whole(lines, width)
    bars = [line for line in lines if re.search(r" \[-?\d\.\d\d, -?\d\.\d\d\]$", line) and line.split()[0] in VALUES]
    assert len(bars) == len(VALUES) - VALUES.count("none")
    drawn_from = {line.index("│") for line in lines if "│" in line}
    # The marks of 0 stand below each other, and below the 0 of the scale.
    assert len(drawn_from) == (width > 40)
    assert all(next(line for line in lines if re.search("-1 +0 +1$", line))[place] == "0" for place in drawn_from)
    assert len(lines) <= 44 or width < 80
    assert "All values alike" in text


@pytest.mark.parametrize("entry", ["paper", "svo-slider-primary", "altruistic"])
def test_entries_fit(entry: str) -> None:
    whole(on_terminal(80, "show", entry), 80)


def test_a_terminal_is_told_what_takes_long_and_a_file_is_not(logs: Path, tmp_path: Path) -> None:
    """It is gone when there is something to read, and never in what was asked for."""
    alone = hvae_process("results", logs, "--json", cwd=tmp_path)
    assert alone.stderr == ""
    code, text = all_drawn(80, "results", logs, "--json", output=tmp_path / "found.json")
    assert code == 0
    assert "Reading logs ..." in text
    assert text.rpartition("Reading logs ...")[2].endswith("\x1b[2K")
    assert (tmp_path / "found.json").read_text("utf-8") == alone.stdout


EVIL = "\x1b]0;owned\x07 \x1b[1;31m \x9b2J\u202e\u2028"
"""A new title of the window, red, an empty screen, backwards from here, and a line that is none."""


def evil(content: Any) -> Any:
    """JSON in which names and titles for people say more than they should."""
    if isinstance(content, list):
        return [evil(inner) for inner in content]
    if isinstance(content, dict):
        wild = ("model", "title", "definition", "source", "error")
        return {
            name: inner + EVIL if name in wild and isinstance(inner, str) else evil(inner)
            for name, inner in content.items()
        }
    return content


@pytest.fixture(scope="module")
def evil_logs(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evil")
    for log in logs.glob("*.jsonl"):
        with log.open(encoding="utf-8") as lines:
            text = "".join(json.dumps(evil(json.loads(line)), ensure_ascii=False) + "\n" for line in lines)
        (folder / log.name).write_text(text, encoding="utf-8")
    inspects = read_eval_log(str(min(logs.glob("*.eval"))))
    inspects.eval.model += EVIL
    write_eval_log(inspects, str(folder / "log.eval"))
    return folder


@pytest.fixture(scope="module")
def evil_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built data set whose titles say more than they should, with the fingerprint of that."""
    folder = tmp_path_factory.mktemp("data") / "built"
    catalog = load_catalog()
    values = {id_: one.model_copy(update={"title": one.title + EVIL}) for id_, one in catalog.values.items()}
    fingerprint = dataclasses.replace(catalog, values=values).sha256
    old = build_dataset(ROOT / "dataset", folder)
    rows = folder / "data" / "values" / "test.jsonl"
    with rows.open(encoding="utf-8") as lines:
        told = [row | {"title": row["title"] + EVIL} for row in map(json.loads, lines)]
    rows.write_text("".join(json.dumps(row) + "\n" for row in told), encoding="utf-8")
    files = {name: (folder / name).read_bytes() for name in old.files}
    (folder / MANIFEST).write_text(manifest_of(files, old.version, old.canary, fingerprint).text(), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        "results EVAL",
        "results EVAL --json",
        "show EVAL",
        "show LOG",
        "show LOG --json",
        "compare LOG OTHER --anyway",
        "compare LOG OTHER --anyway --json",
        "rescore LOG",
        "merge LOG -o OUT.parquet",
        "export LOG --format eval-results --dataset acme/hvae -o OUT.yaml",
        "show NOTHING.eval",
        "list values --catalog DATA",
        "list values --catalog DATA --json",
        "show values/altruistic --catalog DATA",
        "show svo-slider-primary --catalog DATA",
        "diff embedded DATA",
        "list values --catalog MOVED",
    ],
)
def test_nothing_from_outside_moves_a_terminal(evil_logs: Path, evil_data: Path, tmp_path: Path, command: str) -> None:
    moved = tmp_path / f"moved{EVIL}"
    moved.mkdir()
    (moved / MANIFEST).write_text("{}", encoding="utf-8")
    log, other = sorted(evil_logs.glob("*.jsonl"))
    places = {"EVAL": evil_logs / "log.eval", "LOG": log, "OTHER": other, "DATA": evil_data, "MOVED": moved}
    places |= {"OUT.parquet": tmp_path / "out.parquet", "OUT.yaml": tmp_path / "out.yaml"}
    places["NOTHING.eval"] = tmp_path / f"{EVIL}.eval"
    code, text = drawn(100, *(places.get(word, word) for word in command.split()))
    assert code == (2 if "NOTHING" in command or "MOVED" in command else 0), text
    for sign in text.replace("\r\n", "\n"):
        assert sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}, repr(text)
