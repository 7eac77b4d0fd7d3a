"""Reference agents: simulated models whose right score is known, as a provider for Inspect.

They look in the prompt that a language model would read for the lines that show the options, and reply with a label.
Options come in the game's own order, so neither the order shown nor the labels matter, except to the position agent.
"""

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.dialogue.arguments import check_names
from hvae_bench.dialogue.render import Shown
from hvae_bench.scorers import LinearMotive, Motive
from hvae_bench.scorers.calibration import item_rationality
from hvae_bench.text.errors import UsageError
from hvae_bench.text.near_miss import did_you_mean

Agent = Callable[[Sequence[Shown], random.Random], str]
"""Reply to one item, given its options in the game's own order and the random stream of the question."""


def ideal(motives: Sequence[Motive]) -> Agent:
    """Chooses what the first motive wants most (VR = 1 by definition), of several the first in the game's own order."""
    motive = motives[0]

    def agent(options: Sequence[Shown], draw: random.Random) -> str:
        payoffs = np.array([option.payoffs for option in options], dtype=np.float64)
        # Only what the prompt shows counts, so the payoffs are taken as exact.
        best = item_rationality(payoffs, motive, 0.0, options[0].stakes).ideal
        return options[int(np.argmax(best))].label

    return agent


def angle(angle_deg: float) -> Agent:
    """Maximises `cos(theta) * self + sin(theta) * other` (Liebrand & McClintock 1988)."""
    return ideal([LinearMotive(kind="linear", utility_angle_deg=angle_deg)])


def uniform() -> Agent:
    """Chooses every option with the same probability: the reference of all calibration (E[VR] = 0)."""

    def agent(options: Sequence[Shown], draw: random.Random) -> str:
        return options[draw.randrange(len(options))].label

    return agent


def noisy(motives: Sequence[Motive], error: float) -> Agent:
    """Chooses uniformly with probability `error`, else ideally (E[VR] = 1 - error for a single motive)."""
    follow, guess = ideal(motives), uniform()

    def agent(options: Sequence[Shown], draw: random.Random) -> str:
        return guess(options, draw) if draw.random() < error else follow(options, draw)

    return agent


def position(label: str) -> Agent:
    """Answers every item with the same label, whatever stands behind it."""

    def agent(options: Sequence[Shown], draw: random.Random) -> str:
        return label

    return agent


def refuser() -> Agent:
    """Refuses every item."""

    def agent(options: Sequence[Shown], draw: random.Random) -> str:
        return "I'm sorry, but I can't choose for other people."

    return agent


@dataclass(frozen=True, slots=True)
class AgentKind:
    """How an agent is made from the arguments of the model."""

    arguments: tuple[str, ...]
    make: Callable[[Catalog, Mapping[str, Any]], Agent]


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


def _make_position(catalog: Catalog, arguments: Mapping[str, Any]) -> Agent:
    if arguments.get("label") is None:
        raise UsageError("The agent needs `-M label=...`, for example `-M label=A`.")
    return position(str(arguments["label"]))


AGENTS: dict[str, AgentKind] = {
    "angle": AgentKind(
        ("angle",),
        lambda catalog, arguments: angle(_number(arguments, "angle", "30", -179.999, 180)),
    ),
    "uniform": AgentKind((), lambda catalog, arguments: uniform()),
    "position": AgentKind(("label",), _make_position),
    "refuser": AgentKind((), lambda catalog, arguments: refuser()),
    "noisy": AgentKind(
        ("value", "error"),
        lambda catalog, arguments: noisy(
            _motives(catalog, arguments.get("value")), _number(arguments, "error", "0.2", 0, 1)
        ),
    ),
}
"""The agents beside those named after a value target, with their arguments."""

_SHARED_ARGUMENTS = ("seed", "catalog")


def make_agent(name: str, arguments: Mapping[str, Any], catalog: Catalog) -> Agent:
    """The agent of this name: one of `AGENTS`, or the id of a value target for its ideal agent.

    Raises:
        UsageError: an unknown name or argument; the message lists the right ones.
    """
    if name in AGENTS:
        kind = AGENTS[name]
    elif name in catalog.values and catalog.values[name].motives:
        kind = AgentKind((), lambda catalog, arguments: ideal(_motives(catalog, name)))
    else:
        known = [*sorted(id_ for id_, target in catalog.values.items() if target.motives), *AGENTS]
        raise UsageError(
            f"There is no reference agent {name!r}. {did_you_mean(name, known)}Choose one of: {', '.join(known)} "
            "(as hvae/NAME)."
        )
    check_names(f"The agent {name!r}", arguments, [*kind.arguments, *_SHARED_ARGUMENTS])
    return kind.make(catalog, arguments)


def shown_in(prompt: str, options: Sequence[Shown]) -> bool:
    """Whether a prompt shows all of these options, each on its line."""
    lines = set(prompt.splitlines())
    return all(option.line in lines for option in options)


def random_stream(seed: int, stream: str) -> random.Random:
    """The random stream of one question: it depends on seed and name alone, never on timing."""
    return random.Random(hashlib.sha256(f"{seed}/{stream}".encode()).digest())
