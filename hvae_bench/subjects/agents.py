"""Reference agents: simulated models whose right score is known, as a provider for Inspect.

They look in the prompt that a language model would read for the lines that show the options, and reply with a label.
Options come in the game's own order, so neither the order shown nor the labels matter, except to the position agent.
All are deaf to the value that a dialogue is about, but for the obedient ones.
"""

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from inspect_ai.model import ChatMessage, ChatMessageUser, GenerateConfig, ModelAPI, ModelOutput, ModelUsage
from inspect_ai.tool import ToolChoice, ToolInfo

from hvae_bench.catalogue.catalog import Catalog, load_catalog
from hvae_bench.dialogue.administration import check_dropped, check_names, refusals
from hvae_bench.dialogue.render import Offer, Shown, told_in
from hvae_bench.scorers import LinearMotive, Motive
from hvae_bench.scorers.calibration import applies, item_rationality
from hvae_bench.subjects.hearing import TO_BE, TO_DO, Hearing
from hvae_bench.text.errors import UsageError
from hvae_bench.text.near_miss import did_you_mean
from hvae_bench.text.tokens import token_count

Agent = Callable[[Sequence[Shown], random.Random], str]
"""Answers an item, whose options come in the game's own order, with a reply; it may draw from the question's stream."""


def ideal(motives: Sequence[Motive]) -> Agent:
    """Chooses what the first motive wants most (VR = 1 by definition), of several the first in the game's own order.

    Where the motive needs stakes that the options do not have, it chooses uniformly.
    """

    def agent(options: Sequence[Shown], draw: random.Random) -> str:
        if not applies(motives[:1], options[0].stakes):
            return uniform(options, draw)
        return _best(options, motives[0])[0].label

    return agent


def _best(options: Sequence[Shown], motive: Motive) -> list[Shown]:
    payoffs = np.array([option.payoffs for option in options], dtype=np.float64)
    # Only what the prompt shows counts, so the payoffs are taken as exact.
    is_best = item_rationality(payoffs, motive, 0.0, options[0].stakes).ideal
    return [option for option, best in zip(options, is_best, strict=True) if best]


def uniform(options: Sequence[Shown], draw: random.Random) -> str:
    """Chooses every option with the same probability: the reference of all calibration (E[VR] = 0)."""
    return options[draw.randrange(len(options))].label


def always(reply: str) -> Agent:
    """Answers every item alike, whatever stands behind a label."""

    def agent(options: Sequence[Shown], draw: random.Random) -> str:
        return reply

    return agent


refuser = always("I'm sorry, but I can't choose for other people.")


@dataclass(frozen=True, slots=True)
class Obedient:
    """Follows the value that the prompts tell it, as far as it hears them; without any it chooses uniformly.

    It is the ideal agent that responsiveness is measured by: each motive in as many dialogues, all best options alike.

    Attributes:
        error: probability of a random choice, question by question.
        drift: how much more likely that is for every item that the conversation has asked before.
        first_only: whether it reads the first item of a conversation and answers all others by the same label.
    """

    hearing: Hearing
    error: float = 0.0
    drift: float = 0.0
    first_only: bool = False

    def __call__(self, options: Sequence[Shown], draw: random.Random) -> str:
        """Answer an item that no prompt came before."""
        return uniform(options, draw)

    def after(self, prompts: Sequence[str], dialogue: random.Random, asked: int = 0) -> Agent:
        """What these prompts and so many items before make of it; the draw is the same throughout a dialogue."""
        which = dialogue.random()
        error = self.error + self.drift * asked

        def agent(options: Sequence[Shown], draw: random.Random) -> str:
            told = self.hearing.told(prompts, options[0].stakes)
            if draw.random() < error or not told:
                return uniform(options, draw)
            motives = told[0].value.motives
            return uniform(_best(options, motives[int(which * len(motives))]), draw)

        return agent

    def goal(self, prompts: Sequence[str]) -> str | None:
        """The goal of the value that it was told, where the last prompt asks for one."""
        told = self.hearing.told(prompts)
        return told[0].words.goal if told and self.hearing.asks_goal(prompts[-1]) else None


class AgentKind(NamedTuple):
    """How an agent is made, and the names of the model's arguments that it is made from."""

    make: Callable[[Catalog, Mapping[str, Any]], Agent]
    arguments: tuple[str, ...] = ()


def _number(arguments: Mapping[str, Any], name: str, example: str, low: float, high: float) -> float:
    given = arguments.get(name)
    if given is None:
        raise UsageError(f"The agent needs `-M {name}=...`, for example `-M {name}={example}`.")
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not low <= given <= high:
        raise UsageError(f"`-M {name}={given}` should be a number from {low:g} to {high:g}, for example {example}.")
    return float(given)


def _motives(catalog: Catalog, value: object) -> Sequence[Motive]:
    able = {id_: target for id_, target in catalog.values.items() if target.motives}
    if value not in able:
        raise UsageError(
            f"There is no value target {str(value)!r} with motives. {did_you_mean(str(value), able)}Choose one of: "
            f"{', '.join(sorted(able))}."
        )
    return able[str(value)].motives


def _make_angle(catalog: Catalog, arguments: Mapping[str, Any]) -> Agent:
    """Maximises `cos(theta) * self + sin(theta) * other` (Liebrand & McClintock 1988)."""
    angle_deg = _number(arguments, "angle", "30", -179.999, 180)
    return ideal([LinearMotive(kind="linear", utility_angle_deg=angle_deg)])


def _make_position(catalog: Catalog, arguments: Mapping[str, Any]) -> Agent:
    if arguments.get("label") is None:
        raise UsageError("The agent needs `-M label=...`, for example `-M label=A`.")
    return always(str(arguments["label"]))


def _make_noisy(catalog: Catalog, arguments: Mapping[str, Any]) -> Agent:
    """Chooses uniformly with probability `error`, else ideally (E[VR] = 1 - error for a single motive)."""
    follow = ideal(_motives(catalog, arguments.get("value")))
    error = _number(arguments, "error", "0.2", 0, 1)

    def agent(options: Sequence[Shown], draw: random.Random) -> str:
        return uniform(options, draw) if draw.random() < error else follow(options, draw)

    return agent


def _obedient(*deaf_to: str, drift: float | None = None, first_only: bool = False) -> AgentKind:
    """Errs as the noisy agent does, by default never; to some placeholders it may be deaf."""
    heard = {*TO_DO, *TO_BE}.difference(deaf_to)
    takes = {"error": 0.0} | ({} if drift is None else {"drift": drift})

    def make(catalog: Catalog, arguments: Mapping[str, Any]) -> Agent:
        numbers = {name: _number({**takes, **arguments}, name, "0.2", 0, 1) for name in takes}
        return Obedient(Hearing(catalog, heard), **numbers, first_only=first_only)

    return AgentKind(make, tuple(takes))


AGENTS = {
    "angle": AgentKind(_make_angle, ("angle",)),
    "uniform": AgentKind(lambda catalog, arguments: uniform),
    "position": AgentKind(_make_position, ("label",)),
    "refuser": AgentKind(lambda catalog, arguments: refuser),
    "noisy": AgentKind(_make_noisy, ("value", "error")),
    "obedient": _obedient(),
    "rule-blind": _obedient("value_rule"),
    "value-blind": _obedient("value_goal", *TO_BE),
    "word-bound": _obedient("value_definition"),
    "drifting": _obedient(drift=0.15),
    "first-item": _obedient(first_only=True),
}
"""The agents beside those named after a value target."""


def make_agent(name: str, arguments: Mapping[str, Any], catalog: Catalog) -> Agent:
    """The agent of this name: one of `AGENTS`, or the id of a value target for its ideal agent.

    Raises:
        UsageError: an unknown name or argument; the message lists the right ones.
    """
    if name in AGENTS:
        kind = AGENTS[name]
    elif name in catalog.values and catalog.values[name].motives:
        kind = AgentKind(lambda catalog, arguments: ideal(_motives(catalog, name)))
    else:
        known = [*sorted(id_ for id_, target in catalog.values.items() if target.motives), *AGENTS]
        raise UsageError(
            f"There is no reference agent {name!r}. {did_you_mean(name, known)}Choose one of: {', '.join(known)} "
            "(as hvae/NAME)."
        )
    check_names(f"The agent {name!r}", arguments, [*kind.arguments, "seed", "catalog"])
    return kind.make(catalog, arguments)


def shown_in(prompt: str, options: Sequence[Shown]) -> bool:
    """Whether a prompt shows all of these options, each on its line."""
    lines = set(prompt.splitlines())
    return all(option.line in lines for option in options)


def random_stream(seed: int, stream: str) -> random.Random:
    """The random stream of one question: it depends on seed and name alone, never on timing."""
    return random.Random(hashlib.sha256(f"{seed}/{stream}".encode()).digest())


class AgentAPI(ModelAPI):
    """A reference agent as a model: `--model hvae/NAME` with the agent's arguments, `seed` and `catalog`."""

    hvae_streams = True

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 (Inspect's own signature)
        **model_args: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        name = model_name.removeprefix("hvae/")
        with refusals():
            check_dropped("-M")
            self._seed = model_args.get("seed", 0)
            if isinstance(self._seed, bool) or not isinstance(self._seed, int):
                raise UsageError(f"`-M seed={self._seed}` should be a whole number, such as `-M seed=1`.")
            catalog = load_catalog(_folders(model_args.get("catalog", ())))
            self._agent = make_agent(name, model_args, catalog)

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        """Answer the last question in the conversation that shows options, if the last message asks one.

        Where it asks several, each is answered on a line after its number, by most agents as if it were asked alone.
        """
        reply = self._reply(input)
        output = ModelOutput.from_content(model=self.model_name, content=reply)
        # Without any counts Inspect would go and fetch a tokenizer.
        sent = sum(token_count(message.text) for message in input)
        received = token_count(reply)
        output.usage = ModelUsage(input_tokens=sent, output_tokens=received, total_tokens=sent + received)
        return output

    def _reply(self, messages: list[ChatMessage]) -> str:
        asked = [message for message in messages if isinstance(message, ChatMessageUser)]
        stream, offers = told_in(messages)
        # A second request for the same item shows no options; the question before it does.
        shows = offers and any(all(shown_in(said.text, one.options) for one in offers) for said in asked[-2:])
        agent, prompts = self._agent, [message.text for message in messages if message.role in ("system", "user")]
        if isinstance(agent, Obedient) and not shows and (goal := agent.goal(prompts)):
            return goal
        if not shows:
            return "Understood; I will choose accordingly."
        remembers = isinstance(agent, Obedient) and (agent.drift or agent.first_only)
        items = _items(messages) if remembers else {}
        dialogue = (stream or "").partition("/items/")[0]

        def choose(one: Offer) -> str:
            chooser = agent
            if isinstance(agent, Obedient):
                before = [*items].index(_item(one)) if items else 0
                chooser = agent.after(prompts, random_stream(self._seed, dialogue), before)
                one = next(iter(items.values())) if agent.first_only else one
            return chooser(one.options, random_stream(self._seed, one.stream))

        return "\n".join(choose(one) if one.number is None else f"{one.number}: {choose(one)}" for one in offers)

    def max_connections(self) -> int:
        """As many calls at once as Inspect starts by itself; an agent answers at once."""
        return 100


def _items(messages: Sequence[ChatMessage]) -> dict[str, Offer]:
    """What each item that a conversation asks offers where it is first asked, in the order asked."""
    found: dict[str, Offer] = {}
    for message in messages:
        for one in told_in([message])[1]:
            found.setdefault(_item(one), one)
    return found


def _item(one: Offer) -> str:
    """The part of the stream's name that all questions for an item share."""
    return one.stream.rpartition("/")[0]


def _folders(given: object) -> list[str]:
    named = [given] if isinstance(given, str) else given
    if not isinstance(named, (list, tuple)) or not all(isinstance(one, str) and one.strip() for one in named):
        raise UsageError(f"`-M catalog={given}` should be a folder, or several separated by commas.")
    return list(named)
