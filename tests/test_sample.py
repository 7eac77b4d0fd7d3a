"""Tests of the cells of a scenario: which there are, in which order, and what a user may put in their place."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hvae_bench.catalog import Catalog, load_catalog
from hvae_bench.errors import UsageError
from hvae_bench.sample import Cell, build_cells, build_samples, script_of

EXAMPLES = Path(__file__).parent.parent / "spec" / "examples" / "good"
CORE = ["altruistic", "prosocial", "individualistic", "competitive"]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The catalogue with the good examples laid over it."""
    folder = tmp_path_factory.mktemp("larger")
    for kind in ("value", "game", "template", "framing", "scenario"):
        (folder / f"{kind}s").mkdir()
        for path in (EXAMPLES / kind).iterdir():
            (folder / f"{kind}s" / path.name).write_bytes(path.read_bytes())
    return load_catalog(folder)


def cells(catalog: Catalog, scenario: str, **lists: Sequence[str]) -> list[Cell]:
    return build_cells(catalog, catalog.scenarios[scenario], **lists)


def test_paper(catalog: Catalog) -> None:
    assert [cell.id for cell in cells(catalog, "paper")] == [
        f"{value}.svo-slider-primary.{template}.coins-en"
        for template in ("goal-prompting", "no-goal")
        for value in CORE
    ]


def test_slider(catalog: Catalog) -> None:
    found = cells(catalog, "slider")
    assert len(found) == len({cell.id for cell in found}) == 26
    assert [cell.id for cell in found if cell.value.id == "none"] == [
        "none.svo-slider-primary.baseline.coins-en",
        "none.svo-slider-primary.baseline.coins-en-reversed",
    ]
    assert all(cell.core == (cell.value.id != "none") for cell in found)


@pytest.mark.parametrize("first", range(1, 27))
def test_any_first_part_covers_the_targets_evenly(catalog: Catalog, first: int) -> None:
    part = [cell.value.id for cell in cells(catalog, "slider")[:first]]
    counts = [part.count(value) for value in CORE]
    assert max(counts) - min(counts) <= 1


def test_order_is_the_same_every_time(catalog: Catalog) -> None:
    assert cells(catalog, "slider") == cells(load_catalog(), "slider")


@pytest.mark.parametrize(
    ("lists", "ids"),
    [
        (
            {"values": ["competitive"], "templates": ["no-goal"]},
            ["competitive.svo-slider-primary.no-goal.coins-en"],
        ),
        (
            {"values": ["prosocial", "altruistic"], "templates": ["filler-goal"], "framings": ["coins-en-reversed"]},
            [
                "prosocial.svo-slider-primary.filler-goal.coins-en-reversed",
                "altruistic.svo-slider-primary.filler-goal.coins-en-reversed",
            ],
        ),
        (
            {"values": ["none"], "templates": ["baseline"]},
            ["none.svo-slider-primary.baseline.coins-en"],
        ),
        (
            # What makes no sense together is left out: the baseline goes with `none` alone.
            {"values": ["none", "altruistic"], "templates": ["baseline", "no-goal"]},
            ["none.svo-slider-primary.baseline.coins-en", "altruistic.svo-slider-primary.no-goal.coins-en"],
        ),
        (
            {"values": ["equal-shares"], "games": ["give-or-keep"], "templates": ["no-goal"]},
            ["equal-shares.give-or-keep.no-goal.coins-en"],
        ),
    ],
)
def test_lists_take_the_place_of_the_scenarios_own(
    larger: Catalog, lists: dict[str, list[str]], ids: list[str]
) -> None:
    assert [cell.id for cell in cells(larger, "paper", **lists)] == ids


def test_a_repeated_id_runs_once(catalog: Catalog) -> None:
    lists = {"values": ["prosocial", "prosocial"], "templates": ["no-goal", "no-goal"]}
    assert len(cells(catalog, "paper", **lists)) == 1
    assert len(cells(catalog, "slider", values=["prosocial"])) == 6


@pytest.mark.parametrize(
    ("values", "core"),
    [
        (None, dict.fromkeys(CORE, True) | {"none": False}),
        (["altruistic"], {"altruistic": True}),
        # The core that is left, if any of it is run.
        (["altruistic", "equal-shares"], {"altruistic": True, "equal-shares": False}),
        # Else whatever is run, as far as it can be scored.
        (["equal-shares"], {"equal-shares": True}),
        (["equal-shares", "none"], {"equal-shares": True, "none": False}),
        (["none"], {"none": False}),
    ],
)
def test_core_flags(larger: Catalog, values: list[str] | None, core: dict[str, bool]) -> None:
    found = build_cells(larger, larger.scenarios["slider"], values=values)
    assert {cell.value.id: cell.core for cell in found} == core


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        (
            {"values": ["altruist"]},
            "There is no value target 'altruist'. Did you mean 'altruistic'? Or choose one of: aggressive, alt",
        ),
        ({"games": ["dictator"]}, "There is no game 'dictator'. Choose one of: "),
        ({"templates": ["goal"]}, "There is no template 'goal'."),
        ({"framings": ["coin-en"]}, "There is no framing 'coin-en'. Did you mean 'coins-en'?"),
        ({"values": ["none"]}, "can be combined with 'none' (given as values)"),
        ({"values": ["altruistic", "none"]}, "can be combined with 'none' (given as values)"),
        ({"templates": ["baseline"]}, "can be combined with 'baseline' (given as templates)"),
        ({"framings": ["taler-de"]}, "can be combined with 'taler-de' (given as framings)"),
        ({"templates": ["told-the-rule"], "framings": ["taler-de"]}, "can be combined with 'told-the-rule'"),
        ({"values": []}, "no cell left"),
        ({"games": []}, "no cell left"),
    ],
)
def test_what_cannot_be_run_is_told(larger: Catalog, lists: dict[str, list[str]], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        cells(larger, "paper", **lists)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


# --- scripts and samples


def test_a_script_holds_all_that_a_dialogue_needs(catalog: Catalog) -> None:
    cell = next(cell for cell in cells(catalog, "paper") if cell.value.id == "competitive")
    script = cell.script()
    assert script.value_label == "hyper-competitive"
    assert script.target.label == "competitive"
    assert script.game.items == catalog.games["svo-slider-primary"].items
    assert script.turns == catalog.templates["goal-prompting"].turns
    assert script.framing.labels[:9] == tuple("ABCDEFGHI")
    assert script.calls == 3 + 6


@pytest.mark.parametrize(("template", "calls"), [("told-in-a-word", 1 + 2), ("no-goal", 2 + 2)])
def test_calls_of_a_dialogue(larger: Catalog, template: str, calls: int) -> None:
    lists = {"values": ["altruistic"], "games": ["give-or-keep"], "templates": [template]}
    assert [cell.script().calls for cell in cells(larger, "paper", **lists)] == [calls]


def test_samples_carry_their_script_as_json(catalog: Catalog) -> None:
    found = cells(catalog, "slider")
    samples = build_samples(found, catalog.sha256)
    assert [sample.id for sample in samples] == [cell.id for cell in found]
    for cell, sample in zip(found, samples, strict=True):
        metadata: dict[str, Any] = json.loads(json.dumps(sample.metadata))
        assert script_of(metadata) == cell.script()
        assert metadata["catalog_sha256"] == catalog.sha256
        assert ".".join(metadata[axis] for axis in ("value", "game", "template", "framing")) == sample.id
        assert sample.input == cell.template.turns[0].text
