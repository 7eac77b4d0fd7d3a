"""Good files with mistakes put in at random: always a verdict, and never a better one than the schema's."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hvae_bench.catalogue.catalog import completed
from hvae_bench.catalogue.entry_file import KINDS, Loaded, on_itself
from hvae_bench.lint import files
from hvae_bench.lint.files import Collection, Source, collect, read_source
from hvae_bench.lint.header import fixed_text
from hvae_bench.lint.run import FORMATS, check, text_line
from hvae_bench.text.document import read_document
from hvae_bench.text.errors import CatalogError

ROOT = Path(__file__).parent.parent.parent
SCHEMAS = {
    kind: Draft202012Validator(json.loads((ROOT / "spec" / f"{kind.removesuffix('s')}.schema.json").read_text("utf-8")))
    for kind in KINDS
}
GOOD = [
    (path.parent.name, path.stem, path.read_text("utf-8"))
    for path in [
        *sorted((ROOT / "dataset").glob("*/*.yaml")),
        *sorted((ROOT / "tests" / "fixtures" / "good").glob("*/*/*"))[::5],
    ]
]
HOW = ["delete", "repeat", "move", "insert", "retype", "retype", "inject", "inject", "cut"]
LINES = [
    "- ",
    "  - x",
    "x: 1",
    "items: []",
    "turns: 5",
    "kind: decision",
    "motives: [{kind: maximin}]",
    "---",
    "&a b: *a",
]
WORDS = [
    *("{", "}", "[", "]", ":", "- ", "#", "'", '"', "|", ">-", "&x", "*x", "!t", "\t", "\\", ",", "?", "%", "@", "\r"),
    *("{unit}", "{goal!r}", "{0}", "{options}", "null", "true", "no", "-1", "1e400", ".inf", "9" * 30, "0.1234567"),
    *("\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\x00", "\x1b", "\x85", "é", "🙂", "\U000e0041", "中文"),
]
KINDS_OF_VALUE = ["", "[]", "{}", "5", "-0.5", "null", "true", "text", "[1, a]", "{a: 1}", "''", "[[]]", "'5'", "{: }"]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str, str]:
    kind, id_, text = draw(st.sampled_from(GOOD))
    rows = text.split("\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(rows) - 1))
        how = draw(
            st.sampled_from(["delete", "repeat", "move", "insert", "retype", "retype", "inject", "inject", "cut"])
        )
        if how == "delete" and len(rows) > 1:
            del rows[at]
        elif how == "repeat":
            rows.insert(at, rows[at])
        elif how == "move":
            rows.insert(draw(st.integers(0, len(rows) - 1)), rows.pop(at))
        elif how == "insert":
            rows.insert(at, draw(st.sampled_from(LINES)))
        elif how == "retype" and ":" in rows[at]:
            rows[at] = f"{rows[at].partition(':')[0]}: {draw(st.sampled_from(KINDS_OF_VALUE))}"
        else:
            place = draw(st.integers(0, len(rows[at])))
            word = "" if how == "cut" else draw(st.sampled_from(WORDS))
            rows[at] = rows[at][:place] + word + rows[at][place + (how == "cut") :]
    return kind, id_, "\n".join(rows)


@lru_cache(maxsize=1)
def below() -> Collection:
    return collect([ROOT / "dataset"])


@lru_cache(maxsize=1)
def standing() -> dict[str, dict[str, Loaded]]:
    """The entries of the data set, by kind and id."""
    found: dict[str, dict[str, Loaded]] = {kind: {} for kind in KINDS}
    for layer in below().layers:
        for one in layer:
            if one.loaded:
                found[one.kind][one.id] = one.loaded
    return found


def completed_source(source: Source) -> Source:
    """The file as `collect` gives it to rules: on what it is based on, with what it takes from other entries."""
    others = standing()
    source = files._made(source, on_itself, others[source.kind].get(source.id))
    own = {source.id: source.loaded} if source.loaded else {}
    return files._made(source, completed, others | {source.kind: others[source.kind] | own})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mutated")
    for kind in KINDS:
        (folder / kind).mkdir()
    return folder


def schema_rejects(kind: str, data: Any) -> bool:
    return not SCHEMAS[kind].is_valid(data)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=mutated())
def test_a_mutated_file_gets_a_verdict(folder: Path, case: tuple[str, str, str]) -> None:
    gets_a_verdict(folder, *case)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=mutated())
def test_very_many_mutated_files_get_a_verdict(folder: Path, case: tuple[str, str, str]) -> None:
    gets_a_verdict(folder, *case)


def gets_a_verdict(folder: Path, kind: str, id_: str, text: str) -> None:
    path = folder / kind / f"{id_}.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    source = completed_source(read_source(path, kind, folder, published=False))
    found = check(Collection((*below().layers, (source,)), (source,), (folder,)))
    try:
        data = read_document(path).data
    except CatalogError:
        assert found.errors
    else:
        assert found.errors or not schema_rejects(kind, data)
    for finding in found.findings:
        assert text_line(finding).isprintable()
        assert 1 <= finding.line <= text.count("\n") + 1
        assert 1 <= finding.column <= len(text) + 1
    for form in FORMATS.values():
        assert form(found)
    fixed = fixed_text(source)
    if fixed is not None:
        path.write_bytes(fixed.encode())
        assert read_document(path).data == source.data
    path.unlink()
