"""Conversations: fresh items asked under a rule alone, in the words of a wording, with the ideal answers in place.

They are dialogues of the template that gives the rule and no value, as a run would ask them; each has one rule and one
shape.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from hvae_bench.catalogue.catalog import Catalog
from hvae_bench.catalogue.derived_game import drawn
from hvae_bench.catalogue.fit import Parts, misfit
from hvae_bench.catalogue.framing import Framing
from hvae_bench.catalogue.game import Game, Item, Option
from hvae_bench.catalogue.rendering import arrange
from hvae_bench.catalogue.system import System
from hvae_bench.catalogue.template import Template
from hvae_bench.catalogue.wording import Wording
from hvae_bench.dialogue.render import Question, Said, follow, play_opening, questions
from hvae_bench.dialogue.sample import Cell, DialogueScript
from hvae_bench.text.errors import UsageError
from hvae_bench.training.fresh import FreshItem, Split, fresh_items, tables_of
from hvae_bench.training.reward import AnswerWords
from hvae_bench.training.shapes import SHAPES, shape_of

_DECISIONS = range(4, 10)
_DIGITS = 6


@dataclass(frozen=True)
class Course:
    """What conversations are made of; see `course`."""

    catalog: Catalog
    shapes: tuple[str, ...]
    rules: tuple[str, ...]
    seed: int
    system: System
    template: Template
    wording: Wording
    framing: Framing

    def conversations(self, n: int, split: Split = "train") -> Iterator[dict[str, Any]]:
        """So many of them, every shape with every rule equally often; no item of the catalogue, and none twice.

        Each is made of plain values, and holds what docs/training.md says.

        Raises:
            UsageError: as `fresh_items`.
        """
        both = [*product(self.shapes, self.rules)]
        scripts = {(rule, n_items): self.script(rule, n_items) for rule in self.rules for n_items in _DECISIONS}
        taken = tables_of(self.catalog.games.values())
        for number in range(n):
            stream = f"training/{self.seed}/{split}/{number}"
            turn, place = divmod(number, len(both))
            shape, rule = arrange(both, "shuffled", f"training/{self.seed}/{split}/turn/{turn}")[place]
            n_items = drawn(_DECISIONS, f"{stream}/decisions")
            fresh = fresh_items(
                shape,
                self.catalog.values[rule].motives,
                seed=self.seed,
                name=str(number),
                split=split,
                stakes=self.system.stake_ids,
                taken=taken,
            )
            told = {"id": f"training-{self.seed}-{split}-{number}", "split": split, "seed": self.seed}
            told |= {"rule": rule, "shape": shape, "stakes": [*self.system.stake_ids]}
            yield told | _conversation(scripts[rule, n_items], [*islice(fresh, n_items)], stream)

    @property
    def words(self) -> AnswerWords:
        """The words by which replies are read, whatever the rule."""
        script = self.script(self.rules[0], 1)
        assert script.framing.options is not None  # only records of an older version lack them
        return AnswerWords(options=script.framing.options, reading=script.reading)

    def script(self, rule: str, n_items: int) -> DialogueScript:
        """The script of a dialogue of so many items, which are only held free.

        Raises:
            UsageError: no such value, or one that does not fit.
        """
        game = Game(
            id="fresh",
            title="Fresh items",
            source="Drawn from a seed.",
            licence="Drawn from a seed.",
            measures="Whether a rule is followed.",
            system=self.system.id,
            items=tuple(_item(f"d{place}", [(0,) * len(self.system.stakes)] * 2) for place in range(1, n_items + 1)),
        ).about(self.system)
        value = self.catalog.pick("values", rule)
        parts = Parts(value, game, self.system, self.template, self.wording, self.framing)
        if (wrong := misfit(parts)) is not None:
            raise UsageError(f"{wrong.problem[0].upper()}{wrong.problem[1:]}; {wrong.fix}.")
        return Cell(parts, "shuffled", "published", ()).script()


def course(
    catalog: Catalog,
    *,
    seed: int,
    shapes: Sequence[str] | None = None,
    rules: Sequence[str] | None = None,
    system: str | None = None,
    wording: str | None = None,
    framing: str | None = None,
) -> Course:
    """What conversations are made of.

    Args:
        catalog: whose rules and words are used, and whose items are not.
        seed: names all draws.
        shapes: names of shapes; all that go with the system if None.
        rules: ids of the values whose rules are given; all that have one in the wording if None.
        system: id of the value system whose stakes the payoffs go to; that of the default scenario if None.
        wording: id; the default one if None.
        framing: id; the default one if None.

    Raises:
        UsageError: an id or a name that is unknown, or does not fit the others.
    """
    first = catalog.default_scenario().crossings[0].games[0]
    about: System = catalog.pick("systems", system or catalog.games[first].system)
    words: Wording = catalog.pick("wordings", wording or _default(catalog.wordings))
    fitting = [name for name, shape in SHAPES.items() if shape.goes_with(about.stake_ids)]
    having = [
        id_
        for id_, value in catalog.values.items()
        if value.motives and value.belongs_to(about.id) and getattr(words.value_words(value), "rule", None)
    ]
    alone = (one for one in catalog.templates.values() if (one.induction, one.goal) == ("none", "rule"))
    template = next((one for one in alone if not one.reasoning), None)
    if template is None:
        fix = "Add one with `induction: none` and `goal: rule`."
        raise UsageError(f"The catalogue has no template that gives the rule and nothing else. {fix}")
    made = Course(
        catalog=catalog,
        shapes=tuple(dict.fromkeys(fitting if shapes is None else shapes)),
        rules=tuple(dict.fromkeys(having if rules is None else rules)),
        seed=seed,
        system=about,
        template=template,
        wording=words,
        framing=catalog.pick("framings", framing or _default(catalog.framings)),
    )
    for shape in made.shapes:
        shape_of(shape, about.stake_ids)
    for rule in made.rules:
        made.script(rule, _DECISIONS[-1])
    if not made.shapes or not made.rules:
        raise UsageError(f"There is no {'rule' if made.shapes else 'shape'} to make conversations of. Name one.")
    return made


def _default(entries: Mapping[str, Any]) -> str:
    return next(id_ for id_, entry in entries.items() if entry.default)


def _item(id_: str, payoffs: Sequence[tuple[int, ...]]) -> Item:
    options = (Option(id=f"o{place}", payoffs=one) for place, one in enumerate(payoffs, start=1))
    return Item(id=id_, options=tuple(options))


def _conversation(script: DialogueScript, fresh: Sequence[FreshItem], stream: str) -> dict[str, Any]:
    """What is said, and what each choice is worth; `stream` names the draws of orders and of answers."""
    items = tuple(_item(item.id, one.payoffs) for item, one in zip(script.game.items, fresh, strict=True))
    script = script.model_copy(update={"game": script.game.model_copy(update={"items": items})})
    messages: list[dict[str, str]] = []
    own_replies: list[int] = []

    def confirm(said: Said) -> str | None:
        messages.append({"role": said.message.role, "content": said.text})
        if said.message.expects == "nothing":
            return None
        own_replies.append(len(messages))
        messages.append({"role": "assistant", "content": script.content["value_rule"]})
        return script.content["value_rule"]

    goal = follow(play_opening(script), confirm)
    decisions = []
    for question, item in zip(questions(script, stream), fresh, strict=True):
        decision = _decision(question, item, len(messages) + 1)
        answer = drawn(decision["ideal"], f"{stream}/answer/{question.item_id}")
        messages.append({"role": question.message.role, "content": question.prompt(goal)})
        messages.append({"role": "assistant", "content": answer})
        decisions.append(decision)
    return {"messages": messages, "own_replies": own_replies, "decisions": decisions}


def _decision(question: Question, item: FreshItem, answered_at: int) -> dict[str, Any]:
    """The options in the order shown, with what each is worth."""
    places = [question.published.index(option.option_id) for option in question.shown]
    return {
        "message": answered_at,
        "labels": [option.label for option in question.shown],
        "payoffs": [[*map(float, option.payoffs)] for option in question.shown],
        "ideal": [option.label for option, place in zip(question.shown, places, strict=True) if item.ideal[place]],
        "reward": [round(item.reward[place], _DIGITS) for place in places],
    }
