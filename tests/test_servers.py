"""Servers that speak OpenAI's protocol: the commands of docs/servers.md, as they stand there, on a loopback server."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from inspect_ai._cli.main import inspect
from inspect_ai.log import read_eval_log
from model_server import Running, faults_of, offered_labels, running

from hvae_bench.log.export import rationality_path
from hvae_bench.log.source import read_records

from .test_docs import SERVERS, blocks

CALLS = 2 * (4 * 8 + 6)
"""Model calls of the scenario `quick`: two dialogues a cell, two openings where there is a value, and six items."""


def environment(**more: str) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path, "INSPECT_DISPLAY": "plain"} | more


def ask(server: Running, text: str, **more: Any) -> tuple[int, dict[str, Any]]:
    body = {"model": "m", "messages": [{"role": "user", "content": text}]} | more
    request = urllib.request.Request(
        f"{server.url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.mark.slow
def test_every_command_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a user reaches the server by, every dialogue is answered and logged."""
    scripts = blocks(SERVERS, "sh")
    assert len(scripts) == 6
    with running() as server:
        for number, script in enumerate(scripts):
            folder = tmp_path / str(number)
            folder.mkdir()
            given, replaced = re.subn(r"http://localhost:\d+/v1", server.url, script)
            assert replaced == 1, f"{script} names no server"
            with monkeypatch.context() as patch:
                patch.chdir(folder)
                type_in(given, patch)
            (path,) = (folder / "logs").glob("*.eval")
            log = read_eval_log(str(path), header_only=True)
            assert log.status == "success", script
            model = re.search(r"--model (\S+)", script)
            assert model
            assert log.eval.model == model[1]
            records = [record for _, record in read_records(rationality_path(path))]
            assert len(records) == 10
            assert {decision.status for record in records for decision in record.decisions} == {"chosen"}
            assert all((record.dialogue.usage.input_tokens or 0) > 100 for record in records)
        assert server.stats()["answered"] == server.stats()["calls"] == len(scripts) * CALLS


def type_in(script: str, patch: pytest.MonkeyPatch) -> None:
    """Do what a shell does with lines of `export NAME=VALUE` and `inspect ...`, without starting Inspect each time."""
    for line in script.strip().splitlines():
        command, *words = shlex.split(line)
        if command == "export":
            name, _, value = words[0].partition("=")
            patch.setenv(name, value)
        else:
            assert command == "inspect"
            inspect.main(args=words, standalone_mode=False)


def test_the_loopback_server_does_what_its_options_say() -> None:
    """The oracle of the other tests: labels, repeats, counts, rules for faults."""
    faults = [
        {"kind": "rate_limit", "text": "limited", "attempts": 1, "seconds": 3},
        {"kind": "http_500", "text": "third", "every": 3},
        {"kind": "truncated", "text": "twice", "times": 2},
        {"kind": "refusal", "text": "half", "probability": 0.5},
    ]
    question = "Choose.\nA. You get 1 coin\nB. You get 2 coins\nC. You get 3 coins\n"
    with running(faults=faults, seed=4) as server, running(seed=4, sampled=True) as sampled:
        replies = [ask(server, f"{number} {question}")[1] for number in range(60)]
        chosen = [reply["choices"][0]["message"]["content"] for reply in replies]
        assert min(Counter(chosen)[label] for label in "ABC") > 8
        again, first = ask(server, f"0 {question}")[1], replies[0]
        assert again["choices"] == first["choices"]
        assert first["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
        assert again["usage"]["prompt_tokens_details"]["cached_tokens"] == again["usage"]["prompt_tokens"] == 27
        assert len({ask(sampled, question)[1]["choices"][0]["message"]["content"] for _ in range(30)}) == 3
        likely = ask(server, question, logprobs=True, top_logprobs=2)[1]["choices"][0]["logprobs"]["content"]
        assert [round(2.718281828 ** top["logprob"], 6) for top in likely[0]["top_logprobs"]] == [0.333333] * 2
        assert [ask(server, "limited")[0] for _ in range(3)] == [429, 200, 200]
        assert [ask(server, "third")[0] for _ in range(6)] == [200, 200, 500, 200, 200, 500]
        ends = [ask(server, f"twice {number}")[1]["choices"][0]["finish_reason"] for number in range(4)]
        assert ends == ["length", "length", "stop", "stop"]
        refused = [
            ask(server, f"half {number}")[1]["choices"][0]["message"]["content"] is None for number in range(100)
        ]
        assert 30 < sum(refused) < 70
        stats = server.stats()
        assert stats["calls"] == 60 + 1 + 1 + 3 + 6 + 4 + 100
        assert stats["faults"] == {"rate_limit": 1, "http_500": 2, "truncated": 2, "refusal": sum(refused)}
    assert server.process.returncode == 0, "it ends when its standard input closes"
    assert offered_labels(["(1) one\n(2) two", "again: a single letter"]) == ["1", "2"]
    with pytest.raises(ValueError, match="no fault 'flood'"):
        faults_of([{"kind": "flood"}])
