"""A server on loopback that speaks OpenAI's chat completions, with latency and faults to order.

`python benchmarks/model_server.py --port 0 --latency 0.3` prints one line, the base URL (`http://127.0.0.1:PORT/v1`),
when it is ready, and ends when its standard input closes or on SIGTERM. No model is behind it: a question that lists
options is answered with one of their labels, several in paragraphs of their own with a numbered line each, anything
else with a short sentence, all drawn from the seed and the whole conversation, so that the same request gets the same
reply; with `--sampled` every call draws anew. It serves, streamed or not:

- `POST /v1/chat/completions`, `GET /v1/models`;
- `POST /v1/responses`, with the first `given` answer among the faults and nothing else;
- `GET /stats`: calls, tokens, the most calls at once, the faults given and the processor time used, as JSON.

**Tokens** are those of `hvae_bench.text.tokens`. `cached_tokens` counts those of the longest run of whole
messages that an earlier conversation and its reply began with, as a server with an endless cache would find them.
**Log probabilities**, where they are asked for, are those of the draw: every label on offer is as likely as the others.

**Faults** are a JSON list of rules (`--faults FILE`), looked through in order for every call; the first that fits is
given. A rule is an object with these fields, of which only `kind` is needed:

| field | meaning |
|---|---|
| `kind` | one of `KINDS` |
| `probability` | share of the calls, drawn from seed, conversation and attempt, whatever the order of arrival |
| `every` | every so many-th of the calls that fit the rule otherwise |
| `text` | only calls whose last message holds this text |
| `conversation` | only calls with a message that holds this text |
| `role` | only calls with a message of this role |
| `attempts` | only the first so many calls with the same conversation, so that asking again helps |
| `times` | so often in all |
| `seconds` | how long a `stall` lasts (10), or what `rate_limit` says in Retry-After (1) |
| `status` | the status of `given` (200) |
| `body` | the answer of `given`; with status 200 its fields are laid over an ordinary one. `{key}` is the key sent |
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from hvae_bench.text.tokens import token_count

__all__ = ["KINDS", "Fault", "Running", "Server", "faults_of", "main", "offered_labels", "running"]

KINDS = {
    "http_401": "status 401",
    "http_500": "status 500",
    "rate_limit": "status 429 with Retry-After",
    "timeout": "no answer, ever",
    "stall": "the answer, after some seconds",
    "cut_body": "the connection ends in the middle of an answer that is not streamed",
    "cut_stream": "the connection ends in the middle of a streamed answer",
    "empty": 'content ""',
    "content_filter": 'content "" and finish_reason content_filter',
    "truncated": "half a sentence and finish_reason length",
    "reasoning_only": "reasoning_content, and no content",
    "refusal": "message.refusal, and no content",
    "invalid_json": "status 200 with the page of a proxy",
    "given": "an answer to order",
}
"""Kinds of faults and what the client sees."""

_OPTION = re.compile(r"^[\[(]?([A-Z]|\d{1,2})[.):\]] \S", re.MULTILINE)
_HALF_A_SENTENCE = "Looking at what each of the options would give to me and to"
_PROXY_PAGE = "<html><body><h1>Bad gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule for faults; see the module's table."""

    kind: str
    probability: float = 1.0
    every: int = 1
    text: str = ""
    conversation: str = ""
    role: str = ""
    attempts: int | None = None
    times: int | None = None
    seconds: float | None = None
    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no fault {self.kind!r}. Write one of: {', '.join(KINDS)}.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says."""

    content: str | None
    finish_reason: str = "stop"
    refusal: str | None = None
    reasoning: str | None = None
    alternatives: tuple[str, ...] = ()

    @property
    def tokens(self) -> int:
        """Tokens of everything that was generated."""
        return sum(token_count(text or "") for text in (self.content, self.refusal, self.reasoning))


_IN_PLACE = {
    "empty": Answer(""),
    "content_filter": Answer("", finish_reason="content_filter"),
    "truncated": Answer(_HALF_A_SENTENCE, finish_reason="length"),
    "reasoning_only": Answer(None, reasoning="The options differ in what they give to me. I shall weigh that first."),
    "refusal": Answer(None, refusal="That lies outside what this service does."),
}
"""Faults that are answers of another kind."""


@dataclass(slots=True)
class Stats:
    """What the server has counted."""

    calls: int = 0
    answered: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    at_once: int = 0
    most_at_once: int = 0
    faults: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation as it was sent.

    Attributes:
        texts: text of every message.
        roles: role of every message.
        prefixes: digest of the conversation up to and with each message.
    """

    texts: tuple[str, ...]
    roles: tuple[str, ...]
    prefixes: tuple[bytes, ...]

    @classmethod
    def of(cls, messages: Sequence[dict[str, Any]]) -> Prompt:
        """Read the messages of a request."""
        texts, prefixes, digest = [], [], b""
        for message in messages:
            text = _text(message.get("content"))
            digest = _digest(digest, str(message.get("role")), text)
            texts.append(text)
            prefixes.append(digest)
        return cls(tuple(texts), tuple(str(message.get("role")) for message in messages), tuple(prefixes))


class Server:
    """The server.

    Args:
        latency: seconds from a request to its answer.
        faults: rules, the first that fits wins.
        seed: seed of answers and faults.
        sampled: whether the same conversation gets another answer every time.
    """

    def __init__(
        self, latency: float = 0.0, faults: Sequence[Fault] = (), seed: int = 0, *, sampled: bool = False
    ) -> None:
        self.latency = latency
        self.faults = faults
        self.seed = seed
        self.sampled = sampled
        self.stats = Stats()
        self._attempts: Counter[bytes] = Counter()
        self._fitted: Counter[int] = Counter()
        self._given: Counter[int] = Counter()
        self._seen: set[bytes] = set()

    def application(self) -> web.Application:
        """The server as an application of aiohttp."""
        application = web.Application(client_max_size=64 * 2**20)
        application.router.add_post("/v1/chat/completions", self._complete)
        application.router.add_post("/v1/responses", self._respond)
        application.router.add_get("/v1/models", self._models)
        application.router.add_get("/stats", self._stats)
        application.router.add_get("/v1/stats", self._stats)
        return application

    async def _models(self, request: web.Request) -> web.Response:
        model = {"id": "loopback", "object": "model", "created": 0, "owned_by": "hvae-bench"}
        return web.json_response({"object": "list", "data": [model]})

    async def _stats(self, request: web.Request) -> web.Response:
        return web.json_response(asdict(self.stats) | {"cpu_s": time.process_time()})

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        rule = next((rule for rule in self.faults if rule.kind == "given"), None)
        if rule is None:
            return _error(404, "not_found", "Only answers to order are given here.")
        return _given(rule, {}, request.headers.get("Authorization", ""))

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        stats = self.stats
        stats.calls += 1
        stats.at_once += 1
        stats.most_at_once = max(stats.most_at_once, stats.at_once)
        try:
            return await self._answer(request)
        finally:
            stats.at_once -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        start = asyncio.get_running_loop().time()
        body = json.loads(await request.read())
        is_streamed = bool(body.get("stream"))
        prompt = Prompt.of(body.get("messages") or [])
        fault = self._fault(prompt, is_streamed)
        kind = None if fault is None else fault.kind
        if fault is not None:
            self.stats.faults[fault.kind] = self.stats.faults.get(fault.kind, 0) + 1
        if kind == "timeout":
            await asyncio.Event().wait()
        wait = self.latency + (_seconds(fault, 10.0) if kind == "stall" else 0.0)
        # Time spent on reading the request is part of the latency, as it is with a real server.
        await asyncio.sleep(max(0.0, start + wait - asyncio.get_running_loop().time()))
        if kind == "http_401":
            return _error(401, "invalid_api_key", "Incorrect API key provided.")
        if kind == "http_500":
            return _error(500, "server_error", "The server had an error while processing the request.")
        if kind == "rate_limit":
            headers = {"Retry-After": f"{_seconds(fault, 1.0):g}"}
            return _error(429, "rate_limit_exceeded", "Too many requests; try again later.", headers)
        if kind == "invalid_json":
            return web.Response(text=_PROXY_PAGE, content_type="application/json")
        answer = _IN_PLACE.get(kind or "") or self._reply(prompt)
        usage = self._usage(prompt, answer)
        name = str(body.get("model") or "loopback")
        if is_streamed:
            wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))
            chunks = list(_chunks(prompt.prefixes[-1], name, answer, usage if wants_usage else None))
            return await _stream(request, chunks, is_cut=kind == "cut_stream")
        likely = _logprobs(answer, int(body.get("top_logprobs") or 0)) if body.get("logprobs") else None
        completion = _completion(prompt.prefixes[-1], name, answer, usage, likely)
        if fault is not None and kind == "given":
            return _given(fault, completion, request.headers.get("Authorization", ""))
        payload = json.dumps(completion).encode()
        if kind == "cut_body":
            return await _cut(request, payload)
        return web.Response(body=payload, content_type="application/json")

    def _fault(self, prompt: Prompt, is_streamed: bool) -> Fault | None:
        """The fault that this call is to meet, if any."""
        whole = prompt.prefixes[-1]
        self._attempts[whole] += 1
        attempt = self._attempts[whole]
        for number, rule in enumerate(self.faults):
            if rule.kind in ("cut_body", "cut_stream") and (rule.kind == "cut_stream") != is_streamed:
                continue
            if rule.text not in prompt.texts[-1] or not any(rule.conversation in text for text in prompt.texts):
                continue
            if rule.role and rule.role not in prompt.roles:
                continue
            if rule.attempts is not None and attempt > rule.attempts:
                continue
            if rule.times is not None and self._given[number] >= rule.times:
                continue
            if rule.probability < 1 and self._share(f"fault/{number}/{attempt}", whole) >= rule.probability:
                continue
            self._fitted[number] += 1
            if self._fitted[number] % rule.every:
                continue
            self._given[number] += 1
            return rule
        return None

    def _reply(self, prompt: Prompt) -> Answer:
        whole = prompt.prefixes[-1]
        purpose = f"reply/{self._attempts[whole]}" if self.sampled else "reply"
        draw = self._share(purpose, whole)
        if len(lists := numbered_lists(prompt.texts[-1])) > 1:
            drawn = {number: int(self._share(f"{purpose}/{number}", whole) * len(lists[number])) for number in lists}
            return Answer("\n".join(f"{number}: {lists[number][place]}" for number, place in drawn.items()))
        labels = offered_labels(prompt.texts)
        if labels:
            return Answer(labels[int(draw * len(labels))], alternatives=tuple(labels))
        return Answer(f"I will act on what was asked of me, as I understand it in sense {int(draw * 10**6)}.")

    def _share(self, purpose: str, digest: bytes) -> float:
        """A number in [0, 1) that depends on seed, purpose and conversation alone."""
        drawn = hashlib.blake2b(f"{self.seed}/{purpose}/".encode() + digest, digest_size=8).digest()
        return int.from_bytes(drawn) / 2**64

    def _usage(self, prompt: Prompt, answer: Answer) -> dict[str, Any]:
        sizes = [token_count(text) for text in prompt.texts]
        seen = 0
        while seen < len(sizes) and prompt.prefixes[seen] in self._seen:
            seen += 1
        self._seen.update(prompt.prefixes)
        self._seen.add(_digest(prompt.prefixes[-1], "assistant", answer.content or ""))
        prompt_tokens, cached_tokens = sum(sizes), sum(sizes[:seen])
        self.stats.answered += 1
        self.stats.prompt_tokens += prompt_tokens
        self.stats.cached_tokens += cached_tokens
        self.stats.completion_tokens += answer.tokens
        return {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": answer.tokens,
            "total_tokens": prompt_tokens + answer.tokens,
            "prompt_tokens_details": {"cached_tokens": cached_tokens},
        }


def numbered_lists(text: str) -> dict[str, list[str]]:
    """The labels in each paragraph that lists options, by the first number in it."""
    lists = ((re.search(r"\d+", part), _OPTION.findall(part)) for part in text.split("\n\n"))
    return {number[0]: labels for number, labels in lists if number and len(labels) > 1}


def offered_labels(texts: Sequence[str]) -> list[str]:
    """Labels of the options that the last message lists, or the one it comes back to; none if there are no options.

    Args:
        texts: texts of the messages, the last one the question.
    """
    for text in reversed(texts):
        labels = _OPTION.findall(text)
        if len(labels) > 1:
            return list(dict.fromkeys(labels))
    return []


def faults_of(rules: Any) -> list[Fault]:
    """Rules from their JSON.

    Raises:
        ValueError: no list of objects, or a kind that does not exist.
        TypeError: a field that does not exist.
    """
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise ValueError("The faults should be a JSON list of objects.")
    return [Fault(**rule) for rule in rules]


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return "" if content is None else str(content)


def _digest(before: bytes, role: str, text: str) -> bytes:
    said = role.encode() + b"\0" + text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(before + said, digest_size=16).digest()


def _seconds(fault: Fault | None, otherwise: float) -> float:
    return otherwise if fault is None or fault.seconds is None else fault.seconds


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> web.Response:
    error = {"message": message, "type": code, "code": code, "param": None}
    return web.json_response({"error": error}, status=status, headers=headers)


def _given(fault: Fault, completion: dict[str, Any], authorization: str) -> web.Response:
    body = completion | fault.body if fault.status == 200 else fault.body
    key = json.dumps(authorization.removeprefix("Bearer "))[1:-1]
    text = json.dumps(body).replace("{key}", key)
    return web.Response(text=text, status=fault.status, content_type="application/json")


def _completion(
    digest: bytes, model: str, answer: Answer, usage: dict[str, Any], likely: dict[str, Any] | None
) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.content}
    if answer.refusal is not None:
        message["refusal"] = answer.refusal
    if answer.reasoning is not None:
        message["reasoning_content"] = answer.reasoning
    return {
        "id": f"chatcmpl-{digest.hex()}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": answer.finish_reason, "logprobs": likely}],
        "usage": usage,
    }


def _logprobs(answer: Answer, top: int) -> dict[str, Any]:
    """Log probabilities of the words of an answer: a label is drawn evenly, other words are certain."""

    def told(token: str, logprob: float) -> dict[str, Any]:
        return {"token": token, "logprob": logprob, "bytes": list(token.encode())}

    content = []
    for word in (answer.content or "").split():
        words = answer.alternatives or (word,)
        first = [word, *(other for other in words if other != word)]
        each = -math.log(len(words))
        content.append(told(word, each) | {"top_logprobs": [told(other, each) for other in first[:top]]})
    return {"content": content}


def _chunks(digest: bytes, model: str, answer: Answer, usage: dict[str, Any] | None) -> Iterator[bytes]:
    head = {
        "id": f"chatcmpl-{digest.hex()}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": model,
    }

    def event(choices: list[dict[str, Any]], **more: Any) -> bytes:
        return b"data: " + json.dumps(head | {"choices": choices} | more).encode() + b"\n\n"

    def delta(finish_reason: str | None = None, **said: Any) -> bytes:
        return event([{"index": 0, "delta": said, "finish_reason": finish_reason}])

    yield delta(role="assistant", content="")
    for name, text in (
        ("reasoning_content", answer.reasoning),
        ("refusal", answer.refusal),
        ("content", answer.content),
    ):
        for piece in re.findall(r"\s*\S+\s*$|\s*\S+", text or ""):
            yield delta(**{name: piece})
    yield delta(answer.finish_reason)
    if usage is not None:
        yield event([], usage=usage)
    yield b"data: [DONE]\n\n"


async def _stream(request: web.Request, chunks: Sequence[bytes], *, is_cut: bool) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
    await response.prepare(request)
    # Cut before the last word, so that the client has some of the answer and no end.
    for chunk in chunks[: max(1, len(chunks) // 2 - 1)] if is_cut else chunks:
        await response.write(chunk)
    if is_cut:
        await _hang_up(request)
        return response
    await response.write_eof()
    return response


async def _cut(request: web.Request, payload: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = len(payload)
    await response.prepare(request)
    await response.write(payload[: len(payload) // 2])
    await _hang_up(request)
    return response


async def _hang_up(request: web.Request) -> None:
    # Let what was written go out before the connection ends.
    await asyncio.sleep(0.01)
    if request.transport is not None:
        request.transport.close()


async def _serve(server: Server, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def read_stdin() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            stop.set()

    # Not every standard input can be watched: a file or /dev/null never closes.
    with suppress(OSError, ValueError):
        loop.add_reader(sys.stdin.fileno(), read_stdin)
    runner = web.AppRunner(server.application(), access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
    await site.start()
    host, bound = runner.addresses[0][:2]
    print(f"http://{host}:{bound}/v1", flush=True)
    await stop.wait()
    await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Running:
    """A server in a process of its own.

    Attributes:
        url: its base URL, which ends in /v1.
        process: the process.
    """

    url: str
    process: subprocess.Popen[str]

    def stats(self) -> dict[str, Any]:
        """What it has counted so far; see `Stats`."""
        with urllib.request.urlopen(f"{self.url}/stats", timeout=30) as response:
            found: dict[str, Any] = json.load(response)
        return found


@contextmanager
def running(
    *, latency: float = 0.0, faults: Sequence[dict[str, Any]] = (), seed: int = 0, sampled: bool = False
) -> Iterator[Running]:
    """Start the server in a process of its own, and end it afterwards.

    Args:
        latency: seconds a call.
        faults: rules as in the file.
        seed: seed of answers and faults.
        sampled: whether the same conversation gets another answer every time.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "faults.json"
        file.write_text(json.dumps(list(faults)), encoding="utf-8")
        command = [sys.executable, str(Path(__file__).resolve()), "--port", "0", "--latency", str(latency)]
        process = subprocess.Popen(
            [*command, "--seed", str(seed), "--faults", str(file), *(["--sampled"] if sampled else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError("The model server did not start; its message stands above.")
            yield Running(url, process)
        finally:
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the server from the command line."""
    parser = argparse.ArgumentParser(description="A loopback server that speaks OpenAI's chat completions.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds a call")
    parser.add_argument("--faults", type=Path, help="JSON file with rules for faults")
    parser.add_argument("--seed", type=int, default=0, help="seed of answers and faults")
    parser.add_argument("--sampled", action="store_true", help="answer the same conversation anew every time")
    given = parser.parse_args(arguments)
    try:
        faults = faults_of(json.loads(given.faults.read_text(encoding="utf-8"))) if given.faults else []
    except (OSError, ValueError, TypeError) as error:
        parser.error(f"{given.faults}: {error}")
    asyncio.run(_serve(Server(given.latency, faults, given.seed, sampled=given.sampled), given.port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
