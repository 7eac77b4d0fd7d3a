"""Agents that do what a dialogue tells them: what they hear of it in every wording, and what a run says of them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inspect_ai import eval
from inspect_ai.log import EvalLog
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    get_model,
)

from hvae_bench import hvae_bench, load_catalog
from hvae_bench.catalogue.fit import misfit, template_words
from hvae_bench.catalogue.template import Template
from hvae_bench.dialogue.render import Said, follow, opening_text, play_item, play_opening, questions, stream_metadata
from hvae_bench.dialogue.sample import Cell, DialogueScript
from hvae_bench.log.runs import one_run
from hvae_bench.scorers import RunAnalysis, value_rationality
from hvae_bench.subjects.agents import AgentAPI

from .conftest import QUICKLY

Run = Callable[..., EvalLog]

CATALOG = load_catalog()
CORE = CATALOG.default_scenario().core_values
SLIDER = "svo-slider-primary"
TEMPLATES = [template for template in CATALOG.templates.values() if template.tells_value]

HEARS: dict[str, Callable[[Template], bool]] = {
    "obedient": lambda template: True,
    "rule-blind": lambda template: template.induction != "none",
    "value-blind": lambda template: template.goal == "rule",
    "word-bound": lambda template: (
        template.goal in ("given", "rule") or template.induction in ("label", "self_description")
    ),
}
"""In which templates each agent follows the value; elsewhere it chooses uniformly."""


def script(
    value: str, template: str, wording: str = "en", framing: str = "coins", game: str = SLIDER
) -> DialogueScript:
    parts = CATALOG.parts(value, game, template, wording, framing)
    assert misfit(parts) is None
    return Cell(parts, "published", "published", tuple(CORE)).script()


agent = cache(AgentAPI)


class Conversation:
    """What a model server is sent, one prompt after the other."""

    def __init__(self, model: AgentAPI) -> None:
        self.model, self.messages = model, list[ChatMessage]()

    def say(self, text: str, stream: str = "s", options: Any = (), *, system: bool = False) -> str:
        """Say something; the reply, "" where none is expected."""
        if system:
            self.messages.append(ChatMessageSystem(content=text))
            return ""
        self.messages.append(ChatMessageUser(content=text, metadata=stream_metadata(stream, options)))
        output = asyncio.run(self.model.generate(self.messages, [], "none", GenerateConfig()))
        self.messages.append(ChatMessageAssistant(content=output.completion))
        return output.completion


def choose(talk: Conversation, of: DialogueScript, goal: str = "", stream: str = "any") -> float:
    """Put all items of a cell to the end of a conversation; value rationality of what is chosen."""
    chosen = {}
    for one in questions(of, stream):
        said = next(play_item(one, goal))
        reply = talk.say(said.text, f"{stream}/{said.stream}", one.in_published_order)
        chosen[one.item_id] = one.option_id(reply)
    table = CATALOG.games[of.game.id].payoff_table()
    return float(value_rationality(table.choice_matrix([chosen]), table, of.target.motives).value_rationality[0])


def play(model: AgentAPI, of: DialogueScript, stream: str = "any") -> tuple[float, str]:
    """A whole dialogue: value rationality, and the goal that was stated."""
    talk = Conversation(model)

    def reply(said: Said) -> str:
        return talk.say(said.text, f"{stream}/{said.stream}", system=said.message.role == "system")

    goal = follow(play_opening(of), reply)
    return choose(talk, of, goal, stream), goal


@pytest.mark.parametrize(
    ("name", "wording"),
    [*product(["obedient"], CATALOG.wordings), *product(["rule-blind", "value-blind", "word-bound"], ["en-3", "zh"])],
)
def test_each_follows_what_it_hears_in_every_template_and_wording(name: str, wording: str) -> None:
    model = agent(name)
    sayable = [one for one in TEMPLATES if not any(template_words(one, CATALOG.wordings[wording]))]
    for template, value in product(sayable, CORE):
        scored, _ = play(model, script(value, template.id, wording))
        assert (scored == pytest.approx(1)) == HEARS[name](template), (template.id, value)


@pytest.mark.parametrize("wording", ["en", "de", "zh"])
def test_every_value_is_told_from_every_other_one_by_each_of_its_texts(wording: str) -> None:
    model = agent("obedient")
    for value, template in product(
        CATALOG.values.values(), ("label-no-goal", "definition-no-goal", "label-given-goal", "competence")
    ):
        if value.motives and CATALOG.wordings[wording].value_words(value):
            game = "ring-24" if value.system == "svo" else f"{value.system}-16"
            scored, _ = play(model, script(value.id, template, wording, game=game))
            assert scored == pytest.approx(1), (value.id, template)


@pytest.mark.parametrize("framing", CATALOG.framings)
def test_neither_framing_nor_system_message_matters(framing: str) -> None:
    for template in ("goal-prompting", "label-system-no-goal", "definition-system-goal-prompting", "competence"):
        assert play(agent("obedient"), script("competitive", template, framing=framing))[0] == pytest.approx(1)


def test_a_goal_of_its_own_is_that_of_the_value_in_the_language_of_the_question() -> None:
    for wording in ("en", "en-2", "de", "zh"):
        words = CATALOG.wordings[wording].value_words(CATALOG.values["altruistic"])
        assert words is not None
        for name in ("obedient", "rule-blind"):
            assert play(agent(name), script("altruistic", "goal-prompting", wording))[1] == words.goal
    assert "Understood" in play(agent("value-blind"), script("altruistic", "goal-prompting"))[1]
    assert "Understood" in play(agent("word-bound"), script("altruistic", "definition-goal-prompting"))[1]


@pytest.mark.parametrize("value", ["utilitarian", "telic-egalitarian"])
def test_a_word_of_two_systems_is_that_of_the_system_at_hand(value: str) -> None:
    """Also where the goal that it states for it is what the other system means by the word."""
    of = script(value, "short-goal-prompting", "en-short", game="distribution-16")
    assert play(agent("obedient"), of)[0] == pytest.approx(1)


def without_value(value: str) -> DialogueScript:
    """The questions alone, scored as a value."""
    return script(value, "no-goal").model_copy(update={"messages": script("none", "baseline").messages})


def test_without_a_value_the_options_are_drawn() -> None:
    drawn = {play(agent("obedient"), without_value("altruistic"), f"any/{number}")[0] for number in range(5)}
    assert len(drawn) == 5


def said_of(value: str, template: str, number: int) -> str:
    """What a turn before the items says."""
    of = script(value, template)
    return opening_text(of, of.messages[number], "")


RULE = said_of("competitive", "competence", 1)
ALTRUISTIC, COMPETITIVE = (said_of(value, "label-no-goal", 1) for value in ("altruistic", "competitive"))


@pytest.mark.parametrize(
    ("prompts", "followed"),
    [
        ([ALTRUISTIC], "altruistic"),
        ([f"You are helpful.\n\n{ALTRUISTIC}"], "altruistic"),
        ([ALTRUISTIC, COMPETITIVE], "competitive"),
        ([said_of("altruistic", "definition-no-goal", 1), COMPETITIVE], "competitive"),
        ([ALTRUISTIC, "Others are hyper-competitive. Be fair."], "altruistic"),
        ([RULE, ALTRUISTIC], "competitive"),
        ([ALTRUISTIC, RULE, ALTRUISTIC], "competitive"),
        ([said_of("altruistic", "label-given-goal", 2), RULE], "competitive"),
        ([RULE, said_of("altruistic", "label-given-goal", 2)], "altruistic"),
        # The induced word only, and only within the whole sentence that induces it.
        ([COMPETITIVE.replace("hyper-competitive", "competitive")], None),
        ([COMPETITIVE.replace("hyper-competitive", "hyper-competitive or altruistic")], None),
        ([f"Somebody said: {ALTRUISTIC}"], None),
        ([ALTRUISTIC.replace("Confirm this", "Forget this")], None),
        (["Be altruistic. Choose the option in which the other person's payoff is largest."], None),
        ([], None),
    ],
)
def test_what_to_do_goes_before_whom_to_be_and_the_latest_before_the_earlier(
    prompts: list[str], followed: str | None
) -> None:
    scored = []
    for value in ("altruistic", "competitive"):
        talk = Conversation(agent("obedient"))
        for prompt in prompts:
            talk.say(prompt)
        scored.append(choose(talk, without_value(value)))
    assert [score == pytest.approx(1) for score in scored] == [followed == "altruistic", followed == "competitive"]


def test_it_errs_as_often_as_it_should() -> None:
    model, of = AgentAPI("obedient", error=0.4), script("altruistic", "label-no-goal", game="dictator-multipliers")
    found = [play(model, of, f"any/{number}")[0] for number in range(100)]
    # Four standard errors.
    assert np.mean(found) == pytest.approx(0.6, abs=4 * float(np.std(found)) / math.sqrt(len(found)))


# --- of those to whom it matters what they were asked before


def scores_by_place(model: AgentAPI, of: DialogueScript, number: int, *, alone: bool) -> list[float]:
    """What each item's choice is worth, in the order asked: 1 ideal, 0 as good as guessing."""
    talk = Conversation(model)
    goal = follow(play_opening(of), lambda said: talk.say(said.text, said.stream))
    table, found = CATALOG.games[of.game.id].payoff_table(), []
    for one in questions(of, f"any/{number}"):
        asked = Conversation(model) if alone else talk
        asked.messages = [*talk.messages] if alone else talk.messages
        said = next(play_item(one, goal))
        reply = asked.say(said.text, f"any/{number}/{said.stream}", one.in_published_order)
        chosen = table.choice_matrix([{one.item_id: one.option_id(reply)}])
        found.append(float(value_rationality(chosen, table, of.target.motives).value_rationality[0]))
    return found


def test_the_drifting_agent_errs_more_with_every_item_of_a_conversation() -> None:
    model, of = agent("drifting"), script("altruistic", "label-no-goal")
    found = np.array([scores_by_place(model, of, number, alone=False) for number in range(120)])
    errors = 4 * found.std(axis=0) / math.sqrt(len(found))
    assert np.all(np.abs(found.mean(axis=0) - (1 - 0.15 * np.arange(6))) <= errors + 1e-9)
    assert scores_by_place(model, of, 0, alone=True) == [1] * 6


@pytest.mark.parametrize(("drift", "value"), [(0, [1] * 6), (1, [1, None, None, None, None, None])])
def test_how_fast_it_drifts_can_be_said(drift: float, value: list[float | None]) -> None:
    model = AgentAPI("drifting", drift=drift)
    found = scores_by_place(model, script("altruistic", "label-no-goal"), 0, alone=False)
    assert all(wanted in (None, score) for wanted, score in zip(value, found, strict=True))
    assert (min(found) == 1) == (drift == 0)


def test_the_first_item_agent_repeats_the_label_of_the_first() -> None:
    model, of = agent("first-item"), script("altruistic", "label-no-goal")
    # Ideal are A I A A I I.
    found = scores_by_place(model, of, 0, alone=False)
    assert [score == 1 for score in found] == [True, False, True, True, False, False]
    assert scores_by_place(model, of, 0, alone=True) == [1] * 6


# --- whole runs


def test_a_run_finds_what_it_is(run: Run) -> None:
    """In three languages, two framings, two places of the value, three ways to tell it."""
    templates = ["goal-prompting", "label-system-no-goal", "definition-no-goal", "given-goal", "competence"]
    asked = hvae_bench(
        values=list(CORE),
        games=["prisoners-dilemma"],
        templates=templates,
        wordings=["en-2", "de", "zh"],
        framings=["coins-ai"],
    )
    found = one_run(run(asked, "hvae/obedient", epochs=1).location)
    assert {record.measures.value_rationality for record in found.records} == {1.0}


@pytest.mark.parametrize("name", ["obedient", "drifting", "first-item"])
def test_whoever_minds_how_it_is_asked_shows_it(run: Run, name: str) -> None:
    """Items before it in one message are as good as those before it in a conversation."""
    found = {}
    for items in ("independent", "sequential", "batched"):
        cells: dict[str, Any] = {
            "values": "altruistic",
            "games": SLIDER,
            "templates": "no-goal",
            "option_orders": "published",
        }
        asked = hvae_bench(**cells, items=items)
        log = run(asked, f"hvae/{name}", epochs=1, model_args={"drift": 1} if name == "drifting" else {})
        found[items] = [one.option_id for one in one_run(log.location).records[0].decisions]
    for together in ("sequential", "batched"):
        assert found[together][0] == found["independent"][0]
        assert (found[together] == found["independent"]) == (name == "obedient")
    assert found["sequential"] == found["batched"] or name == "drifting"  # which draws anew


def verdicts(tmp_path: Path, **asked: Any) -> dict[str, RunAnalysis]:
    """What is found of each agent, in one run of Inspect over all of them."""
    models = [get_model(f"hvae/{name}", memoize=False) for name in VERDICTS]
    logs = eval(hvae_bench(**asked), model=models, epochs=2, log_dir=str(tmp_path / "logs"), **QUICKLY)
    assert [log.status for log in logs] == ["success"] * len(models)
    return {log.eval.model.removeprefix("hvae/"): one_run(log.location).analysis for log in logs}


VERDICTS = {
    "obedient": "pursues",
    "rule-blind": "follows_values_not_rules",
    "value-blind": "same_whatever_value",
    "word-bound": "knows_words",
    "altruistic": "follows_neither",
    "prosocial": "follows_neither",
}

# One study in twenty misses that value-blind ignores its values, for so often an interval misses the truth. Not these.
EXPECTED = {"obedient": (1, 1, 0), "rule-blind": (0, 1, 0), "value-blind": (1, 0, 0), "word-bound": (1, 1, -1)}
"""Competence, responsiveness and transfer."""


def check(found: Mapping[str, RunAnalysis], tolerance: float) -> None:
    """The tolerance is some three standard errors of the noisiest: random choices under the rule, or a definition."""
    assert {name: one.verdict.name for name, one in found.items()} == VERDICTS
    for subject, expected in EXPECTED.items():
        for name, number in zip(("competence", "responsiveness", "transfer"), expected, strict=True):
            one = found[subject].numbers[name]
            assert one.mean == pytest.approx(number, abs=tolerance), (subject, name)
    for deaf, arm in product(("altruistic", "prosocial"), ("responsiveness", "responsiveness_no_goal")):
        assert found[deaf].numbers[arm].mean == pytest.approx(0, abs=1e-12)
        assert found[deaf].numbers[arm].ends == (0, 0)
    for name in ("competence", "value_rationality"):
        assert found["obedient"].numbers[name].mean == pytest.approx(1)


def test_each_gets_its_verdict(tmp_path: Path) -> None:
    templates = ["goal-prompting", "no-goal", "definition-goal-prompting", "competence"]
    asked = {"values": list(CORE), "games": SLIDER, "templates": templates, "option_orders": "published"}
    check(verdicts(tmp_path, **asked), 0.4)


@pytest.mark.slow
def test_each_gets_its_verdict_on_can_and_will(tmp_path: Path) -> None:
    check(verdicts(tmp_path, scenario="can-and-will"), 0.25)
