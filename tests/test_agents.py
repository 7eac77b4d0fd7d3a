"""Reference agents: each a table of items and the reply expected, and what they are worth on every game."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import numpy as np
import pytest
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageSystem, ChatMessageUser, GenerateConfig

from hvae_bench import HvaeError, load_catalog
from hvae_bench.dialogue.render import Question, Shown, questions, stream_metadata
from hvae_bench.log.calibration_cache import cached_calibrate
from hvae_bench.log.overview import find_cell
from hvae_bench.scorers import value_rationality
from hvae_bench.subjects.agents import AGENTS, AgentAPI, make_agent, random_stream, shown_in

CATALOG = load_catalog()
SLIDER = "none.svo-slider-primary.baseline"


def asked(cell: str = SLIDER) -> tuple[Question, ...]:
    return questions(find_cell(CATALOG, cell).script(), "any")


def answers(name: str, arguments: dict[str, Any], cell: str = SLIDER) -> str:
    agent = make_agent(name, arguments, CATALOG)
    return " ".join(agent(one.in_published_order, random_stream(1, one.item_id)) for one in asked(cell))


@pytest.mark.parametrize(
    ("name", "arguments", "labels"),
    [
        ("altruistic", {}, "A I A A I I"),
        # Where every option is as good, the first of the game: item 5 gives 151 coins in all at C and at G.
        ("prosocial", {}, "A I I A C I"),
        ("individualistic", {}, "A I I I A A"),
        ("competitive", {}, "I A I I A A"),
        ("angle", {"angle": 90}, "A I A A I I"),
        ("angle", {"angle": 61.39}, "A I I A I I"),
        ("angle", {"angle": -45}, "I A I I A A"),
        ("angle", {"angle": -16.26}, "I I I I A A"),
        ("position", {"label": "C"}, "C C C C C C"),
        ("position", {"label": 3}, "3 3 3 3 3 3"),
        ("noisy", {"value": "altruistic", "error": 0}, "A I A A I I"),
    ],
)
def test_what_agents_choose(name: str, arguments: dict[str, Any], labels: str) -> None:
    assert answers(name, arguments) == labels


@pytest.mark.parametrize("name", ["altruistic", "prosocial", "individualistic", "competitive"])
@pytest.mark.parametrize(
    ("cell", "labels"),
    [
        (f"{SLIDER}.o-reversed", dict(zip("ABCDEFGHI", "IHGFEDCBA", strict=True))),
        (f"{SLIDER}.f-coins-numbered", dict(zip("ABCDEFGHI", "123456789", strict=True))),
        (f"{SLIDER}.w-ja.f-doses", dict(zip("ABCDEFGHI", "ABCDEFGHI", strict=True))),
        (f"{SLIDER}.w-fr.f-coins-ai.o-reversed", dict(zip("ABCDEFGHI", "IHGFEDCBA", strict=True))),
    ],
)
def test_neither_order_nor_labels_nor_language_matter(name: str, cell: str, labels: dict[str, str]) -> None:
    assert answers(name, {}, cell).split() == [labels[label] for label in answers(name, {}).split()]


def test_uniform_draws_every_option_alike() -> None:
    agent, draw = make_agent("uniform", {}, CATALOG), random.Random(0)
    options = asked()[2].in_published_order
    drawn = [agent(options, draw) for _ in range(9000)]
    # Four standard errors of a count of 1000: sqrt(9000 * 1/9 * 8/9) = 29.8.
    assert all(abs(drawn.count(label) - 1000) < 120 for label in "ABCDEFGHI")


def test_noisy_errs_as_often_as_it_should() -> None:
    agent, draw = make_agent("noisy", {"value": "altruistic", "error": 0.45}, CATALOG), random.Random(0)
    options = asked()[2].in_published_order
    ideal = sum(agent(options, draw) == "A" for _ in range(10000)) / 10000
    assert ideal == pytest.approx(0.55 + 0.45 / 9, abs=0.02)


# --- what they are worth


def profile(agent: Any, cell_questions: tuple[Question, ...], seed: int) -> dict[str, str]:
    """What an agent chooses: option ids by item."""
    return {
        one.item_id: one.option_id(agent(one.in_published_order, random_stream(seed, f"items/{one.place}/1")))
        for one in cell_questions
    }


@pytest.mark.parametrize("game", CATALOG.games)
def test_followers_score_one_and_uniform_zero_in_expectation(game: str) -> None:
    """On every target that the game can score, whatever order and labels it is shown in."""
    table = CATALOG.games[game].payoff_table()
    shown = asked(f"none.{game}.baseline.f-coins-numbered.o-shuffled.i-shuffled")
    uniform = make_agent("uniform", {}, CATALOG)
    n_drawn = 400
    drawn = table.choice_matrix([profile(uniform, shown, seed) for seed in range(n_drawn)])
    scorable = 0
    for id_, value in CATALOG.values.items():
        if not value.motives:
            continue
        calibration = cached_calibrate(table, value.motives, tuple(range(table.n_items)))
        if calibration.unscorable:
            continue
        scorable += 1
        followed = table.choice_matrix([profile(make_agent(id_, {}, CATALOG), shown, 0)])
        assert value_rationality(followed, table, value.motives).value_rationality[0] == pytest.approx(1), id_
        scores = value_rationality(drawn, table, value.motives).value_rationality
        # Thirty targets share each game's draws; five standard errors hold for all of them.
        standard_error = calibration.value_rationality_sd / np.sqrt(n_drawn)
        assert abs(np.mean(scores)) < 5 * standard_error + 5 * calibration.standard_error, id_
    assert scorable >= 2


# --- what is refused


@pytest.mark.parametrize(
    ("name", "arguments", "parts"),
    [
        ("prosocal", {}, ["'prosocal'", "altruistic", "uniform", "noisy", "hvae/NAME"]),
        ("none", {}, ["'none'", "altruistic"]),
        ("angle", {}, ["-M angle=30"]),
        ("angle", {"angle": "x"}, ["-M angle=x", "number from"]),
        ("angle", {"angle": 400}, ["400"]),
        ("noisy", {"value": "kind", "error": 0.1}, ["'kind'", "altruistic"]),
        ("noisy", {"value": "altruistic", "error": 2}, ["error=2", "0 to 1"]),
        ("noisy", {"error": 0.1}, ["None", "altruistic"]),
        ("obedient", {"error": 2}, ["error=2", "0 to 1"]),
        ("word-bound", {"error": "much"}, ["error=much", "number from"]),
        ("obedient", {"value": "altruistic"}, ["'obedient'", "'value'", "error"]),
        ("drifting", {"drift": -1}, ["drift=-1", "0 to 1"]),
        ("first-item", {"drift": 0.1}, ["'first-item'", "'drift'", "error"]),
        ("obedience", {}, ["'obedience'", "obedient", "rule-blind", "value-blind", "word-bound"]),
        ("position", {}, ["-M label=A"]),
        ("uniform", {"sed": 1}, ["'sed'", "seed"]),
    ],
)
def test_a_wrong_agent_is_told_the_right_ones(name: str, arguments: dict[str, Any], parts: list[str]) -> None:
    with pytest.raises(HvaeError) as error:
        make_agent(name, arguments, CATALOG)
    for part in parts:
        assert part in str(error.value)


def test_every_target_with_motives_has_an_agent() -> None:
    for id_, target in CATALOG.values.items():
        if target.motives:
            assert id_ not in AGENTS
            make_agent(id_, {}, CATALOG)


# --- the lines that a prompt shows

LINES = [Shown("A", "o1", (3.0, 1.0), "A. three"), Shown("B", "o2", (-2.5, 7.0), "B. seven")]


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("Choose.\nA. three\nB. seven\n", True),
        ("B. seven\nA. three", True),
        ("A. three", False),
        ("Choose A. three\nB. seven", False),
        ("A. three \nB. seven", False),
        ("State your goal in one sentence.", False),
        ("", False),
    ],
)
def test_options_are_looked_up_line_by_line(prompt: str, shown: bool) -> None:
    assert shown_in(prompt, LINES) == shown


def test_options_are_ranked_by_payoffs() -> None:
    assert make_agent("individualistic", {}, CATALOG)(LINES, random.Random(0)) == "A"
    assert make_agent("altruistic", {}, CATALOG)(LINES, random.Random(0)) == "B"


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize(
    ("cell", "chosen"),
    [
        (SLIDER, "A I A A I I"),
        (f"{SLIDER}.o-reversed", "I A I I A A"),
        (f"{SLIDER}.f-coins-numbered", "1 9 1 1 9 9"),
        (f"{SLIDER}.w-zh", "A I A A I I"),
        (f"{SLIDER}.w-es.f-points.o-reversed", "I A I I A A"),
    ],
)
async def test_the_provider_answers_the_question_asked_last(cell: str, chosen: str, anyio_backend: str) -> None:
    """Also when it is asked again, which shows no options; and it answers nothing else with a label."""
    model = AgentAPI("altruistic")
    history: list[ChatMessage] = [ChatMessageSystem(content="You take part in a study.")]

    async def reply(text: str, stream: str, options: Any = ()) -> str:
        history.append(ChatMessageUser(content=text, metadata=stream_metadata(stream, options)))
        output = await model.generate(history, [], "none", GenerateConfig())
        assert output.usage is not None
        assert output.usage.input_tokens > 0
        history.append(ChatMessageAssistant(content=output.completion))
        return output.completion

    assert "Understood" in await reply("What will you do?", "0/x/1/opening/0/1")
    first, second = [], []
    for one in asked(cell):
        first.append(await reply(one.prompt(""), f"0/x/1/items/{one.place}/1", one.in_published_order))
        second.append(await reply(one.reask_prompt("") or "", f"0/x/1/items/{one.place}/2", one.in_published_order))
        assert "Understood" in await reply("And why?", "0/x/1/opening/1/1")
    assert " ".join(first) == " ".join(second) == chosen


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_an_agent_reads_what_is_shown_and_not_what_it_is_told(anyio_backend: str) -> None:
    """A prompt that shows other lines than the solver tells of, as a mistake in rendering would, gets no label."""
    model, (one, *_) = AgentAPI("altruistic"), asked()
    for text in (one.prompt("").replace("85 coins", "86 coins"), one.prompt("").replace("\nA. ", "\nA) ")):
        told = stream_metadata("0/x/1/items/0/1", one.in_published_order)
        output = await model.generate([ChatMessageUser(content=text, metadata=told)], [], "none", GenerateConfig())
        assert "Understood" in output.completion


def test_a_draw_depends_on_seed_and_name_alone() -> None:
    drawn = {(seed, name): random_stream(seed, name).random() for seed, name in product((0, 1), ("a", "b"))}
    assert len(set(drawn.values())) == 4
    assert drawn == {key: random_stream(*key).random() for key in drawn}
