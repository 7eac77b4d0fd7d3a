"""Template: the structure of a dialogue. Every word that a model reads stands in a wording."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from hvae_bench.catalogue.entry import Entry, EntryId, Part, Problem, SentenceName, mappings_in
from hvae_bench.scorers.design import GoalKind

Induction = Literal["none", "label", "definition", "self_description"]
"""How a template gives the value: not at all, by its label, by its definition, or by a description that the model
writes first."""


class Turn(Part):
    """One message of the script, and what is expected in return."""

    kind: Literal["value_induction", "role_taking", "goal", "instruction", "decision"] = Field(
        description="What the turn is for. The `decision` turn is asked once for every item.", examples=["decision"]
    )
    role: Literal["system", "user"] = Field(description="Who speaks.", examples=["user"])
    expects: Literal["nothing", "text", "goal", "decision"] = Field(
        description="`nothing`: the model does not reply yet, and what the user says begins the user's next message; "
        "`text`: it replies, and the reply is only kept; "
        "`goal`: its reply is the goal; `decision`: its reply is read as a choice.",
        examples=["decision"],
    )
    say: SentenceName = Field(
        description="The message: name of a sentence of the wording.", examples=["decide_by_value"]
    )
    reask: SentenceName | None = Field(
        default=None,
        description="Sentence said once if the reply to a decision names no option; only for decisions.",
        examples=["reask"],
    )

    @property
    def sentences(self) -> tuple[str, ...]:
        """Names of the sentences that it says, or may have to say."""
        return (self.say,) if self.reask is None else (self.say, self.reask)


class Template(Entry):
    """A script: induction of a value, perhaps a goal, then every item as a decision."""

    family: EntryId = Field(
        description="Templates of one family and induction differ in the goal turn only.", examples=["self-description"]
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
    reasoning: bool = Field(
        default=False,
        description="Whether the decision turn lets the model reason in writing before it answers on the last line.",
        examples=[False],
    )
    turns: tuple[Turn, ...] = Field(
        min_length=1,
        max_length=12,
        description="The messages in order; the last one is the decision.",
        examples=[[{"kind": "decision", "role": "user", "expects": "decision", "say": "decide", "reask": "reask"}]],
    )

    @property
    def tells_value(self) -> bool:
        """Whether anything in it depends on the value: an induction, or a goal or rule of the value's."""
        return self.induction != "none" or self.goal in ("given", "rule")

    @property
    def place(self) -> Literal["user", "system"]:
        """Who says the value: the user, or the system message."""
        roles = {turn.role for turn in self.turns if turn.kind == "value_induction"}
        return "system" if roles == {"system"} else "user"

    @classmethod
    def outdated(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Templates written before there were wordings hold the text of each turn."""
        for place, inner in mappings_in(given):
            if "text" in inner:
                problem = "a turn says a sentence of the wordings, by its name"
                fix = "move the text into a wording and write `say: ...`; `hvae migrate FOLDER` does it"
                yield Problem(problem, fix, (*place, "text"))

    def problems(self) -> Iterator[Problem]:
        """Rules between the fields that the template breaks."""
        yield from super().problems()
        for place, turn in enumerate(self.turns):
            yield from (one.within("turns", place) for one in _turn_problems(turn))
        kinds = [turn.kind for turn in self.turns]
        if kinds[-1] != "decision":
            yield Problem("the last turn is not the decision", "put the turn of `kind: decision` last", ("turns",))
        if kinds.count("decision") > 1:
            fix = "keep only the last one; it is asked once for every item"
            yield Problem("`turns` holds several decision turns", fix, ("turns", kinds.index("decision")))
        states_goal = [place for place, turn in enumerate(self.turns) if turn.expects == "goal"]
        if self.goal == "self_generated" and not states_goal:
            fix = "give the turn of `kind: goal` the line `expects: goal`"
            yield Problem("`goal: self_generated` needs a turn whose reply is the goal", fix, ("goal",))
        if self.goal != "self_generated" and states_goal:
            problem = f"`goal: {self.goal}` does not go with a turn that has `expects: goal`"
            fix = "write `goal: self_generated`, or `expects: text` in that turn"
            yield Problem(problem, fix, ("turns", states_goal[0], "expects"))
        if self.goal != "none" and "goal" not in kinds:
            problem = f"`goal: {self.goal}` needs a turn of `kind: goal`"
            yield Problem(problem, "add one, or write `goal: none`", ("goal",))
        if self.goal == "none" and "goal" in kinds:
            fix = "say in `goal` which one it is, or give the turn another kind"
            yield Problem("`goal: none` does not go with a turn of `kind: goal`", fix, ("turns", kinds.index("goal")))


def _turn_problems(turn: Turn) -> Iterator[Problem]:
    if turn.kind == "decision" and turn.expects != "decision":
        yield Problem("a turn of `kind: decision` expects a decision", "write `expects: decision`", ("expects",))
    if turn.kind == "decision" and turn.role != "user":
        yield Problem("the decision turn is asked by the user", "write `role: user`", ("role",))
    if turn.kind != "decision" and turn.reask is not None:
        yield Problem("`reask` is only for the decision turn", "remove it here", ("reask",))
    if turn.expects in ("decision", "goal") and turn.kind != turn.expects:
        only = f"`expects: {turn.expects}` is only for a turn of `kind: {turn.expects}`"
        problem = f"{only}, and this is `kind: {turn.kind}`"
        yield Problem(problem, "write `expects: text`, or change the kind", ("expects",))
    if turn.role == "system" and turn.expects != "nothing":
        yield Problem("a system message gets no reply", "write `expects: nothing`", ("expects",))
