"""Killed runs: what was finished counts; `kill -9` at random moments, then `inspect eval-retry` to the end.

Two kills by default; `HVAE_KILLS=20 pytest -s tests/test_kill.py` takes more of them and tells the moments.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from inspect_ai.log import read_eval_log
from model_server import running

from hvae_bench.analysis import load, merge
from hvae_bench.log.results import read_results
from hvae_bench.log.source import read_records

from .test_servers import environment

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("HVAE_KILLS", "2"))
SEED = int(os.environ.get("HVAE_KILL_SEED", "1"))
IN_A_RUN = 4
"""Kills that one run has to bear at most: of itself, then of its retries."""

EPOCHS, CELLS = 5, 8
CALLS = EPOCHS * CELLS * 17 // 2
"""Calls of a run that nothing interrupts: eight or nine a dialogue."""

RUN = ("eval", "hvae_bench", "-T", "scenario=paper", "--epochs", str(EPOCHS), "--model", "openai-api/lab/m")


def newest_log(folder: Path) -> Path | None:
    logs = [path for path in folder.glob("*.eval") if not path.stem.endswith("-recovered")]
    return max(logs, key=lambda path: path.name, default=None)


def lengths(kills: int) -> list[int]:
    """How many kills each run gets."""
    return [min(IN_A_RUN, kills - done) for done in range(0, kills, IN_A_RUN)]


@pytest.mark.parametrize(("number", "kills"), list(enumerate(lengths(KILLS))))
def test_a_killed_run_is_finished_by_retries(number: int, kills: int, tmp_path: Path) -> None:
    draw = random.Random(f"{SEED}/{number}")
    # The server answers the same question in another way each time, so that a dialogue held twice shows.
    with running(latency=0.1, sampled=True, seed=number) as server:
        env = environment(LAB_BASE_URL=server.url, LAB_API_KEY="none")
        while (log := newest_log(tmp_path)) is None or read_eval_log(str(log), header_only=True).status != "success":
            arguments = RUN if log is None else ("eval-retry", str(log))
            calls, dies = server.stats()["calls"], kills > 0
            # What counts is how far the run has come, not how long this machine takes to start it.
            moment = calls + draw.randint(0, max(1, CALLS - calls - 10))
            pause = draw.uniform(0, 1)
            process = subprocess.Popen(
                [sys.executable, "-m", "inspect_ai", *arguments, "--log-dir", str(tmp_path), "--max-connections", "10"],
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            while dies and process.poll() is None and server.stats()["calls"] < moment:
                time.sleep(0.02)
            time.sleep(pause if dies else 0)
            if dies and process.poll() is None:
                process.kill()
                kills -= 1
                print(f"run {number}: {arguments[0]}, killed {pause:.2f} s after call {moment}")
            said, _ = process.communicate(timeout=300)
            assert "Traceback" not in said, said[-2000:]
        print(f"run {number}: finished with {server.stats()['calls']} calls where {CALLS} were needed")
    everything = tmp_path / "all.parquet"
    merged = merge(tmp_path, everything, check=True)
    assert not merged.conflicts, "no dialogue was finished twice"
    assert not merged.broken, "every record is valid"
    records = [record for _, record in read_records(everything)]
    keys = Counter((record.dialogue.sample_id, record.dialogue.epoch) for record in records)
    assert len(keys) == EPOCHS * CELLS
    assert set(keys.values()) == {1}
    assert all(one.status == "chosen" for record in records for one in record.decisions)
    assert all(record.dialogue.error is None and record.dialogue.usage.input_tokens for record in records)
    (whole,) = load(str(tmp_path))
    assert len(whole.records) == EPOCHS * CELLS, "the library reads the folder alike"


DIES = """
import os, signal, sys
from inspect_ai import eval, eval_retry
from inspect_ai.model import ModelAPI, ModelOutput, modelapi
from hvae_bench import hvae_bench

class Dies(ModelAPI):
    replies = 0

    async def generate(self, *_):
        Dies.replies += 1
        if Dies.replies > int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return ModelOutput.from_content("m", "A")

modelapi(name="dies")(lambda: Dies)
how = dict(log_dir=sys.argv[1], display="none", max_samples=1, log_buffer=1000)
if len(sys.argv) > 3:
    eval_retry(sys.argv[3], **how)
else:
    eval(hvae_bench(scenario="quick"), model="dies/m", **how)
"""


def test_finished_dialogues_that_inspects_buffer_alone_holds_are_counted(tmp_path: Path) -> None:
    """Inspect writes finished dialogues to the log some at a time, so at a kill the newest are in its buffer."""
    killed = subprocess.run([sys.executable, "-c", DIES, tmp_path, "30"], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    (log,) = tmp_path.iterdir()
    before = log.read_bytes()
    (run,) = load(log)
    assert [record.measures.n_not_reached for record in run.records] == [0, 0, 0, 6], "three, and one that was going on"
    assert str(run.part) == "4 of 10 dialogues, 4 of 5 cells"
    assert [one.dialogues for one in read_results(log)] == [4]
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [before], "reading leaves log and folder as they are"

    subprocess.run([sys.executable, "-c", DIES, tmp_path, "70", log], capture_output=True, check=True)
    (whole,) = load(tmp_path)
    assert (whole.status, whole.missing, whole.part) == ("success", 0, None)
    assert [record.measures.n_not_reached for record in whole.records] == [0] * 10
