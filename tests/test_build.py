"""The folder that is published: the same bytes from the same entries, whole or not there, readable by everybody."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from hvae_bench import load_catalog
from hvae_bench.catalogue.entry_file import KINDS
from hvae_bench.cli.main import app
from hvae_bench.hub.build import CONFIGS, build_dataset
from hvae_bench.lint import refuse_errors
from hvae_bench.text.errors import CatalogError, UsageError
from hvae_bench.text.location import new_folder

from .small_dataset import copy_small_dataset
from .terminal import hvae

ROOT = Path(__file__).resolve().parent.parent
DATASET = ROOT / "dataset"
VERSION = (DATASET / "VERSION").read_text("utf-8").strip()
GUID = "9e87d98a-c795-4586-98be-50d7917eb5e5"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "hub"
    build_dataset(DATASET, folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(folder: Path, config: str) -> list[dict[str, Any]]:
    text = (folder / "data" / config / "test.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def front_matter(folder: Path) -> dict[str, Any]:
    _, head, _ = (folder / "README.md").read_text("utf-8").split("---\n", 2)
    found: dict[str, Any] = yaml.safe_load(head)
    return found


# --- bytes


def pythons() -> Iterator[Any]:
    """This Python, and another version that has what the package needs, if the machine has one."""
    yield pytest.param(sys.executable, id="this")
    named = os.environ.get("HVAE_OTHER_PYTHON")
    reason = "no other Python is named in HVAE_OTHER_PYTHON"
    yield pytest.param(named, id="other", marks=pytest.mark.skipif(not named, reason=reason))


@pytest.mark.parametrize("python", list(pythons()))
def test_the_same_entries_give_the_same_bytes(built: Path, tmp_path: Path, python: str) -> None:
    """In another folder, with another hash seed, another time zone, and nothing calibrated before."""
    again = tmp_path / "elsewhere" / "out"
    program = (
        "from pathlib import Path; from hvae_bench.hub.build import build_dataset; "
        f"build_dataset(Path({str(DATASET)!r}), Path({str(again)!r}))"
    )
    environment = os.environ | {
        "PYTHONHASHSEED": "4711",
        "PYTHONPATH": str(ROOT),
        "HVAE_CACHE_DIR": str(tmp_path / "cache"),
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
    }
    subprocess.run([python, "-c", program], check=True, env=environment, cwd=tmp_path, timeout=300)
    assert contents(again) == contents(built)


def test_every_file_is_text_with_plain_line_ends(built: Path) -> None:
    for name, content in contents(built).items():
        content.decode("utf-8")
        assert b"\r" not in content, name
        assert content.endswith(b"\n"), name


def test_the_manifest_lists_every_file_but_itself(built: Path) -> None:
    files = contents(built)
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["version"] == VERSION
    assert manifest["canary"] == GUID
    assert manifest["catalog_sha256"] == load_catalog().sha256
    assert manifest["files"] == {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)} for name, content in files.items()
    }


def test_the_canary_stands_wherever_somebody_gathers_text(built: Path) -> None:
    for name, content in contents(built).items():
        if name.startswith("data/"):
            assert all(GUID in line for line in content.decode().splitlines()), name
        elif not name.startswith(("spec/", "LICENSE")):
            assert GUID in content.decode(), name


# --- rows


def test_rows_of_a_config_are_rectangular_and_carry_id_and_version(built: Path) -> None:
    info = {one["config_name"]: one for one in front_matter(built)["dataset_info"]}
    assert list(info) == list(CONFIGS)
    for config in CONFIGS:
        found = rows(built, config)
        names = [feature["name"] for feature in info[config]["features"]]
        assert found
        assert all(list(row) == names for row in found), config
        assert names[:2] == ["id", "version"]
        ids = [row["id"] for row in found]
        assert len(set(ids)) == len(ids)
        assert {row["version"] for row in found} == {VERSION}


def test_the_catalogue_is_read_back_from_the_rows_alone(built: Path) -> None:
    wanted, found = load_catalog(), load_catalog(built)
    for kind in KINDS:
        assert dict(getattr(found, kind)) == dict(getattr(wanted, kind))
    assert found.sha256 == wanted.sha256


@pytest.mark.parametrize(
    ("id_", "wanted"),
    [
        # Facts about the six primary items that can be found by hand or stand in the literature.
        (
            "svo-slider-primary.altruistic",
            {
                "scorable": True,
                "expected_rationality": 0.0,
                "ideal_angle_from_deg": 61.390,
                "ideal_angle_to_deg": 61.390,
            },
        ),
        ("svo-slider-primary.competitive", {"ideal_angle_from_deg": -16.260, "informative_items": 6}),
        ("svo-slider-primary.individualistic", {"ideal_angle_from_deg": -7.815, "ideal_angle_to_deg": 7.815}),
        ("svo-slider-primary.prosocial", {"ideal_angle_from_deg": 37.093, "ideal_angle_to_deg": 52.907}),
        ("trust-trustee.prosocial", {"scorable": False, "expected_rationality": None, "value_rationality_sd": None}),
    ],
)
def test_calibration(built: Path, id_: str, wanted: dict[str, Any]) -> None:
    (row,) = [row for row in rows(built, "calibration") if row["id"] == id_]
    assert {name: row[name] for name in wanted} == {
        name: pytest.approx(value, abs=5e-4) if isinstance(value, float) else value for name, value in wanted.items()
    }
    assert (row["not_scorable"] is None) == row["scorable"]


def test_the_altruists_ideal_options_are_those_of_the_manual(built: Path) -> None:
    (row,) = [row for row in rows(built, "calibration") if row["id"] == "svo-slider-primary.altruistic"]
    best = {one["item"]: one["options"] for one in row["motives"][0]["ideal_options"]}
    assert [best[f"p{n}"] for n in range(1, 7)] == [["o1"], ["o9"], ["o1"], ["o1"], ["o9"], ["o9"]]


def test_dialogues_are_those_of_the_default_scenario_word_for_word(built: Path) -> None:
    from hvae_bench.dialogue.sample import build_cells

    catalog = load_catalog()
    found = {row["id"]: row for row in rows(built, "dialogues")}
    assert list(found) == [cell.id for cell in build_cells(catalog, catalog.default_scenario())]
    row = found["altruistic.svo-slider-primary.short-no-goal.w-en-short.o-shuffled"]
    assert {row["scenario"]} == {catalog.default_scenario().id}
    assert "{" not in "".join(message["content"] for message in row["messages"])
    asked = [message for message in row["messages"] if message["kind"] == "decision" and message["role"] == "user"]
    assert len(asked) == 6
    assert all(re.search(r"^A\. \d+/\d+$", message["content"], re.M) for message in asked)


def test_a_question_has_one_right_answer(built: Path) -> None:
    found = rows(built, "questions")
    catalog = load_catalog()
    assert {row["value"] for row in found} == set(catalog.default_scenario().core_values)
    line = re.compile(r"^(\w+)\. (-?[\d.]+)/(-?[\d.]+)$", re.M)
    for row in found:
        options = [(label, float(mine), float(theirs)) for label, mine, theirs in line.findall(row["question"])]
        assert [label for label, _, _ in options] == row["labels"]
        # Best for each value, by the plain meaning of the words.
        wants: dict[str, Callable[[float, float], float]] = {
            "altruistic": lambda mine, theirs: theirs,
            "individualistic": lambda mine, theirs: mine,
            "competitive": lambda mine, theirs: mine - theirs,
            "prosocial": lambda mine, theirs: mine + theirs,
        }
        best = max(options, key=lambda option: wants[row["value"]](option[1], option[2]))
        assert best[0] == row["answer"], row["id"]


@pytest.mark.parametrize("of", [["value"], ["game"], ["value", "game"], ["value", "game", "item"], []])
def test_whoever_always_takes_one_place_or_label_scores_what_guessing_scores(built: Path, of: list[str]) -> None:
    """In all questions and in any selection of them; a label that some lists do not offer, in those that do."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows(built, "questions"):
        groups.setdefault(tuple(row[name] for name in of), []).append(row)
    for name, group in groups.items():
        for size in {len(row["labels"]) for row in group}:
            alike = [row for row in group if len(row["labels"]) == size]
            places = Counter(row["labels"].index(row["answer"]) for row in alike)
            assert [places[place] * size for place in range(size)] == [len(alike)] * size, name
        for label in {label for row in group for label in row["labels"]}:
            offering = [row for row in group if label in row["labels"]]
            right = sum(row["answer"] == label for row in offering)
            assert right == pytest.approx(sum(1 / len(row["labels"]) for row in offering)), (name, label)


def test_the_first_questions_have_every_decision_once_and_places_take_turns(built: Path) -> None:
    found = rows(built, "questions")
    decisions = {(row["value"], row["game"], row["item"]) for row in found}
    first = found[: len(decisions)]
    assert {(row["value"], row["game"], row["item"]) for row in first} == decisions
    for size in {len(row["labels"]) for row in first}:
        places = Counter(row["labels"].index(row["answer"]) for row in first if len(row["labels"]) == size)
        assert max(places.values()) - min(places[place] for place in range(size)) <= 1


def test_a_question_shows_the_options_of_its_item_from_another_one_on(built: Path) -> None:
    def lines(row: dict[str, Any]) -> list[str]:
        return re.findall(r"^\w+\. (\d+/\d+)$", row["question"], re.M)

    found = {row["id"]: row for row in rows(built, "questions")}
    for row in found.values():
        plain = lines(found[re.sub(r"\d+$", "0", row["id"])])
        assert lines(row) == plain[row["rotation"] :] + plain[: row["rotation"]]


# --- loading


@pytest.fixture(scope="session")
def loader(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    datasets = pytest.importorskip("datasets")
    cache = str(tmp_path_factory.mktemp("cache"))

    def load(config: str | None, **arguments: Any) -> Any:
        return datasets.load_dataset(str(built), config, split="test", cache_dir=cache, **arguments)

    return load


@pytest.mark.parametrize("config", CONFIGS)
def test_everybody_loads_the_same_rows(built: Path, loader: Any, config: str) -> None:
    """Without an option."""
    import pandas
    import polars

    wanted = rows(built, config)
    plain = loader(config)
    assert list(plain) == wanted
    (info,) = [one for one in front_matter(built)["dataset_info"] if one["config_name"] == config]
    assert plain.features._to_yaml_list() == info["features"]
    streamed = loader(config, streaming=True)
    assert list(streamed) == wanted
    assert streamed.features == plain.features
    path = built / "data" / config / "test.jsonl"
    assert pandas.read_json(path, lines=True)["id"].tolist() == [row["id"] for row in wanted]
    assert polars.read_ndjson(path).to_dicts() == wanted
    assert info["splits"] == [{"name": "test", "num_bytes": path.stat().st_size, "num_examples": len(wanted)}]


@pytest.mark.parametrize("config", CONFIGS)
def test_duckdb_loads_the_same_rows(built: Path, config: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    found = duckdb.sql(f"FROM '{built / 'data' / config / 'test.jsonl'}'")
    wanted = rows(built, config)
    assert found.columns == list(wanted[0])
    assert [row[0] for row in found.fetchall()] == [row["id"] for row in wanted]


def test_types_are_told_by_the_first_rows(built: Path) -> None:
    """What a column holds is seen before any reader has stopped to look; polars, the first, stops after 100 rows."""

    def filled(content: Any, path: str = "") -> Iterator[str]:
        if isinstance(content, (dict, list)):
            for name, inner in content.items() if isinstance(content, dict) else (("", inner) for inner in content):
                yield from filled(inner, f"{path}.{name}")
        elif content is not None:
            yield path

    for config in CONFIGS:
        found = rows(built, config)
        assert set(filled(found[:20])) == set(filled(found)), config


def test_questions_come_when_no_config_is_named(loader: Any) -> None:
    assert "question" in loader(None).column_names


# mlcroissant reads its files by what rdflib calls outdated.
@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
def test_croissant_is_valid_and_notices_a_changed_file(built: Path, tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    copy = tmp_path / "copy"
    shutil.copytree(built, copy)
    described = mlcroissant.Dataset(str(copy / "croissant.json"))
    assert described.metadata.version == VERSION
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert (told["version"], told["date-released"]) == (VERSION, f"{described.metadata.date_published:%Y-%m-%d}")
    assert not described.metadata.ctx.issues.errors
    assert not described.metadata.ctx.issues.warnings
    for config in CONFIGS:
        read = [record[f"{config}/id"].decode() for record in described.records(config)]
        assert read == [row["id"] for row in rows(built, config)]
    (first, *_) = described.records("questions")
    assert first["questions/labels"] == [label.encode() for label in rows(built, "questions")[0]["labels"]]
    path = copy / "data" / "values" / "test.jsonl"
    path.write_bytes(path.read_bytes().replace(b"aggressive", b"aggressivE"))
    # The library says what is wrong in words and types of its own; only this config is touched.
    with pytest.raises(Exception, match=r"values"):
        list(mlcroissant.Dataset(str(copy / "croissant.json")).records("values"))
    assert list(mlcroissant.Dataset(str(copy / "croissant.json")).records("games"))


# --- Inspect's own task


def test_inspect_runs_the_questions_without_this_package(
    built: Path, loader: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inspect's loader of Hub tasks, with the two calls that reach the Hub led to the folder."""
    import huggingface_hub
    from inspect_ai import eval
    from inspect_ai._eval.task import hf
    from inspect_ai.dataset import hf_dataset
    from inspect_ai.model import ChatMessage, ModelOutput, ModelUsage, get_model

    def local_file(repo_id: str, filename: str, **_: Any) -> str:
        return str(built / filename)

    def local_dataset(path: str, revision: str, **arguments: Any) -> Any:
        assert path == "ORG/hvae-bench"
        return hf_dataset(path=str(built), cached=False, **arguments)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", local_file)
    monkeypatch.setattr(hf, "hf_dataset", local_dataset)
    (task,) = hf.task_create_from_hf("hf/ORG/hvae-bench")
    assert len(task.dataset) == len(rows(built, "questions"))
    right = {row["question"]: row["answer"] for row in rows(built, "questions") if row["value"] == "prosocial"}

    def reply(messages: list[ChatMessage], *_: object) -> ModelOutput:
        output = ModelOutput.from_content("mockllm/model", right.get(messages[-1].text, "none of them"))
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    model = get_model("mockllm/model", custom_outputs=reply)
    decisions = {(row["value"], row["game"], row["item"]) for row in rows(built, "questions")}
    (log,) = eval(task, model=model, log_dir=str(tmp_path), display="none", limit=len(decisions))
    assert log.status == "success", log.error
    assert log.samples is not None
    by_value: dict[str, list[bool]] = {}
    for sample in log.samples:
        assert sample.scores is not None
        by_value.setdefault(sample.metadata["value"], []).append(sample.scores["match"].value == "C")
    assert {value: set(right) for value, right in by_value.items()} == {
        value: {value == "prosocial"} for value in load_catalog().default_scenario().core_values
    }


# --- the folder


def test_an_earlier_build_is_replaced_whole(built: Path, tmp_path: Path) -> None:
    copy = tmp_path / "hub"
    shutil.copytree(built, copy)
    (copy / "data" / "values" / "test.jsonl").write_text("half")
    build_dataset(DATASET, copy)
    assert contents(copy) == contents(built)
    assert os.listdir(tmp_path) == ["hub"]


@pytest.mark.parametrize("interrupted_at", ["old", "hub"])
def test_an_interruption_leaves_one_of_the_two_builds_and_nothing_else(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupted_at: str
) -> None:
    """Ctrl-C arrives when a folder has just taken its new name."""
    copy = tmp_path / "hub"
    shutil.copytree(built, copy)
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> None:
        rename(self, target)
        if target.name == interrupted_at:
            monkeypatch.setattr(Path, "rename", rename)
            raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build_dataset(DATASET, copy)
    assert contents(copy) == contents(built)
    assert os.listdir(tmp_path) == ["hub"]


BUILD = """
import os, signal, sys
from pathlib import Path
from hvae_bench.cli.main import main
rename, killed_at, number = Path.rename, sys.argv.pop(), int(sys.argv.pop())
def killed(self, target):
    if self.name == killed_at:
        os.kill(os.getpid(), number)
    rename(self, target)
Path.rename = killed
main()
"""


@pytest.mark.parametrize("killed_at", ["hub", "new"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_build_loses_nothing_and_leaves_nothing_for_ever(
    built: Path, tmp_path: Path, killed_at: str, number: int
) -> None:
    """Before the earlier build is put aside, and before the new one takes its place."""
    copy = tmp_path / "hub"
    shutil.copytree(built, copy)
    command = [sys.executable, "-c", BUILD, "build", "-o", str(copy), "--dataset", str(DATASET), str(int(number))]
    done = subprocess.run([*command, killed_at], cwd=ROOT, check=False, timeout=300)
    assert done.returncode == (143 if number == signal.SIGTERM else -9)
    if number == signal.SIGTERM:
        assert (contents(copy), os.listdir(tmp_path)) == (contents(built), ["hub"])
        return
    # The next one finds the earlier build again, even if it comes to nothing itself.
    with pytest.raises(OSError, match="full"), new_folder(copy):
        raise OSError("full")
    assert (contents(copy), os.listdir(tmp_path)) == (contents(built), ["hub"])


def test_what_another_process_builds_there_now_is_left_alone(tmp_path: Path) -> None:
    with new_folder(tmp_path / "hub") as first:
        (first / "a").touch()
        with new_folder(tmp_path / "hub") as second:
            (second / "b").touch()
        assert (first / "a").is_file()
        assert os.listdir(tmp_path / "hub") == ["b"]
    assert os.listdir(tmp_path / "hub") == ["a"]
    assert os.listdir(tmp_path) == ["hub"]


@pytest.mark.parametrize("there", ["notes.txt", "data/values/more.jsonl"])
def test_what_somebody_else_put_there_stays(built: Path, tmp_path: Path, there: str) -> None:
    copy = tmp_path / "hub"
    shutil.copytree(built, copy)
    (copy / there).write_text("mine")
    before = contents(copy)
    with pytest.raises(UsageError, match="holds something other than an earlier build"):
        build_dataset(DATASET, copy)
    assert contents(copy) == before


def test_the_data_set_is_never_overwritten(tmp_path: Path) -> None:
    copy = tmp_path / "dataset"
    shutil.copytree(DATASET, copy)
    for output, told in ((copy, "holds the data set itself"), (tmp_path, "holds the"), (copy / "hub", "lies within")):
        with pytest.raises(UsageError, match=told):
            build_dataset(copy, output)


def test_entries_with_errors_are_not_built(tmp_path: Path) -> None:
    copy = tmp_path / "dataset"
    shutil.copytree(DATASET, copy)
    path = copy / "values" / "prosocial.yaml"
    path.write_text(path.read_text("utf-8").replace("pronouncedness: neutral", "pronouncedness: mild"), "utf-8")
    with pytest.raises(UsageError, match=r"prosocial\.yaml:\d+: .*Run `hvae validate"):
        app(["build", "--dataset", str(copy), "-o", str(tmp_path / "hub")], standalone_mode=False)
    assert sorted(os.listdir(tmp_path)) == ["dataset"]


def test_nothing_half_built_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hvae_bench.hub.build.croissant_text", broken)
    with pytest.raises(OSError, match="No space"):
        build_dataset(DATASET, tmp_path / "hub")
    assert os.listdir(tmp_path) == []


def test_an_earlier_build_comes_back_if_the_new_one_cannot_take_its_place(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "hub"
    shutil.copytree(built, copy)
    rename = Path.rename

    def fails_once(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_once)
    with pytest.raises(OSError, match="Permission denied"):
        build_dataset(DATASET, copy)
    assert contents(copy) == contents(built)
    assert os.listdir(tmp_path) == ["hub"]


def test_the_command_says_what_it_made(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "hub"
    app(["build", "-o", str(output), "--dataset", str(DATASET)], standalone_mode=False)
    assert capsys.readouterr().out.startswith(f"{output}: version {VERSION}, {len(contents(built)) - 1} files, ")
    app(["build", "-o", str(output), "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["manifest"] == json.loads((output / "manifest.json").read_text("utf-8"))


def test_a_data_set_without_one_of_its_files_is_told(tmp_path: Path) -> None:
    copy = tmp_path / "dataset"
    shutil.copytree(DATASET, copy)
    (copy / "CANARY").unlink()
    with pytest.raises(UsageError, match=r"There is no file .*CANARY', which is part of the data set"):
        build_dataset(copy, tmp_path / "hub")
    with pytest.raises(UsageError, match="is not a data set: it has no file VERSION"):
        refuse_errors(tmp_path)


@pytest.mark.parametrize(
    "name", ["CANARY", "DATASET_CARD.md", "LICENSE-DATA", "CITATION.cff", "VERSION", "RELEASED.json"]
)
@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"[" * 100_000, b"\n\n"], ids=["empty", "binary", "nested", "lines"]
)
def test_whatever_a_file_of_ours_holds_a_build_is_whole_or_refused_by_its_name(
    tmp_path: Path, name: str, content: bytes
) -> None:
    dataset = copy_small_dataset(tmp_path)
    path = (tmp_path if name in ("DATASET_CARD.md", "LICENSE-DATA", "CITATION.cff") else dataset) / name
    path.write_bytes(content)
    done = hvae("build", "--dataset", dataset, "-o", tmp_path / "hub", cwd=tmp_path)
    if done.returncode:
        assert (done.returncode, name in done.stderr, (tmp_path / "hub").exists()) == (2, True, False), done.stderr
    else:
        assert name in ("DATASET_CARD.md", "LICENSE-DATA")


@pytest.mark.parametrize("version", ["one", "v1.0.0", "1.0", "1.0.0-rc1", "01.0.0"])
def test_a_version_is_three_numbers(tmp_path: Path, version: str) -> None:
    dataset = copy_small_dataset(tmp_path)
    (dataset / "VERSION").write_text(version)
    with pytest.raises(CatalogError, match=f"the version is '{version}', which cannot be released"):
        build_dataset(dataset, tmp_path / "hub")
