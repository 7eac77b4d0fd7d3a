"""Template: the declarative script of a dialogue. Every word that a model reads stands in one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from hvae_bench.entry import Entry, EntryId, LanguageTag, Part, PartError, ReviewStatus, Text
from hvae_bench.scorers.design import GoalKind

__all__ = ["PLACEHOLDERS", "Induction", "Template", "Turn", "placeholders_in"]

Induction = Literal["none", "label", "definition", "self_description"]
"""How a template gives the value: not at all, by its label, by its definition, or by a description that the model
writes first."""

PLACEHOLDERS: dict[str, str] = {
    "value_label": "the target's label as it is induced",
    "value_definition": "the target's definition",
    "value_goal": "the target's goal, only where the template says `goal: given`",
    "value_rule": "the target's rule, only where the template says `goal: rule`",
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
_NAMES_A_VALUE = frozenset({"value_label", "value_definition"})
_OF_A_GOAL: dict[str, GoalKind] = {"value_goal": "given", "value_rule": "rule"}
_BRACED = re.compile(r"\{([^{}]*)\}")


def placeholders_in(text: str, *place: str | int) -> list[str]:
    """Names in braces in a text, in order.

    Args:
        text: the pattern.
        place: path of the text within the part that holds it, for the error.

    Raises:
        PartError: a brace that opens or closes nothing.
    """
    if re.search(r"[{}]", _BRACED.sub("", text)):
        problem = "a brace `{` or `}` stands alone"
        raise PartError(problem, "keep braces for placeholders such as {unit}", *place)
    return _BRACED.findall(text)


def _in_braces(names: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)


def _only(names: Iterable[str]) -> dict[str, Any]:
    """JSON Schema of a text in which no other names stand in braces."""
    return {"pattern": rf"^([^{{}}]|\{{({'|'.join(names)})\}})*$"}


def _turn_schema() -> dict[str, Any]:
    """The rules between a turn's fields, as JSON Schema."""
    others = [name for name in PLACEHOLDERS if name not in _OF_A_DECISION]
    shows: list[dict[str, Any]] = [{"pattern": rf"\{{{name}\}}"} for name in ("options", "labels")]
    anything = _only(PLACEHOLDERS)
    return {
        "if": {"properties": {"kind": {"const": "decision"}}, "required": ["kind"]},
        "then": {
            "properties": {
                "role": {"const": "user"},
                "expects": {"const": "decision"},
                "text": {"allOf": [anything, *shows]},
                "reask": anything,
            }
        },
        "else": {
            "properties": {"expects": {"not": {"const": "decision"}}, "text": _only(others), "reask": {"type": "null"}}
        },
        "allOf": [
            {
                "if": {"properties": {"role": {"const": "system"}}, "required": ["role"]},
                "then": {"properties": {"expects": {"const": "nothing"}}},
            },
            {
                "if": {"properties": {"expects": {"const": "goal"}}, "required": ["expects"]},
                "then": {"properties": {"kind": {"const": "goal"}}},
            },
        ],
    }


class Turn(Part):
    """One message of the script, and what is expected in return."""

    model_config = ConfigDict(json_schema_extra=_turn_schema())

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
        description=f"The message. Names in braces are placeholders: {_in_braces(PLACEHOLDERS)}.",
        examples=["{options}\n\nAnswer with one of {labels}."],
    )
    reask: Text | None = Field(
        default=None,
        description="Message sent once if the reply to a decision names no option; only for decisions.",
        examples=["Please answer with exactly one of {labels}."],
    )

    @property
    def placeholders(self) -> frozenset[str]:
        """Names in braces that the message or the second asking uses."""
        return frozenset((*placeholders_in(self.text), *placeholders_in(self.reask or "")))

    @model_validator(mode="after")
    def _placeholders_known(self) -> Turn:
        allowed = [name for name in PLACEHOLDERS if self.kind == "decision" or name not in _OF_A_DECISION]
        for field, text in (("text", self.text), ("reask", self.reask or "")):
            for name in placeholders_in(text, field):
                if name not in allowed:
                    problem = f"a turn of `kind: {self.kind}` has no placeholder {{{name}}}"
                    raise PartError(problem, f"use only {_in_braces(allowed)}", field)
        if self.kind == "decision" and self.expects != "decision":
            raise PartError("a turn of `kind: decision` expects a decision", "write `expects: decision`", "expects")
        if self.kind != "decision" and self.expects == "decision":
            problem = f"`expects: decision` is only for a turn of `kind: decision`, and this is `kind: {self.kind}`"
            raise PartError(problem, "write `expects: text`, or change the kind", "expects")
        if self.kind == "decision":
            for name in ("options", "labels"):
                if name not in placeholders_in(self.text):
                    raise PartError(f"the decision turn does not show {{{name}}}", "add it to its text", "text")
            if self.role != "user":
                raise PartError("the decision turn is asked by the user", "write `role: user`", "role")
        elif self.reask is not None:
            raise PartError("`reask` is only for the decision turn", "remove it here", "reask")
        if self.expects == "goal" and self.kind != "goal":
            problem = f"`expects: goal` is only for a turn of `kind: goal`, and this is `kind: {self.kind}`"
            raise PartError(problem, "write `expects: text`, or change the kind", "expects")
        if self.role == "system" and self.expects != "nothing":
            raise PartError("a system message gets no reply", "write `expects: nothing`", "expects")
        return self


_STATES_GOAL = {"properties": {"expects": {"const": "goal"}}, "required": ["expects"]}
_HAS_GOAL_TURN = {"properties": {"kind": {"const": "goal"}}, "required": ["kind"]}


def _names(pattern: str) -> dict[str, Any]:
    """JSON Schema of a turn that uses a placeholder."""
    text = {"type": "string", "pattern": pattern}
    return {"anyOf": [{"properties": {field: text}, "required": [field]} for field in ("text", "reask")]}


def _only_for(goal: str, name: str) -> dict[str, Any]:
    """JSON Schema of a template that uses a placeholder with one kind of goal alone."""
    uses = {"properties": {"turns": {"contains": _names(rf"\{{{name}\}}")}}, "required": ["turns"]}
    return {"if": uses, "then": {"properties": {"goal": {"const": goal}}}}


_TEMPLATE_SCHEMA: dict[str, Any] = {
    "allOf": [
        {
            "if": {"properties": {"goal": {"const": "self_generated"}}, "required": ["goal"]},
            "then": {"properties": {"turns": {"contains": _STATES_GOAL}}},
            "else": {"properties": {"turns": {"not": {"contains": {"anyOf": [_STATES_GOAL, _names(r"\{goal\}")]}}}}},
        },
        {
            "if": {"properties": {"goal": {"const": "none"}}, "required": ["goal"]},
            "then": {"properties": {"turns": {"not": {"contains": _HAS_GOAL_TURN}}}},
            "else": {"properties": {"turns": {"contains": _HAS_GOAL_TURN}}},
        },
        {
            "if": {"properties": {"induction": {"const": "none"}}, "required": ["induction"]},
            "then": {"properties": {"turns": {"not": {"contains": _names(r"\{value_\w+\}")}}}},
            "else": {"properties": {"turns": {"contains": _names(r"\{value_(label|definition)\}")}}},
        },
        *(_only_for(goal, name) for name, goal in _OF_A_GOAL.items()),
    ]
}
"""The rules between a template's fields, as JSON Schema; that the decision comes last, it cannot say."""


class Template(Entry):
    """A script: induction of a value, perhaps a goal, then every item as a decision."""

    model_config = ConfigDict(json_schema_extra=_TEMPLATE_SCHEMA)

    language: LanguageTag = Field(description="Language of the wording (BCP 47).", examples=["en"])
    family: EntryId = Field(
        description="Templates of one family differ in wording and goal turn only.", examples=["self-description"]
    )
    induction: Induction = Field(
        description="How the value is given: not at all, by its label, by its definition, or by letting the "
        "model describe it first.",
        examples=["self_description"],
    )
    goal: GoalKind = Field(
        description="Which goal turn there is: none, one in which the model states its goal, a goal given to "
        "it, a question of the same form without any value in it, or the utility rule outright.",
        examples=["self_generated"],
    )
    paraphrase: int = Field(ge=1, description="Number of the wording within its family.", examples=[1])
    reasoning: bool = Field(
        default=False,
        description="Whether the decision turn lets the model reason in writing before it answers on the last line.",
        examples=[False],
    )
    translation_of: EntryId | None = Field(
        default=None,
        description="Id of the template in another language that this one translates, turn by turn.",
        examples=["goal-prompting"],
    )
    status: ReviewStatus = Field(
        default="unreviewed",
        description="`reviewed` once a native speaker has found the wording sound.",
        examples=["unreviewed"],
    )
    turns: tuple[Turn, ...] = Field(
        min_length=1,
        max_length=12,
        json_schema_extra={
            "contains": {"properties": {"kind": {"const": "decision"}}, "required": ["kind"]},
            "maxContains": 1,
        },
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
        if kinds[-1] != "decision":
            raise PartError("the last turn is not the decision", "put the turn of `kind: decision` last", "turns")
        if kinds.count("decision") > 1:
            mend = "keep only the last one; it is asked once for every item"
            raise PartError("`turns` holds several decision turns", mend, "turns", kinds.index("decision"))
        states_goal = [place for place, turn in enumerate(self.turns) if turn.expects == "goal"]
        if self.goal == "self_generated" and not states_goal:
            mend = "give the turn of `kind: goal` the line `expects: goal`"
            raise PartError("`goal: self_generated` needs a turn whose reply is the goal", mend, "goal")
        if self.goal != "self_generated" and states_goal:
            problem = f"`goal: {self.goal}` does not go with a turn that has `expects: goal`"
            mend = "write `goal: self_generated`, or `expects: text` in that turn"
            raise PartError(problem, mend, "turns", states_goal[0], "expects")
        if self.goal != "none" and "goal" not in kinds:
            problem = f"`goal: {self.goal}` needs a turn of `kind: goal`"
            raise PartError(problem, "add one, or write `goal: none`", "goal")
        if self.goal == "none" and "goal" in kinds:
            mend = "say in `goal` which one it is, or give the turn another kind"
            raise PartError("`goal: none` does not go with a turn of `kind: goal`", mend, "turns", kinds.index("goal"))
        names_value = False
        for place, turn in enumerate(self.turns):
            for field, text in (("text", turn.text), ("reask", turn.reask or "")):
                used = placeholders_in(text)
                if "goal" in used and place <= min(states_goal, default=len(self.turns)):
                    problem = "{goal} is used, but no turn before has stated a goal"
                    mend = "remove it, or add a turn with `expects: goal` above"
                    raise PartError(problem, mend, "turns", place, field)
                of_a_value = [name for name in used if name in _NAMES_A_VALUE or name in _OF_A_GOAL]
                if self.induction == "none" and of_a_value:
                    problem = f"`induction: none` does not go with {{{of_a_value[0]}}}"
                    raise PartError(problem, "remove it, or change `induction`", "turns", place, field)
                for name in of_a_value:
                    if _OF_A_GOAL.get(name, self.goal) != self.goal:
                        problem = f"{{{name}}} does not go with `goal: {self.goal}`"
                        mend = f"remove it, or write `goal: {_OF_A_GOAL[name]}`"
                        raise PartError(problem, mend, "turns", place, field)
                names_value = names_value or not _NAMES_A_VALUE.isdisjoint(used)
        if self.induction != "none" and not names_value:
            problem = f"`induction: {self.induction}` needs a turn that names the value"
            raise PartError(problem, "use {value_label} or {value_definition} in a turn", "induction")
        return self

    @property
    def placeholders(self) -> frozenset[str]:
        """Names in braces that any of its turns uses."""
        return frozenset(name for turn in self.turns for name in turn.placeholders)
