"""What changed between two versions of the data, and which step of the version that needs (docs/data_versions.md)."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hvae_bench import load_catalog
from hvae_bench.catalogue.wording import Signature, Wording
from hvae_bench.cli.main import app
from hvae_bench.hub.build import build_dataset
from hvae_bench.hub.changes import Change, compare, in_words, open_catalog
from hvae_bench.text.errors import UsageError

ROOT = Path(__file__).resolve().parent.parent
DATASET = ROOT / "dataset"
SIGNED = f"language: {{}}\nreviewed: {{{{by: A name, on: 2026-01-31, sha256: {'0' * 64}}}}}\n"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    copy = tmp_path / "dataset"
    shutil.copytree(DATASET, copy)
    return copy


def edit(dataset: Path, file: str, before: str, after: str) -> tuple[Change, ...]:
    path = dataset / file
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return compare(load_catalog(), load_catalog(base=dataset)).changes


@pytest.mark.parametrize(
    ("file", "before", "after", "field", "step"),
    [
        ("values/prosocial.yaml", "title: Prosocial", "title: For both", "title", "patch"),
        ("values/prosocial.yaml", "source: >-\n", "source: >-\n  After\n", "source", "patch"),
        ("values/prosocial.yaml", "label: prosocial\n", "label: prosocial\ndeprecated: No.\n", "deprecated", "minor"),
        ("values/prosocial.yaml", "label: prosocial\n", "label: social\n", "label", "major"),
        ("values/prosocial.yaml", "angle_deg: 45", "angle_deg: 46", "motives[1].utility_angle_deg", "major"),
        ("wordings/de.yaml", "language: de\n", SIGNED.format("de"), "reviewed", "patch"),
        ("wordings/de.yaml", "name: Münzen", "name: Goldmünzen", "units.coins.name", "minor"),
        ("wordings/de.yaml", "label: prosozial", "label: sozial", "values.prosocial.label", "minor"),
        ("wordings/en-3.yaml", "sentences:\n", "sentences:\n  welcome: Welcome.\n", "sentences.welcome", "minor"),
        ("wordings/en-3.yaml", "Decide accordingly", "Decide so", "sentences.serve_goal", "major"),
        ("templates/no-goal.yaml", "say: describe_value", "say: hold_label", "turns[2].say", "major"),
        ("framings/coins-numbered.yaml", "unit: coins", "unit: points", "unit", "major"),
        ("scenarios/paper.yaml", "epochs: ", "epochs: 1", "epochs", "major"),
        ("games/gneezy-2005.yaml", "truth: 0.64", "truth: 0.63", "norms.shares.t1.truth", "patch"),
        ("games/chicken.yaml", "payoff_unit: 0", "payoff_unit: 1", "payoff_unit", "major"),
    ],
)
def test_an_edit(dataset: Path, file: str, before: str, after: str, field: str, step: str) -> None:
    (change,) = edit(dataset, file, before, after)
    assert (change.name, change.what) == (file.removesuffix(".yaml"), "edited")
    assert (field in change.fields, change.step) == (True, step), change.fields


def test_the_words_of_a_wording(dataset: Path) -> None:
    """Once it is signed an edit breaks what was released; what is added breaks nothing."""
    catalog = load_catalog(base=dataset)
    german = catalog.wordings["de"]

    def step(before: Wording, after: Wording) -> str:
        one, other = (replace(catalog, wordings={**catalog.wordings, "de": wording}) for wording in (before, after))
        return compare(one, other).step

    signed = german.model_copy(update={"reviewed": Signature(by="A name", on="2026-01-31", sha256="0" * 64)})
    fewer = {name: words for name, words in german.values.items() if name != "prosocial"}
    for wording, gone in ((german, "minor"), (signed, "major")):
        without = wording.model_copy(update={"values": fewer})
        assert step(without, wording) == "minor"
        assert step(wording, without) == gone
    assert step(german, signed) == "patch"


def test_a_wording_changes_with_the_one_that_it_is_based_on(dataset: Path) -> None:
    changes = edit(dataset, "wordings/en.yaml", 'one: "{number} coin"', 'one: "{number} Coin"')
    based = {id_ for id_, wording in load_catalog().wordings.items() if wording.based_on == "en"}
    assert {change.name for change in changes} == {f"wordings/{id_}" for id_ in based | {"en"}}
    assert based >= {"en-2", "en-3"}
    assert {change.step for change in changes} == {"major"}


def test_a_game_changes_with_the_game_that_it_is_made_from(dataset: Path) -> None:
    changes = edit(dataset, "games/svo-slider-primary.yaml", "[85, 76]", "[85, 75]")
    assert {change.name for change in changes} >= {"games/svo-slider-primary", "games/svo-slider-times-10"}
    assert {change.step for change in changes} == {"major"}


def test_what_is_added_and_what_is_gone(dataset: Path) -> None:
    old, new = load_catalog(), dataset
    (new / "values" / "martyr.yaml").unlink()
    text = (new / "values" / "angle-90.yaml").read_text("utf-8").replace("angle-90", "angle-91")
    (new / "values" / "angle-91.yaml").write_text(text, "utf-8")
    changes = compare(old, load_catalog(base=new))
    assert {(change.name, change.what, change.step) for change in changes.changes} == {
        ("values/martyr", "removed", "major"),
        ("values/angle-91", "added", "minor"),
    }
    assert changes.step == "major"
    backwards = compare(load_catalog(base=new), old)
    assert {change.what for change in backwards.changes} == {"added", "removed"}


def test_the_words_for_people(dataset: Path) -> None:
    edit(dataset, "wordings/de.yaml", "name: Münzen", "name: Goldmünzen")
    (dataset / "VERSION").write_text("1.1.0\n")
    words = in_words(compare(load_catalog(), load_catalog(base=dataset)))
    assert words.splitlines()[1] == "  edited   wordings/de: units.coins.name (minor, an unsigned draft)"
    assert words.endswith("a MINOR step. Before 1.0.0 the numbers move down by one.")
    assert in_words(compare(load_catalog(), load_catalog())).endswith("Nothing differs.")


@pytest.mark.parametrize("built", [False, True])
def test_the_command(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], built: bool) -> None:
    edit(dataset, "values/prosocial.yaml", "label: prosocial\n", "label: social\n")
    newer = dataset
    if built:
        newer = tmp_path / "hub"
        build_dataset(dataset, newer)
    assert run("diff", "embedded", str(newer), "--json") == 0
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    (change,) = said["changes"]
    assert (said["step"], change["name"], change["fields"]) == ("major", "values/prosocial", ["label"])


def run(*arguments: str) -> int:
    try:
        app(list(arguments))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.mark.parametrize("name", ["nowhere", "tests"])
def test_what_is_no_data_set_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(UsageError, match="is not a data set"):
        open_catalog(name)
