"""Fit: whether entries can make a cell together, and which words it would lack in its language."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from hvae_bench.catalogue.entry import Problem
from hvae_bench.catalogue.framing import Framing
from hvae_bench.catalogue.game import Game
from hvae_bench.catalogue.system import System
from hvae_bench.catalogue.template import Template
from hvae_bench.catalogue.value import ValueTarget
from hvae_bench.catalogue.wording import BATCHED, OF_SYSTEM, Wording, names_in
from hvae_bench.scorers.calibration import applies, describe

OF_A_DECISION = frozenset({"item_number", "ordinal", "situation", "options", "labels"})
"""Placeholders that differ from item to item."""

_OF_A_GOAL = {"value_goal": "given", "value_rule": "rule"}


@dataclass(frozen=True, slots=True)
class Parts:
    """The entries of a cell."""

    value: ValueTarget
    game: Game
    system: System
    template: Template
    wording: Wording
    framing: Framing

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of value, game, template, wording and framing."""
        return (self.value.id, self.game.id, self.template.id, self.wording.id, self.framing.id)


def misfit(parts: Parts) -> Problem | None:
    """Why these cannot make a cell, and what to do about it; None if they can."""
    if wrong := clash(parts):
        return wrong
    if lacking := missing_words(parts):
        return Problem(
            f"the wording {parts.wording.id!r} ({parts.wording.language}) has no words for {', '.join(lacking)}",
            "add them to the wording, or leave this combination out",
        )
    return next(misplaced(parts.template, parts.wording), None)


def clash(parts: Parts) -> Problem | None:
    """Why these cannot make a cell in any words; None if they can."""
    value, template, framing = parts.value, parts.template, parts.framing
    if value.is_induced != template.tells_value:
        is_, does = ("is to be induced", "none") if value.is_induced else ("stands for no value at all", "one")
        problem = f"the value {value.id!r} {is_}, but the template {template.id!r} induces {does}"
        return Problem(problem, "put them into separate crossings")
    told = {"given": "goal", "rule": "rule"}.get(template.goal)
    if told and value.is_induced and getattr(value, told) is None:
        problem = f"the template {template.id!r} gives the `{told}` of the value {value.id!r}, which has none"
        return Problem(problem, f"add `{told}` to the value, or leave this combination out")
    if not value.belongs_to(parts.system.id):
        problem = (
            f"the value {value.id!r} is of the system {value.system!r}, and the game {parts.game.id!r} of "
            f"{parts.system.id!r}"
        )
        return Problem(problem, "put values and games of one system into a crossing")
    most = max(len(item.options) for item in parts.game.items)
    if most > len(framing.labels):
        problem = (
            f"the game {parts.game.id!r} has an item of {most} options, but the framing {framing.id!r} only "
            f"{len(framing.labels)} labels"
        )
        return Problem(problem, "add labels to the framing, or choose another one")
    return None


def system_problems(value: ValueTarget, systems: Mapping[str, System]) -> Iterator[Problem]:
    """Why a value belongs to no system, or not to the one it names, which is among these."""
    if not value.is_induced:
        return
    if value.system is not None:
        stakes = systems[value.system].stake_ids
        for place, motive in enumerate(value.motives):
            if not applies([motive], stakes):
                problem = f"the motive {describe(motive)} does not go with the system {value.system!r}"
                fix = f"name stakes of the system: {', '.join(stakes)}; or write another `system`"
                yield Problem(problem, fix, ("motives", place))
    elif not (found := systems_of(value, systems)):
        stakes = tuple(dict.fromkeys(stake for motive in value.motives for stake in motive.needs))
        problem = f"no system has the {'stakes' if len(stakes) > 1 else 'stake'} {', '.join(stakes)} of the motives"
        known = "; ".join(f"{', '.join(one.stake_ids)} ({id_})" for id_, one in systems.items())
        yield Problem(problem, f"name stakes of one system: {known}", ("motives",))
    elif len(found) > 1:
        problem = f"the value may be of the systems {', '.join(found)}"
        yield Problem(problem, f"write `system: {found[0]}`, or another of them", ("motives",))


def systems_of(value: ValueTarget, systems: Mapping[str, System]) -> list[str]:
    """Ids of the systems that a value which names none may be of; it is one, or the value has to name it."""
    having = [one for one in systems.values() if applies(value.motives, one.stake_ids)]
    core = [one.id for one in having if value.id in one.core_targets]
    fewest = min((len(one.stakes) for one in having), default=0)
    return core or [one.id for one in having if len(one.stakes) == fewest]


def core_problems(system: System, values: Mapping[str, ValueTarget]) -> Iterator[Problem]:
    """Core targets of a system, among these values, that are not of it."""
    for place, id_ in enumerate(system.core_targets):
        value = values.get(id_)
        if value is not None and value.system != system.id:
            is_of, fix = "stands for no value at all", "remove it here"
            if value.is_induced:
                is_of, fix = f"is of the system {value.system!r}", f"write `system: {system.id}` in it, or {fix}"
            yield Problem(f"the core target {id_!r} {is_of}", fix, ("core_targets", place))


def missing_words(parts: Parts) -> list[str]:
    """What a cell needs to say and the wording cannot, each named once; empty if it can say all."""
    wording, n_items = parts.wording, len(parts.game.items)
    found = [
        *template_words(parts.template, wording),
        *value_words(parts.value, wording, parts.template),
        *framing_words(parts.framing, wording),
        *game_words(parts.game, parts.system, wording, _needed(parts.template, wording)),
        *(f"`{name}`" for name in ("join", "option_line", "reading") if getattr(wording, name) is None),
    ]
    if "ordinal" in _needed(parts.template, wording) and len(wording.ordinals) < n_items:
        found.append(f"`ordinals` up to {n_items}")
    return list(dict.fromkeys(found))


def template_words(template: Template, wording: Wording) -> Iterator[str]:
    """Sentences of a template that a wording does not have."""
    for turn in template.turns:
        for name in turn.sentences:
            try:
                wording.expanded(name)
            except KeyError as error:
                yield f"the sentence {error.args[0]!r}"


def unbatched(template: Template, wording: Wording) -> list[str]:
    """Sentences that a wording would need to ask all decisions of a template in one message, and does not have.

    It has every sentence of the template. A sentence for all decisions says by which number each is answered.
    """
    shown = {"item_number", "options"}
    return [
        name + BATCHED
        for name in template.turns[-1].sentences
        if wording.expanded(name, batched=True) == wording.expanded(name)
        or not shown.issubset(wording.used_in(name, batched=True))
    ]


def value_words(value: ValueTarget, wording: Wording, template: Template | None = None) -> Iterator[str]:
    """What of a value a wording has no words for, as far as a template needs it; without one, all."""
    if not value.is_induced:
        return
    words = wording.value_words(value)
    if words is None:
        yield f"the value {value.id!r}"
        return
    needed = None if template is None else _needed(template, wording)
    for name in ("goal", "rule"):
        if (needed is None or f"value_{name}" in needed) and getattr(words, name) is None:
            yield f"the `{name}` of the value {value.id!r}"


def framing_words(framing: Framing, wording: Wording) -> Iterator[str]:
    """What of a framing a wording has no words for."""
    if framing.unit not in wording.units:
        yield f"the unit {framing.unit!r}"
    if framing.counterpart not in wording.counterparts:
        yield f"the counterpart {framing.counterpart!r}"


def game_words(game: Game, system: System, wording: Wording, needed: Collection[str] | None = None) -> Iterator[str]:
    """What of a game a wording has no words for, as far as sentences need it; without any, all that its own do."""
    needed = {name for text in wording.sentences.values() for name in names_in(text)} if needed is None else needed
    unsaid = wording.phrase_names.intersection(needed) - phrases_of(system, wording).keys()
    yield from (f"`{name}` in the system {system.id!r}" for name in sorted(unsaid))
    outcomes = outcomes_of(system, wording)
    yield from (
        f"the outcome of {stake.id!r} in the system {system.id!r}"
        for stake in system.stakes
        if stake.id not in outcomes
    )
    situations = situations_of(game, wording)
    wordless = [item.id for item in game.items if game.situation_of(item) and item.id not in situations]
    if wordless:
        several = "" if len(wordless) == 1 else f" and {len(wordless) - 1} more"
        yield f"the situation of {wordless[0]!r}{several} in the game {game.id!r}"


def _needed(template: Template, wording: Wording) -> set[str]:
    """Placeholders in the sentences of a template, as far as the wording has them."""
    needed: set[str] = set()
    for turn in template.turns:
        for name in turn.sentences:
            with suppress(KeyError):  # which is told as a missing sentence
                needed.update(wording.used_in(name))
    return needed


def outcomes_of(system: System, wording: Wording) -> dict[str, str]:
    """The phrases of a system's outcomes by stake, as far as a wording has them."""
    own = {stake.id: stake.outcome for stake in system.stakes} if wording.is_english else {}
    return own | dict(wording.outcomes.get(system.id, {}))


def together_of(system: System, wording: Wording) -> str | None:
    """The phrase of a system's neighbouring stakes that get the same; None where each is told by itself."""
    return wording.together.get(system.id) or (system.together if wording.is_english else None)


def phrases_of(system: System, wording: Wording) -> dict[str, str]:
    """What a wording says of a system, by the name that stands in braces in sentences."""
    own = {name: getattr(system, name) for name in OF_SYSTEM} if wording.is_english else {}
    return own | wording.phrases.get(system.id, {})


def said_of(system: System, wording: Wording, sentence: str, *, batched: bool = False) -> str:
    """A sentence as it is said where this system is at hand; what the wording has no words for stays in braces.

    Raises:
        KeyError: a sentence that the wording does not have; it is named.
    """
    text = wording.expanded(sentence, batched=batched)
    for name, phrase in phrases_of(system, wording).items():
        text = text.replace(f"{{{name}}}", phrase)
    return text


def situations_of(game: Game, wording: Wording) -> dict[str, str]:
    """The texts of a game's items by id, as far as it has any and the wording has words for them."""
    found: dict[str, str] = {}
    told = wording.situations.get(game.id)
    for item in game.items:
        if own := game.situation_of(item):
            text = (told.items.get(item.id) or told.every) if told else None
            if text := text or (own if wording.is_english else None):
                found[item.id] = text
    return found


def misplaced(template: Template, wording: Wording) -> Iterator[Problem]:
    """Sentences that say what cannot be said at their place in a template."""
    goal_stated = names_value = False
    for number, turn in enumerate(template.turns, start=1):
        for name in turn.sentences:
            used = list(wording.used_in(name))
            with suppress(KeyError):  # what only a message of all items would say is told where such a one is wanted
                used += wording.used_in(name, batched=True)
            where = f"turn {number} of the template {template.id!r} says {name!r} of the wording {wording.id!r}"
            if turn.kind != "decision" and (early := OF_A_DECISION.intersection(used)):
                fix = "say it in the decision turn, or choose another sentence"
                yield Problem(f"{where}, which uses {{{min(early)}}} before any item is asked", fix)
            if "goal" in used and not goal_stated:
                fix = "choose another sentence, or add a turn with `expects: goal` above"
                yield Problem(f"{where}, which uses {{goal}} before any was stated", fix)
            of_value = [one for one in used if one.startswith("value_")]
            if of_value and not template.tells_value:
                fix = "choose another sentence, or another `induction`"
                yield Problem(f"{where}, which uses {{{of_value[0]}}}, but the template induces no value", fix)
            for one, goal in _OF_A_GOAL.items():
                if one in used and template.goal != goal:
                    fix = f"choose another sentence, or write `goal: {goal}`"
                    yield Problem(f"{where}, which uses {{{one}}}, but the template has `goal: {template.goal}`", fix)
            names_value = names_value or bool({"value_label", "value_definition"}.intersection(used))
        goal_stated = goal_stated or turn.expects == "goal"
        # Each option is shown with its label.
        if turn.kind == "decision" and "options" not in wording.used_in(turn.say):
            where = f"the decision of the template {template.id!r} says {turn.say!r} of {wording.id!r}"
            yield Problem(f"{where}, which does not show {{options}}", "add it to the sentence")
    if template.induction != "none" and not names_value:
        problem = f"the template {template.id!r} induces a value, but none of its sentences in {wording.id!r} names one"
        yield Problem(problem, "use {value_label} or {value_definition} in one of them")
