"""The embedded content: every template, wording, framing and value goes together in words that a model can read."""

from __future__ import annotations

import gzip
import json
import math
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from hvae_bench.catalogue.catalog import load_catalog
from hvae_bench.catalogue.fit import misfit
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.dialogue.cost import whole_dialogue
from hvae_bench.dialogue.reading import read_reply
from hvae_bench.dialogue.render import opening_text, questions
from hvae_bench.dialogue.sample import Cell, build_cells
from hvae_bench.log.overview import coverage
from hvae_bench.scorers import LinearMotive
from hvae_bench.subjects.agents import shown_in

from .test_games import INSTRUMENTS

CATALOG = load_catalog()
SLIDER = CATALOG.games["svo-slider-primary"]
GOAL = "*** 42 ***"
DATA = Path(__file__).parent / "data"
# What is promised of the package's own entries alone; every rule on an entry that somebody adds is one of
# `hvae validate`. What a wording lacks is shown, and not run.
WORDINGS = ("en", "en-2", "en-3", "de", "fr", "es", "zh", "ja")
VALUES = (
    *("altruistic", "prosocial", "individualistic", "competitive", "aggressive", "martyr", "masochistic"),
    *("maximin", "inequality-averse", "joint-gain", "fehr-schmidt"),
)
FRAMINGS = (
    *("coins", "dollars", "points", "help", "doses"),
    *("coins-ai", "coins-colleague", "coins-stranger", "coins-numbered"),
)
GOALS = ("no-goal", "goal-prompting", "given-goal", "filler-goal", "given-rule")
TEMPLATES = (
    "baseline",
    "competence",
    *(f"{how}{goal}" for how in ("", "label-", "definition-") for goal in GOALS),
    *(f"{how}reasoning-{goal}" for how in ("", "definition-") for goal in GOALS[:2]),
    *(f"{how}-system-{goal}" for how in ("label", "definition") for goal in GOALS[:2]),
)
GRADED = {("angle-minus-" if angle < 0 else "angle-") + str(abs(angle)): angle for angle in range(-90, 181, 15)}


def cell(value: str, template: str, wording: str = "en", framing: str = "coins", game: str = SLIDER.id) -> Cell:
    return Cell(CATALOG.parts(value, game, template, wording, framing), "published", "published", ())


def cells() -> Iterator[Cell]:
    """All that can be said: templates by wordings; all framings with one template, values with those that say all."""
    for wording, template in product(CATALOG.wordings, CATALOG.templates.values()):
        fitting = [
            one for one in (cell(value, template.id, wording) for value in CATALOG.values) if not misfit(one.parts)
        ]
        yield from fitting if template.id in ("given-goal", "definition-given-rule") else fitting[:1]
        if template.id == "goal-prompting":
            framed = (cell("altruistic", template.id, wording, framing) for framing in CATALOG.framings)
            yield from (one for one in framed if not misfit(one.parts))


def prompts(cell: Cell) -> tuple[list[str], list[str], list[str]]:
    """What a dialogue says before the items, the items, and what asks for each again."""
    script = cell.script()
    asked = questions(script, "any")
    return (
        [opening_text(script, message, GOAL) for message in script.messages[:-1]],
        [question.prompt(GOAL) for question in asked],
        [question.reask_prompt(GOAL) or "" for question in asked],
    )


# --- what a model reads


@pytest.mark.parametrize("scenario", ["paper", "core"])
def test_prompts_are_those_before_there_were_wordings(scenario: str) -> None:
    """Byte for byte, singular forms apart; see tests/data/README.md."""
    snapshot = json.loads(gzip.decompress((DATA / "prompts_before_wordings.json.gz").read_bytes()))
    messages: list[str] = snapshot["messages"]
    before: dict[str, list[tuple[str, int]]] = snapshot["cells"]
    found = build_cells(CATALOG, CATALOG.scenarios[scenario])
    assert len(found) == {"paper": 8, "core": 72}[scenario]
    for one in found:
        script = one.script()
        said = [(line.role[0], line.text) for line in whole_dialogue(script) if line.role != "assistant"]
        assert said == [(role, in_singular(messages[place])) for role, place in before[one.id]], one.id
        assert all((question.reask_prompt("any") or "") in messages for question in questions(script, "any"))
    if scenario == "core":
        assert set(before) == {one.id for one in found}


def in_singular(text: str) -> str:
    """There was no singular: "1 coins"."""
    return re.sub(r"(?<![\d.])(-?1) coins\b", r"\1 coin", text)


def test_what_a_scenario_runs_fits_into_a_row_of_a_table() -> None:
    long = {id_: len(one.description) for id_, one in CATALOG.scenarios.items() if len(one.description) > 160}
    assert not long


def test_everything_is_worded_without_a_gap() -> None:
    seen = set()
    for one in cells():
        opening, items, again = prompts(one)
        parts = one.parts
        seen.add((parts.template.id, parts.wording.id, parts.framing.id))
        for text in (*opening, *items, *again):
            assert "{" not in text, one.id
            assert "}" not in text, one.id
            assert text.strip(), one.id
            assert "None" not in text, one.id
            assert len(text) < 1400, one.id
        said = "\n".join((*opening, items[0]))
        assert (GOAL in items[0]) == (parts.template.goal == "self_generated"), one.id
        words = parts.wording.value_words(parts.value)
        names = {name for turn in parts.template.turns for name in parts.wording.used_in(turn.say)}
        if parts.value.is_induced:
            assert words is not None
            for name, word in (
                ("value_label", words.induced_label),
                ("value_definition", words.definition),
                ("value_goal", words.goal),
                ("value_rule", words.rule),
            ):
                assert (name in names) <= (str(word) in said), one.id
        for question, item, prompt in zip(questions(one.script(), "any"), SLIDER.items, items, strict=True):
            assert shown_in(prompt, question.shown), one.id
            assert len({option.line for option in question.shown}) == len(item.options), one.id
    assert {(template, wording) for template, wording, _ in seen} >= set(product(TEMPLATES, WORDINGS))
    assert {(wording, framing) for _, wording, framing in seen} >= set(product(WORDINGS, FRAMINGS))


@pytest.mark.parametrize(
    ("wording", "words"),
    [
        ("en", ["hyper-competitive", "coins", "Decision 1 of 6.", "You get 85 coins, the other person gets 59 coins"]),
        ("de", ["extrem kompetitiv", "Münzen", "Entscheidung 1 von 6.", "Du bekommst 85 Münzen"]),
        ("fr", ["hypercompétitif", "pièces", "Décision 1 sur 6.", "Vous recevez 85 pièces"]),
        ("es", ["hipercompetitivo", "monedas", "Decisión 1 de 6.", "Tú recibes 85 monedas"]),
        ("zh", ["极度竞争型", "硬币", "第1个决策，共6个。", "你得到85枚硬币，对方得到59枚硬币"]),
        ("ja", ["コイン", "6", "あなたは85枚のコインを、相手は59枚のコインを受け取ります"]),
    ],
)
def test_a_dialogue_is_in_one_language(wording: str, words: list[str]) -> None:
    opening, items, again = prompts(cell("competitive", "goal-prompting", wording))
    for word in words:
        assert any(word in text for text in (*opening, *items)), word
    said = "\n".join((*opening, *items, *again))
    assert is_english(said) == (wording == "en")
    assert bool(re.search(r"[\u4e00-\u9fff]", said)) == (wording in ("zh", "ja"))


def is_english(text: str) -> bool:
    """Whether it holds a word that none of the other languages has."""
    return re.search(r"\b(?:the|of|and|you|your|gets|with|which|Reply|decision|other)\b", text) is not None


@pytest.mark.parametrize("wording", WORDINGS)
@pytest.mark.parametrize("game", CATALOG.games)
def test_a_game_is_told_in_one_language(wording: str, game: str) -> None:
    told_in = cell("prosocial", "given-goal", wording, game=game)
    if misfit(told_in.parts):
        return
    opening, items, again = prompts(told_in)
    assert is_english("\n".join((*opening, *items, *again))) == CATALOG.wordings[wording].is_english
    told = [game_item for game_item in CATALOG.games[game].items if CATALOG.games[game].situation_of(game_item)]
    situations = told_in.script().situations
    assert list(situations) == [item.id for item in told]
    for text, item in zip(items, CATALOG.games[game].items, strict=True):
        assert situations.get(item.id, "") in text


@pytest.mark.parametrize("wording", WORDINGS)
def test_the_package_says_its_own_in_every_language(wording: str) -> None:
    lacking = coverage(CATALOG, CATALOG.wordings[wording]).lacking
    for kind, ids in (("values", VALUES), ("games", INSTRUMENTS), ("templates", TEMPLATES), ("framings", FRAMINGS)):
        assert set(ids) <= set(getattr(CATALOG, kind))
        assert lacking[kind].keys().isdisjoint(ids), kind


@pytest.mark.parametrize("framing", CATALOG.framings)
@pytest.mark.parametrize("wording", CATALOG.wordings)
def test_options_are_read_back_from_replies(wording: str, framing: str) -> None:
    """A label alone and a repeated option line, as models write them."""
    told_in = cell("none", "baseline", wording, framing)
    if misfit(told_in.parts):
        return
    words = CATALOG.wordings[wording].reading
    assert words is not None
    for question in questions(told_in.script(), "any"):
        for option in question.shown:
            for reply in (option.label, option.line, option.line + ".", f"**{option.line}**"):
                assert read_reply(reply, question.shown, words).label == option.label, reply


# --- templates


@pytest.mark.parametrize("wording", WORDINGS)
def test_dialogues_of_a_wording_begin_alike(wording: str) -> None:
    """Servers that cache need the same beginning word for word."""
    said = CATALOG.wordings[wording]
    plain, reasoning = said.expanded("opening"), said.expanded("opening_reasoning")
    for template in (CATALOG.templates[id_] for id_ in TEMPLATES):
        first = template.turns[0]
        assert first.role == "system"
        text = said.expanded(first.say)
        assert text.startswith(reasoning if template.reasoning else plain)
        assert text in (plain, reasoning) or first.kind == "value_induction"
    # What both have in common goes up to how a decision is answered.
    assert plain.startswith(said.expanded("study"))
    assert reasoning.startswith(said.expanded("study"))


# What names a value system, or a person to be, in each language.
OF_A_VALUE = {
    "en": r"\bvalues?\b|\bperson whose\b|such a person|be that person",
    "de": r"\bWert|ein Mensch|eine Person, ",
    "fr": r"\bvaleurs?\b|une personne (?:qui|dont)",
    "es": r"\bvalores\b|una persona (?:que|cuy)",
    "zh": r"价值|一个人|这样的人",
    "ja": r"価値|な人|人物|ような人",
}


@pytest.mark.parametrize("wording", WORDINGS)
@pytest.mark.parametrize("value", CATALOG.default_scenario().core_values)
def test_a_rule_alone_says_no_value_and_no_person_to_be(value: str, wording: str) -> None:
    told_in = cell(value, "competence", wording)
    opening, items, again = prompts(told_in)
    said, language = "\n".join((*opening, *items, *again)), CATALOG.wordings[wording].language
    words = [CATALOG.wordings[wording].value_words(CATALOG.values[one]) for one in VALUES]
    for one in words:
        assert one is not None
        for label in (one.label, one.induced_label):
            assert label.casefold() not in said.casefold()
        assert one.definition not in said
    assert not re.search(OF_A_VALUE[language], said)
    # It begins as the dialogue without a value does, and each decision repeats the rule.
    assert opening[0] == prompts(cell("none", "baseline", wording))[0][0]
    rule = CATALOG.wordings[wording].value_words(CATALOG.values[value])
    assert rule is not None
    assert all(str(rule.rule) in text for text in (opening[1], *items))
    # The pattern does find what induces a value.
    assert re.search(OF_A_VALUE[language], "\n".join(prompts(cell(value, "label-no-goal", wording))[0]))


# --- wordings


PARAPHRASED = ("goal-prompting", "no-goal", "filler-goal", "definition-goal-prompting", "definition-no-goal")


@pytest.mark.parametrize("template", PARAPHRASED)
def test_paraphrases_share_no_sentence_about_the_value(template: str) -> None:
    english = WORDINGS[:3]
    assert [CATALOG.wordings[id_].paraphrase for id_ in english] == [1, 2, 3]
    found = {}
    for id_ in english:
        found[id_] = {
            sentence
            for turn in CATALOG.templates[template].turns[1:]
            for line in CATALOG.wordings[id_].expanded(turn.say).splitlines()
            for sentence in re.split(r"(?<=[.?]) ", line.strip())
            # How a list of options begins, and placeholders that stand alone, are the frame and not the wording.
            if sentence and not re.fullmatch(r"Decision .*|Choose one .*|\{\w+\}", sentence)
        }
    for one, other in (("en", "en-2"), ("en", "en-3"), ("en-2", "en-3")):
        assert not found[one] & found[other]


def test_words_are_counted_where_they_are_written_apart() -> None:
    assert [id_ for id_ in WORDINGS if not CATALOG.wordings[id_].counts_words] == ["zh", "ja"]


# --- values


def test_the_graded_values_go_round_in_steps_of_fifteen_degrees() -> None:
    for id_, angle in GRADED.items():
        value = CATALOG.values[id_]
        assert value.motives == (LinearMotive(kind="linear", utility_angle_deg=angle),)
        assert value.pronouncedness == ("neutral" if 0 <= angle <= 45 else "pronounced")


def weights(value: ValueTarget) -> tuple[float, float]:
    """The weights of both payoffs as a person would take them from the rule."""
    rule = value.rule or ""
    if only := re.fullmatch(r"Choose .* in which (your|the other person's) payoff is (largest|smallest); .*", rule):
        sign = 1.0 if only[2] == "largest" else -1.0
        return (sign, 0.0) if only[1] == "your" else (0.0, sign)
    calculation = re.search(r"compute ([\d.]+) times (\w+) .*(plus|minus) ([\d.]+) times", rule)
    assert calculation, rule
    first, second = float(calculation[1]), float(calculation[4]) * (1 if calculation[3] == "plus" else -1)
    return (first, second) if calculation[2] == "your" else (second, first)


@pytest.mark.parametrize("id_", GRADED)
def test_a_graded_rule_computes_the_utility(id_: str) -> None:
    value = CATALOG.values[id_]
    (motive,) = value.motives
    assert isinstance(motive, LinearMotive)
    theta = math.radians(motive.utility_angle_deg or 0)
    own, other = weights(value)
    assert (own, other) == pytest.approx((math.cos(theta), math.sin(theta)), abs=0.005)
    # Whoever computes with the rounded weights chooses ideally.
    for item in SLIDER.items:
        pairs = [option.payoffs for option in item.options]
        by_rule = max(pairs, key=lambda pair: own * pair[0] + other * pair[1])
        exact = [math.cos(theta) * pair[0] + math.sin(theta) * pair[1] for pair in pairs]
        chosen = math.cos(theta) * by_rule[0] + math.sin(theta) * by_rule[1]
        # An item whose options differ by rounding alone decides nothing.
        rounding = abs(math.cos(theta)) + abs(math.sin(theta))
        assert chosen == pytest.approx(max(exact)) or max(exact) - min(exact) <= rounding + 1e-9


def test_a_graded_definition_names_the_ratio_of_the_weights() -> None:
    named = 0
    for value in (CATALOG.values[id_] for id_ in GRADED):
        if ratio := re.search(r"([\d.]+) times as much as", value.definition):
            own, other = (abs(weight) for weight in weights(value))
            angle = getattr(value.motives[0], "utility_angle_deg", math.nan)
            exact = 1 / abs(math.tan(math.radians(angle))) if angle > 90 else abs(math.tan(math.radians(angle)))
            assert float(ratio[1]) == pytest.approx(exact, abs=0.005)
            assert ratio[1] in (value.goal or "")
            assert ratio[1] in value.induced_label
            assert own > 0 < other
            named += 1
    assert named == 12


# --- framings


def test_framings_that_are_compared_vary_one_thing() -> None:
    """What a difference between two of them comes from is known; in a study of one's own a framing may vary several."""
    base, varied = CATALOG.framings["coins"], set()
    assert base.default
    for framing in (CATALOG.framings[id_] for id_ in FRAMINGS):
        changed = {name for name in ("unit", "counterpart", "labels") if getattr(framing, name) != getattr(base, name)}
        assert len(changed) == (0 if framing is base else 1), framing.id
        varied |= changed
    assert varied == {"unit", "counterpart", "labels"}
