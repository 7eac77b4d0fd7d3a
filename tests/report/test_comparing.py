"""A comparison as a page: every number and claim is the comparison's own, and the dialogues lie beside their like."""

from __future__ import annotations

import csv
import html
import random
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from simulation import simulate

from hvae_bench.analysis import Comparison, Pair, Run, compare, pairs
from hvae_bench.analysis.comparison import obstacles, sentences
from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.dialogue.render import Question
from hvae_bench.report.comparing import write_comparison
from hvae_bench.report.figures.differences import differences
from hvae_bench.text.number import number

from .conftest import follower, read_file, says
from .drawn import outside, rows

EVIL = "<img src=x onerror=alert(1)> \x1b[31m \u202eevil"


def uneven(value: str, question: Question, draw: random.Random) -> str:
    """As the steady one, and at random where it is told to be competitive."""
    return follower(lambda value: 1.0 if value == "competitive" else 0.1)(value, question, draw)


@pytest.fixture(scope="module")
def runs(catalog: Catalog) -> list[Run]:
    """A steady follower, one that is not competitive, and one with an evil name."""
    steady = says(follower(lambda value: 0.1))
    made = [
        simulate(catalog, "slider", "steady", steady, epochs=3),
        simulate(catalog, "slider", "uneven", says(uneven), epochs=3, seed=1),
        simulate(catalog, "slider", "evil", says(uneven, EVIL), epochs=3, seed=2),
    ]
    return [*made[:2], replace(made[2], name=f"evil {EVIL}", model=f"evil {EVIL}")]


@pytest.fixture(scope="module")
def compared(runs: list[Run]) -> Mapping[Pair, Comparison]:
    return {pair: compare(pair.first, pair.second, anyway=True, among=pair.among) for pair in pairs(*runs)}


@pytest.fixture(scope="module")
def folder(runs: list[Run], compared: Mapping[Pair, Comparison], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_comparison(runs, compared, tmp_path_factory.mktemp("comparison") / "page").parent


def text_of(folder: Path) -> str:
    content = (folder / "index.html").read_text(encoding="utf-8")
    return " ".join(html.unescape(re.sub("<[^>]+>", "", content.partition("<main")[2])).split())


def test_marks_lie_where_the_differences_are(compared: Mapping[Pair, Comparison]) -> None:
    models = {"A": "steady", "B": "uneven", "C": "evil"}
    (figure,) = differences(compared, models)
    (panel,) = figure.panels
    assert outside(figure) == []
    assert figure.models == ["uneven", "evil"]
    assert figure.title == "Differences from steady"
    marks = list(rows(panel, "dot"))
    for pair, comparison in compared.items():
        drawn = [row for row in marks if row["model"] == models[pair.letters[1]]]
        together = (comparison.headline, comparison.targets, comparison.others)
        known = [one for own in together for one in own.differences.values()]
        assert sorted((row["mean"], row["lower"], row["upper"]) for row in drawn) == sorted(
            (one.mean, one.lower, one.upper) for one in known
        )
        certain = [one.mean for own in together for one in own.certain.values()]
        assert sorted(row["mean"] for row in drawn if row["certain"]) == sorted(certain)
    low, high = panel.options["x"]["domain"]
    assert (low, high) == (-high, high)
    assert high >= 0.5
    assert set(compared[next(iter(compared))].targets.certain) == {"competitive"}


def test_small_differences_do_not_fill_the_axis(runs: list[Run]) -> None:
    same = replace(runs[0], task_id="again")
    found = {pair: compare(pair.first, pair.second, anyway=True) for pair in pairs(runs[0], same)}
    (figure,) = differences(found, {"A": "a", "B": "b"})
    assert figure.panels[0].options["x"]["domain"] == [-0.5, 0.5]
    assert figure.title == "b minus a"
    assert list(differences({}, {"A": "a", "B": "b"})) == []


def test_every_number_of_the_table_is_the_comparisons(folder: Path, compared: Mapping[Pair, Comparison]) -> None:
    with (folder / "differences-numbers.csv").open(newline="", encoding="utf-8") as lines:
        found = {(row["run"], row["number"]): row for row in csv.DictReader(lines)}
    pair, comparison = next(iter(compared.items()))
    row = found["uneven", "competitive"]
    one = comparison.targets.differences["competitive"]
    assert [float(row[f"difference{end}"]) for end in ("", "_lower", "_upper")] == [one.mean, one.lower, one.upper]
    assert (row["confidence"], row["certain"]) == ("98.75 %", "yes")
    own = pair.second.analysis.numbers["value_rationality(competitive)"]
    assert float(row["of_run"]) == own.mean
    assert (
        float(found["uneven", "All core targets"]["difference"])
        == comparison.headline.differences["value_rationality"].mean
    )


def test_the_page_claims_what_the_comparison_does(
    folder: Path, runs: list[Run], compared: Mapping[Pair, Comparison]
) -> None:
    text = text_of(folder)
    for comparison in compared.values():
        for sentence in sentences(comparison, "", "it"):
            assert f"{sentence[0].upper()}{sentence[1:]}" in text
        assert f"{len(comparison.changed):,} of {comparison.shared:,} dialogues of the same cell" in text
    for run in runs:
        assert number(run.analysis.numbers["value_rationality"].mean) in text


def test_what_stands_against_it_is_a_warning(runs: list[Run], tmp_path: Path) -> None:
    first, second = runs[0], replace(runs[1], scenario="another")
    third = replace(runs[0], name="third", planned={})
    (one, other) = pairs(first, second, third)
    found = {one: compare(one.first, one.second, anyway=True, among=2)}
    page = write_comparison(
        [first, second, third], found, tmp_path / "page", refused={other: list(obstacles(other.first, other.second))}
    )
    text = text_of(page.parent)
    assert "Compared all the same: scenario: slider and another; different cells make different numbers." in text
    assert "Not compared: run: simulated-steady and simulated-steady; they are one run" in text


def test_every_dialogue_is_held_against_its_like(
    folder: Path, runs: list[Run], compared: Mapping[Pair, Comparison]
) -> None:
    against = read_file(folder / "dialogues" / "index.js")["against"]
    records = [record for run in runs for record in run.records]
    assert len(against["row"]) == len(runs[1].records) + len(runs[2].records)
    differing = 0
    for row, of, differ in zip(*(against[name] for name in ("row", "of", "differ")), strict=True):
        one, other = records[of], records[row]
        assert one.run.model == "steady"
        assert (one.dialogue.sample_id, one.dialogue.epoch) == (other.dialogue.sample_id, other.dialogue.epoch)
        pairs_ = zip(one.decisions, other.decisions, strict=True)
        assert differ == sum(before.option_id != now.option_id for before, now in pairs_)
        differing += differ > 0
    assert differing == sum(len(comparison.changed) for comparison in compared.values())


def test_names_stay_text_and_ids_are_unique(folder: Path) -> None:
    content = (folder / "index.html").read_text(encoding="utf-8")
    ids = re.findall(' id="([^"]+)"', content)
    assert len(ids) == len(set(ids))
    assert "<img" not in content
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", content)
    assert "evil &lt;img src=x onerror=alert(1)&gt; \\x1b[31m \\u202eevil" in content
