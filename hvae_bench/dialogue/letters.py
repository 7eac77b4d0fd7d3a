"""Letters: the probabilities of the options, read from those of the tokens at a label's place in a reply."""

import math
from collections.abc import Sequence
from typing import Any

from inspect_ai.model import Logprob, ModelOutput

from hvae_bench.dialogue.surroundings import visible_reply
from hvae_bench.scorers import ShownOption

_AROUND = " \t\n\r.:)(*\"'`"
"""What may stand around a label in a reply that is a label and nothing else."""


def letter_probabilities(output: ModelOutput, shown: Sequence[ShownOption], label: str | None) -> dict[str, Any]:
    """Fields of a `Decision`: the probabilities, or why there are none; neither where a reply came without its tokens.

    The reply must be a label and nothing else. Its first token that is not blank is the label, and the tokens reported
    in its place are counted for an option if they are its label, with or without blanks around it (" A" and "A").
    """
    logprobs = output.choices[0].logprobs if output.choices else None
    if logprobs is None or not logprobs.content:
        return {}
    token = next((token for token in logprobs.content if token.token.strip()), None)
    if token is None or label is None or visible_reply(output.completion).strip(_AROUND) != label:
        return {"no_probabilities": "no_label"}
    labels = [option.label for option in shown]
    if any(one != other and other.startswith(one) for one in labels for other in labels):
        return {"no_probabilities": "common_beginning"}
    if token.token.strip() != label:
        return {"no_probabilities": "several_tokens"}
    reported = _reported(token)
    if len(reported) < len(shown):
        return {"no_probabilities": "too_few_reported"}
    masses = dict.fromkeys(labels, 0.0)
    for text, probability in reported:
        if (text := text.strip()) in masses:
            masses[text] += probability
    # A long label without a token of its own may have been meant by the tokens that it is made of.
    if any(len(one) > 1 and not mass for one, mass in masses.items()):
        return {"no_probabilities": "several_tokens"}
    mass = sum(masses.values())
    if not mass:
        return {"no_probabilities": "no_label"}
    return {
        "probabilities": {option.option_id: masses[option.label] / mass for option in shown},
        "label_mass": min(mass, 1.0),
        "unreported_mass": min(1.0, max(0.0, 1.0 - sum(probability for _, probability in reported))),
    }


def _reported(token: Logprob) -> list[tuple[str, float]]:
    """Probability of every token reported at a place; some providers leave the one drawn out of the others."""
    reported = [(other.token, math.exp(other.logprob)) for other in token.top_logprobs or ()]
    if all(text != token.token for text, _ in reported):
        reported.append((token.token, math.exp(token.logprob)))
    return reported
