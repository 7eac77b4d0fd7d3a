"""What `hvae show` derives: against runs, simulation and enumeration."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inspect_ai.log import EvalLog
from rich.console import Console

from hvae_bench import hvae_bench, load_catalog
from hvae_bench.cli.entry_views import scenario_view
from hvae_bench.dialogue.cost import whole_dialogue
from hvae_bench.log.export import rationality_path
from hvae_bench.log.overview import (
    find_cell,
    find_entry,
    game_overview,
    scenario_overview,
    target_overview,
)
from hvae_bench.log.source import read_records
from hvae_bench.text.errors import UsageError

CATALOG = load_catalog()
SLIDER = CATALOG.games["svo-slider-primary"]


@pytest.mark.parametrize(("scenario", "ceiling"), [("core", 0.373), ("can-and-will", 0.352), ("paper", 0.306)])
def test_a_scenario_tells_its_deaf_ceiling_on_the_first_screen(scenario: str, ceiling: float) -> None:
    entry = CATALOG.scenarios[scenario]
    overview = scenario_overview(CATALOG, entry)
    assert overview.deaf_ceiling == pytest.approx(ceiling, abs=5e-4)
    assert overview.deaf_ceiling == pytest.approx(np.mean([*overview.deaf_ceilings.values()]))
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(scenario_view(entry, overview))
    lines = console.export_text().splitlines()
    place = next(place for place, line in enumerate(lines) if line.startswith(f"Deaf ceiling {ceiling:.2f}: "))
    assert place < 23
    told = " ".join(line.strip() for line in lines[place : place + 5])
    for game, one in overview.deaf_ceilings.items():
        assert f"{game} {one:.2f}" in told


def test_a_game_with_its_targets() -> None:
    overview = game_overview(SLIDER, list(CATALOG.values.values()))
    by_target = {target.target: target for target in overview.targets}
    assert list(by_target) == [
        value.id for value in CATALOG.values.values() if value.motives and value.belongs_to("svo")
    ]
    individualistic = by_target["individualistic"].motives[0]
    assert individualistic.informative_items == ("p2", "p3", "p4", "p5", "p6")
    assert individualistic.ideal_options["p1"] == tuple(f"o{option}" for option in range(1, 10))
    assert individualistic.ideal_options["p2"] == ("o9",)
    arc = by_target["prosocial"].ideal_arc
    assert arc is not None
    assert (arc.start_deg, arc.end_deg) == pytest.approx((37.093, 52.907), abs=1e-3)
    assert by_target["prosocial"].expected_rationality == pytest.approx(0.0577, abs=1e-4)
    # The altruist's single ideal profile, scored as the others (design.md, section 4).
    row = overview.ideal_value_rationality["altruistic"]
    assert row["altruistic"] == pytest.approx(1)
    assert row["individualistic"] == pytest.approx(-0.607, abs=5e-4)
    assert row["competitive"] == pytest.approx(-0.999, abs=5e-4)
    core = {"altruistic", "prosocial", "individualistic", "competitive"}
    assert {how for pair, how in overview.separation.items() if core.issuperset(pair)} == {"distinct"}
    assert overview.separation["inequality-averse", "maximin"] == "same"
    assert overview.separation["joint-gain", "prosocial"] == "overlapping"


def test_a_game_that_measures_no_angle_and_cannot_score_a_target() -> None:
    game = SLIDER.model_copy(update={"slider": None, "items": SLIDER.items[:1]})
    overview = target_overview(CATALOG.values["individualistic"], game)
    assert overview.ideal_arc is None
    assert math.isnan(overview.expected_angular_distance_deg)
    assert overview.not_scorable == "no informative item for the motive linear (utility_angle_deg 0)"


@pytest.mark.parametrize("items", ["sequential", "independent"])
def test_a_dialogue_with_shuffled_orders_is_the_one_that_is_run(items: Any, run: Callable[..., EvalLog]) -> None:
    cell = find_cell(CATALOG, "prosocial.svo-slider-primary.no-goal.w-de.f-points.o-shuffled.i-shuffled")
    lists: dict[str, Any] = {"values": "prosocial", "templates": "no-goal", "wordings": "de", "framings": "points"}
    orders: dict[str, Any] = {"option_orders": "shuffled", "item_orders": "shuffled"}
    task = hvae_bench(scenario="slider", **lists, **orders, items=items, seed=5)
    log = run(task, "hvae/prosocial", epochs=2)
    records = [record for _, record in read_records(rationality_path(Path(log.location)))]
    assert {record.dialogue.sample_id for record in records} == {cell.id}
    seen = set()
    for record in records:
        lines = whole_dialogue(cell.script(), seed=5, epoch=record.dialogue.epoch)
        said = [line.text for line in lines if line.role != "assistant"]
        assert said == [turn.prompt for turn in record.turns]
        seen.add(tuple(said))
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("paper", "scenarios"),
        ("de", "wordings"),
        ("coins", "framings"),
        ("svo", "systems"),
        ("games/ring-24", "games"),
    ],
)
def test_an_entry_is_found_by_its_id(name: str, kind: str) -> None:
    found, entry = find_entry(CATALOG, name)
    assert (found, entry.id) == (kind, name.rpartition("/")[2])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("papers", "There is no entry 'papers'. Did you mean 'paper'?"),
        (
            "words/de",
            "There are no entries of the kind 'words'. Choose one of: values, systems, games, templates, wordings,",
        ),
        ("wordings/xx", "There is no wording 'xx'."),
    ],
)
def test_an_entry_that_is_none_is_told(name: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_entry(CATALOG, name)
    assert words in str(caught.value)
