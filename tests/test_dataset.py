"""The embedded content: every template, framing and value goes together in words that a model can read."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import product

import pytest

from hvae_bench.agents import PromptReader
from hvae_bench.catalog import load_catalog, misfit
from hvae_bench.dialogue import opening_text, questions
from hvae_bench.framing import Framing
from hvae_bench.reading import read_reply
from hvae_bench.sample import Cell
from hvae_bench.scorers import LinearMotive
from hvae_bench.template import Template
from hvae_bench.value import ValueTarget

CATALOG = load_catalog()
READER = PromptReader(CATALOG)
SLIDER = CATALOG.games["svo-slider-primary"]
LANGUAGES = ("en", "de", "fr", "es", "zh", "ja")
TRANSLATED = ("altruistic", "prosocial", "individualistic", "competitive")
GOAL = "*** 42 ***"
OF_FRAMING = {framing.id: framing for framing in CATALOG.framings.values()}


def in_language(language: str) -> tuple[list[Template], list[Framing]]:
    templates = [one for one in CATALOG.templates.values() if one.language == language]
    return templates, [one for one in CATALOG.framings.values() if one.language == language]


def cells() -> Iterator[Cell]:
    """Every template with every framing of its language, and with every value that fits: all pairs, not all threes."""
    for language in LANGUAGES:
        templates, framings = in_language(language)
        for template in templates:
            values = [one for one in CATALOG.values.values() if not misfit(one, SLIDER, template, framings[0])]
            pairs = [(values[0], framing) for framing in framings] + [(value, framings[0]) for value in values[1:]]
            for value, framing in pairs:
                yield Cell(value, SLIDER, template, framing, ())


def prompts(cell: Cell) -> tuple[list[str], list[str], list[str]]:
    """What a dialogue says before the items, the items, and what asks for each again."""
    script = cell.script()
    asked = questions(script, "any")
    opening = [opening_text(script, turn, GOAL) for turn in script.turns[:-1]]
    return (
        opening,
        [question.prompt(GOAL) for question in asked],
        [question.reask_prompt(GOAL) or "" for question in asked],
    )


# --- what a model reads


def test_every_pair_is_worded_without_a_gap() -> None:
    seen = set()
    for cell in cells():
        opening, items, again = prompts(cell)
        seen.add((cell.template.id, cell.framing.id))
        for text in (*opening, *items, *again):
            assert "{" not in text, cell.id
            assert "}" not in text, cell.id
            assert text.strip(), cell.id
            assert "None" not in text, cell.id
            assert len(text) < 1400, cell.id
        said = "\n".join((*opening, items[0]))
        assert (GOAL in items[0]) == (cell.template.goal == "self_generated"), cell.id
        words = cell.value.words(cell.template.language)
        assert words is not None
        for name, word in (
            ("value_label", words.induced_label),
            ("value_definition", words.definition),
            ("value_goal", words.goal),
            ("value_rule", words.rule),
        ):
            assert (name in cell.template.placeholders) <= (str(word) in said), cell.id
        for question, item, prompt in zip(questions(cell.script(), "any"), SLIDER.items, items, strict=True):
            shown = {(offer.label, *offer.payoffs) for offer in question.offers}
            read = READER.read(prompt)
            assert {(one.label, one.payoff_self, one.payoff_other) for one in read} == shown, cell.id
            assert len(read) == len(item.options), cell.id
    pairs = {(t.id, f.id) for language in LANGUAGES for t, f in product(*in_language(language))}
    assert seen == pairs


def test_what_does_not_fit_says_why() -> None:
    template_of = {language: in_language(language) for language in LANGUAGES}
    for value in CATALOG.values.values():
        for language, other in product(LANGUAGES, LANGUAGES):
            for template in template_of[language][0]:
                framing = template_of[other][1][0]
                fits = language == other and value.is_induced == (template.induction != "none")
                fits = fits and (language == "en" or value.id in TRANSLATED or not value.is_induced)
                wrong = misfit(value, SLIDER, template, framing)
                assert (wrong is None) == fits, (value.id, template.id, framing.id)
                if wrong:
                    assert all(wrong)
                    assert any(id_ in wrong[0] for id_ in (value.id, template.id))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["hyper-competitive", "coins", "Decision 1 of 6.", "You get 85 coins, the other person gets 59 coins"]),
        ("de", ["extrem kompetitiv", "Münzen", "Entscheidung 1 von 6.", "Du bekommst 85 Münzen"]),
        ("fr", ["hypercompétitif", "pièces", "Décision 1 sur 6.", "Vous recevez 85 pièces"]),
        ("es", ["hipercompetitivo", "monedas", "Decisión 1 de 6.", "Tú recibes 85 monedas"]),
        ("zh", ["“极端竞争”", "硬币", "第1个决策，共6个。", "你得到85枚硬币，对方得到59枚硬币"]),
        ("ja", ["「極度に競争的」", "コイン", "決定1（全6回）。", "あなたは85枚のコインを"]),
    ],
)
def test_a_dialogue_is_in_one_language(language: str, words: list[str]) -> None:
    tail = "" if language == "en" else f"-{language}"
    template, framing = CATALOG.templates[f"goal-prompting{tail}"], CATALOG.framings[f"coins-{language}"]
    opening, items, again = prompts(Cell(CATALOG.values["competitive"], SLIDER, template, framing, ()))
    for word in words:
        assert any(word in text for text in (*opening, *items)), word
    said = "\n".join((*opening, *items, *again))
    is_english = re.search(r"\b(?:the|of|and|Reply|decision)\b", said) is not None
    assert is_english == (language == "en")
    assert bool(re.search(r"[\u4e00-\u9fff]", said)) == (language in ("zh", "ja"))


@pytest.mark.parametrize("framing", OF_FRAMING)
def test_options_are_read_back_from_replies(framing: str) -> None:
    """A label alone and a repeated option line, as models write them."""
    cell = Cell(
        CATALOG.values["none"], SLIDER, in_language(OF_FRAMING[framing].language)[0][0], OF_FRAMING[framing], ()
    )
    words = reading_words(cell.template.language)
    for question in questions(cell.script(), "any"):
        for offer in question.offers:
            for reply in (offer.label, offer.line, offer.line + ".", f"**{offer.line}**"):
                assert read_reply(reply, question.offers, words).label == offer.label, reply


# --- templates


def system_text(template: Template) -> str:
    assert template.turns[0].role == "system"
    return template.turns[0].text


@pytest.mark.parametrize("language", LANGUAGES)
def test_dialogues_of_a_language_begin_alike(language: str) -> None:
    """Servers that cache need the same beginning word for word."""
    (plain,) = {system_text(one) for one in in_language(language)[0] if one.induction == "none"}
    for template in in_language(language)[0]:
        text = system_text(template)
        if template.reasoning:
            # Told to answer on the last line instead of with a label alone; the rest is the same.
            assert text.split(" Before you answer")[0] == plain.split(" Answer a decision")[0]
        else:
            assert text.startswith(plain)
            assert text == plain or template.turns[0].kind == "value_induction"


def test_a_family_differs_in_wording_and_goal_turn_only() -> None:
    families = defaultdict(list)
    for template in CATALOG.templates.values():
        families[template.family].append(template)
    for family in families.values():
        facts = {
            (
                template.induction,
                template.reasoning,
                *((turn.kind, turn.role, turn.expects) for turn in template.turns if turn.kind != "goal"),
            )
            for template in family
        }
        assert len(facts) == 1, family[0].family
        arms = [(template.language, template.goal, template.paraphrase) for template in family]
        assert len(set(arms)) == len(arms), family[0].family


def test_the_ladder_is_complete() -> None:
    steps = {
        (template.family, template.goal)
        for template in CATALOG.templates.values()
        if template.language == "en" and template.paraphrase == 1
    }
    goals = ("none", "self_generated", "given", "filler", "rule")
    assert set(product(("label", "definition", "self-description"), goals)) <= steps


def test_paraphrases_share_no_sentence_about_the_value() -> None:
    wordings: dict[tuple[str, str], dict[int, set[str]]] = defaultdict(dict)
    for template in in_language("en")[0]:
        sentences = {
            sentence
            for turn in template.turns[1:]
            for line in turn.text.splitlines()
            for sentence in re.split(r"(?<=[.?]) ", line.strip())
            # How a list of options begins, and placeholders that stand alone, are the frame and not the wording.
            if sentence and not re.fullmatch(r"Decision .*|Choose one .*|\{\w+\}", sentence)
        }
        wordings[template.family, template.goal][template.paraphrase] = sentences
    paraphrased = {key: found for key, found in wordings.items() if len(found) > 1}
    assert len(paraphrased) == 6
    for key, found in paraphrased.items():
        assert sorted(found) == [1, 2, 3], key
        for one, other in ((1, 2), (1, 3), (2, 3)):
            assert not found[one] & found[other], key


@pytest.mark.parametrize("kind", ["templates", "framings"])
def test_every_other_language_names_its_original(kind: str) -> None:
    for entry in getattr(CATALOG, kind).values():
        assert (entry.translation_of is None) == (entry.language == "en"), entry.id


# --- values


def test_the_graded_values_go_round_in_steps_of_fifteen_degrees() -> None:
    found = {}
    for value in CATALOG.values.values():
        if match := re.fullmatch(r"angle-(minus-)?(\d+)", value.id):
            (motive,) = value.motives
            assert isinstance(motive, LinearMotive)
            found[int(match[2]) * (-1 if match[1] else 1)] = (motive.utility_angle_deg, value.pronouncedness)
    assert found == {angle: (angle, "neutral" if 0 <= angle <= 45 else "pronounced") for angle in range(-90, 181, 15)}


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


@pytest.mark.parametrize("id_", [id_ for id_ in CATALOG.values if id_.startswith("angle-")])
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
    for value in CATALOG.values.values():
        if value.id.startswith("angle-") and (ratio := re.search(r"([\d.]+) times as much as", value.definition)):
            own, other = (abs(weight) for weight in weights(value))
            angle = getattr(value.motives[0], "utility_angle_deg", math.nan)
            exact = 1 / abs(math.tan(math.radians(angle))) if angle > 90 else abs(math.tan(math.radians(angle)))
            assert float(ratio[1]) == pytest.approx(exact, abs=0.005)
            assert ratio[1] in (value.goal or "")
            assert ratio[1] in value.induced_label
            assert own > 0 < other
            named += 1
    assert named == 12


def test_every_induced_value_has_a_goal_and_a_rule() -> None:
    for value in CATALOG.values.values():
        texts = [value, *value.translations.values()]
        assert {bool(one.goal) for one in texts} == {bool(one.rule) for one in texts} == {value.is_induced}, value.id
    assert all(set(CATALOG.values[id_].translations) == set(LANGUAGES) - {"en"} for id_ in (*TRANSLATED, "none"))


# --- framings


AXES = {
    "unit": {"unit"},
    "counterpart": {"counterpart", "other_words"},
    "option_order": {"option_order"},
    "item_order": {"item_order"},
    "labels": {"labels"},
}


def test_an_english_framing_varies_one_thing_and_perhaps_the_order_of_options() -> None:
    base = CATALOG.framings["coins-en"]
    varied = set()
    for framing in in_language("en")[1]:
        changed = {
            axis for axis, fields in AXES.items() if any(getattr(framing, f) != getattr(base, f) for f in fields)
        }
        assert len(changed - {"option_order"}) <= 1, framing.id
        assert (framing.option_line != base.option_line) == bool(changed & {"unit", "counterpart"}), framing.id
        varied |= changed
    assert varied == set(AXES)


def test_each_language_has_both_orders() -> None:
    for language in LANGUAGES:
        orders = {(one.option_order, one.item_order) for one in in_language(language)[1]}
        assert {("published", "published"), ("reversed", "published")} <= orders
