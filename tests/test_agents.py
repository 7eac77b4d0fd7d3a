"""Reference agents: each a table of items and the reply expected."""

from __future__ import annotations

import random
from typing import Any

import pytest
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageUser

from hvae_bench import HvaeError, load_catalog
from hvae_bench.agent_provider import AgentAPI
from hvae_bench.agents import AGENTS, PromptReader, make_agent, random_stream
from hvae_bench.game import Item
from hvae_bench.rendering import arrange, format_payoff, render

CATALOG = load_catalog()
READER = PromptReader(CATALOG)
ITEMS = {item.id: item for item in CATALOG.games["svo-slider-primary"].items}


def question(item: Item, framing_id: str = "coins-en", stream: str = "s") -> str:
    framing = CATALOG.framings[framing_id]
    options = arrange(item.options, framing.option_order, stream)
    return "Choose.\n" + "\n".join(
        render(
            framing.option_line,
            {
                "label": label,
                "payoff_self": format_payoff(option.payoffs[0]),
                "payoff_other": format_payoff(option.payoffs[1]),
            },
        )
        for label, option in zip(framing.labels, options, strict=False)
    )


def answers(name: str, arguments: dict[str, Any], framing: str = "coins-en") -> str:
    agent = make_agent(name, arguments, CATALOG)
    return "".join(agent(READER.read(question(item, framing)), random_stream(1, item.id)) for item in ITEMS.values())


@pytest.mark.parametrize(
    ("name", "arguments", "labels"),
    [
        ("altruistic", {}, "AIAAII"),
        # Where every option is as good, the first by id: item 5 gives 151 coins in all at C and at G.
        ("prosocial", {}, "AIIACI"),
        ("individualistic", {}, "AIIIAA"),
        ("competitive", {}, "IAIIAA"),
        ("angle", {"angle": 90}, "AIAAII"),
        ("angle", {"angle": 61.39}, "AIIAII"),
        ("angle", {"angle": -45}, "IAIIAA"),
        ("angle", {"angle": -16.26}, "IIIIAA"),
        ("position", {"label": "C"}, "CCCCCC"),
        ("position", {"label": 3}, "333333"),
        ("noisy", {"value": "altruistic", "error": 0}, "AIAAII"),
    ],
)
def test_what_agents_choose(name: str, arguments: dict[str, Any], labels: str) -> None:
    assert answers(name, arguments) == labels


@pytest.mark.parametrize("name", ["altruistic", "prosocial", "individualistic", "competitive"])
def test_reversed_options_give_the_mirrored_label(name: str) -> None:
    mirrored = str.maketrans("ABCDEFGHI", "IHGFEDCBA")
    assert answers(name, {}, "coins-en-reversed") == answers(name, {}).translate(mirrored)


def test_uniform_draws_every_option_alike() -> None:
    agent, draw = make_agent("uniform", {}, CATALOG), random.Random(0)
    options = READER.read(question(ITEMS["p3"]))
    drawn = [agent(options, draw) for _ in range(9000)]
    # Four standard errors of a count of 1000: sqrt(9000 * 1/9 * 8/9) = 29.8.
    assert all(abs(drawn.count(label) - 1000) < 120 for label in "ABCDEFGHI")


def test_noisy_errs_as_often_as_it_should() -> None:
    agent, draw = make_agent("noisy", {"value": "altruistic", "error": 0.45}, CATALOG), random.Random(0)
    options = READER.read(question(ITEMS["p3"]))
    ideal = sum(agent(options, draw) == "A" for _ in range(10000)) / 10000
    assert ideal == pytest.approx(0.55 + 0.45 / 9, abs=0.02)


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


def test_an_unknown_item_is_ranked_by_payoffs() -> None:
    text = "\n".join(
        f"{label}. You get {own} coins, the other person gets {other} coins"
        for label, own, other in [("A", 3, 1), ("B", -2.5, 7), ("C", 3, 9)]
    )
    options = READER.read(text)
    assert [(option.label, option.payoff_self, option.payoff_other) for option in options] == [
        ("B", -2.5, 7),
        ("A", 3, 1),
        ("C", 3, 9),
    ]
    assert make_agent("individualistic", {}, CATALOG)(options, random.Random(0)) == "A"


def test_a_prompt_without_options_shows_none() -> None:
    assert READER.read("State your goal in one sentence.") == []


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_provider_answers_the_question_asked_last(anyio_backend: str) -> None:
    model = AgentAPI("altruistic")
    history: list[ChatMessage] = [
        ChatMessageUser(content=question(ITEMS["p1"]), metadata={"hvae_stream": "0/x/1/p1/1"}),
        ChatMessageAssistant(content="A"),
    ]

    async def reply(text: str, stream: str) -> str:
        messages = [*history, ChatMessageUser(content=text, metadata={"hvae_stream": stream})]
        from inspect_ai.model import GenerateConfig

        output = await model.generate(messages, [], "none", GenerateConfig())
        assert output.usage is not None
        assert output.usage.input_tokens > 0
        return output.completion

    assert await reply(question(ITEMS["p2"]), "0/x/1/p2/1") == "I"
    assert await reply("Only one label, please.", "0/x/1/p1/2") == "A", "asked again about the item before"
    assert "Understood" in await reply("What will you do?", "0/x/1/opening/0/1")
