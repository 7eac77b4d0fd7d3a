"""Template: the declarative script of a dialogue. Every word that a model reads stands in one."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, model_validator

from hvae_bench.entry import Entry, EntryId, Part, Text

__all__ = ["PLACEHOLDERS", "Template", "Turn", "placeholders_in"]

PLACEHOLDERS: dict[str, str] = {
    "value_label": "the target's label as it is induced",
    "value_definition": "the target's definition",
    "counterpart": "who receives the other payoff, from the framing",
    "unit": "what the payoffs count, from the framing",
    "item_count": "number of items in the game",
    "item_number": "place of the item in the dialogue, from 1",
    "situation": "the item's own text, empty where it has none",
    "options": "the options, a line each",
    "labels": "the labels offered, separated by commas",
    "goal": "the goal that the model stated",
}
"""Every name that may stand in braces in a turn, with what takes its place."""

_OF_A_DECISION = frozenset({"item_number", "situation", "options", "labels"})
_OF_A_VALUE = frozenset({"value_label", "value_definition"})
_BRACED = re.compile(r"\{([^{}]*)\}")


def placeholders_in(text: str) -> list[str]:
    """Names in braces in a text, in order.

    Raises:
        ValueError: a brace that opens or closes nothing.
    """
    if re.search(r"[{}]", _BRACED.sub("", text)):
        raise ValueError("a brace `{` or `}` stands alone; braces are for placeholders such as {options}")
    return _BRACED.findall(text)


class Turn(Part):
    """One message of the script, and what is expected in return."""

    kind: Literal["value_induction", "role_taking", "goal", "instruction", "decision"] = Field(
        description="What the turn is for. The `decision` turn is asked once for every item.",
        examples=["decision"],
    )
    role: Literal["system", "user"] = Field(description="Who speaks.", examples=["user"])
    expects: Literal["nothing", "text", "goal", "decision"] = Field(
        description="`nothing`: the model does not reply yet; `text`: it replies, and the reply is only kept; "
        "`goal`: its reply is the goal; `decision`: its reply is read as a choice.",
        examples=["decision"],
    )
    text: Text = Field(
        description="The message. Names in braces are placeholders: "
        + ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        + ".",
        examples=["{options}\n\nAnswer with one of {labels}."],
    )
    reask: Text | None = Field(
        default=None,
        description="Message sent once if the reply to a decision names no option; only for decisions.",
        examples=["Please answer with exactly one of {labels}."],
    )

    @model_validator(mode="after")
    def _placeholders_known(self) -> Turn:
        allowed = set(PLACEHOLDERS) if self.kind == "decision" else set(PLACEHOLDERS) - _OF_A_DECISION
        for name in [*placeholders_in(self.text), *placeholders_in(self.reask or "")]:
            if name not in allowed:
                known = ", ".join(f"{{{known}}}" for known in PLACEHOLDERS if known in allowed)
                raise ValueError(f"a {self.kind} turn has no placeholder {{{name}}}; use only {known}")
        if (self.kind == "decision") != (self.expects == "decision"):
            raise ValueError("`kind: decision` and `expects: decision` belong together; give both or neither")
        if self.kind == "decision":
            for name in ("options", "labels"):
                if name not in placeholders_in(self.text):
                    raise ValueError(f"the decision turn does not show {{{name}}}; add it to its text")
            if self.role != "user":
                raise ValueError("the decision turn must have `role: user`")
        elif self.reask is not None:
            raise ValueError("`reask` is only for the decision turn; remove it here")
        if self.expects == "goal" and self.kind != "goal":
            raise ValueError("`expects: goal` is only for a turn of `kind: goal`")
        if self.role == "system" and self.expects != "nothing":
            raise ValueError("a system message gets no reply; write `expects: nothing`")
        return self


class Template(Entry):
    """A script: induction of a value, perhaps a goal, then every item as a decision."""

    language: str = Field(
        pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        description="Language of the wording (BCP 47).",
        examples=["en"],
    )
    family: EntryId = Field(
        description="Templates of one family differ in wording only.", examples=["self-description"]
    )
    induction: Literal["none", "label", "definition", "self_description"] = Field(
        description="How the value is given: not at all, by its label, by its definition, or by letting the "
        "model describe it first.",
        examples=["self_description"],
    )
    goal: Literal["none", "self_generated", "given", "filler", "rule"] = Field(
        description="Which goal turn there is: none, one in which the model states its goal, a goal given to "
        "it, a question of the same form without any value in it, or the utility rule outright.",
        examples=["self_generated"],
    )
    paraphrase: int = Field(ge=1, description="Number of the wording within its family.", examples=[1])
    turns: tuple[Turn, ...] = Field(
        min_length=1,
        max_length=12,
        description="The messages in order; the last one is the decision.",
        examples=[
            [
                {
                    "kind": "decision",
                    "role": "user",
                    "expects": "decision",
                    "text": "{options}\n\nAnswer with one of {labels}.",
                }
            ]
        ],
    )

    @model_validator(mode="after")
    def _script_holds_together(self) -> Template:
        kinds = [turn.kind for turn in self.turns]
        if kinds.count("decision") != 1 or kinds[-1] != "decision":
            raise ValueError("`turns` needs exactly one decision turn, as the last one")
        states_goal = any(turn.expects == "goal" for turn in self.turns)
        if states_goal != (self.goal == "self_generated"):
            raise ValueError("`goal: self_generated` and a turn with `expects: goal` belong together")
        used = {name for turn in self.turns for name in placeholders_in(turn.text + (turn.reask or ""))}
        if "goal" in used and not states_goal:
            raise ValueError("{goal} is used, but no turn has `expects: goal`")
        if self.goal != "none" and "goal" not in kinds:
            raise ValueError(f"`goal: {self.goal}` needs a turn of `kind: goal`")
        named = used & _OF_A_VALUE
        if self.induction == "none" and named:
            raise ValueError(f"`induction: none` may not use {{{min(named)}}}")
        if self.induction != "none" and not named:
            raise ValueError(f"`induction: {self.induction}` must use {{value_label}} or {{value_definition}}")
        return self

    @property
    def decision(self) -> Turn:
        """The turn that is asked for every item."""
        return self.turns[-1]

    @property
    def opening(self) -> tuple[Turn, ...]:
        """The turns before the decisions."""
        return self.turns[:-1]
