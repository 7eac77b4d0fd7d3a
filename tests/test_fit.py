"""Fit: which entries make a cell; and a cell whose words are missing does not exist, wherever somebody asks for it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from inspect_ai._util.error import PrerequisiteError

from hvae_bench import hvae_bench
from hvae_bench.catalogue.catalog import Catalog, load_catalog, pairwise
from hvae_bench.catalogue.entry_file import KINDS
from hvae_bench.catalogue.fit import Parts, misfit, missing_words
from hvae_bench.catalogue.scenario import Crossing
from hvae_bench.catalogue.wording import Wording
from hvae_bench.dialogue.cost import whole_dialogue
from hvae_bench.dialogue.sample import Cell, build_cells
from hvae_bench.log.overview import find_cell
from hvae_bench.text.errors import CatalogError, UsageError

from .made_up import MADE_UP, made_up_content
from .terminal import hvae

CATALOG = load_catalog()
CORE = ["altruistic", "prosocial", "individualistic", "competitive"]
WITH_SITUATIONS = [id_ for id_, game in CATALOG.games.items() if any(map(game.situation_of, game.items))]
OTHERS = [id_ for id_, wording in CATALOG.wordings.items() if not wording.is_english]


def parts(value: str, game: str, template: str, wording: str = "en", framing: str = "coins") -> Parts:
    return CATALOG.parts(value, game, template, wording, framing)


# --- what makes no cell in any words


@pytest.mark.parametrize(
    ("value", "game", "template", "framing", "problem"),
    [
        ("altruistic", "chicken", "no-goal", "coins", None),
        ("none", "chicken", "baseline", "coins", None),
        (
            "altruistic",
            "chicken",
            "baseline",
            "coins",
            "the value 'altruistic' is to be induced, but the template 'baseline' induces none",
        ),
        (
            "none",
            "chicken",
            "no-goal",
            "coins",
            "the value 'none' stands for no value at all, but the template 'no-goal' induces one",
        ),
    ],
)
def test_values_and_templates(value: str, game: str, template: str, framing: str, problem: str | None) -> None:
    found = misfit(parts(value, game, template, framing=framing))
    assert (found and found.problem) == problem


def test_an_item_has_no_more_options_than_the_framing_labels() -> None:
    cell = parts("altruistic", "svo-slider-primary", "no-goal")
    eight, nine = (cell.framing.model_copy(update={"labels": cell.framing.labels[:n]}) for n in (8, 9))
    found = misfit(Parts(cell.value, cell.game, cell.system, cell.template, cell.wording, eight))
    assert found
    assert found.problem == (
        "the game 'svo-slider-primary' has an item of 9 options, but the framing 'coins' only 8 labels"
    )
    assert not misfit(Parts(cell.value, cell.game, cell.system, cell.template, cell.wording, nine))


# --- no dialogue mixes languages


@pytest.mark.parametrize("wording", OTHERS)
@pytest.mark.parametrize("game", WITH_SITUATIONS)
def test_a_situation_is_in_the_language_of_the_dialogue(wording: str, game: str) -> None:
    """Either it is told in the words of the wording, or the cell does not exist."""
    if misfit(parts("altruistic", game, "goal-prompting", wording)):
        return
    played, words = CATALOG.games[game], CATALOG.wordings[wording]
    script = find_cell(CATALOG, f"altruistic.{game}.goal-prompting.w-{wording}").script()
    told = words.situations[game]
    for item in played.items:
        own = played.situation_of(item)
        shown = script.situations.get(item.id)
        assert (shown is None) == (own is None)
        if own is not None:
            assert shown in (told.items.get(item.id), told.every)
            assert shown != own
    said = "\n".join(line.text for line in whole_dialogue(script) if line.role != "assistant")
    assert not any(played.situation_of(item) and str(played.situation_of(item)) in said for item in played.items)
    wordless = anew(words, {"situations": {id_: one for id_, one in words.situations.items() if id_ != game}})
    first = next(item.id for item in played.items if played.situation_of(item))
    (lacking,) = missing_words(with_wording(parts("altruistic", game, "goal-prompting"), wordless))
    assert f"the situation of {first!r}" in lacking
    assert f"in the game {game!r}" in lacking


def anew(wording: Wording, changes: dict[str, Any]) -> Wording:
    """A wording with other content, judged again from the start."""
    content = wording.model_dump(mode="json", exclude_none=True)
    for name, other in changes.items():
        content[name] = {id_: _plain(one) for id_, one in other.items()}
    return Wording.model_validate_json(json.dumps(content))


def _plain(content: Any) -> Any:
    return content.model_dump(mode="json", exclude_none=True) if hasattr(content, "model_dump") else content


def with_wording(cell: Parts, wording: Wording) -> Parts:
    return Parts(cell.value, cell.game, cell.system, cell.template, wording, cell.framing)


# --- whatever is taken out of a wording, it is told

MADE = made_up_content(CATALOG)


def without(*place: str) -> Wording:
    """The made-up wording without what stands at a place."""
    content = copy.deepcopy(MADE)
    inner = content
    for name in place[:-1]:
        inner = inner[name]
    del inner[place[-1]]
    return Wording.model_validate_json(json.dumps(content))


@pytest.mark.parametrize(
    ("cell", "place", "words"),
    [
        (("altruistic", "chicken", "no-goal"), ("sentences", "opening"), "the sentence 'opening'"),
        (("altruistic", "chicken", "no-goal"), ("sentences", "study"), "the sentence 'study'"),
        (("altruistic", "chicken", "no-goal"), ("sentences", "reask"), "the sentence 'reask'"),
        (("altruistic", "chicken", "no-goal"), ("sentences", "own_goal"), None),
        (("altruistic", "chicken", "no-goal"), ("values", "altruistic"), "the value 'altruistic'"),
        (("altruistic", "chicken", "no-goal"), ("values", "prosocial"), None),
        (("none", "chicken", "baseline"), ("values", "none"), None),
        (("altruistic", "chicken", "given-goal"), ("values", "altruistic", "goal"), "the `goal` of the value 'altruis"),
        (("altruistic", "chicken", "given-rule"), ("values", "altruistic", "rule"), "the `rule` of the value 'altruis"),
        (("altruistic", "chicken", "given-rule"), ("values", "altruistic", "goal"), None),
        (("altruistic", "chicken", "no-goal"), ("units", "coins"), "the unit 'coins'"),
        (("altruistic", "chicken", "no-goal"), ("units", "points"), None),
        (("altruistic", "chicken", "no-goal"), ("counterparts", "person"), "the counterpart 'person'"),
        (("altruistic", "chicken", "no-goal"), ("outcomes", "svo"), "the outcome of 'self' in the system 'svo'"),
        (("none", "chicken", "baseline"), ("outcomes", "svo", "other"), "the outcome of 'other' in the system 'svo'"),
        (("none", "chicken", "baseline"), ("situations", "chicken"), "the situation of 'against-swerving' and 1 more"),
        (("none", "stag-hunt", "baseline"), ("situations", "chicken"), None),
        (("none", "svo-slider-primary", "baseline"), ("situations",), None),
        (("none", "chicken", "baseline"), ("join",), "`join`"),
        (("none", "chicken", "baseline"), ("option_line",), "`option_line`"),
        (("none", "chicken", "baseline"), ("reading",), "`reading`"),
        (("none", "chicken", "baseline"), ("ordinals",), None),
        (("none", "chicken", "baseline"), ("other_words",), None),
    ],
)
def test_what_is_missing_is_named(cell: tuple[str, str, str], place: tuple[str, ...], words: str | None) -> None:
    found = missing_words(with_wording(parts(*cell), without(*place)))
    assert len(found) == (0 if words is None else 2 if place == ("outcomes", "svo") else 1)
    wrong = misfit(with_wording(parts(*cell), without(*place)))
    assert (wrong is None) == (words is None)
    if wrong and words:
        assert wrong.problem.startswith(f"the wording {MADE_UP!r} ({MADE_UP}) has no words for {words}")


def leaves(content: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, inner in content.items():
        yield (*place, name)
        if isinstance(inner, dict):
            yield from leaves(inner, (*place, name))


def test_whatever_is_taken_out_a_dialogue_has_no_gap() -> None:
    """Either the cell is refused, or it says what it said before or its equal, never English and never nothing."""
    cell = parts("competitive", "chicken", "goal-prompting")
    counted = 0
    for place in leaves({name: MADE[name] for name in ("sentences", "join", "option_line", "outcomes", "units")}):
        if place[-1] in ("name", "other", "labels") or (place[0] == "join" and len(place) > 1):
            continue  # the file itself would lack a field
        lacking = with_wording(cell, without(*place))
        if misfit(lacking) is None:
            lines = whole_dialogue(Cell(lacking, "published", "published", ()).script())
            said = "\n".join(line.text for line in lines if line.role != "assistant")
            said = said.replace("[the goal that the model states]", "")
            assert not [word for word in said.split() if word.isascii() and word.isalpha() and len(word) > 1], place
        counted += 1
    assert counted > 40


def test_ordinals_reach_as_far_as_the_items(tmp_path: Path) -> None:
    content = copy.deepcopy(MADE)
    content["sentences"]["question"] = "{ordinal}: {situation}\n{options}\n{labels}"
    content["ordinals"] = content["ordinals"][:6]
    wording = Wording.model_validate_json(json.dumps(content))
    assert missing_words(with_wording(parts("none", "svo-slider-primary", "baseline"), wording)) == []
    (lacking,) = missing_words(with_wording(parts("none", "ring-24", "baseline"), wording))
    assert lacking == "`ordinals` up to 24"


# --- where it is told: a scenario, the lists of a run, a cell by its id


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language without words for one value and for the items of one game."""
    path = tmp_path_factory.mktemp("mine")
    content = copy.deepcopy(MADE)
    del content["values"]["competitive"], content["situations"]["ring-24"]
    (path / "wordings").mkdir()
    (path / "wordings" / f"{MADE_UP}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return path


@pytest.fixture(scope="module")
def catalog(folder: Path) -> Catalog:
    return load_catalog(folder)


VALUE, RING = "the value 'competitive'", "the situation of 'r01' and 23 more in the game 'ring-24'"


@pytest.mark.parametrize(
    ("values", "games", "words"),
    [(CORE, ["svo-slider-primary"], VALUE), (CORE[:3], ["chicken", "ring-24"], RING)],
)
def test_a_scenario_names_the_words_that_are_missing(
    folder: Path, tmp_path: Path, values: list[str], games: list[str], words: str
) -> None:
    crossing = {"values": list(values), "games": games, "templates": ["goal-prompting", "no-goal"]}
    entry = {"id": "mine", "title": "Mine", "source": "A test.", "description": "Both.", "concludes": "Little."}
    content = entry | {"epochs": 1, "core_values": values, "crossings": [crossing | {"wordings": ["en", MADE_UP]}]}
    (tmp_path / "scenarios").mkdir()
    text = yaml.safe_dump(content, sort_keys=False)
    path = tmp_path / "scenarios" / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        load_catalog([folder, tmp_path])
    assert caught.value.problem == f"the wording 'qaa' (qaa) has no words for {words}"
    assert caught.value.path == path
    assert text.splitlines()[(caught.value.line or 0) - 1].startswith("- values")


@pytest.mark.parametrize(
    ("scenario", "lists", "words"),
    [
        # Nobody named the value, but it belongs to the scenario: nothing is left out silently.
        ("paper", {"wordings": [MADE_UP]}, VALUE),
        ("paper", {"wordings": ["en", MADE_UP]}, VALUE),
        ("paper", {"wordings": [MADE_UP], "values": ["altruistic", "competitive"]}, VALUE),
        ("core", {"wordings": [MADE_UP], "values": CORE[:3]}, RING),
        ("core", {"wordings": [MADE_UP], "values": ["none"], "templates": ["baseline"], "games": ["ring-24"]}, RING),
        ("core", {"wordings": [MADE_UP]}, f"{VALUE}, {RING}"),
    ],
)
def test_the_lists_of_a_run_name_the_words_that_are_missing(
    catalog: Catalog, scenario: str, lists: dict[str, Sequence[str]], words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        build_cells(catalog, catalog.scenarios[scenario], lists)
    assert str(caught.value) == (
        f"The wording 'qaa' (qaa) has no words for {words}. Add them to it, or name only what it has words for; "
        "`hvae show qaa` lists them."
    )


@pytest.mark.parametrize(
    ("scenario", "lists", "cells"),
    [
        ("paper", {"wordings": [MADE_UP], "values": CORE[:3]}, 6),
        ("paper", {"wordings": ["en"]}, 8),
        ("core", {"wordings": [MADE_UP], "values": CORE[:3], "games": ["chicken", "stag-hunt"]}, 24),
    ],
)
def test_what_it_has_words_for_runs(
    catalog: Catalog, scenario: str, lists: dict[str, Sequence[str]], cells: int
) -> None:
    assert len(build_cells(catalog, catalog.scenarios[scenario], lists)) == cells


def test_many_missing_words_are_counted(catalog: Catalog) -> None:
    angles = [id_ for id_ in CATALOG.values if id_.startswith("angle-")]
    with pytest.raises(UsageError, match=r"no words for the value 'angle-0', .*'angle-150' and 13 more\. Add"):
        build_cells(catalog, catalog.scenarios["paper"], {"wordings": ["de"], "values": angles})


def test_a_task_and_a_shown_cell_name_the_words_that_are_missing(folder: Path) -> None:
    told = f"The wording 'qaa' (qaa) has no words for {VALUE}. Add them to it, or name only what it has words for"
    with pytest.raises(PrerequisiteError) as caught:
        hvae_bench(scenario="paper", wordings=MADE_UP, catalog=str(folder))
    assert told in str(caught.value.message)
    shown = hvae("show", f"competitive.chicken.no-goal.w-{MADE_UP}", "--catalog", folder, cwd=folder)
    assert shown.returncode != 0
    assert told in " ".join(shown.stderr.split())
    assert not shown.stdout


# --- sentences that say what cannot be said in their place

ENGLISH = CATALOG.wordings["en"]


@pytest.mark.parametrize(
    ("template", "sentence", "text", "problem"),
    [
        ("no-goal", "opening", "{options}", "which uses {options} before any item is asked"),
        ("no-goal", "take_role", "{item_number}", "which uses {item_number} before any item is asked"),
        ("no-goal", "describe_value", "{value_label} {goal}", "which uses {goal} before any was stated"),
        ("no-goal", "decide_by_value", "{options} {labels} {goal}", "which uses {goal} before any was stated"),
        ("baseline", "opening", "{value_label}", "which uses {value_label}, but the template induces no value"),
        ("no-goal", "take_role", "{value_goal}", "which uses {value_goal}, but the template has `goal: none`"),
        ("given-goal", "take_role", "{value_rule}", "which uses {value_rule}, but the template has `goal: given`"),
        ("no-goal", "decide_by_value", "{labels}", "which does not show {options}"),
        ("label-no-goal", "hold_label", "Go on.", "none of its sentences in 'en' names one"),
        # What a sentence puts in counts as its own.
        ("no-goal", "confirm", "{labels}", "which uses {labels} before any item is asked"),
    ],
)
def test_a_sentence_out_of_place_is_told(template: str, sentence: str, text: str, problem: str) -> None:
    cell = parts("none" if template == "baseline" else "altruistic", "chicken", template)
    wrong = misfit(with_wording(cell, anew(ENGLISH, {"sentences": {**ENGLISH.sentences, sentence: text}})))
    assert wrong
    assert problem in wrong.problem
    assert f"{template!r}" in wrong.problem


def test_a_run_is_told_of_a_sentence_out_of_place(tmp_path: Path) -> None:
    own = {"id": "mine", "title": "Mine", "source": "A test.", "language": "en", "based_on": "en", "paraphrase": 9}
    (tmp_path / "wordings").mkdir()
    text = yaml.safe_dump(own | {"sentences": {"confirm": "{labels}"}})
    (tmp_path / "wordings" / "mine.yaml").write_text(text, encoding="utf-8")
    found = load_catalog(tmp_path)
    with pytest.raises(UsageError, match=r"uses \{labels\} before any item is asked; say it in the decision turn"):
        build_cells(found, found.scenarios["paper"], {"wordings": ["mine"]})


# --- a few combinations stand for all of a crossing


def test_whatever_misfits_misfits_in_the_few_that_are_looked_at(catalog: Catalog) -> None:
    entries = {kind: getattr(catalog, kind) for kind in KINDS}
    crossing = Crossing(
        values=("altruistic", "competitive"),
        games=("svo-slider-primary", "ring-24"),
        templates=("no-goal", "given-goal", "goal-prompting"),
        wordings=("en", MADE_UP),
        framings=("coins", "doses"),
    )
    looked_at = list(pairwise(crossing, entries))
    assert len(looked_at) < 2 * 2 * 3 * 2 * 2 * 2
    told = {wrong.problem for cell in looked_at if (wrong := misfit(cell))}
    assert told == {f"the wording 'qaa' (qaa) has no words for {words}" for words in (VALUE, RING, f"{VALUE}, {RING}")}
