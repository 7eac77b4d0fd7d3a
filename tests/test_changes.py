"""What changed between two versions of the data, and which step of the version that needs (docs/data_versions.md)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from hvae_bench import load_catalog
from hvae_bench.cli import app
from hvae_bench.errors import UsageError
from hvae_bench.hub.build import build_dataset
from hvae_bench.hub.changes import Change, compare, in_words, open_catalog

ROOT = Path(__file__).resolve().parent.parent
DATASET = ROOT / "dataset"


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
        ("framings/coins-de.yaml", "status: unreviewed", "status: reviewed", "status", "patch"),
        ("values/prosocial.yaml", "label: prosocial\n", "label: prosocial\ndeprecated: No.\n", "deprecated", "minor"),
        ("framings/coins-de.yaml", "unit: ", "unit: Gold-", "unit", "minor"),
        ("values/prosocial.yaml", "label: prosozial", "label: sozial", "translations.de.label", "minor"),
        ("values/prosocial.yaml", "status: unreviewed", "status: reviewed", "translations.de.status", "patch"),
        ("values/prosocial.yaml", "label: prosocial\n", "label: social\n", "label", "major"),
        ("values/prosocial.yaml", "angle_deg: 45", "angle_deg: 46", "motives[1].utility_angle_deg", "major"),
        ("templates/no-goal.yaml", "In two or three sentences", "In two sentences", "turns[2].text", "major"),
        (
            "framings/coins-numbered-en.yaml",
            "option_order: published",
            "option_order: reversed",
            "option_order",
            "major",
        ),
        ("scenarios/paper.yaml", "epochs: ", "epochs: 1", "epochs", "major"),
        ("games/chicken.yaml", "payoff_unit: 0", "payoff_unit: 1", "payoff_unit", "major"),
    ],
)
def test_an_edit(dataset: Path, file: str, before: str, after: str, field: str, step: str) -> None:
    (change,) = edit(dataset, file, before, after)
    assert (change.name, change.what) == (file.removesuffix(".yaml"), "edited")
    assert (field in change.fields, change.step) == (True, step), change.fields


def test_a_translation_that_is_added_is_minor_and_one_that_is_gone_is_not(dataset: Path) -> None:
    catalog = load_catalog(base=dataset)
    value = catalog.values["prosocial"]
    fewer = value.model_copy(
        update={"translations": {name: one for name, one in value.translations.items() if name != "de"}}
    )
    without = load_catalog(base=dataset)
    object.__setattr__(without, "values", {**catalog.values, "prosocial": fewer})
    assert compare(without, catalog).step == "minor"
    assert compare(catalog, without).step == "major"


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
    edit(dataset, "framings/coins-de.yaml", "unit: ", "unit: Gold-")
    (dataset / "VERSION").write_text("1.1.0\n")
    words = in_words(compare(load_catalog(), load_catalog(base=dataset)))
    assert words.splitlines()[1] == "  edited   framings/coins-de: unit (minor, an unreviewed draft)"
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
    with pytest.raises(UsageError, match="is no data set"):
        open_catalog(name)
