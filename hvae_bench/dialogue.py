"""Dialogue: how a script is worded, from the opening turns to each item as a question.

Pure text: no model is called here, so a dialogue can be printed without running one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from hvae_bench.rendering import arrange, format_payoff, render
from hvae_bench.sample import DialogueScript
from hvae_bench.scorers import ShownOption
from hvae_bench.shown import Shown
from hvae_bench.template import Turn

__all__ = ["Question", "opening_text", "questions"]


@dataclass(frozen=True, slots=True)
class Question:
    """An item as it is put to the model.

    Attributes:
        item_id: id of the item.
        turn: the decision turn that asks it.
        offers: the options as they are shown, in that order.
        shown: the options with labels and ids, in the order shown.
        content: what takes the place of every placeholder but the goal.
    """

    item_id: str
    turn: Turn
    offers: tuple[Shown, ...]
    shown: tuple[ShownOption, ...]
    content: dict[str, str]

    def prompt(self, goal: str) -> str:
        """The question, with the goal that the model stated ("" if none)."""
        return render(self.turn.text, self.content | {"goal": goal})

    def reask_prompt(self, goal: str) -> str | None:
        """What is said once if the first reply names no option; None if the template does not ask again."""
        return None if self.turn.reask is None else render(self.turn.reask, self.content | {"goal": goal})

    def option_id(self, label: str) -> str:
        """Id of the option that was shown with this label.

        Raises:
            KeyError: no option was shown with it.
        """
        for option in self.shown:
            if option.label == label:
                return option.option_id
        raise KeyError(label)


def opening_text(script: DialogueScript, turn: Turn, goal: str) -> str:
    """What a turn before the items says, with the goal that the model has stated by then ("" if none)."""
    return render(turn.text, _shared(script) | {"goal": goal})


def questions(script: DialogueScript, stream: str) -> tuple[Question, ...]:
    """All items as questions, in the order asked.

    Args:
        script: the script of the dialogue.
        stream: names the random draws of shuffled orders; the same text gives the same orders everywhere.
    """
    items = arrange(script.game.items, script.framing.item_order, f"{stream}/items")
    shared = _shared(script)
    found = []
    for number, item in enumerate(items, start=1):
        options = arrange(item.options, script.framing.option_order, f"{stream}/options/{item.id}")
        labelled = tuple(zip(script.framing.labels[: len(options)], options, strict=True))
        offers = tuple(
            _offer(script.framing.option_line, label, option.id, option.payoff_self, option.payoff_other)
            for label, option in labelled
        )
        content = {
            "item_number": str(number),
            "situation": item.situation or "",
            "options": "\n".join(offer.line for offer in offers),
            "labels": ", ".join(offer.label for offer in offers),
        }
        shown = _shown(tuple((label, option.id) for label, option in labelled))
        found.append(Question(item.id, script.turns[-1], offers, shown, shared | content))
    return tuple(found)


def _shared(script: DialogueScript) -> dict[str, str]:
    return {
        "value_label": script.value_label,
        "value_definition": script.value_definition,
        "value_goal": script.value_goal or "",
        "value_rule": script.value_rule or "",
        "counterpart": script.framing.counterpart,
        "unit": script.framing.unit,
        "item_count": str(len(script.game.items)),
    }


# Unless orders are shuffled, every dialogue of a cell shows the same few options.
@lru_cache(maxsize=4096)
def _offer(pattern: str, label: str, option_id: str, payoff_self: float, payoff_other: float) -> Shown:
    payoffs = {"payoff_self": format_payoff(payoff_self), "payoff_other": format_payoff(payoff_other)}
    return Shown(label, option_id, (payoff_self, payoff_other), render(pattern, {"label": label, **payoffs}))


@lru_cache(maxsize=1024)
def _shown(labelled: tuple[tuple[str, str], ...]) -> tuple[ShownOption, ...]:
    return tuple(ShownOption(label=label, option_id=id_) for label, id_ in labelled)
