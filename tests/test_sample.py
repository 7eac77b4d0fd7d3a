"""Tests of the cells of a scenario: which there are and what they are called, and what names their random draws."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from hvae_bench.catalogue.catalog import Catalog, load_catalog
from hvae_bench.catalogue.fit import Parts
from hvae_bench.catalogue.scenario import AXES
from hvae_bench.dialogue.cost import calls_of
from hvae_bench.dialogue.render import play_opening
from hvae_bench.dialogue.sample import MARKS, Cell, build_cells, build_samples, script_of
from hvae_bench.log.overview import find_cell
from hvae_bench.text.errors import UsageError

CATALOG = load_catalog()
CORE = ["altruistic", "prosocial", "individualistic", "competitive"]


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The catalogue with a value, a game, a framing of two labels and a voice of one's own."""
    folder = tmp_path_factory.mktemp("larger")
    head = {"title": "Mine", "source": "Written for these tests."}
    options = [{"id": "keep", "payoffs": [10, 0]}, {"id": "give", "payoffs": [0, 10]}]
    entries: dict[str, dict[str, Any]] = {
        "values/equal-shares": {
            "label": "fair",
            "definition": "Wants both to get the same.",
            "pronouncedness": "neutral",
            "motives": [{"kind": "inequality_aversion"}],
        },
        "games/give-or-keep": {
            "licence": "CC BY 4.0",
            "measures": "Whether something is given.",
            "system": "svo",
            "payoff_unit": 0,
            "items": [{"id": "small", "options": options}, {"id": "large", "options": options}],
        },
        "framings/two": {"unit": "coins", "counterpart": "person", "labels": ["L", "R"]},
        "wordings/mine": {"language": "en", "based_on": "en", "paraphrase": 9},
    }
    for name, content in entries.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir()
        path.write_text(
            yaml.safe_dump({"id": name.partition("/")[2], **head, **json.loads(json.dumps(content))}), "utf-8"
        )
    return load_catalog(folder)


def cells(catalog: Catalog, scenario: str, **lists: Sequence[str]) -> list[Cell]:
    return build_cells(catalog, catalog.scenarios[scenario], lists)


def ids(catalog: Catalog, scenario: str, **lists: Sequence[str]) -> list[str]:
    return [cell.id for cell in cells(catalog, scenario, **lists)]


# --- which cells there are


def test_paper() -> None:
    assert ids(CATALOG, "paper") == [
        f"{value}.svo-slider-primary.{template}" for template in ("goal-prompting", "no-goal") for value in CORE
    ]


def test_slider() -> None:
    found = cells(CATALOG, "slider")
    assert len(found) == len({cell.id for cell in found}) == 34
    assert [cell.id for cell in found if cell.parts.value.id == "none"] == [
        "none.svo-slider-primary.baseline",
        "none.svo-slider-primary.baseline.o-reversed",
    ]
    assert all((cell.parts.value.id in cell.core_values) == (cell.parts.value.id != "none") for cell in found)


@pytest.mark.parametrize("first", range(1, 35))
def test_any_first_part_covers_the_targets_evenly(first: int) -> None:
    part = [cell.parts.value.id for cell in cells(CATALOG, "slider")[:first]]
    counts = [part.count(value) for value in CORE]
    assert max(counts) - min(counts) <= 1


def test_order_is_the_same_every_time() -> None:
    assert ids(CATALOG, "slider") == ids(load_catalog(), "slider")


@pytest.mark.parametrize(
    ("lists", "found"),
    [
        ({"values": ["competitive"], "templates": ["no-goal"]}, ["competitive.svo-slider-primary.no-goal"]),
        (
            {"values": ["prosocial", "altruistic"], "templates": ["filler-goal"], "option_orders": ["reversed"]},
            [
                "prosocial.svo-slider-primary.filler-goal.o-reversed",
                "altruistic.svo-slider-primary.filler-goal.o-reversed",
            ],
        ),
        ({"values": ["none"], "templates": ["baseline"]}, ["none.svo-slider-primary.baseline"]),
        (
            # What makes no sense together is left out: the baseline goes with `none` alone.
            {"values": ["none", "altruistic"], "templates": ["baseline", "no-goal"]},
            ["none.svo-slider-primary.baseline", "altruistic.svo-slider-primary.no-goal"],
        ),
        (
            {"values": ["equal-shares"], "games": ["give-or-keep"], "templates": ["no-goal"], "framings": ["two"]},
            ["equal-shares.give-or-keep.no-goal.f-two"],
        ),
        (
            {"values": ["altruistic"], "templates": ["no-goal"], "wordings": ["en", "mine", "de"]},
            [f"altruistic.svo-slider-primary.no-goal{wording}" for wording in ("", ".w-mine", ".w-de")],
        ),
        # Orders of options and of items are two axes.
        (
            {
                "values": ["altruistic"],
                "templates": ["no-goal"],
                "option_orders": ["published", "shuffled"],
                "item_orders": ["reversed", "published"],
            },
            [
                f"altruistic.svo-slider-primary.no-goal{orders}"
                for orders in (".i-reversed", "", ".o-shuffled.i-reversed", ".o-shuffled")
            ],
        ),
    ],
)
def test_lists_take_the_place_of_the_scenarios_own(
    larger: Catalog, lists: dict[str, list[str]], found: list[str]
) -> None:
    assert ids(larger, "paper", **lists) == found


def test_a_repeated_id_runs_once() -> None:
    assert len(cells(CATALOG, "paper", values=["prosocial", "prosocial"], templates=["no-goal", "no-goal"])) == 1
    assert len(cells(CATALOG, "slider", values=["prosocial"])) == 8


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
    found = build_cells(larger, larger.scenarios["quick"], {"values": values})
    assert {cell.parts.value.id: cell.parts.value.id in cell.core_values for cell in found} == core


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        (
            {"values": ["altruist"]},
            "There is no value target 'altruist'. Did you mean 'altruistic'? Or choose one of: aggressive, alt",
        ),
        ({"games": ["dictator"]}, "There is no game 'dictator'. Choose one of: "),
        ({"templates": ["goal"]}, "There is no template 'goal'."),
        ({"framings": ["coin"]}, "There is no framing 'coin'. Did you mean 'coins'?"),
        ({"wordings": ["xx"]}, "There is no wording 'xx'."),
        ({"option_orders": ["random"]}, "There is no order 'random'. Choose one of: published, reversed, shuffled."),
        ({"item_orders": ["o-reversed"]}, "There is no order 'o-reversed'."),
        ({"values": ["none"]}, "can be combined with 'none' (given as values): the value 'none' stands for no value"),
        ({"values": ["altruistic", "none"]}, "can be combined with 'none' (given as values)"),
        ({"templates": ["baseline"]}, "can be combined with 'baseline' (given as templates)"),
        (
            {"framings": ["two"]},
            "item of 9 options, but the framing 'two' only 2 labels. Name values, games,",
        ),
        ({"values": []}, "no cell left"),
        ({"games": []}, "no cell left"),
    ],
)
def test_what_cannot_be_run_is_told(larger: Catalog, lists: dict[str, list[str]], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        cells(larger, "paper", **lists)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


# --- what they are called


@pytest.mark.parametrize(
    ("lists", "id_"),
    [
        ({}, "altruistic.chicken.no-goal"),
        ({"wordings": "en", "framings": "coins", "option_orders": "published"}, "altruistic.chicken.no-goal"),
        ({"wordings": "de"}, "altruistic.chicken.no-goal.w-de"),
        ({"wordings": "en-2"}, "altruistic.chicken.no-goal.w-en-2"),
        ({"framings": "coins-ai"}, "altruistic.chicken.no-goal.f-coins-ai"),
        ({"option_orders": "reversed"}, "altruistic.chicken.no-goal.o-reversed"),
        ({"item_orders": "shuffled"}, "altruistic.chicken.no-goal.i-shuffled"),
        (
            {"item_orders": "reversed", "option_orders": "shuffled", "framings": "points", "wordings": "ja"},
            "altruistic.chicken.no-goal.w-ja.f-points.o-shuffled.i-reversed",
        ),
    ],
)
def test_an_id_names_what_is_not_the_default_with_its_kind(lists: dict[str, str], id_: str) -> None:
    given = {"values": ["altruistic"], "games": ["chicken"], "templates": ["no-goal"]}
    (found,) = cells(CATALOG, "paper", **given, **{axis: [one] for axis, one in lists.items()})
    assert found.id == id_
    assert find_cell(CATALOG, id_) == replace(found, core_values=find_cell(CATALOG, id_).core_values)


def test_no_two_cells_have_one_id(larger: Catalog) -> None:
    orders = ("published", "reversed", "shuffled")
    lists = {
        "values": ["altruistic"],
        "games": ["give-or-keep", "chicken"],
        "templates": ["no-goal", "label-no-goal"],
        "wordings": ["en", "en-2", "mine"],
        "framings": ["coins", "two", "points"],
        "option_orders": orders,
        "item_orders": orders,
    }
    found = cells(larger, "paper", **lists)
    assert len({cell.id for cell in found}) == len(found) == len(list(product(*lists.values())))
    for cell in found:
        again = find_cell(larger, cell.id)
        assert (again.id, again.facts) == (cell.id, cell.facts)


@pytest.mark.parametrize(
    ("id_", "words"),
    [
        (
            "altruistic.chicken.no-goal.de",
            "'de' in the cell 'altruistic.chicken.no-goal.de' is none of w-... for wordi",
        ),
        ("altruistic.chicken.no-goal.w-de.w-fr", "'w-fr' in the cell"),
        ("altruistic.chicken.no-goal.x-de", "'x-de' in the cell"),
        ("altruistic.chicken.no-goal.w-", "There is no wording ''"),
        ("altruistic.chicken.no-goal.o-random", "There is no order 'random'"),
        ("altruistic.chicken.no-goal.coins-en", "'coins-en' in the cell"),
        ("altruist.chicken.no-goal", "There is no value target 'altruist'"),
        ("none.chicken.no-goal", "the value 'none' stands for no value at all"),
    ],
)
def test_an_id_that_is_none_is_told(id_: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_cell(CATALOG, id_)
    assert words in str(caught.value)


def test_the_default_is_whatever_the_catalogue_says(tmp_path: Path) -> None:
    """An id leaves out what is the default of its own catalogue, and names the one of the package."""
    head = {"title": "Mine", "source": "Written for these tests."}
    entries: dict[str, dict[str, Any]] = {
        "framings/coins": {"replaces": "coins", "unit": "coins", "counterpart": "person"},
        "framings/mine": {"unit": "points", "counterpart": "person", "default": True},
    }
    for entry, content in entries.items():
        path = tmp_path / f"{entry}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump({"id": path.stem, **head, **content}), encoding="utf-8")
    catalog = load_catalog(tmp_path)
    assert cells(catalog, "paper")[0].id == "altruistic.svo-slider-primary.goal-prompting"
    assert cells(catalog, "paper")[0].facts.framing == "mine"
    assert ids(catalog, "paper", framings=["coins"])[0].endswith(".f-coins")


# --- scripts and samples


def test_a_script_holds_all_that_a_dialogue_needs() -> None:
    cell = find_cell(CATALOG, "competitive.svo-slider-primary.goal-prompting")
    script = cell.script()
    assert script.content["value_label"] == "hyper-competitive"
    assert script.target.label == "competitive"
    assert script.game.items == CATALOG.games["svo-slider-primary"].items
    assert [message.kind for message in script.messages] == [
        turn.kind for turn in CATALOG.templates["goal-prompting"].turns
    ]
    assert script.framing.labels[:9] == tuple("ABCDEFGHI")
    assert len(calls_of(script)) == 3 + 6


@pytest.mark.parametrize(("template", "calls"), [("label-system-no-goal", 2), ("no-goal", 4), ("goal-prompting", 5)])
def test_calls_of_a_dialogue(template: str, calls: int) -> None:
    script = find_cell(CATALOG, f"altruistic.chicken.{template}").script()
    assert len(calls_of(script)) == calls


@pytest.mark.parametrize("scenario", ["slider", "robustness", "languages"])
def test_samples_carry_their_script_as_json(scenario: str) -> None:
    found = cells(CATALOG, scenario)
    samples = build_samples(found, CATALOG.sha256)
    assert [sample.id for sample in samples] == [cell.id for cell in found]
    for cell, sample in zip(found, samples, strict=True):
        metadata: dict[str, Any] = json.loads(json.dumps(sample.metadata))
        script = script_of(metadata)
        assert script == cell.script()
        assert script.stream == cell.script().stream
        assert metadata["catalog_sha256"] == CATALOG.sha256
        assert {axis: metadata[axis.removesuffix("s")] for axis in AXES} == {
            axis: getattr(cell.facts, axis.removesuffix("s")) for axis in AXES
        }
        assert sample.target == cell.parts.value.id
        assert "{" not in "".join(message.text for message in sample.input if not isinstance(message, str))


@pytest.mark.parametrize(
    ("template", "roles"),
    [
        ("baseline", ["system"]),
        ("no-goal", ["system", "user"]),
        ("label-system-no-goal", ["system"]),
        ("goal-prompting", ["system", "user"]),
    ],
)
def test_the_input_of_a_sample_is_what_is_said_before_the_first_reply(template: str, roles: list[str]) -> None:
    value = "none" if template == "baseline" else "altruistic"
    cell = find_cell(CATALOG, f"{value}.chicken.{template}")
    (sample,) = build_samples([cell], CATALOG.sha256)
    said = []
    for one in play_opening(cell.script()):
        said.append(one.text)
        if one.message.expects != "nothing":
            break
    assert isinstance(sample.input, list)
    assert [message.role for message in sample.input] == roles
    assert [message.text for message in sample.input] == said


def test_without_an_opening_the_input_is_a_question() -> None:
    cell = find_cell(CATALOG, "none.chicken.baseline")
    template = cell.parts.template.model_copy(update={"turns": cell.parts.template.turns[-1:]})
    bare = replace(cell, parts=replace(cell.parts, template=template))
    (sample,) = build_samples([bare], CATALOG.sha256)
    assert isinstance(sample.input, list)
    assert [(message.role, "{" in message.text, "A" in message.text) for message in sample.input] == [
        ("user", False, True)
    ]


# --- what names the random draws


def stream(parts: Parts, option_order: Any = "shuffled", item_order: Any = "published") -> str:
    return Cell(parts, option_order, item_order, ()).script().stream


PARTS = CATALOG.parts("competitive", "chicken", "goal-prompting", "en", "coins")


def changed(part: str, **changes: Any) -> Parts:
    """The cell with other content in one of its entries."""
    return replace(PARTS, **{part: getattr(PARTS, part).model_copy(update=changes)})


def other_items(change: Callable[[dict[str, Any]], object]) -> Parts:
    content = PARTS.game.model_dump(mode="json", exclude_none=True)
    for item in content["items"]:
        change(item)
    return replace(PARTS, game=type(PARTS.game).model_validate_json(json.dumps(content)).about(PARTS.system))


@pytest.mark.parametrize(
    "renamed",
    [
        changed("value", id="rivalrous"),
        changed("value", title="Rivalrous", source="Somebody else."),
        changed("value", pronouncedness="neutral"),
        # The label that is induced is another one.
        changed("value", label="rivalrous"),
        changed("game", id="hawk-dove"),
        changed("game", title="Hawk and dove"),
        changed("template", id="stated-goal"),
        changed("template", family="other-family"),
        changed("wording", id="english", title="My English"),
        changed("wording", paraphrase=7),
        changed("framing", id="money"),
        other_items(lambda item: item.update(id=f"{item['id']}-2")),
        other_items(lambda item: [option.update(id=f"{option['id']}-2") for option in item["options"]]),
    ],
)
def test_renaming_changes_no_draw(renamed: Parts) -> None:
    assert renamed != PARTS
    assert stream(renamed) == stream(PARTS)


def without_cache(wording: Any, **changes: Any) -> Any:
    return type(wording).model_validate_json(json.dumps(wording.model_dump(mode="json", exclude_none=True) | changes))


ENGLISH = PARTS.wording


@pytest.mark.parametrize(
    "other",
    [
        changed("value", induction_label="rivalrous"),
        changed("value", motives=CATALOG.values["altruistic"].motives),
        replace(PARTS, value=CATALOG.values["altruistic"]),
        replace(PARTS, game=CATALOG.games["stag-hunt"]),
        replace(PARTS, template=CATALOG.templates["no-goal"]),
        replace(PARTS, wording=CATALOG.wordings["de"]),
        replace(PARTS, wording=CATALOG.wordings["en-2"]),
        replace(PARTS, wording=without_cache(ENGLISH, sentences=ENGLISH.sentences | {"confirm": "Yes?"})),
        replace(PARTS, wording=without_cache(ENGLISH, option_line="{label}: {outcomes}")),
        replace(PARTS, framing=CATALOG.framings["points"]),
        replace(PARTS, framing=CATALOG.framings["coins-ai"]),
        replace(PARTS, framing=CATALOG.framings["coins-numbered"]),
        other_items(lambda item: item.update(situation="The other one waits.")),
        other_items(lambda item: item["options"].reverse()),
        other_items(lambda item: item["options"][0].update(payoffs=[5, 5])),
    ],
)
def test_other_words_payoffs_or_motives_change_the_draws(other: Parts) -> None:
    assert stream(other) != stream(PARTS)


def test_other_orders_change_the_draws() -> None:
    orders = ("published", "reversed", "shuffled")
    assert len({stream(PARTS, one, other) for one in orders for other in orders}) == 9


def test_cells_of_a_scenario_draw_on_their_own() -> None:
    of: dict[str, list[str]] = defaultdict(list)
    for scenario in CATALOG.scenarios:
        for cell in cells(CATALOG, scenario):
            of[cell.script().stream].append(cell.id)
    assert all(len(set(found)) == 1 for found in of.values())
    assert set(MARKS.values()) == set(AXES[3:])


def test_a_value_without_a_rule_is_not_run_where_the_rule_is_told() -> None:
    bare = CATALOG.values["altruistic"].model_copy(update={"rule": None, "goal": None})
    catalog = replace(CATALOG, values={**CATALOG.values, bare.id: bare})
    cells = build_cells(catalog, catalog.default_scenario(), {"values": [bare.id]})
    templates = {cell.parts.template.id for cell in cells}
    assert templates == {"short-goal-prompting", "short-no-goal", "short-definition-goal-prompting"}
    for told in ("rule", "goal"):
        with pytest.raises(UsageError, match=f"gives the `{told}` of the value 'altruistic', which has none"):
            build_cells(catalog, catalog.scenarios["paper"], {"values": [bare.id], "templates": [f"given-{told}"]})
