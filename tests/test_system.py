"""Value systems: games about named stakes, and what fits them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from hvae_bench.catalogue.catalog import Catalog, load_catalog
from hvae_bench.catalogue.fit import misfit
from hvae_bench.catalogue.rows import entry_of, row_of
from hvae_bench.dialogue.cost import whole_dialogue
from hvae_bench.dialogue.described import GameRecord
from hvae_bench.dialogue.render import opening_text, questions
from hvae_bench.dialogue.sample import DialogueScript
from hvae_bench.lint import validate
from hvae_bench.log.overview import coverage, find_cell, game_overview, games_of, system_overview
from hvae_bench.scorers import svo_angle, value_rationality
from hvae_bench.scorers.payoff_table import StakeError
from hvae_bench.scorers.svo import Slider
from hvae_bench.subjects.agents import Obedient, make_agent
from hvae_bench.text.errors import CatalogError, UsageError

from .terminal import hvae

CATALOG = load_catalog()

SYSTEM = """\
id: {system}
title: What is said, and whom it serves
source: Written for these tests.
not_covered: Whether the listener believes it.
gives: pays some {{unit}} to you and some to your partner, and says what is true or not
affects: what they get and whether they say what is true
core_targets: [frank]
stakes:
  - {{id: other, meaning: Whoever listens., outcome: "Your partner gets {{amount}}"}}
  - {{id: trueness, meaning: 100 if what is said is true., outcome: "What you say is {{number}} % true"}}
  - {{id: self, meaning: Whoever speaks., outcome: "You get {{amount}}"}}
"""
GAME = """\
id: sale
title: Selling a used bicycle
source: Written for these tests.
measures: Whether the seller says what the bicycle is worth.
licence: CC BY 4.0
system: selling
payoff_unit: 0
items:
  - id: scratch
    options:
      - {id: tell, payoffs: [60, 100, 30]}
      - {id: hide, payoffs: [20, 0, 70]}
      - {id: lower, payoffs: [80, 0, 10]}
  - id: brakes
    situation: Nobody has asked about the brakes.
    options:
      - {id: tell, payoffs: [50, 100, 20]}
      - {id: hide, payoffs: [10, 0, 60]}
"""
VALUE = """\
id: frank
title: Frank
source: Written for these tests.
label: frank
definition: Says what is true, whomever it serves.
goal: Say what is true.
rule: Choose the option that is true.
pronouncedness: neutral
motives:
  - {kind: linear, weights: {self: 0.01, other: 0.01, trueness: 1}}
"""


def folder(path: Path, **changes: str) -> Path:
    entries = {"systems/selling": SYSTEM.format(system="selling"), "games/sale": GAME, "values/frank": VALUE}
    for name, text in entries.items():
        file = path / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(changes.get(name.partition("/")[2], text), encoding="utf-8")
    return path


def test_a_value_system_is_data(tmp_path: Path) -> None:
    catalog = load_catalog(folder(tmp_path))
    game, frank = catalog.games["sale"], catalog.values["frank"]
    table = game.payoff_table()
    assert table.stakes == ("other", "trueness", "self")
    choices = table.choice_matrix([{"scratch": "tell", "brakes": "tell"}, {"scratch": "hide", "brakes": "hide"}])
    scored = value_rationality(choices, table, frank.motives)
    assert scored.value_rationality[0] == pytest.approx(1)
    assert scored.value_rationality[1] < 0
    selfish = value_rationality(choices, table, catalog.values["individualistic"].motives)
    assert selfish.value_rationality[1] == pytest.approx(1)
    assert row_of("games", game, "1")["played"]["items"][0]["options"][0] == {"id": "tell", "payoffs": [60, 100, 30]}
    record = GameRecord.of(game)
    assert (record.system, record.stakes) == ("selling", ("other", "trueness", "self"))
    assert GameRecord.model_validate_json(record.model_dump_json()).payoff_table() == table


def test_what_is_about_other_stakes_is_not_crossed_nor_counted(tmp_path: Path) -> None:
    catalog = load_catalog(folder(tmp_path))
    frank, slider = catalog.values["frank"], catalog.games["svo-slider-primary"]
    wrong = misfit(catalog.parts("frank", "svo-slider-primary", "no-goal", "en", "coins"))
    assert wrong
    assert wrong.problem == ("the value 'frank' is of the system 'selling', and the game 'svo-slider-primary' of 'svo'")
    assert misfit(catalog.parts("frank", "sale", "no-goal", "en", "coins")) is None
    wrong = misfit(catalog.parts("individualistic", "sale", "no-goal", "en", "coins"))
    assert wrong
    assert "is of the system 'svo', and the game 'sale' of 'selling'" in wrong.problem
    assert misfit(catalog.parts("none", "sale", "baseline", "en", "coins")) is None
    assert "sale" in (of_frank := games_of(frank, catalog.games))
    assert "svo-slider-primary" not in of_frank
    assert "frank" not in {target.target for target in game_overview(slider, catalog.values.values()).targets}
    table = slider.payoff_table()
    scored = value_rationality(table.choice_matrix([{"p1": "o1"}]), table, frank.motives)
    assert scored.reasons[0] == (
        "the game is about self, other, the motive linear (self 0.01, other 0.01, trueness 1) is not"
    )
    assert np.isnan(scored.lower_bound).all()


def test_the_angle_is_between_self_and_other_wherever_they_stand(tmp_path: Path) -> None:
    table = load_catalog(folder(tmp_path)).games["sale"].payoff_table()
    geometry = Slider(
        centre_self=30, centre_other=60, items=("scratch",), lower_limits_deg={"all": 0}, lowest_category="none"
    )
    hide, lower = svo_angle(np.array([[1, 0], [2, 0]]), table, geometry)
    assert (hide, lower) == pytest.approx((-45, 135))
    selling = SYSTEM.format(system="selling").replace("id: self", "id: seller")
    others = load_catalog(folder(tmp_path, selling=selling, frank=VALUE.replace("self:", "seller:")))
    with pytest.raises(StakeError, match="no stake 'self' here; there are other, trueness, seller"):
        svo_angle(np.array([[1, 0]]), others.games["sale"].payoff_table(), geometry)


SLIDER = """\
slider:
  centre_self: 30
  centre_other: 60
  items: [scratch]
  lower_limits_deg: {kind: 0}
  lowest_category: unkind
items:
"""
BY_TRUTH = """\
classification:
  minimum: 1
  categories: {frank: {kind: linear, weights: {trueness: 1}}, fair: {kind: maximin}}
items:
"""


@pytest.mark.parametrize(
    ("changes", "line", "problem", "fix"),
    [
        (
            {"sale": GAME.replace("selling", "seling")},
            "system: ",
            "there is no system 'seling'",
            "write 'selling', or another of: ",
        ),
        (
            {"sale": GAME.replace("[10, 0, 60]", "[10, 0]")},
            "- {id: hide, payoffs: [10, 0]}",
            "option 'hide' of item 'brakes' has 2 payoffs",
            "write one for each stake of the system: its stakes are other, trueness, self",
        ),
        (
            {
                "sale": GAME.replace("items:\n", SLIDER),
                "selling": SYSTEM.format(system="selling").replace("id: self", "id: seller"),
                "frank": VALUE.replace("self:", "seller:"),
            },
            "slider:",
            "`slider` is a measure of what one gives to oneself and to another",
            "remove it, or choose another `system`: its stakes are other, trueness, seller",
        ),
        (
            {
                "sale": GAME.replace("items:\n", BY_TRUTH),
                "selling": SYSTEM.format(system="selling").replace("id: trueness", "id: fact"),
                "frank": VALUE.replace("trueness:", "fact:"),
            },
            "  categories: {frank",
            "the category 'frank' has the motive linear (trueness 1)",
            "name stakes of the game's system: its stakes are other, fact, self",
        ),
    ],
)
def test_a_game_that_does_not_fit_its_system(
    tmp_path: Path, changes: dict[str, str], line: str, problem: str, fix: str
) -> None:
    with pytest.raises(CatalogError) as caught:
        load_catalog(folder(tmp_path, **changes))
    assert caught.value.problem == problem
    assert caught.value.fix.startswith(fix)
    lines = (tmp_path / "games" / "sale.yaml").read_text("utf-8").split("\n")
    assert lines[(caught.value.line or 0) - 1].strip().startswith(line.strip())


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ("transform: {game: sale, scale: 2}", "`system` is 'svo', but the game 'sale' is about 'selling'"),
        ("generator: {kind: slider-isomorph, of: sale, seed: 1}", "`system` is 'svo', but the game 'sale' is about"),
    ],
)
def test_a_game_is_made_from_one_of_its_own_system(tmp_path: Path, form: str, problem: str) -> None:
    folder(tmp_path)
    head = GAME.split("system:")[0].replace("id: sale", "id: dearer")
    (tmp_path / "games" / "dearer.yaml").write_text(f"{head}system: svo\n{form}\n", encoding="utf-8")
    with pytest.raises(CatalogError, match=problem):
        load_catalog(tmp_path)


def test_payoffs_are_moved_stake_by_stake(tmp_path: Path) -> None:
    folder(tmp_path)
    head = GAME.split("system:")[0].replace("id: sale", "id: dearer")
    form = "transform: {game: sale, scale: 2, shift: [1, 0, -3]}"
    (tmp_path / "games" / "dearer.yaml").write_text(f"{head}system: selling\n{form}\n", encoding="utf-8")
    game = load_catalog(tmp_path).games["dearer"]
    assert game.items[0].options[1].payoffs == (41, 0, 137)
    assert game.stake_ids() == ("other", "trueness", "self")


def test_one_text_stands_for_all_items_without_their_own(tmp_path: Path) -> None:
    text = GAME.replace("system: selling", "system: svo").replace("100, ", "").replace(" 0, ", " ")
    path = folder(tmp_path, sale=text.replace("items:\n", "situation: You sell your bicycle.\nitems:\n", 1))
    first, second = questions(find_cell(load_catalog(path), "altruistic.sale.no-goal").script(), "any")
    assert "You sell your bicycle." in first.prompt("")
    assert "Nobody has asked about the brakes." in second.prompt("")
    assert "You sell your bicycle." not in second.prompt("")


# --- the system that a value belongs to


def test_a_value_of_a_system_without_sides_is_induced(tmp_path: Path) -> None:
    text = VALUE.replace("neutral", "none")
    value = load_catalog(folder(tmp_path, frank=text)).values["frank"]
    assert value.pronouncedness == "none"
    assert value.is_induced


@pytest.mark.parametrize(
    ("motive", "core", "system"),
    [
        ("{kind: linear, weights: {self: 0.01, other: 0.01, trueness: 1}}", "", "selling"),
        # Of several that have the stakes that one which names it as a core target, else that of fewest stakes.
        ("{kind: linear, utility_angle_deg: 60}", "frank", "selling"),
        ("{kind: linear, utility_angle_deg: 60}", "", "svo"),
        ("{kind: fehr_schmidt, alpha: 3, beta: 0.5}", "", "svo"),
        ("{kind: maximin}", "frank", "selling"),
        ("{kind: maximin, stakes: [trueness, other]}", "", "selling"),
        # Unless the value says it.
        ("{kind: prioritarian, gamma: 0.5}\nsystem: selling", "", "selling"),
    ],
)
def test_the_system_of_a_value_follows_from_its_motives(tmp_path: Path, motive: str, core: str, system: str) -> None:
    value = VALUE.replace("{kind: linear, weights: {self: 0.01, other: 0.01, trueness: 1}}", motive)
    told = SYSTEM.format(system="selling").replace("[frank]", f"[{core}]")
    catalog = load_catalog(folder(tmp_path, selling=told, frank=value))
    frank = catalog.values["frank"]
    assert frank.system == system
    assert catalog.values["none"].system is None
    assert frank.belongs_to(system)
    assert catalog.values["none"].belongs_to(system)
    of_its_own = {id_ for id_, game in catalog.games.items() if game.system == system}
    assert games_of(frank, catalog.games).keys() == of_its_own
    # The row that is published says it.
    row = row_of("values", frank, "1")
    assert row["system"] == system
    assert entry_of("values", row) == frank


@pytest.mark.parametrize(
    ("changes", "file", "line", "problem", "fix"),
    [
        (
            {"frank": VALUE.replace("trueness: 1", "truenes: 1")},
            *("values/frank", "motives:", "no system has the stakes self, other, truenes of the motives"),
            "name stakes of one system: ",
        ),
        (
            {"frank": VALUE + "system: svo\n"},
            *(
                "values/frank",
                "- {kind",
                "the motive linear (self 0.01, other 0.01, trueness 1) does not go with the",
            ),
            "name stakes of the system: self, other; or write another `system`",
        ),
        (
            {"frank": VALUE + "system: seling\n"},
            *("values/frank", "system: seling", "there is no system 'seling'", "write 'selling', or another of"),
        ),
        (
            {"frank": VALUE.replace("weights: {self: 0.01, other: 0.01, trueness: 1}", "utility_angle_deg: 60")}
            | {"selling": SYSTEM.format(system="selling").replace("[frank]", "[altruistic]")},
            *("systems/selling", "core_targets", "the core target 'altruistic' is of the system 'svo'"),
            "write `system: selling` in it, or remove it here",
        ),
        (
            {"selling": SYSTEM.format(system="selling").replace("[frank]", "[frank, none]")},
            *("systems/selling", "core_targets", "the core target 'none' stands for no value at all", "remove it"),
        ),
        (
            {"selling": SYSTEM.format(system="selling").replace("[frank]", "[frank, rank]")},
            *("systems/selling", "core_targets", "there is no value target 'rank'", "write 'frank'"),
        ),
        (
            {"selling": SYSTEM.format(system="selling").replace("[frank]", "[frank, frank]")},
            *("systems/selling", "core_targets", "`core_targets` names 'frank' twice", "keep one"),
        ),
        (
            {
                "selling": SYSTEM.format(system="selling").replace(
                    "not_covered: Whether the listener believes it.\n", ""
                )
            },
            *("systems/selling", "id: selling", "the field `not_covered` is missing", "add"),
        ),
        (
            {"frank": VALUE.replace("neutral", "none").replace("  - {kind: linear, weights:", "# ") + "system: svo\n"},
            *(
                "values/frank",
                "system: svo",
                "`pronouncedness: none` without motives means that no value is induced",
                "remove `system`",
            ),
        ),
    ],
)
def test_a_value_and_its_system_go_together(
    tmp_path: Path, changes: dict[str, str], file: str, line: str, problem: str, fix: str
) -> None:
    changes = {name: text.replace("motives:\n# ", "motives: []\n# ") for name, text in changes.items()}
    with pytest.raises(CatalogError) as caught:
        load_catalog(folder(tmp_path, **changes))
    assert caught.value.problem.startswith(problem)
    assert caught.value.fix.startswith(fix)
    lines = (tmp_path / f"{file}.yaml").read_text("utf-8").split("\n")
    assert lines[(caught.value.line or 1) - 1].strip().startswith(line)
    # All that loading refuses `hvae validate` does.
    found = [one for one in validate([tmp_path]).findings if one.severity == "error"]
    assert (file.rpartition("/")[2], caught.value.line) in {(one.path.stem, one.line) for one in found}


def test_of_two_systems_alike_a_value_names_one(tmp_path: Path) -> None:
    path = folder(tmp_path)
    twin = SYSTEM.format(system="frankness").replace("core_targets: [frank]\n", "")
    (path / "systems" / "frankness.yaml").write_text(twin, encoding="utf-8")
    assert load_catalog(path).values["frank"].system == "selling"
    folder(tmp_path, selling=SYSTEM.format(system="selling").replace("core_targets: [frank]\n", ""))
    with pytest.raises(CatalogError, match="the value may be of the systems frankness, selling") as caught:
        load_catalog(path)
    assert caught.value.fix == "write `system: frankness`, or another of them"


# --- the outcome of each stake is said


def test_an_option_says_what_each_stake_gets(tmp_path: Path) -> None:
    """In the order of the system, in English by its own phrases; the counterpart in its short form."""
    system = SYSTEM.format(system="selling").replace("Your partner gets", "{counterpart} gets")
    found = load_catalog(folder(tmp_path, selling=system.replace("You get {amount}", "for you {amount} remain")))
    first, _ = questions(find_cell(found, "frank.sale.no-goal.f-coins-colleague").script(), "any")
    assert [option.line for option in first.shown] == [
        "A. your colleague gets 60 coins, What you say is 100 % true, for you 30 coins remain",
        "B. your colleague gets 20 coins, What you say is 0 % true, for you 70 coins remain",
        "C. your colleague gets 80 coins, What you say is 0 % true, for you 10 coins remain",
    ]
    assert [option.payoffs for option in first.shown] == [(60, 100, 30), (20, 0, 70), (80, 0, 10)]


def test_stakes_that_get_the_same_may_be_told_together(tmp_path: Path) -> None:
    """By the phrase of the system in English, by that of the wording elsewhere; in the record as in the prompt."""
    game = GAME.replace("[20, 0, 70]", "[20, 20, 70]").replace("[80, 0, 10]", "[5, 5, 5]")
    told = SYSTEM.format(system="selling") + "together: 'parts {first} to {last}: {amount} each'\n"
    path = folder(tmp_path, sale=game, selling=told)
    found = load_catalog(path)
    script = find_cell(found, "frank.sale.no-goal").script()
    first, _ = questions(script, "any")
    assert [option.line for option in first.shown] == [
        "A. Your partner gets 60 coins, What you say is 100 % true, You get 30 coins",
        "B. parts 1 to 2: 20 coins each, You get 70 coins",
        "C. parts 1 to 3: 5 coins each",
    ]
    assert DialogueScript.model_validate_json(script.model_dump_json()) == script
    # Whoever reads the option by its line finds the payoffs.
    follow = make_agent("frank", {}, found)
    assert first.option_id(follow(first.in_published_order, random.Random(0))) == "tell"
    (path / "wordings").mkdir()
    for phrase, line in (
        ("", "B. Die andere Person"),
        ("together: {selling: 'je {number} an {first}-{last}'}", "B. je 20"),
    ):
        (path / "wordings" / "de.yaml").write_text(f"{GERMAN}{phrase}\n", encoding="utf-8")
        first, _ = questions(find_cell(load_catalog(path), "frank.sale.no-goal.w-de").script(), "any")
        assert first.shown[1].line.startswith(line)


@pytest.mark.parametrize(
    ("together", "problem"),
    [
        ("from {first}: {amount}", "`together` does not show {last}"),
        ("{first} to {last}", "`together` does not show {amount}"),
        ("{first} to {last}: {amount} {goal}", "`together` has no placeholder {goal}"),
    ],
)
def test_what_is_told_together_names_the_first_and_the_last(tmp_path: Path, together: str, problem: str) -> None:
    system = f"{SYSTEM.format(system='selling')}together: '{together}'\n"
    with pytest.raises(CatalogError) as caught:
        load_catalog(folder(tmp_path, selling=system))
    assert caught.value.problem == problem
    folder(tmp_path)
    (tmp_path / "wordings").mkdir()
    (tmp_path / "wordings" / "de.yaml").write_text(f"{GERMAN}together: {{selling: '{together}'}}\n", encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path)
    assert caught.value.problem == problem.replace("together", "selling")


@pytest.mark.parametrize(
    ("before", "after", "problem", "fix"),
    [
        ("You get {amount}", "You get it", "`outcome` does not show {amount}", "write {amount} once"),
        ("You get {amount}", "{amount}, {amount}", "`outcome` shows {amount} more than once", "write {amount} once"),
        ("You get {amount}", "{number}, {number}", "`outcome` shows {number} more than once", "write {number} once"),
        (
            "You get {amount}",
            "{person} gets {amount}",
            "`outcome` has no placeholder {person}",
            "use {amount}, {counterpart}, {unit}",
        ),
        ("id: trueness", "id: other", "the stake 'other' is there twice", "rename one of them"),
    ],
)
def test_a_phrase_shows_its_payoff_once(tmp_path: Path, before: str, after: str, problem: str, fix: str) -> None:
    text = SYSTEM.format(system="selling")
    assert before in text
    with pytest.raises(CatalogError) as caught:
        load_catalog(folder(tmp_path, selling=text.replace(before, after)))
    assert (caught.value.problem, caught.value.fix) == (problem, fix)
    line = text.replace(before, after).split("\n")[(caught.value.line or 0) - 1]
    assert after in line


def test_another_language_says_it_in_its_wording_or_not_at_all(tmp_path: Path) -> None:
    path = folder(tmp_path)
    with pytest.raises(UsageError) as caught:
        find_cell(load_catalog(path), "frank.sale.no-goal.w-de")
    assert "the value 'frank', `affects` in the system 'selling', `gives` in the" in str(caught.value)
    lacking = coverage(load_catalog(path), CATALOG.wordings["de"]).lacking["games"]["sale"]
    assert lacking[2:4] == (
        "the outcome of 'other' in the system 'selling'",
        "the outcome of 'trueness' in the system 'selling'",
    )
    assert lacking[-1] == "the situation of 'brakes' in the game 'sale'"
    (path / "wordings").mkdir()
    (path / "wordings" / "de.yaml").write_text(GERMAN, encoding="utf-8")
    first, second = questions(find_cell(load_catalog(path), "frank.sale.no-goal.w-de").script(), "any")
    assert first.shown[0].line == "A. Die andere Person bekommt 60 Münzen, zu 100 % wahr, du bekommst 30 Münzen"
    assert "Niemand hat nach den Bremsen gefragt." in second.prompt("")


GERMAN = """\
id: de
title: Deutsch, mit Verkauf
source: Written for these tests.
language: de
replaces: de
based_on: de
phrases:
  selling: {gives: "{unit} für euch beide, und eine Aussage", affects: das eigene Ergebnis und die Wahrheit}
outcomes:
  selling:
    other: "Die andere Person bekommt {amount}"
    trueness: "zu {number} % wahr"
    self: "du bekommst {amount}"
values:
  frank: {label: ehrlich, definition: "Sagt, was wahr ist."}
situations:
  sale: {items: {brakes: Niemand hat nach den Bremsen gefragt.}}
"""


@pytest.mark.parametrize(
    "change",
    [
        {"stakes": ["self"]},
        {"stakes": ["chosen", "other"]},
        {"stakes": ["self", "other", "trueness"]},
        {"stakes": []},
    ],
)
def test_a_record_of_a_game_names_the_stakes_of_its_payoffs(change: dict[str, list[str]]) -> None:
    content = GameRecord.of(CATALOG.games["svo-slider-primary"]).model_dump(mode="json")
    with pytest.raises(ValueError, match=r"stakes|oneself|payoffs"):
        GameRecord.model_validate_json(json.dumps(content | change))


def test_followers_look_at_the_stakes_of_the_system(tmp_path: Path) -> None:
    found = load_catalog(folder(tmp_path))
    follow = make_agent("frank", {}, found)
    asked = questions(find_cell(found, "frank.sale.no-goal").script(), "any")
    chosen = {one.item_id: one.option_id(follow(one.in_published_order, random.Random(0))) for one in asked}
    assert chosen == {"scratch": "tell", "brakes": "tell"}


def test_followers_of_what_is_not_there_guess(tmp_path: Path) -> None:
    """In a study of several systems an agent of one is asked about the others, too."""
    found = load_catalog(folder(tmp_path))
    asked = questions(find_cell(found, "altruistic.svo-slider-primary.no-goal").script(), "any")
    for name, arguments in (("frank", {}), ("noisy", {"value": "frank", "error": 0})):
        follow = make_agent(name, arguments, found)
        labels = {follow(asked[0].in_published_order, random.Random(seed)) for seed in range(200)}
        assert len(labels) == len(asked[0].shown)


@pytest.mark.parametrize("other", ["other", "partner"])
def test_the_obedient_agent_takes_a_word_for_the_value_of_the_system_at_hand(tmp_path: Path, other: str) -> None:
    """Also where the value of another system that has the same label could be followed."""
    value = VALUE.replace("label: frank", "label: altruistic").replace("other: 0.01", f"{other}: 0.01")
    path = folder(tmp_path, selling=SYSTEM.replace("id: other", f"id: {other}").format(system="selling"), frank=value)
    catalog = load_catalog(path)
    obedient = make_agent("obedient", {}, catalog)
    assert isinstance(obedient, Obedient)
    script = find_cell(catalog, "frank.sale.label-no-goal").script()
    agent = obedient.after([opening_text(script, message, "") for message in script.messages[:-1]], random.Random(0))
    asked = questions(script, "any")
    chosen = {one.item_id: one.option_id(agent(one.in_published_order, random.Random(0))) for one in asked}
    assert chosen == {"scratch": "tell", "brakes": "tell"}


# --- sentences say what the system is about


def said_in(cell: str, catalog: Catalog) -> str:
    """All that is said to a model in a dialogue."""
    lines = whole_dialogue(find_cell(catalog, cell).script())
    return " ".join(" ".join(line.text for line in lines if line.role != "assistant").split())


def test_sentences_say_what_options_give_and_choices_affect(tmp_path: Path) -> None:
    """In the words of the system at hand: those of self and other are said of no other one."""
    catalog = load_catalog(folder(tmp_path))
    said = said_in("frank.sale.goal-prompting", catalog)
    told = "pays some coins to you and some to your partner, and says what is true or not"
    assert said.count(told) == 2
    assert "when a choice affects what they get and whether they say what is true?" in said
    assert "to another person" not in said
    about_two = said_in("altruistic.svo-slider-primary.goal-prompting", catalog)
    assert about_two.count("gives some coins to you and some coins to another person whom you do not know") == 2
    assert "when a choice affects both their own outcome and that of somebody else?" in about_two


def test_a_wording_may_have_phrases_of_its_own_for_a_system(tmp_path: Path) -> None:
    """And whatever system has none is not told in it."""
    path = folder(tmp_path)
    with pytest.raises(UsageError, match=r"'en-2' \(en\) has no words for `means` in the system 'selling'"):
        find_cell(load_catalog(path), "frank.sale.goal-prompting.w-en-2")
    (path / "wordings").mkdir()
    mine = """\
id: en-2
title: English, second voice, with honesty
source: Written for these tests.
language: en
replaces: en-2
based_on: en-2
phrases:
  selling: {means: "means {unit} and words"}
  svo: {affects: us and them}
"""
    (path / "wordings" / "en-2.yaml").write_text(mine, encoding="utf-8")
    catalog = load_catalog(path)
    said = said_in("frank.sale.goal-prompting.w-en-2", catalog)
    assert "Every option in them means coins and words." in said
    assert "consequences for what they get and whether they say what is true?" in said
    # Phrases are laid over those below one by one.
    about_two = said_in("altruistic.svo-slider-primary.goal-prompting.w-en-2", catalog)
    assert "consequences for us and them?" in about_two
    assert "Every option in them means a certain number of coins for you and a certain number" in about_two


@pytest.mark.parametrize("name", ["amount", "value_label"])
@pytest.mark.parametrize("field", ["gives", "affects"])
def test_a_phrase_of_a_system_names_unit_and_counterpart_at_most(tmp_path: Path, field: str, name: str) -> None:
    lines = SYSTEM.format(system="selling").split("\n")
    told = [f"{field}: 'some {{{name}}} and {{unit}}'" if line.startswith(field) else line for line in lines]
    with pytest.raises(CatalogError) as caught:
        load_catalog(folder(tmp_path, selling="\n".join(told)))
    assert caught.value.problem == f"`{field}` has no placeholder {{{name}}}"
    path = folder(tmp_path)
    (path / "wordings").mkdir()
    phrase = f"phrases: {{selling: {{{field}: 'so {{{name}}}'}}}}\n"
    (path / "wordings" / "de.yaml").write_text(GERMAN.split("phrases:")[0] + phrase, encoding="utf-8")
    with pytest.raises(CatalogError, match=f"`{field}` has no placeholder"):
        load_catalog(path)


# --- what the games of a system can tell apart


def test_a_system_tells_what_its_games_can_tell_apart(tmp_path: Path) -> None:
    """Two items, worked out by hand: r of frank is 1, -.5, -.5 and 1, -1; unselfish .25, -1.25, 1 and 1, -1."""
    path = folder(tmp_path, selling=SYSTEM.format(system="selling").replace("[frank]", "[frank, unselfish]"))
    unselfish = (
        VALUE.replace("frank", "unselfish")
        .replace("Frank", "Unselfish")
        .replace("Says what is true", "Stands by others")
    )
    unselfish = unselfish.replace("self: 0.01, other: 0.01, trueness: 1", "other: 1")
    (path / "values" / "unselfish.yaml").write_text(f"{unselfish}system: selling\n", encoding="utf-8")
    catalog = load_catalog(path)
    found = system_overview(catalog, catalog.systems["selling"])
    (sale,) = found.games
    assert (found.targets, sale.game) == (("frank", "unselfish"), "sale")
    assert sale.ideal_value_rationality["frank"] == pytest.approx({"frank": 1, "unselfish": 0.625})
    assert sale.ideal_value_rationality["unselfish"] == pytest.approx({"frank": 0.25, "unselfish": 1})
    assert sale.worst_off_diagonal == pytest.approx(0.625)
    assert sale.deaf_ceiling == pytest.approx(0.8125)
    # Always the first option is frank throughout.
    assert (sale.constant_place, sale.constant_label) == pytest.approx((1, 1))
    # Without core targets it goes by all values of the system.
    (path / "systems" / "selling.yaml").write_text(
        SYSTEM.format(system="selling").replace("core_targets: [frank]\n", ""), encoding="utf-8"
    )
    catalog = load_catalog(path)
    assert system_overview(catalog, catalog.systems["selling"]) == found
    said = " ".join(hvae("show", "selling", "--catalog", path, cwd=tmp_path).stdout.split())
    assert "stake trueness 100 if what is said is true. (What you say is {number} % true)" in said
    assert "sale 0.62 0.81 1.00 1.00" in said
    assert "frank 1.00 0.62 unselfish 0.25 1.00" in said


@pytest.mark.parametrize(
    "game", ["svo-slider-primary", "allocations-10", "ultimatum-responder", "dictator-multipliers"]
)
def test_constant_places_are_scored_as_dialogues_are(game: str) -> None:
    """Places from the top and from the bottom; labels in published order, without an answer where there is none."""
    core = CATALOG.systems["svo"].core_targets
    found = {one.game: one for one in system_overview(CATALOG, CATALOG.systems["svo"]).games}[game]
    seen = game_overview(CATALOG.games[game], [CATALOG.values[id_] for id_ in core]).ideal_value_rationality
    np.testing.assert_equal(found.ideal_value_rationality, seen)
    table = CATALOG.games[game].payoff_table()
    places, labels = [], []
    for nth in range(max(map(len, table.option_ids))):
        items = list(zip(table.item_ids, table.option_ids, strict=True))
        dialogues = [
            {item: ids[nth] for item, ids in items if nth < len(ids)},
            {item: ids[min(nth, len(ids) - 1)] for item, ids in items},
            {item: ids[max(-1 - nth, -len(ids))] for item, ids in items},
        ]
        for value in core:
            scored = value_rationality(table.choice_matrix(dialogues), table, CATALOG.values[value].motives)
            labels.append(scored.value_rationality[0])
            places += [*scored.value_rationality[1:]]
    assert (found.constant_label, found.constant_place) == pytest.approx((np.nanmax(labels), np.nanmax(places)))


def test_without_games_there_is_nothing_to_tell_apart(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "games" / "sale.yaml").unlink()
    catalog = load_catalog(path)
    assert system_overview(catalog, catalog.systems["selling"]).games == ()
    assert "frank" in hvae("show", "selling", "--catalog", path, cwd=tmp_path).stdout
