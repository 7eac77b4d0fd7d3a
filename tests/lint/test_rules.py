"""Rules that need several files, a link or the data set itself."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.catalogue.entry_file import EMBEDDED, KINDS
from hvae_bench.catalogue.released import is_breaking
from hvae_bench.lint import Finding, validate
from hvae_bench.lint.header import canary_line

ROOT = Path(__file__).parent.parent.parent
DATASET = ROOT / "dataset"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A copy of the data set, with its VERSION."""
    copy = tmp_path / "dataset"
    shutil.copytree(DATASET, copy)
    (copy / "RELEASED.json").unlink(missing_ok=True)
    return copy


def change(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text("utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")


def found(rule: str, *paths: Path) -> list[Finding]:
    return [one for one in validate(list(paths)).findings if one.rule == rule]


def test_the_data_set_has_no_errors() -> None:
    """A warning stops nothing: it is answered where it is reviewed."""
    assert validate([DATASET]).errors == 0


@pytest.mark.parametrize("place", range(3))
def test_a_game_whose_items_differ_in_length_gets_a_verdict(dataset: Path, place: int) -> None:
    """One that begins like an item of the same game, and has an option less."""
    path = dataset / "games" / "triple-dominance-9.yaml"
    lines = path.read_text("utf-8").split("\n")
    begin = lines.index("  - id: t2")
    options = [line for line in lines[begin:] if line.startswith("      - {id: o")][:3]
    shorter = [option for number, option in enumerate(options) if number != place]
    change(path, ("items:", "\n".join(["items:", "  - id: t0", "    options:", *shorter])))
    assert {one.rule for one in validate([dataset]).findings} <= {"released-changed", "schema"}


# --- header


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("# yaml-language-server: $schema=../../spec/value.schema.json\n", "", 1),
        ("spec/value", "spec/game", 1),
        ("../../spec", "../spec", 1),
        (canary_line() + "\n", "", 2),
        ("GUID 9", "GUID 8", 2),
        ("id: altruistic\n", "id: altruistic\n", 0),
    ],
)
def test_header_of_the_data_set(dataset: Path, before: str, after: str, line: int) -> None:
    change(dataset / "values" / "altruistic.yaml", (before, after))
    assert [one.line for one in found("header", dataset)] == ([line] if line else [])


def test_the_canary_is_one_guid_everywhere() -> None:
    first, *sentences = (DATASET / "CANARY").read_text("utf-8").splitlines()
    assert first == canary_line()
    assert sentences
    for path in DATASET.glob("*/*.yaml"):
        assert path.read_text("utf-8").split("\n")[1] == first


# --- links


@pytest.mark.parametrize("what", ["file", "folder", "parent", "loop", "nowhere"])
def test_a_link_out_of_the_folder_is_told_and_not_read(tmp_path: Path, what: str) -> None:
    outside = tmp_path / "outside" / "values"
    outside.mkdir(parents=True)
    (outside / "secret.yaml").write_text("password: swordfish\n")
    mine = tmp_path / "mine"
    (mine / "games").mkdir(parents=True)
    if what == "folder":
        (mine / "values").symlink_to(outside)
    else:
        (mine / "values").mkdir()
        target = {
            "file": str(outside / "secret.yaml"),
            "parent": "../../outside/values/secret.yaml",
            "loop": "secret.yaml",
            "nowhere": "/nowhere/at/all.yaml",
        }[what]
        (mine / "values" / "secret.yaml").symlink_to(target)
    findings = validate([mine]).findings
    assert [one.rule for one in findings] == ["file-name" if what == "loop" else "link-outside"]
    assert "swordfish" not in str(findings)


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "values").mkdir()
    os.mkfifo(tmp_path / "values" / "pipe.yaml")
    assert [one.rule for one in validate([tmp_path]).findings] == ["file-name"]


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "values").mkdir()
    (tmp_path / "values" / "large.yaml").write_bytes(b"#" * 300_000)
    (finding,) = validate([tmp_path]).findings
    assert (finding.rule, finding.line) == ("file-size", 1)


# --- wordings


def test_a_signature_stands_for_the_words_that_were_signed(dataset: Path) -> None:
    path = dataset / "wordings" / "de.yaml"
    signed = load_catalog().wordings["de"].words_sha256
    change(path, ("language: de\n", f"language: de\nreviewed: {{by: A name, on: 2026-01-31, sha256: {signed}}}\n"))
    assert found("signature", dataset) == []
    change(path, ("name: Münzen", "name: Goldmünzen"))
    assert [one.place for one in found("signature", dataset)] == [("reviewed",)]


def test_a_wording_in_another_language_than_its_base_stops_no_other(tmp_path: Path) -> None:
    path = tmp_path / "wordings" / "en.yaml"
    path.parent.mkdir()
    path.write_text("id: en\ntitle: X\nsource: Nobody at all.\nreplaces: en\nlanguage: de\nbased_on: en\n", "utf-8")
    (tmp_path / "values").mkdir()
    (tmp_path / "values" / "x.yaml").write_text("id: x\n", "utf-8")
    assert {one.path.name for one in found("schema", tmp_path)} == {"en.yaml", "x.yaml"}
    assert [one.place for one in found("schema", path)] == [("based_on",)]


# --- duplicates


@pytest.mark.parametrize(
    ("entry", "changes", "severity"),
    [
        ("templates/no-goal", [("title: Self", "title: Another self")], "error"),
        ("templates/no-goal", [("say: opening", "say: opening_reasoning")], None),
        ("templates/no-goal", [("family: self-description", "family: own")], None),
        ("framings/coins", [("default: true\n", "")], "error"),
        ("framings/coins", [("default: true\n", "labels: [L, R]\n")], None),
        ("wordings/de", [("title: Deutsch", "title: Hochdeutsch")], "error"),
        ("wordings/de", [("Folge deinem", "Halte dich an dein")], "warning"),
        ("games/svo-slider-primary", [("payoff_unit: 1", "payoff_unit: 0")], "error"),
        ("games/svo-slider-primary", [("- id: p1\n", "- id: p1\n    situation: First of all.\n")], None),
        ("scenarios/paper", [("epochs: 10", "epochs: 11")], None),
    ],
)
def test_an_entry_over_again(tmp_path: Path, entry: str, changes: list[tuple[str, str]], severity: str | None) -> None:
    kind, id_ = entry.split("/")
    path = tmp_path / kind / "again.yaml"
    path.parent.mkdir()
    shutil.copy(DATASET / f"{entry}.yaml", path)
    change(path, (f"id: {id_}\n", "id: again\n"), *changes)
    findings = found("near-duplicate", tmp_path)
    assert [one.severity for one in findings] == ([severity] if severity else [])
    assert all(entry in one.problem for one in findings)


# --- games


def test_a_motive_that_no_game_can_express(tmp_path: Path, dataset: Path) -> None:
    """In the one game that is left the own payoff never changes."""
    game = dataset / "games" / "svo-slider-primary.yaml"
    text = game.read_text("utf-8")
    head = text.split("slider:")[0].replace("payoff_unit: 1", "payoff_unit: 0")
    items = "items:\n  - id: p1\n    options:\n" + "".join(
        f"      - {{id: o{n}, payoffs: [50, {n}]}}\n" for n in (1, 2)
    )
    for other in (dataset / "games").iterdir():
        other.unlink()
    game.write_text(head + items, encoding="utf-8")
    wanted = dataset / "values" / "individualistic.yaml"
    line = wanted.read_text("utf-8").split("\n").index("  - {kind: linear, utility_angle_deg: 0}") + 1
    findings = [one for one in found("unexpressed-motive", dataset) if one.path == wanted]
    assert [(one.line, one.column) for one in findings] == [(line, 5)]
    assert not [one for one in found("unexpressed-motive", dataset) if one.path.stem in {"altruistic", "competitive"}]


# --- releases


def release(dataset: Path, version: str) -> None:
    """What a release writes, made here from the definition of the fingerprint."""
    entries = {}
    catalog = load_catalog()
    for kind in KINDS:
        for id_, entry in getattr(catalog, kind).items():
            unread = {"replaces", "title", "source", "reviewed", "deprecated", "norms"}
            unread |= {"values", "situations"} if kind == "wordings" else set()
            content = entry.model_dump(mode="json", exclude_none=True, exclude=unread)
            text = json.dumps(content, sort_keys=True, ensure_ascii=False)
            entries[f"{kind}/{id_}"] = {"sha256": hashlib.sha256(text.encode()).hexdigest()}
    content = {"version": version, "entries": entries}
    (dataset / "RELEASED.json").write_text(json.dumps(content, indent=1), encoding="utf-8")


@pytest.mark.parametrize("version", ["0.1", "v1.0.0", "1.0.0-rc1", "01.0.0", "", "1.0.0\n1.0.1"])
def test_a_version_that_cannot_be_released_is_refused(dataset: Path, version: str) -> None:
    assert found("version", dataset) == []
    (dataset / "VERSION").write_text(f"{version}\n")
    (finding,) = found("version", dataset)
    assert (finding.path, finding.line, finding.severity) == (dataset / "VERSION", 1, "error")
    assert finding.fix == "write three numbers with points between them, as in 1.0.0"


def test_what_was_released_stays(dataset: Path) -> None:
    release(dataset, "1.0.0")
    (dataset / "VERSION").write_text("1.0.1\n")
    value = dataset / "values" / "altruistic.yaml"
    change(value, ("label: altruistic", "# The same, in other marks.\nlabel: 'altruistic'"))
    assert found("released-changed", dataset) == []
    change(value, ("whatever it costs them", "at any price"))
    (finding,) = found("released-changed", dataset)
    assert (finding.path, finding.severity) == (value, "error")
    (dataset / "VERSION").write_text("1.7.0\n")
    assert len(found("released-changed", dataset)) == 1
    (dataset / "VERSION").write_text("2.0.0\n")
    assert found("released-changed", dataset) == []


@pytest.mark.parametrize(
    ("file", "before", "after", "refused"),
    [
        ("values/prosocial.yaml", "title: Prosocial", "title: For both", False),
        ("values/prosocial.yaml", "label: prosocial\n", "label: prosocial\ndeprecated: Use another one.\n", False),
        ("values/prosocial.yaml", "label: prosocial", "label: social", True),
        ("games/gneezy-2005.yaml", "truth: 0.64", "truth: 0.63", False),
        ("wordings/de.yaml", "name: Münzen", "name: Goldmünzen", False),
        ("wordings/en-3.yaml", "sentences:\n", "values: {none: {label: no, definition: No.}}\nsentences:\n", False),
        ("wordings/en-3.yaml", "Decide accordingly", "Decide so", True),
    ],
)
def test_what_no_model_reads_and_drafts_may_change(
    dataset: Path, file: str, before: str, after: str, refused: bool
) -> None:
    release(dataset, "1.0.0")
    (dataset / "VERSION").write_text("1.0.1\n")
    change(dataset / file, (before, after))
    assert [one.path for one in found("released-changed", dataset)] == ([dataset / file] if refused else [])


def test_what_was_released_is_not_removed(dataset: Path) -> None:
    release(dataset, "1.0.0")
    (dataset / "VERSION").write_text("1.1.0\n")
    (dataset / "scenarios" / "paper.yaml").unlink()
    (finding,) = found("released-changed", dataset)
    rows = (dataset / "RELEASED.json").read_text("utf-8").split("\n")
    assert '"scenarios/paper"' in rows[finding.line - 1]
    assert finding.path.name == "RELEASED.json"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": "1.0.0", "entries": {"a": 5}}', "[" * 100_000])
def test_a_damaged_record_of_releases_is_told(dataset: Path, text: str) -> None:
    (dataset / "RELEASED.json").write_text(text, encoding="utf-8")
    assert [one.line for one in found("released-changed", dataset)] == [1]


@pytest.mark.parametrize(
    ("before", "after", "breaking"),
    [
        ("1.4.2", "2.0.0", True),
        ("1.4.2", "1.5.0", False),
        ("1.4.2", "1.4.3", False),
        ("1.4.2", "1.4.2", False),
        ("2.0.0", "1.9.0", False),
        ("0.1.3", "0.2.0", True),
        ("0.1.3", "0.1.4", False),
        ("0.9.0", "1.0.0", True),
        ("1.9.0", "10.0.0", True),
        ("one", "2.0.0", False),
    ],
)
def test_breaking_versions(before: str, after: str, breaking: bool) -> None:
    assert is_breaking(before, after) is breaking


# --- hostile crossings


def test_a_scenario_of_a_billion_cells_is_judged_quickly(tmp_path: Path) -> None:
    """Ids that exist are few, so the lists repeat them; the judgement meets every two ids, not every four."""
    path = tmp_path / "scenarios" / "endless.yaml"
    path.parent.mkdir()
    shutil.copy(DATASET / "scenarios" / "paper.yaml", path)

    def many(id_: str) -> str:
        return f"[{', '.join([id_] * 200)}]"

    change(
        path,
        ("id: paper", "id: endless"),
        ("  - values: [altruistic, prosocial, individualistic, competitive]", f"  - values: {many('altruistic')}"),
        ("core_values: [altruistic, prosocial, individualistic, competitive]", "core_values: [altruistic]"),
        ("games: [svo-slider-primary]", f"games: {many('svo-slider-primary')}"),
        ("templates: [goal-prompting, no-goal]", f"templates: {many('no-goal')}\n    framings: {many('coins')}"),
    )
    rules = {one.rule for one in validate([tmp_path]).findings}
    assert rules == {"listed-twice", "deaf-ceiling"}


def test_a_derived_game_is_judged_by_the_items_that_it_gets(tmp_path: Path) -> None:
    path = tmp_path / "games" / "larger.yaml"
    path.parent.mkdir()
    shutil.copy(EMBEDDED / "games" / "svo-slider-times-10.yaml", path)
    change(path, ("id: svo-slider-times-10", "id: larger"), ("scale: 10", "scale: 12"))
    assert [one for one in validate([path]).findings if one.severity == "error"] == []
    change(path, ("game: svo-slider-primary", "game: svo-slider-fresh-1"))
    (finding,) = (one for one in validate([path]).findings if one.severity == "error")
    assert finding.rule == "schema"
    assert "is itself made from" in finding.problem
    change(path, ("game: svo-slider-fresh-1", "game: nothing"))
    assert {one.rule for one in validate([path]).findings if one.severity == "error"} == {"unknown-reference"}
