"""Tests of the published schemas: what is generated, what it explains, and that model and schema judge alike."""

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.catalogue.entry import Entry
from hvae_bench.catalogue.entry_file import KINDS, load_entry
from hvae_bench.hub.schema import SCHEMAS, json_schema, schema_text, write_schemas
from hvae_bench.log.record import RationalityRecord
from hvae_bench.text.complaint import complaints
from hvae_bench.text.document import read_document
from hvae_bench.text.errors import CatalogError

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "spec"
EXAMPLES = SPEC / "examples"
FOLDERS = {kind.removesuffix("s"): kind for kind in KINDS}
VALIDATORS = {name: Draft202012Validator(json_schema(name)) for name in SCHEMAS}

# JSON has no comments, so what is wrong with each record stands here.
WRONG_RECORDS = {
    "no-decisions": "the field `decisions` is missing",
    "unknown-field": "`judge` is no field",
    "other-version": "the version of the format is another",
    "chosen-nothing": "a decision is `chosen` but names no option",
    "refused-and-chosen": "a decision is `refused` but names an option",
    "reason-of-another-status": "a decision is `chosen` for a reason of refusals",
    "negative-count": "a count is below 0",
    "short-fingerprint": "a fingerprint has 64 hexadecimal digits",
    "epoch-zero": "dialogues are counted from 1",
    "number-as-text": "a measure is text",
    "item-without-decision": "an item of the game has no decision",
    "decision-twice": "an item of the game has two decisions",
    "negative-probability": "a probability is below 0",
    "probabilities-above-one": "the probabilities of the options sum to more than 1",
    "game-of-another-cell": "the game is not the one of the cell",
    "option-of-another-item": "a decision names an option that its item does not have",
}


def examples(judgement: str) -> list[Any]:
    files = sorted(path for path in (EXAMPLES / judgement).glob("*/*") if path.suffix in {".yaml", ".json"})
    return [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in files]


def content(path: Path) -> Any:
    return json.loads(path.read_text("utf-8")) if path.suffix == ".json" else read_document(path).data


def schema_accepts(name: str, data: Any) -> bool:
    return VALIDATORS[name].is_valid(data)


def model_accepts(name: str, data: Any) -> bool:
    try:
        read = SCHEMAS[name].model_validate_json(json.dumps(data))
    except ValidationError:
        return False
    # A wording that takes sentences from another one is judged once it stands on that.
    return not isinstance(read, Entry) or getattr(read, "based_on", None) is not None or not any(read.problems())


@pytest.mark.parametrize("name", SCHEMAS)
def test_published_schema_is_the_generated_one(name: str) -> None:
    published = (SPEC / f"{name}.schema.json").read_text("utf-8")
    assert published == schema_text(name), f"spec/{name}.schema.json is out of date; run `make spec`"


def test_no_schema_without_a_model(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    assert {path.name for path in SPEC.glob("*.json")} == {path.name for path in tmp_path.glob("*")}


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_says_what_it_is(name: str) -> None:
    schema = json_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:hvae-bench:spec:{name}:{2 if name == 'rationality' else 1}"
    assert schema["description"]


def fields() -> Iterator[Any]:
    for name in SCHEMAS:
        schema = json_schema(name)
        for part, inner in {name: schema, **schema.get("$defs", {})}.items():
            for field, own in inner.get("properties", {}).items():
                yield pytest.param(schema, own, id=f"{name}-{part}-{field}")


@pytest.mark.parametrize(("schema", "field"), list(fields()))
def test_field_is_explained_and_shown(schema: dict[str, Any], field: dict[str, Any]) -> None:
    definition = schema["$defs"][field["$ref"].removeprefix("#/$defs/")] if "$ref" in field else {}
    assert field.get("description") or definition.get("description")
    assert field.get("examples")
    validator = Draft202012Validator({**field, "$defs": schema.get("$defs", {})})
    for example in field["examples"]:
        validator.validate(example)


@pytest.mark.parametrize("name", SCHEMAS)
def test_there_are_examples_of_both_kinds(name: str) -> None:
    assert len(list((EXAMPLES / "good" / name).iterdir())) >= 2
    assert len(list((EXAMPLES / "bad" / name).iterdir())) >= 5


@pytest.mark.parametrize("path", examples("good"))
def test_good_example(path: Path) -> None:
    VALIDATORS[path.parent.name].validate(content(path))
    if path.suffix == ".yaml":
        kind = FOLDERS[path.parent.name]
        load_entry(path, kind)
        assert not (ROOT / "dataset" / kind / path.name).exists(), "an example repeats an id of the dataset"
        assert path.read_text("utf-8").startswith("# yaml-language-server: $schema=../../../")
    else:
        assert model_accepts(path.parent.name, content(path))


@pytest.mark.parametrize("path", examples("bad"))
def test_bad_example(path: Path) -> None:
    assert not schema_accepts(path.parent.name, content(path)), "the schema accepts it"
    assert not model_accepts(path.parent.name, content(path)), "the model accepts it"


@pytest.mark.parametrize("path", examples("bad-beyond-schema"))
def test_bad_example_that_only_the_model_sees(path: Path) -> None:
    assert schema_accepts(path.parent.name, content(path)), "the schema sees it too: move it to `bad`"
    assert not model_accepts(path.parent.name, content(path)), "the model accepts it"


@pytest.mark.parametrize("path", [*examples("bad"), *examples("bad-beyond-schema")])
def test_bad_example_has_one_mistake_and_names_it(path: Path) -> None:
    name = path.parent.name
    if path.suffix == ".json":
        assert path.stem in WRONG_RECORDS
        with pytest.raises(ValidationError) as caught:
            SCHEMAS[name].model_validate_json(json.dumps(content(path)))
        assert caught.value.error_count() == 1
        return
    assert path.read_text("utf-8").startswith("# Wrong: ")
    with pytest.raises(CatalogError) as refused:
        load_entry(path, FOLDERS[name])
    assert {one.line for one in (refused.value, *refused.value.others)} == {refused.value.line}, "more than one mistake"


@pytest.mark.parametrize("path", examples("bad-in-catalogue"))
def test_bad_example_that_only_the_catalogue_sees(tmp_path: Path, path: Path) -> None:
    name, kind = path.parent.name, FOLDERS[path.parent.name]
    assert path.read_text("utf-8").startswith("# Wrong: ")
    assert schema_accepts(name, content(path))
    assert model_accepts(name, content(path)), "the model sees it too: move it to `bad-beyond-schema`"
    shutil.copytree(EXAMPLES / "good" / name, tmp_path / kind)
    load_catalog(tmp_path)
    shutil.copy(path, tmp_path / kind)
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path)
    assert caught.value.path == tmp_path / kind / path.name
    assert caught.value.line is not None


def test_every_wrong_record_is_there() -> None:
    assert {path.stem for path in EXAMPLES.glob("bad*/rationality/*")} == set(WRONG_RECORDS)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in (ROOT / "dataset").glob("*/*.yaml")])
def test_dataset_is_valid(path: Path) -> None:
    VALIDATORS[path.parent.name.removesuffix("s")].validate(content(path))
    assert path.read_text("utf-8").startswith(
        f"# yaml-language-server: $schema=../../spec/{path.parent.name.removesuffix('s')}.schema.json\n"
    )


# Each good example, mutated in one to three places.
GOOD = [(path.parent.name, content(path)) for path in sorted((EXAMPLES / "good").glob("*/*"))]
GOOD_IDS = [data["id"] for name, data in GOOD if name in FOLDERS]
STRANGE: list[Any] = [
    *(
        None,
        True,
        0,
        -1,
        0.5,
        10**17,
        -1e308,
        10**400,
        "",
        " ",
        "x",
        "Ä b",
        "{",
        "{label}",
        "\n",
        "a\n",
        "\ud800",
        "🙂",
    ),
    *([], {}, [None], [[]], {"": 0}, {"kind": "linear"}, ["a", "a"], "x" * 9000, list(range(70)), "none", "decision"),
]


def nodes(data: Any) -> list[tuple[Any, Any]]:
    """Every place in the data, as its container and key."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [node for key, inner in pairs for node in [(data, key), *nodes(inner)]]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Any]:
    name, data = draw(st.sampled_from(GOOD))
    data = copy.deepcopy(data)
    for _ in range(draw(st.integers(1, 3))):
        places = nodes(data)
        container, key = places[draw(st.integers(0, len(places) - 1))]
        how = draw(st.sampled_from(["drop", "rename", "replace", "replace", "swap", "repeat"]))
        if how == "drop":
            del container[key]
        elif how == "rename" and isinstance(container, dict):
            container[key + "s"] = container.pop(key)
        elif how == "swap":
            other, place = places[draw(st.integers(0, len(places) - 1))]
            container[key] = copy.deepcopy(other[place])
        elif how == "repeat" and isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        else:
            container[key] = copy.deepcopy(draw(st.sampled_from(STRANGE)))
        if not data:
            break
    return name, data


@settings(max_examples=1200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(mutated())
def test_what_the_schema_rejects_the_model_rejects(case: tuple[str, Any]) -> None:
    name, data = case
    try:
        read = SCHEMAS[name].model_validate_json(json.dumps(data))
    except ValidationError:
        if issubclass(SCHEMAS[name], Entry):
            assert all(one.problem and one.fix for one in complaints(name, data))
    else:
        if isinstance(read, Entry) and any(read.problems()):
            return
        if isinstance(read, RationalityRecord):
            # Costs and times that cannot be are left out of what is read; of all else a record is judged as a whole.
            data |= {"dialogue": json.loads(read.dialogue.model_dump_json())}
        VALIDATORS[name].validate(data)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(mutated().filter(lambda case: case[0] in FOLDERS))
def test_a_mutated_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, case: tuple[str, Any]) -> None:
    name, data = case
    id_ = data.get("id")
    path = tmp_path_factory.getbasetemp() / f"{id_ if id_ in GOOD_IDS else 'mutated'}.yaml"
    path.write_text(json.dumps(data, indent=1), encoding="utf-8")  # JSON is YAML, and can hold what YAML forbids
    try:
        load_entry(path, FOLDERS[name])
    except CatalogError as error:
        told = str(error)
        assert len(told.splitlines()) == 1
        assert told.endswith(".")
    finally:
        path.unlink()


def test_the_readme_lists_every_schema() -> None:
    rows = [line for line in (SPEC / "README.md").read_text("utf-8").splitlines() if ".schema.json` |" in line]
    assert {row.split("`")[1] for row in rows} == {f"{name}.schema.json" for name in SCHEMAS}
    for row in rows:
        assert (ROOT / "hvae_bench" / row.split("|")[3].strip(" `")).exists()
